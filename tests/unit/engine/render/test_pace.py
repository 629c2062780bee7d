"""Calls counted by time: in bounded memory, and none of them lost."""

from __future__ import annotations

import pytest

from engine.render.pace import MAX_STEPS, Pace


class Clock:
    """The time as a pace sees it."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def calls_of(pace: Pace, end_s: float) -> float:
    """Add up what the steps tell: speed times length."""
    steps = pace.steps()
    ends = [*(step.begins_s for step in steps[1:]), end_s]
    return sum(
        step.calls_per_s * (end - step.begins_s) for step, end in zip(steps, ends, strict=True)
    )


def test_nothing_counted_has_no_steps() -> None:
    assert Pace(Clock()).steps() == ()


@pytest.mark.parametrize("seconds", [0.3, 6.0, 6.1, 50.0, 3_000.0])
def test_steps_are_few_and_lose_no_call(seconds: float) -> None:
    clock = Clock()
    pace = Pace(clock)
    for _ in range(1_000):
        clock.now += seconds / 1_000
        pace.add(7)
    assert len(pace.steps()) <= MAX_STEPS
    assert calls_of(pace, seconds) == pytest.approx(7_000, rel=1e-6)


def test_a_steady_speed_is_told_as_one_whatever_the_steps() -> None:
    clock = Clock()
    pace = Pace(clock)
    for _ in range(20_000):
        clock.now += 0.01
        pace.add(5)
    speeds = [step.calls_per_s for step in pace.steps()]
    assert len(speeds) > MAX_STEPS / 3
    assert speeds == pytest.approx([500] * len(speeds), rel=0.02)


def test_a_pause_is_seen() -> None:
    clock = Clock()
    pace = Pace(clock)
    pace.add(10)
    clock.now += 2.0
    pace.add(10)
    clock.now += 0.04
    speeds = [step.calls_per_s for step in pace.steps()]
    assert speeds[0] > 0
    assert speeds[-1] > 0
    assert set(speeds[1:-1]) == {0}
