"""Every example of the reference runs in a sandboxed kernel, and gives what the stub says."""

from __future__ import annotations

import typing
from typing import Any

import msgspec
import pytest

from engine.api.functions import registry
from engine.api.registry import Function, Registry
from engine.api.session import Session
from engine.child.protocol import Call, Refusal, Returned
from engine.workspace import Workspace
from tests.api.conftest import Person, run

FUNCTIONS = list(registry())


def misfit(value: Any, kind: Any, place: str) -> str:
    """Say where a value is not what its type says; "" when it is."""
    if typing.is_typeddict(kind):
        fields = typing.get_type_hints(kind)
        if list(value) != list(fields):
            return f"{place}: {list(value)} should be {list(fields)}"
        found = (misfit(value[name], fields[name], f"{place}.{name}") for name in fields)
        return next(filter(None, found), "")
    if typing.get_origin(kind) is list:
        (item,) = typing.get_args(kind)
        found = (misfit(one, item, f"{place}[{at}]") for at, one in enumerate(value))
        return next(filter(None, found), "")
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        return f"{place}: {error}"
    return ""


@pytest.fixture
def misfits(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What calls gave that is not what they say they give."""
    found: list[str] = []
    answer = Session.answer

    async def watched(self: Session, functions: Registry, call: Call) -> Returned | Refusal:
        answered = await answer(self, functions, call)
        if isinstance(answered, Returned):
            function = functions.get(call.function)
            found.append(misfit(answered.value, function.result, function.name))
        return answered

    monkeypatch.setattr(Session, "answer", watched)
    return found


@pytest.mark.parametrize("function", FUNCTIONS, ids=[one.name for one in FUNCTIONS])
async def test_an_example(workspace: Workspace, function: Function, misfits: list[str]) -> None:
    assert function.example, "every function has an example"
    seen = await run(workspace, f"import app\n\n{function.example}\n", person=Person())
    assert (seen.error, seen.finished.outcome) == ("", "ok"), seen.printed
    assert list(filter(None, misfits)) == []
    # Pictures and tables of lists are made in the kernel; `input` is a call of another name.
    assert misfits or function.name in ("output.image",)


def test_a_misfit_is_seen() -> None:
    from engine.api.shapes import Month

    assert misfit([{"month": "2026-03", "posts": 3}], list[Month], "x") == ""
    assert misfit([{"month": "2026-03", "posts": "3"}], list[Month], "x").startswith("x[0].posts: ")
    assert misfit({"month": "2026-03"}, Month, "x") == "x: ['month'] should be ['month', 'posts']"
