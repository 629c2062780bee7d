"""Draws a diff to scroll through: a line at a time, however long it is.

What the lines say is git's. Asking for them must never enter.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

PAGE_LINES = 2000
"""How many lines are shown before the person asks for more."""

# The terminal's own colours, so that 16 of them are enough; the marks in front say the same.
_STYLES = {
    "+": Style(color="green"),
    "-": Style(color="red"),
    "@": Style(color="cyan"),
    " ": Style(),
}
_FACT = Style(italic=True)
_NOTE = Style(color="yellow")


class DiffView(ScrollView, can_focus=True):
    """The diff of one file, or another text."""

    DEFAULT_CSS = """
    DiffView { height: 1fr; background: $surface; scrollbar-size: 1 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "more", "Show more of a long diff", show=False, id="diff.more"),
    ]

    def __init__(self) -> None:
        super().__init__(id="diff")
        self._lines: Sequence[str] = ()
        self._count = 0
        self._note = ""
        self._is_diff = True

    def show(self, lines: Sequence[str], *, note: str = "", is_diff: bool = True) -> None:
        """Show a text from its beginning.

        Args:
            lines: Fit to be shown.
            note: A last line of ours.
            is_diff: Whether the first character of a line is a mark.
        """
        self._lines, self._note, self._is_diff = lines, note, is_diff
        self._count = 0
        self.scroll_to(0, 0, animate=False, force=True)
        self.action_more()

    @property
    def text(self) -> str:
        """All lines that can be scrolled to."""
        return "\n".join(self._line(row)[0] for row in range(self.virtual_size.height))

    def action_more(self) -> None:
        """Show the next lines of a long diff."""
        if self._count and self._count >= len(self._lines):
            return
        self._count = min(self._count + PAGE_LINES, len(self._lines))
        lines = [*self._lines[: self._count], self._last()]
        self.virtual_size = Size(max(map(cell_len, lines)), self._count + bool(lines[-1]))
        self.refresh()

    def _last(self) -> str:
        left = len(self._lines) - self._count
        if left:
            return f"... {left:,} more lines; Enter shows the next {min(left, PAGE_LINES):,}."
        return self._note

    def _line(self, row: int) -> tuple[str, Style]:
        if row >= self._count:
            return (self._last(), _NOTE) if row == self._count else ("", _NOTE)
        line = self._lines[row]
        return line, _STYLES.get(line[:1], _FACT) if self._is_diff else Style()

    def render_line(self, y: int) -> Strip:
        """Draw a row of what is in view.

        Args:
            y: Row, from the top of the view.
        """
        left, top = self.scroll_offset
        text, style = self._line(top + y)
        strip = Strip([Segment(text, self.rich_style + style)])
        return strip.crop_extend(left, left + self.size.width, self.rich_style)
