"""Posts are made and changed as the origin has it; what fails leaves all as it was."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from store import frontmatter, writer
from store.files import ConflictError, FileError
from store.post_changes import (
    archive_post,
    publish_post,
    rename_post,
    unarchive_post,
    unpublish_post,
    update_post,
)
from store.post_fields import KEYS, changed_fields, stored_value
from store.post_new import create_post, create_translation
from store.posts import Post, read_post, translations_of
from store.project import Project, open_project
from store.slugs import post_slug
from tests.unit.store.conftest import put
from tests.unit.store.test_posts_text import ITEMS, LINES, TEXTS, Sample, is_within, samples

NOW = datetime(2026, 3, 1, 10, 5, tzinfo=UTC)
LATER = NOW + timedelta(days=40)
ON_DISK = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50
)
"""Each example waits for the disk."""
MOMENT = "2026-04-10T10:05:00.000Z"
PUBLISHED = """---
id: 0b7f
title: "Hello"
slug: hello
# in the open
status: published
createdAt: '2026-03-01T10:00:00.000Z'
updatedAt: '2026-03-01T10:05:00.000Z'
tags:
  - one   # first
  - two
categories: []
own: {a: 1}
publishedAt: '2026-03-01T10:05:00.000Z'
---
Body"""
DRAFT = PUBLISHED.replace("published\n", "draft\n").replace(
    "publishedAt: '2026-03-01T10:05:00.000Z'\n", ""
)
GERMAN = "---\ntranslationFor: 0b7f\nlanguage: de\ntitle: Hallo\n---\nText\n"
FRENCH = (
    "---\nid: t2\ntranslationFor: 0b7f\nlanguage: fr\ntitle: Salut\nslug: hello\nstatus: draft\n"
    "updatedAt: '2026-03-01T10:05:00.000Z'\n---\nTexte\n"
)


def group(project: Project, text: str = PUBLISHED, suffix: str = ".md") -> Post:
    """Write a post and two translations, one of the origin's form and one of its successors'."""
    path = put(project, f"posts/2026/03/hello{suffix}", text)
    put(project, f"posts/2026/03/hello.de{suffix}", GERMAN)
    put(project, f"posts/2026/03/hello.fr{suffix}", FRENCH)
    put(project, "posts/2026/03/other.md", "---\nid: 0b7f0\n---\nSee hello.\n")
    return read_post(path)


def everything(project: Project) -> dict[str, bytes]:
    return {
        path.relative_to(project.root).as_posix(): path.read_bytes()
        for path in sorted(project.root.rglob("*"))
        if path.is_file()
    }


def text_of(project: Project, name: str) -> str:
    return (project.posts_dir / "2026" / "03" / name).read_bytes().decode()


def fail_at(monkeypatch: pytest.MonkeyPatch, call: str, ending: str) -> None:
    """Let the writer find the disk full when it puts a file of that name in place."""
    place: Any = os if call == "replace" else writer
    real = getattr(place, call)

    def failing(source: Path, target: Path) -> None:
        if str(target).endswith(ending):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(source, target)

    monkeypatch.setattr(place, call, failing)


# Making -----------------------------------------------------------------------------------------


def test_a_new_post_has_the_form_of_the_origin(project: Project) -> None:
    put(project, "meta/project.json", '{"defaultAuthor": "Ada"}')
    post = create_post(
        open_project(project.root),
        title="Überall: it's new\n",
        body="Text\r\nmore",
        tags=["one", " Two ", "two", "", "2026"],
        excerpt="First\r\nsecond",
        language="no",
        status="published",
        now=NOW.astimezone(timezone(timedelta(hours=14))),
    )
    assert post.path == project.posts_dir / "2026" / "03" / "uberall-it-s-new.md"
    assert post.path.read_text() == (
        f"---\nid: {post.facts.id}\ntitle: 'Überall: it''s new'\nslug: uberall-it-s-new\n"
        "status: published\ncreatedAt: '2026-03-01T10:05:00.000Z'\n"
        "updatedAt: '2026-03-01T10:05:00.000Z'\ntags:\n  - one\n  - Two\n  - '2026'\n"
        "categories: []\n"
        "excerpt: \"First\\nsecond\"\nauthor: Ada\nlanguage: 'no'\n"
        "publishedAt: '2026-03-01T10:05:00.000Z'\n---\nText\nmore\n"
    )
    assert read_post(post.path) == post
    assert len(post.facts.id) == 36


def test_a_new_draft_says_no_more_than_it_must(project: Project) -> None:
    post = create_post(project, title="A", now=NOW)
    assert post.text == (
        f"---\nid: {post.facts.id}\ntitle: A\nslug: a\nstatus: draft\n"
        "createdAt: '2026-03-01T10:05:00.000Z'\nupdatedAt: '2026-03-01T10:05:00.000Z'\n"
        "tags: []\ncategories: []\n---\n"
    )


def test_new_posts_get_slugs_of_their_own(project: Project) -> None:
    slugs = [
        create_post(project, title="Same?", taken={"SAME", "same-3"}, now=NOW).facts.slug
        for _ in range(2)
    ]
    slugs.append(create_post(project, title="x", slug="My Slug", now=NOW).facts.slug)
    slugs.append(create_post(project, title="日本", now=NOW).facts.slug)
    assert slugs == ["same-2", "same-4", "my-slug", "post"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"title": " \n"}, "a title cannot be empty"),
        ({"slug": ""}, "a slug cannot be empty"),
        ({"status": "ready"}, "status must be one of draft, published, archived, not 'ready'"),
        ({"language": "german"}, "a language is written like `de` or `pt-BR`, not 'german'"),
        ({"tags": "one"}, "tags must be a list of texts, not 'one'"),
        ({"categories": ["a", 1]}, "categories must be a list of texts"),
    ],
)
def test_what_a_post_cannot_be_is_refused(
    project: Project, values: dict[str, Any], words: str
) -> None:
    before = everything(project)
    with pytest.raises(ValueError, match=words):
        create_post(project, **{"title": "A", **values})
    post = group(project, DRAFT)
    before = everything(project)
    with pytest.raises(ValueError, match=words):
        update_post(post, values)
    assert everything(project) == before


# Changing ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("eol", ["\n", "\r\n"])
@pytest.mark.parametrize("suffix", [".md", ".markdown", ".mdx"])
def test_an_update_changes_its_lines_and_the_time(project: Project, eol: str, suffix: str) -> None:
    post = group(project, PUBLISHED.replace("\n", eol), suffix)
    changed = update_post(
        post,
        {"title": 'Say "x"', "tags": ["two", "three"], "author": "Ann", "excerpt": ""},
        body=f"New{eol}",
        now=LATER,
    )
    expected = (
        PUBLISHED.replace('"Hello"', '"Say \\"x\\""')
        .replace("  - one   # first\n  - two\n", "  - two\n  - three\n")
        .replace("updatedAt: '2026-03-01T10:05:00.000Z'", f"updatedAt: '{MOMENT}'")
        .replace("categories: []\n", "categories: []\nauthor: Ann\n")
        .replace("---\nBody", "---\nNew\n")
    )
    assert text_of(project, f"hello{suffix}") == expected.replace("\n", eol)
    assert changed == read_post(post.path)
    assert changed.facts.status == "published"
    assert text_of(project, f"hello.de{suffix}") == GERMAN


def test_an_update_that_changes_nothing_writes_nothing(project: Project) -> None:
    post = group(project)
    os.utime(post.path, ns=(1, 1))
    same = update_post(
        post,
        {
            "title": " Hello\n",
            "slug": "hello",
            "status": "published",
            "tags": ["one", "two"],
            "categories": (),
            "author": "",
            "do_not_translate": False,
        },
        body="Body",
        now=LATER,
    )
    assert same is post
    assert publish_post(post, now=LATER) is not None
    assert post.path.stat().st_mtime_ns == 1


@pytest.mark.parametrize("name", ["id", "created_at", "updated_at", "published_at", "no"])
def test_other_fields_cannot_be_set(project: Project, name: str) -> None:
    with pytest.raises(ValueError, match=f"a post has no field '{name}' that can be changed"):
        update_post(group(project), {name: "x"})


def test_a_post_that_changed_meanwhile_is_left_alone(project: Project) -> None:
    post = group(project, DRAFT)
    post.path.write_text(DRAFT + "!")
    before = everything(project)
    steps: list[Callable[[], object]] = [
        lambda: update_post(post, {"title": "New"}),
        lambda: update_post(post, {}, body="New"),
        lambda: publish_post(post),
        lambda: rename_post(post, "new"),
    ]
    for step in steps:
        with pytest.raises(ConflictError, match="another program changed it"):
            step()
    assert everything(project) == before


def test_half_a_character_is_refused_with_its_place(project: Project) -> None:
    post = group(project)
    with pytest.raises(FileError, match="line 17, column 2 holds half a character"):
        update_post(post, {}, body="\na\ud800")
    assert text_of(project, "hello.md") == PUBLISHED
    assert update_post(post, {"title": "a\ud800b"}).facts.title == "a b"


def test_front_matter_that_cannot_be_changed_line_by_line_stays(project: Project) -> None:
    path = put(project, "posts/a.md", "---\n{id: 1, title: a}\n---\n")
    with pytest.raises(FileError, match=r"could not write .*line by line.*by hand"):
        update_post(read_post(path), {"author": "x"})


VALUES = st.fixed_dictionaries(
    {},
    optional={
        "title": TEXTS.filter(str.strip),
        "tags": ITEMS,
        "categories": ITEMS,
        "excerpt": LINES,
        "author": TEXTS,
        "language": st.sampled_from(["", "de", "no", "pt-BR"]),
        "do_not_translate": st.booleans(),
        "template_slug": TEXTS,
        "status": st.sampled_from(["draft", "published", "archived"]),
    },
)


@ON_DISK
@given(sample=samples(), changes=VALUES, body=st.none() | LINES)
def test_what_was_written_is_read_and_other_lines_stay(
    project: Project, sample: Sample, changes: dict[str, Any], body: str | None
) -> None:
    path = put(project, "posts/a/post.md", sample.text)
    post = read_post(path)
    wanted = changed_fields(post.facts, changes)
    changed = update_post(post, changes, body=body, now=LATER)
    assert changed == read_post(changed.path)
    for name, value in changes.items():
        found = getattr(changed.facts, name)
        assert found in (stored_value(name, value), getattr(post.facts, name))
        assert (found == stored_value(name, value)) or name not in wanted
    is_changed = bool(wanted) or body not in (None, post.body)
    assert (changed is not post) == is_changed
    if is_changed:
        assert changed.facts.updated_at == MOMENT
    assert changed.body == (post.body if body is None else body)
    follows = {"title": "slug", "status": "publishedAt"}
    keys = {"updatedAt", "body", *(KEYS[name] for name in wanted)}
    keys |= {follows[name] for name in wanted if name in follows}
    untouched = "".join(text for key, text in sample.chunks if key not in keys)
    new_lines = iter(changed.text.splitlines(True))
    assert is_within(untouched.splitlines(True)[:-1], new_lines)
    changed.path.unlink()


@ON_DISK
@given(values=VALUES, body=LINES, slug=st.none() | TEXTS.filter(str.strip))
def test_a_new_post_says_what_was_asked(
    project: Project, values: dict[str, Any], body: str, slug: str | None
) -> None:
    given_values = {
        name: value
        for name, value in values.items()
        if name not in ("do_not_translate", "template_slug")
    }
    assume("title" in given_values)
    post = create_post(project, **given_values, body=body, slug=slug, now=NOW)
    assert post == read_post(post.path)
    for name, value in given_values.items():
        assert getattr(post.facts, name) == stored_value(name, value)
    assert post.facts.slug == post.path.stem
    assert post.facts.slug.startswith(post_slug(slug or post.facts.title))
    assert post.body == (body and body.removesuffix("\n") + "\n")
    assert list(frontmatter.parse(post.text).metadata)[:8] == [
        *("id", "title", "slug", "status", "createdAt", "updatedAt", "tags", "categories")
    ]
    post.path.unlink()


# Slugs ------------------------------------------------------------------------------------------


def test_a_draft_is_called_like_its_title(project: Project) -> None:
    post = group(project, DRAFT)
    put(project, "posts/2026/03/new-name.md", "---\nid: x\n---\n")
    changed = update_post(post, {"title": "New name!"}, taken={"new-name-2"}, now=LATER)
    assert changed.path.name == "new-name-3.md"
    assert changed.facts.slug == "new-name-3"
    names = [path.name for path in changed.path.parent.iterdir()]
    assert sorted(names) == [
        *("new-name-3.de.md", "new-name-3.fr.md", "new-name-3.md", "new-name.md", "other.md")
    ]
    assert text_of(project, "new-name-3.de.md") == GERMAN
    french = FRENCH.replace("slug: hello", "slug: new-name-3")
    assert text_of(project, "new-name-3.fr.md") == french.replace(
        "2026-03-01T10:05:00.000Z", MOMENT
    )
    again = update_post(changed, {"title": "New Name"}, taken={"new-name-2"}, now=LATER)
    assert again.path == changed.path  # its own slug does not stand in its way


def test_a_published_post_keeps_its_slug(project: Project) -> None:
    post = group(project)
    assert update_post(post, {"title": "Other"}, now=LATER).path == post.path
    back = unpublish_post(read_post(post.path), now=LATER)
    assert update_post(back, {"title": "Third"}, now=LATER).facts.slug == "hello"
    with pytest.raises(ValueError, match="'hello' was published: its slug stays"):
        update_post(read_post(post.path), {"slug": "new"})


def test_a_given_slug_wins_over_the_title(project: Project) -> None:
    post = group(project, DRAFT)
    kept = update_post(post, {"title": "Other", "slug": "hello"}, now=LATER)
    assert (kept.path, kept.facts.title) == (post.path, "Other")
    given_slug = update_post(kept, {"title": "Third", "slug": "My Own"}, now=LATER)
    assert (given_slug.path.name, given_slug.facts.slug) == ("my-own.md", "my-own")


@pytest.mark.parametrize("suffix", [".md", ".mdx"])
def test_renaming_takes_the_translations_along(project: Project, suffix: str) -> None:
    post = group(project, PUBLISHED, suffix)
    renamed = rename_post(post, "Ça va", now=LATER)
    assert renamed.path.name == f"ca-va{suffix}"
    assert renamed == read_post(renamed.path)
    assert [other.path.name for other in translations_of(renamed)] == [
        f"ca-va.de{suffix}",
        f"ca-va.fr{suffix}",
    ]
    assert not post.path.exists()
    assert rename_post(renamed, "ca-va") is renamed


@pytest.mark.parametrize(
    ("slug", "taken"), [("other", ()), ("theirs", ("Theirs",))], ids=["by a file", "by a post"]
)
def test_a_slug_that_is_taken_is_refused(
    project: Project, slug: str, taken: tuple[str, ...]
) -> None:
    post = group(project, DRAFT)
    before = everything(project)
    with pytest.raises(ConflictError, match=f"another post has the slug '{slug}'"):
        rename_post(post, slug, taken=taken)
    with pytest.raises(ConflictError, match=f"another post has the slug '{slug}'"):
        update_post(post, {"slug": slug}, taken=taken)
    assert everything(project) == before


@pytest.mark.parametrize(
    ("call", "ending"),
    [
        ("rename_exclusively", "new.md"),
        ("rename_exclusively", "new.fr.md"),
        ("replace", "new.md"),
        ("replace", "new.fr.md"),
    ],
)
def test_a_rename_that_fails_half_way_is_undone(
    project: Project, monkeypatch: pytest.MonkeyPatch, call: str, ending: str
) -> None:
    post = group(project)
    before = everything(project)
    with monkeypatch.context() as patch:
        fail_at(patch, call, ending)
        with pytest.raises(FileError, match="no space left"):
            rename_post(post, "new")
    assert everything(project) == before
    assert rename_post(post, "new").path.name == "new.md"


def test_a_rename_onto_a_translation_of_another_post_is_undone(project: Project) -> None:
    post = group(project)
    put(project, "posts/2026/03/new.fr.md", GERMAN.replace("0b7f", "x"))
    before = everything(project)
    with pytest.raises(ConflictError, match="exists already"):
        rename_post(post, "new")
    assert everything(project) == before


# Status -----------------------------------------------------------------------------------------


def test_publishing_takes_along_the_translations_with_a_status(project: Project) -> None:
    post = publish_post(group(project, DRAFT), now=LATER)
    assert post.text == DRAFT.replace("status: draft", "status: published").replace(
        "updatedAt: '2026-03-01T10:05:00.000Z'", f"updatedAt: '{MOMENT}'"
    ).replace("categories: []\n", f"categories: []\npublishedAt: '{MOMENT}'\n")
    assert text_of(project, "hello.de.md") == GERMAN
    french = read_post(post.path.with_name("hello.fr.md"))
    assert french.facts.status == "published"
    assert french.facts.published_at == french.facts.updated_at == MOMENT


def test_publishing_a_published_post_publishes_what_is_left(project: Project) -> None:
    post = group(project)
    assert publish_post(post, now=LATER) is post
    french = read_post(post.path.with_name("hello.fr.md"))
    assert french.facts.status == "published"
    assert text_of(project, "hello.md") == PUBLISHED


def test_the_life_of_a_post(project: Project) -> None:
    post = group(project, DRAFT)
    archived = archive_post(post, now=NOW)
    assert archived.facts.status == "archived"
    assert unarchive_post(archived, now=NOW).facts.status == "draft"
    published = publish_post(read_post(post.path), now=NOW)
    again = unarchive_post(archive_post(published, now=LATER), now=LATER)
    assert again.facts.status == "published"
    assert unarchive_post(again) is again
    draft = unpublish_post(again, now=LATER)
    assert (draft.facts.status, draft.facts.published_at) == ("draft", "2026-03-01T10:05:00.000Z")
    assert publish_post(draft, now=LATER).facts.published_at == "2026-03-01T10:05:00.000Z"


def test_setting_the_status_publishes_too(project: Project) -> None:
    post = update_post(group(project, DRAFT), {"status": "published"}, now=LATER)
    assert post.facts.published_at == MOMENT


def test_publishing_that_fails_half_way_is_undone(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = group(project, DRAFT)
    before = everything(project)
    fail_at(monkeypatch, "replace", "hello.fr.md")
    with pytest.raises(FileError, match=r"could not write .*hello\.fr\.md"):
        publish_post(post)
    assert everything(project) == before


def test_what_cannot_be_put_back_is_named(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = group(project, DRAFT)
    real = os.replace
    done: list[str] = []

    def failing(temp: Path, target: Path) -> None:
        if done:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        done.append(str(target))
        real(temp, target)

    monkeypatch.setattr(os, "replace", failing)
    with pytest.raises(
        FileError, match=r"hello\.fr\.md: no space .*hello\.md could not be put back"
    ):
        publish_post(post)


def test_a_broken_translation_stops_what_needs_it(project: Project) -> None:
    post = group(project, DRAFT)
    put(project, "posts/2026/03/hello.fr.md", FRENCH.replace("title: Salut", "title: a: b"))
    before = everything(project)
    with pytest.raises(FileError, match=r"hello\.fr\.md: line 5, column 9"):
        publish_post(post)
    assert everything(project) == before
    assert update_post(post, {"author": "x"}).facts.author == "x"


# Translations -----------------------------------------------------------------------------------


def test_a_translation_has_the_form_of_the_origin(project: Project) -> None:
    post = group(project)
    italian = create_translation(post, "it", "Ciao: a tutti", "Testo\r\n", "Breve")
    assert italian.path.name == "hello.it.md"
    assert italian.text == (
        "---\ntranslationFor: 0b7f\nlanguage: it\ntitle: 'Ciao: a tutti'\nexcerpt: Breve\n---\n"
        "Testo\n"
    )
    plain = create_translation(post, "pt-BR", "Oi", "")
    assert plain.text == "---\ntranslationFor: 0b7f\nlanguage: pt-BR\ntitle: Oi\n---\n"
    languages = [other.facts.language for other in translations_of(post)]
    assert languages == ["de", "fr", "it", "pt-BR"]


@pytest.mark.parametrize(
    ("language", "more", "words"),
    [
        ("en", "language: en\n", "'hello' is written in 'en' itself"),
        ("EN", "", "a language is written like"),
        ("es", "", "'hello' is written in 'es' itself"),
        ("it", "doNotTranslate: true\n", "'hello' is marked doNotTranslate"),
        ("italian", "", "a language is written like"),
    ],
)
def test_a_translation_that_makes_no_sense_is_refused(
    project: Project, language: str, more: str, words: str
) -> None:
    post = group(project, PUBLISHED.replace("own:", f"{more}own:"))
    before = everything(project)
    with pytest.raises(ValueError, match=words):
        create_translation(post, language, "T", "B", main_language="es")
    assert everything(project) == before


def test_there_is_one_translation_for_each_language(project: Project) -> None:
    post = group(project)
    put(project, "posts/2026/03/elsewhere.md", GERMAN.replace("de\n", "it\n"))
    for language in ("de", "it"):
        with pytest.raises(ConflictError, match="a translation into this language already"):
            create_translation(post, language, "T", "B")
    with pytest.raises(ValueError, match="is a translation itself"):
        create_translation(translations_of(post)[0], "es", "T", "B")
    with pytest.raises(ValueError, match=r"hello\.de\.md is the translation into 'de' already"):
        update_post(post, {"language": "de"})


def test_a_translation_is_changed_by_itself(project: Project) -> None:
    post = group(project)
    german, _ = translations_of(post)
    changed = update_post(german, {"title": "Guten Tag", "excerpt": "Kurz"}, body="B", now=LATER)
    assert changed.text == (
        "---\ntranslationFor: 0b7f\nlanguage: de\ntitle: Guten Tag\nexcerpt: Kurz\n---\nB"
    )
    french = publish_post(translations_of(post)[1], now=LATER)
    assert (french.facts.updated_at, french.facts.published_at) == (MOMENT, MOMENT)
    assert publish_post(changed) is changed
    assert text_of(project, "hello.md") == PUBLISHED
    with pytest.raises(ValueError, match="a translation has no field 'slug'"):
        rename_post(changed, "x")
