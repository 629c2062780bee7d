"""Tags of posts and media."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from engine.api.registry import reads, writes
from engine.api.session import Session
from engine.api.shapes import Data, facts_data

Names = Annotated[list[str], Meta(min_length=1, max_length=200)]


@reads
async def list_(session: Session) -> list[Data]:
    """List all tags by name, with how many posts and media carry them.

    Example:
        for tag in app.tags.list():
            print(tag.name, tag.posts)
    """
    listing = await session.workspace.tags.listing()
    return [facts_data(tag) for tag in listing.tags]


@writes
async def create(session: Session, name: str, *, color: str = "") -> Data:
    """List a new tag, before any post has it.

    Args:
        name: In lower case.
        color: `#rgb` or `#rrggbb`.

    Example:
        assert app.tags.create("sepia", color="#752").name == "sepia"
    """
    return facts_data(await session.workspace.tags.create(name, color=color))


@writes
async def rename(session: Session, old: str, new: str) -> Data:
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
async def merge(session: Session, sources: Names, target: str) -> Data:
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
async def delete(session: Session, name: str) -> Data:
    """Take a tag away wherever it is carried.

    Args:
        name: The tag.

    Example:
        app.posts.update("hello", tags=["unwanted"])
        assert app.tags.delete("unwanted").posts_updated == 1
    """
    return _told(await session.workspace.tags.delete(name))


def _told(report: object) -> Data:
    posts = getattr(report, "posts_updated", 0)
    failures = [[str(part) for part in one] for one in getattr(report, "failures", ())]
    return {"posts_updated": posts, "failures": failures}
