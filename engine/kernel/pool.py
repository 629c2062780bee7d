"""Warm kernels: a few interpreters that have imported everything and wait, each for one run.

Owns the idle kernels. A kernel that was taken belongs to the taker, who ends it.
"""

from __future__ import annotations

import os
from collections import deque
from types import TracebackType
from typing import Self

import anyio
from anyio.abc import TaskGroup

from engine.child.protocol import Inspect, Inspected, ProtocolError
from engine.kernel.process import Kernel, KernelEnded, KernelError

INSPECT_TIMEOUT_S = 10.0
_RETRY_S = 1.0
_BREATH_S = 0.05
"""A new spare waits so long while there is another: started at once, it would take the core that
the run just begun needs (first byte 1.8 instead of 3.9 to 14 ms)."""


class Pool:
    """Keeps `size` kernels warm while it is open. Use it with `async with`.

    Args:
        size: How many idle kernels to keep; 0 starts each when it is asked for.
        is_refilled: Whether a kernel that is taken is replaced; not for a command that runs once.
    """

    def __init__(self, size: int, *, is_refilled: bool = True) -> None:
        self._size = size
        self._is_refilled = is_refilled
        self._idle: deque[Kernel] = deque()
        self._wanted = anyio.Event()
        self._arrived = anyio.Event()
        self._inspecting = anyio.Lock()
        self._is_full_once = False
        self._failure: KernelError | None = None
        self._group: TaskGroup | None = None

    async def __aenter__(self) -> Self:
        self._group = anyio.create_task_group()
        await self._group.__aenter__()
        if self._size:
            self._group.start_soon(self._keep_full)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        assert self._group is not None
        self._group.cancel_scope.cancel()
        try:
            return await self._group.__aexit__(kind, error, trace)
        finally:
            with anyio.CancelScope(shield=True):
                await self._end_all()

    @property
    def idle_count(self) -> int:
        """How many kernels wait for work."""
        return len(self._idle)

    async def take(self) -> Kernel:
        """Return a warm kernel, or wait for one to come up.

        Raises:
            KernelError: None could be started.
        """
        while True:
            while self._idle:
                kernel = self._idle.popleft()
                self._want()
                if kernel.is_alive:
                    return kernel
                await _end(kernel)
            if not self._size or (self._is_full_once and not self._is_refilled):
                return await Kernel.start()
            if self._failure is not None:
                failure, self._failure = self._failure, None
                raise failure
            self._want()
            await self._arrived.wait()

    async def inspect(self, source: bytes, path: str) -> Inspected:
        """Parse a source in a kernel without running it; the kernel stays warm.

        Raises:
            KernelError: No kernel could be started, or it did not survive the source.
        """
        async with self._inspecting:
            kernel = await self.take()
            request = Inspect(os.urandom(6).hex(), source, path)
            is_reusable = False
            try:
                with anyio.fail_after(INSPECT_TIMEOUT_S):
                    await kernel.send(request)
                    answer = await kernel.receive()
                if not isinstance(answer, Inspected) or answer.request_id != request.request_id:
                    raise KernelError(f"{path} could not be checked: unexpected answer")
                is_reusable = True
                return answer
            except TimeoutError as error:
                raise KernelError(
                    f"{path} could not be checked within {INSPECT_TIMEOUT_S:g} s"
                ) from error
            except (KernelEnded, ProtocolError) as error:
                ending = await kernel.end()
                raise KernelError(f"{path} could not be checked: {ending.words}") from error
            finally:
                if is_reusable:
                    self._idle.appendleft(kernel)
                    self._announce()
                else:
                    with anyio.CancelScope(shield=True):
                        await _end(kernel)

    def _want(self) -> None:
        self._wanted.set()

    def _announce(self) -> None:
        """Wake who waits in `take`, once: the next one to wait gets a new event."""
        self._arrived.set()
        self._arrived = anyio.Event()

    async def _keep_full(self) -> None:
        while True:
            while len(self._idle) < self._size:
                try:
                    self._idle.append(await Kernel.start())
                except KernelError as error:
                    self._failure = error
                    self._announce()
                    await anyio.sleep(_RETRY_S)
                else:
                    self._failure = None
                    self._announce()
            self._is_full_once = True
            if not self._is_refilled:
                return
            self._wanted = anyio.Event()
            await self._wanted.wait()
            if self._idle:
                await anyio.sleep(_BREATH_S)

    async def _end_all(self) -> None:
        idle, self._idle = list(self._idle), deque()
        for kernel in idle:
            kernel.kill()
        for kernel in idle:
            await _end(kernel)


async def _end(kernel: Kernel) -> None:
    await kernel.end()
    kernel.close()
