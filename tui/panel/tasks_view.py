"""The Tasks tab: what runs and what has run, newest first. Shows the engine's tasks, keeps none."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.widgets import OptionList
from textual.widgets.option_list import Option

if TYPE_CHECKING:
    from engine.tasks import Task

_MARKS = {"running": "▶", "completed": "✔", "failed": "✘", "cancelled": "■"}
_STYLES = {"running": "bold", "completed": "green", "failed": "red", "cancelled": "yellow"}
_BAR_CELLS = 12


class TasksView(OptionList):
    """One line per task. Enter cancels the one under the cursor."""

    DEFAULT_CSS = """
    TasksView {
        height: 1fr; border: none; padding: 0; background: $surface;
        text-wrap: nowrap; text-overflow: ellipsis;
        & > .option-list--option { padding: 0 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,delete", "cancel_task", "Cancel task", show=False, id="tasks.cancel"),
    ]

    def __init__(self) -> None:
        super().__init__(id="tasks-view", compact=True)
        self._tasks: list[Task] = []

    def show(self, tasks: Iterable[Task]) -> None:
        """Show these tasks, keeping the cursor where it is."""
        self._tasks = list(tasks)
        cursor = self.highlighted
        self.clear_options()
        if not self._tasks:
            self.add_option(Option("No tasks yet. Runs and rebuilds show up here.", disabled=True))
            return
        self.add_options([Option(_line(task), id=str(task.id)) for task in self._tasks])
        self.highlighted = min(cursor or 0, len(self._tasks) - 1)

    def action_cancel_task(self) -> None:
        """Ask the task under the cursor to stop."""
        if self.highlighted is None or self.highlighted >= len(self._tasks):
            return
        task = self._tasks[self.highlighted]
        if task.state == "running":
            task.cancel()
        else:
            self.screen.notify(f"{task.name} has already ended.")


def _line(task: Task) -> Text:
    line = Text(no_wrap=True, overflow="ellipsis")
    line.append(f"{_MARKS[task.state]} ", style=_STYLES[task.state])
    line.append(time.strftime("%H:%M:%S ", time.localtime(task.started_at)), style="dim")
    line.append(task.name)
    if task.state == "running" and task.progress is not None:
        filled = round(task.progress * _BAR_CELLS)
        line.append(f"  {'█' * filled}{'░' * (_BAR_CELLS - filled)} {task.progress:4.0%}")
    elif task.state == "running":
        line.append("  running", style="italic")
    else:
        line.append(f"  {task.state} in {task.duration_s:.2f} s", style=_STYLES[task.state])
    if task.message:
        line.append(f"  {task.message}", style="dim")
    return line
