"""Owns which of a run's output is kept: its head and its tail, and that the middle is spilled.

What the output means must never enter. The Output pane keeps stretches of lines by the same
`HeadTail`, so that what is said about the limit is true everywhere.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sized
from typing import Generic, TypeVar

from engine.kernel.spill import Spill, size
from engine.kernel.terminal_text import MAX_PARAMETERS, TerminalFilter

KEPT_BYTES = 16 * 1024**2
"""What is kept where no run's limits say otherwise, see `engine.kernel.limits`."""
MIN_KEPT_BYTES = 8 * 1024
"""Less cannot be kept; the pieces would be too small for a line or a sequence."""
_MAX_PIECE_BYTES = 64 * 1024

Piece = TypeVar("Piece", bound=Sized)


def piece_bytes(kept_bytes: int) -> int:
    """Return how long a piece may become: memory is given back, and files are written, by it."""
    return min(_MAX_PIECE_BYTES, max(kept_bytes, MIN_KEPT_BYTES) // 8)


class HeadTail(Generic[Piece]):
    """The first and the last pieces of something long; what falls between is handed out."""

    def __init__(self, kept_bytes: int) -> None:
        """Start with nothing.

        Args:
            kept_bytes: How long the pieces may be together, with the one that is being filled.
        """
        self.kept_bytes = max(kept_bytes, MIN_KEPT_BYTES)
        self.piece_bytes = piece_bytes(kept_bytes)
        self.head: list[Piece] = []
        self.tail: deque[Piece] = deque()
        self._head_bytes = 0
        self._tail_bytes = 0

    @property
    def is_head_full(self) -> bool:
        """Whether the next piece belongs to the tail."""
        return self._head_bytes + self.piece_bytes > self.kept_bytes // 2

    @property
    def size(self) -> int:
        """How long the pieces are together."""
        return self._head_bytes + self._tail_bytes

    def add(self, piece: Piece) -> list[Piece]:
        """Take in the next piece.

        Args:
            piece: Complete, and no longer than `piece_bytes`.

        Returns:
            The pieces that have no room any more, in their order.
        """
        if not self.is_head_full:
            self.head.append(piece)
            self._head_bytes += len(piece)
            return []
        self.tail.append(piece)
        self._tail_bytes += len(piece)
        fallen: list[Piece] = []
        while self.size + self.piece_bytes > self.kept_bytes:
            fallen.append(self.tail.popleft())
            self._tail_bytes -= len(fallen[-1])
        return fallen


def next_cut(data: bytes, start: int, filled: int, limit: int, *, is_at_line_end: bool) -> int:
    """Find out how much goes into the piece that is being filled.

    A piece is complete at the first line end in its last eighth: lines that are shorter lie in one
    piece, in however small parts they come, and are kept or spilled as a whole.

    Args:
        data: Output that has been filtered.
        start: How much of it has been cut off already.
        filled: How long the piece is.
        limit: How long it may become.
        is_at_line_end: Whether the piece ends with a whole line, or is empty.

    Returns:
        Where to cut; `start` when the piece is complete and another one has to be begun first.
        Never inside a character or a sequence.
    """
    wanted = limit - limit // 8 - filled
    if wanted <= 0 and is_at_line_end:
        return start
    end = start + limit - filled
    line_end = data.find(b"\n", start + max(wanted - 1, 0), max(end, start)) + 1
    if line_end:
        return line_end
    if len(data) <= end:
        return len(data)
    line_end = data.rfind(b"\n", start, max(end, start)) + 1
    if line_end or end <= start or (filled and is_at_line_end):
        return line_end or start
    return _whole(data, start, end) or (start if filled else end)


def _whole(data: bytes, start: int, end: int) -> int:
    """Return the last place before `end` that is in no character and no sequence, or 0."""
    sequence = data.rfind(b"\x1b", max(start, end - MAX_PARAMETERS - 3), end)
    if sequence >= 0 and not data[sequence + 1 : end].strip(b"[0123456789;:"):
        end = sequence
    else:
        for _ in range(3):
            if data[end] & 0xC0 != 0x80:
                break
            end -= 1
    return end if end > start else 0


class KeptStream:
    """What is kept of one stream as it is, without a screen."""

    def __init__(self, kept_bytes: int, spill: Spill, *, is_raw: bool = False) -> None:
        """Start with nothing.

        Args:
            kept_bytes: How much is kept.
            spill: Takes the middle, always filtered for terminals; whoever calls has it written.
            is_raw: Whether what is kept is kept as it is.
        """
        self._pieces: HeadTail[bytes] = HeadTail(kept_bytes)
        self._open = bytearray()
        self._spill = spill
        self._filter = TerminalFilter()
        self._is_raw = is_raw
        self.dropped_bytes = 0
        """How much is not in `read`."""

    def add(self, data: bytes) -> None:
        """Take in the next bytes."""
        self._keep(data if self._is_raw else self._filter.feed(data))

    def finish(self) -> None:
        """Nothing more will come."""
        if not self._is_raw:
            self._keep(self._filter.finish())

    def _keep(self, data: bytes) -> None:
        start = 0
        limit = self._pieces.piece_bytes
        while start < len(data):
            is_at_line_end = self._open.endswith(b"\n")
            end = next_cut(data, start, len(self._open), limit, is_at_line_end=is_at_line_end)
            if end == start:
                for piece in self._pieces.add(bytes(self._open)):
                    self.dropped_bytes += len(piece)
                    self._spill.add(self._filter.feed(piece) if self._is_raw else piece)
                self._open.clear()
            self._open += data[start:end]
            start = end

    def read(self) -> bytes:
        """Return head and tail; between them, if need be, a line that says where the middle is."""
        head, tail = b"".join(self._pieces.head), b"".join((*self._pieces.tail, self._open))
        if not self.dropped_bytes:
            return head + tail
        words = self._spill.words(f"… {size(self.dropped_bytes)} in between", self.dropped_bytes)
        line_end = b"" if head.endswith(b"\n") else b"\n"
        return b"".join((head, line_end, words.encode("utf-8", "replace"), b"\n", tail))
