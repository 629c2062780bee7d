"""The shapes of the plan's host: results of the host's functions with the keys its scripts know.

Keys are in camel case, and what is not there is None. Calling the host must never enter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeAlias

Values: TypeAlias = dict[str, Any]
Given: TypeAlias = Mapping[str, Any]


def camel(name: str) -> str:
    """Write a name as JavaScript does: `published_at` becomes `publishedAt`."""
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)


def snake(name: str) -> str:
    """Write a name as Python does: `getBySlug` becomes `get_by_slug`."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


def post_data(data: Given, project_id: str) -> Values:
    """Give a post as `PostData`."""
    optional = ("excerpt", "author", "language", "published_at", "template_slug")
    found = _camel_keys(data, optional, left_out=("path", "languages", "body"))
    found["content"] = data.get("body", "")
    own = [data["language"]] if data.get("language") else []
    found["availableLanguages"] = own + [one for one in data.get("languages", ()) if one not in own]
    return {"projectId": project_id, **found}


def translation_data(data: Given, project_id: str) -> Values:
    """Give a post in another language as `PostTranslationData`."""
    names = ("id", "translation_for", "language", "title", "status", "created_at", "updated_at")
    found = {camel(name): data[name] for name in names}
    found |= {camel(name): data[name] or None for name in ("excerpt", "published_at")}
    return {"projectId": project_id, **found, "content": data["body"], "filePath": data["path"]}


def media_data(data: Given, project_id: str) -> Values:
    """Give a media file as `MediaData`."""
    optional = ("title", "alt", "caption", "author", "language", "width", "height")
    found = _camel_keys(data, optional, left_out=("path", "url"))
    found["filename"] = str(data["path"]).rpartition("/")[2]
    return {"projectId": project_id, **found}


def media_translation_data(data: Given, project_id: str) -> Values:
    """Give a media file's texts in another language as `MediaTranslationData`."""
    found = _camel_keys(data, ("title", "alt", "caption"))
    own_id = f"{data['translation_for']}.{data['language']}"
    return {"projectId": project_id, "id": own_id, **found}


def script_data(data: Given, project_id: str) -> Values:
    """Give a script as `ScriptData`."""
    found = _camel_keys(data, (), left_out=("path", "body"))
    return {
        "projectId": project_id,
        **found,
        "filePath": data["path"],
        "content": data["body"],
    }


def tag_data(data: Given, project_id: str) -> Values:
    """Give a tag as `TagData`; here its name is its id, and nobody notes when it was made."""
    name = data["name"]
    template = data["post_template_slug"] or None
    return {
        "id": name,
        "projectId": project_id,
        "name": name,
        "color": data["color"] or None,
        "postTemplateSlug": template,
        "createdAt": None,
        "updatedAt": None,
    }


def project_data(data: Given, root: str) -> Values:
    """Give the project as `ProjectData`; nobody notes when it was made."""
    slug = re.sub(r"[^a-z0-9]+", "-", str(data["name"]).lower()).strip("-")
    return {
        "id": data["id"],
        "name": data["name"],
        "slug": slug,
        "description": data["description"] or None,
        "dataPath": root,
        "isActive": True,
        "createdAt": None,
        "updatedAt": None,
    }


def project_metadata(data: Given) -> Values:
    """Give the project's settings as `ProjectMetadata`."""
    return {
        "name": data["name"],
        "description": data["description"] or None,
        "publicUrl": data["public_url"] or None,
        "mainLanguage": data["language"],
        "defaultAuthor": data["author"] or None,
        "maxPostsPerPage": data["posts_per_page"],
        "blogmarkCategory": data["bookmark_category"] or None,
        "blogLanguages": data["languages"],
    }


METADATA_KEYS = {
    "name": "name",
    "description": "description",
    "publicUrl": "public_url",
    "mainLanguage": "language",
    "defaultAuthor": "author",
    "maxPostsPerPage": "posts_per_page",
    "blogmarkCategory": "bookmark_category",
    "blogLanguages": "languages",
}
"""What of `ProjectMetadata` can be changed, and what the host calls it."""


def task_progress(data: Given) -> Values:
    """Give a task as `TaskProgress`; times are ISO 8601 in UTC."""
    return {
        "taskId": str(data["id"]),
        "name": data["name"],
        "status": data["state"],
        "progress": round(100 * (data["progress"] or 0)),
        "message": data["message"],
        "startTime": _iso(data["started_at"]),
        "endTime": _iso(data["ended_at"]),
        "error": data["error"] or None,
        "groupId": data["group"] or None,
        "groupName": data["group"] or None,
    }


def month_count(data: Given, what: str) -> Values:
    """Give a month with its count."""
    year, month = str(data["month"]).split("-")
    return {"year": int(year), "month": int(month), "count": data[what]}


def git_result(data: Given) -> Values:
    """Give what came of an action as `GitActionResult`."""
    return {
        "success": data["success"],
        "code": data["code"] or None,
        "error": data["error"] or None,
        "guidance": data["guidance"],
    }


def git_status(changes: list[Given]) -> Values:
    """Give the changed files as `GitStatus`; one in conflict counts as modified."""
    files: list[Values] = []
    counts = dict.fromkeys(("untracked", "modified", "deleted", "renamed", "staged"), 0)
    for one in changes:
        status = "modified" if one["status"] == "conflict" else one["status"]
        previous = {"previousPath": one["previous_path"]} if one["previous_path"] else {}
        files.append({"path": one["path"], "status": status, **previous})
        counts[status] += 1
    return {"files": files, "counts": {**counts, "total": len(files)}}


def _camel_keys(data: Given, optional: tuple[str, ...], left_out: tuple[str, ...] = ()) -> Values:
    found = {camel(key): value for key, value in data.items() if key not in left_out}
    return found | {camel(key): data.get(key) or None for key in optional}


def _iso(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    from datetime import UTC, datetime  # only tasks have times of this kind

    moment = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return moment.replace("+00:00", "Z")
