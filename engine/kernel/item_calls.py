"""Calls of the API from macros in a batch, answered in time.

Owns the way from a call to the frame that answers it. What a function does is the API's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

import anyio

from engine.child.chunks import encode_for_kernel
from engine.child.protocol import Call, FrameTooLarge, Refusal, Returned

ItemFunctions: TypeAlias = Callable[[Call, Sequence[int]], Awaitable[Returned | Refusal]]
"""What answers the calls of macros, told which items of the batch may have made them: one, or those
that are rendered together. It raises nothing, and is cancelled when the item takes too long."""


async def refuse_item_calls(call: Call, indexes: Sequence[int]) -> Refusal:
    """Answer that there is no such function."""
    return Refusal(call.call_id, "LookupError", f"the host has no function {call.function!r}")


async def answered(
    functions: ItemFunctions, call: Call, indexes: Sequence[int], deadline_s: float
) -> tuple[bytearray, bool]:
    """Answer a call.

    Args:
        functions: What answers it.
        call: What a macro wants.
        indexes: Who may want it.
        deadline_s: When the item has taken too long, by anyio's clock.

    Returns:
        The frame for the kernel, and whether the answer came in time.
    """
    answer: Returned | Refusal | None = None
    with anyio.CancelScope(deadline=deadline_s):
        answer = await functions(call, indexes)
    late = Refusal(call.call_id, "TimeoutError", "the item has taken too long")
    try:
        return encode_for_kernel(answer or late), answer is not None
    except FrameTooLarge as error:
        words = f"what it returns is too large: {error}"
        return encode_for_kernel(Refusal(call.call_id, "OverflowError", words)), True
