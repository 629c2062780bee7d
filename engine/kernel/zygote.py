"""A zygote, seen from the host: one interpreter that forks a locked-down kernel in 3 ms.

Owns the socket to it. The kernels' pipes are their own; see docs/design/kernel.md for when a zygote
is used and what its kernels share.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Callable

import anyio

from engine.child import births
from engine.child.births import Born, Died, NotBorn
from engine.kernel.process import (
    Ending,
    Kernel,
    KernelError,
    Pipes,
    new_pipe,
    read_available,
    signal_process,
    until_readable,
)
from engine.kernel.sandbox import policy
from engine.kernel.spawn import Child, start

_PACKET_BYTES = 1 << 12
_MAX_WORDS_BYTES = 4_000


class Zygote:
    """A fork server. Its kernels die with it."""

    def __init__(self, packages: str = "") -> None:
        """Start it; `fork` waits until it is there.

        Args:
            packages: The project's own folder of packages, see `policy`.

        Raises:
            SandboxError: Kernels cannot be locked down on this machine.
            KernelError: It cannot be started.
        """
        packet = births.encode_packet(policy(is_sandboxed=True, packages=packages))
        self.packages = packages
        try:
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        except OSError as error:
            raise KernelError(f"could not make a socket: {error.strerror}") from error
        with theirs:
            try:
                self._stderr, its_stderr = new_pipe()
                try:
                    process = start(
                        "zygote", (theirs.fileno(),), stdout=subprocess.DEVNULL, stderr=its_stderr
                    )
                    self._child = Child(process)
                except BaseException:
                    os.close(self._stderr)
                    raise
                finally:
                    os.close(its_stderr)
            except BaseException:
                ours.close()
                raise
        ours.send(packet)
        ours.setblocking(False)
        os.set_blocking(self._stderr, False)
        self._socket = ours
        self._reading = anyio.Lock()
        self._births: list[tuple[Born | NotBorn, int]] = []
        self._deaths: dict[int, Died] = {}
        self._is_gone = False
        self._forking = anyio.Lock()
        self._living = 0

    async def close(self) -> None:
        """End it, and with it its kernels; who waits for one is told."""
        self._child.kill()
        with anyio.CancelScope(shield=True):
            await self._child.wait()
            # Whoever reads sees the end of the socket, which must not be closed under them.
            async with self._reading:
                self._is_gone = True
                self._socket.close()
                os.close(self._stderr)

    @property
    def is_childless(self) -> bool:
        """Whether all of its kernels have ended."""
        return self._living == 0 and not self._forking.locked()

    @property
    def is_gone(self) -> bool:
        """Whether it has ended by itself; it forks no more."""
        return self._is_gone

    async def fork(self) -> Kernel:
        """Make a kernel that is used once, and wait until it is ready.

        Raises:
            SandboxError: It cannot be locked down here.
            KernelError: It did not come up, or the zygote is gone.
        """
        pipes = Pipes()
        try:
            born, pidfd = await self._ask(pipes)
        except BaseException:
            pipes.close_ours()
            raise
        finally:
            pipes.close_theirs()
        life = _Forked(self, born.pid, pidfd)
        return await Kernel(life, pipes).shake_hands(None)

    async def _ask(self, pipes: Pipes) -> tuple[Born, int]:
        # One at a time, so that an answer is the answer to who waits for it; and to its end, so
        # that none is left over.
        async with self._forking:
            with anyio.CancelScope(shield=True):
                try:
                    socket.send_fds(self._socket, [b"fork"], list(pipes.theirs))
                except OSError as error:
                    self._is_gone = True
                    raise KernelError(f"the zygote is gone: {error.strerror}") from error
                await self._read_until(lambda: bool(self._births))
        if not self._births:
            said = read_available(self._stderr, _MAX_WORDS_BYTES).decode(errors="replace")
            raise KernelError(f"the zygote has ended, and forks no more kernels\n{said}".rstrip())
        born, pidfd = self._births.pop()
        if isinstance(born, NotBorn):
            raise KernelError(f"the zygote {born.words}")
        self._living += 1
        if pidfd < 0:  # there was no room for it; the kernel ends when its pipes are closed
            raise KernelError("could not watch a fork: Too many open files")
        return born, pidfd

    async def death_of(self, pid: int) -> Died | None:
        """Wait for the news of a kernel's end; None when the zygote is gone itself."""
        await self._read_until(lambda: pid in self._deaths)
        self._living -= 1
        return self._deaths.pop(pid, None)

    async def _read_until(self, is_there: Callable[[], bool]) -> None:
        """Read packets until what is waited for is there; whoever reads does so for the others."""
        while not (is_there() or self._is_gone):
            async with self._reading:
                if not is_there() and not self._is_gone and not self._read_packet():
                    await until_readable(self._socket.fileno())

    def _read_packet(self) -> bool:
        try:
            packet, fds, _, _ = socket.recv_fds(self._socket, _PACKET_BYTES, 1)
        except BlockingIOError:
            return False
        except OSError:
            packet, fds = b"", []
        if not packet:
            self._is_gone = True
            return True
        message = births.decode_zygote_message(packet)
        if isinstance(message, Died):
            self._deaths[message.pid] = message
        else:
            self._births.append((message, fds[0] if fds else -1))
        return True


class _Forked:
    """The life of a zygote's kernel."""

    def __init__(self, zygote: Zygote, pid: int, pidfd: int) -> None:
        self._zygote = zygote
        self._pid = pid
        self._pidfd = pidfd

    def interrupt(self) -> None:
        signal_process(self._pidfd, signal.SIGINT)

    def kill(self) -> None:
        signal_process(self._pidfd, signal.SIGKILL)

    async def wait(self) -> Ending:
        await until_readable(self._pidfd)
        os.close(self._pidfd)
        died = await self._zygote.death_of(self._pid)
        if died is None:  # with the zygote
            return Ending(-signal.SIGKILL)
        return Ending(died.returncode, died.cpu_s, died.peak_bytes)
