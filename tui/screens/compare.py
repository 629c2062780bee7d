"""Two texts side by side, or one below the other where the terminal is narrow, and what to do.

Owns how differences are drawn and reached. What the answers mean must never enter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar

import anyio.to_thread
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from store.one_line import clean
from tui.editor.document import newline_of
from tui.flows import begin
from tui.screens.compare_view import DIVIDER, SIDE_STEP, CompareView, counted, halves
from tui.screens.line_alignment import Alignment, align
from tui.screens.questions import Answer

if TYPE_CHECKING:
    from textual import events

SIDE_BY_SIDE_COLUMNS = 100
"""Of the terminal; with fewer the two sides stand below each other."""
_NARROW_COLUMNS = 50
"""With fewer, four answers fit only close together."""
_MAX_QUESTION_ROWS = 5
_OTHER_ROWS = 8
"""Frame, count, titles below each other, two rows of the texts, answers."""
_AT_ONCE_CHARS = 20_000
"""Texts up to here are aligned before the first picture; longer ones beside the event loop."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two texts."""

    title: str
    """What it is, in a few words."""
    text: str
    first_line: int = 1
    """The number of its first line, where it is not all of a file."""


class _Question(VerticalScroll, can_focus=False):
    """What is to be decided; where it does not fit, Tab goes to it and the arrows scroll it."""

    def on_resize(self) -> None:
        """Be reached by Tab only where there is something to scroll."""
        self.can_focus = self.max_scroll_y > 0


class CompareScreen(ModalScreen[str | None]):
    """Shows how two texts differ. Dismissed with the answer's id, None for Esc."""

    DEFAULT_CSS = """
    CompareScreen { align: center middle; }
    CompareScreen > Vertical {
        width: 100%; height: 100%; background: $surface; border: round $primary; padding: 0 1;
    }
    CompareScreen #question {
        height: auto; max-height: 5; scrollbar-size-vertical: 1;
        &:focus { background: $boost; }
        Static { height: auto; }
    }
    CompareScreen #count {
        height: 1; color: $text-muted; text-wrap: nowrap; text-overflow: ellipsis;
    }
    CompareScreen #sides { height: auto; text-style: bold; }
    CompareScreen #buttons { dock: bottom; height: 1; align-horizontal: right; }
    CompareScreen Button { margin-left: 1; min-width: 8; width: auto; }
    CompareScreen.-narrow {
        & > Vertical { padding: 0; }
        Button { margin-left: 0; min-width: 4; }
    }
    """
    AUTO_FOCUS = "Button"

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
            with _Question(id="question"):
                yield Static(self._text, markup=False)
            yield Static("Comparing …", markup=False, id="count")
            yield Static(id="sides", markup=False)
            left, right = self._sides
            yield CompareView(*self._lines, first_lines=(left.first_line, right.first_line))
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
            begin(self, "compare", self._align)

    async def _align(self) -> None:
        self._show(await anyio.to_thread.run_sync(partial(align, *self._lines)))

    def _show(self, alignment: Alignment) -> None:
        self._view.show(alignment)
        self._tell()

    def on_resize(self, event: events.Resize) -> None:
        """Put the texts beside or below each other."""
        self.set_class(event.size.width < _NARROW_COLUMNS, "-narrow")
        # However low it is, two rows of the texts and the answers are in view.
        rows = max(1, min(_MAX_QUESTION_ROWS, event.size.height - _OTHER_ROWS))
        self.query_one(_Question).styles.max_height = rows
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
            first, _ = halves(columns - 5)
            title = Text(left, no_wrap=True)
            title.truncate(first, overflow="ellipsis", pad=True)
            titles.append_text(title).append(DIVIDER).append(right)
        else:
            titles.append(f"- {left}\n+ {right}")
        self.query_one("#sides", Static).update(titles)

    def _tell(self) -> None:
        number, count = self._view.position
        if not count:
            words = "No line differs."
        elif not number:
            words = f"{counted(count, 'difference')}: {self._view.tally}"
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
