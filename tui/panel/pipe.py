"""Owns what goes on from piece to piece in one kind of output: its unfinished line and its colours.

Where the line stands among the others must never enter.
"""

from __future__ import annotations

from engine.kernel.terminal_text import TerminalFilter
from tui.panel.ansi import advance, flatten
from tui.panel.sgr import PLAIN, Sgr

MAX_LINE_CHARACTERS = 16_000
"""Of one line, escape sequences included; the rest is only counted."""


class Pipe:
    """One kind of output."""

    def __init__(self) -> None:
        self.filter = TerminalFilter()
        """Keeps what must not reach a terminal away, also if it comes in pieces."""
        self.look = PLAIN
        """How what comes next will look."""
        self.open: int | None = None
        """The number of the line that has not ended."""
        self.text = ""
        """Of that line, kept short."""
        self.missing = 0
        """How many more characters it had."""
        self.is_cut = False
        """Whether that line lies in more than one block."""
        self._open_look = PLAIN

    def begin(self, number: int, part: bytes) -> None:
        """Begin a line that does not end yet, in the current look."""
        self.open, self.text, self.missing, self.is_cut = number, "", 0, False
        self._open_look = self.look
        self.go_on(part)

    def go_on(self, part: bytes) -> None:
        """Add to that line."""
        text = self.text + part.decode("utf-8", "replace")
        self.text, self.missing = shortened(text, self._open_look, self.missing)

    def colour(self, piece: bytes) -> None:
        """Follow the colours in what has come."""
        if b"\x1b" in piece:
            self.look = advance(piece.decode("utf-8", "replace"), self.look)


def shortened(text: str, look: Sgr, missing: int = 0) -> tuple[str, int]:
    """Cut a line that is too long; one that was overwritten is made short without a loss.

    Args:
        text: The line.
        look: How it starts.
        missing: How many more characters it had already.

    Returns:
        What is kept, and how many more characters it had.
    """
    if len(text) <= MAX_LINE_CHARACTERS:
        return text, missing
    if "\r" in text:
        text, missing = flatten(text, look), 0
    cut = max(0, len(text) - MAX_LINE_CHARACTERS)
    return text[:MAX_LINE_CHARACTERS], missing + cut
