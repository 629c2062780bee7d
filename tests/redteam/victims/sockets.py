"""Victims on the network: listeners of every kind on loopback and among UNIX sockets."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import socket
import tempfile
from typing import Any

_KINDS = (
    ("tcp4", socket.AF_INET, socket.SOCK_STREAM),
    ("udp4", socket.AF_INET, socket.SOCK_DGRAM),
    ("tcp6", socket.AF_INET6, socket.SOCK_STREAM),
    ("udp6", socket.AF_INET6, socket.SOCK_DGRAM),
    ("path_stream", socket.AF_UNIX, socket.SOCK_STREAM),
    ("path_datagram", socket.AF_UNIX, socket.SOCK_DGRAM),
    ("abstract_stream", socket.AF_UNIX, socket.SOCK_STREAM),
    ("abstract_datagram", socket.AF_UNIX, socket.SOCK_DGRAM),
)


class Listeners:
    """One listener of each kind; a connection or a datagram is harm, whatever it says."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._folder = tempfile.mkdtemp(prefix="redteam-")
        self._sockets: dict[str, socket.socket] = {}
        self._facts: dict[str, Any] = {}
        for name, family, kind in _KINDS:
            with contextlib.suppress(OSError):  # no IPv6: a feature that `machine.py` tells
                self._open(name, family, kind)

    def _open(self, name: str, family: int, kind: int) -> None:
        listener = socket.socket(family, kind)
        listener.setblocking(False)
        if name.startswith("path"):
            listener.bind(f"{self._folder}/{name}")
            self._facts[name] = f"{self._folder}/{name}"
        elif name.startswith("abstract"):
            self._facts[name] = f"\0redteam-{secrets.token_hex(8)}"
            listener.bind(self._facts[name])
        else:
            listener.bind(("127.0.0.1" if family == socket.AF_INET else "::1", 0))
            self._facts[name] = listener.getsockname()[1]
        if kind == socket.SOCK_STREAM:
            listener.listen()
        self._sockets[name] = listener

    def facts(self) -> dict[str, Any]:
        return self._facts

    def changes(self) -> list[str]:
        found = []
        for name, listener in self._sockets.items():
            with contextlib.suppress(BlockingIOError):
                if listener.type == socket.SOCK_STREAM:
                    connection, _ = listener.accept()
                    connection.setblocking(False)
                    with connection, contextlib.suppress(BlockingIOError, ConnectionError):
                        found.append(f"{name} was connected to")
                        _, fds, _, _ = socket.recv_fds(connection, 1000, 4)
                        if fds:
                            found.append(f"{name} was given {len(fds)} fds")
                        for fd in fds:
                            os.close(fd)
                else:
                    found.append(f"{name} received {listener.recv(1000)[:60]!r}")
        return found

    def close(self) -> None:
        for listener in self._sockets.values():
            listener.close()
        shutil.rmtree(self._folder)
