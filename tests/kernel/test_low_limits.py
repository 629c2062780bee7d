"""Hosts that may do little themselves: their kernels still work, or it is said why not."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import anyio
import pytest

from engine.kernel.events import RunFinished, RunRequest
from engine.kernel.limits import MIB, Limits
from engine.kernel.pool import Pool
from engine.kernel.run import Run
from engine.kernel.sources import Forks
from tests.kernel.launching import Kernels, as_somebody, run_in_host, with_limits

HELLO = "print('hello')"


def open_fds() -> set[int]:
    # Without the one that lists them.
    return {int(path.name) for path in Path("/proc/self/fd").iterdir() if path.exists()}


@contextmanager
def room_for_fds(count: int) -> Iterator[None]:
    """Allow this process so many more open files than it has."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(open_fds())
    held = [os.open(os.devnull, os.O_RDONLY)]
    while held[-1] < highest:  # the gaps below would be room too
        held.append(os.open(os.devnull, os.O_RDONLY))
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (held[-1] + 1 + count, before[1]))
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
        for fd in held:
            os.close(fd)


def pool_of(kernels: Kernels) -> Pool:
    if kernels == "fork":
        return Pool(0, source=Forks())
    return Pool(0, is_sandboxed=kernels == "spare")


async def run_hello(pool: Pool) -> RunFinished:
    run = Run(RunRequest(HELLO.encode(), "x.py", "main", (), Limits(wall_s=20)))
    async with anyio.create_task_group() as group:
        group.start_soon(run.execute, pool)
        await run.wait()
    assert run.finished is not None
    return run.finished


@pytest.mark.parametrize("kernels", ["spare", "fork", "open"])
async def test_a_host_that_has_nearly_all_its_files_open_says_so(kernels: Kernels) -> None:
    outcomes = []
    async with pool_of(kernels) as pool:
        await run_hello(pool)  # the event loop has opened what it needs
    before = open_fds()
    for count in range(1, 24):
        async with pool_of(kernels) as pool:
            with room_for_fds(count):
                finished = await run_hello(pool)
        outcomes.append(finished.outcome)
        assert finished.outcome in ("ok", "not_started")
        if finished.outcome == "not_started":
            assert "Too many open files" in finished.reason
        assert open_fds() == before, f"with room for {count}"
    assert (outcomes[0], outcomes[-1]) == ("not_started", "ok")


@pytest.mark.parametrize("kernels", ["spare", "fork"])
@pytest.mark.parametrize(
    "limits",
    [
        ("--nofile=24:24",),
        ("--fsize=0:0", "--core=0:0", "--memlock=0:0", "--msgqueue=0:0", "--sigpending=8:8"),
        ("--stack=1048576:1048576",),
        (f"--as={300 * MIB}:{300 * MIB}",),
        ("--nice=0:0", "--rtprio=0:0", "--rttime=0:0", "--locks=0:0"),
    ],
    ids=["files", "sizes", "stack", "memory", "priorities"],
)
def test_a_host_with_low_limits_runs_scripts(kernels: Kernels, limits: tuple[str, ...]) -> None:
    told = run_in_host(HELLO, kernels=kernels, wrapper=with_limits(*limits))
    assert (told["outcome"], told["stdout"], told["stderr"]) == ("ok", "hello\n", "")


@pytest.mark.parametrize("kernels", ["spare", "fork"])
def test_a_hosts_own_limit_on_memory_holds_where_it_is_lower(kernels: Kernels) -> None:
    told = run_in_host(
        f"bytes({400 * MIB})",
        kernels=kernels,
        wrapper=with_limits(f"--as={300 * MIB}:{300 * MIB}"),
    )
    assert (told["outcome"], told["limit"]) == ("raised", "memory")


@pytest.mark.parametrize("kernels", ["spare", "fork"])
@pytest.mark.parametrize("processes", [1, 2, 3, 4])
def test_a_user_with_few_processes_runs_scripts_or_is_told_why_not(
    kernels: Kernels, processes: int
) -> None:
    told = run_in_host(
        HELLO,
        kernels=kernels,
        wrapper=[*as_somebody(), *with_limits(f"--nproc={processes}:{processes}")],
    )
    if told["outcome"] != "ok":
        assert told["outcome"] == "not_started"
        assert "Resource temporarily unavailable" in told["reason"]
    assert told["outcome"] == "ok" or processes < 4


def test_a_host_in_the_background_of_a_shell_can_interrupt_its_kernels() -> None:
    # There SIGINT is ignored, which what is started inherits.
    told = run_in_host(
        "import time\ntry: time.sleep(60)\nfinally: print('cleaned')",
        limits=Limits(wall_s=0.3),
        wrapper=["sh", "-c", "trap '' INT XCPU TERM; exec \"$@\"", "sh"],
    )
    assert (told["outcome"], told["stdout"]) == ("timed_out", "cleaned\n")
    assert told["error"] == "KeyboardInterrupt"


def test_a_host_whose_signals_are_blocked_can_interrupt_its_kernels() -> None:
    told = run_in_host(
        "import time\ntry: time.sleep(60)\nfinally: print('cleaned')",
        limits=Limits(wall_s=0.3),
        wrapper=[
            *("env", "python3", "-c"),
            "import os, signal, sys\n"
            "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGXCPU})\n"
            "os.execvp(sys.argv[1], sys.argv[1:])",
        ],
    )
    assert (told["outcome"], told["limit"]) == ("timed_out", "wall")
    assert (told["stdout"], told["error"]) == ("cleaned\n", "KeyboardInterrupt")
