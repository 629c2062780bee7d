"""The terminal's screen, fed with synthetic bytes."""

from __future__ import annotations

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.screen import Screen


def fed(*pieces: bytes, width: int = 20, height: int = 4) -> Screen:
    screen = Screen(width, height)
    for piece in pieces:
        screen.feed(piece)
    return screen


def test_text_between_colours_is_found() -> None:
    screen = fed(b"\x1b[1;31mTO\x1b[0m\x1b[38;2;1;2;3mKEN\x1b[m")
    assert screen.has("TOKEN")
    assert screen.lines[0] == "TOKEN".ljust(20)


def test_a_marker_that_comes_out_of_order_is_found_when_it_is_whole() -> None:
    screen = fed(b"\x1b[2;4HEN\x1b[3;1Hother\x1b[2;3HK")
    assert not screen.has("TOKEN")
    screen.feed(b"\x1b[2;1HTO")
    assert screen.has("TOKEN")


def test_what_was_written_over_is_gone() -> None:
    assert not fed(b"TOKEN\x1b[1;2Hx").has("TOKEN")
    assert not fed(b"TOKEN\x1b[2J").has("TOKEN")
    assert not fed(b"TOKEN\x1b[1;3H\x1b[K").has("TOKEN")


def test_letters_that_only_follow_each_other_in_the_stream_are_no_marker() -> None:
    assert not fed(b"TO\x1b[3;1HKEN").has("TOKEN")


STREAM = (
    "\x1b[?1049h\x1b[?2026h\x1b]0;a title\x07\x1bP=1s\x1b\\\x1b[>1u\x1b(B\x1b7\x1b[6n"
    "\x1b[1;1H\x1b[38;5;12mbé─x\x1b[0m\r\n字w\x1b[2;7HTOKEN\x1b[?2026l\x1b[c"
).encode()


@pytest.mark.parametrize("cut", range(len(STREAM)))
def test_pieces_may_be_cut_anywhere(cut: int) -> None:
    screen = fed(STREAM[:cut], STREAM[cut:])
    assert screen.lines == fed(STREAM).lines
    assert screen.lines[0].rstrip() == "bé─x"
    assert screen.lines[1].rstrip() == "字w   TOKEN"
    assert screen.colour_of("bé") == "38;5;12"
    assert screen.colour_of("TOKEN") == ""


@pytest.mark.parametrize(
    ("sequence", "colour"),
    [
        ("31", "31"),
        ("97;41", "97"),
        ("48;2;31;32;33", ""),
        ("48;5;31;1;38;5;7", "38;5;7"),
        ("38;2;9;8;7;48;2;1;1;1", "38;2;9;8;7"),
        ("31;39", ""),
        ("31;0", ""),
        ("31;", ""),
        ("1;3;4", ""),
    ],
)
def test_foregrounds(sequence: str, colour: str) -> None:
    assert fed(f"\x1b[{sequence}mword".encode()).colour_of("word") == colour


def test_colours_are_told_by_the_last_cell_because_the_cursor_may_stand_on_the_first() -> None:
    screen = fed(b"\x1b[30;47mw\x1b[0;32mord\x1b[0m other")
    assert screen.colour_of("word") == "32"
    assert screen.colour_of("missing") is None


def test_an_unfinished_sequence_is_not_kept_for_ever() -> None:
    screen = fed(b"\x1b]52;c;" + b"x" * 70_000, width=10)
    screen.feed(b"\x1b[4;1HTOKEN")
    assert screen.has("TOKEN")


MOVES = st.sampled_from(
    [
        *("\x1b[H", "\x1b[2;3H", "\x1b[9;99H", "\x1b[A", "\x1b[2B", "\x1b[C", "\x1b[3D"),
        *("\x1b[J", "\x1b[1J", "\x1b[2J", "\x1b[K", "\x1b[1K", "\x1b[2K", "\x1b[2d", "\x1b[4G"),
        *("\r", "\n", "\b", "\x1b[31m", "\x1b[0m", "\x1b]0;t\x07", "a", "bc", "é─"),
    ]
)


@given(st.lists(MOVES, max_size=30))
def test_it_shows_what_pyte_shows(pieces: list[str]) -> None:
    """Nothing reaches the right edge, where pyte wraps; half a wide character crashes pyte."""
    ours = Screen(200, 5)
    theirs = pyte.Screen(200, 5)
    stream = pyte.Stream(theirs)
    for piece in pieces:
        ours.feed(piece.encode())
        stream.feed(piece)
    assert [line.rstrip() for line in ours.lines] == [line.rstrip() for line in theirs.display]
