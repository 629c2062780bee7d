"""Reads the sidecars of media: lines of `key: value` between two `---` lines.

They are the origin's own format, not YAML. The binaries themselves must never enter.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from store import files
from store.files import FileError

SUFFIXES = (".meta",)
"""The ending of sidecars."""

_ITEM = re.compile(r'"((?:[^"\\]|\\.)*)"|([^,\s][^,]*)')


class SidecarError(ValueError):
    """A sidecar cannot be used; `str()` says why."""


@dataclass(frozen=True, slots=True)
class MediaFacts:
    """What a sidecar says about its file; "" and 0 for what it does not say."""

    id: str
    original_name: str
    mime_type: str
    size: int
    """Length of the binary in bytes."""
    width: int
    height: int
    title: str
    alt: str
    caption: str
    author: str
    language: str
    created_at: str
    updated_at: str
    tags: tuple[str, ...]
    linked_post_ids: tuple[str, ...]
    translation_for: str
    """The id of the file whose texts this sidecar translates; "" for the sidecar itself."""


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
    values = _values(text)
    translation_for = _text(values.get("translationFor", ""))
    required = ("language",) if translation_for else ("id", "originalName", "mimeType")
    missing = [key for key in required if not _text(values.get(key, ""))]
    if missing:
        raise SidecarError(f"{' and '.join(missing)} missing")

    def text_of(key: str) -> str:
        return _text(values.get(key, ""))

    return MediaFacts(
        id=text_of("id"),
        original_name=text_of("originalName"),
        mime_type=text_of("mimeType"),
        size=_number(text_of("size")),
        width=_number(text_of("width")),
        height=_number(text_of("height")),
        title=text_of("title"),
        alt=text_of("alt"),
        caption=text_of("caption"),
        author=text_of("author"),
        language=text_of("language"),
        created_at=text_of("createdAt"),
        updated_at=text_of("updatedAt"),
        tags=_list(values.get("tags", "")),
        linked_post_ids=_list(values.get("linkedPostIds", "")),
        translation_for=translation_for,
    )


def read_media_facts(path: Path) -> MediaFacts:
    """Read a sidecar.

    Args:
        path: The `.meta` file.

    Returns:
        Its facts.

    Raises:
        FileError: It cannot be read, is not UTF-8 or cannot be used.
    """
    data, _ = files.read(path)
    try:
        return read_sidecar(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileError(path, f"not UTF-8 in line {line}", "Save the file as UTF-8.") from error
    except SidecarError as error:
        raise FileError(path, f"the sidecar cannot be used: {error}") from error


def _values(text: str) -> Mapping[str, str]:
    lines = text.removeprefix("\ufeff").split("\n")
    if lines[0].strip() != "---":
        raise SidecarError("line 1 is not ---")
    values: dict[str, str] = {}
    for line in lines[1:]:
        if line.strip() == "---":
            return values
        key, colon, value = line.partition(":")
        if colon:
            values[key.strip()] = value.strip()
    raise SidecarError("there is no second --- line")


def _text(raw: str) -> str:
    if len(raw) >= 2 and raw[0] == raw[-1] == '"':
        return _unescaped(raw[1:-1])
    return raw


def _list(raw: str) -> tuple[str, ...]:
    """Read an inline list: `["a", "b"]`; words without quotes are taken as they are."""
    inner = raw.removeprefix("[").removesuffix("]")
    found = (_unescaped(quoted) or plain.strip() for quoted, plain in _ITEM.findall(inner))
    return tuple(item for item in found if item)


def _unescaped(text: str) -> str:
    return re.sub(r'\\(["\\])', r"\1", text)


def _number(raw: str) -> int:
    return int(raw) if re.fullmatch(r"[0-9]{1,18}", raw) else 0
