"""Long work in a thread, as a task that waits for its turn and ends with who asked for it.

What the work is must never enter.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import anyio

from engine.tasks import Task, Tasks
from store.files import FileError

T = TypeVar("T")


@asynccontextmanager
async def turn(
    tasks: Tasks,
    name: str,
    is_cancelled: threading.Event,
    expected: type[Exception] = FileError,
) -> AsyncIterator[Task]:
    """Wait for a turn and have it; whatever ends the block ends the task, in words.

    Args:
        tasks: Where it waits.
        name: What people read.
        is_cancelled: Set when a person cancels; cleared here.
        expected: What the work may raise, besides FileError, with words for a person.

    Raises:
        TaskCancelled: It was cancelled while it waited.
    """
    is_cancelled.clear()
    async with tasks.queued(name, is_cancelled.set) as task:
        try:
            yield task
        except (FileError, expected) as error:
            tasks.finish(task, "failed", str(error))
            raise
        except anyio.ClosedResourceError:
            tasks.finish(task, "cancelled", "the project was closed")
            raise
        except anyio.get_cancelled_exc_class():
            tasks.finish(task, "cancelled")
            raise
        except Exception as error:
            tasks.finish(task, "failed", type(error).__name__)
            raise


async def ending_with_the_asker(
    work: Callable[[], Awaitable[T]], is_cancelled: threading.Event
) -> T:
    """Wait for work in a thread; when the asker is cancelled, the thread is told to end.

    Args:
        work: Waits for the thread.
        is_cancelled: What the thread looks at.
    """
    results: list[T] = []
    failures: list[Exception] = []

    async def watch() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            is_cancelled.set()

    async with anyio.create_task_group() as group:
        group.start_soon(watch)
        try:
            results.append(await work())
        except Exception as error:
            failures.append(error)  # raised below, by itself and not in a group
        group.cancel_scope.cancel()
    for failure in failures:
        raise failure
    return results[0]
