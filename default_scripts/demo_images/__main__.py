"""Writes the demo's pictures and their sidecars, and nothing else of the demo."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from default_scripts.demo_images import pictures, png

DEMO = Path(__file__).resolve().parent.parent / "demo"

PAPER_HAS_A_GRAIN = "30632cae-c600-492f-bdbd-60b34192e801"
INK_WASH = "dac7a407-dd61-40b9-9904-96337aeeecf9"
FIRST_NOTEBOOK = "060efb39-fc05-4d52-a922-73e222ca2b7f"
LETTERPRESS = "e02838e6-2daf-4a56-a6bd-4f6420601520"
DOT_GRID = "61fff492-5ac6-4034-9c21-492998489c58"
MARBLING = "bb018e5f-beb5-4cfa-b49c-29793a48c531"


@dataclass(frozen=True)
class Picture:
    """One picture of the demo and what its sidecar says about it."""

    id: str
    name: str
    """The drawing's function in `pictures`, and the stem of the original file name."""
    size: tuple[int, int]
    """Width and height in pixels."""
    title: str
    alt: str
    caption: str
    created_at: str
    """ISO 8601 in UTC, in the middle of a month: the folder is the same in every time zone."""
    tags: tuple[str, ...]
    posts: tuple[str, ...]
    """The ids of the posts whose gallery shows it."""


PICTURES = (
    Picture(
        "e95c830d-a042-4a4f-a422-cf17cb909d2d",
        "hills",
        (480, 320),
        "Five hills, one ink",
        "Layered blue hills fading into mist below a red sun",
        "Five dilutions of the same indigo, the palest laid first",
        "2026-03-14T15:20:00.000Z",
        ("ink", "wash"),
        (INK_WASH,),
    ),
    Picture(
        "f82f6786-3805-4aa7-980c-b3e3cc0c8e9e",
        "bloom",
        (480, 320),
        "Two drops on wet paper",
        "A blue and a red ink drop spreading until they overlap",
        "The rim is darkest where the water dried last",
        "2026-03-14T16:05:00.000Z",
        ("ink", "wash"),
        (INK_WASH, PAPER_HAS_A_GRAIN),
    ),
    Picture(
        "9e8b1257-186e-43b2-9c6c-d9442680b68e",
        "waves",
        (480, 320),
        "Seigaiha",
        "Rows of overlapping concentric waves in white on blue",
        "Printed endpaper with the old wave pattern; the grain runs upright",
        "2026-03-10T09:30:00.000Z",
        ("paper", "pattern"),
        (PAPER_HAS_A_GRAIN,),
    ),
    Picture(
        "c992e56f-6509-49e1-8683-e15a3ec0f3c5",
        "spines",
        (480, 320),
        "A shelf of notebooks",
        "Seventeen cloth-bound notebooks of different heights on a wooden shelf",
        "Bound in leftover cloth, the first one on the left",
        "2026-04-18T11:45:00.000Z",
        ("bookbinding",),
        (FIRST_NOTEBOOK, PAPER_HAS_A_GRAIN),
    ),
    Picture(
        "1a8fc038-7705-4a87-a5d9-0c0e1115ce7a",
        "tiles",
        (480, 320),
        "One ornament, turned",
        "Red double lines winding around rows of dark blue dots",
        'A single quarter-round ornament, set "by ear"',
        "2026-05-16T18:10:00.000Z",
        ("letterpress", "pattern"),
        (LETTERPRESS,),
    ),
    Picture(
        "cc50ae08-5795-4597-baf9-f441dd8e7f80",
        "rosette",
        (360, 360),
        "A rosette on dots",
        "A rosette of thin looping pen lines on faint dot-grid paper",
        "Three closed curves, one fine nib, no lifting",
        "2026-08-15T08:00:00.000Z",
        ("paper", "pens"),
        (DOT_GRID,),
    ),
    Picture(
        "d8e0bc11-8b85-4280-88fb-b81c549e3de8",
        "marbling",
        (420, 280),
        "Combed twice",
        "Marbled paper in red, ochre, blue and cream waves",
        "The second comb is where it goes right or wrong",
        "2026-11-14T13:30:00.000Z",
        ("marbling", "paper", "pattern"),
        (MARBLING,),
    ),
)


def sidecar(picture: Picture, size_bytes: int) -> str:
    """Say what the project says about a picture, in the project's own key order.

    Returns:
        The sidecar, which by its format ends without a newline.
    """
    width, height = picture.size
    tags = ", ".join(_quoted(tag) for tag in picture.tags)
    posts = ", ".join(_quoted(post) for post in picture.posts)
    return "\n".join(
        (
            "---",
            f"id: {picture.id}",
            f"originalName: {_quoted(picture.name + '.png')}",
            "mimeType: image/png",
            f"size: {size_bytes}",
            f"width: {width}",
            f"height: {height}",
            f"title: {_quoted(picture.title)}",
            f"alt: {_quoted(picture.alt)}",
            f"caption: {_quoted(picture.caption)}",
            f"createdAt: {picture.created_at}",
            f"updatedAt: {picture.created_at}",
            f"tags: [{tags}]",
            f"linkedPostIds: [{posts}]",
            "---",
        )
    )


def write(project: Path) -> list[Path]:
    """Draw every picture into a project folder.

    Args:
        project: The folder that holds `media/`; missing folders are made.

    Returns:
        The PNGs written; each sidecar lies beside its PNG.
    """
    written = []
    for picture in PICTURES:
        width, height = picture.size
        drawing = getattr(pictures, picture.name)(width, height)
        data = png.encode(pictures.raster(drawing, width, height))
        folder = project / "media" / picture.created_at[:4] / picture.created_at[5:7]
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{picture.id}.png"
        path.write_bytes(data)
        path.with_name(path.name + ".meta").write_bytes(sidecar(picture, len(data)).encode())
        written.append(path)
    return written


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


if __name__ == "__main__":
    for path in write(Path(sys.argv[1]) if len(sys.argv) > 1 else DEMO):
        print(f"{path.stat().st_size:>7,} {path}")
