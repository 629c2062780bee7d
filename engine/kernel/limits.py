"""What a run may use: time, memory, threads, output. Owns the defaults, by kind of run.

Wall time is watched by the host; the rest a kernel sets for itself, and seals, when it is handed
the script (`engine.child.lockdown.seal`).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

RunKind: TypeAlias = Literal["macro", "preview", "transform", "utility"]
"""What a run is for: the kinds of scripts, and a macro's run beside the text being typed."""

LimitName: TypeAlias = Literal["wall", "cpu", "memory", "threads", "frames"]
"""A limit that ended a run, or made it fail."""

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of one run."""

    wall_s: float | None = None
    """Wall-clock time from the hand-over; None for none."""
    cpu_s: float | None = None
    """CPU time of all its threads, rounded up to whole seconds; None for none."""
    memory_bytes: int = 1024 * MIB
    """Address space, the interpreter's own 100 MiB included."""
    threads: int = 32
    """Beside the main one."""
    output_bytes: int = 16 * MIB
    """Output that is kept, head and tail; what is between goes to a file."""


NO_TIME_LIMIT = Limits()
"""As long as it likes."""

DEFAULTS: Mapping[RunKind, Limits] = {
    "macro": Limits(wall_s=10, cpu_s=10),
    "preview": Limits(wall_s=5, cpu_s=5),
    "transform": Limits(wall_s=5, cpu_s=5),
    "utility": NO_TIME_LIMIT,
}
"""What holds where the project sets nothing."""


def memory_words(memory_bytes: int) -> str:
    """Return an amount of memory as a person would say it."""
    if memory_bytes % (1024 * MIB) == 0:
        return f"{memory_bytes // (1024 * MIB)} GiB"
    return f"{memory_bytes / MIB:.0f} MiB"


def count_threads(user_id: int) -> int:
    """Count a user's threads on this machine, as far as /proc shows them. 1 to 5 ms."""
    count = 0
    with os.scandir("/proc") as entries:
        for entry in entries:
            if not entry.name.isdigit():
                continue
            try:
                if entry.stat().st_uid == user_id:
                    count += _threads_of(entry.path)
            except OSError:  # gone meanwhile
                continue
    return count


def _threads_of(folder: str) -> int:
    with open(f"{folder}/stat", "rb", buffering=0) as file:  # noqa: PTH123 - a third of the time
        fields = file.read(4096).rpartition(b")")[2].split()
    return int(fields[17])
