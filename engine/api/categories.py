"""Categories of posts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.api.registry import reads, writes
from engine.api.session import Session
from engine.api.shapes import Category, shaped

if TYPE_CHECKING:
    from store.categories import Setting


@reads
async def list_(session: Session) -> list[Category]:
    """List the project's categories by name, with how many posts are in them.

    Example:
        for category in app.categories.list():
            print(category.name, category.posts)
    """
    listing = await session.workspace.tags.categories()
    return [shaped(Category, one.category, posts=one.posts) for one in listing.categories]


@writes
async def add(session: Session, name: str) -> Category:
    """Add a category.

    Args:
        name: In lower case.

    Example:
        assert app.categories.add("sketch").name == "sketch"
    """
    await session.workspace.tags.add_category(name)
    return await _found(session, name)


@writes
async def update(
    session: Session,
    name: str,
    *,
    title: str | None = None,
    render_in_lists: bool | None = None,
    show_title: bool | None = None,
    post_template_slug: str | None = None,
    list_template_slug: str | None = None,
) -> Category:
    """Change how a category is shown; what is not given stays.

    Args:
        name: The category.
        title: What people read.
        render_in_lists: Whether lists hold its posts.
        show_title: Whether its posts have their titles shown.
        post_template_slug: The template of its posts; "" for the usual one.
        list_template_slug: The template of its lists; "" for the usual one.

    Example:
        assert app.categories.update("article", title="Articles").title == "Articles"
    """
    given: dict[Setting, str | bool | None] = {
        "title": title,
        "render_in_lists": render_in_lists,
        "show_title": show_title,
        "post_template_slug": post_template_slug,
        "list_template_slug": list_template_slug,
    }
    changes = {key: value for key, value in given.items() if value is not None}
    await session.workspace.tags.change_category(name, changes)
    return await _found(session, name)


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


async def _found(session: Session, name: str) -> Category:
    wanted = name.strip().casefold()
    return next(one for one in await list_(session) if one["name"].casefold() == wanted)
