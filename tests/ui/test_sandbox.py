"""How the screen tells that scripts are locked down, and asks before they are not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from textual.widgets import Button

from engine.kernel.process import SandboxError
from tests.ui.conftest import Driver, OpenApp
from tui.screens.questions import QuestionScreen

WRITES = "from pathlib import Path\nPath({path!r}).write_text('x')\nprint('written')\n"


@pytest.fixture
def victim(demo: Path, tmp_path: Path) -> Path:
    """A file that the project's script `writes` makes when it can."""
    path = tmp_path / "made-by-the-script"
    (demo / "scripts" / "writes.py").write_text(WRITES.format(path=str(path)))
    return path


def was_written(victim: Path) -> bool:
    return victim.exists()


def want_no_sandbox(demo: Path) -> None:
    path = demo / "meta" / "project.json"
    settings = json.loads(path.read_text())
    path.write_text(json.dumps({**settings, "unsandboxed": True}))


async def question(app: Driver) -> str:
    """Wait for a question and return it."""
    await app.until(lambda: isinstance(app.app.screen, QuestionScreen))
    return "\n".join(str(static.render()) for static in app.app.screen.query("Static"))


async def answer(app: Driver, name: str) -> None:
    app.app.screen.query_one(f"#{name}", Button).focus()
    await app.press("enter")
    await app.settle()


async def test_a_script_is_locked_down_and_the_status_bar_says_so(
    open_app: OpenApp, victim: Path
) -> None:
    async with open_app() as app:
        assert app.screen.status.sandbox == "sandboxed"
        await app.open("writes")
        await app.press("f5")
        await app.until(lambda: "failed" in app.output)
        assert "the sandbox keeps scripts from files" in app.output
    assert not was_written(victim)


async def test_the_command_line_asks_and_enter_keeps_the_sandbox(
    open_app: OpenApp, victim: Path
) -> None:
    async with open_app(unsandboxed=True) as app:
        text = await question(app)
        assert "You ask to run without the sandbox." in text
        assert "all your rights" in text
        await app.press("enter")
        await app.settle()
        assert app.screen.status.sandbox == "sandboxed"
        await app.open("writes")
        await app.press("f5")
        await app.until(lambda: "failed" in app.output)
    assert not was_written(victim)


async def test_agreeing_is_asked_for_once_and_shown_all_the_time(
    open_app: OpenApp, demo: Path, victim: Path
) -> None:
    want_no_sandbox(demo)
    async with open_app(unsandboxed=True) as app:
        await question(app)
        await answer(app, "open")
        assert app.screen.status.sandbox == "UNSANDBOXED"
        await app.open("writes")
        await app.press("f5")
        await app.until(lambda: "finished" in app.output)
        assert app.screen.status.sandbox == "UNSANDBOXED"
    assert was_written(victim)
    async with open_app() as app:
        assert app.screen.status.sandbox == "UNSANDBOXED"
        assert not isinstance(app.app.screen, QuestionScreen)


async def test_a_script_changed_outside_is_asked_about_before_it_runs(
    open_app: OpenApp, demo: Path, victim: Path
) -> None:
    async with open_app(unsandboxed=True) as app:
        await question(app)
        await answer(app, "open")
        path = demo / "scripts" / "writes.py"
        path.write_text(path.read_text() + "# changed\n")
        await app.open("writes")
        await app.press("f5")
        assert "scripts/writes.py is new or was changed outside" in await question(app)
        await app.press("escape")
        await app.until(lambda: not app.screen._run_console.is_busy)
        assert not was_written(victim)
        await app.press("f5")
        await question(app)
        await answer(app, "open")
        await app.until(lambda: "finished" in app.output)
    assert was_written(victim)


async def test_what_is_written_here_is_not_asked_about(
    open_app: OpenApp, demo: Path, victim: Path
) -> None:
    async with open_app(unsandboxed=True) as app:
        await question(app)
        await answer(app, "open")
        await app.open("writes")
        app.code.insert("# mine\n")
        await app.press("ctrl+s")
        await app.settle()
        await app.press("f5")
        await app.until(lambda: "finished" in app.output)
    assert was_written(victim)


async def test_where_nothing_can_be_locked_down_the_status_bar_says_so(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch, victim: Path
) -> None:
    def refuse(*, is_sandboxed: bool, packages: str) -> None:
        raise SandboxError("landlock", "Landlock does not work here")

    monkeypatch.setattr("engine.kernel.spawn.policy", refuse)
    async with open_app() as app:
        await app.until(lambda: app.screen.status.sandbox == "NO SANDBOX")
        assert "Landlock does not work here" in app.toasts
        await app.open("writes")
        await app.press("f5")
        await app.until(lambda: "not started" in app.output)
        assert "--unsandboxed" in app.output
    assert not was_written(victim)
