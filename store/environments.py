"""Where the packages of a project's scripts lie in the state folder, and what is known about them.

An environment is a folder of its own, made in full before the record names it: whoever reads the
record finds the old one or the new one. How packages get into it must never enter, and nothing that
lies in it is ever run from here. A project cannot bring one along: it is no part of the project.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

from store import files
from store.files import FileError
from store.project import Project
from store.requirements import has_requirements, normal

_RECORD = "environment.json"
_FOLDER_NAME = re.compile(r"env-[0-9a-f]{12}")
_DIST_INFO = re.compile(r"(?P<name>[A-Za-z0-9._]+)-(?P<version>[A-Za-z0-9._!+]+)\.dist-info")


class EnvironmentBusy(Exception):
    """Another process is building just now."""


@dataclass(frozen=True, slots=True)
class Record:
    """An environment that is whole."""

    folder: str
    """Its name beside the record."""
    requirements: Sequence[str]
    """What was asked for, one by one."""
    interpreter: str
    """What it was built for, see `interpreter`."""
    packages: Mapping[str, str]
    """What is in it: versions by name."""
    tool: str
    built_at: str
    """ISO 8601, UTC."""
    took_s: float
    is_source_allowed: bool = False
    """Whether packages might be built from their source code."""


def interpreter() -> str:
    """Name what compiled packages depend on."""
    return EXTENSION_SUFFIXES[0].strip(".").removesuffix(".so")


def folder_of(project: Project) -> Path:
    """Return where a project's environments and their record are."""
    return project.state_dir / "environment"


def site_packages(folder: Path) -> Path:
    """Return where an environment has its packages."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return folder / "lib" / version / "site-packages"


def packages_of(project: Project) -> str:
    """Return the folder that the project's scripts import from, links resolved; empty for none.

    A project that lists nothing pays one look at a file.
    """
    if not has_requirements(project):
        return ""
    record = read_record(project)
    if record is None or record.interpreter != interpreter():
        return ""
    folder = site_packages(folder_of(project) / record.folder)
    return os.path.realpath(folder) if folder.is_dir() else ""


def read_record(project: Project) -> Record | None:
    """Return what is known about the project's environment; None where there is none."""
    try:
        data = json.loads(files.read(folder_of(project) / _RECORD)[0])
        record = Record(**data)
        is_well = (
            _FOLDER_NAME.fullmatch(record.folder) is not None
            and all(isinstance(one, str) for one in record.requirements)
            and all(isinstance(one, str) for one in record.packages.values())
            and isinstance(record.took_s, int | float)
        )
    except (FileError, ValueError, TypeError, AttributeError, RecursionError):
        return None  # and so it is built anew
    return record if is_well else None


def write_record(project: Project, record: Record) -> None:
    """Make an environment the project's own from now on.

    Raises:
        FileError: It could not be written; the one before still is.
    """
    path = folder_of(project) / _RECORD
    text = json.dumps(asdict(record), indent=2) + "\n"
    try:
        expected = files.read(path)[1]
    except FileError:
        expected = None
    files.write(path, text.encode(), expected=expected)


def new_folder(project: Project) -> Path:
    """Make a folder to build in. Nobody uses it before a record names it.

    Raises:
        FileError: It cannot be made.
    """
    folder = folder_of(project) / new_name()
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        reason = (error.strerror or "unknown error").lower()
        hint = "Check the permissions of the folder above and the space left."
        raise FileError(folder, reason, hint, action="make") from error
    return folder


def new_name() -> str:
    """Return a name for a folder that `sweep` takes away once no record names it."""
    return f"env-{os.urandom(6).hex()}"


def installed_in(folder: Path) -> dict[str, str]:
    """Return the versions of the packages in an environment, by name; nothing of them is run."""
    try:
        names = [path.name for path in site_packages(folder).iterdir()]
    except OSError:
        return {}
    found = filter(None, map(_DIST_INFO.fullmatch, sorted(names)))
    return {normal(match["name"]): match["version"] for match in found}


def sweep(project: Project, *, kept: Sequence[str] = ()) -> list[str]:
    """Delete environments that no record names: what a killed process has left, what was replaced.

    Args:
        project: The project; it must be `building`.
        kept: Names of folders that stay besides.

    Returns:
        The names of those that are gone.
    """
    record = read_record(project)
    if record is not None:
        kept = [*kept, record.folder]
    try:
        names = [path.name for path in folder_of(project).iterdir()]
    except OSError:
        return []
    over = [name for name in names if _FOLDER_NAME.fullmatch(name) and name not in kept]
    if over:
        import shutil  # 20 ms that few openings of a project need
    for name in over:
        # What cannot be deleted now is found again the next time.
        shutil.rmtree(folder_of(project) / name, ignore_errors=True)
    return over


def forget(project: Project) -> bool:
    """Take the project's environment away; it must be `building`.

    Returns:
        Whether there was one.

    Raises:
        FileError: The record cannot be removed; the environment is whole.
    """
    path = folder_of(project) / _RECORD
    had_one = read_record(project) is not None
    if path.exists():
        files.remove(path, expected=files.read(path)[1])
    sweep(project)
    return had_one


@contextmanager
def building(project: Project) -> Iterator[int]:
    """Keep every other process from changing the environment until the block is left.

    Yields:
        An fd. A process that inherits it holds the place as well, should it outlive this one.

    Raises:
        EnvironmentBusy: Another process is at it.
        FileError: The state folder cannot be written.
    """
    path = folder_of(project) / "lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        reason = (error.strerror or "unknown error").lower()
        raise FileError(path, reason, "Check its permissions.", action="open") from error
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise EnvironmentBusy from error
        yield fd
    finally:
        os.close(fd)
