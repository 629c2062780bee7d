"""
---
id: "b475b1c0-7285-48b2-9f94-aa6bc2592191"
projectId: ""
slug: "mandelbrot"
title: "Mandelbrot"
kind: "utility"
entrypoint: "draw"
enabled: true
version: 1
createdAt: "2026-11-01T09:00:00.000Z"
updatedAt: "2026-11-01T09:00:00.000Z"
---
"""

# Draws the Mandelbrot set, tile by tile, into memory that all scripts of the project can see:
# app.buffers.open("mandelbrot") gives another script the same array, not a copy.
#
# inkstand run mandelbrot                     shows it
# inkstand run mandelbrot -- mandelbrot.png   adds it to the media as well
import app

try:
    import numpy
except ImportError:  # each point by itself: slower, so there are fewer
    numpy = None

NAME = "mandelbrot"
WIDTH, HEIGHT, STEPS = (720, 480, 120) if numpy else (180, 120, 60)
TILE = 60
LEFT, TOP, SCALE = -2.25, 1.0, 3 / WIDTH


def draw():
    pixels = app.buffers.create(NAME, (HEIGHT, WIDTH, 3), "uint8", replace=True)
    tiles = [(row, column) for row in range(0, HEIGHT, TILE) for column in range(0, WIDTH, TILE)]
    fill = fill_at_once if numpy else fill_one_by_one
    for done, (row, column) in enumerate(tiles, 1):
        fill(pixels, row, column)
        app.ui.progress(done, len(tiles), f"tile {done} of {len(tiles)}")

    app.output.image(pixels, columns=78)
    result = {"width": WIDTH, "height": HEIGHT, "tiles": len(tiles)}
    if app.args:
        alt = "The Mandelbrot set, dark inside a bright rim"
        saved = app.buffers.save_as_media(NAME, app.args[0], title="Mandelbrot set", alt=alt)
        result["saved"] = saved.path
    return result


def fill_at_once(pixels, top, left):
    rows, columns = numpy.mgrid[top : top + TILE, left : left + TILE]
    c = LEFT + columns * SCALE + 1j * (TOP - rows * SCALE)
    z = numpy.zeros_like(c)
    steps = numpy.zeros(c.shape, int)
    for _ in range(STEPS):
        near = abs(z) <= 2
        z[near] = z[near] ** 2 + c[near]
        steps += near
    pixels[top : top + TILE, left : left + TILE] = numpy.array(COLOURS, "uint8")[steps]


def fill_one_by_one(pixels, top, left):
    for row in range(top, top + TILE):
        for column in range(left, left + TILE):
            c = complex(LEFT + column * SCALE, TOP - row * SCALE)
            z = steps = 0
            while steps < STEPS and abs(z) <= 2:
                z = z * z + c
                steps += 1
            for channel, value in enumerate(COLOURS[steps]):
                pixels[row, column, channel] = value


def colour(steps):
    """From deep blue over gold to white, the longer a point stays; black for those that stay."""
    if steps == STEPS:
        return 0, 0, 0
    share = (steps / STEPS) ** 0.5
    return (
        round(255 * min(1, 1.6 * share)),
        round(255 * min(1, 1.3 * share**1.4)),
        round(255 * min(1, 0.35 + 0.9 * share**3)),
    )


COLOURS = [colour(steps) for steps in range(STEPS + 1)]
