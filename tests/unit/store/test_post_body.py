"""The text below a post's front matter, and where it begins."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.files import FileError
from store.post_body import PostBody, read_body
from store.posts import read_post


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("eol", ["\n", "\r\n"])
@pytest.mark.parametrize("body", ["", "One", "One\n\n---\ntwo\n"])
def test_it_is_what_reading_the_whole_post_gives(
    tmp_path: Path, mark: str, eol: str, body: str
) -> None:
    path = tmp_path / "trip.md"
    text = f"{mark}---\nid: x\n\n# a comment\nslug: trip\n---\n{body}".replace("\n", eol)
    path.write_bytes(text.encode())
    assert read_body(path) == PostBody(read_post(path).body, 7)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"---\nid: x\n---\nOne\n\xff", "not UTF-8 in line 5"),
        (b"---\nid: x\nOne", "line 1, column 1"),
        (b"One", "no front matter"),
    ],
)
def test_what_has_no_readable_front_matter_is_refused(
    tmp_path: Path, data: bytes, words: str
) -> None:
    path = tmp_path / "trip.md"
    path.write_bytes(data)
    with pytest.raises(FileError, match=words):
        read_body(path)


def test_front_matter_is_not_parsed(tmp_path: Path) -> None:
    path = tmp_path / "trip.md"
    path.write_text("---\ntitle: [open\n---\nOne")
    assert read_body(path) == PostBody("One", 4)
