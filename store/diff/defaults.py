"""Takes the newer version of a default script over a copy that the person has changed.

Which copies those are, and remembering that the person keeps theirs, is `default_updates`'.
"""

import os

from store import files
from store.default_updates import OutdatedDefault, keep_mine
from store.files import ConflictError, FileError
from store.project import Project
from store.scripts import Script, read_script, save_script


def take_newer(project: Project, default: OutdatedDefault) -> Script:
    """Replace the body of the project's copy by the newer default; its header stays the person's.

    The old file is kept first, where deleted scripts are.

    Args:
        project: The project.
        default: The copy as it was listed.

    Returns:
        The script as it is now.

    Raises:
        ConflictError: The copy is not the one that was listed.
        FileError: It could not be kept or written; it is as it was.
    """
    script = read_script(default.path)
    if script.body != default.theirs:
        raise ConflictError(
            default.path, "the file changed after the scan", "Scan again.", action="write"
        )
    _keep_copy(project, script)
    saved = save_script(script, body=default.ours)
    keep_mine(project, default.name)  # what becomes of it from here on is the person's
    return saved


def _keep_copy(project: Project, script: Script) -> None:
    trash = project.state_dir / "trash"
    copy = trash / f"{script.path.stem}-{os.urandom(6).hex()}.py"
    try:
        files.write(copy, script.source, expected=None)
    except FileError as error:
        raise FileError(
            trash, error.reason, "The script stays as it is.", action="keep a copy in"
        ) from error
