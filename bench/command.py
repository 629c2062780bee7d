"""`inkstand bench NAME`."""

from __future__ import annotations


def bench(name: str, *, is_json: bool) -> int:
    """Run a benchmark."""
    raise NotImplementedError(name, is_json)
