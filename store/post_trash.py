"""Deletes posts with their translations so that they can be brought back.

Copies stay in the state folder. Changing posts, and the index, must never enter.
"""

import contextlib
import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from store import files, frontmatter
from store.file_group import FileGroup
from store.files import ConflictError, FileError, Stamp
from store.frontmatter import FrontMatterError
from store.post_text import changed_text
from store.posts import Post, parse_post, read_post, translations_of
from store.project import Project
from store.script_changes import encoded
from store.slugs import unique_slug


@dataclass(frozen=True, slots=True)
class DeletedPost:
    """A post and its translations, or one translation, that can be brought back."""

    slug: str
    title: str
    copies: tuple[tuple[Path, Path], ...]
    """Each file's old place and its copy in the state folder; the post itself first."""


def delete_post(project: Project, post: Post) -> DeletedPost:
    """Delete a post with its translations; of a translation only that one goes.

    Args:
        project: The project it belongs to.
        post: The post or translation as it was read.

    Returns:
        What `restore_post` needs.

    Raises:
        ConflictError: The file is not what was read.
        FileError: Something could not be read, copied or deleted; everything is still there.
    """
    trash = project.state_dir / "trash"
    group = (post, *translations_of(post))
    copies: list[tuple[Path, Path]] = []
    with FileGroup() as steps:
        for one in group:
            copy = trash / f"{os.urandom(6).hex()}-{one.path.name}"
            try:
                steps.create(copy, one.source)
            except FileError as error:
                raise FileError(
                    trash, error.reason, "Nothing was deleted.", action="keep a copy in"
                ) from error
            copies.append((one.path, copy))
        for one in group:
            steps.remove(one.path, old=one.source, expected=one.stamp)
    return DeletedPost(post.facts.slug, post.facts.title, tuple(copies))


def restore_post(deleted: DeletedPost, *, taken: Collection[str] = ()) -> Post:
    """Bring back what was deleted, byte for byte if its slug is still free.

    Else the post gets its slug with a number, and its translations are called like it.

    Args:
        deleted: What `delete_post` gave.
        taken: Slugs of the posts that are there.

    Returns:
        The post, or the translation, at the path that it got.

    Raises:
        ConflictError: The post itself is there again, or there is another translation now where a
            single one was.
        FileError: Something could not be read or written; nothing has changed.
    """
    kept: list[tuple[Path, Stamp]] = []
    posts = []
    for place, copy in deleted.copies:
        data, stamp = files.read(copy)
        kept.append((copy, stamp))
        posts.append(parse_post(place, data, stamp))
    is_translation = bool(posts[0].facts.translation_for)
    slug = deleted.slug if is_translation else _free_slug(posts, taken)
    restored = []
    with FileGroup() as steps:
        for post in posts:
            path, text = post.path, post.text
            if slug != deleted.slug:
                path = _renamed(path, posts[0].path.stem, slug)
                text = _with_slug(post, slug)
            data = encoded(path, text)
            restored.append(parse_post(path, data, steps.create(path, data)))
    for copy, stamp in kept:
        # It is back: a copy that stays behind is no reason to say it is not.
        with contextlib.suppress(FileError):
            files.remove(copy, expected=stamp)
    return restored[0]


def _free_slug(posts: list[Post], taken: Collection[str]) -> str:
    own, used = posts[0].facts.slug, set(taken)
    if _is_there(posts[0]):
        raise ConflictError(
            posts[0].path, "the post is there again", "Nothing was changed.", action="bring back"
        )
    while True:
        slug = unique_slug(own, used, "-")
        paths = [post.path for post in posts]
        if slug != own:
            paths = [_renamed(path, paths[0].stem, slug) for path in paths]
        if not any(map(os.path.lexists, paths)):
            return slug
        used.add(slug)


def _is_there(post: Post) -> bool:
    """Say whether its file was brought back by other means: a second one would have the same id."""
    try:
        return read_post(post.path).facts.id == post.facts.id
    except FileError:
        return False


def _renamed(path: Path, stem: str, slug: str) -> Path:
    rest = path.name[len(stem) :] if path.name.startswith(f"{stem}.") else f"-{path.name}"
    return path.with_name(f"{slug}{rest}")


def _with_slug(post: Post, slug: str) -> str:
    if post.facts.translation_for and "slug" not in frontmatter.parse(post.text).metadata:
        return post.text  # it is called like its post
    try:
        return changed_text(post.text, {"slug": slug}, None)
    except FrontMatterError as error:
        raise FileError(post.path, str(error), action="bring back") from error
