"""Tasks: what runs beside, and what has run."""

from __future__ import annotations

from engine.api.registry import reads, writes
from engine.api.session import Session
from engine.api.shapes import Task, shaped


@reads
async def list_(session: Session) -> list[Task]:
    """List tasks, the newest first; the run that asks is one of them.

    Example:
        for task in app.tasks.list():
            print(task.name, task.state)
    """
    return [shaped(Task, one, seconds=one.duration_s) for one in session.workspace.tasks]


@writes
async def cancel(session: Session, task_id: int) -> bool:
    """Ask a task to stop.

    Args:
        task_id: Its id.

    Returns:
        Whether there is one that had not ended.

    Example:
        assert not app.tasks.cancel(0)
    """
    for task in session.workspace.tasks:
        if task.id == task_id and task.ended_at is None:
            task.cancel()
            return True
    return False


@writes
async def clear_finished(session: Session) -> int:
    """Forget the tasks that have ended.

    Returns:
        How many there were.

    Example:
        app.tasks.clear_finished()
        assert {task.state for task in app.tasks.list()} <= {"running", "pending"}
    """
    return session.workspace.tasks.clear_finished()
