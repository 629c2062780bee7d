"""Reads and patches the header of a script: lines of `key: value` in a docstring or in comments.

It is the origin's line format, not YAML. Files, the fields' defaults and their meaning must never
enter.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from store.one_line import clean as clean

Form = Literal["docstring", "comment", "none"]
Value = str | bool | int | float

KEYS = (
    "id",
    "projectId",
    "slug",
    "title",
    "kind",
    "entrypoint",
    "enabled",
    "version",
    "createdAt",
    "updatedAt",
)
"""The ten keys of a header, in the order they are written."""

_BOM = "\ufeff"
_QUOTE = '"""'
_KEY = re.compile(r"([A-Za-z_][\w.-]*)[ \t]*:")
_INTEGER = re.compile(r"-?\d{1,18}")
_NUMBER = re.compile(r"-?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?")
_PREAMBLE = re.compile(r"(#!|[ \t\f]*#.*?coding[:=][ \t]*[-\w.]+)")


@dataclass(frozen=True, slots=True)
class Header:
    """What stands at the start of a script."""

    text: str
    """The header as it stands in the file, its last newline included; "" when there is none."""
    form: Form
    values: Mapping[str, Value] = field(default_factory=dict)
    """Every key with its value; of a repeated key the last. Unknown keys too."""
    problem: str = ""
    """Why what looks like a header is none, with its line; "" when all is well."""


@dataclass(frozen=True, slots=True)
class _Line:
    """One line `key: value`: `before + raw + after` is its exact text."""

    key: str
    before: str
    raw: str
    after: str


def parse(text: str) -> Header:
    """Find the header at the start of a script.

    Args:
        text: The whole file. A byte order mark, a `#!` line and a coding line may come first.

    Returns:
        The header. One that begins but never ends or has junk lines counts as none, with a problem.
    """
    lines = _split(text)
    start = _preamble_length(lines)
    first = _content(lines[start]).lstrip(_BOM) if start < len(lines) else ""
    if first in {'"""', "'''"}:
        if start + 1 < len(lines) and _content(lines[start + 1]) == "---":
            return _parse_docstring(lines, start, first)
    elif _comment(first) == "---":
        return _parse_comment(lines, start)
    return Header("", "none")


def patch(header: Header, changes: Mapping[str, Value]) -> str:
    """Write values into a header; only lines whose value changes are touched.

    Args:
        header: A header that was found (its form is not "none").
        changes: New values by key. Missing keys are added at the end of the block.

    Returns:
        The header's new text.
    """
    lines = _split(header.text)
    is_comment = header.form == "comment"
    docstring_quote = "" if is_comment else _docstring_quote(lines)
    places: dict[str, int] = {}
    end = 0
    begun = False
    for number, line in enumerate(lines):
        content = _comment(_content(line)) if is_comment else _content(line)
        if content is not None and content.lstrip(_BOM) == "---":
            if begun:
                end = number
                break
            begun = True
        elif begun and (found := _key_line(line, is_comment)):
            places[found.key] = number
    added = []
    for key, value in changes.items():
        place = places.get(key)
        if place is None:
            prefix = "# " if is_comment else ""
            eol = _eol(lines[end - 1])
            added.append(f"{prefix}{key}: {format_value(value, docstring_quote)}{eol}")
            continue
        old = _key_line(lines[place], is_comment)
        if old is None or _same(parse_value(old.raw), value):
            continue
        before = old.before if old.before[-1] in " \t" else old.before + " "
        new = format_value(value, docstring_quote, style=old.raw)
        lines[place] = f"{before}{new}{old.after}"
    return "".join([*lines[:end], *added, *lines[end:]])


def render(values: Mapping[str, Value], *, form: Form = "docstring", eol: str = "\n") -> str:
    """Write a new header.

    Args:
        values: Values by key; they are written in the order of `KEYS`, others after them.
        form: "docstring" or "comment".
        eol: The line end to use.

    Returns:
        The header's text, its last newline included.
    """
    keys = [key for key in KEYS if key in values] + [key for key in values if key not in KEYS]
    if form == "comment":
        lines = ["# ---", *(f"# {key}: {format_value(values[key])}" for key in keys), "# ---"]
    else:
        fields = (f"{key}: {format_value(values[key], _QUOTE)}" for key in keys)
        lines = [_QUOTE, "---", *fields, "---", _QUOTE]
    return "".join(line + eol for line in lines)


def split_preamble(text: str) -> tuple[str, str]:
    """Cut off what must stay above a header that is added: byte order mark, `#!` and coding line.

    Args:
        text: A whole file without header.

    Returns:
        The part above and the rest.
    """
    lines = _split(text)
    above = "".join(lines[: _preamble_length(lines)])
    if not above and text.startswith(_BOM):
        above = _BOM
    return above, text[len(above) :]


def parse_value(raw: str) -> Value:
    """Read a value: quoted with either quote, true, false, a number, else the text itself."""
    if len(raw) >= 2 and raw[0] in "\"'" and raw[-1] == raw[0]:
        return re.sub(rf"\\([\\{raw[0]}])", r"\1", raw[1:-1])
    if raw in {"true", "false"}:
        return raw == "true"
    # A number only when it is written the way it would be written back: 007 and 1.50 stay text.
    if _INTEGER.fullmatch(raw) and str(int(raw)) == raw:
        return int(raw)
    if _NUMBER.fullmatch(raw) and str(float(raw)) == raw:
        return float(raw)
    return raw


def format_value(value: Value, docstring_quote: str = "", style: str = '"') -> str:
    """Write a value so that `parse_value` gives it back and the docstring around it stays whole.

    Args:
        value: What to write.
        docstring_quote: The triple quote around the header; "" in comments.
        style: How the old value was written; its quoting is kept where it can hold the new one.

    Returns:
        The text behind `key: `.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    text = clean(value)
    plain = text if not re.search(r"[\\\"']", text) else ""
    double = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    single = "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
    by_style = {'"': double, "'": single}.get(style[:1], plain)
    for candidate in (by_style, double, single):
        is_safe = not docstring_quote or docstring_quote not in candidate
        if candidate and is_safe and parse_value(candidate) == text:
            return candidate
    return double


def _parse_docstring(lines: list[str], start: int, quote: str) -> Header:
    values: dict[str, Value] = {}
    number = start + 2
    while number < len(lines):
        content = _content(lines[number])
        if content == "---":
            break
        if content and not content.startswith("#"):
            line = _key_line(lines[number], is_comment=False)
            if line is None:
                return _broken(
                    start, f"line {number + 1} is not `key: value`: {clean(content[:60])}"
                )
            values[line.key] = parse_value(line.raw)
        number += 1
    else:
        return _broken(start, "it has no closing --- line")
    number += 1
    while number < len(lines) and not _content(lines[number]):
        number += 1
    if number == len(lines) or _content(lines[number]) != quote:
        return _broken(start, f"line {min(number, len(lines) - 1) + 1} should be {quote}")
    return Header("".join(lines[: number + 1]), "docstring", values)


def _parse_comment(lines: list[str], start: int) -> Header:
    values: dict[str, Value] = {}
    problem = "it has no closing # --- line"
    for number in range(start + 1, len(lines)):
        content = _comment(_content(lines[number]))
        if content is None:
            break
        if content == "---":
            # Jupytext's own block and drawn lines look alike; without a key of ours it is none.
            if not values.keys() & set(KEYS):
                return Header("", "none")
            if problem.startswith("line"):
                break
            return Header("".join(lines[: number + 1]), "comment", values)
        if not content or content[0] in "# \t":  # deeper levels belong to other tools
            continue
        line = _key_line(lines[number], is_comment=True)
        if line is not None:
            values[line.key] = parse_value(line.raw)
        elif not problem.startswith("line"):
            problem = f"line {number + 1} is not `# key: value`: {clean(content[:60])}"
    return _broken(start, problem) if values.keys() & set(KEYS) else Header("", "none")


def _broken(start: int, why: str) -> Header:
    text = f"the header that begins in line {start + 1} is broken: {why}"
    return Header("", "none", {}, text)


def _key_line(line: str, is_comment: bool) -> _Line | None:
    content = line.rstrip("\r\n")
    start = 0
    if is_comment:
        start = 2 if content.startswith("# ") else 1
    else:
        start = len(content) - len(content.lstrip())
    match = _KEY.match(content, start)
    if match is None:
        return None
    raw = content[match.end() :].strip()
    at = content.index(raw, match.end()) if raw else len(content.rstrip())
    end = at + len(raw)
    return _Line(match[1], line[:at], raw, line[end:])


def _split(text: str) -> list[str]:
    """Cut into lines with their ends. Only a newline ends one, as in the file's line numbers."""
    lines = text.split("\n")
    last = lines.pop()
    return [line + "\n" for line in lines] + ([last] if last else [])


def _preamble_length(lines: list[str]) -> int:
    number = 0
    while number < min(2, len(lines)) and _PREAMBLE.match(lines[number].lstrip(_BOM)):
        number += 1
    return number


def _docstring_quote(lines: list[str]) -> str:
    return _content(lines[_preamble_length(lines)]).lstrip(_BOM)


def _content(line: str) -> str:
    return line.strip(" \t\r\n\f")


def _comment(content: str) -> str | None:
    """Give the text behind `#` (and one space), or None when the line is no comment."""
    content = content.lstrip(_BOM)
    if not content.startswith("#"):
        return None
    return content[1:].removeprefix(" ").rstrip()


def _eol(line: str) -> str:
    return "\r\n" if line.endswith("\r\n") else "\n"


def _same(old: Value, new: Value) -> bool:
    # True == 1 in Python; in a header they are different words.
    return type(old) is type(new) and old == new
