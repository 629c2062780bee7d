"""io_uring for attacks, by hand: the C library has no functions for it."""

from __future__ import annotations

import ctypes
import mmap
from typing import Any

from tests.redteam.prelude.core import address, call, need


class Ring:
    """An io_uring of one entry: operations that no system call filter sees one by one."""

    def __init__(self) -> None:
        parameters = (ctypes.c_uint32 * 30)()
        self.fd = need(call("io_uring_setup", 1, address(parameters)))
        self._at = list(parameters)
        size = self._at[20 + 5] + 16 * self._at[1] + 4096
        self._queue = mmap.mmap(self.fd, max(size, 4096), mmap.MAP_SHARED)
        self._entries = mmap.mmap(self.fd, 4096, mmap.MAP_SHARED, offset=0x10000000)

    def _number(self, at: int) -> Any:
        return ctypes.c_uint32.from_buffer(self._queue, at)

    def do(
        self,
        opcode: int,
        fd: int,
        *,
        offset: int = 0,
        where: int = 0,
        size: int = 0,
        flags: int = 0,
    ) -> int:
        """Do one operation and return its result."""
        entry = bytearray(64)
        entry[0] = opcode
        entry[4:8] = (fd & 0xFFFFFFFF).to_bytes(4, "little")
        entry[8:16] = offset.to_bytes(8, "little")
        entry[16:24] = where.to_bytes(8, "little")
        entry[24:28] = size.to_bytes(4, "little")
        entry[28:32] = flags.to_bytes(4, "little")
        self._entries[:64] = bytes(entry)
        # params: sq_off from word 10 (tail 1, array 6), cq_off from word 20 (head 0, cqes 5).
        self._number(self._at[10 + 6]).value = 0
        self._number(self._at[10 + 1]).value += 1
        need(call("io_uring_enter", self.fd, 1, 1, 1, None, 0))
        head = self._number(self._at[20])
        at = self._at[20 + 5] + 16 * (head.value & (self._at[1] - 1))
        result = ctypes.c_int32.from_buffer(self._queue, at + 8).value
        head.value += 1
        return result
