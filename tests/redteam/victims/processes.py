"""A victim among processes: it records signals, holds a secret in memory, and has settings."""

from __future__ import annotations

import ctypes
import os
import resource
import select
import signal
from pathlib import Path
from typing import Any

from tests.redteam.prelude.core import call

_RECORDED = sorted(
    set(signal.valid_signals())
    - {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD, signal.SIGPIPE, signal.SIGALRM, 32, 33}
)

_LAST = max(_RECORDED)
_LOOKS = 500


def settings_of(pid: int) -> dict[str, Any]:
    """Return what others could have changed about a process."""
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    fields = dict(line.split(":\t", 1) for line in status if ":\t" in line)
    limits = {
        name: resource.prlimit(pid, getattr(resource, name))
        for name in dir(resource)
        if name.startswith("RLIMIT_")
    }
    return {
        **limits,
        "state": fields["State"][0].replace("R", "S"),
        "tracer": fields["TracerPid"],
        "cpus": sorted(os.sched_getaffinity(pid)),
        "nice": os.getpriority(os.PRIO_PROCESS, pid),
        "scheduler": (os.sched_getscheduler(pid), os.sched_getparam(pid).sched_priority),
        "io priority": call("ioprio_get", 1, pid),
        "group and session": (os.getpgid(pid), os.getsid(pid)),
        "out of memory": Path(f"/proc/{pid}/oom_score_adj").read_text(),
    }


class Memory:
    """A secret to be read and a mark to be overwritten, in this process's memory."""

    def __init__(self, token: str) -> None:
        self._secret = ctypes.create_string_buffer(token.encode())
        self._mark = ctypes.create_string_buffer(b"unharmed")

    def facts(self) -> dict[str, int]:
        return {
            "secret_at": ctypes.addressof(self._secret),
            "secret_size": len(self._secret),
            "mark_at": ctypes.addressof(self._mark),
        }

    def is_unharmed(self, pid: int) -> bool:
        """Return whether the mark is as it was, in this process or one forked from it."""
        with Path(f"/proc/{pid}/mem").open("rb") as memory:
            memory.seek(ctypes.addressof(self._mark))
            return memory.read(8) == b"unharmed"


class Person:
    """A process of the user's own, in a group of its own, that does nothing but record."""

    def __init__(self, token: str) -> None:
        self._memory = Memory(token)
        self._signals, writing = os.pipe()
        ready, is_ready = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            self._record(writing, is_ready)
        os.close(writing)
        os.close(is_ready)
        os.read(ready, 1)
        os.close(ready)
        self._before = settings_of(self.pid)

    @staticmethod
    def _record(writing: int, is_ready: int) -> None:
        os.setpgid(0, 0)
        for number in _RECORDED:
            signal.signal(number, lambda got, _frame: os.write(writing, bytes([got])) and None)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(60)
        os.write(is_ready, b"+")
        os.close(is_ready)
        while True:
            signal.pause()

    def facts(self) -> dict[str, Any]:
        return {"pid": self.pid, **self._memory.facts()}

    def _received(self) -> bytes:
        """Return the numbers of the signals that it got, which takes it a moment to say.

        The last one is ours: when it is told, every signal sent before has been.
        """
        os.kill(self.pid, _LAST)
        told = b""
        for _ in range(_LOOKS):
            if select.select([self._signals], [], [], 0.01)[0]:
                more = os.read(self._signals, 100)
                told += more
                if not more or _LAST in told:
                    break
            elif settings_of(self.pid)["state"].startswith(("T", "t")):
                break  # stopped, so it says nothing
        return told.replace(bytes([_LAST]), b"")

    def changes(self) -> list[str]:
        found = [f"it got signal {number}" for number in self._received()]
        try:
            if os.waitpid(self.pid, os.WNOHANG)[0]:
                self.pid = 0
                return [*found, "it was ended"]
        except ChildProcessError:
            return [*found, "it is gone"]
        after = settings_of(self.pid)
        found += [
            f"{name}: {self._before[name]} -> {after[name]}"
            for name in after
            if after[name] != self._before[name]
        ]
        if not self._memory.is_unharmed(self.pid):
            found.append("its memory was written")
        return found

    def close(self) -> None:
        os.close(self._signals)
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
