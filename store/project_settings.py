"""The settings of a project: meta/project.json, read with its stamp and changed value by value.

Which settings there are must never enter; keys that nobody here knows stay as they are.
"""

from collections.abc import Mapping
from dataclasses import replace

from store.files import FileError
from store.json_text import KeyPath
from store.one_line import clean
from store.project import Project
from store.settings_file import SettingsFile, change_settings, read_settings

NAME = "meta/project.json"


def read_project_settings(project: Project) -> SettingsFile:
    """Read meta/project.json; what is wrong with it stands in `problem`."""
    return read_settings(project.meta_dir / "project.json", NAME)


def change_project_settings(file: SettingsFile, changes: Mapping[KeyPath, object]) -> SettingsFile:
    """Change values in meta/project.json.

    Args:
        file: As it was read.
        changes: New values by key path, REMOVE to take a key away.

    Returns:
        The file as it is now; `file` itself when nothing changed.

    Raises:
        ConflictError: Another program changed the file.
        FileError: It is broken or gone, or could not be written. It is as it was.
    """
    if file.stamp is None:  # made anew it would lack the project's id
        raise FileError(
            file.path, "it could not be read", "Bring it back first.", action="change"
        ) from None
    return change_settings(file, changes)


def with_settings(project: Project, settings: Mapping[str, object]) -> Project:
    """Return a project as it is with other settings."""
    name = settings.get("name")
    shown_name = clean(name) if isinstance(name, str) else ""
    folder_name = clean(project.root.name) or "project"
    return replace(project, settings=settings, name=shown_name or folder_name)
