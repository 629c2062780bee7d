"""The line below the output in which a person answers a script's `input()`.

Owns the question that is open; there is one at a time.
"""

from __future__ import annotations

from typing import ClassVar

import anyio
from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from tui.text_fields import LineField


class AnswerInput(LineField):
    """A field that is there while somebody waits for an answer."""

    DEFAULT_CSS = """
    AnswerInput { display: none; height: 1; border: none; padding: 0 1; background: $boost; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+d", "give_up", "End of input", id="answer.end"),
    ]

    def __init__(self) -> None:
        super().__init__(id="answer", compact=True)
        self._answered: anyio.Event | None = None
        self._answer: str | None = None
        self._before: Widget | None = None

    async def ask(self, prompt: str) -> str | None:
        """Show the field and wait.

        Args:
            prompt: What is asked; shown while nothing is typed.

        Returns:
            What was typed; None for the end of input.
        """
        while self._answered is not None:  # a script may ask from several threads
            await self._answered.wait()
        self._answered, self._answer = anyio.Event(), None
        self.value = ""
        self.placeholder = f"{prompt.strip()[:60]}  (Enter answers, Esc ends the input)"
        self.display = True
        self._before = self.screen.focused
        self.focus()
        try:
            await self._answered.wait()
            return self._answer
        finally:
            self._answered = None
            self.display = False
            if self._before is not None and self._before.is_attached:
                self._before.focus()

    def give(self, answer: str | None) -> None:
        """Answer the open question, if there is one."""
        if self._answered is not None:
            self._answer = answer
            self._answered.set()

    def action_give_up(self) -> None:
        """Say that there is nothing more to read."""
        self.give(None)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.screen_output(event.value)
        self.give(event.value)

    def screen_output(self, line: str) -> None:
        """Show what was typed behind the prompt, as a terminal does."""
        from tui.panel.output_view import OutputView

        self.screen.query_one(OutputView).append(f"{line}\n", "stdout")
