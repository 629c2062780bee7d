"""One kernel process, seen from the host.

Owns a kernel's pipes and its life: start, ready handshake, messages, interrupt, end. What runs in
it and for how long is `run`'s business.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import anyio
from anyio.abc import Process

from engine.child import protocol
from engine.child.guard import INTERRUPT

START_TIMEOUT_S = 20.0
"""A cold disk may take seconds; a kernel that takes longer is broken."""

_END_TIMEOUT_S = 2.0
_READ_BYTES = 1 << 16
_MAX_START_ERROR_BYTES = 4_000


class KernelError(Exception):
    """A kernel could not be started or has broken the protocol."""


class KernelEnded(Exception):
    """The kernel closed its control pipe: it has ended, or the script made it so."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a kernel's process ended."""

    returncode: int
    """As of `subprocess`: negative for a signal."""

    @property
    def words(self) -> str:
        """The ending in words, for a person."""
        if self.returncode >= 0:
            return f"the interpreter left with exit code {self.returncode}"
        try:
            name = signal.Signals(-self.returncode).name
        except ValueError:
            name = f"signal {-self.returncode}"
        meaning = _SIGNAL_MEANINGS.get(-self.returncode, "")
        return f"the interpreter was ended by {name}{meaning}"


_SIGNAL_MEANINGS: Mapping[int, str] = {
    signal.SIGSEGV: " (segmentation fault)",
    signal.SIGABRT: " (abort)",
    signal.SIGBUS: " (bus error)",
    signal.SIGFPE: " (arithmetic error in native code)",
    signal.SIGKILL: " (killed, perhaps because memory ran out)",
}


class Kernel:
    """An interpreter that is ready for one run. Made by `start`, always ended by `end`."""

    def __init__(
        self,
        process: Process,
        *,
        stdout: int,
        stderr: int,
        control_out: int,
        control_in: int,
        lifeline: int,
    ) -> None:
        self._process = process
        self.stdout = stdout
        """The host's end, non-blocking. `close` closes it."""
        self.stderr = stderr
        """Likewise."""
        self._control_out = control_out
        self._control_in = control_in
        self._lifeline = lifeline
        self._frames = protocol.FrameReader()
        self._pending: list[bytes] = []
        self._ending: Ending | None = None

    @classmethod
    async def start(cls) -> Self:
        """Start an interpreter and wait until it has imported everything.

        Raises:
            KernelError: It did not come up; the message holds what it wrote to stderr.
        """
        with contextlib.ExitStack() as undo:
            ours: list[int] = []
            theirs: list[int] = []
            # stdout, stderr, control from the kernel: read here. Control to it, lifeline: written
            # here.
            for is_read_here in (True, True, True, False, False):
                reading, writing = os.pipe()
                mine, other = (reading, writing) if is_read_here else (writing, reading)
                os.set_blocking(mine, False)
                ours.append(mine)
                theirs.append(other)
                undo.callback(os.close, mine)
            stdout, stderr, control_out, control_in, lifeline = theirs
            try:
                process = await anyio.open_process(
                    [
                        *(sys.executable, "-I", "-B", "-X", "utf8", "-m", "engine.child"),
                        *map(str, (control_in, control_out, lifeline)),
                    ],
                    stdin=subprocess.DEVNULL,
                    stdout=stdout,
                    stderr=stderr,
                    cwd="/",
                    # Nothing of ours: keys, sockets of agents and the like stay here.
                    env={
                        "LANG": "C.UTF-8",
                        "MALLOC_ARENA_MAX": "2",
                        "OMP_NUM_THREADS": "1",
                        "OPENBLAS_NUM_THREADS": "1",
                    },
                    start_new_session=True,
                    pass_fds=(control_in, control_out, lifeline),
                )
            except OSError as error:
                raise KernelError(f"could not start {sys.executable}: {error.strerror}") from error
            finally:
                for fd in theirs:
                    os.close(fd)
            undo.pop_all()
        kernel = cls(
            process,
            stdout=ours[0],
            stderr=ours[1],
            control_out=ours[2],
            control_in=ours[3],
            lifeline=ours[4],
        )
        try:
            await kernel._shake_hands()
        except BaseException:
            with anyio.CancelScope(shield=True):
                await kernel.end()
                kernel.close()
            raise
        return kernel

    async def _shake_hands(self) -> None:
        try:
            with anyio.fail_after(START_TIMEOUT_S):
                ready = await self.receive()
        except (KernelEnded, TimeoutError) as error:
            ending = await self.end()
            said = read_available(self.stderr, _MAX_START_ERROR_BYTES).decode(errors="replace")
            raise KernelError(
                f"an interpreter did not start: {ending.words}.\n{said}".rstrip()
            ) from error
        if not isinstance(ready, protocol.Ready) or ready.protocol != protocol.PROTOCOL:
            raise KernelError(
                f"the kernel speaks another protocol than {protocol.PROTOCOL}: {ready!r}. "
                "Is another version of Inkstand installed beside this one?"
            )

    @property
    def is_alive(self) -> bool:
        """Whether it waits for work: an idle kernel says nothing, so a readable pipe is its end."""
        if self._ending is not None or self._pending:
            return False
        poll = select.poll()
        poll.register(self._control_out, select.POLLIN)
        return not poll.poll(0)

    async def send(self, message: protocol.HostMessage) -> None:
        """Write the message whole.

        Raises:
            KernelEnded: There is nobody to read it.
        """
        data = memoryview(protocol.encode(message))
        while data:
            try:
                data = data[os.write(self._control_in, data) :]
            except BlockingIOError:
                await anyio.wait_writable(self._control_in)
            except BrokenPipeError as error:
                raise KernelEnded from error

    async def receive(self) -> protocol.KernelMessage:
        """Wait for the next message.

        Raises:
            KernelEnded: The control pipe was closed.
            protocol.ProtocolError: What came is no message; the kernel must be ended.
        """
        while not self._pending:
            try:
                data = os.read(self._control_out, _READ_BYTES)
            except BlockingIOError:
                await anyio.wait_readable(self._control_out)
                continue
            if not data:
                raise KernelEnded
            self._pending = self._frames.feed(data)
        return protocol.decode_kernel_message(self._pending.pop(0))

    def interrupt(self) -> None:
        """Raise KeyboardInterrupt in the script."""
        if self._lifeline >= 0:
            with contextlib.suppress(BrokenPipeError, BlockingIOError):
                os.write(self._lifeline, INTERRUPT)

    def kill(self) -> None:
        """End the kernel and all it has started, at once. `end` waits for it."""
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1

    async def end(self) -> Ending:
        """Kill the kernel if it still runs, wait until every process of it is gone.

        Afterwards nothing more can arrive in `stdout` and `stderr` than what they hold already.
        """
        self.kill()
        if self._ending is None:
            with anyio.CancelScope(shield=True):
                with anyio.move_on_after(_END_TIMEOUT_S):
                    await self._process.wait()
                if self._process.returncode is None:
                    # Somebody stopped the guard. The kernel dies with it (PDEATHSIG).
                    self._process.kill()
                    await self._process.wait()
            returncode = self._process.returncode
            self._ending = Ending(-signal.SIGKILL if returncode is None else returncode)
        return self._ending

    def close(self) -> None:
        """Close the host's ends of the pipes; nobody may be waiting on them any more."""
        self.kill()
        for fd in (self.stdout, self.stderr, self._control_out, self._control_in):
            os.close(fd)


def read_available(fd: int, max_bytes: int) -> bytes:
    """Return what can be read from a non-blocking fd right now, at most `max_bytes`."""
    found = bytearray()
    while len(found) < max_bytes:
        try:
            data = os.read(fd, max_bytes - len(found))
        except BlockingIOError:
            break
        if not data:
            break
        found += data
    return bytes(found)
