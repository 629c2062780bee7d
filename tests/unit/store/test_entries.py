"""Facts of posts and of media: everything the origin's files say, and what cannot be read."""

from pathlib import Path

import pytest

from store import media, posts
from store.facts import MediaFacts, PostFacts
from store.files import FileError

POST = """---
id: 0b7f
title: 2024
slug: hello
status: published
createdAt: '2026-03-01T10:00:00.000Z'
updatedAt: 2026-03-01T10:05:00.000Z
tags:
  - one
  - 2
categories: []
author: "Ann"
publishedAt: '2026-03-01T10:05:00.000Z'
projectId: old
---
Body
"""

SIDECAR = """---
id: m1
originalName: "Say \\"hi\\": a.jpg"
mimeType: image/jpeg
size: 1234
width: 640
height: 480
title: "A \\\\ B"
createdAt: 2026-03-01T10:00:00.000Z
updatedAt: 2026-03-01T10:05:00.000Z
tags: ["one", "two, \\"three\\""]
linkedPostIds: ["p1", p2]
---"""


def write(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.mark.parametrize("eol", ["\n", "\r\n"])
def test_the_facts_of_a_post(tmp_path: Path, eol: str) -> None:
    facts = posts.read_post(write(tmp_path / "hello.md", POST.replace("\n", eol))).facts
    assert facts == PostFacts(
        id="0b7f",
        title="2024",
        slug="hello",
        status="published",
        language="",
        translation_for="",
        tags=("one", "2"),
        categories=(),
        created_at="2026-03-01T10:00:00.000Z",
        updated_at="2026-03-01T10:05:00.000Z",
        published_at="2026-03-01T10:05:00.000Z",
        excerpt="",
        author="Ann",
    )


def test_a_post_that_says_little(tmp_path: Path) -> None:
    facts = posts.read_post(write(tmp_path / "a.b.md", "---\nid: x\ntitle:\ntags: one\n---")).facts
    assert (facts.slug, facts.title, facts.status, facts.tags) == ("a.b", "a.b", "draft", ("one",))


def test_a_translation(tmp_path: Path) -> None:
    facts = posts.read_post(
        write(tmp_path / "hello.de.md", "---\ntranslationFor: 0b7f\ntitle: Hallo\n---\n")
    ).facts
    assert (facts.translation_for, facts.language, facts.slug) == ("0b7f", "de", "hello")
    assert (facts.id, facts.title, facts.status) == ("", "Hallo", "")


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.md", "Just text\n", "no front matter"),
        ("a.md", "---\ntitle: x\n---\n", "no id"),
        ("a.de.md", "---\ntitle: x\n---\n", "translationFor is missing"),
        ("a.md", "---\nid: 1\ntitle: a: b\n---\n", "line 3, column 9: mapping values"),
        ("a.md", "---\nid: 1\n", "never ends"),
        ("a.md", b"---\nid: \xff\n---\n", "not UTF-8 in line 2"),
    ],
)
def test_a_post_that_cannot_be_read(
    tmp_path: Path, name: str, text: str | bytes, words: str
) -> None:
    with pytest.raises(FileError, match=words):
        posts.read_post(write(tmp_path / name, text))


def test_the_facts_of_a_sidecar() -> None:
    assert media.read_sidecar(SIDECAR) == MediaFacts(
        id="m1",
        original_name='Say "hi": a.jpg',
        mime_type="image/jpeg",
        size=1234,
        width=640,
        height=480,
        title="A \\ B",
        alt="",
        caption="",
        author="",
        language="",
        created_at="2026-03-01T10:00:00.000Z",
        updated_at="2026-03-01T10:05:00.000Z",
        tags=("one", 'two, "three"'),
        linked_post_ids=("p1", "p2"),
        translation_for="",
    )
    assert media.read_sidecar(SIDECAR.replace("\n", "\r\n")) == media.read_sidecar(SIDECAR)


def test_a_translated_sidecar() -> None:
    facts = media.read_sidecar('---\ntranslationFor: m1\nlanguage: de\ntitle: "Titel"\n---')
    assert (facts.translation_for, facts.language, facts.title) == ("m1", "de", "Titel")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "line 1 is not ---"),
        ("---\nid: 1\n", "no second --- line"),
        ("---\nid: m\n---", "originalName and mimeType missing"),
        ("---\ntranslationFor: m\n---", "language missing"),
        (b"---\nid: \xff\n---", "not UTF-8 in line 2"),
    ],
)
def test_a_sidecar_that_cannot_be_used(tmp_path: Path, text: str | bytes, words: str) -> None:
    with pytest.raises(FileError, match=words):
        media.read_media_facts(write(tmp_path / "a.jpg.meta", text))
