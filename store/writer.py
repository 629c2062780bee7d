"""The steps of the one writer: a file is the old one or the new one, whatever happens in between.

This is the only module that changes a user's file; `files` is what others call. What a file means
(headers, front matter, projects) must never enter it.
"""

import contextlib
import errno
import hashlib
import os
import re
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from store.file_errors import ConflictError, FileError, exists_already, in_words
from store.renaming import rename_exclusively

TEMP_PREFIX = ".inkstand-"
"""How the name of every temporary file begins. Hidden, so scans ignore it twice."""

_NO_SUCH_CALL = frozenset({errno.EINVAL, errno.ENOSYS, errno.EPERM, errno.EOPNOTSUPP})
"""What `renameat2` answers where system, file system or a filter of calls does not have it."""

_NO_HARD_LINKS = frozenset(
    {errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EACCES}
)
"""What `link` answers on FAT, some network mounts and under protected_hardlinks."""

_NOT_OURS_TO_GIVE = frozenset({errno.EPERM, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP})
"""What `fchown` answers to who is not root, for owners that a container does not know, on FAT."""

_TEMP_NAME = re.compile(re.escape(TEMP_PREFIX) + r"[0-9a-f]{16}\.tmp")


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a file looked like when it was read or written."""

    mtime_ns: int
    """Time of the last change, in nanoseconds."""
    size: int
    """Length in bytes."""
    digest: str
    """SHA-256 of the bytes, in hexadecimal. It alone decides whether two stamps conflict."""


def write(path: Path, data: bytes, expected: Stamp | None) -> Stamp:
    """Replace a file's bytes, or create it; see `files.write`."""
    if expected is None:
        return _create(path, data)
    with in_words(path, "write"):
        before, _ = _check(path, expected, "write")
        # Not `Path.resolve`: it answers a loop of links with a RuntimeError. Strict, else a link
        # that cannot be looked at just now would count as none and be replaced by a file.
        target = Path(os.path.realpath(path, strict=True))
        # `os.replace` needs rights on the folder only and would overwrite what somebody protected.
        if not os.access(target, os.W_OK):
            raise _unwritable(target)
        with _temp_file(target.parent, data, like=before) as (temp, stamp):
            _check_again(target, before, path, "write")
            os.replace(temp, target)  # noqa: PTH105 - the tests of the writer break this very call
        _sync_folder(target.parent)
    return stamp


def remove(path: Path, expected: Stamp) -> None:
    """Delete a file; see `files.remove`."""
    with in_words(path, "delete"):
        before, _ = _check(path, expected, "delete")
        _check_again(path, before, path, "delete")
        path.unlink()
        _sync_folder(path.parent)


def move(source: Path, target: Path, expected: Stamp) -> Stamp:
    """Give a file another name; see `files.move`."""
    with in_words(source, "move"):
        before, stamp = _check(source, expected, "move")
        _make_folder(target.parent)
        _check_again(source, before, source, "move")
        try:
            _take_free_name(source, target, "move")
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            return _move_by_copy(source, target, before)
        _sync_folder(target.parent)
        _sync_folder(source.parent)
    return stamp


def discard_leftover(path: Path, *, older_than_s: float) -> bool:
    """Delete a temporary file of ours that a killed process has left behind.

    Args:
        path: The file.
        older_than_s: Its least age, in seconds. A younger one may be in use.

    Returns:
        Whether it was one, and is gone.
    """
    with contextlib.suppress(OSError):  # gone already, or not ours to delete: it is hidden anyway
        facts = path.lstat()
        is_old = facts.st_mtime < time.time() - older_than_s
        if _TEMP_NAME.fullmatch(path.name) and stat.S_ISREG(facts.st_mode) and is_old:
            path.unlink()
            return True
    return False


def is_temp_name(name: str) -> bool:
    """Say whether a file name is one of ours for the moment of a write."""
    return name.startswith(TEMP_PREFIX)


def read(path: Path, action: str = "read") -> tuple[bytes, Stamp]:
    """Read a whole regular file; see `files.read`. `action` is the verb of an error."""
    with in_words(path, action):
        # Non-blocking: opening a FIFO must not wait for somebody to write into it.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            facts = os.fstat(descriptor)
            if stat.S_ISDIR(facts.st_mode):
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            if not stat.S_ISREG(facts.st_mode):
                raise FileError(path, "it is not a regular file", action=action)
            data = _read_all(descriptor)
            after = os.fstat(descriptor)
            if _identity(after) != _identity(facts):  # written to while we read: once more
                os.lseek(descriptor, 0, os.SEEK_SET)
                data = _read_all(descriptor)
                after = os.fstat(descriptor)
        finally:
            os.close(descriptor)
    return data, Stamp(after.st_mtime_ns, len(data), hashlib.sha256(data).hexdigest())


def _read_all(descriptor: int) -> bytes:
    with open(descriptor, "rb", buffering=0, closefd=False) as file:
        return file.read()


def _create(path: Path, data: bytes, *, like: os.stat_result | None = None) -> Stamp:
    with in_words(path, "write"):
        if os.path.lexists(path):
            raise exists_already(path, "write")
        _make_folder(path.parent)
        with _temp_file(path.parent, data, like=like) as (temp, stamp):
            _take_free_name(temp, path, "write")
        _sync_folder(path.parent)
    return stamp


def _check(path: Path, expected: Stamp, action: str) -> tuple[os.stat_result, Stamp]:
    """Compare the content on disk with the expected one.

    Only the digest decides: a `touch`, or a checkout that brings the same bytes back, is none.

    Returns:
        The facts under which it was compared, and the stamp of what is there.
    """
    try:
        facts = path.stat()
    except FileNotFoundError as error:
        raise vanished(path, action) from error
    stamp = read(path, action)[1]
    if stamp.digest != expected.digest:
        raise changed(path, action)
    return facts, stamp


def _check_again(target: Path, before: os.stat_result, path: Path, action: str) -> None:
    """Look once more, right before the step that cannot be undone: a few microseconds remain."""
    try:
        now = target.stat()
    except FileNotFoundError as error:
        raise changed(path, action) from error
    if _identity(now) != _identity(before):
        raise changed(path, action)


def _unwritable(target: Path) -> OSError:
    """Tell why `os.access` says no: the whole file system, or this file."""
    is_read_only = os.statvfs(target).f_flag & os.ST_RDONLY
    code = errno.EROFS if is_read_only else errno.EACCES
    return OSError(code, os.strerror(code))


def changed(path: Path, action: str) -> ConflictError:
    """Say that a file is not what was read."""
    return ConflictError(
        path, "another program changed it", "Compare or reload it first.", action=action
    )


def vanished(path: Path, action: str) -> ConflictError:
    """Say that a file is not there any more."""
    return ConflictError(
        path, "it was deleted or renamed by another program", "Save a copy.", action=action
    )


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
                written = os.write(descriptor, view)
                if written <= 0:  # no system should, and we would try for ever
                    raise OSError(errno.EIO, os.strerror(errno.EIO))
                view = view[written:]
            if like is not None:
                _make_like(descriptor, like)
            os.fsync(descriptor)
            facts = os.fstat(descriptor)
        finally:
            os.close(descriptor)
        yield temp, Stamp(facts.st_mtime_ns, len(data), hashlib.sha256(data).hexdigest())
    finally:
        with contextlib.suppress(OSError):  # replaced: the name is gone already
            temp.unlink()


def _make_like(descriptor: int, like: os.stat_result) -> None:
    """Give a file the owner and mode of another one, as far as we may."""
    own = os.fstat(descriptor)
    mode = stat.S_IMODE(like.st_mode)
    if (own.st_uid, own.st_gid) != (like.st_uid, like.st_gid):
        # Owner first: changing it clears the setuid bits. Only root may give files away.
        try:
            os.fchown(descriptor, like.st_uid, like.st_gid)
        except OSError as error:
            if error.errno not in _NOT_OURS_TO_GIVE:
                raise
            mode &= 0o777  # setuid and setgid would lend the rights of somebody else: ours
            with contextlib.suppress(OSError):
                os.fchown(descriptor, -1, like.st_gid)
    if mode != stat.S_IMODE(own.st_mode) or mode & ~0o777:
        os.fchmod(descriptor, mode)


def _take_free_name(source: Path, target: Path, action: str) -> None:
    """Rename, never on top of another file.

    In one step where the system can. Else by a second name, so that a kill leaves both, and on file
    systems without hard links by an empty file that holds the name.
    """
    try:
        rename_exclusively(source, target)
        return
    except FileExistsError as error:
        raise exists_already(target, action) from error
    except OSError as error:
        if error.errno not in _NO_SUCH_CALL:
            raise
    try:
        os.link(source, target, follow_symlinks=False)
    except FileExistsError as error:
        raise exists_already(target, action) from error
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        _replace_claimed(source, target, action)
    else:
        _unlink_or_undo(source, undo=target)


def _replace_claimed(source: Path, target: Path, action: str) -> None:
    """Hold a free name with an empty file and rename something on top of it."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        descriptor = os.open(target, flags, 0o666)
    except FileExistsError as error:
        raise exists_already(target, action) from error
    claim: os.stat_result | None = None
    try:
        try:
            claim = os.fstat(descriptor)
        finally:
            os.close(descriptor)
        if _identity(target.lstat()) != _identity(claim):  # somebody has put something there
            raise exists_already(target, action)
        os.replace(source, target)  # noqa: PTH105 - the tests of the writer break this very call
    except BaseException:
        with contextlib.suppress(OSError):
            now = target.lstat()
            if now.st_size == 0 and (claim is None or _identity(now) == _identity(claim)):
                target.unlink()
        raise


def _move_by_copy(source: Path, target: Path, before: os.stat_result) -> Stamp:
    data, _ = read(source, "move")
    stamp = _create(target, data, like=before)
    try:
        _check_again(source, before, source, "move")
    except BaseException:
        with contextlib.suppress(OSError):
            target.unlink()
        raise
    _unlink_or_undo(source, undo=target)
    _sync_folder(source.parent)
    return stamp


def _unlink_or_undo(source: Path, *, undo: Path) -> None:
    try:
        source.unlink()
    except BaseException:
        with contextlib.suppress(OSError):
            undo.unlink()
        raise


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it, so that they outlive a loss of power."""
    missing: list[Path] = []
    while not (place := missing[-1].parent if missing else folder).exists():
        missing.append(place)
    folder.mkdir(parents=True, exist_ok=True)
    for one in missing:
        _sync_folder(one.parent)


def _sync_folder(folder: Path) -> None:
    # The bytes are on disk and the name is in place. Some mounts cannot sync a folder, and calling
    # the write failed now would make the next one a conflict with itself.
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
