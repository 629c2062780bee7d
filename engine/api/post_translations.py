"""Posts in other languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.api.registry import ApiError, reads, writes
from engine.api.session import Session
from engine.api.shapes import Translation, translation_data

if TYPE_CHECKING:
    from store.posts import Post

NAMESPACE = "posts"


@reads
async def translations(session: Session, name: str) -> list[Translation]:
    """Return the translations of a post, by language.

    Args:
        name: The post's id or slug.

    Example:
        for one in app.posts.translations("hello"):
            print(one.language, one.title)
    """
    posts = session.workspace.posts
    post = await posts.get(name)
    root = session.workspace.project.root
    return [translation_data(root, one, post) for one in await posts.translations(post)]


@reads
async def translation(session: Session, name: str, language: str) -> Translation:
    """Return a post's text in another language.

    Args:
        name: The post's id or slug.
        language: Such as `de`.

    Raises:
        LookupError: There is no such post, or it is not translated to that.

    Example:
        app.posts.create_translation("hello", "it", "Ciao", body="Ciao a tutti.")
        assert app.posts.translation("hello", "it").title == "Ciao"
    """
    post, found = await _found(session, name, language)
    return translation_data(session.workspace.project.root, found, post)


@writes
async def create_translation(
    session: Session, name: str, language: str, title: str, *, body: str, excerpt: str = ""
) -> Translation:
    """Write a post in another language.

    Args:
        name: The post's id or slug.
        language: Such as `de`.
        title: The title in that language.
        body: The text in that language.
        excerpt: A short text for lists.

    Example:
        one = app.posts.create_translation("hello", "it", "Ciao", body="Ciao a tutti.")
        assert one.language == "it"
    """
    workspace = session.workspace
    post = await workspace.posts.get(name)
    made = await workspace.posts.create_translation(
        post, language, title=title, body=body, excerpt=excerpt
    )
    return translation_data(workspace.project.root, made, post)


@writes
async def update_translation(
    session: Session,
    name: str,
    language: str,
    *,
    title: str | None = None,
    body: str | None = None,
    excerpt: str | None = None,
) -> Translation:
    """Change a post's text in another language; what is not given stays.

    Args:
        name: The post's id or slug.
        language: Such as `de`.
        title: The new title.
        body: The new text.
        excerpt: A short text for lists.

    Example:
        app.posts.create_translation("hello", "it", "Ciao", body="Ciao a tutti.")
        assert app.posts.update_translation("hello", "it", title="Salve").title == "Salve"
    """
    post, found = await _found(session, name, language)
    changes = {
        field: value
        for field, value in (("title", title), ("excerpt", excerpt))
        if value is not None
    }
    updated = await session.workspace.posts.update(found, changes, body=body)
    return translation_data(session.workspace.project.root, updated, post)


@writes
async def publish_translation(session: Session, name: str, language: str) -> Translation:
    """Publish one translation; one without a status of its own has that of its post.

    Args:
        name: The post's id or slug.
        language: Such as `de`.

    Example:
        app.posts.create_translation("hello", "it", "Ciao", body="Ciao a tutti.")
        assert app.posts.publish_translation("hello", "it").status == "published"
    """
    post, found = await _found(session, name, language)
    published = await session.workspace.posts.publish(found)
    return translation_data(session.workspace.project.root, published, post)


@writes
async def delete_translation(session: Session, name: str, language: str) -> bool:
    """Delete one translation; the person can bring it back.

    Args:
        name: The post's id or slug.
        language: Such as `de`.

    Example:
        app.posts.create_translation("hello", "it", "Ciao", body="Ciao a tutti.")
        assert app.posts.delete_translation("hello", "it")
    """
    _, found = await _found(session, name, language)
    await session.workspace.posts.delete(found)
    return True


async def _found(session: Session, name: str, language: str) -> tuple[Post, Post]:
    posts = session.workspace.posts
    post = await posts.get(name)
    for one in await posts.translations(post):
        if one.facts.language.casefold() == language.casefold():
            return post, one
    raise ApiError(f"{post.facts.slug!r} is not translated to {language[:80]!r}", "LookupError")
