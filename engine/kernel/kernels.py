"""All kernels of an open project, and which of them a run gets."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

from engine.child.protocol import Inspected
from engine.kernel.limits import RunKind
from engine.kernel.pool import Pool
from engine.kernel.process import KernelError
from engine.kernel.sources import Forks

WARM_SPARES = 2
"""One to run, one for the next key press while the first is replaced."""
WARM_FORKS = 2


class Kernels:
    """Spares, forks, and open kernels. Use it with `async with`.

    Utilities get a spare: they may do the most, so nothing of theirs is shared, not even where
    things lie in memory. Macros, previews and transforms are many and small, and get a fork of the
    zygote. It is started behind the first of them, which takes a spare: nobody waits for it.
    """

    def __init__(
        self, spares: Pool | None = None, find_packages: Callable[[], str] = lambda: ""
    ) -> None:
        """Keep kernels warm once this is entered.

        Args:
            spares: A pool to take all kernels from, open already; for a command that runs once.
            find_packages: Tells where the project's own packages are just now, see `policy`; a
                pool that is given has its own.
        """
        self._stack = AsyncExitStack()
        self._has_own_spares = spares is None
        self._spares = spares or Pool(WARM_SPARES)
        self._forks = Pool(WARM_FORKS, is_lazy=True, source=Forks())
        self._open = Pool(WARM_SPARES, is_sandboxed=False, is_lazy=True)
        self._is_sandboxed = True
        self._find_packages = find_packages
        self._follow_packages()

    async def __aenter__(self) -> Self:
        if self._has_own_spares:
            await self._stack.enter_async_context(self._spares)
        await self._stack.enter_async_context(self._forks)
        await self._stack.enter_async_context(self._open)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        return await self._stack.__aexit__(kind, error, trace)

    @property
    def is_sandboxed(self) -> bool:
        """Whether runs are locked down."""
        return self._is_sandboxed

    def open_up(self) -> None:
        """Run everything without the lockdown from now on; the person has agreed."""
        self._is_sandboxed = False
        self._open.warm_up()

    def lock_down(self) -> None:
        """Run everything with the lockdown again; what runs already goes on as it is."""
        self._is_sandboxed = True

    async def problem(self) -> str:
        """Return why nothing can be run here, in words; empty when all is well."""
        try:
            await self.inspect(b"", "")
        except KernelError as error:
            return str(error)
        return ""

    def use_packages(self, folder: str) -> None:
        """Give the project's own packages to every kernel from now on; what runs keeps its own."""
        for pool in (self._spares, self._forks, self._open):
            pool.use_packages(folder)

    def _follow_packages(self) -> None:
        if self._has_own_spares:
            self.use_packages(self._find_packages())

    def pool_for(self, kind: RunKind) -> Pool:
        """Return where a run of that kind takes its kernel from, just now."""
        self._follow_packages()  # another process may have changed them: 10 us without any
        if not self._is_sandboxed:
            return self._open
        if kind == "utility" or not self._has_own_spares:
            return self._spares
        if self._forks.idle_count:
            return self._forks
        self._forks.warm_up()
        return self._spares

    @property
    def for_batches(self) -> Pool:
        """Where a batch takes its kernels from, just now: never spares.

        Some of what carries out a batch is imported when the first chunk comes, and a spare may not
        be able to read it any more; the zygote of the forks has it.
        """
        self._follow_packages()
        pool = self._forks if self._is_sandboxed else self._open
        pool.warm_up()
        return pool

    async def inspect(self, source: bytes, path: str) -> Inspected:
        """Parse a source in a kernel without running it.

        Raises:
            KernelError: No kernel could do it.
        """
        return await (self._spares if self._is_sandboxed else self._open).inspect(source, path)
