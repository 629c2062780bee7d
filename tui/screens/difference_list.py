"""A list of differences: one line each, however many; only the lines in view are drawn.

Owns the cursor. What the lines mean, and what is done about them, must never enter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

LABEL_CELLS = 20
"""Width of the first column of a line with two values."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: a heading, or a label with two values side by side."""

    first: str
    second: str = ""
    third: str = ""
    is_heading: bool = False


def columns(width: int) -> tuple[int, int, int]:
    """Give the widths of the three columns of a line with values."""
    label = min(LABEL_CELLS, width // 3)
    left = (width - label) // 2
    return label, left, width - label - left


def fitted(text: str, width: int) -> str:
    """Cut or fill a text to exactly this many cells; what is cut ends in an ellipsis."""
    if width <= 0:
        return ""
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(text, width - 1) + "…"


class DifferenceList(ScrollView, can_focus=True):
    """The list. Its lines come by `show`."""

    DEFAULT_CSS = """
    DifferenceList {
        height: 1fr; min-height: 3; background: $surface; scrollbar-size: 1 1;
        overflow-x: hidden; overflow-y: scroll;
        .difference-list--heading { text-style: bold; }
        .difference-list--label { text-style: dim; }
        .difference-list--index { color: $text-error; }
        .difference-list--file { color: $text-success; }
        .difference-list--cursor {
            background: $block-cursor-blurred-background; text-style: bold;
        }
    }
    DifferenceList:focus .difference-list--cursor {
        background: $block-cursor-background; color: $block-cursor-foreground;
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "difference-list--heading",
        "difference-list--label",
        "difference-list--index",
        "difference-list--file",
        "difference-list--cursor",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Up", show=False, id="differences.up"),
        Binding("down", "move(1)", "Down", show=False, id="differences.down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="differences.page_up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="differences.page_down"),
        Binding("home", "edge(0)", "First", show=False, id="differences.first"),
        Binding("end", "edge(-1)", "Last", show=False, id="differences.last"),
    ]

    @dataclass
    class Moved(Message):
        """The cursor is on another line."""

        place: int

        def can_replace(self, message: Message) -> bool:
            """Only the newest place matters."""
            return isinstance(message, DifferenceList.Moved)

    def __init__(self) -> None:
        super().__init__(id="differences")
        self._count = 0
        self._line_at: Callable[[int], Line] = lambda _: Line("")
        self.cursor = 0
        """The line that keys act on, from 0."""

    def show(self, count: int, line_at: Callable[[int], Line], cursor: int = 0) -> None:
        """Show so many lines, with the cursor on one of them.

        Args:
            count: How many there are.
            line_at: Gives the line of a place from 0; asked whenever that is drawn.
            cursor: Where the cursor is to be.
        """
        self._count, self._line_at = count, line_at
        self.virtual_size = Size(self.size.width, count)
        self.cursor = max(0, min(cursor, count - 1))
        self._reveal()
        self.refresh()
        self.post_message(self.Moved(self.cursor))

    def render_line(self, y: int) -> Strip:
        """Draw one line of the view."""
        place = y + self.scroll_offset.y
        width = self.scrollable_content_region.width
        base = self.rich_style
        if place >= self._count:
            return Strip.blank(width, base)
        line = self._line_at(place)
        if place == self.cursor:
            over = self.get_component_rich_style("difference-list--cursor", partial=True)
        else:
            over = None

        def segment(text: str, part: str) -> Segment:
            style = base + self.get_component_rich_style(f"difference-list--{part}", partial=True)
            return Segment(text, style + over if over is not None else style)

        if line.is_heading:
            first = min(cell_len(line.first) + 1, width)
            rest = width - first
            return Strip(
                [
                    segment(fitted(f" {line.first}", first), "heading"),
                    segment(fitted(f"  {line.second}", rest), "label"),
                ],
                width,
            )
        label, left, right = columns(width)
        return Strip(
            [
                segment(fitted(f"   {line.first}", label), "label"),
                segment(f"{fitted(line.second, left - 1)} ", "index"),
                segment(fitted(line.third, right), "file"),
            ],
            width,
        )

    def action_move(self, step: int) -> None:
        """Move the cursor."""
        self._go_to(self.cursor + step)

    def action_page(self, direction: int) -> None:
        """Move the cursor by a view."""
        self._go_to(self.cursor + direction * max(1, self.size.height - 1))

    def action_edge(self, place: int) -> None:
        """Move the cursor to the first (0) or the last (-1) line."""
        self._go_to(place if place >= 0 else self._count - 1)

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the mouse is."""
        self._go_to(event.y + self.scroll_offset.y)

    def on_resize(self) -> None:
        """Keep the width of what scrolls the width of the view."""
        self.virtual_size = Size(self.size.width, self._count)
        self._reveal()

    def _go_to(self, place: int) -> None:
        place = max(0, min(place, self._count - 1))
        if place == self.cursor or not self._count:
            return
        self.cursor = place
        self._reveal()
        self.refresh()
        self.post_message(self.Moved(place))

    def _reveal(self) -> None:
        self.scroll_to_region(Region(0, self.cursor, 1, 1), animate=False, force=True)
