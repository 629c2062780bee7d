"""`from bds_api import bds` and `import js`: for scripts that were written for the plan's host.

The same functions of the host as `app`, under the names, with the arguments and in the shapes that
those scripts know: `await bds.posts.get_by_slug("x")` and `js.posts.getBySlug("x")`, keys in camel
case, None where there is nothing. What means nothing in a terminal says so.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from types import ModuleType
from typing import Any

from engine.child.calls import call

VERSION = "1.15.0"
"""Of the contract that is followed."""


class BdsApiError(Exception):
    """A call went wrong; with the host's words."""


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


def _post(data: Mapping[str, Any]) -> dict[str, Any]:
    """Give a post in the shape of `PostData`; texts that are not there are None."""
    optional = ("excerpt", "author", "language", "published_at", "template_slug")
    found = {_camel(key): value for key, value in data.items() if key not in ("path", "languages")}
    found.update({_camel(key): data.get(key) or None for key in optional})
    if "body" in found:
        found["content"] = found.pop("body")
    own = [data["language"]] if data.get("language") else []
    found["availableLanguages"] = own + [one for one in data.get("languages", ()) if one not in own]
    return _in_project(found)


def _media(data: Mapping[str, Any]) -> dict[str, Any]:
    optional = ("title", "alt", "caption", "author", "language", "width", "height")
    found = {_camel(key): value for key, value in data.items() if key not in ("path", "url")}
    found.update({_camel(key): data.get(key) or None for key in optional})
    found["filename"] = str(data["path"]).rpartition("/")[2]
    return _in_project(found)


def _script(data: Mapping[str, Any]) -> dict[str, Any]:
    found = {_camel(key): value for key, value in data.items() if key != "problem"}
    found["filePath"] = found.pop("path")
    if "body" in found:
        found["content"] = found.pop("body")
    return _in_project(found)


def _in_project(data: dict[str, Any]) -> dict[str, Any]:
    return {"projectId": call("project.get")["id"], **data} if "projectId" not in data else data


def _or_none(function: str, *arguments: Any, **named: Any) -> Any:
    try:
        return call(function, *arguments, **named)
    except LookupError:
        return None


def _all_posts(**wanted: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        rows = call("posts.list", limit=1000, offset=len(found), **wanted)
        found += rows
        if len(rows) < 1000:
            return found


def _posts_get(name: str) -> Any:
    found = _or_none("posts.get", name)
    return None if found is None else _post(found)


def _posts_get_all(options: Mapping[str, Any] | None = None) -> dict[str, Any]:
    options = options or {}
    limit, offset = int(options.get("limit", 500)), int(options.get("offset", 0))
    total = call("posts.count")
    rows = call("posts.list", limit=min(max(limit, 1), 1000), offset=max(offset, 0))
    items = [_posts_get(row["id"]) for row in rows]
    return {"items": items, "hasMore": offset + len(items) < total, "total": total}


def _posts_filter(wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
    named: dict[str, Any] = {}
    for theirs, ours in (
        *(("status", "status"), ("language", "language"), ("year", "year"), ("month", "month")),
        *(("missingTranslationLanguage", "missing_translation"), ("from", "since")),
        *(("startDate", "since"), ("to", "until"), ("endDate", "until")),
    ):
        if wanted.get(theirs):
            named[ours] = wanted[theirs]
    tags = [str(one).casefold() for one in wanted.get("tags") or ()]
    categories = [str(one).casefold() for one in wanted.get("categories") or ()]

    def has(row: Mapping[str, Any], key: str, names: list[str]) -> bool:
        own = {str(one).casefold() for one in row[key]}
        return all(name in own for name in names)

    return [
        _post(row)
        for row in _all_posts(**named)
        if has(row, "tags", tags) and has(row, "categories", categories)
    ]


_POST_FIELDS = ("title", "slug", "tags", "categories", "excerpt", "author", "language")


def _post_fields(data: Mapping[str, Any]) -> dict[str, Any]:
    fields = {name: data[name] for name in _POST_FIELDS if data.get(name) is not None}
    if data.get("content") is not None:
        fields["body"] = data["content"]
    return fields


def _posts_create(data: Mapping[str, Any]) -> dict[str, Any]:
    fields = _post_fields(data)
    return _post(call("posts.create", fields.pop("title", ""), **fields))


def _posts_update(name: str, data: Mapping[str, Any]) -> Any:
    found = _or_none("posts.update", name, **_post_fields(data))
    return None if found is None else _post(found)


def _posts_publish(name: str) -> Any:
    found = _or_none("posts.publish", name)
    return None if found is None else _post(found)


def _posts_search(query: str) -> list[dict[str, Any]]:
    return [
        {"id": hit["id"], "title": hit["title"], "slug": hit["slug"], "excerpt": hit["snippet"]}
        for hit in call("posts.search", query)
        if hit["id"]
    ]


def _linked(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": row["id"], "title": row["title"], "slug": row["slug"]}


def _months() -> list[dict[str, int]]:
    return [
        {"year": int(one["month"][:4]), "month": int(one["month"][5:]), "count": one["posts"]}
        for one in call("posts.months")
    ]


def _stats() -> dict[str, int]:
    stats = call("project.stats")
    return {
        "totalPosts": stats["posts"],
        "draftCount": stats["drafts"],
        "publishedCount": stats["published"],
        "archivedCount": stats["archived"],
    }


def _used(function: str) -> list[dict[str, Any]]:
    return [one for one in call(function) if one["posts"]]


def _scripts_update(slug: str, data: Mapping[str, Any]) -> Any:
    fields = {
        name: data[name]
        for name in ("title", "kind", "entrypoint", "enabled")
        if data.get(name) is not None
    }
    if data.get("content") is not None:
        fields["body"] = data["content"]
    found = _or_none("scripts.update", slug, **fields)
    return None if found is None else _script(found)


def _by_id(function: str, wanted: str) -> str:
    """Return the slug of an id; whatever is none stays."""
    return next((str(one["slug"]) for one in call(function) if one["id"] == wanted), wanted)


def _metadata() -> dict[str, Any]:
    project = call("project.get")
    return {
        "name": project["name"],
        "description": project["description"] or None,
        "publicUrl": project["public_url"] or None,
        "mainLanguage": project["language"],
        "defaultAuthor": project["author"] or None,
        "blogLanguages": project["languages"],
    }


def _git_history(limit: int = 50) -> list[dict[str, Any]]:
    return [
        {
            "hash": one["hash"],
            "shortHash": one["short_hash"],
            "date": one["date"],
            "subject": one["subject"],
            "author": one["author"],
            "syncStatus": one["sync"],
        }
        for one in call("git.log", limit=limit)
    ]


def _tasks() -> list[dict[str, Any]]:
    return [
        {
            "taskId": str(one["id"]),
            "name": one["name"],
            "status": one["state"],
            "progress": round(100 * (one["progress"] or 0)),
            "message": one["message"],
        }
        for one in call("tasks.list")
    ]


def _media_get(media_id: str) -> Any:
    found = _or_none("media.get", media_id)
    return None if found is None else _media(found)


def _media_update(media_id: str, data: Mapping[str, Any]) -> Any:
    names = ("title", "alt", "caption", "author", "tags")
    fields = {name: data[name] for name in names if data.get(name) is not None}
    found = _or_none("media.update", media_id, **fields)
    return None if found is None else _media(found)


def _translation(post_id: str, language: str) -> Any:
    for one in call("posts.translations", post_id):
        if one["language"].casefold() == language.casefold():
            return _post(one)
    return None


METHODS: dict[str, Callable[..., Any]] = {
    "posts.create": _posts_create,
    "posts.update": _posts_update,
    "posts.delete": lambda name: bool(_or_none("posts.delete", name)),
    "posts.get": _posts_get,
    "posts.get_by_slug": _posts_get,
    "posts.get_all": _posts_get_all,
    "posts.get_by_status": lambda status: [_post(row) for row in _all_posts(status=status)],
    "posts.publish": _posts_publish,
    "posts.has_published_version": lambda name: (
        (_posts_get(name) or {}).get("publishedAt") is not None
    ),
    "posts.get_translation": _translation,
    "posts.get_translations": lambda name: [_post(one) for one in call("posts.translations", name)],
    "posts.search": _posts_search,
    "posts.filter": _posts_filter,
    "posts.get_tags": lambda: [one["name"] for one in _used("tags.list")],
    "posts.get_categories": lambda: [one["name"] for one in _used("categories.list")],
    "posts.get_tags_with_counts": lambda: [
        {"tag": one["name"], "count": one["posts"]} for one in _used("tags.list")
    ],
    "posts.get_categories_with_counts": lambda: [
        {"category": one["name"], "count": one["posts"]} for one in _used("categories.list")
    ],
    "posts.get_by_year_month": _months,
    "posts.get_dashboard_stats": _stats,
    "posts.get_links_to": lambda name: [_linked(row) for row in call("posts.links_to", name)],
    "posts.get_linked_by": lambda name: [_linked(row) for row in call("posts.linked_by", name)],
    "posts.is_slug_available": lambda slug, exclude_post_id=None: (
        (_posts_get(slug) or {}).get("id") in (None, exclude_post_id)
    ),
    "media.get": _media_get,
    "media.get_all": lambda: [_media(one) for one in call("media.list", limit=1000)],
    "media.update": _media_update,
    "media.delete": lambda media_id: bool(_or_none("media.delete", media_id)),
    "media.get_url": lambda media_id: (_or_none("media.get", media_id) or {}).get("url"),
    "media.search": lambda query: call("media.search", query),
    "scripts.create": lambda data: _script(
        call("scripts.create", data["title"], data["kind"], data["content"])
    ),
    "scripts.update": lambda id, data: _scripts_update(_by_id("scripts.list", id), data),
    "scripts.delete": lambda id: bool(_or_none("scripts.delete", _by_id("scripts.list", id))),
    "scripts.get": lambda id: (lambda found: None if found is None else _script(found))(
        _or_none("scripts.get", _by_id("scripts.list", id))
    ),
    "scripts.get_all": lambda: [_script(one) for one in call("scripts.list")],
    "tags.get_all": lambda: [
        {"name": one["name"], "color": one["color"] or None} for one in call("tags.list")
    ],
    "tags.get_with_counts": lambda: [
        {"name": one["name"], "color": one["color"] or None, "count": one["posts"]}
        for one in call("tags.list")
    ],
    "tags.create": lambda data: call("tags.create", data["name"], color=data.get("color") or ""),
    "meta.get_tags": lambda: [one["name"] for one in call("tags.list")],
    "meta.get_categories": lambda: [one["name"] for one in call("categories.list")],
    "meta.add_category": lambda name: bool(call("categories.add", name)),
    "meta.remove_category": lambda name: call("categories.remove", name),
    "meta.get_project_metadata": _metadata,
    "projects.get_active": lambda: {"id": call("project.get")["id"], **_metadata()},
    "tasks.get_all": _tasks,
    "tasks.get_running": lambda: [one for one in _tasks() if one["status"] == "running"],
    "tasks.cancel": lambda task_id: call("tasks.cancel", int(task_id)),
    "sync.get_history": _git_history,
    "sync.commit_all": lambda message: call("git.commit", message),
}
"""Every method that is there, by the name that scripts use."""

SCREEN_ONLY = frozenset(
    {
        *("app.get_title_bar_metrics", "app.open_folder", "app.show_item_in_folder"),
        *("app.select_folder", "app.notify_renderer_ready", "app.set_preview_post_target"),
        "app.trigger_menu_action",
    }
)
"""What belongs to the windows of the plan's host."""


def _called(name: str, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
    method = METHODS.get(name)
    if method is None:
        why = "means nothing in a terminal" if name in SCREEN_ONLY else "is not supported"
        raise BdsApiError(f"bds.{name} {why}; `inkstand api` lists what there is")
    try:
        return method(*arguments, **named)
    except (TypeError, ValueError, LookupError, OSError) as error:
        raise BdsApiError(f"bds.{name}: {error}") from error


class _Methods:
    """The methods of one namespace."""

    def __init__(self, namespace: str, *, is_async: bool) -> None:
        self._namespace = namespace
        self._is_async = is_async

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("__"):
            raise AttributeError(name)
        full = f"{self._namespace}.{_snake(name).rstrip('_')}"

        def method(*arguments: Any, **named: Any) -> Any:
            return _called(full, arguments, named)

        async def awaited(*arguments: Any, **named: Any) -> Any:
            return _called(full, arguments, named)

        chosen: Callable[..., Any | Awaitable[Any]] = awaited if self._is_async else method
        chosen.__name__ = name
        return chosen


_NAMESPACES = (
    *("app", "chat", "embeddings", "media", "meta", "posts", "projects", "publish", "scripts"),
    *("sync", "tags", "tasks", "templates"),
)


def make_modules() -> dict[str, ModuleType]:
    """Make `bds_api` and `js`."""
    bds = ModuleType("bds")
    js = ModuleType("js", "The host's functions in camel case, as plain calls.")
    for namespace in _NAMESPACES:
        setattr(bds, namespace, _Methods(namespace, is_async=True))
        setattr(js, namespace, _Methods(namespace, is_async=False))
    api = ModuleType("bds_api", "The API of the plan's host; see engine.child.bds_api.")
    api.bds, api.BdsApiError, api.__version__ = bds, BdsApiError, VERSION  # type: ignore[attr-defined]
    return {"bds_api": api, "js": js}
