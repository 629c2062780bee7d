"""The project's history in git."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from engine.api.registry import ApiError, reads, writes
from engine.api.session import Session
from engine.api.shapes import Data, facts_data


@reads
async def branch(session: Session) -> str | None:
    """Return the branch, or None outside of a repository.

    Example:
        print(app.git.branch() or "no repository")
    """
    return await session.workspace.history.branch()


@reads
async def log(session: Session, *, limit: Annotated[int, Meta(ge=1, le=1000)] = 50) -> list[Data]:
    """List the commits that touch the project, the newest first; none without a repository.

    Args:
        limit: How many at most.

    Example:
        for commit in app.git.log(limit=5):
            print(commit.short_hash, commit.subject)
    """
    found = await session.workspace.history.log(limit=limit)
    return [facts_data(entry) for entry in found.entries]


@reads
async def changes(session: Session) -> list[Data]:
    """List the files that differ from the last commit.

    Example:
        print(len(app.git.changes()), "changed files")
    """
    state = await session.workspace.history.state()
    return [facts_data(change) for change in state.changes]


@writes
async def commit(session: Session, message: str) -> Data:
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
    return facts_data(result)
