"""Front matter: read as it is written, changed line by line."""

import string

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from store import frontmatter
from store.frontmatter import FrontMatterError, NewValue, parse, patch, patch_block, split

POST = """---
id: 0b7f2a1e-0000-4000-8000-000000000001
title: 'It''s: here'  # the title
slug: hello
status: "draft"
createdAt: '2026-03-01T10:00:00.000Z'
# about tags
tags:
  - one   # first
  - "two"
  - three

categories: []
views: 007
mood: {a: [1, 2],
  b: x}
excerpt: |
  Two
  lines

author: Ann
---
Body
---
more"""


def test_texts_stay_as_they_are_written() -> None:
    parsed = parse(
        "---\ntitle: 2024\nn: 007\nd: 2026-03-01\nyes: off\nt: true\nnothing:\nx: 1_0\n---\nB\r\n"
    )
    assert parsed.metadata == {
        "title": "2024",
        "n": "007",
        "d": "2026-03-01",
        "yes": "off",
        "t": True,
        "nothing": None,
        "x": "1_0",
    }
    assert parsed.body == "B\r\n"


def test_no_front_matter() -> None:
    for text in ("", "text\n---\nx: 1\n---\n", "---", "--- x\n---\n"):
        assert parse(text) == frontmatter.Parsed({}, text)


@pytest.mark.parametrize("eol", ["\n", "\r\n"])
def test_a_post_is_cut_in_three(eol: str) -> None:
    text = "\ufeff" + POST.replace("\n", eol)
    parts = split(text)
    assert parts is not None
    assert parts.before + parts.block + parts.after == text
    assert parts.body == f"Body{eol}---{eol}more"
    assert parse(text).metadata["tags"] == ["one", "two", "three"]


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("---\nid: 1\n", 1, 1, "never ends"),
        ("---\nid: 1\ntitle: 'x\n---\n", 4, 1, "unexpected end of stream"),
        ("---\nid: 1\ntitle: a: b\n---\n", 3, 9, "mapping values are not allowed"),
        ("---\n- a\n---\n", 2, 1, "not lines of"),
        ("---\nid: 1\nx: \x07\n---\n", 3, 1, "YAML does not allow"),
        ("---\nx: !!bool perhaps\n---\n", 2, 1, "cannot be read"),
        ("---\nx: !!python/object:os.system 1\n---\n", 2, 4, "could not determine a constructor"),
        ("---\nx: " + "[" * 20_000 + "\n---\n", 2, 1, ""),
    ],
)
def test_broken_front_matter_has_a_place(text: str, line: int, column: int, words: str) -> None:
    with pytest.raises(FrontMatterError) as caught:
        parse(text)
    assert words in caught.value.reason
    if words:
        assert (caught.value.line, caught.value.column) == (line, column)


def test_nothing_changes_when_nothing_differs() -> None:
    same: dict[str, NewValue] = {
        "title": "It's: here",
        "status": "draft",
        "tags": ["one", "two", "three"],
        "categories": [],
        "views": "007",
        "gone": None,
    }
    assert patch(POST, same) == POST


@pytest.mark.parametrize("eol", ["\n", "\r\n"])
def test_only_changed_lines_change(eol: str) -> None:
    post = POST.replace("\n", eol)
    changed = patch(
        post,
        {
            "title": "New 'one'",
            "status": 'say "x"',
            "tags": ["three", "one", "no", "new"],
            "categories": ["a"],
            "views": 8,
            "mood": "calm",
            "excerpt": None,
            "language": "no",
            "publishedAt": "2026-03-01T10:05:00.000Z",
            "doNotTranslate": True,
        },
    )
    expected = (
        POST.replace("'It''s: here'", "'New ''one'''")
        .replace('"draft"', '"say \\"x\\""')
        .replace('  - one   # first\n  - "two"\n  - three\n', "@")
        .replace("@", "  - three\n  - one   # first\n  - 'no'\n  - new\n")
        .replace("categories: []", "categories:\n  - a")
        .replace("007", "8")
        .replace("mood: {a: [1, 2],\n  b: x}", "mood: calm")
        .replace("excerpt: |\n  Two\n  lines\n", "")
        .replace(
            "author: Ann\n",
            "author: Ann\nlanguage: 'no'\npublishedAt: '2026-03-01T10:05:00.000Z'\n"
            "doNotTranslate: true\n",
        )
    )
    assert changed == expected.replace("\n", eol)


@pytest.mark.parametrize(
    ("old", "value", "new"),
    [
        ("a: x\n", "y: z", "a: 'y: z'\n"),
        ("a: x\n", "12", "a: '12'\n"),
        ("a: x\n", "1e3", "a: '1e3'\n"),
        ("a: x\n", "true", "a: 'true'\n"),
        ("a: x\n", "2026-03-01T10:00:00.000Z", "a: '2026-03-01T10:00:00.000Z'\n"),
        ("a: x\n", "", "a: ''\n"),
        ("a: x\n", "two\nlines\t", 'a: "two\\nlines\\t"\n'),
        ("a: 'x'\n", "y", "a: 'y'\n"),
        ('a: "x"\n', "y\\z", 'a: "y\\\\z"\n'),
        ("a:\n", "y", "a: y\n"),
        ("a:   # why\nb: 1\n", "y", "a: y   # why\nb: 1\n"),
        ("a: >-\n  folded\n  text\n# c\nb: 1\n", "y", "a: y\n# c\nb: 1\n"),
        ("a: x\n  goes on\nb: 1\n", "y", "a: y\nb: 1\n"),
        ("a:\n- one\n- two\n\n# c\nb: 1\n", ["two", "3"], "a:\n- two\n- '3'\n\n# c\nb: 1\n"),
        ("a: [one, two] # c\n", ["one"], "a:\n  - one\n"),
        ("a:\n  - one\nb: 1\n", [], "a: []\nb: 1\n"),
        ("a:\n  - one\n  - x: 1\nb: 1\n", ["y"], "a:\n  - y\nb: 1\n"),
        ("'a': x\n", "y", "'a': y\n"),
        ("a: 1\na: 2\n", "3", "a: 1\na: '3'\n"),
        ("a: 1\na: 2\nb: 1\n", None, "b: 1\n"),
        ("# only a comment\n", "y", "# only a comment\na: y\n"),
        ("", ["x"], "a:\n  - x\n"),
        ("b: 1", "y", "b: 1\na: y\n"),
    ],
)
def test_forms_of_values(old: str, value: NewValue, new: str) -> None:
    assert patch_block(old, {"a": value}) == new


@pytest.mark.parametrize("block", ["{a: 1, b: 2}\n", "a: &x 1\nb: *x\n"])
def test_what_cannot_be_changed_line_by_line_is_refused(block: str) -> None:
    with pytest.raises(FrontMatterError, match="line by line"):
        patch_block(block, {"a": "2"})


def test_a_post_without_front_matter_is_not_patched() -> None:
    with pytest.raises(FrontMatterError, match="no front matter"):
        patch("text", {"a": "1"})


KEYS = st.text(string.ascii_letters, min_size=1, max_size=8).filter(
    lambda key: key.lower() not in {"null", "true", "false"}
)
WORDS = st.one_of(
    st.text(max_size=30).filter(lambda text: text.isprintable()),
    st.sampled_from(["- a", "a: b", "#x", "x #y", "'", '"', "\\", "null", "~", "a\nb", "é\u2028"]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=10),
)
VALUES = st.one_of(WORDS, st.booleans(), st.lists(WORDS, max_size=4))
METADATA = st.dictionaries(KEYS, VALUES, max_size=6)


def as_loaded(values: dict[str, NewValue]) -> dict[str, object]:
    return {key: value for key, value in values.items() if value is not None}


@st.composite
def blocks(draw: st.DrawFn) -> str:
    """YAML as people and programs write it: any quoting, comments and blank lines between."""
    lines = []
    for key, value in draw(METADATA).items():
        style = draw(st.sampled_from([None, "'", '"', "|", ">"]))
        is_flow = draw(st.booleans()) and isinstance(value, list)
        value_text = yaml.safe_dump(
            {key: value}, default_style=style, default_flow_style=False, allow_unicode=True
        )
        if is_flow:
            value_text = f"{key}: {yaml.safe_dump(value, default_flow_style=True, width=9)}"
        lines.append(value_text if value_text.endswith("\n") else value_text + "\n")
        lines.append(draw(st.sampled_from(["", "# note\n", "\n"])))
    return "".join(lines).replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


@given(blocks(), st.text(st.characters(exclude_categories=["Cs"])))
def test_reading_and_writing_back_is_the_identity(block: str, body: str) -> None:
    text = f"---\n{block}---\n{body}"
    metadata = parse(text).metadata
    same = {
        key: value
        for key, value in metadata.items()
        if isinstance(value, str | bool)
        or (isinstance(value, list) and all(isinstance(item, str) for item in value))
    }
    assert patch(text, same) == text


@given(blocks(), st.dictionaries(KEYS, st.one_of(st.none(), VALUES), max_size=3))
def test_an_update_touches_only_its_keys(block: str, changes: dict[str, NewValue]) -> None:
    before = parse(f"---\n{block}---\n").metadata
    new = patch_block(block, changes)
    expected = {k: v for k, v in before.items() if k not in changes} | as_loaded(changes)
    assert parse(f"---\n{new}---\n").metadata == expected
    if len(changes) == 1 and next(iter(changes)) not in before and None not in changes.values():
        assert new.startswith(block)


@given(
    st.dictionaries(KEYS, st.text(string.ascii_lowercase + " :#", max_size=9), min_size=1), WORDS
)
def test_an_update_of_one_line_leaves_the_others(values: dict[str, str], word: str) -> None:
    lines = [
        f"{key}: '{value}'  # {number}\n" for number, (key, value) in enumerate(values.items())
    ]
    for number, key in enumerate(values):
        new = patch_block("".join(lines), {key: word}).splitlines(keepends=True)
        assert new[:number] == lines[:number]
        assert new[-1:] == lines[-1:] or number == len(lines) - 1
        assert len(new) == len(lines) or "\u2028" in word or "\x85" in word
