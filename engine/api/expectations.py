"""Says in words what an argument should have been, when it is not.

Owns the names of types in messages. Which calls there are, and checking them, must never enter.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec

_NAMES: dict[object, tuple[str, str]] = {
    str: ("text (str)", "texts (str)"),
    int: ("a whole number (int)", "whole numbers (int)"),
    float: ("a number (float)", "numbers (float)"),
    bool: ("True or False", "values that are True or False"),
    bytes: ("bytes", "bytes"),
    dict: ("a dict", "dicts"),
    list: ("a list", "lists"),
    type(None): ("None", "None"),
}
"""What one value of a type is called, and several."""

_MAX_QUOTED_CHARS = 40
"""Of a text that a message quotes."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """An argument, or a part of one, that is not what it should be."""

    place: str
    """Which: `tags`, `tags[1]`."""
    expected: str
    given: str
    kind: Literal["TypeError", "ValueError"]
    """As which exception Python would tell it: another type, or a value out of bounds."""

    def __str__(self) -> str:
        return f"{self.place} should be {self.expected}, not {self.given}"


def misfit(annotation: Any, value: object, name: str) -> Misfit:
    """Find what is wrong with an argument that was refused.

    Args:
        annotation: Its parameter's type, resolved.
        value: What was given, as plain data.
        name: The parameter's.
    """
    found = _misfit(annotation, value, name)
    # What is refused for a reason that nobody here knows is told as a whole.
    return found or Misfit(name, expected(annotation), _given(value), "TypeError")


def expected(annotation: Any) -> str:
    """Say what a type takes: `a whole number (int) from 1 to 1000 or None`."""
    options = [words for member in _members(annotation) for words in _options(member)]
    return _joined(options)


def _misfit(annotation: Any, value: object, place: str) -> Misfit | None:
    suited = [one for one in _members(annotation) if _is_of(one, value)]
    if not suited:
        typed = f"{_given(value)} ({type(value).__name__})" if _is_short(value) else _given(value)
        return Misfit(place, expected(annotation), typed, "TypeError")
    found: Misfit | None = None
    for member in suited:
        found = _misfit_of(member, value, place, annotation)
        if found is None:
            return None
    return found


def _misfit_of(member: Any, value: object, place: str, annotation: Any) -> Misfit | None:
    base, bounds = _parted(member)
    if typing.get_origin(base) is Literal:
        if value in typing.get_args(base):
            return None
        return Misfit(place, expected(annotation), _given(value), "ValueError")
    size = len(value) if isinstance(value, str | bytes | list | dict) else None
    if not all(_keeps(one, value, size) for one in bounds):
        return Misfit(place, expected(annotation), _given(value, size), "ValueError")
    if isinstance(value, list) and (inner := typing.get_args(base)):
        for number, item in enumerate(value):
            found = _misfit(inner[0], item, f"{place}[{number}]")
            if found is not None:
                return found
    return None


def _members(annotation: Any) -> Iterator[Any]:
    """Give the alternatives of a type."""
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        for one in typing.get_args(annotation):
            yield from _members(one)
    else:
        yield annotation


def _parted(member: Any) -> tuple[Any, Sequence[msgspec.Meta]]:
    """Part a type from its bounds."""
    if typing.get_origin(member) is not Annotated:
        return member, ()
    base, *bounds = typing.get_args(member)
    return base, [one for one in bounds if isinstance(one, msgspec.Meta)]


def _is_of(member: Any, value: object) -> bool:
    base, _ = _parted(member)
    if typing.get_origin(base) is Literal:
        return any(type(value) is type(one) for one in typing.get_args(base))
    plain = typing.get_origin(base) or base
    if plain is float:
        return type(value) in (int, float)
    return type(value) is plain or plain not in _NAMES


def _keeps(bound: msgspec.Meta, value: Any, size: int | None) -> bool:
    if size is not None:
        least, most = bound.min_length or 0, bound.max_length
        return least <= size and (most is None or size <= most)
    above = bound.ge is None or value >= bound.ge
    return above and (bound.le is None or value <= bound.le)


def _options(member: Any) -> list[str]:
    base, bounds = _parted(member)
    if typing.get_origin(base) is Literal:
        return [repr(one) for one in typing.get_args(base)]
    plain = typing.get_origin(base) or base
    one, _ = _NAMES.get(plain, (str(member), ""))
    inner = typing.get_args(base)
    limits = "".join(_limits(bound, plain) for bound in bounds)
    if plain is not list:
        return [one + limits]
    return [f"a list of{limits} {_several(inner[0]) if inner else 'values'}"]


def _several(annotation: Any) -> str:
    """Name the items of a list; those of several types in no more than a word."""
    members = list(_members(annotation))
    base, bounds = _parted(members[0])
    plain = typing.get_origin(base) or base
    if len(members) > 1 or plain not in _NAMES:
        return "values"
    return _NAMES[plain][1] + "".join(_limits(one, plain) for one in bounds if plain is not list)


def _limits(bound: msgspec.Meta, plain: object) -> str:
    if plain is list:
        return _range(bound.min_length, bound.max_length)
    if plain in (str, bytes):
        length = _range(bound.min_length, bound.max_length)
        unit = "characters" if plain is str else "bytes"
        return f" of{length} {unit}" if length else ""
    if bound.ge is not None and bound.le is not None:
        return f" from {bound.ge} to {bound.le}"
    limit = _range(bound.ge, bound.le)
    return f" of{limit}" if limit else ""


def _range(least: float | None, most: float | None) -> str:
    if least is not None and most is not None:
        return f" {least}" if least == most else f" {least} to {most}"
    if least is not None:
        return f" at least {least}"
    return f" at most {most}" if most is not None else ""


def _is_short(value: object) -> bool:
    return isinstance(value, int | float | str) and not isinstance(value, bool)


def _given(value: object, size: int | None = None) -> str:
    if isinstance(value, str):
        if size is not None:
            return f"one of {size}"
        cut = len(value) > _MAX_QUOTED_CHARS
        return repr(value[:_MAX_QUOTED_CHARS]) + ("..." if cut else "")
    if isinstance(value, list):
        return f"a list of {len(value)}" if value else "an empty list"
    if isinstance(value, dict):
        return "a dict"
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if value is None or isinstance(value, bool | int | float):
        return str(value)
    return f"a value of type {type(value).__name__}"


def _joined(options: Sequence[str]) -> str:
    *most, last = options
    return f"{', '.join(most)} or {last}" if most else last
