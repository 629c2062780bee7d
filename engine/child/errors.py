"""Exceptions as data: what a script raised, told so that the host can show it and jump to it.

Owns the walk over tracebacks. No text of a whole traceback is made here; the host does that.
"""

from __future__ import annotations

import linecache
import os
from types import TracebackType

import msgspec

from engine.child.protocol import (
    MAX_GROUP,
    MAX_NOTES,
    MAX_TRACE_FRAMES,
    Problem,
    ScriptError,
    TraceFrame,
)

MAX_FRAMES_AT_AN_END = MAX_TRACE_FRAMES // 2
"""A runaway recursion has 1,000 frames; the first and the last of them tell the story."""

MAX_MESSAGE_CHARS = 20_000
_MAX_SOURCE_CHARS = 2_000
_MAX_DEPTH = 8
_MAX_TOLD = 50
"""Exceptions that are told, causes and members together; an error has to fit into a frame."""
_OWN_PACKAGE = __package__ or "engine.child"
_OWN_FOLDER = os.path.dirname(__file__) + os.sep


def describe(error: BaseException) -> ScriptError:
    """Return the exception with its frames, notes, causes and members as data."""
    return _describe(error, _MAX_DEPTH, set())


def shortened(error: ScriptError) -> ScriptError:
    """Return what is left of an error that does not fit into a frame: itself, without its texts."""
    return ScriptError(
        type=error.type[:200],
        message=f"{error.message[:1_000]} ... (the rest of the error was too large to be told)",
        frames=[msgspec.structs.replace(frame, source="") for frame in error.frames[-10:]],
    )


def _describe(error: BaseException, depth: int, seen: set[int]) -> ScriptError:
    seen.add(id(error))
    cause: ScriptError | None = None
    relation = ""
    if depth > 0:
        origin = error.__cause__
        kind = "cause"
        if origin is None and not error.__suppress_context__:
            origin, kind = error.__context__, "context"
        if origin is not None and id(origin) not in seen and len(seen) < _MAX_TOLD:
            cause, relation = _describe(origin, depth - 1, seen), kind
    members: list[ScriptError] = []
    if isinstance(error, BaseExceptionGroup) and depth > 0:
        members = [
            _describe(one, depth - 1, seen)
            for one in error.exceptions[:MAX_GROUP]
            if len(seen) < _MAX_TOLD
        ]
    frames = _frames(error.__traceback__)
    if isinstance(error, SyntaxError) and error.filename is not None:
        frames.append(_syntax_frame(error))
    return ScriptError(
        type=_type_name(type(error)),
        message=_message(error),
        frames=frames,
        notes=_notes(error),
        cause=cause,
        relation=relation,  # type: ignore[arg-type]
        group=members,
    )


def problem_of(error: SyntaxError) -> Problem:
    """Return where and what the compiler refuses."""
    line = error.lineno or 1
    column = error.offset or 1
    return Problem(
        line=line,
        column=column,
        end_line=error.end_lineno or line,
        end_column=max(error.end_offset or column, column),
        message=error.msg or "invalid syntax",
    )


def _type_name(kind: type[BaseException]) -> str:
    if kind.__module__ in ("builtins", "__main__") or kind.__module__.startswith(_OWN_PACKAGE):
        return kind.__qualname__
    return f"{kind.__module__}.{kind.__qualname__}"


def _message(error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        return error.msg or "invalid syntax"
    if isinstance(error, SystemExit):
        return f"the script left with exit code {error.code!r}"
    try:
        text = str(error)
    except Exception as failure:  # the script's own __str__ may raise anything
        text = f"<its message cannot be shown: {type(failure).__name__}>"
    return text[:MAX_MESSAGE_CHARS]


def _notes(error: BaseException) -> list[str]:
    notes = getattr(error, "__notes__", [])  # a script can put anything there
    if not isinstance(notes, list | tuple):
        return []
    return [note[:MAX_MESSAGE_CHARS] for note in notes[:MAX_NOTES] if isinstance(note, str)]


def _frames(trace: TracebackType | None) -> list[TraceFrame]:
    # Ours come first (the kernel calling the script) and are of no use to the reader.
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(_OWN_FOLDER):
        trace = trace.tb_next
    levels: list[TracebackType] = []
    while trace is not None:
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
        path=code.co_filename,
        line=line,
        column=_character_column(source, column),
        end_line=end_line or line,
        end_column=_character_column(source, end_column) if end_line in (None, line) else 0,
        function=code.co_name,
        source=source[:_MAX_SOURCE_CHARS],
    )


def _character_column(source: str, byte_offset: int | None) -> int:
    """Return a 1-based column in characters; the compiler counts UTF-8 bytes from 0."""
    if byte_offset is None:
        return 0
    return len(source.encode()[:byte_offset].decode(errors="replace")) + 1


def _syntax_frame(error: SyntaxError) -> TraceFrame:
    problem = problem_of(error)
    return TraceFrame(
        path=error.filename or "",
        line=problem.line,
        column=problem.column,
        end_line=problem.end_line,
        end_column=problem.end_column,
        function="",
        source=(error.text or "").rstrip("\r\n")[:_MAX_SOURCE_CHARS],
    )
