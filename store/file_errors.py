"""Says in words what went wrong with a file, where, and what to do about it.

Reading and writing files must never enter.
"""

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path

from store.one_line import clean

_HINTS = {
    errno.ENOSPC: "Free some space and try again; nothing was changed.",
    errno.EDQUOT: "Your quota is used up; free some space and try again. Nothing was changed.",
    errno.EACCES: "Check the permissions of the file and its folder.",
    errno.EPERM: "Check the permissions of the file and its folder.",
    errno.EROFS: "Copy the project somewhere you may write.",
    errno.ENOENT: "It is not there (any more).",
    errno.ENAMETOOLONG: "Choose a shorter name.",
    errno.ELOOP: "A symbolic link points at itself.",
    errno.EFBIG: "The system allows no file of that size here (`ulimit -f`). Nothing was changed.",
    errno.EIO: "The disk answered with an error; copy your text to a safe place.",
}

_REASONS = {errno.EROFS: "the file system is read-only"}
"""Where the system's own words say less."""


class FileError(Exception):
    """A file could not be read or written; `str()` is a sentence for a person."""

    def __init__(self, path: Path, reason: str, hint: str = "", *, action: str = "read") -> None:
        """Keep what is shown and what a caller may want to look at.

        Args:
            path: The file.
            reason: Why it failed, in words, lower case, without a full stop.
            hint: What to do about it, as a sentence.
            action: The verb that failed.
        """
        super().__init__(path, reason, hint)
        self.path = path
        self.reason = reason
        self.hint = hint
        self.action = action

    def __str__(self) -> str:
        sentence = f"could not {self.action} {shown(self.path)}: {self.reason}."
        return clean(f"{sentence} {self.hint}" if self.hint else sentence)


class EntryNotFound(FileError):
    """No entry has the name that was asked for; the hint names close ones."""


class ConflictError(FileError):
    """The file changed, vanished or appeared since it was read."""


def shown(path: Path) -> str:
    """Name a file as short as is unambiguous: relative to where the user stands, else in full."""
    try:
        return str(path.relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)


def exists_already(path: Path, action: str) -> ConflictError:
    """Tell that a name is taken."""
    return ConflictError(path, "it exists already", "Choose another name.", action=action)


@contextlib.contextmanager
def in_words(path: Path, action: str) -> Iterator[None]:
    """Turn the system's errors into a FileError about `path`."""
    try:
        yield
    except OSError as error:
        code = error.errno or 0
        words = _REASONS.get(code) or (error.strerror or str(error) or "unknown error").lower()
        raise FileError(path, words, _HINTS.get(code, ""), action=action) from error
    except ValueError as error:  # a NUL byte in the name
        raise FileError(path, str(error), "Choose another name.", action=action) from error
