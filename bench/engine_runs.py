"""Runs without a screen: how soon the engine answers, stops and starts anew."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio

from bench.errors import BenchError
from engine.kernel.events import RunFinished, RunOutput, RunRequest
from engine.kernel.pool import Pool
from engine.kernel.run import Run

POOL_SIZE = 2
"""As many as an open project keeps; see engine.workspace.WARM_KERNELS."""

_FILL_TIMEOUT_S = 10
_RUN_TIMEOUT_S = 10
_LOOK_EVERY_S = 0.005
_SETTLE_S = 0.02
_PRINTS = 'print("x")\n'
_RUNS_AWAY = 'print("x")\nwhile True:\n    pass\n'
_IGNORES_INTERRUPTS = """
import signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
print("x")
while True:
    pass
"""


@dataclass(slots=True)
class EngineTimes:
    """Every single value, in milliseconds; one of each per round."""

    first_byte_ms: list[float] = field(default_factory=list)
    """From the request to the first RunOutput, with a warm pool."""
    finished_ms: list[float] = field(default_factory=list)
    """From the request to RunFinished."""
    stopped_ms: list[float] = field(default_factory=list)
    """From `stop` of a runaway script to RunFinished."""
    after_stop_ms: list[float] = field(default_factory=list)
    """From that `stop` to the next run's first RunOutput."""
    killed_ms: list[float] = field(default_factory=list)
    """From two `stop` of a script that ignores interrupts to RunFinished."""
    after_kill_ms: list[float] = field(default_factory=list)
    """From that `stop` to the next run's first RunOutput."""
    fresh_per_s: float = 0.0
    """Runs a second, two at a time, each in a kernel of its own."""


async def time_engine(*, rounds: int, stop_rounds: int, throughput_s: float) -> EngineTimes:
    """Measure the engine in this process.

    Args:
        rounds: How many runs from request to first byte.
        stop_rounds: How many runaway scripts of each sort.
        throughput_s: How long to run as many as possible.

    Raises:
        BenchError: Something did not work or took more than 10 s.
    """
    times = EngineTimes()
    async with Pool(POOL_SIZE) as pool:
        await _first_byte(pool)  # unmeasured: imports and the first process
        for _ in range(rounds):
            await _filled(pool)
            asked_s = time.perf_counter()
            first_s, finished_s = await _first_byte(pool)
            times.first_byte_ms.append((first_s - asked_s) * 1000)
            times.finished_ms.append((finished_s - asked_s) * 1000)
        for _ in range(stop_rounds):
            await _time_stop(pool, _RUNS_AWAY, 1, times.stopped_ms, times.after_stop_ms)
            await _time_stop(pool, _IGNORES_INTERRUPTS, 2, times.killed_ms, times.after_kill_ms)
        if throughput_s > 0:
            await _filled(pool)
            times.fresh_per_s = await _throughput(pool, throughput_s)
    return times


async def _time_stop(
    pool: Pool, source: str, stops: int, finished_ms: list[float], next_ms: list[float]
) -> None:
    await _filled(pool)
    async with _started(pool, source) as run, anyio.create_task_group() as group:
        stopped_s = 0.0
        async for event in run.events():
            if isinstance(event, RunOutput) and not stopped_s:
                await _filled(pool)  # the person reads before stopping
                stopped_s = time.perf_counter()
                for _ in range(stops):
                    run.stop()
            elif isinstance(event, RunFinished):
                if event.outcome != "stopped":
                    raise BenchError(f"a stopped run ended as {event.outcome}: {event.reason}")
                finished_ms.append((time.perf_counter() - stopped_s) * 1000)
                first_s, _ = await _first_byte(pool)
                next_ms.append((first_s - stopped_s) * 1000)
        group.cancel_scope.cancel()


async def _first_byte(pool: Pool) -> tuple[float, float]:
    """Run a script that prints; return when its first byte and its end came."""
    first_s = 0.0
    async with _started(pool, _PRINTS) as run:
        async for event in run.events():
            if isinstance(event, RunOutput) and not first_s:
                first_s = time.perf_counter()
            elif isinstance(event, RunFinished):
                if event.outcome != "ok" or not first_s:
                    raise BenchError(
                        f"a run ended as {event.outcome}: {event.reason or 'no output'}"
                    )
                return first_s, time.perf_counter()
    raise BenchError("a run ended without its last event")


@asynccontextmanager
async def _started(pool: Pool, source: str) -> AsyncIterator[Run]:
    """Start a run; it is over when the block is left, whatever happens."""
    run = Run(RunRequest(source.encode(), "scripts/bench.py", "main"))
    try:
        with anyio.fail_after(_RUN_TIMEOUT_S):
            async with anyio.create_task_group() as group:
                group.start_soon(run.execute, pool)
                yield run
                group.cancel_scope.cancel()
    except TimeoutError as error:
        raise BenchError(f"a run was not over within {_RUN_TIMEOUT_S} s") from error


async def _filled(pool: Pool) -> None:
    """Wait until the pool has all its kernels, and a little longer."""
    for _ in range(int(_FILL_TIMEOUT_S / _LOOK_EVERY_S)):
        if pool.idle_count >= POOL_SIZE:
            await anyio.sleep(_SETTLE_S)
            return
        await anyio.sleep(_LOOK_EVERY_S)
    raise BenchError(f"the pool did not fill within {_FILL_TIMEOUT_S} s")


async def _throughput(pool: Pool, duration_s: float) -> float:
    count = 0
    started_s = time.perf_counter()

    async def keep_running() -> None:
        nonlocal count
        while time.perf_counter() - started_s < duration_s:
            await _first_byte(pool)
            count += 1

    async with anyio.create_task_group() as group:
        for _ in range(POOL_SIZE):
            group.start_soon(keep_running)
    return count / (time.perf_counter() - started_s)
