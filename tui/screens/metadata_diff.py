"""The metadata diff on the screen: scan, look through what differs, bring either side in line.

Owns tab, filter and cursor. What differs and what is written is the engine's.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import anyio
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.notifications import SeverityLevel
from textual.screen import Screen
from textual.widgets import Static

from store.files import FileError
from store.one_line import clean
from tui.flows import begin
from tui.screens.difference_list import DifferenceList
from tui.screens.difference_panes import DifferenceDetail, DifferenceHeads
from tui.screens.difference_rows import NOTHING, TABS, Found, Row, Tab, line_of, rows_of
from tui.screens.metadata_diff_menu import Proposal, ProposalScreen, Target, choices_of, proposals
from tui.screens.questions import Answer, QuestionScreen

if TYPE_CHECKING:
    from engine.workspace import Workspace
    from store.default_updates import OutdatedDefault
    from store.diff.differences import FieldGroup
    from store.diff.syncing import Choice, SyncReport
    from tui.flows import Flows
    from tui.main_screen import MainScreen

_KEYS = "S Scan  I File→Index  F Index→File  M More  ←→ Kind  N Field  Tab Text  Esc"
_DEFAULT_KEYS = "S Scan  T Take the new one  K Keep mine  Alt+U Undo  ←→ Kind  Tab Text  Esc"
_BUSY_KEYS = "C Cancel  Esc"
_TOLD_FAILURES = 3


def open_metadata_diff(screen: MainScreen, workspace: Workspace | None, flows: Flows) -> None:
    """Show the metadata diff over the main screen, which then shows what has changed.

    Args:
        screen: The main screen.
        workspace: The open project; None while it is still being opened.
        flows: The main screen's.
    """
    if workspace is None:
        screen.notify("The project is still being opened.")
        return
    screen.app.push_screen(
        MetadataDiffScreen(workspace), lambda _: flows.beside(screen.refresh_scripts)
    )


class MetadataDiffScreen(Screen[None]):
    """Stats, tabs and fields above, the differences in the middle, one of them in full below."""

    DEFAULT_CSS = """
    MetadataDiffScreen {
        background: $surface;
        #diff-nothing { height: 1fr; padding: 1 2; }
        #diff-keys {
            dock: bottom; height: 1; padding: 0 1; text-wrap: nowrap;
            background: $footer-background; color: $footer-key-foreground;
        }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f10,ctrl+q", "back", "Back", id="diff.back"),
        Binding("s,f5", "scan", "Scan", id="diff.scan"),
        Binding("c", "cancel", "Cancel", id="diff.cancel"),
        Binding("i", "sync('index')", "File to index", id="diff.to_index"),
        Binding("f", "sync('file')", "Index to file", id="diff.to_file"),
        Binding("m,enter", "more", "More", id="metadata_diff.more"),
        Binding("t", "take_default", "Take the new default script", id="diff.take_default"),
        Binding("k", "keep_default", "Keep mine", id="diff.keep_default"),
        Binding("alt+u", "undo", "Bring the last replaced script back", id="diff.undo"),
        Binding("right", "step_tab(1)", "Next kind", id="diff.next_tab"),
        Binding("left", "step_tab(-1)", "Previous kind", id="diff.previous_tab"),
        Binding("n", "step_field(1)", "Next field", id="diff.next_field"),
        Binding("p", "step_field(-1)", "Previous field", id="diff.previous_field"),
    ]

    def __init__(self, workspace: Workspace) -> None:
        """Show `workspace`; nothing is scanned before somebody asks for it."""
        super().__init__()
        self._workspace = workspace
        self._comparison = workspace.comparison
        self._found: Found | None = None
        self._rows: Sequence[Row] = ()
        self._tab: Tab = "posts"
        self._field: str | None = None
        self._is_busy = False

    def compose(self) -> ComposeResult:
        """Lay out the lines."""
        yield DifferenceHeads()
        yield Static(id="diff-nothing", markup=False)
        yield DifferenceList()
        yield DifferenceDetail(self._comparison)
        yield Static(id="diff-keys", markup=False)

    def on_mount(self) -> None:
        """Begin empty."""
        self._show()

    @property
    def lines(self) -> DifferenceList:
        """The differences."""
        return self.query_one(DifferenceList)

    @property
    def row(self) -> Row | None:
        """The line under the cursor."""
        place = self.lines.cursor
        return self._rows[place] if place < len(self._rows) else None

    # What keys do ------------------------------------------------------------------------------

    def action_back(self) -> None:
        """Leave; a scan ends."""
        if self._is_busy:
            self._comparison.cancel()
        self.dismiss(None)

    def action_cancel(self) -> None:
        """Stop a scan or a sync."""
        if self._is_busy:
            self._comparison.cancel()

    def action_scan(self) -> None:
        """Compare everything."""
        self._start(self._scan)

    def action_sync(self, target: Target) -> None:
        """Bring the field or the item under the cursor in line."""
        row = self.row
        if row is None or self._found is None:
            self.notify("Nothing is under the cursor. S scans.")
            return
        choices = choices_of(row, target)
        if not choices:
            self.notify("Neither side can be written here; the lines below say what to do.")
        elif target == "file" and getattr(row.target, "state", "") == "no_sidecar":
            self._start(self._make_sidecar, row)
        else:
            self._start(self._sync, target, choices)

    def action_more(self) -> None:
        """Choose more than what is under the cursor."""
        if self._found is not None:
            self._start(self._choose, self._found)

    def action_take_default(self) -> None:
        """Take the newer default script."""
        self._settle_default(
            self._comparison.take_default, "The newer {0} is in place. Alt+U brings yours back."
        )

    def action_keep_default(self) -> None:
        """Keep the own script."""
        self._settle_default(
            self._comparison.keep_default, "Yours stays; {0} is asked about when it changes again."
        )

    def action_undo(self) -> None:
        """Bring back what the newer default replaced, or what was deleted before."""
        self._start(self._undo)

    def action_step_tab(self, step: int) -> None:
        """Show the next or previous kind."""
        self._tab = TABS[(TABS.index(self._tab) + step) % len(TABS)]
        self._field = None
        self._show()

    def action_step_field(self, step: int) -> None:
        """Show the next or previous field only; after the last, all of them."""
        names = [None, *(group.field for group in self._groups())]
        place = names.index(self._field) if self._field in names else 0
        self._field = names[(place + step) % len(names)]
        self._show()

    # What takes longer -------------------------------------------------------------------------

    def _start(self, flow: Callable[..., Coroutine[Any, Any, None]], *arguments: object) -> None:
        if self._is_busy:
            self.notify("Something is still under way; C cancels it.", severity="warning")
            return
        self._set_busy(True)
        begin(self, "diff", partial(self._told, partial(flow, *arguments)))

    async def _told(self, flow: Callable[[], Coroutine[Any, Any, None]]) -> None:
        try:
            await flow()
        except anyio.ClosedResourceError:
            return  # the project has been closed over it
        except FileError as error:
            self.notify(str(error), severity="error", timeout=10)
        except Exception as error:  # ours, and no reason to end the app
            place = traceback.extract_tb(error.__traceback__)[-1]
            self.notify(
                f"A fault in Inkstand: {type(error).__name__}: {error} "
                f"({place.filename}:{place.lineno})",
                severity="error",
                timeout=20,
            )
        finally:
            self._set_busy(False)

    async def _scan(self) -> None:
        diff = await self._comparison.scan(tell=self._tell)
        defaults: Sequence[OutdatedDefault] = ()
        try:
            defaults = await self._comparison.outdated_defaults()
        except FileError as error:
            self.notify(str(error), severity="warning")
        is_first = self._found is None
        self._found = Found(diff, defaults)
        if is_first:
            filled = [tab for tab in TABS if self._found.count(tab)]
            self._tab = filled[0] if filled else self._tab
        if self._field not in {group.field for group in self._groups()}:
            self._field = None
        self._show(keep_cursor=True)

    async def _choose(self, found: Found) -> None:
        offered = proposals(found, self._tab, self.row, self._field)
        if not offered:
            self.notify("Nothing can be brought in line here.")
            return
        proposal: Proposal | None = await self.app.push_screen_wait(ProposalScreen(offered))
        if proposal is not None:
            await self._sync(proposal.target, proposal.choices)

    async def _sync(self, target: Target, choices: Sequence[Choice]) -> None:
        if target == "index":
            await self._report(await self._comparison.sync_to_index(choices, tell=self._tell))
            return
        wanted = await self._confirmed(choices)
        if wanted:
            await self._report(await self._comparison.sync_to_files(wanted, tell=self._tell))

    async def _confirmed(self, choices: Sequence[Choice]) -> Sequence[Choice]:
        """Ask before several files are written, or a part of one; nothing when they may not."""
        count = len({choice.item.path for choice in choices})
        is_part = not all(choice.is_whole for choice in choices)
        if count == 1 and not is_part:
            return choices
        # Whoever watches the files reads a changed one whole, and the row's other values are gone.
        rest = "\nWhat else differs there follows the file from then on." if is_part else ""
        if count == 1:
            label = choices[0].label
            text = f"Write only {label} into {choices[0].item.path}?{rest}"
            answers = [Answer("write", f"Only {label}"), Answer("whole", "All fields")]
        else:
            text = f"Write {count} files, so that they say what the index says?{rest}"
            answers = [Answer("write", f"Write {count} files", is_dangerous=True)]
        answer = await self.app.push_screen_wait(
            QuestionScreen("Index -> files", _clean_lines(text), answers)
        )
        if answer == "whole":
            return [choice.whole for choice in choices]
        return choices if answer == "write" else ()

    async def _report(self, report: SyncReport) -> None:
        lines = [f"{report.summary}."]
        lines += [f"{one.path}: {one.reason}" for one in report.failed[:_TOLD_FAILURES]]
        if len(report.failed) > _TOLD_FAILURES:
            lines.append(f"and {len(report.failed) - _TOLD_FAILURES} more")
        severity: SeverityLevel = "error" if report.failed else "information"
        self.notify("\n".join(lines), severity=severity, timeout=10 if report.failed else None)
        await self._scan()

    async def _make_sidecar(self, row: Row) -> None:
        from store.diff.differences import Orphan

        assert isinstance(row.target, Orphan)
        path = await self._comparison.make_sidecar(row.target)
        self.notify(f"Made {path}.")
        await self._scan()

    def _settle_default(
        self, settle: Callable[[OutdatedDefault], Coroutine[Any, Any, None]], words: str
    ) -> None:
        place = self.lines.cursor
        if self._tab != "defaults" or self._found is None or not self._found.defaults:
            self.notify("This is for default scripts that you changed.")
            return
        self._start(self._settle, settle, self._found.defaults[place], words)

    async def _settle(
        self,
        settle: Callable[[OutdatedDefault], Coroutine[Any, Any, None]],
        default: OutdatedDefault,
        words: str,
    ) -> None:
        await settle(default)
        self.notify(words.format(default.path.name))
        await self._scan()

    async def _undo(self) -> None:
        script = await self._workspace.undo_delete()
        if script is None:
            self.notify("Nothing has been replaced or deleted since the project was opened.")
            return
        self.notify(f"Your {self._workspace.relative(script.path)} is back.")
        await self._scan()

    # What is seen ------------------------------------------------------------------------------

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """Show a message; what it quotes may hold anything, so nothing of it is obeyed."""
        message = _clean_lines(message)
        super().notify(message, title=title, severity=severity, timeout=timeout, markup=markup)

    def _set_busy(self, is_busy: bool) -> None:
        self._is_busy = is_busy
        if self.is_attached:
            self._show_keys()
            self.query_one("#diff-nothing", Static).update(self._nothing(self._found))

    def _tell(self, fraction: float | None, words: str) -> None:
        if self.is_attached:
            self.query_one(DifferenceHeads).tell(fraction, words)

    def _groups(self) -> list[FieldGroup]:
        if self._found is None:
            return []
        from store.diff.differences import grouped

        return grouped(self._found.items(self._tab))

    def _show(self, *, keep_cursor: bool = False) -> None:
        if not self.is_attached:
            return
        found = self._found
        self._rows = rows_of(found, self._tab, self._field) if found is not None else ()
        self.query_one(DifferenceHeads).show(found, self._tab, self._field, self._groups())
        self._show_keys()
        nothing = self.query_one("#diff-nothing", Static)
        nothing.update(self._nothing(found))
        nothing.display = not self._rows
        self.lines.display = self.query_one(DifferenceDetail).display = bool(self._rows)
        rows = self._rows
        cursor = self.lines.cursor if keep_cursor else 0
        self.lines.show(len(rows), lambda place: line_of(rows[place]), cursor)
        if self._rows and self.focused is None:
            self.lines.focus()

    def _show_keys(self) -> None:
        keys = _DEFAULT_KEYS if self._tab == "defaults" else _KEYS
        self.query_one("#diff-keys", Static).update(_BUSY_KEYS if self._is_busy else keys)

    def _nothing(self, found: Found | None) -> str:
        if found is None:
            if self._is_busy:
                return "The files are being compared with the index. C stops that."
            return (
                "Nothing has been compared yet. Press S or F5 to scan.\n\n"
                "Every file of posts, media and scripts is read and compared with the index; "
                "nothing is changed by that."
            )
        diff = found.diff
        if diff.is_same and not found.defaults:
            return f"All {diff.total} in sync."
        return f"{NOTHING[self._tab]} Left and Right show the others."

    @on(DifferenceList.Moved)
    def _moved(self) -> None:
        self.query_one(DifferenceDetail).show(self.row)


def _clean_lines(text: str) -> str:
    """Make a text of several lines fit to be shown."""
    return "\n".join(map(clean, text.split("\n")))
