"""Draws a table as text, as wide as its cells need, fit for any terminal."""

from __future__ import annotations

from collections.abc import Sequence

from store.one_line import clean

MAX_CELL_CHARS = 60
"""A longer text is cut: a table is looked at."""


def text_table(
    rows: Sequence[Sequence[str | float | None]], columns: Sequence[str], title: str
) -> str:
    """Draw rows: numbers to the right, everything else to the left.

    Args:
        rows: The lines; shorter ones are filled up.
        columns: What stands above; none for no line of names.
        title: A line in front; "" for none.

    Returns:
        Lines without an end of line behind the last.
    """
    width = max([len(columns), *(len(row) for row in rows)], default=0)
    lines = [[_shown(cell) for cell in row] + [""] * (width - len(row)) for row in rows]
    heads = [clean(name)[:MAX_CELL_CHARS] for name in columns] + [""] * (width - len(columns))
    widths = [
        max([_cells(heads[at]), *(_cells(line[at]) for line in lines)], default=0)
        for at in range(width)
    ]
    is_number = [
        bool(rows) and all(isinstance(row[at], int | float) for row in rows if at < len(row))
        for at in range(width)
    ]

    def drawn(cells: Sequence[str]) -> str:
        parts = []
        for at, cell in enumerate(cells):
            space = " " * (widths[at] - _cells(cell))
            parts.append(space + cell if is_number[at] else cell + space)
        return "  ".join(parts).rstrip()

    text = [clean(title)] if title else []
    if columns:
        text += [drawn(heads), "  ".join("-" * one for one in widths)]
    text += [drawn(line) for line in lines]
    return "\n".join(text)


def _shown(cell: str | float | None) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return f"{cell:.6g}"
    text = clean(str(cell))
    return text if len(text) <= MAX_CELL_CHARS else f"{text[: MAX_CELL_CHARS - 1]}…"


def _cells(text: str) -> int:
    """Count a terminal's cells: wide characters take two, marks none."""
    if text.isascii():
        return len(text)
    import unicodedata

    return sum(
        0
        if unicodedata.combining(letter)
        else 2
        if unicodedata.east_asian_width(letter) in "WF"
        else 1
        for letter in text
    )
