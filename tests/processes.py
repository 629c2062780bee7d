"""The installed `inkstand` command as a real process, and what is left of it afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

INKSTAND = Path(sys.executable).parent / "inkstand"
"""The command as `pip install` puts it beside the interpreter."""

DEADLINE_S = 30.0
"""How long anything may take that should happen at once; only a failing test waits that long."""


def run_inkstand(
    *arguments: str | Path,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: str | None = None,
    wrapper: Iterable[str] = (),
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end.

    Args:
        arguments: Those behind its name.
        cwd: Where it stands.
        env: Variables that differ from the test's own; an empty value is an empty variable.
        stdin: What it can read; None for an empty file.
        wrapper: A command in front that starts it.
    """
    return subprocess.run(
        [*wrapper, str(INKSTAND), *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        input=stdin or "",
        capture_output=True,
        text=True,
        timeout=DEADLINE_S * 2,
        check=False,
    )


def wait_until(is_so: Callable[[], object], what: str, deadline_s: float = DEADLINE_S) -> None:
    """Look until something is so; for what other processes do, which tell no event.

    Raises:
        AssertionError: It is not so when the deadline has passed.
    """
    end = time.monotonic() + deadline_s
    while not is_so():
        assert time.monotonic() < end, f"not within {deadline_s:g} s: {what}"
        time.sleep(0.01)


Identity = tuple[int, str]
"""A process's id and the moment it was started: ids are used again."""


def descendants(pid: int) -> set[Identity]:
    """Return the processes that a process and its children have started."""
    found: set[Identity] = set()
    waiting = [pid]
    while waiting:
        parent = waiting.pop()
        for listing in Path(f"/proc/{parent}/task").glob("*/children"):
            with suppress(OSError):
                for child in map(int, listing.read_text().split()):
                    if (started := _start_time(child)) is not None:
                        found.add((child, started))
                        waiting.append(child)
    return found


def alive(processes: Iterable[Identity]) -> set[Identity]:
    """Return those of the processes that still run; a zombie does not."""
    return {(pid, started) for pid, started in processes if _start_time(pid) == started}


def _start_time(pid: int) -> str | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    state, *fields = text.rpartition(")")[2].split()
    return None if state in "ZX" else fields[18]


def end(process: subprocess.Popen[str]) -> None:
    """End a process and what it has started, whatever state it is in; for tearing down."""
    family = descendants(process.pid)
    if process.poll() is None:
        process.kill()
    process.wait(DEADLINE_S)
    for pid, _ in alive(family):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            with suppress(BrokenPipeError):
                stream.close()
