"""All functions of the API, as one registry."""

from __future__ import annotations

from functools import cache

from engine.api import (
    buffers,
    categories,
    git,
    media,
    output,
    posts,
    project,
    scripts,
    tags,
    tasks,
    ui,
)
from engine.api.registry import Registry


@cache
def registry() -> Registry:
    """Return the registry; made once, it never changes."""
    return Registry(
        [project, posts, media, scripts, tags, categories, tasks, git, output, buffers, ui]
    )
