"""A machine that lacks a system call: `python missing_call.py NUMBER ERRNO COMMAND...`.

Becomes the command, for which, and for all that it starts, that call fails with that error.
"""

from __future__ import annotations

import os
import struct
import sys

from engine.child import libc

_LOAD, _IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_ERRNO, _ALLOW = 0x0005_0000, 0x7FFF_0000


def main() -> None:
    number, error, *command = sys.argv[1:]
    instructions = [
        (_LOAD, 0, 0, 0),
        (_IF_EQUAL, 0, 1, int(number)),
        (_RETURN, 0, 0, _ERRNO | int(error)),
        (_RETURN, 0, 0, _ALLOW),
    ]
    libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)
    libc.install_filter(b"".join(struct.pack("<HBBI", *one) for one in instructions))
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
