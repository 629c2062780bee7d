"""`inkstand run`: one script, its output passed on, its outcome as the exit code.

What the script says goes to a terminal in the end, so it is filtered, piped or not; see
`engine.kernel.terminal_text`.

A script without work is back within 250 ms, all told. So the kernel is started before the project's
modules are imported: it imports its own on the other core meanwhile (340 -> 250 ms).
"""

from __future__ import annotations

import argparse
import contextlib
import os
import select
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import anyio
import anyio.lowlevel
import anyio.to_thread

from engine.kernel.events import Outcome, RunFinished, RunOutput
from engine.kernel.pool import Pool
from engine.kernel.terminal_text import RESET, TerminalFilter, filtered
from engine.kernel.traceback import format_error, place, summary
from tui.commands.exit_codes import EXIT_FAILED, EXIT_OK, EXIT_STOPPED, EXIT_TIMED_OUT
from tui.commands.person import TerminalPerson
from tui.commands.printing import as_json, fit, stdout_is_gone, tell_notices

if TYPE_CHECKING:
    from engine.kernel.run import Run
    from engine.kernel.spill import Spill

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
        `json`, `raw`, `args`, `dry_run`, `unsandboxed` and `yes`.

    Returns:
        The command's exit code.
    """
    async with Pool(1, is_refilled=False, packages=_packages(options.project)) as pool:
        await anyio.lowlevel.checkpoint()  # lets the kernel start
        from engine.workspace import open_workspace
        from store.project import find_root
        from tui.commands.unsandboxed import settle

        root = find_root(options.project)
        async with open_workspace(root, pool=pool) as workspace:
            tell_notices(workspace)
            await settle(workspace, is_wanted=options.unsandboxed, is_agreed=options.yes)
            script = await workspace.find_script(options.slug)
            run = await workspace.runs.start(
                script,
                entrypoint=options.entrypoint,
                timeout_s=options.timeout,
                args=options.args,
                voice=TerminalPerson(),
                is_dry=options.dry_run,
            )
            code = EXIT_STOPPED  # unless the report comes to its end
            async with anyio.create_task_group() as group:
                group.start_soon(_stop_on_signals, run, options.slug, group.cancel_scope)
                if options.json:
                    code = await _report_json(
                        run,
                        options.slug,
                        lambda: workspace.project.state_dir / "output",
                        lambda: workspace.runs.shown_changes(run),
                        is_raw=options.raw,
                    )
                else:
                    code = await _pass_on(run, options.slug, is_raw=options.raw)
                    changes = workspace.runs.shown_changes(run)
                    await _tell_changes(changes, options.slug, is_dry=options.dry_run)
                group.cancel_scope.cancel()
    return code


def _packages(start: Path | None) -> str:
    """Return where the project's scripts have packages of their own; empty for nowhere.

    Its kernel starts before anything is imported that knows projects: without such a file there is
    only a look into each folder above.
    """
    try:
        place = Path.cwd() / (start or "")
        if not any((one / "scripts/requirements.txt").exists() for one in (place, *place.parents)):
            return ""
    except OSError:  # which is told where the project is looked for
        return ""
    from store.environments import packages_of
    from store.project import find_root, open_project

    return packages_of(open_project(find_root(start)))


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


class _AsItIs(TerminalFilter):
    """What `--raw` asks for."""

    def feed(self, data: bytes) -> bytes:
        return data


async def _pass_on(run: Run, slug: str, *, is_raw: bool) -> int:
    outputs = {"stdout": sys.stdout, "stderr": sys.stderr}
    filters = {name: _AsItIs() if is_raw else TerminalFilter() for name in outputs}
    code = EXIT_FAILED
    # Closed when this is given up: the run must not wait for us to read on.
    async with aclosing(run.events()) as events:
        async for event in events:
            try:
                if isinstance(event, RunOutput):
                    await _write(outputs[event.stream], filters[event.stream].feed(event.data))
                elif isinstance(event, RunFinished):
                    for name, last in filters.items():
                        # A colour that is left on would colour, or hide, what comes next.
                        rest = last.finish() + (RESET if last.is_coloured else b"")
                        await _write(outputs[name], rest)
                    await _tell_end(event, slug, run.request.path)
                    code = _EXIT_CODES[event.outcome]
            except BrokenPipeError:
                return stdout_is_gone()
    return code


async def _tell_end(event: RunFinished, slug: str, path: str) -> None:
    if event.result:
        await _write_text(sys.stdout, _words(event.result.rstrip("\n")) + "\n")
    if event.outcome == "ok":
        return
    told = ""
    if event.outcome == "raised" and event.error is not None:
        told = _words(format_error(event.error))
    where = place(event.error, path) if event.error is not None else None
    at = f" at {path}:{where[0]}:{where[1]}" if where else ""
    words = event.reason or (f"raised {event.error.type}" if event.error else event.outcome)
    await _write_text(sys.stderr, f"{told}{fit(f'inkstand: {slug}: {words}{at}')}\n")


def _words(text: str) -> str:
    """Filter what is a script's as well: its results and errors."""
    text = filtered(text)
    return text + RESET.decode() if "\x1b" in text else text


async def _tell_changes(changes: Mapping[str, list[str]], slug: str, *, is_dry: bool) -> None:
    """List what the script wrote, or would have written."""
    would = "would have " if is_dry else ""
    lines = [
        fit(f"inkstand: {slug}: {would}{action} {path}")
        for action, paths in changes.items()
        for path in paths
    ]
    if lines:
        with contextlib.suppress(BrokenPipeError):
            await _write_text(sys.stderr, "\n".join([*lines, ""]))


async def _report_json(
    run: Run,
    slug: str,
    folder: Callable[[], Path],
    changes: Callable[[], Mapping[str, list[str]]],
    *,
    is_raw: bool,
) -> int:
    from engine.kernel.output import KeptStream  # which a run without the option does not need
    from engine.kernel.spill import Spill

    spill = Spill(folder, run.id)
    streams = {
        name: KeptStream(run.request.limits.output_bytes, spill, is_raw=is_raw)
        for name in ("stdout", "stderr")
    }
    async for event in run.events():
        if isinstance(event, RunOutput):
            streams[event.stream].add(event.data)
            if spill.is_due:
                await spill.write()
        elif isinstance(event, RunFinished):
            for stream in streams.values():
                stream.finish()
            await spill.close()
            code = _EXIT_CODES[event.outcome]
            document = as_json(
                {
                    "run_id": run.id,
                    "slug": slug,
                    "path": run.request.path,
                    "entrypoint": run.request.entrypoint,
                    "outcome": event.outcome,
                    "exit_code": code,
                    "duration_s": round(event.duration_s, 6),
                    **{
                        name: kept.read().decode(errors="replace") for name, kept in streams.items()
                    },
                    "dropped_bytes": {name: kept.dropped_bytes for name, kept in streams.items()},
                    "spilled": _spilled(spill),
                    "result": filtered(event.result),
                    "reason": filtered(event.reason),
                    "error": _error_data(event, run.request.path),
                    "changes": changes(),
                }
            )
            await _write_text(sys.stdout, f"{document}\n")
            return code
    return EXIT_FAILED


def _spilled(spill: Spill) -> dict[str, object] | None:
    if spill.path is None and not spill.reason:
        return None
    return {
        "path": None if spill.path is None else str(spill.path),
        "bytes": spill.written_bytes,
        "problem": spill.reason,
    }


def _error_data(event: RunFinished, path: str) -> dict[str, object] | None:
    error = event.error
    if error is None:
        return None
    where = place(error, path)
    return {
        "summary": filtered(summary(error)),
        "type": filtered(error.type),
        "message": filtered(error.message),
        "line": where[0] if where else None,
        "column": where[1] if where else None,
        "traceback": filtered(format_error(error)),
    }


async def _write_text(stream: TextIO, text: str) -> None:
    # Not by `print`: it would stop our watchdog, hold the stream's lock and know no EAGAIN.
    await _write(stream, text.encode(stream.encoding, "backslashreplace"))


async def _write(stream: TextIO, data: bytes) -> None:
    if not data:  # all of it was filtered out, or is held back
        return
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
