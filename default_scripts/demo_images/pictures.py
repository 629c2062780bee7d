"""The drawings: each is a colour for every point, worked out from its place alone.

No files and no randomness in here, so that the same drawing comes out on every machine.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from default_scripts.demo_images.png import Colour

Shade = tuple[float, float, float]
Drawing = Callable[[float, float], Shade]
"""Takes a point in pixels from the top left, returns red, green and blue of 0 to 255."""

PAPER: Shade = (246, 240, 226)
CREAM: Shade = (235, 225, 203)
INDIGO: Shade = (31, 42, 74)
BLUE: Shade = (58, 92, 142)
MIST: Shade = (168, 188, 204)
VERMILION: Shade = (201, 74, 50)
OCHRE: Shade = (212, 158, 66)
SAGE: Shade = (118, 142, 116)
BURGUNDY: Shade = (120, 40, 52)


def raster(draw: Drawing, width: int, height: int) -> list[list[Colour]]:
    """Evaluate a drawing at the centre of every pixel."""
    rows = []
    for y in range(height):
        row = []
        for x in range(width):
            red, green, blue = draw(x + 0.5, y + 0.5)
            row.append((int(red + 0.5), int(green + 0.5), int(blue + 0.5)))
        rows.append(row)
    return rows


def hills(width: int, height: int) -> Drawing:
    """Ridges of diluted ink that fade into mist, and a seal-red sun."""
    ridges = []
    for layer in range(5):
        base = height * (0.42 + 0.135 * layer)
        swing = height * (0.10 - 0.008 * layer)
        line = [
            base
            - swing * (_noise(column / (70 - 7 * layer), layer * 7.3) * 2 - 1)
            - swing * 0.3 * (_noise(column / 17, layer * 3.1 + 50) * 2 - 1)
            for column in range(width + 1)
        ]
        ridges.append((line, _mix(MIST, INDIGO, (layer + 0.35) / 4.6)))
    sun_x, sun_y, radius = width * 0.70, height * 0.27, height * 0.115

    def draw(x: float, y: float) -> Shade:
        shade = _mix(PAPER, CREAM, y / height)
        shade = _mix(shade, VERMILION, _cover(math.hypot(x - sun_x, y - sun_y) - radius) * 0.92)
        for line, ink in ridges:
            top = line[int(x)]
            if y > top - 1:
                # The ink is strongest at the ridge and runs out below it.
                strength = 0.30 + 0.70 * math.exp(-(y - top) / (height * 0.12))
                body = _mix(_mix(PAPER, ink, 0.35), ink, strength)
                shade = _mix(shade, body, _cover(top - y))
        return shade

    return draw


def bloom(width: int, height: int) -> Drawing:
    """Two drops of ink spreading on wet paper."""
    drops = (
        (width * 0.38, height * 0.50, height * 0.36, INDIGO, 2.0),
        (width * 0.70, height * 0.42, height * 0.24, VERMILION, 11.0),
    )

    def draw(x: float, y: float) -> Shade:
        shade = PAPER
        for centre_x, centre_y, radius, ink, seed in drops:
            dx, dy = x - centre_x, y - centre_y
            away = math.hypot(dx, dy)
            if away > radius * 1.7:
                continue
            around = math.atan2(dy, dx)
            reach = radius * (
                1
                + 0.16 * math.sin(3 * around + seed)
                + 0.06 * math.sin(7 * around + seed * 2 + away * 0.03)
                + 0.025 * math.sin(17 * around + seed * 3 - away * 0.05)
            )
            inside = away / reach
            # Pigment gathers at the rim of a drying drop, in rings like those of a tree.
            wash = 0.50 * (1 - inside**2) + 0.40 if inside < 1 else 0.0
            rim = 0.42 * math.exp(-(((inside - 0.97) / 0.035) ** 2))
            ring = 0.10 * math.sin(inside * 26) * inside if inside < 1 else 0.0
            halo = 0.14 * math.exp(-max(0.0, inside - 1) * 9)
            fade = _cover((inside - 1) * reach)
            shade = _mix(shade, ink, min(1.0, halo + (wash + ring - halo) * fade * 0.9 + rim))
        return shade

    return draw


def marbling(width: int, height: int) -> Drawing:
    """Rings of colour floated on water and combed twice."""
    colours = (INDIGO, PAPER, VERMILION, OCHRE, BLUE, PAPER, BURGUNDY, CREAM)

    def draw(x: float, y: float) -> Shade:
        # Undo the comb, the last stroke first, then look which ring lies there.
        y += 30 * math.sin(x * math.tau / 92)
        x += 26 * math.sin(y * math.tau / 118 + 0.6)
        y += 9 * math.sin(x * math.tau / 37)
        away = math.hypot(x - width * 0.45, y - height * 0.55) / 17
        ring = int(away)
        edge = (away - ring) * 17
        shade = colours[ring % len(colours)]
        return _mix(colours[(ring - 1) % len(colours)], shade, min(1.0, edge / 1.6))

    return draw


def rosette(width: int, height: int) -> Drawing:
    """A pen's guilloche on dot-grid paper."""
    centre_x, centre_y = width / 2, height / 2
    size = min(width, height) * 0.43
    reach = 2
    ink = [[0.0] * (width + 2 * reach + 1) for _ in range(height + 2 * reach + 1)]
    for curve in range(3):
        for point in range(24_000):
            angle = point * math.tau / 24_000
            radius = size * (1 - 0.13 * curve) * (0.62 + 0.38 * math.sin(13 * angle + curve))
            turn = angle * 5 + 0.2 * curve
            _blot(ink, centre_x + radius * math.cos(turn), centre_y + radius * math.sin(turn))

    def draw(x: float, y: float) -> Shade:
        dot = math.hypot((x + 7) % 14 - 7, (y + 7) % 14 - 7)
        shade = _mix(PAPER, BLUE, _cover(dot - 0.8) * 0.5)
        # Eight strengths of ink look the same as 256 and take a third less room in the file.
        return _mix(shade, INDIGO, round(ink[int(y)][int(x)] * 8) / 8)

    return draw


def waves(width: int, height: int) -> Drawing:
    """Seigaiha, the overlapping waves of Japanese papers."""
    radius = width / 10

    def draw(x: float, y: float) -> Shade:
        deep = _mix(BLUE, INDIGO, y / height)
        # Lower rows lie on top of higher ones: look from the front until one hides the rest.
        seen: list[tuple[Shade, float]] = []
        front = int(y / (radius / 2)) + 3
        for row in range(front, front - 6, -1):
            offset = radius if row % 2 else 0.0
            centre_x = round((x - offset) / (2 * radius)) * 2 * radius + offset
            away = math.hypot(x - centre_x, y - row * radius / 2)
            cover = _cover(away - radius)
            if cover > 0:
                line = _cover(abs((away / radius * 4) % 1 - 0.5) * radius / 4 - radius / 13)
                light = 0.9 if away > radius * 0.75 else 0.55
                seen.append((_mix(deep, PAPER, line * light), cover))
            if cover == 1:
                break
        shade = deep
        for band, cover in reversed(seen):
            shade = _mix(shade, band, cover)
        return shade

    return draw


def tiles(width: int, height: int) -> Drawing:
    """A border printed from quarter-round ornaments, each turned by hand."""
    cell = 40

    def draw(x: float, y: float) -> Shade:
        column, line = int(x // cell), int(y // cell)
        inner_x, inner_y = x % cell, y % cell
        if _hash(column, line) % 2:
            inner_x = cell - inner_x
        # Two quarter circles per tile, round opposite corners, meet those of the next tile.
        away = min(math.hypot(inner_x, inner_y), math.hypot(cell - inner_x, cell - inner_y))
        shade = _mix(PAPER, VERMILION, _cover(abs(away - cell / 2) - 5.0))
        shade = _mix(shade, PAPER, _cover(abs(away - cell / 2) - 1.2))
        corner = math.hypot(min(inner_x, cell - inner_x), min(inner_y, cell - inner_y))
        shade = _mix(shade, INDIGO, _cover(corner - 7.0))
        return _mix(shade, OCHRE, _cover(corner - 2.8))

    return draw


def spines(width: int, height: int) -> Drawing:
    """A shelf of notebooks bound at home."""
    cloths = (INDIGO, VERMILION, SAGE, OCHRE, BURGUNDY, BLUE, CREAM, MIST)
    shelf = height * 0.90
    books: list[tuple[float, float, float, Shade, int]] = []
    left, number = 14.0, 0
    while left < width - 30:
        thick = 15.0 + _hash(number, 5) % 22
        top = height * (0.16 + (_hash(number, 9) % 23) / 100)
        cloth = cloths[(number * 3 + _hash(number, 2) % 2) % len(cloths)]
        books.append((left, min(left + thick, width - 14.0), top, cloth, _hash(number, 4) % 3))
        left += thick + 1.5
        number += 1

    def draw(x: float, y: float) -> Shade:
        wall = _mix(PAPER, CREAM, y / height)
        if y > shelf:
            return _mix((150, 112, 78), (112, 80, 54), (y - shelf) / (height - shelf))
        # The shelf throws a little shadow up the wall.
        wall = _mix(wall, (190, 172, 140), 0.35 * math.exp(-(shelf - y) / 30))
        for start, end, top, cloth, bands in books:
            if start - 1 < x < end + 1 and y > top - 1:
                across = (x - start) / (end - start)
                light = 1 - 0.34 * abs(across - 0.36) ** 1.3 * 2
                shade: Shade = (cloth[0] * light, cloth[1] * light, cloth[2] * light)
                for band in range(bands + 1):
                    where = top + 16 + band * 9 if band < 2 else shelf - 20
                    shade = _mix(
                        shade,
                        PAPER if sum(cloth) < 480 else INDIGO,
                        _cover(abs(y - where) - 1.2) * 0.8,
                    )
                edge = _cover(max(start - x, x - end)) * _cover(top - y)
                return _mix(wall, shade, edge)
        return wall

    return draw


def _mix(one: Shade, other: Shade, share: float) -> Shade:
    return (
        one[0] + (other[0] - one[0]) * share,
        one[1] + (other[1] - one[1]) * share,
        one[2] + (other[2] - one[2]) * share,
    )


def _cover(distance: float) -> float:
    """How much of a pixel a shape covers whose edge is `distance` pixels away, inside below 0."""
    return min(1.0, max(0.0, 0.5 - distance))


def _blot(ink: list[list[float]], x: float, y: float) -> None:
    column, line = int(x), int(y)
    for near_y in range(line - 1, line + 2):
        for near_x in range(column - 1, column + 2):
            strength = 1.0 - math.hypot(near_x + 0.5 - x, near_y + 0.5 - y) / 1.15
            if strength > ink[near_y][near_x]:
                ink[near_y][near_x] = strength


def _hash(one: int, other: int) -> int:
    value = (one * 374_761_393 + other * 668_265_263) & 0xFFFFFFFF
    value = ((value ^ (value >> 13)) * 1_274_126_177) & 0xFFFFFFFF
    return value ^ (value >> 16)


def _noise(at: float, seed: float) -> float:
    """A smooth line through values of 0 to 1 at the whole numbers."""
    cell = math.floor(at)
    part = at - cell
    part = part * part * (3 - 2 * part)
    row = int(seed * 10)
    before = _hash(cell, row) % 1000 / 999
    after = _hash(cell + 1, row) % 1000 / 999
    return before + (after - before) * part
