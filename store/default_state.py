"""Remembers, per project, which default scripts it has been given and which version it knows of.

The record lies in the state folder. What is done about newer versions must never enter.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from store import files
from store.project import Project

_FILE = "defaults.json"


@dataclass(frozen=True, slots=True)
class DefaultState:
    """What is remembered about a project's default scripts."""

    facts: tuple[int, ...] = ()
    """What the manifest's file looked like when the project was last compared with it."""
    digest: str = ""
    """The manifest's digest then."""
    settled: Mapping[str, str] = field(default_factory=dict)
    """By name: the digest of the newest default that the project's copy has taken into account. It
    began as that one, was brought up to it, or the person has declined it."""


def read_state(project: Project) -> DefaultState:
    """Read what is remembered; nothing where there is no readable record of this very project."""
    try:
        data = json.loads(files.read(_path(project))[0])
        # Another project in the same folder, by now: it has been given nothing.
        if not isinstance(data, dict) or data.get("project") != project.id:
            return DefaultState()
        facts, digest, settled = data.get("facts"), data.get("digest"), data.get("settled")
    except (files.FileError, ValueError, RecursionError):
        return DefaultState()  # and so everything is looked at again
    return DefaultState(
        tuple(one for one in facts if isinstance(one, int)) if isinstance(facts, list) else (),
        digest if isinstance(digest, str) else "",
        {name: one for name, one in settled.items() if isinstance(one, str)}
        if isinstance(settled, dict)
        else {},
    )


def write_state(project: Project, state: DefaultState) -> None:
    """Remember `state` instead of what was remembered.

    Raises:
        FileError: It could not be written.
    """
    path = _path(project)
    content = {
        "project": project.id,
        "facts": list(state.facts),
        "digest": state.digest,
        "settled": dict(sorted(state.settled.items())),
    }
    try:
        expected = files.read(path)[1]
    except files.FileError:
        expected = None
    files.write(path, (json.dumps(content, indent=2) + "\n").encode(), expected=expected)


def _path(project: Project) -> Path:
    return project.state_dir / _FILE
