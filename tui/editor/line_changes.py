"""Finds the lines in which two texts differ, and where a place of the old one is in the new one.

Owns the comparison only. Widgets, files and undo must not enter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TypeAlias

Location: TypeAlias = tuple[int, int]
"""Row and column, both from 0."""

_MAX_COMPARED = 250_000
"""Old lines times new ones: up to here they are compared one by one, in 50 ms at most."""


@dataclass(frozen=True, slots=True)
class LinesChange:
    """A range of lines and those that take its place; neither is empty."""

    first: int
    old: tuple[str, ...]
    new: tuple[str, ...]
    parts: tuple[tuple[str, int, int, int, int], ...]
    """What became of the lines within, as difflib tells it, counted from `first`."""

    def moved(self, place: Location) -> Location:
        """Find a place of the old text in the new one.

        Args:
            place: Row and column.

        Returns:
            Where the same line is now; of a line that is gone, where it was.
        """
        row, column = place
        within = row - self.first
        if within < 0:
            return place
        if within >= len(self.old):
            return row + len(self.new) - len(self.old), column
        for kind, start, end, new_start, new_end in self.parts:
            if start <= within < end:
                if kind == "equal":
                    return self.first + new_start + within - start, column
                now = min(new_start + within - start, max(new_end - 1, new_start))
                now = min(now, len(self.new) - 1)
                return self.first + now, min(column, len(self.new[now]))
        return place


def change_between(old: Sequence[str], new: Sequence[str]) -> LinesChange | None:
    """Find the smallest range of lines that makes one text the other.

    Args:
        old: The lines of a text; a text without any has one, which is empty.
        new: Those of the other.

    Returns:
        The range; None when the texts are the same.
    """
    shorter = min(len(old), len(new))
    first = 0
    while first < shorter and old[first] == new[first]:
        first += 1
    if first == len(old) == len(new):
        return None
    tail = 0
    while tail < shorter - first and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    if first + tail == shorter:
        # Nothing but lines more or less: a neighbour makes it a replacement of lines by lines.
        if first:
            first -= 1
        else:
            tail -= 1
    gone, come = tuple(old[first : len(old) - tail]), tuple(new[first : len(new) - tail])
    if len(gone) * len(come) <= _MAX_COMPARED:
        parts = SequenceMatcher(None, gone, come, autojunk=False).get_opcodes()
    else:
        parts = [("replace", 0, len(gone), 0, len(come))]
    return LinesChange(first, gone, come, tuple(parts))
