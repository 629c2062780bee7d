"""The compare screen: what differs is seen without colour, reached by keys and answered."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from textual.app import App
from textual.binding import Binding
from textual.pilot import Pilot
from textual.widgets import Button, Static

from tests.contract.test_keys import ARRIVES, NOWHERE_SAFE, keys_of
from tests.holding import until
from tui.screens.compare import CompareScreen, Side
from tui.screens.compare_view import CompareView
from tui.screens.line_alignment import Row, align, unified
from tui.screens.questions import Answer
from tui.theme import INK, SIXTEEN_COLOURS

ANSWERS = (
    Answer("recover", "Recover"),
    Answer("both", "Keep both"),
    Answer("discard", "Discard", is_dangerous=True),
)
BEFORE = 'import json\n\n\ndef greet(name):\n    print("Hello,", name)\n\n\ngreet("newcomer")\n'
AFTER = 'import json\nimport sys\n\n\ndef greet(name):\n    print("Good morning,", name)\n\n'
Compare = Callable[..., bool]


class CompareApp(App[None], inherit_bindings=False):
    """A bare app with the screen on it."""

    def __init__(
        self,
        left: str,
        right: str,
        *,
        theme: str = INK.name,
        cancel: str = "Later",
        text: str = "scripts/hello.py has unsaved text of 24 Nov 2026, 10:00.",
        first_lines: tuple[int, int] = (1, 1),
    ):
        super().__init__()
        self.register_theme(INK)
        self.theme = theme
        self.animation_level = "none"
        self.answers: list[str | None] = []
        self.compare = CompareScreen(
            "Unsaved text",
            text,
            Side("The file", left, first_lines[0]),
            Side("Unsaved text", right, first_lines[1]),
            ANSWERS,
            cancel=cancel,
        )

    def on_mount(self) -> None:
        self.push_screen(self.compare, self.answers.append)

    @property
    def lines(self) -> list[str]:
        """The rows of the texts as they are drawn."""
        view = self.compare.query_one(CompareView)
        return [view.render_line(y).text.rstrip() for y in range(view.size.height)]

    @property
    def count(self) -> str:
        return str(self.compare.query_one("#count", Static).content)


@asynccontextmanager
async def comparing(
    left: str, right: str, *, size: tuple[int, int] = (120, 40), **options: Any
) -> AsyncIterator[tuple[CompareApp, Pilot[None]]]:
    app = CompareApp(left, right, **options)
    async with app.run_test(size=size) as pilot:
        await until(lambda: app.screen is app.compare and "Comparing" not in app.count)
        await pilot.pause()
        yield app, pilot


async def test_wide_terminals_show_the_sides_beside_each_other() -> None:
    async with comparing("a\nb\nc\n", "a\nB\nc\nd\n") as (app, _):
        rows = [tuple(cell.rstrip() for cell in line.split(" │ ")) for line in app.lines[:5]]
        assert rows[0] == ("1   a", "1   a")
        assert rows[1] == ("2 ~ b", "2 ~ B")
        assert rows[2] == ("3   c", "3   c")
        assert rows[3] == ("", "4 + d")
        assert app.count == "2 differences: 1 line changed, 1 line added"


async def test_lines_are_counted_from_where_each_text_begins_in_its_file() -> None:
    async with comparing("a\nb\n", "a\nc\n", first_lines=(9, 10)) as (app, _):
        rows = [tuple(cell.rstrip() for cell in line.split(" │ ")) for line in app.lines[:2]]
        assert rows == [(" 9   a", "10   a"), ("10 ~ b", "11 ~ c")]


async def test_in_a_low_terminal_the_answers_are_in_view_and_the_question_scrolls() -> None:
    text = " ".join(f"word{number}" for number in range(40))
    async with comparing("a\n", "b\n", size=(40, 10), text=text) as (app, pilot):
        for button in app.compare.query(Button):
            assert button.region.width >= len(str(button.label)) + 2
            assert app.screen.region.shrink((1, 1, 1, 1)).contains_region(button.region)
        assert app.lines[:2] == ["1 - a", "1 + b"]
        drawn = "".join(strip.text for strip in app.screen._compositor.render_strips())
        assert "word0" in drawn
        assert "word39" not in drawn
        await pilot.press("shift+tab", "end")
        await pilot.pause()
        drawn = "".join(strip.text for strip in app.screen._compositor.render_strips())
        assert "word39" in drawn
        await pilot.press("tab", "enter")
        await until(lambda: bool(app.answers))
        assert app.answers == ["recover"]


async def test_narrow_terminals_show_them_below_each_other() -> None:
    async with comparing("a\nb\nc\n", "a\nB\nc\nd\n", size=(80, 24)) as (app, _):
        assert app.lines[:6] == ["1   a", "2 - b", "2 + B", "3   c", "4 + d", "5"]


async def test_the_layout_follows_the_terminal() -> None:
    async with comparing("a\nb\n", "a\nc\n") as (app, pilot):
        assert "2 ~ b" in app.lines[1]
        await pilot.resize_terminal(80, 24)
        await until(lambda: app.lines[1:3] == ["2 - b", "2 + c"])
        await pilot.resize_terminal(100, 24)
        await until(lambda: "2 ~ b" in app.lines[1])


async def test_n_and_p_go_from_difference_to_difference() -> None:
    left = [f"line {number}" for number in range(300)]
    right = list(left)
    for number in (20, 150, 290):
        right[number] += " changed"
    async with comparing("\n".join(left), "\n".join(right), size=(80, 24)) as (app, pilot):
        assert any("line 20 changed" in line for line in app.lines), "it begins at the first"
        for key, position, seen in (
            ("n", 1, 20),
            ("n", 2, 150),
            ("n", 3, 290),
            ("n", 3, 290),
            ("p", 2, 150),
        ):
            await pilot.press(key)
            assert app.count.startswith(f"Difference {position} of 3")
            assert any(f"+ line {seen} changed" in line for line in app.lines)


async def test_the_texts_scroll_whatever_has_the_focus() -> None:
    text = "\n".join(f"line {number}" for number in range(300))
    async with comparing(text, text + "\nmore", size=(80, 24)) as (app, pilot):
        height = app.compare.query_one(CompareView).size.height
        await pilot.press("home")
        assert app.lines[0] == "  1   line 0"
        await pilot.press("down", "pagedown")
        assert app.lines[0].endswith(f"line {height}")
        await pilot.press("up", "pageup")
        assert app.lines[0].endswith("line 0")
        await pilot.press("end")
        assert app.lines[-1] == "301 + more"


async def test_long_lines_scroll_sideways_together() -> None:
    async with comparing("x" * 200 + "left", "x" * 200 + "right") as (app, pilot):
        assert "left" not in app.lines[0]
        for _ in range(30):
            await pilot.press("shift+right")
        assert app.lines[0].split(" │ ")[0].startswith("1 ~ ")
        assert "left" in app.lines[0] or "ight" in app.lines[0]
        for _ in range(30):
            await pilot.press("shift+left")
        assert app.lines[0].startswith("1 ~ xxx")


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        (["enter"], "recover"),
        (["right", "enter"], "both"),
        (["tab", "tab", "enter"], "discard"),
        (["left", "enter"], None),
        (["right", "left", "enter"], "recover"),
        (["escape"], None),
        (["ctrl+q"], None),
    ],
)
async def test_keys_reach_the_answers(keys: Sequence[str], answer: str | None) -> None:
    async with comparing("a", "b") as (app, pilot):
        await pilot.press(*keys)
        await until(lambda: bool(app.answers))
        assert app.answers == [answer]


async def test_nothing_in_the_texts_reaches_the_terminal() -> None:
    evil = "\x1b]52;c;aGk=\x07\x1b[2J\x9b31m\u202e\tx"
    async with comparing(evil, "[bold]plain[/nothing]") as (app, _):
        assert "[bold]plain[/nothing]" in app.lines[0]
        assert app.lines[0].isprintable()
        assert "␛]52;c;aGk=␇␛[2J" in app.lines[0]


async def test_line_ends_are_shown_only_where_they_differ() -> None:
    async with comparing("a\r\nb\r\n", "a\r\nc\r\n") as (app, _):
        assert not any("␍" in line for line in app.lines)
    async with comparing("a\r\n", "a\n") as (app, _):
        assert "1 ~ a␍" in app.lines[0]


async def test_a_missing_line_end_and_an_empty_text_are_differences() -> None:
    async with comparing("a", "a\n") as (app, _):
        assert app.count.startswith("1 difference:")
    async with comparing("", "a") as (app, _):
        assert app.count == "1 difference: 1 line added"
    async with comparing("a", "a") as (app, _):
        assert app.count == "No line differs."


async def test_texts_of_five_thousand_lines_open_at_once() -> None:
    left = [f"value_{number} = {number % 7}" for number in range(5000)]
    right = [line if number % 9 else line + "  # mine" for number, line in enumerate(left)]
    started = time.perf_counter()
    async with comparing("\n".join(left), "\n".join(right)) as (app, _):
        took = time.perf_counter() - started
        assert app.count.startswith("556 differences")
    assert took < 5, "0.3 s here; quadratic, it would be minutes"


def test_aligning_does_not_take_the_square_of_the_lines() -> None:
    left = [str(number % 3) for number in range(20_000)]
    right = [str(number % 4) for number in range(20_000)]
    started = time.perf_counter()
    alignment = align(left, right)
    assert time.perf_counter() - started < 5
    assert [row.left for row in alignment.rows if row.left is not None] == list(range(20_000))
    assert [row.right for row in alignment.rows if row.right is not None] == list(range(20_000))


def test_a_moved_line_is_gone_here_and_new_there() -> None:
    alignment = align("abcd", "bcda")
    assert [row.sign for row in alignment.rows] == ["-", " ", " ", " ", "+"]
    assert alignment.differences == ((0, 1), (4, 5))


def test_unified_puts_the_left_lines_first() -> None:
    assert unified(align("axyb", "apqb")).rows == (
        Row(0, 0, " "),
        Row(1, None, "-"),
        Row(2, None, "-"),
        Row(None, 1, "+"),
        Row(None, 2, "+"),
        Row(3, 3, " "),
    )


def test_its_keys_arrive_everywhere_and_can_be_changed() -> None:
    for binding in CompareScreen.__dict__["BINDINGS"]:
        assert isinstance(binding, Binding)
        assert binding.id
        assert binding.description
        for key in keys_of(binding):
            assert ARRIVES.fullmatch(key) or re.fullmatch(r"shift\+(left|right)", key)
            assert not NOWHERE_SAFE.fullmatch(key)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["small", "large"])
def test_picture(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(CompareApp(BEFORE, AFTER), terminal_size=size, press=["n"])


def test_picture_in_sixteen_colours(snap_compare: Compare) -> None:
    app = CompareApp(BEFORE, AFTER, theme=SIXTEEN_COLOURS)
    assert snap_compare(app, terminal_size=(80, 24), press=["n"])
