"""All posts' macros expanded in one go, as a task: what fails, and what it costs.

Owns which posts are taken, their texts while they wait, and the last reports. Nothing is written
here; how a page is expanded is `renderer`'s.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias

import anyio
from anyio.abc import TaskGroup

from engine.render.context import Page
from engine.render.counters import Counters
from engine.render.executor import LocalKernels
from engine.render.expansion_report import ExpansionReport, Tally
from engine.render.item_session import item_functions
from engine.render.pace import Pace, PacedExecutor
from engine.render.renderer import expanding
from engine.tasks import TELL_EVERY_S
from store.files import FileError
from store.post_body import PostBody, read_body

if TYPE_CHECKING:
    from engine.kernel.kernels import Kernels
    from engine.render.batch import Batch
    from engine.render.library import ReadyMacros
    from engine.render.renderer import ExpandedPage
    from engine.tasks import Task, TaskState
    from engine.workspace import Workspace
    from store.facts import PostFacts
    from store.index import EntryKind, Index, Problem

TASK_NAME = "Expand all macros"

KEPT_REPORTS = 5
"""Of the last expansions, to be looked at again. A report with all it may hold takes 2 MB."""

Tell: TypeAlias = Callable[[float | None, str], None]
"""Told how far it is: from 0 to 1 or None, and in words."""


class Survey:
    """The expansions of one open project, one at a time."""

    def __init__(self, workspace: Workspace, kernels: Kernels, group: TaskGroup) -> None:
        """Prepare.

        Args:
            workspace: The project.
            kernels: Where macros run.
            group: Cancelled when the project is closed, which ends what is under way.
        """
        self._workspace = workspace
        self._kernels = kernels
        self._group = group
        self._one_at_a_time = anyio.Lock()
        self._scope: anyio.CancelScope | None = None
        self._reports: deque[tuple[int, ExpansionReport]] = deque(maxlen=KEPT_REPORTS)

    @property
    def is_under_way(self) -> bool:
        """Whether pages are being expanded, or wait for their turn."""
        return self._scope is not None

    def cancel(self) -> None:
        """Stop what is under way; its report tells what was done. Harmless when nothing is."""
        if self._scope is not None:
            self._scope.cancel()

    def report_of(self, task: Task) -> ExpansionReport | None:
        """Return what came of a task; None when it was none of these, or long ago."""
        return next((report for id_, report in self._reports if id_ == task.id), None)

    async def expand_all(
        self,
        paths: Sequence[str] | None = None,
        *,
        jobs: int | None = None,
        with_drafts: bool = True,
        tell: Tell | None = None,
    ) -> ExpansionReport:
        """Expand the macros of many posts, as a task.

        Args:
            paths: Those of the posts, from the project folder; None for all that the index knows,
                with their translations, but without archived ones.
            jobs: How many kernels; None for as many as this process has cores.
            with_drafts: Whether all are drafts, too; those that are named are taken in any case.
            tell: Told how far it is, on the event loop.

        Returns:
            What came of it; cancelled, what was done until then.

        Raises:
            KernelError: No interpreter can be had.
            TaskCancelled: It was cancelled while it waited for its turn.
            ClosedResourceError: The project is closed.
        """
        tasks = self._workspace.tasks
        async with self._one_at_a_time:
            self._scope = scope = anyio.CancelScope()
            is_over = anyio.Event()
            self._group.start_soon(_cancel_with_project, scope, is_over)
            try:
                async with tasks.queued(TASK_NAME, scope.cancel) as task:
                    going = _Going(self._workspace, task, tell)
                    with scope:
                        await self._expand(going, paths, jobs, with_drafts=with_drafts)
                    report = going.report(was_cancelled=scope.cancelled_caught)
                    self._reports.append((task.id, report))
                    state: TaskState = "completed" if report.is_well else "failed"
                    if report.was_cancelled:
                        state = "cancelled"
                    tasks.finish(task, state, report.summary)
                    return report
            finally:
                self._scope = None
                is_over.set()

    async def _expand(
        self, going: _Going, paths: Sequence[str] | None, jobs: int | None, *, with_drafts: bool
    ) -> None:
        await going.choose(paths, with_drafts=with_drafts)
        if not going.chosen:
            return
        workspace = self._workspace
        macros = await workspace.macros.ready()
        going.know(macros)
        local = LocalKernels(
            self._kernels.for_batches,
            jobs=jobs,
            limits=workspace.limits["macro"],
            functions=item_functions(workspace, "macro"),
        )
        going.begin()
        async with (
            local,
            expanding(
                workspace,
                going.pages(),
                macros,
                PacedExecutor(local, going.pace),
                is_preview=False,
                counters=going.counters,
            ) as expansion,
        ):
            async for made in expansion:
                going.batch = expansion.batch
                going.take(made)


class _Going:
    """One expansion while it is under way."""

    def __init__(self, workspace: Workspace, task: Task, tell: Tell | None) -> None:
        self._workspace = workspace
        self._task = task
        self._tell = tell
        self._told_at = -TELL_EVERY_S
        self._tally = Tally(0)
        self._script_paths: dict[str, str] = {}
        self.chosen: list[tuple[str, PostFacts, PostFacts | None]] = []
        """Path and facts of each post, and those of what it translates."""
        self.counters = Counters()
        self.pace = Pace()
        self.batch: Batch | None = None

    async def choose(self, paths: Sequence[str] | None, *, with_drafts: bool) -> None:
        """Look up which posts are meant."""
        catalog = self._workspace.catalog
        await catalog.see_content()
        posts = await catalog.posts()
        problems = await catalog.question(_unreadable)
        reasons = {one.path: one.reason for one in problems}
        originals = {facts.id: facts for _, facts in posts if not facts.translation_for}
        wanted = {"published", "draft"} if with_drafts else {"published"}
        if paths is None:
            for path, facts in posts:
                original = originals.get(facts.translation_for)
                if (original or facts).status in wanted:
                    self.chosen.append((path, facts, original))
            unreadable = list(reasons)
        else:
            known = dict(posts)
            for path in dict.fromkeys(paths):
                if path in known:
                    facts = known[path]
                    self.chosen.append((path, facts, originals.get(facts.translation_for)))
            unreadable = [path for path in dict.fromkeys(paths) if path not in known]
        self._tally = Tally(len(self.chosen))
        for path in unreadable:
            self._tally.cannot_read(path, reasons.get(path, "the index has no post of that path"))

    def know(self, macros: ReadyMacros) -> None:
        """Take the macros that there are."""
        self._script_paths = {one.name: one.path for one in macros.sources}

    def begin(self) -> None:
        """Count the time from now on: what came before is no work of macros."""
        self.pace = Pace()

    def pages(self) -> Iterator[Page]:
        """Read the pages; the renderer takes them a few at a time, in a thread."""
        for path, facts, original in self.chosen:
            body = self._read(path)
            yield Page(facts, body.text, path, body.first_line, original)

    def take(self, made: ExpandedPage) -> None:
        """Take in a page, and tell how far it is."""
        tally = self._tally
        tally.add(made)
        fraction = tally.pages / tally.pages_wanted
        failed = f", {tally.failed:,} failed" if tally.failed else ""
        words = f"{tally.pages:,} of {tally.pages_wanted:,} posts{failed}"
        self._workspace.tasks.update(self._task, fraction, words)
        now = time.monotonic()
        is_last = tally.pages == tally.pages_wanted
        if self._tell is not None and (is_last or now - self._told_at >= TELL_EVERY_S):
            self._told_at = now
            self._tell(fraction, words)

    def report(self, *, was_cancelled: bool) -> ExpansionReport:
        """Tell what came of it."""
        return self._tally.report(
            self.counters,
            self.pace,
            script_paths=self._script_paths,
            output="" if self.batch is None else self.batch.printed,
            was_cancelled=was_cancelled,
        )

    def _read(self, path: str) -> PostBody:
        try:
            return read_body(self._workspace.project.root / path)
        except FileError as error:  # gone or broken since the index was made
            self._tally.cannot_read(path, error.reason)
            return PostBody("", 1)


async def _cancel_with_project(scope: anyio.CancelScope, is_over: anyio.Event) -> None:
    try:
        await is_over.wait()
    finally:
        scope.cancel()  # harmless when it is over


def _unreadable(index: Index) -> list[Problem]:
    kinds: tuple[EntryKind, ...] = ("posts",)
    return index.unreadable(kinds)
