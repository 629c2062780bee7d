"""How entries look to scripts: facts as plain data, with the names that attributes have.

What a script is given is made here and nowhere else.
"""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from store.index import ScriptRow
    from store.media import MediaFacts
    from store.posts import Post, PostFacts
    from store.scripts import Script

Data: TypeAlias = dict[str, Any]

POST_FIELDS = (
    *("id", "title", "slug", "status", "language", "tags", "categories"),
    *("created_at", "updated_at", "published_at", "excerpt", "author"),
    *("do_not_translate", "template_slug", "path", "languages"),
)
"""What lists of posts can give; a single post has its `body` besides."""

MEDIA_FIELDS = (
    *("id", "original_name", "mime_type", "size", "width", "height", "title", "alt", "caption"),
    *("author", "language", "created_at", "updated_at", "tags", "linked_post_ids", "path", "url"),
)


def facts_data(facts: Any) -> Data:
    """Give every field of some facts; lists instead of tuples."""
    return {one.name: _plain(getattr(facts, one.name)) for one in fields(facts)}


def post_row(path: str, facts: PostFacts, languages: tuple[str, ...]) -> Data:
    """Give a post as lists have it."""
    data = {**facts_data(facts), "path": path, "languages": list(languages)}
    return {name: data[name] for name in POST_FIELDS}


def post_data(root: Path, post: Post, languages: tuple[str, ...] = ()) -> Data:
    """Give a post with its body."""
    path = post.path.relative_to(root).as_posix()
    data = {**post_row(path, post.facts, languages), "body": post.body}
    if post.facts.translation_for:
        data["translation_for"] = post.facts.translation_for
    return data


def media_row(path: str, facts: MediaFacts) -> Data:
    """Give a media file; `path` is the file's own, `url` what posts write."""
    binary = path.removesuffix(".meta")
    data = {**facts_data(facts), "path": binary, "url": f"/{binary}"}
    return {name: data[name] for name in MEDIA_FIELDS}


def script_row(row: ScriptRow) -> Data:
    """Give a script as lists have it."""
    return facts_data(row)


def script_data(root: Path, script: Script) -> Data:
    """Give a script with its body."""
    facts = script.fields
    return {
        "path": script.path.relative_to(root).as_posix(),
        **{
            name: getattr(facts, name)
            for name in ("id", "slug", "title", "kind", "entrypoint", "enabled", "version")
        },
        "created_at": facts.created_at,
        "updated_at": facts.updated_at,
        "body": script.body,
    }


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
