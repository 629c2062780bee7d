"""The victims: what an attack may hurt, made fresh for every run, by and for the same user.

A victim tells the attack where it is (`facts`), looks itself over afterwards (`changes`), and goes
without a trace (`close`). All of them live in the keeper's process.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol


class Victim(Protocol):
    """Something an attack may hurt."""

    def facts(self) -> dict[str, Any]:
        """Return what the attack is told, as JSON; never the secret."""

    def changes(self) -> list[str]:
        """Return in words what is not as it was when the victim was made."""

    def close(self) -> None:
        """End it and remove what is left of it."""


class Nothing:
    """No victim: for attacks on the system, the host or the kernel's own limits."""

    def facts(self) -> dict[str, Any]:
        return {}

    def changes(self) -> list[str]:
        return []

    def close(self) -> None:
        pass


def kinds() -> dict[str, Callable[[str], Victim]]:
    """Return how each kind of victim is made, given the secret it shall hold."""
    from tests.redteam.victims import files, ipc, processes, sockets, terminals

    return {
        "nothing": lambda _token: Nothing(),
        "folder": files.Folder,
        "library": files.Library,
        "grants": files.Grants,
        "locks": files.Locks,
        "process": processes.Person,
        "listeners": sockets.Listeners,
        "terminal": terminals.Terminal,
        "ipc": ipc.Ipc,
    }
