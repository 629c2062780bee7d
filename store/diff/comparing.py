"""Compares the index with the files: every kind, bodies included, in one pass over the paths.

Files and index are only read here.
"""

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from store import scan
from store.diff.differences import (
    BODY,
    FieldDifference,
    ItemDifference,
    MetadataDiff,
    Orphan,
    Stats,
)
from store.diff.fields import differing, label_of
from store.diff.media_files import media_orphans
from store.diff.reading import FileState, file_times, read_state
from store.files import FileError
from store.index import ENTRY_KINDS, EntryKind, Index, IndexedEntry, Problem
from store.index_files import SUFFIXES
from store.one_line import clean
from store.project import Project
from store.script_text import ScriptFields

_PAUSE_EVERY = 50
"""Files between two looks at `is_cancelled`; the screen's thread gets its turn then."""


@dataclass(frozen=True, slots=True)
class DiffProgress:
    """How far a comparison is with one kind of entry."""

    kind: EntryKind
    done: int
    total: int


def compare(
    project: Project,
    index: Index,
    kinds: Sequence[EntryKind] = ENTRY_KINDS,
    *,
    on_progress: Callable[[DiffProgress], None] | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> MetadataDiff:
    """Compare what the index says with what the files say.

    It is meant for a thread of its own. Every file is read, whatever its time says; of the texts
    only a part is in memory at any time.

    Args:
        project: The project.
        index: Its index, as it is; nothing is rebuilt.
        kinds: Which kinds of entries to compare.
        on_progress: Called about every 50 files, in this thread.
        is_cancelled: Asked about every 50 files; True ends the comparison.

    Returns:
        What differs. Cancelled, it holds what was found until then.

    Raises:
        IndexClosed: The index was closed meanwhile.
    """
    work = _Comparison(project, index, on_progress, is_cancelled)
    return work.run(kinds)


def digest_of(text: str) -> str:
    """Give the SHA-256 of a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class _Comparison:
    """One pass."""

    def __init__(
        self,
        project: Project,
        index: Index,
        on_progress: Callable[[DiffProgress], None] | None,
        is_cancelled: Callable[[], bool] | None,
    ) -> None:
        self._root = project.root
        self._index = index
        self._on_progress = on_progress
        self._is_cancelled = is_cancelled
        self._was_cancelled = False
        self._items: list[ItemDifference] = []
        self._orphans: list[Orphan] = []
        self._unreadable: list[Problem] = []
        self._counts: Counter[str] = Counter()

    def run(self, kinds: Sequence[EntryKind]) -> MetadataDiff:
        started = time.monotonic()
        is_empty = not any(self._index.known(kind) for kind in ENTRY_KINDS)
        for kind in kinds:
            if not self._compare_kind(kind):
                self._was_cancelled = True
                break
        return MetadataDiff(
            kinds=tuple(kinds),
            items=tuple(sorted(self._items, key=lambda item: item.path)),
            orphans=tuple(sorted(self._orphans, key=lambda orphan: (orphan.path, orphan.state))),
            # What the walks through sidecars and through media could not see is the same.
            unreadable=tuple(sorted(set(self._unreadable), key=lambda problem: problem.path)),
            stats=Stats(**self._counts),
            duration_s=time.monotonic() - started,
            was_cancelled=self._was_cancelled,
            index_is_empty=is_empty,
        )

    def _compare_kind(self, kind: EntryKind) -> bool:
        """Compare one kind; False when it was cancelled."""
        walk = scan.walk(self._root, kind, SUFFIXES[kind])
        self._unreadable += [
            Problem(failure.relative, kind, failure.reason) for failure in walk.failures
        ]
        present = {file.relative for file in walk.found}
        blind = tuple(f"{failure.relative}/" for failure in walk.failures)
        rows = {entry.path: entry for entry in self._index.entries(kind)}
        total, done = len(present | rows.keys()), 0

        def goes_on() -> bool:
            if done % _PAUSE_EVERY and done != total:
                return True
            return self._goes_on(DiffProgress(kind, done, total))

        for path, text in self._index.texts(kind):
            row = rows.pop(path, None)
            if row is None:  # taken in meanwhile
                continue
            if not goes_on():
                return False
            done += 1
            self._compare_row(kind, row, text, path in present, blind)
            present.discard(path)
        for path, row in rows.items():  # rows that have lost their text
            if not goes_on():
                return False
            done += 1
            self._compare_row(kind, row, "", path in present, blind)
            present.discard(path)
        for path in sorted(present):
            if not goes_on():
                return False
            done += 1
            self._look_at_new(kind, path)
        if kind == "media":
            orphans, problems = media_orphans(self._root, walk.found)
            self._orphans += orphans
            self._unreadable += problems
        return goes_on()

    def _goes_on(self, progress: DiffProgress) -> bool:
        if self._is_cancelled is not None and self._is_cancelled():
            return False
        if self._on_progress is not None:
            self._on_progress(progress)
        time.sleep(0)  # lets the screen's thread have the interpreter
        return True

    def _compare_row(
        self,
        kind: EntryKind,
        row: IndexedEntry,
        index_text: str,
        is_present: bool,
        blind: tuple[str, ...],
    ) -> None:
        if not is_present:
            if not f"{row.path}/".startswith(blind):
                self._note_missing(kind, row)
            return
        state = self._read(kind, row.path)
        if state is None:
            return
        if isinstance(state, _Vanished):
            self._note_missing(kind, row)
            return
        self._count(kind, state)
        if row.facts is None or not row.is_readable:
            # It could not be read when the index last looked, and can be now.
            self._orphans.append(Orphan(kind, row.path, _title(state.facts), "no_row"))
            return
        if row.facts == state.facts and index_text == state.body:
            return
        item = _difference(kind, row.path, row.facts, index_text, state)
        if item is not None:
            self._items.append(item)

    def _look_at_new(self, kind: EntryKind, path: str) -> None:
        state = self._read(kind, path)
        if isinstance(state, FileState):
            self._count(kind, state)
            self._orphans.append(Orphan(kind, path, _title(state.facts), "no_row"))

    def _note_missing(self, kind: EntryKind, row: IndexedEntry) -> None:
        title = _title(row.facts) if row.facts is not None else ""
        self._orphans.append(Orphan(kind, row.path, title, "no_file"))

    def _read(self, kind: EntryKind, path: str) -> "FileState | _Vanished | None":
        try:
            return read_state(self._root, kind, path)
        except FileError as error:
            if isinstance(error.__cause__, FileNotFoundError):
                return _Vanished()
            self._unreadable.append(Problem(path, kind, clean(error.reason)))
            return None

    def _count(self, kind: EntryKind, state: FileState) -> None:
        facts: Any = state.facts
        if kind != "scripts" and facts.translation_for:
            self._counts["translations"] += 1
            return
        self._counts[kind] += 1
        if kind == "posts":
            self._counts["published"] += facts.status == "published"
            self._counts["drafts"] += facts.status == "draft"


class _Vanished:
    """A file that was there when the folder was listed."""


def _difference(
    kind: EntryKind, path: str, known: Any, index_text: str, state: FileState
) -> ItemDifference | None:
    found = differing(known, state.facts)
    if any(one.field in ("created_at", "updated_at") for one in found):
        unwritten = file_times(kind, state)
        found = [one for one in found if one.field not in unwritten]
    digest = ""
    if index_text != state.body:
        digest = digest_of(index_text)
        lengths = _length(index_text), _length(state.body)
        found.append(FieldDifference(BODY, label_of(BODY), *lengths))
    if not found:
        return None
    title = _title(state.facts)
    first_line = state.first_body_line
    return ItemDifference(kind, path, title, tuple(found), state.stamp, digest, first_line)


def _length(text: str) -> str:
    count = text.count("\n") + (bool(text) and not text.endswith("\n"))
    return f"{count} line{'' if count == 1 else 's'}"


def _title(facts: Any) -> str:
    if isinstance(facts, ScriptFields):
        return clean(facts.title)
    name = facts.title or getattr(facts, "original_name", "")
    return clean(f"{name} [{facts.language}]" if facts.translation_for else name)
