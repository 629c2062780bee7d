"""The zygote: an interpreter that has imported everything and forks itself when a kernel is wanted.

Owns the forks and tells how they ended. It stays single-threaded, runs no code of a script and
holds nothing secret: what it has in memory every script can read. On its socket (SOCK_SEQPACKET)
the host sends a `Policy` once, then for each kernel the ends of its pipes; it answers with a birth
(and a pidfd, which cannot come to mean another process) and in the end with a death.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import sys
from typing import NoReturn

from engine.child import batch as batch  # imported here: a kernel that is locked down could not
from engine.child import births, landlock, libc, lockdown, protocol, serve
from engine.child.births import Born, Died, NotBorn
from engine.child.main import become_kernel
from engine.child.protocol import Policy


def run(at: int, host: int) -> None:
    """Fork kernels until the host lets go.

    Args:
        at: The socket to the host.
        host: The process whose end ends this one, and with it every kernel.
    """
    libc.prctl(libc.PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != host:
        return
    server = socket.socket(fileno=lockdown.moved_up(at))
    os.closerange(3, server.fileno())
    policy = protocol.decode_host_message(server.recv(births.MAX_POLICY_BYTES))
    assert isinstance(policy, Policy)
    serve.prepare(policy)
    try:
        ruleset = landlock.make_ruleset(policy.readable)
    except OSError:
        ruleset = None  # each kernel tries itself, and tells why it cannot be locked down
    # What is here now is never looked at again by the collector, in no child: pages stay shared.
    gc.collect()
    gc.freeze()
    Zygote(server, policy, ruleset).run()


class Zygote:
    """The loop that forks and reaps."""

    def __init__(
        self, server: socket.socket, policy: Policy, ruleset: landlock.Ruleset | None
    ) -> None:
        self._server = server
        self._policy = policy
        self._ruleset = ruleset
        self._kernels: dict[int, int] = {}
        self._poll = select.poll()
        self._poll.register(server, select.POLLIN)

    def run(self) -> None:
        """Serve the host until it lets go."""
        while True:
            for fd, _ in self._poll.poll():
                if fd in self._kernels:
                    self._reap(fd)
                elif not self._answer():
                    return

    def _answer(self) -> bool:
        request, pipes, _, _ = socket.recv_fds(self._server, 16, 5)
        if not request:
            return False
        try:
            pid = os.fork()
        except OSError as error:
            self._tell(NotBorn(f"could not fork: {error.strerror}"))
            pid = -1
        if pid == 0:
            self._become_kernel(pipes)
        for fd in pipes:
            os.close(fd)
        if pid > 0:
            self._take_note(pid)
        return True

    def _take_note(self, pid: int) -> None:
        pidfd = os.pidfd_open(pid)
        self._kernels[pidfd] = pid
        self._poll.register(pidfd, select.POLLIN)
        self._tell(Born(pid), pidfd)

    def _become_kernel(self, pipes: list[int]) -> NoReturn:
        parent = os.getppid()
        os.setsid()
        os.dup2(pipes[0], 1)
        os.dup2(pipes[1], 2)
        control_in, control_out, memory_in = pipes[2:]
        ruleset = lockdown.settle(control_in, control_out, memory_in, self._ruleset)
        # Every child has the zygote's memory, the states of its random generators included.
        for name in ("random", "numpy.random"):
            if name in sys.modules:
                sys.modules[name].seed()
        control = serve.Control(lockdown.CONTROL_IN, lockdown.CONTROL_OUT)
        become_kernel(control, self._policy, parent, ruleset)
        # All the way out, as a program ends, and never back into the zygote's loop.
        sys.exit()

    def _reap(self, pidfd: int) -> None:
        pid = self._kernels.pop(pidfd)
        self._poll.unregister(pidfd)
        os.close(pidfd)
        _, status, usage = os.wait4(pid, 0)
        self._tell(
            Died(
                pid,
                os.waitstatus_to_exitcode(status),
                usage.ru_utime + usage.ru_stime,
                usage.ru_maxrss * 1024,
            )
        )

    def _tell(self, message: Born | Died | NotBorn, *fds: int) -> None:
        socket.send_fds(self._server, [births.encode_packet(message)], list(fds))
