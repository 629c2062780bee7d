"""Owns one stretch of output: its bytes in the order they came, and which lines begin in them.

Bytes, because a line as an object of its own costs more than its text, and few are ever looked at:
one stretch is read as lines when one of them comes into view. Which stretches are kept must never
enter.
"""

from __future__ import annotations

from array import array
from typing import NamedTuple

from tui.panel.ansi import advance
from tui.panel.sgr import PLAIN, Sgr

STDOUT, STDERR = 0, 1
"""The kinds that are streams: only their colours go on from line to line. Others are above."""

_CONTINUES = 0x80
_SEGMENT_COST = 16
"""What a change between streams counts for, so that a script that changes at every byte costs no
more memory than one that does not."""


class Rows(NamedTuple):
    """Lines, as far as they lie in the block that they begin in; three lists beside each other.

    Not a list of lines: of 60,000 empty ones that took 70 ms, and this takes 2.
    """

    kinds: bytearray
    texts: list[str]
    looks: list[Sgr]
    """How each starts."""


class LineBlock:
    """Some output, made of segments of one kind each."""

    def __init__(self, first: int, looks: tuple[Sgr, Sgr] = (PLAIN, PLAIN)) -> None:
        """Make an empty one.

        Args:
            first: The number of the first line that will begin in it.
            looks: How stdout and stderr go on.
        """
        self.first = first
        self.lines = 0
        """How many lines begin in it."""
        self.data: bytes | bytearray = bytearray()
        self._looks = looks
        self._ends = array("L")
        self._kinds = bytearray()

    def __len__(self) -> int:
        return len(self.data) + _SEGMENT_COST * len(self._ends)

    def add(self, piece: bytes, kind: int, *, continues: bool) -> None:
        """Add to its end.

        Args:
            piece: Not empty; it ends between two characters.
            kind: Where it comes from.
            continues: Whether it begins inside the line that this kind has left unfinished.
        """
        assert isinstance(self.data, bytearray)
        goes_on = self.data.endswith(b"\n") != continues
        if self._kinds and self._kinds[-1] & ~_CONTINUES == kind and goes_on:
            self._ends[-1] += len(piece)
        else:
            self._ends.append(len(self.data) + len(piece))
            self._kinds.append(kind | (_CONTINUES if continues else 0))
        self.data += piece
        self.lines += piece.count(b"\n") + (not piece.endswith(b"\n")) - continues

    @property
    def is_simple(self) -> bool:
        """Whether it is whole lines of one kind, one after the other."""
        return len(self._kinds) == 1 and not self._kinds[0] & _CONTINUES

    def complete(self) -> None:
        """Nothing more will be added."""
        self.data = bytes(self.data)

    def rows(self) -> Rows:
        """Read the lines that begin in it."""
        rows = Rows(bytearray(), [], [])
        looks = list(self._looks)
        unfinished: dict[int, int] = {}
        is_coloured = b"\x1b" in self.data
        start = 0
        for end, mark in zip(self._ends, self._kinds, strict=True):
            kind = mark & ~_CONTINUES
            parts = self.data[start:end].decode("utf-8", "replace").split("\n")
            start = end
            is_finished = not parts[-1]
            if is_finished:
                parts.pop()
            look = looks[kind] if kind <= STDERR else PLAIN
            if mark & _CONTINUES:
                part = parts.pop(0)
                if (place := unfinished.get(kind)) is not None:
                    rows.texts[place] += part
                look = advance(part, look)
            rows.kinds.extend(bytes((kind,)) * len(parts))
            rows.texts.extend(parts)
            if is_coloured and kind <= STDERR:
                for part in parts:
                    rows.looks.append(look)
                    look = advance(part, look)
            else:
                rows.looks.extend([look] * len(parts))
            if kind <= STDERR:
                looks[kind] = look
            if is_finished:
                unfinished.pop(kind, None)
            elif parts:
                unfinished[kind] = len(rows.texts) - 1
        return rows
