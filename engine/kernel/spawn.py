"""Starting interpreters as processes of the host: spare kernels, guarded ones, zygotes.

Owns the command line, the environment and the reaping of the host's own children.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Sequence
from typing import Literal, TypeAlias

import anyio

from engine.child.guard import INTERRUPT
from engine.kernel.process import (
    Ending,
    Kernel,
    KernelError,
    Pipes,
    new_pipe,
    signal_process,
    until_readable,
)
from engine.kernel.sandbox import import_folders, policy

Role: TypeAlias = Literal["spare", "guarded", "zygote"]

_BOOT = (
    "import gc, sys; gc.disable(); sys.path += sys.argv[7:]; "
    "from engine.child import main; main.begin()"
)
"""With the folders to import from behind the arguments that `main.begin` reads. 10 ms less than
`-m` with what `site` would look up and run; without the collector 2 ms less again."""

ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "MALLOC_ARENA_MAX": "2",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
}
"""All of it. Nothing of ours: keys, sockets of agents and the like stay here. Threads that a
library starts by itself could not be locked down. One seed of `hash()` for all, so that a macro
that goes through a set gives the same page every time; scripts do not see it (`main.begin`)."""

_GUARD_TIMEOUT_S = 2.0


class Child:
    """A process of the host's. A spare kernel's life."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        try:
            self._pidfd = os.pidfd_open(process.pid)
        except OSError as error:
            process.kill()
            process.wait()
            raise KernelError(f"could not watch an interpreter: {error.strerror}") from error
        # A process begins in the memory of who starts it, and that is counted as its own peak.
        self._peak_before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    @property
    def pid(self) -> int:
        """Its process id, which means nothing else until `wait` has returned."""
        return self._process.pid

    def interrupt(self) -> None:
        """Raise KeyboardInterrupt in it."""
        signal_process(self._pidfd, signal.SIGINT)

    def kill(self) -> None:
        """End it at once; locked down it has no children."""
        signal_process(self._pidfd, signal.SIGKILL)

    async def wait(self) -> Ending:
        """Wait until it has ended, and reap it."""
        await until_readable(self._pidfd)
        os.close(self._pidfd)
        # It has ended: this does not wait, but only it tells what was used.
        _, status, usage = os.wait4(self._process.pid, 0)  # noqa: ASYNC222
        self._process.returncode = os.waitstatus_to_exitcode(status)
        peak = usage.ru_maxrss if usage.ru_maxrss > self._peak_before else 0
        return Ending(self._process.returncode, usage.ru_utime + usage.ru_stime, peak * 1024)


class Guarded(Child):
    """A guard with an open kernel below it: the guard's own end is the kernel's."""

    def __init__(self, process: subprocess.Popen[bytes], lifeline: int) -> None:
        super().__init__(process)
        self._lifeline = lifeline

    def interrupt(self) -> None:
        """Have the guard raise KeyboardInterrupt in the kernel."""
        if self._lifeline >= 0:
            try:
                os.write(self._lifeline, INTERRUPT)
            except (BrokenPipeError, BlockingIOError):
                return  # it has ended, or sixty thousand interrupts wait for it

    def kill(self) -> None:
        """Have the guard end the kernel and all that came from it."""
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1

    async def wait(self) -> Ending:
        """Wait until the guard has reaped everything and has ended itself."""
        with anyio.move_on_after(_GUARD_TIMEOUT_S) as scope:
            await until_readable(self._pidfd)
        if scope.cancelled_caught:
            # Somebody stopped the guard. The kernel dies with it (PDEATHSIG).
            super().kill()
        return await super().wait()


async def spawn(*, is_sandboxed: bool, packages: str = "") -> Kernel:
    """Start a kernel that is used once, and wait until it is ready.

    Args:
        is_sandboxed: Whether it is locked down; if not, whatever its script starts ends with it.
        packages: The project's own folder of packages, see `policy`.

    Raises:
        SandboxError: It cannot be locked down here.
        KernelError: It did not come up.
    """
    its_policy = policy(is_sandboxed=is_sandboxed, packages=packages)
    pipes = Pipes()
    out, err, *its = pipes.theirs
    life: Child
    try:
        if is_sandboxed:
            life = Child(start("spare", its, stdout=out, stderr=err))
        else:
            theirs, lifeline = new_pipe()
            os.set_blocking(lifeline, False)
            try:
                process = start("guarded", (*its, theirs), stdout=out, stderr=err)
                life = Guarded(process, lifeline)
            except BaseException:
                os.close(lifeline)
                raise
            finally:
                os.close(theirs)
    except BaseException:
        pipes.close_ours()
        raise
    finally:
        pipes.close_theirs()
    return await Kernel(life, pipes).shake_hands(its_policy)


def start(role: Role, fds: Sequence[int], *, stdout: int, stderr: int) -> subprocess.Popen[bytes]:
    """Start an interpreter of ours.

    It dies with the *thread* that calls this (PR_SET_PDEATHSIG), which so has to be a lasting one:
    the event loop's, and no worker of a pool. That thread is held up for 1 to 2 ms.

    Args:
        role: What it becomes.
        fds: Up to four that it inherits.
        stdout: Its output.
        stderr: Likewise.

    Raises:
        KernelError: The interpreter cannot be started.
    """
    numbers = [*map(str, fds), *["-1"] * (4 - len(fds))]
    try:
        return subprocess.Popen(
            [
                # Not -I, which would look away from the seed; what else it does is here.
                *(sys.executable, "-s", "-P", "-S", "-B", "-X", "utf8", "-c", _BOOT),
                *(role, str(os.getpid()), *numbers, *import_folders()),
            ],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            cwd="/",
            env=ENVIRONMENT,
            start_new_session=True,
            pass_fds=tuple(fds),
        )
    except OSError as error:
        raise KernelError(f"could not start {sys.executable}: {error.strerror}") from error
