"""Two texts side by side, or one below the other where the terminal is narrow, and what to do.

Owns how differences are drawn and reached. What the answers mean must never enter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar

import anyio.to_thread
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import Button, Static

from store.one_line import clean
from tui.editor.document import displayed, newline_of
from tui.editor.indentation import INDENT_WIDTH
from tui.screens.line_alignment import Alignment, Row, Sign, align, unified
from tui.screens.questions import Answer

if TYPE_CHECKING:
    from textual import events

SIDE_BY_SIDE_COLUMNS = 100
"""Of the terminal; with fewer the two sides stand below each other."""
MAX_SHOWN = 2_000
"""Characters of a line that can be scrolled to."""
SIDE_STEP = 8
"""Columns that Shift+Left and Shift+Right scroll by."""
_AT_ONCE_CHARS = 20_000
"""Texts up to here are aligned before the first picture; longer ones beside the event loop."""
_DIVIDER = " │ "


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two texts."""

    title: str
    """What it is, in a few words."""
    text: str


class CompareScreen(ModalScreen[str | None]):
    """Shows how two texts differ. Dismissed with the answer's id, None for Esc."""

    DEFAULT_CSS = """
    CompareScreen { align: center middle; }
    CompareScreen > Vertical {
        width: 100%; height: 100%; background: $surface; border: round $primary; padding: 0 1;
    }
    CompareScreen #question { height: auto; max-height: 5; }
    CompareScreen #count { height: 1; color: $text-muted; }
    CompareScreen #sides { height: auto; text-style: bold; }
    CompareScreen #buttons { height: 1; align-horizontal: right; }
    CompareScreen Button { margin-left: 1; min-width: 8; width: auto; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+q", "dismiss", "Back", id="compare.back"),
        Binding("n", "difference(1)", "Next difference", id="compare.next"),
        Binding("p", "difference(-1)", "Previous difference", id="compare.previous"),
        Binding("up", "rows(-1)", "Line up", show=False, id="compare.up"),
        Binding("down", "rows(1)", "Line down", show=False, id="compare.down"),
        Binding("pageup", "pages(-1)", "Page up", show=False, id="compare.page_up"),
        Binding("pagedown", "pages(1)", "Page down", show=False, id="compare.page_down"),
        Binding("home", "ends(-1)", "First line", show=False, id="compare.first"),
        Binding("end", "ends(1)", "Last line", show=False, id="compare.last"),
        Binding("shift+left", "side(-1)", "Scroll left", show=False, id="compare.side_left"),
        Binding("shift+right", "side(1)", "Scroll right", show=False, id="compare.side_right"),
        Binding("left", "app.focus_previous", "Left button", show=False, id="compare.left"),
        Binding("right", "app.focus_next", "Right button", show=False, id="compare.right"),
    ]

    def __init__(
        self,
        title: str,
        text: str,
        left: Side,
        right: Side,
        answers: Sequence[Answer],
        *,
        cancel: str = "Later",
    ) -> None:
        """Show `left` and `right`; the first answer has the focus.

        Args:
            title: On the frame.
            text: What is to be decided.
            left: The text that is there.
            right: The text that could be.
            answers: As buttons, in their order.
            cancel: A last button that goes back; empty where an answer does that.
        """
        super().__init__()
        self._title = clean(title)
        self._text = "\n".join(map(clean, text.split("\n")))
        self._sides = (left, right)
        self._answers = answers
        self._cancel = cancel
        # Line ends are shown only where they tell the two apart.
        newlines = {newline_of(side.text) for side in self._sides if "\n" in side.text}
        self._lines = tuple(
            side.text.split(newlines.copy().pop() if len(newlines) == 1 else "\n")
            if side.text
            else []
            for side in self._sides
        )

    def compose(self) -> ComposeResult:
        """Lay out texts and answers."""
        with Vertical() as box:
            box.border_title = self._title
            box.border_subtitle = "n p difference · PgUp PgDn scroll · Shift+← → sideways"
            yield Static(self._text, markup=False, id="question")
            yield Static("Comparing …", markup=False, id="count")
            yield Static(id="sides", markup=False)
            yield CompareView(*self._lines)
            with Horizontal(id="buttons"):
                for answer in self._answers:
                    yield Button(
                        answer.label,
                        id=answer.id,
                        compact=True,
                        variant="error" if answer.is_dangerous else "default",
                    )
                if self._cancel:
                    yield Button(self._cancel, id="cancel", compact=True)

    def on_mount(self) -> None:
        """Take the messages away that would lie over the texts, and find the differences."""
        self.app.clear_notifications()
        if sum(len(side.text) for side in self._sides) <= _AT_ONCE_CHARS:
            self._show(align(*self._lines))
        else:
            self.run_worker(self._align(), group="compare")

    async def _align(self) -> None:
        self._show(await anyio.to_thread.run_sync(partial(align, *self._lines)))

    def _show(self, alignment: Alignment) -> None:
        self._view.show(alignment)
        self._tell()

    def on_resize(self, event: events.Resize) -> None:
        """Put the texts beside or below each other."""
        is_beside = event.size.width >= SIDE_BY_SIDE_COLUMNS
        self._view.lay_out(is_beside)
        self._show_titles(is_beside, event.size.width)

    @property
    def _view(self) -> CompareView:
        return self.query_one(CompareView)

    def _show_titles(self, is_beside: bool, columns: int) -> None:
        left, right = (clean(side.title) for side in self._sides)
        titles = Text(no_wrap=True, overflow="ellipsis")
        if is_beside:
            # Frame, padding and scrollbar take five.
            first, _ = _halves(columns - 5)
            title = Text(left, no_wrap=True)
            title.truncate(first, overflow="ellipsis", pad=True)
            titles.append_text(title).append(_DIVIDER).append(right)
        else:
            titles.append(f"- {left}\n+ {right}")
        self.query_one("#sides", Static).update(titles)

    def _tell(self) -> None:
        number, count = self._view.position
        if not count:
            words = "No line differs."
        elif not number:
            words = f"{_counted(count, 'difference')}: {self._view.tally}"
        else:
            words = f"Difference {number} of {count}: {self._view.tally}"
        self.query_one("#count", Static).update(words)

    def action_difference(self, steps: int) -> None:
        """Go to another difference.

        Args:
            steps: How many on.
        """
        self._view.go(steps)
        self._tell()

    def action_rows(self, rows: int) -> None:
        """Scroll.

        Args:
            rows: How many down.
        """
        self._view.scroll_rows(rows)

    def action_pages(self, pages: int) -> None:
        """Scroll by what is in view.

        Args:
            pages: How many down.
        """
        self._view.scroll_rows(pages * max(1, self._view.size.height - 1))

    def action_ends(self, direction: int) -> None:
        """Go to the first line or the last one.

        Args:
            direction: -1 or 1.
        """
        self._view.scroll_rows(direction * self._view.virtual_size.height)

    def action_side(self, steps: int) -> None:
        """Scroll both texts sideways.

        Args:
            steps: How many to the right.
        """
        self._view.shift(steps * SIDE_STEP)

    @on(Button.Pressed)
    def _answered(self, event: Button.Pressed) -> None:
        event.stop()
        self.dismiss(None if event.button.id == "cancel" else event.button.id)


class CompareView(ScrollView, can_focus=False, inherit_bindings=False):
    """Draws aligned lines: number, sign and text; both sides scroll as one."""

    ALLOW_SELECT = False

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "compare-view--removed",
        "compare-view--added",
        "compare-view--changed",
        "compare-view--number",
        "compare-view--current",
    }

    DEFAULT_CSS = """
    CompareView {
        height: 1fr; background: $surface; color: $foreground;
        overflow-x: hidden; overflow-y: scroll; scrollbar-size-vertical: 1;

        & .compare-view--removed { color: $text-error; background: $error 15%; }
        & .compare-view--added { color: $text-success; background: $success 15%; }
        & .compare-view--changed { color: $text-warning; background: $warning 12%; }
        & .compare-view--number { color: $foreground 60%; }
        & .compare-view--current { text-style: bold reverse; }
        &:ansi {
            .compare-view--removed { color: ansi_red; background: transparent; }
            .compare-view--added { color: ansi_green; background: transparent; }
            .compare-view--changed { color: ansi_yellow; background: transparent; }
            .compare-view--number { color: ansi_default; }
        }
    }
    """

    def __init__(self, left: Sequence[str], right: Sequence[str]) -> None:
        """Make an empty view; `show` fills it.

        Args:
            left: Lines.
            right: Lines.
        """
        super().__init__()
        self._lines = (left, right)
        self._digits = len(str(max(len(left), len(right), 1)))
        self._beside = Alignment((), ())
        self._below = Alignment((), ())
        self._is_beside = True
        self._current = 0  # 0: none has been gone to yet
        self._shift = 0

    @property
    def position(self) -> tuple[int, int]:
        """Number of the difference that was gone to last, from 1, and how many there are."""
        return self._current, len(self._beside.differences)

    @property
    def tally(self) -> str:
        """How many lines differ, in words."""
        signs = [row.sign for row in self._beside.rows]
        words = {"~": "changed", "-": "removed", "+": "added"}
        told = [
            f"{_counted(signs.count(sign), 'line')} {word}"
            for sign, word in words.items()
            if sign in signs
        ]
        return ", ".join(told)

    def show(self, alignment: Alignment) -> None:
        """Show these rows, from the first difference on."""
        self._beside, self._below = alignment, unified(alignment)
        self._fit()
        # Not yet laid out there is no height to scroll in.
        self.call_after_refresh(self._reveal, 0)

    def lay_out(self, is_beside: bool) -> None:
        """Show the texts beside each other, or below."""
        if is_beside != self._is_beside:
            self._is_beside = is_beside
            self._fit()
            self.call_after_refresh(self._reveal, max(0, self._current - 1))

    def go(self, steps: int) -> None:
        """Go to the next difference (1) or the previous one (-1)."""
        count = len(self._beside.differences)
        if count:
            self._current = max(1, min(self._current + steps, count))
            self._reveal(self._current - 1)
            self.refresh()

    def scroll_rows(self, rows: int) -> None:
        """Scroll by that many rows, down."""
        self.scroll_to(y=self.scroll_offset.y + rows, animate=False, force=True)

    def shift(self, columns: int) -> None:
        """Scroll by that many columns, to the right."""
        shown = self._shown.rows[self.scroll_offset.y :][: self.size.height]
        widest = max(
            (
                len(_drawn(lines[index]))
                for row in shown
                for lines, index in zip(self._lines, (row.left, row.right), strict=True)
                if index is not None
            ),
            default=0,
        )
        self._shift = max(0, min(self._shift + columns, widest - SIDE_STEP))
        self.refresh()

    @property
    def _shown(self) -> Alignment:
        return self._beside if self._is_beside else self._below

    def _fit(self) -> None:
        self.virtual_size = Size(0, len(self._shown.rows))
        self.refresh()

    def _reveal(self, number: int) -> None:
        if number < len(self._shown.differences):
            start, end = self._shown.differences[number]
            # What stands before it is seen, too, and as much of it as possible.
            before = min(3, max(0, self.size.height - (end - start)))
            self.scroll_to(y=start - before, animate=False, force=True)

    def render_line(self, y: int) -> Strip:
        """Draw a row of the view.

        Args:
            y: Row, from the top of what is in view.
        """
        width = self.size.width
        number = self.scroll_offset.y + y
        if number >= len(self._shown.rows):
            return Strip.blank(width, self.rich_style)
        row = self._shown.rows[number]
        is_current = False
        if self._current:
            start, end = self._shown.differences[self._current - 1]
            is_current = start <= number < end
        if not self._is_beside:
            side = 0 if row.right is None else 1
            return self._cell(row, side, row.sign, width, is_current)
        first, second = _halves(width)
        return Strip.join(
            [
                self._cell(row, 0, row.sign, first, is_current),
                Strip([Segment(_DIVIDER, self._style("number"))]),
                self._cell(row, 1, row.sign, second, is_current),
            ]
        )

    def _cell(self, row: Row, side: int, sign: Sign, width: int, is_current: bool) -> Strip:
        index = row.left if side == 0 else row.right
        if index is None:
            return Strip.blank(width, self.rich_style)
        style = self.rich_style
        if sign != " ":
            style = self._style({"-": "removed", "+": "added", "~": "changed"}[sign])
        number_style = self._style("number")
        if is_current:
            number_style += Style(bold=True, reverse=True)
        gutter = Strip(
            [
                Segment(str(index + 1).rjust(self._digits), number_style),
                Segment(f" {sign} ", style),
            ]
        )
        text = Strip([Segment(_drawn(self._lines[side][index]), style)])
        room = max(0, width - gutter.cell_length)
        text = text.crop_extend(self._shift, self._shift + room, style)
        return Strip.join([gutter, text]).crop(0, width)

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"compare-view--{name}")


def _drawn(line: str) -> str:
    return displayed(line[:MAX_SHOWN]).expandtabs(INDENT_WIDTH)


def _halves(width: int) -> tuple[int, int]:
    first = (width - len(_DIVIDER)) // 2
    return first, width - len(_DIVIDER) - first


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
