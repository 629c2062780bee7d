"""A file that holds a JSON list: read with its stamp, and changed item by item.

Items that stay are left character for character. What they mean must never enter.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from store import files
from store.files import FileError, Stamp

_BOM = "\ufeff"
_BLANK = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class ArrayFile:
    """A file with a list as it was read, or with changes that are not written yet."""

    path: Path
    text: str
    stamp: Stamp | None
    """Of the file that was read; None where there was none."""
    items: tuple[Any, ...]
    spans: tuple[tuple[int, int], ...]
    """Where each item starts and ends in `text`."""


def read_array(path: Path) -> ArrayFile:
    """Read a file that holds a JSON list.

    Args:
        path: The file; a missing one holds an empty list.

    Returns:
        Its items and its text.

    Raises:
        FileError: It cannot be read, or is no list; with line and column.
    """
    try:
        data, stamp = files.read(path)
    except FileError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            return _parsed(path, "[]\n", None)
        raise
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileError(path, f"not UTF-8 in line {line}", "Save the file as UTF-8.") from error
    return _parsed(path, text, stamp)


def write_array(before: ArrayFile, after: ArrayFile) -> ArrayFile:
    """Write a changed list; nothing when nothing changed.

    Args:
        before: As it was read.
        after: With its changes.

    Returns:
        The file as it is now.

    Raises:
        ConflictError: Another program changed the file.
        FileError: It could not be written; it is as it was.
    """
    if after.text == before.text:
        return before
    stamp = files.write(before.path, after.text.encode(), expected=before.stamp)
    return _parsed(before.path, after.text, stamp)


def inserted(file: ArrayFile, at: int, item: object) -> ArrayFile:
    """Put an item before the one at `at`, written as its neighbours are."""
    return inserted_text(file, at, _written(file, item))


def inserted_text(file: ArrayFile, at: int, written: str) -> ArrayFile:
    """Put an item that is text already before the one at `at`."""
    text, spans = file.text, file.spans
    start = _start(text)
    if not spans:
        eol = "\r\n" if "\r\n" in text else "\n"
        closing = text.index("]", start)
        new = f"{text[: start + 1]}{eol}  {written}{eol}{text[closing:]}"
    elif at < len(spans):
        place = spans[at][0]
        new = f"{text[:place]}{written},{_gap(file)}{text[place:]}"
    else:
        place = spans[-1][1]
        new = f"{text[:place]},{_gap(file)}{written}{text[place:]}"
    return _parsed(file.path, new, file.stamp)


def removed(file: ArrayFile, at: int) -> ArrayFile:
    """Take an item away."""
    text, spans = file.text, file.spans
    if len(spans) == 1:
        start = _start(text)
        closing = text.index("]", spans[0][1])
        new = text[: start + 1] + text[closing:]
    elif at == len(spans) - 1:
        new = text[: spans[at - 1][1]] + text[spans[at][1] :]
    else:
        new = text[: spans[at][0]] + text[spans[at + 1][0] :]
    return _parsed(file.path, new, file.stamp)


def replaced(file: ArrayFile, at: int, change: Callable[[str], str]) -> ArrayFile:
    """Write an item anew from its text."""
    start, end = file.spans[at]
    new = file.text[:start] + change(file.text[start:end]) + file.text[end:]
    return _parsed(file.path, new, file.stamp)


def place_in_order(names: Sequence[str | None], name: str) -> int:
    """Tell where a name belongs in a sorted list; what has no name (None) stays where it is."""
    wanted = (name.casefold(), name)
    for at, other in enumerate(names):
        if other is not None and (other.casefold(), other) > wanted:
            return at
    return len(names)


def _parsed(path: Path, text: str, stamp: Stamp | None) -> ArrayFile:
    bare = text.removeprefix(_BOM)
    try:
        items = json.loads(bare)
        if not isinstance(items, list):
            raise FileError(path, "line 1, column 1: it should be a list [...]", _HINT)
        return ArrayFile(path, text, stamp, tuple(items), tuple(_spans(text)))
    except json.JSONDecodeError as error:
        reason = f"line {error.lineno}, column {error.colno}: {error.msg[:1].lower()}"
        raise FileError(path, reason + error.msg[1:], _HINT) from error
    except (ValueError, RecursionError) as error:  # a number of 5,000 digits; brackets in brackets
        raise FileError(path, f"line 1, column 1: it cannot be read: {error}", _HINT) from error


_HINT = "Put it right first; nothing was written."


def _spans(text: str) -> list[tuple[int, int]]:
    """Find the items of a text that is known to be a list."""
    spans = []
    at = _skip(text, _start(text) + 1)
    while text[at] != "]":
        _, end = _DECODER.raw_decode(text, at)
        spans.append((at, end))
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return spans


def _start(text: str) -> int:
    return _skip(text, 1 if text.startswith(_BOM) else 0)


def _skip(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    assert found is not None  # it matches nothing, too
    return found.end()


def _gap(file: ArrayFile) -> str:
    """Give what stands between two items behind the comma."""
    text, spans = file.text, file.spans
    if len(spans) > 1:
        return text[text.index(",", spans[0][1]) + 1 : spans[1][0]]
    lead = text[_start(text) + 1 : spans[0][0]]
    return lead if "\n" in lead else " "


def _written(file: ArrayFile, item: object) -> str:
    gap = _gap(file) if file.spans else "\n  "
    is_in_one_line = "\n" not in gap or any(
        text[0] == "{" and "\n" not in text
        for text in (file.text[start:end] for start, end in file.spans)
    )
    if is_in_one_line:
        return json.dumps(item, ensure_ascii=False)
    indent = gap[gap.rindex("\n") + 1 :]
    eol = "\r\n" if "\r\n" in file.text else "\n"
    written = json.dumps(item, ensure_ascii=False, indent=indent or "  ")
    return written.replace("\n", eol + indent)
