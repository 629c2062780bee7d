"""Writes into files what the index says: one field, one item, or whole files that are gone.

What is written is only what was seen: the stamp of each file that was compared is expected, and the
index's text must still be the one that was compared. No file of a person is deleted here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from store import files
from store.diff.comparing import digest_of
from store.diff.differences import BODY, ItemDifference, Orphan
from store.diff.fields import label_of
from store.diff.reading import parse_state
from store.diff.texts import changed_text, text_from_row
from store.files import ConflictError, FileError
from store.index import EntryKind, Index, IndexedEntry
from store.index_files import kind_of
from store.one_line import clean
from store.project import Project

TELL_EVERY = 10
"""Items between two words about how far it is."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What of an item is to be brought in line."""

    item: ItemDifference | Orphan
    field: str | None = None
    """One field only; None for all that differ."""

    @property
    def is_whole(self) -> bool:
        """Whether the item is the same as its row when this has been written."""
        if self.field is None or isinstance(self.item, Orphan):
            return True
        return all(one.field == self.field for one in self.item.fields)

    @property
    def whole(self) -> "Choice":
        """The item with all its fields."""
        return Choice(self.item)

    @property
    def label(self) -> str:
        """What the field is called by people; "" for a whole item."""
        return "" if self.field is None else label_of(self.field)


@dataclass(frozen=True, slots=True)
class SyncFailure:
    """An item that could not be brought in line."""

    path: str
    reason: str
    """In words, with what to do."""


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What bringing items in line did."""

    synced: tuple[str, ...]
    """Their paths."""
    failed: tuple[SyncFailure, ...]
    total: int
    was_cancelled: bool = False

    @property
    def summary(self) -> str:
        """What was done, in one line."""
        parts = [told(len(self.synced), self.total)]
        if self.failed:
            parts.append(f"{len(self.failed)} failed")
        if self.was_cancelled:
            parts.append("cancelled")
        return ", ".join(parts)


def told(done: int, total: int) -> str:
    """Say how far it is: "Synced 1 of 11"."""
    return f"Synced {done} of {total}"


def write_files(
    project: Project,
    index: Index,
    choices: Sequence[Choice],
    *,
    on_progress: Callable[[int, int], None] | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> SyncReport:
    """Make files say what the index says. It is meant for a thread of its own.

    Args:
        project: The project.
        index: Its index.
        choices: What to write; a field, an item, or a row whose file is gone.
        on_progress: Called with how many are done, of how many, every 10 items and at the end.
        is_cancelled: Asked before every item; True ends it.

    Returns:
        What was done. What failed is in it, and stopped nothing else.

    Raises:
        IndexClosed: The index was closed meanwhile.
    """
    synced: list[str] = []
    failed: list[SyncFailure] = []
    was_cancelled = False
    rows = _Rows(index)
    for number, choice in enumerate(choices):
        if is_cancelled is not None and is_cancelled():
            was_cancelled = True
            break
        if number and number % TELL_EVERY == 0 and on_progress is not None:
            on_progress(number, len(choices))
        try:
            if isinstance(choice.item, Orphan):
                _write_again(project, index, rows, choice.item)
            else:
                _write_item(project, index, choice.item, choice.field)
            synced.append(choice.item.path)
        except FileError as error:
            failed.append(SyncFailure(choice.item.path, in_words(error)))
    if on_progress is not None and not was_cancelled:
        on_progress(len(choices), len(choices))
    return SyncReport(tuple(synced), tuple(failed), len(choices), was_cancelled)


def in_words(error: FileError) -> str:
    """Say why an item failed, without its path, which stands beside it."""
    return clean(f"{error.reason}. {error.hint}" if error.hint else error.reason)


def _write_item(project: Project, index: Index, item: ItemDifference, field: str | None) -> None:
    place = project.root / item.path
    data, stamp = files.read(place)
    if stamp.digest != item.stamp.digest:
        raise ConflictError(place, "the file changed after the scan", "Scan again.", action="write")
    wanted = [one for one in item.fields if field is None or one.field == field]
    if not wanted:
        raise FileError(place, f"{field} does not differ", "Scan again.", action="write")
    body: str | None = None
    if any(one.field == BODY for one in wanted):
        body = index.text(item.kind, item.path)
        if body is None or digest_of(body) != item.index_body_digest:
            raise ConflictError(
                place, "the index changed after the scan", "Scan again.", action="write"
            )
    changes = {one.field: one.index_value for one in wanted if one.field != BODY}
    state = parse_state(item.kind, place, data, stamp)
    new = changed_text(project, item.kind, place, state, changes, body)
    files.write(place, new, expected=item.stamp)


class _Rows:
    """The index's rows; each kind is asked for once, when it is needed."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._by_path: dict[EntryKind, dict[str, IndexedEntry]] = {}

    def find(self, kind: EntryKind, path: str) -> IndexedEntry | None:
        if kind not in self._by_path:
            self._by_path[kind] = {row.path: row for row in self._index.entries(kind)}
        return self._by_path[kind].get(path)


def _write_again(project: Project, index: Index, rows: _Rows, orphan: Orphan) -> None:
    place = project.root / orphan.path
    if orphan.state == "no_row":
        raise FileError(
            place,
            "the index knows nothing about it, and no file is deleted here",
            "Read it into the index instead.",
            action="write",
        )
    if orphan.state != "no_file":
        raise FileError(place, orphan.words, orphan.advice, action="write")
    row = rows.find(orphan.kind, orphan.path)
    body = index.text(orphan.kind, orphan.path)
    # Rows come from a file that anybody may have put there: they must not lead out of the project.
    is_ours = kind_of(orphan.path) == orphan.kind
    if row is None or row.facts is None or not row.is_readable or body is None or not is_ours:
        raise FileError(
            place,
            "the index does not know enough to write the file again",
            "Bring it back from a backup, or take the row out of the index.",
            action="write",
        )
    data = text_from_row(project, orphan.kind, place, row.facts, body)
    files.write(place, data, expected=None)
