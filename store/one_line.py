"""Makes text from files fit to be shown: one line that cannot steer a terminal.

What the text means must never enter.
"""

import re

_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")
"""Control characters (C0, C1), line ends, overrides of the writing direction, half characters."""


def clean(text: str) -> str:
    """Make a text fit for one line: what steers a terminal or breaks a line becomes a space."""
    return _UNFIT.sub(" ", text).strip()
