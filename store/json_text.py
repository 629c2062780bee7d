"""Changes values in the text of a JSON object and leaves every other character as it is.

What the values mean, and files, must never enter.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any, Final, TypeAlias

KeyPath: TypeAlias = tuple[str, ...]
"""The keys to a value, from the outermost on."""


class _Remove:
    def __repr__(self) -> str:
        return "REMOVE"


REMOVE: Final = _Remove()
"""As a value: take the key away."""

_BOM = "\ufeff"
_EOL = re.compile(r"\r\n|\n|\r")
_HALF_CHARACTERS = re.compile("[\ud800-\udfff]")
_NUMBERS_AS_WRITTEN = json.JSONDecoder(
    # Digits are compared, not read: some numbers are longer than Python takes.
    parse_int=lambda text: ("number", text),
    parse_float=lambda text: ("number", text),
    parse_constant=lambda text: ("number", text),
)


class JsonTextError(ValueError):
    """A text cannot be changed; `str()` is the place and why."""

    def __init__(self, reason: str, line: int, column: int) -> None:
        """Keep where it is, both from 1; the column in characters."""
        super().__init__(reason, line, column)
        self.reason = reason
        self.line = line
        self.column = column

    def __str__(self) -> str:
        return f"{self.line}:{self.column}: {self.reason}"


@dataclass(slots=True)
class _Value:
    start: int
    end: int


@dataclass(slots=True)
class _Member:
    key: str
    key_start: int
    key_end: int
    value: _Value


@dataclass(slots=True)
class _Object(_Value):
    members: list[_Member] = field(default_factory=list)

    def member(self, key: str) -> _Member | None:
        return next((one for one in self.members if one.key == key), None)


@dataclass(frozen=True, slots=True)
class _Style:
    """How an object is written."""

    eol: str
    """Between its members; "" when it stands in one line."""
    unit: str
    """By how much each level is indented."""
    indent: str
    """Before its members."""
    base: str
    """Before its closing brace."""
    colon: str

    @property
    def inner(self) -> "_Style":
        """The style of a new object inside."""
        return _Style(self.eol, self.unit, self.indent + self.unit, self.indent, self.colon)

    def dump(self, value: object) -> str:
        """Write a value as it stands behind a key of the object."""
        separators = ("," if self.eol or not self.colon.endswith(" ") else ", ", self.colon)
        indent = self.unit if self.eol else None
        text = _dump(value, separators=separators, indent=indent)
        return text.replace("\n", self.eol + self.indent) if self.eol else text


def load(text: str) -> dict[str, Any]:
    """Read a JSON object.

    Args:
        text: The file's text, with or without a byte order mark.

    Raises:
        JsonTextError: It is broken, no object, or a key stands twice in one object.
    """
    bare = text.removeprefix(_BOM)
    _scan(bare)
    try:
        loaded: dict[str, Any] = json.loads(bare)
    except ValueError as error:  # a number of more digits than Python reads
        raise JsonTextError("a number has too many digits", 1, 1) from error
    return loaded


def patch(text: str, changes: Mapping[KeyPath, object]) -> str:
    """Change values in the text of a JSON object; all else stays, character for character.

    A key that is new comes last in its object, indented as its neighbours are. Objects that are
    missing on the way are made. A value that is there already is left as it is written.

    Args:
        text: The file's text. A byte order mark and any line ends are kept.
        changes: New values by key path; REMOVE takes a key away, if it is there.

    Returns:
        The new text.

    Raises:
        JsonTextError: The text is broken, a key stands twice in one object, or a path leads
            through something that is no object.
    """
    mark = _BOM if text.startswith(_BOM) else ""
    bare = text.removeprefix(_BOM)
    root = _scan(bare)
    for path in changes:  # all before the first change, so that places are those of the file
        _check_way(bare, root, path)
    style = _style_of_root(bare, root)
    new = bare
    wanted = _NUMBERS_AS_WRITTEN.decode(bare)
    for path, value in changes.items():
        new = _changed(new, path, value, style)
        _change(wanted, path, value)
    if _NUMBERS_AS_WRITTEN.decode(new) != wanted:
        raise JsonTextError("it is written in a way that cannot be changed safely", 1, 1)
    return mark + new


def place_of(text: str, keys: Sequence[str]) -> tuple[int, int]:
    """Return line and column, from 1, of a nested key in the text of a JSON object.

    Args:
        text: It is valid JSON, without a byte order mark.
        keys: From the outermost on. Of a key that stands there twice the last counts, as in JSON.
    """
    return _place(text, _start_of(text, 0, keys))


# Reading -----------------------------------------------------------------------------------------


def _scan(text: str) -> _Object:
    """Find out where everything stands."""
    try:
        value = _NUMBERS_AS_WRITTEN.decode(text)
        if not isinstance(value, dict):
            raise JsonTextError("should be an object {...}", *_place(text, _blanks(text, 0)))
        found = _scan_value(text, _blanks(text, 0))
    except json.JSONDecodeError as error:
        raise JsonTextError(error.msg, error.lineno, error.colno) from error
    except RecursionError as error:
        raise JsonTextError("is nested too deeply", 1, 1) from error
    assert isinstance(found, _Object)
    return found


def _scan_value(text: str, start: int) -> _Value:
    """Scan a value of a text that is known to be JSON."""
    if text[start] == "{":
        return _scan_object(text, start)
    if text[start] == "[":
        at = _blanks(text, start + 1)
        while text[at] != "]":
            at = _blanks(text, _scan_value(text, at).end)
            at = _blanks(text, at + 1) if text[at] == "," else at
        return _Value(start, at + 1)
    return _Value(start, _NUMBERS_AS_WRITTEN.raw_decode(text, start)[1])


def _scan_object(text: str, start: int) -> _Object:
    found = _Object(start, start)
    keys: set[str] = set()
    at = _blanks(text, start + 1)
    while text[at] != "}":
        key_start = at
        key, key_end = scanstring(text, at + 1)
        if key in keys:
            raise JsonTextError(f'"{key}" stands there twice', *_place(text, key_start))
        keys.add(key)
        colon = _blanks(text, key_end)
        value = _scan_value(text, _blanks(text, colon + 1))
        found.members.append(_Member(key, key_start, key_end, value))
        at = _blanks(text, value.end)
        at = _blanks(text, at + 1) if text[at] == "," else at
    found.end = at + 1
    return found


def _check_way(text: str, root: _Object, path: KeyPath) -> None:
    if not path:
        raise ValueError("a path needs a key")
    here = root
    for key in path[:-1]:
        member = here.member(key)
        if member is None:
            return
        if not isinstance(member.value, _Object):
            place = _place(text, member.key_start)
            raise JsonTextError(f'"{key}" should be an object {{...}}', *place)
        here = member.value


def _start_of(text: str, at: int, keys: Sequence[str]) -> int:
    """Return where the key starts in the object that starts at or behind `at`."""
    at = start = _blanks(text, at)
    if not keys or text[at : at + 1] != "{":
        return start
    at = _blanks(text, at + 1)
    while text[at : at + 1] == '"':
        key_at = at
        key, at = scanstring(text, at + 1)
        at = _blanks(text, _blanks(text, at) + 1)  # behind the colon
        if key == keys[0]:
            is_inside = len(keys) > 1 and text[at : at + 1] == "{"
            start = _start_of(text, at, keys[1:]) if is_inside else key_at
        _, at = _NUMBERS_AS_WRITTEN.raw_decode(text, at)
        at = _blanks(text, at)
        if text[at : at + 1] == ",":
            at = _blanks(text, at + 1)
    return start


def _blanks(text: str, at: int) -> int:
    """Return where the white space that begins at `at` ends."""
    while at < len(text) and text[at] in " \t\n\r":
        at += 1
    return at


def _place(text: str, at: int) -> tuple[int, int]:
    return text.count("\n", 0, at) + 1, at - (text.rfind("\n", 0, at) + 1) + 1


# Changing ----------------------------------------------------------------------------------------


def _changed(text: str, path: KeyPath, value: object, style_before: _Style) -> str:
    here = _scan(text)
    # One that another of the changes has emptied says no more how it was written.
    style = _style_of_root(text, here) if here.members else style_before
    for depth, key in enumerate(path):
        member = here.member(key)
        if member is None:
            if value is REMOVE:
                return text
            for missing in reversed(path[depth + 1 :]):
                value = {missing: value}
            return _with_member(text, here, style, key, value)
        if depth == len(path) - 1:
            if value is REMOVE:
                return _without_member(text, here, member)
            return _with_value(text, member.value, style, value)
        if not isinstance(member.value, _Object):  # made so by another of the changes
            raise JsonTextError(f'"{key}" should be an object {{...}}', 1, 1)
        here = member.value
        style = _style_of(text, here, style)
    raise AssertionError("a path needs a key")


def _with_value(text: str, old: _Value, style: _Style, value: object) -> str:
    written = text[old.start : old.end]
    if _NUMBERS_AS_WRITTEN.decode(written) == _as_written(value):
        return text
    if written[0] in "[{" and not _EOL.search(written) and written[1:-1].strip():
        style = _Style("", style.unit, style.indent, style.base, style.colon)
    return text[: old.start] + style.dump(value) + text[old.end :]


def _with_member(text: str, here: _Object, style: _Style, key: str, value: object) -> str:
    new = _dump(key) + style.colon + style.dump(value)
    if not here.members:
        inside = f"{style.eol}{style.indent}{new}{style.eol}{style.base}" if style.eol else new
        return text[: here.start + 1] + inside + text[here.end - 1 :]
    last = here.members[-1]
    before_comma = ""
    if len(here.members) > 1:
        before = here.members[-2].value.end
        before_comma, gap = text[before : last.key_start].split(",")
    else:
        gap = text[here.start + 1 : last.key_start]
    if style.eol and (breaks := list(_EOL.finditer(gap))):
        gap = gap[breaks[-1].start() :]  # empty lines are not repeated
    elif len(here.members) == 1 and not gap:
        gap = " " if style.colon.endswith(" ") else ""
    at = last.value.end
    return text[:at] + before_comma + "," + gap + new + text[at:]


def _without_member(text: str, here: _Object, member: _Member) -> str:
    place = here.members.index(member)
    if len(here.members) == 1:
        return text[: here.start + 1] + text[here.end - 1 :]
    if place:
        return text[: here.members[place - 1].value.end] + text[member.value.end :]
    return text[: member.key_start] + text[here.members[1].key_start :]


def _style_of_root(text: str, root: _Object) -> _Style:
    found = _EOL.search(text)
    eol = found[0] if found else "\n"
    if not root.members:
        return _Style(eol, "  ", "  ", "", ": ")
    indent = _indent_of(text, root)
    if indent is None:
        return _Style("", "  ", "", "", _colon_of(text, root))
    return _Style(eol, indent, indent, "", _colon_of(text, root))


def _style_of(text: str, here: _Object, outer: _Style) -> _Style:
    if not here.members:
        return outer.inner
    indent, colon = _indent_of(text, here), _colon_of(text, here)
    if indent is None:
        return _Style("", outer.unit, "", "", colon)
    eol = _EOL.search(text)
    assert eol is not None
    base = outer.indent if outer.eol else ""
    return _Style(eol[0], outer.unit, indent, base, colon)


def _indent_of(text: str, here: _Object) -> str | None:
    """Return what stands before the members of an object; None when they stand in one line."""
    gap = text[here.start + 1 : here.members[0].key_start]
    breaks = list(_EOL.finditer(gap))
    if not breaks and len(here.members) > 1:  # the first may stand beside the brace
        gap = text[here.members[-2].value.end : here.members[-1].key_start].split(",")[1]
        breaks = list(_EOL.finditer(gap))
    return gap[breaks[-1].end() :] if breaks else None


def _colon_of(text: str, here: _Object) -> str:
    last = here.members[-1]
    colon = text[last.key_end : last.value.start]
    return ": " if _EOL.search(colon) else colon


def _dump(value: object, **form: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, **form)
    if _HALF_CHARACTERS.search(text):  # which no file can hold but as escapes
        return json.dumps(value, allow_nan=False, **form)
    return text


# What is wanted ----------------------------------------------------------------------------------


def _as_written(value: object) -> Any:
    return _NUMBERS_AS_WRITTEN.decode(_dump(value))


def _change(loaded: dict[str, Any], path: KeyPath, value: object) -> None:
    """Change what was read in the same way, to compare."""
    for key in path[:-1]:
        if value is REMOVE and key not in loaded:
            return
        loaded = loaded.setdefault(key, {})
    if value is REMOVE:
        loaded.pop(path[-1], None)
    else:
        loaded[path[-1]] = _as_written(value)
