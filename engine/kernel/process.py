"""One kernel, seen from the host.

Owns a kernel's pipes and its end: ready handshake, messages, limits, interrupt, end. How its
process came to be is the business of `spawn` and `zygote`; what runs in it, and for how long, is
`run`'s.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, Self

import anyio
import anyio.lowlevel

from engine.child import protocol

START_TIMEOUT_S = 20.0
"""A cold disk may take seconds; a kernel that takes longer is broken."""

_READ_BYTES = 1 << 16
_MAX_START_ERROR_BYTES = 4_000


class KernelError(Exception):
    """A kernel could not be started or has broken the protocol."""


class SandboxError(KernelError):
    """Scripts cannot be locked down on this machine; in words, with what to do."""

    def __init__(self, layer: str, reason: str) -> None:
        """Name what is missing."""
        super().__init__(
            f"no script runs, because the sandbox does not work here: {reason}. "
            "If you trust every script of this project, use --unsandboxed"
        )
        self.layer = layer
        """`landlock`, `seccomp`, `system` and so on."""
        self.reason = reason


class KernelEnded(Exception):
    """The kernel closed its control pipe: it has ended, or the script made it so."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a kernel's process ended, and what it has used."""

    returncode: int
    """As of `subprocess`: negative for a signal."""
    cpu_s: float = 0.0
    """User and system time, its start included."""
    peak_bytes: int = 0
    """The most memory that was in use at a time; 0 where that is not known."""

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
    signal.SIGSYS: " (a system call of another architecture)",
    signal.SIGKILL: " (killed, perhaps because memory ran out)",
}


class Life(Protocol):
    """The process behind a kernel, however it was made."""

    def interrupt(self) -> None:
        """Raise KeyboardInterrupt in the script; harmless when it has ended."""

    def kill(self) -> None:
        """End it and all that came from it, at once; harmless when it has ended."""

    async def wait(self) -> Ending:
        """Wait until it has ended, reap it, and let go of what it took to watch it."""


class Pipes:
    """A kernel's pipes and its socket for memory: the ends that stay here, and those it gets."""

    def __init__(self) -> None:
        made: list[tuple[int, int]] = []
        try:
            for _ in range(4):
                made.append(new_pipe())
            memory, its_memory = _one_way()
        except KernelError:
            for pair in made:
                for fd in pair:
                    os.close(fd)
            raise
        (
            (self.stdout, out),
            (self.stderr, err),
            (self.control_out, says),
            (hears, self.control_in),
        ) = made
        self.memory = memory
        self.theirs = (out, err, hears, says, its_memory)
        """stdout, stderr, control to the kernel, control from it, memory to it."""
        self.ours = (self.stdout, self.stderr, self.control_in, self.control_out, memory)
        for fd in self.ours:
            os.set_blocking(fd, False)

    def close_theirs(self) -> None:
        """Let go of the kernel's ends once it has them, so that its end is seen here."""
        for fd in self.theirs:
            os.close(fd)

    def close_ours(self) -> None:
        """Let go of ours; nobody may be waiting on them any more."""
        for fd in self.ours:
            os.close(fd)


def new_pipe() -> tuple[int, int]:
    """Return the reading and the writing end of a new pipe.

    Raises:
        KernelError: This process has too many files open.
    """
    try:
        return os.pipe()
    except OSError as error:
        raise KernelError(f"could not make a pipe: {error.strerror}") from error


def _one_way() -> tuple[int, int]:
    """Return the sending and the receiving end of a socket for fds.

    Raises:
        KernelError: This process has too many files open.
    """
    try:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    except OSError as error:
        raise KernelError(f"could not make a socket: {error.strerror}") from error
    # Nothing ever comes from there: what the kernel sends is refused at once.
    ours.shutdown(socket.SHUT_RD)
    return ours.detach(), theirs.detach()


class Kernel:
    """An interpreter that is ready for one run.

    Made by `spawn` or a zygote. Whoever has it ends and closes it, whatever happens.
    """

    def __init__(self, life: Life, pipes: Pipes) -> None:
        self._life = life
        self._pipes = pipes
        self._frames = protocol.FrameReader(protocol.MAX_KERNEL_FRAME_BYTES)
        self._pending: list[bytes] = []
        self._ending: Ending | None = None
        self._is_closed = False
        self.ready: protocol.Ready
        """What it said when it was ready. Set by `shake_hands`."""

    @property
    def stdout(self) -> int:
        """The host's end, non-blocking. `close` closes it."""
        return self._pipes.stdout

    @property
    def stderr(self) -> int:
        """Likewise."""
        return self._pipes.stderr

    @property
    def control(self) -> tuple[int, int]:
        """The host's ends of the control pipes, to read and to write, for who speaks to it by
        another protocol than `receive` and `send`. Non-blocking; `close` closes them."""
        return self._pipes.control_out, self._pipes.control_in

    async def shake_hands(self, policy: protocol.Policy | None) -> Self:
        """Wait until it has imported everything and is locked down.

        Args:
            policy: What to send it first; None when it knows already.

        Returns:
            Itself.

        Raises:
            SandboxError: It cannot be locked down.
            KernelError: It did not come up; the message holds what it wrote to stderr.
        """
        try:
            await self._shake_hands(policy)
        except BaseException:
            with anyio.CancelScope(shield=True):
                await self.end()
                self.close()
            raise
        return self

    async def _shake_hands(self, policy: protocol.Policy | None) -> None:
        try:
            with anyio.fail_after(START_TIMEOUT_S):
                if policy is not None:
                    await self.send(policy)
                ready = await self.receive()
        except (KernelEnded, TimeoutError) as error:
            ending = await self.end()
            said = read_available(self.stderr, _MAX_START_ERROR_BYTES).decode(errors="replace")
            raise KernelError(
                f"an interpreter did not start: {ending.words}.\n{said}".rstrip()
            ) from error
        if isinstance(ready, protocol.Refused):
            raise SandboxError(ready.layer, ready.words)
        if not isinstance(ready, protocol.Ready) or ready.protocol != protocol.PROTOCOL:
            raise KernelError(
                f"the kernel speaks another protocol than {protocol.PROTOCOL}: {ready!r}. "
                "Is another version of Inkstand installed beside this one?"
            )
        self.ready = ready

    @property
    def is_sandboxed(self) -> bool:
        """Whether it is locked down."""
        return bool(self.ready.layers)

    @property
    def is_alive(self) -> bool:
        """Whether it waits for work: an idle kernel says nothing, so a readable pipe is its end."""
        if self._ending is not None or self._pending:
            return False
        poll = select.poll()
        poll.register(self._pipes.control_out, select.POLLIN)
        return not poll.poll(0)

    async def send(self, message: protocol.HostMessage) -> None:
        """Write the message whole.

        Raises:
            KernelEnded: There is nobody to read it.
            protocol.FrameTooLarge: It does not fit into a frame.
        """
        data = memoryview(protocol.encode(message, protocol.MAX_HOST_FRAME_BYTES))
        while data:
            try:
                data = data[os.write(self._pipes.control_in, data) :]
            except BlockingIOError:
                await anyio.wait_writable(self._pipes.control_in)
            except BrokenPipeError as error:
                raise KernelEnded from error

    async def receive(self) -> protocol.KernelMessage:
        """Wait for the next message.

        Raises:
            KernelEnded: The control pipe was closed.
            protocol.ProtocolError: What came is no message; the kernel must be ended.
        """
        has_waited = False
        while not self._pending:
            try:
                data = os.read(self._pipes.control_out, _READ_BYTES)
            except BlockingIOError:
                await anyio.wait_readable(self._pipes.control_out)
                has_waited = True
                continue
            if not data:
                raise KernelEnded
            self._pending = self._frames.feed(data)
        if not has_waited:
            # A script that sends without end must not keep the loop for itself.
            await anyio.lowlevel.checkpoint()
        return protocol.decode_kernel_message(self._pending.pop(0))

    def give(self, packet: bytes, fd: int) -> None:
        """Hand over an fd with a packet; before the message that speaks of it.

        Raises:
            OSError: Nobody is there, or nobody has taken what was handed over before.
        """
        # What a script does not take must not pile up: six packets fit.
        with socket.socket(
            socket.AF_UNIX, socket.SOCK_SEQPACKET, fileno=os.dup(self._pipes.memory)
        ) as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 0)
            socket.send_fds(one, [packet], [fd], socket.MSG_DONTWAIT)

    def interrupt(self) -> None:
        """Raise KeyboardInterrupt in the script."""
        if self._ending is None:
            self._life.interrupt()

    def kill(self) -> None:
        """End the kernel and all it has started, at once. `end` waits for it."""
        if self._ending is None:
            self._life.kill()

    async def end(self) -> Ending:
        """Kill the kernel if it still runs, wait until every process of it is gone.

        Afterwards nothing more can arrive in `stdout` and `stderr` than what they hold already.
        """
        if self._ending is not None:
            return self._ending
        self._life.kill()
        with anyio.CancelScope(shield=True):
            self._ending = ending = await self._life.wait()
        return ending

    def close(self) -> None:
        """Close the host's ends of the pipes; nobody may be waiting on them any more."""
        if not self._is_closed:
            self._is_closed = True
            self._pipes.close_ours()


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


async def until_readable(fd: int) -> None:
    """Wait until a pidfd or a socket can be read."""
    with contextlib.suppress(anyio.ClosedResourceError):
        await anyio.wait_readable(fd)


def signal_process(pidfd: int, number: int) -> None:
    """Send a signal to the process a pidfd stands for; harmless when it has ended."""
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(pidfd, number)
