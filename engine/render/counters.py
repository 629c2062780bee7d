"""What each macro has cost: calls, times, failures, as data for a table and for JSON.

Owns the counting, in bounded memory however many calls there are. Who shows it must never enter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from engine.child.chunks import ItemFailed, Outcome

_SUB_BITS = 4
_SUB = 1 << _SUB_BITS
_BUCKETS = 64 * _SUB


class Histogram:
    """Durations in 16 buckets an octave: quantiles are within 3.2 % of the true ones. 8 KB."""

    __slots__ = ("_counts", "count", "max_ns", "total_ns")

    def __init__(self) -> None:
        self._counts = [0] * _BUCKETS
        self.count = 0
        self.total_ns = 0
        self.max_ns = 0

    def add(self, duration_ns: int) -> None:
        """Count a duration, 0 to 2^62 ns."""
        shift = duration_ns.bit_length() - _SUB_BITS - 1
        if shift < 0:
            shift = 0
        self._counts[(shift << _SUB_BITS) + (duration_ns >> shift)] += 1
        self.count += 1
        self.total_ns += duration_ns
        if duration_ns > self.max_ns:
            self.max_ns = duration_ns

    def quantile_ns(self, share: float) -> int:
        """Return a duration that this share of all are not above; 0 when there are none."""
        wanted = share * self.count
        seen = 0
        for index, count in enumerate(self._counts):
            seen += count
            if count and seen >= wanted:
                return min(_middle_of(index), self.max_ns)
        return 0


def _middle_of(index: int) -> int:
    if index < 2 * _SUB:
        return index
    shift = index // _SUB - 1
    return ((index - (shift << _SUB_BITS)) << shift) + (1 << shift >> 1)


@dataclass(frozen=True, slots=True)
class MacroFigures:
    """What one macro has cost until now. Times are those inside the macro."""

    name: str
    calls: int
    total_ms: float
    p50_us: float
    p95_us: float
    p99_us: float
    max_us: float
    errors: int
    """Calls that failed, timeouts included."""
    timeouts: int
    cache_hits: int
    """Calls that found the script executed already."""


class _Count:
    """One macro's."""

    __slots__ = ("errors", "loads", "timeouts", "times")

    def __init__(self) -> None:
        self.times = Histogram()
        self.errors = self.timeouts = self.loads = 0


class Counters:
    """Counts by macro. They outlive batches, until they are reset."""

    def __init__(self) -> None:
        self._counts: dict[str, _Count] = {}

    def record(self, names: Iterable[str], outcomes: Iterable[Outcome]) -> int:
        """Count what became of calls.

        Args:
            names: The macro of each.
            outcomes: One for each.

        Returns:
            How long they took together, in nanoseconds.
        """
        counts = self._counts
        all_ns = 0
        last: str | None = None
        count = _Count()
        for name, outcome in zip(names, outcomes, strict=True):
            if name != last:
                if name not in counts:
                    counts[name] = _Count()
                last, count = name, counts[name]
            duration_ns = outcome.duration_ns
            all_ns += duration_ns
            count.times.add(duration_ns)
            if type(outcome) is ItemFailed:
                count.errors += 1
                count.timeouts += outcome.kind == "timeout"
        return all_ns

    def record_loads(self, names: Iterable[str]) -> None:
        """Count scripts that had to be executed first."""
        for name in names:
            self._counts.setdefault(name, _Count()).loads += 1

    def reset(self) -> None:
        """Begin anew."""
        self._counts.clear()

    def figures(self) -> Sequence[MacroFigures]:
        """Return the figures of each macro that was called, the most expensive first."""
        found = [_figures(name, count) for name, count in self._counts.items()]
        return sorted(found, key=lambda one: (-one.total_ms, one.name))

    def as_json(self) -> list[Mapping[str, str | int | float]]:
        """Return the same as plain data."""
        return [asdict(one) for one in self.figures()]


def _figures(name: str, count: _Count) -> MacroFigures:
    times = count.times
    p50, p95, p99 = (times.quantile_ns(share) / 1000 for share in (0.5, 0.95, 0.99))
    return MacroFigures(
        name=name,
        calls=times.count,
        total_ms=times.total_ns / 1e6,
        p50_us=p50,
        p95_us=p95,
        p99_us=p99,
        max_us=times.max_ns / 1000,
        errors=count.errors,
        timeouts=count.timeouts,
        cache_hits=max(times.count - count.loads, 0),
    )
