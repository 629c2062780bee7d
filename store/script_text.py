"""What a script is, and how the text of its file is read as one.

Reading and writing files, and finding scripts in a project, must never enter.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, cast

from store import headers
from store.files import FileError, Stamp
from store.slugs import slugify

ScriptKind = Literal["macro", "utility", "transform"]
KINDS: tuple[ScriptKind, ...] = ("macro", "utility", "transform")
"""The kinds, in the order they are shown."""

MAX_EDIT_BYTES = 1_000_000
"""The largest file that the editor opens."""

DEFAULT_ENTRYPOINTS: Mapping[ScriptKind, str] = {
    "macro": "render",
    "utility": "main",
    "transform": "transform",
}
"""What a new script of each kind calls; `main` runs the whole file."""

_HEADER_KEYS = {
    "id": "id",
    "project_id": "projectId",
    "slug": "slug",
    "title": "title",
    "kind": "kind",
    "entrypoint": "entrypoint",
    "enabled": "enabled",
    "version": "version",
    "created_at": "createdAt",
    "updated_at": "updatedAt",
}


@dataclass(frozen=True, slots=True)
class ScriptFields:
    """The ten fields of a script's header, defaults filled in; texts are fit to be shown."""

    id: str
    """A uuid; "" when the file has none."""
    project_id: str
    slug: str
    title: str
    kind: ScriptKind
    entrypoint: str
    enabled: bool
    version: int
    created_at: str
    """ISO 8601 in UTC with milliseconds and Z, as `updated_at`."""
    updated_at: str


@dataclass(frozen=True, slots=True)
class Script:
    """A script as it stands in its file."""

    path: Path
    """The file, absolute."""
    fields: ScriptFields
    header: str
    """The exact text of the header, its last newline included; "" when there is none."""
    body: str
    """The exact rest of the file."""
    form: headers.Form
    problems: tuple[str, ...]
    """What is odd about the file, in words with line numbers."""
    stamp: Stamp

    @property
    def text(self) -> str:
        """The whole file."""
        return self.header + self.body

    @property
    def source(self) -> bytes:
        """The whole file's bytes."""
        return self.text.encode()

    @property
    def first_body_line(self) -> int:
        """The line of the file in which the body starts, from 1."""
        return self.header.count("\n") + 1


def parse_script(path: Path, data: bytes, stamp: Stamp) -> Script:
    """Read a file's bytes as a script. Whatever is odd but readable becomes a problem.

    Args:
        path: The file.
        data: Its bytes.
        stamp: The stamp of these bytes.

    Returns:
        The script.

    Raises:
        FileError: The bytes are not UTF-8; it names the byte offset, line and column.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise _not_utf8(path, data, error.start) from error
    header = headers.parse(text)
    problems = [header.problem] if header.problem else []
    if (at := text.find("\0")) >= 0:
        line, column = _place(text, at)
        problems.append(f"line {line}, column {column}: a NUL byte; Python does not run this file")
    fields = _fields(path, header, stamp, problems)
    body = text[len(header.text) :]
    return Script(path, fields, header.text, body, header.form, tuple(problems), stamp)


def new_script_text(fields: ScriptFields, body: str) -> str:
    """Write the text of a new script: docstring header and body.

    Args:
        fields: What the header says.
        body: The Python below it.

    Returns:
        The whole file. Its header has the line ends of the body.
    """
    body = body.removeprefix("\ufeff")  # in the middle of a file it is a syntax error
    return headers.render(header_values(fields), eol=_eol(body)) + body


def text_with_header(fields: ScriptFields, text: str) -> str:
    """Put a header on a file that has none.

    Args:
        fields: What the header says.
        text: The whole file.

    Returns:
        The file with the header below a byte order mark, `#!` or coding line. It is the docstring
        form, unless the docstring would push a `from __future__` import out of its place.
    """
    above, rest = headers.split_preamble(text)
    form: headers.Form = "docstring"
    own_docstring = re.match(r"(?:[ \t]*(?:#.*)?\r?\n)*[rRuU]?[\"']", rest)
    if own_docstring and re.search(r"^from __future__ import", rest, re.MULTILINE):
        form = "comment"
    return above + headers.render(header_values(fields), form=form, eol=_eol(text)) + rest


def header_values(fields: ScriptFields) -> dict[str, headers.Value]:
    """Give the fields under the keys they have in a header, in their order."""
    return {key: getattr(fields, name) for name, key in _HEADER_KEYS.items()}


def header_key(field_name: str) -> str:
    """Give the header's key of a field: `updated_at` is `updatedAt`."""
    return _HEADER_KEYS[field_name]


def iso(moment: datetime) -> str:
    """Write a moment as headers do: UTC with milliseconds and Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def iso_of_mtime(mtime_ns: int) -> str:
    """Write a file's time as headers do; times that no calendar holds become 1970."""
    try:
        return iso(datetime.fromtimestamp(mtime_ns / 1e9, UTC))
    except (ValueError, OverflowError, OSError):
        return iso(datetime.fromtimestamp(0, UTC))


def _fields(path: Path, header: headers.Header, stamp: Stamp, problems: list[str]) -> ScriptFields:
    values = header.values
    changed_at = iso_of_mtime(stamp.mtime_ns)
    slug = _text(values, "slug") or slugify(path.stem)
    kind = _text(values, "kind") or "utility"
    if kind not in KINDS:
        problems.append(f"unknown kind {kind!r}; it counts as a utility")
        kind = "utility"
    if kind == "macro" and not re.fullmatch(r"\w+", slug):
        problems.append(f"the slug {slug!r} cannot be a macro's name: use letters, digits and _")
    return ScriptFields(
        id=_text(values, "id"),
        project_id=_text(values, "projectId"),
        slug=slug,
        title=_text(values, "title") or slug,
        kind=cast(ScriptKind, kind),
        # Without a header the file is what a shell would make of it: run from top to end.
        entrypoint=_text(values, "entrypoint") or ("main" if header.form == "none" else "render"),
        enabled=_enabled(values.get("enabled", True), problems),
        version=_version(values.get("version", 1), problems),
        created_at=_text(values, "createdAt") or changed_at,
        updated_at=_text(values, "updatedAt") or changed_at,
    )


def _text(values: Mapping[str, headers.Value], key: str) -> str:
    value = values.get(key, "")
    return str(value).lower() if isinstance(value, bool) else headers.clean(str(value))


def _enabled(value: headers.Value, problems: list[str]) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).lower()
    if word not in {"true", "false"}:
        problems.append(f"enabled is {value!r}, neither true nor false; it counts as true")
    return word != "false"


def _version(value: headers.Value, problems: list[str]) -> int:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,15}", value):
        value = int(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and 1 <= value < 1e15:
        return int(value)
    problems.append(f"version is {value!r}, not a number from 1; it counts as 1")
    return 1


def _not_utf8(path: Path, data: bytes, offset: int) -> FileError:
    line, column = _place(data[:offset].decode(), offset)
    byte = data[offset]
    return FileError(
        path,
        f"not UTF-8 at line {line}, column {column}: byte 0x{byte:02x} at offset {offset}",
        "Save the file as UTF-8.",
    )


def _place(text: str, at: int) -> tuple[int, int]:
    before = text[:at]
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def _eol(text: str) -> str:
    end = text.find("\n")
    return "\r\n" if end > 0 and text[end - 1] == "\r" else "\n"
