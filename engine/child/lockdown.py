"""The lockdown: how an interpreter that has imported what it needs gives up everything else.

Owns the order of the steps and the proof that they hold. Which system calls and which files are
allowed comes from the host in a `Policy`; docs/security.md says what all of it is for.
"""

from __future__ import annotations

import errno
import fcntl
import os
import resource
import signal
import struct
import sys
from collections.abc import Callable, Sequence
from typing import TypeVar

from engine.child import landlock, libc
from engine.child.buffers import MEMORY_IN
from engine.child.landlock import Ruleset
from engine.child.protocol import Batch, Execute, Filter, Layer, Policy

CONTROL_IN, CONTROL_OUT = 3, 4
"""Where every kernel has its control pipes; below them stdin (empty), stdout and stderr, above them
`MEMORY_IN`."""

_Result = TypeVar("_Result")

_RULESET = 6
_OUT_OF_THE_WAY = 16
_MIB = 1 << 20

FIXED_LIMITS: Sequence[tuple[int, int, str]] = (
    (resource.RLIMIT_NOFILE, 64, "open files; a kernel itself needs six"),
    (resource.RLIMIT_FSIZE, 0, "bytes written to a file: none, should one ever be opened"),
    (resource.RLIMIT_CORE, 0, "no core file with what the script has read"),
    (resource.RLIMIT_MEMLOCK, 0, "no locked memory"),
    (resource.RLIMIT_MSGQUEUE, 0, "no POSIX message queues"),
    (resource.RLIMIT_STACK, 8 * _MIB, "stack of the main thread, whatever the host has"),
)
"""Resource, soft and hard limit, and why. Memory, CPU time and threads differ from run to run:
`seal` sets them."""

_NICENESS = 5
"""The person's editor and terminal come first."""
_OOM_SCORE = 1000
"""When memory runs out the system takes a kernel before anything else."""

_CAP_DAC_READ_SEARCH = 2


class LockdownError(Exception):
    """A step did not do what it has to; nothing may be run in this process."""

    def __init__(self, layer: str, words: str) -> None:
        """Name the layer, and say in words what failed and what to do."""
        super().__init__(words)
        self.layer = layer
        self.words = words


def settle(
    control_in: int, control_out: int, memory_in: int, ruleset: Ruleset | None = None
) -> Ruleset | None:
    """Put control pipes and socket where they belong and close everything else but 0, 1 and 2.

    Args:
        control_in: Where the host's messages come from.
        control_out: Where the kernel's go.
        memory_in: Where memory comes from.
        ruleset: To be kept for `lock_down`.

    Returns:
        The ruleset where it is now.
    """
    moved = [moved_up(fd) for fd in (control_in, control_out, memory_in)]
    if ruleset is not None:
        ruleset = ruleset._replace(fd=os.dup2(moved_up(ruleset.fd), _RULESET, inheritable=False))
    os.dup2(moved[0], CONTROL_IN, inheritable=False)
    os.dup2(moved[1], CONTROL_OUT, inheritable=False)
    os.dup2(moved[2], MEMORY_IN, inheritable=False)
    os.closerange(_RULESET + (ruleset is not None), 1 << 30)
    return ruleset


def moved_up(fd: int) -> int:
    """Return a copy of an fd above all that have a place of their own."""
    return fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, _OUT_OF_THE_WAY)


def lock_down(policy: Policy, parent: int, ruleset: Ruleset | None = None) -> list[Layer]:
    """Lock this process down for good. Only what it has open and imported stays usable.

    Args:
        policy: What stays allowed.
        parent: The process that must be alive; this one dies with it.
        ruleset: Made of the policy's readable places before; None to make it here.

    Returns:
        What is enforced now, layer by layer.

    Raises:
        LockdownError: Something cannot be enforced. The process must end.
    """
    # Once more: what was imported may have left files open.
    os.closerange(_RULESET + (ruleset is not None), 1 << 30)
    _check_single_thread()
    os.umask(0o077)
    os.nice(_NICENESS)
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write(str(_OOM_SCORE))
    for number, limit, _ in FIXED_LIMITS:
        _lower(number, limit, limit)
    _soften(resource.RLIMIT_AS, policy.memory_bytes)
    privileges = _give_up_privileges(policy)
    # After the change of user, which undoes both.
    libc.prctl(libc.PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)  # it died before the line above
    libc.prctl(libc.PR_SET_DUMPABLE, 0)
    libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)
    ruleset = _apply("landlock", lambda: _restrict_files(policy, ruleset))
    instructions = _apply("seccomp", lambda: _install(policy.filter))
    _prove(policy)
    return [
        Layer("landlock", True, f"ABI {ruleset.abi}, reads below {ruleset.places} places only"),
        Layer("seccomp", True, f"allow list of {instructions} instructions, all threads"),
        Layer("no_new_privs", True, "no program can give it more rights"),
        privileges,
        Layer("limits", True, "files, core, locked memory, queues, stack; more for each run"),
        Layer("lifetime", True, "dies with the process that started it"),
    ]


def seal(policy: Policy, request: Execute | Batch) -> None:
    """Set what the run may use, the last thing before its script; nothing can change it any more.

    Without the sandbox the limits are set all the same, but the script can lift them.

    Raises:
        LockdownError: The limits cannot be set, or could be set again.
    """
    _soften(resource.RLIMIT_AS, request.memory_bytes)
    if request.cpu_s is not None:
        # The soft limit raises an exception that tells where; code that does not come back from C
        # is killed a second later.
        _lower(resource.RLIMIT_CPU, request.cpu_s, request.cpu_s + 1)
    if not policy.is_sandboxed:
        return
    if request.threads is not None:
        _soften(resource.RLIMIT_NPROC, request.threads)
    _apply("seccomp", lambda: _install(policy.seal))
    try:
        resource.setrlimit(resource.RLIMIT_AS, resource.getrlimit(resource.RLIMIT_AS))
    except (OSError, ValueError):  # so it tells EPERM
        return
    raise LockdownError("seccomp", "the lockdown was sealed and yet it can set its limits")


def _check_single_thread() -> None:
    # Landlock binds the calling thread only (before ABI 8): another one would stay free.
    try:
        threads = len(os.listdir("/proc/self/task"))
    except OSError as error:
        raise LockdownError(
            "threads", f"/proc cannot be read ({error.strerror}), and without it nothing is certain"
        ) from error
    if threads != 1:
        raise LockdownError(
            "threads",
            f"{threads} threads run after the imports, where only one can be locked down. "
            "A preloaded library starts threads of its own",
        )


def _apply(layer: str, step: Callable[[], _Result]) -> _Result:
    try:
        return step()
    except OSError as error:
        raise LockdownError(layer, _REFUSALS[layer].format(reason=error)) from error


_REFUSALS = {
    "landlock": "Landlock does not work here ({reason}). It needs Linux 5.13 or newer, with "
    "`landlock` in the kernel's list of security modules (lsm=)",
    "seccomp": "seccomp does not work here ({reason}). The kernel must be built with "
    "CONFIG_SECCOMP_FILTER, and a container must not forbid the call",
}


def _restrict_files(policy: Policy, ruleset: Ruleset | None) -> Ruleset:
    ruleset = ruleset or landlock.make_ruleset(policy.readable)
    landlock.restrict(ruleset)
    return ruleset


def _install(wanted: Filter | None) -> int:
    assert wanted is not None
    program = bytearray(wanted.program)
    for offset in wanted.pid_offsets:
        struct.pack_into("=I", program, offset, os.getpid())
    libc.install_filter(bytes(program))
    return len(program) // 8


def _lower(number: int, soft: int, hard: int) -> None:
    most = resource.getrlimit(number)[1]
    if most != resource.RLIM_INFINITY:
        soft, hard = min(soft, most), min(hard, most)
    resource.setrlimit(number, (soft, hard))


def _soften(number: int, limit: int) -> None:
    """Set the soft limit only: it may be raised again for the run, and never after `seal`."""
    most = resource.getrlimit(number)[1]
    resource.setrlimit(
        number, (limit if most == resource.RLIM_INFINITY else min(limit, most), most)
    )


def _give_up_privileges(policy: Policy) -> Layer:
    """Become a user of its own where the host could do that, and drop every capability.

    The one that may stay is reading what the new user could not, for an interpreter or a project's
    packages below somebody's private home; Landlock bounds what that is.
    """
    words = f"uid {os.getuid()}, no capability"
    if policy.first_user_id is not None and os.geteuid() == 0:
        words = _become(policy.first_user_id + os.getpid())
    permitted = libc.capabilities()
    libc.set_capabilities(effective=0, permitted=permitted)
    kept = 0
    if (
        not (_can_read_interpreter() and _can_read(policy.packages))
        and permitted >> _CAP_DAC_READ_SEARCH & 1
    ):
        kept = 1 << _CAP_DAC_READ_SEARCH
        words = words.replace("no capability", "may read the interpreter, no other capability")
    libc.set_capabilities(effective=kept, permitted=kept)
    is_root = os.getuid() == 0
    if is_root:
        words += "; stays root, so the limit on threads does not bind"
    return Layer("privileges", not is_root, words)


def _become(user_id: int) -> str:
    try:
        os.setgroups([])
        os.setresgid(user_id, user_id, user_id)
        libc.prctl(libc.PR_SET_KEEPCAPS, 1)
        os.setresuid(user_id, user_id, user_id)
        libc.prctl(libc.PR_SET_KEEPCAPS, 0)
    except OSError as error:
        if os.getuid() != 0:
            raise LockdownError(
                "privileges", f"the change of user stopped halfway: {error}"
            ) from error
        return f"uid 0, no capability (uid {user_id} cannot be had: {error.strerror})"
    return f"uid {user_id} of its own, no capability"


def _can_read_interpreter() -> bool:
    try:
        os.close(os.open(os.path.dirname(os.__file__), os.O_RDONLY | os.O_DIRECTORY))
        os.close(os.open(os.__file__, os.O_RDONLY))
    except OSError:
        return False
    return True


def _can_read(folder: str) -> bool:
    try:
        if folder:
            os.close(os.open(folder, os.O_RDONLY | os.O_DIRECTORY))
    except OSError as error:
        return error.errno != errno.EACCES
    return True


def _prove(policy: Policy) -> None:
    """Try what must fail, and what must work: a layer counts when it has been seen to hold.

    Raises:
        LockdownError: A layer does not hold.
    """
    parent = os.getppid()
    must_fail: Sequence[tuple[str, str, Callable[[], object]]] = (
        ("landlock", "open the root folder", lambda: os.open("/", os.O_RDONLY)),
        ("landlock", "read a memory map", lambda: os.open("/proc/self/maps", os.O_RDONLY)),
        ("seccomp", "open a file for writing", lambda: os.open(os.__file__, os.O_WRONLY)),
        ("seccomp", "start a process", _fork),
        ("seccomp", "signal its parent", lambda: os.kill(parent, 0)),
    )
    for layer, what, attempt in must_fail:
        try:
            attempt()
        except OSError as error:
            # Each layer has an answer of its own, so that none is taken for the other.
            if error.errno == (errno.EACCES if layer == "landlock" else errno.EPERM):
                continue
            raise LockdownError(
                layer, f"could not find out whether it can {what}: {error}"
            ) from error
        raise LockdownError(layer, f"the lockdown was accepted and yet it can {what}")
    if libc.can_open_socket():
        raise LockdownError("seccomp", "the lockdown was accepted and yet it can open a socket")
    try:
        os.close(os.open(os.__file__, os.O_RDONLY))
    except OSError as error:
        raise LockdownError(
            "interpreter",
            f"the interpreter in {sys.prefix} cannot be read once it is locked down: {error}",
        ) from error


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)
    os.wait()
