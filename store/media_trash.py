"""Deletes media so that they can be brought back: copies stay in the state folder.

What sidecars mean, and finding media in a project, must never enter.
"""

import contextlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from store import files
from store.files import FileError, Stamp
from store.media import SUFFIXES, Media, read_media
from store.project import Project

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z]{2,4})?")
_THUMBNAILS = ("small.webp", "medium.webp", "large.webp", "ai.jpg")


@dataclass(frozen=True, slots=True)
class DeletedMedia:
    """What was deleted and can be brought back."""

    sidecar: Path
    """Where the sidecar was that the deletion began with."""
    copies: tuple[tuple[Path, Path], ...]
    """Each file's old place and its copy in the state folder."""


def delete_media(project: Project, media: Media) -> DeletedMedia:
    """Delete a medium: its file, its sidecars of all languages and its thumbnails.

    Of a translation only that one sidecar goes.

    Args:
        project: The project it belongs to.
        media: The sidecar as it was read.

    Returns:
        What `restore_media` needs.

    Raises:
        ConflictError: The sidecar is not what was read.
        FileError: Something could not be copied or deleted; everything is still there.
    """
    others: list[Path] = []
    if not media.facts.translation_for:
        others = [path for path in (media.binary,) if path.is_file()]
        others += [*translations_of(media), *thumbnails_of(project, media)]
    trash = project.state_dir / "trash"
    copies: list[tuple[Path, Path, Stamp]] = []
    try:
        for path in (media.path, *others):
            data, stamp = files.read(path)
            copy = trash / f"{os.urandom(6).hex()}-{path.name}"
            _keep(copy, data)
            copies.append((path, copy, stamp))
        _remove_all([(media.path, copies[0][1], media.stamp), *copies[1:]])
    except FileError:
        for path, copy, stamp in copies:
            if os.path.lexists(path):
                with contextlib.suppress(FileError):  # a copy too many does no harm
                    files.remove(copy, expected=stamp)
        raise
    return DeletedMedia(media.path, tuple((path, copy) for path, copy, _ in copies))


def restore_media(deleted: DeletedMedia) -> Media:
    """Bring back what was deleted, byte for byte.

    Args:
        deleted: What `delete_media` gave.

    Returns:
        The medium.

    Raises:
        ConflictError: There is something in one of the old places; nothing was changed.
        FileError: Something could not be written; nothing was changed.
    """
    written: list[tuple[Path, Stamp]] = []
    kept: list[tuple[Path, Stamp]] = []
    try:
        # The sidecar last: who finds it finds the rest.
        for path, copy in reversed(deleted.copies):
            data, stamp = files.read(copy)
            written.append((path, files.write(path, data, expected=None)))
            kept.append((copy, stamp))
    except FileError:
        for path, stamp in reversed(written):
            with contextlib.suppress(FileError):
                files.remove(path, expected=stamp)
        raise
    for copy, stamp in kept:
        # It is back: a copy that stays behind is no reason to say it is not.
        with contextlib.suppress(FileError):
            files.remove(copy, expected=stamp)
    return read_media(deleted.sidecar)


def translations_of(media: Media) -> list[Path]:
    """List the translated sidecars of a medium, by name; broken ones are taken by their name."""
    name, ending = media.binary.name, SUFFIXES[0]
    try:
        beside = [path.name for path in media.path.parent.iterdir()]
    except OSError:
        return []
    found = []
    for other in sorted(beside):
        if not (other.startswith(f"{name}.") and other.endswith(ending)):
            continue
        path = media.path.with_name(other)
        # `a.tar.gz.meta` looks like the translation of `a.tar` into a language `gz`.
        is_language = _LANGUAGE.fullmatch(other[len(name) + 1 : -len(ending)])
        if is_language and _translates(path, media):
            found.append(path)
    return found


def thumbnails_of(project: Project, media: Media) -> list[Path]:
    """List the thumbnails of a medium that another program has made."""
    name = media.facts.id
    if not re.fullmatch(r"[\w-]{2,100}", name):  # it becomes part of a path
        return []
    folder = project.root / "thumbnails" / name[:2]
    found = (folder / f"{name}-{rest}" for rest in _THUMBNAILS)
    return [path for path in found if path.is_file()]


def _translates(path: Path, media: Media) -> bool:
    try:
        return read_media(path).facts.translation_for == media.facts.id
    except FileError:
        return not path.with_suffix("").exists()  # else it is the sidecar of that file


def _keep(copy: Path, data: bytes) -> None:
    try:
        files.write(copy, data, expected=None)
    except FileError as error:
        raise FileError(
            copy.parent, error.reason, "Nothing was deleted.", action="keep a copy in"
        ) from error


def _remove_all(wanted: Sequence[tuple[Path, Path, Stamp]]) -> None:
    removed: list[tuple[Path, Path]] = []
    try:
        for path, copy, stamp in wanted:
            files.remove(path, expected=stamp)
            removed.append((path, copy))
    except FileError:
        for path, copy in removed:
            files.write(path, files.read(copy)[0], expected=None)
        raise
