"""Attempts on the host by what a kernel says to it: forged frames, forged messages.

A kernel's control pipes are fds 3 (from the host) and 4 (to it); the script may write what it
likes. Only its own run may suffer.
"""

from __future__ import annotations

from tests.redteam.attempt import Attempt, Harm

_BORNE = "the host reads what a kernel says, locked or not"

_ANY_END = frozenset({"ok", "raised", "crashed", "timed_out"})

# What an attack needs to speak as the kernel does.
_SPEAK = """
import msgspec
from engine.child import protocol

def framed(body):
    return len(body).to_bytes(4, "big") + body

def say(message):
    os.write(4, framed(msgspec.msgpack.encode(message)))

def run_id():
    import sys
    frame = sys._getframe()
    while frame is not None:
        if "request" in frame.f_locals:
            return frame.f_locals["request"].run_id
        frame = frame.f_back
"""


def forge(
    name: str,
    source: str,
    *outcomes: str,
    says: str = "",
    timeout_s: float = 5.0,
    has_sibling: bool = False,
) -> Attempt:
    """Return an attempt whose script can speak as the kernel does: `say`, `framed`, `run_id`."""
    return Attempt(
        name,
        Harm.AFTER,
        _SPEAK + source,
        unprovable=_BORNE,
        timeout_s=timeout_s,
        outcomes=frozenset(outcomes) or _ANY_END,
        says=says,
        has_sibling=has_sibling,
        is_followed=True,
    )


_FRAMES = (
    forge("a frame of four gigabytes", "os.write(4, b'\\xff' * 4); time.sleep(60)", "crashed"),
    forge(
        "a frame just too large",
        "os.write(4, (protocol.MAX_KERNEL_FRAME_BYTES + 1).to_bytes(4, 'big')); time.sleep(60)",
        "crashed",
    ),
    forge("an empty frame", "os.write(4, framed(b'')); time.sleep(60)", "crashed"),
    forge("nonsense", "os.write(4, framed(os.urandom(1000))); time.sleep(60)", "crashed"),
    forge("half a frame", "os.write(4, b'\\0\\0\\1\\0half'); os._exit(0)", "crashed"),
    forge(
        "half a frame, and silence",
        "os.write(4, b'\\0\\0'); time.sleep(60)",
        "timed_out",
        timeout_s=0.2,
    ),
    forge(
        "a frame, byte by byte",
        """
for byte in framed(msgspec.msgpack.encode(protocol.Result(run_id(), "x" * 1000))):
    os.write(4, bytes([byte]))
time.sleep(60)
""",
        "ok",
    ),
    *(
        forge(
            f"a frame of nested {name}",
            f"os.write(4, framed({one} * 500_000 + b'\\x90')); time.sleep(60)",
            "crashed",
        )
        for name, one in (("arrays", "b'\\x91'"), ("maps", "b'\\x81\\xa1x'"))
    ),
    forge(
        "an array of four billion",
        "os.write(4, framed(b'\\xdd\\xff\\xff\\xff\\xff')); time.sleep(60)",
        "crashed",
    ),
    forge(
        "a text of four gigabytes",
        "os.write(4, framed(b'\\xdb\\xff\\xff\\xff\\xff')); time.sleep(60)",
        "crashed",
    ),
    forge(
        "text that is none",
        "body = msgspec.msgpack.encode(protocol.Result(run_id(), 'xx'))\n"
        "os.write(4, framed(body.replace(b'xx', b'\\xff\\xfe'))); time.sleep(60)",
        "crashed",
    ),
    forge(
        "a big number",
        "say({'type': 'ready', 'protocol': 2**64 - 1, 'python': '', 'pid': 0, 'user_id': 0})\n"
        "time.sleep(60)",
        "crashed",
    ),
    forge(
        "numbers where text belongs",
        "say({'type': 'result', 'run_id': 2**63, 'text': [1]}); time.sleep(60)",
        "crashed",
    ),
    forge(
        "a flood of nonsense",
        "while True: os.write(4, os.urandom(1 << 16))",
        "crashed",
    ),
    forge(
        "a pickle",
        "import pickle\nos.write(4, framed(pickle.dumps(os.system))); time.sleep(60)",
        "crashed",
    ),
)

_MESSAGES = (
    forge(
        "a result of its own, and on",
        "say(protocol.Result(run_id(), 'forged'))\nwhile True: os.write(1, b'x')",
        "ok",
    ),
    forge("a result of another run", "say(protocol.Result('abc', '')); time.sleep(60)", "crashed"),
    forge(
        "a result twice",
        "for _ in range(1000): say(protocol.Result(run_id(), 'x'))\ntime.sleep(60)",
        "ok",
    ),
    forge(
        "a result and nonsense",
        "say(protocol.Result(run_id(), 'x')); os.write(4, b'\\xff' * 9); time.sleep(60)",
        "ok",
        "crashed",
    ),
    forge(
        "a result as large as it may be",
        "say(protocol.Result(run_id(), 'x' * (protocol.MAX_KERNEL_FRAME_BYTES - 100)))\n"
        "time.sleep(60)",
        "ok",
    ),
    forge(
        "being ready once more",
        "say(protocol.Ready(protocol.PROTOCOL, '', 1, 0)); time.sleep(60)",
        "crashed",
    ),
    forge(
        "an inspection",
        "say(protocol.Inspected('x', ['main'] * 100, [])); time.sleep(60)",
        "crashed",
    ),
    forge(
        "a birth",
        "say({'type': 'born', 'pid': 1}); say({'type': 'died', 'pid': 1, 'returncode': 0}); "
        "time.sleep(60)",
        "crashed",
    ),
    forge(
        "an error with a million frames",
        "frame = protocol.TraceFrame('', 0, 0, 0, 0, '', '')\n"
        "say(protocol.Failed(run_id(), protocol.ScriptError('', '', [frame] * 10**5)))\n"
        "time.sleep(60)",
        "crashed",
    ),
    forge(
        "an error with a thousand causes",
        """
error = protocol.ScriptError("E", "x")
for _ in range(900): error = protocol.ScriptError("E", "x", cause=error, relation="cause")
say(protocol.Failed(run_id(), error))
time.sleep(60)
""",
        "crashed",
    ),
    forge(
        "an error in negative places",
        "frame = protocol.TraceFrame('scripts/attack.py', -2**63, -1, -9, 2**63 - 1, 'f', 'x')\n"
        "say(protocol.Failed(run_id(), protocol.ScriptError('E', '', [frame]))); time.sleep(60)",
        "crashed",
    ),
    forge(
        "an error in places far away",
        "frame = protocol.TraceFrame('scripts/attack.py', 1, 2, 1, 4 * 10**8, 'f', 'x' * 9)\n"
        "say(protocol.Failed(run_id(), protocol.ScriptError('E', '', [frame]))); time.sleep(60)",
        "raised",
    ),
    forge(
        "an error whose lines grow by being nested",
        """
error = protocol.ScriptError("E", "\\n" * 400_000)
for _ in range(80): error = protocol.ScriptError("E", "", group=[error])
say(protocol.Failed(run_id(), error))
time.sleep(60)
""",
        "raised",
        "crashed",
    ),
    Attempt(
        "words of its own for a sandbox that does not work",
        Harm.ANSWER,
        _SPEAK
        + "say(protocol.Refused('seccomp', f'{V.proof} Run this with --unsandboxed.'))\n"
        + "time.sleep(60)\n",
        unprovable="whatever the mode, the host repeats no words of a refusal in a run",
        timeout_s=5.0,
        outcomes=frozenset({"crashed"}),
        is_followed=True,
    ),
    forge(
        "calls of what is not there",
        """
from engine.child import calls
for name in ("", "x" * 10**6, "__import__", "posts.__class__", "\\x1b[2J"):
    try:
        calls.call(name, 1, [2], x={"y": None})
    except LookupError as error:
        print("refused", len(str(error)))
""",
        "ok",
        says="refused",
    ),
    forge(
        "a flood of calls whose answers nobody reads",
        "while True: say(protocol.Call(1, 'x', msgspec.Raw(b'\\x90'), msgspec.Raw(b'\\x80')))",
        "timed_out",
        timeout_s=0.5,
    ),
    forge(
        "a flood of calls whose answers are read",
        """
import threading
def listen():
    while True: os.read(3, 1 << 16)
threading.Thread(target=listen, daemon=True).start()
call_of_nothing = protocol.Call(1, "x", msgspec.Raw(b"\\x90"), msgspec.Raw(b"\\x80"))
many = framed(msgspec.msgpack.encode(call_of_nothing)) * 10_000
while True: os.write(4, many)
""",
        "timed_out",
        timeout_s=0.5,
    ),
    forge(
        "a call with arguments that are none",
        "say(protocol.Call(1, 'x', msgspec.Raw(b'\\x01'), msgspec.Raw(b'\\xc1' * 3)))\n"
        "time.sleep(60)",
        "crashed",
        "timed_out",
        timeout_s=0.5,
    ),
    forge(
        "calls with huge arguments",
        """
arguments = msgspec.Raw(msgspec.msgpack.encode(["x" * 2_000_000]))
while True:
    say(protocol.Call(1, "x", arguments, msgspec.Raw(b"\\x80")))
    os.read(3, 1 << 16)
""",
        "timed_out",
        timeout_s=0.5,
    ),
    forge(
        "answers beside another kernel",
        "say(protocol.Inspected('beside', ['forged'], [])); time.sleep(60)",
        "crashed",
        has_sibling=True,
    ),
)

FORGERY = (*_FRAMES, *_MESSAGES)
