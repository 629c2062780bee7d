"""Attempts to take more than there is: memory, threads, processes, time, output.

Time and output are the host's to bear, with the lockdown or without: there it counts that the run
ends, that nothing is left, and that the next one works.
"""

from __future__ import annotations

from tests.redteam.attempt import Attempt, Harm

_BORNE = "the host ends it, locked or not"

# The host sets the limit on memory in any case; only a locked-down script cannot lift it.
_LIFT = """
import resource
for number in (resource.RLIMIT_AS, resource.RLIMIT_NPROC):
    try:
        resource.setrlimit(number, (resource.getrlimit(number)[1],) * 2)
    except (OSError, ValueError):
        pass
"""


def _take(name: str, source: str) -> Attempt:
    """Return an attempt to pass a limit. What it takes it holds until the host has seen it."""
    return Attempt(name, Harm.LIMIT, f"{_LIFT}{source}\ntime.sleep(0.4)\n", is_followed=True)


def _last(name: str, source: str, *outcomes: str, timeout_s: float = 0.3) -> Attempt:
    """Return an attempt not to come to an end."""
    return Attempt(
        name,
        Harm.AFTER,
        source,
        unprovable=_BORNE,
        timeout_s=timeout_s,
        outcomes=frozenset(outcomes),
        is_followed=True,
    )


def _end(name: str, source: str, *outcomes: str) -> Attempt:
    """Return an attempt to come to an end that is hard on whoever has to tell of it."""
    return _last(name, source, *outcomes, timeout_s=10.0)


_AMOUNTS = (
    _take("memory in one piece", "held = b'x' * (400 << 20)"),
    _take("memory in many pieces", "held = [b'x' * (1 << 16) for _ in range(400 << 4)]"),
    _take(
        "memory by mmap",
        """
held = mmap.mmap(-1, 400 << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
ctypes.memset(address(ctypes.c_char.from_buffer(held)), 1, 400 << 20)
""",
    ),
    _take(
        "shared memory by mmap",
        """
held = mmap.mmap(-1, 400 << 20)
ctypes.memset(address(ctypes.c_char.from_buffer(held)), 1, 400 << 20)
""",
    ),
    _take(
        "memory of the C library",
        """
libc.malloc.restype = ctypes.c_void_p
for _ in range(4):
    ctypes.memset(libc.malloc(ctypes.c_size_t(100 << 20)), 1, 100 << 20)
""",
    ),
    _take(
        "threads",
        """
import threading
threading.stack_size(1 << 15)
done = threading.Event()
try:
    for _ in range(400):
        threading.Thread(target=done.wait, daemon=True).start()
except RuntimeError as error:
    print(error)
""",
    ),
    _take(
        "threads of the C library",
        """
ids, stack = (ctypes.c_ulong * 400)(), ctypes.create_string_buffer(64)
libc.pthread_attr_init(stack)
libc.pthread_attr_setstacksize(stack, ctypes.c_size_t(1 << 15))
sleep = ctypes.cast(libc.sleep, ctypes.c_void_p)
for at in range(400):
    libc.pthread_create(ctypes.byref(ids, 8 * at), stack, sleep, ctypes.c_void_p(5))
""",
    ),
    Attempt(
        "processes",
        Harm.PROCESS,
        """
for _ in range(30):
    if os.fork() == 0:
        time.sleep(5)
        os._exit(0)
""",
        is_followed=True,
    ),
)

_TIME = (
    _last("a loop", "while True: pass", "timed_out"),
    _last(
        "a loop that hears no interrupt",
        """
while True:
    try:
        while True: pass
    except BaseException:
        pass
""",
        "timed_out",
    ),
    _last(
        "a loop with every signal blocked",
        """
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 64))
while True: pass
""",
        "timed_out",
    ),
    _last(
        "a loop with interrupts ignored",
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
        "timed_out",
    ),
    _last("a loop in C", "sum(range(10 ** 12))", "timed_out"),
    _last("a loop in machine code", 'native(b"\\xeb\\xfe")()', "timed_out"),
    _last("a number of a billion digits", "7 ** (10 ** 9)", "timed_out", "raised", "crashed"),
    _last("a catastrophic pattern", 'import re; re.match("(a+)+$", "a" * 50 + "b")', "timed_out"),
    _last(
        "a lock that nobody lets go",
        "import _thread\nlock = _thread.allocate_lock()\nlock.acquire(); lock.acquire()",
        "timed_out",
    ),
    _last(
        "a pipe that nobody reads",
        "reading, writing = os.pipe()\nos.write(writing, bytes(1 << 20))",
        "timed_out",
    ),
    _last(
        "sleep", "while True:\n    try: time.sleep(60)\n    except BaseException: pass", "timed_out"
    ),
    _last("stopping itself", "os.kill(os.getpid(), 19)", "timed_out"),
    _last(
        "a thread that does not end",
        "import threading\nthreading.Thread(target=time.sleep, args=(60,)).start()",
        "ok",
        "timed_out",
    ),
    _last(
        "a function at the end that does not end",
        "import atexit\natexit.register(time.sleep, 60)",
        "ok",
        "timed_out",
    ),
    _last(
        "an exception that takes its time to be told",
        "class E(Exception):\n    def __str__(self):\n        while True: pass\nraise E",
        "timed_out",
    ),
    _last(
        "an interrupt that is answered by a loop",
        """
import signal
def again(*_):
    while True: pass
signal.signal(2, again)
while True: pass
""",
        "timed_out",
    ),
    _last(
        "an alarm",
        "import signal\nsignal.alarm(1); signal.setitimer(signal.ITIMER_REAL, 0.01)\ntime.sleep(5)",
        "crashed",
    ),
    _last(
        "an alarm every microsecond",
        """
import signal
signal.signal(signal.SIGALRM, lambda *_: None)
signal.setitimer(signal.ITIMER_REAL, 1e-6, 1e-6)
while True: pass
""",
        "timed_out",
    ),
)

_OUTPUT = (
    _last("a flood of output", "while True: print('x' * 1000)", "timed_out"),
    _last("a flood of errors", "while True: os.write(2, b'x' * 65536)", "timed_out"),
    _last("a line without end", "while True: os.write(1, b'x' * 65536)", "timed_out"),
    _last("a flood of empty lines", "while True: os.write(1, b'\\n' * 65536)", "timed_out"),
    _last("a flood of single bytes", "while True: os.write(1, b'x')", "timed_out"),
    _last(
        "a flood of control characters",
        "while True: os.write(1, bytes(range(256)) * 256)",
        "timed_out",
    ),
    _last(
        "a flood from every thread",
        """
import threading
def flood():
    while True: os.write(1, b"x" * 4096)
for _ in range(8): threading.Thread(target=flood, daemon=True).start()
flood()
""",
        "timed_out",
    ),
)

_ENDS = (
    _end("a recursion in Python", "def f(): f()\nf()", "raised"),
    _end(
        "a recursion in Python without its limit",
        "import sys\nsys.setrecursionlimit(10**9)\ndef f(): f()\nf()",
        "raised",
        "crashed",
        "timed_out",
    ),
    _end(
        "a recursion in C",
        """
import sys
sys.setrecursionlimit(10**9)
nested = []
for _ in range(10**6): nested = [nested]
repr(nested)
""",
        "raised",
        "crashed",
        "timed_out",
    ),
    _end("a recursion in machine code", 'native(b"\\xe8\\xfb\\xff\\xff\\xff")()', "crashed"),
    _end(
        "a message of a hundred million characters",
        "raise Exception('x' * 10**8)",
        "raised",
        "timed_out",
    ),
    _end(
        "a million notes", "e = Exception()\ne.__notes__ = ['x' * 100] * 10**6\nraise e", "raised"
    ),
    _end(
        "notes that are none",
        "e = Exception()\ne.__notes__ = iter(int, 1)\nraise e",
        "raised",
        "timed_out",
        "crashed",
    ),
    _end(
        "an endless chain of causes",
        """
error = Exception()
for _ in range(10**4):
    last, error = error, Exception()
    error.__cause__ = last
raise error
""",
        "raised",
    ),
    _end(
        "a tree of groups",
        """
error = Exception()
for _ in range(9): error = ExceptionGroup("", [error] * 50)
raise error
""",
        "raised",
        "timed_out",
    ),
    _end(
        "a type with a name of a hundred megabytes",
        "raise type('x' * 10**8, (Exception,), {})",
        "raised",
        "crashed",
        "timed_out",
    ),
    _end(
        "an exit code of a hundred megabytes",
        "raise SystemExit('x' * 10**8)",
        "raised",
        "timed_out",
    ),
    _end(
        "a source line of a hundred megabytes",
        """
import linecache
linecache.cache[__file__] = (1, None, ["x" * 10**8] * 999, "")
raise Exception
""",
        "raised",
        "crashed",
        "timed_out",
    ),
    _end(
        "sys.exit in a thread",
        "import sys, threading\nt = threading.Thread(target=sys.exit)\nt.start(); t.join()",
        "ok",
    ),
    _end("leaving at once", "os._exit(0)", "crashed"),
    _end("a segmentation fault", "ctypes.string_at(0)", "crashed"),
    _end("an illegal instruction", 'native(b"\\x0f\\x0b")()', "crashed"),
    _end("killing itself", "os.kill(os.getpid(), 9)", "crashed"),
    _end("an abort", "os.abort()", "crashed"),
    _last(
        "a finalizer that makes another",
        "class A:\n    def __del__(self): A()\nA()",
        "ok",
        "raised",
        "crashed",
        "timed_out",
    ),
    _end(
        "a 100 MB archive of nothing",
        "import zlib\nzlib.decompress(zlib.compress(bytes(10**8)) * 1)",
        "ok",
        "timed_out",
    ),
)

RESOURCES = (*_AMOUNTS, *_TIME, *_OUTPUT, *_ENDS)
