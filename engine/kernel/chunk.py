"""A chunk of a batch: calls of macros as pure data, and what became of them. All of it pickles.

Facts only. How a chunk is carried out, here or on another machine, must never enter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from engine.child.chunks import MacroSource, Outcome
from engine.kernel.events import Stream

MAX_OUTPUT_BYTES = 64 * 1024
"""Of what a chunk's macros print, kept."""

Output: TypeAlias = tuple[Stream, bytes]


@dataclass(frozen=True, slots=True)
class SharedPart:
    """A part of many contexts. Equal ids mean equal values."""

    id: str
    encoded: bytes
    """Values by section, in msgpack; see `engine.child.contexts`."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Calls, one after the other."""

    macros: tuple[MacroSource, ...]
    """All of the batch's: the same object in each of its chunks, so that it is sent once."""
    indexes: tuple[int, ...]
    """The number of each item in the batch."""
    calls: tuple[int, ...]
    """Its macro."""
    items: tuple[bytes, ...]
    """Each an `engine.child.chunks.Item` in msgpack; `share` counts in `shares`."""
    posts: tuple[bytes, ...] = ()
    """In msgpack, each once."""
    parts: tuple[SharedPart, ...] = ()
    shares: tuple[tuple[int, ...], ...] = ()
    """Combinations of `parts`."""
    sizes: tuple[int, ...] = ()
    """How many items belong together for `render_many`; empty: each is alone."""

    def without_first(self, count: int) -> Chunk:
        """Return what is left of it."""
        return Chunk(
            self.macros,
            self.indexes[count:],
            self.calls[count:],
            self.items[count:],
            self.posts,
            self.parts,
            self.shares,
            tuple(sizes_behind(self.sizes, count)),
        )


@dataclass(frozen=True, slots=True)
class ChunkResult:
    """What became of a chunk."""

    outcomes: list[Outcome]
    """One an item, in their order. Fewer than there are items where they gave too much at once;
    the others are to be asked again."""
    loads: tuple[int, ...] = ()
    """Macros whose scripts were executed for it: its kernel had not had them before."""
    output: tuple[Output, ...] = ()
    """What its macros printed, the first of it."""
    dropped_bytes: int = 0
    """How much of that is missing."""
    given_bytes: int = 0
    """How much the outcomes take, about."""


def sizes_behind(sizes: Sequence[int], count: int) -> list[int]:
    """Return the sizes of what is behind the first `count` items; a torn group falls apart."""
    left: list[int] = []
    at = 0
    for size in sizes:
        if at >= count:
            left.append(size)
        elif at + size > count:
            left += [1] * (at + size - count)
        at += size
    return left
