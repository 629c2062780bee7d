"""Makes and changes media: takes files in with a sidecar, and writes what changes of sidecars.

Deleting is `media_trash`, the sidecar's text `sidecar_text`; the index must never enter.
"""

import contextlib
import mimetypes
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from store import files, image_size, sidecar_text
from store.files import FileError
from store.media import SUFFIXES, Media, parse_media
from store.one_line import clean
from store.project import Project
from store.script_text import iso
from store.sidecar_text import NewValue, SidecarError

MAX_BYTES = 512 * 1024 * 1024
"""The largest file that is taken in: it is held in memory while it is copied."""

Field = Literal[
    "title", "alt", "caption", "author", "language", "tags", "linked_post_ids", "original_name"
]
"""What of a sidecar can be changed; of a translation only title, alt and caption."""

_KEYS: Mapping[str, str] = {
    "title": "title",
    "alt": "alt",
    "caption": "caption",
    "author": "author",
    "language": "language",
    "tags": "tags",
    "linked_post_ids": "linkedPostIds",
    "original_name": "originalName",
}
_LISTS = frozenset({"tags", "linked_post_ids"})
_TRANSLATED = frozenset({"title", "alt", "caption"})
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z]{2,4})?")
_SUFFIX = re.compile(r"\.[a-z0-9]{1,10}")

_SUFFIXES_BY_TYPE: Mapping[str, tuple[str, ...]] = {
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/gif": (".gif",),
    "image/webp": (".webp",),
    "image/svg+xml": (".svg",),
    "image/bmp": (".bmp",),
    "image/x-icon": (".ico",),
    "image/avif": (".avif",),
    "image/heic": (".heic",),
    "image/heif": (".heif",),
}
"""The pictures; the first ending is for those whose own does not fit."""

_CERTAIN = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
"""Types of which every file begins in a way that `image_size` knows."""


@dataclass(frozen=True, slots=True)
class _Source:
    """A file that is to be taken in."""

    data: bytes
    name: str
    suffix: str
    mime_type: str
    width: int
    height: int

    @property
    def content(self) -> dict[str, NewValue]:
        """What a sidecar says about it."""
        return {
            "originalName": self.name,
            "mimeType": self.mime_type,
            "size": len(self.data),
            "width": self.width,
            "height": self.height,
        }


def import_media(
    project: Project,
    source: Path,
    *,
    title: str = "",
    alt: str = "",
    caption: str = "",
    author: str = "",
    tags: Sequence[str] = (),
    language: str = "",
    now: datetime | None = None,
) -> Media:
    """Copy a file to media/YYYY/MM and write its sidecar.

    Line breaks and control characters in texts become spaces.

    Args:
        project: Where.
        source: The file; it stays where it is.
        title: Its title, as the other texts "" for none.
        alt: What it shows, for those who do not see it.
        caption: What stands below it.
        author: Who made it.
        tags: Its tags; of those that differ in case only the first stays.
        language: Of the texts, as `en` or `pt-BR`.
        now: The time of importing; the clock's when None. The folder is its month in UTC.

    Returns:
        The medium.

    Raises:
        FileError: The source cannot be read, is too large or a sidecar itself; or something could
            not be written. Then neither the copy nor a sidecar is there.
        ValueError: `language` is none.
    """
    import uuid  # here: only new media pay for it

    found = _read_source(source)
    moment = (now or datetime.now(UTC)).astimezone(UTC)
    own_id = str(uuid.uuid4())
    texts = {"title": title, "alt": alt, "caption": caption, "author": author}
    content: dict[str, NewValue] = {
        "id": own_id,
        **found.content,
        **{key: clean(text) for key, text in texts.items()},
        "language": _checked_language(language) if language else "",
        "createdAt": iso(moment),
        "updatedAt": iso(moment),
        "tags": _terms(tags),
    }
    folder = project.media_dir / f"{moment:%Y}" / f"{moment:%m}"
    binary = folder / f"{own_id}{found.suffix}"
    sidecar = sidecar_of(binary)
    text = sidecar_text.new_sidecar(content).encode()
    copied = files.write(binary, found.data, expected=None)
    try:
        return parse_media(sidecar, text, files.write(sidecar, text, expected=None))
    except BaseException:
        with contextlib.suppress(FileError):
            files.remove(binary, expected=copied)
        raise


def update_media(
    media: Media, changes: Mapping[str, str | Sequence[str]], *, now: datetime | None = None
) -> Media:
    """Write what changes of a sidecar. Nothing is written when nothing does; else updatedAt moves.

    Args:
        media: The sidecar, or a translation, as it was read.
        changes: New values by name (`Field`); an empty one takes the key away. Line breaks and
            control characters become spaces.
        now: The time of the change; the clock's when None.

    Returns:
        The medium as it is now in the file.

    Raises:
        ConflictError: The file is not what was read.
        FileError: It could not be written; the file is as it was.
        ValueError: Another name, a value that it cannot have, or a `language` that is none.
    """
    is_translation = bool(media.facts.translation_for)
    wanted: dict[str, NewValue] = {}
    for name, value in changes.items():
        if name not in _KEYS or (is_translation and name not in _TRANSLATED):
            kind = "a translation" if is_translation else "a sidecar"
            raise ValueError(f"{kind} has no field {name!r} that can be changed")
        if value == getattr(media.facts, name):
            continue
        if isinstance(value, str) == (name in _LISTS):
            raise ValueError(f"{name} cannot be {value!r}")
        if isinstance(value, str):
            is_language = name == "language" and bool(value)
            wanted[_KEYS[name]] = _checked_language(value) if is_language else clean(value)
        else:
            wanted[_KEYS[name]] = _terms(value)
    return _patched(media, wanted, now)


def replace_file(media: Media, source: Path, *, now: datetime | None = None) -> Media:
    """Put another file in the place of a medium's; its name in the project stays.

    Args:
        media: The sidecar as it was read; not a translation.
        source: The new file, of the same type: texts that show it by its name go on to work.
        now: The time of the change; the clock's when None.

    Returns:
        The medium as it is now; the same one when the file is byte for byte the old one.

    Raises:
        ConflictError: A file is not what was read.
        FileError: The source cannot be read, is too large or of another type; or something could
            not be written. Then all is as it was.
        ValueError: `media` is a translation.
    """
    _check_own(media)
    found = _read_source(source)
    binary = media.binary
    usual = _SUFFIXES_BY_TYPE.get(found.mime_type, (found.suffix,))
    if binary.suffix.lower() not in usual:
        raise FileError(
            source,
            f"it is {found.mime_type}, but the file it should replace ends in {binary.suffix}",
            "Take it in as a new medium.",
            action="use",
        )
    old: bytes | None = None
    before: files.Stamp | None = None
    try:
        old, before = files.read(binary)
    except FileError as error:
        if not isinstance(error.__cause__, FileNotFoundError):
            raise
    if old == found.data:
        return _patched(media, {**found.content, "originalName": media.facts.original_name}, now)
    after = files.write(binary, found.data, expected=before)
    try:
        return _patched(media, found.content, now)
    except BaseException:
        if old is None:
            files.remove(binary, expected=after)
        else:
            files.write(binary, old, expected=after)
        raise


def create_translation(
    media: Media, language: str, *, title: str = "", alt: str = "", caption: str = ""
) -> Media:
    """Write a sidecar with the texts of a medium in another language.

    Args:
        media: The medium's own sidecar.
        language: As `de` or `pt-BR`.
        title: Its title, as the other texts "" for none.
        alt: What it shows.
        caption: What stands below it.

    Returns:
        The translation.

    Raises:
        ConflictError: There is one already.
        FileError: It could not be written.
        ValueError: `language` is none or the medium's own, or `media` is a translation.
    """
    _check_own(media)
    if _checked_language(language) == media.facts.language:
        raise ValueError(f"the medium's own texts are in {language!r}")
    texts = {"title": title, "alt": alt, "caption": caption}
    text = sidecar_text.new_sidecar(
        {
            "translationFor": media.facts.id,
            "language": language,
            **{key: clean(text) for key, text in texts.items()},
        }
    ).encode()
    path = sidecar_of(media.binary, language)
    return parse_media(path, text, files.write(path, text, expected=None))


def sidecar_of(binary: Path, language: str = "") -> Path:
    """Name the sidecar of a file, or its translation into a language."""
    return binary.with_name(f"{binary.name}{'.' if language else ''}{language}{SUFFIXES[0]}")


def _patched(media: Media, wanted: Mapping[str, NewValue], now: datetime | None) -> Media:
    try:
        text = sidecar_text.patch(media.text, wanted)
        if text == media.text:
            return media
        # The origin's translations have no times: only those that have one get a new one.
        if not media.facts.translation_for or media.facts.updated_at:
            moment = iso(now or datetime.now(UTC))
            text = sidecar_text.patch(text, {"updatedAt": moment})
    except SidecarError as error:
        raise FileError(media.path, str(error), action="change") from error
    data = text.encode()
    return parse_media(media.path, data, files.write(media.path, data, expected=media.stamp))


def _read_source(source: Path) -> _Source:
    try:
        size = source.stat().st_size
    except (OSError, ValueError):
        size = 0  # reading it says why
    if size > MAX_BYTES:
        raise FileError(
            source,
            f"it has {-(-size // 1024**2):,} MB, more than the {MAX_BYTES // 1024**2} that fit",
            "Make it smaller, or link to where it is.",
        )
    if source.suffix.lower() in SUFFIXES:
        raise FileError(source, "it is a sidecar, not a medium", "Name the file beside it.")
    data, _ = files.read(source)
    name = clean(source.name)
    facts = image_size.measure(data)
    suffix = source.suffix.lower()
    if facts is None:
        mime_type = _type_of(suffix)
        if mime_type in _CERTAIN:
            raise FileError(
                source,
                f"its name says {mime_type}, but its content is none",
                "Look what it holds, or give it another name.",
                action="use",
            )
        suffix = suffix if _SUFFIX.fullmatch(suffix) else ".bin"
        return _Source(data, name, suffix, mime_type, 0, 0)
    usual = _SUFFIXES_BY_TYPE[facts.mime_type]
    suffix = suffix if suffix in usual else usual[0]
    return _Source(data, name, suffix, facts.mime_type, facts.width, facts.height)


def _type_of(suffix: str) -> str:
    for mime_type, suffixes in _SUFFIXES_BY_TYPE.items():
        if suffix in suffixes:
            return mime_type
    # An instance of its own: the module's functions read the tables of the machine.
    guessed, _ = mimetypes.MimeTypes().guess_type(f"name{suffix}")
    return guessed or "application/octet-stream"


def _check_own(media: Media) -> None:
    if media.facts.translation_for:
        raise ValueError(f"{media.path.name} is a translation; name the medium's own sidecar")


def _checked_language(language: str) -> str:
    if not _LANGUAGE.fullmatch(language):
        raise ValueError(f"a language is written like `de` or `pt-BR`, not {language!r}")
    return language


def _terms(terms: Collection[str]) -> tuple[str, ...]:
    """Trim tags or ids and leave out repeated ones."""
    first: dict[str, str] = {}
    for term in map(clean, terms):
        if term:
            first.setdefault(term.casefold(), term)
    return tuple(first.values())
