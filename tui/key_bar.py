"""The last line: the keys one needs first.

Not Textual's Footer: that mounts a widget per key, six times over before the first tree is there
(130 ms of the start). Our keys mean the same everywhere, so one line drawn once will do.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.widget import Widget

from tui.actions import ACTIONS, Action


class KeyBar(Widget):
    """Key and label of the actions that belong into the footer; a click does them."""

    DEFAULT_CSS = """
    KeyBar {
        dock: bottom; height: 1; background: $footer-background; color: $footer-foreground;
        .key-bar--key { color: $footer-key-foreground; text-style: bold; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"key-bar--key"}

    def render(self) -> Text:
        """Draw as many of them as fit, the first ones first."""
        style = self.get_component_rich_style("key-bar--key", partial=True)
        line = Text(no_wrap=True)
        for action, _ in self._places():
            line.append(action.key_shown, style)
            line.append(f" {action.label} ")
        return line

    def _places(self) -> Iterator[tuple[Action, int]]:
        """Yield the actions that fit, each with the column behind it."""
        end = 0
        for action in ACTIONS:
            if action.in_footer:
                end += len(action.key_shown) + len(action.label) + 2
                if end > self.size.width + 1:
                    return
                yield action, end

    async def on_click(self, event: events.Click) -> None:
        """Do what was clicked on."""
        for action, end in self._places():
            if event.x < end:
                await self.screen.run_action(action.id)
                return
