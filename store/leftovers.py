"""Sweeps up the temporary files that killed processes have left in a project.

Which files those are is known by `store.files`, which deletes them. Anything else must never go.
"""

import os
from collections.abc import Callable
from pathlib import Path

from store import files
from store.project import Project

MIN_AGE_S = 3600.0
"""A younger one may belong to a write that is going on, here or on another machine."""

_FOLDERS = ("scripts", "posts", "media", "meta")


def sweep(
    project: Project,
    *,
    older_than_s: float = MIN_AGE_S,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> list[Path]:
    """Delete old temporary files below the project's folders and in its state folder.

    Links to other folders are not followed. It is meant for a thread of its own.

    Args:
        project: The project. What cannot be deleted stays; it is hidden from every scan.
        older_than_s: The least age, in seconds.
        is_cancelled: Asked in every folder; True ends the sweep.

    Returns:
        What was deleted, absolute.
    """
    gone: list[Path] = []
    for start in (*(project.root / name for name in _FOLDERS), project.state_dir):
        for folder, _, names in os.walk(start):
            if is_cancelled():
                return gone
            gone += [
                path
                for name in names
                if files.is_temp_name(name)
                and files.discard_leftover(path := Path(folder, name), older_than_s=older_than_s)
            ]
    return gone
