"""The line below the output in which a person answers a script's `input()`.

Owns the question that is open; there is one at a time.
"""

from __future__ import annotations

from typing import ClassVar

import anyio
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from store.one_line import clean
from tui.text_fields import LineField


class AnswerInput(LineField):
    """The field behind the prompt."""

    DEFAULT_CSS = """
    AnswerInput { width: 1fr; height: 1; border: none; padding: 0 1; background: $boost; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+d", "give_up", "End of input", id="answer.end"),
    ]

    class GivenUp(Message):
        """There is nothing more to read."""

    def __init__(self) -> None:
        super().__init__(id="answer", compact=True, placeholder="Enter answers, Esc ends the input")

    def action_give_up(self) -> None:
        """Say that there is nothing more to read."""
        self.post_message(self.GivenUp())


class AnswerRow(Horizontal):
    """Prompt and field, there while somebody waits for an answer."""

    DEFAULT_CSS = """
    AnswerRow {
        display: none; height: 1; background: $boost;
        #answer-prompt {
            width: auto; max-width: 60%; height: 1; padding: 0 1; text-style: bold;
            text-wrap: nowrap; text-overflow: ellipsis;
        }
    }
    """

    def __init__(self) -> None:
        super().__init__(id="answer-row")
        self._answered: anyio.Event | None = None
        self._answer: str | None = None

    def compose(self) -> ComposeResult:
        """Lay out the prompt and the field."""
        yield Static(id="answer-prompt", markup=False)
        yield AnswerInput()

    @property
    def field(self) -> AnswerInput:
        """Where the answer is typed."""
        return self.query_one(AnswerInput)

    @property
    def is_asking(self) -> bool:
        """Whether somebody waits for an answer."""
        return self._answered is not None

    async def ask(self, prompt: str) -> str | None:
        """Show prompt and field, and wait.

        Args:
            prompt: What is asked; of several lines the last one is shown, the output has them all.

        Returns:
            What was typed; None for the end of input.
        """
        while self._answered is not None:  # a script may ask from several threads
            await self._answered.wait()
        self._answered, self._answer = anyio.Event(), None
        self.field.value = ""
        words = clean(prompt.strip().rpartition("\n")[2])
        label = self.query_one("#answer-prompt", Static)
        label.update(words)
        label.display = bool(words)
        self.display = True
        before = self.screen.focused
        self.field.focus()
        try:
            await self._answered.wait()
            return self._answer
        finally:
            self._answered = None
            self._hide(before)

    def _hide(self, before: Widget | None) -> None:
        # Asked before hiding, which takes the focus away. Who has gone elsewhere stays there.
        has_focus = self.screen.focused is self.field
        self.display = False
        if has_focus and before is not None and before.is_attached:
            before.focus()

    def give(self, answer: str | None) -> None:
        """Answer the open question, if there is one."""
        if self._answered is not None:
            self._answer = answer
            self._answered.set()

    @on(AnswerInput.GivenUp)
    def _given_up(self, event: AnswerInput.GivenUp) -> None:
        event.stop()
        self.give(None)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        from tui.panel.output_view import OutputView

        event.stop()
        # Behind the prompt, as a terminal does.
        self.screen.query_one(OutputView).append(f"{event.value}\n", "stdout")
        self.give(event.value)
