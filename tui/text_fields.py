"""Fields to type into, beside the editor: keys act in the order in which they were typed.

Owns that order, and that the cursor stands still: a blink is bytes over SSH. What is typed, and
what becomes of it, must never enter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from textual import events
from textual.binding import Binding
from textual.widget import Widget
from textual.widgets import Input, TextArea


class LineField(Input):
    """One line."""

    action_of_key: ClassVar[Mapping[str, str]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take what Textual's field takes; the cursor does not blink."""
        super().__init__(*args, **kwargs)
        self.set_reactive(Input.cursor_blink, False)

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.action_of_key = _actions(cls)

    async def _on_key(self, event: events.Key) -> None:
        await _act_at_once(self, event, self.action_of_key)


class TextField(TextArea):
    """Several lines."""

    action_of_key: ClassVar[Mapping[str, str]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take what Textual's field takes; the cursor does not blink."""
        super().__init__(*args, **kwargs)
        self.set_reactive(TextArea.cursor_blink, False)

    async def _on_key(self, event: events.Key) -> None:
        await _act_at_once(self, event, self.action_of_key)


async def _act_at_once(widget: Widget, event: events.Key, actions: Mapping[str, str]) -> None:
    # Letters are inserted right where they arrive, while a binding acts only when its key has gone
    # up to the app: in one packet of a slow line they would overtake Backspace, Home and Ctrl+K.
    action = actions.get(event.key)
    if action is not None and await widget.app.run_action(action, widget):
        event.stop()
        event.prevent_default()


def _actions(field: type[Widget]) -> dict[str, str]:
    actions: dict[str, str] = {}
    for base in reversed(field.__mro__):
        bindings = vars(base).get("BINDINGS", ()) if issubclass(base, Input | TextArea) else ()
        actions |= {binding.key: binding.action for binding in Binding.make_bindings(bindings)}
    return actions


LineField.action_of_key = _actions(LineField)
TextField.action_of_key = _actions(TextField)
