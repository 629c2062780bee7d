"""`inkstand run`: one script, its output passed through, its outcome as the exit code.

A script without work is back within 250 ms, all told. So the kernel is started before the project's
modules are imported: it imports its own on the other core meanwhile (340 -> 250 ms).
"""

from __future__ import annotations

import argparse
import os
import select
import signal
import sys
from collections.abc import Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, TextIO

import anyio
import anyio.lowlevel
import anyio.to_thread

from engine.kernel.events import Outcome, RunFinished, RunOutput
from engine.kernel.pool import Pool
from engine.kernel.traceback import format_error, place, summary
from tui.commands.exit_codes import EXIT_FAILED, EXIT_OK, EXIT_STOPPED, EXIT_TIMED_OUT
from tui.commands.printing import stdout_is_gone, tell_notices

if TYPE_CHECKING:
    from engine.kernel.run import Run

MAX_JSON_BYTES = 16 * 1024 * 1024
"""Of each stream; what is beyond is counted, not kept."""

_LAST_OUTPUT_S = 1.0
"""How long a killed script's last output and outcome may take to be read."""

_EXIT_CODES: Mapping[Outcome, int] = {
    "ok": EXIT_OK,
    "raised": EXIT_FAILED,
    "crashed": EXIT_FAILED,
    "not_started": EXIT_FAILED,
    "timed_out": EXIT_TIMED_OUT,
    "stopped": EXIT_STOPPED,
}


async def run(options: argparse.Namespace) -> int:
    """Run a script to its end.

    Args:
        options: `project` (a folder or None), `slug`, `entrypoint`, `timeout` (seconds or None),
        `json`.

    Returns:
        The command's exit code.
    """
    async with Pool(1, is_refilled=False) as pool:
        await anyio.lowlevel.checkpoint()  # lets the kernel start
        from engine.workspace import open_workspace
        from store.project import find_root

        root = find_root(options.project)
        async with open_workspace(root, pool=pool) as workspace:
            tell_notices(workspace)
            script = await workspace.find_script(options.slug)
            run = await workspace.run_script(
                script, entrypoint=options.entrypoint, timeout_s=options.timeout
            )
            code = EXIT_STOPPED  # unless the report comes to its end
            async with anyio.create_task_group() as group:
                group.start_soon(_stop_on_signals, run, options.slug, group.cancel_scope)
                report = _report_json if options.json else _pass_through
                code = await report(run, options.slug)
                group.cancel_scope.cancel()
    return code


async def _stop_on_signals(run: Run, slug: str, report: anyio.CancelScope) -> None:
    """Ctrl+C, a closed terminal and a polite kill stop the script; the second one at once.

    After the second one nobody waits for a reader that has paused for good.
    """
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM, signal.SIGHUP) as signals:
        await anext(signals)
        run.stop()
        await anext(signals)
        run.stop()
        with anyio.move_on_after(_LAST_OUTPUT_S):
            await anext(signals)
        with anyio.move_on_after(_LAST_OUTPUT_S / 10):  # stderr may be what is not read
            words = (
                f"inkstand: {slug}: stopped on request and killed; its last output was not read\n"
            )
            await _write_text(sys.stderr, words)
    report.cancel()


async def _pass_through(run: Run, slug: str) -> int:
    streams = {"stdout": sys.stdout, "stderr": sys.stderr}
    code = EXIT_FAILED
    # Closed when this is given up: the run must not wait for us to read on.
    async with aclosing(run.events()) as events:
        async for event in events:
            if isinstance(event, RunOutput):
                try:
                    await _write(streams[event.stream], event.data)
                except BrokenPipeError:
                    return stdout_is_gone()
            elif isinstance(event, RunFinished):
                await _tell_end(event, slug, run.request.path)
                code = _EXIT_CODES[event.outcome]
    return code


async def _tell_end(event: RunFinished, slug: str, path: str) -> None:
    if event.result:
        await _write_text(sys.stdout, event.result.rstrip("\n") + "\n")
    if event.outcome == "ok":
        return
    told = ""
    if event.outcome == "raised" and event.error is not None:
        told = format_error(event.error)
    where = place(event.error, path) if event.error is not None else None
    at = f" at {path}:{where[0]}:{where[1]}" if where else ""
    words = event.reason or (f"raised {event.error.type}" if event.error else event.outcome)
    await _write_text(sys.stderr, f"{told}inkstand: {slug}: {words}{at}\n")


async def _report_json(run: Run, slug: str) -> int:
    import json  # which a run without the option does not need

    kept: dict[str, bytearray] = {"stdout": bytearray(), "stderr": bytearray()}
    dropped = {"stdout": 0, "stderr": 0}
    async for event in run.events():
        if isinstance(event, RunOutput):
            room = MAX_JSON_BYTES - len(kept[event.stream])
            kept[event.stream] += event.data[:room]
            dropped[event.stream] += max(len(event.data) - room, 0)
        elif isinstance(event, RunFinished):
            error = event.error
            where = place(error, run.request.path) if error is not None else None
            code = _EXIT_CODES[event.outcome]
            document = json.dumps(
                {
                    "run_id": run.id,
                    "slug": slug,
                    "path": run.request.path,
                    "entrypoint": run.request.entrypoint,
                    "outcome": event.outcome,
                    "exit_code": code,
                    "duration_s": round(event.duration_s, 6),
                    "stdout": kept["stdout"].decode(errors="replace"),
                    "stderr": kept["stderr"].decode(errors="replace"),
                    "dropped_bytes": dropped,
                    "result": event.result,
                    "reason": event.reason,
                    "error": None
                    if error is None
                    else {
                        "summary": summary(error),
                        "type": error.type,
                        "message": error.message,
                        "line": where[0] if where else None,
                        "column": where[1] if where else None,
                        "traceback": format_error(error),
                    },
                },
                indent=2,
                ensure_ascii=False,
            )
            await _write_text(sys.stdout, f"{document}\n")
            return code
    return EXIT_FAILED


async def _write_text(stream: TextIO, text: str) -> None:
    # Not by `print`: it would stop our watchdog, hold the stream's lock and know no EAGAIN.
    await _write(stream, text.encode(stream.encoding, "backslashreplace"))


async def _write(stream: TextIO, data: bytes) -> None:
    # In a thread: a reader that pauses must not stop our watchdog. A thread that is stuck for good
    # is left behind; the process ends without it.
    await anyio.to_thread.run_sync(_write_all, stream.fileno(), data, abandon_on_cancel=True)


def _write_all(fd: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        try:
            rest = rest[os.write(fd, rest) :]
        except BlockingIOError:  # whoever shares the pipe with us has made it non-blocking
            select.select([], [fd], [])
