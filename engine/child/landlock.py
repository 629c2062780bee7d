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


def restrict(readable: Sequence[str], version: int) -> int:
    """Forbid this thread every file but those below `readable`, which it may read.

    Needs no_new_privs. Files that are open stay open.

    Args:
        readable: Files and folders, absolute; those that do not exist are left out.
        version: What `abi` returned.

    Returns:
        How many rules were made.

    Raises:
        OSError: The kernel refused.
    """
    files, net, scoped = (
        sum(bits for since, bits in table if version >= since)
        for table in (_HANDLED_FILES, _HANDLED_NET, _SCOPED)
    )
    # `struct landlock_ruleset_attr` has grown: an older kernel refuses a field it does not know.
    size = 8 if version < 4 else 16 if version < 6 else 24
    attributes = struct.pack("=QQQ", files, net, scoped)[:size]
    ruleset = libc.syscall(
        libc.LANDLOCK_CREATE_RULESET, "landlock_create_ruleset", attributes, size, 0
    )
    try:
        count = sum(_grant(ruleset, path) for path in readable)
        libc.syscall(libc.LANDLOCK_RESTRICT_SELF, "landlock_restrict_self", ruleset, 0)
    finally:
        os.close(ruleset)
    return count


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
