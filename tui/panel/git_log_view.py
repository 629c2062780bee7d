"""The Git Log tab: the project's branch and its commits, or why there are none.

Owns what is shown and where the cursor is. Asking git must never enter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from store.one_line import clean

if TYPE_CHECKING:
    from store.git import GitEntry, GitLog, GitState, SyncStatus

Wish: TypeAlias = Literal["refresh", "page", "show", "commit", "init"]

_NEAR_THE_END = 20
"""How many commits from the end the cursor is when more are asked for."""

_MARKS: dict[SyncStatus, tuple[str, str]] = {
    "both": ("  ", ""),
    "local-only": ("↑ ", "bold green"),
    "remote-only": ("↓ ", "bold magenta"),
}


class GitLogView(OptionList):
    """One line per commit, below a line about the branch."""

    DEFAULT_CSS = """
    GitLogView {
        height: 1fr; border: none; padding: 0; background: $surface;
        text-wrap: nowrap; text-overflow: ellipsis;
        border-title-color: $text; border-title-background: $surface;
        & > .option-list--option { padding: 0 1; }
        &.-headed { border-top: solid $panel-lighten-2 !important; }
        & > .option-list--option-disabled { color: $text; }
        &.-trouble { text-wrap: wrap; text-overflow: fold; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "show_commit", "Show the commit", show=False, id="git_log.show"),
        Binding("c", "ask('commit')", "Commit changes", show=False, id="git_log.commit"),
        Binding("r", "ask('refresh')", "Read again", show=False, id="git_log.refresh"),
        Binding("i", "ask('init')", "Make a repository", show=False, id="git_log.init"),
    ]

    @dataclass
    class Asked(Message):
        """The person, or the cursor, wants something that only git can do."""

        wish: Wish
        commit: str = ""
        """The hash that a wish to show means."""

    def __init__(self) -> None:
        super().__init__(id="git-log-view", compact=True)
        self._entries: list[GitEntry] = []
        self._has_more = False
        self._is_page_asked = False

    @property
    def count(self) -> int:
        """How many commits are shown."""
        return len(self._entries)

    def show(self, log: GitLog, state: GitState | None = None) -> None:
        """Show these commits; the cursor stays on its commit, or else at its line.

        Args:
            log: From the newest on.
            state: How the folder stands, for the line above.
        """
        self._show_state(state)
        self._has_more, self._is_page_asked = log.rest is not None, False
        if log.problem:
            self._entries = []
            self._show_trouble(log)
            return
        self.remove_class("-trouble")
        if list(log.entries) == self._entries and self.option_count:
            return
        line = self.highlighted
        before = self._entries[line].hash if line is not None and line < self.count else ""
        self._entries = list(log.entries)
        self.set_options([Option(_line(entry)) for entry in self._entries])
        if not self.go_to(before) and self._entries:
            self.highlighted = min(line or 0, self.count - 1)

    def append(self, log: GitLog) -> None:
        """Show the next page."""
        self._has_more, self._is_page_asked = log.rest is not None, False
        self._entries += log.entries
        self.add_options([Option(_line(entry)) for entry in log.entries])

    def go_to(self, commit: str) -> bool:
        """Put the cursor on a commit.

        Args:
            commit: Its hash.

        Returns:
            Whether it is there.
        """
        for line, entry in enumerate(self._entries):
            if entry.hash == commit:
                self.highlighted = line
                self.scroll_to_highlight()
                return True
        return False

    def _show_state(self, state: GitState | None) -> None:
        self.set_class(state is not None and state.trouble is None, "-headed")
        if state is not None and state.trouble is None:
            self.border_title = _head(state)

    def _show_trouble(self, log: GitLog) -> None:
        self.add_class("-trouble")
        lines = [log.problem]
        if log.trouble is not None:
            if log.trouble.kind == "no-repository":
                lines.append("Press i to make one here (git init).")
            elif log.trouble.kind == "no-commits":
                lines.append("Press c to make the first one.")
            elif log.trouble.hint:
                lines.append(log.trouble.hint)
        self.set_options([Option(Text(clean(line)), disabled=True) for line in lines])

    # --- what the person does

    def on_show(self) -> None:
        """Read anew when the tab comes to the front."""
        self.action_ask("refresh")

    def on_focus(self) -> None:
        """Read anew when the person comes to look."""
        self.action_ask("refresh")

    def watch_highlighted(self, highlighted: int | None) -> None:
        """Ask for more commits before the cursor is at the end."""
        super().watch_highlighted(highlighted)
        if highlighted is None or not self._has_more or self._is_page_asked:
            return
        if highlighted >= self.count - _NEAR_THE_END:
            self._is_page_asked = True
            self.action_ask("page")

    def action_ask(self, wish: Wish) -> None:
        """Tell the screen what is wanted."""
        self.post_message(self.Asked(wish))

    def action_show_commit(self) -> None:
        """Show the commit under the cursor."""
        if self.highlighted is not None and self.highlighted < self.count:
            self.post_message(self.Asked("show", self._entries[self.highlighted].hash))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Show a commit that was clicked."""
        event.stop()
        self.action_show_commit()


def _head(state: GitState) -> Text:
    head = Text(no_wrap=True, overflow="ellipsis")
    head.append("detached at " if state.is_detached else "")
    head.append(state.branch, style="bold")
    if not state.has_commits:
        head.append(", no commits yet")
    elif state.upstream:
        head.append(f" → {state.upstream}")
        if state.is_upstream_gone:
            head.append(" (not there)")
        elif not state.ahead and not state.behind:
            head.append("  in step")
        else:
            head.append(f"  ↑{state.ahead}" if state.ahead else "")
            head.append(f"  ↓{state.behind}" if state.behind else "")
    elif not state.is_detached:
        head.append(", no upstream")
    count = len(state.changes)
    head.append(f"  ·  {count} changed {'file' if count == 1 else 'files'}" if count else "")
    head.append(", c commits" if count else "")
    return head


def _line(entry: GitEntry) -> Text:
    line = Text(no_wrap=True, overflow="ellipsis")
    line.append(*_MARKS[entry.sync])
    line.append(f"{entry.short_hash} ", style="yellow")
    line.append(f"{entry.date[:10]} ", style="dim")
    line.append(entry.subject)
    line.append(f"  {entry.author}", style="dim")
    return line
