"""The metadata diff of an open project: compares index and files, and brings either in line.

Owns nothing but what is under way: tasks with progress, one at a time. What differs, and what is
written, is the store's.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import anyio
import anyio.from_thread
import anyio.to_thread

from engine.catalog import ALL_KINDS, Catalog, EntryKind
from engine.tasks import Task, Tasks, TaskState
from engine.turns import ending_with_the_asker, turn
from store.project import Project

if TYPE_CHECKING:
    from store.default_updates import OutdatedDefault
    from store.diff.bodies import Hunk
    from store.diff.comparing import DiffProgress
    from store.diff.differences import ItemDifference, MetadataDiff, Orphan
    from store.diff.syncing import Choice, SyncReport
    from store.index import Index
    from store.scripts import Script

T = TypeVar("T")
Tell: TypeAlias = Callable[[float | None, str], None]
"""Told how far it is: from 0 to 1 or None, and in words."""


class Comparison:
    """Scans and syncs of one project."""

    def __init__(
        self,
        project: Project,
        catalog: Catalog,
        tasks: Tasks,
        note_undo: Callable[[Callable[[], Script]], None],
    ) -> None:
        self._project = project
        self._note_undo = note_undo
        self._catalog = catalog
        self._tasks = tasks
        self._one_at_a_time = anyio.Lock()
        self._is_cancelled = threading.Event()

    def cancel(self) -> None:
        """Stop what is under way; harmless when nothing is."""
        self._is_cancelled.set()

    async def scan(
        self, kinds: Sequence[EntryKind] = ALL_KINDS, *, tell: Tell | None = None
    ) -> MetadataDiff:
        """Compare the index, as it is, with the files, as a task.

        Args:
            kinds: Any of ALL_KINDS.
            tell: Told how far it is, on the event loop.

        Returns:
            What differs; cancelled, what was found until then.

        Raises:
            ClosedResourceError: The project is closed.
        """
        async with (
            self._one_at_a_time,
            turn(self._tasks, f"Compare {', '.join(kinds)}", self._is_cancelled) as task,
        ):

            def on_progress(progress: DiffProgress) -> None:
                fraction = progress.done / progress.total if progress.total else None
                words = f"{progress.kind}: {progress.done} of {progress.total}"
                anyio.from_thread.run_sync(self._tell, task, tell, fraction, words)

            def compare(index: Index) -> MetadataDiff:
                # Here, because it imports yaml: 30 ms that `inkstand run` does not need.
                from store.diff import comparing

                return comparing.compare(
                    self._project,
                    index,
                    kinds,
                    on_progress=on_progress,
                    is_cancelled=self._is_cancelled.is_set,
                )

            diff = await self._in_thread(compare)
            state: TaskState = "cancelled" if diff.was_cancelled else "completed"
            self._tasks.finish(task, state, diff.summary)
            return diff

    async def hunks(self, item: ItemDifference) -> list[Hunk]:
        """Compare the text of an item with what the index has of it, both as they are now.

        Raises:
            FileError: The file cannot be read any more.
            ClosedResourceError: The project is closed.
        """

        def compare_bodies(index: Index) -> list[Hunk]:
            from store.diff import bodies
            from store.diff.reading import read_state

            state = read_state(self._project.root, item.kind, item.path)
            known = index.text(item.kind, item.path) or ""
            return bodies.hunks(known, state.body, state.first_body_line)

        return await self._catalog.question(compare_bodies)

    async def sync_to_index(
        self, choices: Sequence[Choice], *, tell: Tell | None = None
    ) -> SyncReport:
        """Bring the index in line with files, which are read again whole; as a task.

        Args:
            choices: Items, or rows and files without the other.
            tell: Told how far it is, on the event loop.

        Returns:
            What was done.

        Raises:
            FileError: The index cannot be written.
            ClosedResourceError: The project is closed.
        """
        from store.diff.syncing import TELL_EVERY, SyncFailure, SyncReport, told

        async with (
            self._one_at_a_time,
            turn(self._tasks, "Sync files to index", self._is_cancelled) as task,
        ):
            failed = [
                SyncFailure(item.path, f"{item.words}. {item.advice}")
                for item in map(_orphan_of, choices)
                if item is not None and item.state in ("no_binary", "no_sidecar")
            ]
            beyond = {failure.path for failure in failed}
            paths = list(
                dict.fromkeys(one.item.path for one in choices if one.item.path not in beyond)
            )
            total, done = len(paths) + len(failed), len(failed)
            read: list[str] = []
            while len(read) < len(paths) and not self._is_cancelled.is_set():
                part = paths[len(read) : len(read) + TELL_EVERY]
                await self._catalog.files_changed(part)
                read += part
                done += len(part)
                self._tell(task, tell, done / total, told(done, total))
            unreadable = await self._catalog.question(lambda index: index.unreadable())
            reasons = {problem.path: problem.reason for problem in unreadable}
            failed += [SyncFailure(one, reasons[one]) for one in read if one in reasons]
            synced = tuple(one for one in read if one not in reasons)
            report = SyncReport(synced, tuple(failed), total, len(read) < len(paths))
            self._finish(task, report)
            return report

    async def sync_to_files(
        self, choices: Sequence[Choice], *, tell: Tell | None = None
    ) -> SyncReport:
        """Make files say what the index says, as a task; see `store.diff.syncing`.

        Args:
            choices: A field, items, or rows whose file is gone.
            tell: Told how far it is, on the event loop.

        Returns:
            What was done; what failed is in it with its reason.

        Raises:
            FileError: The files are written, but the index cannot take them in.
            ClosedResourceError: The project is closed.
        """
        async with (
            self._one_at_a_time,
            turn(self._tasks, "Sync index to files", self._is_cancelled) as task,
        ):

            def on_progress(done: int, total: int) -> None:
                from store.diff.syncing import told

                words = told(done, total)
                fraction = done / total if total else None
                anyio.from_thread.run_sync(self._tell, task, tell, fraction, words)

            def write(index: Index) -> SyncReport:
                from store.diff.syncing import write_files

                return write_files(
                    self._project,
                    index,
                    choices,
                    on_progress=on_progress,
                    is_cancelled=self._is_cancelled.is_set,
                )

            report = await self._in_thread(write)
            # Read again, a file of which one field was written would take the others of its
            # row along, and with them what the person has not decided about.
            partly = {one.item.path for one in choices if not one.is_whole}
            await self._catalog.files_changed(set(report.synced) - partly)
            self._finish(task, report)
            return report

    async def make_sidecar(self, orphan: Orphan) -> str:
        """Make the smallest sidecar for a medium that has none.

        Returns:
            The sidecar's path.

        Raises:
            FileError: It could not be written, or there is one by now.
            ClosedResourceError: The project is closed.
        """
        from store.diff.media_files import make_sidecar

        path = await anyio.to_thread.run_sync(make_sidecar, self._project, orphan.path)
        await self._catalog.files_changed([path])
        return path

    async def outdated_defaults(self) -> list[OutdatedDefault]:
        """List the default scripts that the person changed and that a newer version exists for.

        Raises:
            FileError: The installation's manifest cannot be read.
        """
        from store.default_updates import outdated_defaults

        return await anyio.to_thread.run_sync(outdated_defaults, self._project)

    async def take_default(self, default: OutdatedDefault) -> None:
        """Take the newer default script; `Workspace.undo_delete` brings the person's back.

        Raises:
            FileError: The copy changed meanwhile, or could not be kept or written.
            ClosedResourceError: The project is closed.
        """
        from store.diff.defaults import give_back, take_newer

        taken = await anyio.to_thread.run_sync(take_newer, self._project, default)
        self._note_undo(partial(give_back, self._project, taken))
        await self._catalog.files_changed([default.path.relative_to(self._project.root).as_posix()])

    async def keep_default(self, default: OutdatedDefault) -> None:
        """Keep the person's script; it is not asked about until the default changes again.

        Raises:
            FileError: The state folder cannot be written.
        """
        from store.default_updates import keep_mine

        await anyio.to_thread.run_sync(keep_mine, self._project, default.name)

    def _tell(self, task: Task, tell: Tell | None, fraction: float | None, words: str) -> None:
        self._tasks.update(task, fraction, words)
        if tell is not None:
            tell(fraction, words)

    def _finish(self, task: Task, report: SyncReport) -> None:
        if report.was_cancelled:
            self._tasks.finish(task, "cancelled", report.summary)
        else:
            self._tasks.finish(task, "failed" if report.failed else "completed", report.summary)

    @asynccontextmanager
    async def _turn(self, name: str) -> AsyncIterator[Task]:
        async with self._one_at_a_time, turn(self._tasks, name, self._is_cancelled) as task:
            yield task

    async def _in_thread(self, question: Callable[[Index], T]) -> T:
        """Ask the index in a thread; when the asker is cancelled, the thread is told to end."""
        ask = partial(self._catalog.question, question)
        return await ending_with_the_asker(ask, self._is_cancelled)


def _orphan_of(choice: Choice) -> Orphan | None:
    from store.diff.differences import Orphan

    return choice.item if isinstance(choice.item, Orphan) else None
