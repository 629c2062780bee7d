"""The screen of one commit: who made it and why, its files, and the diff of each.

Owns which file is looked at. What the commit holds is asked of the workspace's history.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from store.git import GitError
from tui.flows import begin
from tui.screens.diff_view import DiffView

if TYPE_CHECKING:
    from engine.history import History
    from store.git import GitCommit, GitFile

_LETTERS = {"added": "A", "modified": "M", "deleted": "D", "renamed": "R", "copied": "C"}
_KEYS = "Up, Down choose a file   Tab goes to the diff and back   Esc back"


class CommitViewScreen(ModalScreen[None]):
    """A commit. Esc goes back."""

    DEFAULT_CSS = """
    CommitViewScreen { background: $surface; }
    CommitViewScreen #head { height: auto; max-height: 4; padding: 0 1; background: $panel; }
    CommitViewScreen #files {
        height: auto; max-height: 40%; border: none; padding: 0; background: $surface;
        border-bottom: solid $panel-lighten-2 !important;
        text-wrap: nowrap; text-overflow: ellipsis;
        & > .option-list--option { padding: 0 1; }
    }
    CommitViewScreen #diff { padding: 0 1; }
    CommitViewScreen #keys { height: 1; padding: 0 1; background: $panel; text-style: dim; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", id="commit_view.back"),
        Binding("q,ctrl+q", "dismiss", "Close", id="commit_view.close"),
    ]

    def __init__(self, history: History, commit: GitCommit) -> None:
        """Show `commit` of `history`."""
        super().__init__()
        self._history = history
        self._commit = commit
        self._has_body = len(commit.message) > 1

    def compose(self) -> ComposeResult:
        """Lay out facts, files and diff."""
        yield Static(self._head(), id="head")
        yield OptionList(*self._options(), id="files", compact=True, markup=False)
        yield DiffView()
        yield Static(_KEYS, id="keys")

    def on_mount(self) -> None:
        """Begin in the list of files."""
        self.app.clear_notifications()
        files = self.query_one("#files", OptionList)
        # The first file, not the message: its subject stands above.
        files.highlighted = 1 if self._has_body and self._commit.files else 0
        files.focus()

    def _head(self) -> Text:
        commit = self._commit
        head = Text(overflow="ellipsis")
        head.append(commit.short_hash, style="bold yellow")
        head.append(f"  {commit.date[:10]} {commit.date[11:16]}  {commit.author}")
        head.append(f" <{commit.email}>\n" if commit.email else "\n", style="dim")
        head.append(commit.message[0], style="bold")
        if len(commit.parents) > 1:
            head.append("\nA merge: what differs from its first parent.", style="italic")
        return head

    def _options(self) -> list[Option]:
        rows = [Text("Message")] if self._has_body else []
        rows += [_row(file) for file in self._commit.files]
        if not self._commit.files:
            rows.append(Text("It changes no file of this project.", style="italic"))
        if self._commit.files_left_out:
            # A row, and not in the head, where a long subject would push it out of view.
            rows.append(Text(f"... {self._commit.files_left_out:,} more", style="yellow"))
        return [Option(row) for row in rows]

    @on(OptionList.OptionHighlighted)
    def _file_chosen(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        number = event.option_index - self._has_body
        view = self.query_one(DiffView)
        if number < 0 or not self._commit.files:
            view.show(self._commit.message, is_diff=False)
        elif number >= len(self._commit.files):
            self.workers.cancel_group(self, "diff")
            words = f"Not listed here: git show --stat {self._commit.short_hash} lists them all."
            view.show([words], is_diff=False)
        else:
            # Exclusive: going on to the next file ends the git that was asked about the last.
            begin(self, "diff", partial(self._load, self._commit.files[number]), is_exclusive=True)

    @on(OptionList.OptionSelected)
    def _file_entered(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.query_one(DiffView).focus()

    async def _load(self, file: GitFile) -> None:
        view = self.query_one(DiffView)
        try:
            diff = await self._history.diff(self._commit, file)
        except GitError as error:
            view.show([str(error)], is_diff=False)
            return
        if file.is_binary:
            view.show([f"{file.shown} is a binary file."], is_diff=False)
        elif not diff.lines:
            view.show([f"{file.shown} is empty."], is_diff=False)
        else:
            note = f"... cut here: git show {self._commit.short_hash} shows all of it."
            view.show(diff.lines, note=note if diff.is_cut else "")

    def action_back(self) -> None:
        """Go back: from the diff to the files, from there to where one came from."""
        if self.query_one(DiffView).has_focus:
            self.query_one("#files").focus()
        else:
            self.dismiss()


def _row(file: GitFile) -> Text:
    letter = _LETTERS.get(file.status, "T")
    row = Text(no_wrap=True, overflow="ellipsis")
    row.append(f"{letter} ", style="bold")
    if file.is_binary:
        row.append(f"{'binary':>11}", style="dim")
    else:
        row.append(f"{f'+{file.added}':>5}", style="green")
        row.append(f" {f'-{file.removed}':>5}", style="red")
    row.append(f"  {file.shown}")
    return row
