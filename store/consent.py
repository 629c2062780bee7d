"""Remembers which scripts a person has agreed to run without the sandbox, by their very bytes.

The record lies in the state folder: a project that comes from somebody else cannot bring one along.
What running without the sandbox means must never enter.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from store import files
from store.files import FileError
from store.project import Project
from store.scripts import scan_scripts

_FILE = "unsandboxed.json"


def script_digests(project: Project) -> Mapping[str, str]:
    """Return the SHA-256 of every script that can be read, by its path in the project."""
    digests: dict[str, str] = {}
    for path in scan_scripts(project):
        try:
            _, stamp = files.read(path)
        except FileError:  # then it cannot be run either
            continue
        digests[path.relative_to(project.root).as_posix()] = stamp.digest
    return digests


def read_consent(project: Project) -> Mapping[str, str]:
    """Return the digests that were agreed to, by path; none where there is no readable record."""
    path = _path(project)
    try:
        data = json.loads(files.read(path)[0])
    except (FileError, ValueError, RecursionError):
        return {}  # and so the person is asked again
    scripts = data.get("scripts") if isinstance(data, dict) else None
    if not isinstance(scripts, dict):
        return {}
    return {path: digest for path, digest in scripts.items() if isinstance(digest, str)}


def write_consent(project: Project, digests: Mapping[str, str]) -> None:
    """Remember what was agreed to, instead of what was before.

    Raises:
        FileError: It could not be written; the person will be asked again.
    """
    path = _path(project)
    text = json.dumps({"scripts": dict(sorted(digests.items()))}, indent=2) + "\n"
    try:
        expected = files.read(path)[1]
    except FileError:
        expected = None
    files.write(path, text.encode(), expected=expected)


def _path(project: Project) -> Path:
    return project.state_dir / _FILE
