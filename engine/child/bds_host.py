"""What the methods of the plan's host are made of: calls of the host, None where nothing is.

What a single method does must never enter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from engine.child.bds_shapes import Given, Values
from engine.child.calls import call


class Method(NamedTuple):
    """A method; its arguments come checked."""

    call: Callable[..., Any]
    parameters: str = ""
    """Each as `name:type`, with `?` behind it when it may be left out."""


def project_id() -> str:
    """Return the project's id."""
    return str(call("project.get")["id"])


def or_none(function: str, *arguments: Any, **named: Any) -> Any:
    """Call a function of the host; None when there is no such entry."""
    try:
        return call(function, *arguments, **named)
    except LookupError:
        return None


def given(data: Given, names: Mapping[str, str]) -> Values:
    """Return what the host calls the values that are there."""
    return {ours: data[theirs] for theirs, ours in names.items() if data.get(theirs) is not None}


def rebuild(**named: Any) -> None:
    """Bring the index in line with the files."""
    call("project.rebuild", **named)
