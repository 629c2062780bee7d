"""What `inkstand bench batch` calls: a macro, and contexts of ten keys and 2 KB."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.render.batch import BatchItem, MacroCode

MACRO = """def render(context, post):
    return "<p>" + context["body"][:1000] + context["key0"] + "</p>"
"""
"""1 KB out."""
WORKING_MACRO = """def render(context, post):
    words = 0
    for number in range(4000):
        words += number % 7
    return "<p>" + context["body"][:1000] + str(words) + "</p>"
"""
"""The same with some work, 200 us or so: what two kernels can share."""
_BODY = "Ink dries slowly. " * 112


_CONTEXT = {**{f"key{key}": f"value number {key}" for key in range(9)}, "body": _BODY}


def context_of(number: int) -> dict[str, Any]:
    """Make a context: ten keys, 2 KB. Quickly, for that is no time of the engine's."""
    return {**_CONTEXT, "key0": f"value {number}"}


def items(count: int) -> Iterator[BatchItem]:
    """Make the calls."""
    for number in range(count):
        yield BatchItem(0, context_of(number))


def macros(source: str = MACRO) -> list[MacroCode]:
    """Return the one macro."""
    return [MacroCode("bench", source.encode(), "scripts/bench.py")]


def sample() -> Mapping[str, Any]:
    """Return what a peer in another language needs."""
    return {"macro": MACRO, "context": context_of(0)}
