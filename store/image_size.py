"""Reads from the first bytes of a picture what it is and how large it is.

Only headers are looked at; decoding pictures, and files, must never enter.
"""

import math
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass

MAX_SVG_HEAD = 65_536
"""Bytes in which the `<svg ...>` tag is looked for."""
_MAX_SIDE = 10_000_000

# Possessive and atomic: without, a file of many comments takes time without end.
_SVG = re.compile(
    r"\A\ufeff?(?>\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*+(?:\[.*?\]\s*+)?>)*+"
    r"<(?:[\w.-]+:)?svg(?P<attributes>(?:\s[^>]*+)?)>",
    re.DOTALL | re.IGNORECASE,
)
_LENGTH = re.compile(r"\s*([+-]?[0-9]*\.?[0-9]+(?:e[+-]?[0-9]{1,2})?)\s*([a-z%]*)\s*", re.I)
_BMP_HEADERS = {struct.pack("<I", size) for size in (12, 16, 40, 52, 56, 64, 108, 124)}
"""The sizes that a header of a BMP can have: two letters alone are too common a beginning."""
_PIXELS = {"": 1, "px": 1, "pt": 4 / 3, "pc": 16, "in": 96, "cm": 96 / 2.54, "mm": 96 / 25.4}
"""Of each unit, at the 96 to an inch that browsers count with."""


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What the header of a picture says."""

    mime_type: str
    width: int
    """In pixels, as stored: a camera's note how to turn it is not looked at. 0 when not said."""
    height: int


def measure(data: bytes) -> ImageFacts | None:
    """Tell what picture some bytes are.

    Args:
        data: The whole file, or enough of its beginning.

    Returns:
        Its type and size; None when they are no PNG, JPEG, GIF, WebP, BMP or SVG.
    """
    for mime_type, is_it, size in _FORMATS:
        if is_it(data):
            try:
                width, height = size(data)
            except (struct.error, IndexError):  # it ends within its header
                width, height = 0, 0
            if not (0 < width <= _MAX_SIDE and 0 < height <= _MAX_SIDE):
                width, height = 0, 0
            return ImageFacts(mime_type, width, height)
    return None


def _png_size(data: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from(">II", data, 16)
    return width, height


def _gif_size(data: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from("<HH", data, 6)
    return width, height


def _bmp_size(data: bytes) -> tuple[int, int]:
    (header_size,) = struct.unpack_from("<I", data, 14)
    if header_size == 12:  # OS/2
        width, height = struct.unpack_from("<HH", data, 18)
    else:
        width, height = struct.unpack_from("<ii", data, 18)
    return width, abs(height)  # negative: its rows are stored from the top


def _jpeg_size(data: bytes) -> tuple[int, int]:
    at = 2
    while True:
        if data[at] != 0xFF:
            return 0, 0
        while data[at] == 0xFF:  # any number of them may come before a marker
            at += 1
        marker = data[at]
        at += 1
        if marker == 0x01 or 0xD0 <= marker <= 0xD8:  # these have no content
            continue
        if marker in {0xD9, 0xDA}:  # the end, or the picture itself
            return 0, 0
        (length,) = struct.unpack_from(">H", data, at)
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            height, width = struct.unpack_from(">HH", data, at + 3)
            return width, height
        at += max(length, 2)


def _webp_size(data: bytes) -> tuple[int, int]:
    chunk = data[12:16]
    if chunk == b"VP8X":
        width, height = (int.from_bytes(data[at : at + 3], "little") for at in (24, 27))
        return (width + 1, height + 1) if len(data) >= 30 else (0, 0)
    if chunk == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    return 0, 0


def _svg_tag(data: bytes) -> re.Match[str] | None:
    return _SVG.match(data[:MAX_SVG_HEAD].decode("utf-8", "replace"))


def _svg_size(data: bytes) -> tuple[int, int]:
    tag = _svg_tag(data)
    if tag is None:
        return 0, 0
    attributes = tag["attributes"]
    width, height = (_pixels(_attribute(attributes, name)) for name in ("width", "height"))
    box = [_number(part) for part in re.split(r"[\s,]+", _attribute(attributes, "viewBox").strip())]
    if len(box) == 4 and box[2] > 0 and box[3] > 0:
        if not width and not height:
            width, height = box[2], box[3]
        width = width or height * box[2] / box[3]
        height = height or width * box[3] / box[2]
    return round(min(width, _MAX_SIDE + 1)), round(min(height, _MAX_SIDE + 1))


def _attribute(attributes: str, name: str) -> str:
    found = re.search(rf"""(?<![\w:.-]){name}\s*=\s*("[^"]*"|'[^']*')""", attributes)
    return found[1][1:-1] if found else ""


def _pixels(length: str) -> float:
    """Read a length; 0 for one that depends on where the picture is shown."""
    found = _LENGTH.fullmatch(length)
    if found is None:
        return 0
    return max(_number(found[1]) * _PIXELS.get(found[2].lower(), 0), 0)


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        return 0
    return number if math.isfinite(number) else 0


_FORMATS: tuple[tuple[str, Callable[[bytes], bool], Callable[[bytes], tuple[int, int]]], ...] = (
    ("image/png", lambda data: data.startswith(b"\x89PNG\r\n\x1a\n"), _png_size),
    ("image/jpeg", lambda data: data.startswith(b"\xff\xd8\xff"), _jpeg_size),
    ("image/gif", lambda data: data.startswith((b"GIF87a", b"GIF89a")), _gif_size),
    ("image/webp", lambda data: data[:4] == b"RIFF" and data[8:12] == b"WEBP", _webp_size),
    (
        "image/bmp",
        lambda data: data.startswith(b"BM") and data[14:18] in _BMP_HEADERS,
        _bmp_size,
    ),
    ("image/svg+xml", lambda data: _svg_tag(data) is not None, _svg_size),
)
