"""Attempts on what is known about files: modes, owners, times, attributes, locks."""

from __future__ import annotations

from tests.redteam.attempt import Attempt, Harm


def _change(name: str, source: str, *needs: str, victim: str = "folder") -> Attempt:
    return Attempt(name, Harm.VICTIM, source, victim, needs)


METADATA = (
    _change("chmod", "os.chmod(V.path, 0o644)"),
    _change("chmod of a folder", "os.chmod(V.folder, 0o777)"),
    _change("fchmod", "os.fchmod(os.open(V.path, os.O_RDONLY), 0o644)"),
    _change(
        "fchmodat through a path-only fd",
        'os.chmod("secret.txt", 0o644, dir_fd=os.open(V.folder, os.O_PATH))',
    ),
    _change(
        "chmod of a path-only fd through /proc/self/fd",
        'os.chmod(f"/proc/self/fd/{os.open(V.path, os.O_PATH)}", 0o644)',
    ),
    _change(
        "the raw call fchmodat2 on a path-only fd",
        'need(call("fchmodat2", os.open(V.path, os.O_PATH), b"", 0o644, 0x1000))',
        "call fchmodat2",
    ),
    _change("chown to itself", "os.chown(V.path, os.getuid(), os.getgid())"),
    _change("lchown", 'os.lchown(V.folder + "/link", os.getuid(), os.getgid())'),
    _change("fchown", "os.fchown(os.open(V.path, os.O_RDONLY), os.getuid(), os.getgid())"),
    Attempt(
        "chown to another",
        Harm.VICTIM,
        "os.chown(V.path, 12345, 12345)",
        "folder",
        unprovable={"user": "only root may give files away"},
    ),
    _change("utime", "os.utime(V.path, (1, 1))"),
    _change("utime of a folder", "os.utime(V.folder, (1, 1))"),
    _change("utime of an fd", "os.utime(os.open(V.path, os.O_RDONLY), (1, 1))"),
    _change("utime of a link", 'os.utime(V.folder + "/link", (1, 1), follow_symlinks=False)'),
    _change("the raw call utime", 'need(call("utime", V.path.encode(), None))', "x86_64"),
    _change("the raw call utimes", 'need(call("utimes", V.path.encode(), None))', "x86_64"),
    _change(
        "the raw call futimesat",
        'need(call("futimesat", -100, V.path.encode(), None))',
        "x86_64",
    ),
    _change(
        "touch",
        "import pathlib; pathlib.Path(V.path).touch()",
    ),
    _change("setxattr", 'os.setxattr(V.path, "user.harm", b"x")', "attributes"),
    _change("removexattr", 'os.removexattr(V.path, "user.secret")', "attributes"),
    _change(
        "the raw call setxattrat",
        """
value = address((ctypes.c_uint64 * 2)(address(b"x"), 1))
need(call("setxattrat", -100, V.path.encode(), 0, b"user.harm", value, 16))
""",
        "attributes",
        "call setxattrat",
    ),
    _change(
        "file flags by ioctl",
        """
flags = address((64).to_bytes(8, "little"))  # no dump: harmless
need(call("ioctl", os.open(V.path, os.O_RDONLY), 0x40086602, flags))
""",
        "flags",
    ),
    _change(
        "the raw call file_setattr",
        """
attributes = address((ctypes.c_uint64 * 3)(0x80, 0, 0))
need(call("file_setattr", -100, V.path.encode(), attributes, 24, 0))
""",
        "flags",
        "call file_setattr",
    ),
    _change(
        "flock on a granted file",
        "import fcntl; fcntl.flock(os.open(V.granted, os.O_RDONLY), fcntl.LOCK_EX); wait_seen()",
        victim="locks",
    ),
    _change(
        "a shared flock on a granted file",
        "import fcntl; fcntl.flock(os.open(V.granted, os.O_RDONLY), fcntl.LOCK_SH); wait_seen()",
        victim="locks",
    ),
    _change(
        "a POSIX lock on a granted file",
        """
import fcntl
fcntl.lockf(os.open(V.granted, os.O_RDONLY), fcntl.LOCK_SH)
wait_seen()
""",
        "writable grants",
        victim="locks",
    ),
    _change(
        "a lock of an open file description on a granted file",
        """
lock = address((ctypes.c_uint64 * 4)(0, 0, 0, 0))  # F_RDLCK, the whole file
need(call("fcntl", os.open(V.granted, os.O_RDONLY), 37, lock))
wait_seen()
""",
        "writable grants",
        victim="locks",
    ),
    _change(
        "a lease on a file",
        """
import signal
signal.signal(signal.SIGIO, signal.SIG_IGN)
fd = os.open(V.path, os.O_RDONLY)
need(call("fcntl", fd, 1024, 0))  # F_SETLEASE
wait_seen()
""",
        victim="locks",
    ),
    Attempt(
        "the mode of its own output",
        Harm.ANSWER,
        "os.fchmod(1, 0o666); print(V.proof)",
    ),
    Attempt(
        "the owner of its own output",
        Harm.ANSWER,
        "os.fchown(1, os.getuid(), os.getgid()); print(V.proof)",
    ),
    Attempt(
        "the time of /dev/null",
        Harm.ANSWER,
        "os.utime(0); print(V.proof)",
        unprovable={"user": "the device belongs to root"},
    ),
)
