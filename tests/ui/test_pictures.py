"""Pictures of the states that matter. What they mean is asserted in the other modules."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from engine.kernel.spill import Spill
from store.git import GitEntry, GitLog
from tests.ui.conftest import Driver, settled
from tui.app import InkstandApp
from tui.panel.output_view import FRAME_S
from tui.theme import SIXTEEN_COLOURS

Compare = Callable[..., bool]
SMALL, LARGE = (80, 24), (120, 40)


@pytest.fixture(autouse=True)
def _one_time_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


def after(
    app: InkstandApp, do: Callable[[Driver], Awaitable[Any]] | None = None, *, script: bool = True
) -> Callable[[Pilot[int]], Awaitable[None]]:
    """Return what brings the app into the state of the picture."""

    async def run_before(pilot: Pilot[int]) -> None:
        driver = await settled(app, pilot, script=script)
        if do is not None:
            await do(driver)
            app.clear_notifications()
            await pilot.pause()
        await app.close_project()
        await pilot.pause()

    return run_before


def test_no_script_is_open(demo: Path, snap_compare: Compare) -> None:
    app = InkstandApp(demo)
    assert snap_compare(app, terminal_size=SMALL, run_before=after(app, script=False))


def test_a_script_is_open(demo: Path, snap_compare: Compare) -> None:
    app = InkstandApp(demo, first_script="hello")
    assert snap_compare(app, terminal_size=LARGE, run_before=after(app))


def test_a_script_runs(demo: Path, snap_compare: Compare) -> None:
    app = InkstandApp(demo, first_script="hello")

    async def run(driver: Driver) -> None:
        driver.screen.panel.output.append("▶ hello · main · 12:00:00\n", "note")
        driver.screen.panel.output.append("\x1b[32mgreen\x1b[0m and plain\nand more", "stdout")
        driver.screen.panel.output.append("a warning\n", "stderr")
        driver.screen.editor.header.show_running(True)
        driver.screen.status.show_running(["Run hello"])

    assert snap_compare(app, terminal_size=SMALL, run_before=after(app, run))


def test_the_middle_of_a_long_output_is_in_a_file(
    demo: Path, snap_compare: Compare, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = InkstandApp(demo, first_script="hello")
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = tmp_path / ".local/state/inkstand/projects/demo-abc/output"

    async def flood(driver: Driver) -> None:
        output = driver.screen.panel.output
        spill = Spill(lambda: folder, "run", reserve_bytes=0)
        output.begin_run(16 * 1024, spill)
        for number in range(50_000):
            output.append(f"line {number}: \x1b[36mink\x1b[0m\n", "stdout")
        await spill.close()
        output.end_run()
        await driver.pilot.pause(FRAME_S * 2)
        await driver.press("f4")
        notice = output.text.splitlines().index(
            next(line for line in output.text.splitlines() if line.startswith("…"))
        )
        output.action_first()
        output.action_cursor(notice + 4)
        output.action_cursor(-4)

    assert snap_compare(app, terminal_size=LARGE, run_before=after(app, flood))


def test_a_script_has_failed(demo: Path, snap_compare: Compare) -> None:
    app = InkstandApp(demo, first_script="hello")

    async def fail(driver: Driver) -> None:
        driver.code.text = "def share(total, people):\n    return total / people\n\nshare(7, 0)\n"
        await driver.press("f5")
        await driver.until(lambda: "failed" in driver.output)
        # The same words, without the times that differ from run to run.
        text = driver.output
        driver.screen.panel.output.clear()
        error = text[text.index("Traceback") : text.index("✘")]
        driver.screen.panel.output.append(error, "error")
        driver.screen.panel.output.append("✘ failed in 0.001 s\n", "error")

    assert snap_compare(app, terminal_size=LARGE, run_before=after(app, fail))


def test_a_syntax_error_is_marked(demo: Path, snap_compare: Compare) -> None:
    app = InkstandApp(demo, first_script="hello")

    async def check(driver: Driver) -> None:
        driver.code.text = "for step in range(3)\n    print(step)\n"
        await driver.press("f8")
        await driver.settle()

    assert snap_compare(app, terminal_size=SMALL, run_before=after(app, check))


def test_unsaved_changes_are_marked_and_asked_about(demo: Path, snap_compare: Compare) -> None:
    app = InkstandApp(demo, first_script="hello")

    async def quit_it(driver: Driver) -> None:
        await driver.type("# mine")
        await driver.press("ctrl+q")
        await driver.until(lambda: len(app.screen_stack) == 3)

    assert snap_compare(app, terminal_size=SMALL, run_before=after(app, quit_it))


def test_a_new_script_is_asked_for(demo: Path, snap_compare: Compare) -> None:
    app = InkstandApp(demo)

    async def new(driver: Driver) -> None:
        await driver.press("ctrl+n")
        await driver.until(lambda: len(app.screen_stack) == 3)

    assert snap_compare(app, terminal_size=SMALL, run_before=after(app, new, script=False))


def test_the_filter_finds_nothing(demo: Path, snap_compare: Compare) -> None:
    app = InkstandApp(demo)

    async def filter_it(driver: Driver) -> None:
        await driver.press("alt+s")
        await driver.type("zzz")

    assert snap_compare(app, terminal_size=SMALL, run_before=after(app, filter_it, script=False))


def test_git_log(demo: Path, snap_compare: Compare) -> None:
    app = InkstandApp(demo)

    async def show(driver: Driver) -> None:
        await driver.press("f3")
        await driver.settle()
        entries = (
            GitEntry("a" * 40, "aaaaaaa", "2026-11-02T10:00:00+00:00", "Ada", "A macro for poems"),
            GitEntry("b" * 40, "bbbbbbb", "2026-11-01T10:00:00+00:00", "Ada", "First posts"),
        )
        driver.screen.panel.git_log.show(GitLog(entries, ""))

    assert snap_compare(app, terminal_size=SMALL, run_before=after(app, show, script=False))


def test_help(demo: Path, snap_compare: Compare) -> None:
    app = InkstandApp(demo)

    async def help_me(driver: Driver) -> None:
        await driver.press("f1")

    assert snap_compare(app, terminal_size=SMALL, run_before=after(app, help_me, script=False))


def test_sixteen_colours(demo: Path, snap_compare: Compare) -> None:
    app = InkstandApp(demo, first_script="hello")
    app.theme = SIXTEEN_COLOURS
    assert snap_compare(app, terminal_size=SMALL, run_before=after(app))


def test_a_terminal_that_is_too_small(demo: Path, snap_compare: Compare) -> None:
    app = InkstandApp(demo, first_script="hello")
    assert snap_compare(app, terminal_size=(20, 5), run_before=after(app))


def test_a_project_without_scripts(tmp_path: Path, snap_compare: Compare) -> None:
    folder = tmp_path / "bare"
    (folder / "meta").mkdir(parents=True)
    (folder / "meta" / "project.json").write_text('{"name": "Bare", "mainLanguage": "en"}')
    app = InkstandApp(folder)

    async def empty(driver: Driver) -> None:
        # What a read-only project without scripts looks like: nothing could be seeded.
        driver.screen.sidebar.show([])

    assert snap_compare(app, terminal_size=SMALL, run_before=after(app, empty, script=False))
