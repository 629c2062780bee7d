"""What the lines of the metadata diff mean: which there are, and what is told about each.

Widgets, and doing anything about a difference, must never enter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from rich.text import Text

from store.one_line import clean
from tui.diff_words import visible
from tui.screens.difference_list import Line

if TYPE_CHECKING:
    from store.default_updates import OutdatedDefault
    from store.diff.bodies import Hunk
    from store.diff.differences import (
        FieldDifference,
        ItemDifference,
        MetadataDiff,
        Orphan,
        OrphanState,
    )
    from store.index import Problem

Tab: TypeAlias = Literal["posts", "media", "scripts", "orphans", "unreadable", "defaults"]
TABS: tuple[Tab, ...] = get_args(Tab)
TITLES: dict[Tab, str] = {
    "posts": "Posts",
    "media": "Media",
    "scripts": "Scripts",
    "orphans": "Orphans",
    "unreadable": "Unreadable",
    "defaults": "Defaults",
}
NOTHING: dict[Tab, str] = {
    "posts": "No post differs.",
    "media": "No media differ.",
    "scripts": "No script differs.",
    "orphans": "No orphans: every file is in the index, and every row has its file.",
    "unreadable": "Every file could be read.",
    "defaults": "None of the default scripts that you changed has a newer one.",
}
"""What is said where a tab has no lines."""

MAX_DETAIL_LINES = 2_000
"""Lines of a text diff that are shown; what is more is told."""

_ORPHAN_KEYS: dict[OrphanState, str] = {
    "no_row": "I reads the file into the index.",
    "no_file": "I takes the row out of the index, F writes the file again from the row.",
    "no_binary": "Put the file back beside its sidecar, or delete the sidecar; then scan again.",
    "no_sidecar": "F makes the smallest sidecar for it.",
}
_MARKS = {" ": "", "-": "red", "+": "green", "\\": "dim"}


@dataclass(frozen=True, slots=True)
class Found:
    """What a scan has found, default scripts included."""

    diff: MetadataDiff
    defaults: Sequence[OutdatedDefault]

    def items(self, tab: Tab) -> list[ItemDifference]:
        """Give the items of a tab that shows items."""
        return [item for item in self.diff.items if item.kind == tab]

    def count(self, tab: Tab) -> int:
        """Count what a tab shows."""
        if tab == "orphans":
            return len(self.diff.orphans)
        if tab == "unreadable":
            return len(self.diff.unreadable)
        return len(self.defaults) if tab == "defaults" else len(self.items(tab))


@dataclass(frozen=True, slots=True)
class Row:
    """What one line is about."""

    target: ItemDifference | Orphan | Problem | OutdatedDefault
    field: FieldDifference | None = None
    """None on the line of a whole item."""


def rows_of(found: Found, tab: Tab, field: str | None) -> list[Row]:
    """List what the lines of a tab are about.

    Args:
        found: What was found.
        tab: Which tab.
        field: Only items that differ in this field, and only it; None for all.

    Returns:
        A row per item or file, below an item a row per field.
    """
    if tab == "orphans":
        return list(map(Row, found.diff.orphans))
    if tab == "unreadable":
        return list(map(Row, found.diff.unreadable))
    if tab == "defaults":
        return list(map(Row, found.defaults))
    rows = []
    for item in found.items(tab):
        shown = [one for one in item.fields if field in (None, one.field)]
        if shown:
            rows.append(Row(item))
            rows += [Row(item, one) for one in shown]
    return rows


def line_of(row: Row) -> Line:
    """Write the line of a row. Only for those in view: 40,000 take half a second."""
    from store.diff.differences import ItemDifference, Orphan
    from store.diff.fields import in_words
    from store.index import Problem

    target, one = row.target, row.field
    if one is not None:
        return Line(one.label, clean(in_words(one.index_value)), clean(in_words(one.file_value)))
    if isinstance(target, ItemDifference):
        return Line(clean(target.path), target.title, is_heading=True)
    if isinstance(target, Orphan):
        return Line(clean(target.path), target.words, is_heading=True)
    if isinstance(target, Problem):
        return Line(clean(target.path), clean(target.reason), is_heading=True)
    return Line(target.path.name, "changed by you; a newer one exists", is_heading=True)


def detail_of(row: Row) -> Text:
    """Tell all about a line but its text diff, which takes longer."""
    from store.diff.differences import ItemDifference, Orphan
    from store.diff.fields import in_words
    from store.index import Problem

    text = Text()
    target = row.target
    if isinstance(target, Orphan):
        text.append(f"{clean(target.path)}\n", "bold")
        text.append(f"{target.kind}: {target.words}")
        text.append(f" ({target.title})\n" if target.title else "\n")
        text.append(_ORPHAN_KEYS[target.state])
    elif isinstance(target, Problem):
        text.append(f"{clean(target.path)}\n", "bold")
        text.append(f"{clean(target.reason)}\nRepair the file, then scan again.")
    elif isinstance(target, ItemDifference):
        if row.field is None:
            labels = ", ".join(one.label for one in target.fields)
            text.append(f"{target.title or target.path}\n", "bold")
            text.append(f"{clean(target.path)} differs in: {labels}")
        elif not _is_body(row):
            text.append(f"{row.field.label}\n", "bold")
            text.append("Index: ", "dim").append(f"{clean(in_words(row.field.index_value))}\n")
            text.append("File:  ", "dim").append(clean(in_words(row.field.file_value)))
    else:
        text.append(f"{target.path.name}: ", "bold")
        text.append("T takes the new one (yours is kept in the trash), K keeps yours.\n")
    return text


def has_text_diff(row: Row) -> bool:
    """Tell whether a text diff belongs to a line."""
    from store.diff.differences import ItemDifference, Orphan
    from store.index import Problem

    if isinstance(row.target, ItemDifference):
        return _is_body(row) or (row.field is None and row.target.index_body_digest != "")
    return not isinstance(row.target, Orphan | Problem)


def text_diff(hunks: Sequence[Hunk], old: str, new: str) -> Text:
    """Draw a text diff with line numbers.

    Args:
        hunks: What differs.
        old: What the lines with a minus are.
        new: What the lines with a plus are.

    Returns:
        One line per line; two columns of numbers, those of the old and of the new text.
    """
    text = Text()
    if not hunks:
        return text.append("The texts are the same by now. Scan again.")
    text.append(f"- {old}  ", "red").append(f"+ {new}\n", "green")
    lines = sum(len(hunk.lines) for hunk in hunks)
    left = MAX_DETAIL_LINES
    for number, hunk in enumerate(hunks):
        if number:
            text.append("  ...\n", "dim")
        for line in hunk.lines[:left]:
            numbers = f"{line.index_line or '':>5} {line.file_line or '':>5} "
            text.append(numbers, "dim")
            text.append(f"{line.mark} {visible(line.text)}\n", _MARKS[line.mark])
        left -= len(hunk.lines[:left])
    if lines > MAX_DETAIL_LINES:
        text.append(f"{lines - MAX_DETAIL_LINES} more lines; `inkstand diff` shows them all.")
    return text


def _is_body(row: Row) -> bool:
    from store.diff.differences import BODY

    return row.field is not None and row.field.field == BODY
