"""The README tells every key and every command."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.processes import INKSTAND
from tui.actions import ACTIONS, Action

README = (Path(__file__).parents[2] / "README.md").read_text()


def commands() -> list[str]:
    """Return the commands as the command line's own help lists them."""
    done = subprocess.run([INKSTAND, "--help"], capture_output=True, text=True, check=True)
    return re.findall(r"^    ([a-z]+)  ", done.stdout, re.MULTILINE)


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_every_action_is_told_with_its_key(action: Action) -> None:
    key = re.escape(action.key_shown)
    lines = [line for line in README.splitlines() if re.search(rf"(?<![\w+]){key}(?!\w)", line)]
    assert lines, f"{action.key_shown} ({action.label}) is not in the README"


def test_every_command_is_told() -> None:
    names = commands()
    assert "run" in names
    missing = [name for name in names if f"inkstand {name}" not in README]
    assert missing == []


@pytest.mark.parametrize("name", ["run", "test", "check", "bench"])
def test_the_make_targets_are_told(name: str) -> None:
    assert f"make {name}" in README
