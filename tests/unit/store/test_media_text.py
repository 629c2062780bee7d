"""Sidecars as text: read as they are written, changed line by line."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store import sidecar_text
from store.media import read_sidecar
from store.sidecar_text import NewValue, SidecarError, new_sidecar, patch

SIDECAR = """---
id: m1
originalName: "Say \\"hi\\": a.jpg"
mimeType: image/jpeg
size: 1234
width: 640
height: 480
title:   "A \\\\ B"\x20\x20
camera: Leica: M6
createdAt: 2026-03-01T10:00:00.000Z
updatedAt: 2026-03-01T10:05:00.000Z
a line without a colon
tags: ["one", two, "three, \\"3\\""]
linkedPostIds: ["p1", p2]
---"""
TRANSLATION = '---\ntranslationFor: m1\nlanguage: de\ncaption: "Unten"\n---'

SAME: dict[str, NewValue] = {
    "id": "m1",
    "originalName": 'Say "hi": a.jpg',
    "size": 1234,
    "title": "A \\ B",
    "camera": "Leica: M6",
    "tags": ["one", "two", 'three, "3"'],
    "linkedPostIds": ("p1", "p2"),
    "alt": "",
    "author": None,
    "width": 640,
    "unknown": "",
}


@pytest.mark.parametrize("eol", ["\n", "\r\n"])
@pytest.mark.parametrize("end", ["", "\n", "\nmore: here\n"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_what_is_there_already_changes_nothing(eol: str, end: str, start: str) -> None:
    text = (start + SIDECAR + end).replace("\n", eol)
    assert patch(text, {}) == text
    assert patch(text, SAME) == text


@pytest.mark.parametrize("eol", ["\n", "\r\n"])
def test_only_changed_lines_change(eol: str) -> None:
    changed = patch(
        SIDECAR.replace("\n", eol),
        {
            "tags": ["one", "zwei [2]"],
            "title": 'C "D"',
            "size": 5,
            "camera": "Nikon",
            "updatedAt": "2026-04-01T00:00:00.000Z",
            "width": None,
            "linkedPostIds": [],
        },
    )
    expected = (
        SIDECAR.replace('["one", two, "three, \\"3\\""]', '["one", "zwei [2]"]')
        .replace('"A \\\\ B"', '"C \\"D\\""')
        .replace("1234", "5")
        .replace("Leica: M6", '"Nikon"')
        .replace("2026-03-01T10:05:00.000Z", "2026-04-01T00:00:00.000Z")
        .replace("width: 640\n", "")
        .replace('linkedPostIds: ["p1", p2]\n', "")
    )
    assert changed == expected.replace("\n", eol)


@pytest.mark.parametrize("eol", ["\n", "\r\n"])
def test_new_keys_go_where_the_origin_writes_them(eol: str) -> None:
    changed = patch(
        SIDECAR.replace("\n", eol),
        {"language": "de", "alt": "x", "author": "Ann", "lens": "35 mm", "caption": "y"},
    )
    expected = SIDECAR.replace(
        "camera:", 'alt: "x"\ncaption: "y"\nauthor: "Ann"\nlanguage: de\ncamera:'
    ).replace("p2]\n", 'p2]\nlens: "35 mm"\n')
    assert changed == expected.replace("\n", eol)


def test_a_translation_has_an_order_of_its_own() -> None:
    assert patch(TRANSLATION, {"alt": "a", "title": "t"}) == TRANSLATION.replace(
        "caption", 'title: "t"\nalt: "a"\ncaption'
    )
    assert patch(TRANSLATION, {"caption": ""}) == "---\ntranslationFor: m1\nlanguage: de\n---"


@pytest.mark.parametrize(
    ("line", "key", "value", "new"),
    [
        ("title:", "title", "x", 'title: "x"'),
        ("title: bare words", "title", "x", 'title: "x"'),
        ("title: bare words", "title", "bare words", "title: bare words"),
        ("title:\t \t", "title", "x", 'title:\t \t"x"'),
        ("title :x  ", "title", "y", 'title : "y"  '),
        ('language: "de"', "language", "en", 'language: "en"'),
        ("language: de", "language", "en", "language: en"),
        ("language: de", "language", ' "en" ', 'language: " \\"en\\" "'),
        ("language:de", "language", "en", "language: en"),
        ("tags: [a]", "tags", ["a", "", "b"], 'tags: ["a", "b"]'),
        ("tags: [a]", "tags", [], "tags: []"),
        ("tags: [a, b]", "tags", ["a", "b"], "tags: [a, b]"),
        ("size: 5 bytes", "size", 5, "size: 5"),
        ("hidden: 0", "hidden", True, "hidden: true"),
        ("title: 1\ntitle: 2", "title", "1", 'title: 1\ntitle: "1"'),
    ],
)
def test_a_line_keeps_its_form(line: str, key: str, value: NewValue, new: str) -> None:
    assert patch(f"---\n{line}\n---", {key: value}) == f"---\n{new}\n---"


def test_a_long_line_takes_no_time() -> None:
    blanks = " " * 500_000
    text = f'---\ntitle: "a{blanks}b{blanks}\nalt:{blanks}\ntags: [{blanks}\n---'
    started = time.monotonic()
    new = patch(text, {"title": "x", "alt": "y", "tags": ["z"]})
    assert time.monotonic() - started < 2
    assert new == f'---\ntitle: "x"{blanks}\nalt:{blanks}"y"\ntags: ["z"]{blanks}\n---'


def test_a_repeated_key_goes_with_all_its_lines() -> None:
    assert patch("---\ntitle: 1\nx: y\ntitle: 2\n---", {"title": None}) == "---\nx: y\n---"


@pytest.mark.parametrize(
    ("text", "changes", "line", "words"),
    [
        ("", {}, 1, "line 1 is not ---"),
        ("---\nid: 1\n", {}, 2, "no second --- line"),
        (SIDECAR, {"title": "a\nb"}, 8, "title holds a line break"),
        (SIDECAR, {"alt": "a\rb"}, 0, "alt holds a line break"),
        (SIDECAR, {"tags": ["a", "b\u2028"]}, 13, "tags holds a line break"),
        (SIDECAR, {"title": "half \ud83d"}, 8, "control character"),
        (SIDECAR, {"id": None}, 2, "id cannot be taken away"),
        (SIDECAR, {"mimeType": ""}, 4, "mimeType cannot be taken away"),
        (TRANSLATION, {"language": ""}, 3, "language cannot be taken away"),
        (SIDECAR, {"a: b": "x"}, 0, "cannot be the name of a key"),
        (SIDECAR, {"": "x"}, 0, "cannot be the name of a key"),
    ],
)
def test_what_cannot_be_done_is_said_with_its_line(
    text: str, changes: dict[str, NewValue], line: int, words: str
) -> None:
    with pytest.raises(SidecarError, match=words) as caught:
        patch(text, changes)
    assert caught.value.line == line


def test_a_new_sidecar_is_written_as_the_origin_does() -> None:
    content: dict[str, NewValue] = {
        "tags": (),
        "id": "m1",
        "title": "",
        "size": 0,
        "mimeType": "image/png",
        "alt": 'a "b"',
        "width": 0,
        "originalName": "a.png",
        "createdAt": "2026-03-01T10:00:00.000Z",
    }
    assert new_sidecar(content) == (
        '---\nid: m1\noriginalName: "a.png"\nmimeType: image/png\nsize: 0\nalt: "a \\"b\\""\n'
        "createdAt: 2026-03-01T10:00:00.000Z\ntags: []\n---"
    )
    translation: dict[str, NewValue] = {"alt": "x", "language": "de", "translationFor": "m1"}
    assert new_sidecar(translation) == '---\ntranslationFor: m1\nlanguage: de\nalt: "x"\n---'


_UNFIT = [*map(chr, range(9)), *map(chr, range(10, 32)), *"\x7f\x85\u2028\u2029"]
LINES = st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters=_UNFIT)
    | st.sampled_from('"\\:,[]-# \t\U0001f58b'),
    max_size=20,
)
ITEMS = st.lists(LINES.filter(bool), max_size=5)
NAMES = {
    "title": "title",
    "alt": "alt",
    "caption": "caption",
    "author": "author",
    "language": "language",
    "originalName": "original_name",
    "tags": "tags",
    "linkedPostIds": "linked_post_ids",
    "size": "size",
    "width": "width",
}
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "title": LINES,
        "alt": LINES,
        "caption": LINES | st.none(),
        "author": LINES,
        "language": LINES,
        "originalName": LINES.filter(bool),
        "tags": ITEMS,
        "linkedPostIds": ITEMS,
        "size": st.integers(0, 10**18 - 1),
        "width": st.integers(0, 10**6),
    },
)
OLD_TEXTS = st.builds(
    lambda eol, end, more: (SIDECAR + end).replace("p2]\n", f"p2]\n{more}").replace("\n", eol),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["", "\n"]),
    st.sampled_from(["", 'alt: "x"\n', "language: de\nauthor:\n", "caption: :: [\n"]),
)


@given(OLD_TEXTS, CHANGES)
def test_what_was_written_is_read_and_nothing_else_changed(
    old: str, changes: dict[str, NewValue]
) -> None:
    new = patch(old, changes)
    before, after = read_sidecar(old), read_sidecar(new)
    for key, name in NAMES.items():
        wanted = changes.get(key, getattr(before, name))
        found = getattr(after, name)
        assert found == (tuple(wanted) if isinstance(wanted, list) else wanted or type(found)())
    untouched = [line for line in old.split("\n") if line.partition(":")[0] not in changes]
    assert [line for line in new.split("\n") if line.partition(":")[0] not in changes] == untouched
    assert patch(new, changes) == new


@given(st.text())
def test_reading_and_patching_nothing_is_the_identity(text: str) -> None:
    for whole in (text, f"---\n{text}\n---", f"---\r\n{text}\r\n---\r\n"):
        try:
            values = sidecar_text.values(whole)
        except SidecarError:
            continue
        same: dict[str, NewValue] = {
            key: sidecar_text.read_text(raw) for key, raw in values.items() if key.isidentifier()
        }
        assert patch(whole, {}) == whole
        try:
            assert patch(whole, same) == whole
        except SidecarError as error:
            assert "control character" in str(error)  # noqa: PT017 - they were there before


@given(LINES, LINES, ITEMS)
def test_a_new_sidecar_reads_as_it_was_asked(name: str, title: str, tags: list[str]) -> None:
    facts = read_sidecar(
        new_sidecar(
            {
                "id": "m",
                "originalName": f"n{name}",
                "mimeType": "a/b",
                "size": 7,
                "title": title,
                "tags": tags,
            }
        )
    )
    read = (facts.id, facts.original_name, facts.mime_type, facts.size, facts.title, facts.tags)
    assert read == ("m", f"n{name}", "a/b", 7, title, tuple(tags))
    assert (facts.alt, facts.width, facts.linked_post_ids) == ("", 0, ())
