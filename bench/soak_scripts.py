"""The scripts of `inkstand bench soak`: what they do, and what each of them has to end as."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.kernel.events import Outcome
from engine.kernel.limits import MIB, NO_TIME_LIMIT, Limits

_SHORTLY = Limits(wall_s=0.05)
"""For those that never end. A kernel is at the first line of its script within 3 ms."""
_LITTLE_MEMORY = Limits(memory_bytes=192 * MIB)
"""To be used up: with the default, most of the time would go into pages."""


@dataclass(frozen=True, slots=True)
class Case:
    """One sort of script."""

    name: str
    source: str
    outcome: Outcome
    """What it has to end as."""
    limits: Limits = NO_TIME_LIMIT
    is_deaf: bool = False
    """Whether an interrupt does not end it, so that it has to be killed."""


_ENDING_WELL = (
    Case("prints", "print('x')", "ok"),
    Case("prints much", "print('x' * 300_000)", "ok"),
    Case(
        "starts threads",
        "import threading\n"
        "for number in range(4):\n"
        "    threading.Thread(target=print, args=(number,)).start()",
        "ok",
    ),
    Case("imports", "import json, random, re\nprint(json.dumps([random.random()]))", "ok"),
)

_ENDLESS = (
    Case("loops", "while True: pass", "timed_out", _SHORTLY),
    Case(
        "stays in C code",
        "import itertools\nsum(itertools.repeat(0))",
        "timed_out",
        _SHORTLY,
        is_deaf=True,
    ),
    Case("sleeps", "import time\ntime.sleep(60)", "timed_out", _SHORTLY),
    Case(
        "ignores interrupts",
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
        "timed_out",
        _SHORTLY,
        is_deaf=True,
    ),
    Case("waits", "import threading\nthreading.Event().wait()", "timed_out", _SHORTLY),
    Case(
        "catches interrupts",
        "while True:\n    try:\n        while True: pass\n    except KeyboardInterrupt: pass",
        "timed_out",
        _SHORTLY,
        is_deaf=True,
    ),
)

_CRASHING = (
    Case("reads address 0", "import ctypes\nctypes.string_at(0)", "crashed"),
    Case("leaves at once", "import os\nos._exit(3)", "crashed"),
    Case("aborts", "import os\nos.abort()", "crashed"),
    Case(
        "eats memory",
        "eaten = b'x' * 2**20\nwhile True: eaten += eaten",
        "raised",
        _LITTLE_MEMORY,
    ),
    Case("closes all its fds", "import os\nos.closerange(0, 64)", "crashed"),
    Case("kills itself", "import os\nos.kill(os.getpid(), 9)", "crashed"),
    Case("forges a frame", "import os\nos.write(4, b'\\xff' * 8)\nwhile True: pass", "crashed"),
)

_LEAVING = """
import ctypes, os, socket

libc = ctypes.CDLL(None, use_errno=True)
mark = f"MARK-{os.getpid()}"

def attempts():
    for folder in FOLDERS + [os.getcwd()]:
        path = os.path.join(folder, mark)
        yield lambda: open(path, "w")
        yield lambda: os.mkdir(path)
        yield lambda: os.symlink("/", path)
        yield lambda: socket.socket(socket.AF_UNIX).bind(path)
    yield os.fork
    yield lambda: os.posix_spawn("/bin/sh", ["sh", "-c", "sleep 60"], {})
    if libc.shmget(0, 4096, 0o1600) >= 0 or libc.memfd_create(mark.encode(), 0) >= 0:
        raise SystemExit("shared memory was made")

for attempt in attempts():
    try:
        attempt()
    except OSError:
        continue
    raise SystemExit("something was left")
"""


def thirds(folders: Sequence[Path], mark: str) -> tuple[Sequence[Case], ...]:
    """Return the scripts that end well, those that never end, and those that crash.

    Args:
        folders: Where one of the first tries to leave something.
        mark: How the name of whatever it leaves begins.
    """
    source = _LEAVING.replace("MARK", mark).replace("FOLDERS", repr([*map(str, folders)]))
    return (*_ENDING_WELL, Case("leaves nothing", source, "ok")), _ENDLESS, _CRASHING
