"""Which script answers a macro's name, and all that is wrong with the macros of a text.

Reading scripts and posts, and running anything, must never enter.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from engine.render.calls import ALIASES, MAX_PROBLEMS, MacroCall, Parsed, ProblemCode, Span
from engine.render.parameters import TAKES_ALL, ParameterCode, ParameterSpec, check

if TYPE_CHECKING:
    from typing import Literal

    from store.index import ScriptRow

    MacroCode: TypeAlias = ProblemCode | ParameterCode | Literal["unknown_macro", "disabled_macro"]

_MAX_SUGGESTED_FOR_CHARS = 60
_MAX_CLOSE_LOOKED_FOR = 200
"""Whoever has more unknown names means something else by double brackets."""


@dataclass(frozen=True, slots=True)
class MacroScript:
    """A script of kind macro."""

    slug: str
    path: str
    """From the project folder, with slashes."""
    entrypoint: str
    is_enabled: bool = True
    is_default: bool = False
    """Whether it comes with Inkstand and not from the project."""
    spec: ParameterSpec = TAKES_ALL


@dataclass(frozen=True, slots=True)
class MacroProblem:
    """What is wrong with a macro in a text, ready to be shown."""

    code: MacroCode
    words: str
    """They name the macro."""
    is_error: bool
    """Whether the page is not what its author meant; a warning may well be."""
    span: Span
    """Offsets in the text."""
    line: int
    """From 1, as the other three; columns count characters."""
    column: int
    end_line: int
    end_column: int

    def moved_down(self, lines: int) -> MacroProblem:
        """Return it with lines that count in the file, where so many stand above the text."""
        return replace(self, line=self.line + lines, end_line=self.end_line + lines)


class MacroTable:
    """The macros that a project's posts can call."""

    def __init__(self, scripts: Iterable[MacroScript]) -> None:
        """Take the macros, disabled ones too.

        Args:
            scripts: In any order. Of several of one name an enabled one wins, then the project's,
                then the first.
        """
        self._by_name: dict[str, MacroScript] = {}
        self._close: dict[str, list[str]] = {}
        for script in scripts:
            name = script.slug.lower()
            other = self._by_name.get(name)
            if other is None or _rank(script) > _rank(other):
                self._by_name[name] = script

    @classmethod
    def from_rows(
        cls, rows: Iterable[ScriptRow], specs: Mapping[str, ParameterSpec] | None = None
    ) -> MacroTable:
        """Make a table of a project's scripts as the index lists them.

        Args:
            rows: All scripts; only macros are taken.
            specs: What they take, by path; those that are missing take everything.
        """
        known = specs or {}
        return cls(
            MacroScript(
                row.slug,
                row.path,
                row.entrypoint,
                row.enabled,
                spec=known.get(row.path, TAKES_ALL),
            )
            for row in rows
            if row.kind == "macro"
        )

    def __iter__(self) -> Iterator[MacroScript]:
        return iter(self._by_name.values())

    def named(self, name: str) -> MacroScript | None:
        """Return the script of a name, letter case aside, be it enabled or not.

        A script that has an alias's name itself is what its project means by it.
        """
        name = name.lower()
        own = self._by_name.get(name)
        if own is not None and own.is_enabled:
            return own
        other = self._by_name.get(ALIASES.get(name, ""))
        return other if other is not None and (own is None or other.is_enabled) else own

    def answers(self, call: MacroCall) -> MacroScript | None:
        """Return the script that answers a call; None when there is none, or it is disabled."""
        script = self.named(call.name)
        return script if script is not None and script.is_enabled else None

    def close_names(self, name: str) -> list[str]:
        """Return the names of enabled macros that a mistyped one may have meant.

        Among 1,000 macros that takes 40 ms; so each name is looked for once, and only the first
        few hundred are.
        """
        name = name.lower()[:_MAX_SUGGESTED_FOR_CHARS]
        found = self._close.get(name)
        if found is None:
            if len(self._close) >= _MAX_CLOSE_LOOKED_FOR:
                return []
            names = [key for key, script in self._by_name.items() if script.is_enabled]
            found = difflib.get_close_matches(name, names, n=2)
            self._close[name] = found
        return found


def problems_of(parsed: Parsed, table: MacroTable) -> list[MacroProblem]:
    """Tell all that is wrong with the macros of a text.

    Args:
        parsed: The text as the grammar reads it.
        table: The macros that there are.

    Returns:
        In the order of the text, at most `MAX_PROBLEMS`. An unknown or disabled macro is a warning:
        its text stays as it is, and double brackets may mean something else to their author.
    """
    found: list[tuple[MacroCode, str, bool, Span]] = [
        (one.code, one.words, one.is_error, one.span) for one in parsed.problems
    ]
    hints: dict[str, str] = {}  # close names take long, and one name may come often
    for call in parsed.calls:
        if len(found) >= 2 * MAX_PROBLEMS:
            break
        script = table.named(call.name)
        if script is None:
            if call.name not in hints:
                close = table.close_names(call.name)
                hints[call.name] = f"; did you mean {' or '.join(close)}?" if close else ""
            words = f"there is no macro {call.written_name}{hints[call.name]}"
            found.append(("unknown_macro", words, False, call.name_span))
        elif not script.is_enabled:
            words = f"the macro {call.written_name} is disabled ({script.path}); it stays text"
            found.append(("disabled_macro", words, False, call.name_span))
        else:
            found += [(one.code, one.words, True, one.span) for one in check(call, script.spec)[1]]
    found.sort(key=lambda problem: problem[3])
    return [_placed(parsed, *one) for one in found[:MAX_PROBLEMS]]


def _placed(
    parsed: Parsed, code: MacroCode, words: str, is_error: bool, span: Span
) -> MacroProblem:
    start, end = parsed.place(span.start), parsed.place(span.end)
    return MacroProblem(code, words, is_error, span, start.line, start.column, end.line, end.column)


def _rank(script: MacroScript) -> tuple[bool, bool]:
    return script.is_enabled, not script.is_default
