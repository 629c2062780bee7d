"""`inkstand run`: one script, its output passed through, its outcome as the exit code.

A script without work is back within 250 ms, all told. So the kernel is started before the project's
modules are imported: it imports its own on the other core meanwhile (340 -> 250 ms).
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

import anyio
import anyio.lowlevel
import anyio.to_thread

from engine.kernel.events import Outcome, RunFinished, RunOutput
from engine.kernel.pool import Pool
from engine.kernel.traceback import format_error, place, summary
from tui.commands.exit_codes import EXIT_FAILED, EXIT_OK, EXIT_STOPPED, EXIT_TIMED_OUT
from tui.commands.printing import print_json, stdout_is_gone, tell_notices

if TYPE_CHECKING:
    from engine.kernel.run import Run

MAX_JSON_BYTES = 16 * 1024 * 1024
"""Of each stream; what is beyond is counted, not kept."""

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
            async with anyio.create_task_group() as group:
                group.start_soon(_stop_on_signals, run)
                report = _report_json if options.json else _pass_through
                code = await report(run, options.slug)
                group.cancel_scope.cancel()
    return code


async def _stop_on_signals(run: Run) -> None:
    """Ctrl+C, a closed terminal and a polite kill stop the script; the second one at once."""
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM, signal.SIGHUP) as signals:
        async for _ in signals:
            run.stop()


async def _pass_through(run: Run, slug: str) -> int:
    streams = {"stdout": sys.stdout.fileno(), "stderr": sys.stderr.fileno()}
    code = EXIT_FAILED
    async for event in run.events():
        if isinstance(event, RunOutput):
            try:
                # In a thread: a reader that pauses must not stop our watchdog.
                await anyio.to_thread.run_sync(_write_all, streams[event.stream], event.data)
            except BrokenPipeError:
                return stdout_is_gone()
        elif isinstance(event, RunFinished):
            _tell_end(event, slug, run.request.path)
            code = _EXIT_CODES[event.outcome]
    return code


def _tell_end(event: RunFinished, slug: str, path: str) -> None:
    if event.result:
        print(event.result.rstrip("\n"), flush=True)
    if event.outcome == "ok":
        return
    if event.outcome == "raised" and event.error is not None:
        sys.stderr.write(format_error(event.error))
    where = place(event.error, path) if event.error is not None else None
    at = f" at {path}:{where[0]}:{where[1]}" if where else ""
    words = event.reason or (f"raised {event.error.type}" if event.error else event.outcome)
    print(f"inkstand: {slug}: {words}{at}", file=sys.stderr)


async def _report_json(run: Run, slug: str) -> int:
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
            print_json(
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
                }
            )
            return code
    return EXIT_FAILED


def _write_all(fd: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(fd, rest) :]
