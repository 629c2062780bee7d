"""What html says of elements: which are blocks, which end others, what holds inside one.

Reading a page must never enter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from tui.preview.blocks import Frames, Mark

Align: TypeAlias = Literal["left", "right", "center"]

_BLOCK_NAMES = """
    address article aside body blockquote center dd details div dl dt fieldset figcaption figure
    footer form h1 h2 h3 h4 h5 h6 header html li main nav ol p pre section summary table td th tr
    tbody thead tfoot caption ul
"""
_VOID_NAMES = "area base br col embed hr img input link meta param source track wbr"
BLOCKS, VOID = frozenset(_BLOCK_NAMES.split()), frozenset(_VOID_NAMES.split())
MARKS = {
    **dict.fromkeys(("b", "strong", "th", "dt", "summary"), Mark.BOLD),
    **dict.fromkeys(("i", "em", "cite", "dfn", "var", "address", "figcaption"), Mark.ITALIC),
    **dict.fromkeys(("code", "kbd", "samp", "tt"), Mark.CODE),
    **dict.fromkeys(("del", "s", "strike"), Mark.STRIKE),
}
ENDS_ALIKE = {
    "li": (frozenset({"li"}), frozenset({"ul", "ol"})),
    "dt": (frozenset({"dt", "dd"}), frozenset({"dl"})),
    "dd": (frozenset({"dt", "dd"}), frozenset({"dl"})),
    "p": (frozenset({"p"}), BLOCKS - {"p"}),
    "td": (frozenset({"td", "th"}), frozenset({"tr", "table"})),
    "th": (frozenset({"td", "th"}), frozenset({"tr", "table"})),
    "tr": (frozenset({"tr"}), frozenset({"table"})),
}
"""Which open elements a new one ends, and which ones it does not look past."""


@dataclass(slots=True)
class Element:
    """An open element, and what holds inside it."""

    name: str
    marks: Mark = Mark.NONE
    href: str = ""
    title: str = ""
    frames: Frames = ()
    level: int = 0
    columns: int = 0
    """Of the gallery it stands in; 0 for none."""
    is_pre: bool = False
    has_gap: bool = True
    number: int = 0
    """Of the next item, in a numbered list."""
    text_start: int = 0
    """How many runs there were when it was opened."""


def number_of(text: str | None, otherwise: int) -> int:
    """Read a whole number of an attribute."""
    return int(text) if text is not None and re.fullmatch(r"[0-9]{1,9}", text) else otherwise


def alignment_of(attributes: Mapping[str, str]) -> Align:
    """Tell how a cell is aligned."""
    written = f"{attributes.get('align', '')} {attributes.get('style', '')}"
    if "right" in written:
        return "right"
    return "center" if "center" in written else "left"
