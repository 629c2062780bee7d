"""Sizes of pictures: real tiny files, the demo's pictures, and bytes that end too early."""

from __future__ import annotations

import base64
import struct
import time
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.image_size import ImageFacts, measure
from store.media import read_media_facts

DEMO = Path(__file__).parents[3] / "default_scripts" / "demo" / "media"
PICTURES = sorted(path for path in DEMO.rglob("*") if path.suffix in {".png", ".svg"})


def png(width: int = 3, height: int = 2) -> bytes:
    """Write a whole, valid PNG of grey pixels."""

    def chunk(name: bytes, content: bytes) -> bytes:
        check = zlib.crc32(name + content)
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)

    rows = (b"\0" + b"\x80" * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
WEBP_LOSSY = base64.b64decode("UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA")
WEBP_LOSSLESS = base64.b64decode("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==")
WEBP_EXTENDED = (
    b"RIFF\x2e\0\0\0WEBPVP8X\x0a\0\0\0\x10\0\0\0" + bytes([143, 1, 0, 44, 1, 0]) + b"ALPH"
)
BMP = (
    b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0"
    + struct.pack("<IiiHHIIiiII", 40, 1, -1, 1, 24, 0, 4, 0, 0, 0, 0)
    + b"\0\0\xff\0"
)
BMP_OS2 = b"BM\x1e\0\0\0\0\0\0\0\x1a\0\0\0" + struct.pack("<IHHHH", 12, 5, 6, 1, 24) + b"\0" * 4
JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
    # A comment that looks like a frame, and filling bytes before the real one.
    b"\xff\xfe\x00\x0b\xff\xc0\x00\x11\x08\x00\x01\x00\x01\xff\xff"
    b"\xff\xc2\x00\x11\x08\x01\xe0\x02\x80\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01\xff\xda"
)


@pytest.mark.parametrize(
    ("data", "mime_type", "width", "height"),
    [
        (png(), "image/png", 3, 2),
        (GIF, "image/gif", 1, 1),
        (WEBP_LOSSY, "image/webp", 1, 1),
        (WEBP_LOSSLESS, "image/webp", 1, 1),
        (WEBP_EXTENDED, "image/webp", 400, 301),
        (BMP, "image/bmp", 1, 1),
        (BMP_OS2, "image/bmp", 5, 6),
        (JPEG, "image/jpeg", 640, 480),
    ],
)
def test_pictures_have_a_type_and_a_size(
    data: bytes, mime_type: str, width: int, height: int
) -> None:
    assert measure(data) == ImageFacts(mime_type, width, height)
    for end in range(len(data)):  # whatever is missing, it is no error
        shorter = measure(data[:end])
        assert shorter in {
            None,
            ImageFacts(mime_type, width, height),
            ImageFacts(mime_type, 0, 0),
        }


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: str(path.name))
def test_the_demos_pictures_are_as_large_as_their_sidecars_say(path: Path) -> None:
    said = read_media_facts(path.with_name(path.name + ".meta"))
    assert measure(path.read_bytes()) == ImageFacts(said.mime_type, said.width, said.height)


@pytest.mark.parametrize(
    ("text", "width", "height"),
    [
        ('<svg width="20" height="10"/>', 20, 10),
        ("<svg width='1in' height='25.4mm'></svg>", 96, 96),
        ('<svg viewBox="0 0 30,15.4">', 30, 15),
        ('<svg width="60" viewBox="0 0 30 15">', 60, 30),
        ('<svg width="100%" height="100%" viewBox="0 0 30 15">', 30, 15),
        ('<svg stroke-width="4" data-height="5">', 0, 0),
        ('<svg width="1e99" height="10">', 0, 0),
        ('<svg width="-4" height="10">', 0, 0),
        ('<svg width="1.2.3" height="x">', 0, 0),
        ('\ufeff<?xml version="1.0"?>\n<!-- <svg width="1"> -->\n<svg width="7" height="8">', 7, 8),
        (
            '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x" [ <!ENTITY a "b"> ]>'
            '<svg:svg xmlns:svg="http://www.w3.org/2000/svg" width="7px" height="8pt">',
            7,
            11,
        ),
    ],
)
def test_drawings_say_their_size_in_many_ways(text: str, width: int, height: int) -> None:
    assert measure(text.encode()) == ImageFacts("image/svg+xml", width, height)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"BM is how this text begins, and it is no picture",
        b"<html><svg></svg></html>",
        b"<svgx>",
        b"RIFF\0\0\0\0WAVEfmt ",
        b"%PDF-1.7",
        b"<!-- " * 10,
    ],
)
def test_what_is_no_picture_has_no_size(data: bytes) -> None:
    assert measure(data) is None


def test_a_hostile_drawing_takes_no_time() -> None:
    started = time.monotonic()
    for part in ("<!-- a --> ", "<?a?>", " ", "<!DOCTYPE a [ ]>", "<svg ", "<!--"):
        measure((part * (200_000 // len(part)) + "<x>").encode())
    assert time.monotonic() - started < 2


@given(st.binary(max_size=80), st.sampled_from([png(), GIF, WEBP_LOSSY, BMP, JPEG, b"<svg "]))
def test_junk_is_no_error(junk: bytes, start: bytes) -> None:
    for data in (junk, start + junk, start[:20] + junk):
        found = measure(data)
        assert found is None or (found.width > 0) == (found.height > 0)
