"""What can be told of a post's text as it is typed: its front matter, its macros, what is wrong.

Owns how front matter and grammar share one text, whose lines are the file's. Files, and running
anything, must never enter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from engine.render.calls import Parsed
from engine.render.grammar import parse
from engine.render.macros import MacroProblem, MacroTable, problems_of
from store import frontmatter
from store.frontmatter import FrontMatterError
from store.post_source import Trouble, look_at

if TYPE_CHECKING:
    from store.facts import PostFacts


@dataclass(frozen=True, slots=True)
class PostAnalysis:
    """A post's text, looked at once."""

    text: str = field(repr=False)
    """What was looked at: front matter and body."""
    facts: PostFacts | None
    """What its front matter says; None when it cannot be read."""
    trouble: Trouble | None
    """Why it cannot; None when it can."""
    body_start: int
    """Where the body starts in `text`, in characters."""
    first_body_line: int
    """The body's first line in `text`, from 1."""
    parsed: Parsed
    """The body as the grammar reads it; its offsets count from `body_start`."""
    problems: Sequence[MacroProblem]
    """What is wrong with its macros. Lines count in `text`, spans in the body."""


def analyse(path: Path, text: str, table: MacroTable, *, expands_in_code: bool) -> PostAnalysis:
    """Look at a post's text.

    Args:
        path: Its file, which may tell its slug; it is not read.
        text: Front matter and body, without a byte order mark.
        table: The macros that there are.
        expands_in_code: Whether macros count in code, too.

    Returns:
        What was found. Where the front matter never ends there is no body.
    """
    facts, trouble = look_at(path, text)
    try:
        parts = frontmatter.split(text)
        body = text if parts is None else parts.body
    except FrontMatterError:
        body = ""
    start = len(text) - len(body)
    above = text.count("\n", 0, start)
    parsed = parse(body, expands_in_code=expands_in_code)
    problems = [one.moved_down(above) for one in problems_of(parsed, table)]
    return PostAnalysis(text, facts, trouble, start, above + 1, parsed, problems)
