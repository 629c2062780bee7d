"""The posts of an open project: reads and changes them, and lets the index follow.

What is written is `store`'s; searching and listing is the catalog's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import anyio
import anyio.to_thread

from engine.catalog import Catalog
from store.files import ConflictError, FileError
from store.project import Project, open_project
from store.slugs import post_slug

# What the store needs for posts imports yaml: 30 ms that `inkstand run` does not need.
if TYPE_CHECKING:
    from pathlib import Path

    from engine.entries.post_texts import PostTexts
    from store.post_fields import FieldValue
    from store.post_trash import DeletedPost
    from store.posts import Post

T = TypeVar("T")
_Relink: TypeAlias = "Callable[[Sequence[Path], str], list[Path]]"


class Posts:
    """The posts of an open project. Every call may raise ClosedResourceError once it is closed.

    What is written comes from a `Post` as it was read: when its file has changed since, nothing is
    written and ConflictError says so.
    """

    def __init__(self, project: Project, catalog: Catalog) -> None:
        self._project = project
        self._catalog = catalog
        self._deleted: list[DeletedPost] = []
        self._unlinked: dict[DeletedPost, list[Path]] = {}
        """The sidecars that linked a deleted post."""

    @cached_property
    def texts(self) -> PostTexts:
        """Their files as an editor has them."""
        from engine.entries.post_texts import PostTexts  # which a run does not need

        return PostTexts(self._project, self._catalog)

    async def get(self, name: str) -> Post:
        """Read the post of an id or a slug.

        Raises:
            PostNotFound: There is none; the hint names close ones.
            FileError: It cannot be read.
        """
        from store.posts import find_post, read_post

        await self._catalog.see_content()
        row = await self._catalog.find_post(name)
        if row is not None:
            try:
                return await anyio.to_thread.run_sync(read_post, self._project.root / row.path)
            except FileError as error:
                if not isinstance(error.__cause__, FileNotFoundError):
                    raise
                await self._catalog.files_changed([row.path])
        post = await anyio.to_thread.run_sync(find_post, self._project, name)
        await self._catalog.files_changed([self._relative(post.path)])
        return post

    async def read(self, path: str) -> Post:
        """Read a post or a translation.

        Args:
            path: From the project's folder, with slashes.

        Raises:
            FileError: It cannot be read.
        """
        from store.posts import read_post

        return await anyio.to_thread.run_sync(read_post, self._project.root / path)

    async def create(
        self,
        title: str,
        *,
        body: str = "",
        slug: str | None = None,
        tags: Sequence[str] = (),
        categories: Sequence[str] = (),
        excerpt: str = "",
        author: str = "",
        language: str = "",
        status: str = "draft",
    ) -> Post:
        """Make a post with a slug of its own; see `store.post_new.create_post`.

        Raises:
            FileError: It could not be written.
            ValueError: A value that the field cannot have.
        """
        from store.post_new import create_post

        make = partial(
            create_post,
            await self._project_now(),
            title=title,
            body=body,
            slug=slug,
            tags=tags,
            categories=categories,
            excerpt=excerpt,
            author=author,
            language=language,
            status=status,
            taken=await self._taken(title if slug is None else slug),
        )
        return await self._changing(None, make, is_alone=True)

    async def update(
        self, post: Post, changes: Mapping[str, FieldValue], *, body: str | None = None
    ) -> Post:
        """Write what changes of a post or translation; see `store.post_changes.update_post`.

        Args:
            post: As it was read.
            changes: New values by the name of the fact.
            body: The new text below the front matter; None keeps it.

        Raises:
            ConflictError: A file is not what was read, or the given slug is taken.
            FileError: Something could not be written; all is as it was.
            ValueError: A value that the field cannot have; with words for a person.
        """
        from store.post_changes import update_post

        wanted = changes.get("slug") or changes.get("title")
        taken = await self._taken(wanted, post) if isinstance(wanted, str) else set()
        return await self._changing(
            post, partial(update_post, post, changes, body=body, taken=taken)
        )

    async def rename(self, post: Post, slug: str) -> Post:
        """Give a post and its translations another slug, whether it was published or not.

        Raises:
            ConflictError: A file is not what was read, or the slug is taken.
            FileError: Something could not be renamed or written; all is as it was.
            ValueError: The slug is empty, or it is a translation.
        """
        from store.post_changes import rename_post

        taken = await self._taken(slug, post)
        return await self._changing(post, partial(rename_post, post, slug, taken=taken))

    async def publish(self, post: Post) -> Post:
        """Publish a post with its translations, or one translation.

        Raises:
            ConflictError: A file is not what was read.
            FileError: Something could not be written; all is as it was.
        """
        from store.post_changes import publish_post

        return await self._changing(post, partial(publish_post, post))

    async def unpublish(self, post: Post) -> Post:
        """Make a post a draft again; fails as `publish` does."""
        from store.post_changes import unpublish_post

        return await self._changing(post, partial(unpublish_post, post))

    async def archive(self, post: Post) -> Post:
        """Put a post into the archive; fails as `publish` does."""
        from store.post_changes import archive_post

        return await self._changing(post, partial(archive_post, post))

    async def unarchive(self, post: Post) -> Post:
        """Take a post out of the archive: published if it ever was, else a draft."""
        from store.post_changes import unarchive_post

        return await self._changing(post, partial(unarchive_post, post))

    async def delete(self, post: Post) -> DeletedPost:
        """Delete a post with its translations, or one translation; `undo_delete` brings it back.

        Raises:
            ConflictError: The file is not what was read.
            FileError: Something could not be copied or deleted; everything is still there.
        """
        from store.media_links import unlink_post
        from store.post_trash import delete_post

        deleted = await self._changing(post, partial(delete_post, self._project, post))
        self._deleted.append(deleted)
        if post.facts.id and not post.facts.translation_for:
            self._unlinked[deleted] = await self._relink(unlink_post, post.facts.id)
        return deleted

    async def undo_delete(self) -> Post | None:
        """Bring back what was deleted last; None when there is nothing.

        When its slug has been taken it comes back with another one.

        Raises:
            ConflictError: It is there again, or another translation is. The next call brings back
                what was deleted before it.
            FileError: Something could not be read or written; nothing has changed.
        """
        from store.media_links import link_post
        from store.post_trash import restore_post

        if not self._deleted:
            return None
        deleted = self._deleted[-1]
        taken = await self._taken(deleted.slug)
        try:
            restored = await self._changing(None, partial(restore_post, deleted, taken=taken))
        except ConflictError:
            self._deleted.remove(deleted)
            self._deleted.insert(0, deleted)
            raise
        self._deleted.remove(deleted)
        if paths := self._unlinked.pop(deleted, []):
            await self._relink(link_post, restored.facts.id, paths)
        return restored

    async def _relink(
        self, change: _Relink, post_id: str, paths: Sequence[Path] | None = None
    ) -> list[Path]:
        """Change the sidecars that link a post, or those of some paths; the index follows."""
        if paths is None:
            paths = [
                self._project.root / path
                for path, facts in await self._catalog.media()
                if post_id in facts.linked_post_ids
            ]
        changed = await anyio.to_thread.run_sync(change, paths, post_id)
        await self._catalog.files_changed([self._relative(path) for path in changed])
        return changed

    async def translations(self, post: Post) -> list[Post]:
        """Read the translations of a post, by language.

        Raises:
            FileError: One of them cannot be read.
        """
        from store.posts import translations_of

        return await anyio.to_thread.run_sync(translations_of, post)

    async def create_translation(
        self, post: Post, language: str, *, title: str, body: str, excerpt: str = ""
    ) -> Post:
        """Write a post's text in another language.

        Raises:
            ConflictError: There is a translation into that language already.
            FileError: It could not be written.
            ValueError: The post is not to be translated, or not into that; with words for a person.
        """
        from store.post_new import create_translation

        main = (await self._project_now()).settings.get("mainLanguage")
        make = partial(
            create_translation,
            post,
            language,
            title,
            body,
            excerpt,
            main_language=main if isinstance(main, str) else "",
        )
        return await self._changing(None, make, is_alone=True)

    async def _project_now(self) -> Project:
        """Read the project's settings again: its author and language may be others by now."""
        return await anyio.to_thread.run_sync(open_project, self._project.root)

    async def _taken(self, wanted: str, post: Post | None = None) -> set[str]:
        from store.post_slugs import taken_slugs

        await self._catalog.see_content()
        own_path = "" if post is None else self._relative(post.path)
        return await self._catalog.question(
            lambda index: taken_slugs(index, post_slug(wanted), own_path)
        )

    async def _changing(
        self, post: Post | None, work: Callable[[], T], *, is_alone: bool = False
    ) -> T:
        """Do the work and let the index follow, also when it fails: what was undone is new too.

        Args:
            post: As it was before; None when there was none.
            work: It gives the post, if there still is one.
            is_alone: Whether its translations cannot change with it: finding them means reading
                the whole folder.
        """
        from store.posts import Post

        touched: set[Path] = set()

        def touch(one: Post) -> None:
            touched.update([one.path] if is_alone else _group_of(one))

        def run() -> T:
            if post is not None:
                touch(post)
            result = work()
            if isinstance(result, Post):
                touch(result)
            return result

        try:
            return await anyio.to_thread.run_sync(run)
        finally:
            with anyio.CancelScope(shield=True):
                await self._catalog.files_changed([self._relative(path) for path in touched])

    def _relative(self, path: Path) -> str:
        return path.relative_to(self._project.root).as_posix()


def _group_of(post: Post) -> list[Path]:
    """List the files that change with a post."""
    from store.posts import translations_of

    try:
        return [post.path, *(other.path for other in translations_of(post))]
    except FileError:  # the work says so itself if it needs them
        return [post.path]
