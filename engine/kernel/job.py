"""A chunk on its way through kernels, and the pieces it is cut into when one of them ends.

Owns what has become of each item so far, and what is left to do. Which kernel does it, and why one
has ended, must never enter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

import anyio

from engine.child.chunks import ItemFailed, MacroSource, Outcome
from engine.kernel.chunk import MAX_OUTPUT_BYTES, Chunk, ChunkResult, Output, sizes_behind
from engine.kernel.events import Stream
from engine.kernel.process import KernelError


class Job:
    """A chunk on its way."""

    def __init__(self, chunk: Chunk) -> None:
        self.chunk = chunk
        self.outcomes: list[Outcome | None] = [None] * len(chunk.items)
        self.is_over = anyio.Event()
        self.failure: KernelError | None = None
        """Why no kernel could take it."""
        self.pieces = 1
        """How many of it are waiting or running."""
        self.stop_at = len(chunk.items)
        self.is_dropped = False
        """Whether nobody waits for it any more."""
        self.loads: list[int] = []
        self.given_bytes = 0
        """How much its outcomes take, about."""
        self._output: list[Output] = []
        self._output_bytes = self._dropped_bytes = 0

    def keep_output(self, stream: Stream, data: bytes) -> None:
        """Keep what its macros print, the beginning of it."""
        kept = data[: MAX_OUTPUT_BYTES - self._output_bytes]
        if kept:
            self._output.append((stream, kept))
        self._output_bytes += len(kept)
        self._dropped_bytes += len(data) - len(kept)

    def replace_piece(self, count: int) -> None:
        """Note that one of its pieces is through, and has become others."""
        self.pieces += count - 1
        if self.pieces == 0:
            self.is_over.set()

    def fail(self, failure: KernelError) -> None:
        """Give it up."""
        self.failure = failure
        self.is_over.set()

    @property
    def result(self) -> ChunkResult:
        """What has become of it; it is over."""
        outcomes = cast("list[Outcome]", self.outcomes[: self.stop_at])
        return ChunkResult(
            outcomes,
            tuple(self.loads),
            tuple(self._output),
            self._dropped_bytes,
            self.given_bytes,
        )


@dataclass(eq=False, slots=True)
class Piece:
    """Items of a job that go to a kernel in one message."""

    job: Job
    positions: list[int]
    """Of the job's items."""
    sizes: list[int] = field(default_factory=list)
    """How many belong together; empty: each is alone."""
    is_alone: bool = False
    """Whether it needs a fresh kernel, with nothing behind it until it is through."""
    is_suspect: bool = False
    """Likewise, and a kernel that is not used again: something lied."""
    number: int = 0
    at: int = 0
    """The first of the positions that has no outcome: the one that runs."""
    again: list[int] = field(default_factory=list)
    """Positions that were interrupted for another's fault."""
    given_bytes: int = 0

    def begin(self, number: int) -> None:
        """Note that it has been sent, under that number."""
        self.number, self.at, self.given_bytes = number, 0, 0
        self.again = []

    @property
    def running(self) -> list[int]:
        """The positions that are being called: one, or some together."""
        begin = 0
        for size in self.sizes:
            if begin == self.at:
                return self.positions[begin : begin + size]
            begin += size
        return self.positions[self.at : self.at + 1]

    @property
    def needs_fresh(self) -> bool:
        """Whether nothing may have run in its kernel before."""
        return self.is_alone or self.is_suspect

    def macro_at(self, at: int) -> MacroSource:
        """Return the macro of one of its positions."""
        return self.job.chunk.macros[self.job.chunk.calls[self.positions[at]]]

    def leave_out(self, broken: Mapping[MacroSource, ItemFailed]) -> None:
        """Have items fail whose macros cannot be had."""
        if not broken:
            return
        left = []
        for at, position in enumerate(self.positions):
            failure = broken.get(self.macro_at(at))
            if failure is None:
                left.append(position)
            else:
                self.job.outcomes[position] = failure
        if len(left) < len(self.positions):
            self.positions, self.sizes = left, []

    def take(self, outcome: Outcome | None) -> None:
        """Note what has become of the item that ran; None: it is to be called again."""
        position = self.positions[self.at]
        if outcome is None:
            self.again.append(position)
        else:
            self.job.outcomes[position] = outcome
        self.at += 1

    def finish(self) -> list[Piece]:
        """Note that its kernel is through with it; return what is left to do."""
        self._count_bytes()
        if self.at < len(self.positions):  # they gave too much: the rest is asked again
            self.job.stop_at = min(self.job.stop_at, self.positions[self.at])
        return [Piece(self.job, self.again)] if self.again else []

    def _count_bytes(self) -> None:
        self.job.given_bytes += self.given_bytes
        self.given_bytes = 0

    def fall_apart(self) -> None:
        """Note that what is being called together is called one by one."""
        count = len(self.running)
        rest = sizes_behind(self.sizes, self.at + count)
        self.sizes = [1] * (self.at + count) + rest

    def left(self, count: int) -> list[Piece]:
        """Return what is left to do when its first `count` positions are seen to."""
        self._count_bytes()
        behind = self.positions[count:]
        found = [Piece(self.job, behind, sizes_behind(self.sizes, count))] if behind else []
        return [*found, Piece(self.job, self.again)] if self.again else found


def whole(job: Job) -> Piece:
    """Return all of a job as its first piece."""
    return Piece(job, list(range(len(job.outcomes))), list(job.chunk.sizes))
