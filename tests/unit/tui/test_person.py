"""The person at a terminal without a screen: the clipboard is reached where there is one."""

from __future__ import annotations

import io
import sys

import pytest

from tui.commands.person import TerminalPerson


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_copy_goes_to_the_terminal_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    assert TerminalPerson().copy("hé")
    assert screen.getvalue().startswith("\x1b]52;c;aMOp\a")
    assert "copied 2 characters" in screen.getvalue()


def test_without_a_terminal_nothing_is_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = io.StringIO()
    monkeypatch.setattr(sys, "stderr", pipe)
    assert not TerminalPerson().copy("text")
    assert pipe.getvalue() == ""
