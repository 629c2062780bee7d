"""Takes changes back that a journal has noted, file by file; what somebody changed since stays.

What the changes were for must never enter.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from store import files
from store.files import FileError, Stamp
from store.journal import Change


def undo(changes: Sequence[Change]) -> list[tuple[Path, str]]:
    """Bring files back to what they were before; the last change first.

    Args:
        changes: As a journal has them.

    Returns:
        The files that stay as they are, each with the reason in words.
    """
    failures: list[tuple[Path, str]] = []
    for change in reversed(changes):
        try:
            _undo(change)
        except FileError as error:
            failures.append((change.path, str(error)))
    return failures


def _undo(change: Change) -> None:
    expected = None
    if change.after is not None:
        expected = Stamp(0, len(change.after), hashlib.sha256(change.after).hexdigest())
    if change.before is not None:
        files.write(change.path, change.before, expected=expected)
    elif expected is not None:
        files.remove(change.path, expected=expected)
