"""A person's own settings, the same in every project: settings.json in their config directory.

Which settings there are must never enter, and nothing of a project.
"""

from collections.abc import Mapping
from pathlib import Path

from store import files
from store.files import FileError
from store.json_text import KeyPath
from store.settings_file import SettingsFile, change_settings, read_settings

_PRIVATE = 0o600


def personal_path() -> Path:
    """Return where the person's settings lie; the file is made when one is changed."""
    import platformdirs  # 5 ms that `inkstand run` does not need

    return platformdirs.user_config_path("inkstand") / "settings.json"


def read_personal() -> SettingsFile:
    """Read the person's settings; what is wrong with them stands in `problem`."""
    path = personal_path()
    return read_settings(path, _shown(path), may_be_missing=True)


def change_personal(file: SettingsFile, changes: Mapping[KeyPath, object]) -> SettingsFile:
    """Change values in the person's settings; only they can read the file that is made for it.

    Args:
        file: As it was read.
        changes: New values by key path, REMOVE to take a key away.

    Returns:
        The file as it is now; `file` itself when nothing changed.

    Raises:
        ConflictError: Another program changed the file, or made one.
        FileError: It is broken, or could not be written. It is as it was.
    """
    if file.stamp is None:
        # Empty first, so that nothing was ever to be read by others: a new content keeps the mode.
        stamp = files.write(file.path, file.text.encode(), expected=None)
        try:
            file.path.chmod(_PRIVATE)
        except OSError as error:
            reason = (error.strerror or "unknown error").lower()
            raise FileError(file.path, reason, action="protect") from error
        file = SettingsFile(file.path, file.name, file.text, stamp)
    return change_settings(file, changes)


def _shown(path: Path) -> str:
    try:
        return f"~/{path.relative_to(Path.home())}"
    except (ValueError, RuntimeError):  # elsewhere, or nobody knows whose home
        return str(path)
