"""The buffers of an open project: memory that its scripts and the host share without a copy.

Owns the memory, its limits and how long it lives. How it comes into a kernel is `process`'s and
`engine.child.buffers`'s; who may ask for it is the API's. No byte of it is interpreted here.
"""

from __future__ import annotations

import fcntl
import math
import mmap
import os
import re
import stat
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from engine.child.buffers import FORMATS, SERIAL_BYTES, as_array
from engine.kernel.limits import MIB, memory_words

MAX_BYTES = 256 * MIB
"""Of a buffer."""
MAX_RUN_BYTES = 256 * MIB
"""Of all that a run has made; what it has deleted again counts until it ends, for it may still
hold it."""
MAX_PROJECT_BYTES = 512 * MIB
"""Of all there is, what was deleted and may still be held included."""
MAX_BUFFERS = 64
"""Of a project, likewise: each is a file open."""
MAX_DIMENSIONS = 8
MAX_NAME_CHARS = 64

_NAME = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{MAX_NAME_CHARS - 1}}}")

# From linux/memfd.h, Linux 6.3: never executable, whatever its mode.
_MFD_NOEXEC_SEAL = 0x8
# Its size is for good: whoever maps it can read all of it at any time, and is not ended by SIGBUS.
# No seal can be added: one against writing would break the others' promise.
_SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL

Give = Callable[[bytes, int], None]
"""Hands a packet with an fd to the kernel of a run; OSError when that cannot be done."""


class BufferRefused(Exception):
    """What was asked for cannot be had; in words, with the builtin exception that it is."""

    def __init__(self, words: str, kind: str = "ValueError") -> None:
        """Keep both."""
        super().__init__(words)
        self.kind = kind


@dataclass(eq=False, slots=True)
class Buffer:
    """Memory with a name, a shape and what it is made of."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    """A key of `FORMATS`."""
    size: int
    """In bytes."""
    maker: str
    """The run that made it."""
    fd: int
    """It can be written by this one."""
    holders: set[str] = field(default_factory=set)
    """Runs that were given it and have not ended."""

    def view(self) -> memoryview:
        """Map it for reading, without a copy; release the view when done.

        Scripts may write meanwhile: what is read twice may differ.
        """
        mapping = mmap.mmap(self.fd, self.size, mmap.MAP_SHARED, mmap.PROT_READ)
        view: memoryview = as_array(mapping, self.dtype, self.shape)
        return view

    def close(self) -> None:
        """Let go of it; it goes when nobody maps it any more."""
        with suppress(OSError):
            os.close(self.fd)

    def opened_for_reading(self) -> int:
        """Return an fd of its own for somebody who reads.

        Of one for all they would share the offset, and could tell each other things by it.

        Raises:
            OSError: There are too many files open.
        """
        return os.open(f"/proc/self/fd/{self.fd}", os.O_RDONLY | os.O_CLOEXEC)


class Buffers:
    """All of them."""

    def __init__(self) -> None:
        self._by_name: dict[str, Buffer] = {}
        self._deleted: list[Buffer] = []
        """Those that a run may still hold."""
        self._serial = 0
        self._is_closed = False

    def __iter__(self) -> Iterator[Buffer]:
        return iter(self._by_name.values())

    def create(
        self, name: str, shape: Sequence[int], dtype: str, run_id: str, *, is_replacing: bool
    ) -> Buffer:
        """Make one, all zeros.

        Args:
            name: What scripts call it.
            shape: How many items it has in each direction.
            dtype: What they are.
            run_id: Who makes it.
            is_replacing: Whether one of that name goes.

        Raises:
            BufferRefused: It cannot be had.
        """
        if not _NAME.fullmatch(name):
            raise BufferRefused(
                f"name: {name[:80]!r} is none; it takes up to {MAX_NAME_CHARS} letters, digits, "
                "dots, hyphens and underscores, and begins with a letter or digit"
            )
        size = _size(shape, dtype)
        if self._is_closed:
            raise BufferRefused("the project is being closed", "RuntimeError")
        if name in self._by_name:
            if not is_replacing:
                raise BufferRefused(
                    f"there is a buffer {name!r} already; open it, or say replace=True",
                    "FileExistsError",
                )
            self.delete(name)
        self._check_room(size, run_id)
        try:
            fd = _memory(name, size)
        except OSError as error:
            raise BufferRefused(f"no memory could be had: {error.strerror}", "OSError") from error
        made = Buffer(name, tuple(shape), dtype, size, run_id, fd)
        self._by_name[name] = made
        return made

    def _check_room(self, size: int, run_id: str) -> None:
        everything = [*self._by_name.values(), *self._deleted]
        of_run = sum(one.size for one in everything if one.maker == run_id)
        if of_run + size > MAX_RUN_BYTES:
            raise BufferRefused(
                f"{size:,} bytes are too many: a run may make {memory_words(MAX_RUN_BYTES)} of "
                f"buffers, and this one has made {of_run:,} bytes, deleted ones included",
                "BufferError",
            )
        used = sum(one.size for one in everything)
        if used + size > MAX_PROJECT_BYTES or len(everything) >= MAX_BUFFERS:
            raise BufferRefused(
                f"there is no room for {size:,} bytes more: a project may have {MAX_BUFFERS} "
                f"buffers of {memory_words(MAX_PROJECT_BYTES)} in all, and has {len(everything)} "
                f"of {used:,} bytes. Delete some; those that a run still holds go when it ends",
                "BufferError",
            )

    def get(self, name: str) -> Buffer:
        """Return the one of a name.

        Raises:
            BufferRefused: There is none; with the nearest names.
        """
        found = self._by_name.get(name)
        if found is None:
            import difflib  # only a mistyped name pays for it

            near = difflib.get_close_matches(name[:80], self._by_name, n=2)
            hint = f". Did you mean {' or '.join(near)}?" if near else ""
            raise BufferRefused(f"there is no buffer {name[:80]!r}{hint}", "LookupError")
        return found

    def give(self, buffer: Buffer, run_id: str, give: Give, *, is_writable: bool) -> int:
        """Hand one to a run.

        Returns:
            The number by which its kernel knows it.

        Raises:
            BufferRefused: It could not be handed over.
        """
        self._serial += 1
        packet = self._serial.to_bytes(SERIAL_BYTES, "big")
        try:
            if is_writable:
                give(packet, buffer.fd)
            else:
                reading = buffer.opened_for_reading()
                try:
                    give(packet, reading)
                finally:
                    os.close(reading)
        except OSError as error:
            raise BufferRefused(
                f"the buffer {buffer.name!r} could not be handed to the script: {error.strerror}",
                "OSError",
            ) from error
        buffer.holders.add(run_id)
        return self._serial

    def delete(self, name: str) -> None:
        """Take one away; who has it keeps it until its run ends.

        Raises:
            BufferRefused: There is none.
        """
        gone = self.get(name)
        del self._by_name[name]
        if gone.holders:
            self._deleted.append(gone)
        else:
            gone.close()

    def run_ended(self, run_id: str) -> None:
        """Count no longer what a run may have held; its process is gone."""
        for one in (*self._by_name.values(), *self._deleted):
            one.holders.discard(run_id)
        for one in [one for one in self._deleted if not one.holders]:
            self._deleted.remove(one)
            one.close()

    def close(self) -> None:
        """Let go of all of them, for good."""
        self._is_closed = True
        for one in (*self._by_name.values(), *self._deleted):
            one.close()
        self._by_name.clear()
        self._deleted.clear()


def _size(shape: Sequence[int], dtype: str) -> int:
    """Count the bytes of an array.

    Raises:
        BufferRefused: There is no such array, or it is too large.
    """
    if dtype not in FORMATS:
        raise BufferRefused(f"dtype: {dtype[:40]!r} is none of {', '.join(FORMATS)}")
    if not 1 <= len(shape) <= MAX_DIMENSIONS:
        raise BufferRefused(f"shape: it has {len(shape)} numbers, and not 1 to {MAX_DIMENSIONS}")
    if min(shape) < 1:
        raise BufferRefused(f"shape: {tuple(shape)} has a number below 1")
    size = math.prod(shape) * struct.calcsize(FORMATS[dtype])
    if size > MAX_BYTES:
        raise BufferRefused(
            f"shape: {tuple(shape)} of {dtype} are {size:,} bytes, and a buffer has at most "
            f"{memory_words(MAX_BYTES)}"
        )
    return size


def _memory(name: str, size: int) -> int:
    """Make memory of a size that stays."""
    flags = os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING
    try:
        fd = os.memfd_create(f"inkstand-{name}", flags | _MFD_NOEXEC_SEAL)
    except OSError:  # Linux before 6.3
        fd = os.memfd_create(f"inkstand-{name}", flags)
    try:
        os.ftruncate(fd, size)
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, _SEALS)
        # /proc/self/fd leads to it past Landlock, which knows no such files: nobody may open it
        # once more for writing.
        os.fchmod(fd, stat.S_IRUSR)
    except BaseException:
        os.close(fd)
        raise
    return fd
