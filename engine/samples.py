"""What a macro or transform is given when it is run by itself, from the editor or the command line.

Owns the sample arguments. They have the form of a real call, with data of the open project where it
has some, so that a run shows what a page would.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from store.project import Project
from store.scripts import Script

if TYPE_CHECKING:
    from store.media import MediaFacts
    from store.posts import PostFacts

Posts: TypeAlias = "Sequence[tuple[str, PostFacts]]"
Media: TypeAlias = "Sequence[tuple[str, MediaFacts]]"
"""Facts with the path they came from, relative to the project."""

MAX_POSTS_LOOKED_AT = 200
"""How many of the newest posts are searched for one that calls the macro."""

_LINK = "https://www.example.org/articles/fountain-pens"


@dataclass(frozen=True, slots=True)
class _SamplePost:
    path: str
    facts: PostFacts
    body: str


def transform_arguments() -> tuple[Any, ...]:
    """Return a post as a shared link makes it, and where it came from."""
    post = {
        "title": "A short history of fountain pens - Articles | Example Site",
        "content": f"[A short history of fountain pens]({_LINK})",
        "tags": [],
        "categories": ["article"],
    }
    return post, {"source": "blogmark", "url": _LINK}


def macro_arguments(
    project: Project, script: Script, posts: Posts, media: Media
) -> tuple[Any, ...]:
    """Return a page's context and the newest post that calls the macro, or else the newest.

    Args:
        project: Whose language and files to use.
        script: The macro.
        posts: The project's posts; a few of their files are read.
        media: The project's media.
    """
    post = _choose_post(project.root, script.fields.slug, posts)
    language = project.settings.get("mainLanguage")
    context = {
        "env": {
            "isPreview": True,
            "mainLanguage": language if isinstance(language, str) else "en",
            "languagePrefix": "",
            "hook": script.fields.slug,
            "source": {"kind": "macro", "id": script.fields.id},
            "translations": {},
        },
        "params": {},
        "data": {
            "media": [_media_data(path, facts, project.id) for path, facts in media],
            "tags": _tag_counts(facts for _, facts in posts),
        },
    }
    return context, None if post is None else _post_data(post, project.id)


def _choose_post(root: Path, slug: str, posts: Posts) -> _SamplePost | None:
    from store import files, frontmatter  # yaml: 30 ms that only macros pay

    candidates = sorted(
        ((path, facts) for path, facts in posts if not facts.translation_for),
        key=lambda one: (one[1].status == "published", one[1].created_at),
        reverse=True,
    )
    newest: _SamplePost | None = None
    for path, facts in candidates[:MAX_POSTS_LOOKED_AT]:
        try:
            text = files.read(root / path)[0].decode(errors="replace")
            is_caller = f"[[{slug}" in text.lower()
            if newest is not None and not is_caller:
                continue
            post = _SamplePost(path, facts, frontmatter.parse(text).body)
        except (files.FileError, frontmatter.FrontMatterError):
            continue  # gone or broken since the index was made: another will do
        if is_caller:
            return post
        newest = post
    return newest


def _post_data(post: _SamplePost, project_id: str) -> dict[str, Any]:
    facts = post.facts
    return {
        "id": facts.id,
        "projectId": project_id,
        "title": facts.title,
        "slug": facts.slug,
        "excerpt": facts.excerpt or None,
        "content": post.body,
        "status": facts.status,
        "author": facts.author or None,
        "createdAt": facts.created_at,
        "updatedAt": facts.updated_at,
        "publishedAt": facts.published_at or None,
        "tags": list(facts.tags),
        "categories": list(facts.categories),
    }


def _media_data(path: str, facts: MediaFacts, project_id: str) -> dict[str, Any]:
    file = path.removesuffix(".meta")
    return {
        "id": facts.id,
        "projectId": project_id,
        "filename": file.rpartition("/")[2],
        "originalName": facts.original_name,
        "mimeType": facts.mime_type,
        "size": facts.size,
        "width": facts.width or None,
        "height": facts.height or None,
        "title": facts.title or None,
        "alt": facts.alt or None,
        "caption": facts.caption or None,
        "author": facts.author or None,
        "createdAt": facts.created_at,
        "updatedAt": facts.updated_at,
        "tags": list(facts.tags),
        "linkedPostIds": list(facts.linked_post_ids),
        "url": f"/{file}",
    }


def _tag_counts(posts: Iterable[PostFacts]) -> list[dict[str, Any]]:
    counts = Counter(
        tag
        for facts in posts
        if facts.status == "published" and not facts.translation_for
        for tag in dict.fromkeys(tag.strip() for tag in facts.tags)
        if tag
    )
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return [{"tag": tag, "count": count} for tag, count in ordered]
