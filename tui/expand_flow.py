"""Expanding all macros from the screen: begun, cancelled, and its report shown.

How pages are expanded is the engine's; this owns only when the report comes into view.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.render.expansion_report import ExpansionReport
    from engine.tasks import Task
    from engine.workspace import Workspace
    from tui.flows import Flows
    from tui.main_screen import MainScreen
    from tui.screens.expansion import ExpansionScreen
    from tui.screens.expansion_rows import Place


def expand_all(screen: MainScreen, workspace: Workspace | None, flows: Flows) -> None:
    """Expand the macros of all posts, with the Tasks tab in front; the second time, cancel it.

    Args:
        screen: The main screen.
        workspace: The open project; None while it is still being opened.
        flows: The main screen's.
    """
    if workspace is None:
        screen.notify("The project is still being opened.")
        return
    if workspace.survey.is_under_way:
        workspace.survey.cancel()
        return
    screen.panel.tasks.screen_of = partial(_screen_of, screen, workspace)
    screen.panel.bring_to_front("tasks")
    screen.panel.tasks.highlighted = None  # the cursor goes to the newest then, and stays on it
    screen.panel.tasks.focus()
    # Beside: it may take minutes, and changes nothing that anybody edits.
    flows.beside(_expand, screen, workspace)


async def _expand(screen: MainScreen, workspace: Workspace) -> None:
    unsaved = sum(document.is_dirty for document in screen.editor.documents)
    report = await workspace.survey.expand_all()
    note = ""
    if unsaved:
        what = "text is" if unsaved == 1 else "texts are"
        note = f"{unsaved} open {what} not saved: what the files hold was expanded."
    # Whoever has gone on elsewhere, to type perhaps, is not called away.
    if screen.is_current and screen.panel.tasks.has_focus:
        screen.app.push_screen(_shown(screen, report, note))
    else:
        words = f"{report.summary}. {note}".strip()
        words += "\nEnter on its line in the Tasks tab shows all of it."
        screen.notify(words, severity="information" if report.is_well else "warning")


def _screen_of(screen: MainScreen, workspace: Workspace, task: Task) -> ExpansionScreen | None:
    report = workspace.survey.report_of(task)
    return None if report is None else _shown(screen, report)


def _shown(screen: MainScreen, report: ExpansionReport, note: str = "") -> ExpansionScreen:
    from tui.screens.expansion import ExpansionScreen  # the start need not pay for it

    return ExpansionScreen(report, partial(_jump, screen), note)


def _jump(screen: MainScreen, place: Place) -> None:
    from engine.render.library import DEFAULTS_FOLDER

    if place.path.startswith(f"{DEFAULTS_FOLDER}/"):
        name = place.path.rpartition("/")[2]
        screen.notify(f"{name} comes with Inkstand; this project has no copy to open.")
        return
    screen.jump(place.path, place.line, place.column)
