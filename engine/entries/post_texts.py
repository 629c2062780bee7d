"""The texts of an open project's posts, as an editor reads, writes and checks them.

Owns that the index follows such a write. What a text is, and writing it, is `store.post_source`'s.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread

if TYPE_CHECKING:
    from engine.catalog import Catalog
    from store.post_names import NamedPost
    from store.post_source import PostSource
    from store.project import Project


class PostTexts:
    """The texts of posts. Every call may raise ClosedResourceError once the project is closed."""

    def __init__(self, project: Project, catalog: Catalog) -> None:
        self._project = project
        self._catalog = catalog

    async def read(self, path: str) -> PostSource:
        """Read a post or a translation, whatever is wrong with its front matter.

        Args:
            path: From the project's folder, with slashes.

        Raises:
            FileError: It cannot be read or is not UTF-8.
        """
        return await anyio.to_thread.run_sync(_read, self._project, path)

    async def save(self, source: PostSource, body: str) -> PostSource:
        """Write a text as it was typed; nothing is written when nothing changed.

        Raises:
            ConflictError: The file is not the one that `source` was read from.
            FileError: It could not be written; the old file is intact.
        """
        from store.post_source import save_source

        saved = await anyio.to_thread.run_sync(partial(save_source, source, body))
        if saved is not source:
            await self._follow(saved)
        return saved

    async def overwrite(self, source: PostSource, body: str) -> PostSource:
        """Write a text over whatever the file holds by now, or make the file again.

        Raises:
            ConflictError: The file changed in this very moment.
            FileError: It could not be written; the old file is intact.
        """
        from store.post_source import overwrite_source

        written = await anyio.to_thread.run_sync(partial(overwrite_source, source, body))
        await self._follow(written)
        return written

    async def create_beside(self, source: PostSource, body: str, word: str) -> PostSource:
        """Make a draft of a text that a post might have had; see `store.post_source`.

        Raises:
            FileError: It could not be written.
        """
        from store.post_slugs import taken_slugs
        from store.post_source import create_beside, slug_beside

        wanted = slug_beside(source, word)
        await self._catalog.see_content()
        taken = await self._catalog.question(lambda index: taken_slugs(index, wanted))
        made = await anyio.to_thread.run_sync(
            partial(create_beside, source, body, word, taken=taken)
        )
        await self._follow(made)
        return made

    async def find(self, name: str) -> str:
        """Return the path of the post of an id, a slug or a path, readable or not.

        Raises:
            PostNotFound: There is none; the hint names close ones.
            FileError: The index cannot be read.
        """
        row = await self._catalog.find_post(name)
        if row is not None and await anyio.Path(self._project.root / row.path).exists():
            return row.path
        return await anyio.to_thread.run_sync(_find, self._project, name)

    async def named(self, query: str) -> list[NamedPost]:
        """Find posts and translations by words of their titles and slugs, the newest first."""
        from store.post_names import posts_named

        return await self._catalog.question(lambda index: posts_named(index, query))

    async def paths_of(self, source: PostSource) -> set[str]:
        """Return where the index knows the post or translation that a source is."""
        from store import search

        facts = source.facts
        if facts is None:
            return set()
        if facts.translation_for:
            found = await self._catalog.question(
                lambda index: search.translations_of(index, facts.translation_for)
            )
            return {path for path, other in found if other.language == facts.language}
        row = await self._catalog.find_post(facts.id)
        return set() if row is None else {row.path}

    def relative(self, source: PostSource) -> str:
        """Return how its file is called everywhere: from the project's folder, with slashes."""
        return source.path.relative_to(self._project.root).as_posix()

    async def _follow(self, source: PostSource) -> None:
        with anyio.CancelScope(shield=True):
            await self._catalog.files_changed([self.relative(source)])


def _read(project: Project, path: str) -> PostSource:
    from store.post_source import read_source  # in the thread: it imports yaml, which takes 30 ms

    return read_source(project.root / path)


def _find(project: Project, name: str) -> str:
    """Find a post without the index: by the name of its file, which may be broken, else by slug."""
    from store import scan
    from store.posts import SUFFIXES, find_post

    for file in scan.walk(project.root, "posts", SUFFIXES).found:
        if name in (file.relative, file.relative.rpartition("/")[2].rpartition(".")[0]):
            return file.relative
    return find_post(project, name).path.relative_to(project.root).as_posix()
