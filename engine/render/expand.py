"""Puts what macros gave into the text that called them, and says which failed and where.

Owns what stands in the place of a failed call, and the form in which everybody is told of it.
Finding calls, and running macros, must never enter.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from engine.child.chunks import ItemFailed, Rendered
from store.one_line import clean

if TYPE_CHECKING:
    from engine.child.protocol import ScriptError
    from engine.render.calls import MacroCall, Parsed

MAX_WORDS_CHARS = 500
"""Of a script's own message; the traceback has all of it."""

_UNFIT_FOR_COMMENTS = re.compile(r"[^\w.]+")
_MAX_ERROR_CHARS = 80


@dataclass(frozen=True, slots=True)
class MacroError:
    """Why a macro gave nothing: what is told of a kernel's `ItemFailed`, and of calls that never
    got to one."""

    error: str
    """The class of the exception as a traceback names it, or what it would be called."""
    words: str = ""
    script_path: str = ""
    """From the project folder, with slashes."""
    script_line: int = 0
    """The innermost line of the script, from 1; 0 when it is not known."""
    script_column: int = 0

    @classmethod
    def of(cls, failed: ItemFailed) -> MacroError:
        """Read what a kernel told."""
        error = failed.error
        # A script that ran too long was interrupted somewhere, by what looks like the keyboard.
        name = "TimeoutError" if failed.kind == "timeout" else error.type
        return cls(name, failed.words or error.message, *_script_place(error))


CallResult: TypeAlias = Rendered | ItemFailed | MacroError | None
"""None where there is no macro of that name."""


@dataclass(frozen=True, slots=True)
class MacroFailure:
    """A call that failed, for the command line, the screen and JSON alike."""

    macro: str
    """Its name as it is written in the post."""
    path: str
    """The post's file, from the project folder; "" for a call that stands in none."""
    line: int
    """Of the call in that file, from 1; the column likewise, in characters."""
    column: int
    error: str
    """The class of the error, in one line."""
    words: str
    """Its message, in one line and not too long; may be empty."""
    script_path: str
    """"" when no script was reached."""
    script_line: int
    """0 when it is not known, as the column."""
    script_column: int

    def __str__(self) -> str:
        """`posts/x.md:12:3: [[gallery]] failed: KeyError: 'id' (scripts/gallery.py:40:9)`."""
        where = f"{self.path}:{self.line}:{self.column}: " if self.path else ""
        what = f"{self.error}: {self.words}" if self.words else self.error
        return f"{where}[[{self.macro}]] failed: {what}{self._script_place()}"

    def as_data(self) -> dict[str, str | int | None]:
        """Return it for JSON; what is not known is None."""
        return {
            "macro": self.macro,
            "file": self.path,
            "line": self.line,
            "column": self.column,
            "error": self.error,
            "message": self.words,
            "script": self.script_path or None,
            "scriptLine": self.script_line or None,
            "scriptColumn": self.script_column or None,
        }

    def _script_place(self) -> str:
        if not self.script_path:
            return ""
        numbers = f":{self.script_line}:{self.script_column}" if self.script_line else ""
        return f" ({self.script_path}{numbers})"


@dataclass(frozen=True, slots=True)
class MacroWarning:
    """What a macro that gave its html found odd in a call."""

    macro: str
    path: str
    line: int
    column: int
    words: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: [[{self.macro}]]: {self.words}"

    def as_data(self) -> dict[str, str | int]:
        """Return it for JSON."""
        return {
            "macro": self.macro,
            "file": self.path,
            "line": self.line,
            "column": self.column,
            "message": self.words,
        }


@dataclass(frozen=True, slots=True)
class Expanded:
    """A text in which every call of a macro has its result."""

    text: str
    failures: tuple[MacroFailure, ...] = ()
    """In the order of the text, as the warnings."""
    warnings: tuple[MacroWarning, ...] = ()


def expand(
    parsed: Parsed, results: Sequence[CallResult], *, path: str = "", first_line: int = 1
) -> Expanded:
    """Put results into the places of their calls. Nothing else of the text changes.

    The html goes in as it is, and is not searched for calls. In the place of a failed call stands
    a comment; one that no macro answers stays as it is written.

    Args:
        parsed: The text with its calls.
        results: One for each call, in their order.
        path: The post's file, from the project folder.
        first_line: The line of the file in which the text begins.

    Raises:
        ValueError: There are more or fewer results than calls.
    """
    by_start = {call.start: result for call, result in zip(parsed.calls, results, strict=True)}
    failures: list[MacroFailure] = []
    warnings: list[MacroWarning] = []

    def html_of(call: MacroCall) -> str:
        result = by_start[call.start]
        if result is None:
            return parsed.text[call.start : call.end]
        if isinstance(result, Rendered):
            if result.warnings:
                line, column = call.line + first_line - 1, call.column
                warnings.extend(
                    MacroWarning(call.written_name, path, line, column, _one_line(words))
                    for words in result.warnings
                )
            return result.html
        failure = failure_of(call, result, path=path, first_line=first_line)
        failures.append(failure)
        return failure_comment(call.name, failure.error)

    return Expanded(parsed.replaced(html_of), tuple(failures), tuple(warnings))


def failure_comment(macro: str, error: str) -> str:
    """Write what stands in a page in the place of a failed call.

    Args:
        macro: The macro's name.
        error: The class of the error. A script chooses it freely: nothing of it can end the
            comment.
    """
    return f"<!-- macro {_harmless(macro)} failed: {_harmless(error) or 'Error'} -->"


def failure_of(
    call: MacroCall, result: ItemFailed | MacroError, *, path: str = "", first_line: int = 1
) -> MacroFailure:
    """Tell of a call that failed.

    Args:
        call: The call, with its place in a text.
        result: What became of it.
        path: The post's file, from the project folder; "" when it stands in none.
        first_line: The line of the file in which the text begins.
    """
    error = MacroError.of(result) if isinstance(result, ItemFailed) else result
    return MacroFailure(
        macro=call.written_name,
        path=path,
        line=call.line + first_line - 1,
        column=call.column,
        error=_one_line(error.error) or "Error",
        words=_one_line(error.words),
        script_path=_one_line(error.script_path),
        script_line=error.script_line,
        script_column=error.script_column,
    )


def _script_place(error: ScriptError) -> tuple[str, int, int]:
    """Return path, line and column of the innermost frame in a script; "" and 0 for none.

    The paths of scripts begin at the project's folder, those of libraries at the root.
    """
    for frame in reversed(error.frames):
        if not frame.path.startswith(("/", "<")):
            return frame.path, frame.line, max(frame.column, 1) if frame.line else 0
    return "", 0, 0


def _one_line(words: str) -> str:
    text = clean(words[: MAX_WORDS_CHARS + 1])
    return text if len(words) <= MAX_WORDS_CHARS else f"{text[: MAX_WORDS_CHARS - 1]}…"


def _harmless(word: str) -> str:
    return _UNFIT_FOR_COMMENTS.sub("_", word).strip("_")[:_MAX_ERROR_CHARS]
