"""A short real measurement of kernels: every figure is there; never how fast it was."""

from __future__ import annotations

import math
import subprocess
import sys

import pytest

from bench import engine_runs, kernel
from bench.errors import BenchError, told_in
from bench.memory import pss_mb, rss_mb
from bench.processes import environment, processes_per_s, time_first_byte
from bench.report import Report
from engine.kernel.pool import Pool
from engine.kernel.process import KernelError
from engine.kernel.sources import Spares

FEW = kernel.Amount(
    starts=1, runs=1, stops=1, calls=5, call_rounds=2, throughput_s=0.1, at_once=(1, 2)
)


def test_every_figure_is_measured_with_real_kernels() -> None:
    report = kernel.measure(FEW)
    # Who may not look into a kernel is told so; everything else is measured all the same.
    problems = [words for words in report.problems if "memory of kernels" not in words]
    assert problems == []
    assert all(math.isfinite(one) and one > 0 for values in report.raw.values() for one in values)
    assert len(report.raw["call_us"]) == 2 * 5
    expected = {
        *(f"{name}: start until ready, median" for name in ("spare", "fork")),
        *(f"{name}: lockdown, p95" for name in ("spare", "fork")),
        *(f"{name}: run -> first byte, p95" for name in ("spare", "fork")),
        *(f"{name}: kill in C code -> next run's first byte, p95" for name in ("spare", "fork")),
        "script calls the host, median",
    }
    found = {figure.name: figure for figure in report.figures}
    assert expected <= found.keys()
    for name in ("spare", "fork"):
        rates = [figure for title, figure in found.items() if title.startswith(f"{name}: fresh")]
        assert rates
        assert {(figure.unit, figure.goal) for figure in rates} == {
            ("per_s", {"spare": 35, "fork": 250}[name])
        }
        assert found[f"{name}: run -> first byte, median"].peer is not None
        if not report.problems:
            assert report.raw[f"{name}_pss_mb"]
    assert any("numpy" in note for note in report.notes)


def test_what_does_not_work_is_told_once_and_the_rest_is_measured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def start(self: Spares) -> None:
        raise KernelError("no kernels today")

    monkeypatch.setattr(Spares, "start", start)
    monkeypatch.setattr(engine_runs, "_FILL_TIMEOUT_S", 0.2)
    report = kernel.measure(FEW)
    assert "no kernels today" in report.problems
    assert len(report.problems) == len(set(report.problems))
    assert any(figure.name.startswith("fork: fresh runs") for figure in report.figures)


async def test_a_run_that_does_not_end_well_is_a_bench_error() -> None:
    problems: list[str] = []
    with told_in(problems):
        async with Pool(0) as pool:
            await engine_runs.time_stop(pool, 0, b"print('x'); raise ValueError('no')", stops=1)
    assert problems == ["a stopped run ended as raised: no"]


def test_only_bench_errors_are_told() -> None:
    problems: list[str] = []

    def fail(*errors: Exception) -> None:
        raise ExceptionGroup("several", errors)

    with told_in(problems):
        fail(BenchError("one"), ExceptionGroup("", [BenchError("two")]))
    assert problems == ["one", "two"]
    with pytest.raises(ExceptionGroup, match="several"), told_in(problems):
        fail(BenchError("one"), KeyError("ours"))


def test_memory_of_processes() -> None:
    assert 1 < rss_mb() < 10_000
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        assert 0 < pss_mb(process.pid) < 1_000
    with pytest.raises(BenchError, match="memory of kernels cannot be measured"):
        pss_mb(process.pid)


def test_peers(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("peers")
    env = environment(folder, folder)
    printing = [sys.executable, "-c", "print('x')"]
    assert time_first_byte(printing, env=env, cwd=folder) > 0
    with pytest.raises(BenchError, match="wrote nothing"):
        time_first_byte([sys.executable, "-c", "pass"], env=env, cwd=folder)
    assert processes_per_s([sys.executable, "-c", "pass"], 2, 0.1, env=env, cwd=folder) > 0


def test_a_report_without_values_has_no_figures() -> None:
    report = Report("kernel", {})
    kernel._add_figures(report, FEW)
    assert report.figures == []
