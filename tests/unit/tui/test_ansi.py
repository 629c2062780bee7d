"""Output of scripts: colours survive, everything else that a terminal would obey does not."""

from __future__ import annotations

import unicodedata

import pyte
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.color import Color
from rich.style import Style

from tui.panel.ansi import Run, advance, flatten, parse, parse_line, sanitise
from tui.panel.sgr import PLAIN, Sgr, style_of

RED = Sgr(foreground=Color.from_ansi(1))

PIECES = [
    *"ab 世é",
    "text",
    "\u0301",
    "\r",
    "\b",
    "\t",
    "\x1b",
    "\x1b[31m",
    "\x1b[1;4;38;5;200m",
    "\x1b[48;2;1;2;3m",
    "\x1b[0m",
    "\x1b[m",
    "\x1b[K",
    "\x1b[1K",
    "\x1b[2K",
    "\x1b[2J",
    "\x1b]0;title\x07",
    "\x1b]52;c;aGk=\x1b\\",
    "\x1b]8;;http://x\x1b\\",
    "\x1bPq#0\x07\x1b\\",
    "\x1b_G\x1b\\",
    "\x1b[?1003h",
    "\x1b[>4;1m",
    "\x9b31m",
    "\x9d0;t\x9c",
    "\x85",
    "\x00",
    "\x7f",
    "\u202e",
    "\u2028",
    "\ud800",
    "[",
    "]",
    ";1m",
]
outputs = st.one_of(st.text(), st.lists(st.sampled_from(PIECES)).map("".join))


def text_of(runs: list[Run]) -> str:
    return "".join(run.text for run in runs)


@given(outputs)
@example("\x1b]0;never ends")
@example("\x1b[31")
@settings(max_examples=500)
def test_no_control_character_is_drawn(text: str) -> None:
    strip = parse_line(text, Style())
    for character in strip.text:
        assert unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp")
        assert character not in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    assert strip.cell_length == sum(segment.cell_length for segment in strip)
    assert not any(segment.control for segment in strip)
    for line in sanitise(text).split("\n"):
        assert not any(unicodedata.category(character) == "Cc" for character in line)


@pytest.mark.parametrize(
    "sequence",
    [
        "\x1b]0;title\x07",
        "\x1b]0;title\x1b\\",
        "\x1b]52;c;aGVsbG8=\x07",
        "\x1b]8;;https://example.org\x1b\\",
        "\x1bPq#0;2;0;0;0#0~~\x1b\\",
        "\x1b_Gf=24;AAAA\x1b\\",
        "\x1b^private\x1b\\",
        "\x1bXstring\x1b\\",
        "\x1b[?1049h",
        "\x1b[?1003;1006h",
        "\x1b[2J",
        "\x1b[10;20H",
        "\x1b[6n",
        "\x1b[>4;1m",
        "\x1b[ 1m",
        "\x1b[1 q",
        "\x1b(0",
        "\x1bc",
        "\x1b7",
        "\x1b",
        "\x9b2J",
        "\x9d0;title\x9c",
        "\x90q\x9c",
        "\x00",
        "\x07",
        "\x0b",
        "\x0e",
        "\x7f",
        "\x84",
        "\x1bPtmux;\x1b\x1b]0;t\x07\x1b\\",
    ],
)
def test_other_escapes_are_removed_whole(sequence: str) -> None:
    assert parse(f"a{sequence}é") == ([Run("aé", PLAIN)], PLAIN)
    assert parse(f"a\tb{sequence}é")[0] == [Run("a       bé", PLAIN)]


@pytest.mark.parametrize("unfinished", ["\x1b", "\x1b[", "\x1b[3", "\x1b]0;t", "\x1bPq", "\x1b("])
def test_unfinished_sequences_at_the_end_are_dropped(unfinished: str) -> None:
    assert sanitise("a" + unfinished) == "a"


def test_escape_ends_an_unfinished_string() -> None:
    assert parse("a\x1b]0;title\x1b[31mb") == ([Run("a", PLAIN), Run("b", RED)], RED)


@pytest.mark.parametrize(
    ("parameters", "style"),
    [
        ("31", Style(color=Color.from_ansi(1))),
        ("97;44", Style(color=Color.from_ansi(15), bgcolor=Color.from_ansi(4))),
        ("107", Style(bgcolor=Color.from_ansi(15))),
        ("38;5;208", Style(color=Color.from_ansi(208))),
        ("48;2;1;2;3", Style(bgcolor=Color.from_rgb(1, 2, 3))),
        ("38:2::1:2:3", Style(color=Color.from_rgb(1, 2, 3))),
        ("38:2:1:2:3", Style(color=Color.from_rgb(1, 2, 3))),
        ("38:5:9", Style(color=Color.from_ansi(9))),
        ("1;3;4;9", Style(bold=True, italic=True, underline=True, strike=True)),
        ("2;7", Style(dim=True, reverse=True)),
        ("4:3", Style(underline=True)),
        ("1;22;4;4:0", Style()),
        ("58;5;1;31", Style(color=Color.from_ansi(1))),
        ("31;39", Style()),
        ("31;", Style()),
        ("38;5;999", Style()),
        ("38;5", Style()),
        ("38;2;1", Style()),
        ("5;8", Style()),
        ("9" * 5000, Style()),
    ],
)
def test_colours_and_styles_survive(parameters: str, style: Style) -> None:
    assert parse(f"\x1b[{parameters}mx")[0][0].text == "x"
    assert style_of(parse(f"\x1b[{parameters}mx")[0][0].look) == style


def test_base_style_is_below() -> None:
    strip = parse_line("a\x1b[31mb", Style(color="blue", bold=True))
    assert [segment.style for segment in strip] == [
        Style(color="blue", bold=True),
        Style(color=Color.from_ansi(1), bold=True),
    ]


def test_colour_goes_on_in_the_next_line() -> None:
    _, look = parse("\x1b[31mred")
    assert look == RED
    assert parse("still", look) == ([Run("still", RED)], RED)
    assert parse("over\x1b[0m", look)[1] == PLAIN


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("10%\r20%", "20%"),
        ("100%\r5%", "5%0%"),
        ("done\r", "done"),
        ("dos\r\r", "dos"),
        ("long text\r\x1b[Kshort", "short"),
        ("long text\r\x1b[2Kshort", "short"),
        ("ab\bc", "ac"),
        ("\b\bx", "x"),
        ("a\tb", "a       b"),
        ("世界\rx", "x 界"),
        ("世界\r\tx", "世界    x"),
        ("ab\r世", "世"),
        ("abc\r世", "世c"),
        ("e\u0301\rx", "x"),
        ("\re\u0301", "e\u0301"),
    ],
)
def test_the_later_part_overwrites_by_columns(text: str, shown: str) -> None:
    assert sanitise(text) == shown


SHOWN = ["a", "bc", "word", " ", "\r", "\r", "\b", "\t", "\x1b[31m", "\x1b[0m", "\x1b[K", "\x1b[1K"]
SHOWN += ["\x1b[2K", "\x1b[?25l", "\x1b]0;t\x07", "\x1b(B"]


@given(st.lists(st.sampled_from(SHOWN), max_size=12))
@settings(max_examples=500)
def test_a_line_looks_as_in_a_terminal(pieces: list[str]) -> None:
    screen = pyte.Screen(200, 1)
    pyte.Stream(screen).feed("".join(pieces))
    assert sanitise("".join(pieces)).rstrip() == screen.display[0].rstrip()


@given(st.lists(st.one_of(outputs, st.sampled_from(["\n", "\r\n", "\x1b[31m", "\t"]))).map("".join))
@example("\x9b\x1b[m0")
@example("\x9d\x1b[mt\r\n")
@settings(max_examples=500)
def test_many_lines_are_made_plain_as_each_of_them_is(text: str) -> None:
    lines = ["".join(run.text for run in parse(line)[0]) for line in text.split("\n")]
    assert sanitise(text) == "\n".join(lines)


@given(outputs, outputs)
@settings(max_examples=500)
def test_advance_agrees_with_parse(first: str, second: str) -> None:
    look = advance(first, RED)
    assert look == parse(first, RED)[1]
    assert advance(second, look) == parse(second, look)[1]


@given(outputs, outputs)
@settings(max_examples=500)
def test_a_flattened_line_shows_and_goes_on_the_same(before: str, after: str) -> None:
    before = "\r" + before
    short = flatten(before, RED)
    assert parse(short, RED) == parse(before, RED)
    assert parse(short + after, RED) == parse(before + after, RED)


def test_flattening_a_long_progress_bar_keeps_little() -> None:
    bar = "".join(f"\r{step:>5} {'█' * (step % 50):<50}" for step in range(2_000))
    assert len(flatten(bar, PLAIN)) < 200
    assert parse(flatten(bar, PLAIN)) == parse(bar)


def test_a_long_line_says_how_much_is_missing() -> None:
    assert parse_line("x" * 5_000, Style(), limit=4_000).text == "x" * 4_000 + (
        "… (1,000 more characters)"
    )
    assert parse_line("xy", Style(), limit=4_000, missing=7).text == "xy… (7 more characters)"
    assert parse_line("x\x1b[31my", Style(), limit=1).text == "x… (1 more characters)"
