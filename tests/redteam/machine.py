"""What this machine offers to this user: without it some attempts have nothing to prove.

Runs in the keeper, without a lockdown. Every probe is harmless and is asked at most once.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import socket
import sysconfig
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from tests.redteam.prelude import core, machine_code
from tests.redteam.prelude.core import NR, address, call
from tests.redteam.victims import ipc


def _sysctl(name: str) -> str:
    try:
        return Path(f"/proc/sys/{name}").read_text().strip()
    except OSError:
        return ""


def _in_a_child(is_so: Callable[[], bool]) -> bool:
    """Ask in a process of its own: it may be changed for good, or crash."""
    child = os.fork()
    if not child:
        try:
            os._exit(0 if is_so() else 1)
        finally:
            os._exit(2)
    return os.waitpid(child, 0)[1] == 0


def _is_answered(answer: int) -> bool:
    return answer >= 0 or -answer not in core.REFUSALS


def _opens(answer: int) -> bool:
    if answer >= 0:
        os.close(answer)
    return answer >= 0


def _has_socket(family: int, kind: int, protocol: int = 0) -> bool:
    try:
        socket.socket(family, kind, protocol).close()
    except OSError:
        return False
    return True


def _has_ipv6() -> bool:
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as listener:
        listener.bind(("::1", 0))
        return True
    return False


def _has_attributes() -> bool:
    with tempfile.NamedTemporaryFile(prefix="redteam-") as file:
        try:
            os.setxattr(file.name, "user.redteam", b"x")
        except OSError:
            return False
        return True


def _has_flags() -> bool:
    with tempfile.NamedTemporaryFile(prefix="redteam-") as file:
        return call("ioctl", file.fileno(), 0x80086601, address(bytes(8))) == 0


def _has_perf() -> bool:
    clock = (ctypes.c_uint64 * 16)(1 | 112 << 32)  # PERF_TYPE_SOFTWARE, and the structure's size
    clock[5] = 0x60  # neither kernel nor hypervisor
    return _opens(call("perf_event_open", address(clock), 0, -1, -1, 0))


def _makes_devices() -> bool:
    with tempfile.TemporaryDirectory(prefix="redteam-") as folder:
        os.mknod(f"{folder}/null", 0o020600, os.makedev(1, 3))
        return True


def _reads_disks() -> bool:
    with tempfile.TemporaryDirectory(prefix="redteam-") as folder:
        path = f"{folder}/device"
        os.mknod(path, 0o060600, Path(folder).stat().st_dev)
        with Path(path).open("rb") as device:
            return len(device.read(512)) == 512


_PROBES: dict[str, Callable[[], bool]] = {
    "x86_64": lambda: os.uname().machine == "x86_64",
    "32-bit calls": lambda: _in_a_child(lambda: machine_code.old_call(20) == os.getpid()),
    "x32 calls": lambda: call(0x40000000 | NR["getpid"]) == os.getpid(),
    "io_uring": lambda: _opens(call("io_uring_setup", 1, address(bytes(120)))),
    "user namespaces": lambda: _in_a_child(lambda: call("unshare", 0x10000000) == 0),
    "ptrace": lambda: _sysctl("kernel/yama/ptrace_scope") in ("", "0") or os.geteuid() == 0,
    "terminal injection": lambda: _sysctl("dev/tty/legacy_tiocsti") in ("", "1"),
    "bpf": lambda: _opens(call("bpf", 0, address((ctypes.c_uint32 * 18)(2, 4, 4, 1)), 72)),
    "perf": _has_perf,
    "vsock": lambda: _has_socket(40, socket.SOCK_STREAM),
    "mptcp": lambda: _has_socket(socket.AF_INET, socket.SOCK_STREAM, 262),
    "ping": lambda: _has_socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP),
    "raw sockets": lambda: _has_socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP),
    "packet sockets": lambda: _has_socket(socket.AF_PACKET, socket.SOCK_RAW),
    "xdp sockets": lambda: _has_socket(44, socket.SOCK_RAW),
    "crypto sockets": lambda: _has_socket(38, socket.SOCK_SEQPACKET),
    "bluetooth": lambda: _has_socket(31, socket.SOCK_RAW, 1),
    "netlink": lambda: _has_socket(socket.AF_NETLINK, socket.SOCK_RAW),
    "ipv6": _has_ipv6,
    "keys": ipc.has_keys,
    "queues": ipc.has_queues,
    "attributes": _has_attributes,
    "flags": _has_flags,
    "cpus": lambda: len(os.sched_getaffinity(0)) > 1,
    "writable grants": lambda: os.access(sysconfig.get_path("purelib"), os.W_OK),
    "secret memory": lambda: _opens(call("memfd_secret", 0)),
    "device nodes": lambda: _in_a_child(_makes_devices),
    "disk nodes": lambda: _in_a_child(_reads_disks),
    "private mounts": lambda: (
        os.geteuid() == 0
        and Path("/proc/self/ns/mnt").stat().st_ino
        != Path(f"/proc/{os.getppid()}/ns/mnt").stat().st_ino
    ),
    "unprivileged userfaultfd": lambda: _opens(call("userfaultfd", 1)),
}


# With arguments that none of them takes. What is meant for one user only is asked as that user.
_HARMLESS: dict[str, tuple[int, ...]] = {
    "init_module": (0, 0, 0),
    "finit_module": (-1, 0, 0),
    "delete_module": (0, 0),
    "kexec_load": (0, 99999, 0, 0),
    "kexec_file_load": (-1, -1, 0, 0, 0),
    "lookup_dcookie": (0, 0, 0),
    "iopl": (99,),
    "ioperm": (-1, 1, 0),
    "uselib": (0,),
    "modify_ldt": (0, 0, 0),
    "landlock_create_ruleset": (0, 0, 1),
    "setxattrat": (-1, 0, 0, 0, 0, 0),
    "file_setattr": (-1, 0, 0, 0, 0),
    "fchmodat2": (-1, 0, 0, 0),
    "openat2": (-1, 0, 0, 0),
    "open_tree": (-1, 0, 0),
    "clone3": (0, 0),
    "statmount": (0, 0, 0, 0),
    "listmount": (0, 0, 0, 0),
    "lsm_set_self_attr": (0, 0, 0, 0),
    "map_shadow_stack": (1, 0, 99),
    "cachestat": (-1, 0, 0, 0),
    "mseal": (1, 0, 1),
    "futex_waitv": (0, 0, 1, 0, 0),
    "process_madvise": (-1, 0, 0, 0, 0),
    "process_mrelease": (-1, 0),
    "pidfd_getfd": (-1, 0, 0),
    "kcmp": (-1, -1, 99, 0, 0),
    "mount_setattr": (-1, 0, 0, 0, 0),
    "quotactl": (-1, 0, 0, 0),
    "fanotify_init": (0xFFFF, 0),
    "migrate_pages": (-1, 0, 0, 0),
    "move_pages": (0, 0, 0, 0, 0, 0),
}


@cache
def has(feature: str) -> bool:
    """Return whether this user has it on this machine; `call NAME` asks for a system call."""
    name = feature.removeprefix("call ")
    if name == feature:
        with contextlib.suppress(OSError):
            return _PROBES[feature]()
        return False
    return call(name, *_HARMLESS[name]) != -errno.ENOSYS
