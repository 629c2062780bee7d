"""Takes the newer version of a default script over a copy that the person has changed.

Which copies those are, and remembering that the person keeps theirs, is `default_updates`'.
"""

import contextlib
import os
from dataclasses import dataclass, replace
from pathlib import Path

from store import files
from store.default_state import read_state, write_state
from store.default_updates import OutdatedDefault, keep_mine
from store.files import ConflictError, FileError
from store.project import Project
from store.scripts import Script, read_script, restore_script, save_script


@dataclass(frozen=True, slots=True)
class TakenDefault:
    """A newer default that was taken, and what `give_back` needs."""

    name: str
    """The default's."""
    script: Script
    """The script as it is now."""
    kept: Path
    """The copy of the person's file."""
    settled: str
    """The digest of the default that theirs knew of before; "" for none."""


def take_newer(project: Project, default: OutdatedDefault) -> TakenDefault:
    """Replace the body of the project's copy by the newer default; its header stays the person's.

    The old file is kept first, where deleted scripts are.

    Args:
        project: The project.
        default: The copy as it was listed.

    Returns:
        The script as it is now, and the way back.

    Raises:
        ConflictError: The copy is not the one that was listed.
        FileError: It could not be kept or written; it is as it was.
    """
    script = read_script(default.path)
    if script.body != default.theirs:
        raise ConflictError(
            default.path, "the file changed after the scan", "Scan again.", action="write"
        )
    kept = _keep_copy(project, script)
    settled = read_state(project).settled.get(default.name, "")
    saved = save_script(script, body=default.ours)
    keep_mine(project, default.name)  # what becomes of it from here on is the person's
    return TakenDefault(default.name, saved, kept, settled)


def give_back(project: Project, taken: TakenDefault) -> Script:
    """Put the person's script in the place of the newer default, which is offered again then.

    When the newer one was changed since, the person's comes beside it: `name_2.py`.

    Args:
        project: The project.
        taken: What `take_newer` gave.

    Returns:
        The person's script at the path that it got.

    Raises:
        FileError: It could not be written.
    """
    place = taken.script.path
    script = restore_script(project, taken.kept, place, replaced_by=taken.script.stamp)
    if script.path == place:
        # It is back: that the newer one may not be offered again is no reason to say it is not.
        with contextlib.suppress(FileError):
            state = read_state(project)
            settled = {name: one for name, one in state.settled.items() if name != taken.name}
            if taken.settled:
                settled[taken.name] = taken.settled
            write_state(project, replace(state, settled=settled))
    return script


def _keep_copy(project: Project, script: Script) -> Path:
    trash = project.state_dir / "trash"
    copy = trash / f"{script.path.stem}-{os.urandom(6).hex()}.py"
    try:
        files.write(copy, script.source, expected=None)
    except FileError as error:
        raise FileError(
            trash, error.reason, "The script stays as it is.", action="keep a copy in"
        ) from error
    return copy
