"""Exceptions as data: what a script raised, told so that the host can show it and jump to it.

Owns the walk over tracebacks. No text of a whole traceback is made here; the host does that.
"""

from __future__ import annotations

import linecache
import os
from types import TracebackType
from typing import Literal

from engine.child.protocol import (
    MAX_ERROR_CHARS,
    MAX_ERROR_DEPTH,
    MAX_GROUP,
    MAX_NOTES,
    MAX_PLACE,
    MAX_TRACE_FRAMES,
    Problem,
    ScriptError,
    TraceFrame,
    size_of,
)

MAX_FRAMES_AT_AN_END = MAX_TRACE_FRAMES // 2
"""A runaway recursion has 1,000 frames; the first and the last of them tell the story."""

MAX_MESSAGE_CHARS = 20_000
_MAX_SOURCE_CHARS = 2_000
_MAX_NAME_CHARS = 500
"""Of a type, a file, a function."""
_MAX_DEPTH = MAX_ERROR_DEPTH - 1
_MAX_TOLD = 50
"""Exceptions that are told, causes and members together; an error has to fit into a frame."""
_module_of = type.__dict__["__module__"].__get__
_name_of = type.__dict__["__qualname__"].__get__
_OWN_PACKAGE = __package__ or "engine.child"
_OWN_FOLDER = os.path.dirname(__file__) + os.sep


def describe(error: BaseException) -> ScriptError:
    """Return the exception with its frames, notes, causes and members as data that fits a frame.

    A script can put anything into an exception, so every value is taken for what it is, not for
    what it should be.
    """
    try:
        told = _describe(error, _MAX_DEPTH, set())
    except BaseException as failure:  # code of the script's that runs when it is looked at
        words = f"<it cannot be told: {_type_name(type(failure))}>"
        return ScriptError(_type_name(type(error)), words)
    return told if size_of(told) <= MAX_ERROR_CHARS else _shortened(told)


def _shortened(error: ScriptError) -> ScriptError:
    """Return what is left of an error that does not fit: itself, without its texts."""
    return ScriptError(
        type=error.type,
        message=f"{error.message[:1_000]} ... (the rest of the error was too large to be told)",
        frames=[
            TraceFrame(frame.path, frame.line, frame.column, frame.end_line, 0, frame.function, "")
            for frame in error.frames[-10:]
        ],
    )


def _describe(error: BaseException, depth: int, seen: set[int]) -> ScriptError:
    seen.add(id(error))
    cause: ScriptError | None = None
    relation: Literal["", "cause", "context"] = ""
    if depth > 0:
        origin = error.__cause__
        kind: Literal["cause", "context"] = "cause"
        if origin is None and not error.__suppress_context__:
            origin, kind = error.__context__, "context"
        if origin is not None and id(origin) not in seen and len(seen) < _MAX_TOLD:
            cause, relation = _describe(origin, depth - 1, seen), kind
    members: list[ScriptError] = []
    if isinstance(error, BaseExceptionGroup) and depth > 0:
        members = [
            _describe(one, depth - 1, seen)
            for one in error.exceptions[:MAX_GROUP]
            if id(one) not in seen and len(seen) < _MAX_TOLD
        ]
    frames = _frames(error.__traceback__)
    if isinstance(error, SyntaxError) and error.filename is not None:
        frames = [*frames[-MAX_TRACE_FRAMES + 1 :], _syntax_frame(error)]
    return ScriptError(
        type=_type_name(type(error)),
        message=_message(error),
        frames=frames,
        notes=_notes(error),
        cause=cause,
        relation=relation,
        group=members,
    )


def problem_of(error: SyntaxError) -> Problem:
    """Return where and what the compiler refuses."""
    line = _number(error.lineno) or 1
    column = _number(error.offset) or 1
    return Problem(
        line=line,
        column=column,
        end_line=_number(error.end_lineno) or line,
        end_column=max(_number(error.end_offset) or column, column),
        message=_text(error.msg or "invalid syntax", MAX_MESSAGE_CHARS),
    )


def _text(value: object, limit: int) -> str:
    """Return a text that every message can carry: cut, and halves of surrogate pairs escaped."""
    text = str.__str__(value) if isinstance(value, str) else ""
    return text[:limit].encode("utf-8", "backslashreplace").decode()


def _number(value: object) -> int:
    """Return a line or a column; 0 for what is none."""
    return value if isinstance(value, int) and 0 <= value <= MAX_PLACE else 0


def _type_name(kind: type[BaseException]) -> str:
    # Not by the attributes: a class can have others in their place.
    module = _text(_module_of(kind), _MAX_NAME_CHARS)
    name = _text(_name_of(kind), _MAX_NAME_CHARS)
    is_plain = module in ("", "builtins", "__main__") or module.startswith(_OWN_PACKAGE)
    return name if is_plain else f"{module}.{name}"


def _message(error: BaseException) -> str:
    try:
        if isinstance(error, SyntaxError):
            text = error.msg or "invalid syntax"
        elif isinstance(error, SystemExit):
            text = f"the script left with exit code {error.code!r}"
        else:
            text = str(error)
    except BaseException as failure:  # the script's own __str__ and __repr__ may raise anything
        text = f"<its message cannot be shown: {_type_name(type(failure))}>"
    return _text(text, MAX_MESSAGE_CHARS)


def _notes(error: BaseException) -> list[str]:
    try:
        notes: object = getattr(error, "__notes__", [])
    except BaseException:  # the script's own attribute
        return []
    if not isinstance(notes, list | tuple):
        return []
    return [_text(note, MAX_MESSAGE_CHARS) for note in notes[:MAX_NOTES] if isinstance(note, str)]


def _frames(trace: TracebackType | None) -> list[TraceFrame]:
    levels: list[TracebackType] = []
    while trace is not None:
        # Ours (the kernel calling the script, its calls to the host) are of no use to the reader.
        if not trace.tb_frame.f_code.co_filename.startswith(_OWN_FOLDER):
            levels.append(trace)
        trace = trace.tb_next
    if len(levels) > 2 * MAX_FRAMES_AT_AN_END:
        levels = levels[:MAX_FRAMES_AT_AN_END] + levels[-MAX_FRAMES_AT_AN_END:]
    return [_frame(level) for level in levels]


def _frame(level: TracebackType) -> TraceFrame:
    code = level.tb_frame.f_code
    positions = list(code.co_positions())
    index = level.tb_lasti // 2
    line, end_line, column, end_column = (
        positions[index] if 0 <= index < len(positions) else (None, None, None, None)
    )
    line = line or level.tb_lineno or 0
    source = linecache.getline(code.co_filename, line).rstrip("\r\n")
    return TraceFrame(
        path=_text(code.co_filename, _MAX_NAME_CHARS),
        line=_number(line),
        column=_character_column(source, column),
        end_line=_number(end_line or line),
        end_column=_character_column(source, end_column) if end_line in (None, line) else 0,
        function=_text(code.co_name, _MAX_NAME_CHARS),
        source=_text(source, _MAX_SOURCE_CHARS),
    )


def _character_column(source: str, byte_offset: int | None) -> int:
    """Return a 1-based column in characters; the compiler counts UTF-8 bytes from 0."""
    if byte_offset is None:
        return 0
    data = source.encode("utf-8", "surrogatepass")
    return _number(len(data[:byte_offset].decode(errors="replace")) + 1)


def _syntax_frame(error: SyntaxError) -> TraceFrame:
    problem = problem_of(error)
    return TraceFrame(
        path=_text(error.filename, _MAX_NAME_CHARS),
        line=problem.line,
        column=problem.column,
        end_line=problem.end_line,
        end_column=problem.end_column,
        function="",
        source=_text(error.text, _MAX_SOURCE_CHARS).rstrip("\r\n"),
    )
