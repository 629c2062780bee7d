"""Attempts on the memory that the host shares with a script, and on the socket it comes by.

Much of it holds without the lockdown, too: by the seals, and by how the fds were opened.
"""

from __future__ import annotations

from tests.redteam.attempt import Attempt, Harm

_SEALED = "its seals hold, locked or not"
_READING = "the fd was opened for reading, locked or not"
_DEAF = "the host does not listen there, locked or not"

_MEMORY = (
    Attempt(
        "shrinking it under the host",
        Harm.HOST,
        'os.ftruncate(shared("own"), 0)',
        unprovable=_SEALED,
    ),
    Attempt("growing it", Harm.HOST, 'os.ftruncate(shared("own"), 1 << 30)', unprovable=_SEALED),
    Attempt(
        "growing it by writing behind its end",
        Harm.HOST,
        'os.pwrite(shared("own"), b"x", 1 << 20)',
        unprovable=_SEALED,
    ),
    *(
        Attempt(
            f"a seal against {what}",
            Harm.HOST,
            f'got(call("fcntl", shared("own"), 1033, {seal}))',
            unprovable=_SEALED,
        )
        for what, seal in (("writing", 8), ("writing from now on", 16), ("being run", 32))
    ),
    Attempt(
        "a hole in it",
        Harm.ANSWER,
        'got(call("fallocate", shared("own"), 3, 0, 4096))',  # punch, keep the size
    ),
    Attempt(
        "a lease on it",
        Harm.ANSWER,
        'got(call("fcntl", shared("own"), 1024, 2))',
    ),
    Attempt(
        "writing by the fd that reads",
        Harm.HOST,
        'os.pwrite(shared("shown"), b"harm", 0)',
        unprovable=_READING,
    ),
    Attempt(
        "mapping it for writing",
        Harm.HOST,
        'mmap.mmap(shared("shown"), 4096, mmap.MAP_SHARED, mmap.PROT_WRITE)[:4] = b"harm"',
        unprovable=_READING,
    ),
    Attempt(
        "making its mapping writable",
        Harm.HOST,
        """
libc.mmap.restype = ctypes.c_void_p
at = libc.mmap(None, ctypes.c_size_t(4096), 1, 1, shared("shown"), ctypes.c_long(0))
print("mprotect", libc.mprotect(ctypes.c_void_p(at), ctypes.c_size_t(4096), 3))
ctypes.memmove(at, b"harm", 4)
""",
        unprovable=_READING,
        says="mprotect -1",
    ),
    Attempt(
        "opening it once more",
        Harm.HOST,
        """
fd = shared("shown")
os.pwrite(os.open(f"/proc/self/fd/{fd}", os.O_RDWR), b"harm", 0)
""",
        unprovable={"user": "nobody may open it for writing, its owner included"},
    ),
    Attempt(
        "opening it once more, as its owner",
        Harm.HOST,
        """
fd = shared("shown")
try:
    os.fchmod(fd, 0o666)
finally:
    os.pwrite(os.open(f"/proc/self/fd/{fd}", os.O_RDWR), b"harm", 0)
""",
    ),
    Attempt(
        "opening the host's own fd of it",
        Harm.HOST,
        """
for fd in range(1024):
    path = f"/proc/{V.host}/fd/{fd}"
    try:
        if "inkstand-shown" in os.readlink(path):
            os.chmod(path, 0o666)
            os.pwrite(os.open(path, os.O_RDWR), b"harm", 0)
    except OSError:
        pass
""",
        needs=("ptrace",),
    ),
)

_SOCKET = (
    Attempt(
        "sending an fd to the host",
        Harm.ANSWER,
        """
import socket
print(V.proof, socket.send_fds(socket.socket(1, 5, 0, 5), [b"x"], [1]))
""",
        unprovable=_DEAF,
    ),
    Attempt(
        "writing to the host", Harm.ANSWER, "print(V.proof, os.write(5, b'x'))", unprovable=_DEAF
    ),
    Attempt(
        "passing an fd between threads",
        Harm.ANSWER,
        """
import socket
left, right = socket.socketpair()
print(V.proof, socket.send_fds(left, [b"x"], [1]))
""",
    ),
    *(
        Attempt(
            f"receiving {what}",
            Harm.ANSWER,
            f"""
import socket
left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
for fd in ({fds}):
    try:
        socket.socket(1, 5, 0, fd).recvmsg(1, 100, {flags})
        print(V.proof)
    except OSError as error:
        got(-error.errno)
""",
        )
        for what, fds, flags in (
            ("without taking", "5,", 0x4000_0042),
            ("out of the band", "5,", 0x4000_0041),
            ("in another way", "5,", 0x40),
            ("on a socket of its own", "right.detach(),", 0x4000_0040),
            ("on a copy of the socket", "os.dup(5),", 0x4000_0040),
        )
    ),
    Attempt(
        "another socket in its place",
        Harm.ANSWER,
        """
import socket
left, right = socket.socketpair()
os.dup2(right.fileno(), 5)
socket.send_fds(left, [b"x"], [1])
print(V.proof, socket.socket(1, 1, 0, 5).recvmsg(1, 100, 0x40000040))
""",
    ),
    Attempt(
        "changing how it receives",
        Harm.ANSWER,
        """
import socket
print(V.proof, socket.socket(1, 5, 0, 5).setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1))
""",
    ),
    Attempt(
        "asking without end and taking nothing",
        Harm.HOST,
        """
from engine.child import calls
refused = 0
for _ in range(500):
    try:
        calls.call("buffers.open", "own")
    except LookupError:
        refused += 1
print("refused" if refused > 400 else "not refused", refused)
""",
        unprovable="the socket takes a few and no more, locked or not",
        says="refused 4",
    ),
)

SHARING = (*_MEMORY, *_SOCKET)
