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
from engine.render.parameters import ParameterSpec, spec_of
from store import files, frontmatter
from store.files import FileError

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
    table = await _table(workspace, {call.name for one in read for call in one.parsed.calls})
    for one in read:
        if problems := await anyio.to_thread.run_sync(problems_of, one.parsed, table):
            found[one.path] = [_in_file(one, problem) for problem in problems]
    return [problem for path in paths for problem in found.get(path, ())]


async def _table(workspace: Workspace, names: set[str]) -> MacroTable:
    """Make a table that knows the parameters of those macros that are called."""
    if not names:
        return MacroTable(())
    rows = await workspace.catalog.scripts()
    bare = MacroTable.from_rows(rows)
    specs: dict[str, ParameterSpec] = {}
    for name in sorted(names):
        script = bare.named(name)
        if script is None or not script.is_enabled or script.path in specs:
            continue
        try:
            source = await workspace.read_source(script.path)
        except FileError:  # `inkstand check` without posts tells of it
            continue
        specs[script.path] = spec_of(await workspace.check(source, script.path), script.entrypoint)
    return MacroTable.from_rows(rows, specs)


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
    data, _ = files.read(file)
    try:
        text = data.decode()
        parts = frontmatter.split(text)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileError(file, f"not UTF-8 in line {line}", "Save the file as UTF-8.") from error
    except frontmatter.FrontMatterError as error:
        raise FileError(file, str(error), "Repair the front matter.") from error
    body = text if parts is None else parts.body
    if "[[" not in body:
        return None
    first_line = text.count("\n", 0, len(text) - len(body)) + 1
    parsed = parse(body, expands_in_code=expands_in_code)
    return _Read(path, first_line, parsed) if parsed.calls or parsed.problems else None


def _in_file(read: _Read, problem: MacroProblem) -> PostProblem:
    above = read.first_line - 1
    return PostProblem(
        read.path,
        problem.line + above,
        problem.column,
        problem.end_line + above,
        problem.end_column,
        problem.code,
        problem.words,
        problem.is_error,
    )
