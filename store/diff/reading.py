"""Reads one file of a project for comparison: its facts, its text, and the stamp of both.

What the index says must never enter.
"""

from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path

from store import files, headers, media, posts, scripts
from store.files import Stamp
from store.index import EntryKind
from store.index_tables import Facts

_FILE_TIMES = {"created_at": "createdAt", "updated_at": "updatedAt"}


@dataclass(frozen=True, slots=True)
class FileState:
    """What one file says."""

    facts: Facts
    text: str
    """The whole file."""
    body: str
    """What stands below front matter or header; "" for sidecars."""
    stamp: Stamp

    @property
    def first_body_line(self) -> int:
        """The line of the file in which the body starts, from 1."""
        return self.text.count("\n", 0, len(self.text) - len(self.body)) + 1


def read_state(root: Path, kind: EntryKind, path: str) -> FileState:
    """Read a file.

    Args:
        root: The project folder.
        kind: What the file is.
        path: From the project folder, with slashes.

    Returns:
        What it says.

    Raises:
        FileError: It cannot be read, or not as what it is; with line and column where there is one.
    """
    place = root / path
    return parse_state(kind, place, *files.read(place))


def parse_state(kind: EntryKind, place: Path, data: bytes, stamp: Stamp) -> FileState:
    """Make of a file's bytes what they say; see `read_state`."""
    if kind == "posts":
        post = posts.parse_post(place, data, stamp)
        return FileState(post.facts, post.text, post.body, stamp)
    if kind == "scripts":
        script = scripts.parse_script(place, data, stamp)
        return FileState(script.fields, script.text, script.body, stamp)
    sidecar = media.parse_media(place, data, stamp)
    return FileState(sidecar.facts, sidecar.text, "", stamp)


def file_times(kind: EntryKind, state: FileState) -> Set[str]:
    """Tell which facts are only the time of the file, as scripts without dates have them.

    Such a time moves with every checkout; nobody has written it.
    """
    if kind != "scripts":
        return frozenset()
    written = headers.parse(state.text).values
    return {field for field, key in _FILE_TIMES.items() if not written.get(key)}
