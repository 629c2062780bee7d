"""Draws a task as one line: state, when, name, how far, how long, and what it says."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from store.one_line import clean

if TYPE_CHECKING:
    from engine.tasks import Task, TaskState

_MARKS: dict[TaskState, str] = {
    "pending": "◦",
    "running": "▶",
    "completed": "✔",
    "failed": "✘",
    "cancelled": "■",
}
_STYLES: dict[TaskState, str] = {
    "pending": "dim",
    "running": "bold",
    "completed": "green",
    "failed": "red",
    "cancelled": "yellow",
}
_BAR_CELLS = 8
_STATUS_CELLS = _BAR_CELLS + 5
_MIN_NAME_CELLS, _MAX_NAME_CELLS = 12, 40


def name_width(tasks: Sequence[Task], width: int) -> int:
    """Return how many cells names get, so that the columns below each other are even.

    Args:
        tasks: Those that are shown.
        width: Of the list, in cells.
    """
    longest = max((cell_len(_name(task)) for task in tasks), default=0)
    return min(longest, max(width // 4, _MIN_NAME_CELLS), _MAX_NAME_CELLS)


def task_line(task: Task, names: int) -> Text:
    """Draw a task.

    Args:
        task: Which.
        names: How many cells its name gets.
    """
    style = _STYLES[task.state]
    line = Text(no_wrap=True, overflow="ellipsis")
    line.append(f"{_MARKS[task.state]} ", style=style)
    line.append(time.strftime("%H:%M:%S ", time.localtime(task.started_at)), style="dim")
    line.append(_cut(_name(task), names), style="bold" if task.state == "running" else "")
    line.append(f" {_status(task):<{_STATUS_CELLS}}", style=style)
    line.append(f" {_elapsed(task):>6}")
    message = clean((task.message or task.error).strip().partition("\n")[0])
    if message:
        line.append(f"  {message}", style="red" if task.state == "failed" else "dim")
    return line


def elapsed(seconds: float) -> str:
    """Write a duration: `0.25 s`, from ten seconds on `0:12`, from an hour on `1:00:00`."""
    if seconds < 10:
        return f"{seconds:.2f} s"
    return clock(seconds)


def clock(seconds: float) -> str:
    """Write a duration that goes on, in whole seconds: `0:05`, `12:40`, `1:00:00`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _name(task: Task) -> str:
    return clean(f"{task.group}: {task.name}" if task.group else task.name)


def _cut(name: str, width: int) -> str:
    is_too_long = cell_len(name) > width
    return f"{set_cell_size(name, width - 1)}…" if is_too_long else set_cell_size(name, width)


def _status(task: Task) -> str:
    if task.state == "pending":
        return "waiting"
    if task.state == "running" and task.progress is not None:
        filled = int(task.progress * _BAR_CELLS)
        return f"{'█' * filled}{'░' * (_BAR_CELLS - filled)} {int(task.progress * 100):>3}%"
    return str(task.state)


def _elapsed(task: Task) -> str:
    if task.state == "pending":
        return ""
    return clock(task.duration_s) if task.state == "running" else elapsed(task.duration_s)
