"""Nothing outlives the host: however it ends, its kernels, spares and zygote end with it."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import anyio
import pytest

from engine.kernel.pool import Pool
from engine.kernel.process import Kernel
from engine.kernel.sources import Forks, Source, Spares
from engine.kernel.spawn import spawn
from tests.kernel.launching import ROOT
from tests.processes import Identity, alive, descendants, wait_until

GONE_WITHIN_S = 2.0
"""Generous: it takes a few milliseconds, and 100 at most are promised."""

HOST = """
import contextlib, os, sys
import anyio
from engine.kernel.events import RunOutput, RunRequest
from engine.kernel.pool import Pool
from engine.kernel.run import Run
from engine.kernel.sources import Forks

SCRIPT = b'''
import signal, threading, time
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
threading.Thread(target=time.sleep, args=(600,)).start()
print("up")
while True: pass
'''

async def see(run, up):
    async for event in run.events():
        if isinstance(event, RunOutput):
            up.append(run)

async def main():
    async with (
        Pool(2) as spares,
        Pool(2, source=Forks()) as forks,
        anyio.create_task_group() as group,
    ):
        up, count = [], 2 * int(sys.argv[1])
        for pool in (spares, forks) * int(sys.argv[1]):
            run = Run(RunRequest(SCRIPT, "scripts/x.py", "main"))
            group.start_soon(see, run, up)
            group.start_soon(run.execute, pool)
        while len(up) < count or spares.idle_count < 2 or forks.idle_count < 2:
            await anyio.sleep(0.01)
        print("up", flush=True)
        if sys.argv[2] == "raises":
            await anyio.to_thread.run_sync(sys.stdin.readline)
            raise RuntimeError("on purpose")
        await anyio.sleep_forever()

anyio.run(main)
"""
"""Runs so many scripts in spares and so many in forks, while two of each are warm."""


@contextmanager
def host(runs: int, end: str = "") -> Iterator[subprocess.Popen[str]]:
    """A host that has everything up."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOST, str(runs), end],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def time_until_gone(pids: set[int], end: Callable[[], None]) -> float:
    """Do what should end the processes, and return how long it took until all had ended."""
    waiting = select.poll()
    fds = [os.pidfd_open(pid) for pid in pids]
    try:
        for fd in fds:
            waiting.register(fd, select.POLLIN)
        assert waiting.poll(0) == [], "all of them run"
        started = time.perf_counter()
        end()
        left = set(fds)
        while left and time.perf_counter() - started < GONE_WITHIN_S:
            for fd, _ in waiting.poll(GONE_WITHIN_S * 1000):
                waiting.unregister(fd)
                left.discard(fd)
        took_s = time.perf_counter() - started
        assert not left, f"{len(left)} of {len(fds)} processes outlived their host"
        return took_s
    finally:
        for fd in fds:
            os.close(fd)


def family_of(process: subprocess.Popen[str], count: int) -> set[int]:
    found = {pid for pid, _ in descendants(process.pid)}
    assert len(found) == count
    return found


@pytest.mark.parametrize(
    "number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV, signal.SIGHUP, signal.SIGQUIT]
)
def test_a_host_that_is_ended_takes_its_runs_along(
    number: signal.Signals, record_property: Callable[[str, object], None]
) -> None:
    with host(2) as process:
        # Two runs in spares, two in forks, two idle ones of each, and the zygote.
        family = family_of(process, 9)
        took_s = time_until_gone(family, lambda: process.send_signal(number))
        record_property("gone_ms", round(took_s * 1000, 1))
        assert process.wait(GONE_WITHIN_S) == -number


def test_a_host_that_is_ended_takes_its_idle_kernels_along() -> None:
    with host(0) as process:
        time_until_gone(family_of(process, 5), process.kill)


def test_a_host_that_is_interrupted_takes_its_runs_along() -> None:
    with host(1) as process:
        family = family_of(process, 7)
        time_until_gone(family, lambda: process.send_signal(signal.SIGINT))
        assert process.wait(GONE_WITHIN_S) != 0


def test_a_host_that_fails_takes_its_runs_along() -> None:
    with host(1, "raises") as process:
        family = family_of(process, 7)
        assert process.stdin is not None
        process.stdin.write("\n")
        time_until_gone(family, process.stdin.flush)
        _, said = process.communicate()
        assert "on purpose" in said


def test_a_host_that_is_stopped_when_it_is_killed_takes_its_runs_along() -> None:
    with host(1) as process:
        family = family_of(process, 7)
        process.send_signal(signal.SIGSTOP)
        time_until_gone(family, process.kill)


def test_a_zygote_that_is_killed_takes_its_forks_along_and_nothing_else() -> None:
    with host(1) as process:
        family = family_of(process, 7)
        (zygote,) = (pid for pid in family if descendants(pid))
        forks = {pid for pid, _ in descendants(zygote)}
        assert len(forks) == 3
        time_until_gone(forks | {zygote}, lambda: os.kill(zygote, signal.SIGKILL))
        spares = family - forks - {zygote}
        assert {pid for pid, _ in descendants(process.pid)} >= spares
        time_until_gone(spares, process.kill)


SOURCES = {"spare": Spares, "fork": Forks}


@pytest.mark.parametrize("kind", SOURCES)
async def test_threads_of_the_host_that_end_take_no_kernel_along(kind: str) -> None:
    # A kernel dies with the thread that started it, which is the event loop's.
    assert threading.current_thread() is threading.main_thread()
    source: Source = SOURCES[kind]()
    try:
        kernel = await source.start()
        threads = [threading.Thread(target=int) for _ in range(5)]
        for thread in threads:
            thread.start()
            thread.join()
        await anyio.to_thread.run_sync(int)
        assert kernel.is_alive
        await kernel.end()
        kernel.close()
    finally:
        await source.close()


def test_a_kernel_ends_with_the_thread_whose_event_loop_started_it() -> None:
    # Which is why it has to be the main thread's, or another one that lasts.
    found: list[Kernel] = []

    async def start() -> None:
        found.append(await spawn(is_sandboxed=True))

    thread = threading.Thread(target=anyio.run, args=(start,))
    thread.start()
    thread.join()
    (kernel,) = found
    wait_until(lambda: not kernel.is_alive, "it has ended with the thread")
    assert anyio.run(kernel.end).returncode == -signal.SIGKILL
    kernel.close()


async def test_a_pool_that_is_left_by_an_error_ends_its_kernels() -> None:
    before = descendants(os.getpid())
    family: set[Identity] = set()

    async def fail() -> None:
        async with Pool(2) as spares, Pool(2, source=Forks()) as forks:
            for pool in (spares, forks):
                kernel = await pool.take()
                await kernel.end()
                kernel.close()
            family.update(descendants(os.getpid()) - before)
            raise RuntimeError("on purpose")

    with pytest.raises(ExceptionGroup, match="unhandled errors"):
        await fail()
    assert family
    assert not alive(family)
