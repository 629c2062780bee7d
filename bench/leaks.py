"""What a process holds on to: processes that came from it, open fds, threads, new files.

Two snapshots tell in words what the later one has and the earlier had not.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_SHOWN = 5
_KERNEL_MARK = b"main.begin()"
"""Stands in the command line of every interpreter of the engine; see engine.kernel.spawn."""
_POOLED_THREAD = "AnyIO worker thread"
"""These wait for more work for ten seconds: a pool that grows and shrinks by itself."""


@dataclass(frozen=True, slots=True)
class Holdings:
    """What this process holds at one moment."""

    processes: Mapping[int, str]
    """Those that came from it, zombies as well: pid and what it is."""
    fds: Mapping[int, str]
    """Number and what it leads to."""
    threads: int
    """Without those of the pool of workers."""
    files: frozenset[str]
    """Everything in the watched folders."""

    def more_than(self, before: Holdings) -> list[str]:
        """Return in words what there is more of now; nothing when there is no more of anything.

        Processes and fds are counted: those of a pool come and go, and it has as many as before.
        """
        found: list[str] = []
        for what, mine, its in (
            ("processes", self.processes, before.processes),
            ("open fds", self.fds, before.fds),
        ):
            if len(mine) > len(its):
                new = [f"{number} ({words})" for number, words in mine.items() if number not in its]
                found.append(f"{what}, {len(its)} -> {len(mine)}: {_listing(new)}")
        if self.threads > before.threads:
            found.append(f"threads, {before.threads} -> {self.threads}")
        if files := self.files - before.files:
            found.append(f"files: {_listing(sorted(files))}")
        return found


def holdings(own: Iterable[Path], shared: Iterable[Path], mark: str) -> Holdings:
    """Return what this process holds now.

    Args:
        own: Folders of which everything is looked at, however deep.
        shared: Folders that others use, too: only what begins with the mark is looked at.
        mark: The name with which whatever is to be seen there begins.
    """
    files = {str(path) for folder in own for path in folder.rglob("*")}
    for folder in shared:
        files.update(str(path) for path in _listed(folder) if path.name.startswith(mark))
    pooled = sum(thread.name == _POOLED_THREAD for thread in threading.enumerate())
    return Holdings(
        processes=dict(_came_from(os.getpid())),
        fds=dict(_open_fds()),
        threads=len(_listed(Path("/proc/self/task"))) - pooled,
        files=frozenset(files),
    )


def descendants() -> list[int]:
    """Return the pids of this process's children, their children and so on."""
    parents = {pid: parent for pid, parent, _ in _all_processes()}
    own = os.getpid()
    found = {own}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return sorted(found - {own})


def _came_from(own: int) -> Iterator[tuple[int, str]]:
    """Yield descendants, and kernels whose parent has gone: init has adopted them."""
    ours = set(descendants())
    for pid, _, state in _all_processes():
        line = _command_line(pid)
        if pid in ours or (_KERNEL_MARK in line and str(own).encode() in line.split(b"\0")):
            words = line.replace(b"\0", b" ").decode(errors="replace").strip()
            yield pid, f"state {state}, {words[-60:] or 'no command line'}"


def _all_processes() -> Iterator[tuple[int, int, str]]:
    """Yield pid, parent's pid and state of every process that can be seen."""
    for folder in _listed(Path("/proc")):
        if not folder.name.isdigit():
            continue
        try:
            stat = (folder / "stat").read_text(encoding="utf-8", errors="replace")
        except OSError:  # gone meanwhile
            continue
        # pid (name) state ppid ...: the name may hold anything, so count from the last bracket.
        state, parent, *_ = stat.rpartition(")")[2].split()
        yield int(folder.name), int(parent), state


def _command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _open_fds() -> Iterator[tuple[int, str]]:
    for link in _listed(Path("/proc/self/fd")):
        try:
            yield int(link.name), str(link.readlink())
        except OSError:  # the one that listed the folder
            continue


def _listed(folder: Path) -> Sequence[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _listing(found: Sequence[str]) -> str:
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return ", ".join(found[:_SHOWN]) + more
