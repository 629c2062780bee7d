"""What a task has to say, whole: its error above all. Shows one task as it was; changes nothing."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from store.one_line import clean
from tui.panel.task_line import elapsed

if TYPE_CHECKING:
    from engine.tasks import Task


class TaskDetails(ModalScreen[None]):
    """A box to scroll through; Esc closes it."""

    DEFAULT_CSS = """
    TaskDetails { align: center middle; }
    TaskDetails VerticalScroll {
        width: 90%; max-width: 100; height: auto; max-height: 90%; background: $surface;
        border: round $primary; padding: 0 1; scrollbar-size-vertical: 1;
    }
    TaskDetails Static { height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,e,q,ctrl+q", "dismiss", "Close", id="task_details.close")
    ]

    def __init__(self, task: Task) -> None:
        """Show `task`."""
        super().__init__()
        self._title = clean(task.name)
        self._text = _text(task)

    def compose(self) -> ComposeResult:
        """Lay out the text."""
        with VerticalScroll() as scroll:
            scroll.border_title = self._title
            scroll.border_subtitle = "Esc closes"
            yield Static(self._text)

    def on_mount(self) -> None:
        """Let the arrow keys scroll at once."""
        self.app.clear_notifications()
        self.query_one(VerticalScroll).focus()


def _text(task: Task) -> Text:
    began = time.strftime("%H:%M:%S", time.localtime(task.started_at))
    group = f"{task.group}, " if task.group else ""
    head = f"{group}{task.state}, began {began}, took {elapsed(task.duration_s)}"
    parts = [task.message] if task.message and task.message not in task.error else []
    parts += [task.error] if task.error else []
    # By lines: what an error quotes may hold anything, and nothing of it is obeyed.
    said = "\n".join(_shown(line) for part in parts for line in part.splitlines())
    return Text.assemble((clean(head), "dim"), "\n\n", said)


def _shown(line: str) -> str:
    """Make a line fit to be shown; its indentation means something in a traceback."""
    indentation = line[: len(line) - len(line.lstrip(" "))]
    return indentation + clean(line)
