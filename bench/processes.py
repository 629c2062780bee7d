"""Whole processes: which programs are measured, in what environment, and what one of them costs."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from bench.errors import BenchError


class Budget:
    """The time that a bench may take; when it is used up, rounds are left out instead."""

    def __init__(self, total_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._end_s = clock() + total_s

    def allows(self, needed_s: float) -> bool:
        """Tell whether so much time is left."""
        return self._clock() + needed_s <= self._end_s


@dataclass(frozen=True, slots=True)
class Spent:
    """What a process took."""

    wall_ms: float
    cpu_ms: float
    """User and system time, its children's that it waited for included."""
    peak_mb: float
    """The most memory it had; never below what this process had when it started it."""


def inkstand_command() -> str:
    """Return the path of the installed command.

    Raises:
        BenchError: It is not installed beside this interpreter.
    """
    path = Path(sys.executable).with_name("inkstand")
    if not path.is_file():
        raise BenchError(
            f"{path} is missing: install Inkstand into the environment of {path.parent}"
        )
    return str(path)


def environment(home: Path, state_dir: Path) -> dict[str, str]:
    """Return a small environment: nothing of the person's own gets into what is measured.

    Above all not PYTHONDONTWRITEBYTECODE, NO_COLOR, COLORTERM, SSH_CONNECTION.

    Args:
        home: A folder that holds nothing.
        state_dir: Where the program shall keep its index.
    """
    return {
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PATH": os.environ.get("PATH", os.defpath),
        "TERM": "xterm-256color",
        "XDG_STATE_HOME": str(state_dir),
    }


def spend(
    argv: Sequence[str], *, env: Mapping[str, str], cwd: Path, timeout_s: float = 20
) -> Spent:
    """Run a program to its end and tell what it took.

    Raises:
        BenchError: It took too long or did not end well; with what it wrote to stderr.
    """
    name = " ".join(argv)
    with tempfile.TemporaryFile() as errors:
        started_s = time.perf_counter()
        process = subprocess.Popen(
            argv,
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
        )
        # `Popen.wait` with a timeout looks only every few milliseconds.
        pidfd = os.pidfd_open(process.pid)
        try:
            has_ended = bool(select.select([pidfd], [], [], timeout_s)[0])
            ended_s = time.perf_counter()
        finally:
            os.close(pidfd)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        said = errors.read(2000).decode(errors="replace").strip()
    if not has_ended:
        raise BenchError(f"{name} did not end within {timeout_s:g} s. {said}".rstrip())
    if process.returncode != 0:
        raise BenchError(f"{name} ended with exit code {process.returncode}. {said}".rstrip())
    cpu_ms = (usage.ru_utime + usage.ru_stime) * 1000
    return Spent((ended_s - started_s) * 1000, cpu_ms, usage.ru_maxrss * 1024 / 1e6)


def time_first_byte(
    argv: Sequence[str], *, env: Mapping[str, str], cwd: Path, timeout_s: float = 20
) -> float:
    """Run a program and wait for its end.

    Returns:
        The milliseconds until the first byte of its output had come.

    Raises:
        BenchError: It wrote nothing, or took too long.
    """
    started_s = time.perf_counter()
    with subprocess.Popen(
        argv, env=dict(env), cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        ready, _, _ = select.select([process.stdout], [], [], timeout_s)
        first = os.read(process.stdout.fileno(), 1) if ready else b""
        arrived_s = time.perf_counter()
        if not first:
            process.kill()
            raise BenchError(f"{' '.join(argv)} wrote nothing within {timeout_s:g} s")
    return (arrived_s - started_s) * 1000


def processes_per_s(
    argv: Sequence[str], at_once: int, duration_s: float, *, env: Mapping[str, str], cwd: Path
) -> float:
    """Run a program as often as possible.

    Args:
        argv: The program.
        at_once: How many of it run at a time.
        duration_s: How long to go on.
        env: Its environment.
        cwd: Its folder.

    Returns:
        How many ended in a second.

    Raises:
        BenchError: One did not end well.
    """
    started_s = time.perf_counter()

    def keep_running(_: int) -> int:
        count = 0
        while time.perf_counter() - started_s < duration_s:
            spend(argv, env=env, cwd=cwd)
            count += 1
        return count

    with ThreadPoolExecutor(at_once) as threads:
        count = sum(threads.map(keep_running, range(at_once)))
    return count / (time.perf_counter() - started_s)
