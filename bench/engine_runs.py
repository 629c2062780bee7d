"""Runs without a screen, timed: to the first byte, to the end, from a stop to the next, per second.

Which figures they become, and how many of each are needed, must never enter.
"""

from __future__ import annotations

import gc
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

import anyio
import msgspec

from bench.errors import BenchError
from engine.child.protocol import Call, Refusal, Returned
from engine.kernel.events import RunFinished, RunOutput, RunRequest
from engine.kernel.pool import Pool
from engine.kernel.run import Functions, Run, refuse_calls

RUNS_AWAY = b'print("x")\nwhile True:\n    pass\n'
"""Ends by an interrupt."""
STAYS_IN_C = b'import itertools\nprint("x")\nsum(itertools.repeat(0))\n'
"""Never comes back from C code, so that no interrupt reaches it."""

_PRINTS = b'print("x")\n'
_CALLS = """
import gc
import time
from engine.child.calls import call

def timed():
    began = time.perf_counter_ns()
    call("echo", "x")
    return time.perf_counter_ns() - began

print(*[timed() for _ in range({count})])
"""
_FILL_TIMEOUT_S = 20
_RUN_TIMEOUT_S = 20
_LOOK_EVERY_S = 0.005
_SETTLE_S = 0.02


@dataclass(frozen=True, slots=True)
class RunTimes:
    """One run; its moments are those of `time.perf_counter`."""

    asked_s: float
    """When the run's task was started."""
    first_byte_s: float
    """When its first RunOutput had come."""
    finished_s: float
    cpu_ms: float
    """CPU time of the kernel, its start included."""

    @property
    def first_byte_ms(self) -> float:
        """From the request to the first byte."""
        return (self.first_byte_s - self.asked_s) * 1000

    @property
    def finished_ms(self) -> float:
        """From the request to the last event, when nothing of the run is left."""
        return (self.finished_s - self.asked_s) * 1000


@dataclass(frozen=True, slots=True)
class StopTimes:
    """How long it took to end a runaway script."""

    finished_ms: float
    """From the last `stop` to RunFinished."""
    next_ms: float
    """From the last `stop` to the first byte of the next run."""


async def time_run(pool: Pool) -> RunTimes:
    """Run a script that prints.

    Raises:
        BenchError: It did not end well.
    """
    first_byte_s = 0.0
    async with _started(pool, _PRINTS) as (run, asked_s):
        async for event in run.events():
            if isinstance(event, RunOutput) and not first_byte_s:
                first_byte_s = time.perf_counter()
            elif isinstance(event, RunFinished):
                finished_s = time.perf_counter()
                if event.outcome != "ok" or not first_byte_s:
                    raise BenchError(f"a run ended as {words_of(event)}")
                return RunTimes(asked_s, first_byte_s, finished_s, event.cpu_s * 1000)
    raise BenchError("a run ended without its last event")


async def time_stop(pool: Pool, size: int, source: bytes, *, stops: int) -> StopTimes:
    """Stop a runaway script, and run another one as soon as it has ended.

    Args:
        pool: Where both get their kernel.
        size: How many it keeps.
        source: Prints, then never ends.
        stops: How often `stop` is called, in one go: one interrupts, two kill.

    Raises:
        BenchError: A run did not end as it should.
    """
    await filled(pool, size)
    async with _started(pool, source) as (run, _):
        stopped_s = 0.0
        async for event in run.events():
            if isinstance(event, RunOutput) and not stopped_s:
                await filled(pool, size)  # the person reads before stopping
                stopped_s = time.perf_counter()
                for _ in range(stops):
                    run.stop()
            elif isinstance(event, RunFinished):
                finished_s = time.perf_counter()
                if event.outcome != "stopped":
                    raise BenchError(f"a stopped run ended as {words_of(event)}")
                following = await time_run(pool)
                return StopTimes(
                    (finished_s - stopped_s) * 1000, (following.first_byte_s - stopped_s) * 1000
                )
    raise BenchError("a run ended without its last event")


async def time_calls(pool: Pool, count: int) -> list[float]:
    """Call a function of the host from a script, again and again.

    Args:
        pool: Where the script gets its kernel.
        count: How often.

    Returns:
        How long each call took, in microseconds, measured in the script.

    Raises:
        BenchError: The script did not end well.
    """
    written = b""
    source = _CALLS.format(count=count).encode()
    async with _started(pool, source, _echo) as (run, _):
        async for event in run.events():
            if isinstance(event, RunOutput):
                written += event.data
            elif isinstance(event, RunFinished) and event.outcome != "ok":
                raise BenchError(f"a script that calls the host ended as {words_of(event)}")
    return [int(one) / 1000 for one in written.split()]


async def _echo(call: Call) -> Returned | Refusal:
    (text,) = msgspec.msgpack.decode(call.arguments, type=list[str])
    return Returned(call.call_id, text)


async def runs_per_s(pool: Pool, at_once: int, duration_s: float, *, unmeasured: int) -> float:
    """Run a script that prints as often as possible.

    Args:
        pool: Where each run gets its kernel.
        at_once: How many runs there are at a time.
        duration_s: How long it is measured.
        unmeasured: How many runs come first: those whose kernels were there already.

    Returns:
        How many ended in a second.

    Raises:
        BenchError: One did not end well.
    """
    ended_s: list[float] = []

    def is_over() -> bool:
        measured = ended_s[unmeasured:]
        return len(measured) > 1 and measured[-1] - measured[0] >= duration_s

    async def keep_running() -> None:
        while not is_over():
            ended_s.append((await time_run(pool)).finished_s)

    async with anyio.create_task_group() as group:
        for _ in range(at_once):
            group.start_soon(keep_running)
    # Those that ended while the last ones were waited for do not count.
    measured = [one for one in ended_s[unmeasured:] if one <= ended_s[unmeasured] + duration_s]
    measured = measured if len(measured) > 1 else ended_s[unmeasured:]
    return (len(measured) - 1) / (measured[-1] - measured[0])


async def filled(pool: Pool, size: int) -> None:
    """Wait until the pool has all its kernels, and a little longer.

    Raises:
        BenchError: They did not come.
    """
    for _ in range(int(_FILL_TIMEOUT_S / _LOOK_EVERY_S)):
        if pool.idle_count >= size:
            await anyio.sleep(_SETTLE_S)
            return
        await anyio.sleep(_LOOK_EVERY_S)
    raise BenchError(f"the pool did not fill within {_FILL_TIMEOUT_S} s")


def words_of(event: RunFinished) -> str:
    """Return how a run ended, in words."""
    said = event.error.message if event.error is not None else ""
    return ": ".join(part for part in (event.outcome, event.reason, said) if part)


@asynccontextmanager
async def _started(
    pool: Pool, source: bytes, functions: Functions = refuse_calls
) -> AsyncIterator[tuple[Run, float]]:
    """Start a run; it is over when the block is left, whatever happens.

    Yields:
        The run, and when it was started.
    """
    run = Run(RunRequest(source, "scripts/bench.py", "main"), functions)
    try:
        with anyio.fail_after(_RUN_TIMEOUT_S):
            async with anyio.create_task_group() as group:
                asked_s = time.perf_counter()
                group.start_soon(run.execute, pool)
                yield run, asked_s
                group.cancel_scope.cancel()
    except TimeoutError as error:
        raise BenchError(f"a run was not over within {_RUN_TIMEOUT_S} s") from error


@contextmanager
def collecting() -> Iterator[None]:
    """Have the garbage collector on, as the screen has, and the command has not."""
    was_on = gc.isenabled()
    gc.enable()
    try:
        yield
    finally:
        if not was_on:
            gc.disable()
