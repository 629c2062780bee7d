"""Shows what scripts print, in a panel that stays quick however much that is.

Owns scrolling, following the end and the line cursor; which lines are kept is `line_buffer`'s, how
one is drawn `output_rows`'. Numbers are in docs/design/output_view.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.cache import LRUCache
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from tui.panel.line_buffer import LineBuffer, Stream, Target
from tui.panel.output_rows import GUTTER, line_strip, placeholder_strip, with_cursor

if TYPE_CHECKING:
    from textual import events
    from textual.timer import Timer

    from engine.kernel.spill import Spill

FRAME_S = 1 / 20
"""Seconds between two drawings while output streams in."""
SIDE_STEP = 8
"""Columns that Left and Right scroll by."""

MAX_COPIED = 1_000_000
"""Characters that go to the clipboard; tmux, for one, drops more, and a slow line takes minutes."""

PLACEHOLDER = "Nothing has run yet. F5 runs the script in the editor."
NEWS = " ▼ new lines "


def _bind(keys: str, action: str, description: str, name: str, *, show: bool = False) -> Binding:
    return Binding(keys, action, description, show=show, id=f"output.{name}")


class OutputView(ScrollView, can_focus=True, inherit_bindings=False):
    """Output of scripts, by lines, with colours; follows its end until someone scrolls up."""

    ALLOW_SELECT = False

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "output-view--stderr",
        "output-view--note",
        "output-view--result",
        "output-view--error",
        "output-view--link",
        "output-view--cursor",
        "output-view--news",
    }

    # The scrollbar is always there: coming and going, it would lay out the whole screen.
    DEFAULT_CSS = """
    OutputView {
        background: $surface;
        color: $foreground;
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;

        & .output-view--stderr { color: $text-warning; }
        & .output-view--note { color: $foreground 60%; }
        & .output-view--result { color: $text-success; }
        & .output-view--error { color: $text-error; }
        & .output-view--link { text-style: underline; }
        & .output-view--cursor { background: $primary 30%; }
        & .output-view--news { color: $text; background: $primary; }
        &:ansi {
            .output-view--stderr { color: ansi_yellow; }
            .output-view--note { color: ansi_cyan; }
            .output-view--result { color: ansi_green; }
            .output-view--error { color: ansi_red; }
            .output-view--cursor { background: transparent; text-style: reverse; }
            .output-view--news { background: transparent; text-style: reverse; }
        }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        _bind("up", "cursor(-1)", "Line up", "up"),
        _bind("down", "cursor(1)", "Line down", "down"),
        _bind("pageup", "page(-1)", "Page up", "page_up"),
        _bind("pagedown", "page(1)", "Page down", "page_down"),
        _bind("home", "first", "First line", "first"),
        _bind("end", "last", "Follow the output", "last"),
        _bind("left", "side(-1)", "Scroll left", "left"),
        _bind("right", "side(1)", "Scroll right", "right"),
        _bind("enter", "jump", "Go to the place", "jump"),
        _bind("c", "copy_all", "Copy all", "copy_all"),
    ]

    @dataclass
    class LinkActivated(Message):
        """Someone wants to go to the place that a line points at."""

        view: OutputView
        path: str
        line: int
        column: int

        @property
        def control(self) -> OutputView:
            """The view that holds the line."""
            return self.view

    def __init__(self, *, placeholder: str = PLACEHOLDER, id: str | None = None) -> None:
        """Make an empty view.

        Args:
            placeholder: What stands there while there is nothing.
            id: Its id in the DOM.
        """
        super().__init__(id=id)
        self._placeholder = placeholder
        self._lines = LineBuffer()
        self._strips: LRUCache[int, Strip] = LRUCache(512)
        self._frame: Timer | None = None
        self._top_number = 0  # of the line at the top when it was drawn
        self._end_drawn = 0
        self._width = 0
        self._cursor = 0
        self._is_following = True
        self._has_news = False

    # --- what others call

    def append(self, text: str, stream: Stream) -> None:
        r"""Add output; it is drawn with whatever else arrives in the same frame.

        Args:
            text: Of stdout and stderr any piece, also of a line; of the others whole lines.
            stream: Where it comes from.
        """
        self._lines.append(text, stream)
        # A note takes no frame: the first line behind "▶ hello" must not wait for the next one.
        self._draw_soon(takes_frame=stream != "note")

    def append_link(self, text: str, target: Target) -> None:
        """Add a line that leads somewhere, by Enter or a click.

        Args:
            text: One line.
            target: Path, line and column to tell in `LinkActivated`.
        """
        self._lines.append_link(text, target)
        self._draw_soon()

    def begin_run(self, kept_bytes: int, spill: Spill | None) -> None:
        """Keep head and tail of what comes from here on, up to `end_run`.

        Args:
            kept_bytes: How much is kept.
            spill: Takes the middle; whoever calls has it written. None: it is not kept.
        """
        self._lines.begin_run(kept_bytes, spill)

    def write(self, data: bytes, stream: Literal["stdout", "stderr"]) -> None:
        """Add output as it comes.

        Args:
            data: Any piece, cut anywhere.
            stream: Where it comes from.
        """
        self._lines.write(data, stream)
        self._draw_soon()

    def finish_streams(self) -> None:
        """Show what was held back: stdout and stderr have ended."""
        self._lines.finish_streams()
        self._draw_soon()

    def end_run(self) -> None:
        """The run's file is written, and nothing more belongs to it."""
        self._lines.end_run()
        self._draw_soon()

    def clear(self) -> None:
        """Forget everything."""
        self._lines.clear()
        self._strips.clear()
        self._width = self._cursor = self._top_number = self._end_drawn = 0
        self._is_following = True
        self._has_news = False
        self._draw()

    @property
    def text(self) -> str:
        """The plain text of all that is kept, each line with its end."""
        return self._lines.text

    @property
    def is_following(self) -> bool:
        """Whether the end stays in view when output arrives."""
        return self._is_following

    # --- frames

    def _draw_soon(self, *, takes_frame: bool = True) -> None:
        # The first after a pause draws at once, so that a short answer is there without delay.
        if self.is_mounted and self._frame is None:
            self._draw()
            if takes_frame:
                self._frame = self.set_timer(FRAME_S, self._end_frame)

    def _end_frame(self) -> None:
        self._frame = None
        if self._lines.end != self._end_drawn or self._lines.has_changed:
            self._draw_soon()

    def _draw(self) -> None:
        for number in self._lines.take_changed():
            self._strips.discard(number)
        lines = self._lines
        if self._is_following:
            top = self._rows
            self._cursor = lines.number_at(self._rows - 1) if self._rows else 0
        else:
            # What is being read stays where it is while lines above it go.
            top = lines.row_of(self._top_number)
            self._has_news = self._has_news or lines.end > self._end_drawn
        self._end_drawn = lines.end
        self._resize_content()
        self._scroll_rows(top)
        self._note_top()
        self.refresh()

    def _note_top(self) -> None:
        row = self.scroll_offset.y
        self._top_number = self._lines.number_at(row) if row < self._rows else 0

    def _resize_content(self) -> None:
        top, height = self.scroll_offset.y, self.size.height
        if self._is_following:
            top = max(0, self._rows - height)
        for row in range(top, min(top + height, self._rows)):
            self._width = max(self._width, self._row_strip(row).cell_length)
        size = Size(self._width, self._rows)
        if size != self.virtual_size:
            # Not the reactive: setting it lays out the whole screen, 20 times a second.
            self.set_reactive(Widget.virtual_size, size)
            self._scroll_update(size)

    def _scroll_rows(self, top: int) -> None:
        top = max(0, min(top, self._rows - self.size.height))
        self.scroll_to(y=top, animate=False, force=True)

    # --- rows

    @property
    def _rows(self) -> int:
        return self._lines.rows

    def _row_strip(self, row: int) -> Strip:
        number = self._lines.number_at(row)
        strip = self._strips.get(number)
        if strip is None:
            line = self._lines.line(number)
            style = self.rich_style
            if line.stream != "stdout":
                style = self.get_component_rich_style(f"output-view--{line.stream}")
            strip = self._strips[number] = line_strip(line, style)
        return strip

    def render_line(self, y: int) -> Strip:
        """Draw a row of the view.

        Args:
            y: Row, from the top of what is in view.
        """
        width = self.size.width
        style = self.rich_style
        if not self._rows:
            faint = self.get_component_rich_style("output-view--note")
            strip = placeholder_strip(self._placeholder, y, width, faint)
            return strip.crop_extend(0, width, style)
        left, top = self.scroll_offset
        row = top + y
        if row >= self._rows:
            return Strip.blank(width, style)
        strip = self._row_strip(row)
        gutter, body = strip.crop(0, GUTTER), strip.crop(GUTTER)
        body = body.crop_extend(left, left + width - GUTTER, style)
        strip = Strip.join([gutter, body])
        if self.has_focus and row == self._lines.row_of(self._cursor):
            strip = with_cursor(strip, self.get_component_rich_style("output-view--cursor"))
        if self._has_news and y == self.size.height - 1:
            news = Segment(NEWS, self.get_component_rich_style("output-view--news"))
            strip = Strip.join([strip.crop(0, width - len(NEWS)), Strip([news])])
        return strip.crop(0, width)

    def notify_style_update(self) -> None:
        """Draw anew in other colours."""
        super().notify_style_update()
        self._strips.clear()

    # --- what the person does

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Follow the end exactly as long as it is in view."""
        super().watch_scroll_y(old_value, new_value)
        if self.size.height:
            # Of what is drawn: lines that wait for their frame must not look like scrolling up when
            # the view gets higher, as it does when a question below it is answered.
            self._follow(round(new_value) >= self.virtual_size.height - self.size.height)
            self._resize_content()
            self._note_top()

    def _follow(self, is_following: bool) -> None:
        self._is_following = is_following
        if is_following and self._has_news:
            self._has_news = False
            self.refresh()

    def on_mount(self) -> None:
        """Draw what has been appended before."""
        self._draw()

    def on_resize(self) -> None:
        """Keep the end in view, also when the panel is shown for the first time."""
        self._draw()

    def on_click(self, event: events.Click) -> None:
        """Put the cursor into the line; go where it leads."""
        offset = event.get_content_offset(self)
        row = self._rows if offset is None else self.scroll_offset.y + offset.y
        if row < self._rows:
            self._cursor = self._lines.number_at(row)
            self.refresh()
            self.action_jump()

    def action_cursor(self, lines: int) -> None:
        """Move the cursor.

        Args:
            lines: By how many, down.
        """
        last = self._rows - 1
        if last < 0:
            return
        row = max(0, min(self._lines.row_of(self._cursor) + lines, last))
        self._cursor = self._lines.number_at(row)
        top, height = self.scroll_offset.y, self.size.height
        self._follow(row == last)
        if row < top or row >= top + height:
            self._scroll_rows(row if row < top else row - height + 1)
            self._follow(row == last)
        self.refresh()

    def action_page(self, pages: int) -> None:
        """Move the cursor by what is in view.

        Args:
            pages: By how many, down.
        """
        self.action_cursor(pages * max(1, self.size.height - 1))

    def action_first(self) -> None:
        """Move the cursor to the first line kept."""
        self.action_cursor(-self._rows)
        self.scroll_to(x=0, animate=False, force=True)

    def action_last(self) -> None:
        """Move the cursor to the last line, and follow the output from now on."""
        self.action_cursor(self._rows)
        self._draw()

    def action_side(self, steps: int) -> None:
        """Scroll sideways.

        Args:
            steps: By how many steps, to the right.
        """
        limit = max(0, self._width - self.size.width)
        x = max(0, min(self.scroll_offset.x + steps * SIDE_STEP, limit))
        self.scroll_to(x=x, animate=False, force=True)

    def action_jump(self) -> None:
        """Tell where the line of the cursor leads, if anywhere."""
        if self._rows:
            self._cursor = self._lines.number_at(self._lines.row_of(self._cursor))
            target = self._lines.line(self._cursor).target
            if target is not None:
                self.post_message(self.LinkActivated(self, *target))

    def action_copy_all(self) -> None:
        """Copy what is kept, as plain text; of much the end."""
        text, is_all = self._lines.last_text(MAX_COPIED)
        self.app.copy_to_clipboard(text)
        if not is_all:
            self.notify(f"Copied the last {len(text):,} characters; terminals take no more.")
