"""Media: images and other files, with their texts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, Any

import anyio
from msgspec import Meta

from engine.api.registry import ApiError, reads, writes
from engine.api.session import Session
from engine.api.shapes import MEDIA_FIELDS, Media, MediaHit, Page, PostRow, media_row, post_row
from store.file_errors import FileError, in_words

if TYPE_CHECKING:
    from store.facts import MediaFacts

Names = Annotated[list[str], Meta(max_length=200)]
Count = Annotated[int, Meta(ge=1, le=1000)]


@reads
async def get(session: Session, media_id: str) -> Media:
    """Return what is known of a media file.

    Args:
        media_id: Its id.

    Raises:
        LookupError: There is none.

    Example:
        first = app.media.list(limit=1)[0]
        assert app.media.get(first.id).path == first.path
    """
    path, facts = await found_media(session, media_id)
    return media_row(path, facts)


@reads
async def list_(
    session: Session,
    *,
    tag: str = "",
    tags: Names = [],  # noqa: B006 - never changed; the stub shows it
    mime_type: str = "",
    year: int = 0,
    month: Annotated[int, Meta(ge=0, le=12)] = 0,
    limit: Count = 100,
    offset: Annotated[int, Meta(ge=0)] = 0,
) -> list[Media]:
    """List media, the newest first.

    Args:
        tag: A tag they have.
        tags: Tags they all have.
        mime_type: Its beginning: `image/` for all images.
        year: Of their creation.
        month: With a year.
        limit: How many at most.
        offset: How many to leave out first.

    Example:
        for image in app.media.list(mime_type="image/"):
            print(image.url, image.width, image.height)
    """
    rows = await _listed(session, [tag, *tags], mime_type, year, month)
    return rows[offset : offset + limit]


@reads
async def page(
    session: Session,
    cursor: str,
    limit: Count,
    *,
    fields: Names = [],  # noqa: B006 - never changed; the stub shows it
    tag: str = "",
    mime_type: str = "",
    year: int = 0,
) -> Page:
    """Return some media as rows, and where the next ones begin; `app.media.iter` uses it.

    Args:
        cursor: "" for the first page, then what the page before gave as `next`.
        limit: How many at most.
        fields: Which ones; all when empty.
        tag: As for `list`.
        mime_type: As for `list`.
        year: As for `list`.

    Example:
        assert [one.url for one in app.media.iter(fields=["url"])]
    """
    names = fields or list(MEDIA_FIELDS)
    for name in names:
        if name not in MEDIA_FIELDS:
            raise ApiError(f"media.iter(): there is no field {name[:80]!r}")
    if cursor and not cursor.isdecimal():
        raise ApiError("media.page(): cursor: it is none of ours")
    offset = int(cursor or 0)
    found = (await _listed(session, [tag], mime_type, year, 0))[offset : offset + limit]
    following = str(offset + limit) if len(found) == limit else ""
    rows: list[dict[str, Any]] = [{**row} for row in found]
    return {
        "fields": names,
        "rows": [[row[name] for name in names] for row in rows],
        "next": following,
    }


@reads
async def search(session: Session, query: str, *, limit: Count = 50) -> list[MediaHit]:
    """Find media by the words of their texts and names, the best first.

    Args:
        query: Words that all have to occur.
        limit: How many at most.

    Example:
        for hit in app.media.search("harbour"):
            print(hit.path, hit.title)
    """
    await session.workspace.catalog.see_content()
    hits = await session.workspace.catalog.search(query, ["media"], limit=limit)
    ids = {path: facts.id for path, facts in await session.workspace.catalog.media()}
    return [
        {
            "id": ids.get(hit.path, ""),
            "path": hit.path.removesuffix(".meta"),
            "title": hit.title,
        }
        for hit in hits
    ]


@reads
async def posts(session: Session, media_id: str) -> list[PostRow]:
    """List the posts that show or link a media file.

    Args:
        media_id: Its id.

    Example:
        first = app.media.list(limit=1)[0]
        print(len(app.media.posts(first.id)), "posts use it")
    """
    from store import link_graph

    path, _ = await found_media(session, media_id)
    binary = path.removesuffix(".meta")
    rows = await session.workspace.catalog.question(
        lambda index: link_graph.posts_with_media(index, binary)
    )
    return [post_row(row.path, row.facts, row.languages) for row in rows]


@writes
async def create(
    session: Session,
    file_name: str,
    data: bytes,
    *,
    title: str = "",
    alt: str = "",
    caption: str = "",
    author: str = "",
    tags: Names = [],  # noqa: B006 - never changed; the stub shows it
) -> Media:
    """Add a file with its sidecar.

    Args:
        file_name: Its original name, with the ending that says what it is.
        data: The file's bytes; up to 2 MB in one call.
        title: What people read.
        alt: What it shows, for who cannot see it.
        caption: What stands below it.
        author: Who made it.
        tags: Its tags.

    Example:
        image = b"GIF89a\\x01\\x00\\x01\\x00\\x00\\x00\\x00;"
        added = app.media.create("dot.gif", image, alt="a dot")
        assert added.mime_type == "image/gif"
    """
    name = _checked_name("create", file_name)
    async with _handed_over(name, file_name, data) as source:
        medium = await session.workspace.media.import_file(
            source, title=title, alt=alt, caption=caption, author=author, tags=tags
        )
    return media_row(_relative(session, medium.path), medium.facts)


@writes
async def update(
    session: Session,
    media_id: str,
    *,
    title: str | None = None,
    alt: str | None = None,
    caption: str | None = None,
    author: str | None = None,
    tags: Names | None = None,
) -> Media:
    """Change a media file's texts; what is not given stays.

    Args:
        media_id: Its id.
        title: What people read.
        alt: What it shows.
        caption: What stands below it.
        author: Who made it.
        tags: All its tags.

    Example:
        first = app.media.list(limit=1)[0]
        assert app.media.update(first.id, alt="A jetty").alt == "A jetty"
    """
    path, _ = await found_media(session, media_id)
    medium = await session.workspace.media.load(path)
    given: dict[str, Any] = {
        "title": title,
        "alt": alt,
        "caption": caption,
        "author": author,
        "tags": tags,
    }
    changes = {name: value for name, value in given.items() if value is not None}
    updated = await session.workspace.media.update(medium, changes)
    return media_row(path, updated.facts)


@writes
async def replace(session: Session, media_id: str, file_name: str, data: bytes) -> Media:
    """Put another file of the same type in the place of a media file's; its address stays.

    Args:
        media_id: Its id.
        file_name: The new file's original name, with its ending.
        data: The new file's bytes; up to 2 MB in one call.

    Example:
        image = b"GIF89a\\x01\\x00\\x01\\x00\\x00\\x00\\x00;"
        added = app.media.create("dot.gif", image)
        wider = image.replace(b"a\\x01", b"a\\x02")
        assert app.media.replace(added.id, "wider.gif", wider).width == 2
    """
    path, _ = await found_media(session, media_id)
    name = _checked_name("replace", file_name)
    media = session.workspace.media
    async with _handed_over(name, file_name, data) as source:
        replaced = await media.replace_file(await media.load(path), source)
    return media_row(path, replaced.facts)


@writes
async def delete(session: Session, media_id: str) -> bool:
    """Delete a file with its sidecars; the person can bring it back.

    Args:
        media_id: Its id.

    Example:
        last = app.media.list()[-1]
        assert app.media.delete(last.id)
    """
    path, _ = await found_media(session, media_id)
    media = session.workspace.media
    await media.delete(await media.load(path))
    return True


def _checked_name(function: str, file_name: str) -> str:
    name = PurePosixPath(file_name.replace("\\", "/")).name
    if not name or len(name.encode()) > 200 or not PurePosixPath(name).suffix:
        raise ApiError(
            f"media.{function}(): file_name: {file_name[:80]!r} has no ending, such as .png"
        )
    return name


@asynccontextmanager
async def _handed_over(name: str, file_name: str, data: bytes) -> AsyncIterator[Path]:
    """Lay what a script hands over into a file, for as long as it is taken in."""
    async with anyio.TemporaryDirectory(prefix="inkstand-media-") as folder:
        source = Path(folder) / name
        with in_words(Path(file_name), "take in"):
            await anyio.Path(source).write_bytes(data)
        try:
            yield source
        except FileError as error:
            if error.path != source:
                raise
            # Where it lay meanwhile is nothing that the script has named.
            raise FileError(
                Path(file_name), error.reason, error.hint, action=error.action
            ) from error


async def found_media(session: Session, media_id: str) -> tuple[str, MediaFacts]:
    """Return the sidecar's path and the facts of a media file.

    Raises:
        ApiError: There is none, as LookupError.
    """
    await session.workspace.catalog.see_content()
    found = await session.workspace.catalog.find_media(media_id)
    if found is None:
        raise ApiError(f"no media file has the id {media_id[:80]!r}", "LookupError")
    return found


async def _listed(
    session: Session, tags: Sequence[str], mime_type: str, year: int, month: int
) -> list[Media]:
    wanted = {tag.casefold() for tag in tags if tag}
    start = f"{year:04}-" + (f"{month:02}-" if month else "") if year else ""
    await session.workspace.catalog.see_content()
    own = [
        (path, facts)
        for path, facts in await session.workspace.catalog.media()
        if not facts.translation_for
        and facts.created_at.startswith(start)
        and facts.mime_type.startswith(mime_type)
        and wanted <= {one.casefold() for one in facts.tags}
    ]
    own.sort(key=lambda one: (one[1].created_at, one[0]), reverse=True)
    return [media_row(path, facts) for path, facts in own]


def _relative(session: Session, path: Path) -> str:
    return path.relative_to(session.workspace.project.root).as_posix()
