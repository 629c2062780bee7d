"""The Textual app: one screen, and the task that holds the project open. No logic of its own."""

from __future__ import annotations

import asyncio
import gc
import os
from functools import partial
from pathlib import Path
from typing import ClassVar

import anyio
from rich.console import Group
from rich.text import Text
from textual.app import App
from textual.binding import BindingType

from engine.workspace import open_workspace
from store.project import ProjectError
from tui.appearance import appearance_at_start
from tui.commands.exit_codes import EXIT_HUNG_UP, EXIT_OK, EXIT_TERMINATED, EXIT_USAGE
from tui.flows import begin
from tui.main_screen import MainScreen
from tui.screens.palette import Palette
from tui.terminal import TerminalDriver, on_signals
from tui.theme import INK, TOASTS

_LAST_KEYS_S = 0.2
"""How long keys that came before a hang-up may take, at most; usually a few milliseconds."""


class InkstandApp(App[int], inherit_bindings=False):
    """Inkstand on one project. Its return value is the command's exit code."""

    TITLE = "Inkstand"
    COMMANDS = set()  # those of the main screen: over a question there is nothing to choose
    COMMAND_PALETTE_BINDING = "ctrl+p"
    BINDINGS: ClassVar[list[BindingType]] = []
    # Textual's own rule for disabled buttons in 16 colours draws a border three rows high.
    CSS = "Button.-textual-compact:ansi:disabled { border: none !important; }" + TOASTS

    def __init__(
        self,
        root: Path,
        *,
        first_script: str | None = None,
        first_post: str | None = None,
        is_unsandboxed_wanted: bool = False,
    ) -> None:
        """Prepare to open the project in `root`."""
        super().__init__(driver_class=TerminalDriver)
        self.register_theme(INK)
        self.appearance, self._setting_problems = appearance_at_start(os.environ)
        """What the person has set; the Preferences change it."""
        self.theme = self.appearance.theme
        # Every frame of an animation is bytes over SSH.
        self.animation_level = "none"
        self._root = root
        self._first_script, self._first_post = first_script, first_post
        self._is_unsandboxed_wanted = is_unsandboxed_wanted
        self._main: MainScreen | None = None
        self._is_left = anyio.Event()
        self._is_closed: anyio.Event | None = None

    def on_mount(self) -> None:
        """Show the screen, then open the project behind it."""
        screen = MainScreen(
            self._first_script,
            first_post=self._first_post,
            is_unsandboxed_wanted=self._is_unsandboxed_wanted,
        )
        self._main = screen
        if not self.is_headless:
            on_signals(screen.action_quit, self._terminated, self._hung_up)
        self.push_screen(screen)
        # After the first picture, so that something is seen at once.
        self.call_after_refresh(self._open, screen)

    def _open(self, screen: MainScreen) -> None:
        begin(self, "project", partial(self._hold, screen))

    async def _hold(self, screen: MainScreen) -> None:
        """Open the project and hold it until it is to be closed: one task enters and leaves it."""
        self._is_closed = anyio.Event()
        try:
            async with open_workspace(self._root, is_watching=True) as workspace:
                workspace.notices += self._setting_problems
                await screen.show_project(workspace)
                if not gc.isenabled():  # the command began without it
                    gc.freeze()
                    gc.enable()
                await self._is_left.wait()
        except ProjectError as error:
            self.exit(EXIT_USAGE, message=f"inkstand: {error}")
        finally:
            self._is_closed.set()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Open the palette over the main screen only."""
        return action != "command_palette" or isinstance(self.screen, MainScreen)

    def action_command_palette(self) -> None:
        """Show the palette, with a field that takes keys in their order."""
        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

    def _terminated(self) -> None:
        self._keep_unsaved()
        begin(self, "leave", partial(self.leave, EXIT_TERMINATED))

    def _hung_up(self) -> None:
        self._keep_unsaved()
        # The terminal is gone: nothing is drawn any more. Keys that have come are still taken in.
        self._begin_batch()
        asyncio.get_running_loop().call_later(_LAST_KEYS_S, self._go)
        self.call_later(self._take_last_keys)

    def _take_last_keys(self) -> None:
        target = self.focused
        if target is None or not target.call_later(self._go):
            self._go()

    def _go(self) -> None:
        self._keep_unsaved()
        # Textual's way out writes to the terminal. The kernels end with their pipes.
        os._exit(EXIT_HUNG_UP)

    def _handle_exception(self, error: Exception) -> None:
        told = self._keep_unsaved()
        super()._handle_exception(error)
        if told and len(self._exit_renderables) == 1:  # of several Textual prints the first
            self._exit_renderables[0] = Group(self._exit_renderables[0], Text(told))

    def _keep_unsaved(self) -> str:
        """Keep what is not saved, before returning; say in words what came of it."""
        recovery = self._main.recovery if self._main is not None else None
        if recovery is None:
            return ""
        try:
            return recovery.keep_now()
        except Exception as error:  # on the way out there is nobody left to raise to
            return f"Unsaved text may be lost: {type(error).__name__}: {error}"

    async def close_project(self) -> None:
        """End the runs and kernels; the screen stays."""
        self._is_left.set()
        if self._is_closed is not None:
            await self._is_closed.wait()

    async def leave(self, code: int = EXIT_OK) -> None:
        """Close the project, then the app: no kernel may be left behind."""
        await self.close_project()
        told = self._keep_unsaved()
        self.exit(code, message=Text(told) if told else None)
