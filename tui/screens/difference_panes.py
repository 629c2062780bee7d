"""Above and below the differences: numbers, tabs and fields; one difference in full.

Own nothing but what they show. Which difference that is comes from the screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from store.files import FileError
from tui.flows import begin
from tui.screens.difference_list import columns, fitted
from tui.screens.difference_rows import (
    TABS,
    TITLES,
    Found,
    Row,
    Tab,
    detail_of,
    has_text_diff,
    text_diff,
)

if TYPE_CHECKING:
    from engine.comparison import Comparison
    from store.diff.bodies import Hunk
    from store.diff.differences import FieldGroup

_BAR_CELLS = 16
_NEEDED_NUMBERS = 3
"""Posts, media and scripts; the others are left out where the line is too short."""


class DifferenceHeads(Vertical):
    """Up to five lines: numbers, what was found or how far it is, tabs, fields, columns."""

    DEFAULT_CSS = """
    DifferenceHeads {
        height: auto;
        & > Static {
            height: 1; width: 100%; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis;
        }
        #diff-stats { background: $panel; }
        #diff-columns { color: $text-muted; padding: 0; }
    }
    """

    def compose(self) -> ComposeResult:
        """Lay out the lines."""
        for name in ("stats", "state", "tabs", "fields", "columns"):
            yield Static(id=f"diff-{name}", markup=False)

    def show(
        self, found: Found | None, tab: Tab, field: str | None, groups: Sequence[FieldGroup]
    ) -> None:
        """Show what was found; None before the first scan."""
        self._show_stats(found)
        self._show_tabs(found, tab)
        pills = [(group.field, f"{group.label} {group.count}") for group in groups]
        line = Text(no_wrap=True, overflow="ellipsis")
        if found is not None and pills:
            for name, words in [(None, f"All {found.count(tab)}"), *pills]:
                line.append(f" {words} ", "reverse" if name == field else "dim")
                line.append(" ")
        self._line("fields").update(line)
        for name in ("fields", "columns"):
            self._line(name).display = bool(line.plain)
        self.on_resize()

    def on_resize(self) -> None:
        """Keep the heads above their columns, and the numbers within the line."""
        label, left, right = columns(max(0, self.size.width - 1))  # beside the scrollbar
        heads = f"{fitted('   Field', label)}{fitted('Index', left)}{fitted('File', right)}"
        self._line("columns").update(heads)
        numbers = list(self._numbers)
        while len(" · ".join(numbers)) > self.size.width - 2 and len(numbers) > _NEEDED_NUMBERS:
            numbers.pop(1)  # those of posts: how many they are stays
        self._line("stats").update(" · ".join(numbers))

    def tell(self, fraction: float | None, words: str) -> None:
        """Say how far a scan or a sync is."""
        filled = round((fraction or 0) * _BAR_CELLS)
        bar = f"{'█' * filled}{'░' * (_BAR_CELLS - filled)} {fraction or 0:4.0%}"
        self._line("state").update(f"{bar}  {words}")
        self._line("state").display = True

    _numbers: Sequence[str] = ()

    def _line(self, name: str) -> Static:
        return self.query_one(f"#diff-{name}", Static)

    def _show_stats(self, found: Found | None) -> None:
        if found is None:
            self._numbers = ("Metadata diff: what the index says against the files",)
            self._line("state").display = False
            return
        stats = found.diff.stats
        self._numbers = (
            _counted(stats.posts, "post"),
            f"{stats.published} published",
            _counted(stats.drafts, "draft"),
            _counted(stats.translations, "translation"),
            f"{stats.media} media",
            _counted(stats.scripts, "script"),
        )
        self._line("state").display = True
        self._line("state").update(f"{found.diff.summary}.")

    def _show_tabs(self, found: Found | None, front: Tab) -> None:
        line = Text(no_wrap=True, overflow="ellipsis")
        for tab in TABS:
            count = "" if found is None else f" {found.count(tab)}"
            line.append(f" {TITLES[tab]}{count} ", "reverse bold" if tab == front else "")
        self._line("tabs").update(line)


class DifferenceDetail(VerticalScroll):
    """One difference in full, with its text diff."""

    DEFAULT_CSS = """
    DifferenceDetail {
        height: 35%; min-height: 4; border-top: solid $primary; scrollbar-size: 1 1; padding: 0 1;
        & > Static { width: 100%; height: auto; }
    }
    DifferenceDetail:focus { border-top: heavy $accent; }
    """

    def __init__(self, comparison: Comparison) -> None:
        super().__init__(id="diff-detail")
        self._comparison = comparison
        self._row: Row | None = None

    def compose(self) -> ComposeResult:
        """Lay out the text."""
        yield Static(id="diff-text", markup=False)

    def show(self, row: Row | None) -> None:
        """Show all about a line; its text diff follows."""
        self._row = row
        self.scroll_home(animate=False)
        self._text.update(detail_of(row) if row is not None else "")
        if row is not None and has_text_diff(row):
            begin(self, "detail", partial(self._show_text_diff, row), is_exclusive=True)

    @property
    def _text(self) -> Static:
        return self.query_one("#diff-text", Static)

    async def _show_text_diff(self, row: Row) -> None:
        try:
            hunks, names = await self._hunks(row)
        except FileError as error:
            self._text.update(str(error))
            return
        except anyio.ClosedResourceError:
            return  # the project has been closed over it
        if row is self._row and self.is_mounted:
            head = detail_of(row)
            gap = "\n" if head and not head.plain.endswith("\n") else ""
            self._text.update(Text.assemble(head, gap, text_diff(hunks, *names)))

    async def _hunks(self, row: Row) -> tuple[list[Hunk], tuple[str, str]]:
        from store.diff import bodies
        from store.diff.differences import ItemDifference, Orphan
        from store.index import Problem

        target = row.target
        if isinstance(target, ItemDifference):
            return await self._comparison.hunks(target), ("index", "file")
        assert not isinstance(target, Orphan | Problem)
        hunks = await anyio.to_thread.run_sync(bodies.hunks, target.theirs, target.ours)
        return hunks, ("yours", "new")


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
