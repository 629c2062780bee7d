"""The media of an open project: importing, changing and deleting them, for whoever is above.

Every write is told to the catalog. How sidecars and files are written is the store's; nothing here
draws.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import anyio.to_thread

from engine.catalog import Catalog
from store.project import Project

if TYPE_CHECKING:
    from store.media import Media as Medium
    from store.media_trash import DeletedMedia


class Media:
    """What can be done with media. The imports stand inside: a run needs none of them."""

    def __init__(self, project: Project, catalog: Catalog) -> None:
        self._project = project
        self._catalog = catalog
        self._deleted: list[DeletedMedia] = []

    async def load(self, path: str) -> Medium:
        """Read a sidecar or the translation of one.

        Args:
            path: Of the `.meta` file, relative to the project's folder.

        Raises:
            FileError: It cannot be read or used.
        """
        from store.media import read_media

        return await anyio.to_thread.run_sync(read_media, self._project.root / path)

    async def import_file(
        self,
        source: Path,
        *,
        title: str = "",
        alt: str = "",
        caption: str = "",
        author: str = "",
        tags: Sequence[str] = (),
        language: str = "",
    ) -> Medium:
        """Copy a file into the project and write its sidecar; see `store.media_changes`.

        Args:
            source: The file; it stays where it is.
            title: As the other texts "" for none.
            alt: What it shows.
            caption: What stands below it.
            author: Who made it.
            tags: Its tags.
            language: Of the texts, as `en` or `pt-BR`.

        Raises:
            FileError: It cannot be read or is too large, or something could not be written; then
                nothing new is there.
            ValueError: `language` is none.
        """
        from store.media_changes import import_media

        imported = await anyio.to_thread.run_sync(
            partial(
                import_media,
                self._project,
                source,
                title=title,
                alt=alt,
                caption=caption,
                author=author,
                tags=tags,
                language=language,
            )
        )
        await self._wrote(imported.path, imported.binary)
        return imported

    async def update(self, medium: Medium, changes: Mapping[str, str | Sequence[str]]) -> Medium:
        """Write what changes of a sidecar or a translation; nothing when nothing does.

        Args:
            medium: As it was read.
            changes: New values by name (`store.media_changes.Field`); an empty one takes the key
                away.

        Raises:
            ConflictError: The file is not what was read.
            FileError: It could not be written; it is as it was.
            ValueError: A field that it has not, or a value that the field cannot have.
        """
        from store.media_changes import update_media

        updated = await anyio.to_thread.run_sync(update_media, medium, changes)
        if updated is not medium:
            await self._wrote(updated.path)
        return updated

    async def replace_file(self, medium: Medium, source: Path) -> Medium:
        """Put another file of the same type in the place of a medium's.

        Args:
            medium: Its own sidecar as it was read.
            source: The new file; it stays where it is.

        Raises:
            ConflictError: A file is not what was read.
            FileError: It cannot be read, is too large or of another type, or something could not
                be written; then all is as it was.
            ValueError: `medium` is a translation.
        """
        from store.media_changes import replace_file

        replaced = await anyio.to_thread.run_sync(replace_file, medium, source)
        if replaced is not medium:
            await self._wrote(replaced.path, replaced.binary)
        return replaced

    async def translations(self, medium: Medium) -> list[Medium]:
        """Read the translations of a medium's texts, by language; unusable ones are left out."""
        from store.files import FileError
        from store.media import read_media
        from store.media_trash import translations_of

        def read_all() -> list[Medium]:
            found = []
            for path in translations_of(medium):
                try:
                    found.append(read_media(path))
                except FileError:  # `Catalog.problems` lists it
                    continue
            return found

        return await anyio.to_thread.run_sync(read_all)

    async def create_translation(
        self,
        medium: Medium,
        language: str,
        *,
        title: str = "",
        alt: str = "",
        caption: str = "",
    ) -> Medium:
        """Write a medium's texts in another language, in a sidecar of their own.

        Args:
            medium: Its own sidecar.
            language: As `de` or `pt-BR`.
            title: As the other texts "" for none.
            alt: What it shows.
            caption: What stands below it.

        Raises:
            ConflictError: There is one already.
            FileError: It could not be written.
            ValueError: `language` is none or the medium's own, or `medium` is a translation.
        """
        from store.media_changes import create_translation

        made = await anyio.to_thread.run_sync(
            partial(create_translation, medium, language, title=title, alt=alt, caption=caption)
        )
        await self._wrote(made.path)
        return made

    async def delete(self, medium: Medium) -> DeletedMedia:
        """Delete a medium with all its sidecars, or one translation; `undo_delete` undoes it.

        Raises:
            ConflictError: The sidecar is not what was read.
            FileError: Something could not be copied or deleted; everything is still there.
        """
        from store.media_trash import delete_media

        deleted = await anyio.to_thread.run_sync(delete_media, self._project, medium)
        self._deleted.append(deleted)
        await self._wrote(*(path for path, _ in deleted.copies))
        return deleted

    async def undo_delete(self) -> Medium | None:
        """Bring back what was deleted last; None when there is nothing.

        Raises:
            ConflictError: Something is in its place; nothing was changed.
            FileError: It could not be written; nothing was changed.
        """
        from store.media_trash import restore_media

        if not self._deleted:
            return None
        deleted = self._deleted[-1]
        medium = await anyio.to_thread.run_sync(restore_media, deleted)
        self._deleted.remove(deleted)
        await self._wrote(*(path for path, _ in deleted.copies))
        return medium

    async def _wrote(self, *paths: Path) -> None:
        root = self._project.root
        await self._catalog.files_changed([path.relative_to(root).as_posix() for path in paths])
