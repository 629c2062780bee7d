"""Draws a picture as text: half blocks, each with the colours of the two points it shows.

Standard library only, and small: every kernel imports it before its lockdown. Whoever prints the
text, and where pictures come from, must never enter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, TypeAlias

MAX_COLUMNS = 200
"""A cell may take 39 characters with its colours, and of a line the Output keeps 16,000."""
MAX_ROWS = 400
"""Of points drawn, two to a line: a picture is looked at as a whole."""
MAX_POINTS = 4_000_000
"""Of the picture: 0.4 s for an array of bytes, 13 s for tuples."""

_MAX_VALUE = 255
_BYTE_FORMATS = ("B", "<B", "@B", "=B", "c")
_LEVELS = (0, 95, 135, 175, 215, 255)
"""Of red, green and blue in the 216 colours of the cube."""

_Channels: TypeAlias = Sequence[Sequence[float]]
"""Of one row of points: grey; or red, green and blue."""
_Point: TypeAlias = tuple[int, int, int]


def draw(pixels: Any, columns: int = 60, depth: int = 24) -> str:
    """Draw a picture.

    Args:
        pixels: Rows of grey values or of (r, g, b) or (r, g, b, a), or something with a buffer of
            that shape. Values go from 0 to 255; what is transparent becomes black.
        columns: How wide it may become; a wider one is scaled down, a narrower one stays.
        depth: Bits of a colour: 24, or 8 for terminals of 256 colours.

    Returns:
        Lines without an end of line behind the last.

    Raises:
        TypeError: It is no picture.
        ValueError: Its rows differ in length, a value is out of range, or it is too large.
    """
    if type(columns) is not int or not 1 <= columns <= MAX_COLUMNS:
        raise ValueError(f"output.image(): columns: {columns!r} is not one of 1 to {MAX_COLUMNS}")
    if depth not in (8, 24):
        raise ValueError(f"output.image(): depth: {depth!r} is neither 24 nor 8")
    width, height, rows = _opened(pixels)
    if width * height > MAX_POINTS:
        raise ValueError(
            f"output.image(): {width} x {height} points are more than {MAX_POINTS:,}; "
            "scale the picture down first"
        )
    scale = min(1.0, columns / width, MAX_ROWS / height)
    wide, high = max(1, round(width * scale)), max(1, round(height * scale))
    drawn = list(_averaged(rows, width, height, wide, high))
    codes = _Codes(depth)
    return "\n".join(
        _line(drawn[at], drawn[at + 1] if at + 1 < high else None, codes)
        for at in range(0, high, 2)
    )


def _opened(pixels: Any) -> tuple[int, int, Iterator[_Channels]]:
    """Tell width and height of a picture, and give its rows."""
    try:
        view = memoryview(pixels)
    except TypeError:  # it has no buffer
        view = None
    if view is None:
        return _opened_rows(pixels)
    shape = view.shape or ()
    if len(shape) not in (2, 3) or (len(shape) == 3 and shape[2] not in (3, 4)):
        raise TypeError(
            f"output.image(): a shape of {shape} is no picture; it has to be (rows, columns), "
            "(rows, columns, 3) or (rows, columns, 4)"
        )
    if 0 in shape:
        raise ValueError("output.image(): the picture is empty")
    if view.format not in _BYTE_FORMATS:
        return _opened_rows(_listed(pixels, view))
    is_flat = view.c_contiguous and view.format in ("B", "c")
    data = view.cast("B") if is_flat else memoryview(view.tobytes())  # without a copy, or with one
    channels = shape[2] if len(shape) == 3 else 1
    size = shape[1] * channels

    def rows() -> Iterator[_Channels]:
        for at in range(0, len(data), size):
            row = data[at : at + size].tobytes()
            yield _on_black([row[channel::channels] for channel in range(channels)])

    return shape[1], shape[0], rows()


def _listed(pixels: Any, view: memoryview) -> Any:
    """Give the values of an array of something else than bytes, as nested lists."""
    try:
        return pixels.tolist() if hasattr(pixels, "tolist") else view.tolist()
    except NotImplementedError:
        raise TypeError(
            f"output.image(): an array of format {view.format!r} cannot be read; make it bytes, "
            "or nested lists"
        ) from None


def _opened_rows(pixels: Any) -> tuple[int, int, Iterator[_Channels]]:
    try:
        listed = [list(row) for row in pixels]
    except TypeError:
        raise TypeError(
            f"output.image(): {type(pixels).__name__} is no picture; it takes rows of grey values "
            "or of (r, g, b), or an array"
        ) from None
    if not listed or not listed[0]:
        raise ValueError("output.image(): the picture is empty")
    width = len(listed[0])
    for number, row in enumerate(listed):
        if len(row) != width:
            raise ValueError(
                f"output.image(): row {number} has {len(row)} points, and row 0 has {width}"
            )
    rows = (_channels(row, number) for number, row in enumerate(listed))
    return width, len(listed), rows


def _channels(row: list[Any], number: int) -> _Channels:
    if isinstance(row[0], int | float):
        channels: list[Sequence[Any]] = [row]
    else:
        try:
            channels = list(zip(*row, strict=True))
        except (TypeError, ValueError):
            channels = []
        if len(channels) not in (3, 4):
            raise TypeError(
                f"output.image(): row {number}: a point is a number, (r, g, b) or (r, g, b, a), "
                "and all of a row are alike"
            )
    for values in channels:
        for value in values:
            if not isinstance(value, int | float):
                raise TypeError(f"output.image(): row {number}: {value!r} is no number")
            if not 0 <= value <= _MAX_VALUE:
                raise ValueError(
                    f"output.image(): row {number}: {value!r} is not one of 0 to {_MAX_VALUE}"
                )
    return _on_black(channels)


def _on_black(channels: Sequence[Sequence[float]]) -> _Channels:
    """Take away the fourth channel, which says how much is seen of the others."""
    if len(channels) < 4:
        return channels
    *colours, alpha = channels
    return [
        [value * seen / _MAX_VALUE for value, seen in zip(values, alpha, strict=True)]
        for values in colours
    ]


def _averaged(
    rows: Iterator[_Channels], width: int, height: int, wide: int, high: int
) -> Iterator[list[_Point]]:
    """Give the rows that are drawn: each point the average of a box."""
    edges = [at * width // wide for at in range(wide + 1)]
    boxes = list(pairwise(edges))
    for at in range(high):
        count = (at + 1) * height // high - at * height // high
        summed: list[list[float]] = []
        for _ in range(count):
            sums = [
                list(values) if wide == width else [sum(values[a:b]) for a, b in boxes]
                for values in next(rows)
            ]
            if len(sums) == 1:
                sums *= 3
            if not summed:
                summed = sums
            else:
                summed = [
                    [a + b for a, b in zip(one, other, strict=True)]
                    for one, other in zip(summed, sums, strict=True)
                ]
        sizes = [(b - a) * count for a, b in boxes]
        red, green, blue = (
            [round(value / size) for value, size in zip(values, sizes, strict=True)]
            for values in summed
        )
        yield list(zip(red, green, blue, strict=True))


class _Codes:
    """The colours as a terminal is told them."""

    def __init__(self, depth: int) -> None:
        self._depth = depth
        self._known: dict[_Point, str] = {}

    def of(self, point: _Point) -> str:
        """Give what stands behind `38;` or `48;`."""
        if self._depth == 24:
            return "2;{};{};{}".format(*point)
        code = self._known.get(point)
        if code is None:
            code = self._known[point] = f"5;{_nearest(point)}"
        return code


def _nearest(point: _Point) -> int:
    """Give the number of the nearest of 256 colours: one of the cube, or a grey."""
    places = [min(range(6), key=lambda at: abs(_LEVELS[at] - value)) for value in point]
    grey = min(23, max(0, round((sum(point) / 3 - 8) / 10)))
    level = 8 + 10 * grey
    of_cube = sum((_LEVELS[at] - value) ** 2 for at, value in zip(places, point, strict=True))
    if sum((level - value) ** 2 for value in point) < of_cube:
        return 232 + grey
    return 16 + 36 * places[0] + 6 * places[1] + places[2]


def _line(upper: list[_Point], lower: list[_Point] | None, codes: _Codes) -> str:
    parts: list[str] = []
    last: tuple[_Point, _Point | None] | None = None
    for at, above in enumerate(upper):
        below = lower[at] if lower is not None else None
        if (above, below) != last:
            last = (above, below)
            behind = f";48;{codes.of(below)}" if below is not None else ""
            parts.append(f"\x1b[38;{codes.of(above)}{behind}m")
        parts.append("▀")
    return "".join([*parts, "\x1b[0m"])
