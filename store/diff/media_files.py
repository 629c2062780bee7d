"""Finds media and sidecars that have lost each other, and makes the sidecar of a file anew.

What the index says must never enter.
"""

import mimetypes
import re
import uuid
from collections.abc import Sequence
from pathlib import Path

from store import files, scan, sidecar_text
from store.diff.differences import Orphan
from store.files import FileError
from store.index import Problem
from store.media import SUFFIXES
from store.one_line import clean
from store.project import Project
from store.script_text import iso_of_mtime

SIDECAR_SUFFIX = SUFFIXES[0]

_LANGUAGE = re.compile(r"(?P<file>.+)\.[a-z]{2,3}(-[A-Za-z]{2,4})?")


def media_orphans(root: Path, sidecars: Sequence[scan.Found]) -> tuple[list[Orphan], list[Problem]]:
    """Find sidecars whose file is gone and files that have no sidecar.

    Args:
        root: The project folder.
        sidecars: All sidecars.

    Returns:
        The orphans, and what could not be looked at besides.
    """
    walk = scan.walk(root, "media", ("",))
    everything = {file.relative for file in walk.found}
    binaries = {path for path in everything if not path.lower().endswith(SIDECAR_SUFFIX)}
    orphans = []
    owned = set()
    for sidecar in sorted({file.relative for file in sidecars} & everything):
        owner = _owner(sidecar, binaries)
        if owner is not None:
            if f"{owner}{SIDECAR_SUFFIX}" == sidecar:
                owned.add(owner)
        else:
            orphans.append(Orphan("media", sidecar, _name(sidecar), "no_binary"))
    orphans += [
        Orphan("media", path, _name(path), "no_sidecar") for path in sorted(binaries - owned)
    ]
    failures = [Problem(failure.relative, "media", failure.reason) for failure in walk.failures]
    return orphans, failures


def make_sidecar(project: Project, path: str) -> str:
    """Make the smallest sidecar that can be used: id, name, type, length and dates.

    Args:
        project: The project.
        path: The file that has none, from the project folder, with slashes.

    Returns:
        The path of the sidecar.

    Raises:
        FileError: The file cannot be looked at, or the sidecar not be written.
        ConflictError: It has a sidecar by now.
    """
    place = project.root / path
    try:
        facts = place.stat()
    except OSError as error:
        reason = (error.strerror or "").lower()
        raise FileError(place, reason, "Scan again.", action="look at") from error
    moment = iso_of_mtime(facts.st_mtime_ns)
    text = sidecar_text.new_sidecar(
        {
            "id": str(uuid.uuid4()),
            "originalName": clean(place.name),
            "mimeType": mimetypes.guess_type(place.name)[0] or "application/octet-stream",
            "size": facts.st_size,
            "createdAt": moment,
            "updatedAt": moment,
        }
    )
    sidecar = f"{path}{SIDECAR_SUFFIX}"
    files.write(project.root / sidecar, text.encode(), expected=None)
    return sidecar


def _owner(sidecar: str, binaries: set[str]) -> str | None:
    """Give the file that a sidecar or a translated one (`x.png.de.meta`) belongs to."""
    name = sidecar[: -len(SIDECAR_SUFFIX)]
    if name in binaries:
        return name
    match = _LANGUAGE.fullmatch(name)
    return match["file"] if match and match["file"] in binaries else None


def _name(path: str) -> str:
    return clean(path.rpartition("/")[2])
