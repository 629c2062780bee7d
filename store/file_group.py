"""Changes several files together: all of them or, when one step fails, none.

It writes through `files` only. What the files mean must never enter.
"""

from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from store import files
from store.files import FileError, Stamp


class FileGroup:
    """Steps that belong together. Leaving the `with` block with an error takes them all back.

    A file that another program changes between the step and its undoing stays as that program
    left it; the error names it then.
    """

    def __init__(self) -> None:
        self._undo: list[Callable[[], object]] = []

    def __enter__(self) -> "FileGroup":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            return
        failures: list[FileError] = []
        for undo in reversed(self._undo):
            try:
                undo()
            except FileError as failure:
                failures.append(failure)
        if not failures:
            return
        left = ", ".join(files.shown(failure.path) for failure in failures)
        words = f"{left} could not be put back: {failures[0].reason}"
        if not isinstance(error, FileError):
            error.add_note(words)
            return
        raise FileError(
            error.path, f"{error.reason}; and {words}", "Look at these files.", action=error.action
        ) from error

    def create(self, path: Path, data: bytes) -> Stamp:
        """Make a file; see `files.write`."""
        stamp = files.write(path, data, expected=None)
        self._undo.append(lambda: files.remove(path, expected=stamp))
        return stamp

    def replace(self, path: Path, data: bytes, *, old: bytes, expected: Stamp) -> Stamp:
        """Write a file whose bytes are `old`; see `files.write`."""
        stamp = files.write(path, data, expected=expected)
        self._undo.append(lambda: files.write(path, old, expected=stamp))
        return stamp

    def move(self, source: Path, target: Path, *, expected: Stamp) -> Stamp:
        """Give a file another name; see `files.move`."""
        stamp = files.move(source, target, expected=expected)
        self._undo.append(lambda: files.move(target, source, expected=stamp))
        return stamp

    def remove(self, path: Path, *, old: bytes, expected: Stamp) -> None:
        """Delete a file whose bytes are `old`; see `files.remove`."""
        files.remove(path, expected=expected)
        self._undo.append(lambda: files.write(path, old, expected=None))
