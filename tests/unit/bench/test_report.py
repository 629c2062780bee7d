"""Percentiles, verdicts, the table and the JSON of a bench."""

from __future__ import annotations

import json
from statistics import quantiles

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.report import Figure, Report, percentile, table


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [
        ([7.0], 95, 7.0),
        ([1.0, 2.0], 50, 1.5),
        ([3.0, 1.0, 2.0], 0, 1.0),
        ([3.0, 1.0, 2.0], 100, 3.0),
        ([10.0, 20.0, 30.0, 40.0], 95, 38.5),
        ([float(one) for one in range(101)], 95, 95.0),
    ],
)
def test_percentiles_are_interpolated(values: list[float], percent: float, expected: float) -> None:
    assert percentile(values, percent) == pytest.approx(expected)


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=50))
def test_percentiles_are_those_of_the_standard_library(values: list[float]) -> None:
    expected = quantiles(values, n=20, method="inclusive")
    found = [percentile(values, percent) for percent in range(5, 100, 5)]
    assert found == pytest.approx(expected)


@pytest.mark.parametrize(("values", "percent"), [([], 50), ([1.0], 101), ([1.0], -1)])
def test_what_has_no_percentile(values: list[float], percent: float) -> None:
    with pytest.raises(ValueError, match="no percentile"):
        percentile(values, percent)


@pytest.mark.parametrize(
    ("figure", "verdict"),
    [
        (Figure("x", 4, goal=5, limit=10), "ok"),
        (Figure("x", 7, goal=5, limit=10), "limit"),
        (Figure("x", 11, goal=5, limit=10), "--"),
        (Figure("x", 7, limit=10), "ok"),
        (Figure("x", 7, goal=5), "--"),
        (Figure("x", 7), ""),
        (Figure("x", 40, "per_s", goal=35), "ok"),
        (Figure("x", 30, "per_s", goal=35), "--"),
        (Figure("x", 9.5, "mb", goal=10), "ok"),
        (Figure("x", 130, "us", goal=120), "--"),
        (Figure("x", 1, "count", goal=0), "--"),
    ],
)
def test_verdicts(figure: Figure, verdict: str) -> None:
    assert figure.verdict == verdict


def test_table_is_aligned() -> None:
    figures = [
        Figure("run -> first byte, p95", 2.5, spread=(1, 3.25), goal=3, peer_name="py", peer=10),
        Figure("runs", 1234.5, "per_s", goal=35),
        Figure("start", 700, limit=1000, goal=500),
        Figure("left behind", 0, "count", goal=0),
    ]
    assert table(figures).splitlines() == [
        "figure                  measured    range    limit    goal  peer   ratio",
        "----------------------  --------  -------  -------  ------  -----  -----  -----",
        "run -> first byte, p95   2.50 ms  1..3.25             <= 3  py 10  0.25x  ok",
        "runs                     1234 /s                     >= 35                ok",
        "start                     700 ms           <= 1000  <= 500                limit",
        "left behind                    0                      <= 0                ok",
    ]


def test_figures_come_from_raw_values_and_the_peers_median() -> None:
    report = Report("x", {})
    report.keep("ours_ms", [1.0, 3.0])
    report.keep("ours_ms", [2.0])
    report.keep("peer_ms", [4.0, 8.0, 6.0])
    report.add("ours", "ours_ms", goal=5, peer=("peer", "peer_ms"))
    report.add("ours", "ours_ms", 95)
    report.add("never measured", "nothing_ms", goal=1)
    assert [figure.name for figure in report.figures] == ["ours, median", "ours, p95"]
    first = report.figures[0]
    assert (first.measured, first.spread, first.peer, first.ratio) == (2, (1, 3), 6, 2 / 6)
    assert report.figures[1].peer is None


def test_the_unit_is_the_end_of_the_raw_values_name() -> None:
    report = Report("x", {})
    units = {"a_ms": "ms", "a_us": "us", "a_per_s": "per_s", "a_mb": "mb", "a_count": "count"}
    for raw_name in units:
        report.keep(raw_name, [1.0])
        report.add(raw_name, raw_name)
    assert [figure.unit for figure in report.figures] == list(units.values())
    report.keep("a_mile", [1.0])
    with pytest.raises(ValueError, match="'a_mile' does not end with a unit: ms, us"):
        report.add("far", "a_mile")


def test_what_has_one_value_has_no_statistic() -> None:
    report = Report("x", {})
    report.keep("runs_per_s", [30.0, 40.0])
    report.add("runs", "runs_per_s", None, goal=35)
    assert report.figures == [Figure("runs", 40, "per_s", goal=35)]


def test_json_has_units_in_its_names_and_every_value() -> None:
    report = Report("x", {"cpu_count": 2})
    report.keep("runs_per_s", [30.0])
    report.keep("ours_ms", [1.23456])
    report.add("ours", "ours_ms", limit=2)
    report.add("runs", "runs_per_s", goal=35)
    report.problems.append("the marker did not come")
    found = json.loads(json.dumps(report.as_json()))
    assert found["raw"] == {"runs_per_s": [30.0], "ours_ms": [1.235]}
    assert found["machine"] == {"cpu_count": 2}
    assert found["problems"] == ["the marker did not come"]
    ours, runs = found["figures"]
    assert (ours["measured_ms"], ours["limit_ms"], ours["goal_ms"]) == (1.235, 2, None)
    assert (runs["measured_per_s"], runs["verdict"]) == (30, "--")
