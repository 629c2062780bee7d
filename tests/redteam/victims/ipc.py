"""Victims that are neither files nor processes: shared memory, queues, semaphores, keys."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import secrets
from pathlib import Path
from typing import Any

from tests.redteam.prelude.core import NR, address, call, libc

_IPC_CREAT = 0o1000
_IPC_RMID = 0
_GETVAL = 12
_USER_KEYRING = -4
_KEYCTL_UNLINK, _KEYCTL_SETPERM = 9, 5
_ALL_BY_USER = 0x3F3F0000

libc.shmat.restype = ctypes.c_void_p


class Ipc:
    """One of each, all of them the user's own; the readable ones hold the secret."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()
        self._file = Path(f"/dev/shm/redteam-{secrets.token_hex(8)}")
        self._file.write_bytes(self._token)
        number = secrets.randbelow(2**30) + 1
        self._memory = libc.shmget(number, 4096, _IPC_CREAT | 0o600)
        self._mapped = libc.shmat(self._memory, None, 0)
        ctypes.memmove(self._mapped, self._token, len(self._token))
        self._semaphore = libc.semget(number, 1, _IPC_CREAT | 0o600)
        self._messages = libc.msgget(number, _IPC_CREAT | 0o600)
        self._send()
        self._queue_name = f"redteam-{secrets.token_hex(8)}"
        self._queue = call("mq_open", self._queue_name.encode(), os.O_CREAT | os.O_RDWR, 0o600, 0)
        self._key = self._add_key()
        self._before = self._state()

    def _send(self) -> None:
        message = (1).to_bytes(8, "little") + self._token
        libc.msgsnd(self._messages, message, len(self._token), 0)

    def _add_key(self) -> int:
        name = secrets.token_hex(8).encode()
        key = call("add_key", b"user", name, self._token, len(self._token), _USER_KEYRING)
        if key > 0:
            call("keyctl", _KEYCTL_SETPERM, key, _ALL_BY_USER)
        return key

    def _state(self) -> dict[str, Any]:
        queue = (ctypes.c_long * 8)()
        call("mq_getsetattr", self._queue, None, address(queue))
        counted = (ctypes.c_long * 20)()
        libc.msgctl(self._messages, 2, counted)  # IPC_STAT
        payload = ctypes.create_string_buffer(64)
        call("keyctl", 11, self._key, address(payload), 64)  # KEYCTL_READ
        return {
            "file": self._file.read_bytes() if self._file.exists() else None,
            "memory": ctypes.string_at(self._mapped, len(self._token)),
            "semaphore": libc.semctl(self._semaphore, 0, _GETVAL),
            "messages": list(counted),
            "queue": queue[3],
            "key": payload.value,
        }

    def facts(self) -> dict[str, Any]:
        return {
            "path": str(self._file),
            "memory": self._memory,
            "semaphore": self._semaphore,
            "messages": self._messages,
            "queue": self._queue_name,
            "key": self._key,
            "token_size": len(self._token),
        }

    def changes(self) -> list[str]:
        after = self._state()
        return [
            f"{name}: {self._before[name]!r} -> {after[name]!r}"
            for name in after
            if after[name] != self._before[name]
        ]

    def close(self) -> None:
        self._file.unlink(missing_ok=True)
        libc.shmdt(ctypes.c_void_p(self._mapped))
        libc.shmctl(self._memory, _IPC_RMID, None)
        libc.semctl(self._semaphore, 0, _IPC_RMID)
        libc.msgctl(self._messages, _IPC_RMID, None)
        if self._queue >= 0:
            os.close(self._queue)
            call("mq_unlink", self._queue_name.encode())
        if self._key > 0:
            call("keyctl", _KEYCTL_UNLINK, self._key, _USER_KEYRING)


def has_keys() -> bool:
    """Return whether this user can add keys."""
    key = call("add_key", b"user", secrets.token_hex(8).encode(), b"x", 1, _USER_KEYRING)
    with contextlib.suppress(OSError):
        if key > 0:
            call("keyctl", _KEYCTL_UNLINK, key, _USER_KEYRING)
    return key > 0


def has_queues() -> bool:
    """Return whether there are POSIX message queues."""
    return call(NR["mq_open"], b"redteam-none", 0, 0, 0) == -errno.ENOENT
