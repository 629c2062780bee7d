"""Posts: made, changed, published, deleted."""

from __future__ import annotations

from typing import Annotated, Any

import anyio.to_thread
from msgspec import Meta

from engine.api.registry import ApiError, writes
from engine.api.session import Session
from engine.api.shapes import Post, post_data

NAMESPACE = "posts"

Names = Annotated[list[str], Meta(max_length=200)]


@writes
async def create(
    session: Session,
    title: str,
    *,
    body: str = "",
    slug: str = "",
    tags: Names = [],  # noqa: B006 - never changed; the stub shows it
    categories: Names = [],  # noqa: B006 - likewise
    excerpt: str = "",
    author: str = "",
    language: str = "",
) -> Post:
    """Make a draft.

    Args:
        title: What people read.
        body: Markdown.
        slug: Its name in addresses; made from the title when empty.
        tags: Its tags.
        categories: Its categories.
        excerpt: A short text for lists.
        author: The project's default author when empty.
        language: Such as `en`.

    Example:
        post = app.posts.create("A walk in the rain", body="It rained.", tags=["weather"])
        assert post.status == "draft"
    """
    workspace = session.workspace
    post = await workspace.posts.create(
        title,
        body=body,
        slug=slug or None,
        tags=tags,
        categories=categories,
        excerpt=excerpt,
        author=author,
        language=language,
    )
    return post_data(workspace.project.root, post)


@writes
async def update(
    session: Session,
    name: str,
    *,
    title: str | None = None,
    body: str | None = None,
    slug: str | None = None,
    tags: Names | None = None,
    categories: Names | None = None,
    excerpt: str | None = None,
    author: str | None = None,
    language: str | None = None,
    do_not_translate: bool | None = None,
    template_slug: str | None = None,
) -> Post:
    """Change a post; what is not given stays. Only the lines that change are written.

    Args:
        name: Its id or slug.
        title: The new title.
        body: The new text.
        slug: The new slug, of a post that was never published; else see `rename`.
        tags: All its tags.
        categories: All its categories.
        excerpt: A short text for lists.
        author: Who wrote it.
        language: Such as `en`.
        do_not_translate: Whether it is meant to stay in its own language.
        template_slug: The template that its page is made with; "" for the usual one.

    Example:
        post = app.posts.update("hello", tags=["greeting", "first"])
        assert "greeting" in post.tags
    """
    workspace = session.workspace
    post = await workspace.posts.get(name)
    given: dict[str, Any] = {
        "title": title,
        "slug": slug,
        "tags": tags,
        "categories": categories,
        "excerpt": excerpt,
        "author": author,
        "language": language,
        "do_not_translate": do_not_translate,
        "template_slug": template_slug,
    }
    changes = {field: value for field, value in given.items() if value is not None}
    updated = await workspace.posts.update(post, changes, body=body)
    return post_data(workspace.project.root, updated)


@writes
async def rename(session: Session, name: str, slug: str) -> Post:
    """Give a post another slug, also one that was published: links to the old one lead nowhere.

    Args:
        name: Its id or slug.
        slug: The new slug.

    Example:
        assert app.posts.rename("hello", "good-morning").slug == "good-morning"
    """
    workspace = session.workspace
    renamed = await workspace.posts.rename(await workspace.posts.get(name), slug)
    return post_data(workspace.project.root, renamed)


@writes
async def publish(session: Session, name: str) -> Post:
    """Publish a post and its translations.

    Args:
        name: Its id or slug.

    Example:
        assert app.posts.publish("hello").status == "published"
    """
    return await _with(session, name, "publish")


@writes
async def unpublish(session: Session, name: str) -> Post:
    """Make a post a draft again.

    Args:
        name: Its id or slug.

    Example:
        assert app.posts.unpublish("hello").status == "draft"
    """
    return await _with(session, name, "unpublish")


@writes
async def archive(session: Session, name: str) -> Post:
    """Put a post into the archive.

    Args:
        name: Its id or slug.

    Example:
        assert app.posts.archive("hello").status == "archived"
    """
    return await _with(session, name, "archive")


@writes
async def unarchive(session: Session, name: str) -> Post:
    """Take a post out of the archive: published if it ever was, else a draft.

    Args:
        name: Its id or slug.

    Example:
        app.posts.archive("hello")
        assert app.posts.unarchive("hello").status != "archived"
    """
    return await _with(session, name, "unarchive")


@writes
async def discard(session: Session, name: str) -> Post:
    """Put a post back to what git's last commit has of its file; its translations stay.

    Args:
        name: Its id or slug.

    Raises:
        LookupError: The last commit has no such file.

    Example:
        app.git.commit("Before the change")
        app.posts.update("hello", title="Changed")
        assert app.posts.discard("hello").title == "Hello"
    """
    from store import files, posts
    from store.git.command import read

    workspace = session.workspace
    root = workspace.project.root
    post = await workspace.posts.get(name)
    path = workspace.relative(post.path)
    answer = await read(root, "cat-file", "blob", f"HEAD:./{path}")
    if answer.code != 0:
        raise ApiError(f"posts.discard(): git's last commit has no {path}", "LookupError")
    if answer.is_cut:
        raise ApiError(f"posts.discard(): {path} is too large in git's last commit", "OSError")
    posts.parse_post(post.path, answer.output, post.stamp)  # what is no post stays in git
    if answer.output != post.source:

        def write() -> None:
            files.write(post.path, answer.output, expected=post.stamp)

        await anyio.to_thread.run_sync(write)
        if not session.journal.is_dry:
            await workspace.catalog.files_changed([path])
    return post_data(root, await workspace.posts.read(path))


@writes
async def delete(session: Session, name: str) -> bool:
    """Delete a post with its translations; the person can bring it back.

    Args:
        name: Its id or slug.

    Example:
        app.posts.create("To be deleted")
        assert app.posts.delete("to-be-deleted")
    """
    posts = session.workspace.posts
    await posts.delete(await posts.get(name))
    return True


async def _with(session: Session, name: str, step: str) -> Post:
    workspace = session.workspace
    post = await workspace.posts.get(name)
    changed = await getattr(workspace.posts, step)(post)
    return post_data(workspace.project.root, changed)
