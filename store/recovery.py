"""Keeps unsaved text where the end of the process does not reach it, and finds what was left there.

Owns the snapshots in a project's state directory: files of ours, never of a person. When one is
taken, and what becomes of one that is found, must never enter.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from store.files import FileError
from store.script_text import KINDS

FORMAT = 1
"""Of the files. Another one belongs to another version of Inkstand and is left alone."""
UNREADABLE = "unreadable"
"""The folder for snapshots that hold no text that could be read."""
FOREIGN_S = 24 * 3600.0
"""How long a snapshot that another machine wrote counts as that of a running Inkstand. From here
nobody can tell; and the name of a container changes with every start."""
_STALE_S = 3600.0
"""After that the temporary file of an interrupted write is nobody's any more."""
_FIELDS = ("title", "slug", "kind", "entrypoint", "enabled")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A script as it stood in the editor, unsaved."""

    path: str
    """Relative to the project, with slashes."""
    base: str
    """SHA-256 of the saved file that the text was made from."""
    header: str
    """The exact header of that file."""
    body: str
    """The exact text below it, as it is to be saved."""
    changes: Mapping[str, str | bool] = field(default_factory=dict)
    """Unsaved header fields by name."""
    cursor: tuple[int, int] = (0, 0)
    """Row and column in the body, from 0."""
    taken_at: datetime = field(default_factory=lambda: datetime.now().astimezone())
    """With its time zone."""


@dataclass(frozen=True, slots=True)
class Left:
    """A snapshot whose writer is gone."""

    file: Path
    """Where it is kept."""
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class Found:
    """What lies in the folder."""

    left: tuple[Left, ...]
    """Oldest first."""
    problems: tuple[str, ...]
    """Snapshots that could not be read, as sentences for a person."""


@dataclass(frozen=True, slots=True)
class Writer:
    """A process, told apart from all others there have been."""

    host: str
    boot: str
    """The id of the machine's start; process ids begin anew with it."""
    pid: int
    started: str
    """When the process was started, in ticks since `boot`."""

    @classmethod
    def here(cls) -> Writer:
        """Return this process."""
        try:
            boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        except OSError:
            boot = ""
        pid = os.getpid()
        return cls(socket.gethostname(), boot, pid, _started(pid) or "")

    @property
    def tag(self) -> str:
        """A short name for it."""
        words = f"{self.host}\0{self.boot}\0{self.pid}\0{self.started}"
        return _digest(words, 12)


@dataclass(frozen=True, slots=True)
class _Stored:
    """What a file holds."""

    format: int
    writer: Writer
    snapshot: Snapshot


class Recovery:
    """The snapshots of a project. Its functions may be called from any thread."""

    def __init__(self, folder: Path, *, writer: Writer | None = None) -> None:
        """Remember where; nothing is made yet.

        Args:
            folder: For the snapshots; made with the first one, for nobody else to look into.
            writer: Whose snapshots are written; this process's when None.
        """
        self.folder = folder
        self._writer = writer or Writer.here()
        # The last call wins, also when a thread is in the middle of another one.
        self._lock = threading.Lock()

    def write(self, snapshot: Snapshot) -> None:
        """Keep a snapshot in place of the one before of the same path; on return it is on disk.

        Raises:
            FileError: It could not be written. The one before is as it was.
        """
        stored = _Stored(FORMAT, self._writer, snapshot)
        # Not msgspec's own encoder: it refuses half characters, which pastes may bring.
        data = json.dumps(msgspec.to_builtins(stored)).encode()
        file = self._file_of(snapshot.path)
        with self._lock, _in_words("keep the unsaved text of", Path(snapshot.path)):
            self._make_folder()
            temp = file.with_suffix(".tmp")
            try:
                _write_synced(temp, data)
                os.replace(temp, file)  # noqa: PTH105 - as in `files`
            except OSError:
                with contextlib.suppress(OSError):
                    temp.unlink()
                raise
            _sync_folder(self.folder)

    def remove(self, path: str) -> None:
        """Forget this process's snapshot of a path, if there is one.

        Raises:
            FileError: It is still there.
        """
        self._remove(self._file_of(path), path)

    def remove_left(self, left: Left) -> None:
        """Forget a snapshot that was found.

        Raises:
            FileError: It is still there.
        """
        self._remove(left.file, left.snapshot.path)

    def find(self) -> Found:
        """Find the snapshots whose writers are gone.

        What cannot be read as a snapshot is moved into the folder `unreadable` and told once; what
        another version wrote stays where it is.
        """
        left: list[Left] = []
        problems: list[str] = []
        try:
            names = sorted(entry.name for entry in self.folder.iterdir())
        except FileNotFoundError:
            return Found((), ())
        except OSError as error:
            return Found((), (f"{self.folder}: {_reason(error)}; it may hold unsaved text.",))
        for name in names:
            file = self.folder / name
            if name.endswith(".tmp"):
                self._remove_stale(file)
            elif name.endswith(".json"):
                try:
                    stored = _read(file)
                except FileNotFoundError:  # its writer has removed it
                    continue
                except _AnotherFormatError as error:
                    problems.append(
                        f"{file} holds unsaved text in the form of another version of Inkstand "
                        f"(format {error}). Open the project with that version to recover it."
                    )
                except OSError as error:
                    problems.append(f"{file} holds unsaved text but: {_reason(error)}.")
                except ValueError as error:
                    problems.append(self._set_aside(file, str(error)))
                else:
                    if not self._is_alive(stored.writer, file):
                        left.append(Left(file, stored.snapshot))
        left.sort(key=lambda one: one.snapshot.taken_at)
        return Found(tuple(left), tuple(problems))

    def _file_of(self, path: str) -> Path:
        return self.folder / f"{_digest(path, 16)}-{self._writer.tag}.json"

    def _make_folder(self) -> None:
        if not self.folder.is_dir():
            self.folder.mkdir(parents=True, exist_ok=True)
        if self.folder.stat().st_mode & 0o077:
            self.folder.chmod(0o700)

    def _remove(self, file: Path, path: str) -> None:
        with self._lock, _in_words("forget the unsaved text of", Path(path)):
            file.unlink(missing_ok=True)

    def _remove_stale(self, file: Path) -> None:
        with contextlib.suppress(OSError):
            if time.time() - file.stat().st_mtime > _STALE_S:
                file.unlink()

    def _set_aside(self, file: Path, reason: str) -> str:
        target = self.folder / UNREADABLE / file.name
        try:
            target.parent.mkdir(exist_ok=True)
            os.replace(file, target)  # noqa: PTH105
        except OSError:
            target = file
        return f"Unsaved text could not be read: {reason}. The file is kept: {target}"

    def _is_alive(self, writer: Writer, file: Path) -> bool:
        if writer.host != self._writer.host:
            with contextlib.suppress(OSError):
                return time.time() - file.stat().st_mtime < FOREIGN_S
        return writer.boot == self._writer.boot and _started(writer.pid) == writer.started


class _AnotherFormatError(Exception):
    """The file has a format that is not ours."""


def _read(file: Path) -> _Stored:
    data = file.read_bytes()
    try:
        raw: Any = json.loads(data)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if not isinstance(raw, dict) or not isinstance(raw.get("format"), int):
        raise ValueError("it is not what Inkstand writes there")
    if raw["format"] != FORMAT:
        raise _AnotherFormatError(raw["format"])
    stored = msgspec.convert(raw, type=_Stored)
    path = PurePosixPath(stored.snapshot.path)
    if not path.parts or path.is_absolute() or ".." in path.parts or "\0" in str(path):
        raise ValueError("its path leads out of the project")
    for name, value in stored.snapshot.changes.items():
        is_known = name in _FIELDS and isinstance(value, bool) == (name == "enabled")
        if not is_known or (name == "kind" and value not in KINDS):
            raise ValueError(f"a script's header has no {name} {value!r}")
    if stored.snapshot.taken_at.tzinfo is None:
        raise ValueError("its time has no time zone")
    return stored


def _write_synced(file: Path, data: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
    descriptor = os.open(file, flags, 0o600)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # some mounts cannot; the file itself is on disk
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _started(pid: int) -> str | None:
    """Return when a process was started; None when it does not run any more."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    # The name before the last bracket may hold anything.
    state, *fields = text.rpartition(")")[2].split()
    return None if state in "ZX" else fields[18]


def _digest(text: str, characters: int) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:characters]


def _reason(error: OSError) -> str:
    return (error.strerror or str(error) or "unknown error").lower()


@contextlib.contextmanager
def _in_words(action: str, path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        hint = "Save it, or make room; it is tried again." if action.startswith("keep") else ""
        raise FileError(path, _reason(error), hint, action=action) from error
