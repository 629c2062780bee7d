"""Warm kernels: a few interpreters that have imported everything and wait, each for one run.

Owns the idle kernels. A kernel that was taken belongs to the taker, who ends it.
"""

from __future__ import annotations

import os
import sys
import time
from collections import deque
from types import TracebackType
from typing import Self

import anyio
import anyio.to_thread
from anyio.abc import TaskGroup

from engine.child.protocol import FrameTooLarge, Inspect, Inspected, ProtocolError
from engine.kernel.limits import count_threads
from engine.kernel.process import Kernel, KernelEnded, KernelError
from engine.kernel.sources import Source, Spares

INSPECT_TIMEOUT_S = 10.0
_RETRY_S, _MAX_RETRY_S = 1.0, 64.0
"""How long to wait before one that did not start is tried again: doubled each time."""
_COUNT_FOR_S = 5.0
"""How long a count of the person's threads is good for: counting takes 1 to 5 ms."""


class Pool:
    """Keeps `size` kernels warm while it is open. Use it with `async with`.

    Args:
        size: How many idle kernels to keep; 0 starts each when it is asked for.
        is_sandboxed: Whether they are locked down.
        is_refilled: Whether a kernel that is taken is replaced; not for a command that runs once.
        is_lazy: Whether none is started before `warm_up`, or before the first is asked for.
        source: Where they come from; None for interpreters that start from nothing.
        packages: The project's own folder of packages for these, see `sandbox.policy`.
    """

    def __init__(
        self,
        size: int,
        *,
        is_sandboxed: bool = True,
        is_refilled: bool = True,
        is_lazy: bool = False,
        source: Source | None = None,
        packages: str = "",
    ) -> None:
        self._size = size
        self._is_lazy = is_lazy
        self._source = source or Spares(is_sandboxed=is_sandboxed, packages=packages)
        self._idle: deque[Kernel] = deque()
        self._starting = 0
        """Those on their way, or about to be started."""
        self._left_to_start = sys.maxsize if is_refilled else size
        """How many more may be started; all of them, where taken ones are not replaced."""
        self._arrived = anyio.Event()
        self._is_needed = anyio.Event()
        self._inspecting = anyio.Lock()
        self._failure: KernelError | None = None
        self._retry_s = _RETRY_S
        self._group: TaskGroup | None = None
        self._user_threads = 0
        self._counted_at_s = -_COUNT_FOR_S

    async def __aenter__(self) -> Self:
        self._group = anyio.create_task_group()
        await self._group.__aenter__()
        if not self._is_lazy:
            self.warm_up()
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
                await self._source.close()

    @property
    def idle_count(self) -> int:
        """How many kernels wait for work."""
        return len(self._idle)

    def warm_up(self) -> None:
        """Start what is missing, without waiting for it."""
        while len(self._idle) + self._starting < self._size and self._left_to_start > 0:
            self._begin_one(0.0)

    def use_packages(self, folder: str) -> None:
        """Replace the warm kernels by others, where the project's packages are not these already.

        Args:
            folder: Where they are from now on, see `sandbox.policy`.
        """
        if folder == self._source.packages:
            return
        self._source.packages = folder
        idle, self._idle = list(self._idle), deque()
        for kernel in idle:
            kernel.kill()
            assert self._group is not None, "only an open pool has warm kernels"
            self._group.start_soon(_end, kernel)
        if idle:
            self.warm_up()

    async def take(self) -> Kernel:
        """Return a warm kernel, or wait for one to come up.

        Raises:
            SandboxError: Kernels cannot be locked down here.
            KernelError: None could be started.
        """
        while True:
            while self._idle:
                kernel = self._idle.popleft()
                if kernel.is_alive:
                    self._replace_one()
                    return kernel
                await _end(kernel)
            if self._failure is not None:
                failure, self._failure = self._failure, None
                raise failure
            self.warm_up()
            if not self._starting:
                return await self._source.start()
            # Who rests before it starts one does so no longer.
            self._is_needed.set()
            self._is_needed = anyio.Event()
            await self._arrived.wait()

    async def threads_for(self, kernel: Kernel, more: int) -> int | None:
        """Tell how many threads a kernel's user may have, for a run that may start `more`.

        A kernel with a user of its own needs no counting. Others share the person's.

        Returns:
            The limit; None where the system does not keep to one: for root, and without sandbox.
        """
        if not kernel.is_sandboxed or kernel.ready.user_id == 0:
            return None
        if kernel.ready.user_id != os.getuid():
            return 1 + more
        now = time.monotonic()
        if now - self._counted_at_s > _COUNT_FOR_S:
            try:
                self._user_threads = await anyio.to_thread.run_sync(count_threads, os.getuid())
            except RuntimeError:  # the person has no thread left, not even for that
                self._user_threads = count_threads(os.getuid())
            self._counted_at_s = now
        return self._user_threads + more

    async def inspect(self, source: bytes, path: str) -> Inspected:
        """Parse a source in a kernel without running it; the kernel stays warm.

        Raises:
            KernelError: No kernel could be started, or it did not survive the source.
        """
        async with self._inspecting:
            kernel = await self.take()
            packages = self._source.packages
            request = Inspect(os.urandom(6).hex(), source, path)
            is_reusable = False
            try:
                with anyio.fail_after(INSPECT_TIMEOUT_S):
                    await kernel.send(request)
                    answer = await kernel.receive()
                if not isinstance(answer, Inspected) or answer.request_id != request.request_id:
                    raise KernelError(f"{path} could not be checked: unexpected answer")
                is_reusable = packages == self._source.packages
                return answer
            except TimeoutError as error:
                raise KernelError(
                    f"{path} could not be checked within {INSPECT_TIMEOUT_S:g} s"
                ) from error
            except FrameTooLarge as error:
                raise KernelError(f"{path} could not be checked: {error}") from error
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

    def _announce(self) -> None:
        """Wake who waits in `take`, once: the next one to wait gets a new event."""
        self._arrived.set()
        self._arrived = anyio.Event()

    def _replace_one(self) -> None:
        if len(self._idle) + self._starting < self._size and self._left_to_start > 0:
            self._begin_one(self._source.breath_s if self._idle else 0.0)

    def _begin_one(self, breath_s: float) -> None:
        assert self._group is not None, "the pool is not open"
        self._starting += 1
        self._left_to_start -= 1
        self._group.start_soon(self._start_one, breath_s)

    async def _start_one(self, breath_s: float) -> None:
        if breath_s:
            await self._rest(breath_s)
        try:
            kernel = await self._start_for_now()
        except KernelError as error:
            self._failure = error
            self._announce()
            await self._rest(self._retry_s)
            self._retry_s = min(2 * self._retry_s, _MAX_RETRY_S)
            self._starting -= 1
            self._replace_one()
        else:
            self._failure, self._retry_s = None, _RETRY_S
            self._starting -= 1
            self._idle.append(kernel)
            self._announce()

    async def _start_for_now(self) -> Kernel:
        """Start one whose packages are those of the moment that it is ready in."""
        while True:
            packages = self._source.packages
            kernel = await self._source.start()
            if packages == self._source.packages:
                return kernel
            with anyio.CancelScope(shield=True):
                await _end(kernel)

    async def _rest(self, seconds: float) -> None:
        """Wait, but not while somebody waits for a kernel."""
        with anyio.move_on_after(seconds):
            await self._is_needed.wait()

    async def _end_all(self) -> None:
        idle, self._idle = list(self._idle), deque()
        for kernel in idle:
            kernel.kill()
        for kernel in idle:
            await _end(kernel)


async def _end(kernel: Kernel) -> None:
    await kernel.end()
    kernel.close()
