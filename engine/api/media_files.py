"""Media as files of the project, and what they have in common."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import anyio.to_thread
from msgspec import Meta

from engine.api.media import found_media
from engine.api.registry import ApiError, reads, writes
from engine.api.session import Session
from engine.api.shapes import Media, MediaMonth, MediaTag, MediaTranslation, media_row, shaped

NAMESPACE = "media"

Names = Annotated[list[str], Meta(max_length=200)]


@reads
async def months(session: Session) -> list[MediaMonth]:
    """Count the media of each month, the newest first.

    Example:
        for month in app.media.months():
            print(month.month, month.media)
    """
    await session.workspace.catalog.see_content()
    found = Counter(
        facts.created_at[:7]
        for _, facts in await session.workspace.catalog.media()
        if facts.created_at and not facts.translation_for
    )
    return [{"month": month, "media": found[month]} for month in sorted(found, reverse=True)]


@reads
async def tags(session: Session) -> list[MediaTag]:
    """List the tags that media carry by name, with by how many.

    Example:
        for tag in app.media.tags():
            print(tag.name, tag.media)
    """
    listing = await session.workspace.tags.listing()
    return [{"name": tag.name, "media": tag.media} for tag in listing.tags if tag.media]


@reads
async def translations(session: Session, media_id: str) -> list[MediaTranslation]:
    """Return a media file's texts in other languages, by language.

    Args:
        media_id: Its id.

    Example:
        first = app.media.list(limit=1)[0]
        print([one.language for one in app.media.translations(first.id)])
    """
    path, _ = await found_media(session, media_id)
    media = session.workspace.media
    found = await media.translations(await media.load(path))
    return [shaped(MediaTranslation, one.facts) for one in found]


@writes
async def import_file(
    session: Session,
    path: str,
    *,
    title: str = "",
    alt: str = "",
    caption: str = "",
    author: str = "",
    language: str = "",
    tags: Names = [],  # noqa: B006 - never changed; the stub shows it
) -> Media:
    """Take a file of the project's folder into its media, with a sidecar; the file stays.

    Args:
        path: From the project's folder. What lies elsewhere a script cannot take in.
        title: What people read.
        alt: What it shows, for who cannot see it.
        caption: What stands below it.
        author: Who made it.
        language: Of the texts, such as `en`.
        tags: Its tags.

    Example:
        first = app.media.list(limit=1)[0]
        copy = app.media.import_file(first.path, title="A copy")
        assert copy.size == first.size and copy.id != first.id
    """
    source = await _source(session, "import_file", path)
    medium = await session.workspace.media.import_file(
        source,
        title=title,
        alt=alt,
        caption=caption,
        author=author,
        language=language,
        tags=tags,
    )
    return media_row(session.workspace.relative(medium.path), medium.facts)


@writes
async def replace_file(session: Session, media_id: str, path: str) -> Media:
    """Put a copy of a file of the project in the place of a media file's; its address stays.

    Args:
        media_id: Its id.
        path: From the project's folder; a file of the same type.

    Example:
        one, other = app.media.list(mime_type="image/png", limit=2)
        assert app.media.replace_file(one.id, other.path).size == other.size
    """
    sidecar, _ = await found_media(session, media_id)
    source = await _source(session, "replace_file", path)
    media = session.workspace.media
    replaced = await media.replace_file(await media.load(sidecar), source)
    return media_row(sidecar, replaced.facts)


async def _source(session: Session, function: str, path: str) -> Path:
    """Return the file that a script names: the host reads it, which may read more than scripts.

    Raises:
        ApiError: It lies outside of the project, or where git and others keep their own.
    """
    root = session.workspace.project.root

    def resolve() -> Path:
        return (root / path).resolve()

    if "\0" in path:
        raise ApiError(f"media.{function}(): path: a file's name has no null byte")
    found = await anyio.to_thread.run_sync(resolve)
    if not found.is_relative_to(root):
        raise ApiError(
            f"media.{function}(): {path[:200]!r} lies outside of the project; "
            "put the file into its folder first",
            "PermissionError",
        )
    if any(part.startswith(".") for part in found.relative_to(root).parts):
        raise ApiError(
            f"media.{function}(): {path[:200]!r} is hidden, and hidden files are not media",
            "PermissionError",
        )
    return found
