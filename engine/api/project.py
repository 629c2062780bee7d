"""The project itself."""

from __future__ import annotations

from engine.api.registry import reads
from engine.api.session import Session
from engine.api.shapes import Data


@reads
async def get(session: Session) -> Data:
    """Return the project's name, language, author and address.

    Example:
        print(app.project.get().name)
    """
    project = session.workspace.project
    settings = project.settings

    def text(key: str) -> str:
        value = settings.get(key)
        return value if isinstance(value, str) else ""

    languages = settings.get("blogLanguages")
    return {
        "id": project.id,
        "name": project.name,
        "description": text("description"),
        "language": text("mainLanguage") or "en",
        "languages": [one for one in languages if isinstance(one, str)]
        if isinstance(languages, list)
        else [],
        "author": text("defaultAuthor"),
        "public_url": text("publicUrl"),
    }


@reads
async def stats(session: Session) -> Data:
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
