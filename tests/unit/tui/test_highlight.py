"""The highlight query, the indentation rules and the colours."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App
from textual.color import Color

import tui
from tui.editor.document import SourceDocument
from tui.editor.highlight import BLOCK_LINES, Highlighter, highlight_query, python_language
from tui.editor.indentation import dedent, indent, leading, next_indentation, opens_block
from tui.editor.theme import MIN_CONTRAST, contrast, inkstand_theme


def named(text: str) -> list[list[tuple[str, str]]]:
    document = SourceDocument(text, python_language())
    highlighter = Highlighter(document)
    return [
        [(line[span.start : span.end], span.name) for span in highlighter.spans(row)]
        for row, line in enumerate(document.lines)
    ]


def top_level_patterns(source: str) -> list[str]:
    source = re.sub(r'("(?:\\.|[^"\\])*")|;.*', r"\1", source)
    patterns, depth, start = [], 0, 0
    for index, character in enumerate(re.sub(r'"[^"]*"', lambda m: "s" * len(m[0]), source)):
        if character in "([":
            start = index if depth == 0 else start
            depth += 1
        elif character in ")]":
            depth -= 1
            if depth == 0:
                patterns.append(source[start : index + 1])
    return patterns


def test_no_pattern_mixes_a_text_predicate_with_set() -> None:
    # tree-sitter 0.26.1 crashes the process when it compiles such a pattern.
    queries = list(Path(tui.__file__).parent.rglob("*.scm"))
    assert queries
    for query in queries:
        patterns = top_level_patterns(query.read_text(encoding="utf-8"))
        assert len(patterns) > 10
        for pattern in patterns:
            assert not ("#set!" in pattern and re.search(r"#[\w-]+\?", pattern)), pattern
    assert top_level_patterns('(a (#eq? @a "b(") (#set! x y)) [(c)]') == [
        '(a (#eq? @a "b(") (#set! x y))',
        "[(c)]",
    ]


def test_query_is_compiled_once_and_every_capture_has_a_colour() -> None:
    query = highlight_query()
    assert highlight_query() is query
    names = {query.capture_name(index) for index in range(query.capture_count)}
    for has_16_colours in (False, True):
        theme = inkstand_theme(App().get_css_variables(), has_16_colours=has_16_colours)
        assert names <= theme.syntax_styles.keys()


def test_names_of_python() -> None:
    assert named('def f(self, x: int):\n    return f"é{len(x)}\\n" + LIMIT  # why') == [
        [("def", "keyword"), ("f", "function"), ("self", "self"), ("int", "type")],
        [
            ("return", "keyword"),
            ('f"é{len(x)}\\n"', "string"),
            ("{len(x)}", "embedded"),
            ("{", "string.escape"),
            ("len", "builtin"),
            ("}", "string.escape"),
            ("\\n", "string.escape"),
            ("LIMIT", "constant"),
            ("# why", "comment"),
        ],
    ]


def test_long_strings_are_coloured_across_blocks() -> None:
    lines = named('"""' + "text\n" * (3 * BLOCK_LINES) + '"""')
    assert {tuple(line) for line in lines[1:-1]} == {(("text", "string"),)}
    assert lines[-1] == [('"""', "string")]


@given(st.lists(st.sampled_from([*"()[]{}:#'\"\\=\n\r \té💩", "def ", "f'", "x", "if "])))
def test_spans_lie_in_their_lines(pieces: list[str]) -> None:
    document = SourceDocument("".join(pieces), python_language())
    highlighter = Highlighter(document)
    for row, line in enumerate(document.lines):
        assert all(0 <= span.start < span.end <= len(line) for span in highlighter.spans(row))


@pytest.mark.parametrize("name", sorted(App().available_themes))
def test_source_can_be_read_in_every_theme(name: str) -> None:
    app = App[None]()
    app.theme = name
    if app.native_ansi_color:
        return
    theme = inkstand_theme(app.get_css_variables(), is_dark=app.current_theme.dark)
    line = theme.cursor_line_style
    assert line is not None
    assert line.bgcolor is not None
    surface = Color.parse(app.get_css_variables()["surface"])
    for style in theme.syntax_styles.values():
        assert style.color is not None
        for ground in (surface, Color.from_rich_color(line.bgcolor)):
            assert contrast(Color.from_rich_color(style.color), ground) >= MIN_CONTRAST - 0.1


@pytest.mark.parametrize("is_dark", [True, False])
def test_sixteen_colours_have_no_background_and_visible_comments(is_dark: bool) -> None:
    theme = inkstand_theme({}, is_dark=is_dark, has_16_colours=True)
    for style in theme.syntax_styles.values():
        assert style.bgcolor is None
        assert style.color is None or style.color.is_system_defined
    assert not theme.cursor_line_style
    assert theme.selection_style is not None
    assert theme.selection_style.reverse


@pytest.mark.parametrize(
    ("code", "opens"),
    [
        ("if x:", True),
        ("if x:  # c", True),
        ("x = 1  # c:", False),
        ("x = ':'", False),
        ("x = '#' if y else z:", True),
        ("d = {'a': 1}", False),
        (r"if x == 'it\'s #':", True),
        ("", False),
    ],
)
def test_opens_block(code: str, opens: bool) -> None:
    assert opens_block(code) is opens


def test_indentation_of_lines() -> None:
    assert leading(" \t x") == " \t "
    assert next_indentation("\tif x:") == "\t\t"
    assert next_indentation("  if x:") == "      "
    assert indent(["a", "", "  b"]) == ["    a", "", "      b"]
    assert dedent(["a", "", " b", "    c", "     d", "\te"]) == ["a", "", "b", "c", "    d", "e"]
