"""Documents keep every byte, and their syntax tree follows their edits."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tree_sitter import Parser

from tui.editor.document import ExactDocument, SourceDocument, UnwrappedLines, displayed
from tui.editor.highlight import python_language

NASTY = ["\n", "\r\n", "\r", "\x00", "\f", "\x0b", "\x1c", "\x85", "\u2028", "\u2029", "é", "💩"]
PYTHON = [
    "def f(a):",
    "    ",
    "\t",
    "return",
    "x = 1",
    '"""',
    "'",
    "#",
    "(",
    ")",
    "[",
    ":",
    "if x:",
]
PYTHON += ["class A:", "f'{x}'", "\\", "é = '💩'", "lambda", "@d", "else:", "await y", "\ufeff"]
texts = st.one_of(
    st.text(alphabet=st.characters(exclude_categories=["Cs"])),
    st.lists(st.sampled_from([*NASTY, "a", " ", "x = 1"])).map("".join),
)
code = st.lists(st.sampled_from(["\n", "\n", "\r\n", "\r", "\f", "é", *PYTHON])).map("".join)


@given(texts)
@example("")
@example("\r\n")
@example("a\r\nb\nc\rd")
@example("a\r\r\nb")
def test_text_is_the_original(text: str) -> None:
    assert ExactDocument(text).text == text
    assert SourceDocument(text, python_language()).text == text


@pytest.mark.parametrize(
    ("text", "newline", "lines"),
    [
        ("a\nb", "\n", ["a", "b"]),
        ("a\r\nb\r\n", "\r\n", ["a", "b", ""]),
        ("a\r\nb\nc", "\n", ["a\r", "b", "c"]),
        ("a\rb", "\n", ["a\rb"]),
        ("a\fb\x85c\u2028d", "\n", ["a\fb\x85c\u2028d"]),
        ("", "\n", [""]),
    ],
)
def test_lines_end_at_one_separator_only(text: str, newline: str, lines: list[str]) -> None:
    document = ExactDocument(text)
    assert document.newline == newline
    assert document.lines == lines


def test_inserted_text_takes_the_line_ends_of_the_document() -> None:
    assert ExactDocument("a\r\nb").normalised("1\n2\r3\r\n4") == "1\r\n2\r\n3\r\n4"
    assert ExactDocument("a\nb").normalised("1\n2\r3\r\n4") == "1\n2\n3\n4"
    assert ExactDocument("").normalised("a\ud800b") == "a\ufffdb"


Edits = st.lists(
    st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), code),
    max_size=6,
)


def place(document: ExactDocument, down: float, across: float) -> tuple[int, int]:
    row = round(down * document.line_count)  # at times one below the last
    length = len(document[row]) if row < document.line_count else 0
    return row, round(across * length)


def offset(document: ExactDocument, location: tuple[int, int]) -> int:
    row, column = document.clamped(location)
    return sum(len(line) + len(document.newline) for line in document.lines[:row]) + column


@settings(max_examples=400)
@given(code, Edits)
def test_edits_keep_text_undo_and_tree_right(
    text: str, edits: list[tuple[float, float, float, float, str]]
) -> None:
    document = SourceDocument(text, python_language())
    for down1, across1, down2, across2, pasted in edits:
        first, second = place(document, down1, across1), place(document, down2, across2)
        top, bottom = sorted((document.clamped(first), document.clamped(second)))
        before = document.text
        new = document.normalised(pasted)
        expected = before[: offset(document, top)] + new + before[offset(document, bottom) :]
        result = document.replace_range(first, second, new)
        assert document.text == expected
        assert_tree_is_fresh(document)

        undone = document.replace_range(top, result.end_location, "")
        assert undone.replaced_text == new
        document.replace_range(top, top, result.replaced_text)
        assert document.text == before
        assert_tree_is_fresh(document)
        document.replace_range(first, second, new)
    assert_tree_is_fresh(document)


def assert_tree_is_fresh(document: SourceDocument) -> None:
    fresh = Parser(python_language()).parse(document.text.encode())
    assert str(document.root) == str(fresh.root_node)


@given(st.text())
def test_displayed_line_has_the_same_length_and_nothing_to_obey(line: str) -> None:
    shown = displayed(line)
    assert len(shown) == len(line)
    assert not [
        c for c in shown if c != "\t" and unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")
    ]
    shown.encode()


def test_displayed_pictures() -> None:
    assert displayed("\x1b[31m\t\x7f\x9b\u202ea\u2066\r") == "␛[31m\t␡��a�␍"


def test_cells_are_counted_as_drawn() -> None:
    lines = UnwrappedLines(ExactDocument("a\x1b\x00é\nb"))
    assert lines.location_to_offset((0, 3)).x == 3
    assert lines.height == 2
    assert ExactDocument("\x1b\x1b\x1b").get_size(4).width == 3
