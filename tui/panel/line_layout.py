"""Owns which row each line is in, and the lines that stand for what is not kept.

What a line holds must never enter.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate

from engine.kernel.spill import Spill, size
from tui.panel.line_block import LineBlock


class Gap:
    """The line that stands for those between head and tail; it is there when there are some."""

    def __init__(self, first: int, spill: Spill | None = None) -> None:
        """Make one that hides nothing yet.

        Args:
            first: Its number.
            spill: Takes what is hidden.
        """
        self.first = first
        self.lines = 0
        self._hidden_lines = 0
        self._hidden_bytes = 0
        self._spill = spill

    def hide(self, block: LineBlock) -> None:
        """Stand for the lines of a block."""
        self.lines = 1
        self._hidden_lines += block.lines
        self._hidden_bytes += len(block.data)
        if self._spill is not None:
            self._spill.add(bytes(block.data))

    @property
    def words(self) -> str:
        """What it says."""
        what = f"… {size(self._hidden_bytes)} in between"
        if self._hidden_lines:
            what = f"… {_lines(self._hidden_lines)} ({size(self._hidden_bytes)}) in between"
        if self._spill is None:
            return f"{what} are not kept"
        return self._spill.words(what, self._hidden_bytes)


class Dropped(Gap):
    """The line that stands for those above all others."""

    @property
    def words(self) -> str:
        """What it says."""
        return f"… {_lines(self._hidden_lines, 'earlier ')} are not kept"


def _lines(count: int, which: str = "") -> str:
    return f"1 {which}line" if count == 1 else f"{count:,} {which}lines"


class Layout:
    """The stretches that have lines, in their order, as long as none is added or taken away."""

    def __init__(self, stretches: Iterable[LineBlock | Gap]) -> None:
        """Lay them out.

        Args:
            stretches: By their numbers, which do not repeat and need not be without holes.
        """
        self.stretches = [one for one in stretches if one.lines]
        self._firsts = [one.first for one in self.stretches]
        *self._tops, self.rows = accumulate((one.lines for one in self.stretches), initial=0)

    def number_at(self, row: int) -> int:
        """Return the number of the line in a row, from 0 to before `rows`."""
        index = bisect_right(self._tops, row) - 1
        return self._firsts[index] + row - self._tops[index]

    def row_of(self, number: int) -> int:
        """Return the row of a line; of one that has gone, the row of the next that has not."""
        index = bisect_right(self._firsts, number) - 1
        if index < 0:
            return 0
        offset = min(number - self._firsts[index], self.stretches[index].lines)
        return min(self._tops[index] + offset, self.rows - 1)

    def stretch_of(self, number: int) -> LineBlock | Gap:
        """Return where a line is that is kept."""
        return self.stretches[bisect_right(self._firsts, number) - 1]
