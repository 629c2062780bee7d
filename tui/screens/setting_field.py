"""A setting on the screen: its label, its value to change, and what there is to say about it.

Posts what the person chose or typed, once it fits. Writing it must never enter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Checkbox, Input, Label, Select, Static

from engine.settings.kinds import Choice, Toggle
from store.json_text import REMOVE
from store.one_line import clean
from tui.text_fields import LineField

if TYPE_CHECKING:
    from engine.settings.registry import Setting
    from engine.settings.values import Reading

NOTHING: Final = object()
"""Where there is no new value."""


class SettingField(Vertical):
    """One setting. Text is handed over when the field is left or Enter is pressed."""

    DEFAULT_CSS = """
    SettingField {
        height: auto; margin-bottom: 1;
        .row { height: 1; }
        Label { width: 20; text-style: bold; }
        Label.-focused { text-style: bold reverse; }
        Input, Select { width: 1fr; }
        Input { background: $panel; }
        SelectCurrent { background: $panel; padding: 0 1; }
        Checkbox { background: $surface; padding: 0; width: auto; }
        .help { color: $text-muted; height: auto; }
        .complaint { color: $text-error; height: auto; display: none; }
    }
    .-narrow SettingField { .row { layout: vertical; height: 2; } }
    """

    @dataclass
    class Changed(Message):
        """The person wants another value, and it fits; REMOVE: the default."""

        field: SettingField
        value: object

    def __init__(self, reading: Reading) -> None:
        super().__init__()
        self._reading = reading
        self._shown: object = self._show(reading)
        """What stands in the widget as long as nobody touches it."""
        self._refused: str | None = None
        """The text that was refused, so that it is not tried again by itself."""

    @property
    def setting(self) -> Setting:
        """Which one."""
        return self._reading.setting

    @property
    def control(self) -> Widget:
        """The widget that holds the value."""
        return self.query_one("Input, Select, Checkbox")

    @property
    def is_refused(self) -> bool:
        """Whether what stands there was refused, and the person has been told."""
        control = self.control
        return isinstance(control, Input) and control.value == self._refused

    def compose(self) -> ComposeResult:
        """Lay out label, value, help and complaint."""
        kind = self.setting.kind
        with Horizontal(classes="row"):
            yield Label(self.setting.label)
            if isinstance(kind, Toggle):
                is_on = bool(self._reading.value)
                yield Checkbox(kind.show(is_on), is_on, compact=True)
            elif isinstance(kind, Choice):
                yield Select(
                    [(label, value) for value, label in kind.labels.items()],
                    value=str(self._reading.value),
                    allow_blank=False,
                    compact=True,
                )
            else:
                yield LineField(str(self._shown), compact=True, select_on_focus=False)
        yield Static(self._help(), classes="help", markup=False)
        yield Static("", classes="complaint", markup=False)

    def on_mount(self) -> None:
        """Say what is wrong with the file's value."""
        self.complain(self._reading.problem)

    def _help(self) -> str:
        setting = self.setting
        parts = [setting.help]
        if default := setting.kind.show(setting.default):
            parts.append(f"Default: {default}.")
        if setting.takes_effect != "at once":
            parts.append(f"Takes effect {setting.takes_effect}.")
        return " ".join(parts)

    def _show(self, reading: Reading) -> object:
        kind = reading.setting.kind
        return reading.value if isinstance(kind, Toggle) else kind.show(reading.value)

    def show(self, reading: Reading) -> None:
        """Show what holds now."""
        self._reading, self._shown, self._refused = reading, self._show(reading), None
        with self.prevent(Input.Changed, Select.Changed, Checkbox.Changed):
            control = self.control
            if isinstance(control, Checkbox):
                control.value = bool(self._shown)
                control.label = self.setting.kind.show(self._shown)  # not by colour alone
            elif isinstance(control, Select):
                control.value = self._shown
            elif isinstance(control, Input):
                control.value = str(self._shown)
        self.complain(reading.problem)

    def complain(self, words: str) -> None:
        """Say below the value what is wrong; nothing if `words` is empty."""
        complaint = self.query_one(".complaint", Static)
        complaint.update(clean(words))
        complaint.display = bool(words)

    def refuse(self, words: str) -> None:
        """Say why the value was not written; what was typed stays."""
        control = self.control
        if isinstance(control, Input):
            self._refused = control.value
        else:
            self.show(self._reading)
        self.complain(words)

    def take(self) -> object:
        """Return the new value that stands there, or NOTHING: then it is the old one, or unfit.

        What is unfit is refused in words. A value is given once.
        """
        control, kind = self.control, self.setting.kind
        if isinstance(control, Input):
            text = control.value.strip()
            if text == self._shown or control.value == self._refused:
                return NOTHING
            value = kind.parse(text) if text else REMOVE
            if text and (problem := self.setting.validate(value)):
                self.refuse(f"{self.setting.label} {problem}. It is not written.")
                return NOTHING
            self._shown = text
        elif isinstance(control, Checkbox | Select):
            if control.value == self._shown:
                return NOTHING
            self._shown = value = control.value
        else:
            raise AssertionError(control)
        self.complain("")
        return value

    def _hand_over(self) -> None:
        value = self.take()
        if value is not NOTHING:
            self.post_message(self.Changed(self, value))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._refused = None  # the person wants it tried again
        self._hand_over()

    @on(Input.Blurred)
    @on(Checkbox.Changed)
    @on(Select.Changed)
    def _left_or_chosen(self, event: Message) -> None:
        event.stop()
        self._hand_over()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self._refused is not None and event.value != self._refused:
            self._refused = None
            self.complain("")

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Show all of the field, not only the line that has the focus; mark its label."""
        self.query_one(Label).add_class("-focused")
        self.scroll_visible(animate=False)

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """Take the mark away."""
        self.query_one(Label).remove_class("-focused")
