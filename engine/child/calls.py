"""Calls from a script to functions of the host: `call("posts.search", "ink")`.

The functions themselves and who may call them are the host's business.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol


class Host(Protocol):
    """The way to the host."""

    def call(self, function: str, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
        """Call a function of the host and wait for what it gives."""


control: Host | None = None
"""The kernel's pipes; set once, before a script runs. A process has one host."""


def call(function: str, *arguments: Any, **named: Any) -> Any:
    """Call a function of the host and wait for what it gives.

    Args:
        function: Its dotted name.
        arguments: Plain data.
        named: Likewise.

    Raises:
        RuntimeError: This process has no host.
        Exception: What the host's function raised, as the same builtin exception.
    """
    if control is None:
        raise RuntimeError(f"{function} can be called in a kernel only")
    return control.call(function, arguments, named)
