"""Machine code for attacks: calls that return twice, and calls of the 32-bit kind. x86_64 only."""

from __future__ import annotations

import ctypes
import mmap
from collections.abc import Callable

from tests.redteam.prelude.core import NR, V, address

_code_pages: list[mmap.mmap] = []


def native(code: bytes) -> Callable[..., int]:
    """Return machine code as a function of up to six integers."""
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
    page = mmap.mmap(-1, 4096, flags, mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(code)
    _code_pages.append(page)
    function = ctypes.CFUNCTYPE(ctypes.c_long, *[ctypes.c_long] * 6)(
        ctypes.addressof(ctypes.c_char.from_buffer(page))
    )
    return lambda *arguments: function(*[*arguments, 0, 0, 0, 0, 0, 0][:6])


def returns_twice(name: str | int, *arguments: int) -> int:
    """Make a raw call after which there are two: the new one writes the proof and leaves.

    In machine code, because the new one may share the stack, or have none. x86_64 only.
    """
    said = f"{V.proof} by a twin\n".encode()
    number = NR[name] if isinstance(name, str) else name
    code = (
        b"\x49\x89\xca"  # mov r10, rcx
        + (b"\x48\xb8" + number.to_bytes(8, "little"))  # mov rax, number
        + b"\x0f\x05"  # syscall
        + b"\x48\x85\xc0\x75\x24"  # test rax, rax; jnz to the ret
        + b"\xb8\x01\x00\x00\x00\xbf\x01\x00\x00\x00"  # mov eax, write; mov edi, 1
        + (b"\x48\xbe" + address(said).to_bytes(8, "little"))  # mov rsi, said
        + (b"\xba" + len(said).to_bytes(4, "little"))  # mov edx, length
        + b"\x0f\x05\xb8\x3c\x00\x00\x00\x31\xff\x0f\x05"  # syscall; exit(0)
        + b"\xc3"  # ret
    )
    return native(code)(*arguments)


def old_call(number: int, *arguments: int) -> int:
    """Make a 32-bit system call by `int 0x80`. x86_64 only."""
    code = b"\x53\x89\xf8\x89\xf3\x87\xd1\xcd\x80\x5b\x48\x98\xc3"
    return native(code)(number, *arguments)


def low_memory(data: bytes) -> int:
    """Return the address, below 4 GiB, of a copy of the data. x86_64 only."""
    page = mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x40)  # MAP_32BIT
    page.write(data)
    _code_pages.append(page)
    return ctypes.addressof(ctypes.c_char.from_buffer(page))
