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

_AHEAD = 8
"""Chunks, times the executor's slots, that may be asked for before the first of them is through."""
_MAX_HELD_BYTES = 32 * 1024 * 1024
"""Outcomes that wait for their turn; beyond it only the chunk whose turn it is goes on."""
_MAX_OUTPUT_BYTES = 256 * 1024


class _Entry:
    """A chunk that was asked for, and what has come of it."""

    def __init__(self, chunk: Chunk) -> None:
        self.chunk = chunk
        self._first = min(chunk.indexes)
        self._outcomes: list[Outcome | None] = [None] * len(chunk.indexes)
        self._next = 0

    def take(self, chunk: Chunk, outcomes: Sequence[Outcome]) -> None:
        """Put outcomes of its chunk, or of what was left of it, into their places."""
        for index, outcome in zip(chunk.indexes, outcomes, strict=False):
            self._outcomes[index - self._first] = outcome

    def ready(self) -> list[Outcome]:
        """Take out the outcomes whose turn it is."""
        found: list[Outcome] = []
        while self._next < len(self._outcomes):
            outcome = self._outcomes[self._next]
            if outcome is None:
                break
            found.append(outcome)
            self._outcomes[self._next] = None
            self._next += 1
        return found

    @property
    def is_through(self) -> bool:
        """Whether all of it has been taken out."""
        return self._next == len(self._outcomes)


class Batch:
    """Calls being carried out. Iterate it, once, for their outcomes; made by `rendering`."""

    def __init__(
        self,
        items: Iterable[BatchItem] | AsyncIterable[BatchItem],
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
            for outcome in entry.ready():
                self._held_bytes -= _size_of(outcome)
                self.done += 1
                yield outcome
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
                async for item in _each(self._items):
                    number = self._packer.number_of(item.macro)
                    index, self.asked = self.asked, self.asked + 1
                    try:
                        self._packer.add(index, number, item)
                    except (TypeError, ValueError, OverflowError, RecursionError) as error:
                        # Before it in the order are those of the chunk until now.
                        await self._ask(group)
                        self._refuse(index, number, error)
                    if self._packer.is_full:
                        await self._ask(group)
                await self._ask(group)
                self._is_fed = True
                self._tell()
        except Exception as error:  # raised where the batch is iterated
            self._failure = _alone(error)
            self._tell()

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
        entry.take(chunk, result.outcomes)
        names = [self._names[call] for call in chunk.calls[: len(result.outcomes)]]
        self._counters.record(names, result.outcomes)
        self._counters.record_loads(self._names[call] for call in result.loads)
        given_bytes = sum(map(_size_of, result.outcomes))
        self._held_bytes += given_bytes
        self._packer.learn(result, given_bytes)
        for stream, data in result.output:
            kept = data[: _MAX_OUTPUT_BYTES - self._output_bytes]
            self._output_bytes += len(kept)
            self.dropped_bytes += len(data) - len(kept)
            if kept:
                self.output.append((stream, kept))
        self.dropped_bytes += result.dropped_bytes

    def _refuse(self, index: int, number: int, error: Exception) -> None:
        """Have an item fail that cannot be handed over."""
        macro = self._macros[number]
        words = f"what it is called with cannot be handed over: {error}"
        frame = TraceFrame(macro.path, 0, 0, 0, 0, macro.entrypoint, "")
        told = ScriptError(type(error).__name__, words, [frame])
        chunk = Chunk(self._macros, (index,), (number,), (b"",))
        entry = _Entry(chunk)
        self._entries.append(entry)
        outcome = ItemFailed("limit", told, words, 0, "frames")
        self._take(entry, chunk, ChunkResult((outcome,)))
        self._tell()


@asynccontextmanager
async def rendering(
    items: Iterable[BatchItem] | AsyncIterable[BatchItem],
    macros: Sequence[MacroSource],
    executor: Executor,
    *,
    counters: Counters | None = None,
) -> AsyncIterator[Batch]:
    """Carry out a batch while the block runs; leaving it early cancels what is left at once.

    Args:
        items: The calls; asked for only as fast as they are carried out.
        macros: What they call.
        executor: Where; open for as long.
        counters: What is counted, by macro.

    Yields:
        The batch, to be iterated once.
    """
    batch = Batch(items, macros, executor, Counters() if counters is None else counters)
    async with anyio.create_task_group() as group:
        group.start_soon(batch.run)
        yield batch
        group.cancel_scope.cancel()


async def _each(
    items: Iterable[BatchItem] | AsyncIterable[BatchItem],
) -> AsyncGenerator[BatchItem, None]:
    if isinstance(items, AsyncIterable):
        async for item in items:
            yield item
    else:
        for item in items:
            yield item


def _size_of(outcome: Outcome) -> int:
    return len(outcome.html) + len(outcome.packed) if type(outcome) is Rendered else 1000


def _alone(error: Exception) -> Exception:
    """Return the one error of a group that a task group has made of it."""
    while isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error
