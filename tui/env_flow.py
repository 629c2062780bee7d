"""The packages of scripts, on the screen: synced as a task, and told when they are to be.

What a sync does is the engine's; this owns only what the person sees of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.one_line import clean
from tui.actions import ACTIONS

if TYPE_CHECKING:
    from engine.environment import SyncReport
    from engine.workspace import Workspace
    from tui.flows import Flows
    from tui.main_screen import MainScreen

_KEY = next(action.key_shown for action in ACTIONS if action.id == "sync_packages")
_NAMED_IN_MESSAGE = 4


def sync_packages(screen: MainScreen, workspace: Workspace | None, flows: Flows) -> None:
    """Sync, with the Tasks tab in front, where it can be cancelled.

    Args:
        screen: The main screen.
        workspace: The open project; None while it is still being opened.
        flows: The main screen's.
    """
    if workspace is None:
        screen.notify("The project is still being opened.")
        return
    screen.panel.bring_to_front("tasks")
    # Beside: it may take minutes, and changes nothing that anybody edits.
    flows.beside(_sync, screen, workspace)


async def _sync(screen: MainScreen, workspace: Workspace) -> None:
    from engine.environment import EnvironmentFailed

    try:
        report = await workspace.environment.sync()
    except EnvironmentFailed as error:
        if error.output:
            screen.panel.output.append(
                "".join(f"{clean(line)}\n" for line in error.output.splitlines()), "error"
            )
        raise
    _tell(screen, report)


def _tell(screen: MainScreen, report: SyncReport) -> None:
    lines = [f"+ {name} {version}" for name, version in report.installed.items()]
    lines += [f"~ {name} {old} -> {new}" for name, (old, new) in report.changed.items()]
    lines += [f"- {name} {version}" for name, version in report.removed.items()]
    shown = lines[:_NAMED_IN_MESSAGE]
    if len(lines) > len(shown):
        shown.append(f"and {len(lines) - len(shown)} more, in the Output tab")
        output = screen.panel.output
        output.append(f"Packages of scripts: {report.summary}\n", "note")
        output.append("".join(f"  {clean(line)}\n" for line in lines), "note")
    screen.notify("\n".join([f"{report.summary}.", *shown]), title="Packages of scripts")


async def tell_at_opening(screen: MainScreen, workspace: Workspace) -> None:
    """Say once, and quietly, that the packages are not those that are listed."""
    await workspace.environment.sweep()
    status = await workspace.environment.status()
    if not status.is_well:
        how = "" if status.state == "unreadable" else f" {_KEY} syncs them."
        screen.notify(f"{status.words.rstrip('.')}.{how}", title="Packages of scripts")
