"""What a bench found: figures, their table and their JSON. Measuring must never enter."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Unit: TypeAlias = Literal["ms", "us", "per_s", "mb", "count"]
"""`mb` are millions of bytes. A name of raw values ends with its unit, behind `_`."""
Verdict: TypeAlias = Literal["ok", "limit", "--", ""]
JsonValue: TypeAlias = "str | float | Sequence[JsonValue] | Mapping[str, JsonValue] | None"

_UNIT_WORDS: Mapping[Unit, str] = {"ms": "ms", "us": "us", "per_s": "/s", "mb": "MB", "count": ""}


def unit_of(raw_name: str) -> Unit:
    """Return the unit that a name of raw values ends with.

    Raises:
        ValueError: It ends with none.
    """
    for unit in _UNIT_WORDS:
        if raw_name.endswith(f"_{unit}"):
            return unit
    raise ValueError(f"{raw_name!r} does not end with a unit: {', '.join(_UNIT_WORDS)}")


def percentile(values: Sequence[float], percent: float) -> float:
    """Compute a percentile, interpolating linearly between the two nearest values.

    Args:
        values: At least one, in any order.
        percent: 0 to 100.

    Raises:
        ValueError: There are no values, or `percent` is out of range.
    """
    if not values or not 0 <= percent <= 100:
        raise ValueError(f"no percentile {percent} of {len(values)} values")
    ordered = sorted(values)
    place = (len(ordered) - 1) * percent / 100
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the table."""

    name: str
    """What was measured, with its statistic: `run key -> first line, p95`."""
    measured: float
    unit: Unit = "ms"
    spread: tuple[float, float] | None = None
    """The least and the greatest of the values behind it."""
    goal: float | None = None
    """What the project aims at; see its goals in numbers."""
    limit: float | None = None
    """What must hold on any machine of today."""
    peer_name: str = ""
    peer: float | None = None
    """The peer's number from the same run."""

    @property
    def ratio(self) -> float | None:
        """How many times the peer's number this is."""
        return self.measured / self.peer if self.peer else None

    @property
    def verdict(self) -> Verdict:
        """`ok`: the goal is met (the limit, where there is no goal); `limit`: only the limit is."""
        if self.goal is not None and self._holds(self.goal):
            return "ok"
        if self.limit is not None and self._holds(self.limit):
            return "ok" if self.goal is None else "limit"
        return "" if self.goal is None and self.limit is None else "--"

    def _holds(self, bound: float) -> bool:
        return self.measured >= bound if self.unit == "per_s" else self.measured <= bound


_STATISTICS: Mapping[float, str] = {0: "min", 50: "median", 100: "max"}


@dataclass(slots=True)
class Report:
    """Everything one bench found."""

    bench: str
    machine: Mapping[str, JsonValue]
    figures: list[Figure] = field(default_factory=list)
    raw: dict[str, list[float]] = field(default_factory=dict)
    """Every single value, by a name that ends with its unit."""
    notes: list[str] = field(default_factory=list)
    """What to know when reading the figures, in words."""
    problems: list[str] = field(default_factory=list)
    """What did not work, in words."""

    def keep(self, name: str, values: Sequence[float]) -> list[float]:
        """Keep raw values, adding to those of the same name, and return all of them.

        Args:
            name: Ends with the unit, e.g. `_ms`.
            values: What was measured.
        """
        kept = self.raw.setdefault(name, [])
        kept += values
        return kept

    def add(
        self,
        name: str,
        raw_name: str,
        percent: float | None = 50,
        *,
        goal: float | None = None,
        limit: float | None = None,
        peer: tuple[str, str] | None = None,
    ) -> None:
        """Add a figure that is a percentile of raw values; nothing when there are no such values.

        Args:
            name: What was measured, without the statistic.
            raw_name: Which raw values, a key of `raw`.
            percent: Which percentile; None for what has one value, the last that was kept.
            goal: See `Figure`.
            limit: See `Figure`.
            peer: What the peer is called in the table, and its raw values, a key of `raw`, whose
                median is compared.
        """
        values = self.raw.get(raw_name, [])
        if not values:
            return
        peer_name, peer_raw = peer or ("", "")
        peer_values = self.raw.get(peer_raw, [])
        if percent is not None:
            name += f", {_STATISTICS.get(percent, f'p{percent:g}')}"
        self.figures.append(
            Figure(
                name,
                values[-1] if percent is None else percentile(values, percent),
                unit_of(raw_name),
                None if percent is None else (min(values), max(values)),
                goal,
                limit,
                peer_name if peer_values else "",
                percentile(peer_values, 50) if peer_values else None,
            )
        )

    def as_json(self) -> dict[str, JsonValue]:
        """Return everything as plain data, units in the names."""
        figures: list[JsonValue] = []
        for figure in self.figures:
            unit = figure.unit
            figures.append(
                {
                    "name": figure.name,
                    f"measured_{unit}": _rounded(figure.measured),
                    f"least_{unit}": _rounded(figure.spread[0]) if figure.spread else None,
                    f"greatest_{unit}": _rounded(figure.spread[1]) if figure.spread else None,
                    f"goal_{unit}": figure.goal,
                    f"limit_{unit}": figure.limit,
                    "peer": figure.peer_name,
                    f"peer_{unit}": _rounded(figure.peer),
                    "ratio": _rounded(figure.ratio),
                    "verdict": figure.verdict,
                }
            )
        return {
            "bench": self.bench,
            "machine": self.machine,
            "figures": figures,
            "raw": {name: [round(one, 3) for one in values] for name, values in self.raw.items()},
            "notes": self.notes,
            "problems": self.problems,
        }


_COLUMNS = ("figure", "measured", "range", "limit", "goal", "peer", "ratio", "")


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as lines of text, aligned, with a line of titles."""
    rows = [_COLUMNS, *(_row(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    # Words to the left, numbers to the right.
    is_left = [column in (0, 5, 7) for column in range(len(_COLUMNS))]
    lines = [
        "  ".join(
            cell.ljust(width) if left else cell.rjust(width)
            for cell, width, left in zip(row, widths, is_left, strict=True)
        ).rstrip()
        for row in rows
    ]
    lines.insert(1, "  ".join("-" * width for width in widths).rstrip())
    return "\n".join(lines)


def _row(figure: Figure) -> tuple[str, ...]:
    unit = _UNIT_WORDS[figure.unit]
    sign = ">=" if figure.unit == "per_s" else "<="
    spread = figure.spread
    return (
        figure.name,
        f"{_number(figure.measured)} {unit}".rstrip(),
        f"{_number(spread[0])}..{_number(spread[1])}" if spread else "",
        f"{sign} {_number(figure.limit)}" if figure.limit is not None else "",
        f"{sign} {_number(figure.goal)}" if figure.goal is not None else "",
        f"{figure.peer_name} {_number(figure.peer)}" if figure.peer is not None else "",
        f"{figure.ratio:.2f}x" if figure.ratio is not None else "",
        figure.verdict,
    )


def _number(value: float) -> str:
    """Return a number with about three digits that mean something."""
    if value == int(value) and abs(value) < 1e6:
        return str(int(value))
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
