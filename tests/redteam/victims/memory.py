"""A victim inside the host: buffers, of which a script may read one and write the other."""

from __future__ import annotations

import fcntl
import os

import msgspec

from engine.child.protocol import Call, Refusal, Returned
from engine.kernel.buffers import Buffer, BufferRefused, Buffers
from engine.kernel.run import Run

_CONTENT = b"unharmed" * 8192
_SIZE = len(_CONTENT)


class Shared:
    """Two buffers, made fresh for every run; `shown` is only ever handed out for reading."""

    def __init__(self) -> None:
        self._buffers = Buffers()
        self._shown, self._own = (
            self._buffers.create(name, [_SIZE], "uint8", "host", is_replacing=False)
            for name in ("shown", "own")
        )
        os.pwrite(self._shown.fd, _CONTENT, 0)
        self._seals = [self._seals_of(one) for one in self._buffers]

    async def answer(self, run: Run, call: Call) -> Returned | Refusal:
        """Hand over the buffer whose name a script asks for, whatever else it asks for."""
        try:
            name: str = msgspec.msgpack.decode(call.arguments, type=list[str])[0]
            buffer = self._buffers.get(name)
            is_writable = buffer is self._own
            serial = self._buffers.give(buffer, run.id, run.give, is_writable=is_writable)
        except (BufferRefused, msgspec.MsgspecError, LookupError) as error:
            return Refusal(call.call_id, "LookupError", str(error))
        told = {"name": name, "shape": [_SIZE], "dtype": "uint8", "size": _SIZE}
        return Returned(call.call_id, {**told, "writable": is_writable, "serial": serial})

    def changes(self) -> list[str]:
        """Read all of both, as the host does whenever it likes, and tell what is not as it was."""
        found = []
        with self._shown.view() as shown, self._own.view() as own:
            if shown.tobytes() != _CONTENT:
                found.append("a buffer that could only be read was written")
            own.tobytes()
        for buffer, seals in zip(self._buffers, self._seals, strict=True):
            if os.fstat(buffer.fd).st_size != _SIZE:
                found.append(f"the buffer {buffer.name} has another size")
            if self._seals_of(buffer) != seals:
                found.append(f"the buffer {buffer.name} has other seals")
        return found

    def _seals_of(self, buffer: Buffer) -> int:
        return fcntl.fcntl(buffer.fd, fcntl.F_GET_SEALS)

    def close(self) -> None:
        """Let go of both."""
        self._buffers.close()
