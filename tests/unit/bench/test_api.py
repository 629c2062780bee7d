"""A short real measurement of the API: every figure is there; never how fast it was."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench import api
from bench.errors import BenchError
from bench.report import Report

CAN_LOOK = os.geteuid() == 0
"""Into kernels, which their lockdown keeps others out of."""

FEW = api.Amount(
    posts=600, rounds=2, calls=5, gets=3, runs=1, commands=1, buffers=1 if CAN_LOOK else 0
)
"""More posts than one page of `iter` has."""


def test_every_figure_is_measured_with_real_kernels() -> None:
    state = os.environ["XDG_STATE_HOME"]
    report = api.measure(FEW)
    assert report.problems == []
    assert os.environ["XDG_STATE_HOME"] == state
    assert all(math.isfinite(one) and one > 0 for values in report.raw.values() for one in values)
    assert len(report.raw["call_us"]) == len(report.raw["pipe_us"]) == 2 * 5
    assert len(report.raw["get_ms"]) == len(report.raw["sqlite_get_ms"]) == 2 * 3
    assert len(report.raw["first_ms"]) == len(report.raw["iter_ms"]) == 2
    found = {figure.name: figure for figure in report.figures}
    memory = found.pop("a buffer of 64 MiB: memory of both together grows, PSS, median", None)
    assert (memory is not None) == CAN_LOOK
    if memory is not None:
        assert memory.goal == 74
        assert 60 < memory.measured < 100, "once, and not once on each side"
        assert report.raw["buffer_kernel_mb"][0] > 60, "all of it is there for the script"
        assert report.raw["buffer_host_mb"][0] > 60, "and for the host"
    assert {name: figure.goal for name, figure in found.items() if figure.goal} == {
        "a call that does nearly nothing, median": 120,
        "a call that does nearly nothing, p99 of a run, median": 1500,
        "600 posts by app.posts.iter, slug, title, tags, median": 150,
    }
    assert all(figure.peer for figure in found.values() if figure.goal)
    assert "first call in a fresh `inkstand run`, median" in found
    for what in ("without app", "that imports app", "that makes one call"):
        assert f"a run {what} -> finished, median" in found
        assert f"a run {what} -> CPU of the kernel, median" in found


def test_a_script_that_fails_is_told_and_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "_GETS", "app.posts.get('nowhere')\n")
    report = api.measure(FEW)
    (problem,) = report.problems
    assert problem.startswith("a script that uses the API ended as raised: ")
    assert "nowhere" in problem
    assert "get_ms" not in report.raw
    assert "a call that does nearly nothing, median" in [one.name for one in report.figures]


def test_a_program_that_fails_is_told_in_its_words(tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    assert api._output_of([sys.executable, "-c", "print('said')"], root) == "said\n"
    with pytest.raises(BenchError, match=r"failed: no index today$"):
        api._output_of([sys.executable, "-c", "raise SystemExit('no index today')"], root)


def test_the_pipe_is_there_and_back() -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "bench.peers.pipe", "3"], capture_output=True, check=True
    ).stdout
    times_us = json.loads(printed)
    assert len(times_us) == 3
    assert min(times_us) > 0


def test_a_report_without_values_has_no_figures() -> None:
    report = Report("api", {})
    api._add_figures(report, FEW)
    assert report.figures == []
