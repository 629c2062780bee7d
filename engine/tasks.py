"""Anything long that a person can watch and cancel: runs, rebuilds.

Owns the list of tasks and their states. What a task does is the business of who added it.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

TaskState: TypeAlias = Literal["running", "completed", "failed", "cancelled"]

KEPT_FINISHED = 50
"""Finished tasks that are remembered, the newest."""


@dataclass(slots=True)
class Task:
    """One task. Its fields are for reading; only `Tasks` writes them."""

    id: int
    name: str
    cancel: Callable[[], None]
    """Asks it to stop; harmless when it has ended."""
    state: TaskState = "running"
    progress: float | None = None
    """From 0 to 1; None when it cannot be told."""
    message: str = ""
    started_at: float = field(default_factory=time.time)
    """Seconds since the epoch."""
    ended_at: float | None = None

    @property
    def duration_s(self) -> float:
        """How long it took, or has taken so far."""
        return (self.ended_at or time.time()) - self.started_at


class Tasks:
    """The tasks of an open project, newest first."""

    def __init__(self) -> None:
        self._tasks: list[Task] = []
        self._ids = itertools.count(1)
        self._listeners: list[Callable[[], None]] = []

    def __iter__(self) -> itertools.chain[Task]:
        return itertools.chain(self._tasks)

    @property
    def running(self) -> list[Task]:
        """Those that have not ended."""
        return [task for task in self._tasks if task.state == "running"]

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` after every change, on the event loop."""
        self._listeners.append(listener)

    def add(self, name: str, cancel: Callable[[], None]) -> Task:
        """Begin a task."""
        task = Task(next(self._ids), name, cancel)
        self._tasks.insert(0, task)
        finished = [one for one in self._tasks if one.state != "running"]
        for old in finished[KEPT_FINISHED:]:
            self._tasks.remove(old)
        self._tell()
        return task

    def update(self, task: Task, progress: float | None, message: str) -> None:
        """Say how far it is."""
        task.progress, task.message = progress, message
        self._tell()

    def finish(self, task: Task, state: TaskState, message: str = "") -> None:
        """End it."""
        task.state, task.message, task.ended_at = state, message, time.time()
        if state == "completed" and task.progress is not None:
            task.progress = 1.0
        self._tell()

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()
