"""Packs items of a batch into chunks: each is encoded once, what they share once a chunk.

Owns the size and the order of chunks. Where they are carried out must never enter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from engine.child.chunks import MAX_SHARED, MacroSource, encoder
from engine.child.msgspec_core import Struct
from engine.kernel.chunk import Chunk, ChunkResult, SharedPart

_FIRST_ITEMS = 8
_MAX_ITEMS = 256
_MAX_BYTES = 192 * 1024
"""Four such chunks fit into a kernel's pipe."""
_MAX_ITEM_BYTES = 16 * 1024 * 1024
_CHUNK_NS = 5_000_000
"""How long a chunk should run: at the end of a batch the others wait for the last."""
_MAX_GIVEN_BYTES = 1024 * 1024
"""How much it should give."""
_GROWTH = 4
_HAS_MANY = re.compile(rb"^(?:async[ \t]+)?def[ \t]+render_many\b", re.MULTILINE)


class Part(Protocol):
    """A part of many contexts, see `engine.render.context.SharedData`."""

    @property
    def id(self) -> str:
        """Equal ids mean equal values."""

    @property
    def encoded(self) -> bytes:
        """Values by section, in msgpack."""


class BatchItem(Struct, frozen=True, gc=False):
    """One call of a macro. A Struct, for it is made in a quarter of a dataclass's time."""

    macro: str | int
    """Its name, or its number among the batch's."""
    context: Mapping[str, Any]
    """Plain data; only its own part, where there are shared ones."""
    post: Mapping[str, Any] | None = None
    """Plain data. The same object in items of one post is sent once."""
    named: Mapping[str, Any] = {}
    """Declared parameters, passed as keywords."""
    shared: tuple[Part, ...] = ()
    """What its context has in common with others, the same object in them."""


class ItemTooLarge(ValueError):
    """An item is more than a kernel takes."""


class Packer:
    """Fills one chunk after the other."""

    def __init__(self, macros: Sequence[MacroSource]) -> None:
        """Begin.

        Args:
            macros: What items refer to.
        """
        self._macros = tuple(macros)
        self._numbers: dict[str | int, int] = {n: n for n in range(len(self._macros))}
        self._numbers.update((macro.name, n) for n, macro in enumerate(self._macros))
        self._next = 0
        self._many = {
            number for number, macro in enumerate(self._macros) if _HAS_MANY.search(macro.source)
        }
        self._wanted_items = _FIRST_ITEMS
        self._reset()

    def _reset(self) -> None:
        self._calls: list[int] = []
        self._items: list[bytes] = []
        self._posts: list[bytes] = []
        self._post_numbers: dict[int, int] = {}
        self._parts: dict[str, SharedPart] = {}
        self._shares: list[tuple[int, ...]] = []
        self._share_numbers: dict[int, int] = {}
        self._alive: list[object] = []
        """What is known by its identity: nothing else may get the same meanwhile."""
        self._bytes = 0
        self._left = self._wanted_items

    def add(self, item: BatchItem) -> bool:
        """Put the batch's next item into the chunk.

        Args:
            item: The call.

        Returns:
            Whether the chunk is full now, and to be taken.

        Raises:
            LookupError: There is no such macro.
            ItemTooLarge: It does not fit into any chunk.
            TypeError: It holds what is no plain data.
            ValueError: Likewise.
            OverflowError: It holds an integer of more than 64 bits.
        """
        number = self._numbers[item.macro]
        post = -1 if item.post is None else self._post(item.post)
        share = self._share(item.shared) if item.shared else -1
        parts = (number, post, share, item.context)
        packed = encoder.encode((*parts, item.named) if item.named else parts)
        size = len(packed)
        if size > _MAX_ITEM_BYTES:
            raise ItemTooLarge(f"{size:,} bytes, at most {_MAX_ITEM_BYTES:,} go through")
        self._calls.append(number)
        self._items.append(packed)
        self._bytes += size
        self._left -= 1
        return self._left <= 0 or self._bytes >= _MAX_BYTES or len(self._parts) > MAX_SHARED // 4

    def _post(self, post: Mapping[str, Any]) -> int:
        number = self._post_numbers.get(id(post))
        if number is None:
            packed = encoder.encode(post)
            if len(packed) > _MAX_ITEM_BYTES:
                raise ItemTooLarge(f"a post of {len(packed):,} bytes")
            number = self._post_numbers[id(post)] = len(self._posts)
            self._alive.append(post)
            if self._posts:
                # The first one does not count: all calls of a large post go with it, where it
                # would be sent for each of them.
                self._bytes += len(packed)
            self._posts.append(packed)
        return number

    def _share(self, shared: tuple[Part, ...]) -> int:
        number = self._share_numbers.get(id(shared))
        if number is None:
            for part in shared:
                if part.id not in self._parts:
                    self._parts[part.id] = SharedPart(part.id, part.encoded)
            places = {part_id: place for place, part_id in enumerate(self._parts)}
            number = self._share_numbers[id(shared)] = len(self._shares)
            self._alive.append(shared)
            self._shares.append(tuple(places[part.id] for part in shared))
        return number

    def skip(self) -> tuple[int, ...]:
        """Leave the batch's next item out; return its number. Nothing may be in the chunk."""
        self._next += 1
        return (self._next - 1,)

    def taken(self) -> Chunk | None:
        """Take the chunk out, and begin another; None when there is nothing in it."""
        if not self._items:
            self._reset()
            return None
        calls, items = self._calls, self._items
        indexes: Sequence[int] = range(self._next, self._next + len(items))
        self._next += len(items)
        sizes: tuple[int, ...] = ()
        if not self._many.isdisjoint(calls):
            order, sizes = self._order()
            indexes = [indexes[one] for one in order]
            calls = [calls[one] for one in order]
            items = [items[one] for one in order]
        chunk = Chunk(
            self._macros,
            tuple(indexes),
            tuple(calls),
            tuple(items),
            tuple(self._posts),
            tuple(self._parts.values()),
            tuple(self._shares),
            sizes,
        )
        self._reset()
        return chunk

    def _order(self) -> tuple[Sequence[int], tuple[int, ...]]:
        """Bring together what one `render_many` renders, at the place of the first of it."""
        groups: list[list[int]] = []
        of_macro: dict[int, list[int]] = {}
        for place, number in enumerate(self._calls):
            if number not in self._many:
                groups.append([place])
            elif number in of_macro:
                of_macro[number].append(place)
            else:
                of_macro[number] = [place]
                groups.append(of_macro[number])
        return [one for group in groups for one in group], tuple(map(len, groups))

    def learn(self, result: ChunkResult, took_ns: int) -> None:
        """Adapt the size of chunks to how long one has taken, and what it has given."""
        count = len(result.outcomes)
        if not count:
            return
        wanted = _CHUNK_NS * count // max(took_ns, 1)
        wanted = min(wanted, _MAX_GIVEN_BYTES * count // max(result.given_bytes, 1))
        wanted = min(wanted, self._wanted_items * _GROWTH, _MAX_ITEMS)
        self._wanted_items = max(wanted, 1)
