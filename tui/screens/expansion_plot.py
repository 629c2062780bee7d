"""Plots of an expansion in characters: how fast calls were made, and how long each macro took.

Owns the mapping of figures to cells. It works with 16 colours and with none: the shades of a bar
differ too. What the figures mean, and where they come from, must never enter.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from store.one_line import clean
from tui.expansion_words import duration, in_short

if TYPE_CHECKING:
    from engine.render.counters import MacroFigures
    from engine.render.pace import PaceStep

_EIGHTHS = " ▁▂▃▄▅▆▇█"
_PARTS = (
    ("█", "green", "p50"),
    ("▓", "yellow", "p95"),
    ("▒", "magenta", "p99"),
    ("░", "red", "max"),
)
"""Of a bar, from the left: each goes on to where its quantile lies."""
_LABEL_CELLS = 9
_NAME_CELLS = 16


def pace_plot(steps: Sequence[PaceStep], end_s: float, width: int, height: int) -> list[Text]:
    """Draw calls per second over time, as columns of blocks.

    Args:
        steps: In the order of time.
        end_s: Seconds from the beginning to the end of the last step.
        width: In cells, labels included.
        height: Lines of the columns; one more tells the time.
    """
    cells = width - _LABEL_CELLS
    if not steps or cells < 1 or end_s <= 0:
        return []
    values = _by_column(steps, end_s, cells)
    most = max(values)
    lines = []
    for line in reversed(range(height)):
        label = f"{in_short(most)}/s" if line == height - 1 else "0" if line == 0 else ""
        text = Text(f"{label:>{_LABEL_CELLS - 1}}│", style="dim")
        text.append("".join(_block(value, most, line, height) for value in values), style="cyan")
        lines.append(text)
    end = f"{end_s:.2f} s"
    axis = f"{'0 s':<{max(cells - len(end), 3)}}{end}"
    lines.append(Text(f"{'':>{_LABEL_CELLS}}{axis}"[:width], style="dim"))
    return lines


def _by_column(steps: Sequence[PaceStep], end_s: float, cells: int) -> list[float]:
    """Return a speed for each column: that of its stretch of time, on average."""
    ends = [*(step.begins_s for step in steps[1:]), max(end_s, steps[-1].begins_s)]
    values: list[float] = []
    at = 0
    for cell in range(cells):
        left, right = end_s * cell / cells, end_s * (cell + 1) / cells
        while at < len(steps) - 1 and ends[at] <= left:
            at += 1
        calls, place = 0.0, at
        while place < len(steps) and steps[place].begins_s < right:
            calls += steps[place].calls_per_s * max(
                min(ends[place], right) - max(steps[place].begins_s, left), 0.0
            )
            place += 1
        values.append(calls / (right - left))
    return values


def _block(value: float, most: float, line: int, height: int) -> str:
    if not most:
        return " "
    eighths = round(value / most * height * 8)
    if value and not eighths:
        eighths = 1  # little is not nothing
    return _EIGHTHS[min(max(eighths - line * 8, 0), 8)]


def duration_bars(figures: Sequence[MacroFigures], width: int) -> list[Text]:
    """Draw a bar for each macro, on a logarithmic axis: to p50, on to p95, to p99, and to max.

    Args:
        figures: One for each bar, in their order.
        width: In cells, names included.
    """
    names = min(max((len(one.name) for one in figures), default=0), _NAME_CELLS)
    cells = width - names - 1
    times = [max(one.max_us, 1.0) for one in figures]
    if not times or cells < 1:
        return []
    low = math.floor(math.log10(min(max(one.p50_us, 1.0) for one in figures)))
    high = max(math.ceil(math.log10(max(times))), low + 1)

    def place_of(microseconds: float) -> int:
        share = (math.log10(max(microseconds, 1.0)) - low) / (high - low)
        return max(min(round(share * cells), cells), 0)

    lines = [_axis(low, high, cells, names)]
    for one in figures:
        line = Text(f"{_fit(clean(one.name), names)} ", no_wrap=True)
        drawn = 0
        for (character, style, _), value in zip(
            _PARTS, (one.p50_us, one.p95_us, one.p99_us, one.max_us), strict=True
        ):
            # A bar is never empty: the fastest macro begins the axis.
            end = max(place_of(value), drawn if drawn else 1)
            line.append(character * (end - drawn), style=style)
            drawn = end
        lines.append(line)
    return lines


def legend() -> Text:
    """Tell what the shades of the bars are."""
    text = Text("Time per call, up to ", style="dim")
    for place, (character, style, name) in enumerate(_PARTS):
        text.append(", " if place else "")
        text.append(character * 2, style=style)
        text.append(f" {name}")
    return text


def _axis(low: int, high: int, cells: int, names: int) -> Text:
    """Write the powers of ten above the bars, each ending over its place."""
    line = [" "] * (cells + 1)
    for power in range(low, high + 1):
        words = f"{_power(power)}▕"
        at = round((power - low) / (high - low) * cells)
        first = at - len(words) + 1
        if first < 0:
            first, words = at, f"▕{_power(power)}"
        if all(one == " " for one in line[max(first - 1, 0) : first + len(words)]):
            line[first : first + len(words)] = words
    return Text(f"{'':{names}}{''.join(line)[: cells + 1]}", style="dim", no_wrap=True)


def _power(power: int) -> str:
    """Write ten to the power, in microseconds: `1ms`, `100us`."""
    for unit, digits in (("s", 6), ("ms", 3), ("us", 0)):
        if power >= digits:
            return f"{10 ** (power - digits)}{unit}"
    return duration(0)


def _fit(name: str, width: int) -> str:
    return f"{name[: width - 1]}…" if len(name) > width else f"{name:<{width}}"
