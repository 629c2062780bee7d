"""Brings the index up to what the files say: scan, parse, then take in the difference.

Files are only read here, and rows never go before the scan that misses them has succeeded.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from store import media, posts, scan, scripts
from store.files import FileError
from store.index import ENTRY_KINDS, EntryKind, Index, IndexWasReset, Problem
from store.index_tables import Entry, Facts
from store.one_line import clean
from store.project import Project
from store.script_text import ScriptFields, iso_of_mtime

_SUFFIXES: Mapping[EntryKind, tuple[str, ...]] = {
    "scripts": (".py",),
    "posts": posts.SUFFIXES,
    "media": media.SUFFIXES,
}
_PAUSE_EVERY = 50
"""Files between two looks at `is_cancelled`; the screen's thread gets its turn then."""


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

    @property
    def summary(self) -> str:
        """What was done, in one line."""
        parts = [
            f"{count.seen} {kind} ({count.parsed} read, {count.removed} gone)"
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

    It is meant for a thread of its own. Each kind is taken in as a whole or not at all.

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
    try:
        counts, failures = _rebuild_kinds(project, index, kinds, full, pace)
    except IndexWasReset:
        # The index is an empty one now: every kind has to be read, whichever were asked for.
        counts, failures = _rebuild_kinds(project, index, ENTRY_KINDS, True, pace)
    unreadable = (*index.unreadable(kinds), *failures)
    return RebuildReport(counts, unreadable, time.monotonic() - started, pace.was_cancelled)


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


def _rebuild_kinds(
    project: Project, index: Index, kinds: Sequence[EntryKind], full: bool, pace: _Pace
) -> tuple[dict[str, KindCounts], list[Problem]]:
    counts: dict[str, KindCounts] = {}
    failures: list[Problem] = []
    for kind in kinds:
        walk = scan.walk(project.root, kind, _SUFFIXES[kind])
        known = index.known(kind)
        wanted = [
            file for file in walk.found if full or known.get(file.relative) != _stamp_of(file)
        ]
        entries: list[Entry] = []
        vanished: set[str] = set()
        for number, file in enumerate(wanted):
            if number % _PAUSE_EVERY == 0 and not pace.goes_on(kind, number, len(wanted)):
                return counts, failures
            entry = _read(project.root, kind, file)
            if entry is None:
                vanished.add(file.relative)
            else:
                entries.append(entry)
        if not pace.goes_on(kind, len(wanted), len(wanted)):
            return counts, failures
        present = {file.relative for file in walk.found} - vanished
        blind = tuple(f"{failure.relative}/" for failure in walk.failures)
        removed = [
            path for path in known if path not in present and not f"{path}/".startswith(blind)
        ]
        if entries or removed:
            index.apply(kind, entries, removed)
        failures += [Problem(failure.relative, kind, failure.reason) for failure in walk.failures]
        counts[kind] = KindCounts(len(walk.found), len(entries), len(removed))
    return counts, failures


def _stamp_of(file: scan.Found) -> tuple[int, int]:
    return (file.mtime_ns, file.size)


def _read(root: Path, kind: EntryKind, file: scan.Found) -> Entry | None:
    """Read one file; None when it is gone since the scan."""
    path = root / file.relative
    facts: Facts | None = None
    problem, is_readable = "", True
    try:
        if kind == "scripts":
            script = scripts.read_script(path)
            facts, problem = script.fields, "; ".join(script.problems)
        elif kind == "posts":
            facts = posts.read_post(path).facts
        else:
            facts = media.read_media_facts(path)
    except FileError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            return None
        problem, is_readable = error.reason, False
        if kind == "scripts":  # a script is listed whatever state its file is in
            facts = _unread_script(file)
    return Entry(file.relative, file.mtime_ns, file.size, facts, clean(problem), is_readable)


def _unread_script(file: scan.Found) -> ScriptFields:
    name = PurePosixPath(file.relative).stem
    changed_at = iso_of_mtime(file.mtime_ns)
    return ScriptFields(
        id="",
        project_id="",
        slug=scripts.slugify(name),
        title=clean(name),
        kind="utility",
        entrypoint="main",
        enabled=False,
        version=1,
        created_at=changed_at,
        updated_at=changed_at,
    )
