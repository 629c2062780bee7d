"""What a run shows besides what it prints."""

from __future__ import annotations

from typing import Annotated, Literal

import anyio.to_thread
from msgspec import Meta

from engine.api.registry import reads
from engine.api.session import Session
from engine.api.text_table import text_table
from engine.child import pictures

Cell = str | int | float | bool | None
Row = Annotated[list[Cell], Meta(max_length=100)]
Rows = Annotated[list[Row], Meta(max_length=10_000)]
Columns = Annotated[list[str], Meta(max_length=100)]
Value = Annotated[int, Meta(ge=0, le=255)]
# Not a tuple: msgspec 0.22 reads wild memory for a bounded value or a tuple, and the host crashes.
Colour = Annotated[list[Value], Meta(min_length=3, max_length=3)]
PixelRow = Annotated[list[Value | Colour], Meta(max_length=400)]
Pixels = Annotated[list[PixelRow], Meta(max_length=400)]


@reads
async def table(
    session: Session,
    rows: Rows,
    *,
    columns: Columns = [],  # noqa: B006 - never changed; the stub shows it
    title: str = "",
) -> str:
    """Print rows as a table. In a script they may be mappings, whose keys are the columns then.

    Args:
        rows: The lines; each a list of texts, numbers, yes and no.
        columns: What stands above.
        title: A line in front.

    Returns:
        The table as text; a script's `table` prints it.

    Example:
        app.output.table([["ink", 3], ["paper", 12]], columns=["what", "how many"])
    """
    return text_table(rows, columns, title)


@reads
async def image(
    session: Session,
    pixels: Pixels | str,
    *,
    columns: Annotated[int, Meta(ge=1, le=pictures.MAX_COLUMNS)] = 60,
    depth: Literal[24, 8] = 24,
) -> str:
    """Print a picture as half blocks. In a script it may be an array, and is drawn there.

    Args:
        pixels: Rows of grey values, or of red, green and blue, 0 to 255; or a buffer's name.
        columns: How wide it may become; a wider one is scaled down.
        depth: Bits of a colour; 8 is for terminals of 256 colours.

    Returns:
        The picture as text with colours; a script's `image` prints it.

    Example:
        app.output.image([[(x * 4, y * 8, 128) for x in range(60)] for y in range(30)])
    """
    if isinstance(pixels, str):
        from engine.api.buffers import found_picture

        with found_picture(session, pixels, "output.image").view() as view:
            return await anyio.to_thread.run_sync(pictures.draw, view, columns, depth)
    return await anyio.to_thread.run_sync(pictures.draw, pixels, columns, depth)
