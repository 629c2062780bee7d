"""Anything long that a person can watch and cancel: runs, rebuilds.

Owns the list of tasks, their states and their turns. What a task does is the business of who added
it. Everything here happens on the event loop.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Literal, TypeAlias

import anyio

TaskState: TypeAlias = Literal["pending", "running", "completed", "failed", "cancelled"]

MAX_AT_ONCE = 3
"""Queued tasks that run at the same time; runs of scripts do not count."""

KEPT_FINISHED = 100
"""Finished tasks that are remembered if nobody clears them, the newest."""

TELL_EVERY_S = 0.05
"""Seconds between two calls of a listener while there is nothing but progress."""

_CANCELLED_EARLY = "cancelled before it began"


class TaskCancelled(Exception):
    """A task was cancelled while it waited for its turn; nothing of it has been done."""

    def __init__(self, name: str) -> None:
        """Name the task."""
        super().__init__(f"{name} was {_CANCELLED_EARLY}")


@dataclass(slots=True)
class Task:
    """One task. Its fields are for reading; only `Tasks` writes them."""

    id: int
    name: str
    cancel: Callable[[], None]
    """Asks it to stop, or takes it out of the queue; harmless when it has ended."""
    state: TaskState = "running"
    progress: float | None = None
    """From 0 to 1, never less than before; None when it cannot be told."""
    message: str = ""
    """What it is doing, or how it ended; for one line."""
    error: str = ""
    """Why it failed, whole, over several lines perhaps."""
    group: str = ""
    """What it belongs to, for people; may be empty."""
    started_at: float = field(default_factory=lambda: time.time())
    """Seconds since the epoch; while it waits, since when."""
    ended_at: float | None = None

    @property
    def is_ended(self) -> bool:
        """Whether it is over, one way or another."""
        return self.state not in ("pending", "running")

    @property
    def duration_s(self) -> float:
        """How long it took, or has taken so far."""
        return max((self.ended_at or time.time()) - self.started_at, 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    """A task in the queue."""

    task: Task
    cancel: Callable[[], None]
    """What cancels it once it runs."""
    turn: anyio.Event


class Tasks:
    """The tasks of an open project, newest first."""

    def __init__(self) -> None:
        self._tasks: list[Task] = []
        self._ids = itertools.count(1)
        self._listeners: list[Callable[[], None]] = []
        self._waiting: deque[_Waiting] = deque()
        self._having_turns: dict[int, int] = {}
        """By the id of a task that has its turn: the asyncio task that it belongs to."""
        self._told_at = -TELL_EVERY_S
        self._telling: asyncio.TimerHandle | None = None

    def __iter__(self) -> itertools.chain[Task]:
        return itertools.chain(self._tasks)

    @property
    def running(self) -> list[Task]:
        """Those that have begun and not ended."""
        return [task for task in self._tasks if task.state == "running"]

    @property
    def pending(self) -> list[Task]:
        """Those that wait for their turn, the next one first."""
        return [one.task for one in self._waiting]

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` after every change; while only progress comes in, every 50 ms."""
        self._listeners.append(listener)

    def add(self, name: str, cancel: Callable[[], None], *, group: str = "") -> Task:
        """Begin a task at once, however many there are; who adds it also finishes it."""
        return self._insert(Task(next(self._ids), name, cancel, group=group))

    @asynccontextmanager
    async def queued(
        self, name: str, cancel: Callable[[], None], *, group: str = ""
    ) -> AsyncIterator[Task]:
        """Wait for a turn and have it until the block is left; first come, first served.

        A block that is left without `finish` ends its task: completed, or failed or cancelled by
        what was raised. Within a turn another one begins at once, for waiting could be for ever.

        Args:
            name: What people read.
            cancel: Asks it to stop; not called while it waits.
            group: What it belongs to.

        Yields:
            The task, running.

        Raises:
            TaskCancelled: A person cancelled it before it began.
        """
        own_id = anyio.get_current_task().id
        is_within = own_id in self._having_turns.values()
        task = Task(next(self._ids), name, cancel, "running", group=group)
        if not is_within and (self._waiting or len(self._having_turns) >= MAX_AT_ONCE):
            await self._wait(task, cancel)
        else:
            self._insert(task)
            self._having_turns |= {} if is_within else {task.id: own_id}
        try:
            yield task
        except anyio.get_cancelled_exc_class():
            self.finish(task, "cancelled")
            raise
        except Exception as error:
            self.finish(task, "failed", str(error) or type(error).__name__)
            raise
        else:
            self.finish(task, "completed")
        finally:
            self._having_turns.pop(task.id, None)
            self._give_turns()

    async def _wait(self, task: Task, cancel: Callable[[], None]) -> None:
        waiting = _Waiting(task, cancel, anyio.Event())
        task.state, task.message = "pending", "waiting for its turn"
        task.cancel = partial(self._cancel_waiting, waiting)
        self._waiting.append(waiting)
        self._insert(task)
        try:
            await waiting.turn.wait()
        except BaseException:
            self._cancel_waiting(waiting)
            self._having_turns.pop(task.id, None)  # it may have got its turn in this very moment
            self.finish(task, "cancelled", _CANCELLED_EARLY)
            self._give_turns()
            raise
        if task.is_ended:
            raise TaskCancelled(task.name)
        self._having_turns[task.id] = anyio.get_current_task().id

    def _cancel_waiting(self, waiting: _Waiting) -> None:
        if waiting.task.state == "pending":
            self._waiting.remove(waiting)
            self.finish(waiting.task, "cancelled", _CANCELLED_EARLY)
            waiting.turn.set()

    def _give_turns(self) -> None:
        while self._waiting and len(self._having_turns) < MAX_AT_ONCE:
            one = self._waiting.popleft()
            one.task.state, one.task.message, one.task.started_at = "running", "", time.time()
            one.task.cancel = one.cancel
            self._having_turns[one.task.id] = 0  # whose it is, it says itself when it wakes up
            one.turn.set()
            self._tell()

    def update(self, task: Task, progress: float | None, message: str) -> None:
        """Say how far it is. Less than before counts as no news, as does anything once it ended."""
        if task.is_ended:
            return
        if progress is not None:
            task.progress = max(task.progress or 0.0, min(max(progress, 0.0), 1.0))
        task.message = message
        self._tell_soon()

    def finish(self, task: Task, state: TaskState, message: str = "", *, error: str = "") -> None:
        """End it; the first end counts.

        Args:
            task: The task.
            state: How it ended.
            message: In one line.
            error: Why it failed, whole, where the message is only a part of it.
        """
        if task.is_ended:
            return
        task.state, task.message, task.error = state, message, error
        task.ended_at = time.time()
        if state == "completed" and task.progress is not None:
            task.progress = 1.0
        self._forget(KEPT_FINISHED)
        self._tell()

    def clear_finished(self) -> int:
        """Forget the tasks that have ended.

        Returns:
            How many there were.
        """
        count = self._forget(0)
        if count:
            self._tell()
        return count

    def _insert(self, task: Task) -> Task:
        self._tasks.insert(0, task)
        self._tell()
        return task

    def _forget(self, kept: int) -> int:
        old = [task for task in self._tasks if task.is_ended][kept:]
        self._tasks = [task for task in self._tasks if task not in old] if old else self._tasks
        return len(old)

    def _tell_soon(self) -> None:
        if self._telling is not None:
            return
        left_s = self._told_at + TELL_EVERY_S - time.monotonic()
        if left_s <= 0:
            self._tell()
        else:
            self._telling = asyncio.get_running_loop().call_later(left_s, self._tell)

    def _tell(self) -> None:
        if self._telling is not None:
            self._telling.cancel()
            self._telling = None
        self._told_at = time.monotonic()
        for listener in self._listeners:
            listener()
