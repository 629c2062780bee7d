"""Finds the macro calls in a post's text, `[[name key=value key="quoted"]]`, and broken ones.

Which script answers a call, and running one, must never enter; nor must any file.

    call    = "[[" NAME ( WHITE-SPACE items )? "]]"
    items   = ( KEY "=" value | word )*
    value   = '"' text '"' | "'" text "'" | run of anything but white space and "]"

A quoted text ends at its own quote; before that quote and before a backslash a backslash stands for
the character itself. See docs/design/macros.md for what the origin's grammar did otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from engine.render.calls import (
    ALIASES,
    MAX_PROBLEMS,
    Argument,
    GrammarProblem,
    LineTable,
    MacroCall,
    Parsed,
    Place,
    ProblemCode,
    Span,
    Value,
)
from engine.render.code_regions import CodeRegions

__all__ = [
    "ALIASES",
    "MAX_PROBLEMS",
    "Argument",
    "GrammarProblem",
    "LineTable",
    "MacroCall",
    "Parsed",
    "Place",
    "ProblemCode",
    "Span",
    "Value",
    "parse",
    "typed",
    "written_call",
    "written_value",
]

MAX_NUMBER_CHARS = 400
"""A longer number stays text: reading digits takes the square of their number."""

_FREE_CHARS = 400_000
"""What may be read in vain in any text; in a large one twice its length."""
_CHARS_PER_FAILURE = 200
"""What a broken call costs besides reading its characters."""

_DOUBLE = r'"([^"\\]*+(?:\\.[^"\\]*+)*+)"'
_SINGLE = r"'([^'\\]*+(?:\\.[^'\\]*+)*+)'"
# Text that goes on behind a quote means that it is the wrong quote: x="say "hi" to".
_ENDED = r"(?=[\s\]]|\w++=|\[\[\w|\Z)"
_RUN = r"(?:[^\s\]\[]++|\[(?!\[\w))"
_VALUE = rf"(?:(?:{_DOUBLE}|{_SINGLE}){_ENDED}|(?![\"'])({_RUN}*+))"
_PREFIX = r"(?:[^\s\]\[=]++|\[(?!\[\w))"

_WORD = re.compile(r"\w+")
_START = re.compile(r"\[\[\w")
_ITEM = re.compile(
    rf"(\w++)=(?:(?:{_DOUBLE}|{_SINGLE}){_ENDED}|(?![\"'])({_RUN}++))"
    rf"|((?:{_PREFIX}++(?:={_VALUE})?+|={_VALUE}))",
    re.DOTALL,
)
_KEY, _IN_DOUBLE, _IN_SINGLE, _UNQUOTED, _JUNK = range(1, 6)
# Matches at every start, and ends where the call has to end or where it is broken.
_CALL = re.compile(
    rf"\[\[(\w++)(?:(\s++)((?:(?:{_PREFIX}++(?:={_VALUE})?+|={_VALUE})\s*+)*+))?+", re.DOTALL
)
_QUOTED = re.compile(f"{_DOUBLE}|{_SINGLE}", re.DOTALL)
_TO_QUOTE_OR_SPACE = re.compile(r"[^\s\"'\]]*+([\"']?)")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*+)(\.[0-9]++)?+([eE][+-]?[0-9]++)?+")
_ESCAPE = {_IN_DOUBLE: re.compile(r'\\(["\\])'), _IN_SINGLE: re.compile(r"\\(['\\])")}


def parse(text: str, *, expands_in_code: bool = False) -> Parsed:
    """Find the macro calls of a text.

    Takes time in proportion to the text, whatever it holds: where broken calls pile up beyond all
    reason it stops, and says so.

    Args:
        text: Markdown, without front matter.
        expands_in_code: Whether calls inside code spans and fenced code count too.

    Returns:
        The calls and the problems. Whatever is no call stays text.
    """
    lines = LineTable(text)
    if "[[" not in text:
        return Parsed(text, (), (), lines)
    parser = _Parser(text, lines)
    parser.run(expands_in_code or ("`" not in text and "~~~" not in text))
    return Parsed(text, tuple(parser.calls), tuple(parser.problems[:MAX_PROBLEMS]), lines)


def written_call(name: str, params: Mapping[str, Value]) -> str:
    """Write a call that `parse` reads as this name with these parameters.

    Args:
        name: Letters, digits and `_`.
        params: Values by key; keys likewise.

    Returns:
        The call; texts are quoted, numbers are not.

    Raises:
        ValueError: A name or key is no word, or a number cannot be written.
    """
    for word in (name, *params):
        if not _WORD.fullmatch(word):
            raise ValueError(f"{word!r} cannot be a name: use letters, digits and _")
    return f"[[{' '.join([name, *(f'{key}={written_value(params[key])}' for key in params)])}]]"


def written_value(value: Value) -> str:
    """Write a value so that `parse` reads the same.

    Raises:
        ValueError: It is a number that no post can hold, e.g. infinity.
    """
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    number = repr(value)
    if typed(number) != value:
        raise ValueError(f"{number} cannot be written as a number")
    return number


def typed(written: str) -> Value:
    """Give an unquoted value its type: `3` is an int, `3.0` and `3e0` are floats, `03` is text."""
    match = _NUMBER.fullmatch(written) if len(written) <= MAX_NUMBER_CHARS else None
    if match is None:
        return written
    if match[1] or match[2]:
        number = float(written)
        return written if number in (float("inf"), float("-inf")) else number
    whole = int(written)
    # What does not fit into 64 bits does not go through to a kernel.
    return whole if -(1 << 63) <= whole < 1 << 64 else written


class _Parser:
    """One pass over a text."""

    def __init__(self, text: str, lines: LineTable) -> None:
        self.calls: list[MacroCall] = []
        self.problems: list[GrammarProblem] = []
        self._text = text
        self._lines = lines
        self._left = max(_FREE_CHARS, 2 * len(text))
        """Characters that may still be read in vain."""

    def run(self, expands_everywhere: bool) -> None:
        text = self._text
        next_start = _next_start_in(text) if expands_everywhere else CodeRegions(text).next_start
        last_end = text.rfind("]]")
        start = next_start(0)
        while start >= 0:
            match = _CALL.match(text, start)
            assert match is not None  # a start is followed by a name
            end = match.end()
            if text.startswith("]]", end):
                end += 2
                if match[2] is None or match[3] or len(match[2]) > 1:
                    self.calls.append(self._call(match, end))
                else:
                    self._tell("space_before_end", _SPACE_WORDS.format(match[1]), start, end)
                start = next_start(end)
                continue
            self._left -= _CHARS_PER_FAILURE + end - start
            self._tell_what_is_broken(match)
            if self._left < 0 or (start > last_end and len(self.problems) >= MAX_PROBLEMS):
                self.problems = self.problems[: MAX_PROBLEMS - 1]
                self._tell("too_tangled", _TANGLED_WORDS, start, start + 2)
                return
            start = next_start(start + 2)

    def _tell(self, code: ProblemCode, words: str, start: int, end: int) -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(GrammarProblem(code, words, Span(start, end)))

    def _call(self, match: re.Match[str], end: int) -> MacroCall:
        name = match[1]
        params: dict[str, Value] = {}
        arguments: list[Argument] = []
        if match[3]:
            for item in _ITEM.finditer(self._text, match.start(3), end - 2):
                kind = item.lastindex or 0
                if kind == _JUNK:
                    self._tell_junk(name, item)
                    continue
                key = item[_KEY]
                written = item[kind]
                value: Value = written
                start, value_start, stop = item.start(), item.start(kind), item.end()
                if kind == _UNQUOTED:
                    if written[0] in "-0123456789":
                        value = typed(written)
                        if isinstance(value, str) and _is_too_large(written):
                            words = f"{name}: {key} is too large for a number; it stays text"
                            self._tell("number_too_large", words, value_start, stop)
                else:
                    value_start -= 1
                    if "\\" in written:
                        value = written = _ESCAPE[kind].sub(r"\1", written)
                if key in params:
                    words = f"{name}: {key} is given more than once; the last one counts"
                    self._tell("duplicate_key", words, start, start + len(key))
                params[key] = value
                arguments.append(
                    Argument(key, value, written, kind != _UNQUOTED, start, value_start, stop)
                )
        return MacroCall(
            name.lower(), name, params, tuple(arguments), match.start(), end, self._lines
        )

    def _tell_junk(self, name: str, item: re.Match[str]) -> None:
        key, equals, value = item[_JUNK].partition("=")
        if not equals:
            words = f"{name}: the word {_short(key)!r} is ignored; write key=value"
        elif _WORD.fullmatch(key) and not value:
            words = f'{name}: {key}= has no value and is ignored; write {key}="" for none'
        else:
            words = (
                f"{name}: {_short(key)!r} cannot be a parameter's name and is ignored; "
                "use letters, digits and _"
            )
        self._tell("junk_word", words, *item.span())

    def _tell_what_is_broken(self, match: re.Match[str]) -> None:
        """Tell why what matched is no call, unless nobody meant it to be one."""
        text, name, start, at = self._text, match[1], match.start(), match.end()
        if at < len(text) and match[2] is None:
            return  # [[a-b]], [[label](address)
        if text.startswith("=", at):
            self._tell_of_quote(match)
        elif text.startswith("]", at):
            if "=" in match[3]:
                words = (
                    f"{name}: a ] in the middle of the macro; it stays text. "
                    "Quote a value that holds one."
                )
                self._tell("stray_bracket", words, at, at + 1)
        else:
            words = f"{name}: the macro is never closed; it stays text. End it with ]]."
            self._tell("unclosed_macro", words, start, match.end(1))

    def _tell_of_quote(self, match: re.Match[str]) -> None:
        text, name, opens_at = self._text, match[1], match.end() + 1
        quote = text[opens_at]
        quoted = _QUOTED.match(text, opens_at)
        # The expression has read this far too, and not found what it looked for.
        self._left -= 3 * ((quoted.end() if quoted else len(text)) - opens_at)
        if quoted and "]]" not in quoted[0]:
            words = (
                f"{name}: text goes on behind the closing {quote}; the macro stays text. "
                f"A {quote} inside a value is written \\{quote}."
            )
            self._tell("mismatched_quote", words, quoted.end() - 1, quoted.end())
            return
        near = _TO_QUOTE_OR_SPACE.match(text, opens_at + 1)
        if near and near[1] and near[1] != quote:
            words = (
                f"{name}: a value that opens with {quote} is closed with {near[1]}; "
                "the macro stays text. Use the same quote."
            )
            self._tell("mismatched_quote", words, opens_at, near.end())
            return
        words = f"{name}: the quote {quote} is never closed; the macro stays text."
        self._tell("unclosed_quote", words, opens_at, opens_at + 1)


_SPACE_WORDS = "{0}: a single space before ]] makes the macro text; write [[{0}]]"
_TANGLED_WORDS = "too many broken macros; from here on everything stays text"


def _next_start_in(text: str) -> Callable[[int], int]:
    def next_start(position: int) -> int:
        match = _START.search(text, position)
        return match.start() if match else -1

    return next_start


def _is_too_large(written: str) -> bool:
    if written[0] not in "-0123456789":
        return False
    if len(written) > MAX_NUMBER_CHARS:
        return not written.strip("-+.eE0123456789")
    return bool(_NUMBER.fullmatch(written))


def _short(word: str) -> str:
    return word if len(word) <= 40 else f"{word[:39]}…"
