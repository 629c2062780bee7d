"""What git knows about the open project, and committing to it: asked of git, kept nowhere.

Owns that a commit is a task. Asking the person, and what git's answers mean, must never enter.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import anyio

from engine.tasks import Tasks
from store.project import Project

if TYPE_CHECKING:
    from store.git import (
        GitActionResult,
        GitBlame,
        GitChange,
        GitCommit,
        GitDiff,
        GitFile,
        GitLog,
        GitState,
        Walk,
    )

# Every function imports git itself: a run needs none of it.


class History:
    """The git side of an open project."""

    def __init__(self, project: Project, tasks: Tasks) -> None:
        self._root = project.root
        self._tasks = tasks
        self.is_committing = False
        """Whether a commit goes on; there is one at a time."""

    async def branch(self) -> str | None:
        """Return the branch, or None outside a repository."""
        from store import git

        return await git.branch(self._root)

    async def state(self) -> GitState:
        """Return branch, upstream and the changes of the project's folder."""
        from store import git

        return await git.state(self._root)

    async def log(self, rest: Walk | None = None, *, limit: int = 100) -> GitLog:
        """Return a page of the commits that touch the project, or in words why there are none.

        Args:
            rest: Of the page before; None for the newest commits.
            limit: How many at most.
        """
        from store import git

        return await git.log(self._root, limit, rest=rest)

    async def overview(self, *, limit: int) -> tuple[GitLog, GitState]:
        """Return the newest commits and the state, asked for at the same time."""
        log: GitLog | None = None

        async def read_log() -> None:
            nonlocal log
            log = await self.log(limit=limit)

        async with anyio.create_task_group() as group:
            group.start_soon(read_log)
            state = await self.state()
        assert log is not None
        return log, state

    async def show(self, commit: str) -> GitCommit:
        """Return a commit with its files.

        Raises:
            GitError: Git did not tell.
        """
        from store import git

        return await git.show(self._root, commit)

    async def diff(self, commit: GitCommit, file: GitFile) -> GitDiff:
        """Return what a commit changed in one of its files.

        Raises:
            GitError: Git did not tell.
        """
        from store import git

        return await git.diff(self._root, commit, file)

    async def line_origin(self, path: str, line: int, contents: bytes) -> GitBlame:
        """Return the commit that a line comes from.

        Args:
            path: The file, relative to the project.
            line: From 1.
            contents: The file's text as it is now, saved or not.

        Raises:
            GitError: Git did not tell.
        """
        from store import git

        return await git.line_origin(self._root, path, line, contents)

    async def identity_problem(self) -> GitActionResult | None:
        """Return None when git knows who commits, else what to do."""
        from store import git

        return await git.identity_problem(self._root)

    async def commit(self, changes: Sequence[GitChange], message: str) -> GitActionResult:
        """Commit exactly these files, as a task; to cancel it is to end its hooks at once.

        Args:
            changes: Some of those that `state` told.
            message: Subject, and below an empty line the rest.
        """
        from store import git

        if self.is_committing:
            return git.GitActionResult(False, "action-failed", "A commit is still going on.")
        self.is_committing = True
        scope = anyio.CancelScope()
        task = self._tasks.add("Commit", scope.cancel)
        result: GitActionResult | None = None
        try:
            with scope:
                result = await git.commit(self._root, changes, message)
        finally:
            self.is_committing = False
            if result is None:
                self._tasks.finish(task, "cancelled")
        if result is None:
            return git.GitActionResult(False, "action-failed", "The commit was cancelled.")
        if result.success:
            self._tasks.finish(task, "completed", result.short_hash)
        else:
            told = " ".join(result.error.split("\n"))
            self._tasks.finish(task, "failed", told, error=result.output)
        return result

    async def init(self, *, with_ignore: bool) -> GitActionResult:
        """Make a repository in the project's folder.

        Args:
            with_ignore: Whether to write a .gitignore as well, unless there is one.
        """
        from store import git

        return await git.init(self._root, with_ignore=with_ignore)
