"""Every example of the reference runs in a sandboxed kernel."""

from __future__ import annotations

import pytest

from engine.api.functions import registry
from engine.api.registry import Function
from engine.workspace import Workspace
from tests.api.conftest import Person, run

FUNCTIONS = list(registry())


@pytest.mark.parametrize("function", FUNCTIONS, ids=[one.name for one in FUNCTIONS])
async def test_an_example(workspace: Workspace, function: Function) -> None:
    assert function.example, "every function has an example"
    seen = await run(workspace, f"import app\n\n{function.example}\n", person=Person())
    assert (seen.error, seen.finished.outcome) == ("", "ok"), seen.printed
