from __future__ import annotations

from pathlib import Path

import pytest

from default_scripts.demo_images import __main__ as generator
from default_scripts.demo_images import png
from tests.unit.default_scripts.sources import DEMO


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Every picture, drawn anew."""
    return generator.write(tmp_path_factory.mktemp("drawn"))


def test_drawing_again_gives_the_same_bytes(drawn: list[Path]) -> None:
    committed = {path.name: path for path in (DEMO / "media").rglob("*.png")}
    assert {path.name for path in drawn} == set(committed)
    for path in drawn:
        new, old = path.read_bytes(), committed[path.name].read_bytes()
        # Pixel for pixel; how small they are packed is up to the zlib of the machine.
        assert png.contents(new) == png.contents(old), path.name
        if len(new) == len(old):
            assert new == old
            assert _sidecar(path) == _sidecar(committed[path.name])


def test_a_picture_of_few_colours_keeps_them_exactly() -> None:
    red, blue = (200, 10, 20), (20, 10, 200)
    chunks = png.contents(png.encode([[red, blue], [blue, blue]]))
    assert chunks["IHDR"] == b"\0\0\0\2\0\0\0\2\x08\3\0\0\0"
    palette = [tuple(chunks["PLTE"][at : at + 3]) for at in (0, 3)]
    assert set(palette) == {red, blue}
    b = palette.index(blue)
    assert chunks["IDAT"] == bytes([0, 1 - b, b, 0, b, b])


def test_a_picture_of_many_colours_gets_256_close_ones() -> None:
    rows = [[(x, y, (x + y) // 2) for x in range(0, 256, 4)] for y in range(0, 256, 4)]
    chunks = png.contents(png.encode(rows))
    assert len(chunks["PLTE"]) == 256 * 3
    pixels = chunks["IDAT"]
    for y, row in enumerate(rows):
        for x, colour in enumerate(row):
            at = pixels[y * 65 + 1 + x] * 3
            assert (
                max(abs(a - b) for a, b in zip(colour, chunks["PLTE"][at : at + 3], strict=True))
                < 24
            )


def test_a_sidecar_escapes_quotes_and_ends_without_a_newline() -> None:
    picture = next(picture for picture in generator.PICTURES if '"' in picture.caption)
    text = generator.sidecar(picture, 1)
    assert 'set \\"by ear\\""\n' in text
    assert text.endswith("]\n---")


def _sidecar(path: Path) -> bytes:
    return path.with_name(path.name + ".meta").read_bytes()
