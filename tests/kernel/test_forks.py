"""Forks of the zygote: as fresh as kernels that start from nothing, and each for itself."""

from __future__ import annotations

import importlib.util
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest
from anyio.abc import TaskGroup

from engine.child.protocol import Inspect, Inspected
from engine.kernel.events import RunEvent, RunFinished, RunOutput, RunRequest
from engine.kernel.limits import Limits
from engine.kernel.pool import Pool
from engine.kernel.process import Ending, Kernel, KernelError, Pipes
from engine.kernel.run import Run
from engine.kernel.sources import Forks
from engine.kernel.zygote import Zygote
from tests.holding import until
from tests.kernel.conftest import RunScript, runner
from tests.kernel.preloading import preloading
from tests.kernel.test_low_limits import open_fds
from tests.processes import alive, descendants

SLEEP = "import time\nprint('up')\ntime.sleep(60)"


def zygote_of(pool: Pool) -> Zygote:
    source = pool._source
    assert isinstance(source, Forks)
    assert source._zygote is not None
    return source._zygote


def zygote_pid(pool: Pool) -> int:
    return zygote_of(pool)._child.pid


class Running:
    """A run that has printed its first line, and goes on."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.out = b""
        self.is_up = anyio.Event()
        self.is_over = anyio.Event()

    async def follow(self) -> None:
        event: RunEvent
        async for event in self.run.events():
            if isinstance(event, RunOutput):
                self.out += event.data
                if b"\n" in self.out:
                    self.is_up.set()
        self.is_over.set()

    async def end(self) -> RunFinished:
        with anyio.fail_after(20):
            await self.is_over.wait()
        assert self.run.finished is not None
        return self.run.finished


async def start(
    group: TaskGroup,
    pool: Pool,
    source: str = SLEEP,
    limits: Limits = Limits(wall_s=60),  # noqa: B008 - it is frozen
) -> Running:
    """Start a run and wait for its first line."""
    running = Running(Run(RunRequest(source.encode(), "x.py", "main", (), limits)))
    group.start_soon(running.follow)
    group.start_soon(running.run.execute, pool)
    with anyio.fail_after(20):
        await running.is_up.wait()
    return running


@asynccontextmanager
async def taken(pool: Pool) -> AsyncIterator[Kernel]:
    kernel = await pool.take()
    try:
        yield kernel
    finally:
        await kernel.end()
        kernel.close()


# Fresh --------------------------------------------------------------------------------------------


async def test_nothing_of_a_run_is_there_in_the_next(run_fork: RunScript) -> None:
    look = (
        "import builtins, json, logging, os, random, sys\n"
        "print(hasattr(sys, 'mark'), hasattr(builtins, 'mark'), json.__dict__.get('mark'))\n"
        "print('mark' in os.environ, '__main__' in dir(sys.modules['__main__']), sys.argv)\n"
        "print([name for name in sys.modules if 'mark' in name])\n"
        "print(logging.root.handlers, sys.path_hooks[2:])\n"
    )
    first = await run_fork(look)
    await run_fork(
        "import builtins, json, logging, os, sys, types\n"
        "for place in (sys, builtins, json): place.mark = 1\n"
        "os.environ['mark'] = '1'; sys.modules['mark'] = types.ModuleType('mark')\n"
        "logging.basicConfig(); sys.path_hooks.append(print); sys.argv.append('mark')\n"
    )
    assert (await run_fork(look)).out == first.out
    assert first.out.splitlines()[0] == "False False None"


async def test_a_fork_is_set_up_as_a_spare_is(run_fork: RunScript, run_script: RunScript) -> None:
    look = (
        "import gc, os, signal, sys, threading\n"
        "print(sorted(os.environ.items()), os.getcwd(), sys.argv, sys.path, sys.flags)\n"
        "print(sys.stdin.read(), sys.stdout.encoding, sys.stdout.line_buffering)\n"
        "print(os.getpid() == os.getpgrp(), threading.active_count())\n"
        "print([signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE)])\n"
        "print(signal.pthread_sigmask(signal.SIG_BLOCK, []), gc.isenabled(), exit, help)\n"
        "print(threading.main_thread() is threading.current_thread())\n"
        "print(threading.get_native_id() == os.getpid())\n"
    )
    fork, spare = await run_fork(look), await run_script(look)
    assert fork.out.splitlines() == spare.out.splitlines()
    assert (fork.err, fork.finished.outcome) == ("", "ok")


async def test_forks_are_processes_of_their_own(run_fork: RunScript) -> None:
    look = "import os\nprint(os.getpid(), os.getuid())"
    seen = [(await run_fork(look)).out.split() for _ in range(5)]
    assert len({pid for pid, _ in seen}) == 5
    if os.geteuid() == 0:
        assert len({user for _, user in seen}) == 5


async def test_random_numbers_differ_from_fork_to_fork(run_fork: RunScript) -> None:
    look = (
        "import random, secrets, tempfile, uuid\n"
        "print(random.random(), random.getrandbits(64), sep='\\n')\n"
        "print(random.Random().random(), secrets.token_hex(8), uuid.uuid4(), sep='\\n')\n"
        "print(next(tempfile._RandomNameSequence()))\n"
    )
    seen = [(await run_fork(look)).out.splitlines() for _ in range(4)]
    for column in zip(*seen, strict=True):
        assert len(set(column)) == 4


@pytest.mark.skipif(importlib.util.find_spec("numpy") is None, reason="numpy is not installed")
async def test_random_numbers_of_numpy_differ_from_fork_to_fork(run_fork: RunScript) -> None:
    look = (
        "import sys\nassert 'numpy' in sys.modules\nimport numpy\n"
        "print(numpy.random.rand(), numpy.random.default_rng().random(), sep='\\n')\n"
    )
    seen = [(await run_fork(look)).out.splitlines() for _ in range(4)]
    for column in zip(*seen, strict=True):
        assert len(set(column)) == 4


async def test_random_is_seeded_where_the_zygote_has_imported_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # As numpy does; without it `random` is imported by scripts only, and so fresh anyway.
    with preloading(monkeypatch, tmp_path, "import random\nfirst = random.random()\n"):
        async with Pool(0, source=Forks()) as pool:
            run = runner(pool)
            look = (
                "import sys\nassert 'random' in sys.modules\n"
                "import random, preloaded\nprint(preloaded.first, random.random())"
            )
            seen = [(await run(look)).out.split() for _ in range(3)]
    assert len({first for first, _ in seen}) == 1, "the zygote's own memory is shared"
    assert len({number for _, number in seen}) == 3


# Each for itself ----------------------------------------------------------------------------------


async def test_forks_run_side_by_side(forks: Pool) -> None:
    async with anyio.create_task_group() as group:
        running = [await start(group, forks) for _ in range(5)]
        assert (await runner(forks)("print('sixth')")).out == "sixth\n"
        for one in running:
            assert one.run.finished is None
            one.run.stop()
        for one in running:
            finished = await one.end()
            assert (finished.outcome, finished.reason) == ("stopped", "stopped on request")
            assert finished.error is not None, "the interrupt reached the script"


async def test_the_crash_of_a_fork_harms_no_other(forks: Pool) -> None:
    zygote = zygote_pid_once_there = None
    async with anyio.create_task_group() as group:
        other = await start(group, forks)
        zygote = zygote_pid(forks)
        for source in (
            "import ctypes; ctypes.string_at(0)",
            "import os; os.abort()",
            "import os; os.closerange(0, 64); os._exit(1)",
            "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
            "kept = []\nwhile True: kept.append(bytearray(1 << 26))",
        ):
            assert (await runner(forks)(source)).finished.outcome in ("crashed", "raised")
        zygote_pid_once_there = zygote_pid(forks)
        assert other.run.finished is None
        assert (await runner(forks)("print('fine')")).out == "fine\n"
        other.run.stop()
        assert (await other.end()).reason == "stopped on request"
    assert zygote == zygote_pid_once_there


@pytest.mark.parametrize(
    ("source", "returncode", "words"),
    [
        ("import os; os._exit(0)", 0, "the interpreter left with exit code 0"),
        ("import os; os._exit(7)", 7, "the interpreter left with exit code 7"),
        ("import os; os._exit(255)", 255, "the interpreter left with exit code 255"),
        (
            "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
            -signal.SIGSEGV,
            "the interpreter was ended by SIGSEGV (segmentation fault)",
        ),
        (
            "import os, signal; os.kill(os.getpid(), signal.SIGTERM)",
            -signal.SIGTERM,
            "the interpreter was ended by SIGTERM",
        ),
        (
            "import os; os.kill(os.getpid(), 40)",
            -40,
            "the interpreter was ended by signal 40",
        ),
    ],
)
async def test_exit_codes_and_signals_are_told(
    run_either: RunScript, source: str, returncode: int, words: str
) -> None:
    finished = (await run_either(source)).finished
    assert (finished.outcome, finished.reason) == ("crashed", words)
    assert Ending(returncode).words == words


async def test_what_a_fork_has_used_is_told(run_fork: RunScript) -> None:
    seen = await run_fork(
        "import time\nwhile time.thread_time() < 0.3: pass\nkept = b'x' * (200 << 20)"
    )
    assert 0.2 < seen.finished.cpu_s < 5
    assert (await run_fork("")).finished.cpu_s < 0.2, "its own, not the zygote's"


async def test_threads_and_atexit_functions_of_a_fork_end_as_in_a_spare(
    run_either: RunScript,
) -> None:
    seen = await run_either(
        "import atexit, sys, threading, time\n"
        "atexit.register(print, 'last')\n"
        "class Kept:\n"
        "    def __init__(self): self.write = sys.stdout.write\n"
        "threading.Thread(target=lambda: (time.sleep(0.05), print('thread'))).start()\n"
        "threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
        "sys.stdout.write('first')\n"
        "print('', 'no newline', end='')\n"
        "def go(): return 'result'\n",
        "go",
    )
    assert seen.out == "first no newlinethread\nlast\n"
    assert (seen.finished.outcome, seen.finished.result, seen.err) == ("ok", "result", "")


@pytest.mark.parametrize("code", ["", "3", "'words'"])
async def test_a_script_that_leaves_a_fork_leaves_nothing_of_ours_on_stderr(
    run_fork: RunScript, code: str
) -> None:
    seen = await run_fork(f"import sys\nprint('here')\nsys.exit({code})")
    assert seen.out == "here\n"
    assert seen.err == ("words\n" if code == "'words'" else "")
    assert seen.finished.outcome == ("raised" if code else "ok")


async def test_a_fork_checks_sources_as_often_as_asked(forks: Pool) -> None:
    async with taken(forks) as kernel:
        for number in range(3):
            await kernel.send(Inspect(str(number), b"def f(): pass", "x.py"))
            assert await kernel.receive() == Inspected(str(number), ["main", "f"], [])


# The zygote's end ---------------------------------------------------------------------------------


async def test_runs_crash_with_the_zygote_and_the_next_has_a_new_one(forks: Pool) -> None:
    async with anyio.create_task_group() as group:
        running = [await start(group, forks) for _ in range(3)]
        before, family = zygote_pid(forks), descendants(os.getpid())
        os.kill(before, signal.SIGKILL)
        for one in running:
            finished = await one.end()
            assert finished.outcome == "crashed"
            assert "SIGKILL" in finished.reason
        await until(lambda: not alive(family))
        seen = await runner(forks)("print('fine')")
        assert (seen.finished.reason, seen.out) == ("", "fine\n")
        assert zygote_pid(forks) != before


@pytest.mark.parametrize("size", [0, 1, 2])
async def test_a_zygote_that_has_gone_unnoticed_is_replaced(size: int) -> None:
    # Nobody waits for news of it, so nobody has seen its end when the next kernel is wanted.
    async with Pool(size, source=Forks()) as pool:
        assert (await runner(pool)("print('fine')")).out == "fine\n"
        await until(lambda: pool.idle_count == size)
        before = zygote_pid(pool)
        family = descendants(os.getpid())
        os.kill(before, signal.SIGKILL)
        await until(lambda: not alive(family))
        for _ in range(3):
            seen = await runner(pool)("print('fine')")
            assert (seen.finished.reason, seen.out) == ("", "fine\n")
        assert zygote_pid(pool) != before


async def test_a_zygote_that_dies_while_it_forks_is_told_or_replaced() -> None:
    async with Pool(0, source=Forks()) as pool, taken(pool):
        pid = zygote_pid(pool)
        os.kill(pid, signal.SIGSTOP)
        async with anyio.create_task_group() as group:
            running = Running(Run(RunRequest(b"print('fine')", "x.py", "main")))
            group.start_soon(running.follow)
            group.start_soon(running.run.execute, pool)
            await until(lambda: zygote_of(pool)._forking.locked())
            os.kill(pid, signal.SIGKILL)
            finished = await running.end()
        assert finished.outcome in ("ok", "not_started")
        assert (await runner(pool)("print('fine')")).out == "fine\n"


async def test_a_fork_that_cannot_be_made_harms_no_run(
    forks: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with anyio.create_task_group() as group:
        other = await start(group, forks)
        await until(lambda: forks.idle_count == 1)
        with monkeypatch.context() as patch:

            def refuse(pipes: Pipes) -> None:
                raise KernelError("could not make a pipe: Too many open files")

            patch.setattr(Pipes, "__init__", refuse)
            with pytest.raises(KernelError):
                await forks._source.start()
        assert (await runner(forks)("print('fine')")).out == "fine\n"
        assert other.run.finished is None
        other.run.stop()
        assert (await other.end()).outcome == "stopped"


async def test_closing_the_pool_ends_the_zygote_and_all_its_kernels() -> None:
    before = descendants(os.getpid())
    fds = open_fds()
    async with anyio.create_task_group() as group:
        async with Pool(2, source=Forks()) as pool:
            running = [await start(group, pool) for _ in range(2)]
            await until(lambda: pool.idle_count == 2)
            family = descendants(os.getpid()) - before
            assert len(family) == 5
        for one in running:
            assert (await one.end()).outcome == "crashed"
        await until(lambda: not alive(family))
    assert open_fds() == fds


async def test_nothing_is_left_of_many_runs() -> None:
    async with Pool(1, source=Forks()) as pool:
        run = runner(pool)
        await run("")
        await until(lambda: pool.idle_count == 1)
        fds, family = open_fds(), descendants(os.getpid())
        inside = fds_of_zygote(pool)
        for number in range(20):
            await run("import os; os._exit(1)" if number % 3 else "print('x')")
        await until(lambda: pool.idle_count == 1)
        assert len(open_fds()) == len(fds)
        await until(lambda: len(descendants(os.getpid())) == len(family))
        if inside is not None:
            await until(lambda: len(fds_of_zygote(pool) or ()) == len(inside))


def fds_of_zygote(pool: Pool) -> list[Path] | None:
    try:
        return list(Path(f"/proc/{zygote_pid(pool)}/fd").iterdir())
    except PermissionError:
        return None
