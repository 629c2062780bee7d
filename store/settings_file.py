"""A file of settings: a JSON object that is read with its stamp and changed value by value.

What the settings mean must never enter.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from store import files
from store.files import FileError, Stamp
from store.json_text import JsonTextError, KeyPath, load, patch, place_of


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """A file of settings as it was read or written."""

    path: Path
    name: str
    """How messages call it."""
    text: str = "{}\n"
    stamp: Stamp | None = None
    """None where there is no such file yet."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """What it holds; empty where it cannot be read."""
    problem: str = ""
    """Why not all of it can be read, in words and with its place; "" when it can."""

    def place(self, keys: KeyPath) -> str:
        """Return file, line and column of a key."""
        line, column = place_of(self.text.removeprefix("\ufeff"), keys)
        return f"{self.name}:{line}:{column}"


def read_settings(path: Path, name: str, *, may_be_missing: bool = False) -> SettingsFile:
    """Read a file of settings. Whatever stands there, it is no error: `problem` says it.

    Args:
        path: The file.
        name: How messages call it.
        may_be_missing: Whether it is made only when a setting is changed.
    """
    try:
        data, stamp = files.read(path)
    except FileError as error:
        if may_be_missing and isinstance(error.__cause__, FileNotFoundError):
            return SettingsFile(path, name)
        return SettingsFile(path, name, problem=f"{error} Defaults hold.")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = len(data[data.rfind(b"\n", 0, error.start) + 1 : error.start].decode()) + 1
        problem = f"{name}:{line}:{column}: not UTF-8; using defaults."
        return SettingsFile(path, name, "", stamp, problem=problem)
    try:
        return SettingsFile(path, name, text, stamp, load(text))
    except JsonTextError as error:
        place = f"{name}:{error.line}:{error.column}"
        values = _values_all_the_same(text)
        so = "the last counts" if values else "using defaults"
        return SettingsFile(path, name, text, stamp, values, f"{place}: {error.reason}; {so}.")


def change_settings(file: SettingsFile, changes: Mapping[KeyPath, object]) -> SettingsFile:
    """Write new values; all else in the file stays as it is.

    Args:
        file: As it was read; where there was none, it is made.
        changes: See `store.json_text.patch`.

    Returns:
        The file as it is now; `file` itself when nothing changed.

    Raises:
        ConflictError: Another program changed the file, or made one.
        FileError: It is broken, or could not be written. It is as it was.
    """
    try:
        text = patch(file.text, changes)
    except JsonTextError as error:
        place = f"{file.name}:{error.line}:{error.column}"
        hint = f"Put {place} right first."
        raise FileError(file.path, error.reason, hint, action="change") from error
    if text == file.text:
        return file
    stamp = files.write(file.path, text.encode(), expected=file.stamp)
    return SettingsFile(file.path, file.name, text, stamp, load(text))


def _values_all_the_same(text: str) -> Mapping[str, Any]:
    """Read what is odd but clear: of a key that stands there twice the last counts."""
    try:
        values = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}
