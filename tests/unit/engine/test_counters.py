"""Counters of macros: exact sums, quantiles within their buckets, bounded memory."""

from __future__ import annotations

import json
import random

import pytest

from engine.child.chunks import ItemFailed, Outcome, Rendered
from engine.child.protocol import ScriptError
from engine.render.counters import Counters, Histogram


@pytest.mark.parametrize("scale", [1, 1_000, 10_000_000_000])
def test_quantiles_are_close(scale: int) -> None:
    generator = random.Random(7)
    values = [int(generator.expovariate(1 / 500) * scale) for _ in range(5_000)]
    histogram = Histogram()
    for value in values:
        histogram.add(value)
    values.sort()
    for share in (0.5, 0.95, 0.99):
        true = values[int(share * len(values)) - 1]
        assert histogram.quantile_ns(share) == pytest.approx(true, rel=0.04, abs=1)
    assert histogram.quantile_ns(1.0) == pytest.approx(values[-1], rel=0.04)
    assert (histogram.count, histogram.max_ns) == (5_000, values[-1])
    assert histogram.total_ns == sum(values)


@pytest.mark.parametrize("value", [0, 1, 15, 16, 31, 32, 33, 1_000_003, (1 << 62) - 1])
def test_every_duration_that_a_kernel_may_tell_has_a_bucket(value: int) -> None:
    histogram = Histogram()
    histogram.add(value)
    assert histogram.quantile_ns(0.5) == pytest.approx(value, rel=0.032)


def test_nothing_has_no_quantile() -> None:
    assert Histogram().quantile_ns(0.5) == 0


def test_calls_failures_timeouts_and_hits_by_macro() -> None:
    counters = Counters()
    error = ScriptError("ValueError", "no")
    outcomes: list[Outcome] = [
        Rendered("", 2_000_000),
        ItemFailed("raised", error, "", 1_000_000),
        ItemFailed("timeout", error, "", 9_000_000),
        Rendered("", 1_000),
    ]
    assert counters.record(["a", "a", "a", "b"], outcomes) == 12_001_000
    counters.record_loads(["a", "b"])
    first, second = counters.figures()
    assert (first.name, first.calls, first.errors, first.timeouts) == ("a", 3, 2, 1)
    assert (first.total_ms, first.max_us, first.cache_hits) == (12.0, 9_000.0, 2)
    assert (second.name, second.calls, second.cache_hits) == ("b", 1, 0)
    assert json.loads(json.dumps(counters.as_json()))[0]["name"] == "a"
    counters.reset()
    assert counters.figures() == []
