"""Writes pictures as PNG, with the standard library alone. No reader, and no place to write to."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import anyio.from_thread

MAX_PICTURE_BYTES = 64 * 1024 * 1024
"""What is encoded in two to three seconds."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOUR_TYPES = {1: 0, 3: 2, 4: 6}
"""By the numbers of a point: grey; red, green and blue; and opacity."""
_LEVEL = 6
_PIECE_BYTES = 1 << 20


def write_png(path: Path, view: memoryview) -> None:
    """Write a picture, a piece at a time; in a worker thread, where it can be cancelled.

    What somebody changes meanwhile may show; the file is whole all the same.

    Args:
        path: A new file.
        view: Bytes of the shape (rows, columns), (rows, columns, 3) or (rows, columns, 4).

    Raises:
        OSError: It cannot be written.
    """
    assert view.shape is not None
    rows, columns, channels = (*view.shape, 1)[:3]
    header = struct.pack(">IIBBBBB", columns, rows, 8, _COLOUR_TYPES[channels], 0, 0, 0)
    with path.open("xb") as file:
        file.write(_SIGNATURE + _chunk(b"IHDR", header))
        for piece in _compressed(view.cast("B"), columns * channels):
            anyio.from_thread.check_cancelled()
            file.write(_chunk(b"IDAT", piece))
        file.write(_chunk(b"IEND", b""))


def _compressed(data: memoryview, row_bytes: int) -> Iterator[bytes]:
    compressor = zlib.compressobj(_LEVEL)
    rows_at_once = max(1, _PIECE_BYTES // row_bytes)
    for at in range(0, len(data), rows_at_once * row_bytes):
        piece = data[at : at + rows_at_once * row_bytes]
        # A zero in front of each row: it stands there as it is.
        lines = b"".join(
            b"\0" + piece[start : start + row_bytes] for start in range(0, len(piece), row_bytes)
        )
        yield compressor.compress(lines)
    yield compressor.flush()


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", len(body), name) + body + struct.pack(">I", zlib.crc32(name + body))
