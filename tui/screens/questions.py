"""Questions in front of everything: choose one of a few answers, or fill in a few fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, Select, Static

from tui.text_fields import LineField

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class Answer:
    """One of the answers to a question."""

    id: str
    label: str
    is_dangerous: bool = False


class _Dialog(ModalScreen[_Answer]):
    """A box in the middle, as small as it can be, with buttons below."""

    DEFAULT_CSS = """
    _Dialog { align: center middle; }
    _Dialog > Vertical {
        width: 64; max-width: 95%; height: auto; max-height: 95%; background: $surface;
        border: round $primary; padding: 0 1;
    }
    _Dialog Static { height: auto; }
    _Dialog Input, _Dialog Select { width: 1fr; }
    _Dialog #buttons { height: 1; margin-top: 1; align-horizontal: right; }
    _Dialog Button { margin-left: 1; min-width: 8; width: auto; }
    _Dialog #complaint { color: $text-error; }
    """

    def on_mount(self) -> None:
        """Take the messages away that would lie over the buttons."""
        self.app.clear_notifications()


class QuestionScreen(_Dialog[str | None]):
    """A question with answers as buttons. Dismissed with the answer's id, None for Esc."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+q", "dismiss", "Back", id="question.back"),
        Binding("left", "app.focus_previous", "Previous", show=False, id="question.previous"),
        Binding("right", "app.focus_next", "Next", show=False, id="question.next"),
    ]

    def __init__(
        self, title: str, text: str, answers: Sequence[Answer], *, cancel: str = "Cancel"
    ) -> None:
        """Ask `text`; the first answer has the focus.

        Args:
            title: On the frame.
            text: The question.
            answers: As buttons, in their order.
            cancel: A last button that goes back; empty where an answer does that.
        """
        super().__init__()
        self._cancel = cancel
        self._title = title
        self._text = text
        self._answers = answers

    def compose(self) -> ComposeResult:
        """Lay out question and answers."""
        with Vertical() as box:
            box.border_title = self._title
            yield Static(self._text, markup=False)
            with Horizontal(id="buttons"):
                for answer in self._answers:
                    yield Button(
                        answer.label,
                        id=answer.id,
                        compact=True,
                        variant="error" if answer.is_dangerous else "default",
                    )
                if self._cancel:
                    yield Button(self._cancel, id="cancel", compact=True)

    @on(Button.Pressed)
    def _answered(self, event: Button.Pressed) -> None:
        event.stop()
        self.dismiss(None if event.button.id == "cancel" else event.button.id)


@dataclass(frozen=True, slots=True)
class Field:
    """A line of a form."""

    id: str
    label: str
    value: str
    choices: tuple[str, ...] = ()
    """Given: choose one of these instead of typing."""
    may_be_empty: bool = False
    """Whether nothing is an answer."""


class FormScreen(_Dialog[Mapping[str, str] | None]):
    """A few fields. Dismissed with their values by id, None for Esc."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+q", "dismiss", "Back", id="form.back")
    ]

    def __init__(self, title: str, fields: Sequence[Field], button: str) -> None:
        """Ask for `fields`; `button` names what happens with them."""
        super().__init__()
        self._title = title
        self._fields = fields
        self._button = button

    def compose(self) -> ComposeResult:
        """Lay out the fields."""
        with Vertical() as box:
            box.border_title = self._title
            for field in self._fields:
                yield Label(field.label)
                if field.choices:
                    yield Select(
                        [(choice, choice) for choice in field.choices],
                        value=field.value,
                        allow_blank=False,
                        compact=True,
                        id=field.id,
                    )
                else:
                    yield LineField(field.value, id=field.id, compact=True)
            yield Static("", id="complaint", markup=False)
            with Horizontal(id="buttons"):
                yield Button(self._button, id="ok", compact=True, variant="primary")
                yield Button("Cancel", id="cancel", compact=True)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._finish()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "cancel":
            self.dismiss(None)
        else:
            self._finish()

    def _finish(self) -> None:
        values: dict[str, str] = {}
        for field in self._fields:
            if field.choices:
                values[field.id] = str(self.query_one(f"#{field.id}", Select).value)
                continue
            widget = self.query_one(f"#{field.id}", Input)
            values[field.id] = widget.value.strip()
            if not values[field.id] and not field.may_be_empty:
                self.query_one("#complaint", Static).update(f"{field.label} is needed.")
                widget.focus()
                return
        self.dismiss(values)
