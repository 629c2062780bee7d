"""What there is to know about a project's data: where it lies, how much it is, what is wrong.

Reading entries must never enter: the catalog has them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import anyio.to_thread

from store.project import Project

if TYPE_CHECKING:
    from engine.catalog import Catalog
    from store.index import Counts, Problem


@dataclass(frozen=True, slots=True)
class DataFacts:
    """A project's data, as the index has it now."""

    folder: Path
    index: Path
    index_bytes: int
    """What it takes on the disk, all of its files together; 0 when it lives in memory."""
    counts: Counts
    problems: Sequence[Problem]
    """What is wrong with entries."""


async def data_facts(project: Project, catalog: Catalog) -> DataFacts:
    """Find out about a project's data.

    Raises:
        ClosedResourceError: The project is closed.
    """
    counts, problems = await catalog.counts(), await catalog.problems()
    path, size = await anyio.to_thread.run_sync(_measure, project)
    return DataFacts(project.root, path, size, counts, problems)


def _measure(project: Project) -> tuple[Path, int]:
    path = project.index_path
    size = 0
    for suffix in ("", "-wal", "-shm"):
        try:
            size += path.with_name(path.name + suffix).stat().st_size
        except OSError:  # none there just now
            continue
    return path, size
