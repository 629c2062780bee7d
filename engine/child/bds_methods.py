"""All methods of the plan's host: those that are there, and why the others are not."""

from __future__ import annotations

from engine.child.bds_entries import ENTRIES
from engine.child.bds_host import Method
from engine.child.bds_posts import POSTS
from engine.child.bds_project import PROJECT

METHODS: dict[str, Method] = {**PROJECT, **POSTS, **ENTRIES}
"""Every method that is there, by the name that scripts use."""

_ONE_FOLDER = "one project is open at a time, and it is a folder: `inkstand init` makes one"
_TERMINAL = "it means nothing in a terminal"
_NO_THUMBNAILS = "no thumbnails are made"
_IN_A_SHELL = "nothing is sent to or fetched from other machines: use git in a shell"

LEFT_OUT: dict[str, str] = {
    **dict.fromkeys(
        ("projects.create", "projects.delete", "projects.delete_with_data", "projects.set_active"),
        _ONE_FOLDER,
    ),
    "posts.get_preview_url": "there is no preview server",
    "media.get_thumbnail": _NO_THUMBNAILS,
    "media.regenerate_thumbnails": _NO_THUMBNAILS,
    "media.regenerate_missing_thumbnails": _NO_THUMBNAILS,
    "media.upsert_translation": "translations of media are only read",
    "media.delete_translation": "translations of media are only read",
    "app.get_title_bar_metrics": _TERMINAL,
    "app.select_folder": _TERMINAL,
    "app.notify_renderer_ready": _TERMINAL,
    "app.set_preview_post_target": _TERMINAL,
    "app.trigger_menu_action": _TERMINAL,
    "app.get_blogmark_bookmarklet": "no browser reaches a terminal: see `inkstand add-link`",
    **dict.fromkeys(("sync.fetch", "sync.pull", "sync.push"), _IN_A_SHELL),
}
"""What of the host is left out, with the reason in words that follow its name."""

LEFT_OUT_NAMESPACES: dict[str, str] = {
    "chat": "the assistant is not reached from scripts",
    "embeddings": "nothing is compared by meaning",
    "publish": "sites are not sent anywhere",
    "templates": "templates are files that no script changes",
}
"""Likewise, whole namespaces."""
