"""The messages between host and kernel, and how they are framed on the control pipes.

Owns the wire format, shared by both sides. Nothing that only one side needs may come in here.

A frame is a 4-byte big-endian length and that many bytes of msgpack: one of the tagged structs
below.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Literal, TypeAlias

from engine.child.msgspec_core import DecodeError, Decoder, Encoder, Meta, Raw, Struct
from engine.child.signatures import MAX_SIGNATURES, Signature

PROTOCOL = 5
"""Version of the messages; host and kernel must agree on it exactly."""

MAX_HOST_FRAME_BYTES = 64 * 1024 * 1024
"""What a kernel takes: a whole script with its arguments."""

MAX_KERNEL_FRAME_BYTES = 2 * 1024 * 1024
"""What the host takes: a forged length must not make it allocate, and decoding the worst that fits
must not be felt at the keyboard (see docs/design/kernel.md)."""

WHOLE_FILE = "main"
"""The entrypoint that stands for running the file from top to bottom, without a call."""

MAX_TRACE_FRAMES = 100
"""Levels of one traceback."""
MAX_NOTES = 20
MAX_GROUP = 20
"""Members of an exception group that are told."""
MAX_ERRORS = 200
"""Exceptions in one `Failed`, causes and members of groups together."""
MAX_ERROR_DEPTH = 9
"""Causes of causes, and members of members."""
MAX_ERROR_CHARS = 200_000
"""All texts of one `Failed`: showing them takes the host 0.1 s at the worst."""
MAX_PLACE = 1 << 31
"""Of lines and columns."""
MAX_ENTRYPOINTS = 1_000
MAX_PROBLEMS = 100

_LENGTH_BYTES = 4


class ProtocolError(Exception):
    """The other side sent something that is not a frame of this protocol."""


class FrameTooLarge(ProtocolError):
    """A message does not fit into a frame."""


class TraceFrame(Struct, frozen=True):
    """One level of a traceback. Lines count from 1, columns from 1 in characters, 0 = unknown."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    function: str
    source: str
    """The text of that line, without its indentation's end; empty when it is not known."""


class ScriptError(Struct, frozen=True):
    """An exception as data."""

    type: str
    """The qualified name as a traceback shows it, e.g. `ValueError` or `json.JSONDecodeError`."""
    message: str
    frames: Annotated[list[TraceFrame], Meta(max_length=MAX_TRACE_FRAMES)] = []
    notes: Annotated[list[str], Meta(max_length=MAX_NOTES)] = []
    cause: ScriptError | None = None
    """The exception that this one came from."""
    relation: Literal["", "cause", "context"] = ""
    """How `cause` is related: raised `from` it, or while handling it."""
    group: Annotated[list[ScriptError], Meta(max_length=MAX_GROUP)] = []
    """The members of an exception group."""


class Problem(Struct, frozen=True):
    """A place in a source that Python refuses. Lines and columns count from 1."""

    line: int
    column: int
    end_line: int
    end_column: int
    message: str


class Filter(Struct, frozen=True):
    """A seccomp program."""

    program: bytes
    """`struct sock_filter[]`, 8 bytes each."""
    pid_offsets: list[int]
    """Where in it the process's own id belongs, 32 bits each."""


class Policy(Struct, frozen=True, tag="policy"):
    """Host, first: what to import, and how to lock down. Answered by `Ready` or `Refused`."""

    is_sandboxed: bool
    """False: the person has agreed to run without any of what follows."""
    preload: list[str] = []
    """Modules to import before the lockdown; they are installed."""
    filter: Filter | None = None
    """Which system calls are allowed. Of a sandboxed kernel, like the next."""
    seal: Filter | None = None
    """Added when a run's limits have been set: from then on nothing can set them."""
    readable: list[str] = []
    """Files and folders that stay readable."""
    first_user_id: int | None = None
    """For a host that is root and may do that: become this user and group plus the process's id, a
    user that nobody else is. None to stay who it is."""
    memory_bytes: int = 1 << 30
    """Address space, until a run's own limit is set."""
    packages: str = ""
    """A folder of packages that scripts may import and nobody else: it is looked at only once the
    kernel is locked down. One of `readable`."""


class Execute(Struct, frozen=True, tag="execute"):
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
    args: list[str] = []
    """What the person gave behind the script's name; `app.args`."""
    returns_data: bool = False
    """Whether `Result.text` is what is returned as JSON, or the first argument where that is None,
    instead of words for a person."""
    has_toast: bool = False
    """Whether `toast(message)` is a builtin; transforms know it."""
    memory_bytes: int = 1 << 30
    """Address space that the process may have."""
    cpu_s: int | None = None
    """CPU time that it may have used, its start included; None for no limit."""
    threads: int | None = None
    """Threads that its user may have on this machine; None where that cannot be limited."""


class Batch(Struct, frozen=True, tag="batch"):
    """Host: call macros from now on, as `chunks` says. Answered by nothing."""

    memory_bytes: int = 1 << 30
    """Of these three see `Execute`; they hold for all calls together."""
    cpu_s: int | None = None
    threads: int | None = None


class Inspect(Struct, frozen=True, tag="inspect"):
    """Host: parse this source without running it. Answered by `Inspected`."""

    request_id: str
    source: bytes
    path: str


class Returned(Struct, frozen=True, tag="returned"):
    """Host: what a `Call` gave."""

    call_id: int
    value: Any = None
    """Plain data."""


class Refusal(Struct, frozen=True, tag="refusal"):
    """Host: why a `Call` gave nothing; raised in the script."""

    call_id: int
    exception: str
    """The name of a builtin exception, e.g. `PermissionError`."""
    message: str


class Layer(Struct, frozen=True):
    """One part of the lockdown, as it turned out."""

    name: str
    is_enforced: bool
    words: str


class Ready(Struct, frozen=True, tag="ready"):
    """Kernel: everything is imported, the lockdown holds, waiting for work."""

    protocol: int
    python: str
    pid: int
    user_id: int
    """Whose process it is now."""
    layers: list[Layer] = []
    """Empty without the sandbox."""
    lockdown_s: float = 0.0
    """How long the lockdown took."""


class Refused(Struct, frozen=True, tag="refused"):
    """Kernel: it cannot be locked down here, and ends."""

    layer: str
    words: str


class Call(Struct, frozen=True, tag="call"):
    """Kernel: the script calls a function of the host. Answered by `Returned` or `Refusal`."""

    call_id: int
    function: str
    """Its dotted name, e.g. `posts.search`."""
    arguments: Raw
    """An array. Decoded by the types of the function that is called: as plain data, two million
    empty lists would fit into a frame and cost the host 100 MB."""
    named: Raw
    """A map from names to values; likewise."""


class Result(Struct, frozen=True, tag="result"):
    """Kernel: the script ended well."""

    run_id: str
    text: str
    """The entrypoint's return value as text; empty for None. JSON where `Execute.returns_data`."""


class Failed(Struct, frozen=True, tag="failed"):
    """Kernel: the script raised, or could not be compiled."""

    run_id: str
    error: ScriptError
    limit: Literal["", "cpu", "memory", "threads"] = ""
    """The limit that the exception comes from; a script can pretend, and harms but itself."""


class Inspected(Struct, frozen=True, tag="inspected"):
    """Kernel: what the source holds."""

    request_id: str
    entrypoints: Annotated[list[str], Meta(max_length=MAX_ENTRYPOINTS)]
    """`WHOLE_FILE`, then the public top-level functions in the order of the file."""
    problems: Annotated[list[Problem], Meta(max_length=MAX_PROBLEMS)]
    signatures: Annotated[list[Signature], Meta(max_length=MAX_SIGNATURES)] = []
    """Of those entrypoints that declare what they take by name."""


HostMessage: TypeAlias = Policy | Execute | Batch | Inspect | Returned | Refusal
KernelMessage: TypeAlias = Ready | Refused | Call | Result | Failed | Inspected

_UNDECODABLE = (DecodeError, ValueError, RecursionError, OverflowError)
"""What decoding may raise; texts that are not UTF-8 are a ValueError."""

_encoder = Encoder()


# Each side needs one or two of them, and making one takes 0.3 ms.
@cache
def _decoder(kind: object) -> Decoder[Any]:
    return Decoder(kind)


def encode(message: HostMessage | KernelMessage, max_bytes: int) -> bytes:
    """Return the message as one frame.

    Args:
        message: Plain data, as `msgspec` encodes it.
        max_bytes: What the other side takes.

    Raises:
        FrameTooLarge: It is larger than that.
        TypeError: It holds what is no plain data.
        OverflowError: It holds an integer of more than 64 bits.
    """
    body = _encoder.encode(message)
    if len(body) > max_bytes:
        raise FrameTooLarge(f"{len(body):,} bytes, where at most {max_bytes:,} go through")
    return len(body).to_bytes(_LENGTH_BYTES, "big") + body


def decode_host_message(body: bytes) -> HostMessage:
    """Return what the host sent.

    Raises:
        ProtocolError: It is not a message of the host.
    """
    try:
        message: HostMessage = _decoder(HostMessage).decode(body)
    except _UNDECODABLE as error:
        raise ProtocolError(str(error)) from error
    return message


def decode_kernel_message(body: bytes) -> KernelMessage:
    """Return what the kernel sent; it may have been forged by the script inside.

    Raises:
        ProtocolError: It is not a message of a kernel.
    """
    try:
        message: KernelMessage = _decoder(KernelMessage).decode(body)
    except _UNDECODABLE as error:
        raise ProtocolError(str(error)) from error
    if isinstance(message, Failed):
        check_size(message.error)
    return message


def check_size(error: ScriptError) -> None:
    """Refuse an error that would take long to show, overflow the stack, or blow memory up.

    Raises:
        ProtocolError: It is one.
    """
    if size_of(error) > MAX_ERROR_CHARS:
        raise ProtocolError(f"an error of more than {MAX_ERROR_CHARS:,} characters")
    waiting, count = [(error, 1)], 0
    while waiting:
        one, depth = waiting.pop()
        count += 1
        if count > MAX_ERRORS or depth > MAX_ERROR_DEPTH:
            raise ProtocolError("an error of too many causes and members")
        for frame in one.frames:
            places = (frame.line, frame.column, frame.end_line, frame.end_column)
            if not all(0 <= place <= MAX_PLACE for place in places):
                raise ProtocolError("an error at a place that no file has")
        waiting += [(member, depth + 1) for member in one.group]
        if one.cause is not None:
            waiting.append((one.cause, depth + 1))


def size_of(error: ScriptError) -> int:
    """Count the characters of an error with its causes and members."""
    waiting, size = [error], 0
    while waiting:
        one = waiting.pop()
        size += len(one.type) + len(one.message) + sum(map(len, one.notes))
        for frame in one.frames:
            size += len(frame.path) + len(frame.function) + len(frame.source)
        waiting += one.group
        if one.cause is not None:
            waiting.append(one.cause)
    return size


class FrameReader:
    """Cuts a stream of bytes into frames of at most `max_bytes`."""

    def __init__(self, max_bytes: int) -> None:
        self._buffer = bytearray()
        self._max_bytes = max_bytes

    def feed(self, data: bytes) -> list[bytes]:
        """Add what was read.

        Returns:
            The bodies of the frames that are whole now, in order.

        Raises:
            FrameTooLarge: A frame announces more than `max_bytes`.
        """
        buffer = self._buffer
        size = len(data) - _LENGTH_BYTES
        is_one = not buffer and int.from_bytes(data[:_LENGTH_BYTES], "big") == size
        if is_one and size <= self._max_bytes:  # and whole, as nearly always
            return [data[_LENGTH_BYTES:]]
        buffer += data
        bodies: list[bytes] = []
        start, length = 0, len(buffer)
        with memoryview(buffer) as view:
            while (begin := start + _LENGTH_BYTES) <= length:
                size = int.from_bytes(view[start:begin], "big")
                if size > self._max_bytes:
                    raise FrameTooLarge(
                        f"a frame announces {size:,} bytes, "
                        f"where at most {self._max_bytes:,} go through"
                    )
                start = begin + size
                if start > length:
                    start = begin - _LENGTH_BYTES
                    break
                bodies.append(view[begin:start].tobytes())
        del buffer[:start]
        return bodies
