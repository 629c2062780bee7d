"""A host of kernels: `python -m tests.redteam.host SECRET`, one JSON line in, one out.

Runs a script in a kernel on request, with the lockdown or without, and watches what the script
does to the machine and to this process meanwhile. Is a victim itself: it holds a secret in its
environment, arguments, memory and a file, and has a controlling terminal.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import sys
import tempfile
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any, get_args
from unittest.mock import patch

import anyio

from engine.child.protocol import Call, Inspect, Inspected, Refusal, Returned
from engine.kernel.events import RunOutput, RunRequest
from engine.kernel.limits import Limits
from engine.kernel.pool import Pool
from engine.kernel.process import Kernel, KernelError
from engine.kernel.run import Run
from engine.kernel.sandbox import policy
from engine.kernel.sources import Forks
from engine.kernel.traceback import format_error
from tests.redteam.attempt import Mode
from tests.redteam.family import Identity, family
from tests.redteam.victims.memory import Shared
from tests.redteam.victims.processes import Memory, settings_of
from tests.redteam.victims.terminals import Terminal

KEPT_BYTES = 200_000
"""Of each stream; a flood is counted, not kept."""

MEMORY_BYTES = 256 * 2**20
"""The address space of every run: less than is usual, so that bombs are quick."""

MAX_RESIDENT_BYTES = MEMORY_BYTES + 32 * 2**20
"""What a kernel can never hold."""

MAX_THREADS = 300

MAX_GROWTH_BYTES = 128 * 2**20
"""How much more memory this process may ever take because of one run."""

_WATCH_S = 0.02
_PR_SET_CHILD_SUBREAPER = 36
_RECORDED = set(signal.valid_signals()) - {
    *(signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD, signal.SIGPIPE),
    *(32, 33),  # the C library's own
}


def _peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


class Unlocked(Forks):
    """Forks that are locked-down kernels in everything but the lockdown.

    Five times as fast as what a person gets who asks for no sandbox (`guarded`).
    """

    async def start(self) -> Kernel:
        """Fork a zygote that was told not to lock its kernels down."""
        with patch("engine.kernel.zygote.policy", lambda **_: policy(is_sandboxed=False)):
            try:
                return await super().start()
            except KernelError:  # an attack has ended the zygote
                return await super().start()


class Single(Pool):
    """A pool without spares that remembers which processes a kernel consists of."""

    def __init__(self, mode: Mode) -> None:
        self._is_locked = mode in ("spare", "forked")
        source = {"open": Unlocked, "forked": Forks}.get(mode, lambda: None)()
        super().__init__(0, is_sandboxed=self._is_locked, source=source)
        self.family: set[Identity] = set()

    @property
    def zygote(self) -> int | None:
        """The process that the next kernels are forked from; none of a script's doing."""
        source = self._source
        zygote = source._zygote if isinstance(source, Forks) else None
        return None if zygote is None else zygote._child.pid

    async def take(self) -> Kernel:
        """Start a kernel; what comes to be later is the script's doing."""
        kernel = await super().take()
        assert kernel.is_sandboxed == self._is_locked
        self.family = family(os.getpid())
        return kernel


class Self:
    """This process as a victim."""

    def __init__(self, token: str) -> None:
        self._memory = Memory(token)
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the process
        self._file.write(token.encode())
        self._file.flush()
        os.set_inheritable(self._file.fileno(), True)
        self._terminal = Terminal()
        os.close(os.open(self._terminal.path, os.O_RDWR))  # becomes the controlling terminal
        self._signals: list[int] = []
        for number in _RECORDED:
            signal.signal(number, lambda got, _frame: self._signals.append(got))
        self._before = settings_of(os.getpid())
        self._peak = _peak_bytes()

    def facts(self) -> dict[str, Any]:
        memory = {f"host_{name}": at for name, at in self._memory.facts().items()}
        return {
            "host": os.getpid(),
            "host_fd": self._file.fileno(),
            "host_terminal": self._terminal.path,
            **memory,
        }

    def changes(self) -> list[str]:
        after = settings_of(os.getpid())
        found = [
            f"{k}: {self._before[k]} -> {after[k]}" for k in after if after[k] != self._before[k]
        ]
        self._before = after
        found += [f"it got signal {number}" for number in self._signals]
        self._signals.clear()
        found += [f"its terminal: {change}" for change in self._terminal.changes()]
        peak, self._peak = self._peak, _peak_bytes()
        if self._peak - peak > MAX_GROWTH_BYTES:
            found.append(f"it took {self._peak - peak >> 20} MiB more memory")
        if not self._memory.is_unharmed(os.getpid()):
            found.append("its memory was written")
            ctypes.memmove(self._memory.facts()["mark_at"], b"unharmed", 8)
        return found


class Watch:
    """What a run's processes take and start, seen from outside while it runs."""

    def __init__(self, pool: Single) -> None:
        self._pool = pool
        self.resident = self.threads = 0
        self.started: set[Identity] = set()

    async def look(self) -> None:
        """Look until cancelled."""
        while True:
            await anyio.sleep(_WATCH_S)
            if not self._pool.family:
                continue
            now = family(os.getpid())
            self.started |= now - self._pool.family
            for pid, _ in now:
                with suppress(OSError):  # it has ended meanwhile
                    self._measure(pid)

    def _measure(self, pid: int) -> None:
        status = Path(f"/proc/{pid}/status").read_text().splitlines()
        fields = dict(line.split(":", 1) for line in status if ":" in line)
        if "VmRSS" in fields:
            self.resident = max(self.resident, int(fields["VmRSS"].split()[0]) * 1024)
        self.threads = max(self.threads, int(fields["Threads"]))

    def limits_passed(self) -> list[str]:
        """Return in words what was more than may be."""
        found = []
        if self.resident > MAX_RESIDENT_BYTES:
            found.append(f"{self.resident >> 20} MiB were held")
        if self.threads > MAX_THREADS:
            found.append(f"{self.threads} threads ran")
        return found


async def attack(order: dict[str, Any], pool: Single, own: Self) -> dict[str, Any]:
    """Run a script and tell everything about it."""
    facts = {**order["facts"], **own.facts()}
    alone = family(os.getpid())
    sibling = await pool.take() if order["has_sibling"] else None
    before = family(os.getpid())
    facts["sibling"] = [pid for pid, _ in before - alone]
    pool.family = set()
    source = f"{order['prelude']}\nV.__dict__.update({facts!r})\nprint('begun', flush=True)\n"
    limits = Limits(wall_s=order["timeout_s"], memory_bytes=MEMORY_BYTES)
    request = RunRequest(
        (source + order["source"]).encode(), "scripts/attack.py", "main", (), limits
    )
    memory = Shared()

    async def answer(call: Call) -> Returned | Refusal:
        return await memory.answer(run, call)

    run = Run(request, answer)
    kept = {"stdout": bytearray(), "stderr": bytearray()}
    count = 0
    watch = Watch(pool)
    async with anyio.create_task_group() as group:
        group.start_soon(watch.look)
        group.start_soon(run.execute, pool)
        async for event in run.events():
            if isinstance(event, RunOutput):
                count += len(event.data)
                kept[event.stream] += event.data[: KEPT_BYTES - len(kept[event.stream])]
        group.cancel_scope.cancel()
    assert run.finished is not None
    now = family(os.getpid())
    # One that an attack ended has been replaced meanwhile, and is the engine's to end and to reap.
    left = {one for one in now - before if one[0] != pool.zygote}
    _end(left)
    error = format_error(run.finished.error) if run.finished.error else ""
    changes = own.changes() + memory.changes()
    memory.close()
    changes += [f"process {pid} of its own has ended" for pid, _ in before - now]
    if sibling is not None:
        changes += await _harm_to(sibling)
    return {
        "outcome": run.finished.outcome,
        "reason": run.finished.reason,
        "result": run.finished.result,
        "error": error[:KEPT_BYTES],
        "bytes": count,
        "resident": watch.resident,
        "threads": watch.threads,
        **{stream: bytes(data).decode(errors="replace") for stream, data in kept.items()},
        "limits": watch.limits_passed(),
        "processes": [f"process {pid}" for pid, _ in watch.started]
        + [f"process {pid} is left" for pid, _ in left],
        "host": changes,
    }


async def _harm_to(sibling: Kernel) -> list[str]:
    try:
        if not sibling.is_alive:
            return ["the kernel beside it says something or has ended"]
        with anyio.fail_after(5):
            await sibling.send(Inspect("beside", b"def f(): pass", "x.py"))
            answer = await sibling.receive()
        if answer != Inspected("beside", ["main", "f"], []):
            return [f"the kernel beside it answers {answer!r}"]
        return []
    finally:
        await sibling.end()
        sibling.close()


def _end(left: set[Identity]) -> None:
    for pid, _ in left:
        with suppress(OSError):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


async def serve(own: Self) -> None:
    """Answer until the tests let go."""
    async with AsyncExitStack() as stack:
        pools = {mode: await stack.enter_async_context(Single(mode)) for mode in get_args(Mode)}
        # So that the zygotes are there, and count as nobody's doing.
        for mode in ("forked", "open"):
            first = await pools[mode].take()
            await first.end()
            first.close()
        while line := sys.stdin.readline():  # nothing else is to be done meanwhile
            order = json.loads(line)
            answer = await attack(order, pools[order["mode"]], own)
            print(json.dumps(answer), flush=True)


def main() -> None:
    """Become a victim and a host."""
    # What a script sets free becomes a child of this process, and is seen.
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    anyio.run(serve, Self(sys.argv[1]))


if __name__ == "__main__":
    main()
