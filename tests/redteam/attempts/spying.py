"""Attempts to spy: names, links and attributes of files, the host, the machine."""

from __future__ import annotations

from tests.redteam.attempt import Attempt, Harm

_SECRET = Harm.SECRET

_NAMES = (
    Attempt("listdir", _SECRET, "print(os.listdir(V.folder))", "folder"),
    Attempt("scandir", _SECRET, "print([entry.name for entry in os.scandir(V.folder)])", "folder"),
    Attempt("walk", _SECRET, "print(list(os.walk(V.folder)))", "folder"),
    Attempt("glob", _SECRET, 'import glob; print(glob.glob(V.folder + "/*.name"))', "folder"),
    Attempt(
        "the raw call getdents64",
        _SECRET,
        """
names = ctypes.create_string_buffer(4000)
need(call("getdents64", os.open(V.folder, os.O_RDONLY), address(names), 4000))
print(names.raw)
""",
        "folder",
    ),
    Attempt(
        "listing through /proc/self/fd",
        _SECRET,
        'print(os.listdir(f"/proc/self/fd/{os.open(V.folder, os.O_PATH)}"))',
        "folder",
    ),
    Attempt("readlink", _SECRET, 'print(os.readlink(V.folder + "/link"))', "folder"),
    Attempt(
        "the raw call readlinkat",
        _SECRET,
        """
target = ctypes.create_string_buffer(100)
need(call("readlinkat", -100, (V.folder + "/link").encode(), address(target), 100))
print(target.value)
""",
        "folder",
    ),
    Attempt("realpath", _SECRET, 'print(os.path.realpath(V.folder + "/link"))', "folder"),
    Attempt(
        "getxattr",
        _SECRET,
        'print(os.getxattr(V.path, "user.secret"))',
        "folder",
        needs=("attributes",),
    ),
    Attempt(
        "listxattr",
        Harm.ANSWER,
        "print(V.proof, os.listxattr(V.path))",
        "folder",
    ),
    Attempt(
        "inotify",
        Harm.ANSWER,
        """
watch = need(call("inotify_init1", 0))
got(call("inotify_add_watch", watch, V.folder.encode(), 0xFFF))
""",
        "folder",
    ),
    Attempt(
        "inotify on a granted folder",
        Harm.ANSWER,
        """
watch = need(call("inotify_init1", 0))
got(call("inotify_add_watch", watch, os.path.dirname(os.__file__).encode(), 0xFFF))
""",
    ),
    Attempt(
        "fanotify",
        Harm.ANSWER,
        'got(call("fanotify_init", 0x200, 0))',  # FAN_REPORT_FID, open to everybody
        needs=("call fanotify_init",),
    ),
    Attempt(
        "dnotify on a granted folder",
        Harm.ANSWER,
        """
import signal
signal.signal(signal.SIGIO, signal.SIG_IGN)  # by which it tells, at once
folder = os.open(os.path.dirname(os.__file__), os.O_RDONLY)
got(call("fcntl", folder, 1026, 0x1F))
""",
    ),
    Attempt(
        "what of a file is in memory",
        Harm.ANSWER,
        """
asked, told = address((ctypes.c_uint64 * 2)(0, 0)), address((ctypes.c_uint64 * 5)())
got(call("cachestat", os.open(os.__file__, os.O_RDONLY), asked, told, 0))
""",
        unprovable={"user": "it is told only to those who may write the file"},
        needs=("call cachestat",),
    ),
)

_HOST = (
    Attempt(
        "the environment of its ancestors up to the host",
        _SECRET,
        """
pid = os.getpid()
while pid != V.host:
    pid = int(open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[1])
    print(open(f"/proc/{pid}/environ").read())
""",
    ),
    Attempt("the host's environment", _SECRET, 'print(open(f"/proc/{V.host}/environ").read())'),
    Attempt(
        "the host's environment by way of its task",
        _SECRET,
        'print(open(f"/proc/self/task/../../{V.host}/task/{V.host}/environ").read())',
    ),
    Attempt("the host's arguments", _SECRET, 'print(open(f"/proc/{V.host}/cmdline").read())'),
    Attempt(
        "the host's memory",
        _SECRET,
        """
with open(f"/proc/{V.host}/mem", "rb", 0) as memory:
    memory.seek(V.host_secret_at)
    print(memory.read(V.host_secret_size))
""",
    ),
    Attempt(
        "the map of the host's memory",
        Harm.ANSWER,
        'print(V.proof, open(f"/proc/{V.host}/maps").readline())',
    ),
    Attempt(
        "an unlinked file that the host has open",
        _SECRET,
        'print(open(f"/proc/{V.host}/fd/{V.host_fd}").read())',
    ),
    Attempt(
        "the host's list of fds", Harm.ANSWER, 'print(V.proof, os.listdir(f"/proc/{V.host}/fd"))'
    ),
    Attempt(
        "the host's program", Harm.ANSWER, 'print(V.proof, os.readlink(f"/proc/{V.host}/exe"))'
    ),
    Attempt(
        "the host's memory by process_vm_readv",
        _SECRET,
        """
here = ctypes.create_string_buffer(V.host_secret_size)
there = iovec(V.host_secret_at, V.host_secret_size)
need(call("process_vm_readv", V.host, iovec(address(here), len(here)), 1, there, 1, 0))
print(here.value)
""",
        needs=("ptrace",),
    ),
    Attempt(
        "an fd of the host by pidfd_getfd",
        _SECRET,
        """
fd = need(call("pidfd_getfd", need(call("pidfd_open", V.host, 0)), V.host_fd, 0))
print(os.pread(fd, 100, 0))
""",
        needs=("ptrace", "call pidfd_getfd"),
    ),
    Attempt(
        "its own environment",
        _SECRET,
        """
libc.getenv.restype = ctypes.c_char_p
print(dict(os.environ), libc.getenv(b"REDTEAM_SECRET"))
print(open("/proc/self/environ").read())
""",
        unprovable="a kernel gets no variable of its host's, locked or not",
    ),
    Attempt(
        "an fd that the host left inheritable",
        _SECRET,
        """
for fd in range(3, 1024):
    try:
        print(os.pread(fd, 100, 0))
    except OSError:
        pass
""",
        unprovable="a kernel gets no fd of its host's, locked or not",
    ),
    Attempt(
        "the control pipe of another kernel",
        Harm.ANSWER,
        """
for pid in V.sibling:
    for fd in range(64):
        try:
            os.open(f"/proc/{pid}/fd/{fd}", os.O_RDONLY | os.O_NONBLOCK)
        except OSError:
            continue
        print(V.proof, fd)
""",
        has_sibling=True,
    ),
    Attempt(
        "the memory of another kernel",
        Harm.ANSWER,
        """
for pid in V.sibling:
    print(V.proof, open(f"/proc/{pid}/maps").readline(), open(f"/proc/{pid}/mem", "rb"))
""",
        has_sibling=True,
    ),
)

_MACHINE = (
    *(
        Attempt(
            f"reading {path}", Harm.ANSWER, f"print(V.proof, open({path!r}, 'rb').read(100)[:9])"
        )
        for path in (
            *("/etc/passwd", "/proc/version", "/proc/self/maps", "/proc/self/mountinfo"),
            *("/proc/net/tcp", "/proc/net/unix", "/proc/stat", "/proc/kallsyms", "/proc/1/stat"),
            *("/sys/devices/system/cpu/online", "/dev/urandom"),
        )
    ),
    Attempt("the list of users", Harm.ANSWER, "import pwd; print(V.proof, pwd.getpwall()[0])"),
    Attempt(
        "the list of processes",
        Harm.ANSWER,
        'print(V.proof, [name for name in os.listdir("/proc") if name.isdigit()])',
    ),
    Attempt("the list of /", Harm.ANSWER, 'print(V.proof, os.listdir("/"))'),
    Attempt("the list of the temporary folder", Harm.ANSWER, 'print(V.proof, os.listdir("/tmp"))'),
    Attempt(
        "the kernel's log",
        Harm.ANSWER,
        'got(call("syslog", 3, address(bytes(4096)), 4096))',
        unprovable={"user": "only root may read the log on most machines"},
    ),
    Attempt(
        "the list of mounts by listmount",
        Harm.ANSWER,
        """
asked = address((ctypes.c_uint64 * 3)(24, (1 << 64) - 1, 0))
got(call("listmount", asked, address((ctypes.c_uint64 * 9)()), 9, 0))
""",
        needs=("call listmount",),
    ),
)

SPYING = (*_NAMES, *_HOST, *_MACHINE)
