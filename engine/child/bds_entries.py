"""Media and scripts of the plan's host: `bds.media`, `bds.scripts`, made of its functions here."""

from __future__ import annotations

from typing import Any

from engine.child import bds_shapes as shapes
from engine.child.bds_host import Method, given, or_none, project_id, rebuild
from engine.child.bds_shapes import Given, Values
from engine.child.calls import call

_MEDIA_FIELDS = {name: name for name in ("title", "alt", "caption", "author", "tags")}


def _medium(found: Any) -> Any:
    return None if found is None else shapes.media_data(found, project_id())


def _media(**wanted: Any) -> list[Values]:
    own_id = project_id()
    found: list[Values] = []
    while True:
        rows = call("media.list", limit=1000, offset=len(found), **wanted)
        found += [shapes.media_data(row, own_id) for row in rows]
        if len(rows) < 1000:
            return found


def _import_media(source_path: str, metadata: Given | None = None) -> Any:
    names = {**_MEDIA_FIELDS, "language": "language"}
    return _medium(call("media.import_file", source_path, **given(metadata or {}, names)))


def _media_path(media_id: str) -> Any:
    found = or_none("media.get", media_id)
    return None if found is None else f"{call('project.paths')['root']}/{found['path']}"


def _search_media(query: str) -> list[Values]:
    found = [or_none("media.get", hit["id"]) for hit in call("media.search", query) if hit["id"]]
    return [
        {
            "id": one["id"],
            "originalName": one["original_name"],
            "title": one["title"] or None,
            "mimeType": one["mime_type"],
            "createdAt": one["created_at"],
        }
        for one in found
        if one is not None
    ]


def _media_translations(media_id: str) -> list[Values]:
    return [
        shapes.media_translation_data(one, project_id())
        for one in or_none("media.translations", media_id) or ()
    ]


def _media_translation(media_id: str, language: str) -> Any:
    wanted = language.casefold()
    found = _media_translations(media_id)
    return next((one for one in found if one["language"].casefold() == wanted), None)


_SCRIPT_FIELDS = {
    **{name: name for name in ("title", "kind", "entrypoint", "enabled")},
    "content": "body",
}


def _script(found: Any) -> Any:
    return None if found is None else shapes.script_data(found, project_id())


def _script_slug(script_id: str) -> str:
    """Return the slug of an id; whatever is none stays."""
    return next((str(o["slug"]) for o in call("scripts.list") if o["id"] == script_id), script_id)


def _create_script(data: Given) -> Any:
    for name in ("title", "kind", "content"):
        if not isinstance(data.get(name), str):
            raise TypeError(f"data.{name} should be a string")
    fields = given(data, {name: name for name in ("slug", "entrypoint", "enabled")})
    return _script(call("scripts.create", data["title"], data["kind"], data["content"], **fields))


def _scripts() -> list[Values]:
    own_id = project_id()
    found = [or_none("scripts.get", row["slug"]) for row in call("scripts.list")]
    return [shapes.script_data(one, own_id) for one in found if one is not None]


_ID, _LANGUAGE = "id:string", "language:string"

ENTRIES: dict[str, Method] = {
    "media.import": Method(_import_media, "source_path:string metadata:object?"),
    "media.update": Method(
        lambda id, data: _medium(or_none("media.update", id, **given(data, _MEDIA_FIELDS))),
        f"{_ID} data:object",
    ),
    "media.replace_file": Method(
        lambda id, new_source_path: _medium(or_none("media.replace_file", id, new_source_path)),
        f"{_ID} new_source_path:string",
    ),
    "media.delete": Method(lambda id: bool(or_none("media.delete", id)), _ID),
    "media.get": Method(lambda id: _medium(or_none("media.get", id)), _ID),
    "media.get_url": Method(lambda id: (or_none("media.get", id) or {}).get("url"), _ID),
    "media.get_file_path": Method(_media_path, _ID),
    "media.get_all": Method(_media),
    "media.rebuild_from_files": Method(rebuild),
    "media.reindex_text": Method(lambda: rebuild(full=True)),
    "media.filter": Method(
        lambda filter: _media(**given(filter, {n: n for n in ("tags", "year", "month")})),
        "filter:object",
    ),
    "media.search": Method(_search_media, "query:text"),
    "media.get_by_year_month": Method(
        lambda: [shapes.month_count(one, "media") for one in call("media.months")]
    ),
    "media.get_tags": Method(lambda: [one["name"] for one in call("media.tags")]),
    "media.get_tags_with_counts": Method(
        lambda: [{"tag": one["name"], "count": one["media"]} for one in call("media.tags")]
    ),
    "media.get_translation": Method(_media_translation, f"media_id:string {_LANGUAGE}"),
    "media.get_translations": Method(_media_translations, "media_id:string"),
    "scripts.create": Method(_create_script, "data:object"),
    "scripts.update": Method(
        lambda id, data: _script(
            or_none("scripts.update", _script_slug(id), **given(data, _SCRIPT_FIELDS))
        ),
        f"{_ID} data:object",
    ),
    "scripts.delete": Method(lambda id: bool(or_none("scripts.delete", _script_slug(id))), _ID),
    "scripts.get": Method(lambda id: _script(or_none("scripts.get", _script_slug(id))), _ID),
    "scripts.get_all": Method(_scripts),
    "scripts.rebuild_from_files": Method(rebuild),
}
"""By the names that scripts use."""
