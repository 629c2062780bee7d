"""Owns the file that takes what of a run's output has no room in memory, and in words what it took.

What goes into it is decided by who calls. The file is made when it is needed, in a folder of the
state directory, for nobody else to read. It is bounded, older ones are removed, and whatever goes
wrong with it ends the writing, never the run.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import anyio.to_thread

MAX_FILE_BYTES = 1024**3
"""Of one run; what is beyond is only counted."""
MAX_FILES = 5
"""Of one project: when a new one begins, older ones go, but none that another run writes to."""
RESERVE_BYTES = 64 * 1024**2
"""Stays free on the disk: output that fills it would keep people from saving their scripts."""
WRITE_BYTES = 1024**2
"""What is written in one go. A thread's turn costs 0.1 ms, which smaller pieces would not earn."""


class Spill:
    """The file of one run. Nothing is written before `write` or `close` is awaited.

    It is written by a thread: mostly a write only fills the page cache (0.5 ms for WRITE_BYTES),
    but with a slow disk behind a full cache one takes seconds, and the screen must not wait. Who
    awaits it takes no more output meanwhile, so the script waits, and no queue grows.
    """

    def __init__(
        self,
        folder: Callable[[], Path],
        run_id: str,
        *,
        max_bytes: int = MAX_FILE_BYTES,
        reserve_bytes: int = RESERVE_BYTES,
    ) -> None:
        """Remember where; nothing is made yet.

        Args:
            folder: Gives the folder for it and its like, which is made if it is missing. Asked when
                it is needed, for finding the state directory costs time.
            run_id: The file's name.
            max_bytes: How long it may become.
            reserve_bytes: How much must stay free on its disk.
        """
        self._folder = folder
        self._run_id = run_id
        self._max_bytes = max_bytes
        self._reserve_bytes = reserve_bytes
        self._pieces: list[bytes] = []
        self._waiting_bytes = 0
        self._fd: int | None = None
        self.path: Path | None = None
        """Where it is; None while, or if, there is none."""
        self.written_bytes = 0
        self.reason = ""
        """Why no more is written, in words; empty while all is well."""

    def add(self, piece: bytes) -> None:
        """Take what is to be written. It waits in memory until `write` is awaited.

        Args:
            piece: Fit for a terminal. It is written whole or not at all.
        """
        if not self.reason:
            self._pieces.append(piece)
            self._waiting_bytes += len(piece)

    @property
    def is_due(self) -> bool:
        """Whether enough waits for a write to be worth its while."""
        return self._waiting_bytes >= WRITE_BYTES

    async def write(self) -> None:
        """Write what waits, in a thread."""
        if self._pieces:
            pieces, self._pieces, self._waiting_bytes = self._pieces, [], 0
            await anyio.to_thread.run_sync(self._write, pieces)

    async def close(self) -> None:
        """Write what waits and close the file, also when that is being cancelled."""
        with anyio.CancelScope(shield=True):
            await self.write()
            if self._fd is not None:
                fd, self._fd = self._fd, None
                await anyio.to_thread.run_sync(os.close, fd)

    def words(self, what: str, total_bytes: int) -> str:
        """Say where something is that went here.

        Args:
            what: Its name, in the plural.
            total_bytes: How much of it there is.
        """
        if not self.reason:
            return f"{what} are in {shown(self.path)}" if self.path else f"{what} are being written"
        if self.path is None or not self.written_bytes:
            return f"{what} are not kept: {self.reason}"
        first = f"the first {size(min(self.written_bytes, total_bytes))} are in {shown(self.path)}"
        return f"{what}: {first}, the rest is not kept: {self.reason}"

    def _write(self, pieces: list[bytes]) -> None:
        if self.reason:
            return
        fitting: list[bytes] = []
        room = self._max_bytes - self.written_bytes
        for piece in pieces:
            room -= len(piece)
            if room < 0:
                break
            fitting.append(piece)
        try:
            fd = self._fd
            if fd is None:
                fd = self._fd = self._open()
            self._append(fd, b"".join(fitting))
        except OSError as error:
            self.reason = (error.strerror or str(error)).lower()
            if error.filename is not None:
                self.reason = f"{shown(Path(os.fsdecode(error.filename)))}: {self.reason}"
            self._remove_empty()
        else:
            if room < 0:
                self.reason = f"{size(self._max_bytes)} is the limit"

    def _remove_empty(self) -> None:
        if self.path is not None and not self.written_bytes:
            with contextlib.suppress(OSError):
                self.path.unlink()
            self.path = None

    def _append(self, fd: int, data: bytes) -> None:
        disk = os.fstatvfs(fd)
        if disk.f_bavail * disk.f_frsize < self._reserve_bytes:
            raise OSError(errno.ENOSPC, f"less than {size(self._reserve_bytes)} of disk are left")
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(fd, rest) :]
        except OSError:
            # Half a sequence at the end of the file would take the next program's text for its own.
            with contextlib.suppress(OSError):
                os.ftruncate(fd, self.written_bytes)
            raise
        self.written_bytes += len(data)

    def _open(self) -> int:
        folder = self._folder()
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        _remove_old(folder)
        path = folder / f"{self._run_id}.txt"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        fd = os.open(path, flags, 0o600)
        with contextlib.suppress(OSError):  # some network mounts have no locks
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self.path = path
        return fd


def _remove_old(folder: Path) -> None:
    found: list[tuple[int, Path]] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".txt") and entry.is_file(follow_symlinks=False):
                with contextlib.suppress(OSError):  # somebody else removes old ones too
                    found.append((entry.stat(follow_symlinks=False).st_mtime_ns, Path(entry.path)))
    for _, path in sorted(found, reverse=True)[MAX_FILES - 1 :]:
        with contextlib.suppress(OSError):
            if not _is_written_to(path):
                path.unlink()


def _is_written_to(path: Path) -> bool:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    else:
        return False
    finally:
        os.close(fd)


def shown(path: Path) -> str:
    """Name a place as short as people write it."""
    try:
        return f"~/{path.relative_to(Path.home())}"
    except (ValueError, RuntimeError):
        return str(path)


def size(count: int) -> str:
    """Say a number of bytes."""
    value = float(count)
    for unit in ("bytes", "KiB", "MiB"):
        if value < 1024:
            return f"{count:,} bytes" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} GiB"
