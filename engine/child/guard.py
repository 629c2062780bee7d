"""The guard: the kernel's parent, which sees to it that nothing outlives a run or the host.

Owns the split of a fresh process into guard and kernel, and the kernel's end. The guard runs no
code of a script, so it answers even while the script holds the interpreter lock in C.

The host holds the other end of the *lifeline* pipe. A byte on it interrupts the kernel; its end,
because the host let go or was killed, ends the kernel and everything the script started.
"""

from __future__ import annotations

import contextlib
import os
import resource
import select
import signal
from collections.abc import Iterator
from typing import NoReturn

from engine.child import libc

INTERRUPT = b"i"
"""What the host writes on the lifeline for an interrupt."""


def split(lifeline: int) -> None:
    """Fork: the child returns and becomes the kernel, the parent its guard, for good.

    Args:
        lifeline: The reading end of the lifeline pipe.
    """
    # What the script starts, daemons in a session of their own included, becomes the guard's child
    # when its parent dies, so the guard can end and reap all of it.
    libc.prctl(libc.PR_SET_CHILD_SUBREAPER, 1)
    guard = os.getpid()
    kernel = os.fork()
    if kernel:
        _watch(kernel, lifeline)
    os.close(lifeline)
    os.setpgid(0, 0)
    libc.prctl(libc.PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != guard:  # it died before the line above
        os._exit(1)


def _watch(kernel: int, lifeline: int) -> NoReturn:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # The group must exist before an interrupt is sent to it; who comes first makes it.
    with contextlib.suppress(OSError):  # it has ended already: the poll below sees that
        os.setpgid(kernel, kernel)
    _let_go_of_pipes(lifeline)
    pidfd = os.pidfd_open(kernel)
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    poll.register(lifeline, select.POLLIN)
    while True:
        ready = {fd for fd, _ in poll.poll()}
        if pidfd in ready:
            break
        if not os.read(lifeline, 1):
            break
        os.killpg(kernel, signal.SIGINT)
    _end_like(_end_all(kernel))


def _let_go_of_pipes(lifeline: int) -> None:
    """Close every fd but the lifeline: the host must see the end of the script's pipes."""
    os.closerange(0, lifeline)
    os.closerange(lifeline + 1, os.sysconf("SC_OPEN_MAX"))


def _end_all(kernel: int) -> int:
    """Kill the kernel's group and every process that came from it, and reap them.

    Returns:
        The kernel's wait status.
    """
    with contextlib.suppress(ProcessLookupError):  # the group is empty
        os.killpg(kernel, signal.SIGKILL)
    status = 0
    while True:
        try:
            pid, ended = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return status
        if pid == kernel:
            status = ended
        elif pid == 0:
            _kill_children()
            # Blocks until one of those just killed is gone.
            pid, ended = os.waitpid(-1, 0)
            if pid == kernel:
                status = ended


def _kill_children() -> None:
    for pid in _children():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _children() -> Iterator[int]:
    """Yield the pids whose parent is this process; /proc has `children` not on every system."""
    own = os.getpid()
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                stat = file.read()
        except OSError:  # gone meanwhile
            continue
        # pid (name) state ppid ...: the name may hold anything, so count from the last bracket.
        if int(stat.rpartition(b")")[2].split()[1]) == own:
            yield int(name)


def _end_like(status: int) -> NoReturn:
    """End with the same exit code or signal: the host waits on the guard for the kernel's end."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if number != signal.SIGKILL:
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.waitstatus_to_exitcode(status))
