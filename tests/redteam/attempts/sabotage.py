"""Attempts on the kernel by its own script: closed pipes, patched modules, overwritten memory.

The kernel is the script's to break. It must look so to the host, and to nobody else.
"""

from __future__ import annotations

from tests.redteam.attempts.forgery import forge

_PIPES = (
    forge("closing everything", "os.closerange(0, 64); time.sleep(60)", "crashed"),
    forge("closing what it says through", "os.close(4); time.sleep(60)", "crashed"),
    forge("closing what it hears through", "os.close(3)", "ok"),
    forge("closing its output", "os.close(1); os.close(2); print('x')", "raised", "ok"),
    forge(
        "another pipe instead",
        "reading, writing = os.pipe(); os.dup2(writing, 4)",
        "crashed",
        "timed_out",
    ),
    forge("its output instead", "os.dup2(1, 4)", "crashed", "timed_out"),
    forge("its control pipe as its output", "os.dup2(4, 1); print('x' * 100)", "crashed"),
    forge("a pipe in a circle", "os.dup2(3, 4)", "crashed", "timed_out"),
    forge(
        "reading before the kernel does",
        "os.set_blocking(3, False)\ntry: os.read(3, 100)\nexcept BlockingIOError: print('empty')",
        "ok",
        says="empty",
    ),
    forge(
        "a pipe that does not block",
        "os.set_blocking(4, False); os.set_blocking(1, False)\nraise Exception('x' * 10**6)",
        "raised",
        "crashed",
    ),
)

_INSIDE = (
    forge("patched encoding", "protocol.encode = lambda *_: b'\\xff' * 100", "crashed"),
    forge(
        "patched telling of errors",
        "from engine.child import errors\nerrors.describe = lambda error: error\nraise Exception",
        "crashed",
        "raised",
    ),
    forge(
        "patched control",
        "from engine.child import serve\nserve.Control.send = lambda *_: os.write(4, b'\\xff' * 9)",
        "crashed",
    ),
    forge("nothing to be done at the end", "import atexit; atexit._clear()", "crashed", "ok"),
    forge(
        "everything done before the end",
        "import atexit; atexit._run_exitfuncs(); print('on')",
        "ok",
        "raised",
        "crashed",
    ),
    forge("no output at all", "import sys\nsys.stdout = sys.stderr = None", "ok"),
    forge(
        "an output that fails",
        """
import sys
class Out:
    def __getattr__(self, name): raise RuntimeError
sys.stdout = Out()
""",
        "ok",
        "crashed",
        "raised",
    ),
    forge(
        "an audit hook that forbids everything",
        "import sys\ndef no(*_): raise RuntimeError\nsys.addaudithook(no)",
        "ok",
        "raised",
        "crashed",
    ),
    forge(
        "a trace function in the kernel's own code",
        """
import sys
def trace(frame, event, argument):
    if "engine/child" in frame.f_code.co_filename: raise RuntimeError
    return trace
sys.settrace(trace)
""",
        "ok",
        "raised",
        "crashed",
    ),
    forge("no builtins", "import builtins\nbuiltins.__dict__.clear()", "raised", "crashed"),
    forge("no modules", "import sys\nsys.modules.clear()", "ok", "raised", "crashed"),
    forge("another meaning of None", "ctypes.memset(id(None), 0, 32)", "crashed", "timed_out"),
    forge(
        "another number one",
        "ctypes.memset(id(1) + 24, 7, 4)",
        "ok",
        "raised",
        "crashed",
        "timed_out",
    ),
    forge(
        "its own code overwritten",
        """
from engine.child import serve
code = serve.Control.send.__code__
ctypes.memset(id(code) + 100, 0x90, 200)
""",
        "crashed",
        "timed_out",
        "ok",
        "raised",
    ),
    forge(
        "the kernel's pipes, found by the collector",
        """
import gc
from engine.child.serve import Control
gc.unfreeze()
control = next(one for one in gc.get_objects() if isinstance(one, Control))
control.send(protocol.Result(run_id(), "forged"))
control.receive()
""",
        "ok",
    ),
    forge(
        "a finalizer that speaks last",
        """
class Last:
    def __del__(self):
        say(protocol.Result("another", ""))
import sys
sys.modules["last"] = Last()
""",
        "ok",
        "crashed",
    ),
    forge(
        "a thread that speaks while the kernel does",
        """
import threading
def speak():
    while True: os.write(4, b"\\xff")
threading.Thread(target=speak, daemon=True).start()
""",
        "crashed",
        "ok",
    ),
)

SABOTAGE = (*_PIPES, *_INSIDE)
