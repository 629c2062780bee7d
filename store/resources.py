"""Hands out the files that come with Inkstand: the default scripts and the demo.

Reading them is all it does; what is copied where must never enter.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import default_scripts as package

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


def default_scripts() -> Traversable:
    """Give the folder that holds the default scripts and, in `demo`, the demo project."""
    folder = Path(*package.__path__[:1])
    if folder.is_dir():
        return folder
    # An archive. Importing what can read it costs every `inkstand run` 12 ms.
    from importlib.resources import files

    return files(package)


def default_script_files() -> list[Traversable]:
    """List the default scripts, in the order of their names."""
    return sorted(
        (
            entry
            for entry in default_scripts().iterdir()
            if entry.name.endswith(".py") and entry.name != "__init__.py" and entry.is_file()
        ),
        key=lambda entry: entry.name,
    )


def tree(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, Traversable]]:
    """List the files below a folder.

    Args:
        folder: Where to begin.
        prefix: What to put in front of the paths.

    Yields:
        The path from `folder`, with slashes, and the file; in the order of the names.
    """
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name == "__pycache__" or entry.name.endswith((".pyc", ".pyo")):
            continue
        if entry.is_dir():
            yield from tree(entry, f"{prefix}{entry.name}/")
        else:
            yield prefix + entry.name, entry
