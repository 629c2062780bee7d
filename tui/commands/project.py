"""`inkstand init`, `list` and `rebuild`: looking after a project without a screen."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from engine.catalog import ALL_KINDS
from engine.kernel.pool import Pool
from engine.workspace import Workspace, open_workspace
from store.project import find_root
from store.seed import init_with_scripts
from tui.commands.exit_codes import EXIT_FAILED, EXIT_OK
from tui.commands.printing import fit, print_json, say, tell_notices

if TYPE_CHECKING:
    from store.index import Problem


async def init(options: argparse.Namespace) -> int:
    """Make a project in `options.directory`."""
    report = init_with_scripts(options.directory, demo=options.demo, name=options.name)
    say(f"{report.root}: {len(report.created)} files made, {len(report.kept)} kept as they were.")
    say(f"Open it: inkstand open {options.directory}")
    return EXIT_OK


async def list_scripts(options: argparse.Namespace) -> int:
    """List the scripts by kind, from the files as they are."""
    async with open_workspace(_root(options), pool=Pool(0)) as workspace:
        tell_notices(workspace)
        await workspace.catalog.rebuild(("scripts",))
        rows = await workspace.catalog.scripts()
    if options.json:
        fields = ("slug", "title", "kind", "entrypoint", "enabled", "version", "path", "problem")
        print_json([{name: getattr(row, name) for name in fields} for row in rows])
        return EXIT_OK
    width = max((len(row.slug) for row in rows), default=0)
    for kind, title in (("macro", "Macros"), ("utility", "Utilities"), ("transform", "Transforms")):
        members = [row for row in rows if row.kind == kind]
        print(f"{title} ({len(members)})")
        for row in members:
            state = "" if row.enabled else "  (disabled)"
            problem = f"  ! {row.problem}" if row.problem else ""
            say(f"  {row.slug:<{width}}  {row.title}{state}{problem}")
    if not rows:
        print("\nNo scripts yet: put a .py file into scripts/, or make one on the screen.")
    return EXIT_OK


async def rebuild(options: argparse.Namespace) -> int:
    """Bring the index in line with the files."""
    kinds = ALL_KINDS if options.kind == "all" else (options.kind,)
    async with open_workspace(_root(options), pool=Pool(0)) as workspace:
        with progress_shown(workspace, options):
            report = await workspace.catalog.rebuild(kinds, is_full=options.full)
        tell_notices(workspace)
        unreadable = {one.path for one in report.unreadable}
        odd = [
            one
            for one in await workspace.catalog.problems()
            if one.kind in kinds and one.path not in unreadable
        ]
    if options.json:
        print_json(
            {
                "counts": {
                    kind: {"seen": one.seen, "parsed": one.parsed, "removed": one.removed}
                    for kind, one in report.counts.items()
                },
                "unreadable": [_problem_data(one) for one in report.unreadable],
                "problems": [_problem_data(one) for one in odd],
                "duration_s": round(report.duration_s, 4),
            }
        )
    else:
        print(report.summary)
        for one in (*report.unreadable, *odd):
            print(fit(f"  {one.path}: {one.reason}"), file=sys.stderr)
    return EXIT_FAILED if report.unreadable else EXIT_OK


@contextmanager
def progress_shown(workspace: Workspace, options: argparse.Namespace) -> Iterator[None]:
    """Say on a terminal how far tasks are, in a line that is gone afterwards."""
    if options.json or not sys.stderr.isatty():
        yield
        return

    def show() -> None:
        for task in workspace.tasks.running:
            done = "" if task.progress is None else f" {task.progress:.0%}"
            print(f"\r\x1b[K{fit(task.name)}: {fit(task.message)}{done}", end="", file=sys.stderr)
            sys.stderr.flush()

    workspace.tasks.listen(show)
    try:
        yield
    finally:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _problem_data(problem: Problem) -> dict[str, str]:
    return {"path": problem.path, "kind": problem.kind, "reason": problem.reason}


def _root(options: argparse.Namespace) -> Path:
    return find_root(options.project)
