"""The project itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import anyio.to_thread
from msgspec import Meta

from engine.api.registry import ApiError, reads, writes
from engine.api.session import Session
from engine.api.shapes import Project, ProjectPaths, ProjectStats, Rebuilt

_KEYS = {
    "name": "name",
    "description": "description",
    "language": "mainLanguage",
    "languages": "blogLanguages",
    "author": "defaultAuthor",
    "public_url": "publicUrl",
    "posts_per_page": "maxPostsPerPage",
    "bookmark_category": "blogmarkCategory",
}
"""What scripts call the settings of meta/project.json; what fits them knows their registry."""

Languages = Annotated[list[str], Meta(max_length=100)]


@reads
async def get(session: Session) -> Project:
    """Return the project's name, language, author, address and the like.

    Example:
        print(app.project.get().name)
    """
    project = session.workspace.project
    return _shown(project.id, project.name, project.settings)


@reads
async def paths(session: Session) -> ProjectPaths:
    """Return where the project's files and its index lie.

    Example:
        assert app.project.paths().posts.endswith("/posts")
    """
    project = session.workspace.project
    return {
        "root": str(project.root),
        "posts": str(project.posts_dir),
        "media": str(project.media_dir),
        "scripts": str(project.scripts_dir),
        "meta": str(project.meta_dir),
        "index": str(project.index_path),
    }


@reads
async def stats(session: Session) -> ProjectStats:
    """Count scripts, posts by status, and media.

    Example:
        stats = app.project.stats()
        assert stats.posts == stats.drafts + stats.published + stats.archived
    """
    from store import post_counts

    catalog = session.workspace.catalog
    await catalog.see_content()
    counts = await catalog.counts()
    statuses = await catalog.question(post_counts.statuses)
    return {
        "scripts": counts.scripts,
        "posts": counts.posts,
        "media": counts.media,
        "drafts": statuses.get("draft", 0),
        "published": statuses.get("published", 0),
        "archived": statuses.get("archived", 0),
    }


@writes
async def update(
    session: Session,
    *,
    name: str | None = None,
    description: str | None = None,
    language: str | None = None,
    languages: Languages | None = None,
    author: str | None = None,
    public_url: str | None = None,
    posts_per_page: int | None = None,
    bookmark_category: str | None = None,
) -> Project:
    """Change settings of meta/project.json; what is not given stays, as do keys unknown here.

    Args:
        name: What the project is called; "" is its folder's name.
        description: What it is about.
        language: Of posts that name none, such as `en`.
        languages: All that it has posts in.
        author: Who wrote the posts that name nobody.
        public_url: Where the published site is to be found.
        posts_per_page: From 1 to 500.
        bookmark_category: Of posts that are made from bookmarks.

    Example:
        assert app.project.update(author="Mara", posts_per_page=20).author == "Mara"
    """
    from engine.settings.registry import setting
    from store.project_settings import change_project_settings, read_project_settings

    given: dict[str, Any] = {
        "name": name,
        "description": description,
        "language": language,
        "languages": languages,
        "author": author,
        "public_url": public_url,
        "posts_per_page": posts_per_page,
        "bookmark_category": bookmark_category,
    }
    changes: dict[tuple[str, ...], object] = {}
    for parameter, value in given.items():
        if value is not None:
            if problem := setting(f"project.{_KEYS[parameter]}").validate(value):
                raise ApiError(f"project.update(): {parameter} {problem}")
            changes[(_KEYS[parameter],)] = value
    workspace = session.workspace

    def write() -> Any:
        return change_project_settings(read_project_settings(workspace.project), changes)

    file = await anyio.to_thread.run_sync(write)
    project = workspace.project
    if not session.journal.is_dry:  # a dry run reads what it has not written
        await workspace.settings.load()
        project = workspace.project
    return _shown(project.id, str(file.values.get("name") or project.name), file.values)


@writes
async def rebuild(session: Session, *, full: bool = False) -> Rebuilt:
    """Bring the index in line with the files: posts, media, scripts, their words and links.

    Args:
        full: Read every file, not just those whose size or time changed.

    Example:
        print(app.project.rebuild().posts, "posts")
    """
    report = await session.workspace.catalog.rebuild(is_full=full)
    seen = {kind: count.seen for kind, count in report.counts.items()}
    return {
        "scripts": seen.get("scripts", 0),
        "posts": seen.get("posts", 0),
        "media": seen.get("media", 0),
        "unreadable": [one.path for one in report.unreadable],
        "seconds": report.duration_s,
        "was_cancelled": report.was_cancelled,
    }


def _shown(own_id: str, name: str, settings: Mapping[str, object]) -> Project:
    def text(key: str) -> str:
        value = settings.get(key)
        return value if isinstance(value, str) else ""

    languages = settings.get("blogLanguages")
    per_page = settings.get("maxPostsPerPage")
    return {
        "id": own_id,
        "name": name,
        "description": text("description"),
        "language": text("mainLanguage") or "en",
        "languages": [one for one in languages if isinstance(one, str)]
        if isinstance(languages, list)
        else [],
        "author": text("defaultAuthor"),
        "public_url": text("publicUrl"),
        "posts_per_page": min(max(per_page, 1), 500) if type(per_page) is int else 50,
        "bookmark_category": text("blogmarkCategory"),
    }
