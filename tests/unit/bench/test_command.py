"""The entry of `inkstand bench`."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from importlib import import_module

import pytest

from bench import command
from bench.errors import BenchError
from bench.report import Report
from tui import cli


def report_of(problems: list[str]) -> Callable[[], Report]:
    def measure() -> Report:
        machine = dict.fromkeys(
            ("cpu", "cpu_count", "usable_cpu_count", "python", "textual", "load_before_1_min"), "x"
        )
        report = Report("start", machine, problems=problems, notes=["a note"])
        report.keep("some_ms", [1.0, 2.0])
        report.add("some figure", "some_ms", goal=1)
        return report

    return measure


@pytest.mark.parametrize("name", command.BENCHES)
def test_every_bench_is_there_and_offered(name: str) -> None:
    module, _, function = command.BENCHES[name].partition(":")
    assert callable(getattr(import_module(module), function))
    assert cli._parser().parse_args(["bench", name]).name == name


def test_slowness_is_no_failure_and_the_table_tells_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("bench.start.measure", report_of([]))
    assert command.bench("start", is_json=False) == 0
    shown = capsys.readouterr().out
    assert "some figure, median" in shown
    assert "--" in shown
    assert "a note" in shown


def test_json_is_one_object_and_a_problem_is_told_in_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("bench.start.measure", report_of(["the marker did not come"]))
    assert command.bench("start", is_json=True) == 1
    shown = capsys.readouterr()
    assert json.loads(shown.out)["raw"] == {"some_ms": [1, 2]}
    assert shown.err == "inkstand: bench start: the marker did not come\n"


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (BenchError("no command"), 1, "inkstand: bench start: no command\n"),
        (OSError("disk full"), 1, "inkstand: bench start: disk full\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_what_ends_a_bench_early(
    error: BaseException,
    code: int,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def measure() -> Report:
        raise error

    monkeypatch.setattr("bench.start.measure", measure)
    assert command.bench("start", is_json=True) == code
    assert capsys.readouterr().err == words


def test_a_polite_kill_lets_the_bench_clean_up(monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[str] = []

    def measure() -> Report:
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            left.append("cleaned up")
        raise AssertionError("it went on")

    monkeypatch.setattr("bench.start.measure", measure)
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit, match="143"):
        command.bench("start", is_json=True)
    assert left == ["cleaned up"]
    assert signal.getsignal(signal.SIGTERM) is before


def test_an_unknown_bench_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.bench("nothing", is_json=False) == 2
    assert "there are start, run, kernel, soak" in capsys.readouterr().err
