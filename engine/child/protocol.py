"""The messages between host and kernel, and how they are framed on the control pipes.

Owns the wire format, shared by both sides. Nothing that only one side needs may come in here.

A frame is a 4-byte big-endian length and that many bytes of msgpack: one of the tagged structs
below.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import msgspec

PROTOCOL = 1
"""Version of the messages; host and kernel must agree on it exactly."""

MAX_FRAME_BYTES = 64 * 1024 * 1024
"""No frame is larger, in either direction: a forged length must not make the reader allocate."""

WHOLE_FILE = "main"
"""The entrypoint that stands for running the file from top to bottom, without a call."""

_LENGTH_BYTES = 4


class ProtocolError(Exception):
    """The other side sent something that is not a frame of this protocol."""


class TraceFrame(msgspec.Struct, frozen=True):
    """One level of a traceback. Lines count from 1, columns from 1 in characters, 0 = unknown."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    function: str
    source: str
    """The text of that line, without its indentation's end; empty when it is not known."""


class ScriptError(msgspec.Struct, frozen=True):
    """An exception as data."""

    type: str
    """The qualified name as a traceback shows it, e.g. `ValueError` or `json.JSONDecodeError`."""
    message: str
    frames: list[TraceFrame] = []
    notes: list[str] = []
    cause: ScriptError | None = None
    """The exception that this one came from."""
    relation: Literal["", "cause", "context"] = ""
    """How `cause` is related: raised `from` it, or while handling it."""
    group: list[ScriptError] = []
    """The members of an exception group."""


class Problem(msgspec.Struct, frozen=True):
    """A place in a source that Python refuses. Lines and columns count from 1."""

    line: int
    column: int
    end_line: int
    end_column: int
    message: str


class Execute(msgspec.Struct, frozen=True, tag="execute"):
    """Host: run this source. Answered by `Result` or `Failed`, or by the end of the kernel."""

    run_id: str
    source: bytes
    """The whole file, header included, so that its lines are the file's lines."""
    path: str
    """The name the script sees as `__file__` and tracebacks show."""
    entrypoint: str
    """`WHOLE_FILE`, or a top-level function to call once the file has run."""
    arguments: list[Any] = []
    """Positional arguments; those beyond what the function takes are left out."""


class Inspect(msgspec.Struct, frozen=True, tag="inspect"):
    """Host: parse this source without running it. Answered by `Inspected`."""

    request_id: str
    source: bytes
    path: str


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """Kernel: everything is imported, waiting for work."""

    protocol: int
    python: str


class Result(msgspec.Struct, frozen=True, tag="result"):
    """Kernel: the script ended well."""

    run_id: str
    text: str
    """The entrypoint's return value as text; empty for None."""


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """Kernel: the script raised, or could not be compiled."""

    run_id: str
    error: ScriptError


class Inspected(msgspec.Struct, frozen=True, tag="inspected"):
    """Kernel: what the source holds."""

    request_id: str
    entrypoints: list[str]
    """`WHOLE_FILE`, then the public top-level functions in the order of the file."""
    problems: list[Problem]


HostMessage: TypeAlias = Execute | Inspect
KernelMessage: TypeAlias = Ready | Result | Failed | Inspected

_encoder = msgspec.msgpack.Encoder()
_host_decoder = msgspec.msgpack.Decoder(HostMessage)
_kernel_decoder = msgspec.msgpack.Decoder(KernelMessage)


def encode(message: HostMessage | KernelMessage) -> bytes:
    """Return the message as one frame.

    Raises:
        ProtocolError: It is larger than MAX_FRAME_BYTES.
    """
    body = _encoder.encode(message)
    if len(body) > MAX_FRAME_BYTES:
        raise ProtocolError(f"a frame of {len(body)} bytes; at most {MAX_FRAME_BYTES} go through")
    return len(body).to_bytes(_LENGTH_BYTES, "big") + body


def decode_host_message(body: bytes) -> HostMessage:
    """Return what the host sent.

    Raises:
        ProtocolError: It is not a message of the host.
    """
    try:
        message: HostMessage = _host_decoder.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ProtocolError(str(error)) from error
    return message


def decode_kernel_message(body: bytes) -> KernelMessage:
    """Return what the kernel sent; it may have been forged by the script inside.

    Raises:
        ProtocolError: It is not a message of a kernel.
    """
    try:
        message: KernelMessage = _kernel_decoder.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ProtocolError(str(error)) from error
    return message


class FrameReader:
    """Cuts a stream of bytes into frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Add what was read.

        Returns:
            The bodies of the frames that are whole now, in order.

        Raises:
            ProtocolError: A frame announces more than MAX_FRAME_BYTES.
        """
        buffer = self._buffer
        buffer += data
        bodies: list[bytes] = []
        start = 0
        while len(buffer) - start >= _LENGTH_BYTES:
            size = int.from_bytes(buffer[start : start + _LENGTH_BYTES], "big")
            if size > MAX_FRAME_BYTES:
                raise ProtocolError(f"a frame announces {size} bytes; at most {MAX_FRAME_BYTES}")
            end = start + _LENGTH_BYTES + size
            if len(buffer) < end:
                break
            bodies.append(bytes(buffer[start + _LENGTH_BYTES : end]))
            start = end
        del buffer[:start]
        return bodies
