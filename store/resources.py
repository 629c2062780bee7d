"""Hands out the files that come with Inkstand: the default scripts and the demo.

Reading them is all it does; what is copied where must never enter.
"""

from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable


def default_scripts() -> Traversable:
    """Give the folder that holds the default scripts and, in `demo`, the demo project."""
    return files("default_scripts")


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
