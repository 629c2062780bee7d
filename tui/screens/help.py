"""The help screen: every key there is, made from the registries. No key is written here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.actions import ACTIONS, SCOPE_TITLES, show_key
from tui.editor.code_area import CodeArea
from tui.editor.post_area import PostArea
from tui.panel.answer_input import AnswerInput
from tui.panel.git_log_view import GitLogView
from tui.panel.output_view import OutputView
from tui.panel.tasks_view import TasksView
from tui.preview.view import PreviewView
from tui.sidebar.script_tree import ScriptTree

_WIDGETS: tuple[tuple[str, type], ...] = (
    ("In the text", CodeArea),
    ("In a post", PostArea),
    ("In the scripts", ScriptTree),
    ("In the output", OutputView),
    ("In the tasks", TasksView),
    ("In the git log", GitLogView),
    ("In the preview", PreviewView),
    ("When a script asks", AnswerInput),
)


def help_sections() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return title and (key, what it does) of every section."""
    sections = [
        (
            title,
            [
                (", ".join(map(show_key, action.keys.split(","))), f"{action.label}: {action.help}")
                for action in ACTIONS
                if action.scope == scope
            ],
        )
        for scope, title in SCOPE_TITLES.items()
    ]
    for title, widget in _WIDGETS:
        own: Iterable[BindingType] = widget.__dict__["BINDINGS"]
        sections.append(
            (
                title,
                [
                    (", ".join(map(show_key, binding.key.split(","))), binding.description)
                    for binding in own
                    if isinstance(binding, Binding)
                ],
            )
        )
    return sections


class HelpScreen(ModalScreen[None]):
    """All keys, to scroll through."""

    DEFAULT_CSS = """
    HelpScreen { align: center middle; }
    HelpScreen VerticalScroll {
        width: 90%; max-width: 100; height: 90%; background: $surface; border: round $primary;
        padding: 0 1; scrollbar-size-vertical: 1;
    }
    HelpScreen Static { height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f1,q,ctrl+q", "dismiss", "Close", id="help.close")
    ]

    def compose(self) -> ComposeResult:
        """Lay out the list."""
        with VerticalScroll() as scroll:
            scroll.border_title = "Keys"
            scroll.border_subtitle = "Esc closes"
            yield Static(self._table())

    def on_mount(self) -> None:
        """Let the arrow keys scroll at once."""
        self.query_one(VerticalScroll).focus()

    def _table(self) -> Table:
        table = Table(box=None, show_header=False, expand=True, padding=(0, 1))
        table.add_column(width=18)
        table.add_column(ratio=1)
        for title, rows in help_sections():
            table.add_row(Text.assemble((title, "bold underline")), "")
            for key, text in rows:
                table.add_row(Text(f"  {key}", style="bold"), Text(text))
            table.add_row("", "")
        return table
