"""What goes to one kernel of a batch: macros and shared parts once each, and its pieces.

Owns what the kernel has got. When a piece is sent, and what comes back, must never enter.
"""

from __future__ import annotations

from engine.child.chunks import MAX_SHARED, Macros, MacroSource, PackedWork, Shared
from engine.child.chunks import encode_for_kernel as frame
from engine.child.msgspec_core import Raw
from engine.kernel.job import Piece
from engine.kernel.wire import Wire


class Sender:
    """The sending side of a conversation with one kernel."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._macros: tuple[MacroSource, ...] | None = None
        self._slots: dict[str, int] = {}
        """Shared parts that it has, by id, the one that was longest out of use first."""
        self._numbers = 0

    def send(self, piece: Piece) -> None:
        """Send a piece, and what it needs, behind what was sent before."""
        chunk = piece.job.chunk
        if chunk.macros is not self._macros:
            self._macros = chunk.macros
            self._wire.post(frame(Macros(list(chunk.macros))))
        slots = [self._slot_of(part.id, part.encoded) for part in chunk.parts]
        self._numbers += 1
        piece.begin(self._numbers)
        work = PackedWork(
            piece.number,
            [Raw(post) for post in chunk.posts],
            [[slots[part] for part in share] for share in chunk.shares],
            [Raw(chunk.items[position]) for position in piece.positions],
            piece.sizes,
        )
        self._wire.post(frame(work))

    def _slot_of(self, part_id: str, encoded: bytes) -> int:
        slot = self._slots.pop(part_id, None)
        if slot is None:
            slot = len(self._slots)
            if slot == MAX_SHARED:  # the oldest makes room; no chunk has as many
                slot = self._slots.pop(next(iter(self._slots)))
            self._wire.post(frame(Shared(slot, encoded)))
        self._slots[part_id] = slot  # the youngest now
        return slot
