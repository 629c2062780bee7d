"""Project, tags, settings, tasks and git of the plan's host, made of the host's functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.child import bds_shapes as shapes
from engine.child.bds_host import Method, given, or_none, project_id
from engine.child.bds_shapes import Given, Values
from engine.child.calls import call


def _project() -> Values:
    return shapes.project_data(call("project.get"), call("project.paths")["root"])


def _own_project(wanted_id: str) -> Any:
    found = _project()
    return found if found["id"] == wanted_id else None


def _update_project(wanted_id: str, data: Given) -> Any:
    if _own_project(wanted_id) is None:
        return None
    call("project.update", **given(data, {"name": "name", "description": "description"}))
    return _project()


def _tag(found: Any) -> Any:
    return None if found is None else shapes.tag_data(found, project_id())


def _tags() -> list[Values]:
    own_id = project_id()
    return [shapes.tag_data(one, own_id) for one in call("tags.list")]


def _tag_counts() -> list[Values]:
    return [
        {"name": one["name"], "color": one["color"] or None, "count": one["posts"]}
        for one in call("tags.list")
    ]


def _create_tag(data: Given) -> Any:
    if not isinstance(data.get("name"), str):
        raise TypeError("data.name should be a string")
    return _tag(call("tags.create", data["name"], **given(data, {"color": "color"})))


def _update_tag(tag_id: str, data: Given) -> Any:
    # "" takes a colour away, and so does None.
    names = {"color": "color", "postTemplateSlug": "post_template_slug"}
    changes = {ours: data[theirs] or "" for theirs, ours in names.items() if theirs in data}
    return _tag(or_none("tags.update", tag_id, **changes))


def _changed(done: Given) -> Values:
    return {"success": not done["failures"], "postsUpdated": done["posts_updated"]}


def _merge_tags(source_tag_ids: Sequence[str], target_tag_id: str) -> Values:
    done = _changed(call("tags.merge", list(source_tag_ids), target_tag_id))
    target = _tag(or_none("tags.get", target_tag_id))
    return {**done, "tagsDeleted": len(source_tag_ids), "targetTag": target}


def _rename_tag(tag_id: str, new_name: str) -> Values:
    return {
        **_changed(call("tags.rename", tag_id, new_name)),
        "oldName": tag_id,
        "newName": new_name,
    }


def _add_tag(name: str) -> bool:
    found = or_none("tags.get", name)
    if found is None:
        call("tags.create", name)
    elif not found["is_listed"]:
        call("tags.update", name)
    return True


def _remove_tag(name: str) -> bool:
    found = or_none("tags.get", name)
    if found is None:
        return False
    if found["posts"] or found["media"]:
        raise ValueError(f"{name!r} is carried; tags.delete takes it away there, too")
    call("tags.delete", name)
    return True


def _add_category(name: str) -> bool:
    known = {one["name"].casefold() for one in call("categories.list")}
    if name.strip().casefold() not in known:
        call("categories.add", name)
    return True


def _metadata() -> Values:
    return shapes.project_metadata(call("project.get"))


def _update_metadata(metadata: Given) -> Values:
    for key in metadata:
        if key not in shapes.METADATA_KEYS:
            raise ValueError(
                f"{key} cannot be changed from here; what else meta/project.json holds stays"
            )
    named = shapes.METADATA_KEYS
    empty: dict[str, Any] = {"blogLanguages": []}
    given = {
        named[key]: empty.get(key, "") if one is None else one for key, one in metadata.items()
    }
    return shapes.project_metadata(call("project.update", **given))


def _synced() -> Values:
    call("tags.sync")
    return {
        "tags": [one["name"] for one in call("tags.list")],
        "categories": [one["name"] for one in call("categories.list")],
        "projectMetadata": _metadata(),
    }


_PUBLISHING = ("ssh_host", "ssh_user", "ssh_remote_path", "ssh_mode")


def _publishing() -> Any:
    found = call("project.publishing")
    if not any(found[name] for name in _PUBLISHING[:3]):
        return None
    return {shapes.camel(name): found[name] for name in _PUBLISHING}


def _set_publishing(preferences: Given) -> Any:
    names = {shapes.camel(name): name for name in _PUBLISHING}
    call("project.update_publishing", **given(preferences, names))
    return _publishing()


def _clear_publishing() -> None:
    call("project.clear_publishing")


def _tasks(*states: str) -> list[Values]:
    found = call("tasks.list")
    return [shapes.task_progress(one) for one in found if not states or one["state"] in states]


def _cancel_task(task_id: str) -> bool:
    return bool(task_id.isdecimal() and call("tasks.cancel", int(task_id)))


def _clear_tasks() -> None:
    call("tasks.clear_finished")


def _data_paths() -> Values:
    paths = call("project.paths")
    return {"database": paths["index"], "posts": paths["posts"], "media": paths["media"]}


def _print_path(path: str) -> bool:
    print(path)
    return True


def _project_path(wanted_id: str) -> Any:
    return call("project.paths")["root"] if wanted_id == project_id() else None


def _read_metadata(folder_path: str) -> Any:
    """Give this project's; a script can look into no other folder."""
    if folder_path.rstrip("/") != call("project.paths")["root"]:
        return None
    found = _metadata()
    return {key: found[key] for key in ("name", "description", "publicUrl", "mainLanguage")}


def _availability() -> Values:
    return {"gitFound": call("git.status")["trouble_kind"] != "no-git", "version": None}


def _repo_state() -> Values:
    status = call("git.status")
    if status["trouble"]:
        return {"isRepo": False, "rootPath": None, "currentBranch": None, "hasRemote": False}
    return {
        "isRepo": True,
        "rootPath": call("project.paths")["root"],
        "currentBranch": status["branch"] or None,
        "hasRemote": bool(status["remotes"]),
    }


def _remote_state() -> Values:
    status = call("git.status")
    return {
        "localBranch": status["branch"] or None,
        "upstreamBranch": status["upstream"] or None,
        "hasUpstream": bool(status["upstream"]) and not status["is_upstream_gone"],
        "ahead": status["ahead"],
        "behind": status["behind"],
    }


def _history(limit: float | None = None) -> list[Values]:
    return [
        {
            "hash": one["hash"],
            "shortHash": one["short_hash"],
            "date": one["date"],
            "subject": one["subject"],
            "author": one["author"],
            "syncStatus": one["sync"],
        }
        for one in call("git.log", limit=50 if limit is None else int(limit))
    ]


_ID = "id:string"

PROJECT: dict[str, Method] = {
    "projects.update": Method(_update_project, f"{_ID} data:object"),
    "projects.get": Method(_own_project, _ID),
    "projects.get_all": Method(lambda: [_project()]),
    "projects.get_active": Method(_project),
    "tags.get_all": Method(_tags),
    "tags.get_with_counts": Method(_tag_counts),
    "tags.get": Method(lambda id: _tag(or_none("tags.get", id)), _ID),
    "tags.get_by_name": Method(lambda name: _tag(or_none("tags.get", name)), "name:string"),
    "tags.create": Method(_create_tag, "data:object"),
    "tags.update": Method(_update_tag, f"{_ID} data:object"),
    "tags.delete": Method(lambda id: _changed(call("tags.delete", id)), _ID),
    "tags.merge": Method(_merge_tags, "source_tag_ids:array target_tag_id:string"),
    "tags.rename": Method(_rename_tag, f"{_ID} new_name:string"),
    "tags.get_posts_with_tag": Method(
        lambda tag_id: [one["id"] for one in call("tags.posts", tag_id)], "tag_id:string"
    ),
    "tags.sync_from_posts": Method(lambda: call("tags.sync")),
    "meta.get_tags": Method(lambda: [one["name"] for one in call("tags.list")]),
    "meta.get_categories": Method(lambda: [one["name"] for one in call("categories.list")]),
    "meta.add_tag": Method(_add_tag, "tag:string"),
    "meta.remove_tag": Method(_remove_tag, "tag:string"),
    "meta.add_category": Method(_add_category, "category:string"),
    "meta.remove_category": Method(
        lambda category: call("categories.remove", category), "category:string"
    ),
    "meta.sync_on_startup": Method(_synced),
    "meta.get_project_metadata": Method(_metadata),
    "meta.set_project_metadata": Method(_update_metadata, "metadata:object"),
    "meta.update_project_metadata": Method(_update_metadata, "updates:object"),
    "meta.get_publishing_preferences": Method(_publishing),
    "meta.set_publishing_preferences": Method(_set_publishing, "prefs:object"),
    "meta.clear_publishing_preferences": Method(_clear_publishing),
    "tasks.get_all": Method(_tasks),
    "tasks.get_running": Method(lambda: _tasks("running", "pending")),
    "tasks.cancel": Method(_cancel_task, "task_id:string"),
    "tasks.clear_completed": Method(_clear_tasks),
    "app.get_data_paths": Method(_data_paths),
    "app.get_system_language": Method(lambda: call("ui.language")),
    "app.open_folder": Method(_print_path, "folder_path:string"),
    "app.show_item_in_folder": Method(_print_path, "item_path:string"),
    "app.get_default_project_path": Method(_project_path, "project_id:string"),
    "app.read_project_metadata": Method(_read_metadata, "folder_path:string"),
    "app.copy_to_clipboard": Method(lambda text: call("ui.copy", text), "text:text"),
    "sync.check_availability": Method(_availability),
    "sync.get_repo_state": Method(_repo_state),
    "sync.get_status": Method(lambda: shapes.git_status(call("git.changes"))),
    "sync.get_history": Method(_history, "limit:number?"),
    "sync.get_remote_state": Method(_remote_state),
    "sync.commit_all": Method(
        lambda message: shapes.git_result(call("git.commit", message)), "message:string"
    ),
}
"""By the names that scripts use."""
