"""A whole post as lines: its title, what stands below it, and its text.

Expanding macros must never enter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.render.markdown import to_html
from tui.preview.blocks import Block, Mark, Run, Words
from tui.preview.drawing import draw_blocks
from tui.preview.fitting import fit
from tui.preview.reader import read_blocks

if TYPE_CHECKING:
    from rich.text import Text

    from engine.render.context import Page
    from engine.render.previews import PostPreview


def page_lines(preview: PostPreview, width: int, *, has_links: bool = False) -> list[Text]:
    """Draw a post with its macros expanded.

    Args:
        preview: The post.
        width: Cells of a line.
        has_links: Whether web addresses may be made links of the terminal (OSC 8).
    """
    blocks = [*_head(preview.page), *read_blocks(to_html(preview.text))]
    return draw_blocks(blocks, width, has_links=has_links)


def _head(page: Page) -> list[Block]:
    """Write title, date, tags; a translation has them of the post it translates."""
    facts, known = page.facts, page.original or page.facts
    date = (facts.published_at or known.published_at or known.created_at)[:10]
    status = facts.status or known.status
    parts = [
        date,
        facts.author or known.author,
        ", ".join(facts.tags or known.tags),
        facts.language or known.language,
        "" if status == "published" else status,
    ]
    below = " · ".join(fit(part) for part in parts if part.strip())
    blocks: list[Block] = [Words(runs=[Run(fit(facts.title) or "(no title)")], level=1)]
    if below:
        blocks.append(Words(runs=[Run(below, Mark.QUIET)], has_gap=False))
    return blocks
