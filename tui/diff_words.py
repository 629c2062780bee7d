"""How a line of a text diff is shown: nothing of it steers the terminal, and nothing is invisible.

What differs is the store's; colours are the screen's.
"""

from __future__ import annotations

import re

_TAB = 4
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_TRAILING = re.compile(r" +$")


def visible(text: str) -> str:
    """Make a line of a file fit to be shown.

    Args:
        text: The line, without its newline.

    Returns:
        The same with tabs as spaces, spaces at the end as dots, and control characters, line ends
        that are none, overrides of the writing direction and half characters spelled out.
    """
    shown = _TRAILING.sub(lambda match: "·" * len(match[0]), text.expandtabs(_TAB))
    return _UNFIT.sub(_spelled, shown)


def _spelled(match: re.Match[str]) -> str:
    code = ord(match[0])
    return "\\r" if code == 0x0D else f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
