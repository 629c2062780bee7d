"""Draws rows of the output view: a line behind its mark, the cursor upon it, an empty view's words.

Which line is in which row must never enter.
"""

from __future__ import annotations

from textwrap import wrap

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.panel.ansi import parse_line
from tui.panel.line_buffer import Line, Stream

MAX_SHOWN = 4_000
"""Characters of a line that can be scrolled to."""
GUTTER = 2
"""Columns of the mark in front of a line."""

# Told apart without colour too, and without characters that a console's font may lack.
_MARKS: dict[Stream, str] = {"stdout": " ", "stderr": "!", "note": "·", "result": "=", "error": "x"}
_LINK_MARK = ">"


def line_strip(line: Line, style: Style) -> Strip:
    """Draw a line.

    Args:
        line: As it is kept.
        style: Of its kind of output.
    """
    mark = _MARKS[line.stream]
    if line.is_notice:
        mark = " "
    elif line.target is not None:
        mark = _LINK_MARK
    gutter = Segment(f"{mark} ", style)
    if line.target is not None:
        style += Style(underline=True)
    body = parse_line(line.text, style, line.look, limit=MAX_SHOWN, missing=line.missing)
    return Strip([gutter, *body])


def with_cursor(strip: Strip, cursor: Style) -> Strip:
    """Put the cursor upon a row.

    Args:
        strip: The row.
        cursor: How the cursor looks.
    """
    style = Style(bgcolor=cursor.bgcolor, reverse=cursor.reverse or None)
    return Strip(
        [Segment(text, (under or style) + style) for text, under, _ in strip],
        strip.cell_length,
    )


def placeholder_strip(text: str, row: int, width: int, style: Style) -> Strip:
    """Draw a row of what stands there while there is nothing.

    Args:
        text: All of it.
        row: Which row.
        width: How many columns there are.
        style: How it looks.
    """
    words = wrap(text, max(1, width - GUTTER))
    return Strip([Segment(" " * GUTTER + words[row], style)] if row < len(words) else [])
