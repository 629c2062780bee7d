"""What a metadata diff finds, as data: differing fields, orphans, files that cannot be read.

How it is found and what is done about it must never enter.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from store.files import Stamp
from store.index import EntryKind, Problem

BODY = "body"
"""The name of the field that stands for the text below front matter or header."""

FieldValue = str | int | bool | tuple[str, ...]

OrphanState = Literal["no_row", "no_file", "no_binary", "no_sidecar"]

WHAT_IS_MISSING: dict[OrphanState, str] = {
    "no_row": "file without row",
    "no_file": "row without file",
    "no_binary": "sidecar without its file",
    "no_sidecar": "file without sidecar",
}
WHAT_TO_DO: dict[OrphanState, str] = {
    "no_row": "Read it into the index.",
    "no_file": "Take the row out of the index, or write the file again from the row.",
    "no_binary": "Put the file back beside it, or delete the sidecar.",
    "no_sidecar": "Make a sidecar for it, or delete it.",
}


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """One fact that index and file tell differently."""

    field: str
    """The name of the fact, or BODY."""
    label: str
    """The same for people: "Alt Text"."""
    index_value: FieldValue
    """Of BODY only its length, in words."""
    file_value: FieldValue


@dataclass(frozen=True, slots=True)
class ItemDifference:
    """A file that the index knows differently."""

    kind: EntryKind
    path: str
    """From the project folder, with slashes."""
    title: str
    """What the file calls itself."""
    fields: tuple[FieldDifference, ...]
    stamp: Stamp
    """Of the file that was compared; a write expects it."""
    index_body_digest: str
    """Of the index's text when BODY differs, so that no other text is written; else ""."""
    first_body_line: int
    """The line of the file in which its text starts, from 1."""

    def field(self, name: str) -> FieldDifference | None:
        """Give the difference in one field."""
        return next((one for one in self.fields if one.field == name), None)


@dataclass(frozen=True, slots=True)
class Orphan:
    """Half of something."""

    kind: EntryKind
    path: str
    title: str
    state: OrphanState

    @property
    def words(self) -> str:
        """What is missing."""
        return WHAT_IS_MISSING[self.state]

    @property
    def advice(self) -> str:
        """What can be done."""
        return WHAT_TO_DO[self.state]


@dataclass(frozen=True, slots=True)
class Stats:
    """How many readable files there are; translations count by themselves."""

    posts: int = 0
    published: int = 0
    drafts: int = 0
    translations: int = 0
    media: int = 0
    scripts: int = 0


@dataclass(frozen=True, slots=True)
class FieldGroup:
    """A field that differs in some items."""

    field: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class MetadataDiff:
    """Everything that one comparison found, each list in the order of the paths."""

    kinds: tuple[EntryKind, ...]
    items: tuple[ItemDifference, ...]
    orphans: tuple[Orphan, ...]
    unreadable: tuple[Problem, ...]
    """Files and folders that could not be looked at, with reason and place."""
    stats: Stats
    duration_s: float
    was_cancelled: bool
    index_is_empty: bool
    """Whether the index knows no file at all: it has just been made."""

    @property
    def is_same(self) -> bool:
        """Whether nothing differs and everything could be looked at."""
        return not (self.items or self.orphans or self.unreadable or self.was_cancelled)

    @property
    def summary(self) -> str:
        """What was found, in one line."""
        parts = [f"{self.total} files compared"]
        if self.items:
            parts.append(f"{len(self.items)} differ{'s' if len(self.items) == 1 else ''}")
        if self.orphans:
            parts.append(f"{len(self.orphans)} orphan{'' if len(self.orphans) == 1 else 's'}")
        if self.unreadable:
            parts.append(f"{len(self.unreadable)} unreadable")
        if self.was_cancelled:
            parts.append("cancelled")
        elif self.is_same:
            parts.append("nothing differs")
        return f"{', '.join(parts)} in {self.duration_s:.2f} s"

    @property
    def total(self) -> int:
        """How many files were compared, whatever came of it."""
        stats = self.stats
        return stats.posts + stats.translations + stats.media + stats.scripts

    def of_kind(self, kind: EntryKind) -> list[ItemDifference]:
        """Give the items of one kind."""
        return [item for item in self.items if item.kind == kind]


def grouped(items: Sequence[ItemDifference]) -> list[FieldGroup]:
    """Count the items by field.

    Args:
        items: Any items.

    Returns:
        A group per field, the most frequent first.
    """
    counts: Counter[str] = Counter()
    labels: dict[str, str] = {}
    for item in items:
        for one in item.fields:
            counts[one.field] += 1
            labels[one.field] = one.label
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], labels[pair[0]]))
    return [FieldGroup(field, labels[field], count) for field, count in ordered]
