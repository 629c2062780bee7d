"""Plots and figures of an expansion as characters."""

from __future__ import annotations

import pytest

from engine.render.counters import MacroFigures
from engine.render.pace import PaceStep
from tui.expansion_words import COLUMNS, duration, heading, in_order, name_cells, row
from tui.screens.expansion_plot import duration_bars, pace_plot


def figures(name: str, *us: float, calls: int = 10) -> MacroFigures:
    p50, p95, p99, most = us or (0.0, 0.0, 0.0, 0.0)
    return MacroFigures(name, calls, p50 * calls / 1000, p50, p95, p99, most, 0, 0, calls - 1)


def steps(*speeds: float) -> list[PaceStep]:
    return [PaceStep(at * 1.0, speed) for at, speed in enumerate(speeds)]


def plain(lines: list[object]) -> list[str]:
    return [getattr(line, "plain", "") for line in lines]


def test_a_speed_is_a_column_as_high_as_it_is_fast() -> None:
    lines = plain([*pace_plot(steps(4, 2, 0, 1), 4.0, 9 + 4, 4)])
    assert [line[9:] for line in lines[:4]] == ["█   ", "█   ", "██  ", "██ █"]
    assert lines[0].startswith("     4/s│")
    assert lines[3].startswith("       0│")


def test_many_steps_are_averaged_and_few_are_stretched() -> None:
    many = plain([*pace_plot(steps(*([6, 2] * 50)), 100.0, 9 + 10, 1)])
    assert many[0] == "     4/s│" + "█" * 10
    few = plain([*pace_plot(steps(8, 4), 2.0, 9 + 10, 1)])
    assert few[0] == "     8/s│" + "█" * 5 + "▄" * 5


def test_little_is_not_nothing() -> None:
    lines = plain([*pace_plot(steps(10_000, 1), 2.0, 9 + 2, 2)])
    assert lines[1].endswith("█▁")


@pytest.mark.parametrize("width", [20, 40, 78, 200])
def test_plots_fit_their_width(width: int) -> None:
    bars = duration_bars(
        [figures("a_macro_with_a_long_name", 50, 60, 70, 9e6), figures("b", 1, 1, 1, 1)], width
    )
    for line in [*bars, *pace_plot(steps(1, 1e6, 3), 3.0, width, 5)]:
        assert line.cell_len <= width


def test_bars_go_on_from_quantile_to_quantile() -> None:
    (axis, bar) = plain([*duration_bars([figures("x", 10, 100, 1_000, 10_000)], 2 + 60)])
    # 10us begins the axis, so the bar up to it is the one cell that every bar has.
    assert bar == "x " + "█" + "▓" * 19 + "▒" * 20 + "░" * 20
    assert [word in axis for word in ("10us", "100us", "1ms", "10ms")] == [True] * 4


def test_no_calls_no_plots() -> None:
    assert duration_bars([], 80) == []
    assert pace_plot([], 1.0, 80, 5) == []
    assert pace_plot(steps(1), 0.0, 80, 5) == []
    assert len(duration_bars([figures("zero")], 80)) == 2


def test_names_of_macros_steer_nothing() -> None:
    (_, bar) = plain([*duration_bars([figures("a\x1b[2Jb", 1, 1, 1, 1)], 60)])
    assert "\x1b" not in bar


@pytest.mark.parametrize(
    ("us", "words"),
    [
        (0, "0us"),
        (999.4, "999us"),
        (999.6, "1.00ms"),
        (12_345, "12.3ms"),
        (99_960, "100ms"),
        (999_600, "1.00s"),
        (10_000_000, "10.0s"),
        (3_600_000_000, "3600s"),
    ],
)
def test_durations_are_short(us: float, words: str) -> None:
    assert duration(us) == words
    assert len(words) <= 6


def test_the_table_is_sorted_by_any_column() -> None:
    some = [figures("b", 5, 6, 7, 8, calls=3), figures("a", 5, 9, 9, 9), figures("c", 1, 2, 3, 4)]
    assert [one.name for one in in_order(some, 0, is_up=True)] == ["a", "b", "c"]
    assert [one.name for one in in_order(some, 1, is_up=False)] == ["a", "c", "b"]
    assert [one.name for one in in_order(some, 4, is_up=True)] == ["c", "b", "a"]


def test_the_table_fits_a_small_terminal() -> None:
    wide = MacroFigures(
        "a_macro_with_a_very_long_name", 9_999_999, 3.6e6, 999.4, 1e6, 1e7, 1e9, 99_999, 9_999, 9
    )
    names = name_cells([wide], 77)
    assert len(heading(names, 2)) <= 77
    assert len(row(wide, names)) <= 77
    assert row(wide, names).startswith("a_macro_wit… ")
    assert len(heading(names, 2).split()) == len(COLUMNS)
    assert "▼total" in heading(names, 2)
    assert "▲macro" in heading(names, 0, is_up=True)
