"""Puts a macro's context together: what many calls share, and what one call has for itself.

Owns that rule, for the kernel and for the host. What stands in a context must never enter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

Parts: TypeAlias = Mapping[str, Mapping[str, Any]]
"""Values by section: env, params, data."""


def merged(own: Parts, shared: Iterable[Parts]) -> dict[str, dict[str, Any]]:
    """Return a context.

    The context and its sections are the call's own: what a script puts into them stays with it. The
    values are not copied, 1,000 images would take a millisecond for each call; a script that
    changes them changes what later calls see that were given the same shared parts.

    Args:
        own: What only this call has.
        shared: What it shares with others. Its own values win.

    Returns:
        Every section of any part, merged.
    """
    context: dict[str, dict[str, Any]] = {}
    for parts in (*shared, own):
        for section, values in parts.items():
            there = context.get(section)
            if there is None:
                context[section] = dict(values)
            else:
                there.update(values)
    return context
