"""What a run tells while it happens. Every event carries the run's id. Facts only, no behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from engine.child.protocol import ScriptError
from engine.kernel.limits import NO_TIME_LIMIT, LimitName, Limits

Stream: TypeAlias = Literal["stdout", "stderr"]

Outcome: TypeAlias = Literal["ok", "raised", "timed_out", "stopped", "crashed", "not_started"]
"""How a run ended: `crashed` is the interpreter's own death, `not_started` that there was none."""


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What to run."""

    source: bytes
    """The whole file, header included, so that its lines are the file's lines."""
    path: str
    """How the script is called in tracebacks: its path relative to the project."""
    entrypoint: str
    arguments: tuple[Any, ...] = ()
    """Plain data for the entrypoint; what it does not take is left out."""
    limits: Limits = NO_TIME_LIMIT
    """What the run may use."""
    args: tuple[str, ...] = ()
    """What the person gave behind the script's name."""
    returns_data: bool = False
    """Whether the result is JSON: what is returned, or the first argument where that is None."""
    has_toast: bool = False
    """Whether the script finds `toast(message)` among the builtins."""


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The script has been handed to a kernel."""

    run_id: str


@dataclass(frozen=True, slots=True)
class RunOutput:
    """Bytes the script, its C code or a process of it wrote."""

    run_id: str
    stream: Stream
    data: bytes


@dataclass(frozen=True, slots=True)
class RunStopping:
    """The run is being ended: first by an interrupt, then by force."""

    run_id: str
    step: Literal["interrupt", "kill"]
    reason: Literal["stopped", "timed_out"]


@dataclass(frozen=True, slots=True)
class RunFinished:
    """The last event of every run. Nothing of it runs any more."""

    run_id: str
    outcome: Outcome
    duration_s: float
    """From the hand-over to the kernel until its answer or its end."""
    result: str = ""
    """The entrypoint's return value as text, or as JSON where the request says so. It is a
    script's word, to be decoded with bounds."""
    error: ScriptError | None = None
    """What the script raised; for a stopped run, where it was."""
    reason: str = ""
    """Words for every outcome but `ok`, and but `raised` where no limit had to do with it."""
    limit: LimitName | None = None
    """The limit that ended the run or made it fail."""
    cpu_s: float = 0.0
    """CPU time, the interpreter's start included."""


RunEvent: TypeAlias = RunStarted | RunOutput | RunStopping | RunFinished
