"""Expands the macros of many pages in one batch: pages in, pages out, in their order.

Owns the way of a page through grammar, checks, contexts, kernels and back. What becomes of the
pages, and where they come from, must never enter.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, get_args

import anyio
import anyio.to_thread
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from engine.render.batch import Batch, rendering
from engine.render.calls import MacroCall, Parsed, ProblemCode
from engine.render.context import Contexts, Page, ResolvedCall
from engine.render.expand import CallResult, Expanded, MacroError, expand
from engine.render.grammar import parse
from engine.render.library import ReadyMacro, ReadyMacros
from engine.render.macros import MacroProblem, problems_of
from engine.render.packing import BatchItem
from engine.render.parameters import check

if TYPE_CHECKING:
    from engine.render.counters import Counters
    from engine.render.executor import Executor
    from engine.workspace import Workspace

_GROUP = 64
"""Pages whose calls are looked for and given their contexts in one go."""
_MAX_PLAIN_CHARS = 8_000_000
"""Of pages without calls that wait for one before them; each counts for a thousand more."""
_TEXT_PROBLEMS = {*get_args(ProblemCode), "unknown_macro", "disabled_macro"}
"""What makes no call fail: the text stays as it is. Wrong parameters are failures."""


@dataclass(frozen=True, slots=True)
class ExpandedPage:
    """A page, and what its macros made of it."""

    page: Page
    expanded: Expanded
    problems: Sequence[MacroProblem] = ()
    """What looks like a macro and stays text. Lines count in the file."""


@dataclass(slots=True)
class _Waiting:
    """A page whose calls are on their way."""

    page: Page
    parsed: Parsed
    results: list[CallResult] = field(default_factory=list)
    awaited: deque[int] = field(default_factory=deque)
    """The calls that have no result yet, in their order."""
    was_asked: bool = False
    """Whether any of its calls went to a kernel."""

    @property
    def has_text_problems(self) -> bool:
        """Whether something stays text that may be meant as a call; telling of it can take long."""
        return bool(self.parsed.problems) or None in self.results


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A page's calls, looked up."""

    waiting: _Waiting
    macros: tuple[ReadyMacro, ...]
    """Of the calls that are to be made."""
    named: tuple[dict[str, object], ...]

    @property
    def resolved(self) -> list[ResolvedCall]:
        calls = self.waiting.parsed.calls
        return [
            macro.resolved(calls[at])
            for macro, at in zip(self.macros, self.waiting.awaited, strict=True)
        ]


class Expansion:
    """Pages being expanded. Iterate it, once; made by `expanding`."""

    def __init__(
        self,
        pages: Iterable[Page],
        macros: ReadyMacros,
        contexts: Contexts,
        *,
        expands_in_code: bool,
    ) -> None:
        self._pages = iter(pages)
        self._macros = macros
        self._contexts = contexts
        self._expands_in_code = expands_in_code
        self._waiting: deque[_Waiting] = deque()
        """In the order of the pages."""
        self._unanswered: deque[_Waiting] = deque()
        """Those of them that wait for a kernel."""
        self._plain_chars = 0
        """Of those that wait only for others."""
        self._has_room = anyio.Event()
        self._handing_over = anyio.Lock()
        self._send: MemoryObjectSendStream[ExpandedPage]
        self._receive: MemoryObjectReceiveStream[ExpandedPage]
        self._send, self._receive = anyio.create_memory_object_stream[ExpandedPage](_GROUP)
        self._failure: Exception | None = None
        self.batch: Batch | None = None
        """Its progress, and what macros printed."""

    async def __aiter__(self) -> AsyncGenerator[ExpandedPage, None]:
        """Yield the pages, in their order.

        Raises:
            KernelError: No interpreter can be had.
            ClosedResourceError: The project is closed.
            Exception: What the iterator of pages raised; those before it have been yielded.
        """
        async with self._receive:
            async for page in self._receive:
                yield page
        if self._failure is not None:
            raise self._failure

    async def run(self, executor: Executor, counters: Counters | None) -> None:
        """Carry it out; whoever iterates sets the pace."""
        try:
            items = self._items()
            async with rendering(items, self._macros.sources, executor, counters=counters) as batch:
                self.batch = batch
                async for outcome in batch:
                    first = self._unanswered[0]
                    first.results[first.awaited.popleft()] = outcome
                    if not first.awaited:
                        self._unanswered.popleft()
                        await self._hand_over()
            await self._hand_over()
        except Exception as error:  # raised where the pages are iterated
            self._failure = self._failure or error
        finally:
            self._send.close()

    def close(self) -> None:
        """Let go of what nobody wants any more."""
        self._send.close()
        self._receive.close()

    async def _items(self) -> AsyncIterator[BatchItem | None]:
        while self._failure is None:
            if self._plain_chars > _MAX_PLAIN_CHARS:
                yield None  # what they wait for may itself wait for its chunk to become full
                while self._plain_chars > _MAX_PLAIN_CHARS:
                    self._has_room = anyio.Event()
                    await self._has_room.wait()
            prepared = await anyio.to_thread.run_sync(self._next_group)
            if not prepared:
                return
            contexts = await self._contexts.contexts_for_all(
                [(one.waiting.page, one.resolved) for one in prepared]
            )
            for one, made in zip(prepared, contexts, strict=True):
                self._waiting.append(one.waiting)
                if not made:
                    self._plain_chars += _size(one.waiting)
                    await self._hand_over()
                    continue
                self._unanswered.append(one.waiting)
                for macro, named, context in zip(one.macros, one.named, made, strict=True):
                    yield BatchItem(macro.number, context.own, context.post, named, context.shared)

    def _next_group(self) -> list[_Prepared]:
        """Take pages and look for their calls, in a thread."""
        prepared: list[_Prepared] = []
        try:
            for page in islice(self._pages, _GROUP):
                prepared.append(self._prepare(page))
        except Exception as error:  # raised once the pages before it have been yielded
            self._failure = error
        return prepared

    def _prepare(self, page: Page) -> _Prepared:
        """Find the calls of a page, and those that can be made."""
        parsed = parse(page.body, expands_in_code=self._expands_in_code)
        waiting = _Waiting(page, parsed)
        macros: list[ReadyMacro] = []
        named: list[dict[str, object]] = []
        for at, call in enumerate(parsed.calls):
            answer, arguments = self._answer(call)
            if isinstance(answer, ReadyMacro):
                waiting.awaited.append(at)
                waiting.was_asked = True
                macros.append(answer)
                named.append(arguments)
                waiting.results.append(None)
            else:
                waiting.results.append(answer)
        return _Prepared(waiting, tuple(macros), tuple(named))

    def _answer(self, call: MacroCall) -> tuple[ReadyMacro | MacroError | None, dict[str, object]]:
        macro = self._macros.answer(call)
        if not isinstance(macro, ReadyMacro) or not macro.spec.is_declared:
            return macro, {}
        arguments, problems = check(call, macro.spec)
        if problems:
            words = "; ".join(problem.words for problem in problems)
            return MacroError("TypeError", words), {}
        return macro, dict(arguments)

    async def _hand_over(self) -> None:
        """Give the pages at the front that are whole."""
        async with self._handing_over:
            while self._waiting and not self._waiting[0].awaited:
                waiting = self._waiting.popleft()
                if not waiting.was_asked:
                    self._plain_chars -= _size(waiting)
                if waiting.has_text_problems:
                    made = await anyio.to_thread.run_sync(self._made, waiting)
                else:
                    made = self._made(waiting)
                await self._send.send(made)
            self._has_room.set()

    def _made(self, waiting: _Waiting) -> ExpandedPage:
        page, parsed = waiting.page, waiting.parsed
        expanded = expand(parsed, waiting.results, path=page.path, first_line=page.first_line)
        problems: list[MacroProblem] = []
        if waiting.has_text_problems:
            above = page.first_line - 1
            problems = [
                problem.moved_down(above)
                for problem in problems_of(parsed, self._macros.table)
                if problem.code in _TEXT_PROBLEMS
            ]
        return ExpandedPage(page, expanded, problems)


def _size(waiting: _Waiting) -> int:
    return len(waiting.page.body) + 1_000


@asynccontextmanager
async def expanding(
    workspace: Workspace,
    pages: Iterable[Page],
    macros: ReadyMacros,
    executor: Executor,
    *,
    is_preview: bool,
    counters: Counters | None = None,
) -> AsyncIterator[Expansion]:
    """Expand pages while the block runs; leaving it early cancels what is left at once.

    Args:
        workspace: Whose pages they are.
        pages: Taken only as fast as they are expanded, some at a time, in a thread: an iterator
            may read files.
        macros: What they may call.
        executor: Where macros run; open for as long.
        is_preview: What macros read as `env.isPreview`.
        counters: What is counted, by macro.

    Yields:
        The expansion, to be iterated once.
    """
    expansion = Expansion(
        pages,
        macros,
        Contexts(workspace.project, workspace.catalog, is_preview=is_preview),
        expands_in_code=workspace.project.settings.get("expandMacrosInCode") is True,
    )
    raised: Exception | None = None
    try:
        async with anyio.create_task_group() as group:
            group.start_soon(expansion.run, executor, counters)
            try:
                yield expansion
            except Exception as error:  # past the group, which would make a group of it
                raised = error
            group.cancel_scope.cancel()
    finally:
        expansion.close()
    if raised is not None:
        raise raised
