"""Checks the macros of a project's posts, without running any.

Owns how posts, the grammar and the macros' parameters come together, and where in the file a
problem stands. Printing it, and rendering, must never enter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import anyio.to_thread

from engine.render.calls import Parsed
from engine.render.grammar import parse
from engine.render.macros import MacroProblem, MacroTable, problems_of
from store.files import FileError
from store.post_body import read_body

if TYPE_CHECKING:
    from engine.workspace import Workspace
    from store.project import Project

_AT_ONCE = 200
"""Posts that are read before anybody can interrupt: 20 ms."""


@dataclass(frozen=True, slots=True)
class PostProblem:
    """What is wrong in a post's file."""

    path: str
    """From the project folder, with slashes."""
    line: int
    """In the file, front matter included, from 1; 0 when the file itself is the problem."""
    column: int
    end_line: int
    end_column: int
    code: str
    """As `MacroProblem` has it; `unreadable` for a file that cannot be read."""
    words: str
    is_error: bool


@dataclass(frozen=True, slots=True)
class _Read:
    path: str
    first_line: int
    """The line of the file in which the body begins."""
    parsed: Parsed


async def check_posts(workspace: Workspace, paths: Sequence[str]) -> list[PostProblem]:
    """Check the macros of some posts.

    Args:
        workspace: The project; its index knows the scripts as they are.
        paths: The posts' files, from the project folder, with slashes.

    Returns:
        Their problems, in the order of the paths and of the texts.

    Raises:
        KernelError: No interpreter could read what the macros take.
    """
    expands_in_code = workspace.project.settings.get("expandMacrosInCode") is True
    found: dict[str, list[PostProblem]] = {}
    read: list[_Read] = []
    for first in range(0, len(paths), _AT_ONCE):
        some = paths[first : first + _AT_ONCE]
        for one in await anyio.to_thread.run_sync(
            _read_posts, workspace.project, some, expands_in_code
        ):
            if isinstance(one, PostProblem):
                found[one.path] = [one]
            else:
                read.append(one)
    names = {call.name for one in read for call in one.parsed.calls}
    table = (await workspace.macros.ready(names)).table if names else MacroTable(())
    for one in read:
        if problems := await anyio.to_thread.run_sync(problems_of, one.parsed, table):
            above = one.first_line - 1
            found[one.path] = [_in_file(one.path, each.moved_down(above)) for each in problems]
    return [problem for path in paths for problem in found.get(path, ())]


def _read_posts(
    project: Project, paths: Sequence[str], expands_in_code: bool
) -> list[_Read | PostProblem]:
    """Read those posts that hold something like a macro, and tell of those that cannot be read."""
    read: list[_Read | PostProblem] = []
    for path in paths:
        try:
            one = _read_post(project.root / path, path, expands_in_code)
        except FileError as error:
            read.append(PostProblem(path, 0, 0, 0, 0, "unreadable", error.reason, True))
            continue
        if one is not None:
            read.append(one)
    return read


def _read_post(file: Path, path: str, expands_in_code: bool) -> _Read | None:
    body = read_body(file)
    if "[[" not in body.text:
        return None
    parsed = parse(body.text, expands_in_code=expands_in_code)
    return _Read(path, body.first_line, parsed) if parsed.calls or parsed.problems else None


def _in_file(path: str, problem: MacroProblem) -> PostProblem:
    return PostProblem(
        path,
        problem.line,
        problem.column,
        problem.end_line,
        problem.end_column,
        problem.code,
        problem.words,
        problem.is_error,
    )
