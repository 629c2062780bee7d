"""The messages of a batch: macros and chunks of calls to a kernel, one outcome a call back.

Owns their form, shared by both sides. Framing, and what every kernel may say, is `protocol`'s.

A kernel that was sent `protocol.Batch` understands `Macros` and `Work`. It answers each `Work` with
one `Ended` an item, in their order and each written as it is made, and one `Done`. So whatever ends
the kernel, the item that was running is the first without an outcome.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any, Literal, TypeAlias

from engine.child.msgspec_core import DecodeError, Decoder, Encoder, Meta, Raw, Struct
from engine.child.msgspec_core import decode as decode_plain
from engine.child.protocol import (
    MAX_HOST_FRAME_BYTES,
    MAX_KERNEL_FRAME_BYTES,
    MAX_PLACE,
    Batch,
    Call,
    FrameTooLarge,
    ProtocolError,
    Refusal,
    Refused,
    Returned,
    ScriptError,
    check_size,
)

MAX_DATA_BYTES = 64 * 1024
"""What one call may return beside its html, packed: decoding the worst that fits takes 4 MB."""
MAX_WARNINGS = 100
MAX_SHARED = 64
"""Slots of a kernel."""
MAX_CHUNK_RESULT_BYTES = 4 * 1024 * 1024
"""Once a chunk has given that much its kernel leaves the rest of it, which is asked again."""
MAX_RESULT_FRAME_BYTES = MAX_KERNEL_FRAME_BYTES

FailureKind: TypeAlias = Literal["raised", "bad_return", "limit", "timeout", "died"]
"""Why a call gave nothing: the macro raised; returned what is no html; needed more than it may
have; took too long; or its interpreter ended under it."""

_Count: TypeAlias = Annotated[int, Meta(ge=0, lt=1 << 62)]


class MacroSource(Struct, frozen=True):
    """A macro, as a kernel gets it."""

    name: str
    source: bytes
    """The whole file, header included."""
    path: str
    """How the script is called in tracebacks."""
    entrypoint: str = "render"


class Macros(Struct, frozen=True, tag="macros"):
    """Host: the macros that `Item.macro` counts from now on. Answered by nothing.

    Those that a kernel has had before, by all of their content, stay loaded.
    """

    macros: list[MacroSource]


class Shared(Struct, frozen=True, tag="shared"):
    """Host: what many calls have in common, kept until another takes its slot. Not answered."""

    slot: int
    """Below `MAX_SHARED`."""
    parts: bytes
    """Values by section, in msgpack; see `engine.child.contexts`."""


NO_NAMED = Raw(b"")
"""Stands for no keyword arguments; known by its identity."""


class Item(Struct, frozen=True, array_like=True, gc=False):
    """One call."""

    macro: int
    post: int
    """Which of `Work.posts`; -1 for none."""
    share: int
    """Which of `Work.shares`; -1 for none."""
    context: Raw
    """Its own part. Decoded in the kernel, anew for each call: what one changes in it no other
    sees."""
    named: Raw = NO_NAMED
    """Keyword arguments, where there are any."""


class Work(Struct, frozen=True, tag="work"):
    """Host: calls, one after the other. Answered by their outcomes and `Done`."""

    number: int
    posts: list[Raw]
    shares: list[list[int]]
    """Slots of `Shared` that some items have in common."""
    items: list[Item]
    sizes: list[int] = []
    """How many items belong together, for `render_many`; they add up. Empty: each is alone."""


class PackedWork(Struct, frozen=True, tag="work"):
    """`Work` as the host writes it: posts and items are packed already."""

    number: int
    posts: list[Raw]
    shares: list[list[int]]
    items: list[Raw]
    sizes: list[int]


class Rendered(Struct, frozen=True, tag="rendered", omit_defaults=True, gc=False):
    """What a call gave."""

    html: str
    duration_ns: _Count = 0
    """The time inside the macro, as its process measured it."""
    warnings: Annotated[list[str], Meta(max_length=MAX_WARNINGS)] = []
    packed: Annotated[bytes, Meta(max_length=MAX_DATA_BYTES)] = b""
    """`data`, in msgpack; empty for None."""

    @property
    def data(self) -> Any:
        """What the macro returned beside its html: plain data, or None.

        Raises:
            ProtocolError: What it sent is none.
        """
        if not self.packed:
            return None
        try:
            return decode_plain(self.packed)
        except _UNDECODABLE as error:
            raise ProtocolError(str(error)) from error


class ItemFailed(Struct, frozen=True, tag="failed"):
    """A call that gave nothing, and why."""

    kind: FailureKind
    error: ScriptError
    """What was raised, with its places in the script; of a death or a kill, where the entrypoint
    is, as far as that is known."""
    words: str = ""
    """What happened, for a person, where the error's message does not say it."""
    duration_ns: _Count = 0
    limit: Literal["", "wall", "memory", "threads", "frames", "cpu"] = ""
    """The limit that had to do with it."""

    @property
    def place(self) -> str:
        """`path:line` of the innermost frame that is known; empty for none."""
        if not self.error.frames:
            return ""
        frame = self.error.frames[-1]
        return f"{frame.path}:{frame.line}" if frame.line else frame.path


Outcome: TypeAlias = Rendered | ItemFailed


class Ended(Struct, frozen=True, tag="ended", gc=False):
    """Kernel: a call is over."""

    position: int
    """Which item of the `Work`, from 0."""
    outcome: Outcome


class Loading(Struct, frozen=True, tag="loading"):
    """Kernel: a macro's script is being executed, the first time here."""

    macro: int


class Loaded(Struct, frozen=True, tag="loaded"):
    """Kernel: it has been, well or not."""

    macro: int
    line: Annotated[int, Meta(ge=0, le=MAX_PLACE)]
    """Where its entrypoint stands; 0 where that is not known."""


class Alone(Struct, frozen=True, tag="alone"):
    """Kernel: `render_many` gave nothing for items that belong together; each is called alone."""

    position: int
    """The first of them."""


class Done(Struct, frozen=True, tag="done"):
    """Kernel: it is through with a `Work`."""

    number: int
    count: int
    """How many of its items it has called; fewer than there are where they gave too much."""


BatchMessage: TypeAlias = Macros | Shared | Work | Returned | Refusal
BatchAnswer: TypeAlias = Ended | Done | Loading | Loaded | Alone | Call | Refused

_MAX_WORDS = 2_000
_LENGTH_BYTES = 4
_LIST_OF = b"\xdd"
"""Begins a list in msgpack; its length follows in four bytes."""
_UNDECODABLE = (DecodeError, ValueError, RecursionError, OverflowError)

encoder = Encoder()


@cache
def _decoder(kind: object) -> Decoder[Any]:
    return Decoder(kind)


def encode_for_kernel(
    message: Batch | Macros | Shared | PackedWork | Returned | Refusal,
) -> bytearray:
    """Return a message of the host as one frame.

    Raises:
        FrameTooLarge: It is larger than a kernel takes.
    """
    frame = bytearray()
    encoder.encode_into(message, frame, _LENGTH_BYTES)
    size = len(frame) - _LENGTH_BYTES
    if size > MAX_HOST_FRAME_BYTES:
        raise FrameTooLarge(f"{size:,} bytes, where at most {MAX_HOST_FRAME_BYTES:,} go through")
    frame[:_LENGTH_BYTES] = size.to_bytes(_LENGTH_BYTES, "big")
    return frame


def decode_batch_message(body: bytes) -> BatchMessage:
    """Return what the host sent to a kernel that runs a batch.

    Raises:
        ProtocolError: It is no such message.
    """
    try:
        message: BatchMessage = _decoder(BatchMessage).decode(body)
    except _UNDECODABLE as error:
        raise ProtocolError(str(error)) from error
    return message


def decode_batch_answers(bodies: list[bytes]) -> Iterator[BatchAnswer]:
    """Return what such a kernel sent; it may have been forged by a macro inside.

    All in one go, where all is well: a third of the time of one by one.

    Raises:
        ProtocolError: One is no such message; those before it have been yielded.
    """
    try:
        messages: list[BatchAnswer] = _decoder(list[BatchAnswer]).decode(
            _LIST_OF + len(bodies).to_bytes(_LENGTH_BYTES, "big") + b"".join(bodies)
        )
    except _UNDECODABLE:
        for body in bodies:
            yield _decoded_answer(body)
        return
    for message in messages:
        if type(message) is Ended and type(message.outcome) is ItemFailed:
            _check_failure(message.outcome)
        yield message


def _decoded_answer(body: bytes) -> BatchAnswer:
    try:
        message: BatchAnswer = _decoder(BatchAnswer).decode(body)
    except _UNDECODABLE as error:
        raise ProtocolError(str(error)) from error
    if isinstance(message, Ended) and isinstance(message.outcome, ItemFailed):
        _check_failure(message.outcome)
    return message


def _check_failure(failure: ItemFailed) -> None:
    check_size(failure.error)
    if len(failure.words) > _MAX_WORDS:
        raise ProtocolError("a failure told in too many words")
