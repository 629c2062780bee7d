"""The installed command in a real pseudo-terminal, seen through a terminal emulator."""

from __future__ import annotations

import fcntl
import os
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pyte

from tests.processes import DEADLINE_S, INKSTAND, alive, descendants

_READ_BYTES = 1 << 16
_UNSET = ("SSH_CONNECTION", "SSH_TTY", "COLORTERM", "TMUX", "STY", "COLUMNS", "LINES")
# The terminal on stdin becomes the process's own, as in a shell: it gets its signals.
_LAUNCH = (
    "import fcntl, os, sys, termios\n"
    "fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
    "os.execv(sys.argv[1], sys.argv[1:])\n"
)
# pyte would draw the last letter of these.
_UNKNOWN_TO_PYTE = re.compile(rb"\x1b\[[<=>][0-9;]*[a-zA-Z]")

ENTER = "\r"
ESCAPE = "\x1b"
DOWN = "\x1b[B"
UP = "\x1b[A"
CTRL_HOME = "\x1b[1;5H"
CTRL_END = "\x1b[1;5F"
CTRL_Q = "\x11"
CTRL_S = "\x13"
CTRL_W = "\x17"
F1 = "\x1bOP"
F4 = "\x1bOS"
F5 = "\x1b[15~"
F6 = "\x1b[17~"
F7 = "\x1b[18~"
F8 = "\x1b[19~"
SHIFT_F5 = "\x1b[15;2~"


def alt(letter: str) -> str:
    """What a terminal sends for Alt with a letter."""
    return f"\x1b{letter}"


class Terminal:
    """An `inkstand` process in a terminal of its own. Use it with `with`; it ends the process."""

    def __init__(
        self,
        *arguments: str | Path,
        cwd: Path,
        columns: int = 80,
        rows: int = 24,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.raw = bytearray()
        """All that the process has written."""
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._ours, theirs = os.openpty()
        self._is_open = True
        self._set_size(columns, rows)
        base = {name: value for name, value in os.environ.items() if name not in _UNSET}
        base |= {"TERM": "xterm-256color", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
        self.process = subprocess.Popen(
            [sys.executable, "-c", _LAUNCH, str(INKSTAND), *map(str, arguments)],
            cwd=cwd,
            env=base | dict(env or {}),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        family = descendants(self.process.pid)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(DEADLINE_S)
        for pid, _started in alive(family):
            os.kill(pid, 9)
        self.hang_up()

    # What is seen ------------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """The screen as it is, line by line."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    def wait_for(self, *wanted: str, deadline_s: float = DEADLINE_S) -> None:
        """Read until the screen shows all of these texts."""
        self.wait_until(lambda text: all(one in text for one in wanted), repr(wanted), deadline_s)

    def wait_gone(self, unwanted: str, deadline_s: float = DEADLINE_S) -> None:
        """Read until the screen does not show a text."""
        self.wait_until(lambda text: unwanted not in text, f"{unwanted!r} gone", deadline_s)

    def wait_until(
        self, is_so: Callable[[str], bool], what: str, deadline_s: float = DEADLINE_S
    ) -> None:
        """Read until the screen's text is as wanted.

        Raises:
            AssertionError: It is not when the deadline has passed, or the process has ended.
        """
        end = time.monotonic() + deadline_s
        while not is_so(self.text):
            left = end - time.monotonic()
            assert left > 0, f"not within {deadline_s:g} s: {what}\n{self._framed()}"
            is_open = self._read(min(left, 0.5))
            assert is_open or is_so(self.text), f"it ended before: {what}\n{self._framed()}"

    def wait_exit(self, deadline_s: float = DEADLINE_S) -> int:
        """Read until the process has ended, and return its exit code."""
        end = time.monotonic() + deadline_s
        while self._read(0.2):
            assert time.monotonic() < end, f"it did not end\n{self._framed()}"
        return self.process.wait(deadline_s)

    # What a person does ------------------------------------------------------------------------

    def send(self, keys: str | bytes) -> None:
        """Press keys, as the bytes a terminal sends."""
        data = memoryview(keys.encode() if isinstance(keys, str) else keys)
        while data:
            data = data[os.write(self._ours, data) :]

    def resize(self, columns: int, rows: int) -> None:
        """Make the window another size."""
        self._screen.resize(rows, columns)
        self._set_size(columns, rows)

    def hang_up(self) -> None:
        """Close the window."""
        if self._is_open:
            os.close(self._ours)
            self._is_open = False

    # ---------------------------------------------------------------------------------------------

    def _read(self, timeout_s: float) -> bool:
        """Take in what has come; False when nothing more can come."""
        ready, _, _ = select.select([self._ours], [], [], timeout_s)
        if not ready:
            return True
        try:
            data = os.read(self._ours, _READ_BYTES)
        except OSError:  # EIO: nobody has the other side open any more
            return False
        self.raw += data
        self._stream.feed(_UNKNOWN_TO_PYTE.sub(b"", data))
        return bool(data)

    def _set_size(self, columns: int, rows: int) -> None:
        size = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, size)

    def _framed(self) -> str:
        rule = "-" * self._screen.columns
        return f"{rule}\n{self.text}\n{rule}"


def open_script(terminal: Terminal, slug: str) -> None:
    """Wait until the script is open and the cursor stands in its text."""
    terminal.wait_for(slug, "Ln ")
