"""Flows: what takes longer than a key, carried out beside the screen, with its errors told.

Owns their order. What a flow does is its own business.
"""

from __future__ import annotations

import traceback
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any, ParamSpec, cast

import anyio

from engine.kernel.process import KernelError
from engine.tasks import TaskCancelled
from store.files import FileError

if TYPE_CHECKING:
    from textual.dom import DOMNode

    from tui.main_screen import MainScreen

P = ParamSpec("P")


def begin(
    node: DOMNode,
    group: str,
    work: Callable[[], Coroutine[Any, Any, object]],
    *,
    is_exclusive: bool = False,
) -> None:
    """Let a node carry out work, for as long as it is there.

    Args:
        node: What the work belongs to.
        group: Its name.
        work: A function, not a coroutine: what has not begun when the node goes is dropped, and a
            coroutine that nobody awaited is a fault.
        is_exclusive: Whether it takes the place of what its group is at.
    """
    # Textual takes such functions; its type cannot be inferred from one.
    node.run_worker(cast(Awaitable[object], work), group=group, exclusive=is_exclusive)


class Flows:
    """The flows of the main screen: functions with their arguments."""

    def __init__(self, screen: MainScreen) -> None:
        self._screen = screen
        self._one_at_a_time = anyio.Lock()

    def start(
        self, flow: Callable[P, Coroutine[Any, Any, object]], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """Carry out what writes or asks, one after the other."""
        begin(self._screen, "flows", partial(self._in_turn, flow, *args, **kwargs))

    def beside(
        self, flow: Callable[P, Coroutine[Any, Any, object]], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """Carry out what only reads, and must not put off a save: a slow git, all the posts."""
        begin(self._screen, "beside", partial(self.told, flow, *args, **kwargs))

    async def told(
        self, flow: Callable[P, Coroutine[Any, Any, object]], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """Carry out a flow and tell its errors."""
        try:
            await flow(*args, **kwargs)
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

    async def _in_turn(
        self, flow: Callable[P, Coroutine[Any, Any, object]], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        async with self._one_at_a_time:
            await self.told(flow, *args, **kwargs)
