"""The Textual app: one screen, and the task that holds the project open. No logic of its own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import ClassVar

import anyio
from textual.app import App
from textual.binding import BindingType

from engine.workspace import open_workspace
from store.project import ProjectError
from tui.main_screen import MainScreen
from tui.screens.palette import ActionProvider, ScriptProvider
from tui.theme import INK, theme_for


class InkstandApp(App[int], inherit_bindings=False):
    """Inkstand on one project. Its return value is the command's exit code."""

    TITLE = "Inkstand"
    COMMANDS = {ActionProvider, ScriptProvider}
    COMMAND_PALETTE_BINDING = "ctrl+p"
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, root: Path, *, first_script: str | None = None) -> None:
        """Prepare to open the project in `root`."""
        super().__init__()
        self.register_theme(INK)
        self.theme = theme_for(os.environ)
        # Every frame of an animation is bytes over SSH.
        self.animation_level = "none"
        self._root = root
        self._first_script = first_script
        self._is_left = anyio.Event()
        self._is_held = False

    def on_mount(self) -> None:
        """Show the screen, then open the project behind it."""
        screen = MainScreen(self._first_script)
        self.push_screen(screen)
        # After the first picture, so that something is seen at once.
        self.call_after_refresh(self._open, screen)

    def _open(self, screen: MainScreen) -> None:
        self.run_worker(self._hold(screen), group="project")

    async def _hold(self, screen: MainScreen) -> None:
        """Open the project and hold it until the app is left: one task enters and leaves it."""
        self._is_held = True
        try:
            async with open_workspace(self._root) as workspace:
                await screen.show_project(workspace)
                await self._is_left.wait()
        except ProjectError as error:
            self.exit(2, return_code=2, message=f"inkstand: {error}")
        else:
            # Only now: no kernel may be left behind.
            self.exit(0)

    def leave(self) -> None:
        """Close the project, then the app."""
        self._is_left.set()
        if not self._is_held:
            self.exit(0)
