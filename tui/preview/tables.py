"""Lays tables out: columns as wide as they need, narrower where there is no room, else as lists.

How lines become a screen must never enter.
"""

from __future__ import annotations

from collections.abc import Sequence

from tui.preview.blocks import Cell, Mark, Run, Table
from tui.preview.wrapping import Line, cells_of, wrapped

_BETWEEN = " │ "
_LEAST_COLUMN = 6
_MEASURED_CELLS = 400
"""Beyond it a cell counts as wide as this."""


def table_lines(table: Table, width: int) -> list[Line]:
    """Return the lines of a table.

    Args:
        table: Its rows may be of different lengths.
        width: Cells of a line.
    """
    count = max(map(len, table.rows))
    room = width - len(_BETWEEN) * (count - 1)
    if room < count * _LEAST_COLUMN:
        return _as_list(table.rows, width)
    wanted = [1] * count
    for row in table.rows:
        for at, cell in enumerate(row):
            wanted[at] = max(wanted[at], min(cells_of(cell.runs), _MEASURED_CELLS))
    widths = _shared(wanted, room)
    lines: list[Line] = []
    for number, row in enumerate(table.rows):
        lines += _row_lines(row, widths)
        is_head = bool(row) and all(cell.is_head for cell in row)
        if is_head and number + 1 < len(table.rows):
            lines.append([Run("─┼─".join("─" * one for one in widths), Mark.QUIET)])
    return lines


def _row_lines(row: Sequence[Cell], widths: Sequence[int]) -> list[Line]:
    wraps = [
        wrapped(row[at].runs if at < len(row) else (), width) for at, width in enumerate(widths)
    ]
    lines: list[Line] = []
    for number in range(max(map(len, wraps))):
        line: Line = []
        for at, wrap in enumerate(wraps):
            if at:
                line.append(Run(_BETWEEN, Mark.QUIET))
            runs = wrap[number] if number < len(wrap) else []
            left = widths[at] - cells_of(runs)
            align = row[at].align if at < len(row) else "left"
            before = {"left": 0, "right": left, "center": left // 2}[align]
            is_head = at < len(row) and row[at].is_head
            mark = Mark.BOLD if is_head else Mark.NONE
            line.append(Run(" " * before))
            line += [Run(run.text, run.marks | mark, run.href) for run in runs]
            line.append(Run(" " * (left - before)))
        lines.append(line)
    return lines


def _shared(wanted: Sequence[int], room: int) -> list[int]:
    """Share room among columns: who wants little gets it, the others get equally much."""
    widths = [0] * len(wanted)
    left, waiting = room, sorted(range(len(wanted)), key=wanted.__getitem__)
    for place, at in enumerate(waiting):
        widths[at] = max(min(wanted[at], left // (len(waiting) - place)), 1)
        left -= widths[at]
    return widths


def _as_list(rows: Sequence[Sequence[Cell]], width: int) -> list[Line]:
    """Write `head: value` in a line for each cell, and an empty line between rows."""
    has_head = bool(rows[0]) and all(cell.is_head for cell in rows[0])
    heads = rows[0] if has_head else ()
    body = rows[1:] if has_head and len(rows) > 1 else rows
    lines: list[Line] = []
    for number, row in enumerate(body):
        if number:
            lines.append([])
        for at, cell in enumerate(row):
            head = heads[at].runs if at < len(heads) and body is not rows else ()
            runs = [Run(run.text, run.marks | Mark.BOLD, run.href) for run in head]
            lines += wrapped([*runs, Run(": " if runs else ""), *cell.runs], width)
    return lines
