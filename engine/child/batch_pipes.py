"""The control pipes of a kernel during a batch: chunks and outcomes, and calls of the API between.

Owns that no interrupt and no thread of a macro tears a frame. What the messages mean must never
enter.
"""

from __future__ import annotations

import _thread
import itertools
import struct
from collections import deque
from collections.abc import Mapping, Sequence
from types import FrameType
from typing import Any

from engine.child import chunks
from engine.child.chunks import MAX_RESULT_FRAME_BYTES, Macros, Shared, Work, encoder
from engine.child.macro import ReturnTooLarge
from engine.child.msgspec_core import Raw
from engine.child.protocol import Call, Refusal, Returned
from engine.child.serve import Control, raised_by

_LENGTH_BYTES = 4
_pack_length = struct.Struct(">I").pack_into
_encode_into = encoder.encode_into


class Pipes:
    """The control pipes during a batch; calls of the API and their answers go between the chunks.

    An interrupt from the host is raised inside a macro only: never while a frame is read or
    written, which would be the end of all that comes behind it.
    """

    def __init__(self, control: Control) -> None:
        self._control = control
        self._reading, self._writing = _thread.allocate_lock(), _thread.allocate_lock()
        self._work: deque[Macros | Shared | Work] = deque()
        self._answers: dict[int, Returned | Refusal] = {}
        self._numbers = itertools.count(1)
        self._main = _thread.get_ident()
        self._frame = bytearray()
        self.is_interruptible = False
        """Whether a macro is running."""
        self.was_interrupted = False
        """Whether that macro has been interrupted."""
        self.wants_interrupt = False
        """Whether one came while it could not be."""

    def begin(self) -> None:
        """Forget about interrupts: another macro is called next."""
        self.was_interrupted = self.wants_interrupt = False

    def interrupt(self, number: int, frame: FrameType | None) -> None:
        """Handle SIGINT."""
        self.wants_interrupt = True
        if self.is_interruptible:
            self._raise_interrupt()

    def _raise_interrupt(self) -> None:
        self.is_interruptible = self.wants_interrupt = False
        self.was_interrupted = True
        raise KeyboardInterrupt

    def next_message(self) -> Macros | Shared | Work | None:
        """Wait for what to do next; None when the host has let go."""
        with self._reading:
            while not self._work:
                if not self._read_one():
                    return None
            return self._work.popleft()

    def _read_one(self) -> bool:
        body = self._control.receive_body()
        if body is None:
            return False
        message = chunks.decode_batch_message(body)
        if isinstance(message, Returned | Refusal):
            self._answers[message.call_id] = message
        else:
            self._work.append(message)
        return True

    def send(self, message: chunks.BatchAnswer) -> int:
        """Write a message; return how many bytes it takes.

        Raises:
            ReturnTooLarge: The host takes no message of that size.
        """
        with self._writing:
            frame = self._frame
            _encode_into(message, frame, _LENGTH_BYTES)
            size = len(frame)
            if size > MAX_RESULT_FRAME_BYTES:
                self._frame = bytearray()
                raise ReturnTooLarge(
                    f"what it returned takes {size:,} bytes, "
                    f"where at most {MAX_RESULT_FRAME_BYTES:,} go through"
                )
            _pack_length(frame, 0, size - _LENGTH_BYTES)
            self._control.write(frame)
        return size

    def call(self, function: str, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
        """Call a function of the host and wait for what it gives.

        Raises:
            Exception: What the host raised, where it is a builtin exception; else RuntimeError.
        """
        packed = Raw(encoder.encode(list(arguments))), Raw(encoder.encode(dict(named)))
        number = next(self._numbers)
        is_main = _thread.get_ident() == self._main
        was_interruptible = self.is_interruptible
        if is_main:
            self.is_interruptible = False
        try:
            self.send(Call(number, function, *packed))
            with self._reading:
                while number not in self._answers:
                    if not self._read_one():
                        raise EOFError(f"{function}: the host does not answer any more")
                answer = self._answers.pop(number)
        finally:
            if is_main:
                self.is_interruptible = was_interruptible
        if is_main and was_interruptible and self.wants_interrupt:
            self._raise_interrupt()
        if isinstance(answer, Refusal):
            raise raised_by(answer)
        return answer.value
