"""Changes posts and their translations: files that depend on each other change together.

Making them is `post_new`, deleting them `post_trash`; the index must never enter.
"""

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from store import frontmatter
from store.file_group import FileGroup
from store.files import ConflictError, FileError
from store.frontmatter import FrontMatterError, NewValue
from store.post_fields import FieldValue, by_key, changed_fields, was_published
from store.post_text import changed_text
from store.posts import Post, parse_post, translations_of
from store.script_changes import encoded
from store.script_text import iso
from store.slugs import post_slug, unique_slug


@dataclass(frozen=True, slots=True)
class _Step:
    """What becomes of one file."""

    post: Post
    path: Path
    """What it is called afterwards."""
    data: bytes


def update_post(
    post: Post,
    changes: Mapping[str, FieldValue],
    *,
    body: str | None = None,
    taken: Collection[str] = (),
    now: datetime | None = None,
) -> Post:
    """Write what changes of a post or a translation; nothing is written when nothing does.

    Else `updatedAt` moves; translations have one only where the origin's successors wrote it. A
    post that was never published gets a slug from its new title, unless one is given: file and
    translations are renamed with it. A new status is that of its translations, too, as far as they
    have one of their own, and the first `published` sets `publishedAt`. Editing does not change the
    status.

    Args:
        post: The post or translation as it was read.
        changes: New values by field name: title, slug, status, tags, categories, excerpt, author,
            language, do_not_translate, template_slug; of a translation title, excerpt and status.
        body: The new text below the front matter, written as it is; None keeps it.
        taken: Slugs of the other posts.
        now: The time of the change; the clock's when None.

    Returns:
        The post as it is now in its file, under its new path when it was renamed.

    Raises:
        ConflictError: A file is not what was read, or the given slug is taken.
        FileError: Something could not be written, or a translation not be read; all is as it was.
        ValueError: Another field, a value that the field cannot have, the language of one of its
            translations, or another slug for a post that was published.
    """
    wanted = changed_fields(post.facts, changes)
    if "slug" in wanted and was_published(post.facts):
        raise ValueError(
            f"{post.facts.slug!r} was published: its slug stays, as links lead to it; rename it "
            "if it has to have another one"
        )
    if "title" in wanted and "slug" not in changes and not post.facts.translation_for:
        if not was_published(post.facts):
            wanted["slug"] = _free_slug(post, post_slug(str(wanted["title"])), taken)
    elif "slug" in wanted:
        _check_free(post, str(wanted["slug"]), taken)
    if wanted.get("slug") == post.facts.slug:
        del wanted["slug"]
    return _write(post, wanted, body, now)


def rename_post(
    post: Post, slug: str, *, taken: Collection[str] = (), now: datetime | None = None
) -> Post:
    """Give a post another slug, also one that was published: links to the old one lead nowhere.

    Args:
        post: The post as it was read; not a translation.
        slug: The new slug; it is brought into a slug's form.
        taken: Slugs of the other posts.
        now: The time of the change; the clock's when None.

    Returns:
        The post at its new path; its translations were renamed with it.

    Raises:
        ConflictError: A file is not what was read, or the slug is taken.
        FileError: Something could not be renamed or written; all is as it was.
        ValueError: `slug` is empty, or `post` is a translation.
    """
    wanted = changed_fields(post.facts, {"slug": slug})
    if wanted:
        _check_free(post, str(wanted["slug"]), taken)
    return _write(post, wanted, None, now)


def publish_post(post: Post, *, now: datetime | None = None) -> Post:
    """Publish a post, and with it the translations that have a status of their own.

    Of a translation only that one is published; one without a status has that of its post and
    stays as it is.

    Args:
        post: The post or translation as it was read.
        now: The time of the change; the clock's when None.

    Returns:
        The post as it is now in its file. `publishedAt` stays when there is one.

    Raises:
        ConflictError: A file is not what was read.
        FileError: Something could not be written; all is as it was.
    """
    return _with_status(post, "published", now)


def unpublish_post(post: Post, *, now: datetime | None = None) -> Post:
    """Make a post a draft again; see `publish_post`. Its slug and `publishedAt` stay."""
    return _with_status(post, "draft", now)


def archive_post(post: Post, *, now: datetime | None = None) -> Post:
    """Put a post into the archive; see `publish_post`."""
    return _with_status(post, "archived", now)


def unarchive_post(post: Post, *, now: datetime | None = None) -> Post:
    """Take a post out of the archive: it is published if it ever was, else a draft.

    A post that is not archived stays as it is. See `publish_post`.
    """
    if post.facts.status != "archived":
        return post
    return _with_status(post, "published" if post.facts.published_at else "draft", now)


def _with_status(post: Post, status: str, now: datetime | None) -> Post:
    if post.facts.translation_for and not post.facts.status:
        return post
    # Also when the post has the status: a translation may have another one.
    return _write(post, {"status": status}, None, now)


def _write(post: Post, wanted: dict[str, NewValue], body: str | None, now: datetime | None) -> Post:
    if not wanted and body in (None, post.body):
        return post
    moment = iso(now or datetime.now(UTC))
    others = translations_of(post) if wanted.keys() & {"slug", "status", "language"} else []
    for other in others:
        language = wanted.get("language")
        if isinstance(language, str) and language.casefold() == other.facts.language.casefold():
            raise ValueError(f"{other.path.name} is the translation into {language!r} already")
    written = []
    with FileGroup() as group:
        for step in _steps(post, wanted, body, others, moment):
            old, stamp = step.post.source, step.post.stamp
            if step.path != step.post.path:
                stamp = group.move(step.post.path, step.path, expected=stamp)
            if step.data != old:
                stamp = group.replace(step.path, step.data, old=old, expected=stamp)
            is_same = stamp is step.post.stamp
            written.append(step.post if is_same else parse_post(step.path, step.data, stamp))
    return written[0]


def _steps(
    post: Post, wanted: Mapping[str, NewValue], body: str | None, others: list[Post], moment: str
) -> list[_Step]:
    """Work out every file before the first one is written."""
    slug = wanted.get("slug")
    own_path = post.path if slug is None else _path_for(post, str(slug))
    steps = [_step(post, own_path, wanted, body, moment)]
    for other in others:
        metadata = frontmatter.parse(other.text).metadata
        own = {
            name: wanted[name] for name in ("slug", "status") if name in wanted and name in metadata
        }
        path = other.path
        if slug is not None and path.name.startswith(f"{post.path.stem}."):
            path = path.with_name(f"{slug}{path.name[len(post.path.stem) :]}")
        steps.append(_step(other, path, own, None, moment))
    return steps


def _step(
    post: Post, path: Path, wanted: Mapping[str, NewValue], body: str | None, moment: str
) -> _Step:
    fields = dict(wanted)
    if fields.get("status") == "published" and not post.facts.published_at:
        fields["published_at"] = moment
    try:
        text = changed_text(post.text, by_key(fields), body)
        has_time = bool(post.facts.updated_at) or not post.facts.translation_for
        if text != post.text and has_time:
            text = changed_text(text, {"updatedAt": moment}, None)
    except FrontMatterError as error:
        raise FileError(post.path, str(error), "Change it by hand.", action="write") from error
    return _Step(post, path, encoded(post.path, text))


def _path_for(post: Post, slug: str) -> Path:
    return post.path.with_name(f"{slug}{post.path.suffix}")


def _free_slug(post: Post, wanted: str, taken: Collection[str]) -> str:
    used = set(taken)
    while True:
        free = unique_slug(wanted, used, "-")
        if free == post.facts.slug or not _is_in_use(post, free):
            return free
        used.add(free)


def _check_free(post: Post, slug: str, taken: Collection[str]) -> None:
    if slug.casefold() in {other.casefold() for other in taken} or _is_in_use(post, slug):
        raise ConflictError(
            post.path,
            f"another post has the slug {slug!r}",
            "Choose another slug.",
            action="rename",
        )


def _is_in_use(post: Post, slug: str) -> bool:
    """Say whether the file that the slug asks for is another one's."""
    path = _path_for(post, slug)
    return path != post.path and os.path.lexists(path)
