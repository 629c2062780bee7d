"""What is made from the registry is what it would be made of now; every function is described."""

from __future__ import annotations

import ast
import dataclasses
import re
from collections.abc import Callable

import pytest

from engine.api import coverage, texts
from engine.api.functions import registry
from engine.api.registry import Function, Parameter, Registry
from engine.api.write import ROOT, made


def drifted(functions: Registry) -> set[str]:
    """Return the files in the repository that are not what is made of some functions."""
    return {
        path
        for path, text in made(functions).items()
        if (ROOT / path).read_text(encoding="utf-8") != text
    }


def test_nothing_drifts() -> None:
    assert drifted(registry()) == set(), "run `make api`"


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


def test_what_does_the_same_as_the_plans_host_is_there() -> None:
    assert {ours for ours in coverage.CONTRACT.values() if ours} <= {f.name for f in registry()}


STUB, REFERENCE, NAMES = "default_scripts/app.pyi", "docs/api.md", "engine/child/api_names.py"


def renamed_parameter(function: Function) -> Function:
    first, *others = function.parameters
    return dataclasses.replace(
        function, parameters=(dataclasses.replace(first, name="other"), *others)
    )


def other_default(function: Function) -> Function:
    *others, last = function.parameters
    return dataclasses.replace(function, parameters=(*others, dataclasses.replace(last, default=7)))


def one_more_parameter(function: Function) -> Function:
    new = Parameter("new", str, "str", "", True)
    return dataclasses.replace(function, parameters=(*function.parameters, new))


def with_other(**changes: str) -> Callable[[Function], Function]:
    return lambda function: dataclasses.replace(function, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "change", "files"),
    [
        ("posts.get", renamed_parameter, {STUB, REFERENCE}),
        ("posts.list", other_default, {STUB, REFERENCE}),
        ("tags.list", one_more_parameter, {STUB, REFERENCE}),
        ("posts.get", with_other(returns="Media"), {STUB, REFERENCE}),
        ("posts.get", with_other(text="Return something else."), {STUB, REFERENCE}),
        ("posts.get", with_other(example="print(1)"), {REFERENCE}),
        ("posts.get", with_other(mark="write"), {REFERENCE}),
        ("posts.get", with_other(name="posts.fetch"), {STUB, REFERENCE, NAMES}),
    ],
)
def test_a_changed_function_is_noticed(
    name: str, change: Callable[[Function], Function], files: set[str]
) -> None:
    """The test for drift is no test if a change does not make it fail."""
    changed = [change(one) if one.name == name else one for one in registry()]
    assert drifted(_Functions(changed)) == files


def test_a_function_that_is_gone_is_noticed() -> None:
    left = [one for one in registry() if one.name != "posts.get"]
    assert drifted(_Functions(left)) == {STUB, REFERENCE, NAMES}


def test_a_changed_shape_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.api.shapes import Post

    monkeypatch.setitem(Post.__annotations__, "new", str)
    assert drifted(registry()) == {STUB}


class _Functions(Registry):
    """A registry of functions that are given, under the texts of the real one."""

    def __init__(self, functions: list[Function]) -> None:
        super().__init__([])
        self.texts = registry().texts
        self._functions = {one.name: one for one in functions}
        self._marked = {one.name: (one.mark, one.call) for one in functions}
