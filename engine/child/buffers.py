"""`app.buffers` inside a kernel: memory that the host hands over, as arrays of the script.

Owns the socket on which it comes and how it is mapped, and the words that both sides use for what
an array is. What there is, and who may have it, is the host's business. Every kernel imports this
before its lockdown, so what few scripts need is imported inside.
"""

from __future__ import annotations

import _thread
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from operator import index
from typing import Any

from engine.child import calls

MEMORY_IN = 5
"""Where every kernel has the socket on which memory comes. It can only receive there."""

RECEIVING = 0x40 | 0x4000_0000
"""How it receives, and in no other way: MSG_DONTWAIT, because the host hands over before it
answers; MSG_CMSG_CLOEXEC."""

SERIAL_BYTES = 8
"""A packet holds one fd, and the number by which the answer to the call speaks of it."""

FORMATS: Mapping[str, str] = {
    "uint8": "B",
    "int8": "b",
    "uint16": "H",
    "int16": "h",
    "uint32": "I",
    "int32": "i",
    "uint64": "Q",
    "int64": "q",
    "float32": "f",
    "float64": "d",
    "bool": "?",
}
"""What an array can be made of, by numpy's names; with the format of a memoryview."""

_SYNONYMS = {"int": "int64", "float": "float64", "bool_": "bool"}
_LARGEST = 1 << 62
"""More than any message could say is as much too large as this."""


class Inlet:
    """What has come, and is asked for by the thread that called for it."""

    def __init__(self) -> None:
        self._arrived: dict[int, int] = {}
        self._receiving = _thread.allocate_lock()
        self._has_looked = False
        self._found: Any = None

    @property
    def functions(self) -> dict[str, Callable[..., Any]]:
        """The functions of the API that have a part here, by name."""
        return {"buffers.create": self._create, "buffers.open": self._open}

    def _create(self, name: Any, shape: Any, dtype: Any = "uint8", *, replace: Any = False) -> Any:
        """Make a buffer; gives an array of zeros that other scripts of the project can open."""
        named = {"replace": replace}
        return self._mapped(
            calls.call("buffers.create", name, _sizes(shape), _name(dtype), **named)
        )

    def _open(self, name: Any, *, writable: Any = False) -> Any:
        """Give the array of a buffer; the same memory, not a copy."""
        return self._mapped(calls.call("buffers.open", name, writable=writable))

    def _mapped(self, answer: Mapping[str, Any]) -> Any:
        import mmap

        protection = mmap.PROT_READ | (mmap.PROT_WRITE if answer["writable"] else 0)
        fd = self._take(answer["serial"])
        try:
            mapping = mmap.mmap(fd, answer["size"], mmap.MAP_SHARED, protection)
        except OSError as error:
            raise MemoryError(
                f"no room for the {answer['size']:,} bytes of the buffer {answer['name']!r} "
                f"beside what the script holds already: {error.strerror}"
            ) from None
        finally:
            os.close(fd)
        numpy = self._numpy()
        if numpy is None:
            return as_array(mapping, answer["dtype"], answer["shape"])
        return numpy.frombuffer(mapping, answer["dtype"]).reshape(answer["shape"])

    def _numpy(self) -> Any:
        if not self._has_looked:  # once: looking for what is not there takes 0.2 ms
            self._has_looked = True
            with suppress(ImportError):
                self._found = __import__("numpy")
        return self._found

    def _take(self, serial: int) -> int:
        """Return the fd that came with a number; the host has sent it before it answered."""
        import _socket  # `socket` itself takes 5 ms to import

        with self._receiving:
            # Told what it is, so that nobody asks the fd.
            inlet = _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET, 0, MEMORY_IN)
            try:
                while serial not in self._arrived:
                    space = _socket.CMSG_SPACE(4)
                    data, control, _, _ = inlet.recvmsg(SERIAL_BYTES, space, RECEIVING)
                    if not control:
                        raise EOFError("the memory of a buffer did not come")
                    fd = int.from_bytes(control[0][2][:4], "little")
                    self._arrived[int.from_bytes(data, "big")] = fd
            finally:
                inlet.detach()
            return self._arrived.pop(serial)


def as_array(mapping: Any, dtype: str, shape: Sequence[int]) -> Any:
    """Give a memoryview of a mapping with items and a shape."""
    code: Any = FORMATS[dtype]  # as none of the types that a checker tells apart
    return memoryview(mapping).cast(code, tuple(shape))


def _sizes(shape: Any) -> Any:
    """Give a shape as a message can hold it; what is none stays, and the host says so."""
    sizes = list(shape) if isinstance(shape, tuple | list) else [shape]
    try:
        return [min(index(size), _LARGEST) for size in sizes]
    except TypeError:
        return sizes


def _name(dtype: Any) -> Any:
    """Give numpy's name of what an array is made of; what has none stays, likewise."""
    if isinstance(dtype, str):
        return _SYNONYMS.get(dtype, dtype)
    if not getattr(dtype, "isnative", True):  # the name does not tell that
        return str(dtype)
    name = getattr(dtype, "name", None) or getattr(dtype, "__name__", None)
    return _SYNONYMS.get(name, name) if isinstance(name, str) else dtype
