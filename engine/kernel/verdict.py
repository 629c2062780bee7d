"""How a run ended, from what its kernel said last and how its process died. Pure functions."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from typing import Literal, TypeAlias

from engine.child.protocol import Failed, Result, ScriptError
from engine.kernel.events import Outcome, RunFinished
from engine.kernel.limits import LimitName, Limits, memory_words
from engine.kernel.process import Ending

_NEARLY = 0.5
"""A crash with that share of its memory in use may well come from an allocation that failed."""


@dataclass(frozen=True, slots=True)
class Broken:
    """The kernel's answer made no sense, or the request did not reach it."""

    words: str
    limit: LimitName | None = None


_NEARLY_ALL = 0.85
"""The system ends a process by its ticks, and tells exactly what it has used: up to 12 % less."""

_SANDBOX_WORDS = "the sandbox keeps scripts from files, the network and other programs"

Answer: TypeAlias = Result | Failed | Broken | None
"""The kernel's last word; None when it ended without one."""


def verdict(
    run_id: str,
    limits: Limits,
    answer: Answer,
    ending: Ending,
    duration_s: float,
    stopped_for: Literal["stopped", "timed_out"] | None,
    *,
    is_sandboxed: bool,
) -> RunFinished:
    """Return the run's last event.

    Args:
        run_id: The run.
        limits: What it might use.
        answer: The kernel's last word.
        ending: How the process ended.
        duration_s: From hand-over to answer or end.
        stopped_for: Why it was interrupted or killed; None when it was not.
        is_sandboxed: Whether the kernel was locked down.
    """

    def finished(
        outcome: Outcome,
        reason: str = "",
        limit: LimitName | None = None,
        *,
        result: str = "",
        error: ScriptError | None = None,
    ) -> RunFinished:
        return RunFinished(
            run_id,
            outcome,
            duration_s,
            result=result,
            error=error,
            reason=reason,
            limit=limit,
            cpu_s=ending.cpu_s,
        )

    error, limit = None, None
    if isinstance(answer, Failed):
        error, limit = answer.error, answer.limit or None
    # One that ends well when asked to stop has; one that ran too long has not, whatever it says.
    if stopped_for == "timed_out" or (stopped_for and not isinstance(answer, Result)):
        is_timeout = stopped_for == "timed_out"
        reason = f"it ran longer than {limits.wall_s:g} s" if is_timeout else "stopped on request"
        if answer is None:
            reason += " and was killed, because it did not react to the interrupt"
        return finished(stopped_for, reason, "wall" if is_timeout else None, error=error)
    if isinstance(answer, Result):
        return finished("ok", result=answer.text)
    if error is not None:
        if limit == "cpu" and limits.cpu_s is not None:
            return finished("timed_out", _cpu_words(limits), "cpu", error=error)
        words = _limit_words(limit, limits)
        if is_sandboxed and error.type == "PermissionError":
            words = _SANDBOX_WORDS
        return finished("raised", words, limit, error=error)
    if isinstance(answer, Broken):
        return finished("crashed", answer.words, answer.limit)
    if _is_out_of_cpu_time(limits, ending):
        return finished("timed_out", f"{_cpu_words(limits)} and was killed", "cpu")
    words = ending.words
    if ending.peak_bytes > limits.memory_bytes * _NEARLY:
        words += (
            f"; it had {memory_words(ending.peak_bytes)} of memory in use, "
            f"and its limit is {memory_words(limits.memory_bytes)}"
        )
        return finished("crashed", words, "memory")
    return finished("crashed", words)


def _is_out_of_cpu_time(limits: Limits, ending: Ending) -> bool:
    signals = (-signal.SIGXCPU, -signal.SIGKILL)
    return (
        limits.cpu_s is not None
        and ending.returncode in signals
        and ending.cpu_s >= limits.cpu_s * _NEARLY_ALL
    )


def _cpu_words(limits: Limits) -> str:
    return f"it used more than {limits.cpu_s:g} s of CPU time"


def _limit_words(limit: LimitName | None, limits: Limits) -> str:
    if limit == "memory":
        return f"it needed more than its {memory_words(limits.memory_bytes)} of memory"
    if limit == "threads":
        return f"it wanted more than its {limits.threads} threads"
    return ""
