"""For attacks on buffers: the fd itself, past what `app.buffers` makes of it."""

from __future__ import annotations

from engine.child import buffers, calls


def shared(name: str) -> int:
    """Return the fd of a buffer: `shown`, which can be read, or `own`, which can be written."""
    answer = calls.call("buffers.open", name)
    return buffers.Inlet()._take(answer["serial"])
