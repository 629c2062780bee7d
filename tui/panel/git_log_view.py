"""The Git Log tab: the newest commits of the project's repository, or why there are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.widgets import OptionList
from textual.widgets.option_list import Option

if TYPE_CHECKING:
    from store.git import GitLog


class GitLogView(OptionList):
    """One line per commit."""

    DEFAULT_CSS = """
    GitLogView {
        height: 1fr; border: none; padding: 0; background: $surface;
        text-wrap: nowrap; text-overflow: ellipsis;
        & > .option-list--option { padding: 0 1; }
    }
    """

    def __init__(self) -> None:
        super().__init__(id="git-log-view", compact=True)

    def show(self, log: GitLog) -> None:
        """Show these commits."""
        self.clear_options()
        if log.problem:
            self.add_option(Option(Text(log.problem), disabled=True))
            return
        for entry in log.entries:
            line = Text(no_wrap=True, overflow="ellipsis")
            line.append(f"{entry.short_hash} ", style="yellow")
            line.append(f"{entry.date[:10]} ", style="dim")
            line.append(entry.subject)
            line.append(f"  {entry.author}", style="dim")
            self.add_option(Option(line))
