"""How many calls were made when, in few steps however long it took.

Owns the counting by time. What the calls are, and who draws it, must never enter.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.kernel.chunk import Chunk, ChunkResult
    from engine.render.executor import Executor

MAX_STEPS = 120
"""More than a terminal has columns for; even, because steps are joined in pairs."""
_FIRST_STEP_S = 0.05


@dataclass(frozen=True, slots=True)
class PaceStep:
    """A stretch of time, and how fast calls were made in it."""

    begins_s: float
    """Since the beginning."""
    calls_per_s: float


class Pace:
    """Counts calls by time. The steps get longer, twice as long each time, instead of more."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin now.

        Args:
            clock: Tells seconds that never go back.
        """
        self._clock = clock
        self._began = clock()
        self._step_s = _FIRST_STEP_S
        self._counts: list[int] = []

    @property
    def elapsed_s(self) -> float:
        """Seconds since the beginning."""
        return self._clock() - self._began

    def add(self, calls: int) -> None:
        """Count calls that have just been made."""
        elapsed_s = self.elapsed_s
        while elapsed_s >= self._step_s * MAX_STEPS:
            even = self._counts + [0] * (len(self._counts) % 2)
            self._counts = [sum(even[at : at + 2]) for at in range(0, len(even), 2)]
            self._step_s *= 2
        at = int(elapsed_s / self._step_s)
        self._counts += [0] * (at + 1 - len(self._counts))
        self._counts[at] += calls

    def steps(self) -> tuple[PaceStep, ...]:
        """Return the steps until now; the last one may be a part of one."""
        step_s, counts = self._step_s, list(self._counts)
        end_s = self.elapsed_s
        if len(counts) > 1 and end_s - (len(counts) - 1) * step_s < step_s / 4:
            last = counts.pop()  # too short a time to tell a speed from
            counts[-1] += last
        steps = []
        for at, count in enumerate(counts):
            is_last = at == len(counts) - 1
            length_s = min(end_s - at * step_s, 2 * step_s) if is_last else step_s
            steps.append(PaceStep(at * step_s, count / max(length_s, step_s / 4)))
        return tuple(steps)


class PacedExecutor:
    """An executor whose calls are counted as they are made, not when their turn comes."""

    def __init__(self, executor: Executor, pace: Pace) -> None:
        self._executor = executor
        self._pace = pace

    @property
    def slots(self) -> int:
        """As the executor itself has it."""
        return self._executor.slots

    async def execute(self, chunk: Chunk) -> ChunkResult:
        """Carry out a chunk; see `Executor`."""
        result = await self._executor.execute(chunk)
        self._pace.add(len(result.outcomes))
        return result
