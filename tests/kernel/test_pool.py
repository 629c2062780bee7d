"""The pool: warm kernels, checks without running, and the end of everything with the host."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import anyio
import pytest

from engine.kernel.events import RunOutput, RunRequest
from engine.kernel.limits import Limits
from engine.kernel.pool import Pool
from engine.kernel.process import KernelError
from engine.kernel.run import Run
from engine.kernel.spawn import spawn
from tests.holding import until
from tests.kernel.test_run import processes_with


async def until_idle(pool: Pool, count: int) -> None:
    await until(lambda: pool.idle_count >= count)


async def test_two_are_kept_warm_and_replaced() -> None:
    async with Pool(2) as pool:
        await until_idle(pool, 2)
        kernel = await pool.take()
        await kernel.end()
        kernel.close()
        await until_idle(pool, 2)


async def test_a_dead_spare_is_not_handed_out() -> None:
    async with Pool(1) as pool:
        await until_idle(pool, 1)
        spare = pool._idle[0]
        os.kill(spare.ready.pid, signal.SIGKILL)
        await until(lambda: not spare.is_alive)
        kernel = await pool.take()
        assert kernel is not spare
        assert kernel.is_alive
        await kernel.end()
        kernel.close()


async def test_a_check_tells_entrypoints_and_problems_and_keeps_the_kernel() -> None:
    async with Pool(1) as pool:
        await until_idle(pool, 1)
        spare = pool._idle[0]
        good = await pool.inspect(b"def a(): pass\nasync def b(): pass\ndef _c(): pass", "x.py")
        assert good.entrypoints == ["main", "a", "b"]
        assert good.problems == []
        bad = await pool.inspect("ä = 'x' +\n".encode(), "x.py")
        assert [(one.line, one.column) for one in bad.problems] == [(1, 10)]
        assert pool._idle[0] is spare


@pytest.mark.parametrize(
    "source",
    [b"return 1", b"x = \0", b"\xff", b"(" * 5000, b"-" * 100_000 + b"1", b"def f(:\n"],
    ids=["return outside", "NUL", "not UTF-8", "brackets", "deep", "plain"],
)
async def test_what_python_refuses_is_a_problem_in_words(source: bytes) -> None:
    async with Pool(1) as pool:
        inspected = await pool.inspect(source, "x.py")
        assert inspected.problems[0].message
        assert (await pool.inspect(b"x = 1", "x.py")).problems == []


async def test_a_kernel_that_does_not_start_is_told_with_its_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho 'no such module' >&2\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(broken))
    with pytest.raises(KernelError, match=r"exit code 3\.\nno such module"):
        await spawn(is_sandboxed=True)
    async with Pool(1) as pool:
        run = Run(RunRequest(b"", "x.py", "main"))
        async with anyio.create_task_group() as group:
            group.start_soon(run.execute, pool)
            finished = await run.wait()
        assert finished.outcome == "not_started"
        assert "no such module" in finished.reason


async def test_closing_the_pool_ends_what_runs() -> None:
    async with Pool(1) as pool:
        run = Run(RunRequest(b"import time\nprint('up')\ntime.sleep(60)", "x.py", "main"))
        async with anyio.create_task_group() as group:
            group.start_soon(run.execute, pool)
            async for event in run.events():
                if isinstance(event, RunOutput):
                    break
            group.cancel_scope.cancel()


async def test_a_run_nobody_listens_to_any_more_is_ended() -> None:
    async with Pool(1) as pool:
        run = Run(RunRequest(b"while True: print('x' * 1000)", "x.py", "main"))
        with anyio.fail_after(20):
            async with anyio.create_task_group() as group:
                group.start_soon(run.execute, pool)
                async for _ in run.events():
                    break
        assert run.finished is not None
        assert run.finished.outcome == "stopped"


async def test_a_consumer_that_does_not_read_cannot_put_off_the_watchdog() -> None:
    async with Pool(1) as pool:
        run = Run(
            RunRequest(b"while True: print('x' * 1000)", "x.py", "main", (), Limits(wall_s=0.3))
        )
        started = time.monotonic()
        async with anyio.create_task_group() as group:
            group.start_soon(run.execute, pool)
            await anyio.sleep(1.5)
            finished = await run.wait()
        assert finished.outcome == "timed_out"
        assert finished.duration_s < 1.2
        assert time.monotonic() - started < 10


HOST = """
import anyio
from engine.kernel.events import RunOutput, RunRequest
from engine.kernel.pool import Pool
from engine.kernel.run import Run
from engine.kernel.spawn import spawn

SCRIPT = b'''
import subprocess, time
subprocess.Popen(["sleep", "MARKER"], start_new_session=True)
print("up")
while True: pass  # MARKER
'''

async def main():
    async with Pool(2, is_sandboxed=False) as pool, anyio.create_task_group() as group:
        run = Run(RunRequest(SCRIPT, "MARKER.py", "main"))
        group.start_soon(run.execute, pool)
        async for event in run.events():
            if isinstance(event, RunOutput):
                print("up", flush=True)

anyio.run(main)
"""


def kernels_of(pid: int) -> set[int]:
    """Return the pids of every process that descends from `pid`."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_bytes()
            except OSError:
                continue
            parents[int(entry.name)] = int(stat.rpartition(b")")[2].split()[1])
    found = {pid}
    while True:
        more = {child for child, parent in parents.items() if parent in found} - found
        if not more:
            return found - {pid}
        found |= more


def test_nothing_outlives_a_host_that_is_killed() -> None:
    marker = f"7{time.monotonic_ns() % 10**12}"
    with subprocess.Popen(
        [sys.executable, "-c", HOST.replace("MARKER", marker)], stdout=subprocess.PIPE
    ) as host:
        try:
            assert host.stdout is not None
            assert host.stdout.readline() == b"up\n"
            deadline = time.monotonic() + 10
            # Guard and kernel of the run, its sleep, guard and kernel of a spare.
            while len(descendants := kernels_of(host.pid)) < 5 and time.monotonic() < deadline:
                time.sleep(0.02)
            assert len(descendants) >= 5
        finally:
            host.kill()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        left = {pid for pid in descendants if is_running(pid)}
        if not left and not processes_with(marker):
            break
        time.sleep(0.02)
    assert not left
    assert processes_with(marker) == []


def is_running(pid: int) -> bool:
    """Tell whether a process still runs: a zombie is only waiting to be counted."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return False
    return stat.rpartition(b")")[2].split()[0] != b"Z"
