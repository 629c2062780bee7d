"""How a run without a screen speaks to a person: words on stderr, answers from stdin."""

from __future__ import annotations

import base64
import os
import sys
from collections.abc import Collection
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread

from tui.commands.printing import fit

if TYPE_CHECKING:
    from engine.api.session import Severity

_MAX_LINE_BYTES = 1 << 20


class TerminalPerson:
    """Whoever sits at the terminal, or what was piped in."""

    def __init__(self) -> None:
        self._pending = b""
        self._asking = anyio.Lock()

    def toast(self, message: str, severity: Severity) -> None:
        """Say it on stderr."""
        mark = "" if severity == "information" else f"{severity}: "
        self._tell(f"{mark}{message}")

    async def read_line(self, prompt: str) -> str | None:
        """Read a line; the script has printed the prompt itself."""
        async with self._asking:
            # In a thread that is left behind when the run is stopped: it may wait for ever.
            return await anyio.to_thread.run_sync(self._line, abandon_on_cancel=True)

    async def choose(self, question: str, options: Collection[str]) -> str | None:
        """Ask for a number, or for the option's own words."""
        listed = list(options)
        self._tell(question)
        for number, option in enumerate(listed, 1):
            self._tell(f"  {number}  {option}")
        while True:
            line = await self.read_line("")
            if line is None or not line.strip():
                return None
            answer = line.strip()
            if answer.isdecimal() and 1 <= int(answer) <= len(listed):
                return listed[int(answer) - 1]
            found = [one for one in listed if one.casefold().startswith(answer.casefold())]
            if len(found) == 1:
                return found[0]
            self._tell(f"Type a number from 1 to {len(listed)}; nothing to go back.")

    def copy(self, text: str) -> bool:
        """Put it on the terminal's clipboard by OSC 52, where stderr is a terminal."""
        if not sys.stderr.isatty():
            return False
        code = base64.b64encode(text.encode()).decode()
        print(f"\x1b]52;c;{code}\a", end="", file=sys.stderr, flush=True)
        self._tell(f"The script copied {len(text):,} characters to the clipboard.")
        return True

    async def open_document(self, path: str, line: int, column: int) -> bool:
        """Name the place; there is no editor."""
        self._tell(f"{path}:{line}:{column}")
        return False

    @staticmethod
    def _tell(words: str) -> None:
        print(fit(words), file=sys.stderr, flush=True)

    def _line(self) -> str | None:
        while b"\n" not in self._pending and len(self._pending) < _MAX_LINE_BYTES:
            try:
                data = os.read(0, 65536)
            except OSError:  # closed, or the terminal is gone
                data = b""
            if not data:
                break
            self._pending += data
        if not self._pending:
            return None
        line, _, self._pending = self._pending.partition(b"\n")
        return line.decode(errors="replace").removesuffix("\r")
