"""What a kernel sends may be forged by its script: it ends or fails that run and nothing else."""

from __future__ import annotations

import textwrap

import anyio
import anyio.lowlevel
import pytest

from engine.child import protocol
from engine.child.protocol import (
    MAX_ERRORS,
    MAX_KERNEL_FRAME_BYTES,
    Call,
    Failed,
    Returned,
    ScriptError,
)
from engine.kernel.events import RunRequest
from engine.kernel.limits import Limits
from engine.kernel.pool import Pool
from engine.kernel.run import Run
from engine.kernel.traceback import format_error
from tests.kernel.conftest import RunScript
from tests.kernel.launching import Kernels, run_in_host

FORGING = """
import os, sys, time
import msgspec
from engine.child.protocol import *

frame = sys._getframe()
while "request" not in frame.f_locals:
    frame = frame.f_back
run_id = frame.f_locals["request"].run_id

def write(data):
    data = memoryview(data)
    while data:
        data = data[os.write(4, data):]

def send(body):
    write(len(body).to_bytes(4, "big") + body)

def forge(message):
    send(msgspec.msgpack.encode(message))

def failed(error, **more):
    forge({"type": "failed", "run_id": run_id, "error": error, **more})

nothing = msgspec.Raw(b"\\x90"), msgspec.Raw(b"\\x80")
print("begun")
"""
"""What a script knows and can do: its run's id, and how to write messages of all kinds."""

CRASHING = {
    "a result for another run": 'forge(Result("other", "text"))',
    "a second greeting": 'forge(Ready(2, "3.11", 1, 0))',
    "an answer to a check": 'forge(Inspected("x", ["main"], []))',
    "a message of the host": 'forge(Inspect("x", b"", "x.py"))',
    "a policy": "forge(Policy(False))",
    "an unknown message": 'forge({"type": "unheard-of"})',
    "no type": 'forge({"run_id": run_id})',
    "nothing at all": 'send(b"")',
    "a text that is none": 'send(b"\\xff" * 100)',
    "too many frames": 'failed({"type": "E", "message": "", "frames": [["x"] * 7] * 101})',
    "too many notes": 'failed({"type": "E", "message": "", "notes": ["n"] * 21})',
    "too many members": """
        error = {"type": "E", "message": ""}
        failed({**error, "group": [error] * 21})
        """,
    "too many errors": """
        error = {"type": "E", "message": ""}
        for _ in range(3):
            error = {"type": "E", "message": "", "group": [error] * 20}
        failed(error)
        """,
    "causes without end": """
        encode = msgspec.msgpack.encode
        body = b"\\x83" + encode({"type": "failed", "run_id": run_id})[1:] + encode("error")
        piece = b"\\x83" + b"".join(map(encode, ("type", "E", "message", "", "cause")))
        send(body + piece * 50_000 + b"\\xc0")
        """,
    "an integer beyond all bounds": """
        one = {"path": "", "line": 2 ** 64 - 1, "column": 0, "end_line": 0, "end_column": 0}
        failed({"type": "E", "message": "", "frames": [{**one, "function": "", "source": ""}]})
        send(b"\\xcf" + b"\\xff" * 8)
        """,
}
"""Messages that make no sense: each ends its run as crashed."""


@pytest.mark.parametrize("case", CRASHING)
async def test_a_message_that_makes_no_sense_ends_the_run(run_script: RunScript, case: str) -> None:
    seen = await run_script(FORGING + textwrap.dedent(CRASHING[case]) + "\ntime.sleep(30)")
    assert seen.finished.outcome in ("crashed", "raised")
    if seen.finished.outcome == "crashed":
        assert "message" in seen.finished.reason
    assert (await run_script("print('fine')")).out == "fine\n"


@pytest.mark.parametrize(
    "size", ["MAX_KERNEL_FRAME_BYTES + 1", "2**32 - 1"], ids=["a byte too large", "the largest"]
)
async def test_a_frame_that_is_too_large_is_named_as_the_limit(
    run_either: RunScript, size: str
) -> None:
    seen = await run_either(f"{FORGING}\nwrite(({size}).to_bytes(4, 'big'))\ntime.sleep(30)")
    assert (seen.finished.outcome, seen.finished.limit) == ("crashed", "frames")
    assert "too large a message" in seen.finished.reason
    assert "2,097,152 go through" in seen.finished.reason


async def test_a_frame_that_never_ends_is_the_watchdogs_business(run_script: RunScript) -> None:
    seen = await run_script(
        FORGING + "write((1_000_000).to_bytes(4, 'big') + b'x' * 1_000)\ntime.sleep(30)",
        timeout_s=0.5,
    )
    assert (seen.finished.outcome, seen.finished.limit) == ("timed_out", "wall")


async def test_a_result_that_is_forged_ends_the_run_with_the_script(run_script: RunScript) -> None:
    seen = await run_script(
        FORGING + "forge(Result(run_id, 'forged'))\ntime.sleep(30)\nprint('no')"
    )
    assert (seen.finished.outcome, seen.finished.result) == ("ok", "forged")
    assert seen.out == "begun\n"


@pytest.mark.parametrize("limit", ["wall", "cpu", "memory", "threads", "frames", "nonsense"])
async def test_a_limit_that_is_only_pretended_harms_nobody(
    run_script: RunScript, limit: str
) -> None:
    # There is no limit on CPU time here: nothing can be said about how much it was.
    seen = await run_script(
        f"{FORGING}\nfailed({{'type': 'E', 'message': 'm'}}, limit={limit!r})\ntime.sleep(30)"
    )
    assert seen.finished.outcome in ("raised", "timed_out", "crashed")
    assert (await run_script("print('fine')")).out == "fine\n"


async def test_a_script_cannot_say_that_the_sandbox_does_not_work(run_script: RunScript) -> None:
    # Else it could talk people into running it without.
    seen = await run_script(
        FORGING + "forge(Refused('landlock', 'use --unsandboxed'))\ntime.sleep(30)"
    )
    assert seen.finished.outcome == "crashed"
    assert "sandbox" not in seen.finished.reason


async def test_calls_that_nobody_answers_are_refused_in_words(run_either: RunScript) -> None:
    seen = await run_either(
        "from engine.child.calls import call\n"
        "for name in ('posts.search', 'x' * 100_000, ''):\n"
        "    try: call(name, 1, key=[2])\n"
        "    except LookupError as error: print(len(str(error)), 'no function' in str(error))\n"
    )
    assert [line.split()[1] for line in seen.out.splitlines()] == ["True"] * 3
    assert seen.finished.outcome == "ok"


@pytest.mark.parametrize("kernels", ["spare", "fork"])
def test_a_flood_of_calls_cannot_put_off_the_watchdog(kernels: Kernels) -> None:
    # In a host of its own, because one that hangs cannot fail its test.
    script = FORGING + textwrap.dedent(
        """
        import threading
        body = msgspec.msgpack.encode(Call(1, "f", *nothing))
        flood = (len(body).to_bytes(4, "big") + body) * 1_000

        def drain():
            while os.read(3, 1 << 20): pass

        threading.Thread(target=drain, daemon=True).start()
        while True:
            write(flood)
        """
    )
    told = run_in_host(script, kernels=kernels, limits=Limits(wall_s=1))
    assert (told["outcome"], told["limit"]) == ("timed_out", "wall")
    assert told["duration_s"] < 5


async def test_calls_leave_the_host_time_for_everything_else(pool: Pool) -> None:
    # A thousand at once, as many as a pipe holds, so that the host need never wait for one.
    script = FORGING + textwrap.dedent(
        """
        body = msgspec.msgpack.encode(Call(1, "f", *nothing))
        os.write(4, (len(body).to_bytes(4, "big") + body) * 1_000)
        time.sleep(60)
        """
    )
    turns = turns_before = answered = in_a_row = longest = 0

    async def answer(call: Call) -> Returned:
        nonlocal turns_before, answered, in_a_row, longest
        in_a_row = in_a_row + 1 if turns == turns_before else 1
        turns_before, longest = turns, max(longest, in_a_row)
        answered += 1
        if answered == 1_000:
            run.stop()
        return Returned(call.call_id)

    async def take_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await anyio.lowlevel.checkpoint()

    run = Run(RunRequest(script.encode(), "x.py", "main", (), Limits(wall_s=60)), answer)
    async with anyio.create_task_group() as group:
        group.start_soon(take_turns)
        group.start_soon(run.execute, pool)
        assert (await run.wait()).outcome == "stopped"
        group.cancel_scope.cancel()
    assert longest < 500


async def test_calls_whose_answers_nobody_reads_end_by_the_watchdog(run_script: RunScript) -> None:
    source = "\nwhile True: forge(Call(1, 'f' * 1_000, *nothing))"
    seen = await run_script(FORGING + source, timeout_s=0.5)
    assert (seen.finished.outcome, seen.finished.limit) == ("timed_out", "wall")


def error_in_groups(depth: int, message: str) -> ScriptError:
    error = ScriptError("ValueError", message)
    for _ in range(depth):
        error = ScriptError("ExceptionGroup", "g", group=[error])
    return error


def test_a_forged_error_is_no_larger_as_text_than_a_frame_can_be() -> None:
    # Every group around it indents every line once more: 2 MiB could become gigabytes.
    error = error_in_groups(MAX_ERRORS - 1, "\n" * 12_000)
    body = protocol.encode(Failed("run", error), MAX_KERNEL_FRAME_BYTES)[4:]
    try:
        message = protocol.decode_kernel_message(body)
    except protocol.ProtocolError:
        return
    assert isinstance(message, Failed)
    size = len(format_error(message.error))
    assert size < 4 * MAX_KERNEL_FRAME_BYTES


@pytest.mark.parametrize(
    "arguments",
    [("half a character: \ud800",), ({"\udfff": 1},), (2**70,), (object(),)],
    ids=["text", "key", "integer", "object"],
)
async def test_arguments_that_cannot_be_handed_over_are_told(
    run_script: RunScript, arguments: tuple[object, ...]
) -> None:
    seen = await run_script("def go(value): print('ran')", "go", arguments=arguments)
    if seen.finished.outcome != "ok":
        assert (seen.finished.outcome, seen.out) == ("crashed", "")
        assert "arguments cannot be handed over" in seen.finished.reason


async def test_arguments_nested_too_deeply_are_told(run_script: RunScript) -> None:
    nested: list[object] = []
    for _ in range(100_000):
        nested = [nested]
    seen = await run_script("def go(value): print('ran')", "go", arguments=(nested,))
    assert (seen.finished.outcome, seen.out) == ("crashed", "")
    assert "arguments cannot be handed over" in seen.finished.reason


async def test_arguments_that_are_too_large_are_told(run_script: RunScript) -> None:
    large = b"x" * (protocol.MAX_HOST_FRAME_BYTES + 1)
    seen = await run_script("def go(value): print('ran')", "go", arguments=(large,))
    assert (seen.finished.outcome, seen.out) == ("crashed", "")
    assert "too large" in seen.finished.reason
