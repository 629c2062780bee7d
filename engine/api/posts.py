"""Posts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta

from engine.api.registry import ApiError, reads
from engine.api.session import Session
from engine.api.shapes import POST_FIELDS, Page, Post, PostHit, PostRow, post_data, post_row

if TYPE_CHECKING:
    from store.search import PostFilter

Status = Literal["draft", "published", "archived"]
Names = Annotated[list[str], Meta(max_length=200)]
Count = Annotated[int, Meta(ge=1, le=1000)]


@reads
async def get(session: Session, name: str) -> Post:
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
    tags: Names = [],  # noqa: B006 - never changed; the stub shows it
    categories: Names = [],  # noqa: B006 - likewise
    language: str = "",
    missing_translation: str = "",
    year: int = 0,
    month: Annotated[int, Meta(ge=0, le=12)] = 0,
    since: str = "",
    until: str = "",
    limit: Count = 100,
    offset: Annotated[int, Meta(ge=0)] = 0,
) -> list[PostRow]:
    """List posts without their bodies, the newest first.

    Args:
        status: draft, published or archived.
        tag: A tag they have.
        category: A category they are in.
        tags: Tags they all have.
        categories: Categories they are all in.
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
        status=status,
        tags=[tag, *tags],
        categories=[category, *categories],
        language=language,
        missing_translation=missing_translation,
        year=year,
        month=month,
        since=since,
        until=until,
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
    tags: Names = [],  # noqa: B006 - never changed; the stub shows it
    categories: Names = [],  # noqa: B006 - likewise
    language: str = "",
    missing_translation: str = "",
    year: int = 0,
    month: Annotated[int, Meta(ge=0, le=12)] = 0,
    since: str = "",
    until: str = "",
) -> int:
    """Count posts; the parameters mean what they mean for `list`.

    Example:
        assert app.posts.count() >= app.posts.count(status="published")
    """
    from store import search

    wanted = _filter(
        status=status,
        tags=[tag, *tags],
        categories=[category, *categories],
        language=language,
        missing_translation=missing_translation,
        year=year,
        month=month,
        since=since,
        until=until,
    )
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
    tags: Names = [],  # noqa: B006 - likewise
    categories: Names = [],  # noqa: B006 - likewise
    language: str = "",
    missing_translation: str = "",
    year: int = 0,
    month: Annotated[int, Meta(ge=0, le=12)] = 0,
    since: str = "",
    until: str = "",
) -> Page:
    """Return some posts as rows, and where the next ones begin; `app.posts.iter` uses it.

    Args:
        cursor: "" for the first page, then what the page before gave as `next`.
        limit: How many at most.
        fields: Which ones; all but the body when empty. `body` can be asked for.
        status: As for `list`.
        tag: As for `list`.
        category: As for `list`.
        tags: As for `list`.
        categories: As for `list`.
        language: As for `list`.
        missing_translation: As for `list`.
        year: As for `list`.
        month: As for `list`.
        since: As for `list`.
        until: As for `list`.

    Example:
        titles = [post.title for post in app.posts.iter(fields=["title"])]
        assert len(titles) == app.posts.count()
    """
    from store import search

    names = fields or list(POST_FIELDS)
    for name in names:
        if name not in POST_FIELDS and name != "body":
            raise ApiError(f"posts.iter(): there is no field {name[:80]!r}")
    wanted = _filter(
        status=status,
        tags=[tag, *tags],
        categories=[category, *categories],
        language=language,
        missing_translation=missing_translation,
        year=year,
        month=month,
        since=since,
        until=until,
    )
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
) -> list[PostHit]:
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
    from store.search import PostFilter, facts_of

    wanted = _filter(status=status, tags=[tag], categories=[category], language=language)
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


def _filter(
    *, status: str | None, tags: Sequence[str], categories: Sequence[str], **others: Any
) -> PostFilter:
    from store.search import PostFilter

    return PostFilter(
        status=status or "",
        tags=tuple(filter(None, tags)),
        categories=tuple(filter(None, categories)),
        **others,
    )
