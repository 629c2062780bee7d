"""What a macro's parameters may be, and whether a call gives them so.

Owns the words about a wrong or missing parameter and the example call. Which script answers a call,
and running it, must never enter.
"""

from __future__ import annotations

import difflib
import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from engine.child.protocol import WHOLE_FILE
from engine.child.signatures import Parameter
from engine.render.calls import Argument, MacroCall, Span, Value
from engine.render.grammar import typed, written_value

if TYPE_CHECKING:
    from engine.child.protocol import Inspected

ArgumentValue: TypeAlias = Value | bool
ParameterCode: TypeAlias = Literal["wrong_value", "unknown_parameter", "missing_parameter"]

RENDER = "render"
"""What is called of a macro whose header names the whole file."""

_MAX_SHOWN_CHARS = 40
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_TRUTHS = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}
_KIND_WORDS = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "str": "text",
    "unknown": "a value",
}
_SAMPLES: Mapping[str, Value] = {"int": 1, "float": 1.5, "str": "...", "unknown": "..."}


@dataclass(frozen=True, slots=True)
class ParameterSpec:
    """What a macro takes."""

    parameters: tuple[Parameter, ...] = ()
    """In the order of the function."""
    is_open: bool = True
    """Whether it takes what it does not declare; a macro that declares nothing takes everything."""

    is_declared: bool = False
    """Whether the function takes its parameters by name, not only in `context`."""

    def find(self, key: str) -> Parameter | None:
        """Return the parameter that a key in a post means."""
        return next((one for one in self.parameters if post_key(one) == key), None)


TAKES_ALL = ParameterSpec()
"""What a macro takes that declares nothing by name."""


@dataclass(frozen=True, slots=True)
class ParameterProblem:
    """What is wrong with a parameter of a call."""

    code: ParameterCode
    words: str
    """They name the macro, the parameter, what was given, and what is allowed."""
    span: Span
    """In the post."""


def spec_of(inspected: Inspected, entrypoint: str) -> ParameterSpec:
    """Return what an inspected macro takes.

    Args:
        inspected: What a kernel has read in its source.
        entrypoint: The function that its header names.

    Returns:
        An open one where the function declares nothing by name.
    """
    wanted = RENDER if entrypoint == WHOLE_FILE else entrypoint
    for signature in inspected.signatures:
        if signature.entrypoint == wanted:
            return ParameterSpec(tuple(signature.parameters), signature.is_open, True)
    return TAKES_ALL


def post_key(parameter: Parameter) -> str:
    """Return how a post calls a parameter: `class_` is `class` there, a word Python keeps."""
    bare = parameter.name.removesuffix("_")
    return bare if keyword.iskeyword(bare) else parameter.name


def check(
    call: MacroCall, spec: ParameterSpec
) -> tuple[dict[str, ArgumentValue], tuple[ParameterProblem, ...]]:
    """Bring the parameters of a call into the types that its macro declares.

    Args:
        call: The call.
        spec: What the macro takes.

    Returns:
        The arguments by the function's names, without those that are wrong; and the problems, in
        the order of the post, missing ones last.
    """
    arguments: dict[str, ArgumentValue] = {}
    problems: list[ParameterProblem] = []
    given: set[str] = set()
    for key in call.params:
        argument = call.argument(key)
        assert argument is not None  # every key comes from one
        parameter = spec.find(key)
        if parameter is None:
            if spec.is_open:
                arguments[key] = argument.value
            else:
                words = _unknown_words(call, key, spec)
                problems.append(ParameterProblem("unknown_parameter", words, argument.key_span))
            continue
        given.add(parameter.name)
        value = converted(argument, parameter)
        if value is None:
            words = _wrong_words(call, argument, parameter)
            problems.append(ParameterProblem("wrong_value", words, argument.value_span))
        else:
            arguments[parameter.name] = value
    for parameter in spec.parameters:
        if parameter.is_required and parameter.name not in given:
            key = post_key(parameter)
            words = (
                f"{call.written_name}: {key} is missing; it takes {allowed_words(parameter)}; "
                f"e.g. {_example(call, parameter)}"
            )
            problems.append(ParameterProblem("missing_parameter", words, call.name_span))
    return arguments, tuple(problems)


def converted(argument: Argument, parameter: Parameter) -> ArgumentValue | None:
    """Return a value in the type that a parameter declares, None if it is none.

    Quotes do not matter here: posts of the origin, whose values were all text, say `columns="3"`.
    """
    written = argument.written.strip()
    match parameter.kind:
        case "str":
            return argument.written  # as it stands there: an id of digits is text
        case "int":
            return int(written) if _WHOLE.fullmatch(written) else None
        case "float":
            number = typed(written)
            return None if isinstance(number, str) else float(number)
        case "bool":
            return _TRUTHS.get(written.lower())
        case "choices":
            by_text = {_choice_text(choice): choice for choice in parameter.choices}
            return by_text.get(written)
    return argument.value


def allowed_words(parameter: Parameter) -> str:
    """Tell what a parameter takes: `a whole number`, or `one of a, b`."""
    if parameter.kind == "choices":
        return f"one of {', '.join(_choice_text(choice) for choice in parameter.choices)}"
    return _KIND_WORDS[parameter.kind]


def call_syntax(name: str, spec: ParameterSpec) -> str:
    """Write an example call with all declared parameters: `[[gallery columns=3 caption="..."]]`.

    Args:
        name: The macro's name.
        spec: What it takes.

    Returns:
        A call that `check` finds nothing wrong with.
    """
    parts = [name, *(f"{post_key(one)}={_sample(one)}" for one in spec.parameters)]
    return f"[[{' '.join(parts)}]]"


def _sample(parameter: Parameter) -> str:
    """Write the default, or something like what is allowed."""
    value = parameter.default
    if parameter.kind == "bool":
        return str(bool(value)).lower()
    if parameter.kind == "choices":
        value = parameter.choices[0] if value is None else value
        text = _choice_text(value)
        return text if re.fullmatch(r"\w+", text) else written_value(text)
    if value is None or value == "" or isinstance(value, bool):
        value = _SAMPLES[parameter.kind]
    return written_value(value)


def _choice_text(choice: ArgumentValue) -> str:
    return str(choice).lower() if isinstance(choice, bool) else str(choice)


def _wrong_words(call: MacroCall, argument: Argument, parameter: Parameter) -> str:
    key = post_key(parameter)
    suggestion = ""
    if parameter.kind == "choices":
        names = [_choice_text(choice) for choice in parameter.choices]
        if close := difflib.get_close_matches(argument.written[:_MAX_SHOWN_CHARS], names, n=1):
            suggestion = f"; did you mean {close[0]}?"
    return (
        f"{call.written_name}: {key} takes {allowed_words(parameter)}, "
        f"{_shown(argument.written)} is none{suggestion or f'; e.g. {_example(call, parameter)}'}"
    )


def _unknown_words(call: MacroCall, key: str, spec: ParameterSpec) -> str:
    keys = [post_key(parameter) for parameter in spec.parameters]
    by_case = {one.lower(): one for one in keys}
    close = difflib.get_close_matches(key.lower()[:_MAX_SHOWN_CHARS], by_case, n=1)
    if close:
        hint = f"did you mean {by_case[close[0]]}?"
    else:
        hint = f"it takes {', '.join(keys)}" if keys else "it takes none"
    return f"{call.written_name} has no parameter {_shown(key)}; {hint}"


def _example(call: MacroCall, parameter: Parameter) -> str:
    return f"[[{call.written_name} {post_key(parameter)}={_sample(parameter)}]]"


def _shown(text: str) -> str:
    return repr(text if len(text) <= _MAX_SHOWN_CHARS else f"{text[: _MAX_SHOWN_CHARS - 1]}…")
