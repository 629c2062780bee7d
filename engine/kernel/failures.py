"""Items that failed without a word of their macro, as data: too long, died, told a lie.

Pure functions. What counts as which must never enter.
"""

from __future__ import annotations

from engine.child.chunks import FailureKind, ItemFailed, MacroSource
from engine.child.protocol import ScriptError, TraceFrame
from engine.kernel.limits import Limits, memory_words
from engine.kernel.process import Ending

_NEARLY = 0.5
"""That share of its memory in use when it died, and memory may be why; as for runs."""


def failure(kind: FailureKind, name: str, words: str, macro: MacroSource, line: int) -> ItemFailed:
    """Return a failure at the place of the macro's entrypoint, as far as that is known.

    Args:
        kind: What it is.
        name: What the exception would be called.
        words: What happened.
        macro: Which macro.
        line: Where its entrypoint stands; 0 where that is not known.
    """
    frame = TraceFrame(macro.path, line, 0, line, 0, macro.entrypoint, "")
    return ItemFailed(kind, ScriptError(name, words, [frame]), words)


def too_long(
    limits: Limits,
    macro: MacroSource,
    line: int,
    duration_ns: int,
    error: ScriptError | None = None,
    *,
    was_loading: bool,
    was_killed: bool = False,
) -> ItemFailed:
    """Return the failure of an item that ran longer than it may.

    Args:
        limits: What it may.
        macro: Which macro.
        line: Likewise.
        duration_ns: How long it ran.
        error: Where it was interrupted.
        was_loading: Whether its script was only being executed.
        was_killed: Whether it had to be.
    """
    what = "its script" if was_loading else "it"
    words = f"{what} ran longer than {limits.wall_s or 0:g} s"
    if was_killed:
        words += " and was killed, because it did not react to the interrupt"
    made = failure("timeout", "TimeoutError", words, macro, line)
    return ItemFailed("timeout", error or made.error, words, duration_ns, "wall")


def died(limits: Limits, macro: MacroSource, line: int, ending: Ending) -> ItemFailed:
    """Return the failure of an item whose kernel ended under it."""
    words = ending.words
    if ending.peak_bytes <= limits.memory_bytes * _NEARLY:
        return failure("died", "InterpreterDied", words, macro, line)
    words += (
        f"; it had {memory_words(ending.peak_bytes)} of memory in use, "
        f"and its limit is {memory_words(limits.memory_bytes)}"
    )
    made = failure("died", "InterpreterDied", words, macro, line)
    return ItemFailed("died", made.error, words, 0, "memory")


def out_of_memory(limits: Limits, told: ItemFailed) -> ItemFailed:
    """Return the failure of an item that was refused memory, with words."""
    words = f"it needed more than its {memory_words(limits.memory_bytes)} of memory"
    return ItemFailed(told.kind, told.error, words, told.duration_ns, told.limit)
