"""How a run ended, from what its kernel said last and how its process died. Pure functions."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from typing import Literal, TypeAlias

from engine.child.protocol import Failed, Refused, Result, ScriptError
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


Answer: TypeAlias = Result | Failed | Refused | Broken | None
"""The kernel's last word; None when it ended without one."""


def verdict(
    run_id: str,
    limits: Limits,
    answer: Answer,
    ending: Ending,
    duration_s: float,
    stopped_for: Literal["stopped", "timed_out"] | None,
) -> RunFinished:
    """Return the run's last event.

    Args:
        run_id: The run.
        limits: What it might use.
        answer: The kernel's last word.
        ending: How the process ended.
        duration_s: From hand-over to answer or end.
        stopped_for: Why it was interrupted or killed; None when it was not.
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

    error = answer.error if isinstance(answer, Failed) else None
    if stopped_for is not None and not isinstance(answer, Result):
        is_timeout = stopped_for == "timed_out"
        reason = f"it ran longer than {limits.wall_s:g} s" if is_timeout else "stopped on request"
        if error is None:
            reason += " and was killed, because it did not react to the interrupt"
        return finished(stopped_for, reason, "wall" if is_timeout else None, error=error)
    if isinstance(answer, Result):
        return finished("ok", result=answer.text)
    if isinstance(answer, Refused):
        return finished("not_started", f"the sandbox does not work here: {answer.words}")
    if error is not None:
        limit = _limit_of(error)
        if limit == "cpu":
            return finished("timed_out", _cpu_words(limits), "cpu", error=error)
        return finished("raised", _limit_words(limit, limits), limit, error=error)
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
        limits.cpu_s is not None and ending.returncode in signals and ending.cpu_s >= limits.cpu_s
    )


def _limit_of(error: ScriptError) -> LimitName | None:
    """Tell which limit an exception comes from. A script can pretend: it harms but itself."""
    if error.type == "CpuTimeExceeded":
        return "cpu"
    if error.type == "MemoryError":
        return "memory"
    if error.type == "RuntimeError" and error.message == "can't start new thread":
        return "threads"
    return None


def _cpu_words(limits: Limits) -> str:
    return f"it used more than {limits.cpu_s:g} s of CPU time"


def _limit_words(limit: LimitName | None, limits: Limits) -> str:
    if limit == "memory":
        return f"it needed more than its {memory_words(limits.memory_bytes)} of memory"
    if limit == "threads":
        return f"it wanted more than its {limits.threads} threads"
    return ""
