"""The values of settings: read from their files, changed there, and taken back.

Owns what the files said last and what can be undone. What a value does is up to who reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import anyio
import anyio.to_thread

from engine.run_settings import limits_of
from engine.settings.registry import SETTINGS, Home, Setting
from store import personal, project_settings
from store.files import ConflictError
from store.json_text import REMOVE, KeyPath
from store.one_line import clean
from store.project import Project
from store.settings_file import SettingsFile

_MAX_NAME_CHARS = 80
"""Of a name that a message quotes from a file."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What holds for a setting."""

    setting: Setting
    value: object
    """The file's, or the default where it says nothing that can be used."""
    is_set: bool = False
    """Whether the file says something about it."""
    problem: str = ""
    """Why the file's value cannot be used, in words and with its place; "" when it can."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change that was written."""

    setting: Setting
    file: str
    """How messages call the file."""
    before: object
    """The value that the file held; REMOVE where it held none."""


def readings_of(file: SettingsFile, home: Home) -> Mapping[str, Reading]:
    """Return what holds for the settings of a file, by id."""
    return {one.id: _read(file, one) for one in SETTINGS if one.home == home}


def read_personal() -> tuple[Mapping[str, Reading], Sequence[str]]:
    """Read the person's own settings, before a project is open. It reads one small file.

    Returns:
        What holds, by id, and what is wrong with the file, in words.
    """
    file = personal.read_personal()
    readings = readings_of(file, "personal")
    return readings, _problems(file, readings)


class Settings:
    """All settings, as an open project has them. `load` comes first."""

    def __init__(self, project: Project, took: Callable[[Mapping[str, Any]], None]) -> None:
        """Prepare; nothing is read yet.

        Args:
            project: The open project.
            took: Called with what meta/project.json holds whenever that is not what it was.
        """
        self._project = project
        self._took = took
        self._files: dict[Home, SettingsFile] = {}
        self._readings: dict[str, Reading] = {}
        self._changes: list[Change] = []
        self._busy = anyio.Lock()

    async def load(self) -> None:
        """Read both files anew."""
        async with self._busy:
            await self._load()

    def reading(self, setting: Setting) -> Reading:
        """Return what holds for a setting."""
        return self._readings[setting.id]

    def problems(self, home: Home) -> Sequence[str]:
        """Return what is wrong with a file, in words and with places."""
        readings = {id: one for id, one in self._readings.items() if one.setting.home == home}
        return _problems(self._files[home], readings)

    def file_name(self, home: Home) -> str:
        """Return how messages call a file."""
        return self._files[home].name

    @property
    def can_undo(self) -> bool:
        """Whether there is a change that can be taken back."""
        return bool(self._changes)

    async def change(self, setting: Setting, value: object) -> Change | None:
        """Write a value.

        Args:
            setting: Which one.
            value: It fits; REMOVE takes it out of the file, so that the default holds.

        Returns:
            What was changed; None when the file says so already.

        Raises:
            ValueError: The value does not fit, in words.
            ConflictError: Another program changed the file; it has been read again.
            FileError: The file is broken, or could not be written. It is as it was.
        """
        if value is not REMOVE and (problem := setting.validate(value)):
            raise ValueError(problem)
        async with self._busy:
            change = await self._write(setting, value)
            if change is not None:
                self._changes.append(change)
            return change

    async def undo(self) -> Change | None:
        """Take the last change back; what it was before may not even fit.

        Returns:
            The change that was taken back; None when there is none.

        Raises:
            ConflictError: Another program changed the file; it has been read again.
            FileError: The file could not be written. It is as it was.
        """
        async with self._busy:
            if not self._changes:
                return None
            last = self._changes[-1]
            await self._write(last.setting, last.before)
            if self._changes:  # not after a conflict
                self._changes.pop()
            return last

    async def _write(self, setting: Setting, value: object) -> Change | None:
        file = self._files[setting.home]
        before = _lookup(file.values, setting.path)
        if before is REMOVE and value is REMOVE:
            return None
        path = _emptied(file.values, setting.path) if value is REMOVE else setting.path
        write = (
            project_settings.change_project_settings
            if setting.home == "project"
            else personal.change_personal
        )
        try:
            new = await anyio.to_thread.run_sync(write, file, {path: value})
        except ConflictError as error:
            self._changes.clear()  # what they would bring back is not what was there
            await self._load()
            raise ConflictError(
                file.path,
                "another program changed it meanwhile",
                "It has been read again; make your change once more.",
                action="change",
            ) from error
        if new is file:
            return None
        self._take(setting.home, new)
        return Change(setting, new.name, before)

    async def _load(self) -> None:
        project = await anyio.to_thread.run_sync(
            project_settings.read_project_settings, self._project
        )
        own = await anyio.to_thread.run_sync(personal.read_personal)
        self._take("project", project)
        self._take("personal", own)

    def _take(self, home: Home, file: SettingsFile) -> None:
        old = self._files.get(home)
        self._files[home] = file
        self._readings.update(readings_of(file, home))
        # One that has just been broken changes nothing: what it said before holds.
        is_usable = bool(file.values) or not file.problem
        if home == "project" and is_usable and (old is None or old.values != file.values):
            self._took(file.values)


def _read(file: SettingsFile, setting: Setting) -> Reading:
    value = _lookup(file.values, setting.path)
    if value is REMOVE:
        return Reading(setting, setting.default)
    if problem := setting.validate(value):
        words = f"{setting.path[-1]} {problem}; using the default."
        return Reading(setting, setting.default, True, f"{file.place(setting.path)}: {words}")
    return Reading(setting, value, True)


def _problems(file: SettingsFile, readings: Mapping[str, Reading]) -> Sequence[str]:
    found = [file.problem] if file.problem else []
    for way in sorted({one.setting.path[:1] for one in readings.values() if _is_nested(one)}):
        value = _lookup(file.values, way)
        if way != ("limits",) and value is not REMOVE and not isinstance(value, dict):
            found.append(f"{file.place(way)}: {way[0]} should be an object; using defaults.")
    # Of limits their parser knows more: kinds and names that there are not.
    others = [one for one in readings.values() if one.setting.section != "limits"]
    found += [one.problem for one in others if one.problem]
    if len(others) < len(readings):
        found += limit_problems(file)
    return [clean(one) for one in found]


def _is_nested(reading: Reading) -> bool:
    return len(reading.setting.path) > 1


def limit_problems(file: SettingsFile) -> Sequence[str]:
    """Return which limits of a project cannot be used, in words and with places."""
    return [
        f"{file.place(tuple(one.keys))}: {clean(one.keys[-1])[:_MAX_NAME_CHARS]} {one.words}; "
        "using the default."
        for one in limits_of(file.values)[1]
    ]


def _lookup(values: Mapping[str, Any], path: KeyPath) -> Any:
    """Return the value at a path, REMOVE where there is none."""
    here: Any = values
    for key in path:
        if not isinstance(here, dict) or key not in here:
            return REMOVE
        here = here[key]
    return here


def _emptied(values: Mapping[str, Any], path: KeyPath) -> KeyPath:
    """Return the way to what can go with a key, because it would hold nothing any more."""
    while len(path) > 1 and _lookup(values, path[:-1]) == {path[-1]: _lookup(values, path)}:
        path = path[:-1]
    return path
