"""Posts as an editor has them: every byte as it was typed, whatever is wrong with them."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from store.files import ConflictError, FileError
from store.index import Index
from store.post_names import posts_named
from store.post_source import (
    PostSource,
    create_beside,
    kept_over,
    lost_source,
    overwrite_source,
    read_source,
    save_source,
)
from store.posts import read_post
from store.project import open_project
from store.rebuild import rebuild

FRONT = "---\nid: a1\ntitle: One # kept\nslug: one\nstatus: published\npublishedAt: '2026-01-01'\n"
TEXT = f"{FRONT}custom:   'x'\n---\nBody [[gallery]]\n"


def made(folder: Path, text: str | bytes = TEXT, name: str = "one.md") -> PostSource:
    file = folder / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_source(file)


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        TEXT.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + TEXT.encode(),
        TEXT.removesuffix("\n").encode(),
        TEXT.replace("Body", "a\x0cb\u2028c\r").encode(),
        b"",
        b"no front matter",
        b"---\nid: [\n---\n",
        b"---\nnever ends",
    ],
)
def test_a_text_is_the_file_and_saving_it_again_writes_nothing(tmp_path: Path, data: bytes) -> None:
    source = made(tmp_path, data)
    assert source.text.encode() == data
    before = (tmp_path / "one.md").stat()
    assert save_source(source, source.body) is source
    assert (tmp_path / "one.md").stat().st_mtime_ns == before.st_mtime_ns


def test_what_is_not_utf_8_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="not UTF-8 in line 2"):
        made(tmp_path, b"---\n\xff\n")


def test_what_is_saved_is_what_was_typed_and_nothing_else(tmp_path: Path) -> None:
    source = made(tmp_path, b"\xef\xbb\xbf" + TEXT.encode())
    saved = save_source(source, source.body.replace("Body", "Text"))
    assert saved.path.read_bytes() == b"\xef\xbb\xbf" + TEXT.replace("Body", "Text").encode()
    assert saved.facts is not None
    assert saved.facts.title == "One"
    assert saved.first_body_line == 1


def test_a_file_that_changed_is_not_written_over(tmp_path: Path) -> None:
    source = made(tmp_path)
    source.path.write_text("theirs")
    with pytest.raises(ConflictError):
        save_source(source, "mine")
    theirs = read_source(source.path)
    assert save_source(kept_over(source, theirs), "mine").path.read_text() == "mine"


def test_a_gone_file_is_written_again(tmp_path: Path) -> None:
    source = made(tmp_path)
    source.path.unlink()
    with pytest.raises(ConflictError):
        save_source(source, "mine")
    assert overwrite_source(source, "mine").text == "mine"
    assert overwrite_source(source, "again").text == "again"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("---\nid: a\ntitle: [\n---\n", 4, ""),
        ("---\nid: a\nslug: b", 1, "never ends"),
        ("---\ntitle: x\n---\n", 1, "no id"),
        ("only text", 1, "no front matter"),
    ],
)
def test_what_is_wrong_with_front_matter_has_a_place(
    tmp_path: Path, text: str, line: int, words: str
) -> None:
    source = made(tmp_path, text)
    assert source.facts is None
    assert source.trouble is not None
    assert source.trouble.line == line
    assert words in source.trouble.reason


def test_a_copy_beside_is_a_draft_of_its_own_and_keeps_the_rest(tmp_path: Path) -> None:
    source = made(tmp_path)
    body = source.body.replace("Body", "Mine")
    copy = create_beside(source, body, "mine", taken={"one-mine"}, moment="2026-02-03T00:00:00Z")
    assert copy.path.name == "one-mine-2.md"
    post = read_post(copy.path)
    assert (post.facts.slug, post.facts.title, post.facts.status) == (
        "one-mine-2",
        "One (mine)",
        "draft",
    )
    assert post.facts.id not in ("", "a1")
    assert post.facts.published_at == ""
    assert "custom:   'x'" in post.text
    assert post.body == "Mine [[gallery]]\n"
    again = create_beside(source, body, "mine")
    assert again.path.name == "one-mine.md"
    assert create_beside(source, body, "mine").path.name == "one-mine-3.md"


def test_a_copy_of_a_translation_is_no_second_translation(tmp_path: Path) -> None:
    text = "---\ntranslationFor: a1\nlanguage: de\ntitle: Eins\n---\nText\n"
    source = made(tmp_path, text, "one.de.md")
    post = read_post(create_beside(source, text, "mine").path)
    assert post.facts.translation_for == ""
    assert post.facts.id
    assert post.facts.language == "de"
    assert post.facts.created_at


def test_a_copy_of_a_broken_text_loses_nothing(tmp_path: Path) -> None:
    source = made(tmp_path)
    broken = "---\nid: [\n---\nBody\n"
    post = read_post(create_beside(source, broken, "recovered").path)
    assert post.body == broken
    assert post.facts.title == "One (recovered)"


def test_what_is_left_of_a_gone_post_is_read(tmp_path: Path) -> None:
    lost = lost_source(tmp_path / "one.md", "\ufeff", TEXT, "d" * 64)
    assert lost.text == "\ufeff" + TEXT
    assert lost.facts is not None
    assert lost.stamp.digest == "d" * 64


def test_posts_are_found_by_parts_of_titles_and_slugs(demo: Path) -> None:
    project = open_project(demo)
    folder = demo / "posts/2026/03"
    (folder / "broken-one.md").write_text("---\nid: [\n---\n")
    (folder / "ueber.md").write_text("---\nid: u\ntitle: ÜBER 100%_X\nslug: uber-x\n---\n")
    with closing(Index.open(project.index_path)) as index:
        rebuild(project, index)

        def slugs(query: str, limit: int = 50) -> list[str]:
            return [one.slug for one in posts_named(index, query, limit=limit)]

        assert slugs("GRAIN paper") == ["paper-has-a-grain"]
        assert slugs("über") == ["uber-x"]
        assert slugs("100%_x") == ["uber-x"]
        assert slugs("1%x") == []
        assert slugs("   ") == []
        assert len(slugs("a", limit=3)) == 3
        assert [one.path for one in posts_named(index, "broken-one")] == [
            "posts/2026/03/broken-one.md"
        ]
        found = posts_named(index, "ink-wash")
        assert sorted(one.is_translation for one in found) == [False, True]
