"""All functions of the API, as one registry."""

from __future__ import annotations

from functools import cache

from engine.api import (
    buffers,
    categories,
    git,
    media,
    media_files,
    output,
    post_changes,
    post_links,
    post_translations,
    posts,
    project,
    publishing,
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
        [
            *(project, publishing, posts, post_links, post_translations, post_changes),
            *(media, media_files, scripts, tags, categories, tasks, git, output, buffers, ui),
        ]
    )
