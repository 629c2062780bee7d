"""The API as macros of a batch reach it: one session for all of them.

Owns the way from a kernel's call to the session. What a function does is the API's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.child.protocol import Call, Refusal, Returned
from engine.kernel.item_calls import ItemFunctions

if TYPE_CHECKING:
    from engine.api.session import Session
    from engine.kernel.limits import RunKind
    from engine.workspace import Workspace


def item_functions(workspace: Workspace, kind: RunKind) -> ItemFunctions:
    """Return what answers the calls of macros, with the rights that the project gives them."""
    sessions: list[Session] = []

    async def answer(call: Call, indexes: Sequence[int]) -> Returned | Refusal:
        from engine.api.functions import registry

        if not sessions:  # the first call: until then a batch pays nothing for the API
            sessions.append(_session(workspace, kind))
        return await sessions[0].answer(registry(), call)

    return answer


def _session(workspace: Workspace, kind: RunKind) -> Session:
    from engine.api.permissions import PLURALS, permissions_of
    from engine.api.session import Session

    permissions, _ = permissions_of(workspace.project.settings)
    return Session(workspace, permissions[kind], PLURALS[kind])
