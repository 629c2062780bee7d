"""Pictures that scripts print: what is drawn, in which order it comes, and what is refused."""

from __future__ import annotations

import ctypes
import re
from array import array
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import pytest

from engine.api.functions import registry
from engine.api.session import Session
from engine.child.pictures import MAX_COLUMNS, MAX_POINTS, draw
from engine.child.protocol import Call, Returned
from engine.kernel.terminal_text import TerminalFilter
from engine.workspace import Workspace
from tests.api.conftest import run

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
CORNERS = [[RED, GREEN], [BLUE, WHITE]]
DRAWN = "\x1b[38;2;255;0;0;48;2;0;0;255m▀\x1b[38;2;0;255;0;48;2;255;255;255m▀\x1b[0m"
_CODE = re.compile(r"\x1b\[[0-9;]*m")


def array_of(data: bytes, *shape: int) -> memoryview:
    """An array as numpy has them: a buffer with a shape."""
    return memoryview(data).cast("B", shape=shape)


def cells(text: str) -> list[str]:
    """The lines without their colours."""
    return _CODE.sub("", text).split("\n")


def test_two_points_stand_in_a_cell() -> None:
    assert draw(CORNERS) == DRAWN


@pytest.mark.parametrize(
    "pixels",
    [
        array_of(bytes([*RED, *GREEN, *BLUE, *WHITE]), 2, 2, 3),
        array_of(bytes([*RED, 255, *GREEN, 255, *BLUE, 255, *WHITE, 255]), 2, 2, 4),
        [[(*RED, 255), (*GREEN, 255)], [(*BLUE, 255), (*WHITE, 255)]],
        (iter(row) for row in CORNERS),
        [[[255.0, 0.2, 0], [0, 255, 0]], [[0, 0, 255], [254.9, 255, 255]]],
    ],
    ids=["bytes", "bytes with alpha", "alpha", "iterators", "floats"],
)
def test_every_sort_of_picture_is_drawn_alike(pixels: object) -> None:
    assert draw(pixels) == DRAWN


def test_grey_values() -> None:
    expected = "\x1b[38;2;7;7;7;48;2;9;9;9m▀\x1b[0m"
    shorts = memoryview(array("h", [7, 9]).tobytes()).cast("h", shape=[2, 1])
    for pixels in ([[7], [9]], array_of(b"\x07\x09", 2, 1), shorts):
        assert draw(pixels) == expected


def test_an_array_that_lies_turned_in_memory() -> None:
    every_other = array_of(bytes([1, 2, 3, 4, 5, 6]), 6)[::2]
    with pytest.raises(TypeError, match=r"a shape of \(3,\) is no picture"):
        draw(every_other)
    rows = array_of(bytes([*RED, *GREEN, *BLUE, *WHITE]), 2, 2, 3)
    assert draw(rows[::-1]) == draw([CORNERS[1], CORNERS[0]])


def test_what_is_transparent_becomes_black() -> None:
    assert draw([[(200, 100, 50, 0)], [(200, 100, 50, 51)]]).startswith(
        "\x1b[38;2;0;0;0;48;2;40;20;10m"
    )


def test_an_odd_row_has_nothing_below() -> None:
    assert draw([[RED], [RED], [BLUE]]).split("\n")[1] == "\x1b[38;2;0;0;255m▀\x1b[0m"


def test_colours_are_told_when_they_change() -> None:
    assert draw([[5] * 9]) == f"\x1b[38;2;5;5;5m{'▀' * 9}\x1b[0m"


def test_a_wide_picture_is_scaled_down_to_averages() -> None:
    assert draw([[0, 100, 10, 30], [0, 100, 50, 70]], 2) == (
        "\x1b[38;2;50;50;50m▀\x1b[38;2;40;40;40m▀\x1b[0m"
    )
    assert [len(line) for line in cells(draw(chess(7, 5), 3))] == [3]
    assert [len(line) for line in cells(draw(chess(200, 200)))] == [60] * 30
    assert [len(line) for line in cells(draw(chess(3, 7)))] == [3] * 4


def test_a_tall_picture_is_scaled_down_too() -> None:
    lines = cells(draw(array_of(bytes(10 * 4_000), 4_000, 10)))
    assert len(lines) == 200
    assert {len(line) for line in lines} == {1}


def chess(width: int, height: int) -> list[list[int]]:
    return [[(x + y) % 2 * 255 for x in range(width)] for y in range(height)]


@pytest.mark.parametrize(
    ("point", "number"),
    [
        (RED, 196),
        (GREEN, 46),
        (BLUE, 21),
        (WHITE, 231),
        ((0, 0, 0), 16),
        ((8, 8, 8), 232),
        ((128, 128, 128), 244),
        ((238, 238, 238), 255),
        ((90, 140, 170), 67),
    ],
)
def test_the_nearest_of_256_colours(point: Sequence[int], number: int) -> None:
    assert draw([[point]], 1, 8) == f"\x1b[38;5;{number}m▀\x1b[0m"


def test_the_widest_line_is_one_that_the_output_keeps_whole() -> None:
    from tui.panel.pipe import MAX_LINE_CHARACTERS

    row = [(255 - x % 100, 255 - x % 99, 200) for x in range(MAX_COLUMNS)]
    (line,) = draw([row, row[::-1]], MAX_COLUMNS).split("\n")
    assert len(cells(line)[0]) == MAX_COLUMNS
    assert len(line) <= MAX_LINE_CHARACTERS


class Numbers:
    """Rows without end, of which nobody may ask too many."""

    def __iter__(self) -> Iterator[list[int]]:
        return iter([[1, 2], [3]])


@pytest.mark.parametrize(
    ("pixels", "error", "words"),
    [
        (5, TypeError, "int is no picture; it takes rows"),
        ([1, 2], TypeError, "list is no picture"),
        (b"abc", TypeError, r"a shape of \(3,\) is no picture"),
        (array_of(bytes(20), 2, 2, 5), TypeError, r"a shape of \(2, 2, 5\) is no picture"),
        ([], ValueError, "the picture is empty"),
        ([[]], ValueError, "the picture is empty"),
        (Numbers(), ValueError, "row 1 has 1 points, and row 0 has 2"),
        ([[0], [256]], ValueError, "row 1: 256 is not one of 0 to 255"),
        ([[-1]], ValueError, "row 0: -1 is not one of 0 to 255"),
        ([[float("nan")]], ValueError, "row 0: nan is not one of 0 to 255"),
        (array("b", [-1]), TypeError, r"a shape of \(1,\) is no picture"),
        ((ctypes.c_int * 1 * 1)(), TypeError, "an array of format '<i' cannot be read"),
        ([[(1, 2)]], TypeError, "row 0: a point is a number"),
        ([[(1, 2, 3), 4]], TypeError, "row 0: a point is a number"),
        ([[(1, 2, 3), (1, 2, 3, 4)]], TypeError, "row 0: a point is a number"),
        ([["a"]], TypeError, "row 0: a point is a number"),
        ([[("a", "b", "c")]], TypeError, "row 0: 'a' is no number"),
        ([[1, None]], TypeError, "row 0: None is no number"),
        (
            array_of(bytes(MAX_POINTS + 1), 1, MAX_POINTS + 1),
            ValueError,
            "4000001 x 1 points are more than 4,000,000",
        ),
    ],
)
def test_what_is_no_picture_is_refused(pixels: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=r"^output.image\(\): .*" + words):
        draw(pixels)


@pytest.mark.parametrize("columns", [0, MAX_COLUMNS + 1, "9", True])
def test_columns_are_bounded(columns: Any) -> None:
    with pytest.raises(ValueError, match=r"columns: .* is not one of 1 to 200"):
        draw([[1]], columns)
    with pytest.raises(ValueError, match="depth: 16 is neither 24 nor 8"):
        draw([[1]], 1, 16)


async def test_a_script_prints_a_picture_in_its_place(workspace: Workspace) -> None:
    source = f"""
import app
print("before")
app.output.image({CORNERS})
app.output.image(memoryview(bytes(range(12))).cast("B", shape=[2, 2, 3]), columns=1, depth=8)
print("after")
"""
    seen = await run(workspace, source)
    assert seen.error == ""
    assert seen.printed == f"before\n{DRAWN}\n\x1b[38;5;232m▀\x1b[0m\nafter\n"
    passed = TerminalFilter()
    assert passed.feed(seen.printed.encode()).decode() == seen.printed


async def test_a_wrong_picture_is_an_exception_of_the_script(workspace: Workspace) -> None:
    seen = await run(workspace, "import app\napp.output.image([[300]])\n")
    assert seen.error == "ValueError: output.image(): row 0: 300 is not one of 0 to 255"


async def test_the_host_draws_for_whoever_else_calls_it(workspace: Workspace) -> None:
    def call(*arguments: object) -> Call:
        encode = msgspec.msgpack.encode
        packed = msgspec.Raw(encode(arguments)), msgspec.Raw(encode({}))
        return Call(1, "output.image", *packed)

    session = Session(workspace, frozenset({"read"}), "utilities")
    assert await session.answer(registry(), call(CORNERS)) == Returned(1, DRAWN)
    for wrong in ([[256]], [[[1, 2]]], [[[1, 2, 3, 4]]], [["x"]], [[0, 1], [2]]):
        refusal = await session.answer(registry(), call(wrong))
        assert not isinstance(refusal, Returned)
        assert refusal.message.startswith("output.image(): ")
