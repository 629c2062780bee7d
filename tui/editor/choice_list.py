"""Owns how choices are drawn below the cursor. Which there are, and keys, must never enter."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.text import Text
from textual.geometry import Offset, Size, clamp
from textual.widgets import Static

from store.one_line import clean
from tui.editor.completion import Choice

MAX_ROWS = 6
_MAX_WIDTH = 60
_MIN_WIDTH = 24


class ChoiceList(Static):
    """A few lines over the text, one of them chosen.

    It has neither focus nor keys: what is chosen is known to the text area, so that the keys of one
    packet act in their order, also before this is laid out.
    """

    DEFAULT_CSS = """
    ChoiceList {
        layer: cover; overlay: screen; width: auto; height: auto;
        background: $panel; color: $foreground;
    }
    """

    def __init__(self) -> None:
        super().__init__(markup=False)

    def show(self, choices: Sequence[Choice], chosen: int, at: Offset, screen: Size) -> None:
        """Draw the choices around the chosen one.

        Args:
            choices: All of them.
            chosen: Which one is chosen, from 0.
            at: The cell of the cursor, on the screen.
            screen: The size of the screen.
        """
        rows = min(len(choices), MAX_ROWS)
        first = clamp(chosen - rows + 1, 0, len(choices) - rows)
        labels = min(max(cell_len(one.label) for one in choices), _MAX_WIDTH // 2)
        hints = max(cell_len(one.hint) for one in choices)
        width = min(max(labels + hints + 4, _MIN_WIDTH), _MAX_WIDTH, screen.width)
        lines = []
        for number in range(first, first + rows):
            line = _line(choices[number], labels, width)
            line.stylize("reverse" if number == chosen else "")
            lines.append(line)
        self.update(Text("\n").join(lines))
        below = at.y + 1 + rows <= screen.height
        place = Offset(
            clamp(at.x, 0, max(screen.width - width, 0)), at.y + 1 if below else at.y - rows
        )
        if place != self.absolute_offset or not self.display:
            self.absolute_offset = place
            self.display = True
            self.refresh(layout=True)


def _line(choice: Choice, labels: int, width: int) -> Text:
    line = Text(no_wrap=True, end="")
    line.append(" ")
    label = Text(clean(choice.label), style="bold")
    label.truncate(labels, overflow="ellipsis", pad=True)
    line.append_text(label)
    line.append(f"  {clean(choice.hint)}")
    line.truncate(width - 1, overflow="ellipsis", pad=True)
    line.append(" ")
    return line
