"""The few system calls that Python has no name for. Owns how they are called, not what for."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Mapping

# From linux/prctl.h.
PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_KEEPCAPS = 8
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38

LANDLOCK_CREATE_RULESET = 444
LANDLOCK_ADD_RULE = 445
LANDLOCK_RESTRICT_SELF = 446

_SECCOMP: Mapping[str, int] = {"x86_64": 317, "aarch64": 277}
_AF_INET, _SOCK_STREAM = 2, 1

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


class _FilterProgram(ctypes.Structure):
    """`struct sock_fprog` of linux/filter.h."""

    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p)]


class _CapabilityHeader(ctypes.Structure):
    """`struct __user_cap_header_struct` of linux/capability.h."""

    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


_CAPABILITY_VERSION_3 = 0x20080522


def _checked(result: int, what: str) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
    return result


def prctl(option: int, value: int) -> None:
    """Set an attribute of this process.

    Raises:
        OSError: The kernel refused.
    """
    _checked(_libc.prctl(option, value, 0, 0, 0), f"prctl({option})")


def syscall(number: int, what: str, *arguments: int | bytes | None) -> int:
    """Call the kernel by number.

    Args:
        number: The same on every architecture this is used on.
        what: How the call is named in an error.
        arguments: Integers, or bytes whose address is passed.

    Raises:
        OSError: The kernel refused.
    """
    words = [
        ctypes.c_long(one) if isinstance(one, int) else ctypes.c_char_p(one) for one in arguments
    ]
    return _checked(_libc.syscall(ctypes.c_long(number), *words), what)


def install_filter(program: bytes) -> None:
    """Let every system call of all threads from now on be judged by a seccomp program.

    Args:
        program: `struct sock_filter[]`, 8 bytes each.

    Raises:
        OSError: The kernel refused, or has no such thing, or not all threads could be bound.
    """
    machine = os.uname().machine
    if machine not in _SECCOMP:
        raise OSError(f"no seccomp system call is known for {machine}")
    mode_filter, all_threads = 1, 1
    packed = _FilterProgram(len(program) // 8, program)
    result = _libc.syscall(
        ctypes.c_long(_SECCOMP[machine]),
        ctypes.c_long(mode_filter),
        ctypes.c_long(all_threads),
        ctypes.byref(packed),
    )
    if _checked(result, "seccomp") > 0:
        raise OSError(f"seccomp: thread {result} could not be bound")


def capabilities() -> int:
    """Return the permitted capabilities, one bit each."""
    return _capability_words()[1]


def _capability_words() -> tuple[int, int]:
    header = _CapabilityHeader(_CAPABILITY_VERSION_3, 0)
    data = (ctypes.c_uint32 * 6)()
    _checked(_libc.capget(ctypes.byref(header), data), "capget")
    return data[0] | data[3] << 32, data[1] | data[4] << 32


def set_capabilities(*, effective: int, permitted: int) -> None:
    """Give up capabilities; nothing can be inherited afterwards.

    Raises:
        OSError: One was asked for that the process does not hold.
    """
    header = _CapabilityHeader(_CAPABILITY_VERSION_3, 0)
    low, high = 0xFFFF_FFFF, 32
    data = (ctypes.c_uint32 * 6)(
        effective & low, permitted & low, 0, effective >> high, permitted >> high, 0
    )
    _checked(_libc.capset(ctypes.byref(header), data), "capset")


def can_open_socket() -> bool:
    """Tell whether the kernel would make an internet socket for this process."""
    fd: int = _libc.socket(_AF_INET, _SOCK_STREAM, 0)
    if fd >= 0:
        os.close(fd)
    return fd >= 0
