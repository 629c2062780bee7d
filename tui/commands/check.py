"""`inkstand check`: the syntax of scripts, and the macros of posts, without running anything."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import anyio.to_thread

from engine.workspace import open_workspace
from store import posts, scan
from store.files import EntryNotFound, FileError
from store.project import find_root
from store.scripts import ScriptNotFound
from tui.commands.exit_codes import EXIT_FAILED, EXIT_OK
from tui.commands.printing import print_json, say, tell_notices

if TYPE_CHECKING:
    from engine.render.checking import PostProblem
    from engine.workspace import Workspace
    from store.project import Project

_Found = list[dict[str, object]]


async def check(options: argparse.Namespace) -> int:
    """Check some scripts and posts; without names all scripts, or with `--posts` all posts."""
    found: _Found = []
    async with open_workspace(find_root(options.project)) as workspace:
        tell_notices(workspace)
        scripts, post_paths = await _wanted(workspace, options.slugs, options.posts)
        found += await _check_scripts(workspace, scripts)
        broken_scripts = len({problem["path"] for problem in found})
        post_problems = await _check_posts(workspace, post_paths)
    found += map(_data, post_problems)
    errors = [problem for problem in post_problems if problem.is_error]
    if options.json:
        print_json(found)
    else:
        for problem in found:
            say("{path}:{line}:{column}: {message}".format_map(problem))
        if scripts or not (post_paths or options.posts):
            print(f"{len(scripts)} scripts checked, {broken_scripts} with errors.")
        if post_paths or options.posts:
            warned = {one.path for one in post_problems} - {one.path for one in errors}
            broken = len({one.path for one in errors})
            print(
                f"{len(post_paths)} posts checked, {broken} with errors, "
                f"{len(warned)} with warnings only."
            )
    return EXIT_FAILED if broken_scripts or errors else EXIT_OK


async def _wanted(
    workspace: Workspace, names: Sequence[str], is_posts: bool
) -> tuple[list[str], list[str]]:
    """Return the paths of the scripts and of the posts that are meant.

    Raises:
        EntryNotFound: Nothing has one of the names.
    """
    project = workspace.project
    found_scripts: list[str] = []
    found_posts: list[str] = []
    if is_posts and not names:
        return [], await anyio.to_thread.run_sync(_all_posts, project)
    if not names:
        await workspace.catalog.rebuild(("scripts",))
        return [row.path for row in await workspace.catalog.scripts()], []
    for name in names:
        if is_posts or name.lower().endswith(posts.SUFFIXES):
            found_posts += await anyio.to_thread.run_sync(_posts_called, project, name)
            continue
        try:
            script = await workspace.find_script(name)
        except ScriptNotFound:  # its hint names close ones
            called: list[str] = []
            with suppress(posts.PostNotFound):
                called = await anyio.to_thread.run_sync(_posts_called, project, name)
            if not called:
                raise
            found_posts += called
        else:
            found_scripts.append(workspace.relative(script.path))
    return found_scripts, list(dict.fromkeys(found_posts))


async def _check_scripts(workspace: Workspace, paths: Sequence[str]) -> _Found:
    found: _Found = []
    for path in paths:
        try:
            source = await workspace.read_source(path)
        except FileError as error:
            found.append({"path": path, "line": 0, "column": 0, "message": error.reason})
            continue
        inspected = await workspace.check(source, path)
        found += [
            {"path": path, "line": one.line, "column": one.column, "message": one.message}
            for one in inspected.problems
        ]
    return found


async def _check_posts(workspace: Workspace, paths: Sequence[str]) -> list[PostProblem]:
    if not paths:
        return []
    from engine.render.checking import check_posts  # which checking scripts does not need

    await workspace.catalog.rebuild(("scripts",))
    return await check_posts(workspace, paths)


def _all_posts(project: Project) -> list[str]:
    return sorted(file.relative for file in scan.walk(project.root, "posts", posts.SUFFIXES).found)


def _posts_called(project: Project, name: str) -> list[str]:
    """Return the files of a post by its slug, translations included, or the one of a path."""
    if not name.lower().endswith(posts.SUFFIXES):
        post = posts.find_post(project, name)
        files = [post.path, *(one.path for one in posts.translations_of(post))]
        return [path.relative_to(project.root).as_posix() for path in files]
    # As a shell completes it, or as everything else here names it.
    for path in (Path(name).absolute(), project.root / name):
        inside = path.resolve().is_relative_to((project.root / "posts").resolve())
        if path.is_file() and inside and path.is_relative_to(project.root):
            return [path.relative_to(project.root).as_posix()]
    raise EntryNotFound(Path(name), "no post of this project has that path")


def _data(problem: PostProblem) -> dict[str, object]:
    return {
        "path": problem.path,
        "line": problem.line,
        "column": problem.column,
        "end_line": problem.end_line,
        "end_column": problem.end_column,
        "severity": "error" if problem.is_error else "warning",
        "code": problem.code,
        "message": problem.words,
    }
