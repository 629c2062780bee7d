"""Packages of scripts on the screen: told at opening, synced by a key, seen by the next run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.ui.conftest import Driver, OpenApp, settled
from tests.wheels import make_sdist, make_wheel, offline
from tui.app import InkstandApp
from tui.env_flow import tell_at_opening

Compare = Callable[..., bool]


@pytest.fixture(autouse=True)
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    index = tmp_path / "index"
    for name, value in offline(index).items():
        monkeypatch.setenv(name, value) if value else monkeypatch.delenv(name, raising=False)
    for name in ("anchor", "buoy", "crane", "dock", "harbour"):
        make_wheel(index, name, "1.0", {f"{name}.py": "WORD = 'ahoy'\n"})
    return index


@pytest.fixture
def greeting(demo: Path) -> Path:
    """The demo with a script that wants a package, and the list that names it."""
    (demo / "scripts" / "greet.py").write_text("import harbour\nprint(harbour.WORD)\n")
    (demo / "scripts" / "requirements.txt").write_text("harbour\n")
    return demo


async def run(app: Driver) -> str:
    app.screen.action_clear_output()
    await app.press("f5")
    await app.until(lambda: "greet" in app.output and not app.screen._run_console.is_busy)
    return app.output


async def test_told_synced_and_seen_by_the_next_run(open_app: OpenApp, greeting: Path) -> None:
    async with open_app("greet") as app:
        assert (
            "scripts/requirements.txt lists 1 package, and none is installed. Alt+Y syncs them."
        ) in app.toasts
        assert "harbour is listed in scripts/requirements.txt:1 and not installed" in await run(app)
        app.app.clear_notifications()
        await app.press("alt+y")
        assert app.screen.panel.front == "tasks"
        await app.settle()
        assert "1 installed by" in app.toasts
        assert "+ harbour 1.0" in app.toasts
        assert "ahoy" in await run(app)
        app.app.clear_notifications()
        await app.press("alt+y")
        await app.settle()
        assert "nothing to do" in app.toasts
        # Many are listed in the Output tab.
        names = ("anchor", "buoy", "crane", "dock", "harbour")
        (greeting / "scripts" / "requirements.txt").write_text("\n".join(names))
        await app.press("alt+y")
        await app.settle()
        assert "4 installed" in app.toasts
        assert "more" not in app.toasts
    async with open_app(root=greeting) as app:
        assert "requirements.txt" not in app.toasts


async def test_what_an_installer_said_is_in_the_output(open_app: OpenApp, greeting: Path) -> None:
    (greeting / "scripts" / "requirements.txt").write_text("harbour\nno-such-thing\n")
    async with open_app() as app:
        await app.press("alt+y")
        await app.settle()
        assert "scripts/requirements.txt:2:" in app.toasts
        assert "Nothing has changed." in app.toasts
        assert "no-such-thing" in app.output


async def test_a_line_that_does_not_pass_is_told_at_opening(
    open_app: OpenApp, greeting: Path
) -> None:
    (greeting / "scripts" / "requirements.txt").write_text("-e .\n")
    async with open_app() as app:
        assert "scripts/requirements.txt:1: '-e .' is an option" in app.toasts
        assert "Alt+Y" not in app.toasts


async def test_a_project_without_requirements_is_told_nothing(
    open_app: OpenApp, demo: Path
) -> None:
    async with open_app() as app:
        assert "ackages" not in app.toasts
        app.app.clear_notifications()
        await app.press("alt+y")
        await app.settle()
        assert "nothing to do: scripts/requirements.txt lists no package" in app.toasts


async def test_it_is_cancelled_in_the_tasks_tab(
    open_app: OpenApp, greeting: Path, index: Path
) -> None:
    async with open_app() as app:
        workspace = app.screen._workspace
        assert workspace is not None
        begun = index / "begun"
        code = f"import signal; pathlib.Path({str(begun)!r}).touch(); signal.pause()"
        make_sdist(index, "slow", "1.0", code)
        (greeting / "scripts" / "requirements.txt").write_text("slow\n")
        sync = workspace.environment.sync
        # The screen itself allows no such build; it only takes long here.
        workspace.environment.sync = lambda: sync(is_source_allowed=True)
        await app.press("alt+y")
        await app.until(begun.exists)
        app.app.clear_notifications()
        app.screen.panel.tasks.focus()
        await app.press("delete")
        await app.settle()
        assert "cancelled; the packages are as they were" in app.toasts


def test_picture_at_opening(greeting: Path, snap_compare: Compare) -> None:
    app = InkstandApp(greeting, first_script="greet")

    async def told(pilot: Pilot[int]) -> None:
        driver = await settled(app, pilot)  # which takes the messages away
        workspace = driver.screen._workspace
        assert workspace is not None
        await tell_at_opening(driver.screen, workspace)
        await app.close_project()
        await pilot.pause()

    assert snap_compare(app, terminal_size=(80, 24), run_before=told)
