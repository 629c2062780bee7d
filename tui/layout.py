"""How the main screen fits its terminal, and how the focus goes round its panes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.geometry import Size
from textual.widget import Widget
from textual.widgets import Static

if TYPE_CHECKING:
    from tui.main_screen import MainScreen

MIN_WIDTH, MIN_HEIGHT = 40, 12
"""Below this nothing useful fits; the screen says so instead of garbling itself."""

_NARROW, _WIDE = 64, 110


def fit(screen: MainScreen, size: Size) -> None:
    """Fit the layout to a terminal of this size, in cells."""
    is_too_small = size.width < MIN_WIDTH or size.height < MIN_HEIGHT
    screen.set_class(is_too_small, "-too-small")
    screen.set_class(size.width < _NARROW, "-narrow")
    screen.sidebar.set_class(size.width >= _WIDE, "-wide")
    if is_too_small:
        screen.query_one("#too-small", Static).update(
            f"{size.width}x{size.height} is too small.\nInkstand needs {MIN_WIDTH}x{MIN_HEIGHT}."
        )


def focus_pane(screen: MainScreen, direction: int) -> None:
    """Focus the next (1) or previous (-1) of the panes that are there."""
    active = screen.editor.active
    text = screen.editor.code(active) if active is not None else None
    panes: list[tuple[Widget, Widget | None]] = [
        (screen.sidebar, screen.sidebar.script_tree),
        (screen.editor.header, screen.editor.header.first_field if text is not None else None),
        (text or screen.editor, text),
        *_preview_panes(screen),
        (screen.panel, screen.panel.front_view),
    ]
    there = [(pane, target) for pane, target in panes if pane.display and target is not None]
    if not there:
        return
    place = next(
        (number for number, (pane, _) in enumerate(there) if pane.has_focus_within), -direction
    )
    there[(place + direction) % len(there)][1].focus()


def _preview_panes(screen: MainScreen) -> list[tuple[Widget, Widget | None]]:
    preview = screen.preview
    return [(preview.pane, preview.pane.view)] if preview is not None and preview.is_open else []


def show_panel(screen: MainScreen, name: str) -> bool:
    """Show a tab of the panel with the focus in it; when it has it already, go back to the text.

    Returns:
        Whether the tab is in front now.
    """
    panel, active = screen.panel, screen.editor.active
    if panel.display and panel.front == name and panel.has_focus_within:
        (screen.editor.code(active) if active else screen.sidebar.script_tree).focus()
        return False
    panel.bring_to_front(name)
    panel.front_view.focus()
    return True
