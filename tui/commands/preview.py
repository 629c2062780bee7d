"""`inkstand preview`: a post as its readers would see it, its macros expanded."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import anyio.to_thread

from engine.workspace import open_workspace
from store import posts
from store.files import EntryNotFound
from store.project import find_root
from tui.commands.exit_codes import EXIT_FAILED, EXIT_OK
from tui.commands.printing import complain, fit, print_json, tell_notices

if TYPE_CHECKING:
    from engine.render.previews import PostPreview
    from store.project import Project

_WIDTH = 80
"""Columns, where no terminal says how many it has."""

_KNOW_LINKS = ("xterm", "foot", "alacritty", "rxvt-unicode", "vte", "wezterm", "ghostty")
"""Beginnings of TERM where links (OSC 8) are obeyed, or at least not written out."""


async def preview(options: argparse.Namespace) -> int:
    """Print a post.

    Args:
        options: `project`, `post`, `json`, `width`.

    Returns:
        EXIT_FAILED when a macro of it failed.
    """
    async with open_workspace(find_root(options.project)) as workspace:
        tell_notices(workspace)
        path = await anyio.to_thread.run_sync(_path_of, workspace.project, options.post)
        await workspace.catalog.see_content()  # pictures and tags that macros show
        shown = await workspace.previews.post(path)
    if options.json:
        print_json(_data(shown))
    else:
        await anyio.to_thread.run_sync(_print, shown, options.width)
        for warning in shown.warnings:
            print(fit(str(warning)), file=sys.stderr)
        for problem in shown.problems:
            words = f"{shown.page.path}:{problem.line}:{problem.column}: {problem.words}"
            print(fit(words), file=sys.stderr)
        if shown.output:
            complain(f"macros printed:\n{shown.output.rstrip()}")
    for failure in shown.failures:
        print(fit(str(failure)), file=sys.stderr)
    return EXIT_FAILED if shown.failures else EXIT_OK


def _path_of(project: Project, name: str) -> str:
    """Return the file of a post by its slug, or by its path as a shell completes it.

    Raises:
        EntryNotFound: There is none.
    """
    if not name.lower().endswith(posts.SUFFIXES):
        return posts.find_post(project, name).path.relative_to(project.root).as_posix()
    for path in (Path(name).absolute(), project.root / name):
        inside = path.resolve().is_relative_to(project.posts_dir.resolve())
        if path.is_file() and inside and path.is_relative_to(project.root):
            return path.relative_to(project.root).as_posix()
    raise EntryNotFound(Path(name), "no post of this project has that path")


def _print(shown: PostPreview, width: int | None) -> None:
    """Print the page: with styles and links only where a terminal shows them."""
    from rich.console import Console

    from tui.preview.pages import page_lines

    is_terminal = sys.stdout.isatty()
    if width is None:
        width = shutil.get_terminal_size((_WIDTH, 24)).columns if is_terminal else _WIDTH
    lines = page_lines(shown, width, has_links=is_terminal and _knows_links())
    if not is_terminal:
        print("\n".join(line.plain for line in lines), flush=True)
        return
    console = Console(width=width, highlight=False, color_system="standard")
    for line in lines:
        console.print(line, no_wrap=True, overflow="ignore", crop=False)


def _knows_links() -> bool:
    inside = os.environ.get("TMUX") or os.environ.get("STY")
    return not inside and os.environ.get("TERM", "").startswith(_KNOW_LINKS)


def _data(shown: PostPreview) -> dict[str, object]:
    from engine.render.markdown import to_html

    facts = shown.page.facts
    return {
        "path": shown.page.path,
        "title": facts.title,
        "slug": facts.slug,
        "status": facts.status,
        "date": facts.published_at or facts.created_at,
        "tags": list(facts.tags),
        "text": shown.text,
        "html": to_html(shown.text),
        "failures": [one.as_data() for one in shown.failures],
        "warnings": [one.as_data() for one in shown.warnings],
        "problems": [
            {"line": one.line, "column": one.column, "code": one.code, "message": one.words}
            for one in shown.problems
        ],
        "output": shown.output,
        "seconds": round(shown.duration_s, 3),
    }
