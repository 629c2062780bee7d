"""`inkstand expand`: the macros of all posts in one go, what fails in them, and what they cost."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread

from engine.tasks import TaskCancelled
from engine.workspace import open_workspace
from store.project import find_root
from tui.commands.check import _posts_called
from tui.commands.exit_codes import EXIT_FAILED, EXIT_OK, EXIT_STOPPED
from tui.commands.printing import fit, print_json, say, tell_notices
from tui.commands.project import progress_shown

if TYPE_CHECKING:
    from engine.render.checking import PostProblem
    from engine.render.expansion_report import ExpansionReport
    from engine.workspace import Workspace


async def expand(options: argparse.Namespace) -> int:
    """Expand the macros of some posts, or of all.

    Args:
        options: `project`, `posts`, `jobs` (None for all cores), `drafts` and `json`.

    Returns:
        The exit code: 1 when a macro failed or is unknown, or a post cannot be read; 130 when it
        was interrupted.

    Raises:
        EntryNotFound: No post has one of the names.
        KernelError: No interpreter can be had.
    """
    async with open_workspace(find_root(options.project)) as workspace:
        tell_notices(workspace)
        paths = await _paths(workspace, options.posts)
        report: ExpansionReport | None = None
        is_stopped = anyio.Event()
        async with anyio.create_task_group() as group:
            group.start_soon(_stop_on_signals, workspace, is_stopped, group.cancel_scope)
            with progress_shown(workspace, options):
                report = await _expanded(workspace, paths, options, is_stopped)
            group.cancel_scope.cancel()
    if report is None:
        return EXIT_STOPPED
    if options.json:
        print_json(report.as_data())
    else:
        _print(report)
    if report.was_cancelled:
        return EXIT_STOPPED
    return EXIT_OK if report.is_well else EXIT_FAILED


async def _paths(workspace: Workspace, names: Sequence[str]) -> list[str] | None:
    if not names:
        return None
    found: list[str] = []
    for name in names:
        found += await anyio.to_thread.run_sync(_posts_called, workspace.project, name)
    return list(dict.fromkeys(found))


async def _expanded(
    workspace: Workspace,
    paths: Sequence[str] | None,
    options: argparse.Namespace,
    is_stopped: anyio.Event,
) -> ExpansionReport | None:
    try:
        await workspace.catalog.rebuild()
        if is_stopped.is_set():
            return None
        return await workspace.survey.expand_all(
            paths, jobs=options.jobs, with_drafts=options.drafts
        )
    except TaskCancelled:
        return None


async def _stop_on_signals(
    workspace: Workspace, is_stopped: anyio.Event, everything: anyio.CancelScope
) -> None:
    """Ctrl+C ends the expansion, which then tells what it has done; the second one tells nothing.

    The same for a closed terminal and a polite kill.
    """
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM, signal.SIGHUP) as signals:
        await anext(signals)
        is_stopped.set()
        for task in (*workspace.tasks.running, *workspace.tasks.pending):
            task.cancel()
        await anext(signals)
    everything.cancel()


def _print(report: ExpansionReport) -> None:
    for line in report.output.splitlines():
        print(fit(line), file=sys.stderr)
    for failure in report.failures.first:
        say(str(failure))
    _tell_more(report.failures.more, "failures")
    for problem in report.problems.first:
        say(_problem_line(problem))
    _tell_more(report.problems.more, "problems")
    for warning in report.warnings.first:
        say(str(warning))
    _tell_more(report.warnings.more, "warnings")
    for problem in report.unreadable.first:
        print(fit(f"{problem.path}: {problem.words}"), file=sys.stderr)
    if report.unreadable.more:
        print(f"and {report.unreadable.more:,} more posts cannot be read", file=sys.stderr)
    if report.figures:
        from tui.expansion_words import heading, name_cells, row

        names = name_cells(report.figures, 0)
        print(heading(names))
        for figures in report.figures:
            say(row(figures, names))
    say(f"{report.summary}.")


def _problem_line(problem: PostProblem) -> str:
    grade = "" if problem.is_error else "warning: "
    return f"{problem.path}:{problem.line}:{problem.column}: {grade}{problem.words}"


def _tell_more(count: int, noun: str) -> None:
    if count:
        print(f"and {count:,} more {noun}")
