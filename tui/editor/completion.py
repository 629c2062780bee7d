"""Owns what can stand at a place in a macro call: names, parameters, values. Nothing is drawn here.

Which macros there are, and what they take, comes from outside; a text is only looked at.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.render.grammar import written_value
from engine.render.macros import MacroTable
from engine.render.parameters import allowed_words, call_syntax, post_key

if TYPE_CHECKING:
    from engine.child.signatures import Parameter
    from engine.render.macros import MacroScript

_WORD = re.compile(r"\w*\Z")
_NAME = re.compile(r"(\w+)(\s*)")
_ITEM = re.compile(
    r"""(?:(\w+)=(?:"(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+'|[^\s"'\]]+)|[^\s"'\]=]+)\s+"""
)
_VALUE = re.compile(r"""(\w+)=(["']?)([^"'\]\\]*)\Z""")
_GIVEN = re.compile(r"(\w+)=")
_MAX_BEFORE = 2_000
"""Characters before the cursor that are looked at: no call is longer."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that can stand here."""

    label: str
    """What it is called."""
    hint: str
    """What it means, in one line."""
    text: str
    """What takes the place of what was typed of it."""
    goes_on: bool = False
    """Whether what can follow is to be offered at once."""


@dataclass(frozen=True, slots=True)
class Completion:
    """What can stand at a place."""

    typed: int
    """How many characters before the cursor a choice takes the place of."""
    choices: Sequence[Choice]


class Macros:
    """What posts can call, as completion needs it."""

    def __init__(self, table: MacroTable, titles: dict[str, str] | None = None) -> None:
        """Take the macros.

        Args:
            table: They, with what they take.
            titles: What people call them, by path.
        """
        self.table = table
        self._titles = titles or {}
        self._hints: dict[str, str] = {}
        self._names = sorted(
            (one for one in table if one.is_enabled), key=lambda one: one.slug.lower()
        )

    def starting_with(self, typed: str) -> Iterator[MacroScript]:
        """Give those whose name begins so, then those that hold it."""
        typed = typed.lower()
        for begins in (True, False):
            for script in self._names:
                slug = script.slug.lower()
                if typed in slug and slug.startswith(typed) == begins:
                    yield script

    def hint(self, script: MacroScript) -> str:
        """Tell what a macro is and how it is called."""
        hint = self._hints.get(script.path)
        if hint is None:
            title = self._titles.get(script.path, "")
            syntax = call_syntax(script.slug, script.spec)
            hint = self._hints[script.path] = f"{title}  {syntax}" if title else syntax
        return hint


def completion_at(before: str, after: str, macros: Macros) -> Completion | None:
    """Tell what can stand at the cursor.

    Args:
        before: The text up to the cursor; its end is enough.
        after: What follows in the line.
        macros: What there is.

    Returns:
        The choices; None outside of a macro call, and where nothing fits.
    """
    before = before[-_MAX_BEFORE:]
    opened = before.rfind("[[")
    if opened < 0:
        return None
    inner = before[opened + 2 :]
    if "]]" in inner:
        return None
    is_closed = _is_closed(after)
    if _WORD.match(inner):
        choices = list(_names(inner, macros, is_closed))
        return Completion(len(inner), choices) if choices else None
    name = _NAME.match(inner)
    if name is None or not name[2]:
        return None
    script = macros.table.named(name[1])
    if script is None or not script.is_enabled:
        return None
    at, given = name.end(), set[str]()
    while (item := _ITEM.match(inner, at)) is not None:
        given.add(item[1] or "")
        at = item.end()
    rest = inner[at:]
    if _WORD.match(rest):
        given.update(_GIVEN.findall(after.partition("]]")[0]))
        choices = list(_keys(rest, script.spec.parameters, given))
        return Completion(len(rest), choices) if choices else None
    value = _VALUE.match(rest)
    parameter = script.spec.find(value[1]) if value else None
    if value is None or parameter is None:
        return None
    choices = list(_values(value[3], value[2], parameter, after))
    return Completion(len(value[3]), choices) if choices else None


def _is_closed(after: str) -> bool:
    """Tell whether the call that the cursor is in ends in this line."""
    end, opened = after.find("]]"), after.find("[[")
    return end >= 0 and (opened < 0 or end < opened)


def _names(typed: str, macros: Macros, is_closed: bool) -> Iterator[Choice]:
    own = macros.table.named(typed) if typed else None
    if own is not None and own.is_enabled and own.slug.lower() == typed.lower():
        # The name is whole: what can follow, with the space between.
        for one in _keys("", own.spec.parameters, ()):
            yield Choice(one.label, one.hint, f"{typed} {one.text}", one.goes_on)
    for script in macros.starting_with(typed):
        takes_some = bool(script.spec.parameters)
        if script is own and (is_closed or takes_some):
            continue  # it stands there
        end = "" if is_closed or takes_some else "]]"
        yield Choice(script.slug, macros.hint(script), script.slug + end, takes_some)


def _keys(typed: str, parameters: Iterable[Parameter], given: Collection[str]) -> Iterator[Choice]:
    for parameter in parameters:
        key = post_key(parameter)
        if key in given or not key.lower().startswith(typed.lower()):
            continue
        text = f'{key}="' if parameter.kind == "str" else f"{key}="
        yield Choice(f"{key}=", _told(parameter), text, parameter.kind in ("bool", "choices"))


def _values(typed: str, quote: str, parameter: Parameter, after: str) -> Iterator[Choice]:
    for value in _known_values(parameter):
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if not text.lower().startswith(typed.lower()) or (quote and quote in text):
            continue
        hint = "the default" if value == parameter.default else ""
        if quote:
            written = text if after.startswith(quote) else text + quote
        else:
            written = text if re.fullmatch(r"[\w.-]+", text) else written_value(text)
        yield Choice(text, hint, written)


def _known_values(parameter: Parameter) -> Sequence[str | int | float | bool]:
    if parameter.kind == "choices":
        return parameter.choices
    if parameter.kind == "bool":
        return (True, False)
    return () if parameter.default in (None, "") else (parameter.default,)


def _told(parameter: Parameter) -> str:
    """Tell type, default and help of a parameter."""
    value = parameter.default
    if parameter.is_required:
        default = ", required"
    elif value is None or value == "":
        default = ""
    else:
        default = f", default {str(value).lower() if isinstance(value, bool) else value}"
    help_text = f": {parameter.help}" if parameter.help else ""
    return f"{allowed_words(parameter)}{default}{help_text}"
