"""Landlock: which files this process may still open. Nothing but the rules and how they are made.

Numbers and sizes are those of linux/landlock.h; what each ABI added is in the kernel's
Documentation/userspace-api/landlock.rst.
"""

from __future__ import annotations

import errno
import os
import stat
import struct
from collections.abc import Sequence
from typing import NamedTuple

from engine.child import libc

READ_FILE = 1 << 2
READ_DIR = 1 << 3

_VERSION_QUERY = 1
_RULE_PATH_BENEATH = 1

# Everything that an ABI can forbid is forbidden; only reading is granted, below.
_HANDLED_FILES = (
    (1, (1 << 13) - 1),  # execute, read, write, remove, make: all thirteen of the first ABI
    (2, 1 << 13),  # link and rename across folders
    (3, 1 << 14),  # truncate
    (5, 1 << 15),  # ioctl on devices
)
_HANDLED_NET = ((4, 0b11),)  # bind and connect of TCP
_SCOPED = ((6, 0b11),)  # abstract UNIX sockets and signals to processes outside


def abi() -> int:
    """Return the version of Landlock that this kernel enforces, from 1.

    Raises:
        OSError: It has none (ENOSYS), or it is switched off (EOPNOTSUPP).
    """
    return libc.syscall(
        libc.LANDLOCK_CREATE_RULESET, "landlock_create_ruleset", 0, 0, _VERSION_QUERY
    )


class Ruleset(NamedTuple):
    """What may still be read, ready to be imposed; by a fork of this process, too."""

    fd: int
    abi: int
    places: int
    """How many rules it holds."""


def make_ruleset(readable: Sequence[str]) -> Ruleset:
    """Make a ruleset that forbids every file but those below `readable`, which may be read.

    Args:
        readable: Files and folders, absolute; those that do not exist are left out.

    Raises:
        OSError: The kernel refused, or has no Landlock.
    """
    version = abi()
    files, net, scoped = (
        sum(bits for since, bits in table if version >= since)
        for table in (_HANDLED_FILES, _HANDLED_NET, _SCOPED)
    )
    # `struct landlock_ruleset_attr` has grown: an older kernel refuses a field it does not know.
    size = 8 if version < 4 else 16 if version < 6 else 24
    attributes = struct.pack("=QQQ", files, net, scoped)[:size]
    fd = libc.syscall(libc.LANDLOCK_CREATE_RULESET, "landlock_create_ruleset", attributes, size, 0)
    try:
        return Ruleset(fd, version, sum(_grant(fd, path) for path in readable))
    except BaseException:
        os.close(fd)
        raise


def restrict(ruleset: Ruleset) -> None:
    """Bind this thread by a ruleset, and close it. Needs no_new_privs; open files stay open.

    Raises:
        OSError: The kernel refused.
    """
    libc.syscall(libc.LANDLOCK_RESTRICT_SELF, "landlock_restrict_self", ruleset.fd, 0)
    os.close(ruleset.fd)


def _grant(ruleset: int, path: str) -> bool:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.EACCES):
            return False
        raise
    try:
        is_folder = stat.S_ISDIR(os.fstat(place).st_mode)
        # `struct landlock_path_beneath_attr` is packed. A file takes no right that is a folder's.
        rule = struct.pack("=Qi", READ_FILE | READ_DIR if is_folder else READ_FILE, place)
        libc.syscall(
            libc.LANDLOCK_ADD_RULE, "landlock_add_rule", ruleset, _RULE_PATH_BENEATH, rule, 0
        )
    finally:
        os.close(place)
    return True
