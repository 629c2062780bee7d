"""The text of media sidecars: reads its lines of `key: value`, and changes only those that change.

It is the origin's own format, not YAML. Files, and what the keys are used for, must never enter.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

NewValue = str | int | Sequence[str] | None
"""What a key can be set to; None takes the key away."""

ORDER = (
    "id",
    "originalName",
    "mimeType",
    "size",
    "width",
    "height",
    "title",
    "alt",
    "caption",
    "author",
    "language",
    "createdAt",
    "updatedAt",
    "tags",
    "linkedPostIds",
)
"""The keys of a sidecar in the order they are written."""

TRANSLATION_ORDER = ("translationFor", "language", "title", "alt", "caption")
"""The keys of a translated sidecar in the order they are written."""

REQUIRED = ("id", "originalName", "mimeType")
"""Without these a sidecar cannot be used; a translation needs TRANSLATION_REQUIRED."""

TRANSLATION_REQUIRED = ("translationFor", "language")

_PLAIN = frozenset(
    {"id", "mimeType", "size", "width", "height", "language", "createdAt", "updatedAt"}
    | {"translationFor"}
)
"""Keys whose values are written without quotes."""
_OPTIONAL = frozenset(
    {"width", "height", "title", "alt", "caption", "author", "language", "linkedPostIds"}
)
"""Keys that the origin never writes empty: an empty value takes them away."""

_ITEM = re.compile(r'"((?:[^"\\]|\\.)*)"|([^,\s][^,]*)')
_KEY = re.compile(r"[^\s:\x00-\x1f\x7f](?:[^:\x00-\x1f\x7f]*[^\s:\x00-\x1f\x7f])?")
_UNFIT = re.compile("[\x00-\x08\x0a-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")
"""Line ends, other control characters, half characters: a line cannot hold them."""


class SidecarError(ValueError):
    """A sidecar cannot be used, or not be changed as asked; `str()` says why."""

    def __init__(self, reason: str, line: int = 0) -> None:
        """Keep what is wrong and in which line of the file, from 1; 0 when it is in none."""
        super().__init__(reason)
        self.line = line


@dataclass(frozen=True, slots=True)
class _Block:
    """A sidecar cut in lines, each with its end: `first`, `lines` and `rest` are its text."""

    first: str
    lines: list[str]
    rest: str
    """The second `---` line and whatever follows it."""


def values(text: str) -> dict[str, str]:
    """Read the lines between the `---` lines.

    Args:
        text: The whole file.

    Returns:
        By key the value as it is written; of a repeated key the last.

    Raises:
        SidecarError: There are no two `---` lines.
    """
    found = {}
    for line in _cut(text).lines:
        key, colon, raw = line.partition(":")
        if colon:
            found[key.strip()] = raw.strip()
    return found


def read_text(raw: str) -> str:
    """Read a value as a text, with or without quotes."""
    if len(raw) >= 2 and raw[0] == raw[-1] == '"':
        return _unescaped(raw[1:-1])
    return raw


def read_number(raw: str) -> int:
    """Read a value as a number; 0 when it is none."""
    text = read_text(raw)
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else 0


def read_list(raw: str) -> tuple[str, ...]:
    """Read an inline list: `["a", "b"]`; words without quotes are taken as they are."""
    inner = raw.removeprefix("[").removesuffix("]")
    found = (_unescaped(quoted) or plain.strip() for quoted, plain in _ITEM.findall(inner))
    return tuple(item for item in found if item)


def patch(text: str, changes: Mapping[str, NewValue]) -> str:
    """Change keys of a sidecar. Every other line stays byte for byte.

    A value that reads like the old one changes nothing. New keys go where the origin writes them.
    Keys that it never writes empty (title, width, linkedPostIds and so on) go away with an empty
    value; empty items of lists are left out, as no reader gives them back.

    Args:
        text: The whole file.
        changes: New values by key of the sidecar (camelCase); None takes a key away.

    Returns:
        The file's new text.

    Raises:
        SidecarError: There are no two `---` lines; a value holds a line break or another control
            character; a key without which the sidecar cannot be used would go; with the line.
    """
    block = _cut(text)
    is_translation = "translationFor" in changes or any(
        _key_of(line) == "translationFor" for line in block.lines
    )
    required = TRANSLATION_REQUIRED if is_translation else REQUIRED
    order = TRANSLATION_ORDER if is_translation else ORDER
    eol = "\r\n" if block.first.endswith("\r\n") else "\n"
    lines = block.lines
    for key, value in changes.items():
        places = [number for number, line in enumerate(lines) if _key_of(line) == key]
        _check(key, value, places[-1] + 2 if places else 0)
        if value is None or (not value and (key in _OPTIONAL or key in required)):
            if places and key in required:
                raise SidecarError(f"{key} cannot be taken away", places[-1] + 2)
            lines = [line for number, line in enumerate(lines) if number not in places]
        elif places:
            lines[places[-1]] = _rewritten(lines[places[-1]], key, value)
        elif not _reads_like("", value):
            lines.insert(_place(lines, key, order), f"{key}: {_written(key, value, '')}{eol}")
    return block.first + "".join(lines) + block.rest


def new_sidecar(content: Mapping[str, NewValue]) -> str:
    """Write a sidecar that is not there yet.

    Args:
        content: Values by key; empty ones are left out, `tags` of a file's own sidecar never.

    Returns:
        The text; by its format it ends without a newline.

    Raises:
        SidecarError: A value holds a line break or another control character.
    """
    tags = "" if "translationFor" in content else "tags: []\n"
    return patch(f"---\n{tags}---", content)


def _cut(text: str) -> _Block:
    lines = _split(text)
    if not lines or lines[0].removeprefix("\ufeff").strip() != "---":
        raise SidecarError("line 1 is not ---", 1)
    for number, line in enumerate(lines[1:], 1):
        if line.strip() == "---":
            return _Block(lines[0], lines[1:number], "".join(lines[number:]))
    raise SidecarError("there is no second --- line", len(lines))


def _split(text: str) -> list[str]:
    """Cut at newlines only: other line ends that Python knows are part of a value."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _key_of(line: str) -> str | None:
    key, colon, _ = line.partition(":")
    return key.strip() if colon else None


def _check(key: str, value: NewValue, line: int) -> None:
    if not _KEY.fullmatch(key):
        raise SidecarError(f"{key!r} cannot be the name of a key", line)
    texts = [value] if isinstance(value, str) else value
    if texts is None or isinstance(texts, int):
        return
    if any(_UNFIT.search(text) for text in texts):
        raise SidecarError(
            f"{key} holds a line break or another control character; a sidecar keeps one line", line
        )


def _reads_like(raw: str, value: NewValue) -> bool:
    """Say whether a value as it is written reads like the wanted one."""
    if isinstance(value, str):
        return read_text(raw) == value
    if isinstance(value, int):
        return read_text(raw) == _number(value)
    return read_list(raw) == tuple(item for item in value or () if item)


def _rewritten(line: str, key: str, value: NewValue) -> str:
    # No pattern: those that find blanks at the end take the square of a line's length.
    before, colon, rest = line.partition(":")
    raw = rest.strip()
    if _reads_like(raw, value):
        return line
    at = rest.index(raw) if raw else len(rest) - len(rest.lstrip(" \t"))
    return before + colon + (rest[:at] or " ") + _written(key, value, raw) + rest[at + len(raw) :]


def _written(key: str, value: NewValue, old_raw: str) -> str:
    if isinstance(value, int):
        return _number(value)
    if isinstance(value, str):
        is_plain = key in _PLAIN and not old_raw.startswith('"')
        is_same_without_quotes = value == value.strip() and read_text(value) == value
        return value if is_plain and is_same_without_quotes else _quoted(value)
    return f"[{', '.join(_quoted(item) for item in value or () if item)}]"


def _number(value: int) -> str:
    return str(value).lower()  # a bool is a number to Python, a word to the origin


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _unescaped(text: str) -> str:
    return re.sub(r'\\(["\\])', r"\1", text)


def _place(lines: list[str], key: str, order: tuple[str, ...]) -> int:
    """Find where the origin writes a key: behind the nearest one that comes before it."""
    if key not in order:
        return len(lines)
    rank = order.index(key)
    places = {found: number for number, line in enumerate(lines) if (found := _key_of(line))}
    for earlier in reversed(order[:rank]):
        if earlier in places:
            return places[earlier] + 1
    later = [places[other] for other in order[rank + 1 :] if other in places]
    return min(later, default=len(lines))
