"""The figures of macros in words: columns and durations, for command line and screen alike.

Owns how numbers are written and what a column means. Printing and drawing must never enter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.render.counters import MacroFigures


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table of macros."""

    title: str
    width: int
    """In cells; the name's takes what is left."""
    value: Callable[[MacroFigures], float | str]
    """What it is sorted by."""
    words: Callable[[MacroFigures], str]


def duration(microseconds: float) -> str:
    """Write a duration in at most six cells: `950us`, `1.23ms`, `12.3s`."""
    if microseconds < 999.5:
        return f"{microseconds:.0f}us"
    if microseconds < 999_500:
        return f"{_three_digits(microseconds / 1000)}ms"
    return f"{_three_digits(microseconds / 1_000_000)}s"


def in_short(number: float) -> str:
    """Write a number in at most six cells: `12,345`, `123k`, `1.20M`."""
    if number < 99_999.5:
        return f"{number:,.0f}"
    if number < 999_500:
        return f"{number / 1000:.0f}k"
    return f"{_three_digits(number / 1_000_000)}M"


def _three_digits(number: float) -> str:
    if number < 9.995:
        return f"{number:.2f}"
    return f"{number:.1f}" if number < 99.95 else f"{number:.0f}"


COLUMNS: Sequence[Column] = (
    Column("macro", 0, lambda one: one.name, lambda one: one.name),
    Column("calls", 10, lambda one: one.calls, lambda one: f"{one.calls:,}"),
    Column("total", 7, lambda one: one.total_ms, lambda one: duration(one.total_ms * 1000)),
    Column("p50", 7, lambda one: one.p50_us, lambda one: duration(one.p50_us)),
    Column("p95", 7, lambda one: one.p95_us, lambda one: duration(one.p95_us)),
    Column("p99", 7, lambda one: one.p99_us, lambda one: duration(one.p99_us)),
    Column("max", 7, lambda one: one.max_us, lambda one: duration(one.max_us)),
    Column("errors", 7, lambda one: one.errors, lambda one: f"{one.errors:,}"),
    Column("late", 6, lambda one: one.timeouts, lambda one: f"{one.timeouts:,}"),
    Column("hits", 7, lambda one: one.cache_hits, lambda one: f"{one.cache_hits:,}"),
)
"""Late are calls that took longer than they may; hits those that found the script loaded."""

TOTAL = 2
"""The column that the table is sorted by at first."""
_OTHERS_CELLS = sum(column.width for column in COLUMNS)


def name_cells(figures: Sequence[MacroFigures], width: int) -> int:
    """Return how many cells the column of names gets.

    Args:
        figures: All that the table shows.
        width: Of the table, in cells; 0 for as many as it needs.
    """
    longest = max((len(one.name) for one in figures), default=0)
    wanted = max(longest, len(COLUMNS[0].title))
    return min(wanted, max(width - _OTHERS_CELLS, 8)) if width else wanted


def in_order(figures: Sequence[MacroFigures], column: int, *, is_up: bool) -> list[MacroFigures]:
    """Sort the table.

    Args:
        figures: Its rows.
        column: The place of a column in `COLUMNS`.
        is_up: Whether the smallest comes first.
    """
    by_name = sorted(figures, key=lambda one: one.name)
    return sorted(by_name, key=COLUMNS[column].value, reverse=not is_up)


def heading(names: int, sorted_by: int | None = None, *, is_up: bool = False) -> str:
    """Write the line above the table.

    Args:
        names: The cells of the column of names.
        sorted_by: The column to be marked as the one that the table is sorted by.
        is_up: Whether the smallest comes first.
    """
    cells = []
    for place, column in enumerate(COLUMNS):
        mark = ("▲" if is_up else "▼") if place == sorted_by else ""
        cells.append(_cell(f"{mark}{column.title}", column.width, names))
    return "".join(cells)


def row(figures: MacroFigures, names: int) -> str:
    """Write a line of the table; names are not made harmless here."""
    return "".join(_cell(column.words(figures), column.width, names) for column in COLUMNS)


def _cell(words: str, width: int, names: int) -> str:
    if width:
        return words.rjust(width)
    return words.ljust(names) if len(words) <= names else f"{words[: names - 1]}…"
