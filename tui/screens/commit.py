"""The form of a commit: which files, and the message.

Owns what is chosen and typed until it is left. Committing must never enter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, OptionList, Static, TextArea
from textual.widgets.option_list import Option

from store.git.words import shown_path
from tui.text_fields import LineField, TextField

if TYPE_CHECKING:
    from store.git import GitChange

_WORDS = {"untracked": "new", "conflict": "conflict"}
_STYLES = {"untracked": "green", "deleted": "red", "modified": "yellow", "conflict": "bold red"}


@dataclass(frozen=True, slots=True)
class CommitForm:
    """What the form held when it was left."""

    is_wanted: bool = False
    """Whether to commit; else it is kept for the next time."""
    left_out: frozenset[str] = frozenset()
    """Paths that are not selected."""
    subject: str = ""
    body: str = ""

    @property
    def message(self) -> str:
        """The message as git takes it."""
        return f"{self.subject.strip()}\n\n{self.body.strip()}".strip()


class ChangeList(OptionList):
    """The changed files; Space selects or leaves out the one under the cursor."""

    DEFAULT_CSS = """
    ChangeList {
        height: 1fr; min-height: 3; border: none; padding: 0; background: $surface;
        text-wrap: nowrap; text-overflow: ellipsis;
        & > .option-list--option { padding: 0; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,enter", "toggle_file", "Select it or not", show=False, id="changes.one"),
        Binding("a", "toggle_all", "Select all or none", show=False, id="changes.all"),
    ]

    @dataclass
    class SelectionChanged(Message):
        """Another file is selected, or one less."""

    def __init__(self, changes: Sequence[GitChange], left_out: frozenset[str]) -> None:
        """List `changes`, all selected but those left out."""
        self._changes = changes
        self.selected = {
            change.path for change in changes if not change.obstacle and change.path not in left_out
        }
        super().__init__(*self._rows(), id="changes", compact=True, markup=False)

    def _rows(self) -> list[Option]:
        return [
            Option(_row(change, is_selected=change.path in self.selected))
            for change in self._changes
        ]

    def action_toggle_file(self) -> None:
        """Select or leave out the file under the cursor."""
        if self.highlighted is None:
            return
        change = self._changes[self.highlighted]
        if change.obstacle:
            self.app.notify(f"{change.shown}: {change.obstacle}.", severity="warning", markup=False)
            return
        self.selected ^= {change.path}
        row = _row(change, is_selected=change.path in self.selected)
        self.replace_option_prompt_at_index(self.highlighted, row)
        self.post_message(self.SelectionChanged())

    def action_toggle_all(self) -> None:
        """Select all; when they are, none."""
        everything = {change.path for change in self._changes if not change.obstacle}
        self.selected = set() if self.selected == everything else everything
        line = self.highlighted
        self.set_options(self._rows())
        self.highlighted = line
        self.post_message(self.SelectionChanged())

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Follow a click."""
        event.stop()
        self.action_toggle_file()


class CommitScreen(ModalScreen[CommitForm]):
    """Files and message. Dismissed with what it holds, also by Esc."""

    DEFAULT_CSS = """
    CommitScreen { align: center middle; }
    CommitScreen > Vertical {
        width: 100; max-width: 100%; height: 100%; max-height: 40; background: $surface;
        border: round $primary; padding: 0 1;
    }
    CommitScreen #warning { height: auto; max-height: 3; color: $text-warning; }
    CommitScreen #complaint { height: auto; color: $text-error; }
    CommitScreen Input { width: 1fr; background: $panel-lighten-1; }
    CommitScreen TextArea { height: 4; padding: 0; background: $panel-lighten-1; }
    CommitScreen #buttons { height: 1; align-horizontal: right; }
    CommitScreen Button { margin-left: 1; min-width: 8; width: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "commit", "Commit", priority=True, id="commit.commit"),
        Binding("escape,ctrl+q", "leave", "Back", id="commit.back"),
    ]

    def __init__(
        self, changes: Sequence[GitChange], form: CommitForm, *, branch: str, warning: str = ""
    ) -> None:
        """Ask what to commit.

        Args:
            changes: What there is.
            form: What was typed and left out before.
            branch: Where the commit goes, in words.
            warning: What the person should know first.
        """
        super().__init__()
        self._changes = changes
        self._form = form
        self._branch = branch
        self._warning = warning

    def compose(self) -> ComposeResult:
        """Lay out files and message."""
        with Vertical() as box:
            box.border_title = Text(f"Commit on {self._branch}")
            box.border_subtitle = "Space selects, a all; Shift+Tab to the files; Ctrl+S commits"
            yield Label("", id="summary")
            yield ChangeList(self._changes, self._form.left_out)
            yield Static(self._warning, id="warning", markup=False)
            yield Label("Subject")
            yield LineField(self._form.subject, id="subject", compact=True)
            yield Label("More, if you like")
            yield TextField(self._form.body, id="body", compact=True)
            yield Static("", id="complaint", markup=False)
            with Horizontal(id="buttons"):
                yield Button("Commit", id="ok", compact=True, variant="primary")
                yield Button("Back", id="back", compact=True)

    def on_mount(self) -> None:
        """Begin with the subject: mostly all files are meant."""
        self.app.clear_notifications()
        self.query_one("#warning").display = bool(self._warning)
        self.query_one("#complaint").display = False
        self.query_one("#subject").focus()
        self._count()

    @on(ChangeList.SelectionChanged)
    def _count(self) -> None:
        selected = len(self.query_one(ChangeList).selected)
        total = len(self._changes)
        self.query_one("#summary", Label).update(
            f"{selected} of {total} changed {'file' if total == 1 else 'files'}"
        )

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_commit()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "ok":
            self.action_commit()
        else:
            self.action_leave()

    def action_commit(self) -> None:
        """Commit, when there is something to commit and a subject."""
        if not self.query_one(ChangeList).selected:
            self._complain("Select a file with Space.", "#changes")
        elif not self.query_one("#subject", Input).value.strip():
            self._complain("A subject is needed.", "#subject")
        else:
            self.dismiss(self._held(is_wanted=True))

    def action_leave(self) -> None:
        """Go back; what was typed is there the next time."""
        self.dismiss(self._held(is_wanted=False))

    def _complain(self, words: str, selector: str) -> None:
        complaint = self.query_one("#complaint", Static)
        complaint.update(words)
        complaint.display = True
        self.query_one(selector).focus()

    def _held(self, *, is_wanted: bool) -> CommitForm:
        selected = self.query_one(ChangeList).selected
        return CommitForm(
            is_wanted,
            frozenset(change.path for change in self._changes if change.path not in selected),
            self.query_one("#subject", Input).value,
            self.query_one("#body", TextArea).text,
        )


def _row(change: GitChange, *, is_selected: bool) -> Text:
    row = Text(no_wrap=True, overflow="ellipsis")
    row.append(" -  " if change.obstacle else "[x] " if is_selected else "[ ] ", style="bold")
    word = _WORDS.get(change.status, change.status)
    row.append(f"{word:<9} ", style=_STYLES.get(change.status, "cyan"))
    if change.previous_path:
        row.append(f"{shown_path(change.previous_path)} -> ")
    row.append(change.shown, style="dim" if change.obstacle else "")
    row.append(f"  ({change.obstacle})" if change.obstacle else "", style="italic")
    return row
