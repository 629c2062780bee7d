"""A script's error as text and as a place to jump to. Pure functions."""

from __future__ import annotations

from engine.child.protocol import ScriptError, TraceFrame

_RELATIONS = {
    "cause": "The above exception was the direct cause of the following exception:",
    "context": "During handling of the above exception, another exception occurred:",
    "": "",
}


def format_error(error: ScriptError) -> str:
    """Return the error as Python would print it, causes first, ending with a newline."""
    lines: list[str] = []
    if error.cause is not None:
        lines += [format_error(error.cause), _RELATIONS[error.relation] + "\n\n"]
    is_syntax = bool(error.frames) and not error.frames[-1].function
    if error.frames and not (is_syntax and len(error.frames) == 1):
        lines.append("Traceback (most recent call last):\n")
    for frame in error.frames:
        lines += _frame_lines(frame)
    lines.append(f"{summary(error)}\n")
    lines += [f"{note}\n" for note in error.notes]
    for number, member in enumerate(error.group, start=1):
        text = format_error(member)
        lines.append(f"  +-- {number} of {len(error.group)}\n")
        lines += [f"  | {line}\n" for line in text.splitlines()]
    return "".join(lines)


def summary(error: ScriptError) -> str:
    """Return type and message in one go, as a traceback's last line has them."""
    return f"{error.type}: {error.message}" if error.message else error.type


def place(error: ScriptError, path: str) -> tuple[int, int] | None:
    """Return line and column, from 1, of the innermost frame in `path`; None without one."""
    for frame in reversed(error.frames):
        if frame.path == path:
            return frame.line, max(frame.column, 1)
    return None


def _frame_lines(frame: TraceFrame) -> list[str]:
    where = f", in {frame.function}" if frame.function else ""
    lines = [f'  File "{frame.path}", line {frame.line}{where}\n']
    source = frame.source.strip()
    if not source:
        return lines
    lines.append(f"    {source}\n")
    indent = len(frame.source) - len(frame.source.lstrip())
    # The kernel's word for where it is; it may lie far outside the line.
    start = min(frame.column - 1 - indent, len(source))
    end = min(frame.end_column - 1 - indent, len(source))
    is_whole_line = start <= 0 and end >= len(source)
    if frame.column and frame.end_line == frame.line and start >= 0 and not is_whole_line:
        lines.append(f"    {' ' * start}{'^' * max(end - start, 1)}\n")
    return lines
