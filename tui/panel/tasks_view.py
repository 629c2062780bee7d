"""The Tasks tab: what runs, waits and has run, newest first. Shows the engine's tasks, keeps none.

How a task is drawn is `task_line`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from engine.tasks import Tasks
from tui.panel.task_line import name_width, task_line
from tui.screens.task_details import TaskDetails

if TYPE_CHECKING:
    from textual import events
    from textual.screen import Screen
    from textual.timer import Timer

    from engine.tasks import Task

TICK_S = 1.0
"""Seconds between two drawings of how long running tasks have taken."""

EMPTY = "No tasks yet. Runs and rebuilds show up here."


def _bind(key: str, action: str, description: str) -> Binding:
    return Binding(key, action, description, show=False, id=f"tasks.{action}")


class TasksView(OptionList):
    """One line per task; the cursor stays on its task."""

    DEFAULT_CSS = """
    TasksView {
        height: 1fr; border: none; padding: 0; background: $surface;
        text-wrap: nowrap; text-overflow: ellipsis;
        & > .option-list--option { padding: 0 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        _bind("enter", "open", "Cancel the task; show why it failed"),
        _bind("delete", "cancel", "Cancel the task"),
        _bind("e", "show_error", "Show the task's error, whole"),
        _bind("c", "clear_finished", "Clear the finished tasks"),
    ]

    def __init__(self) -> None:
        super().__init__(id="tasks-view", compact=True)
        self._shown: list[Task] = []
        self._drawn: list[str] = []
        self._source: Tasks | None = None
        self._ticking: Timer | None = None
        self.is_ticking = False
        """Whether the clock goes: while something runs."""
        self.screen_of: Callable[[Task], Screen[None] | None] = lambda _: None
        """Gives the screen of a task that has more to show than words; set by who knows it."""

    def on_mount(self) -> None:
        """Begin empty, and without a clock."""
        self._ticking = self.set_interval(TICK_S, self._draw, pause=True)
        self._draw()

    def show(self, tasks: Iterable[Task]) -> None:
        """Show these tasks, keeping the cursor on its task."""
        self._source = tasks if isinstance(tasks, Tasks) else None
        self._shown = list(tasks)
        self._draw()
        self._tick_or_not(any(task.state == "running" for task in self._shown))

    def _tick_or_not(self, is_wanted: bool) -> None:
        if self._ticking is None or is_wanted == self.is_ticking:
            return
        self.is_ticking = is_wanted
        if is_wanted:
            self._ticking.reset()
            self._ticking.resume()
        else:
            self._ticking.pause()  # nothing moves: not a byte for the terminal

    def on_resize(self, _event: events.Resize) -> None:
        """Fit the columns to the width."""
        self._draw()

    def action_open(self) -> None:
        """Do what is wanted of the task under the cursor: cancel it, or tell why it failed."""
        task = self._under_cursor()
        if task is None:
            return
        if task.is_ended:
            self._show_details(task)
        else:
            task.cancel()

    def action_cancel(self) -> None:
        """Ask the task under the cursor to stop."""
        task = self._under_cursor()
        if task is None:
            return
        if task.is_ended:
            self.screen.notify(f"{task.name} has already ended.")
        else:
            task.cancel()

    def action_show_error(self) -> None:
        """Show all there is to know about the task under the cursor."""
        task = self._under_cursor()
        if task is not None:
            self._show_details(task)

    def action_clear_finished(self) -> None:
        """Forget the tasks that have ended."""
        count = self._source.clear_finished() if self._source is not None else 0
        if not count:
            self.screen.notify("There are no finished tasks.")

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Do nothing more on a click than to put the cursor there: Enter would cancel."""
        event.stop()

    def _under_cursor(self) -> Task | None:
        if self.highlighted is None or self.highlighted >= len(self._shown):
            return None
        return self._shown[self.highlighted]

    def _show_details(self, task: Task) -> None:
        own = self.screen_of(task)
        if own is not None:
            self.app.push_screen(own)
            return
        if not (task.error or task.message):
            self.screen.notify(f"{task.name}: {task.state}; there is no more to tell.")
            return
        self.app.push_screen(TaskDetails(task))

    def _draw(self) -> None:
        """Draw what differs from what is there."""
        width = self.size.width or self.app.size.width
        names = name_width(self._shown, width)
        prompts = [task_line(task, names) for task in self._shown]
        lines = [prompt.markup for prompt in prompts]
        ids = [str(task.id) for task in self._shown]
        if ids and ids == [option.id for option in self.options]:
            for number, line in enumerate(lines):
                if line != self._drawn[number]:
                    self.replace_option_prompt_at_index(number, prompts[number])
        elif ids or not self.option_count or self._drawn:
            self._set_rows([Option(one, id=id_) for one, id_ in zip(prompts, ids, strict=True)])
        self._drawn = lines

    def _set_rows(self, rows: list[Option]) -> None:
        line = self.highlighted
        under = self.options[line].id if line is not None and line < self.option_count else None
        if not rows:
            self.set_options([Option(EMPTY, disabled=True)])
            return
        self.set_options(rows)
        place = next((number for number, row in enumerate(rows) if row.id == under), None)
        if place is None or not self.has_focus:  # nobody holds it: the newest is what matters
            place = min(line or 0, len(rows) - 1) if self.has_focus else 0
        self.highlighted = place
