"""Notes what is written in a context, and what was there before: to be listed, to be undone.

The writer (`files`) tells it; who writes and why must never enter.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

Action: TypeAlias = Literal["created", "changed", "deleted"]


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to one file, all in all."""

    path: Path
    before: bytes | None
    """None when there was no such file."""
    after: bytes | None
    """None when there is none now."""

    @property
    def action(self) -> Action:
        """In a word."""
        if self.before is None:
            return "created"
        return "deleted" if self.after is None else "changed"


class Journal:
    """The changes of one context. Any thread may write to it."""

    def __init__(self, *, is_dry: bool = False) -> None:
        """Begin empty.

        Args:
            is_dry: Whether nothing is to be written: the writer notes what it would have done.
        """
        self.is_dry = is_dry
        self._changes: dict[Path, Change] = {}
        self._lock = threading.Lock()

    def note(self, path: Path, before: bytes | None, after: bytes | None) -> None:
        """Note one step; several steps on one file become one change.

        Args:
            path: The file, absolute.
            before: Its bytes until now; None for no file.
            after: Its bytes from now on.
        """
        with self._lock:
            earlier = self._changes.pop(path, None)
            first = before if earlier is None else earlier.before
            if first != after:
                self._changes[path] = Change(path, first, after)

    def content(self, path: Path) -> Change | None:
        """Return what a dry run has made of a file; None when it has not touched it."""
        with self._lock:
            return self._changes.get(path)

    @property
    def changes(self) -> tuple[Change, ...]:
        """What happened, in the order of the last step on each file."""
        with self._lock:
            return tuple(self._changes.values())


_current: ContextVar[Journal | None] = ContextVar("journal", default=None)


def current() -> Journal | None:
    """Return the journal of this context."""
    return _current.get()


@contextmanager
def recording(journal: Journal) -> Iterator[None]:
    """Note in `journal` what is written in this block, and in threads that it waits for."""
    token = _current.set(journal)
    try:
        yield
    finally:
        _current.reset(token)
