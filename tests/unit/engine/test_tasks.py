"""Tasks: three at once and the others in turn, progress that only grows, ends that are told."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import get_args

import anyio
import pytest
import pytest_asyncio

from engine import tasks as tasks_module
from engine.tasks import (
    KEPT_FINISHED,
    MAX_AT_ONCE,
    TELL_EVERY_S,
    Task,
    TaskCancelled,
    Tasks,
    TaskState,
)
from tests.holding import held, until


class Work:
    """A queued task that does nothing until it may end."""

    def __init__(self, tasks: Tasks, name: str) -> None:
        self.tasks, self.name = tasks, name
        self.may_end = anyio.Event()
        self.was_asked_to_stop = False
        self.task: Task | None = None
        self.error: BaseException | None = None

    async def do(self) -> None:
        try:
            async with self.tasks.queued(self.name, self.stop) as self.task:
                await self.may_end.wait()
        except TaskCancelled as error:
            self.error = error

    def stop(self) -> None:
        self.was_asked_to_stop = True


@pytest.fixture
def tasks() -> Tasks:
    return Tasks()


class Crowd:
    """Several of them, begun one after the other."""

    def __init__(self, tasks: Tasks, group: anyio.abc.TaskGroup) -> None:
        self.tasks = tasks
        self._group = group
        self.works: dict[str, Work] = {}

    async def begin(self, *names: str) -> None:
        for name in names:
            self.works[name] = Work(self.tasks, name)
            self._group.start_soon(self.works[name].do)
            await anyio.wait_all_tasks_blocked()

    async def end(self, name: str) -> None:
        self.works[name].may_end.set()
        await anyio.wait_all_tasks_blocked()

    @property
    def running(self) -> list[str]:
        return [task.name for task in reversed(self.tasks.running)]

    @property
    def pending(self) -> list[str]:
        return [task.name for task in self.tasks.pending]

    def find(self, name: str) -> Task:
        return next(task for task in self.tasks if task.name == name)


@asynccontextmanager
async def gathered(tasks: Tasks) -> AsyncIterator[Crowd]:
    async with anyio.create_task_group() as group:
        yield Crowd(tasks, group)
        group.cancel_scope.cancel()


@pytest_asyncio.fixture
async def crowd(tasks: Tasks) -> AsyncIterator[Crowd]:
    async with held(gathered(tasks)) as crowd:
        yield crowd


# Turns --------------------------------------------------------------------------------------------


async def test_three_run_and_the_others_wait_in_their_order(crowd: Crowd) -> None:
    await crowd.begin("a", "b", "c", "d", "e")
    assert MAX_AT_ONCE == 3
    assert (crowd.running, crowd.pending) == (["a", "b", "c"], ["d", "e"])
    assert crowd.find("d").state == "pending"
    assert crowd.find("d").message == "waiting for its turn"
    await crowd.end("b")
    assert (crowd.running, crowd.pending) == (["a", "c", "d"], ["e"])
    assert crowd.find("d").message == ""
    await crowd.begin("f")
    await crowd.end("a")
    assert (crowd.running, crowd.pending) == (["c", "d", "e"], ["f"])
    for name in "cdef":
        await crowd.end(name)
    assert {task.state for task in crowd.tasks} == {"completed"}
    assert len(list(crowd.tasks)) == 6


async def test_a_waiting_task_is_cancelled_at_once_and_never_begins(crowd: Crowd) -> None:
    await crowd.begin("a", "b", "c", "d", "e")
    crowd.find("d").cancel()
    assert crowd.pending == ["e"]
    assert (crowd.find("d").state, crowd.find("d").message) == (
        "cancelled",
        "cancelled before it began",
    )
    await anyio.wait_all_tasks_blocked()
    work = crowd.works["d"]
    assert str(work.error) == "d was cancelled before it began"
    assert work.task is None
    assert not work.was_asked_to_stop
    await crowd.end("a")
    assert crowd.running == ["b", "c", "e"]
    crowd.find("d").cancel()
    assert (crowd.running, crowd.pending) == (["b", "c", "e"], [])


async def test_cancelling_a_running_task_asks_it_to_stop(crowd: Crowd) -> None:
    await crowd.begin("a", "b", "c", "d")
    await crowd.end("a")
    crowd.find("d").cancel()
    assert crowd.works["d"].was_asked_to_stop
    assert crowd.find("d").state == "running"


async def test_a_task_whose_turn_has_just_come_can_be_asked_to_stop(crowd: Crowd) -> None:
    await crowd.begin("a", "b", "c", "d")

    def cancel() -> None:
        if crowd.find("d").state == "running":
            crowd.find("d").cancel()

    crowd.tasks.listen(cancel)
    await crowd.end("a")
    assert crowd.works["d"].was_asked_to_stop


async def test_one_that_is_no_longer_waited_for_leaves_the_queue(crowd: Crowd) -> None:
    await crowd.begin("a", "b", "c")
    with anyio.move_on_after(0.01) as scope:
        async with crowd.tasks.queued("d", lambda: None):
            pytest.fail("there is no turn for it")
    assert scope.cancelled_caught
    assert crowd.pending == []
    assert (crowd.find("d").state, crowd.find("d").message) == (
        "cancelled",
        "cancelled before it began",
    )
    await crowd.end("a")
    await crowd.begin("e")
    assert crowd.running == ["b", "c", "e"]


async def test_a_turn_that_comes_too_late_goes_to_the_next(crowd: Crowd) -> None:
    await crowd.begin("a", "b", "c")
    scope = anyio.CancelScope()

    async def late() -> None:
        with scope:
            async with crowd.tasks.queued("late", lambda: None):
                pytest.fail("it was cancelled in the moment its turn came")

    async with anyio.create_task_group() as group:
        group.start_soon(late)
        await anyio.wait_all_tasks_blocked()
        await crowd.begin("d")
        states: list[str] = []
        crowd.tasks.listen(lambda: states.append(crowd.find("late").state))
        crowd.works["a"].may_end.set()  # it ends first, and its turn goes to one
        scope.cancel()  # that is being cancelled
    await anyio.wait_all_tasks_blocked()
    assert states[0] == "pending"
    assert "running" in states
    assert crowd.find("late").message == "cancelled before it began"
    assert crowd.running == ["b", "c", "d"]


async def test_what_is_added_begins_at_once_and_takes_no_turn(crowd: Crowd) -> None:
    for number in range(5):
        crowd.tasks.add(f"run {number}", lambda: None)
    await crowd.begin("a", "b", "c", "d")
    assert len(crowd.tasks.running) == 8
    assert crowd.pending == ["d"]


async def test_a_turn_within_a_turn_does_not_wait(crowd: Crowd) -> None:
    await crowd.begin("a", "b")
    with anyio.fail_after(10):
        async with crowd.tasks.queued("outer", lambda: None):
            await crowd.begin("d")
            assert crowd.pending == ["d"]
            async with crowd.tasks.queued("inner", lambda: None) as inner:
                assert inner.state == "running"
            assert crowd.pending == ["d"]
    await anyio.wait_all_tasks_blocked()
    assert crowd.running == ["a", "b", "d"]


@pytest.mark.parametrize("is_queued", [False, True])
async def test_a_failure_ends_the_task_and_gives_the_turn_on(crowd: Crowd, is_queued: bool) -> None:
    await crowd.begin("a", "b", *("c" * is_queued))

    async def fail() -> None:
        with pytest.raises(ValueError, match="no ink"):
            async with crowd.tasks.queued("failing", lambda: None):
                raise ValueError("no ink")

    async with anyio.create_task_group() as group:
        group.start_soon(fail)
        await anyio.wait_all_tasks_blocked()
        await crowd.begin("d")
        if is_queued:
            await crowd.end("c")
    assert (crowd.find("failing").state, crowd.find("failing").message) == ("failed", "no ink")
    assert crowd.running == ["a", "b", "d"]


async def test_an_error_without_words_is_told_by_its_name(tasks: Tasks) -> None:
    with pytest.raises(KeyError):
        async with tasks.queued("failing", lambda: None):
            raise KeyError
    assert next(iter(tasks)).message == "KeyError"


async def test_leaving_by_cancellation_ends_the_task_as_cancelled(tasks: Tasks) -> None:
    with anyio.CancelScope() as scope:
        async with tasks.queued("a", scope.cancel) as task:
            task.cancel()
            await anyio.sleep_forever()
    assert task.state == "cancelled"


async def test_an_end_that_the_task_tells_itself_counts(tasks: Tasks) -> None:
    async with tasks.queued("a", lambda: None, group="Posts") as task:
        tasks.finish(task, "failed", "2 of 3", error="one\ntwo")
    assert (task.state, task.message, task.error, task.group) == (
        "failed",
        "2 of 3",
        "one\ntwo",
        "Posts",
    )
    tasks.finish(task, "completed")
    tasks.update(task, 0.5, "late")
    assert (task.state, task.message, task.progress) == ("failed", "2 of 3", None)


async def test_the_time_a_task_took_is_counted_from_when_it_began(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = 1000.0
    monkeypatch.setattr(time, "time", lambda: moment)
    await crowd.begin("a", "b", "c", "d")
    moment = 1060.0
    await crowd.end("a")
    moment = 1065.0
    assert crowd.find("d").duration_s == 5
    assert crowd.find("b").duration_s == 65
    await crowd.end("d")
    moment = 900.0  # a clock that is put right
    assert crowd.find("d").duration_s == 5
    assert crowd.find("b").duration_s == 0


# Progress -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ([0.2, 0.1], 0.2),
        ([0.2, None], 0.2),
        ([None], None),
        ([0.2, 1.7], 1.0),
        ([-3.0], 0.0),
        ([0.0, 0.5, 0.75], 0.75),
    ],
)
async def test_progress_never_goes_back(
    tasks: Tasks, told: list[float | None], kept: float | None
) -> None:
    task = tasks.add("a", lambda: None)
    for number, progress in enumerate(told):
        tasks.update(task, progress, f"step {number}")
    assert (task.progress, task.message) == (kept, f"step {len(told) - 1}")


async def test_a_completed_task_is_full_and_a_failed_one_stays_where_it_was(tasks: Tasks) -> None:
    done, failed, plain = (tasks.add(name, lambda: None) for name in "abc")
    for task in (done, failed):
        tasks.update(task, 0.4, "")
    tasks.finish(done, "completed")
    tasks.finish(failed, "failed")
    tasks.finish(plain, "completed")
    assert (done.progress, failed.progress, plain.progress) == (1.0, 0.4, None)


async def test_a_flood_of_progress_is_told_twenty_times_a_second_and_the_last_always(
    tasks: Tasks,
) -> None:
    task = tasks.add("a", lambda: None)
    told: list[tuple[float, str]] = []
    tasks.listen(lambda: told.append((time.monotonic(), task.message)))
    for number in range(10_000):
        tasks.update(task, number / 10_000, f"{number}")
        if number % 100 == 0:
            await anyio.sleep(0.002)
    await until(lambda: bool(told) and told[-1][1] == "9999")
    took_s = told[-1][0] - told[0][0]
    assert 2 <= len(told) <= took_s / TELL_EVERY_S + 2
    gaps = [later - earlier for (earlier, _), (later, _) in itertools.pairwise(told)]
    assert min(gaps) > TELL_EVERY_S * 0.8


async def test_beginnings_and_ends_are_told_at_once(tasks: Tasks) -> None:
    told: list[list[str]] = []
    tasks.listen(lambda: told.append([task.state for task in tasks]))
    task = tasks.add("a", lambda: None)
    tasks.update(task, 0.5, "half")
    tasks.finish(task, "completed")
    assert told == [["running"], ["completed"]]
    await asyncio.sleep(TELL_EVERY_S * 2)  # what was put off must not come after the end
    assert told == [["running"], ["completed"]]
    tasks.update(task, 0.9, "late")
    assert len(told) == 2


# What is remembered -------------------------------------------------------------------------------


async def test_finished_tasks_stay_until_they_are_cleared(crowd: Crowd) -> None:
    tasks = crowd.tasks
    for state in get_args(TaskState)[2:]:
        tasks.finish(tasks.add(state, lambda: None), state)
    await crowd.begin("a", "b", "c", "d")
    changes: list[int] = []
    tasks.listen(lambda: changes.append(len(list(tasks))))
    assert tasks.clear_finished() == 3
    assert [task.name for task in tasks] == ["d", "c", "b", "a"]
    assert tasks.clear_finished() == 0
    assert changes == [4]


async def test_only_so_many_finished_ones_are_remembered(tasks: Tasks) -> None:
    oldest_running = tasks.add("running", lambda: None)
    for number in range(KEPT_FINISHED + 10):
        tasks.finish(tasks.add(f"{number}", lambda: None), "completed")
    left = list(tasks)
    assert len(left) == KEPT_FINISHED + 1
    assert left[0].name == f"{KEPT_FINISHED + 9}"
    assert left[-1] is oldest_running


def test_turns_hold_when_there_is_only_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks_module, "MAX_AT_ONCE", 1)
    order: list[str] = []

    async def main() -> None:
        tasks = Tasks()

        async def work(name: str, then: Callable[[], None]) -> None:
            async with tasks.queued(name, lambda: None):
                order.append(f"{name} begins")
                await anyio.lowlevel.checkpoint()
                then()
                order.append(f"{name} ends")

        async with anyio.create_task_group() as group:
            for name in "abc":
                group.start_soon(work, name, lambda: None)

    anyio.run(main)
    assert order == [f"{name} {what}" for name in "abc" for what in ("begins", "ends")]
