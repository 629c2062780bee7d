"""A victim among terminals: what it shows, what is typed into it, and how it is set."""

from __future__ import annotations

import fcntl
import os
import select
import termios
from typing import Any

_LAST = b"\x06"


class Terminal:
    """A pseudo-terminal of the user's, open and nobody's controlling terminal."""

    def __init__(self, token: str = "") -> None:
        self._master, self._slave = os.openpty()
        os.set_blocking(self._slave, False)
        self.path = os.ttyname(self._slave)
        termios.tcsetwinsize(self._slave, (24, 80))
        self._before = self._settings()

    def _settings(self) -> dict[str, Any]:
        def ask(request: int) -> Any:
            try:
                return fcntl.ioctl(self._slave, request, bytes(64))
            except OSError as error:
                return error.errno

        return {
            "modes": ask(termios.TCGETS),
            "size": ask(termios.TIOCGWINSZ),
            "discipline": ask(termios.TIOCGETD),
            "input": ask(termios.FIONREAD),
            "exclusive": ask(0x80045440),  # TIOCGEXCL
        }

    def facts(self) -> dict[str, Any]:
        return {"terminal": self.path}

    def changes(self) -> list[str]:
        after = self._settings()
        found = [
            f"{name}: {self._before[name]} -> {after[name]}"
            for name in after
            if after[name] != self._before[name]
        ]
        self._before = after
        try:
            shown = self._shown()
        except OSError as error:
            return [*found, f"it does not work any more: {error}"]
        return [*found, f"it shows {shown!r}"] if shown else found

    def _shown(self) -> bytes:
        """Return what was written on it. It takes a moment to come through, so ours comes last."""
        os.write(self._slave, _LAST)
        shown = b""
        while not shown.endswith(_LAST) and select.select([self._master], [], [], 2)[0]:
            shown += os.read(self._master, 1000)
        return shown.removesuffix(_LAST)

    def close(self) -> None:
        os.close(self._master)
        os.close(self._slave)
