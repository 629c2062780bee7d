"""Reads files with a stamp and writes them so that a file is the old one or the new one.

What every other module calls; how the steps are made is `writer`'s. Within a journal each change is
noted, and in a dry run only noted.
"""

from pathlib import Path

from store import dry_run, writer
from store.file_errors import ConflictError as ConflictError
from store.file_errors import EntryNotFound as EntryNotFound
from store.file_errors import FileError as FileError
from store.file_errors import shown as shown
from store.journal import current
from store.writer import TEMP_PREFIX as TEMP_PREFIX
from store.writer import Stamp as Stamp
from store.writer import discard_leftover as discard_leftover
from store.writer import is_temp_name as is_temp_name


def read(path: Path) -> tuple[bytes, Stamp]:
    """Read a whole regular file.

    Args:
        path: The file; a symbolic link is followed.

    Returns:
        Its bytes and the stamp that belongs to exactly these bytes.

    Raises:
        FileError: It cannot be read, or is no regular file.
    """
    journal = current()
    if journal is not None and journal.is_dry:
        return dry_run.read(journal, path)
    return writer.read(path)


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
    journal = current()
    if journal is None:
        return writer.write(path, data, expected)
    if journal.is_dry:
        return dry_run.write(journal, path, data, expected)
    before = None if expected is None else _checked(path, expected, "write")
    stamp = writer.write(path, data, expected)
    journal.note(path, before, data)
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
    journal = current()
    if journal is None:
        writer.remove(path, expected)
    elif journal.is_dry:
        dry_run.remove(journal, path, expected)
    else:
        content = _checked(path, expected, "delete")
        writer.remove(path, expected)
        journal.note(path, content, None)


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
    journal = current()
    if journal is None:
        return writer.move(source, target, expected)
    if journal.is_dry:
        return dry_run.move(journal, source, target, expected)
    content = _checked(source, expected, "move")
    stamp = writer.move(source, target, expected)
    journal.note(source, content, None)
    journal.note(target, None, content)
    return stamp


def _checked(path: Path, expected: Stamp, action: str) -> bytes:
    """Return the content for a journal; it has to be the expected one."""
    data, stamp = writer.read(path, action)
    if stamp.digest != expected.digest:
        raise writer.changed(path, action)
    return data
