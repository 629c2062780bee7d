"""Buffers: memory that keeps its size, its limits, how long it lives, how kernels get it."""

from __future__ import annotations

import fcntl
import mmap
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import anyio
import msgspec
import pytest

from engine.child.buffers import FORMATS, MEMORY_IN, RECEIVING
from engine.child.protocol import Call, Refusal, Returned
from engine.kernel.buffers import (
    MAX_BUFFERS,
    MAX_BYTES,
    MAX_PROJECT_BYTES,
    MAX_RUN_BYTES,
    Buffer,
    BufferRefused,
    Buffers,
)
from engine.kernel.events import RunFinished, RunOutput, RunRequest
from engine.kernel.limits import MIB, NO_TIME_LIMIT, Limits
from engine.kernel.pool import Pool
from engine.kernel.run import Run
from tests.holding import held


@pytest.fixture
def buffers() -> Iterator[Buffers]:
    made = Buffers()
    yield made
    made.close()


def make(
    buffers: Buffers, name: str = "x", size: int = 100, run_id: str = "run", **more: Any
) -> Buffer:
    return buffers.create(name, [size], "uint8", run_id, is_replacing=False, **more)


def hold(buffers: Buffers, buffer: Buffer, run_id: str) -> None:
    buffers.give(buffer, run_id, lambda _packet, _fd: None, is_writable=False)


def is_open(fd: int) -> bool:
    with suppress(OSError):
        return os.fstat(fd).st_nlink >= 0
    return False


def refusal(kind: str, call: Callable[..., object], *arguments: Any, **named: Any) -> str:
    with pytest.raises(BufferRefused) as caught:
        call(*arguments, **named)
    assert caught.value.kind == kind
    return str(caught.value)


@pytest.mark.parametrize("dtype", FORMATS)
def test_a_buffer_has_its_shape_and_zeros(buffers: Buffers, dtype: str) -> None:
    made = buffers.create("a.b-c_1", [3, 2, 4], dtype, "run", is_replacing=False)
    with made.view() as view:
        assert (view.shape, view.nbytes, view.readonly) == ((3, 2, 4), made.size, True)
        assert not any(view.cast("B"))
    assert list(buffers) == [made]


def test_its_size_stays_and_no_seal_can_be_added(buffers: Buffers) -> None:
    made = make(buffers, size=10_000)
    for size in (0, 9_999, 10_001, 1 << 20):
        with pytest.raises(PermissionError):
            os.ftruncate(made.fd, size)
    for seal in (fcntl.F_SEAL_WRITE, fcntl.F_SEAL_GROW):
        with pytest.raises(PermissionError):
            fcntl.fcntl(made.fd, fcntl.F_ADD_SEALS, seal)
    with pytest.raises(PermissionError):
        os.pwrite(made.fd, b"x", 10_000)


def test_who_reads_cannot_write_in_any_way(buffers: Buffers) -> None:
    made = make(buffers)
    reading = made.opened_for_reading()
    with pytest.raises(PermissionError):
        mmap.mmap(reading, made.size, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.pwrite(reading, b"x", 0)
    # Root may open what nobody may; a kernel has no such right.
    assert os.fstat(reading).st_mode & 0o777 == 0o400
    os.close(reading)


def test_readers_share_no_offset(buffers: Buffers) -> None:
    made = make(buffers)
    got: list[int] = []
    for run_id in ("one", "other"):
        buffers.give(made, run_id, lambda _packet, fd: got.append(os.dup(fd)), is_writable=False)
    os.lseek(got[0], 42, os.SEEK_SET)
    assert os.lseek(got[1], 0, os.SEEK_CUR) == 0
    for fd in got:
        os.close(fd)


def test_what_one_writes_the_other_sees_at_once(buffers: Buffers) -> None:
    made = make(buffers, size=5_000)
    with mmap.mmap(made.fd, made.size) as writing, made.view() as view:
        writing[4_999] = 7
        assert view[4_999] == 7


@pytest.mark.parametrize(
    ("name", "shape", "dtype", "words"),
    [
        ("", [1], "uint8", "name: '' is none; it takes"),
        ("../x", [1], "uint8", "name: '../x' is none"),
        (".x", [1], "uint8", "name: "),
        ("a\n", [1], "uint8", "name: "),
        ("ä", [1], "uint8", "name: "),
        ("a" * 65, [1], "uint8", "name: "),
        ("x", [1], "complex128", "dtype: 'complex128' is none of uint8, "),
        ("x", [], "uint8", "shape: it has 0 numbers, and not 1 to 8"),
        ("x", [1] * 9, "uint8", "shape: it has 9 numbers"),
        ("x", [2, 0], "uint8", r"shape: \(2, 0\) has a number below 1"),
        ("x", [-1], "uint8", "shape: "),
        ("x", [1 << 62, 1 << 62], "uint8", "a buffer has at most 256 MiB"),
        ("x", [MAX_BYTES // 8 + 1], "float64", "are 268,435,464 bytes"),
    ],
)
def test_what_is_no_buffer_is_refused(
    buffers: Buffers, name: str, shape: list[int], dtype: str, words: str
) -> None:
    with pytest.raises(BufferRefused, match=words):
        buffers.create(name, shape, dtype, "run", is_replacing=False)
    assert list(buffers) == []


def test_a_name_is_there_once(buffers: Buffers) -> None:
    make(buffers)
    assert "replace=True" in refusal("FileExistsError", make, buffers)
    before = open_fds()
    second = buffers.create("x", [2], "int8", "run", is_replacing=True)
    assert list(buffers) == [second]
    assert open_fds() == before, "the first is gone"
    assert "Did you mean x?" in refusal("LookupError", buffers.get, "xx")
    refusal("LookupError", buffers.delete, "nothing")


def test_what_a_run_may_still_hold_counts_until_it_ends(buffers: Buffers) -> None:
    made = make(buffers, size=MAX_BYTES)
    hold(buffers, made, "run")
    hold(buffers, made, "reader")
    buffers.delete("x")
    assert is_open(made.fd)
    assert "deleted ones included" in refusal(
        "BufferError", make, buffers, "y", MAX_RUN_BYTES - MAX_BYTES + 1
    )
    buffers.run_ended("run")
    assert is_open(made.fd), "somebody else still has it"
    buffers.run_ended("reader")
    assert not is_open(made.fd)
    make(buffers, "y", MAX_RUN_BYTES)


def test_a_project_has_so_much_and_so_many(buffers: Buffers) -> None:
    for number in range(MAX_PROJECT_BYTES // MAX_RUN_BYTES):
        make(buffers, f"x{number}", MAX_RUN_BYTES, f"run{number}")
    assert "Delete some" in refusal("BufferError", make, buffers, "more", 1, "last")
    buffers.delete("x0")
    for number in range(MAX_BUFFERS - 1):
        make(buffers, f"small{number}", 1, "last")
    assert f"{MAX_BUFFERS} buffers" in refusal("BufferError", make, buffers, "more", 1, "last")


def test_the_end_of_the_project_is_the_end_of_all() -> None:
    buffers = Buffers()
    made, deleted = make(buffers), make(buffers, "y")
    hold(buffers, deleted, "run")
    buffers.delete("y")
    buffers.close()
    assert not any(map(is_open, (made.fd, deleted.fd)))
    assert "being closed" in refusal("RuntimeError", make, buffers)
    buffers.run_ended("run")


# In kernels ------------------------------------------------------------------------------------


async def in_kernel(
    pool: Pool, buffers: Buffers, source: str, limits: Limits = NO_TIME_LIMIT
) -> tuple[RunFinished, str]:
    """Run a script that may call `buffers.open(name, packets, writable=)`."""

    async def answer(call: Call) -> Returned | Refusal:
        name, count = (*msgspec.msgpack.decode(call.arguments), 1)[:2]
        buffer = buffers.get(name)
        is_writable = bool(msgspec.msgpack.decode(call.named).get("writable"))
        try:
            for _ in range(count):
                serial = buffers.give(buffer, run.id, run.give, is_writable=is_writable)
        except BufferRefused as error:
            return Refusal(call.call_id, error.kind, str(error))
        told: dict[str, Any] = {"name": name, "shape": list(buffer.shape), "dtype": buffer.dtype}
        told |= {"size": buffer.size, "writable": is_writable, "serial": serial}
        return Returned(call.call_id, told)

    run = Run(RunRequest(source.encode(), "scripts/x.py", "main", (), limits), answer)
    printed = b""
    async with anyio.create_task_group() as group:
        group.start_soon(run.execute, pool)
        async for event in run.events():
            if isinstance(event, RunOutput):
                printed += event.data
    assert run.finished is not None
    return run.finished, printed.decode()


WRITES = """
import app
view = app.buffers.open("x", writable=True)
view[4999] = 7
print(type(view).__name__, view.shape, view.readonly)
"""


async def test_a_script_writes_what_the_host_reads(either_pool: Pool, buffers: Buffers) -> None:
    made = make(buffers, size=5_000)
    finished, printed = await in_kernel(either_pool, buffers, WRITES)
    assert (finished.outcome, printed) == ("ok", "memoryview (5000,) False\n"), finished
    with made.view() as view:
        assert view[4_999] == 7
    source = WRITES.replace("writable=True", "").replace("view[4999] = 7", "print(view[4999])")
    _, printed = await in_kernel(either_pool, buffers, source)
    assert printed == "7\nmemoryview (5000,) True\n"


async def test_it_works_without_the_sandbox_too(open_pool: Pool, buffers: Buffers) -> None:
    make(buffers, size=5_000)
    finished, printed = await in_kernel(open_pool, buffers, WRITES)
    assert (finished.outcome, printed) == ("ok", "memoryview (5000,) False\n"), finished


async def test_threads_each_get_what_they_asked_for(pool: Pool, buffers: Buffers) -> None:
    for size in range(1, 9):
        make(buffers, f"x{size}", size)
    source = """
import app, threading
def ask(size):
    for _ in range(20):
        assert app.buffers.open(f"x{size}").shape == (size,)
    print("ok")
threads = [threading.Thread(target=ask, args=(size,)) for size in range(1, 9)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""
    finished, printed = await in_kernel(pool, buffers, source)
    assert (finished.outcome, printed) == ("ok", "ok\n" * 8), finished


async def test_what_a_script_does_not_take_does_not_pile_up(pool: Pool, buffers: Buffers) -> None:
    make(buffers)
    source = """
import app
from engine.child.calls import call
try:
    call("buffers.open", "x", 50)
except OSError as error:
    print(error)
print("on")
"""
    finished, printed = await in_kernel(pool, buffers, source)
    assert finished.outcome == "ok", finished
    assert printed == (
        "the buffer 'x' could not be handed to the script: Resource temporarily unavailable\non\n"
    )


async def test_what_was_left_untaken_is_passed_over(pool: Pool, buffers: Buffers) -> None:
    make(buffers)
    source = """
import app
from engine.child.calls import call
call("buffers.open", "x", 2)
print(app.buffers.open("x").shape)
"""
    finished, printed = await in_kernel(pool, buffers, source)
    assert (finished.outcome, printed) == ("ok", "(100,)\n"), finished


async def test_no_room_is_the_scripts_own_limit(pool: Pool, buffers: Buffers) -> None:
    make(buffers, size=250 * MIB)
    source = "import app\napp.buffers.open('x')\n"
    limits = Limits(wall_s=20, memory_bytes=256 * MIB)
    finished, _ = await in_kernel(pool, buffers, source, limits)
    assert finished.outcome == "raised"
    assert finished.error is not None
    assert finished.error.message.startswith("no room for the 262,144,000 bytes of the buffer 'x'")
    assert finished.limit == "memory"


async def test_the_socket_only_receives(either_pool: Pool, buffers: Buffers) -> None:
    source = f"""
import os, _socket
inlet = _socket.socket(1, 5, 0, {MEMORY_IN})
other = _socket.socket(1, 5, 0, os.dup({MEMORY_IN}))
for attempt in (
    lambda: os.write({MEMORY_IN}, b"x"),
    lambda: inlet.send(b"x"),
    lambda: inlet.sendmsg([b"x"]),
    lambda: inlet.recvmsg(1, 100, {RECEIVING}),
    lambda: inlet.recvmsg(1, 100, {RECEIVING | 2}),
    lambda: inlet.recvmsg(1, 100, 0),
    lambda: other.recvmsg(1, 100, {RECEIVING}),
):
    try: print(attempt())
    except OSError as error: print(type(error).__name__)
"""
    finished, printed = await in_kernel(either_pool, buffers, source)
    assert finished.outcome == "ok", finished
    assert printed.split() == [
        *("BrokenPipeError", "BrokenPipeError", "PermissionError"),
        *("BlockingIOError", "PermissionError", "PermissionError", "PermissionError"),
    ]


async def test_a_run_leaves_no_fd_behind(buffers: Buffers) -> None:
    make(buffers, size=5_000)
    async with held(Pool(0)) as pool:
        await in_kernel(pool, buffers, WRITES)  # what is made once
        before = open_fds()
        await in_kernel(pool, buffers, WRITES)
        assert open_fds() == before


def open_fds() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))
