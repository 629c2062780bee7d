"""Rebuilds of the index from the screen: carried out, followed, and their report told.

What a rebuild reads is the store's; this owns only what the person sees of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.catalog import ALL_KINDS, EntryKind
from store.one_line import clean

if TYPE_CHECKING:
    from engine.workspace import Workspace
    from store.rebuild import RebuildReport
    from tui.main_screen import MainScreen

REBUILDS: tuple[tuple[str, tuple[EntryKind, ...], bool, str], ...] = (
    ("Rebuild everything", ALL_KINDS, True, "Read every file of the project again."),
    ("Rebuild posts", ("posts",), True, "Read every post again."),
    ("Rebuild media", ("media",), True, "Read every sidecar again."),
    ("Rebuild scripts", ("scripts",), True, "Read every script again."),
    ("Update the index", ALL_KINDS, False, "Read the files whose size or time has changed."),
)
"""Name, kinds, whether every file is read, and help: what the palette offers."""

_NAMED_IN_MESSAGE = 3


async def rebuild(
    screen: MainScreen, workspace: Workspace, kinds: Sequence[EntryKind], *, is_full: bool
) -> None:
    """Rebuild with the Tasks tab in front, and tell what came of it.

    Raises:
        FileError: The index cannot be written.
    """
    screen.panel.bring_to_front("tasks")
    report = await workspace.catalog.rebuild(kinds, is_full=is_full)
    await screen.refresh_scripts()
    tell(screen, report)


def tell(screen: MainScreen, report: RebuildReport) -> None:
    """Show a report: one message, and in the Output tab every file that cannot be read."""
    if report.was_cancelled:
        screen.notify("The rebuild was cancelled; what it had read stays in the index.")
        return
    if not report.unreadable:
        screen.notify(f"Rebuilt: {report.summary}.")
        return
    output = screen.panel.output
    output.append(f"Rebuild: {report.summary}\n", "note")
    for problem in report.unreadable:
        output.append(f"  {clean(problem.path)}: {clean(problem.reason)}\n", "error")
    named = [f"{one.path}: {one.reason}" for one in report.unreadable[:_NAMED_IN_MESSAGE]]
    more = len(report.unreadable) - len(named)
    if more:
        named.append(f"and {more} more, in the Output tab")
    screen.notify("\n".join(named), title="Cannot be read", severity="warning", timeout=10)
