"""What a preview consists of: headings, paragraphs, lists, pictures, as plain data.

How they are found in html, and how they are drawn, must never enter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntFlag
from typing import Literal, TypeAlias


class Mark(IntFlag):
    """How a run of text is set off."""

    NONE = 0
    BOLD = 1
    ITALIC = 2
    CODE = 4
    STRIKE = 8
    LINK = 16
    QUIET = 32
    """An address, a count: what a reader may skip."""
    FAULT = 64


@dataclass(frozen=True, slots=True)
class Run:
    """Text set off in one way. A line end in it is one on the page."""

    text: str
    """Fit to be shown."""
    marks: Mark = Mark.NONE
    href: str = ""
    """Where it leads."""


@dataclass(frozen=True, eq=False, slots=True)
class Frame:
    """What some blocks stand in, and what stands before their lines. Each is its own."""

    marker: str
    """Before the first line in it: `- `, `12. `; a quotation's before each."""
    is_quote: bool = False


Frames: TypeAlias = tuple[Frame, ...]
"""From the outermost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A part of the page that begins in a line of its own."""

    frames: Frames = ()
    has_gap: bool = True
    """Whether an empty line stands before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words(Block):
    """A paragraph or a heading."""

    runs: Sequence[Run]
    level: int = 0
    """1 to 6 for a heading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Code(Block):
    """Lines that keep their blanks."""

    lines: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Block):
    """A line across the page."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a gallery."""

    title: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures(Block):
    """Pictures side by side."""

    pictures: Sequence[Picture]
    columns: int
    """How many a row has where there is room."""


@dataclass(frozen=True, slots=True)
class CloudWord:
    """A word of a tag cloud."""

    text: str
    weight: float
    """0 for the smallest to 1 for the largest."""
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud(Block):
    """Words by their weight."""

    words: Sequence[CloudWord]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table."""

    runs: Sequence[Run]
    align: Literal["left", "right", "center"] = "left"
    is_head: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(Block):
    """Rows of cells; they need not be equally long."""

    rows: Sequence[Sequence[Cell]]
