"""One run's use of the API: what it may do, what it has changed, where its words go.

Owns the way from a call to its answer. What a function does is its namespace's business.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

import anyio

from engine.api.registry import ApiError, Function, Mark, Registry
from engine.child.protocol import Call, Refusal, Returned
from store.files import EntryNotFound, FileError
from store.journal import Journal, recording
from store.one_line import clean

if TYPE_CHECKING:
    from engine.workspace import Workspace

Severity: TypeAlias = Literal["information", "warning", "error"]

MAX_TOASTS = 20
"""Of one run; a person cannot read more."""
MAX_TOAST_CHARS = 300


class Voice(Protocol):
    """Where a run speaks to a person. Whoever starts the run gives one."""

    def toast(self, message: str, severity: Severity) -> None:
        """Show a short message."""

    async def read_line(self, prompt: str) -> str | None:
        """Ask for a line of text; None when there is nobody, or nothing more to read."""

    async def choose(self, question: str, options: Collection[str]) -> str | None:
        """Ask for one of a few options; None when the person goes back."""

    async def open_document(self, path: str, line: int, column: int) -> bool:
        """Show a script in the editor; False where there is none."""


class Silence:
    """The voice of a run that nobody watches, such as one of many."""

    def toast(self, message: str, severity: Severity) -> None:
        """Say nothing."""

    async def read_line(self, prompt: str) -> str | None:
        """Refuse: nobody is there, and the others wait."""
        raise ApiError("input() has nobody to ask here: the run is one of many", "EOFError")

    async def choose(self, question: str, options: Collection[str]) -> str | None:
        """Refuse, likewise."""
        raise ApiError("there is nobody to ask here: the run is one of many", "EOFError")

    async def open_document(self, path: str, line: int, column: int) -> bool:
        """Show nothing."""
        return False


@dataclass
class Session:
    """What one run sees of the project through the API."""

    workspace: Workspace
    may: frozenset[Mark]
    """What it may do."""
    who: str
    """Who runs, for words: `macros`, `utilities`."""
    voice: Voice = field(default_factory=Silence)
    journal: Journal = field(default_factory=Journal)
    """What it has changed."""
    tell_progress: Callable[[float | None, str], None] = lambda fraction, text: None
    """Shows how far it is, from 0 to 1; None when that cannot be told."""
    toasts: int = 0
    run_id: str = ""
    """Whose it is; empty for whoever calls without a script."""
    give: Callable[[bytes, int], None] | None = None
    """Hands memory to the run's script; see `kernel.run`. None where there is no script."""

    async def answer(self, registry: Registry, call: Call) -> Returned | Refusal:
        """Carry out a call; whatever goes wrong becomes an exception in the script."""
        try:
            function = registry.get(call.function)
            self.check(function)
            values = function.bind(bytes(call.arguments), bytes(call.named))
            with recording(self.journal):
                return Returned(call.call_id, await function.call(self, **values))
        except ApiError as error:
            return Refusal(call.call_id, error.kind, str(error))
        except EntryNotFound as error:
            return Refusal(call.call_id, "LookupError", str(error))
        except FileError as error:
            return Refusal(call.call_id, "OSError", str(error))
        except ValueError as error:
            return Refusal(call.call_id, "ValueError", f"{call.function[:80]}(): {error}")
        except anyio.ClosedResourceError:
            return Refusal(call.call_id, "RuntimeError", "the project is being closed")
        except Exception as error:  # ours; it must not end the app with unsaved text in it
            place = traceback.extract_tb(error.__traceback__)[-1]
            words = f"{type(error).__name__}: {error} ({Path(place.filename).name}:{place.lineno})"
            return Refusal(
                call.call_id, "RuntimeError", f"a fault in Inkstand, in {call.function}(): {words}"
            )

    def check(self, function: Function) -> None:
        """Refuse what this run may not do.

        Raises:
            ApiError: As PermissionError, with what is missing and where to allow it.
        """
        if function.mark in self.may:
            return
        verb = {"read": "read the project", "write": "change the project"}.get(
            function.mark, "reach beyond the project"
        )
        raise ApiError(
            f"app.{function.name}() needs the right to {verb}, which {self.who} do not have. "
            f'It is given by "permissions" in meta/project.json: add "{function.mark}"',
            "PermissionError",
        )

    def say(self, message: str, severity: Severity) -> None:
        """Show a toast, as long as there are not too many.

        Raises:
            ApiError: There are.
        """
        words = clean(message)[:MAX_TOAST_CHARS]
        if not words:
            return
        if self.toasts == MAX_TOASTS:
            raise ApiError(f"more than {MAX_TOASTS} toasts in one run", "RuntimeError")
        self.toasts += 1
        self.voice.toast(words, severity)
