"""The text in front of the attacks, in parts: compiling all of it would take half a run's time."""

from __future__ import annotations

import re
from pathlib import Path

_FOLDER = Path(__file__).parent
_CORE = (_FOLDER / "core.py").read_text()
_PARTS = {
    re.compile(r"\b(native|returns_twice|old_call|low_memory)\("): "machine_code.py",
    re.compile(r"\bRing\("): "ring.py",
    re.compile(r"\bshared\("): "memory.py",
}
_OWN_IMPORTS = re.compile(r"^from (__future__|tests)[^\n]*\n", re.MULTILINE)


def prelude_for(source: str) -> str:
    """Return what an attack needs in front of it."""
    parts = [_CORE]
    for used, name in _PARTS.items():
        if used.search(source):
            # The core is there already, and `__future__` may only come first.
            parts.append(_OWN_IMPORTS.sub("", (_FOLDER / name).read_text()))
    return "\n".join(parts)
