"""A program in a pseudo-terminal of its own: started, watched, typed at, and always ended.

It answers none of the program's questions to its terminal, as the plainest terminal would.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.errors import BenchError
from bench.screen import Screen

_READ_BYTES = 1 << 16


class Terminal:
    """A running program and its screen. Use it with `with`; leaving kills the program.

    Args:
        argv: The program, its first word a path.
        env: Its whole environment.
        cwd: The folder it starts in.
        width: Columns.
        height: Rows.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path,
        width: int = 80,
        height: int = 24,
    ) -> None:
        self.screen = Screen(width, height)
        self.bytes_read = 0
        self._argv = [*argv]
        self._env = dict(env)
        self._cwd = cwd
        self._pid = 0
        self._fd = -1
        self.started_s = 0.0
        """When the program was started, by `time.perf_counter`."""

    def __enter__(self) -> Self:
        self.started_s = time.perf_counter()
        pid, fd = pty.fork()
        if pid == 0:
            self._become_program()
        self._pid, self._fd = pid, fd
        os.set_blocking(fd, False)
        return self

    def _become_program(self) -> None:
        """Become the program; in the child, where nothing may come back to the bench."""
        try:
            size = struct.pack("HHHH", self.screen.height, self.screen.width, 0, 0)
            fcntl.ioctl(0, termios.TIOCSWINSZ, size)
            os.chdir(self._cwd)
            os.execve(self._argv[0], self._argv, self._env)
        finally:
            os._exit(127)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # It leads a session of its own; its kernels end when the pipes they hang on close.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._pid, signal.SIGKILL)
        os.close(self._fd)
        os.waitpid(self._pid, 0)

    def press(self, keys: bytes) -> float:
        """Send keys as the terminal would.

        Returns:
            When, by `time.perf_counter`.
        """
        pressed_s = time.perf_counter()
        os.write(self._fd, keys)
        return pressed_s

    def until(self, what: str, is_there: Callable[[Screen], bool], timeout_s: float) -> float:
        """Read until the screen shows something.

        Args:
            what: It in words, for the error.
            is_there: Tells by the screen whether it is there; asked after every piece read.
            timeout_s: How long to wait at most.

        Returns:
            When the piece that completed it had arrived, by `time.perf_counter`.

        Raises:
            BenchError: It did not come, or the program ended; with what the screen showed.
        """
        deadline_s = time.perf_counter() + timeout_s
        arrived_s = time.perf_counter()
        while not is_there(self.screen):
            left_s = deadline_s - time.perf_counter()
            if left_s <= 0:
                raise self._failure(f"{what} did not come within {timeout_s:g} s")
            data = self._read(left_s)
            if data is None:
                raise self._failure(f"the program ended before {what} came")
            arrived_s = time.perf_counter()
            self.screen.feed(data)
        return arrived_s

    def watch(self, duration_s: float) -> None:
        """Go on reading for a while, so that the program is never held up."""
        deadline_s = time.perf_counter() + duration_s
        while (left_s := deadline_s - time.perf_counter()) > 0:
            data = self._read(left_s)
            if data is None:
                raise self._failure("the program ended")
            self.screen.feed(data)

    def cpu_ms(self) -> float:
        """Return user and system time of the program so far, without its children's, to 10 ms."""
        stat = Path(f"/proc/{self._pid}/stat").read_bytes()
        # pid (name) state ppid ...: the name may hold anything, so count from the last bracket.
        fields = stat.rpartition(b")")[2].split()
        return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")

    def _read(self, timeout_s: float) -> bytes | None:
        """Return the next piece, b"" when none came in time, None when the program has gone."""
        ready, _, _ = select.select([self._fd], [], [], timeout_s)
        if not ready:
            return b""
        try:
            data = os.read(self._fd, _READ_BYTES)
        except OSError:  # EIO: the last process has closed its end
            return None
        self.bytes_read += len(data)
        return data or None

    def _failure(self, reason: str) -> BenchError:
        shown = [line.rstrip() for line in self.screen.lines if line.strip()]
        words = "\n".join(f"  | {line}" for line in shown[-12:]) or "  | (nothing)"
        return BenchError(f"{' '.join(self._argv[:3])}: {reason}. Its screen ended with:\n{words}")
