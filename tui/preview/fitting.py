"""Makes text and addresses of a page fit to be shown, whatever they hold.

What they mean must never enter.
"""

from __future__ import annotations

import re

from store.one_line import clean

MAX_ADDRESS_CHARS = 120

_SPACE = re.compile(r"[ \t\r\n\f]+")


def fit(text: str) -> str:
    """Take out of a line what steers a terminal; blanks at its ends stay."""
    core = clean(text)
    if not core:
        return " " if text else ""
    return f"{' ' * (len(text) - len(text.lstrip(' ')))}{core}{' ' if text[-1:] == ' ' else ''}"


def address(url: str) -> str:
    """Make an address fit to be shown."""
    shown = clean(url).replace(" ", "%20")
    if shown.startswith("data:"):
        return f"{shown.partition(',')[0][:40]},…"
    return shown if len(shown) <= MAX_ADDRESS_CHARS else f"{shown[: MAX_ADDRESS_CHARS - 1]}…"


def collapsed(text: str) -> str:
    """Make a text fit, with one blank for many and for line ends."""
    return _SPACE.sub(" ", fit(_SPACE.sub(" ", text)))
