"""Tags of posts and media."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from engine.api.registry import ApiError, reads, writes
from engine.api.session import Session
from engine.api.shapes import PostRow, Tag, TagChange, TagSync, post_row, shaped

if TYPE_CHECKING:
    from store.tag_changes import TagReport

Names = Annotated[list[str], Meta(min_length=1, max_length=200)]


@reads
async def list_(session: Session) -> list[Tag]:
    """List all tags by name, with how many posts and media carry them.

    Example:
        for tag in app.tags.list():
            print(tag.name, tag.posts)
    """
    listing = await session.workspace.tags.listing()
    return [shaped(Tag, tag) for tag in listing.tags]


@reads
async def get(session: Session, name: str) -> Tag:
    """Return a tag.

    Args:
        name: Whatever its case.

    Raises:
        LookupError: Nothing carries it, and it is not listed.

    Example:
        assert app.tags.get("greeting").posts >= 1
    """
    wanted = name.strip().casefold()
    for tag in await list_(session):
        if tag["name"].casefold() == wanted:
            return tag
    raise ApiError(f"there is no tag {name[:80]!r}", "LookupError")


@reads
async def posts(session: Session, name: str) -> list[PostRow]:
    """List the posts that carry a tag, the newest first.

    Args:
        name: The tag.

    Example:
        assert "hello" in [post.slug for post in app.tags.posts("greeting")]
    """
    from store.search import PostFilter

    catalog = session.workspace.catalog
    await catalog.see_content()
    rows = await catalog.posts_where(PostFilter(tags=(name.strip(),))) if name.strip() else []
    return [post_row(row.path, row.facts, row.languages) for row in rows]


@writes
async def create(session: Session, name: str, *, color: str = "") -> Tag:
    """List a new tag, before any post has it.

    Args:
        name: In lower case.
        color: `#rgb` or `#rrggbb`.

    Example:
        assert app.tags.create("sepia", color="#752").name == "sepia"
    """
    made = await session.workspace.tags.create(name, color=color)
    return await get(session, made.name)


@writes
async def update(
    session: Session,
    name: str,
    *,
    color: str | None = None,
    post_template_slug: str | None = None,
) -> Tag:
    """Change a tag's colour or template; what is not given stays. It is listed then.

    Args:
        name: The tag.
        color: `#rgb` or `#rrggbb`; "" for none.
        post_template_slug: The template of posts that carry it; "" for the usual one.

    Example:
        app.posts.update("hello", tags=["greeting"])
        assert app.tags.update("greeting", color="#0a0").is_listed
    """
    await get(session, name)
    changed = await session.workspace.tags.update(
        name, color=color, post_template_slug=post_template_slug
    )
    return await get(session, changed.name)


@writes
async def rename(session: Session, old: str, new: str) -> TagChange:
    """Give a tag another name wherever it is carried.

    Args:
        old: The tag.
        new: Its new name.

    Example:
        app.posts.update("hello", tags=["greating"])
        assert app.tags.rename("greating", "greeting").posts_updated == 1
    """
    return _told(await session.workspace.tags.rename(old, new))


@writes
async def merge(session: Session, sources: Names, target: str) -> TagChange:
    """Put one tag in the place of others.

    Args:
        sources: The tags that go.
        target: The tag that stays.

    Example:
        app.posts.update("hello", tags=["greeting", "welcome"])
        assert app.tags.merge(["welcome"], "greeting").posts_updated == 1
    """
    return _told(await session.workspace.tags.merge(sources, target))


@writes
async def delete(session: Session, name: str) -> TagChange:
    """Take a tag away wherever it is carried.

    Args:
        name: The tag.

    Example:
        app.posts.update("hello", tags=["unwanted"])
        assert app.tags.delete("unwanted").posts_updated == 1
    """
    return _told(await session.workspace.tags.delete(name))


@writes
async def sync(session: Session) -> TagSync:
    """List the tags that posts carry and meta/tags.json does not have.

    Example:
        app.posts.update("hello", tags=["greeting", "unheard"])
        assert "unheard" in app.tags.sync().added
    """
    carried = [tag for tag in await list_(session) if tag["posts"]]
    missing = [tag["name"] for tag in carried if not tag["is_listed"]]
    added = [(await session.workspace.tags.create(name)).name for name in missing]
    return {"discovered": len(carried), "added": added}


def _told(report: TagReport) -> TagChange:
    return shaped(TagChange, report, failures=[list(one) for one in report.failures])
