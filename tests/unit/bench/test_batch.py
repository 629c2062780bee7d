"""A short real measurement of batches: every figure is there; never how fast it was."""

from __future__ import annotations

import math

import pytest

from bench import batch
from bench.errors import BenchError

FEW = batch.Amount(calls=300, many_calls=600, working_calls=20, rounds=2)


def test_every_figure_is_measured_with_real_kernels() -> None:
    report = batch.measure(FEW)
    assert report.problems == []
    assert all(math.isfinite(one) and one > 0 for values in report.raw.values() for one in values)
    assert len(report.raw["share_us"]) == 2
    found = {figure.name: figure for figure in report.figures}
    assert found["300 calls, one kernel: engine's share of a call, min"].goal == 10
    assert "two kernels, times the rate of one (goal: 1.7 and more), max" in found
    assert found["600 calls: memory of the host grows by"].peer is not None
    assert "the macro in a plain loop, contexts made in it, min" in found


def test_without_node_the_report_says_that_a_peer_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    report = batch.measure(FEW)
    assert any("no `node`" in note for note in report.notes)


def test_without_the_package_the_report_says_how_to_have_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(command: list[str], given: str) -> str:
        if command[0] == "node":
            raise BenchError("node failed: Error: Cannot find module 'pyodide'")
        return run(command, given)

    run = batch._run
    monkeypatch.setattr("shutil.which", lambda name: "node")
    monkeypatch.setattr(batch, "_run", fail)
    report = batch.measure(FEW)
    assert report.problems == []
    assert any("npm install pyodide" in note for note in report.notes)


def test_a_macro_that_fails_is_told_and_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "MACRO", "def render(context):\n    return None\n")
    report = batch.measure(FEW)
    (problem,) = report.problems
    assert "ItemFailed" in problem
