"""The real app on a real project, driven by Pilot, and where its pictures are kept."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_textual_snapshot
from textual.pilot import Pilot

from tests.holding import until
from tui.app import InkstandApp
from tui.editor.code_area import CodeArea
from tui.main_screen import MainScreen

SNAPSHOTS = Path(__file__).parent.parent.parent / "snapshots"


class _Pictures(pytest_textual_snapshot.SVGImageExtension):  # type: ignore[misc]
    """Keeps the pictures in the top-level folder, one folder per test module."""

    @classmethod
    def dirname(cls, *, test_location: Any) -> str:
        return str(SNAPSHOTS / Path(test_location.filepath).stem)


@pytest.fixture(autouse=True)
def _pictures_in_their_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pytest_textual_snapshot, "SVGImageExtension", _Pictures)
    monkeypatch.setenv("TERM", "xterm-256color")


@dataclass
class Driver:
    """A running app and the ways to look into it."""

    app: InkstandApp
    pilot: Pilot[int]

    @property
    def screen(self) -> MainScreen:
        screen = self.app.screen_stack[1]
        assert isinstance(screen, MainScreen)
        return screen

    @property
    def code(self) -> CodeArea:
        document = self.screen.editor.active
        assert document is not None
        return self.screen.editor.code(document)

    @property
    def path(self) -> str | None:
        """The path of the document in front."""
        document = self.screen.editor.active
        return document.path if document is not None else None

    @property
    def output(self) -> str:
        return self.screen.panel.output.text

    @property
    def toasts(self) -> str:
        return "\n".join(notification.message for notification in self.app._notifications)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        for character in text:
            await self.pilot.press({" ": "space", "\n": "enter"}.get(character, character))
        await self.pilot.pause()

    async def until(self, condition: Callable[[], bool]) -> None:
        await until(condition)
        await self.pilot.pause()

    async def settle(self) -> None:
        """Wait until every flow that was started has ended."""
        await until(lambda: not any(w.group in ("flows", "beside") for w in self.app.workers))
        await self.pilot.pause()

    async def open(self, slug: str) -> None:
        """Open a script as the palette would."""
        row = next(row for row in self.screen.script_rows if row.slug == slug)
        self.screen.open_path(row.path)
        await self.settle()


OpenApp = Callable[..., Any]


@pytest.fixture
def open_app(demo: Path) -> OpenApp:
    @asynccontextmanager
    async def open_app(
        script: str | None = None,
        *,
        root: Path = demo,
        size: tuple[int, int] = (100, 30),
        unsandboxed: bool = False,
    ) -> AsyncIterator[Driver]:
        """Open the app and wait until it has settled; leave it as a person would."""
        app = InkstandApp(root, first_script=script, is_unsandboxed_wanted=unsandboxed)
        async with app.run_test(size=size, notifications=True) as pilot:
            driver = Driver(app, pilot)
            await until(lambda: len(app.screen_stack) > 1)
            await driver.until(lambda: bool(driver.screen.script_rows))
            if not unsandboxed:  # else a question waits
                await driver.settle()
            yield driver
            if app.is_running:
                await app.leave()
            await until(lambda: not app.is_running)

    return open_app


async def settled(app: InkstandApp, pilot: Pilot[int], *, script: bool = True) -> Driver:
    """For pictures: wait until the project is there and nothing moves any more."""
    driver = Driver(app, pilot)
    await until(lambda: len(app.screen_stack) > 1)
    await driver.until(lambda: bool(driver.screen.script_rows and driver.screen.status.sandbox))
    if script:
        await driver.until(lambda: driver.screen.editor.active is not None)
    await driver.settle()
    app.clear_notifications()
    await pilot.pause()
    return driver
