"""Deletes scripts so that they can be brought back: a copy stays in the state folder.

Finding scripts, and what their text means, must never enter.
"""

import contextlib
import os
from pathlib import Path

from store import files
from store.files import ConflictError, FileError, Stamp
from store.project import Project
from store.script_text import Script, parse_script


def delete_script(project: Project, script: Script) -> Path:
    """Delete a script; a copy stays in the project's state folder.

    Args:
        project: The project it belongs to.
        script: The script as it was read.

    Returns:
        The copy, for `restore_script`.

    Raises:
        ConflictError: The file is not what was read.
        FileError: It could not be copied or deleted; it is still there.
    """
    trash = project.state_dir / "trash"
    copy = trash / f"{script.path.stem}-{os.urandom(6).hex()}.py"
    try:
        stamp = files.write(copy, script.source, expected=None)
    except FileError as error:
        raise FileError(
            trash, error.reason, "The script was not deleted.", action="keep a copy in"
        ) from error
    try:
        files.remove(script.path, expected=script.stamp)
    except FileError:
        files.remove(copy, expected=stamp)
        raise
    return copy


def restore_script(
    project: Project, trash_path: Path, original_path: Path, *, replaced_by: Stamp | None = None
) -> Script:
    """Bring a deleted or replaced script back, byte for byte.

    Args:
        project: The project it belonged to.
        trash_path: What `delete_script` gave.
        original_path: Where it was; relative paths count from the project folder. When something
            is there now, the script comes beside it: `name_2.py`.
        replaced_by: The stamp of what was written over it; that is replaced in turn, unless it has
            changed since.

    Returns:
        The script at the path that it got.

    Raises:
        FileError: It could not be written.
    """
    original = project.root / original_path
    data, kept = files.read(trash_path)
    target, number, expected = original, 1, replaced_by
    while True:
        try:
            stamp = files.write(target, data, expected=expected)
            break
        except ConflictError:
            if expected is not None:
                expected = None  # it may be gone
                continue
            number += 1
            target = original.with_name(f"{original.stem}_{number}{original.suffix}")
    # It is back: a copy that stays behind is no reason to say it is not.
    with contextlib.suppress(FileError):
        files.remove(trash_path, expected=kept)
    return parse_script(target, data, stamp)
