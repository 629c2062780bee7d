"""Every limit ends or fails its run, in words, and nothing else; in spares and in forks."""

from __future__ import annotations

import os
import signal
import time

import pytest

from engine.kernel.events import RunStopping
from engine.kernel.limits import DEFAULTS, MIB, Limits
from engine.kernel.process import Ending
from engine.kernel.traceback import place
from engine.kernel.verdict import verdict
from tests.kernel.conftest import RunScript, Seen
from tests.kernel.launching import Kernels, as_somebody, run_in_host

GIB = 1 << 30


def line_of(seen: Seen) -> int:
    assert seen.finished.error is not None
    where = place(seen.finished.error, "scripts/x.py")
    assert where is not None
    return where[0]


def steps_of(seen: Seen) -> list[str]:
    return [event.step for event in seen.events if isinstance(event, RunStopping)]


# Wall time ----------------------------------------------------------------------------------------


async def test_wall_time_interrupts_and_tells_the_line(run_either: RunScript) -> None:
    seen = await run_either("import time\n\ntime.sleep(60)", timeout_s=0.3)
    assert (seen.finished.outcome, seen.finished.limit) == ("timed_out", "wall")
    assert seen.finished.reason == "it ran longer than 0.3 s"
    assert line_of(seen) == 3
    assert steps_of(seen) == ["interrupt"]


@pytest.mark.parametrize(
    "source",
    [
        "import time\nwhile True:\n  try: time.sleep(9)\n  except KeyboardInterrupt: pass",
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
        "import signal as s\ns.pthread_sigmask(s.SIG_BLOCK, s.valid_signals())\nwhile True: pass",
        "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)",
        "sum(range(10 ** 12))",
    ],
    ids=["swallows", "ignores", "blocks signals", "stops itself", "sums in C"],
)
async def test_wall_time_kills_what_does_not_react(run_either: RunScript, source: str) -> None:
    seen = await run_either(source, timeout_s=0.2)
    assert (seen.finished.outcome, seen.finished.limit) == ("timed_out", "wall")
    words = "it ran longer than 0.2 s and was killed, because it did not react to the interrupt"
    assert seen.finished.reason == words
    assert seen.finished.error is None
    assert steps_of(seen) == ["interrupt", "kill"]


async def test_a_thread_that_goes_on_is_ended_with_its_run(run_either: RunScript) -> None:
    seen = await run_either(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()",
        timeout_s=0.3,
    )
    assert (seen.finished.outcome, seen.finished.limit) == ("timed_out", "wall")


# CPU time -----------------------------------------------------------------------------------------

CPU = Limits(cpu_s=1)


async def test_cpu_time_is_told_with_the_line(run_either: RunScript) -> None:
    seen = await run_either("x = 0\n\nwhile True: x += 1", limits=CPU)
    assert (seen.finished.outcome, seen.finished.limit) == ("timed_out", "cpu")
    assert seen.finished.reason == "it used more than 1 s of CPU time"
    assert line_of(seen) == 3
    assert 0.5 < seen.finished.cpu_s < 5, "the system goes by its ticks, which are not exact"
    assert steps_of(seen) == []
    assert seen.finished.error is not None
    assert {frame.path for frame in seen.finished.error.frames} == {"scripts/x.py"}


async def test_cpu_time_in_c_that_never_comes_back_is_ended_by_force(run_fork: RunScript) -> None:
    seen = await run_fork("sum(range(10 ** 12))", limits=CPU, timeout_s=60)
    assert (seen.finished.outcome, seen.finished.limit) == ("timed_out", "cpu")
    assert seen.finished.reason == "it used more than 1 s of CPU time and was killed"
    assert seen.finished.error is None
    assert seen.finished.cpu_s < 10


async def test_cpu_time_that_a_script_does_not_want_to_hear_of(run_script: RunScript) -> None:
    seen = await run_script(
        "while True:\n"
        "    try:\n"
        "        for _ in range(10 ** 12): pass\n"
        "    except BaseException as error:\n"
        "        print(type(error).__name__)\n",
        limits=CPU,
        timeout_s=60,
    )
    assert seen.out.startswith("CpuTimeExceeded\n")
    assert (seen.finished.outcome, seen.finished.limit) == ("timed_out", "cpu")
    assert seen.finished.reason == "it used more than 1 s of CPU time and was killed"


async def test_cpu_time_of_several_threads_adds_up(run_either: RunScript) -> None:
    # No thread comes to the limit. Hashing lets go of the interpreter.
    seen = await run_either(
        "import hashlib, threading, time\n"
        "def work():\n"
        "    while time.thread_time() < 0.9: hashlib.sha256(data)\n"
        "data = bytes(1 << 20)\n"
        "threads = [threading.Thread(target=work) for _ in range(5)]\n"
        "for one in threads: one.start()\n"
        "for one in threads: one.join()\n"
        "print('never')",
        limits=CPU,
        timeout_s=60,
    )
    assert seen.out == ""
    assert (seen.finished.outcome, seen.finished.limit) == ("timed_out", "cpu")


async def test_waiting_takes_no_cpu_time(run_script: RunScript) -> None:
    seen = await run_script("import time\ntime.sleep(1.2)\nprint('there')", limits=CPU)
    assert (seen.finished.outcome, seen.out) == ("ok", "there\n")
    assert seen.finished.cpu_s < 1


def test_a_kill_by_the_limit_on_cpu_time_is_told_though_clocks_differ() -> None:
    # The system ends it by its ticks; what it has used is told exactly, and was 12 % less.
    limits = Limits(cpu_s=10)
    ending = Ending(-signal.SIGKILL, cpu_s=9.6)
    finished = verdict("run", limits, None, ending, 11.0, None, is_sandboxed=True)
    assert (finished.outcome, finished.limit) == ("timed_out", "cpu")


# Memory -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("memory_bytes", "fits", "words"),
    [
        (256 * MIB, 64 * MIB, "256 MiB"),
        (GIB, 768 * MIB, "1 GiB"),
        (2 * GIB, 1_331 * MIB, "2 GiB"),
        (6 * GIB, 5 * GIB, "6 GiB"),
    ],
    ids=["smaller than the default", "the default", "larger", "much larger"],
)
async def test_memory_is_what_was_allowed(
    run_either: RunScript, memory_bytes: int, fits: int, words: str
) -> None:
    # Pages that are never touched take no memory, only room.
    limits = Limits(memory_bytes=memory_bytes)
    seen = await run_either(f"print(len(bytes({fits})) == {fits})", limits=limits)
    assert (seen.finished.outcome, seen.out) == ("ok", "True\n")
    seen = await run_either(f"\nbytes({memory_bytes})", limits=limits)
    assert (seen.finished.outcome, seen.finished.limit) == ("raised", "memory")
    assert seen.finished.reason == f"it needed more than its {words} of memory"
    assert line_of(seen) == 2


async def test_a_memory_bomb_goes_off_in_its_own_kernel_only(run_either: RunScript) -> None:
    seen = await run_either(
        "kept = []\nwhile True: kept.append(bytearray(1 << 24))",
        limits=Limits(memory_bytes=400 * MIB),
    )
    assert (seen.finished.outcome, seen.finished.limit) == ("raised", "memory")
    assert (await run_either("print('fine')")).out == "fine\n"


async def test_an_allocation_in_c_that_fails_is_no_harm(run_either: RunScript) -> None:
    seen = await run_either(
        "import ctypes\n"
        "malloc = ctypes.CDLL(None).malloc\n"
        "malloc.restype, malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]\n"
        "print(malloc(1 << 31), malloc(1 << 62), malloc(1 << 20) is not None)"
    )
    assert (seen.finished.outcome, seen.out) == ("ok", "None None True\n")


async def test_a_crash_with_memory_nearly_full_tells_both(run_either: RunScript) -> None:
    seen = await run_either(
        "import os\nkept = b'x' * (400 << 20)\nos.abort()", limits=Limits(memory_bytes=600 * MIB)
    )
    assert (seen.finished.outcome, seen.finished.limit) == ("crashed", "memory")
    assert "SIGABRT (abort); it had 4" in seen.finished.reason
    assert seen.finished.reason.endswith(" MiB of memory in use, and its limit is 600 MiB")


# Threads ------------------------------------------------------------------------------------------

BOMB = """
import threading
stop, count = threading.Event(), 0
try:
    while count < 100:
        threading.Thread(target=stop.wait).start()
        count += 1
finally:
    stop.set()
    print(count)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's kernels get users of their own")
@pytest.mark.parametrize("threads", [0, 3, 32, 40])
async def test_threads_are_as_many_as_allowed(run_either: RunScript, threads: int) -> None:
    seen = await run_either(BOMB, limits=Limits(threads=threads))
    assert seen.out == f"{threads}\n"
    assert (seen.finished.outcome, seen.finished.limit) == ("raised", "threads")
    assert seen.finished.reason == f"it wanted more than its {threads} threads"
    assert line_of(seen) == 6


@pytest.mark.parametrize("kernels", ["spare", "fork"])
def test_threads_of_a_user_who_runs_other_things_are_counted(kernels: Kernels) -> None:
    # The host counts them with a thread of its own, which may be gone by then.
    told = run_in_host(BOMB, kernels=kernels, wrapper=as_somebody())
    assert (told["outcome"], told["limit"]) == ("raised", "threads")
    assert told["reason"] == "it wanted more than its 32 threads"
    assert 31 <= int(told["stdout"]) <= 33


async def test_threads_that_have_ended_do_not_count(run_either: RunScript) -> None:
    seen = await run_either(
        "import threading\n"
        "for _ in range(300):\n"
        "    thread = threading.Thread(target=int)\n"
        "    thread.start()\n"
        "    thread.join()\n"
        "print('done')"
    )
    assert (seen.finished.outcome, seen.out) == ("ok", "done\n")


# What is the same for every run -------------------------------------------------------------------


async def test_sixty_four_files_can_be_open(run_either: RunScript) -> None:
    seen = await run_either(
        "import os\nkept = []\n"
        "try:\n"
        "    while True: kept.append(os.open(os.__file__, os.O_RDONLY))\n"
        "finally:\n"
        "    print(len(kept), max(kept))"
    )
    assert seen.out == "58 63\n"
    assert seen.finished.error is not None
    assert "Too many open files" in seen.finished.error.message


async def test_limits_are_what_they_should_be_and_can_only_be_read(run_either: RunScript) -> None:
    limits = Limits(cpu_s=7, memory_bytes=512 * MIB)
    seen = await run_either(
        "import resource as r\n"
        "for name in ('FSIZE', 'CORE', 'MEMLOCK', 'MSGQUEUE', 'NOFILE', 'CPU'):\n"
        "    print(name, *r.getrlimit(getattr(r, 'RLIMIT_' + name)))\n"
        "print(r.getrlimit(r.RLIMIT_STACK)[0] <= 8 << 20, r.getrlimit(r.RLIMIT_AS)[0] >> 20)\n"
        "names = [name for name in dir(r) if name.startswith('RLIMIT_')]\n"
        "for name in names:\n"
        "    number = getattr(r, name)\n"
        "    now = r.getrlimit(number)\n"
        "    for change in (r.setrlimit, lambda *to: r.prlimit(0, *to)):\n"
        "        for limits in ((r.RLIM_INFINITY,) * 2, (0, 0), (0, now[1]), now):\n"
        "            try: change(number, limits)\n"
        "            except (OSError, ValueError): continue\n"
        "            print(name, 'was set to', limits)\n"
        "    if r.getrlimit(number) != now: print(name, 'has changed')\n"
        "print(len(names) > 9)",
        limits=limits,
    )
    assert seen.out.splitlines() == [
        *("FSIZE 0 0", "CORE 0 0", "MEMLOCK 0 0", "MSGQUEUE 0 0", "NOFILE 64 64", "CPU 7 8"),
        *("True 512", "True"),
    ]
    assert seen.finished.outcome == "ok"


X86_ENDLESS_CALL = "e8fbffffff"


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the code is for x86_64")
@pytest.mark.parametrize("is_in_thread", [False, True], ids=["main", "thread"])
async def test_an_overflow_of_the_stack_in_c_is_a_crash_of_one_run(
    run_either: RunScript, is_in_thread: bool
) -> None:
    started = time.monotonic()
    seen = await run_either(
        "import ctypes, mmap, threading\n"
        "code = mmap.mmap(-1, 4096, prot=7)\n"
        f"code.write(bytes.fromhex('{X86_ENDLESS_CALL}'))\n"
        "address = ctypes.addressof(ctypes.c_char.from_buffer(code))\n"
        "call = ctypes.CFUNCTYPE(None)(address)\n"
        + ("threading.Thread(target=call).start()" if is_in_thread else "call()")
    )
    assert seen.finished.outcome == "crashed"
    assert "SIGSEGV (segmentation fault)" in seen.finished.reason
    assert time.monotonic() - started < 10, "no core file is written"
    assert (await run_either("print('fine')")).out == "fine\n"


async def test_a_recursion_without_the_interpreters_limit_harms_one_run(
    run_either: RunScript,
) -> None:
    # What becomes of it differs by version: an error that the interpreter makes, or a crash.
    seen = await run_either(
        "import sys\nsys.setrecursionlimit(2 ** 31 - 1)\none, other = [], []\n"
        "for _ in range(10 ** 6): one, other = [one], [other]\nprint(one == other)",
        timeout_s=60,
    )
    assert seen.finished.outcome in ("crashed", "raised", "ok")
    assert (await run_either("print('fine')")).out == "fine\n"


def test_the_defaults_by_kind_are_those_of_the_manual() -> None:
    assert {kind: (limits.wall_s, limits.cpu_s) for kind, limits in DEFAULTS.items()} == {
        "macro": (10, 10),
        "preview": (5, 5),
        "transform": (5, 5),
        "utility": (None, None),
    }
    assert {limits.memory_bytes for limits in DEFAULTS.values()} == {GIB}
    assert {limits.threads for limits in DEFAULTS.values()} == {32}
