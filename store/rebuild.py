"""Brings the index up to what the files say: scan, read what changed, take it in by and by.

Files are only read here, and rows never go before the scan that misses them has succeeded.
"""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from store import scan
from store.index import (
    ENTRY_KINDS,
    Entry,
    EntryCounts,
    EntryKind,
    Index,
    IndexWasReset,
    Problem,
)
from store.index_files import SUFFIXES, find, kind_of, read_entry
from store.project import Project

_PAUSE_EVERY = 50
"""Files between two looks at `is_cancelled`; the screen's thread gets its turn then."""

_PART = 500
"""Files that are taken in together: 0.1 s in which other questions wait, and 2 MB of texts."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a rebuild is with one kind of entry."""

    kind: EntryKind
    done: int
    total: int
    """Files that have to be read; 0 when none changed."""


@dataclass(frozen=True, slots=True)
class KindCounts:
    """What a rebuild did with one kind of entry."""

    seen: int
    parsed: int
    removed: int


@dataclass(frozen=True, slots=True)
class RebuildReport:
    """What a rebuild did."""

    counts: Mapping[str, KindCounts]
    """By kind; a kind that was cancelled is missing."""
    unreadable: tuple[Problem, ...]
    """Files and folders that cannot be read, those known from before included."""
    duration_s: float
    was_cancelled: bool
    entries: Mapping[str, EntryCounts] = field(default_factory=dict)
    """By kind, as the index has them now; for the kinds of `counts`."""

    @property
    def summary(self) -> str:
        """What was done, in one line; entries are counted as everywhere on the screen."""
        parts = [
            f"{self.entries[kind].words(kind)} ({count.parsed} read, {count.removed} gone)"
            for kind, count in self.counts.items()
        ]
        if self.unreadable:
            parts.append(f"{len(self.unreadable)} unreadable")
        if self.was_cancelled:
            parts.append("cancelled")
        return f"{', '.join(parts)} in {self.duration_s:.2f} s"


def rebuild(
    project: Project,
    index: Index,
    kinds: Sequence[EntryKind] = ENTRY_KINDS,
    *,
    full: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> RebuildReport:
    """Read what changed since the index was last brought up to date.

    It is meant for a thread of its own. What has been read when it ends early stays: every row is
    right by itself, and the next rebuild goes on from there. Rows of files that are gone go last.

    Args:
        project: The project.
        index: Its index.
        kinds: Which kinds of entries to look at.
        full: Read every file, not only those whose time or size changed.
        on_progress: Called about every 50 files, in this thread.
        is_cancelled: Asked about every 50 files; True ends the rebuild.

    Returns:
        What was done.

    Raises:
        IndexWasReset: The index cannot be written, not even after it was replaced.
        IndexClosed: The index was closed meanwhile.
    """
    started = time.monotonic()
    pace = _Pace(on_progress, is_cancelled)
    work = _Rebuild(project, index, pace)
    try:
        work.run(kinds, full)
    except IndexWasReset:
        # The index is an empty one now: every kind has to be read, whichever were asked for.
        work = _Rebuild(project, index, pace)
        work.run(ENTRY_KINDS, True)
    unreadable = (*index.unreadable(kinds), *work.failures)
    entries: dict[str, EntryCounts] = {
        kind: index.entry_counts(kind) for kind in ENTRY_KINDS if kind in work.counts
    }
    duration_s = time.monotonic() - started
    return RebuildReport(work.counts, unreadable, duration_s, pace.was_cancelled, entries)


def take_in(project: Project, index: Index, paths: Collection[str]) -> None:
    """Read some files that have changed, or take out those that are gone.

    Args:
        project: The project.
        index: Its index.
        paths: From the project folder, with slashes; those that are no entries are left alone.

    Raises:
        IndexWasReset: The index could not be written and is empty now; rebuild everything.
        IndexClosed: The index was closed meanwhile.
    """
    for kind in ENTRY_KINDS:
        entries: list[Entry] = []
        gone: list[str] = []
        for path in paths:
            if kind_of(path) != kind:
                continue
            file = find(project.root, path)
            entry = read_entry(project, kind, file) if file is not None else None
            if entry is None:
                gone.append(path)
            else:
                entries.append(entry)
        if entries or gone:
            index.apply(kind, entries, gone)


class _Pace:
    """Reports, yields and asks whether to go on, every few files."""

    def __init__(
        self,
        on_progress: Callable[[Progress], None] | None,
        is_cancelled: Callable[[], bool] | None,
    ) -> None:
        self.was_cancelled = False
        self._on_progress = on_progress
        self._is_cancelled = is_cancelled

    def goes_on(self, kind: EntryKind, done: int, total: int) -> bool:
        if self._is_cancelled is not None and self._is_cancelled():
            self.was_cancelled = True
            return False
        if self._on_progress is not None:
            self._on_progress(Progress(kind, done, total))
        time.sleep(0)  # lets the screen's thread have the interpreter
        return True


class _Rebuild:
    """One pass over some kinds of entries."""

    def __init__(self, project: Project, index: Index, pace: _Pace) -> None:
        self._project = project
        self._index = index
        self._pace = pace
        self.counts: dict[str, KindCounts] = {}
        self.failures: list[Problem] = []

    def run(self, kinds: Sequence[EntryKind], full: bool) -> None:
        for kind in kinds:
            if not self._rebuild(kind, full):
                return

    def _rebuild(self, kind: EntryKind, full: bool) -> bool:
        """Bring one kind up to date; False when it was cancelled."""
        walk = scan.walk(self._project.root, kind, SUFFIXES[kind])
        known = self._index.known(kind)
        wanted = [
            file for file in walk.found if full or known.get(file.relative) != _stamp_of(file)
        ]
        vanished: set[str] = set()
        if not self._take_in(kind, wanted, vanished):
            return False
        if not self._pace.goes_on(kind, len(wanted), len(wanted)):
            return False
        present = {file.relative for file in walk.found} - vanished
        blind = tuple(f"{failure.relative}/" for failure in walk.failures)
        removed = [
            path for path in known if path not in present and not f"{path}/".startswith(blind)
        ]
        if removed or not self._index.is_complete(kind):
            self._index.apply(kind, [], removed, completes=True)
        self.failures += [
            Problem(failure.relative, kind, failure.reason) for failure in walk.failures
        ]
        read = len(wanted) - len(vanished)
        self.counts[kind] = KindCounts(len(walk.found), read, len(removed))
        return True

    def _take_in(self, kind: EntryKind, wanted: Sequence[scan.Found], vanished: set[str]) -> bool:
        """Read the files part by part, while the part before is taken in by another thread.

        SQLite works without the interpreter's lock: a third of the time.
        """
        with ThreadPoolExecutor(1, "index") as executor:
            taken_in: Future[None] | None = None
            for at in range(0, len(wanted), _PART):
                entries = self._read(kind, wanted, at, vanished)
                if taken_in is not None:
                    taken_in.result()
                if entries is None:
                    return False
                taken_in = executor.submit(self._index.apply, kind, entries)
            if taken_in is not None:
                taken_in.result()
        return True

    def _read(
        self, kind: EntryKind, wanted: Sequence[scan.Found], at: int, vanished: set[str]
    ) -> list[Entry] | None:
        """Read one part of the files; None when it was cancelled."""
        entries: list[Entry] = []
        for number, file in enumerate(wanted[at : at + _PART], at):
            if number % _PAUSE_EVERY == 0 and not self._pace.goes_on(kind, number, len(wanted)):
                return None
            entry = read_entry(self._project, kind, file)
            if entry is None:
                vanished.add(file.relative)
            else:
                entries.append(entry)
        return entries


def _stamp_of(file: scan.Found) -> tuple[int, int]:
    return (file.mtime_ns, file.size)
