"""One macro in a kernel that runs a batch: its script is executed once, its function called often.

Owns what a macro is called with and what it may return. Messages and pipes must never enter.
"""

from __future__ import annotations

import posixpath
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from engine.child import errors
from engine.child.chunks import MAX_DATA_BYTES, MAX_WARNINGS, MacroSource, Rendered, encoder
from engine.child.execute import EntrypointError, compiled, fitting
from engine.child.protocol import WHOLE_FILE, ScriptError, TraceFrame

ENTRYPOINT, MANY = "render", "render_many"
_MAX_WARNING_CHARS = 500
_MAX_NAMED_KEYS = 5


class BadReturn(Exception):
    """A macro returned something that is no html; in words."""


class ReturnTooLarge(Exception):
    """A macro returned more than may be sent; in words."""


class Macro:
    """A macro whose script has been executed, in a namespace of its own."""

    def __init__(self, source: MacroSource) -> None:
        """Execute the script.

        Raises:
            EntrypointError: It has no such function.
            BaseException: Whatever the script raises.
        """
        self.path = source.path
        _, code = compiled(source.source, source.path)
        name = f"scripts.{posixpath.basename(source.path).removesuffix('.py')}"
        module = ModuleType(name)
        module.__file__ = source.path
        # So that dataclasses, pickle and typing find the script's own classes.
        sys.modules[name] = module
        exec(code, module.__dict__)
        self.entrypoint = ENTRYPOINT if source.entrypoint == WHOLE_FILE else source.entrypoint
        function = module.__dict__.get(self.entrypoint)
        if not callable(function):
            raise EntrypointError(
                f"{source.path} has no top-level function {self.entrypoint!r} to render with"
            )
        self.function: Callable[..., Any] = function
        self.takes = len(fitting(function, [None, None]))
        """How many of context and post."""
        many = module.__dict__.get(MANY)
        self.many: Callable[..., Any] | None = many if callable(many) else None
        self.many_takes = 0 if self.many is None else len(fitting(self.many, [None] * 3))
        """How many of contexts, posts and keyword arguments."""
        code_of = getattr(function, "__code__", None)
        self.line: int = getattr(code_of, "co_firstlineno", 0) or 0
        self.is_random = b"random" in source.source
        """Whether it may draw random numbers by itself."""
        self.parts: dict[int, Any] = {}
        """Large shared parts by slot, as this script sees them."""

    def frame(self) -> TraceFrame:
        """Return where its function stands, as a frame of an error that has no other."""
        return TraceFrame(self.path, self.line, 0, self.line, 0, self.entrypoint, "")

    def shaped(self, value: Any, took_ns: int) -> Rendered:
        """Return what the macro returned as an outcome.

        Raises:
            BadReturn: It is no html.
            ReturnTooLarge: Its data are too much.
        """
        if type(value) is str:
            return Rendered(value, took_ns)
        if isinstance(value, str):
            return Rendered(str.__str__(value), took_ns)
        if not isinstance(value, dict):
            raise BadReturn(
                f"{self.entrypoint} returned {_kind(value)}; a macro returns its html: a str, or a "
                "dict with the key 'html'"
            )
        if "html" not in value:
            keys = ", ".join(repr(key) for key in list(value)[:_MAX_NAMED_KEYS]) or "none"
            raise BadReturn(
                f"{self.entrypoint} returned a dict without the key 'html'; its keys: {keys[:200]}"
            )
        html = value["html"]
        if not isinstance(html, str):
            raise BadReturn(f"the html that {self.entrypoint} returned is {_kind(html)}, no str")
        return Rendered(
            str.__str__(html),
            took_ns,
            self._warnings(value.get("warnings")),
            self._packed(value.get("data")),
        )

    def _warnings(self, value: Any) -> list[str]:
        if value is None:
            return []
        if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
            raise BadReturn(f"the warnings that {self.entrypoint} returned are no list of str")
        cut = [
            str.__str__(one)[:_MAX_WARNING_CHARS].encode("utf-8", "replace").decode()
            for one in value[:MAX_WARNINGS]
        ]
        if len(value) > MAX_WARNINGS:
            cut[-1] = f"... and {len(value) - MAX_WARNINGS + 1} more warnings"
        return cut

    def _packed(self, value: Any) -> bytes:
        if value is None:
            return b""
        if not isinstance(value, dict):
            raise BadReturn(f"the data that {self.entrypoint} returned are {_kind(value)}, no dict")
        try:
            packed = encoder.encode(value)
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            raise BadReturn(
                f"the data that {self.entrypoint} returned are not plain: {error}"
            ) from None
        if len(packed) > MAX_DATA_BYTES:
            raise ReturnTooLarge(
                f"the data that {self.entrypoint} returned take {len(packed):,} bytes, "
                f"where at most {MAX_DATA_BYTES:,} go through"
            )
        return packed

    def told(self, error: BaseException) -> ScriptError:
        """Return an error of the macro's as data, with a place in its script at least."""
        described = errors.describe(error)
        if described.frames:
            return described
        return ScriptError(
            described.type,
            described.message,
            [self.frame()],
            described.notes,
            described.cause,
            described.relation,
            described.group,
        )


def _kind(value: object) -> str:
    return "None" if value is None else f"a value of type {type(value).__name__[:100]}"


class Loop:
    """The event loop of asynchronous macros, made when there is one; it is kept between calls."""

    def __init__(self) -> None:
        self._loop: Any = None

    def wait_for(self, value: Any) -> Any:
        """Wait for what an asynchronous macro gives; what it has left running ends with that."""
        import asyncio  # 60 ms that only asynchronous macros pay

        async def wait() -> Any:
            return await value

        if self._loop is None or self._loop.is_closed():
            self._loop = asyncio.new_event_loop()
        loop = self._loop
        is_well = False
        try:
            given = loop.run_until_complete(wait())
            if left := asyncio.all_tasks(loop):
                for task in left:
                    task.cancel()
                loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            is_well = True
            return given
        finally:
            if not is_well:
                # Interrupted, or left with an error: with tasks that nobody waits for.
                self._loop = None
                loop.close()
