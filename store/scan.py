"""Finds the files of a project: one walk that every kind of entry shares.

It reads names, times and sizes. What is inside a file must never enter.
"""

import os
import stat
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

_SKIPPED_FOLDERS = frozenset({"__pycache__", "node_modules"})


@dataclass(frozen=True, slots=True)
class Found:
    """A file that a walk came across."""

    relative: str
    """Its path from the project folder, with slashes."""
    mtime_ns: int
    size: int


@dataclass(frozen=True, slots=True)
class Failure:
    """A folder or file that a walk could not look at, or whose name is no text."""

    relative: str
    """Its path from the project folder, fit to be shown."""
    reason: str


@dataclass(frozen=True, slots=True)
class Walk:
    """Everything one walk found, in the order of the paths."""

    found: list[Found]
    failures: list[Failure]
    """What is below these was not seen; that does not mean that it is gone."""


def walk(root: Path, folder: str, suffixes: Collection[str]) -> Walk:
    """List the files below a folder of the project.

    Hidden names (our temporary files are hidden) and caches are skipped. Symbolic links are
    followed, each real folder is visited once.

    Args:
        root: The project folder.
        folder: The folder in it, with slashes. A missing one holds nothing.
        suffixes: The endings to look for, in lower case, with their dot.

    Returns:
        What was found and what could not be looked at.
    """
    found: list[Found] = []
    failures: list[Failure] = []
    endings = tuple(suffixes)
    seen: set[tuple[int, int]] = set()
    real: list[str] = [folder]
    linked: list[str] = []  # after the real ones: else a link would hide the folder it points at
    base = os.fspath(root)
    while real or linked:
        relative = real.pop() if real else linked.pop()
        place = f"{base}/{relative}"
        try:
            facts = os.stat(place)  # noqa: PTH116 - a Path per folder and file doubles the time
            if (facts.st_dev, facts.st_ino) in seen:
                continue
            seen.add((facts.st_dev, facts.st_ino))
            with os.scandir(place) as entries:
                for entry in entries:
                    _look(entry, relative, endings, (real, linked), found, failures)
        except FileNotFoundError:
            continue
        except OSError as error:
            failures.append(Failure(_readable(relative), (error.strerror or "").lower()))
    found.sort(key=lambda file: file.relative)
    failures.sort(key=lambda failure: failure.relative)
    return Walk(found, failures)


def is_skipped(name: str) -> bool:
    """Say whether a walk passes by a file or folder of this name."""
    return name.startswith(".") or name in _SKIPPED_FOLDERS


def _look(
    entry: os.DirEntry[str],
    parent: str,
    endings: tuple[str, ...],
    folders: tuple[list[str], list[str]],
    found: list[Found],
    failures: list[Failure],
) -> None:
    name = entry.name
    if is_skipped(name):
        return
    relative = f"{parent}/{name}"
    if entry.is_dir():
        folders[entry.is_symlink()].append(relative)
        return
    if not name.lower().endswith(endings):
        return
    if not name.isascii() and _readable(name) != name:
        failures.append(Failure(_readable(relative), "its name is not UTF-8"))
        return
    try:
        facts = entry.stat()
    except FileNotFoundError:  # a link to nothing, or deleted a moment ago
        return
    except OSError as error:
        failures.append(Failure(relative, (error.strerror or "").lower()))
        return
    if stat.S_ISREG(facts.st_mode):
        found.append(Found(relative, facts.st_mtime_ns, facts.st_size))


def _readable(name: str) -> str:
    """Write bytes that are no UTF-8 as escapes: neither a screen nor SQLite takes them."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
