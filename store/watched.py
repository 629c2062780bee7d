"""Says which files of a project are watched, and lists them.

How changes are noticed, and what is done about them, must never enter.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from store import scan
from store.index_files import SUFFIXES, kind_of

FOLDERS = ("scripts", "posts", "media", "meta")
"""The folders of a project whose files are watched."""

_ANY_NAME = frozenset({"media", "meta"})
"""Here every file counts: pictures and their sidecars, settings and lists."""

# vim tries whether it may write by a file `4913`; the others are copies and locks of editors. Most
# are hidden, as our own temporary files are, and those a scan passes by anyway.
_PASSING = re.compile(r"4913|.*~|#.*#|.*\.(swp|swo|swx|tmp|part|bak|orig)", re.IGNORECASE)

_ENDINGS: Mapping[str, tuple[str, ...]] = {
    folder: ("",) if folder in _ANY_NAME else SUFFIXES[folder]  # type: ignore[index]
    for folder in FOLDERS
}


def is_watched(path: str) -> bool:
    """Tell whether a change of this file is worth telling.

    Args:
        path: From the project folder, with slashes.
    """
    if kind_of(path) is not None:
        return True
    folder, *rest = path.split("/")
    if folder not in _ANY_NAME or not rest or any(scan.is_skipped(part) for part in rest):
        return False
    return _PASSING.fullmatch(rest[-1]) is None


def list_watched(root: Path) -> tuple[dict[str, tuple[int, int]], tuple[str, ...]]:
    """Look at all of them.

    Args:
        root: The project folder.

    Returns:
        Time of the last change in nanoseconds and size by path, and the paths of what could not be
        looked at: what is below those was not seen.
    """
    found: dict[str, tuple[int, int]] = {}
    blind: list[str] = []
    for folder in FOLDERS:
        walk = scan.walk(root, folder, _ENDINGS[folder])
        found.update(
            (file.relative, (file.mtime_ns, file.size))
            for file in walk.found
            if is_watched(file.relative)
        )
        blind += [failure.relative for failure in walk.failures]
    return found, tuple(blind)
