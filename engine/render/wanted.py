"""Reads from a macro's text which data of the project it wants, without running or parsing it.

Owns the line `# data: ...`. What the data are, and where they come from, must never enter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

SHARED_DATA = ("media", "tags")
"""What is the same for every post."""
DATA = ("linkedMedia", *SHARED_DATA)
"""What a macro can want; each is a key of `context["data"]`."""

_LINE = re.compile(r"#[ \t]*data:[ \t]*(.*)")
_READS_DATA = re.compile(r"""\[\s*["']data["']\s*\]|\.get\(\s*["']data["']""")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a macro wants."""

    names: tuple[str, ...]
    """Some of DATA, in its order."""
    problems: tuple[tuple[int, str], ...] = ()
    """Lines of the body, from 1, and what is wrong with them."""


@lru_cache(maxsize=256)
def wanted_data(body: str) -> Wanted:
    """Tell what a macro wants to find in `context["data"]`.

    It says so among the comments above its first line of code: `# data: media, tags`. One that says
    nothing and yet reads `context["data"]` is given all that posts share: it costs time and harms
    nothing, and macros from before there was such a line go on working.

    Args:
        body: The script's text below its header.

    Returns:
        The data, and words that name none.
    """
    names: set[str] = set()
    problems: list[tuple[int, str]] = []
    has_line = False
    for number, line in enumerate(body.lstrip("\ufeff").split("\n"), 1):
        text = line.strip()
        if text and not text.startswith("#"):
            break
        if not (found := _LINE.fullmatch(text)):
            continue
        has_line = True
        for word in filter(None, re.split(r"[\s,]+", found[1])):
            if word in DATA:
                names.add(word)
            else:
                problems.append((number, f"there is no data {word!r}; there is {', '.join(DATA)}"))
    if not has_line and _READS_DATA.search(body):
        names.update(SHARED_DATA)
    return Wanted(tuple(name for name in DATA if name in names), tuple(problems))
