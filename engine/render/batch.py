"""A batch of macro calls: items in, from anywhere and however many; outcomes out, in their order.

Owns how much of a batch is in memory at a time, and its progress. Chunks are carried out by an
`Executor`; which calls there are, and what becomes of the html, must never enter.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager

import anyio
import anyio.lowlevel
from anyio.abc import TaskGroup

from engine.child.chunks import ItemFailed, MacroSource, Outcome, Rendered
from engine.child.protocol import ScriptError, TraceFrame
from engine.kernel.chunk import Chunk, ChunkResult, Output
from engine.render.counters import Counters
from engine.render.executor import Executor
from engine.render.packing import BatchItem, Packer

__all__ = ["Batch", "BatchItem", "ItemFailed", "MacroCode", "Outcome", "Rendered", "rendering"]

MacroCode = MacroSource
"""A macro as a batch gets it: name, source, path, entrypoint."""

_AHEAD = 4
"""Chunks, times the executor's slots, that may be asked for before the first of them is through."""
_MAX_HELD_BYTES = 32 * 1024 * 1024
"""Outcomes that wait for their turn; beyond it only the chunk whose turn it is goes on."""
_MAX_OUTPUT_BYTES = 256 * 1024


class _Entry:
    """A chunk that was asked for, and what has come of it."""

    def __init__(self, chunk: Chunk) -> None:
        self.chunk = chunk
        self._left = len(chunk.indexes)
        """How many outcomes have not been taken out."""
        self._is_in_order = not chunk.sizes
        self._first = min(chunk.indexes)
        self._next = 0
        self._ready: list[Outcome] = []
        self._places: list[Outcome | None] = []
        """Of a chunk that is out of order."""
        self.held_bytes = 0

    def take(self, chunk: Chunk, result: ChunkResult) -> None:
        """Take in what became of its chunk, or of what was left of it."""
        self.held_bytes += result.given_bytes
        if self._is_in_order:
            self._ready += result.outcomes
            return
        places = self._places = self._places or [None] * self._left
        for index, outcome in zip(chunk.indexes, result.outcomes, strict=False):
            places[index - self._first] = outcome
        while self._next < len(places) and (outcome_there := places[self._next]) is not None:
            self._ready.append(outcome_there)
            places[self._next] = None
            self._next += 1

    def ready(self) -> tuple[list[Outcome], int]:
        """Take out the outcomes whose turn it is, with about how many bytes they are."""
        found, self._ready = self._ready, []
        self._left -= len(found)
        held, self.held_bytes = self.held_bytes, 0
        return found, held

    @property
    def is_through(self) -> bool:
        """Whether all of it has been taken out."""
        return self._left == 0


class Batch:
    """Calls being carried out. Iterate it, once, for their outcomes; made by `rendering`."""

    def __init__(
        self,
        items: Iterable[BatchItem] | AsyncIterable[BatchItem | None],
        macros: Sequence[MacroSource],
        executor: Executor,
        counters: Counters,
    ) -> None:
        self._items = items
        self._macros = tuple(macros)
        self._names = [macro.name for macro in self._macros]
        self._executor = executor
        self._counters = counters
        self._packer = Packer(self._macros)
        self._entries: deque[_Entry] = deque()
        self._changed = anyio.Event()
        self._failure: Exception | None = None
        self._is_fed = False
        self._refused: tuple[str | int, Exception] | None = None
        self._carried = 0
        self._held_bytes = 0
        self.asked = 0
        """Items that have been taken from the iterator."""
        self.done = 0
        """Outcomes that have been given."""
        self.output: list[Output] = []
        """What macros printed, the beginning of it."""
        self.dropped_bytes = 0
        """How much of that is missing."""
        self._output_bytes = 0

    @property
    def printed(self) -> str:
        """What macros printed, as text, and how much of it is missing."""
        text = b"".join(data for _, data in self.output).decode(errors="replace")
        more = f"\n... ({self.dropped_bytes:,} more bytes)" if self.dropped_bytes else ""
        return text + more

    async def __aiter__(self) -> AsyncGenerator[Outcome, None]:
        """Yield the outcome of each item, in their order.

        Raises:
            KernelError: No interpreter can be had.
            ValueError: An item names a macro that the batch has not.
            Exception: What the iterator of items raised.
        """
        while True:
            if self._failure is not None:
                raise self._failure
            if not self._entries:
                if self._is_fed:
                    return
                await self._changed.wait()
                continue
            entry = self._entries[0]
            outcomes, held_bytes = entry.ready()
            for outcome in outcomes:
                self.done += 1
                yield outcome
            del outcomes
            self._held_bytes -= held_bytes
            if entry.is_through:
                self._entries.popleft()
                self._tell()
            else:
                await self._changed.wait()

    def _tell(self) -> None:
        self._changed.set()
        self._changed = anyio.Event()

    async def run(self) -> None:
        """Carry everything out; whoever iterates sets the pace."""
        try:
            async with anyio.create_task_group() as group:
                if isinstance(self._items, AsyncIterable):
                    async for item in self._items:
                        if item is None or self._pack(item):
                            await self._ask(group)
                else:
                    for item in self._items:
                        if self._pack(item):
                            await self._ask(group)
                await self._ask(group)
                self._is_fed = True
                self._tell()
        except Exception as error:  # raised where the batch is iterated
            self._failure = _first(error)
            self._tell()

    def _pack(self, item: BatchItem) -> bool:
        """Put an item into the next chunk; tell whether that is to be asked for."""
        self.asked += 1
        try:
            return self._packer.add(item)
        except LookupError:
            raise ValueError(f"the batch has no macro {item.macro!r}") from None
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            # Those before it come first.
            self._refused = (item.macro, error)
            return True

    async def _ask(self, group: TaskGroup) -> None:
        """Have the chunk that is packed carried out, once there is room for it."""
        slots = self._executor.slots
        while (
            self._carried >= slots
            or len(self._entries) >= slots * _AHEAD
            or (self._entries and self._held_bytes > _MAX_HELD_BYTES)
        ):
            await self._changed.wait()
        chunk = self._packer.taken()
        if chunk is not None:
            entry = _Entry(chunk)
            self._entries.append(entry)
            self._carried += 1
            group.start_soon(self._carry, entry)
        if self._refused is not None:
            self._refuse(*self._refused)
            self._refused = None
        await anyio.lowlevel.checkpoint()

    async def _carry(self, entry: _Entry) -> None:
        chunk = entry.chunk
        while True:
            result = await self._executor.execute(chunk)
            self._carried -= 1
            self._take(entry, chunk, result)
            self._tell()
            if len(result.outcomes) >= len(chunk.items):
                return
            if not result.outcomes:
                raise RuntimeError("the executor gave nothing for a chunk")
            chunk = chunk.without_first(len(result.outcomes))
            # It gave much. What is left of it waits for room, or for its turn.
            while self._held_bytes > _MAX_HELD_BYTES and self._entries[0] is not entry:
                await self._changed.wait()
            self._carried += 1

    def _take(self, entry: _Entry, chunk: Chunk, result: ChunkResult) -> None:
        entry.take(chunk, result)
        names = [self._names[call] for call in chunk.calls[: len(result.outcomes)]]
        took_ns = self._counters.record(names, result.outcomes)
        self._counters.record_loads(self._names[call] for call in result.loads)
        self._held_bytes += result.given_bytes
        self._packer.learn(result, took_ns)
        for stream, data in result.output:
            kept = data[: _MAX_OUTPUT_BYTES - self._output_bytes]
            self._output_bytes += len(kept)
            self.dropped_bytes += len(data) - len(kept)
            if kept:
                self.output.append((stream, kept))
        self.dropped_bytes += result.dropped_bytes

    def _refuse(self, name: str | int, error: Exception) -> None:
        """Have an item fail that cannot be handed over."""
        number = self._names.index(name) if isinstance(name, str) else name
        macro = self._macros[number]
        words = f"what it is called with cannot be handed over: {error}"
        frame = TraceFrame(macro.path, 0, 0, 0, 0, macro.entrypoint, "")
        told = ScriptError(type(error).__name__, words, [frame])
        chunk = Chunk(self._macros, self._packer.skip(), (number,), (b"",))
        entry = _Entry(chunk)
        self._entries.append(entry)
        outcome = ItemFailed("limit", told, words, 0, "frames")
        self._take(entry, chunk, ChunkResult([outcome]))
        self._tell()


@asynccontextmanager
async def rendering(
    items: Iterable[BatchItem] | AsyncIterable[BatchItem | None],
    macros: Sequence[MacroSource],
    executor: Executor,
    *,
    counters: Counters | None = None,
) -> AsyncIterator[Batch]:
    """Carry out a batch while the block runs; leaving it early cancels what is left at once.

    Args:
        items: The calls; asked for only as fast as they are carried out. None between them stands
            for no call: those before it are carried out without waiting for more.
        macros: What they call.
        executor: Where; open for as long.
        counters: What is counted, by macro.

    Yields:
        The batch, to be iterated once.
    """
    batch = Batch(items, macros, executor, Counters() if counters is None else counters)
    try:
        async with anyio.create_task_group() as group:
            group.start_soon(batch.run)
            yield batch
            group.cancel_scope.cancel()
    except ExceptionGroup as error:
        raise _first(error) from None  # as the block has raised it


def _first(error: Exception) -> Exception:
    """Return the first error of the groups that task groups have made; each ended the batch."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error
