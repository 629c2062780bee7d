"""`inkstand env`: the packages of a project's scripts: what is there, synced, taken away."""

from __future__ import annotations

import argparse
import signal
from dataclasses import asdict
from typing import TYPE_CHECKING

import anyio

from engine.kernel.pool import Pool
from engine.workspace import Workspace, open_workspace
from store.project import find_root
from tui.commands.exit_codes import EXIT_FAILED, EXIT_OK, EXIT_STOPPED
from tui.commands.printing import complain, print_json, say, tell_notices
from tui.commands.project import progress_shown

if TYPE_CHECKING:
    from engine.environment import Environment, EnvironmentStatus, SyncReport


async def env(options: argparse.Namespace) -> int:
    """Do what `options.action` says.

    Args:
        options: `project` (a folder or None), `action` (status, sync or remove), `json`,
        `allow_source_builds` and `upgrade`.

    Returns:
        0; 1 when something is to be done, or could not be; 130 when a sync was cancelled.
    """
    async with open_workspace(find_root(options.project), pool=Pool(0)) as workspace:
        tell_notices(workspace)
        if options.action == "sync":
            return await _sync(workspace, options)
        if options.action == "remove":
            report = await workspace.environment.remove()
            _tell_report(report, is_json=options.json)
            return EXIT_OK
        return await _status(workspace.environment, is_json=options.json)


async def _status(environment: Environment, *, is_json: bool) -> int:
    await environment.sweep()
    status = await environment.status()
    if is_json:
        print_json({**asdict(status), "folder": _text(status.folder), "is_well": status.is_well})
    else:
        _tell_status(status)
    return EXIT_OK if status.is_well else EXIT_FAILED


def _tell_status(status: EnvironmentStatus) -> None:
    say(f"{status.words}.")
    for name, version in status.packages.items():
        say(f"  {name} {version}")
    if status.folder is not None:
        say(f"Built {status.built_at} by {status.tool} in {status.folder}")
    if status.advice:
        say(status.advice)


async def _sync(workspace: Workspace, options: argparse.Namespace) -> int:
    report: SyncReport | None = None
    async with anyio.create_task_group() as group:
        group.start_soon(_cancel_on_signals, group.cancel_scope)
        with progress_shown(workspace, options):
            report = await workspace.environment.sync(
                is_source_allowed=options.allow_source_builds, is_upgrade=options.upgrade
            )
        group.cancel_scope.cancel()
    if report is None or report.outcome == "cancelled":
        complain("cancelled; the packages are as they were")
        return EXIT_STOPPED
    _tell_report(report, is_json=options.json)
    return EXIT_OK


async def _cancel_on_signals(scope: anyio.CancelScope) -> None:
    """Ctrl+C, a closed terminal and a polite kill end the installer, too."""
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM, signal.SIGHUP) as signals:
        await anext(signals)
        scope.cancel()


def _tell_report(report: SyncReport, *, is_json: bool) -> None:
    if is_json:
        print_json({**asdict(report), "folder": _text(report.folder), "summary": report.summary})
        return
    say(f"Packages of scripts: {report.summary}.")
    for name, version in report.installed.items():
        say(f"  + {name} {version}")
    for name, (old, new) in report.changed.items():
        say(f"  ~ {name} {old} -> {new}")
    for name, version in report.removed.items():
        say(f"  - {name} {version}")
    if report.folder is not None:
        say(f"In {report.folder}")


def _text(value: object) -> str | None:
    return None if value is None else str(value)
