"""Attempts on other processes: signals by every road, memory, limits, priorities, fds."""

from __future__ import annotations

from collections.abc import Mapping

from tests.redteam.attempt import Attempt, Harm, Who


def _hurt(name: str, source: str, *needs: str, unprovable: str | Mapping[Who, str] = "") -> Attempt:
    return Attempt(name, Harm.VICTIM, source, "process", needs, unprovable=unprovable)


def _host(name: str, source: str, *needs: str) -> Attempt:
    return Attempt(name, Harm.HOST, source, needs=needs, is_followed=True)


_SIGNALS = (
    _hurt("kill", "os.kill(V.pid, 15)"),
    _hurt("kill for good", "os.kill(V.pid, 9)"),
    _hurt("stop", "os.kill(V.pid, 19)"),
    _hurt("a real-time signal", "os.kill(V.pid, 40)"),
    _hurt("killpg", "os.killpg(V.pid, 10)"),
    _hurt("the raw call kill, a group", 'need(call("kill", -V.pid, 10))'),
    _hurt("the raw call kill, an id with high bits", 'need(call("kill", 1 << 32 | V.pid, 10))'),
    Attempt(
        "everybody",
        Harm.ANSWER,
        'got(call("kill", -1, 0))',  # signal 0 asks for permission and harms nobody
    ),
    Attempt("whether one is there", Harm.ANSWER, 'got(call("kill", V.host, 0))'),
    _hurt("tkill", 'need(call("tkill", V.pid, 10))'),
    _hurt("tgkill", 'need(call("tgkill", V.pid, V.pid, 10))'),
    _hurt(
        "tgkill with high bits",
        'need(call("tgkill", 1 << 32 | V.pid, 1 << 32 | V.pid, 10))',
    ),
    _hurt(
        "rt_sigqueueinfo",
        """
told = address((ctypes.c_int32 * 32)(10, 0, -1))
need(call("rt_sigqueueinfo", V.pid, 10, told))
""",
    ),
    _hurt(
        "rt_tgsigqueueinfo",
        """
told = address((ctypes.c_int32 * 32)(10, 0, -1))
need(call("rt_tgsigqueueinfo", V.pid, V.pid, 10, told))
""",
    ),
    _hurt("sigqueue of the C library", "libc.sigqueue(V.pid, 10, ctypes.c_void_p(0))"),
    _hurt(
        "pidfd_send_signal",
        """
import signal
signal.pidfd_send_signal(os.pidfd_open(V.pid), 10)
""",
    ),
    Attempt("pidfd_open", Harm.ANSWER, "print(V.proof, os.pidfd_open(V.pid))", "process"),
    _hurt(
        "a pipe that signals its owner",
        """
import fcntl
reading, writing = os.pipe()
fcntl.fcntl(reading, fcntl.F_SETOWN, V.pid)
fcntl.fcntl(reading, fcntl.F_SETSIG, 10)
fcntl.fcntl(reading, fcntl.F_SETFL, os.O_ASYNC)
os.write(writing, b"+")
""",
    ),
    _hurt(
        "a pipe that signals its owner, by calls with high bits",
        """
reading, writing = os.pipe()
need(call("fcntl", reading, 1 << 32 | 8, V.pid))
need(call("fcntl", reading, 1 << 32 | 10, 10))
need(call("fcntl", reading, 1 << 32 | 4, os.O_ASYNC))
os.write(writing, b"+")
""",
    ),
    _hurt(
        "a pipe that signals its owner, named otherwise",
        """
reading, writing = os.pipe()
need(call("fcntl", reading, 15, address((ctypes.c_int * 2)(1, V.pid))))
need(call("fcntl", reading, 10, 10))
need(call("fcntl", reading, 4, os.O_ASYNC))
os.write(writing, b"+")
""",
    ),
    _hurt(
        "a socket that signals its owner, by FIOSETOWN",
        """
import socket
one, other = socket.socketpair()
need(call("ioctl", one.fileno(), 0x8901, address((ctypes.c_int * 1)(V.pid))))
need(call("ioctl", one.fileno(), 0x5452, address((ctypes.c_int * 1)(1))))  # FIOASYNC
other.send(b"+")
""",
    ),
    _hurt(
        "a socket that signals its owner, by SIOCSPGRP with high bits",
        """
import socket
one, other = socket.socketpair()
owner, on = address((ctypes.c_int * 1)(V.pid)), address((ctypes.c_int * 1)(1))
need(call("ioctl", one.fileno(), 1 << 32 | 0x8902, owner))
need(call("ioctl", one.fileno(), 1 << 32 | 0x5452, on))
other.send(b"+")
""",
    ),
    Attempt(
        "its own output as a source of signals",
        Harm.ANSWER,
        "import fcntl\nfcntl.fcntl(1, fcntl.F_SETOWN, V.host)\nprint(V.proof)",
    ),
    Attempt(
        "a timer that signals another",
        Harm.ANSWER,
        """
event = address((ctypes.c_int32 * 16)(0, 0, 10, 4, V.pid))  # SIGEV_THREAD_ID
got(call("timer_create", 1, event, address(bytes(8))))
""",
        "process",
    ),
    _hurt("32-bit kill", "need(old_call(37, V.pid, 10))", "x86_64", "32-bit calls"),
    _host("a signal for the host", "os.kill(V.host, 10)"),
    _host("the end of the host", "os.kill(V.host, 9)"),
    _host("a signal for the host's group", "os.killpg(os.getpgid(V.host), 10)"),
    Attempt(
        "the end of its parent",
        Harm.HOST,
        "parent = os.getppid(); os.kill(parent, 9); wait_end(parent)",
        is_followed=True,
    ),
    Attempt(
        "the end of another kernel",
        Harm.HOST,
        "for pid in V.sibling: os.kill(pid, 9); wait_end(pid)",
        has_sibling=True,
        is_followed=True,
    ),
)

_MEMORY = (
    _hurt(
        "writing memory by process_vm_writev",
        """
here = iovec(address(b"harm"), 4)
need(call("process_vm_writev", V.pid, here, 1, iovec(V.mark_at, 4), 1, 0))
""",
        "ptrace",
    ),
    _host(
        "writing the host's memory",
        """
here = iovec(address(b"harm"), 4)
need(call("process_vm_writev", V.host, here, 1, iovec(V.host_mark_at, 4), 1, 0))
""",
        "ptrace",
    ),
    Attempt(
        "reading memory by process_vm_readv",
        Harm.SECRET,
        """
here = ctypes.create_string_buffer(V.secret_size)
there = iovec(V.secret_at, V.secret_size)
need(call("process_vm_readv", V.pid, iovec(address(here), len(here)), 1, there, 1, 0))
print(here.value)
""",
        "process",
        ("ptrace",),
    ),
    Attempt(
        "reading memory by ptrace",
        Harm.SECRET,
        """
need(call("ptrace", 16, V.pid, 0, 0))
os.waitpid(V.pid, 0x40000000)
words = bytearray()
for at in range(V.secret_at, V.secret_at + V.secret_size, 8):
    word = ctypes.c_ulong()
    need(call("ptrace", 2, V.pid, at, address(word)))
    words += bytes(word)
print(words)
need(call("ptrace", 17, V.pid, 0, 0))
""",
        "process",
        ("ptrace",),
    ),
    _hurt(
        "writing memory by ptrace",
        """
need(call("ptrace", 0x4206, V.pid, 0, 0))  # PTRACE_SEIZE, and PTRACE_INTERRUPT
need(call("ptrace", 0x4207, V.pid, 0, 0))
os.waitpid(V.pid, 0x40000000)
need(call("ptrace", 5, V.pid, V.mark_at, int.from_bytes(b"harmharm", "little")))
""",
        "ptrace",
    ),
    Attempt("asking to be traced", Harm.ANSWER, 'got(call("ptrace", 0, 0, 0, 0))'),
    Attempt(
        "moving memory by migrate_pages",
        Harm.ANSWER,
        """
nodes = address((ctypes.c_ulong * 2)(1, 0))
got(call("migrate_pages", V.pid, 64, nodes, nodes))
""",
        "process",
        ("call migrate_pages",),
    ),
    Attempt(
        "where memory lies by move_pages",
        Harm.ANSWER,
        """
pages, told = address((ctypes.c_ulong * 1)(V.mark_at & ~4095)), address((ctypes.c_int * 1)())
got(call("move_pages", V.pid, 1, pages, None, told, 0))
""",
        "process",
        ("call move_pages", "ptrace"),
    ),
    Attempt(
        "advice on another's memory",
        Harm.ANSWER,
        """
page = iovec(V.mark_at & ~4095, 4096)
got(call("process_madvise", os.pidfd_open(V.pid), page, 1, 20, 0))
""",
        "process",
        ("call process_madvise",),
        unprovable={"user": "only root may give advice to others"},
    ),
    Attempt(
        "reaping another's memory",
        Harm.ANSWER,
        'got(call("process_mrelease", os.pidfd_open(V.pid), 0))',
        "process",
        ("call process_mrelease",),
    ),
    Attempt(
        "comparing with the host by kcmp",
        Harm.ANSWER,
        'got(call("kcmp", os.getpid(), V.host, 1, 0, 0))',
        needs=("ptrace", "call kcmp"),
    ),
    Attempt(
        "the list of robust locks of another",
        Harm.ANSWER,
        """
head, size = address(bytes(8)), address(bytes(8))
got(call("get_robust_list", V.pid, head, size))
""",
        "process",
        ("ptrace",),
    ),
    Attempt(
        "counting another's events",
        Harm.ANSWER,
        """
words = (ctypes.c_uint64 * 16)(1 | 112 << 32)
words[5] = 0x60
got(call("perf_event_open", address(words), V.pid, -1, -1, 0))
""",
        "process",
        ("perf", "ptrace"),
    ),
)

_SETTINGS = (
    _hurt(
        "another's limits",
        "import resource; resource.prlimit(V.pid, resource.RLIMIT_NOFILE, (50, 50))",
    ),
    _hurt(
        "another's limits, an id with high bits",
        """
limits = address((ctypes.c_uint64 * 2)(50, 50))
need(call("prlimit64", 1 << 32 | V.pid, 7, limits, None))
""",
    ),
    Attempt(
        "reading another's limits",
        Harm.ANSWER,
        'got(call("prlimit64", V.pid, 7, None, address(bytes(16))))',
        "process",
    ),
    _host(
        "the host's limits",
        "import resource; resource.prlimit(V.host, resource.RLIMIT_MSGQUEUE, (50, 50))",
    ),
    _hurt("another's priority", "os.setpriority(os.PRIO_PROCESS, V.pid, 15)"),
    _hurt("another group's priority", "os.setpriority(os.PRIO_PGRP, V.pid, 15)"),
    _hurt("another's processors", "os.sched_setaffinity(V.pid, {0})", "cpus"),
    _hurt(
        "another's scheduler",
        "os.sched_setscheduler(V.pid, os.SCHED_BATCH, os.sched_param(0))",
    ),
    _hurt(
        "another's scheduler by sched_setattr",
        """
attributes = address((ctypes.c_uint64 * 6)(48 | os.SCHED_BATCH << 32))
need(call("sched_setattr", V.pid, attributes, 0))
""",
    ),
    _hurt("another's disk priority", 'need(call("ioprio_set", 1, V.pid, 3 << 13))'),
    Attempt("its own priority", Harm.ANSWER, "print(V.proof, os.nice(1))"),
    Attempt("its own processors", Harm.ANSWER, "os.sched_setaffinity(0, {0}); print(V.proof)"),
    Attempt(
        "its own scheduler",
        Harm.ANSWER,
        "os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0)); print(V.proof)",
    ),
    Attempt(
        "real time for itself",
        Harm.ANSWER,
        "os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1)); print(V.proof)",
        unprovable={"user": "only root may have real time"},
    ),
    Attempt(
        "its own limits",
        Harm.ANSWER,
        """
import resource
soft, hard = resource.getrlimit(resource.RLIMIT_STACK)
resource.setrlimit(resource.RLIMIT_STACK, (soft, hard))
print(V.proof)
""",
    ),
    Attempt(
        "its own limits by prlimit of its id",
        Harm.ANSWER,
        """
limits = address((ctypes.c_uint64 * 2)(100, 100))
got(call("prlimit64", os.getpid(), 7, limits, None))
""",
    ),
)

SIGNALS = (*_SIGNALS, *_MEMORY, *_SETTINGS)
