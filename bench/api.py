"""`inkstand bench api`: scripts in sandboxed kernels that ask an open project of 10,000 posts.

Timed inside the scripts, beside plain sqlite3 on the same index and a `multiprocessing` pipe in the
same rounds. How the index is made, and how fast it is alone, is `bench store`'s.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio
import anyio.to_thread

from bench import buffers, content, project
from bench.engine_runs import collecting, filled, words_of
from bench.errors import BenchError, told_in
from bench.machine import machine_facts
from bench.processes import environment, inkstand_command
from bench.report import Report, percentile
from engine.kernel.events import RunOutput
from engine.kernel.kernels import WARM_SPARES
from engine.kernel.pool import Pool
from engine.workspace import Workspace, open_workspace

_TIMEOUT_S = 60
_SCRIPT = "bench_first_call"
_WORDS = (content.RARE_WORD, content.COMMON_WORD)
_MEDIA = 100


@dataclass(frozen=True, slots=True)
class Amount:
    """How much is measured."""

    posts: int = 10_000
    rounds: int = 5
    calls: int = 2_000
    """Of a round, one after the other in one run."""
    gets: int = 200
    """Posts read one by one, of a round."""
    runs: int = 30
    """Of each sort that does little or nothing."""
    commands: int = 5
    """Whole processes that make one call."""
    buffers: int = 3
    """Large ones, one after the other."""


_BEGIN = """
import json
import time

measured = {}

def timed(name, work, *given):
    began_ns = time.perf_counter_ns()
    found = work(*given)
    measured.setdefault(name, []).append((time.perf_counter_ns() - began_ns) / 1000)
    return found

import app
"""
_END = "\nprint(json.dumps(measured))\n"

_FIRST = "timed('first', app.project.get)\n"
_CALLS = """
app.project.get()
for number in range({calls}):
    timed('call', app.project.get)
"""
_GETS = """
slugs = [post.slug for post in app.posts.iter(fields=['slug'])]
assert len(slugs) == {posts}, len(slugs)
app.posts.get(slugs[0])
for number in range({gets}):
    slug = slugs[number * 7919 % len(slugs)]
    assert timed('get', app.posts.get, slug).slug == slug
"""
_SEARCHES = """
for word in {words}:
    assert timed('search_' + word, app.posts.search, word)
"""
_ITERATES = """
def read(fields):
    size = 0
    for post in app.posts.iter(fields=fields):
        size += 1
    return size

app.project.get()
assert timed('iter', read, ['slug', 'title', 'tags']) == {posts}
assert timed('iter_body', read, ['slug', 'body']) == {posts}
"""
_LITTLE = {
    "nothing": "",
    "import": "import app\n",
    "one_call": "import app\napp.project.get()\n",
}
"""Runs by what they do with the API."""


def measure(amount: Amount = Amount()) -> Report:
    """Measure; what did not work is in the report's problems."""
    report = Report("api", machine_facts())
    with told_in(report.problems), collecting(), _place() as root:
        project.make_project(root, scripts=0, posts=0)
        content.add_content(root, posts=amount.posts, media=min(_MEDIA, amount.posts))
        anyio.run(_measure_in, report, root, amount)
    _add_figures(report, amount)
    return report


@contextmanager
def _place() -> Iterator[Path]:
    """Give a folder for a project; what Inkstand keeps about it lies beside it meanwhile."""
    before = os.environ.get("XDG_STATE_HOME")
    with tempfile.TemporaryDirectory(prefix="inkstand-bench-") as name:
        folder = Path(name).resolve()
        (folder / "home").mkdir()
        os.environ["XDG_STATE_HOME"] = str(folder / "state")
        try:
            yield folder / "project"
        finally:
            os.environ.pop("XDG_STATE_HOME")
            if before is not None:
                os.environ["XDG_STATE_HOME"] = before


async def _measure_in(report: Report, root: Path, amount: Amount) -> None:
    async with Pool(WARM_SPARES) as pool, open_workspace(root, pool=pool) as workspace:
        await workspace.catalog.rebuild()
        body = f"{_BEGIN}{_FIRST}{_END}"
        await workspace.create_script("Bench first call", "utility", body, slug=_SCRIPT)
        runs = _Runs(workspace, pool)
        await runs.measured(report, _FIRST)  # unmeasured: imports
        report.raw.clear()
        for _ in range(amount.rounds):
            await _ask_round(report, runs, amount)
        for _ in range(amount.runs):
            for name, source in _LITTLE.items():
                ended_ms, cpu_ms = await runs.time(source)
                report.keep(f"run_{name}_ms", [ended_ms])
                report.keep(f"run_{name}_cpu_ms", [cpu_ms])
        for _ in range(amount.buffers):
            await filled(pool, WARM_SPARES)
            with told_in(report.problems):  # which takes looking into kernels
                await buffers.measure_buffer(report, workspace)
    for _ in range(amount.commands):
        report.keep("first_of_command_ms", [await anyio.to_thread.run_sync(_first_call_ms, root)])


async def _ask_round(report: Report, runs: _Runs, amount: Amount) -> None:
    """Ask everything once by each, in turn."""
    await runs.measured(report, _FIRST)
    await runs.measured(report, _CALLS.format(calls=amount.calls))
    root = runs.workspace.project.root
    times_us = json.loads(await _peer(root, "pipe", str(amount.calls)))
    _keep(report, {"pipe": times_us})
    await runs.measured(report, _GETS.format(posts=amount.posts, gets=amount.gets))
    await runs.measured(report, _SEARCHES.format(words=_WORDS))
    await runs.measured(report, _ITERATES.format(posts=amount.posts))
    index_path = str(runs.workspace.project.index_path)
    asked = await _peer(root, "questions", index_path, str(amount.gets), *_WORDS)
    _keep(report, json.loads(asked), "sqlite_")


def _keep(report: Report, measured_us: dict[str, list[float]], prefix: str = "") -> None:
    for name, times in measured_us.items():
        if name in ("call", "pipe"):
            report.keep(f"{name}_us", times)
            # Of each run: others on the machine spoil one of them, and not the median of all.
            report.keep(f"{name}_p99_us", [percentile(times, 99)])
        else:
            report.keep(f"{prefix}{name}_ms", [one / 1000 for one in times])


@dataclass(frozen=True, slots=True)
class _Runs:
    """Runs of scripts in an open project, each with a kernel that is warm."""

    workspace: Workspace
    pool: Pool

    async def measured(self, report: Report, source: str) -> None:
        """Run a script and keep what it has measured.

        Raises:
            BenchError: It did not end well.
        """
        printed, _ = await self._run(f"{_BEGIN}{source}{_END}")
        _keep(report, json.loads(printed))

    async def time(self, source: str) -> tuple[float, float]:
        """Run a script.

        Returns:
            The milliseconds from the request to the last event, and the kernel's CPU time in
            milliseconds, its start included.

        Raises:
            BenchError: It did not end well.
        """
        await filled(self.pool, WARM_SPARES)
        asked_s = time.perf_counter()
        _, cpu_ms = await self._run(source)
        return (time.perf_counter() - asked_s) * 1000, cpu_ms

    async def _run(self, source: str) -> tuple[bytes, float]:
        await filled(self.pool, WARM_SPARES)
        script = await self.workspace.find_script(project.EMPTY)
        run = await self.workspace.runs.start(
            script, source=source.encode(), timeout_s=_TIMEOUT_S, voice=None
        )
        printed = b""
        async with aclosing(run.events()) as events:
            async for event in events:
                if isinstance(event, RunOutput):
                    printed += event.data
        if run.finished is None or run.finished.outcome != "ok":
            words = words_of(run.finished) if run.finished is not None else "nothing"
            raise BenchError(f"a script that uses the API ended as {words}")
        return printed, run.finished.cpu_s * 1000


async def _peer(root: Path, name: str, *arguments: str) -> str:
    command = [sys.executable, "-m", f"bench.peers.{name}", *arguments]
    return await anyio.to_thread.run_sync(_output_of, command, root)


def _first_call_ms(root: Path) -> float:
    """Run a script by the command; return how long its first call took, measured in the script."""
    printed = _output_of([inkstand_command(), "run", "--project", str(root), _SCRIPT], root)
    return float(json.loads(printed)["first"][0]) / 1000


def _output_of(command: Sequence[str], root: Path) -> str:
    """Run a program to its end and return what it wrote.

    Raises:
        BenchError: It did not end well; with what it wrote to stderr.
    """
    try:
        done = subprocess.run(
            command,
            env=environment(root.parent / "home", root.parent / "state"),
            cwd=root,
            capture_output=True,
            text=True,
            check=True,
            timeout=_TIMEOUT_S,
        )
    except subprocess.CalledProcessError as error:
        raise BenchError(f"{' '.join(command)} failed: {error.stderr.strip()}") from error
    except subprocess.TimeoutExpired as error:
        raise BenchError(f"{' '.join(command)} did not end within {_TIMEOUT_S} s") from error
    return done.stdout


def _add_figures(report: Report, amount: Amount) -> None:
    what = "a call that does nearly nothing"
    report.add(what, "call_us", goal=120, peer=("pipe", "pipe_us"))
    report.add(f"{what}, p99 of a run", "call_p99_us", goal=1500, peer=("pipe", "pipe_p99_us"))
    report.add("app.posts.get", "get_ms", peer=("sqlite3", "sqlite_get_ms"))
    report.add("app.posts.get", "get_ms", 95)
    for word, what in zip(_WORDS, ("rare", "common"), strict=True):
        peer = ("sqlite3", f"sqlite_search_{word}_ms")
        report.add(f"app.posts.search for a {what} word", f"search_{word}_ms", peer=peer)
    all_posts = f"{amount.posts} posts by app.posts.iter"
    peer = ("sqlite3", "sqlite_iter_ms")
    report.add(f"{all_posts}, slug, title, tags", "iter_ms", goal=150, peer=peer)
    peer = ("sqlite3", "sqlite_iter_body_ms")
    report.add(f"{all_posts}, slug and body", "iter_body_ms", peer=peer)
    report.add("first call of a run", "first_ms")
    report.add("first call in a fresh `inkstand run`", "first_of_command_ms")
    for name, what in (
        ("nothing", "a run without app"),
        ("import", "a run that imports app"),
        ("one_call", "a run that makes one call"),
    ):
        for words, unit in (("-> finished", "ms"), ("-> CPU of the kernel", "cpu_ms")):
            without = None if name == "nothing" else ("without", f"run_nothing_{unit}")
            report.add(f"{what} {words}", f"run_{name}_{unit}", peer=without)
    buffers.add_figures(report)
    report.notes += [
        f"{amount.posts} posts of 2.8 KB, one open project, sandboxed kernels; calls are timed in "
        "the script, runs from the request to the last event.",
        "Peers: a message of the same size over a multiprocessing pipe and back; the same "
        "questions by plain sqlite3 on the same index, in a process without a sandbox.",
    ]
