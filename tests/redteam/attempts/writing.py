"""Attempts to write: into files, folders and granted places, by every road."""

from __future__ import annotations

from tests.redteam.attempt import Attempt, Harm


def _change(name: str, source: str, *needs: str, victim: str = "folder") -> Attempt:
    return Attempt(name, Harm.VICTIM, source, victim, needs)


_CONTENT = (
    _change("open for writing", 'open(V.path, "w").write("harm")'),
    _change("open for appending", 'open(V.path, "a").write("harm")'),
    _change("open for updating", 'open(V.path, "r+").write("harm")'),
    _change("open a new file", 'open(V.folder + "/new", "x")'),
    _change("open and truncate, for writing", "os.open(V.path, os.O_WRONLY | os.O_TRUNC)"),
    _change("open and truncate, for reading", "os.open(V.path, os.O_RDONLY | os.O_TRUNC)"),
    _change("create, for reading", 'os.open(V.folder + "/new", os.O_RDONLY | os.O_CREAT)'),
    _change("truncate", "os.truncate(V.path, 0)"),
    _change("ftruncate", "os.ftruncate(os.open(V.path, os.O_RDWR), 0)"),
    _change("the raw call creat", 'need(call("creat", V.path.encode(), 0o600))', "x86_64"),
    _change(
        "the raw call open, flags with high bits",
        'fd = need(call("open", V.path.encode(), 1 << 32 | 1, 0)); os.write(fd, b"harm")',
        "x86_64",
    ),
    _change(
        "the raw call openat, flags with high bits",
        """
fd = need(call("openat", 0xFFFFFF9C, V.path.encode(), 0xFFFF << 32 | 1, 0))
os.write(fd, b"harm")
""",
    ),
    _change(
        "the raw call openat2",
        """
how = address((ctypes.c_uint64 * 3)(os.O_WRONLY, 0, 0))
os.write(need(call("openat2", -100, V.path.encode(), how, 24)), b"harm")
""",
        "call openat2",
    ),
    _change(
        "the raw call openat through the folder",
        """
folder = os.open(V.folder, os.O_PATH)
os.write(need(call("openat", folder, b"new", os.O_WRONLY | os.O_CREAT, 0o600)), b"harm")
""",
    ),
    _change(
        "reopening for writing through /proc/self/fd",
        """
fd = os.open(V.path, os.O_PATH)
open(f"/proc/self/fd/{fd}", "w").write("harm")
""",
    ),
    _change(
        "a shared mapping",
        """
with open(V.path, "r+b") as file:
    mmap.mmap(file.fileno(), 0)[:4] = b"harm"
""",
    ),
    _change("pwritev", 'os.pwritev(os.open(V.path, os.O_WRONLY), [b"harm"], 0)'),
    _change("fallocate", "os.posix_fallocate(os.open(V.path, os.O_WRONLY), 0, 10_000)"),
    _change(
        "sendfile into it",
        """
source = os.open(os.__file__, os.O_RDONLY)
os.sendfile(os.open(V.path, os.O_WRONLY), source, 0, 10)
""",
    ),
    _change(
        "splice into it",
        """
reading, writing = os.pipe()
os.write(writing, b"harm")
os.splice(reading, os.open(V.path, os.O_WRONLY), 4)
""",
    ),
    _change(
        "copy_file_range into it",
        """
target = os.open(V.path, os.O_WRONLY)
os.copy_file_range(os.open(V.path, os.O_RDONLY), target, 4, 0, 8)
""",
    ),
    _change(
        "io_uring",
        """
ring = Ring()
fd = need(ring.do(18, -100, where=address(V.path.encode()), flags=os.O_WRONLY))
need(ring.do(23, fd, where=address(b"harm"), size=4))
""",
        "io_uring",
    ),
    _change(
        "32-bit calls",
        """
fd = need(old_call(5, low_memory(V.path.encode() + bytes(1)), 1, 0))
os.write(fd, b"harm")
""",
        "x86_64",
        "32-bit calls",
    ),
)

_NAMES = (
    _change("rename", 'os.rename(V.path, V.folder + "/other")'),
    _change("replace", 'open(V.scratch + "/x", "w"); os.replace(V.scratch + "/x", V.path)'),
    _change(
        "exchange",
        """
need(call("renameat2", -100, V.path.encode(), -100, (V.folder + "/empty").encode(), 2))
""",
    ),
    _change("link", 'os.link(V.path, V.folder + "/other")'),
    _change("symlink", 'os.symlink(V.path, V.folder + "/other")'),
    _change("mkdir", 'os.mkdir(V.folder + "/other")'),
    _change("makedirs", 'os.makedirs(V.folder + "/a/b/c")'),
    _change("rmdir", 'os.rmdir(V.folder + "/empty")'),
    _change("unlink", "os.unlink(V.path)"),
    _change("unlink of the C library", "libc.unlink(V.path.encode())"),
    _change("io_uring unlink", "Ring().do(36, -100, where=address(V.path.encode()))", "io_uring"),
    _change("a named pipe", 'os.mkfifo(V.folder + "/pipe")'),
    _change("mknod, a file", 'os.mknod(V.folder + "/file", 0o100600)'),
    _change("mknod, a device", 'os.mknod(V.folder + "/null", 0o020600, 0x103)', "device nodes"),
    _change(
        "a nameless file, given a name",
        """
fd = os.open(V.folder, os.O_TMPFILE | os.O_RDWR, 0o600)
libc.linkat(-100, f"/proc/self/fd/{fd}".encode(), -100, (V.folder + "/named").encode(), 0x400)
""",
    ),
    _change(
        "a socket in the file system",
        """
import socket
socket.socket(socket.AF_UNIX).bind(V.folder + "/socket")
""",
    ),
)

_LIBRARY = (
    _change("pathlib", 'import pathlib; pathlib.Path(V.path).write_text("harm")'),
    _change("tempfile", "import tempfile; tempfile.NamedTemporaryFile(dir=V.folder, delete=False)"),
    _change("mkstemp of the C library", 'libc.mkstemp((V.folder + "/XXXXXX").encode())'),
    _change("shutil.copy", "import shutil; shutil.copy(os.__file__, V.path)"),
    _change("shutil.move", 'import shutil; shutil.move(V.path, V.scratch + "/moved")'),
    _change("shutil.rmtree", "import shutil; shutil.rmtree(V.folder)"),
    _change(
        "sqlite3",
        """
import sqlite3
sqlite3.connect(V.folder + "/new.sqlite").execute("create table t (x)")
""",
    ),
    _change(
        "sqlite3, attached",
        """
import sqlite3
database = sqlite3.connect(":memory:")
database.execute("attach ? as outside", (V.folder + "/new.sqlite",))
database.execute("create table outside.t (x)")
""",
    ),
    _change("dbm", 'import dbm.dumb; dbm.dumb.open(V.folder + "/new", "n").close()'),
    _change(
        "logging",
        """
import logging
logging.getLogger().addHandler(logging.FileHandler(V.path))
logging.error("harm")
""",
    ),
    _change("zipfile", 'import zipfile; zipfile.ZipFile(V.path, "w").close()'),
    _change(
        "compiled code", "import py_compile; py_compile.compile(os.__file__, V.folder + '/x.pyc')"
    ),
    _change("faulthandler", 'import faulthandler; faulthandler.enable(open(V.path, "w"))'),
    _change("a profile", "import cProfile; cProfile.run('1', V.path)"),
    Attempt(
        "a temporary file where there is room",
        Harm.ANSWER,
        "import tempfile; print(V.proof, tempfile.TemporaryFile())",
    ),
)

_GRANTS = (
    *(
        _change(
            f"a file in {words}",
            f'open(os.path.join({folder}, V.name), "x")',
            "writable grants",
            victim="grants",
        )
        for words, folder in (
            ("site-packages", "V.purelib"),
            ("the standard library", "V.stdlib"),
            ("__pycache__", 'V.stdlib, "__pycache__"'),
        )
    ),
    _change(
        "a folder in site-packages",
        "os.mkdir(os.path.join(V.purelib, V.name))",
        "writable grants",
        victim="grants",
    ),
    _change(
        "a link in site-packages",
        "os.symlink('/', os.path.join(V.purelib, V.name))",
        "writable grants",
        victim="grants",
    ),
    _change(
        "a pipe in site-packages",
        "os.mkfifo(os.path.join(V.purelib, V.name))",
        "writable grants",
        victim="grants",
    ),
    _change(
        "compiled code into __pycache__",
        """
import py_compile
py_compile.compile(os.__file__, f"{V.stdlib}/__pycache__/{V.name}.pyc")
""",
        "writable grants",
        victim="grants",
    ),
)

_IPC = (
    _change("a file in shared memory", 'open(V.path, "w").write("harm")', victim="ipc"),
    _change(
        "SystemV shared memory",
        """
libc.shmat.restype = ctypes.c_void_p
at = libc.shmat(V.memory, None, 0)
assert at not in (None, 2**64 - 1)
ctypes.memmove(at, b"harm", 4)
""",
        victim="ipc",
    ),
    _change("a SystemV semaphore", "libc.semctl(V.semaphore, 0, 16, 5)", victim="ipc"),
    _change(
        "a SystemV message",
        'libc.msgsnd(V.messages, (1).to_bytes(8, "little") + b"harm", 4, 0)',
        victim="ipc",
    ),
    _change(
        "a POSIX message",
        """
queue = need(call("mq_open", V.queue.encode(), os.O_WRONLY, 0, 0))
need(call("mq_timedsend", queue, b"harm", 4, 0, None))
""",
        "queues",
        victim="ipc",
    ),
    _change("a key", 'need(call("keyctl", 2, V.key, b"harm", 4))', "keys", victim="ipc"),
    Attempt("reading a file in shared memory", Harm.SECRET, "print(open(V.path).read())", "ipc"),
    Attempt(
        "reading SystemV shared memory",
        Harm.SECRET,
        """
libc.shmat.restype = ctypes.c_void_p
at = libc.shmat(V.memory, None, 0o10000)
assert at not in (None, 2**64 - 1)
print(ctypes.string_at(at, V.token_size))
""",
        "ipc",
    ),
    Attempt(
        "receiving a SystemV message",
        Harm.SECRET,
        """
message = ctypes.create_string_buffer(200)
assert libc.msgrcv(V.messages, message, 100, 0, 0) > 0
print(message.raw)
""",
        "ipc",
    ),
    Attempt(
        "reading a key",
        Harm.SECRET,
        """
payload = ctypes.create_string_buffer(100)
need(call("keyctl", 11, V.key, address(payload), 100))
print(payload.value)
""",
        "ipc",
        needs=("keys",),
    ),
    Attempt(
        "SystemV shared memory of its own",
        Harm.ANSWER,
        """
made = libc.shmget(0, 4096, 0o600)
libc.shmctl(made, 0, None)
got(made)
""",
    ),
    Attempt(
        "POSIX shared memory of its own",
        Harm.ANSWER,
        """
from multiprocessing import resource_tracker, shared_memory
resource_tracker.register = lambda *_: None  # it is a process, and has its own attempt
made = shared_memory.SharedMemory(create=True, size=100)
print(V.proof, made.name)
made._posixshmem = None
os.unlink(f"/dev/shm/{made.name}")
""",
    ),
    Attempt("anonymous files", Harm.ANSWER, 'got(call("memfd_create", b"x", 0))'),
    Attempt("secret memory", Harm.ANSWER, 'got(call("memfd_secret", 0))', needs=("secret memory",)),
)

_PROC = (
    *(
        Attempt(
            f"writing /proc/self/{name}",
            Harm.ANSWER,
            f'os.write(os.open("/proc/self/{name}", os.O_WRONLY), b"{value}"); print(V.proof)',
        )
        for name, value in (
            ("oom_score_adj", "900"),
            ("coredump_filter", "0x7f"),
            ("comm", "harm"),
            ("timerslack_ns", "1000"),
            ("clear_refs", "1"),
        )
    ),
    Attempt(
        "its own unwritable memory through /proc/self/mem",
        Harm.ANSWER,
        """
page = mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, mmap.PROT_READ)
at = int(next(line for line in open("/proc/self/maps") if " r--p " in line).split("-")[0], 16)
memory = os.open("/proc/self/mem", os.O_RDWR)
os.pwrite(memory, os.pread(memory, 1, at), at)
print(V.proof)
""",
    ),
    _change(
        "another's place in line when memory runs out",
        'open(f"/proc/{V.pid}/oom_score_adj", "w").write("1000")',
        victim="process",
    ),
    _change(
        "another's memory through /proc",
        """
with open(f"/proc/{V.pid}/mem", "r+b", 0) as memory:
    memory.seek(V.mark_at)
    memory.write(b"harm")
""",
        "ptrace",
        victim="process",
    ),
)

WRITING = (*_CONTENT, *_NAMES, *_LIBRARY, *_GRANTS, *_IPC, *_PROC)
