"""The two lines over the text: what the document is, and the buttons.

Shows an `OpenDocument`; a change by the person is posted, never carried out here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text
from textual import events, on
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Button, Checkbox, Select, Static

from store.one_line import clean
from tui.actions import ACTIONS
from tui.editor.open_document import OpenDocument
from tui.editor.script_document import ScriptDocument

_BUTTONS = ("run", "stop", "save", "check")
_ROOM_FOR_KEYS = 72
"""Columns; below it title and slug need the room more."""
_KINDS = (("macro", "macro"), ("utility", "utility"), ("transform", "transform"))


class HeaderRow(Vertical):
    """Title, slug, version and buttons; below them kind, entrypoint and enabled.

    A document without such fields has a line of words there.
    """

    DEFAULT_CSS = """
    HeaderRow {
        height: 2; background: $panel;
        Horizontal { height: 1; }
        #identity { width: 1fr; height: 1; padding: 0 1; }
        #standing { height: 1; padding: 0 1; display: none; }
        Button { min-width: 6; margin: 0 1 0 0; }
        Select { width: 14; margin: 0 1; }
        SelectCurrent { background: $boost; padding: 0 1; }
        #entrypoint { width: 1fr; max-width: 30; margin-left: 0; }
        Checkbox { background: $panel; padding: 0; width: auto; }
    }
    """

    @dataclass
    class FieldChanged(Message):
        """The person set a header field to another value."""

        document: OpenDocument
        name: str
        value: str | bool

    @dataclass
    class ActionPressed(Message):
        """The person pressed the button of an action."""

        action: str

    def __init__(self) -> None:
        super().__init__(id="header-row")
        self._document: OpenDocument | None = None
        self._is_filled = self._is_running = False

    async def fill(self) -> None:
        """Lay out both lines, when there is something to show.

        A third of the screen's widgets are these: its first picture need not wait for them.
        """
        if self._is_filled:
            return
        self._is_filled = True
        buttons = []
        for action in ACTIONS:
            if action.id in _BUTTONS:
                button = Button(action.label, id=f"button-{action.id}", compact=True)
                button.tooltip = f"{action.help} ({action.key_shown})"
                button.can_focus = True
                buttons.append(button)
        await self.mount(
            Horizontal(Static(id="identity"), *buttons),
            Static(id="standing"),
            Horizontal(
                Select(_KINDS, id="kind", compact=True, allow_blank=False, value="utility"),
                Select([("main", "main")], id="entrypoint", compact=True, allow_blank=False),
                Checkbox("enabled", id="enabled", compact=True),
                id="fields",
            ),
        )
        self.show_running(self._is_running)

    def on_resize(self, event: events.Resize) -> None:
        """Tell the keys where there is room for them."""
        if not self._is_filled:
            return
        has_room = event.size.width >= _ROOM_FOR_KEYS
        for action in ACTIONS:
            if action.id in _BUTTONS:
                label = f"{action.label} {action.key_shown}" if has_room else action.label
                button = self.query_one(f"#button-{action.id}", Button)
                button.label = label
                button.refresh(layout=True)  # which the label itself does not ask for

    @property
    def first_field(self) -> Widget:
        """Where the focus goes when it comes here."""
        if isinstance(self._document, ScriptDocument):
            return self.query_one("#kind", Select)
        return self.query_one("#button-save", Button)

    def show(self, document: OpenDocument) -> None:
        """Show this document's header."""
        self._document = document
        identity = Text(no_wrap=True, overflow="ellipsis")
        identity.append("* " if document.is_dirty else "", style="bold")
        identity.append(clean(document.title), style="bold")
        identity.append(f"  {clean(document.details)}", style="dim")
        if document.read_only_reason:
            identity.append("  read-only", style="italic")
        self.query_one("#identity", Static).update(identity)
        for name in _BUTTONS:
            self.query_one(f"#button-{name}", Button).display = name in document.buttons
        is_script = isinstance(document, ScriptDocument)
        self.query_one("#fields").display = is_script
        self.query_one("#standing").display = not is_script
        if isinstance(document, ScriptDocument):
            self._show_fields(document)
        else:
            self._show_standing(document)

    def _show_fields(self, document: ScriptDocument) -> None:
        with self.prevent(Select.Changed, Checkbox.Changed):
            self.query_one("#kind", Select).value = document.kind
            self._show_entrypoints(document.entrypoints, document.entrypoint)
            enabled = self.query_one("#enabled", Checkbox)
            enabled.value = document.is_enabled
            # In words: the box itself differs by its colour only.
            enabled.label = "enabled" if document.is_enabled else "disabled"
        is_editable = not document.read_only_reason
        for one in self.query("Select, Checkbox"):
            one.disabled = not is_editable

    def _show_standing(self, document: OpenDocument) -> None:
        standing = Text(clean(document.standing), no_wrap=True, overflow="ellipsis")
        if document.problems:
            problem, more = document.problems[0], len(document.problems) - 1
            words = f"{problem.line}:{problem.column}: {clean(problem.message)}"
            standing.append(f"   {words}{f' (and {more} more)' if more else ''}", style="bold")
        self.query_one("#standing", Static).update(standing)

    def show_running(self, is_running: bool) -> None:
        """Tell by the buttons whether a script runs."""
        self._is_running = is_running
        if not self._is_filled:
            return
        self.query_one("#button-stop", Button).disabled = not is_running
        self.query_one("#button-run", Button).disabled = is_running

    def _show_entrypoints(self, names: Sequence[str], chosen: str) -> None:
        select = self.query_one("#entrypoint", Select)
        # A stored entrypoint that the file does not have (any more) stays visible: hiding it would
        # change the header without being asked.
        known = list(names) if chosen in names else [*names, chosen]
        select.set_options(
            (Content(name if name in names else f"{name} (missing)"), name) for name in known
        )
        select.value = chosen

    @on(Select.Changed)
    def _select_changed(self, event: Select.Changed) -> None:
        event.stop()
        document, name = self._document, event.select.id
        if (
            not isinstance(document, ScriptDocument)
            or name is None
            or not isinstance(event.value, str)
        ):
            return
        # set_options posts from its own context, past `prevent`: the value tells who changed it.
        shown = document.kind if name == "kind" else document.entrypoint
        if event.value != shown and event.value == event.select.value:
            self.post_message(self.FieldChanged(document, name, event.value))

    @on(Checkbox.Changed)
    def _checkbox_changed(self, event: Checkbox.Changed) -> None:
        event.stop()
        document = self._document
        if isinstance(document, ScriptDocument) and event.value != document.is_enabled:
            self.post_message(self.FieldChanged(document, "enabled", event.value))

    @on(Button.Pressed)
    def _button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.post_message(self.ActionPressed((event.button.id or "").removeprefix("button-")))
