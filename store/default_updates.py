"""Brings a project's default scripts up to date: untouched copies by itself, others if asked to.

A copy that the person changed is never written from here. What the scripts do, and how the versions
are told apart, must never enter.
"""

import contextlib
import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from store import headers
from store.default_manifest import (
    Manifest,
    body_digest,
    default_bodies,
    manifest_facts,
    read_manifest,
)
from store.default_state import DefaultState, read_state, write_state
from store.files import FileError
from store.project import Project
from store.resources import default_script_files
from store.scripts import Script, read_script, save_script


@dataclass(frozen=True, slots=True)
class DefaultUpdate:
    """What bringing default scripts up to date did."""

    updated: tuple[str, ...] = ()
    """The names of the copies that were replaced."""
    problems: tuple[str, ...] = ()
    """Why others were not, in words; the next start tries again."""


@dataclass(frozen=True, slots=True)
class OutdatedDefault:
    """A default script that the person has changed and of which there is a newer version."""

    name: str
    """The default's name: its file's, without `.py`."""
    path: Path
    """The project's copy, absolute."""
    theirs: str
    """The body in the project."""
    ours: str
    """The body of the newer default."""


def update_defaults(project: Project, now: datetime | None = None) -> DefaultUpdate:
    """Replace copies that are an older default, word for word, by the newer one.

    When the installation's manifest is the one that was seen last time, nothing is read but that.
    A copy that is not there was deleted, and stays away.

    Args:
        project: The project. Nothing happens when it is read-only.
        now: The time of the change; the clock's when None.

    Returns:
        What was done.

    Raises:
        FileError: The manifest cannot be read.
    """
    facts = manifest_facts()
    if not project.is_writable or not facts:
        return DefaultUpdate()
    state = read_state(project)
    if state.facts == facts:
        return DefaultUpdate()
    manifest = read_manifest()
    settled, updated, problems = dict(state.settled), [], []
    bodies = default_bodies() if state.digest != manifest.digest else {}
    for name, script in _copies(project, manifest) if bodies else ():
        newest, digest = manifest.newest(name), body_digest(script.body)
        if digest == newest or len(manifest.histories[name]) == 1:  # then it began as that one
            settled[name] = newest
        elif digest in manifest.histories[name] and settled.get(name) != newest:
            settled.setdefault(name, digest)
            # `os.replace` would, but a file that nobody may write is one that somebody keeps.
            if name not in bodies or not os.access(script.path, os.W_OK):
                continue
            try:
                save_script(script, body=bodies[name], now=now)
            except FileError as error:
                problems.append(str(error))
            else:
                settled[name] = newest
                updated.append(name)
    seen = (facts, manifest.digest) if not problems else (state.facts, state.digest)
    # Not remembered, it is looked at once more the next time, which is all there is to lose.
    with contextlib.suppress(FileError):
        write_state(project, DefaultState(*seen, settled))
    return DefaultUpdate(tuple(updated), tuple(problems))


def outdated_defaults(project: Project) -> list[OutdatedDefault]:
    """List the copies that the person changed and that a newer default exists for.

    Newer than the one that the copy began as; where nobody knows which that was, any. Not listed:
    what the person declined, what is not there, what has the id of another script, and anything of
    a read-only project.

    Args:
        project: The project.

    Returns:
        Them, by name.

    Raises:
        FileError: The manifest cannot be read.
    """
    if not project.is_writable:
        return []
    manifest, settled = read_manifest(), read_state(project).settled
    bodies = default_bodies()
    return [
        OutdatedDefault(name, script.path, script.body, bodies[name])
        for name, script in _copies(project, manifest)
        if name in bodies
        and len(manifest.histories[name]) > 1
        and body_digest(script.body) != manifest.newest(name)
        and settled.get(name) != manifest.newest(name)
    ]


def keep_mine(project: Project, name: str) -> None:
    """Remember that the person has seen the default as it is now and keeps their own.

    It is not listed again until the default changes once more. To be called as well after the
    person took the newer one: what they make of it then is theirs.

    Args:
        project: The project.
        name: The default's name.

    Raises:
        FileError: The manifest cannot be read, or the state folder not be written.
        ValueError: There is no such default.
    """
    manifest = read_manifest()
    if name not in manifest.histories:
        raise ValueError(f"there is no default script {name!r}")
    note_settled(project, [name], manifest)


def note_settled(project: Project, names: Iterable[str], manifest: Manifest) -> None:
    """Remember that the project's copies know of the newest default.

    Raises:
        FileError: The state folder cannot be written.
    """
    state = read_state(project)
    newest = {name: manifest.newest(name) for name in names if manifest.newest(name)}
    write_state(project, replace(state, settled={**state.settled, **newest}))


def _copies(project: Project, manifest: Manifest) -> Iterable[tuple[str, Script]]:
    """Go through the scripts in scripts/ that are, or were, copies of default ones."""
    ids = _default_ids()
    for name in sorted(manifest.histories):
        path = project.scripts_dir / f"{name}.py"
        try:
            script = read_script(path)
        except FileError:  # deleted, or nothing that could be compared
            continue
        known = body_digest(script.body) in manifest.histories[name]
        if known or script.fields.id in ("", ids.get(name, script.fields.id)):
            yield name, script


def _default_ids() -> dict[str, object]:
    return {
        entry.name.removesuffix(".py"): headers.parse(entry.read_bytes().decode()).values.get("id")
        for entry in default_script_files()
    }
