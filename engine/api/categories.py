"""Categories of posts."""

from __future__ import annotations

from engine.api.registry import reads, writes
from engine.api.session import Session
from engine.api.shapes import Data, facts_data


@reads
async def list_(session: Session) -> list[Data]:
    """List the project's categories by name, with how many posts are in them.

    Example:
        for category in app.categories.list():
            print(category.name, category.posts)
    """
    listing = await session.workspace.tags.categories()
    return [{**facts_data(one.category), "posts": one.posts} for one in listing.categories]


@writes
async def add(session: Session, name: str) -> Data:
    """Add a category.

    Args:
        name: In lower case.

    Example:
        assert app.categories.add("sketch").name == "sketch"
    """
    return facts_data(await session.workspace.tags.add_category(name))


@writes
async def remove(session: Session, name: str) -> bool:
    """Take a category out of the project's list; posts keep theirs.

    Args:
        name: One that is not protected.

    Example:
        app.categories.add("sketch")
        assert app.categories.remove("sketch")
    """
    await session.workspace.tags.remove_category(name)
    return True
