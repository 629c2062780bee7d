"""Attempts to read: files by every road, names, links, attributes, and secrets of the host."""

from __future__ import annotations

from tests.redteam.attempt import Attempt, Harm

_SECRET = Harm.SECRET

_FILES = (
    Attempt("open", _SECRET, "print(open(V.path).read())", "folder"),
    Attempt("os.open", _SECRET, "print(os.read(os.open(V.path, os.O_RDONLY), 100))", "folder"),
    Attempt(
        "openat relative to a folder",
        _SECRET,
        """
folder = os.open(V.folder, os.O_RDONLY | os.O_DIRECTORY)
print(os.read(os.open("secret.txt", os.O_RDONLY, dir_fd=folder), 100))
""",
        "folder",
    ),
    Attempt(
        "openat relative to a folder opened as a path only",
        _SECRET,
        """
folder = os.open(V.folder, os.O_PATH | os.O_DIRECTORY)
print(os.read(os.open("secret.txt", os.O_RDONLY, dir_fd=folder), 100))
""",
        "folder",
    ),
    Attempt(
        "reopening a path-only fd through /proc/self/fd",
        _SECRET,
        """
fd = os.open(V.path, os.O_PATH)
print(open(f"/proc/self/fd/{fd}").read())
""",
        "folder",
    ),
    Attempt(
        "reopening a path-only fd through /dev/fd",
        _SECRET,
        'print(open(f"/dev/fd/{os.open(V.path, os.O_PATH)}").read())',
        "folder",
    ),
    Attempt(
        "mmap",
        _SECRET,
        """
with open(V.path, "rb") as file:
    print(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)[:])
""",
        "folder",
    ),
    Attempt(
        "fopen of the C library",
        _SECRET,
        """
libc.fopen.restype = ctypes.c_void_p
file = ctypes.c_void_p(libc.fopen(V.path.encode(), b"r"))
text = ctypes.create_string_buffer(100)
assert file.value
libc.fgets(text, 100, file)
print(text.value)
""",
        "folder",
    ),
    Attempt(
        "the raw call open",
        _SECRET,
        'print(os.read(need(call("open", V.path.encode(), 0)), 100))',
        "folder",
        needs=("x86_64",),
    ),
    Attempt(
        "the raw call openat",
        _SECRET,
        'print(os.read(need(call("openat", -100, V.path.encode(), 0, 0)), 100))',
        "folder",
    ),
    Attempt(
        "the raw call openat by a number with high bits",
        _SECRET,
        'print(os.read(need(call(NR["openat"] | 1 << 32, -100, V.path.encode(), 0, 0)), 100))',
        "folder",
    ),
    Attempt(
        "the raw call openat2",
        _SECRET,
        """
how = address((ctypes.c_uint64 * 3)(0, 0, 0))
print(os.read(need(call("openat2", -100, V.path.encode(), how, 24)), 100))
""",
        "folder",
        needs=("call openat2",),
    ),
    Attempt(
        "open_tree and a path relative to it",
        _SECRET,
        """
tree = need(call("open_tree", -100, V.folder.encode(), 0))
print(os.read(os.open("secret.txt", os.O_RDONLY, dir_fd=tree), 100))
""",
        "folder",
        needs=("call open_tree",),
    ),
    Attempt(
        "open_by_handle_at",
        _SECRET,
        """
handle = address(ctypes.create_string_buffer((128).to_bytes(4, "little"), 144))
mount = ctypes.c_int()
need(call("name_to_handle_at", -100, V.path.encode(), handle, address(mount), 0))
folder = os.open(V.folder, os.O_RDONLY)
print(os.read(need(call("open_by_handle_at", folder, handle, os.O_RDONLY)), 100))
""",
        "folder",
        unprovable={"user": "only root may open by handle"},
    ),
    Attempt(
        "name_to_handle_at",
        Harm.ANSWER,
        """
handle = address(ctypes.create_string_buffer((128).to_bytes(4, "little"), 144))
got(call("name_to_handle_at", -100, V.path.encode(), handle, address(ctypes.c_int()), 0))
""",
        "folder",
    ),
    Attempt(
        "io_uring open and read",
        _SECRET,
        """
ring = Ring()
fd = need(ring.do(18, -100, where=address(V.path.encode())))
text = ctypes.create_string_buffer(100)
need(ring.do(22, fd, where=address(text), size=100))
print(text.value)
""",
        "folder",
        needs=("io_uring",),
    ),
    Attempt(
        "through /proc/self/root",
        _SECRET,
        'print(open("/proc/self/root" + V.path).read())',
        "folder",
    ),
    Attempt(
        "through the working folder",
        _SECRET,
        'os.chdir(V.folder); print(open("secret.txt").read())',
        "folder",
    ),
    Attempt(
        "through /proc/self/cwd",
        _SECRET,
        'os.chdir(V.folder); print(open("/proc/self/cwd/secret.txt").read())',
        "folder",
    ),
    Attempt(
        "through the host's root",
        _SECRET,
        'print(open(f"/proc/{V.host}/root{V.path}").read())',
        "folder",
    ),
    Attempt(
        "climbing out of a granted folder",
        _SECRET,
        """
granted = os.path.dirname(os.__file__)
print(open(granted + "/.." * granted.count("/") + V.path).read())
""",
        "folder",
    ),
    Attempt(
        "a link planted in a granted folder",
        _SECRET,
        "print(open(V.link).read())",
        "grants",
        needs=("writable grants",),
    ),
    Attempt(
        "a link of its own",
        _SECRET,
        """
os.symlink(V.path, V.scratch + "/link")
print(open(V.scratch + "/link").read())
""",
        "folder",
    ),
    Attempt(
        "a hard link of its own",
        _SECRET,
        """
os.link(V.path, V.scratch + "/link")
print(open(V.scratch + "/link").read())
""",
        "folder",
    ),
    Attempt(
        "sendfile to its own output",
        _SECRET,
        "os.sendfile(1, os.open(V.path, os.O_RDONLY), 0, 100)",
        "folder",
    ),
    Attempt(
        "splice to its own output",
        _SECRET,
        "os.splice(os.open(V.path, os.O_RDONLY), 1, 100)",
        "folder",
    ),
    Attempt(
        "copy_file_range into a file of its own",
        _SECRET,
        """
copy = os.open(V.scratch + "/copy", os.O_RDWR | os.O_CREAT)
os.copy_file_range(os.open(V.path, os.O_RDONLY), copy, 100)
print(os.pread(copy, 100, 0))
""",
        "folder",
    ),
    Attempt(
        "the disk itself, through a device node of its own",
        Harm.ANSWER,
        """
os.mknod(V.scratch + "/disk", 0o060600, os.stat(V.path).st_dev)
print(V.proof, len(open(V.scratch + "/disk", "rb").read(512)))
""",
        "folder",
        needs=("disk nodes",),
    ),
    Attempt(
        "a new root",
        _SECRET,
        'os.chroot(V.folder); print(open("/secret.txt").read())',
        "folder",
        unprovable={"user": "only root may change the root"},
    ),
    Attempt(
        "mounting the folder over a granted one, in a namespace of its own",
        _SECRET,
        """
child = os.fork()
if child == 0:
    need(call("unshare", 0x10020000))
    granted = os.path.dirname(os.__file__) + "/encodings"
    need(call("mount", V.folder.encode(), granted.encode(), None, 0x1000, None))
    os.write(1, open(granted + "/secret.txt", "rb").read())
    os._exit(0)
os.waitpid(child, 0)
""",
        "folder",
        needs=("user namespaces",),
    ),
    Attempt(
        "32-bit calls",
        _SECRET,
        """
fd = need(old_call(5, low_memory(V.path.encode() + bytes(1)), 0, 0))
print(os.read(fd, 100))
""",
        "folder",
        needs=("x86_64", "32-bit calls"),
    ),
)

_WHEN = (
    Attempt(
        "in a thread",
        _SECRET,
        """
import threading
thread = threading.Thread(target=lambda: print(open(V.path).read()))
thread.start()
thread.join()
""",
        "folder",
    ),
    Attempt(
        "in a native thread of the C library",
        _SECRET,
        """
Start = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)
@Start
def start(_):
    print(open(V.path).read(), flush=True)
thread = ctypes.c_ulong()
assert libc.pthread_create(ctypes.byref(thread), None, start, None) == 0
libc.pthread_join(thread, None)
""",
        "folder",
    ),
    Attempt(
        "when leaving",
        _SECRET,
        "import atexit\natexit.register(lambda: print(open(V.path).read(), flush=True))",
        "folder",
    ),
    Attempt(
        "in a signal handler",
        _SECRET,
        """
import signal
signal.signal(signal.SIGALRM, lambda *_: print(open(V.path).read()))
signal.setitimer(signal.ITIMER_REAL, 0.01)
signal.pause()
""",
        "folder",
    ),
    Attempt(
        "in a finalizer",
        _SECRET,
        """
class Last:
    def __del__(self):
        print(open(V.path).read(), flush=True)
last = Last()
last.again = last
del last
import gc
gc.collect()
""",
        "folder",
    ),
    Attempt(
        "in an audit hook",
        _SECRET,
        """
import sys
seen = []
def hook(event, arguments):
    if event == "redteam" and not seen:
        seen.append(event)
        print(open(V.path).read())
sys.addaudithook(hook)
sys.audit("redteam")
""",
        "folder",
    ),
    Attempt(
        "in another interpreter of the process",
        _SECRET,
        """
try:
    import _xxsubinterpreters as interpreters
except ImportError:
    import _interpreters as interpreters
interpreters.run_string(interpreters.create(), f"print(open({V.path!r}).read(), flush=True)")
""",
        "folder",
    ),
)

READING = (*_FILES, *_WHEN)
