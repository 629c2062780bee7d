"""Where kernels come from: processes of their own, or forks of a zygote, behind one interface."""

from __future__ import annotations

from typing import Protocol

from engine.kernel.process import Kernel, KernelError, SandboxError
from engine.kernel.spawn import spawn
from engine.kernel.zygote import Zygote


class Source(Protocol):
    """Makes kernels for a pool."""

    packages: str
    """The project's own folder of packages for the next kernels, see `sandbox.policy`."""

    @property
    def breath_s(self) -> float:
        """How long a pool waits before it replaces a kernel, while it has another."""

    async def start(self) -> Kernel:
        """Make a kernel and wait until it is ready.

        Raises:
            KernelError: None could be made.
        """

    async def close(self) -> None:
        """Let go of what making kernels took; those that were made have ended."""


class Spares:
    """Interpreters that start from nothing: 40 ms of CPU time each, and nothing shared."""

    breath_s = 0.05
    """Started at once, a new one would take the core that the run just begun needs (first byte 1.8
    instead of 3.9 to 14 ms)."""

    def __init__(self, *, is_sandboxed: bool = True, packages: str = "") -> None:
        self._is_sandboxed = is_sandboxed
        self.packages = packages

    async def start(self) -> Kernel:
        """Start an interpreter."""
        return await spawn(is_sandboxed=self._is_sandboxed, packages=self.packages)

    async def close(self) -> None:
        """Do nothing: there is nothing beside the kernels."""


class Forks:
    """Forks of a zygote, which is started with the first: 3 ms each, memory and layout shared."""

    breath_s = 0.005
    """Likewise."""

    def __init__(self, packages: str = "") -> None:
        self.packages = packages
        self._zygote: Zygote | None = None
        self._gone: list[Zygote] = []
        """Those that have ended by themselves, or have the packages of before: to be reaped once
        nothing of theirs runs any more."""

    async def start(self) -> Kernel:
        """Fork the zygote; a new one, should it have ended or be made for other packages."""
        await self._reap()
        try:
            return await self._living().fork()
        except SandboxError:
            raise
        except KernelError:
            # It has been killed, perhaps, which is known only once it is asked.
            return await self._living().fork()

    def _living(self) -> Zygote:
        zygote = self._zygote
        if zygote is not None and (zygote.is_gone or zygote.packages != self.packages):
            self._gone.append(zygote)
            self._zygote = None
        if self._zygote is None:
            self._zygote = Zygote(self.packages)
        return self._zygote

    async def _reap(self) -> None:
        over = [zygote for zygote in self._gone if zygote.is_gone or zygote.is_childless]
        self._gone = [zygote for zygote in self._gone if zygote not in over]
        for zygote in over:
            await zygote.close()

    async def close(self) -> None:
        """End the zygote."""
        zygotes, self._gone = self._gone, []
        if self._zygote is not None:
            zygotes.append(self._zygote)
            self._zygote = None
        for zygote in zygotes:
            await zygote.close()
