"""Draws the rows of a preview, to scroll through; some of them lead somewhere.

What the rows say is `rows`'; where one goes is posted, never carried out here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.preview.rows import Place, Row

Wish: TypeAlias = Literal["sample", "uses", "form"]

_CHOSEN = Style(reverse=True)


def _bind(keys: str, action: str, description: str, name: str) -> Binding:
    return Binding(keys, action, description, show=False, id=f"preview.{name}")


class PreviewView(ScrollView, can_focus=True):
    """The rows in view."""

    DEFAULT_CSS = """
    PreviewView {
        height: 1fr; background: $surface; padding: 0 1;
        overflow-x: hidden; overflow-y: scroll; scrollbar-size-vertical: 1;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        _bind("enter", "jump", "Jump to the place of the error", "jump"),
        _bind("n", "next_place", "Next error", "next"),
        _bind("h", "wish('form')", "As readers see it, or as html", "form"),
        _bind("s", "wish('sample')", "Choose post and call to show a macro with", "sample"),
        _bind("u", "wish('uses')", "List the posts that call the macro", "uses"),
    ]

    @dataclass
    class Wished(Message):
        """The person wants something that the pane cannot do by itself."""

        wish: Wish

    @dataclass
    class PlaceChosen(Message):
        """The person wants to go to a place."""

        place: Place

    def __init__(self) -> None:
        super().__init__(id="preview-view")
        self._rows: Sequence[Row] = ()
        self._chosen = 0
        """Among the rows that lead somewhere."""

    @property
    def text(self) -> str:
        """All rows."""
        return "\n".join(row.text.plain for row in self._rows)

    def show(self, rows: Sequence[Row]) -> None:
        """Show other rows; how far it is scrolled stays."""
        self._rows = rows
        self._chosen = 0
        self.virtual_size = Size(self.size.width, len(rows))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw a row of what is in view."""
        number = self.scroll_offset.y + y
        width = self.size.width
        if number >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        row = self._rows[number]
        # Of a text without spans `render` leaves its own style out.
        own = row.text.style
        style = self.rich_style + (own if isinstance(own, Style) else Style())
        if self.has_focus and row.place is not None and number == self._chosen_row():
            style += _CHOSEN
        segments = [
            Segment(text, style + (more or Style()))
            for text, more, _ in row.text.render(self.app.console)
            if text
        ]
        return Strip(segments).crop_extend(0, width, self.rich_style)

    def action_jump(self) -> None:
        """Go where the chosen row leads."""
        number = self._chosen_row()
        place = None if number is None else self._rows[number].place
        if place is not None:
            self.post_message(self.PlaceChosen(place))

    def action_next_place(self) -> None:
        """Choose the next row that leads somewhere."""
        self._chosen += 1
        number = self._chosen_row()
        if number is not None:
            self.scroll_to(y=max(number - 1, 0), animate=False)
        self.refresh()

    def action_wish(self, wish: Wish) -> None:
        """Ask for what others do."""
        self.post_message(self.Wished(wish))

    def on_click(self, event: events.Click) -> None:
        """Go where the row leads that was clicked."""
        offset = event.get_content_offset(self)
        number = -1 if offset is None else self.scroll_offset.y + offset.y
        place = self._rows[number].place if 0 <= number < len(self._rows) else None
        if place is not None:
            self.post_message(self.PlaceChosen(place))

    def on_focus(self) -> None:
        """Show which row is chosen."""
        self.refresh()

    def on_blur(self) -> None:
        """Hide it."""
        self.refresh()

    def _chosen_row(self) -> int | None:
        places = [number for number, row in enumerate(self._rows) if row.place is not None]
        return places[self._chosen % len(places)] if places else None
