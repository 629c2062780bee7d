"""Small soaks: all sorts of scripts end as they have to, and every sort of leak is seen."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from bench import soak
from bench.leaks import descendants, holdings
from bench.soak_scripts import Case, thirds
from engine.kernel.process import Kernel
from engine.kernel.sources import Forks, Source, Spares

held: list[object] = []
"""What a leaking source never lets go of."""


@pytest.fixture(autouse=True)
def same_folder_and_nothing_held() -> Iterator[None]:
    before = Path.cwd(), tempfile.gettempdir(), os.environ["XDG_STATE_HOME"]
    yield
    assert (Path.cwd(), tempfile.gettempdir(), os.environ["XDG_STATE_HOME"]) == before
    held.clear()


@pytest.mark.parametrize("source", [Spares, Forks])
def test_every_sort_of_script_ends_as_it_has_to_and_leaves_nothing(
    source: Callable[[], Source],
) -> None:
    report = soak.measure([("some", source, 6)])
    assert report.problems == []
    assert report.raw["some_left_count"] == [0]
    assert report.raw["some_ok_count"] == report.raw["some_timed_out_count"] == [2]
    assert report.raw["some_rss_after_mb"][0] > 1
    assert report.raw["some_per_s"][0] > 0
    assert "some: things left behind" in [figure.name for figure in report.figures]


def leaking(leak: Callable[[], object]) -> Callable[[], Source]:
    class Leaking(Spares):
        async def start(self) -> Kernel:
            held.append(leak())
            return await super().start()

    return Leaking


def test_open_fds_are_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    few_cases(monkeypatch)
    with ExitStack() as stack:

        def leak() -> None:
            for fd in os.pipe():
                stack.callback(os.close, fd)

        report = soak.measure([("spare", leaking(leak), 3)])
    opened, closed = report.problems
    assert opened.startswith("3 runs in spares left behind: open fds, ")
    assert "pipe:[" in opened
    assert opened.endswith("(pool open)")
    assert closed.endswith("(pool closed)")
    assert report.raw["spare_left_count"][0] > 0


def test_files_are_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    few_cases(monkeypatch)
    report = soak.measure([("spare", leaking(lambda: tempfile.mkdtemp()), 3)])
    assert [words for words in report.problems if "left behind: files: " in words]


def test_what_ends_otherwise_is_a_problem_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    few_cases(monkeypatch)
    wrong = Case("prints", "1 / 0", "ok")
    monkeypatch.setattr(soak, "thirds", lambda folders, mark: ([wrong],))
    report = soak.measure([("spare", Spares, 2)])
    assert report.problems == [
        "2 spare runs of a script that prints ended as raised: division by zero, and not as ok"
    ]
    assert report.raw["spare_left_count"] == [0]


def few_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have one sort of script only: what leaks is the source."""
    monkeypatch.setattr(soak, "thirds", lambda folders, mark: (thirds(folders, mark)[0][:1],))


def test_holdings_tell_what_is_new(tmp_path: Path) -> None:
    own, shared = tmp_path / "own", tmp_path / "shared"
    for folder in (own, shared):
        folder.mkdir()

    def look() -> list[str]:
        return holdings([own], [shared, tmp_path / "missing"], "mark").more_than(before)

    before = holdings([own], [shared], "mark")
    assert look() == []

    (own / "a").mkdir()
    (own / "a" / "b").write_text("")
    (shared / "somebody").write_text("")
    (shared / "mark-1").write_text("")
    (files,) = look()
    assert files == f"files: {own / 'a'}, {own / 'a' / 'b'}, {shared / 'mark-1'}"
    before = holdings([own], [shared], "mark")

    leave = threading.Event()
    thread = threading.Thread(target=leave.wait)
    thread.start()
    assert look() == [f"threads, {before.threads} -> {before.threads + 1}"]
    leave.set()
    thread.join()

    with open(os.devnull) as file:  # noqa: PTH123
        (fds,) = look()
        assert f"{file.fileno()} (/dev/null)" in fds


def test_zombies_and_grandchildren_count(tmp_path: Path) -> None:
    before = holdings([], [], "")
    source = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'input()'], stdin=subprocess.PIPE)\n"
        "print(child.pid, flush=True)\n"
        "input()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", source], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        grandchild = int(process.stdout.readline())
        assert {process.pid, grandchild} <= {*descendants()}
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        words = next(one for one in holdings([], [], "").more_than(before) if "processes" in one)
        assert f"{process.pid} (state Z, no command line)" in words


def test_a_kernel_whose_parent_has_gone_is_found() -> None:
    before = holdings([], [], "")
    # Who starts it leaves at once, and somebody else adopts it.
    source = (
        "import subprocess, sys\n"
        "line = [sys.executable, '-c', 'input() # main.begin()', 'spare', sys.argv[1]]\n"
        "print(subprocess.Popen(line, stdout=subprocess.DEVNULL).pid)\n"
    )
    reading, writing = os.pipe()
    started = subprocess.run(
        [sys.executable, "-c", source, str(os.getpid())],
        stdin=reading,
        stdout=subprocess.PIPE,
        check=True,
    )
    os.close(reading)
    try:
        found = holdings([], [], "").processes
        assert int(started.stdout) in found.keys() - before.processes.keys()
    finally:
        os.close(writing)  # it reads the end, and ends
