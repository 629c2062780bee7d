"""A part of `inkstand bench api`: a buffer that a script fills and the host reads, by their memory.

What is shared is there once: both sides have all of it resident, and their proportional shares add
up to its size, where a copy would make it twice that.
"""

from __future__ import annotations

import os
import time
import zlib
from collections.abc import Collection
from contextlib import aclosing

import anyio.to_thread

from bench import project
from bench.engine_runs import words_of
from bench.errors import BenchError, told_in
from bench.memory import pss_mb, rss_mb
from bench.report import Report
from engine.api.session import Silence
from engine.workspace import Workspace

BYTES = 64 * 1024 * 1024
_NAME = "bench"
_TIMEOUT_S = 60

_FILLS = f"""
import os
import time

import app

input(f"begun {{os.getpid()}} 0")
began_s = time.perf_counter()
buffer = app.buffers.create({_NAME!r}, {BYTES}, replace=True)
input(f"made {{os.getpid()}} {{time.perf_counter() - began_s}}")
began_s = time.perf_counter()
piece = bytes(range(256)) * 4096
view = memoryview(buffer).cast("B")
for at in range(0, {BYTES}, len(piece)):
    view[at : at + len(piece)] = piece
input(f"filled {{os.getpid()}} {{time.perf_counter() - began_s}}")
"""


class _Watch(Silence):
    """Looks at both sides whenever the script asks a question, which waits meanwhile."""

    def __init__(self, report: Report, workspace: Workspace) -> None:
        self._report = report
        self._workspace = workspace
        self._before: dict[str, float] = {}
        self.problems: list[str] = []

    async def read_line(self, prompt: str) -> str | None:
        """Take the memory that there is at a step, and at the last read the buffer.

        Returns:
            None to end the script, when something cannot be measured.
        """
        step, pid, took_s = prompt.split()
        with told_in(self.problems):
            if step == "begun":
                self._before = _memory(int(pid))
                return ""
            self._report.keep(f"buffer_{step}_ms", [float(took_s) * 1000])
            if step == "filled":
                await anyio.to_thread.run_sync(self._read, int(pid))
        return None if self.problems else ""

    async def choose(self, question: str, options: Collection[str]) -> str | None:
        """Choose nothing; nobody asks."""
        return None

    def _read(self, kernel: int) -> None:
        with self._workspace.runs.buffers.get(_NAME).view() as view:
            began_s = time.perf_counter()
            checksum = zlib.crc32(view)
            took_ms = (time.perf_counter() - began_s) * 1000
            grown = {name: mb - self._before[name] for name, mb in _memory(kernel).items()}
        if checksum != zlib.crc32(bytes(range(256)) * (BYTES // 256)):
            raise BenchError("the host reads something else than the script has written")
        self._report.keep("buffer_read_ms", [took_ms])
        self._report.keep("buffer_kernel_mb", [grown["kernel_rss"]])
        self._report.keep("buffer_host_mb", [grown["host_rss"]])
        self._report.keep("buffer_both_mb", [grown["kernel_pss"] + grown["host_pss"]])


def _memory(kernel: int) -> dict[str, float]:
    return {
        "kernel_rss": rss_mb(kernel),
        "kernel_pss": pss_mb(kernel),
        "host_rss": rss_mb(),
        "host_pss": pss_mb(os.getpid()),
    }


async def measure_buffer(report: Report, workspace: Workspace) -> None:
    """Have a script fill a buffer, and read it here.

    Raises:
        BenchError: The script did not end well, or the memory of kernels cannot be looked at.
    """
    watch = _Watch(report, workspace)
    run = await workspace.runs.start(
        await workspace.find_script(project.EMPTY),
        source=_FILLS.encode(),
        timeout_s=_TIMEOUT_S,
        voice=watch,
    )
    async with aclosing(run.events()) as events:
        async for _ in events:
            pass
    if watch.problems:
        raise BenchError(watch.problems[0])
    if run.finished is None or run.finished.outcome != "ok":
        words = words_of(run.finished) if run.finished is not None else "nothing"
        raise BenchError(f"a script that fills a buffer ended as {words}")


def add_figures(report: Report) -> None:
    """Add what was measured, where it was."""
    size_mb = BYTES / 1e6
    what = f"a buffer of {BYTES >> 20} MiB"
    report.add(f"{what}: made by a script", "buffer_made_ms")
    report.add(f"{what}: filled by it", "buffer_filled_ms")
    report.add(f"{what}: read by the host, with a checksum", "buffer_read_ms")
    report.add(f"{what}: memory of the script's process grows, RSS", "buffer_kernel_mb")
    report.add(f"{what}: memory of the host grows, RSS", "buffer_host_mb")
    both = f"{what}: memory of both together grows, PSS"
    report.add(both, "buffer_both_mb", goal=round(1.1 * size_mb))
