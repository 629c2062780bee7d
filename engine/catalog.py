"""What an open project knows about its files: the index, and bringing it in line with them.

Owns the index while the project is open. Files are written elsewhere; the index only follows them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

import anyio
import anyio.from_thread
import anyio.to_thread

from engine.tasks import Task, TaskCancelled, Tasks, TaskState
from store.files import FileError
from store.project import Project

if TYPE_CHECKING:
    from store.facts import MediaFacts, PostFacts
    from store.index import Counts, Index, Problem, ScriptRow
    from store.rebuild import Progress, RebuildReport
    from store.search import Hit, PostFilter, PostRow

T = TypeVar("T")
EntryKind: TypeAlias = Literal["scripts", "posts", "media"]
ALL_KINDS: tuple[EntryKind, ...] = ("scripts", "posts", "media")


class Catalog:
    """The index of an open project. It opens at the first question: a run needs none.

    Once closed, every question raises ClosedResourceError.
    """

    def __init__(self, project: Project, tasks: Tasks, notices: list[str]) -> None:
        self._project = project
        self._tasks = tasks
        self._notices = notices
        self._index: Index | None = None
        self._rebuilding = anyio.Lock()
        self._cancels: set[threading.Event] = set()
        """One for each rebuild that goes on or waits."""
        self._opening = anyio.Lock()
        self._is_closed = False
        self._has_seen_content = False
        """Whether posts and media were looked at; a project may have none."""

    async def scripts(self) -> list[ScriptRow]:
        """Return the scripts by kind, the last changed first, as the index has them."""
        index = await self._open_index()
        if index.is_fresh:
            await self.rebuild(("scripts",))
        return await self._ask(lambda index: index.scripts())

    async def counts(self) -> Counts:
        """Return how many scripts, posts and media the index knows."""
        return await self._ask(lambda index: index.counts())

    async def problems(self) -> list[Problem]:
        """Return the files that could not be read, with reasons."""
        return await self._ask(lambda index: index.problems())

    async def posts(self) -> Sequence[tuple[str, PostFacts]]:
        """Return the posts with their paths."""
        return await self._ask(lambda index: index.posts())

    async def media(self) -> Sequence[tuple[str, MediaFacts]]:
        """Return the media with the paths of their sidecars."""
        return await self._ask(lambda index: index.media())

    async def check_lasting(self) -> None:
        """Make sure that the index is more than what this process has read by itself.

        Raises:
            FileError: It lives in memory, because its file cannot be opened or written.
            ClosedResourceError: The project is closed.
        """
        index = await self._open_index()
        if index.memory_reason:
            raise FileError(
                self._project.index_path,
                index.memory_reason,
                "Check the folder's permissions and space, or name another one in XDG_STATE_HOME.",
                action="open the index",
            )

    async def see_content(self) -> None:
        """Read posts and media if nobody has yet."""
        index = await self._open_index()
        if self._has_seen_content and not index.is_fresh:  # fresh: it broke and was made anew
            return
        if await self._ask(lambda index: index.is_complete("posts") and index.is_complete("media")):
            self._has_seen_content = True
        else:
            await self.rebuild()

    async def rebuild(
        self, kinds: Sequence[EntryKind] = ALL_KINDS, *, is_full: bool = False
    ) -> RebuildReport:
        """Bring the index in line with the files, as a task.

        Args:
            kinds: Any of ALL_KINDS.
            is_full: Parse every file, not just those whose size or time changed.

        Raises:
            FileError: The index cannot be written.
            ClosedResourceError: The project is closed.
        """
        from store.rebuild import RebuildReport

        index = await self._open_index()
        name = f"Rebuild {', '.join(kinds)}"
        is_cancelled = threading.Event()
        self._cancels.add(is_cancelled)
        try:
            # The turn first: a rebuild that waits for one must not keep saves waiting.
            async with self._tasks.queued(name, is_cancelled.set) as task, self._rebuilding:
                self._check_open()
                return await self._see_rebuild_through(index, kinds, is_full, task, is_cancelled)
        except TaskCancelled:  # while it waited
            return RebuildReport({}, (), 0.0, was_cancelled=True)
        finally:
            self._cancels.discard(is_cancelled)

    async def _see_rebuild_through(
        self,
        index: Index,
        kinds: Sequence[EntryKind],
        is_full: bool,
        task: Task,
        is_cancelled: threading.Event,
    ) -> RebuildReport:
        def tell(progress: Progress) -> None:
            done = kinds.index(progress.kind) if progress.kind in kinds else 0
            fraction = (done + progress.done / max(progress.total, 1)) / len(kinds)
            anyio.from_thread.run_sync(
                self._tasks.update, task, fraction, f"{progress.kind}: {progress.done}"
            )

        try:
            report = await self._run_rebuild(index, kinds, is_full, tell, is_cancelled)
        except FileError as error:
            self._tasks.finish(task, "failed", str(error))
            raise
        except anyio.ClosedResourceError:
            self._tasks.finish(task, "cancelled", "the project was closed")
            raise
        if not report.was_cancelled and {"posts", "media"} <= set(kinds):
            self._has_seen_content = True
        state: TaskState = "cancelled" if report.was_cancelled else "completed"
        self._tasks.finish(task, state, report.summary)
        return report

    async def files_changed(self, paths: Collection[str]) -> None:
        """Take in files that have changed, are new or are gone; too short to be a task.

        Args:
            paths: From the project folder, with slashes; those that are no entries do no harm.

        Raises:
            FileError: The index cannot be written.
            ClosedResourceError: The project is closed.
        """
        index = await self._open_index()
        async with self._rebuilding:
            self._check_open()  # meanwhile, perhaps
            from store.rebuild import take_in

            await self._write(partial(take_in, self._project, index, paths))

    async def find_post(self, name: str) -> PostRow | None:
        """Return the post of an id or a slug."""
        from store import search

        return await self._ask(lambda index: search.find_post(index, name))

    async def find_media(self, media_id: str) -> tuple[str, MediaFacts] | None:
        """Return the sidecar's path and facts of a media id."""
        from store import search

        return await self._ask(lambda index: search.find_media(index, media_id))

    async def search(
        self,
        query: str,
        kinds: Sequence[EntryKind] = ALL_KINDS,
        *,
        limit: int = 50,
        wanted: PostFilter | None = None,
    ) -> list[Hit]:
        """Find entries by words; see `store.search.search`."""
        from store import search

        return await self._ask(
            lambda index: search.search(index, query, kinds, limit=limit, wanted=wanted)
        )

    async def posts_where(
        self, wanted: PostFilter, *, limit: int = -1, offset: int = 0
    ) -> list[PostRow]:
        """List posts, the newest first; see `store.search.posts_where`."""
        from store import search

        return await self._ask(
            lambda index: search.posts_where(index, wanted, limit=limit, offset=offset)
        )

    async def question(self, question: Callable[[Index], T]) -> T:
        """Ask the index something else: one of `store.search`, called in a thread."""
        return await self._ask(question)

    async def scripts_changed(self) -> None:
        """Take in what has just been written to scripts; too short to be a task.

        Raises:
            FileError: The index cannot be written.
            ClosedResourceError: The project is closed.
        """
        index = await self._open_index()
        async with self._rebuilding:
            self._check_open()  # meanwhile, perhaps
            await self._run_rebuild(index, ("scripts",), False, None, threading.Event())

    async def close(self) -> None:
        """Cancel a rebuild and let go of the index."""
        self._is_closed = True
        for is_cancelled in self._cancels:
            is_cancelled.set()
        async with self._rebuilding:
            if self._index is not None:
                self._index.close()
                self._index = None

    async def _run_rebuild(
        self,
        index: Index,
        kinds: Sequence[EntryKind],
        is_full: bool,
        tell: Callable[[Progress], None] | None,
        is_cancelled: threading.Event,
    ) -> RebuildReport:
        # Here, because it imports yaml: 30 ms that `inkstand run` does not need.
        from store.rebuild import rebuild

        return await self._write(
            partial(
                rebuild,
                self._project,
                index,
                kinds,
                full=is_full,
                on_progress=tell,
                is_cancelled=is_cancelled.is_set,
            )
        )

    async def _write(self, work: Callable[[], T]) -> T:
        from store.index import IndexClosed, IndexWasReset

        try:
            return await anyio.to_thread.run_sync(work)
        except IndexClosed as error:
            raise anyio.ClosedResourceError from error
        except IndexWasReset as error:
            if self._index is not None and not self._index.memory_reason:
                raise self._damage() from error
            raise FileError(
                self._project.index_path,
                "the index cannot be written",
                "The project's files are as they were. Make room, or delete the index.",
                action="write",
            ) from error

    async def _ask(self, question: Callable[[Index], T]) -> T:
        index = await self._open_index()
        from store.index import IndexClosed

        notice = index.notice
        try:
            answer = await anyio.to_thread.run_sync(question, index)
        except IndexClosed as error:  # meanwhile
            raise anyio.ClosedResourceError from error
        if index.notice != notice and not index.memory_reason:
            raise self._damage()  # once; the answer is that of an empty index
        return answer

    def _damage(self) -> FileError:
        return FileError(
            self._project.index_path,
            "its file was damaged, so that it was made anew and is empty",
            "Alt+I (inkstand rebuild) reads the project's files into it; they are as they were.",
            action="use the index",
        )

    async def _open_index(self) -> Index:
        self._check_open()
        async with self._opening:
            if self._index is None:
                from store.index import Index  # peewee: 50 ms that a run does not need

                index = await anyio.to_thread.run_sync(Index.open, self._project.index_path)
                if self._is_closed:  # meanwhile
                    index.close()
                else:
                    self._index = index
                    if index.notice:
                        self._notices.append(index.notice)
            self._check_open()
            assert self._index is not None
            return self._index

    def _check_open(self) -> None:
        if self._is_closed:
            raise anyio.ClosedResourceError
