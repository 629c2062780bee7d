"""Reads files with a stamp and writes them so that a file is the old one or the new one.

This is the only module that writes a user's file. What a file means (headers, front matter,
projects) must never enter it.
"""

import contextlib
import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from store.one_line import clean

TEMP_PREFIX = ".inkstand-"
"""How the name of every temporary file begins. Hidden, so scans ignore it twice."""

_NO_HARD_LINKS = frozenset(
    {errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EACCES}
)
"""What `link` answers on FAT, some network mounts and under protected_hardlinks."""

_HINTS = {
    errno.ENOSPC: "Free some space and try again; nothing was changed.",
    errno.EDQUOT: "Your quota is used up; free some space and try again. Nothing was changed.",
    errno.EACCES: "Check the permissions of the file and its folder.",
    errno.EPERM: "Check the permissions of the file and its folder.",
    errno.EROFS: "Copy the project somewhere you may write.",
    errno.ENOENT: "It is not there (any more).",
    errno.ENAMETOOLONG: "Choose a shorter name.",
    errno.ELOOP: "A symbolic link points at itself.",
    errno.EIO: "The disk answered with an error; copy your text to a safe place.",
}

_REASONS = {errno.EROFS: "the file system is read-only"}
"""Where the system's own words say less."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a file looked like when it was read or written."""

    mtime_ns: int
    """Time of the last change, in nanoseconds."""
    size: int
    """Length in bytes."""
    digest: str
    """SHA-256 of the bytes, in hexadecimal. It alone decides whether two stamps conflict."""


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


class ConflictError(FileError):
    """The file changed, vanished or appeared since it was read."""


def read(path: Path) -> tuple[bytes, Stamp]:
    """Read a whole regular file.

    Args:
        path: The file; a symbolic link is followed.

    Returns:
        Its bytes and the stamp that belongs to exactly these bytes.

    Raises:
        FileError: It cannot be read, or is no regular file.
    """
    return _read(path, "read")


def write(path: Path, data: bytes, *, expected: Stamp | None) -> Stamp:
    """Replace a file's bytes, or create it.

    Args:
        path: The file; a symbolic link is followed and stays a link.
        data: The new content.
        expected: The stamp of the content that may be replaced; None when there must be no file
            yet. Missing parent folders are made then.

    Returns:
        The stamp of the new content.

    Raises:
        ConflictError: The content is not the expected one, the file is gone, or it exists already.
        FileError: It could not be written. The old file is intact and no temporary file remains.
    """
    if expected is None:
        return _create(path, data)
    with _in_words(path, "write"):
        # Not `Path.resolve`: it answers a loop of links with a RuntimeError.
        target = Path(os.path.realpath(path))
        before = _check(path, expected, "write")
        # `os.replace` needs rights on the folder only and would overwrite what somebody protected.
        if not os.access(target, os.W_OK):
            raise _unwritable(target)
        with _temp_file(target.parent, data, like=before) as (temp, stamp):
            if _identity(target.stat()) != _identity(before):
                _raise_changed(path, "write")
            os.replace(temp, target)  # noqa: PTH105 - the tests of the writer break this very call
        _sync_folder(target.parent)
    return stamp


def remove(path: Path, *, expected: Stamp) -> None:
    """Delete a file; of a symbolic link only the link.

    Args:
        path: The file.
        expected: The stamp of the content that may go.

    Raises:
        ConflictError: The content is not the expected one, or the file is gone.
        FileError: It could not be deleted.
    """
    with _in_words(path, "delete"):
        _check(path, expected, "delete")
        path.unlink()
        _sync_folder(path.parent)


def move(source: Path, target: Path, *, expected: Stamp) -> Stamp:
    """Give a file another name, never on top of another file.

    Args:
        source: The file as it is called now.
        target: Its new path. Missing parent folders are made.
        expected: The stamp of the content that may be moved.

    Returns:
        The stamp at the new path.

    Raises:
        ConflictError: The content is not the expected one, `source` is gone or `target` exists.
        FileError: It could not be moved; `source` is still there.
    """
    with _in_words(source, "move"):
        _check(source, expected, "move")
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(source, target, follow_symlinks=False)
        except FileExistsError as error:
            raise _exists(target, "move") from error
        except OSError as error:
            if error.errno == errno.EXDEV:
                return _move_by_copy(source, target, expected)
            if error.errno not in _NO_HARD_LINKS:
                raise
            with _claimed(target, "move"):
                os.replace(source, target)  # noqa: PTH105
        else:
            _unlink_or_undo(source, undo=target)
        _sync_folder(target.parent)
        _sync_folder(source.parent)
    return _read(target, "read")[1]


def is_temp_name(name: str) -> bool:
    """Say whether a file name is one of ours for the moment of a write."""
    return name.startswith(TEMP_PREFIX)


def shown(path: Path) -> str:
    """Name a file as short as is unambiguous: relative to where the user stands, else in full."""
    try:
        return str(path.relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)


def _read(path: Path, action: str) -> tuple[bytes, Stamp]:
    with _in_words(path, action):
        # Non-blocking: opening a FIFO must not wait for somebody to write into it.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with open(descriptor, "rb", buffering=0) as file:  # noqa: PTH123 - no path, a descriptor
            facts = os.fstat(descriptor)
            if not stat.S_ISREG(facts.st_mode):
                raise FileError(path, "it is not a regular file", action=action)
            data = file.read()
            after = os.fstat(descriptor)
            if _identity(after) != _identity(facts):  # written to while we read: once more
                file.seek(0)
                data = file.read()
                after = os.fstat(descriptor)
    return data, Stamp(after.st_mtime_ns, len(data), hashlib.sha256(data).hexdigest())


def _create(path: Path, data: bytes) -> Stamp:
    with _in_words(path, "write"):
        if os.path.lexists(path):
            raise _exists(path, "write")
        path.parent.mkdir(parents=True, exist_ok=True)
        with _temp_file(path.parent, data, like=None) as (temp, stamp):
            try:
                os.link(temp, path)
            except FileExistsError as error:
                raise _exists(path, "write") from error
            except OSError as error:
                if error.errno not in _NO_HARD_LINKS:
                    raise
                with _claimed(path, "write"):
                    os.replace(temp, path)  # noqa: PTH105
        _sync_folder(path.parent)
    return stamp


def _check(path: Path, expected: Stamp, action: str) -> os.stat_result:
    """Compare the content on disk with the expected one; return the facts it was compared under.

    Only the digest decides: a `touch`, or a checkout that brings the same bytes back, is none.
    """
    facts = path.stat() if os.path.lexists(path) else None
    if facts is None:
        raise ConflictError(
            path, "it was deleted or renamed by another program", "Save a copy.", action=action
        )
    if _read(path, action)[1].digest != expected.digest:
        _raise_changed(path, action)
    return facts


def _unwritable(target: Path) -> OSError:
    """Tell why `os.access` says no: the whole file system, or this file."""
    is_read_only = os.statvfs(target).f_flag & os.ST_RDONLY
    code = errno.EROFS if is_read_only else errno.EACCES
    return OSError(code, os.strerror(code))


def _raise_changed(path: Path, action: str) -> NoReturn:
    raise ConflictError(
        path, "another program changed it", "Compare or reload it first.", action=action
    )


def _exists(path: Path, action: str) -> ConflictError:
    return ConflictError(path, "it exists already", "Choose another name.", action=action)


def _identity(facts: os.stat_result) -> tuple[int, int, int, int]:
    return (facts.st_dev, facts.st_ino, facts.st_mtime_ns, facts.st_size)


@contextlib.contextmanager
def _temp_file(
    folder: Path, data: bytes, like: os.stat_result | None
) -> Iterator[tuple[Path, Stamp]]:
    """Make a synced temporary file in `folder`; whatever happens, it is gone afterwards."""
    temp = folder / f"{TEMP_PREFIX}{os.urandom(8).hex()}.tmp"
    # A new file gets the mode the umask leaves; a replacement is private until it has the old one.
    mode = 0o666 if like is None else 0o600
    descriptor = os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(descriptor, view) :]
            if like is not None:
                # Owner first: changing it clears the setuid bits. Only root may give files away.
                with contextlib.suppress(OSError):
                    os.fchown(descriptor, like.st_uid, like.st_gid)
                os.fchmod(descriptor, stat.S_IMODE(like.st_mode))
            os.fsync(descriptor)
            facts = os.fstat(descriptor)
        finally:
            os.close(descriptor)
        yield temp, Stamp(facts.st_mtime_ns, len(data), hashlib.sha256(data).hexdigest())
    finally:
        with contextlib.suppress(OSError):  # replaced: the name is gone already
            temp.unlink()


@contextlib.contextmanager
def _claimed(path: Path, action: str) -> Iterator[None]:
    """Hold a free name with an empty file while something is renamed on top of it."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666))
    except FileExistsError as error:
        raise _exists(path, action) from error
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):
            path.unlink()
        raise


def _move_by_copy(source: Path, target: Path, expected: Stamp) -> Stamp:
    data, _ = _read(source, "move")
    stamp = _create(target, data)
    with contextlib.suppress(OSError):
        target.chmod(stat.S_IMODE(source.stat().st_mode))
    _check(source, expected, "move")
    _unlink_or_undo(source, undo=target)
    return stamp


def _unlink_or_undo(source: Path, *, undo: Path) -> None:
    try:
        source.unlink()
    except OSError:
        with contextlib.suppress(OSError):
            undo.unlink()
        raise


def _sync_folder(folder: Path) -> None:
    # The bytes are on disk and the name is in place. Some mounts cannot sync a folder, and calling
    # the write failed now would make the next one a conflict with itself.
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextlib.contextmanager
def _in_words(path: Path, action: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        code = error.errno or 0
        words = _REASONS.get(code) or (error.strerror or str(error) or "unknown error").lower()
        raise FileError(path, words, _HINTS.get(code, ""), action=action) from error
    except ValueError as error:  # a NUL byte in the name
        raise FileError(path, str(error), "Choose another name.", action=action) from error
