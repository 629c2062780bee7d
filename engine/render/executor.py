"""Where chunks of a batch are carried out: the interface, and the kernels of this machine.

Owns how many chunks may be on their way. What is in a chunk must never enter.
"""

from __future__ import annotations

import os
from collections import deque
from types import TracebackType
from typing import Protocol, Self

import anyio
from anyio.abc import TaskGroup

from engine.kernel.chunk import Chunk, ChunkResult
from engine.kernel.item_calls import ItemFunctions, refuse_item_calls
from engine.kernel.job import Job
from engine.kernel.lane import SHORT_DEPTH, Lane
from engine.kernel.limits import DEFAULTS, Limits
from engine.kernel.pool import Pool


class Executor(Protocol):
    """Carries out chunks: pure data in, pure data out, both of which pickle."""

    @property
    def slots(self) -> int:
        """How many chunks keep it busy; more at a time only wait."""

    async def execute(self, chunk: Chunk) -> ChunkResult:
        """Carry out a chunk; what its macros do wrong is in the result.

        Whoever is cancelled here wants nothing more of it.

        Raises:
            KernelError: No interpreter can be had.
        """


class LocalKernels:
    """Kernels of this machine, each kept from chunk to chunk. Use it with `async with`.

    Leaving it ends them at once, whatever they do.
    """

    def __init__(
        self,
        pool: Pool,
        *,
        jobs: int | None = None,
        limits: Limits = DEFAULTS["macro"],
        functions: ItemFunctions = refuse_item_calls,
    ) -> None:
        """Prepare; kernels are started when there is something to do.

        Args:
            pool: Where they come from: forks, where they are locked down.
            jobs: How many there may be; None for as many as this process has cores.
            limits: `wall_s` holds for each item, memory and threads for each kernel.
            functions: What answers the macros' calls.
        """
        count = jobs or len(os.sched_getaffinity(0))
        self._queue: deque[Job] = deque()
        self._lanes = [Lane(self._queue, pool, limits, functions) for _ in range(max(count, 1))]
        self._group: TaskGroup | None = None

    async def __aenter__(self) -> Self:
        self._group = anyio.create_task_group()
        await self._group.__aenter__()
        for lane in self._lanes:
            self._group.start_soon(lane.run)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        assert self._group is not None
        self._group.cancel_scope.cancel()
        if isinstance(error, Exception):
            # Not one of the group's: it leaves the block as it is.
            await self._group.__aexit__(None, None, None)
            return None
        return await self._group.__aexit__(kind, error, trace)

    @property
    def slots(self) -> int:
        """How many chunks keep all kernels busy."""
        return SHORT_DEPTH * len(self._lanes)

    async def execute(self, chunk: Chunk) -> ChunkResult:
        """Carry out a chunk in the first kernel that has room for it."""
        job = Job(chunk)
        if not job.outcomes:
            return job.result
        self._queue.append(job)
        for lane in sorted(self._lanes, key=lambda one: one.load):
            if not self._queue:
                break
            lane.look()
        try:
            await job.is_over.wait()
        finally:
            if not job.is_over.is_set():
                self._drop(job)
        if job.failure is not None:
            raise job.failure
        return job.result

    def _drop(self, job: Job) -> None:
        if job in self._queue:
            self._queue.remove(job)
        for lane in self._lanes:
            lane.drop(job)
