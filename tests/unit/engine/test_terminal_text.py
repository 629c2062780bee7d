"""Output on its way to a terminal: colours survive, nothing else that one would obey."""

from __future__ import annotations

import io
import json
import re
from itertools import pairwise

import pyte
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.kernel.terminal_text import MAX_PARAMETERS, TerminalFilter, filtered

PIECES = [
    b"text",
    b" ",
    b"\n",
    b"\r",
    b"\t",
    b"\b",
    "é世🎉\u0301".encode(),
    b"\x1b",
    b"\x1b[",
    b"[",
    b"\\",
    b"\x1b[31m",
    b"\x1b[38:2::1:2:3;4m",
    b"\x1b[m",
    b"\x1b[K",
    b"\x1b[2K",
    b"\x1b[3K",
    b"\x1b[?K",
    b"\x1b[2J",
    b"\x1b[10;20H",
    b"\x1b[?1049h",
    b"\x1b[>4;1m",
    b"\x1b[ 1m",
    b"\x1b]0;title",
    b"\x1b]52;c;aGk=\x07",
    b"\x1b]8;;http://x\x1b\\",
    b"\x1bPq#0",
    b"\x1b_G",
    b"\x1b(0",
    b"\x1bc",
    b"\x07",
    b"\x18",
    b"\x1a",
    b"\x00",
    b"\x0e",
    b"\x7f",
    b"\x80",
    b"\x9b",
    b"\x9b31m",
    b"\x9d",
    b"\xc2",
    b"\xff",
    b"\xc0\x9b2J",
    b"\xe0\x80\x9b2J",
    b"\xf0\x80\x80\x9b2J",
    b"\xed\xa0\x80",
    "\x9b2J".encode(),
    "\x9b31m".encode(),
    "\x9d0;t\x9c".encode(),
    "\x90".encode(),
    "\x9c".encode(),
    "\x85".encode(),
    "\u202e".encode(),
    "\u2066".encode(),
    "\u2028".encode(),
    b"0;1m",
    b"9" * MAX_PARAMETERS,
]
outputs = st.one_of(st.binary(), st.lists(st.sampled_from(PIECES)).map(b"".join))

LEFT = re.compile(r"(?:[^\x00-\x07\x0b\x0c\x0e-\x1f\x7f-\x9f]|\x1b\[[0-9;:]*m|\x1b\[[0-2]?K)*")


def in_pieces(pieces: list[bytes]) -> bytes:
    terminal = TerminalFilter()
    return b"".join([*map(terminal.feed, pieces), terminal.finish()])


def whole(data: bytes) -> bytes:
    return in_pieces([data])


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[start:end] for start, end in pairwise(edges)]


@given(outputs, st.lists(st.integers(0, 10_000)))
@example(b"\x1b]0;t\xc2\x9cx", [6])
@example(b"\x1b[3\xc2\x9b1m", [4])
@example(b"\x1b]0;t\x1b\\x", [6])
@settings(max_examples=1_000)
def test_it_does_not_matter_where_the_pieces_are_cut(data: bytes, places: list[int]) -> None:
    assert in_pieces(cut(data, places)) == whole(data)
    assert in_pieces([data[place : place + 1] for place in range(len(data))]) == whole(data)


@given(outputs)
@example(b"\x1b" * 3 + b"[31m")
@example(b"\xc2\x00\x9b2J")
@settings(max_examples=1_000)
def test_nothing_is_left_that_a_terminal_obeys(data: bytes) -> None:
    out = whole(data)
    text = out.decode("utf-8", "surrogateescape")
    assert LEFT.fullmatch(text)
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", text)
    assert not re.search("[\udc80-\udc9f]", text), "as a control in eight bits"
    assert whole(out) == out
    # What a terminal makes of it that takes overlong spellings for what they spell.
    assert not re.search(rb"\xc0[\x80-\x9f]|\xe0\x80[\x80-\x9f]|\xf0\x80\x80[\x80-\x9f]", out)


OBEYED = {
    "draw",
    "linefeed",
    "carriage_return",
    "tab",
    "backspace",
    "select_graphic_rendition",
    "erase_in_line",
    "debug",  # what pyte does not know: colours with colons
}


@given(outputs)
@settings(max_examples=500)
def test_a_terminal_is_told_nothing_but_text_and_colours(data: bytes) -> None:
    told = io.StringIO()
    pyte.ByteStream(pyte.DebugScreen(to=told)).feed(whole(data))
    assert {json.loads(line)[0] for line in told.getvalue().splitlines()} <= OBEYED


@given(st.text(st.characters(exclude_categories=("Cc", "Cf", "Cs"))))
def test_plain_text_passes_as_it_is(text: str) -> None:
    assert whole(text.encode()) == text.encode()
    assert filtered(text) == text


@pytest.mark.parametrize(
    "kept",
    [
        b"\x1b[31m",
        b"\x1b[m",
        b"\x1b[1;4;38;5;200m",
        b"\x1b[48:2::1:2:3m",
        b"\x1b[K",
        b"\x1b[0K",
        b"\x1b[1K",
        b"\x1b[2K",
        b"\r",
        b"\r\n",
        b"\t",
        b"\b",
        b"\xe9",  # not UTF-8, and no control either
        "\u200d\u2028é".encode(),
    ],
)
def test_colours_and_moves_within_the_line_survive(kept: bytes) -> None:
    assert whole(b"a" + kept + b"b") == b"a" + kept + b"b"


@pytest.mark.parametrize(
    "sequence",
    [
        b"\x1b]0;title\x07",
        b"\x1b]2;title\x1b\\",
        b"\x1b]52;c;aGVsbG8=\x07",
        b"\x1b]52;c;?\x1b\\",
        b"\x1bPq#0;2;0;0;0#0~~\x1b\\",
        b"\x1bP+q544e\x1b\\",
        b"\x1b_Gf=24;AAAA\x1b\\",
        b"\x1b^private\x1b\\",
        b"\x1bXstring\x1b\\",
        b"\x1bPtmux;\x1b\x1b]0;t\x07\x1b\\",
        b"\x1b[?1049h",
        b"\x1b[?1003;1006h",
        b"\x1b[?2004l",
        b"\x1b[2J",
        b"\x1b[3K",
        b"\x1b[?2K",
        b"\x1b[10;20H",
        b"\x1b[6n",
        b"\x1b[c",
        b"\x1b[>c",
        b"\x1b[21t",
        b"\x1b[>4;1m",
        b"\x1b[?4m",
        b"\x1b[ 1m",
        b"\x1b[1 q",
        b"\x1b(0",
        b"\x1b%G",
        b"\x1b#8",
        b"\x1bc",
        b"\x1b7",
        b"\x1bM",
        b"\x1b",
        b"\x07",
        b"\x05",
        b"\x00",
        b"\x0b",
        b"\x0c",
        b"\x0e",
        b"\x18",
        b"\x7f",
        "\x9b2J".encode(),
        "\x9d0;title\x9c".encode(),
        "\x90q\x1b\\".encode(),
        "\x84".encode(),
        b"\x84",
        b"\x9b",
        b"\x1b[" + b"1" * (MAX_PARAMETERS + 1) + b"m",
    ],
)
def test_everything_else_goes_whole(sequence: bytes) -> None:
    assert whole(b"a" + sequence + b"\xc3\xa9") == b"a\xc3\xa9"


def test_of_a_link_that_may_lie_the_text_stays() -> None:
    link = b"\x1b]8;;https://evil.example\x1b\\https://bank.example\x1b]8;;\x1b\\"
    assert whole(link) == b"https://bank.example"


def test_a_text_that_reads_backwards_is_marked() -> None:
    assert whole("exe.\u202egpj".encode()) == "exe.\ufffdgpj".encode()
    assert filtered("exe.\u202egpj") == "exe.\ufffdgpj"


@pytest.mark.parametrize("string", [b"\x1b]0;", b"\x1bP", "\x9d".encode()])
def test_a_line_end_closes_a_string_that_has_no_end(string: bytes) -> None:
    assert whole(b"a" + string + b"swallowed\nb") == b"a\nb"


@pytest.mark.parametrize("start", [b"\x1b]0;", b"\x1bP", b"\x1b[", b"\x1b(", "\x9b".encode()])
def test_a_sequence_without_end_is_not_held(start: bytes) -> None:
    terminal = TerminalFilter()
    assert terminal.feed(start) == b""
    for _ in range(1_000):
        assert terminal.feed(b"0" * 1_000 if start != b"\x1b(" else b"(" * 1_000) == b""
        assert len(terminal._held) <= MAX_PARAMETERS + 2
    assert terminal.feed(b"\nb") == b"\nb"


def test_text_is_not_held_back() -> None:
    terminal = TerminalFilter()
    assert terminal.feed(b"prompt> ") == b"prompt> "
    assert terminal.feed(b"10%\r") == b"10%\r"
    assert terminal.feed(b"\x1b[3") == b""
    assert terminal.feed(b"1mred") == b"\x1b[31mred"
    assert terminal.feed("é".encode()[:1]) == b""
    assert terminal.finish() == b"\xc3"


@pytest.mark.parametrize(
    ("data", "is_coloured"),
    [
        (b"plain", False),
        (b"\x1b[31mred", True),
        (b"\x1b[31mred\x1b[0m\n", False),
        (b"\x1b[31mred\x1b[m", False),
        (b"\x1b[31mred\x1b[0;32m", True),
        (b"\x1b[31mred\x1b[K\x1b[2K", True),
        (b"\x1b[0m\x1b[K", False),
        (b"\x1b[31", False),
    ],
)
def test_it_knows_whether_a_colour_is_still_on(data: bytes, is_coloured: bool) -> None:
    terminal = TerminalFilter()
    terminal.feed(data)
    assert terminal.is_coloured is is_coloured
