"""Which processes came from one, asked often and while they come and go."""

from __future__ import annotations

import os
from contextlib import suppress

Identity = tuple[int, str]
"""A process's id and the moment it was started: ids are used again."""


def family(pid: int) -> set[Identity]:
    """Return the living processes that a process and its children have started."""
    found: set[Identity] = set()
    waiting = [pid]
    while waiting:
        parent = waiting.pop()
        with suppress(OSError):  # it has ended meanwhile
            for thread in os.listdir(f"/proc/{parent}/task"):  # noqa: PTH208 - likewise
                for child in map(int, _read(f"/proc/{parent}/task/{thread}/children").split()):
                    if started := _start_time(child):
                        found.add((child, started))
                        waiting.append(child)
    return found


def _start_time(pid: int) -> str:
    """Return when it was started; empty when it has ended, a zombie included."""
    try:
        state, *fields = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if state in "ZX" else fields[18]


def _read(path: str) -> str:
    with open(path, encoding="utf-8", errors="replace") as file:  # noqa: PTH123 - a third of the time
        return file.read()
