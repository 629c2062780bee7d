"""The posts of the plan's host: `bds.posts`, made of the host's functions."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from engine.child import bds_shapes as shapes
from engine.child.bds_host import Method, given, or_none, project_id, rebuild
from engine.child.bds_shapes import Given, Values
from engine.child.calls import call

_PAGE = 500

_POST_FIELDS = {
    **{name: name for name in ("title", "slug", "tags", "categories", "excerpt", "author")},
    "language": "language",
    "content": "body",
}
_UPDATED_FIELDS = {
    **_POST_FIELDS,
    "doNotTranslate": "do_not_translate",
    "templateSlug": "template_slug",
}
_FILTER = {
    **{name: name for name in ("status", "tags", "categories", "language", "year", "month")},
    "missingTranslationLanguage": "missing_translation",
    **{"from": "since", "startDate": "since", "to": "until", "endDate": "until"},
}
_ROW_FIELDS = (
    *("id", "title", "slug", "status", "language", "tags", "categories", "created_at"),
    *("updated_at", "published_at", "excerpt", "author", "do_not_translate", "template_slug"),
    *("languages", "body"),
)


def _post(found: Any) -> Any:
    return None if found is None else shapes.post_data(found, project_id())


def _posts(limit: int | None = None, offset: int = 0, **wanted: Any) -> list[Values]:
    """List posts with their bodies, the newest first, fetched in pages."""

    def rows() -> Iterator[Values]:
        cursor = ""
        while True:
            page = call("posts.page", cursor, _PAGE, fields=list(_ROW_FIELDS), **wanted)
            for row in page["rows"]:
                yield dict(zip(page["fields"], row, strict=True))
            cursor = page["next"]
            if not cursor:
                return

    end = None if limit is None else offset + limit
    own_id = project_id()
    return [shapes.post_data(row, own_id) for row in islice(rows(), offset, end)]


def _get_all_posts(options: Given | None = None) -> Values:
    options = options or {}
    limit, offset = max(int(options.get("limit", 500)), 0), max(int(options.get("offset", 0)), 0)
    total = call("posts.count")
    items = _posts(limit, offset)
    return {"items": items, "hasMore": offset + len(items) < total, "total": total}


def _create_post(data: Given) -> Any:
    fields = given(data, _POST_FIELDS)
    return _post(call("posts.create", fields.pop("title", ""), **fields))


def _search_posts(query: str) -> list[Values]:
    return [
        {"id": hit["id"], "title": hit["title"], "slug": hit["slug"], "excerpt": hit["snippet"]}
        for hit in call("posts.search", query)
        if hit["id"]
    ]


def _linked(function: str, post_id: str) -> list[Values]:
    return [
        {"id": row["id"], "title": row["title"], "slug": row["slug"]}
        for row in or_none(function, post_id) or ()
    ]


def _stats() -> Values:
    stats = call("project.stats")
    return {
        "totalPosts": stats["posts"],
        "draftCount": stats["drafts"],
        "publishedCount": stats["published"],
        "archivedCount": stats["archived"],
    }


def _translation(found: Any) -> Any:
    return None if found is None else shapes.translation_data(found, project_id())


def _translations(post_id: str) -> list[Values]:
    return [
        shapes.translation_data(one, project_id())
        for one in or_none("posts.translations", post_id) or ()
    ]


def _counts(function: str, key: str) -> list[Values]:
    used = [one for one in call(function) if one["posts"]]
    return [{key: one["name"], "count": one["posts"]} for one in used]


def _used(function: str) -> list[str]:
    return [one["name"] for one in call(function) if one["posts"]]


_ID, _POST, _LANGUAGE = "id:string", "post_id:string", "language:string"

POSTS: dict[str, Method] = {
    "posts.create": Method(_create_post, "data:object"),
    "posts.update": Method(
        lambda id, data: _post(or_none("posts.update", id, **given(data, _UPDATED_FIELDS))),
        f"{_ID} data:object",
    ),
    "posts.delete": Method(lambda id: bool(or_none("posts.delete", id)), _ID),
    "posts.get": Method(lambda id: _post(or_none("posts.get", id)), _ID),
    "posts.get_by_slug": Method(lambda slug: _post(or_none("posts.get", slug)), "slug:string"),
    "posts.get_all": Method(_get_all_posts, "options:object?"),
    "posts.get_by_status": Method(lambda status: _posts(status=status), "status:string"),
    "posts.publish": Method(lambda id: _post(or_none("posts.publish", id)), _ID),
    "posts.discard": Method(lambda id: _post(or_none("posts.discard", id)), _ID),
    "posts.has_published_version": Method(
        lambda id: bool((or_none("posts.get", id) or {}).get("published_at")), _ID
    ),
    "posts.get_translation": Method(
        lambda post_id, language: _translation(or_none("posts.translation", post_id, language)),
        f"{_POST} {_LANGUAGE}",
    ),
    "posts.get_translations": Method(_translations, _POST),
    "posts.publish_translation": Method(
        lambda post_id, language: _translation(
            or_none("posts.publish_translation", post_id, language)
        ),
        f"{_POST} {_LANGUAGE}",
    ),
    "posts.rebuild_from_files": Method(rebuild),
    "posts.reindex_text": Method(lambda: rebuild(full=True)),
    "posts.search": Method(_search_posts, "query:text"),
    "posts.filter": Method(lambda filter: _posts(**given(filter, _FILTER)), "filter:object"),
    "posts.get_tags": Method(lambda: _used("tags.list")),
    "posts.get_categories": Method(lambda: _used("categories.list")),
    "posts.get_by_year_month": Method(
        lambda: [shapes.month_count(one, "posts") for one in call("posts.months")]
    ),
    "posts.get_dashboard_stats": Method(_stats),
    "posts.get_tags_with_counts": Method(lambda: _counts("tags.list", "tag")),
    "posts.get_categories_with_counts": Method(lambda: _counts("categories.list", "category")),
    "posts.get_links_to": Method(lambda id: _linked("posts.links_to", id), _ID),
    "posts.get_linked_by": Method(lambda id: _linked("posts.linked_by", id), _ID),
    "posts.rebuild_links": Method(lambda: rebuild(full=True)),
    "posts.is_slug_available": Method(
        lambda slug, exclude_post_id=None: call(
            "posts.is_slug_free", slug, exclude=exclude_post_id or ""
        ),
        "slug:string exclude_post_id:string-or-null?",
    ),
    "posts.generate_unique_slug": Method(
        lambda title, exclude_post_id=None: call(
            "posts.free_slug", title, exclude=exclude_post_id or ""
        ),
        "title:string exclude_post_id:string-or-null?",
    ),
}
"""By the names that scripts use."""
