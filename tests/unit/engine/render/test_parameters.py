"""Parameters that macros declare: read off their source, and checked in calls."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from engine.child import signatures
from engine.child.protocol import Inspected, ProtocolError, decode_kernel_message, encode
from engine.child.signatures import Parameter, Signature, signatures_of
from engine.render.calls import MacroCall
from engine.render.grammar import parse
from engine.render.parameters import (
    TAKES_ALL,
    ParameterSpec,
    call_syntax,
    check,
    spec_of,
)
from engine.workspace import Workspace

GALLERY = '''
from typing import Literal, Optional


async def render(
    context,
    post,
    *,
    columns: int = 3,  # how many stand side by side
    caption: str = "",
    mode: Literal["grid", "wide"] = "grid",
    zoom: "float | None" = None,
    lightbox: bool = True,
    link: Optional[str] = None,
    id: str,
    class_="plain",
):
    """Show pictures.

    Args:
        caption: A line
            below the pictures.
        mode (str): How they stand.

    Returns:
        Html, nothing: of the kind.
    """
'''


def read(source: str) -> list[Signature]:
    return signatures_of(ast.parse(source), source)


def spec(parameters: str) -> ParameterSpec:
    source = f"def render(context, {parameters}): ..."
    return spec_of(Inspected("", [], [], read(source)), "render")


def call(text: str) -> MacroCall:
    (found,) = parse(text).calls
    return found


def checked(text: str, parameters: str) -> tuple[dict[str, Any], list[str]]:
    arguments, problems = check(call(text), spec(parameters))
    return arguments, [problem.words for problem in problems]


# Reading ------------------------------------------------------------------------------------------


def test_parameters_are_read_with_kind_default_and_help() -> None:
    (signature,) = read(GALLERY)
    assert signature == Signature(
        "render",
        [
            Parameter("columns", "int", False, 3, help="how many stand side by side"),
            Parameter("caption", "str", False, "", help="A line below the pictures."),
            Parameter("mode", "choices", False, "grid", ["grid", "wide"], "How they stand."),
            Parameter("zoom", "float", False),
            Parameter("lightbox", "bool", False, True),
            Parameter("link", "str", False),
            Parameter("id", "str", True),
            Parameter("class_", "unknown", False, "plain"),
        ],
    )


@pytest.mark.parametrize(
    "source",
    [
        "def render(context, post): ...",
        "def render(context): ...",
        "async def render(context, post=None): ...",
        "def _render(context, *, x): ...",
        "class A:\n    def render(self, *, x): ...",
        "def outer():\n    def render(context, *, x): ...",
    ],
)
def test_functions_that_declare_nothing_by_name(source: str) -> None:
    assert read(source) == []


def test_a_function_that_takes_other_names_too_is_open() -> None:
    (signature,) = read("def render(context, *, x=1, **rest): ...")
    assert (signature.is_open, len(signature.parameters)) == (True, 1)
    (signature,) = read("def render(context, **params): ...")
    assert (signature.is_open, signature.parameters) == (True, [])


def test_of_two_functions_of_one_name_the_last_one_is_called() -> None:
    (signature,) = read("def render(c, *, x): ...\ndef render(c, *, y): ...")
    assert [one.name for one in signature.parameters] == ["y"]
    assert read("def render(c, *, x): ...\ndef render(c): ...") == []


@pytest.mark.parametrize(
    ("annotation", "kind"),
    [
        ("int", "int"),
        ("None | int", "int"),
        ("'int'", "int"),
        ("typing.Literal['a', 2, True]", "choices"),
        ("Literal['a'] | None", "choices"),
        ("Annotated[bool, 'why']", "bool"),
        ("int | str", "unknown"),
        ("list[str]", "unknown"),
        ("Literal[b'x']", "unknown"),
        ("Literal[f()]", "unknown"),
        ("'('", "unknown"),
        ("a.b.int", "unknown"),
        ("'\"int\"'", "int"),
        ("Optional[Optional[Optional[Optional[Optional[Optional[int]]]]]]", "unknown"),
    ],
)
def test_annotations(annotation: str, kind: str) -> None:
    ((parameter,),) = [one.parameters for one in read(f"def f(*, x: {annotation}): ...")]
    assert parameter.kind == kind


@pytest.mark.parametrize(
    ("default", "value"),
    [
        ("-1", -1),
        ("-2.5", -2.5),
        ("False", False),
        ("'é'", "é"),
        ("'\\ud800'", "?"),
        ("None", None),
        ("1e999", None),
        ("1 << 3", None),
        ("99999999999999999999", None),
        ("()", None),
        ("'x' * 9", None),
        ("-'x'", None),
        (repr("x" * 501), None),
    ],
)
def test_defaults_are_plain_data_or_none(default: str, value: object) -> None:
    ((parameter,),) = [one.parameters for one in read(f"def f(*, x={default}): ...")]
    assert (parameter.default, parameter.is_required) == (value, False)
    encode(Inspected("", [], [], [Signature("f", [parameter])]), 10_000)


def test_a_comment_belongs_to_the_parameter_before_it() -> None:
    source = """
def f(c, *, a=1, b: str = "ö",  # of b
      c_=[  # not of c_
      ], d):  # of d
    ...
"""
    assert [one.help for one in read(source)[0].parameters] == ["", "of b", "", "of d"]


def test_what_is_told_is_bounded() -> None:
    names = ", ".join(f"p{number}: str = '{'y' * 400}'" for number in range(150))
    helps = "\n".join(f"        p{number}: {'z ' * 500}" for number in range(150))
    source = "\n".join(
        f'def f{number}(c, *, {names}):\n    """T.\n\n    Args:\n{helps}\n    """'
        for number in range(20)
    )
    read_of_it = read(source)
    assert len(read_of_it[0].parameters) == signatures.MAX_PARAMETERS
    assert read_of_it[0].is_open
    assert 1 < len(read_of_it) < 20
    assert len(encode(Inspected("", [], [], read_of_it), 2_000_000)) < 400_000
    many = "\n".join(f"def f{number}(c, *, x): ..." for number in range(300))
    assert len(read(many)) == signatures.MAX_SIGNATURES


def test_a_forged_answer_with_more_is_refused() -> None:
    parameter = Parameter("x" * 101, "int", False)
    frame = encode(Inspected("", [], [], [Signature("f", [parameter])]), 10_000)
    with pytest.raises(ProtocolError, match="length"):
        decode_kernel_message(frame[4:])


async def test_a_kernel_reads_parameters_without_running_the_source(workspace: Workspace) -> None:
    source = f"raise SystemExit('it ran')\n{GALLERY}".encode()
    inspected = await workspace.check(source, "scripts/gallery.py")
    assert inspected.problems == []
    assert [one.name for one in inspected.signatures[0].parameters][:2] == ["columns", "caption"]
    assert spec_of(inspected, "render").is_declared
    assert spec_of(inspected, "main").is_declared  # what `main` means for a macro
    assert spec_of(inspected, "other") == TAKES_ALL


# Checking -----------------------------------------------------------------------------------------

ALL = (
    "*, columns: int = 3, zoom: float = 1, caption: str = '', lightbox: bool = True, "
    "mode: Literal['grid', 'wide', 2, False] = 'grid', other=None, class_: str = ''"
)


@pytest.mark.parametrize(
    ("given", "arguments"),
    [
        ("", {}),
        ("columns=4", {"columns": 4}),
        ('columns="4"', {"columns": 4}),  # as the origin's posts write it
        ("columns=' -4 '", {"columns": -4}),
        ("zoom=2", {"zoom": 2.0}),
        ("zoom='2.5'", {"zoom": 2.5}),
        ("caption=12", {"caption": "12"}),
        ("caption=1e5", {"caption": "1e5"}),
        ("caption=' two '", {"caption": " two "}),
        ("lightbox=false", {"lightbox": False}),
        ("lightbox='Yes'", {"lightbox": True}),
        ("lightbox=0", {"lightbox": False}),
        ("mode=wide", {"mode": "wide"}),
        ("mode=2", {"mode": 2}),
        ("mode=false", {"mode": False}),
        ("other=1.5", {"other": 1.5}),
        ("other='1.5'", {"other": "1.5"}),
        ("class=wide", {"class_": "wide"}),
        ("columns=1 columns=2", {"columns": 2}),
    ],
)
def test_values_come_in_the_declared_type(given: str, arguments: dict[str, Any]) -> None:
    found, problems = checked(f"[[gallery  {given}]]", ALL)
    assert (found, problems) == (arguments, [])
    assert [type(value) for value in found.values()] == [type(v) for v in arguments.values()]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            "columns=three",
            "gallery: columns takes a whole number, 'three' is none; e.g. [[gallery columns=3]]",
        ),
        (
            "columns=3.0",
            "gallery: columns takes a whole number, '3.0' is none; e.g. [[gallery columns=3]]",
        ),
        ("zoom=big", "gallery: zoom takes a number, 'big' is none; e.g. [[gallery zoom=1]]"),
        (
            "lightbox=perhaps",
            "gallery: lightbox takes true or false, 'perhaps' is none; "
            "e.g. [[gallery lightbox=true]]",
        ),
        (
            "mode=wid",
            "gallery: mode takes one of grid, wide, 2, false, 'wid' is none; did you mean wide?",
        ),
        ("column=3", "gallery has no parameter 'column'; did you mean columns?"),
        ("Columns=3", "gallery has no parameter 'Columns'; did you mean columns?"),
        (
            "x=3",
            "gallery has no parameter 'x'; it takes columns, zoom, caption, lightbox, mode, "
            "other, class",
        ),
    ],
)
def test_what_is_wrong_is_told_with_what_is_allowed(given: str, words: str) -> None:
    assert checked(f"[[gallery {given}]]", ALL) == ({}, [words])


def test_a_missing_parameter_is_told_at_the_name() -> None:
    text = "Hello [[Video title=x]]"
    _, (problem,) = check(call(text), spec("*, id: str, title: str = ''"))
    assert problem.words == 'Video: id is missing; it takes text; e.g. [[Video id="..."]]'
    assert text[slice(*problem.span)] == "Video"


def test_a_wrong_value_is_told_at_the_value_and_is_not_missing() -> None:
    text = "[[a n='x' m=1]]"
    _, problems = check(call(text), spec("*, n: int"))
    assert [text[slice(*problem.span)] for problem in problems] == ["'x'", "m"]


def test_a_macro_that_takes_everything_gets_what_the_post_says() -> None:
    assert check(call("[[a x=1 y='2']]"), TAKES_ALL) == ({"x": 1, "y": "2"}, ())
    assert checked("[[a x=1 y=2]]", "*, x: str = '', **rest") == ({"x": "1", "y": 2}, [])


def test_long_values_are_cut_in_messages() -> None:
    _, (words,) = checked(f"[[a n={'x' * 500}]]", "*, n: int")
    assert len(words) < 150


@pytest.mark.parametrize(
    ("parameters", "syntax"),
    [
        ("*, columns: int = 3, caption: str = ''", '[[a columns=3 caption="..."]]'),
        ("*, n: int, z: float, s: str, b: bool, x", None),
        ("*, m: Literal['a b', 'c'], k: Literal[1, True] = True", '[[a m="a b" k=true]]'),
        ("*, title: str = 'say \"hi\"', class_='x'", r'[[a title="say \"hi\"" class="x"]]'),
        ("**rest", "[[a]]"),
    ],
)
def test_the_example_call_is_a_right_one(parameters: str, syntax: str | None) -> None:
    written = call_syntax("a", spec(parameters))
    assert syntax in (None, written)
    assert check(call(written), spec(parameters))[1] == ()
    assert parse(written).problems == ()
