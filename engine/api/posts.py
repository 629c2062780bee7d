"""Posts: read, found, written, published."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from engine.api.registry import ApiError, reads, writes
from engine.api.session import Session
from engine.api.shapes import POST_FIELDS, Data, post_data, post_row

Status = Literal["draft", "published", "archived"]
Names = Annotated[list[str], Meta(max_length=200)]
Count = Annotated[int, Meta(ge=1, le=1000)]


@reads
async def get(session: Session, name: str) -> Data:
    """Return a post with its body.

    Args:
        name: Its id or slug.

    Raises:
        LookupError: There is none; the message names close ones.

    Example:
        post = app.posts.get("hello")
        assert post.title and post.body
    """
    workspace = session.workspace
    post = await workspace.posts.get(name)
    row = await workspace.catalog.find_post(post.facts.id)
    return post_data(workspace.project.root, post, row.languages if row else ())


@reads
async def list_(
    session: Session,
    *,
    status: Status | None = None,
    tag: str = "",
    category: str = "",
    language: str = "",
    missing_translation: str = "",
    year: int = 0,
    month: Annotated[int, Meta(ge=0, le=12)] = 0,
    since: str = "",
    until: str = "",
    limit: Count = 100,
    offset: Annotated[int, Meta(ge=0)] = 0,
) -> list[Data]:
    """List posts without their bodies, the newest first.

    Args:
        status: draft, published or archived.
        tag: A tag they have.
        category: A category they are in.
        language: Their own, or one they are translated to.
        missing_translation: A language they are not translated to.
        year: Of their creation.
        month: With a year.
        since: Created at or after this date or time.
        until: Created up to the end of this day, or before this time.
        limit: How many at most.
        offset: How many to leave out first.

    Example:
        for post in app.posts.list(status="published", limit=10):
            print(post.created_at[:10], post.title)
    """
    wanted = _filter(
        status, tag, category, language, missing_translation, year, month, since, until
    )
    await session.workspace.catalog.see_content()
    rows = await session.workspace.catalog.posts_where(wanted, limit=limit, offset=offset)
    return [post_row(row.path, row.facts, row.languages) for row in rows]


@reads
async def count(
    session: Session,
    *,
    status: Status | None = None,
    tag: str = "",
    category: str = "",
    language: str = "",
    year: int = 0,
    month: Annotated[int, Meta(ge=0, le=12)] = 0,
) -> int:
    """Count posts; the parameters mean what they mean for `list`.

    Example:
        assert app.posts.count() >= app.posts.count(status="published")
    """
    from store import search

    wanted = _filter(status, tag, category, language, "", year, month, "", "")
    await session.workspace.catalog.see_content()
    return await session.workspace.catalog.question(lambda index: search.count_posts(index, wanted))


@reads
async def page(
    session: Session,
    cursor: str,
    limit: Count,
    *,
    fields: Names = [],  # noqa: B006 - never changed; the stub shows it
    status: Status | None = None,
    tag: str = "",
    category: str = "",
    language: str = "",
    year: int = 0,
) -> Data:
    """Return some posts as rows, and where the next ones begin; `app.posts.iter` uses it.

    Args:
        cursor: "" for the first page, then what the page before gave as `next`.
        limit: How many at most.
        fields: Which ones; all but the body when empty. `body` can be asked for.
        status: As for `list`.
        tag: As for `list`.
        category: As for `list`.
        language: As for `list`.
        year: As for `list`.

    Example:
        titles = [post.title for post in app.posts.iter(fields=["title"])]
        assert len(titles) == app.posts.count()
    """
    from store import search

    names = fields or list(POST_FIELDS)
    for name in names:
        if name not in POST_FIELDS and name != "body":
            raise ApiError(f"posts.iter(): there is no field {name[:80]!r}")
    wanted = _filter(status, tag, category, language, "", year, 0, "", "")
    await session.workspace.catalog.see_content()
    rows, following = await session.workspace.catalog.question(
        lambda index: search.page_of_posts(index, wanted, names, cursor=cursor, limit=limit)
    )
    return {"fields": names, "rows": rows, "next": following}


@reads
async def search(
    session: Session,
    query: str,
    *,
    tag: str = "",
    category: str = "",
    status: Status | None = None,
    language: str = "",
    limit: Count = 50,
) -> list[Data]:
    """Find posts by words, the best first; accents and letter case do not matter.

    Args:
        query: Words that all have to occur; "several in quotes" next to each other.
        tag: As for `list`.
        category: As for `list`.
        status: As for `list`.
        language: As for `list`.
        limit: How many at most.

    Returns:
        path, id, slug, title and a snippet of the text; a translation has no id of its own.

    Example:
        for hit in app.posts.search("harbour"):
            print(hit.path, hit.snippet)
    """
    wanted = _filter(status, tag, category, language, "", 0, 0, "", "")
    from store.search import PostFilter, facts_of

    await session.workspace.catalog.see_content()
    catalog = session.workspace.catalog
    hits = await catalog.search(
        query, ["posts"], limit=limit, wanted=None if wanted == PostFilter() else wanted
    )
    facts = await catalog.question(lambda index: facts_of(index, [hit.path for hit in hits]))
    return [
        {
            "path": hit.path,
            "id": facts[hit.path].id if hit.path in facts else "",
            "slug": facts[hit.path].slug if hit.path in facts else "",
            "title": hit.title,
            "snippet": hit.snippet.replace("\x02", "").replace("\x03", ""),
        }
        for hit in hits
    ]


@reads
async def translations(session: Session, name: str) -> list[Data]:
    """Return the translations of a post, by language.

    Args:
        name: The post's id or slug.

    Example:
        for one in app.posts.translations("hello"):
            print(one.language, one.title)
    """
    posts = session.workspace.posts
    found = await posts.translations(await posts.get(name))
    return [post_data(session.workspace.project.root, one) for one in found]


@reads
async def linked_by(session: Session, name: str) -> list[Data]:
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
async def links_to(session: Session, name: str) -> list[Data]:
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
async def months(session: Session) -> list[Data]:
    """Count the posts of each month, the newest first.

    Example:
        for month in app.posts.months():
            print(month.month, month.posts)
    """
    from store import post_counts

    await session.workspace.catalog.see_content()
    found = await session.workspace.catalog.question(post_counts.months)
    return [{"month": one.name, "posts": one.posts} for one in found]


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
) -> Data:
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
) -> Data:
    """Change a post; what is not given stays. Only the lines that change are written.

    Args:
        name: Its id or slug.
        title: The new title.
        body: The new text.
        slug: The new slug.
        tags: All its tags.
        categories: All its categories.
        excerpt: A short text for lists.
        author: Who wrote it.
        language: Such as `en`.

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
    }
    changes = {field: value for field, value in given.items() if value is not None}
    updated = await workspace.posts.update(post, changes, body=body)
    return post_data(workspace.project.root, updated)


@writes
async def publish(session: Session, name: str) -> Data:
    """Publish a post and its translations.

    Args:
        name: Its id or slug.

    Example:
        assert app.posts.publish("hello").status == "published"
    """
    return await _with(session, name, "publish")


@writes
async def unpublish(session: Session, name: str) -> Data:
    """Make a post a draft again.

    Args:
        name: Its id or slug.

    Example:
        assert app.posts.unpublish("hello").status == "draft"
    """
    return await _with(session, name, "unpublish")


@writes
async def archive(session: Session, name: str) -> Data:
    """Put a post into the archive.

    Args:
        name: Its id or slug.

    Example:
        assert app.posts.archive("hello").status == "archived"
    """
    return await _with(session, name, "archive")


@writes
async def unarchive(session: Session, name: str) -> Data:
    """Take a post out of the archive: published if it ever was, else a draft.

    Args:
        name: Its id or slug.

    Example:
        app.posts.archive("hello")
        assert app.posts.unarchive("hello").status != "archived"
    """
    return await _with(session, name, "unarchive")


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


@writes
async def create_translation(
    session: Session, name: str, language: str, title: str, *, body: str, excerpt: str = ""
) -> Data:
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
    return post_data(workspace.project.root, made)


async def _with(session: Session, name: str, step: str) -> Data:
    workspace = session.workspace
    post = await workspace.posts.get(name)
    changed = await getattr(workspace.posts, step)(post)
    return post_data(workspace.project.root, changed)


def _filter(
    status: str | None,
    tag: str,
    category: str,
    language: str,
    missing_translation: str,
    year: int,
    month: int,
    since: str,
    until: str,
) -> Any:
    from store.search import PostFilter

    return PostFilter(
        status=status or "",
        tags=(tag,) if tag else (),
        categories=(category,) if category else (),
        language=language,
        missing_translation=missing_translation,
        year=year,
        month=month,
        since=since,
        until=until,
    )
