"""The project's history in git."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from engine.api.registry import ApiError, reads, writes
from engine.api.session import Session
from engine.api.shapes import Commit, FileChange, GitResult, GitStatus, shaped

if TYPE_CHECKING:
    from store.git import GitState


@reads
async def branch(session: Session) -> str | None:
    """Return the branch, or None outside of a repository.

    Example:
        print(app.git.branch() or "no repository")
    """
    return await session.workspace.history.branch()


@reads
async def log(session: Session, *, limit: Annotated[int, Meta(ge=1, le=1000)] = 50) -> list[Commit]:
    """List the commits that touch the project, the newest first; none without a repository.

    Args:
        limit: How many at most.

    Example:
        for commit in app.git.log(limit=5):
            print(commit.short_hash, commit.subject)
    """
    found = await session.workspace.history.log(limit=limit)
    return [shaped(Commit, entry) for entry in found.entries]


@reads
async def changes(session: Session) -> list[FileChange]:
    """List the files that differ from the last commit.

    Example:
        print(len(app.git.changes()), "changed files")
    """
    state = await session.workspace.history.state()
    return _shown(state)


@reads
async def status(session: Session) -> GitStatus:
    """Return branch, upstream, remotes and the files that differ from the last commit.

    Example:
        status = app.git.status()
        print(status.branch, len(status.changes), status.trouble)
    """
    from store.git.command import read

    state = await session.workspace.history.state()
    trouble = state.trouble
    remotes: list[str] = []
    if trouble is None:
        answer = await read(session.workspace.project.root, "remote")
        remotes = answer.text.splitlines()
    return shaped(
        GitStatus,
        state,
        changes=_shown(state),
        remotes=remotes,
        trouble="" if trouble is None else str(trouble),
        trouble_kind="" if trouble is None else trouble.kind,
    )


@writes
async def commit(session: Session, message: str) -> GitResult:
    """Commit all changes of the project.

    Args:
        message: Its first line says what was done.

    Raises:
        RuntimeError: It is a dry run.

    Example:
        done = app.git.commit("Tidy up")
        print(done.success or done.error)
    """
    if session.journal.is_dry:
        raise ApiError("git.commit(): a dry run commits nothing", "RuntimeError")
    history = session.workspace.history
    state = await history.state()
    result = await history.commit(state.changes, message)
    return shaped(GitResult, result)


def _shown(state: GitState) -> list[FileChange]:
    from store.git.words import shown_path

    # A name that is not UTF-8 is no message: it is shown as the screen shows it.
    return [
        shaped(FileChange, one, path=one.shown, previous_path=shown_path(one.previous_path))
        for one in state.changes
    ]
