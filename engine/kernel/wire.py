"""A kernel's pipes during a batch: frames out without waiting, many frames in at a time.

Owns how they are read and written. What the messages mean must never enter.
"""

from __future__ import annotations

import fcntl
import os
from collections import deque
from collections.abc import Callable
from contextlib import suppress

import anyio

from engine.child.protocol import MAX_KERNEL_FRAME_BYTES, FrameReader
from engine.kernel.events import Stream
from engine.kernel.process import Kernel

NAP_S = 0.001
"""Between two reads while a kernel is busy. Whoever waits for every outcome is woken for every
outcome, which costs the kernel 5 us and the host 50; meanwhile they gather in the pipe."""
_PIPE_BYTES = 1 << 20
"""What an unprivileged user may have: 800 outcomes of 1 KB, 5 ms; and the next chunk."""
_READ_BYTES = 1 << 18
"""At a time: 0.7 ms of decoding, in which the loop does nothing else."""

_GATHER_S = 0.004


class Wire:
    """The pipes of one kernel."""

    def __init__(self, kernel: Kernel, keep: Callable[[Stream, bytes], None]) -> None:
        """Take them over, for as long as the kernel lives.

        Args:
            kernel: It has said that it is ready, and nothing since.
            keep: Is given what macros print.
        """
        self._reading, self._writing = kernel.control
        self._outputs: tuple[tuple[Stream, int], ...] = (
            ("stdout", kernel.stdout),
            ("stderr", kernel.stderr),
        )
        self._keep = keep
        self._frames = FrameReader(MAX_KERNEL_FRAME_BYTES)
        self._left: deque[memoryview] = deque()
        self._more = anyio.Event()
        for fd in (self._reading, self._writing):
            with suppress(OSError):  # the user has no pipe pages left; smaller ones do
                fcntl.fcntl(fd, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)

    def post(self, frame: bytearray) -> None:
        """Write a frame, what does not fit into the pipe a little later. Never waits."""
        written = 0 if self._left else self._write(frame)
        if written < len(frame):
            self._left.append(memoryview(frame)[written:])
            self._more.set()

    def _write(self, data: bytearray | memoryview) -> int:
        try:
            return os.write(self._writing, data)
        except BlockingIOError:
            return 0
        except BrokenPipeError:
            return len(data)  # the kernel has ended, which reading tells

    async def write_on(self) -> None:
        """Write what `post` has left, for ever."""
        while True:
            await self._more.wait()
            while self._left:
                await anyio.wait_writable(self._writing)
                first = self._left.popleft()
                written = self._write(first)
                if written < len(first):
                    self._left.appendleft(first[written:])
            self._more = anyio.Event()

    def read(self) -> list[bytes] | None:
        """Return the frames that have come; None when there will be no more.

        Raises:
            FrameTooLarge: One announces more than is taken.
        """
        try:
            data = os.read(self._reading, _READ_BYTES)
        except BlockingIOError:
            return []
        return self._frames.feed(data) if data else None

    async def wait(self) -> None:
        """Wait until there is something to read."""
        await anyio.wait_readable(self._reading)

    def read_output(self) -> None:
        """Keep what has been printed by now."""
        for stream, fd in self._outputs:
            self._read_stream(stream, fd)

    def _read_stream(self, stream: Stream, fd: int) -> bool:
        """Read some; tell whether the stream goes on."""
        with suppress(BlockingIOError):
            # A pipe holds 64 KB; one that is filled faster must not hold us up.
            for _ in range(4):
                data = os.read(fd, _READ_BYTES)
                if not data:
                    return False
                self._keep(stream, data)
        return True

    async def watch_stdout(self) -> None:
        """Take what is printed, so that no macro waits for it."""
        await self._watch(0)

    async def watch_stderr(self) -> None:
        """Likewise."""
        await self._watch(1)

    async def _watch(self, which: int) -> None:
        stream, fd = self._outputs[which]
        while self._read_stream(stream, fd):
            await anyio.wait_readable(fd)
            await anyio.sleep(_GATHER_S)  # else each line would wake us
