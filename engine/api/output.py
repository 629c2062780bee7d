"""What a run shows besides what it prints."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from engine.api.registry import reads
from engine.api.session import Session
from engine.api.text_table import text_table

Cell = str | int | float | bool | None
Row = Annotated[list[Cell], Meta(max_length=100)]
Rows = Annotated[list[Row], Meta(max_length=10_000)]
Columns = Annotated[list[str], Meta(max_length=100)]


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
