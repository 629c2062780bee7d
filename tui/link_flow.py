"""A new post from a link, on the screen: asks for the link, and tells what came of it.

What the transforms do with it is the engine's; this owns only what the person sees.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import Input, Static

from store.link_post import LinkError, clean_link
from store.one_line import clean
from tui.screens.questions import Field, FormScreen

if TYPE_CHECKING:
    from engine.transforms import LinkReport, TransformError
    from engine.workspace import Workspace
    from tui.flows import Flows
    from tui.main_screen import MainScreen

_NAMED_IN_MESSAGE = 3


class LinkForm(FormScreen):
    """Address and title; stays until the address is one."""

    def __init__(self) -> None:
        """Ask."""
        fields = [
            Field("url", "Address", ""),
            Field("title", "Title (may be empty: the host's name)", "", may_be_empty=True),
        ]
        super().__init__("New post from link", fields, "Make")

    def _finish(self) -> None:
        address = self.query_one("#url", Input)
        if address.value.strip():
            try:
                clean_link(address.value)
            except LinkError as error:
                self.query_one("#complaint", Static).update(str(error))
                address.focus()
                return
        super()._finish()


def add_link(screen: MainScreen, workspace: Workspace | None, flows: Flows) -> None:
    """Ask for a link and make a post of it.

    Args:
        screen: The main screen.
        workspace: The open project; None while it is still being opened.
        flows: The main screen's.
    """
    if workspace is None:
        screen.notify("The project is still being opened.")
        return
    flows.start(_ask, screen, workspace, flows)


async def _ask(screen: MainScreen, workspace: Workspace, flows: Flows) -> None:
    values = await screen.app.push_screen_wait(LinkForm())
    if values is not None:
        # Beside: the transforms may take long, and the new file is nobody else's yet.
        flows.beside(_make, screen, workspace, values["url"], values["title"])


async def _make(screen: MainScreen, workspace: Workspace, url: str, title: str) -> None:
    report = await workspace.transforms.add_link(url, title)
    await screen.refresh_scripts()  # the number of posts, too
    tell(screen, report)


def tell(screen: MainScreen, report: LinkReport) -> None:
    """Show what the transforms said, which of them failed, and where the post is."""
    output = screen.panel.output
    for slug, text in report.printed.items():
        output.append(f"▷ {clean(slug)}\n", "note")
        output.append("".join(f"  {line}\n" for line in text.splitlines()), "note")
    for error in report.errors:
        _tell_error(screen, error)
    for toast in report.toasts:
        screen.notify(toast.message, severity=toast.severity)
    if report.errors:
        screen.panel.bring_to_front("output")
        named = [f"{one.script_slug}: {one.message}" for one in report.errors[:_NAMED_IN_MESSAGE]]
        more = len(report.errors) - len(named)
        if more:
            named.append(f"and {more} more, in the Output tab")
        screen.notify("\n".join(named), title="Transforms failed", severity="error", timeout=10)
    if report.was_cancelled:
        screen.notify("Cancelled; no post was made.")
    else:
        screen.notify(f"The draft is {report.path}", title="New post")


def _tell_error(screen: MainScreen, error: TransformError) -> None:
    output = screen.panel.output
    if error.details:
        output.append(error.details, "error")
    output.append(f"✘ {clean(error.script_slug)}: {clean(error.message)}\n", "error")
    line, column = error.line or 1, error.column or 1
    place = f"{clean(error.path)}:{line}:{column}"
    output.append_link(f"  → {place}  (Enter jumps there)", (error.path, line, column))
