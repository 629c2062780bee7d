"""The sandbox's filter in the kernel: it bites, and ordinary Python goes on working behind it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from engine.kernel.seccomp import compile_filter, compile_seal
from engine.kernel.syscall_numbers import MACHINES

MACHINE = os.uname().machine

pytestmark = pytest.mark.skipif(
    MACHINE not in MACHINES or sys.platform != "linux",
    reason=f"there is no filter for {sys.platform} on {MACHINE}",
)

NO_SECCOMP = 77

LOCK = """
import ctypes, errno, os, sys

def refused(call, *arguments, error=errno.EPERM):
    try:
        call(*arguments)
    except OSError as problem:
        assert problem.errno == error, problem
    else:
        raise AssertionError(f"{call} {arguments} went through")

libc = ctypes.CDLL(None, use_errno=True)

def raw(name, *arguments):
    number = numbers[os.uname().machine == "aarch64", name]
    ctypes.set_errno(0)
    result = libc.syscall(number, *map(ctypes.c_long, arguments))
    if result == -1:
        raise OSError(ctypes.get_errno(), name)
    return result

# By name and whether this is aarch64.
numbers = {
    (False, "clone"): 56, (True, "clone"): 220,
    (False, "clone3"): 435, (True, "clone3"): 435,
    (False, "prctl"): 157, (True, "prctl"): 167,
    (False, "tkill"): 200, (True, "tkill"): 130,
    (False, "tgkill"): 234, (True, "tgkill"): 131,
    (False, "seccomp"): 317, (True, "seccomp"): 277,
}

class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]

def lock():
    PR_SET_NO_NEW_PRIVS = 38
    assert libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
    install(sys.argv[1], sys.argv[2])
    install(sys.argv[3], sys.argv[4])
    del sys.argv[1:5]

def install(code, places):
    SECCOMP_SET_MODE_FILTER, TSYNC = 1, 1
    program = bytearray.fromhex(code)
    for offset in map(int, places.split()):
        program[offset : offset + 4] = os.getpid().to_bytes(4, "little")
    structure = Program(len(program) // 8, bytes(program))
    try:
        # Not 0 but positive: the id of a thread that could not be locked.
        assert raw("seccomp", SECCOMP_SET_MODE_FILTER, TSYNC, ctypes.addressof(structure)) == 0
    except OSError as problem:
        if problem.errno != errno.ENOSYS:
            raise
        sys.exit(77)

"""


def behind_the_filter(
    script: str, *arguments: str | Path, before: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a script in a process that has locked itself down; `before` runs before that."""
    filters = [compile_filter(MACHINE), compile_seal(MACHINE)]
    done = subprocess.run(
        [
            *(sys.executable, "-I", "-B", "-c"),
            LOCK + before + "\nlock()\n" + textwrap.dedent(script),
            *(
                argument
                for one in filters
                for argument in (one.program.hex(), " ".join(map(str, one.pid_offsets)))
            ),
            *map(str, arguments),
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode == NO_SECCOMP:
        pytest.skip("this kernel has no seccomp filters")
    return done


def works(script: str, *arguments: str | Path, before: str = "") -> None:
    done = behind_the_filter(script, *arguments, before=before)
    assert (done.returncode, done.stderr) == (0, "")


def test_processes_and_sockets_are_refused() -> None:
    works(
        """
        import socket, subprocess
        assert os.getpid() > 0
        refused(os.fork)
        refused(raw, "clone", 17)
        refused(raw, "clone3", 0, 0, error=errno.ENOSYS)
        refused(os.execv, "/bin/true", ["true"])
        refused(subprocess.run, ["true"])
        refused(os.posix_spawn, "/bin/true", ["true"], {})
        refused(socket.socket)
        refused(socket.socket, socket.AF_UNIX)
        refused(socket.socketpair, socket.AF_UNIX, socket.SOCK_DGRAM)
        left, right = socket.socketpair()
        refused(left.sendmsg, [b"x"])
        refused(left.recvmsg, 1)
        refused(left.send, b"x", socket.MSG_OOB)
        refused(left.sendto, b"x", b"/nowhere")
        refused(left.setsockopt, socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
        refused(left.getsockopt, socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        """
    )


def test_other_processes_are_out_of_reach() -> None:
    works(
        """
        import fcntl, resource, signal, threading
        parent = os.getppid()
        for pid in (parent, 1, 0, -1, -os.getpgrp()):
            refused(os.kill, pid, 0)
        refused(raw, "tgkill", parent, parent, 0)
        refused(raw, "tkill", threading.get_native_id(), 0)
        refused(resource.prlimit, parent, resource.RLIMIT_CPU)
        refused(os.setpriority, os.PRIO_PROCESS, 0, 1)
        refused(os.getpgid, parent)
        if hasattr(os, "pidfd_open"):
            refused(os.pidfd_open, os.getpid())
        reading, writing = os.pipe()
        F_SETSIG = 10
        refused(fcntl.fcntl, reading, fcntl.F_SETOWN, parent)
        refused(fcntl.fcntl, reading, F_SETSIG, signal.SIGKILL)
        refused(fcntl.fcntl, reading, fcntl.F_SETFL, os.O_ASYNC)
        refused(fcntl.flock, reading, fcntl.LOCK_EX)
        for option in (1, 4, 22):  # PDEATHSIG, DUMPABLE, SECCOMP
            refused(raw, "prctl", option, 1, 0, 0, 0)
        refused(raw, "seccomp", 1, 0, 0)
        """
    )


def test_limits_are_read_and_not_set() -> None:
    works(
        """
        import resource
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        assert resource.prlimit(0, resource.RLIMIT_NOFILE) == limits
        assert resource.prlimit(os.getpid(), resource.RLIMIT_NOFILE) == limits
        for change in (
            lambda: resource.setrlimit(resource.RLIMIT_NOFILE, limits),
            lambda: resource.prlimit(0, resource.RLIMIT_NOFILE, limits),
        ):
            try:
                change()
            except (ValueError, PermissionError) as problem:  # ValueError is its word for EPERM
                assert "not allowed" in str(problem) or problem.errno == errno.EPERM
            else:
                raise AssertionError("went through")
        """
    )


def test_files_are_read_and_not_written(tmp_path: Path) -> None:
    file = tmp_path / "file.txt"
    file.write_text("text")
    works(
        """
        file, folder = sys.argv[1:]
        with open(file, encoding="utf-8") as stream:
            assert stream.read() == "text"
        for mode in ("w", "a", "x", "r+"):
            refused(open, file, mode)
        for flags in (os.O_WRONLY, os.O_RDWR, os.O_TRUNC, os.O_PATH, os.O_CREAT, os.O_APPEND):
            refused(os.open, file, flags)
        refused(os.open, folder, os.O_TMPFILE | os.O_RDWR)
        for call in (os.unlink, os.mkdir, os.rmdir, os.chdir):
            refused(call, file)
        for call in (os.rename, os.link, os.symlink):
            refused(call, file, file + "2")
        refused(os.chmod, file, 0o777)
        refused(os.chown, file, -1, -1)
        refused(os.utime, file)
        refused(os.truncate, file, 0)
        refused(os.setxattr, file, "user.x", b"")
        refused(os.memfd_create, "x")
        """,
        file,
        tmp_path,
    )
    assert file.read_text() == "text"
    assert [file] == list(tmp_path.iterdir())


@pytest.mark.skipif(MACHINE != "x86_64", reason="only x86_64 has a second kind of call")
def test_a_call_of_the_x32_kind_ends_the_process() -> None:
    done = behind_the_filter("libc.syscall(0x40000000 | 39)")
    assert done.returncode == -signal.SIGSYS


def test_a_thread_that_was_there_before_is_locked_too() -> None:
    works(
        """
        go.set()
        thread.join()
        assert found == ["refused"]
        """,
        before=textwrap.dedent(
            """
            import threading
            go, found = threading.Event(), []
            def wait():
                go.wait()
                refused(os.memfd_create, "x")
                found.append("refused")
            thread = threading.Thread(target=wait)
            thread.start()
            """
        ),
    )


def test_paths_resolve_where_no_part_is_a_link(tmp_path: Path) -> None:
    place = tmp_path.resolve() / "folder" / "file.txt"
    place.parent.mkdir()
    place.touch()
    link = place.with_name("link")
    link.symlink_to(place)
    works(
        """
        import pathlib
        place, link = sys.argv[1:]
        assert os.path.realpath(place) == place
        assert pathlib.Path(place).resolve(strict=True) == pathlib.Path(place)
        refused(os.readlink, link, error=errno.EINVAL)
        libc.realpath.restype = ctypes.c_char_p
        for path in (place, link):  # a link is not followed, and stays as it is
            assert libc.realpath(path.encode(), None) == path.encode()
        assert pathlib.Path(link).exists() and os.path.islink(link)
        """,
        place,
        link,
    )


ORDINARY = {
    "threads": """
        import concurrent.futures, queue, threading
        threads = [threading.Thread(target=print, args=(n,), name=f"t{n}") for n in range(4)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            assert list(pool.map(abs, range(-9, 0))) == list(range(9, 0, -1))
        event = threading.Event()
        threading.Timer(0.01, event.set).start()
        assert event.wait(20)
        threading.stack_size(1 << 20)
        thread = threading.Thread(target=threading.get_native_id); thread.start(); thread.join()
        """,
    "asyncio": """
        import asyncio, signal
        async def main():
            asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, print)
            await asyncio.sleep(0.001)
            await asyncio.gather(asyncio.to_thread(abs, 1), asyncio.sleep(0))
            async with asyncio.timeout(20):
                return 3
        assert asyncio.run(main()) == 3
        """,
    "selectors": """
        import selectors, socket
        left, right = socket.socketpair()
        for kind in (selectors.SelectSelector, selectors.PollSelector, selectors.EpollSelector):
            with kind() as selector:
                selector.register(left, selectors.EVENT_READ)
                right.sendall(b"x")
                assert selector.select(20) and left.recv(1) == b"x"
        left.setblocking(False); left.settimeout(1); left.set_inheritable(True)
        left.getsockname(); left.getpeername(); socket.socket(fileno=os.dup(left.fileno()))
        right.shutdown(socket.SHUT_WR)
        assert left.recv(1) == b""
        """,
    "time": """
        import datetime, time, zoneinfo
        time.sleep(0.001); time.time(); time.monotonic(); time.process_time(); time.thread_time()
        time.localtime(); time.get_clock_info("monotonic"); datetime.datetime.now().astimezone()
        try: zoneinfo.ZoneInfo("Europe/Berlin")
        except zoneinfo.ZoneInfoNotFoundError: assert not zoneinfo.available_timezones()
        """,
    "signals": """
        import signal, threading
        seen = []
        signal.signal(signal.SIGALRM, lambda *_: seen.append("alarm"))
        signal.setitimer(signal.ITIMER_REAL, 0.001)
        while not seen: signal.sigtimedwait([], 0.001)
        signal.signal(signal.SIGUSR1, lambda *_: seen.append("self"))
        signal.raise_signal(signal.SIGUSR1); os.kill(os.getpid(), signal.SIGUSR1)
        signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)
        assert seen == ["alarm", "self", "self", "self"]
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])
        os.kill(os.getpid(), signal.SIGUSR2)
        assert signal.sigpending() and signal.sigwait([signal.SIGUSR2]) == signal.SIGUSR2
        signal.alarm(0)
        """,
    "faulthandler": """
        import faulthandler
        faulthandler.enable(sys.stdout); faulthandler.dump_traceback(sys.stdout)
        faulthandler.dump_traceback_later(60); faulthandler.cancel_dump_traceback_later()
        """,
    "os": """
        os.urandom(8); os.getpid(); os.getppid(); os.getpgrp(); os.getuid(); os.getgroups()
        os.getresuid(); os.cpu_count(); os.sched_getaffinity(0); os.sched_yield(); os.uname()
        os.times(); os.getcwd(); os.getpgid(0); os.sysconf("SC_PAGE_SIZE"); os.isatty(1)
        here = os.path.dirname(os.__file__)
        assert os.listdir(here); os.stat(here); os.lstat(here); os.access(here, os.R_OK)
        assert list(os.scandir(here)); next(os.walk(here)); os.path.exists("/nothing")
        reading, writing = os.pipe()
        os.write(writing, b"x"); os.read(reading, 1); os.set_blocking(reading, False)
        os.get_blocking(reading); os.set_inheritable(reading, True); os.dup(reading)
        os.dup2(reading, writing); os.fstat(reading); os.close(reading); os.closerange(20, 30)
        file = os.open(os.__file__, os.O_RDONLY)
        os.pread(file, 5, 0); os.lseek(file, 0, 0); os.readv(file, [bytearray(3)])
        os.eventfd(0)
        refused(os.waitpid, -1, 0, error=errno.ECHILD)
        refused(os.get_terminal_size, 1, error=errno.ENOTTY)
        """,
    "files": """
        import glob, linecache, mmap, pathlib, tempfile
        file = pathlib.Path(os.__file__)
        file.read_text(); file.stat(); list(file.parent.glob("js*")); glob.glob(str(file))
        linecache.getlines(str(file)); file.exists(); file.is_file()
        with open(file, "rb", buffering=0) as stream:
            stream.read(3); stream.seek(0); stream.tell(); stream.isatty()
            with mmap.mmap(stream.fileno(), 0, prot=mmap.PROT_READ) as mapped:
                mapped.madvise(mmap.MADV_SEQUENTIAL); mapped[:3]
        with mmap.mmap(-1, 4096) as mapped:
            mapped[0] = 1; mapped.flush(); mapped.resize(8192)
        try: tempfile.TemporaryFile()
        except OSError: pass
        """,
    "library": """
        import argparse, ast, base64, bz2, cProfile, collections, configparser, contextlib, csv
        import dataclasses, decimal, difflib, email.message, enum, fractions, functools, gc, gzip
        import hashlib, html, inspect, itertools, json, logging, lzma, math, pickle, platform
        import pprint, random, re, secrets, sqlite3, statistics, string, struct, textwrap, tomllib
        import tracemalloc, typing, unicodedata, urllib.parse, uuid, xml.etree.ElementTree, zipfile
        assert json.loads(json.dumps([1])) == [1] and re.match("a+", "aaa")
        decimal.Decimal(1) / 7; random.random(); random.SystemRandom().random(); secrets.token_hex()
        hashlib.sha256(b"x").hexdigest(); hashlib.new("md5", b"x"); uuid.uuid4(); uuid.uuid1()
        for codec in (bz2, gzip, lzma): assert codec.decompress(codec.compress(b"x" * 99))
        with contextlib.closing(sqlite3.connect(":memory:")) as database:
            database.execute("create table t(c)"); database.commit()
        tracemalloc.start(); tracemalloc.take_snapshot(); tracemalloc.stop(); gc.collect()
        platform.machine(); platform.python_version(); cProfile.Profile().runcall(abs, 1)
        """,
    "ctypes": """
        assert ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)(lambda n: n + 1)(1) == 2
        """,
    "memory": """
        blocks = [bytearray(1 << 20) for _ in range(64)]; del blocks
        try: bytearray(1 << 50)
        except MemoryError: pass
        """,
}


@pytest.mark.parametrize("what", ORDINARY)
def test_ordinary_python_works(what: str) -> None:
    works(ORDINARY[what])


def test_a_script_may_leave_as_it_likes() -> None:
    done = behind_the_filter("import atexit; atexit.register(print, 'bye'); sys.exit(3)")
    assert (done.returncode, done.stdout) == (3, "bye\n")
    assert behind_the_filter("os.abort()").returncode == -signal.SIGABRT
