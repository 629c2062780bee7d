"""Posts in relation to each other: links, months, slugs."""

from __future__ import annotations

from engine.api.registry import reads
from engine.api.session import Session
from engine.api.shapes import Month, PostRow, post_row

NAMESPACE = "posts"


@reads
async def linked_by(session: Session, name: str) -> list[PostRow]:
    """List the posts that link to a post.

    Args:
        name: The post's id or slug.

    Example:
        print(len(app.posts.linked_by("hello")), "posts link there")
    """
    from store import link_graph

    post = await session.workspace.posts.get(name)
    rows = await session.workspace.catalog.question(
        lambda index: link_graph.linked_by(index, post.facts.slug)
    )
    return [post_row(row.path, row.facts, row.languages) for row in rows]


@reads
async def links_to(session: Session, name: str) -> list[PostRow]:
    """List the posts that a post links to.

    Args:
        name: The post's id or slug.

    Example:
        print([post.slug for post in app.posts.links_to("hello")])
    """
    from store import link_graph

    workspace = session.workspace
    post = await workspace.posts.get(name)
    path = post.path.relative_to(workspace.project.root).as_posix()
    rows, _ = await workspace.catalog.question(lambda index: link_graph.links_of(index, path))
    return [post_row(row.path, row.facts, row.languages) for row in rows]


@reads
async def months(session: Session) -> list[Month]:
    """Count the posts of each month, the newest first.

    Example:
        for month in app.posts.months():
            print(month.month, month.posts)
    """
    from store import post_counts

    await session.workspace.catalog.see_content()
    found = await session.workspace.catalog.question(post_counts.months)
    return [{"month": one.name, "posts": one.posts} for one in found]


@reads
async def is_slug_free(session: Session, slug: str, *, exclude: str = "") -> bool:
    """Tell whether a post could have a slug; what is no slug is never free.

    Args:
        slug: Small letters, digits and `-`.
        exclude: The id or slug of a post that may have it already.

    Example:
        assert not app.posts.is_slug_free("hello")
        assert app.posts.is_slug_free("hello", exclude="hello")
    """
    from store.slugs import post_slug

    if slug != post_slug(slug):
        return False
    return slug not in {one.casefold() for one in await _taken(session, slug, exclude)}


@reads
async def free_slug(session: Session, title: str, *, exclude: str = "") -> str:
    """Make a slug from a title that no other post has: with a number when it is taken.

    Args:
        title: What people read.
        exclude: The id or slug of a post that may have it already.

    Example:
        assert app.posts.free_slug("Hello!") == "hello-2"
    """
    from store.slugs import post_slug, unique_slug

    wanted = post_slug(title)
    return unique_slug(wanted, await _taken(session, wanted, exclude), "-")


async def _taken(session: Session, slug: str, exclude: str) -> set[str]:
    from store.post_slugs import taken_slugs

    catalog = session.workspace.catalog
    await catalog.see_content()
    own = await catalog.find_post(exclude) if exclude else None
    return await catalog.question(
        lambda index: taken_slugs(index, slug, "" if own is None else own.path)
    )
