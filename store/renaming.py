"""Gives a file a name that must be free, in one step where the system can do that.

What is renamed, and why, must never enter. Only `store.files` may call it.
"""

import ctypes
import errno
import os
from pathlib import Path

_AT_FDCWD = -100
_RENAME_NOREPLACE = 1


def rename_exclusively(source: Path, target: Path) -> None:
    """Rename a file; atomic, and never on top of another one.

    Args:
        source: The file; of a symbolic link the link.
        target: Its new name.

    Raises:
        FileExistsError: `target` exists.
        OSError: It could not be renamed; with ENOSYS or EINVAL because the system or the file
            system cannot do it in one step.
        ValueError: A name holds a NUL byte.
    """
    names = os.fsencode(source), os.fsencode(target)
    if any(b"\0" in name for name in names):  # where C would see the name's end
        raise ValueError("embedded null byte")
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS), str(target))
    if rename(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_NOREPLACE) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), str(target))
