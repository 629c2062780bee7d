"""Asks the person about running without the sandbox, and keeps the status bar true about it.

What agreeing means is `engine.agreement`'s. Nothing is agreed to here but by the person's key.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.agreement import CONSEQUENCES
from tui.sandbox_words import listed
from tui.screens.questions import Answer, QuestionScreen

if TYPE_CHECKING:
    from engine.workspace import Workspace
    from tui.main_screen import MainScreen


class SandboxFlow:
    """The sandbox of the open project, as the person sees it."""

    def __init__(self, screen: MainScreen, workspace: Workspace) -> None:
        self._screen = screen
        self._agreement = workspace.agreement
        self._workspace = workspace

    async def settle(self, *, is_wanted: bool) -> None:
        """Find out how scripts run: once the project is open.

        Args:
            is_wanted: Whether the command line asks for no sandbox; the project may as well.
        """
        if is_wanted or self._agreement.is_asked_for:
            scripts = await self._agreement.unconfirmed()
            asker = "You" if is_wanted else "This project's settings"
            if not scripts or await self._ask(f"{asker} ask to run without the sandbox.", scripts):
                await self._agree()
        self._show()
        if self._agreement.is_sandboxed and (problem := await self._workspace.sandbox_problem()):
            self._screen.status.sandbox = "NO SANDBOX"
            self._screen.notify(problem, title="Scripts cannot run", severity="error", timeout=30)

    async def ask_again(self, reason: str) -> bool:
        """Ask about scripts that are not as they were agreed to.

        Args:
            reason: Which one is in the way, in words.

        Returns:
            Whether the person agrees to all of them as they are now.
        """
        is_agreed = await self._ask(f"{reason}.", await self._agreement.unconfirmed())
        if is_agreed:
            await self._agree()
        return is_agreed

    async def _ask(self, reason: str, scripts: Sequence[str]) -> bool:
        keep = "Keep the sandbox" if self._agreement.is_sandboxed else "Do not run it"
        answer = await self._screen.app.push_screen_wait(
            QuestionScreen(
                "Run without the sandbox?",
                f"{reason} {CONSEQUENCES}\n\n{listed(scripts)}",
                [
                    Answer("keep", keep),
                    Answer("open", "Run unsandboxed", is_dangerous=True),
                ],
                cancel="",
            )
        )
        return answer == "open"

    async def _agree(self) -> None:
        try:
            await self._agreement.agree()
        finally:
            self._show()

    def _show(self) -> None:
        is_sandboxed = self._agreement.is_sandboxed
        self._screen.status.sandbox = "sandboxed" if is_sandboxed else "UNSANDBOXED"
