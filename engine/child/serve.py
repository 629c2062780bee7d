"""What a kernel does once it is ready: answer `Inspect` as often as asked, and `Execute` once.

Owns the control pipes and the end of the process: it ends as any Python program ends (threads are
joined, `atexit` runs) and reports last.
"""

from __future__ import annotations

import _thread
import atexit
import builtins
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from io import TextIOWrapper
from types import FrameType
from typing import Any, Literal, NoReturn

from engine.child import app, calls, errors, lockdown, protocol
from engine.child.execute import execute, inspect_source, warm_up
from engine.child.msgspec_core import Raw, encode
from engine.child.protocol import (
    Batch,
    Call,
    Execute,
    Failed,
    Inspect,
    Policy,
    Refusal,
    Refused,
    Result,
    Returned,
    ScriptError,
)

_LITTLE_BYTES = 1 << 13
"""What is read at a time, as long as it holds all there is. What a larger read does not use goes
back to the system, and the next asks for it again: that doubled a kernel's part of a call."""
_MUCH_BYTES = 1 << 18
"""Behind a read that was full: long answers, and chunks of a batch."""


class CpuTimeExceeded(BaseException):
    """Raised in a script that has used up its CPU time; no `except Exception` swallows it."""


class Control:
    """The control pipes, blocking: while it waits, a kernel has nothing else to do."""

    def __init__(self, reading: int, writing: int) -> None:
        self._reading = reading
        self._writing = writing
        self._frames = protocol.FrameReader(protocol.MAX_HOST_FRAME_BYTES)
        self._pending: list[bytes] = []
        self._calling = _thread.allocate_lock()  # `threading` takes 1.5 ms
        self._calls = 0
        self._read_bytes = _LITTLE_BYTES

    def send(self, message: protocol.KernelMessage) -> None:
        """Write the message whole.

        Raises:
            FrameTooLarge: The host takes no message of that size.
        """
        self.write(protocol.encode(message, protocol.MAX_KERNEL_FRAME_BYTES))

    def write(self, frame: bytes | bytearray) -> None:
        """Write a frame whole."""
        written = os.write(self._writing, frame)
        if written < len(frame):  # a signal came
            data = memoryview(frame)[written:]
            while data:
                data = data[os.write(self._writing, data) :]

    def receive(self) -> protocol.HostMessage | None:
        """Return the next message, or None when the host has let go."""
        body = self.receive_body()
        return None if body is None else protocol.decode_host_message(body)

    def receive_body(self) -> bytes | None:
        """Return the next frame's body, or None when the host has let go."""
        while not self._pending:
            data = os.read(self._reading, self._read_bytes)
            if not data:
                return None
            self._read_bytes = _MUCH_BYTES if len(data) == self._read_bytes else _LITTLE_BYTES
            self._pending = self._frames.feed(data)
        return self._pending.pop(0)

    def call(self, function: str, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
        """Call a function of the host and wait for what it gives; one thread at a time.

        Raises:
            Exception: What the host raised, where it is a builtin exception; else RuntimeError.
        """
        with self._calling:
            self._calls += 1
            packed = Raw(encode(list(arguments))), Raw(encode(dict(named)))
            self.send(Call(self._calls, function, *packed))
            answer = self.receive()
        if isinstance(answer, Returned):
            return answer.value
        if isinstance(answer, Refusal):
            raise raised_by(answer)
        raise EOFError(f"{function}: the host does not answer any more")


def raised_by(refusal: Refusal) -> Exception:
    """Return what a refusal is for the script."""
    kind = getattr(builtins, refusal.exception, None)
    if isinstance(kind, type) and issubclass(kind, Exception):
        return kind(refusal.message)
    return RuntimeError(refusal.message)


def prepare(policy: Policy) -> None:
    """Import what scripts want to find there, and set the process up for one of them."""
    for name in policy.preload:
        with suppress(ImportError):  # broken: a script that wants it will be told
            __import__(name)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())  # what the host blocks is inherited
    # Whoever starts us behind an `&` in a shell script has SIGINT ignored, which is inherited.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGXCPU, _cpu_time_exceeded)
    # A script's lines must be seen as they come, as on a terminal.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(line_buffering=True)
    app.install()
    warm_up()


def _cpu_time_exceeded(number: int, frame: FrameType | None) -> NoReturn:
    raise CpuTimeExceeded("it has used up its CPU time")


def serve(control: Control, policy: Policy) -> None:
    """Answer the host until it lets go, or until a script or a batch has been run."""
    calls.control = control
    while (request := control.receive()) is not None:
        if isinstance(request, Inspect):
            control.send(inspect_source(request))
        elif isinstance(request, Execute):
            try:
                lockdown.seal(policy, request)
            except lockdown.LockdownError as error:
                control.send(Refused(error.layer, error.words))
                return
            _run_once(control, request)
        elif isinstance(request, Batch):
            try:
                lockdown.seal(policy, request)
            except lockdown.LockdownError as error:
                control.send(Refused(error.layer, error.words))
                return
            from engine.child.batch import serve_batch

            serve_batch(control, has_packages=bool(policy.packages))
            return
        else:
            raise protocol.ProtocolError(f"unexpected {type(request).__name__} message")


def _run_once(control: Control, request: Execute) -> None:
    app.begin_run(request.args)
    outcome: Result | Failed = Failed(
        request.run_id, ScriptError("KeyboardInterrupt", "interrupted while its error was told")
    )

    def report() -> None:
        # From here on an interrupt comes too late to be the script's.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGXCPU, signal.SIG_DFL)
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (OSError, ValueError, AttributeError):
                continue  # the script has closed or replaced it: what it held is the script's loss
        control.send(outcome)
        os._exit(0)

    # First in, last out: after the script's threads are joined and its own `atexit` functions ran.
    atexit.register(report)
    try:
        outcome = Result(request.run_id, execute(request))
    except SystemExit as left:
        if left.code in (None, 0):
            outcome = Result(request.run_id, "")
        else:
            if isinstance(left.code, str):
                print(left.code, file=sys.stderr)
            outcome = Failed(request.run_id, errors.describe(left))
    except BaseException as error:  # whatever it is belongs to the script and is told in its words
        outcome = Failed(request.run_id, errors.describe(error), _limit_behind(error))
    sys.exit()


def _limit_behind(error: BaseException) -> Literal["", "cpu", "memory", "threads"]:
    if isinstance(error, CpuTimeExceeded):
        return "cpu"
    if isinstance(error, MemoryError):
        return "memory"
    if type(error) is RuntimeError and error.args == ("can't start new thread",):
        return "threads"
    return ""
