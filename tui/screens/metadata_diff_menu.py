"""The menu of the metadata diff: what can be brought in line at once, and which way.

Doing it must never enter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from store.one_line import clean
from tui.screens.difference_rows import TITLES, Found, Row, Tab

if TYPE_CHECKING:
    from store.diff.syncing import Choice

Target: TypeAlias = Literal["index", "file"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """Something that can be brought in line."""

    words: str
    target: Target
    """What is changed."""
    choices: Sequence[Choice]


def choices_of(row: Row, target: Target) -> list[Choice]:
    """Give what a key on a line brings in line: the field, or the whole item.

    Args:
        row: The line under the cursor.
        target: What is changed; an index takes whole files over.
    """
    from store.diff.differences import ItemDifference, Orphan
    from store.diff.syncing import Choice

    if isinstance(row.target, ItemDifference):
        field = row.field.field if row.field is not None and target == "file" else None
        return [Choice(row.target, field)]
    return [Choice(row.target)] if isinstance(row.target, Orphan) else []


def proposals(found: Found, tab: Tab, row: Row | None, field: str | None) -> list[Proposal]:
    """List what can be brought in line from where the cursor is.

    Args:
        found: What was found.
        tab: The tab in front.
        row: The line under the cursor.
        field: The field that the tab is filtered by.

    Returns:
        The item, its field everywhere, all of the tab, everything; each in both directions.
    """
    from store.diff.differences import ItemDifference
    from store.diff.syncing import Choice

    offered: list[Proposal] = []

    def offer(words: str, to_index: Sequence[Choice], to_files: Sequence[Choice]) -> None:
        if to_index:
            offered.append(Proposal(f"File -> index: {words}", "index", to_index))
        if to_files:
            offered.append(Proposal(f"Index -> file: {words}", "file", to_files))

    diff = found.diff
    rows_without_file = [one for one in diff.orphans if one.state == "no_file"]
    halves = [one for one in diff.orphans if one.state in ("no_row", "no_file")]
    if tab == "orphans":
        known, lost = list(map(Choice, halves)), list(map(Choice, rows_without_file))
        offer(f"all {len(halves)} orphans of the index", known, lost)
    elif tab not in ("unreadable", "defaults"):
        items = found.items(tab)
        if row is not None and isinstance(row.target, ItemDifference):
            own = [Choice(row.target)]
            offer(f"all of {clean(row.target.path)}", own, own)
        name = row.field.field if row is not None and row.field is not None else field
        differing = [item for item in items if name is not None and item.field(name) is not None]
        if name is not None and differing:
            one = differing[0].field(name)
            label = one.label if one is not None else name
            offer(
                f"{label} in all {len(differing)}",
                list(map(Choice, differing)),
                [Choice(item, name) for item in differing],
            )
        offer(f"all {len(items)} of {TITLES[tab]}", *(list(map(Choice, items)),) * 2)
    everything = [*map(Choice, diff.items), *map(Choice, halves)]
    writable = [*map(Choice, diff.items), *map(Choice, rows_without_file)]
    offer("everything, orphans too", everything, writable)
    return offered


class ProposalScreen(ModalScreen[Proposal | None]):
    """Choose one of the proposals. Dismissed with it, None for Esc."""

    DEFAULT_CSS = """
    ProposalScreen { align: center middle; }
    ProposalScreen OptionList {
        width: 72; max-width: 95%; height: auto; max-height: 80%; background: $surface;
        border: round $primary; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+q", "dismiss", "Back", id="proposals.back")
    ]

    def __init__(self, offered: Sequence[Proposal]) -> None:
        super().__init__()
        self._offered = offered

    def compose(self) -> ComposeResult:
        """Lay out the list."""
        options = OptionList(*(Option(Text(one.words, no_wrap=True)) for one in self._offered))
        options.border_title = "Bring in line"
        options.border_subtitle = "Enter does it, Esc goes back"
        yield options

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(self._offered[event.option_index])
