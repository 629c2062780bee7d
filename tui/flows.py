"""Flows: what takes longer than a key, carried out beside the screen, with its errors told.

Owns their order. What a flow does is its own business.
"""

from __future__ import annotations

import traceback
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, TypeAlias

import anyio

from engine.kernel.process import KernelError
from engine.tasks import TaskCancelled
from store.files import FileError

if TYPE_CHECKING:
    from tui.main_screen import MainScreen

Flow: TypeAlias = Coroutine[Any, Any, object]


class Flows:
    """The flows of the main screen."""

    def __init__(self, screen: MainScreen) -> None:
        self._screen = screen
        self._one_at_a_time = anyio.Lock()

    def start(self, flow: Flow) -> None:
        """Carry out what writes or asks, one after the other."""
        self._screen.run_worker(self._in_turn(flow), group="flows")

    def beside(self, flow: Flow) -> None:
        """Carry out what only reads, and must not put off a save: a slow git, all the posts."""
        self._screen.run_worker(self.told(flow), group="beside")

    async def told(self, flow: Flow) -> None:
        """Carry out a flow and tell its errors."""
        try:
            await flow
        except (anyio.ClosedResourceError, TaskCancelled):
            return  # the project has been closed over it, or the person did not want it any more
        except (FileError, KernelError) as error:
            self._screen.notify(str(error), severity="error", timeout=10)
        except Exception as error:  # ours, and no reason to end the app with unsaved text in it
            self._screen.panel.output.append(traceback.format_exc(), "error")
            self._screen.notify(
                f"A fault in Inkstand: {type(error).__name__}: {error}\nYour text is still here. "
                "The Output tab has what to report.",
                severity="error",
                timeout=20,
            )

    async def _in_turn(self, flow: Flow) -> None:
        async with self._one_at_a_time:
            await self.told(flow)
