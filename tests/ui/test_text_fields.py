"""Fields to type into: keys that arrive together act in their order."""

from __future__ import annotations

from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.command import CommandInput, CommandList
from textual.events import Key
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from tests.ui.conftest import OpenApp
from tui.panel.answer_input import AnswerInput
from tui.text_fields import LineField, TextField


class Host(App[None]):
    """A line, a text, and the field for answers."""

    def __init__(self) -> None:
        super().__init__()
        self.submitted: list[str] = []

    def compose(self) -> ComposeResult:
        yield LineField("old", select_on_focus=False)
        yield TextField("old")
        yield AnswerInput()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.submitted.append(event.value)


async def packet(pilot: Pilot[Any], *keys: str) -> None:
    """Hand over keys as the terminal does that has read them at once."""
    for key in keys:
        pilot.app.post_message(Key(key, key if len(key) == 1 else None))
    await pilot.pause()


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        (["home", "ctrl+k", "n", "e", "w"], "new"),
        (["x", "backspace", "e", "r"], "older"),
        (["home", "c", "end", "e", "r"], "colder"),
        (["left", "delete", "left", "e"], "oel"),
    ],
)
@pytest.mark.parametrize("kind", [LineField, TextField])
async def test_letters_do_not_overtake_the_keys_before_them(
    kind: type[LineField | TextField], keys: list[str], value: str
) -> None:
    app = Host()
    async with app.run_test() as pilot:
        field = app.query(kind).first().focus()
        if isinstance(field, TextArea):
            field.move_cursor((0, 3))
        else:
            field.cursor_position = 3
        await packet(pilot, *keys)
        assert (field.text if isinstance(field, TextArea) else field.value) == value


async def test_enter_hands_over_what_stood_there_when_it_was_pressed() -> None:
    app = Host()
    async with app.run_test() as pilot:
        field = app.query(LineField).first().focus()
        field.cursor_position = 3
        await packet(pilot, "e", "r", "enter", "!")
        assert app.submitted == ["older"]


async def test_letters_do_not_overtake_the_keys_before_them_in_the_palette(
    open_app: OpenApp,
) -> None:
    async with open_app() as app:
        await app.press("ctrl+p")
        await app.until(lambda: isinstance(app.app.focused, CommandInput))
        (field,) = app.app.screen.query(CommandInput)
        await packet(app.pilot, "c", "o", "x", "backspace", "m", "home", "ctrl+k", "q", "u", "i")
        assert field.value == "qui"
        found = app.app.screen.query_one(CommandList)
        await app.until(lambda: any(str(one.prompt).startswith("Quit") for one in found.options))
        await app.press("escape")


def test_a_field_keeps_the_keys_that_it_binds_otherwise() -> None:
    assert AnswerInput.action_of_key["ctrl+d"] == "give_up"
    assert AnswerInput.action_of_key["backspace"] == "delete_left"


def test_the_cursor_of_a_field_stands_still() -> None:
    assert not LineField().cursor_blink
    assert not TextField().cursor_blink
