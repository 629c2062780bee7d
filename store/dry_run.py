"""The writer of a dry run: it answers as the real one would, and notes what that would have done.

Nothing is written here. What was "written" before in the same journal is what is read now.
"""

import errno
import hashlib
import os
import time
from pathlib import Path

from store import writer
from store.file_errors import FileError, exists_already, in_words
from store.journal import Journal
from store.writer import Stamp


def read(journal: Journal, path: Path) -> tuple[bytes, Stamp]:
    """Read a file as it would be by now.

    Raises:
        FileError: It cannot be read, or would be gone.
    """
    change = journal.content(path)
    if change is None:
        return writer.read(path)
    if change.after is None:
        with in_words(path, "read"):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    return change.after, _stamp_of(change.after)


def write(journal: Journal, path: Path, data: bytes, expected: Stamp | None) -> Stamp:
    """Note a write; see `files.write`."""
    if expected is None:
        if _exists(journal, path):
            raise exists_already(path, "write")
        journal.note(path, None, data)
    else:
        journal.note(path, _checked(journal, path, expected, "write"), data)
    return _stamp_of(data)


def remove(journal: Journal, path: Path, expected: Stamp) -> None:
    """Note a removal; see `files.remove`."""
    journal.note(path, _checked(journal, path, expected, "delete"), None)


def move(journal: Journal, source: Path, target: Path, expected: Stamp) -> Stamp:
    """Note a move; see `files.move`."""
    content = _checked(journal, source, expected, "move")
    if _exists(journal, target):
        raise exists_already(target, "move")
    journal.note(source, content, None)
    journal.note(target, None, content)
    return expected


def _exists(journal: Journal, path: Path) -> bool:
    change = journal.content(path)
    return os.path.lexists(path) if change is None else change.after is not None


def _checked(journal: Journal, path: Path, expected: Stamp, action: str) -> bytes:
    try:
        data, stamp = read(journal, path)
    except FileError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            raise writer.vanished(path, action) from error
        raise
    if stamp.digest != expected.digest:
        raise writer.changed(path, action)
    return data


def _stamp_of(data: bytes) -> Stamp:
    return Stamp(time.time_ns(), len(data), hashlib.sha256(data).hexdigest())
