"""The Tasks tab: what it shows of each state, and what its keys do."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio
import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from engine import tasks as tasks_module
from engine.tasks import Task, Tasks
from tests.ui.conftest import Driver, OpenApp, settled
from tui.app import InkstandApp
from tui.panel import tasks_view
from tui.panel.task_line import clock, elapsed, name_width, task_line
from tui.screens.task_details import TaskDetails
from tui.theme import SIXTEEN_COLOURS

Compare = Callable[..., bool]
NOW = 1_700_000_000.0
TRACEBACK = """Traceback (most recent call last):
  File "scripts/share.py", line 2, in share
    return total / people
ZeroDivisionError: division by zero"""


class Clock:
    """The time as tasks see it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = NOW
        fake = SimpleNamespace(time=lambda: self.now, monotonic=time.monotonic)
        monkeypatch.setattr(tasks_module, "time", fake)


@pytest.fixture
def fake_clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    return Clock(monkeypatch)


def tasks_of(driver: Driver) -> Tasks:
    workspace = driver.screen._workspace
    assert workspace is not None
    return workspace.tasks


def rows(driver: Driver) -> list[str]:
    return [str(option.prompt) for option in driver.screen.panel.tasks.options]


def no_stop() -> None:
    """What cannot be cancelled."""


async def bring_up(driver: Driver) -> Tasks:
    """Show the tab, without what opening the project left in it."""
    tasks = tasks_of(driver)
    tasks.clear_finished()
    await driver.press("f2")
    return tasks


# Keys ---------------------------------------------------------------------------------------------


async def test_no_task_is_told_in_words(open_app: OpenApp) -> None:
    async with open_app() as app:
        await bring_up(app)
        assert rows(app) == ["No tasks yet. Runs and rebuilds show up here."]
        await app.press("enter", "delete", "e")
        assert app.app.screen is app.screen
        await app.press("c")
        assert "There are no finished tasks." in app.toasts


@pytest.mark.parametrize("key", ["enter", "delete"])
async def test_a_key_cancels_the_task_under_the_cursor(open_app: OpenApp, key: str) -> None:
    async with open_app() as app:
        tasks = await bring_up(app)
        stopped: list[str] = []
        for name in ("older", "newer"):
            tasks.add(name, lambda name=name: stopped.append(name))  # type: ignore[misc]
        await app.press("end", key)
        assert stopped == ["older"]
        await app.press("home", key)
        assert stopped == ["older", "newer"]


@pytest.mark.parametrize("key", ["enter", "delete"])
async def test_a_waiting_task_is_cancelled_before_it_begins(open_app: OpenApp, key: str) -> None:
    async with open_app() as app, anyio.create_task_group() as group:
        tasks = await bring_up(app)
        begun: list[str] = []

        async def work(name: str) -> None:
            async with tasks.queued(name, no_stop):
                begun.append(name)
                await anyio.sleep_forever()

        async def waiting() -> None:
            with pytest.raises(tasks_module.TaskCancelled):
                await work("fourth")

        for name in ("first", "second", "third"):
            group.start_soon(work, name)
        await anyio.wait_all_tasks_blocked()
        group.start_soon(waiting)
        await app.until(lambda: "waiting" in rows(app)[0])
        await app.press("home", key)
        await app.until(lambda: "cancelled before it began" in rows(app)[0])
        assert begun == ["first", "second", "third"]
        group.cancel_scope.cancel()


@pytest.mark.parametrize("key", ["enter", "e"])
async def test_the_error_of_a_failed_task_is_shown_whole(open_app: OpenApp, key: str) -> None:
    async with open_app() as app:
        tasks = await bring_up(app)
        task = tasks.add("Render", no_stop, group="Site")
        tasks.finish(task, "failed", "1 of 3 failed", error=f"{TRACEBACK}\n\x1b[2Jdone")
        await app.pilot.pause()
        assert "1 of 3 failed" in rows(app)[0]
        await app.press(key)
        assert isinstance(app.app.screen, TaskDetails)
        text = str(app.app.screen.query_one(Static).content)
        assert TRACEBACK in text
        assert "1 of 3 failed" in text
        assert "Site, failed, began" in text
        assert "\x1b" not in text
        await app.press("escape")
        assert app.app.screen is app.screen
        await app.press("delete")
        assert "Render has already ended." in app.toasts


async def test_where_there_is_no_more_to_tell_it_is_said(open_app: OpenApp) -> None:
    async with open_app() as app:
        tasks = await bring_up(app)
        tasks.finish(tasks.add("Render", no_stop), "completed")
        await app.press("e")
        assert app.app.screen is app.screen
        assert "Render: completed; there is no more to tell." in app.toasts


async def test_c_clears_what_has_ended(open_app: OpenApp) -> None:
    async with open_app() as app:
        tasks = await bring_up(app)
        for name, state in (("a", "completed"), ("b", "running"), ("d", "failed")):
            task = tasks.add(name, no_stop)
            if state != "running":
                tasks.finish(task, state)  # type: ignore[arg-type]
        await app.press("c")
        assert [task.name for task in tasks] == ["b"]
        assert len(rows(app)) == 1
        assert "running" in rows(app)[0]


async def test_a_click_cancels_nothing(open_app: OpenApp) -> None:
    async with open_app() as app:
        tasks = await bring_up(app)
        stopped: list[bool] = []
        tasks.add("a", lambda: stopped.append(True))
        await app.pilot.pause()
        await app.pilot.click("#tasks-view", offset=(5, 0))
        assert stopped == []


async def test_the_cursor_stays_on_its_task(open_app: OpenApp) -> None:
    async with open_app() as app:
        tasks = await bring_up(app)
        one, two = tasks.add("one", no_stop), tasks.add("two", no_stop)
        view = app.screen.panel.tasks
        assert view.highlighted == 1
        tasks.add("three", no_stop)
        assert view.highlighted == 2
        tasks.finish(two, "completed")
        tasks.clear_finished()
        assert view.highlighted == 1
        tasks.finish(one, "completed")
        tasks.clear_finished()
        assert view.highlighted == 0


# The clock ----------------------------------------------------------------------------------------


async def test_the_clock_goes_while_something_runs(
    open_app: OpenApp, fake_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks_view, "TICK_S", 0.02)
    async with open_app() as app:
        tasks = await bring_up(app)
        view = app.screen.panel.tasks
        assert not view.is_ticking
        task = tasks.add("Render", no_stop)
        assert view.is_ticking
        assert "0:00" in rows(app)[0]
        fake_clock.now += 65
        await app.until(lambda: "1:05" in rows(app)[0])
        tasks.finish(task, "completed")
        assert not view.is_ticking


async def test_nothing_is_drawn_while_nothing_changes(
    open_app: OpenApp, fake_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks_view, "TICK_S", 0.02)
    async with open_app() as app:
        tasks = await bring_up(app)
        tasks.finish(tasks.add("a", no_stop), "completed")
        task = tasks.add("b", no_stop)
        await app.pilot.pause()
        drawn: list[int] = []
        view = app.screen.panel.tasks
        real = view.replace_option_prompt_at_index

        def replace(index: int, prompt: Any) -> Any:
            drawn.append(index)
            return real(index, prompt)

        monkeypatch.setattr(view, "replace_option_prompt_at_index", replace)
        monkeypatch.setattr(view, "set_options", lambda _options: pytest.fail("all was drawn anew"))
        await app.pilot.pause(0.2)
        assert drawn == [], "the same second"
        tasks.update(task, 0.5, "half")
        await app.until(lambda: bool(drawn))
        tasks.finish(task, "completed")
        fake_clock.now += 10
        await app.pilot.pause(0.2)
        assert set(drawn) == {0}, "only what changed"


# Lines --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "going", "ended"),
    [
        (0, "0:00", "0.00 s"),
        (9.99, "0:09", "9.99 s"),
        (59.9, "0:59", "0:59"),
        (600, "10:00", "10:00"),
        (3661, "1:01:01", "1:01:01"),
    ],
)
def test_durations_are_short(seconds: float, going: str, ended: str) -> None:
    assert (clock(seconds), elapsed(seconds)) == (going, ended)


def test_columns_are_even_and_names_are_cut(fake_clock: Clock) -> None:
    def task(name: str, **facts: Any) -> Task:
        return Task(1, name, no_stop, started_at=NOW - 5, **facts)

    shown = [
        task("a", progress=0.5, message="two\nlines\x1b[2J"),
        task("日本語の長い名前のタスク, and more", state="pending"),
        task("Rebuild scripts, posts, media", state="failed", ended_at=NOW, error="why\nand where"),
        task("x", group="Group", progress=0.999, state="running"),
    ]
    width = name_width(shown, 78)
    assert width == 19
    lines = [task_line(one, width) for one in shown]
    status = re.compile(r"[█░]{8} +\d+%|waiting|failed")
    for line in lines:
        found = status.search(line.plain)
        assert found
        before = line[: found.start()]
        assert before.cell_len == 2 + 9 + 19 + 1
    assert lines[0].plain.endswith("████░░░░  50%   0:05  two")
    assert "Rebuild scripts, p… failed" in lines[2].plain
    assert lines[2].plain.endswith("5.00 s  why")
    assert "Group: x" in lines[3].plain
    assert "███████░  99%" in lines[3].plain, "full only when it has ended"


# Pictures -----------------------------------------------------------------------------------------


def prepared(
    app: InkstandApp, do: Callable[[Driver], Awaitable[Any]]
) -> Callable[[Pilot[int]], Awaitable[None]]:
    async def run_before(pilot: Pilot[int]) -> None:
        driver = await settled(app, pilot)
        await do(driver)
        app.clear_notifications()
        await app.close_project()
        await pilot.pause()

    return run_before


async def show_all_states(driver: Driver) -> None:
    def task(number: int, name: str, **facts: Any) -> Task:
        return Task(number, name, no_stop, started_at=NOW - 90 + number, **facts)

    driver.screen.panel.tasks.show(
        [
            task(5, "Render 120 posts", state="pending", message="waiting for its turn"),
            task(
                4, "Rebuild scripts, posts, media", progress=0.42, message="posts: 4200", group=""
            ),
            task(
                3,
                "Run hello",
                state="failed",
                ended_at=NOW - 85,
                message="raised ZeroDivisionError",
            ),
            task(2, "Run spin", state="cancelled", ended_at=NOW, message="stopped on request"),
            task(1, "Run hello", state="completed", ended_at=NOW - 88.75),
        ]
    )
    await driver.press("f2")


@pytest.mark.usefixtures("fake_clock")
def test_tasks_of_every_state(demo: Path, snap_compare: Compare) -> None:
    app = InkstandApp(demo, first_script="hello")
    run_before = prepared(app, show_all_states)
    assert snap_compare(app, terminal_size=(80, 24), run_before=run_before)


@pytest.mark.usefixtures("fake_clock")
def test_tasks_in_sixteen_colours(demo: Path, snap_compare: Compare) -> None:
    app = InkstandApp(demo, first_script="hello")
    app.theme = SIXTEEN_COLOURS
    run_before = prepared(app, show_all_states)
    assert snap_compare(app, terminal_size=(80, 24), run_before=run_before)


@pytest.mark.usefixtures("fake_clock")
def test_no_tasks(demo: Path, snap_compare: Compare) -> None:
    app = InkstandApp(demo, first_script="hello")

    async def clear(driver: Driver) -> None:
        driver.screen.panel.tasks.show([])
        await driver.press("f2")

    assert snap_compare(app, terminal_size=(80, 24), run_before=prepared(app, clear))


@pytest.mark.usefixtures("fake_clock")
def test_an_error_is_shown_whole(demo: Path, snap_compare: Compare) -> None:
    app = InkstandApp(demo, first_script="hello")

    async def fail(driver: Driver) -> None:
        task = Task(1, "Render 120 posts", no_stop, "failed", started_at=NOW - 12, ended_at=NOW)
        task.message, task.error = "1 of 120 posts failed", TRACEBACK
        driver.screen.panel.tasks.show([task])
        await driver.press("f2", "e")

    assert snap_compare(app, terminal_size=(80, 24), run_before=prepared(app, fail))
