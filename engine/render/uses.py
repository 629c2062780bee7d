"""Which posts call a macro: looked for in the files, as they are now.

Owns what counts as a call of it. How they are listed must never enter.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import anyio.to_thread

from engine.render.calls import ALIASES
from engine.render.grammar import parse
from store import files, posts, scan

if TYPE_CHECKING:
    from engine.workspace import Workspace
    from store.project import Project

_FRONT_MATTER = re.compile(r"---[ \t]*\r?\n.*?\r?\n---[ \t]*(?:\r?\n|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Use:
    """A post, or a translation, that calls a macro."""

    path: str
    """From the project folder, with slashes."""
    line: int
    """Of its first call in the file, from 1; the column likewise."""
    column: int
    calls: int
    """How many there are."""
    first_call: str
    """As it is written."""


async def uses_of(workspace: Workspace, name: str) -> list[Use]:
    """Look through all posts for calls of a macro; in a thread, for they may be ten thousand.

    Args:
        workspace: The open project.
        name: The macro's slug.

    Returns:
        By path, the newest folder first. What cannot be read is left out.
    """
    code_too = workspace.project.settings.get("expandMacrosInCode") is True
    is_unwanted = threading.Event()
    try:
        return await anyio.to_thread.run_sync(
            partial(_uses_of, workspace.project, name, code_too, is_unwanted),
            abandon_on_cancel=True,
        )
    finally:
        is_unwanted.set()


def _uses_of(
    project: Project, name: str, code_too: bool, is_unwanted: threading.Event
) -> list[Use]:
    names = _names_of(name)
    # Bytes first: most posts call other macros, or none, and need not be decoded.
    wanted = re.compile(rb"\[\[\s*(?:" + b"|".join(map(_any_case, names)) + rb")\b", re.IGNORECASE)
    found: list[Use] = []
    for file in reversed(scan.walk(project.root, "posts", posts.SUFFIXES).found):
        if is_unwanted.is_set():
            break
        try:
            data = files.read(project.root / file.relative)[0]
        except files.FileError:
            continue  # gone meanwhile, or not readable: nothing to be shown
        if wanted.search(data):
            use = _use_in(file.relative, data.decode(errors="replace"), names, code_too)
            if use is not None:
                found.append(use)
    return found


def _use_in(path: str, text: str, names: Sequence[str], code_too: bool) -> Use | None:
    head = _FRONT_MATTER.match(text)
    start = 0 if head is None else head.end()
    body = text[start:]
    parsed = parse(body, expands_in_code=code_too)
    calls = [call for call in parsed.calls if call.name in names or call.canonical in names]
    if not calls:
        return None
    first = calls[0]
    place = parsed.place(first.start)
    line = place.line + text.count("\n", 0, start)
    return Use(path, line, place.column, len(calls), body[first.start : first.end])


def _names_of(name: str) -> list[str]:
    """Return the names that a post may call it by, in lower case."""
    own = name.lower()
    return [own, *(alias for alias, meant in ALIASES.items() if meant == own)]


def _any_case(name: str) -> bytes:
    # Letters beyond ASCII have no cases in bytes: any that could be one will do.
    return b"".join(re.escape(one.encode()) if one.isascii() else rb"[\x80-\xff]+" for one in name)
