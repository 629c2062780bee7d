"""Notices changes by looking at every file again and again, where nothing else is possible.

What the changes mean must never enter. It compares times and sizes, and reads no file.
"""

import threading
from pathlib import Path
from typing import Protocol

from store.watched import list_watched

INTERVAL_S = 2.0
"""Between two looks. One takes 0.1 s for 10,000 posts on a local disk."""


class Report(Protocol):
    """Who is told, in whichever thread notices."""

    def changed(self, path: str) -> None:
        """A file changed, came or went; its path from the project folder, with slashes."""

    def everything(self) -> None:
        """What changed cannot be told file by file."""

    def failed(self, error: Exception) -> None:
        """Nothing more will be noticed in this way."""


class PollingThread(threading.Thread):
    """Looks at a project's files every two seconds until it is stopped."""

    def __init__(self, root: Path, report: Report, interval_s: float = INTERVAL_S) -> None:
        """Look for the first time; what changes from here on is told once it runs."""
        super().__init__(name="inkstand-poll", daemon=True)
        self._root = root
        self._report = report
        self._interval_s = interval_s
        self._is_stopped = threading.Event()
        self._seen, self._blind = list_watched(root)

    def run(self) -> None:
        """Look and compare."""
        while not self._is_stopped.wait(self._interval_s):
            try:
                self._look()
            except Exception as error:  # told, and not by a traceback over the screen
                self._report.failed(error)
                return

    def stop(self) -> None:
        """End soon; wait for it with `join`."""
        self._is_stopped.set()

    def _look(self) -> None:
        found, blind = list_watched(self._root)
        below = tuple(f"{path}/" for path in blind)
        for path, facts in self._seen.items():
            if path not in found and f"{path}/".startswith(below):
                found[path] = facts  # not seen, which does not mean that it is gone
        changed = {path for path, _ in self._seen.items() ^ found.items()}
        for path in changed:
            self._report.changed(path)
        if blind != self._blind:
            self._report.everything()
        self._seen, self._blind = found, blind
