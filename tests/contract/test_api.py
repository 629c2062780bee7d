"""What is made from the registry is what it would be made of now; every function is described."""

from __future__ import annotations

import ast
import re

import pytest

from engine.api import texts
from engine.api.functions import registry
from engine.api.registry import Function, Registry
from engine.api.write import ROOT, made


@pytest.mark.parametrize("path", sorted(made()))
def test_nothing_drifts(path: str) -> None:
    assert (ROOT / path).read_text(encoding="utf-8") == made()[path], "run `make api`"


@pytest.mark.parametrize("function", list(registry()), ids=lambda one: one.name)
def test_a_function_is_described(function: Function) -> None:
    assert re.fullmatch(r"[A-Z].*\.", function.summary)
    assert function.example
    compile(function.example, function.name, "exec")
    described = re.findall(r"^    (\w+): ", function.text.partition("Args:\n")[2], re.M)
    names = [one.name for one in function.parameters]
    assert [name for name in names if name not in described] in ([], names), "all or none"


def test_the_stub_is_python() -> None:
    ast.parse(texts.stub(registry()))


def test_a_changed_function_is_noticed() -> None:
    """The test above is no test if nothing makes it fail."""
    from engine.api import posts, tags

    before = {
        "names": texts.names(Registry([posts, tags])),
        "stub": texts.stub(Registry([posts, tags])),
        "reference": texts.reference(Registry([posts, tags])),
    }
    changed = Registry([posts, tags])
    function = changed.get("posts.get")
    parameter = function.parameters[0]
    object.__setattr__(parameter, "name", "slug")
    assert texts.stub(changed) != before["stub"]
    assert texts.reference(changed) != before["reference"]
    assert texts.names(Registry([posts])) != before["names"]
