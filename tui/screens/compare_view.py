"""Draws two aligned texts and scrolls them as one.

Owns how differences look. How lines are aligned, and what is asked, must never enter.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.editor.document import displayed
from tui.editor.indentation import INDENT_WIDTH
from tui.screens.line_alignment import Alignment, Row, Sign, unified

MAX_SHOWN = 2_000
"""Characters of a line that can be scrolled to."""
SIDE_STEP = 8
"""Columns that Shift+Left and Shift+Right scroll by."""
DIVIDER = " │ "


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

    def __init__(
        self,
        left: Sequence[str],
        right: Sequence[str],
        *,
        first_lines: tuple[int, int] = (1, 1),
    ) -> None:
        """Make an empty view; `show` fills it.

        Args:
            left: Lines.
            right: Lines.
            first_lines: The numbers of the first line of each.
        """
        super().__init__()
        self._lines = (left, right)
        self._first_lines = first_lines
        last = max(
            first + len(lines) for first, lines in zip(first_lines, self._lines, strict=True)
        )
        self._digits = len(str(max(last - 1, 1)))
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
            f"{counted(signs.count(sign), 'line')} {word}"
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
        first, second = halves(width)
        return Strip.join(
            [
                self._cell(row, 0, row.sign, first, is_current),
                Strip([Segment(DIVIDER, self._style("number"))]),
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
                Segment(str(self._first_lines[side] + index).rjust(self._digits), number_style),
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


def halves(width: int) -> tuple[int, int]:
    """Divide a width between the two sides, the divider left out."""
    first = (width - len(DIVIDER)) // 2
    return first, width - len(DIVIDER) - first


def counted(count: int, noun: str) -> str:
    """Write a number of things."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
