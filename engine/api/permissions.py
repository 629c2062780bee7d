"""What scripts may do, by kind: the defaults, and `permissions` in meta/project.json.

"permissions": {"macro": ["read"], "utility": ["read", "write", "external"]}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from engine.api.registry import MARKS, Mark
from engine.kernel.limits import RunKind

DEFAULTS: Mapping[RunKind, frozenset[Mark]] = {
    "macro": frozenset({"read"}),
    "preview": frozenset({"read"}),
    "transform": frozenset({"read"}),
    "utility": frozenset({"read", "write"}),
}
"""Macros and transforms run by themselves, for every page and every link: they only look."""

PLURALS: Mapping[RunKind, str] = {
    "macro": "macros",
    "preview": "previews",
    "transform": "transforms",
    "utility": "utilities",
}


def permissions_of(
    settings: Mapping[str, object],
) -> tuple[Mapping[RunKind, frozenset[Mark]], Sequence[tuple[Sequence[str], str]]]:
    """Read what a project allows.

    Args:
        settings: What meta/project.json holds.

    Returns:
        The marks by kind; and what is wrong: the way to it in the file, and words. What is wrong
        gives nothing: a kind keeps its default.
    """
    found = dict(DEFAULTS)
    problems: list[tuple[Sequence[str], str]] = []
    given = settings.get("permissions")
    if given is None:
        return found, problems
    if not isinstance(given, dict):
        return found, [(("permissions",), "is no object of kinds")]
    for kind, marks in given.items():
        way = ("permissions", str(kind))
        if kind not in DEFAULTS:
            problems.append((way, f"is no kind of script: {', '.join(DEFAULTS)}"))
        elif not isinstance(marks, list) or any(mark not in MARKS for mark in marks):
            problems.append((way, f"is no list of {', '.join(MARKS)}"))
        else:
            found[cast("RunKind", kind)] = frozenset(marks)
    return found, problems
