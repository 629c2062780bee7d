"""Writes PNGs with the standard library alone; no reader of other people's pictures."""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence

Colour = tuple[int, int, int]
"""Red, green and blue, 0 to 255 each."""

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def encode(rows: Sequence[Sequence[Colour]]) -> bytes:
    """Make a PNG with a palette.

    A palette of at most 256 colours takes a third of the bytes of true colour.

    Args:
        rows: The picture from top to bottom, all rows of one length.

    Returns:
        The whole file.
    """
    counts = Counter(pixel for row in rows for pixel in row)
    palette, index = _palette(counts)
    scanlines = b"".join(b"\0" + bytes(index[pixel] for pixel in row) for row in rows)
    header = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 3, 0, 0, 0)
    return b"".join(
        (
            SIGNATURE,
            _chunk(b"IHDR", header),
            _chunk(b"PLTE", bytes(value for colour in palette for value in colour)),
            _chunk(b"IDAT", zlib.compress(scanlines, 9)),
            _chunk(b"IEND", b""),
        )
    )


def contents(png: bytes) -> dict[str, bytes]:
    """Take apart a PNG made by `encode`.

    Returns:
        Chunk names and what they hold, `IDAT` inflated: equal for equal pictures, whichever zlib
        compressed them.
    """
    found: dict[str, bytes] = {}
    at = len(SIGNATURE)
    while at < len(png):
        length, name = struct.unpack_from(">I4s", png, at)
        body = png[at + 8 : at + 8 + length]
        found[name.decode("ascii")] = zlib.decompress(body) if name == b"IDAT" else body
        at += length + 12
    return found


def _palette(counts: Mapping[Colour, int]) -> tuple[list[Colour], dict[Colour, int]]:
    """Choose 256 colours by median cut; rounding channels instead leaves visible bands.

    Returns:
        The palette, dark to light (neighbours in a gradient compress better as neighbours), and
        the number in it that stands for every colour of the picture.
    """
    boxes = [sorted(counts)]
    while len(boxes) < 256:
        widest = max(boxes, key=lambda box: (_spread(box)[0], len(box)))
        spread, channel = _spread(widest)
        if spread == 0:
            break
        boxes.remove(widest)
        widest.sort(key=lambda colour: (colour[channel], colour))
        boxes += [widest[: len(widest) // 2], widest[len(widest) // 2 :]]
    means = sorted((_mean(box, counts), number) for number, box in enumerate(boxes))
    means.sort(key=lambda entry: sum(entry[0]))
    index = {colour: place for place, (_, number) in enumerate(means) for colour in boxes[number]}
    return [mean for mean, _ in means], index


def _spread(box: Sequence[Colour]) -> tuple[int, int]:
    """The widest range of values in a box, and the channel that has it."""
    return max(
        (max(colour[channel] for colour in box) - min(colour[channel] for colour in box), channel)
        for channel in range(3)
    )


def _mean(box: Sequence[Colour], counts: Mapping[Colour, int]) -> Colour:
    pixels = sum(counts[colour] for colour in box)
    red, green, blue = (
        (sum(colour[channel] * counts[colour] for colour in box) + pixels // 2) // pixels
        for channel in range(3)
    )
    return red, green, blue


def _chunk(name: bytes, body: bytes) -> bytes:
    checksum = zlib.crc32(name + body)
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", checksum)
