"""Macro calls of a text as data: their parts, their places, and the problems of broken ones.

Reading a text must never enter; that is `grammar`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

Value: TypeAlias = str | int | float
"""What a parameter's value can be: quoted it is always a str."""

ProblemCode: TypeAlias = Literal[
    "unclosed_macro",
    "unclosed_quote",
    "mismatched_quote",
    "stray_bracket",
    "space_before_end",
    "duplicate_key",
    "junk_word",
    "number_too_large",
    "too_tangled",
]

ALIASES: Mapping[str, str] = {"photo_album": "photo_archive"}
"""Names under which old posts call a macro, and its own name."""

MAX_PROBLEMS = 1_000
"""Of one text; whoever has more has seen enough."""


class Span(NamedTuple):
    """A part of the text: offsets in characters, the end not included."""

    start: int
    end: int


class Place(NamedTuple):
    """Where a person finds it; both count from 1, the column in characters."""

    line: int
    column: int


class LineTable:
    """Tells the lines of a text's offsets; made when the first is asked for."""

    __slots__ = ("_starts", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts: list[int] = []

    def place(self, offset: int) -> Place:
        """Return the line and column of an offset."""
        starts = self._starts
        if not starts:
            starts += [0, *(match.end() for match in re.finditer("\n", self._text))]
        line = bisect_right(starts, offset)
        return Place(line, offset - starts[line - 1] + 1)


class Argument(NamedTuple):
    """One `key=value` of a call."""

    key: str
    value: Value
    written: str
    """The value as it stands there, without its quotes, escapes undone."""
    is_quoted: bool
    start: int
    """Where the key starts."""
    value_start: int
    """Where the value starts; a quote is part of it."""
    end: int

    @property
    def key_span(self) -> Span:
        """Where the key stands."""
        return Span(self.start, self.start + len(self.key))

    @property
    def value_span(self) -> Span:
        """Where the value stands, with its quotes."""
        return Span(self.value_start, self.end)


@dataclass(frozen=True, slots=True)
class MacroCall:
    """One macro call in a text."""

    name: str
    """In lower case."""
    written_name: str
    params: dict[str, Value]
    """By key; of several of one key the last."""
    arguments: tuple[Argument, ...]
    """All of them, in the order of the text."""
    start: int
    end: int
    lines: LineTable = field(repr=False, compare=False)

    @property
    def canonical(self) -> str:
        """The name, or what it is an alias of."""
        return ALIASES.get(self.name, self.name)

    @property
    def name_span(self) -> Span:
        """Where the name stands."""
        return Span(self.start + 2, self.start + 2 + len(self.written_name))

    @property
    def line(self) -> int:
        """The line of the call's first bracket, from 1."""
        return self.lines.place(self.start).line

    @property
    def column(self) -> int:
        """The column of the call's first bracket, from 1, in characters."""
        return self.lines.place(self.start).column

    def argument(self, key: str) -> Argument | None:
        """Return the argument of that key that counts, the last one."""
        return next((one for one in reversed(self.arguments) if one.key == key), None)


@dataclass(frozen=True, slots=True)
class GrammarProblem:
    """What is wrong at a place of the text."""

    code: ProblemCode
    words: str
    span: Span

    @property
    def is_error(self) -> bool:
        """Whether the text stays as it is where a macro was meant; else something is left out."""
        return self.code not in (
            "duplicate_key",
            "junk_word",
            "number_too_large",
            "space_before_end",
        )


@dataclass(frozen=True, slots=True)
class Parsed:
    """The calls of a text, and what looks like one and is none."""

    text: str = field(repr=False)
    calls: tuple[MacroCall, ...]
    """In the order of the text; they do not overlap."""
    problems: tuple[GrammarProblem, ...]
    """In the order of the text, at most `MAX_PROBLEMS`."""
    lines: LineTable = field(repr=False, compare=False)

    def place(self, offset: int) -> Place:
        """Return the line and column of an offset."""
        return self.lines.place(offset)

    def replaced(self, html: Callable[[MacroCall], str]) -> str:
        """Return the text with something in every call's place; the rest is untouched."""
        pieces: list[str] = []
        position = 0
        for call in self.calls:
            pieces += (self.text[position : call.start], html(call))
            position = call.end
        return "".join((*pieces, self.text[position:]))
