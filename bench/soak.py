"""`inkstand bench soak`: very many runs on one pool, most of which end badly, leave nothing behind.

A third ends well, a third is ended by its time limit, a third crashes. What is left afterwards is a
problem: processes, open fds, threads, files, memory.
"""

from __future__ import annotations

import gc
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import anyio

from bench.engine_runs import collecting, filled, words_of
from bench.errors import told_in
from bench.leaks import Holdings, holdings
from bench.machine import machine_facts
from bench.memory import rss_mb
from bench.processes import Budget
from bench.report import Report
from bench.soak_scripts import Case, thirds
from engine.kernel.events import RunFinished, RunRequest, RunStarted
from engine.kernel.pool import Pool
from engine.kernel.run import Run
from engine.kernel.sources import Forks, Source, Spares

_RUNS: Sequence[tuple[str, Callable[[], Source], int]] = (
    ("spare", Spares, 1_000),
    ("fork", Forks, 500),
)
_AT_ONCE = 2
"""As many as the pool keeps, so that both cores have work."""
_BUDGET_S = 210
_RUN_TIMEOUT_S = 20
_GROWTH_MB = 2.0
"""2 KB a run: more than the allocator's own ups and downs, which are 0.3 MB."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the soak runs, and where it looks for what was left."""

    own: Path
    """Holds the temporary, the state and the current folder; nobody else's business."""
    shared: Sequence[Path]
    """Folders that everybody uses."""
    mark: str
    """Begins the names of what scripts try to leave there."""

    def holdings(self) -> Holdings:
        return holdings([self.own], self.shared, self.mark)


@dataclass(slots=True)
class _Series:
    """Runs on one pool."""

    name: str
    cases: Sequence[Sequence[Case]]
    outcomes: Counter[str] = field(default_factory=Counter)
    surprises: Counter[str] = field(default_factory=Counter)
    """What did not end as it has to, in words; the rest is run all the same."""
    reacting_ms: list[float] = field(default_factory=list)
    """From the time limit to RunFinished, of scripts that an interrupt ends."""
    deaf_ms: list[float] = field(default_factory=list)
    """Likewise, of those that had to be killed."""

    def case(self, number: int) -> Case:
        third = self.cases[number % len(self.cases)]
        return third[number // len(self.cases) % len(third)]

    async def run(self, pool: Pool, case: Case) -> None:
        """Run a script to its end."""
        run = Run(RunRequest(case.source.encode(), "scripts/soak.py", "main", (), case.limits))
        started_s = 0.0
        with anyio.move_on_after(_RUN_TIMEOUT_S):
            async with anyio.create_task_group() as group:
                group.start_soon(run.execute, pool)
                async for event in run.events():
                    if isinstance(event, RunStarted):
                        started_s = time.perf_counter()
                    elif isinstance(event, RunFinished):
                        self._note(case, event, time.perf_counter() - started_s)
        if run.finished is None:
            self.surprises[f"that {case.name} was not over within {_RUN_TIMEOUT_S} s"] += 1

    def _note(self, case: Case, event: RunFinished, took_s: float) -> None:
        self.outcomes[event.outcome] += 1
        if event.outcome != case.outcome:
            words = f"that {case.name} ended as {words_of(event)}, and not as {case.outcome}"
            self.surprises[words] += 1
        elif case.limits.wall_s is not None:
            times = self.deaf_ms if case.is_deaf else self.reacting_ms
            times.append((took_s - case.limits.wall_s) * 1000)


def measure(runs: Sequence[tuple[str, Callable[[], Source], int]] = _RUNS) -> Report:
    """Run them all; what is left, and what ended otherwise than it has to, is a problem."""
    report = Report("soak", machine_facts())
    budget = Budget(_BUDGET_S)
    with _place() as place, collecting():
        for name, source, count in runs:
            series = _Series(name, thirds([place.own, *place.shared], place.mark))
            with told_in(report.problems):
                anyio.run(_soak, report, place, series, source, count, budget)
            report.problems += [
                f"{number} {name} runs of a script {words}"
                for words, number in series.surprises.items()
            ]
            report.keep(f"{name}_timeout_reacting_ms", series.reacting_ms)
            report.keep(f"{name}_timeout_deaf_ms", series.deaf_ms)
            for outcome, number in series.outcomes.items():
                report.keep(f"{name}_{outcome}_count", [number])
    _add_figures(report, [name for name, _, _ in runs])
    return report


@contextmanager
def _place() -> Iterator[_Place]:
    """Move this process's temporary, state and current folder to a place that is looked through."""
    shared = [Path(one) for one in (tempfile.gettempdir(), "/var/tmp", "/dev/shm", Path.cwd(), "/")]
    with tempfile.TemporaryDirectory(prefix="inkstand-bench-") as name:
        own = Path(name).resolve()
        folders = [own / part for part in ("tmp", "state", "current")]
        for folder in folders:
            folder.mkdir()
        before = Path.cwd(), tempfile.tempdir, os.environ.get("XDG_STATE_HOME")
        os.chdir(folders[2])
        tempfile.tempdir, os.environ["XDG_STATE_HOME"] = str(folders[0]), str(folders[1])
        try:
            yield _Place(own, list(dict.fromkeys(shared)), f"inkstand-soak-{os.getpid()}")
        finally:
            os.chdir(before[0])
            tempfile.tempdir = before[1]
            os.environ.pop("XDG_STATE_HOME")
            if before[2] is not None:
                os.environ["XDG_STATE_HOME"] = before[2]


async def _soak(
    report: Report,
    place: _Place,
    series: _Series,
    source: Callable[[], Source],
    count: int,
    budget: Budget,
) -> None:
    every_case = range(len(series.cases) * max(map(len, series.cases)))
    unmeasured = _Series(series.name, series.cases)
    # What is made once and kept, modules and the like, is there before anything is counted.
    async with Pool(_AT_ONCE, source=source()) as pool:
        await _run_all(unmeasured, pool, every_case, budget)
    closed_before = place.holdings()
    async with Pool(_AT_ONCE, source=source()) as pool:
        await _run_all(unmeasured, pool, every_case, budget)
        open_before, rss_before = await _look(place, pool)
        started_s = time.perf_counter()
        done = await _run_all(series, pool, range(count), budget)
        took_s = time.perf_counter() - started_s
        open_after, rss_after = await _look(place, pool)
    left = [
        *(f"{words} (pool open)" for words in open_after.more_than(open_before)),
        *(f"{words} (pool closed)" for words in place.holdings().more_than(closed_before)),
    ]
    if rss_after - rss_before > _GROWTH_MB:
        left.append(f"memory, {rss_before:.1f} -> {rss_after:.1f} MB")
    report.problems += [f"{done} runs in {series.name}s left behind: {words}" for words in left]
    report.keep(f"{series.name}_left_count", [len(left)])
    report.keep(f"{series.name}_rss_before_mb", [rss_before])
    report.keep(f"{series.name}_rss_after_mb", [rss_after])
    report.keep(f"{series.name}_per_s", [done / took_s])
    if done < count:
        report.notes.append(f"only {done} of {count} {series.name} runs fitted into {_BUDGET_S} s")


async def _run_all(series: _Series, pool: Pool, numbers: range, budget: Budget) -> int:
    """Run the scripts of those numbers, and return how many it were before the time was up."""
    waiting = iter(numbers)
    done = 0
    started_s = time.perf_counter()

    async def keep_running() -> None:
        nonlocal done
        for number in waiting:
            if not budget.allows(0):
                return
            await series.run(pool, series.case(number))
            done += 1
            if sys.stderr.isatty() and done % 10 == 0:
                rate = done / (time.perf_counter() - started_s)
                print(
                    f"\r{done} of {len(numbers)} runs in {series.name}s, {rate:.0f} a second ",
                    end="",
                    file=sys.stderr,
                    flush=True,
                )

    async with anyio.create_task_group() as group:
        for _ in range(_AT_ONCE):
            group.start_soon(keep_running)
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)
    return done


async def _look(place: _Place, pool: Pool) -> tuple[Holdings, float]:
    """Return what this process holds once the pool is full, and its memory in MB."""
    await filled(pool, _AT_ONCE)
    gc.collect()
    return place.holdings(), rss_mb()


def _add_figures(report: Report, names: Sequence[str]) -> None:
    for name in names:
        report.add(f"{name}: things left behind", f"{name}_left_count", None, goal=0)
        for outcome, words in (
            ("ok", "ended well"),
            ("timed_out", "ended by their time limit"),
            ("crashed", "crashed"),
            ("raised", "failed at their memory limit"),
        ):
            report.add(f"{name}: runs that {words}", f"{name}_{outcome}_count", None)
        report.add(f"{name}: runs", f"{name}_per_s", None)
        for sort in ("reacting", "deaf"):
            for percent in (50, 95):
                report.add(
                    f"{name}: time limit -> finished, {sort} script",
                    f"{name}_timeout_{sort}_ms",
                    percent,
                )
        report.add(f"{name}: memory of this process before", f"{name}_rss_before_mb", None)
        report.add(f"{name}: memory of this process after", f"{name}_rss_after_mb", None)
    report.notes += [
        f"{_AT_ONCE} runs at a time. A deaf script does not react to the interrupt: it is killed "
        "0.25 s later.",
        "Left behind: processes, open fds, threads, files in the temporary, state and current "
        "folder and in shared memory, or memory.",
    ]
