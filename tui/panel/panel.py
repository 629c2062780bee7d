"""The bottom panel: Tasks, Git Log and Output in tabs. Lays them out, knows which is in front."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import ContentSwitcher, Tab, Tabs

from tui.actions import ACTIONS
from tui.panel.answer_input import AnswerRow
from tui.panel.git_log_view import GitLogView
from tui.panel.output_view import OutputView
from tui.panel.tasks_view import TasksView

TABS = {"tasks": "Tasks", "git_log": "Git Log", "output": "Output"}
"""By the part of the action's name behind `show_`."""

_VIEWS = {"tasks": "tasks-view", "git_log": "git-log-view", "output": "output-view"}


class Panel(Vertical):
    """Tabs above, the view in front below."""

    DEFAULT_CSS = """
    Panel {
        height: 30%; min-height: 4; background: $surface;
        Tabs { height: 1; background: $panel; }
        Tabs Underline { display: none; }
        Tabs Tab { height: 1; padding: 0 1; }
        Tabs Tab.-active { background: $surface; color: $text; text-style: bold; }
        ContentSwitcher { height: 1fr; }
    }
    """

    def __init__(self) -> None:
        super().__init__(id="panel")

    def compose(self) -> ComposeResult:
        """Lay out the tabs; Output is in front."""
        keys = {action.id: action.key_shown for action in ACTIONS}
        yield Tabs(
            *(Tab(f"{title} {keys[f'show_{name}']}", id=name) for name, title in TABS.items()),
            active="output",
            id="panel-tabs",
        )
        with ContentSwitcher(initial=_VIEWS["output"]):
            yield TasksView()
            yield GitLogView()
            yield OutputView(id="output-view")
        yield AnswerRow()

    async def ask_line(self, prompt: str) -> str | None:
        """Ask for a line below the output; None when the person goes back, or the run ends."""
        self.bring_to_front("output")
        return await self.query_one(AnswerRow).ask(prompt)

    def hide_question(self) -> None:
        """Take a question away that nobody waits for any more."""
        self.query_one(AnswerRow).give(None)

    @property
    def output(self) -> OutputView:
        """Where runs write."""
        return self.query_one(OutputView)

    @property
    def tasks(self) -> TasksView:
        """The list of tasks."""
        return self.query_one(TasksView)

    @property
    def git_log(self) -> GitLogView:
        """The list of commits."""
        return self.query_one(GitLogView)

    @property
    def front(self) -> str:
        """Which tab is in front, a key of TABS."""
        return self.query_one(Tabs).active

    @property
    def front_view(self) -> Widget:
        """The view in front; while a script waits for an answer, the field for it."""
        row = self.query_one(AnswerRow)
        if self.front == "output" and row.is_asking:
            return row.field
        return self.query_one(f"#{_VIEWS[self.front]}")

    def bring_to_front(self, name: str) -> None:
        """Show a tab, opening the panel if it is hidden; the focus stays where it is."""
        self.display = True
        self.query_one(Tabs).active = name
        self.query_one(ContentSwitcher).current = _VIEWS[name]

    def on_tabs_tab_activated(self, event: Tabs.TabActivated) -> None:
        """Follow a click on a tab."""
        if event.tab.id is not None:
            self.query_one(ContentSwitcher).current = _VIEWS[event.tab.id]
