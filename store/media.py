"""Reads what the sidecar of a medium says: the facts that lists and the index need.

How the text is written is `sidecar_text`; writing files, and the binaries, must never enter.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from store import files, sidecar_text
from store.facts import MediaFacts
from store.files import FileError, Stamp
from store.sidecar_text import SidecarError as SidecarError

SUFFIXES = (".meta",)
"""The ending of sidecars."""

_TRANSLATED = re.compile(r"(?P<binary>.+)\.[a-z]{2,3}(-[A-Za-z]{2,4})?")


@dataclass(frozen=True, slots=True)
class Media:
    """A sidecar, or the translation of one, as it stands in its file."""

    path: Path
    """The `.meta` file."""
    facts: MediaFacts
    text: str
    """The whole file."""
    stamp: Stamp
    """Of the file that was read; a write expects it."""

    @property
    def binary(self) -> Path:
        """The file that it is about; it need not be there."""
        name = self.path.name.removesuffix(SUFFIXES[0])
        if self.facts.translation_for and (found := _TRANSLATED.fullmatch(name)):
            name = found["binary"]
        return self.path.with_name(name)


def read_sidecar(text: str) -> MediaFacts:
    """Read a sidecar's text.

    Args:
        text: The whole file.

    Returns:
        Its facts.

    Raises:
        SidecarError: There are no `---` lines, or id, originalName or mimeType is missing (for a
            translation: language).
    """
    values = sidecar_text.values(text)

    def text_of(key: str) -> str:
        return sidecar_text.read_text(values.get(key, ""))

    def number_of(key: str) -> int:
        return sidecar_text.read_number(values.get(key, ""))

    translation_for = text_of("translationFor")
    required = sidecar_text.TRANSLATION_REQUIRED if translation_for else sidecar_text.REQUIRED
    missing = [key for key in required if not text_of(key)]
    if missing:
        raise SidecarError(f"{' and '.join(missing)} missing")
    return MediaFacts(
        id=text_of("id"),
        original_name=text_of("originalName"),
        mime_type=text_of("mimeType"),
        size=number_of("size"),
        width=number_of("width"),
        height=number_of("height"),
        title=text_of("title"),
        alt=text_of("alt"),
        caption=text_of("caption"),
        author=text_of("author"),
        language=text_of("language"),
        created_at=text_of("createdAt"),
        updated_at=text_of("updatedAt"),
        tags=sidecar_text.read_list(values.get("tags", "")),
        linked_post_ids=sidecar_text.read_list(values.get("linkedPostIds", "")),
        translation_for=translation_for,
    )


def read_media(path: Path) -> Media:
    """Read a sidecar or the translation of one.

    Args:
        path: The `.meta` file.

    Returns:
        The medium.

    Raises:
        FileError: It cannot be read, is not UTF-8 or cannot be used.
    """
    return parse_media(path, *files.read(path))


def parse_media(path: Path, data: bytes, stamp: Stamp) -> Media:
    """Make a medium of what its sidecar holds; see `read_media`."""
    try:
        text = data.decode("utf-8")
        return Media(path, read_sidecar(text), text, stamp)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileError(path, f"not UTF-8 in line {line}", "Save the file as UTF-8.") from error
    except SidecarError as error:
        raise FileError(path, f"the sidecar cannot be used: {error}") from error


def read_media_facts(path: Path) -> MediaFacts:
    """Read what a sidecar says; see `read_media`."""
    return read_media(path).facts
