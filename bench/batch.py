"""`inkstand bench batch`: macros called ten thousand times in sandboxed kernels, beside peers.

Measured: the engine's share of a call (wall time without the time inside the macro), how much two
kernels give, and how much memory a long batch takes. Peers: the same macro in a plain loop of one
process, and in Pyodide in Node where that is installed.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import anyio
import anyio.to_thread

from bench.batch_items import MACRO, WORKING_MACRO, items, macros, sample
from bench.engine_runs import collecting
from bench.errors import BenchError, told_in
from bench.machine import machine_facts
from bench.memory import rss_mb
from bench.report import Report
from engine.child.chunks import Rendered
from engine.kernel.pool import Pool
from engine.kernel.sources import Forks
from engine.render.batch import rendering
from engine.render.executor import LocalKernels

_TIMEOUT_S = 120
_LOOK_EVERY_S = 0.005
_PYODIDE_BATCH = 64
ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Amount:
    """How much is measured."""

    calls: int = 10_000
    many_calls: int = 100_000
    working_calls: int = 2_000
    rounds: int = 7


def measure(amount: Amount = Amount()) -> Report:
    """Measure; what did not work is in the report's problems."""
    report = Report("batch", machine_facts())
    with told_in(report.problems), collecting():
        anyio.run(_measure_in, report, amount)
    _add_figures(report, amount)
    return report


async def _measure_in(report: Report, amount: Amount) -> None:
    await _memory(report, amount)
    async with (
        Pool(1, source=Forks()) as pool,
        LocalKernels(pool, jobs=1) as one,
        LocalKernels(pool, jobs=2) as two,
    ):
        for executor in (one, two):  # unmeasured: kernels start, scripts are executed
            for source in (MACRO, WORKING_MACRO):
                await _render(executor, source, 200)
        for _ in range(amount.rounds):
            took = await _render(one, MACRO, amount.calls)
            report.keep("share_us", [took.share_us])
            report.keep("host_cpu_us", [took.host_cpu_us])
            report.keep("inside_us", [took.inside_us])
            times = [
                await _render(executor, WORKING_MACRO, amount.working_calls)
                for executor in (one, two)
            ]
            for name, took in zip(("one", "two"), times, strict=True):
                report.keep(f"{name}_rate_per_s", [took.calls / took.wall_s])
            report.keep("gain_count", [times[0].wall_s / times[1].wall_s])
            told = await _output("bench.peers.macro_loop", str(amount.calls))
            report.keep("plain_us", [json.loads(told)["call_us"]])
    await _pyodide(report, amount)


@dataclass(frozen=True, slots=True)
class _Took:
    """One batch, timed."""

    calls: int
    wall_s: float
    inside_s: float
    cpu_s: float

    @property
    def share_us(self) -> float:
        return (self.wall_s - self.inside_s) / self.calls * 1e6

    @property
    def inside_us(self) -> float:
        return self.inside_s / self.calls * 1e6

    @property
    def host_cpu_us(self) -> float:
        return self.cpu_s / self.calls * 1e6


async def _render(executor: LocalKernels, source: str, count: int) -> _Took:
    """Render a batch.

    Raises:
        BenchError: A call did not give what it has to.
    """
    began_s, cpu_s = time.perf_counter(), time.process_time()
    inside_ns = seen = 0
    async with rendering(items(count), macros(source), executor) as batch:
        async for outcome in batch:
            inside_ns += outcome.duration_ns
            if not isinstance(outcome, Rendered) or len(outcome.html) < 1000:
                raise BenchError(f"a call of the batch gave {outcome!r:.300}")
            seen += 1
    wall_s = time.perf_counter() - began_s
    if seen != count:
        raise BenchError(f"the batch gave {seen} outcomes for {count} calls")
    return _Took(count, wall_s, inside_ns / 1e9, time.process_time() - cpu_s)


async def _memory(report: Report, amount: Amount) -> None:
    """Measure by how much this process grows, in processes of their own."""
    for name, count in (("few", amount.calls), ("many", amount.many_calls)):
        told = json.loads(await _output("bench.batch", str(count)))
        report.keep(f"{name}_grown_mb", [told["grown_mb"]])


def grown_mb(count: int) -> float:
    """Render a batch and return by how much this process has grown at most, in MB."""
    most = 0.0
    is_over = threading.Event()

    def watch() -> None:
        nonlocal most
        while not is_over.wait(_LOOK_EVERY_S):
            most = max(most, rss_mb())

    async def render() -> float:
        async with Pool(1, source=Forks()) as pool, LocalKernels(pool, jobs=1) as executor:
            await _render(executor, MACRO, 200)
            before = rss_mb()
            watcher = threading.Thread(target=watch)
            watcher.start()
            try:
                await _render(executor, MACRO, count)
            finally:
                is_over.set()
                watcher.join()
            return before

    before = anyio.run(render)
    return max(most - before, 0.01)


async def _pyodide(report: Report, amount: Amount) -> None:
    node = shutil.which("node")
    if node is None:
        report.notes.append("Pyodide is no peer here: there is no `node`.")
        return
    script = Path(__file__).with_name("peers") / "pyodide_loop.mjs"
    command = [node, str(script), str(amount.calls), str(_PYODIDE_BATCH)]
    try:
        for _ in range(2):
            told = await anyio.to_thread.run_sync(_run, command, json.dumps(sample()))
            found = json.loads(told)
            report.keep("pyodide_single_us", [found["single_us"]])
            report.keep("pyodide_batched_us", [found["batched_us"]])
    except BenchError as error:
        if "Cannot find module 'pyodide'" not in str(error):
            raise
        report.notes.append(
            "Pyodide is no peer here: `npm install pyodide` in the folder this is called from, "
            "or above it, makes it one."
        )


async def _output(module: str, *arguments: str) -> str:
    command = [sys.executable, "-m", module, *arguments]
    return await anyio.to_thread.run_sync(_run, command, "")


def _run(command: Sequence[str], given: str) -> str:
    """Run a program to its end and return what it wrote.

    Raises:
        BenchError: It did not end well; with what it wrote to stderr.
    """
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    try:
        done = subprocess.run(
            command,
            input=given,
            env={**os.environ, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            check=True,
            timeout=_TIMEOUT_S,
        )
    except subprocess.CalledProcessError as error:
        raise BenchError(f"{' '.join(command)} failed: {error.stderr.strip()}") from error
    except subprocess.TimeoutExpired as error:
        raise BenchError(f"{' '.join(command)} did not end within {_TIMEOUT_S} s") from error
    return done.stdout


def _add_figures(report: Report, amount: Amount) -> None:
    calls = f"{amount.calls:,} calls"
    has_pyodide = "pyodide_batched_us" in report.raw
    peer = ("pyodide", "pyodide_batched_us") if has_pyodide else ("plain loop", "plain_us")
    report.add(f"{calls}, one kernel: engine's share of a call", "share_us", 0, goal=10, peer=peer)
    report.add(f"{calls}, one kernel: engine's share of a call", "share_us", peer=peer)
    report.add("the same, CPU time of the host", "host_cpu_us", 0)
    report.add("the same, inside the macro", "inside_us", 0)
    report.add("the macro in a plain loop, contexts made in it", "plain_us", 0)
    if has_pyodide:
        report.add("Pyodide in Node, one by one", "pyodide_single_us", 0)
        report.add(f"Pyodide in Node, {_PYODIDE_BATCH} at a time", "pyodide_batched_us", 0)
    peer = ("one kernel", "one_rate_per_s")
    report.add("two kernels, a macro that works", "two_rate_per_s", 100, peer=peer)
    report.add("two kernels, times the rate of one (goal: 1.7 and more)", "gain_count", 100)
    report.add(f"{calls}: memory of the host grows by", "few_grown_mb", None)
    report.add(
        f"{amount.many_calls:,} calls: memory of the host grows by",
        "many_grown_mb",
        None,
        peer=(calls, "few_grown_mb"),
    )
    report.notes += [
        "A call gets ten keys and 2 KB, and gives 1 KB. The engine's share is the wall time of the "
        "batch, items made and outcomes read, without the time inside the macro.",
        "The least of the rounds counts: host and kernel need a core each, and whatever else runs "
        "on the machine takes it from them. The kernel is niced.",
    ]


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    print(json.dumps({"grown_mb": grown_mb(int(sys.argv[1]))}))
