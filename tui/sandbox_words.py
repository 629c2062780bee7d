"""Words about the sandbox that screen and command line share."""

from __future__ import annotations

from collections.abc import Sequence

_NAMED = 5


def listed(scripts: Sequence[str]) -> str:
    """Return in words which scripts a person has not agreed to yet."""
    named = ", ".join(scripts[:_NAMED])
    more = f" and {len(scripts) - _NAMED} more" if len(scripts) > _NAMED else ""
    return f"New or changed since you last agreed: {named}{more}."
