"""`inkstand bench kernel`: kernels alone, without screen and project, from start to kill.

Spares and forks in turn, and in turn with a process of `python -c` per run, which has no sandbox.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import anyio
import anyio.to_thread

from bench import engine_runs
from bench.engine_runs import RUNS_AWAY, STAYS_IN_C, collecting, filled, time_calls, time_run
from bench.errors import BenchError, told_in
from bench.leaks import descendants
from bench.machine import machine_facts
from bench.memory import pss_mb
from bench.processes import Spent, environment, processes_per_s, spend, time_first_byte
from bench.report import Report
from engine.kernel.kernels import WARM_FORKS, WARM_SPARES
from engine.kernel.pool import Pool
from engine.kernel.process import Kernel, KernelError
from engine.kernel.sources import Forks, Source, Spares

_AT_ONCE = (1, 2, 4, 8)
"""How many runs at a time are tried for the most of them in a second."""
_PEER_PASSES = (sys.executable, "-c", "pass")
_PEER_PRINTS = (sys.executable, "-c", "print('x', flush=True)")
_PEER = "python -c"
_REST_S = 0.05
"""Behind an end: what the system still has to do for it would disturb what comes next."""


@dataclass(frozen=True, slots=True)
class Amount:
    """How much is measured."""

    starts: int = 30
    runs: int = 100
    stops: int = 15
    calls: int = 2_000
    call_rounds: int = 3
    throughput_s: float = 2.0
    at_once: Sequence[int] = _AT_ONCE


@dataclass(frozen=True, slots=True)
class _Peer:
    """Where whole processes are run."""

    env: dict[str, str]
    cwd: Path

    async def spend(self, argv: Sequence[str]) -> Spent:
        return await anyio.to_thread.run_sync(lambda: spend(argv, env=self.env, cwd=self.cwd))

    async def first_byte_ms(self, argv: Sequence[str]) -> float:
        return await anyio.to_thread.run_sync(
            lambda: time_first_byte(argv, env=self.env, cwd=self.cwd)
        )

    async def per_s(self, argv: Sequence[str], at_once: int, duration_s: float) -> float:
        return await anyio.to_thread.run_sync(
            lambda: processes_per_s(argv, at_once, duration_s, env=self.env, cwd=self.cwd)
        )


Part = Callable[[Report, _Peer, Amount], Awaitable[None]]


def measure(amount: Amount = Amount()) -> Report:
    """Measure; what did not work is in the report's problems."""
    report = Report("kernel", machine_facts())
    parts: Sequence[Part] = (
        _time_starts,
        _weigh,
        _time_runs,
        _time_stops,
        _time_calls,
        _count_spares,
        _count_forks,
    )
    with tempfile.TemporaryDirectory(prefix="inkstand-bench-") as name, collecting():
        folder = Path(name).resolve()
        peer = _Peer(environment(folder, folder), folder)
        for part in parts:
            with told_in(report.problems):
                anyio.run(part, report, peer, amount)
    report.problems[:] = dict.fromkeys(report.problems)
    _add_figures(report, amount)
    return report


async def _time_starts(report: Report, peer: _Peer, amount: Amount) -> None:
    """One kernel at a time, until it is ready, and then ended."""
    spares, forks = Spares(), Forks()
    try:
        for source in (spares, forks):  # unmeasured: imports, and the zygote
            await _end(await _begin(source))
        for _ in range(amount.starts):
            for name, source in (("spare", spares), ("fork", forks)):
                asked_s = anyio.current_time()
                kernel = await _begin(source)
                report.keep(f"{name}_start_ms", [(anyio.current_time() - asked_s) * 1000])
                report.keep(f"{name}_lockdown_ms", [kernel.ready.lockdown_s * 1000])
                await _end(kernel)
            spent = await peer.spend(_PEER_PASSES)
            report.keep("peer_ms", [spent.wall_ms])
            report.keep("peer_cpu_ms", [spent.cpu_ms])
    finally:
        await forks.close()


async def _weigh(report: Report, peer: _Peer, amount: Amount) -> None:
    """The memory of kernels that wait for work, with all their processes."""
    forks = Forks()
    spare = await _begin(Spares())
    try:
        await anyio.sleep(4 * _REST_S)
        alone = [pss_mb(pid) for pid in descendants()]
        report.keep("spare_processes_count", [len(alone)])
        report.keep("spare_pss_mb", [sum(alone)])
    finally:
        await _end(spare)
    kernels: list[Kernel] = []
    try:
        for _ in range(WARM_FORKS):
            kernels.append(await _begin(forks))
        await anyio.sleep(4 * _REST_S)
        forked = {kernel.ready.pid for kernel in kernels}
        report.keep("fork_pss_mb", [pss_mb(pid) for pid in forked])
        report.keep("zygote_pss_mb", [sum(pss_mb(pid) for pid in {*descendants()} - forked)])
    finally:
        for kernel in kernels:
            await _end(kernel)
        await forks.close()


async def _begin(source: Source) -> Kernel:
    try:
        return await source.start()
    except KernelError as error:
        raise BenchError(str(error)) from error


async def _end(kernel: Kernel) -> None:
    await kernel.end()
    kernel.close()
    await anyio.sleep(_REST_S)


async def _time_runs(report: Report, peer: _Peer, amount: Amount) -> None:
    """Runs with a warm pool. The other pool is idle, and full."""
    async with Pool(WARM_SPARES) as spares, Pool(WARM_FORKS, source=Forks()) as forks:
        pools = {"spare": spares, "fork": forks}
        for pool in pools.values():
            await time_run(pool)  # unmeasured: imports and the first process
        for _ in range(amount.runs):
            for name, pool in pools.items():
                await _full(spares, forks)
                times = await time_run(pool)
                report.keep(f"{name}_first_byte_ms", [times.first_byte_ms])
                report.keep(f"{name}_finished_ms", [times.finished_ms])
                report.keep(f"{name}_cpu_ms", [times.cpu_ms])
            await _full(spares, forks)
            report.keep("peer_first_byte_ms", [await peer.first_byte_ms(_PEER_PRINTS)])


async def _full(spares: Pool, forks: Pool) -> None:
    await filled(spares, WARM_SPARES)
    await filled(forks, WARM_FORKS)


async def _time_stops(report: Report, peer: _Peer, amount: Amount) -> None:
    """Runaway scripts, stopped as a person would, and the next run at once."""
    async with Pool(WARM_SPARES) as spares, Pool(WARM_FORKS, source=Forks()) as forks:
        for _ in range(amount.stops):
            for name, pool, size in (("spare", spares, WARM_SPARES), ("fork", forks, WARM_FORKS)):
                for what, source, stops in (("stop", RUNS_AWAY, 1), ("kill", STAYS_IN_C, 2)):
                    times = await engine_runs.time_stop(pool, size, source, stops=stops)
                    report.keep(f"{name}_{what}_finished_ms", [times.finished_ms])
                    report.keep(f"{name}_{what}_next_ms", [times.next_ms])


async def _time_calls(report: Report, peer: _Peer, amount: Amount) -> None:
    """Calls from a script to a function of the host that gives back what it gets."""
    async with Pool(WARM_SPARES) as pool:
        for _ in range(amount.call_rounds):
            await filled(pool, WARM_SPARES)
            report.keep("call_us", await time_calls(pool, amount.calls))


async def _count_spares(report: Report, peer: _Peer, amount: Amount) -> None:
    for at_once in amount.at_once:
        async with Pool(WARM_SPARES) as pool:
            rate = await _rate(pool, at_once, amount)
        report.keep(f"spare_{at_once}_per_s", [rate])
        processes = await peer.per_s(_PEER_PASSES, at_once, amount.throughput_s / 2)
        report.keep(f"peer_{at_once}_per_s", [processes])


async def _count_forks(report: Report, peer: _Peer, amount: Amount) -> None:
    for at_once in amount.at_once:
        async with Pool(WARM_FORKS, source=Forks()) as pool:
            report.keep(f"fork_{at_once}_per_s", [await _rate(pool, at_once, amount)])


async def _rate(pool: Pool, at_once: int, amount: Amount) -> float:
    # What was there beforehand came for nothing: as many runs as that are not measured.
    return await engine_runs.runs_per_s(
        pool, at_once, amount.throughput_s, unmeasured=WARM_SPARES + at_once
    )


def _add_figures(report: Report, amount: Amount) -> None:
    process = (_PEER, "peer_ms")
    printing = (_PEER, "peer_first_byte_ms")
    for name in ("spare", "fork"):
        report.add(f"{name}: start until ready", f"{name}_start_ms", peer=process)
        report.add(f"{name}: start until ready", f"{name}_start_ms", 95, peer=process)
    for name in ("spare", "fork"):
        report.add(f"{name}: lockdown", f"{name}_lockdown_ms")
        report.add(f"{name}: lockdown", f"{name}_lockdown_ms", 95, goal=1.5)
    for name in ("spare", "fork"):
        what = f"{name}: run -> first byte"
        report.add(what, f"{name}_first_byte_ms", goal=1, peer=printing)
        report.add(what, f"{name}_first_byte_ms", 95, goal=3, peer=printing)
        report.add(f"{name}: run -> finished", f"{name}_finished_ms", peer=process)
        report.add(f"{name}: CPU from start to end", f"{name}_cpu_ms", peer=(_PEER, "peer_cpu_ms"))
    for name in ("spare", "fork"):
        for what, words in (("stop", "stop"), ("kill", "kill in C code")):
            report.add(f"{name}: {words} -> finished", f"{name}_{what}_finished_ms")
            next_byte = f"{name}: {words} -> next run's first byte"
            report.add(next_byte, f"{name}_{what}_next_ms", goal=10)
            report.add(next_byte, f"{name}_{what}_next_ms", 95, goal=10)
    report.add("script calls the host", "call_us", goal=120)
    report.add("script calls the host", "call_us", 95)
    for name, goal in (("spare", 35), ("fork", 250)):
        best = max(amount.at_once, key=lambda n: report.raw.get(f"{name}_{n}_per_s", [0.0])[-1])
        for at_once, words in {2: "", best: " (most)"}.items():
            report.add(
                f"{name}: fresh runs, {at_once} at a time{words}",
                f"{name}_{at_once}_per_s",
                None,
                goal=goal,
                peer=(_PEER, f"peer_{at_once}_per_s"),
            )
    has_numpy = find_spec("numpy") is not None
    memory_goal = 20 if has_numpy else 10
    report.add("spare: idle memory", "spare_pss_mb", None, goal=memory_goal)
    report.add(f"fork: idle memory, each of {WARM_FORKS}", "fork_pss_mb", 100, goal=memory_goal)
    report.add(f"zygote: memory beside {WARM_FORKS} forks", "zygote_pss_mb", None)
    report.notes += [
        f"{_PEER}: a process of this interpreter per run, with no sandbox: 'pass' to its end, or "
        "until the first byte of what it prints.",
        f"Pools keep {WARM_SPARES} spares or {WARM_FORKS} forks, as an open project does, and are "
        "full before each run.",
        "Memory: proportional set size (what is shared counts in parts) of all processes. CPU time "
        "is disturbed less than the clock where others use the machine.",
        "numpy is installed: kernels import it before the lockdown."
        if has_numpy
        else "numpy is not installed here; where it is, kernels import it before the lockdown, "
        "start later and are larger.",
    ]
