"""What an open project does by itself, later and beside everything: sweeping up.

Nothing that a person waits for, or should be told about, must enter.
"""

from __future__ import annotations

from functools import partial

import anyio
import anyio.from_thread
import anyio.to_thread

from store.project import Project

DELAY_S = 10.0
"""After opening. `inkstand run` has long ended then, and the screen has read its files."""


async def sweep_later(project: Project) -> None:
    """Delete temporary files that killed processes left, once all else has been done."""
    await anyio.sleep(DELAY_S)
    if project.is_writable:
        from store.leftovers import sweep  # which a run does not need

        await anyio.to_thread.run_sync(partial(sweep, project, is_cancelled=_is_cancelled))


def _is_cancelled() -> bool:
    anyio.from_thread.check_cancelled()  # ends the thread by an exception
    return False
