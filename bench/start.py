"""`inkstand bench start`: from the start of the process to a screen that is of use.

The real command in a real pseudo-terminal, beside two stock Textual apps in the same rounds.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import project
from bench.errors import told_in
from bench.machine import machine_facts
from bench.processes import Budget, environment, inkstand_command, spend
from bench.report import Report
from bench.screen import Screen
from bench.terminal import Terminal

SCRIPTS, POSTS = 1_000, 10_000
ROUNDS = 6
WIDE_ROUNDS = 3
_BUDGET_S = 100
_LONGEST_ROUND_S = 12
_TIMEOUT_S = 20
_SETTLE_S = 0.3
"""Between two programs: kernels of the one before that were just starting end first."""
_NARROW, _WIDE = (80, 24), (120, 40)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the programs run."""

    root: Path
    home: Path
    states: Path
    """Each state directory is a folder in it."""

    def env(self, state: str) -> dict[str, str]:
        return environment(self.home, self.states / state)


def measure() -> Report:
    """Measure; what did not work is in the report's problems."""
    report = Report("start", machine_facts())
    budget = Budget(_BUDGET_S)
    with _place() as place:
        project.make_project(place.root, scripts=SCRIPTS, posts=POSTS)
        with told_in(report.problems):
            _warm_up(place)
            _rounds(report, place, budget)
    _add_figures(report)
    return report


@contextmanager
def _place() -> Iterator[_Place]:
    with tempfile.TemporaryDirectory(prefix="inkstand-bench-") as name:
        folder = Path(name).resolve()
        place = _Place(folder / "project", folder / "home", folder / "states")
        place.home.mkdir()
        yield place


def _warm_up(place: _Place) -> None:
    """Have bytecode written and files read once, unmeasured, and the warm index made."""
    env = place.env("warm")
    rebuild = [inkstand_command(), "rebuild", "--project", str(place.root)]
    spend(rebuild, env=env, cwd=place.home, timeout_s=60)
    unmeasured = Report("warm-up", {})
    _open(unmeasured, place, "warm", "", _NARROW)
    _peer(unmeasured, place, "hello")
    _peer(unmeasured, place, "stock")


def _rounds(report: Report, place: _Place, budget: Budget) -> None:
    for number in range(ROUNDS):
        if not budget.allows(_LONGEST_ROUND_S):
            report.notes.append(f"only {number} of {ROUNDS} rounds fitted into {_BUDGET_S} s")
            return
        _open(report, place, f"cold-{number}", "cold_80x24", _NARROW)
        _peer(report, place, "hello")
        _open(report, place, "warm", "warm_80x24", _NARROW)
        _peer(report, place, "stock")
        if number < WIDE_ROUNDS:
            _open(report, place, f"cold-wide-{number}", "cold_120x40", _WIDE)
            _open(report, place, "warm", "warm_120x40", _WIDE)


def _open(report: Report, place: _Place, state: str, name: str, size: tuple[int, int]) -> None:
    """Open the project once and take the times."""
    argv = [inkstand_command(), "open", str(place.root), "--script", project.OPENED]
    env = place.env(state)
    with Terminal(argv, env=env, cwd=place.home, width=size[0], height=size[1]) as terminal:

        def mark(figure: str, arrived_s: float) -> None:
            report.keep(f"{name}_{figure}_ms", [(arrived_s - terminal.started_s) * 1000])

        mark("skeleton", terminal.until("the first picture", _has_skeleton, _TIMEOUT_S))
        mark("useful", terminal.until("the list of scripts", _has_scripts, _TIMEOUT_S))
        report.keep(f"{name}_useful_cpu_ms", [terminal.cpu_ms()])
        report.keep(f"{name}_useful_bytes", [terminal.bytes_read])
        mark("highlighted", terminal.until("highlighted code", _is_highlighted, _TIMEOUT_S))
        report.keep(f"{name}_highlighted_cpu_ms", [terminal.cpu_ms()])
        mark("counted", terminal.until("the number of posts", _has_post_count, _TIMEOUT_S))
    time.sleep(_SETTLE_S)


def _peer(report: Report, place: _Place, name: str) -> None:
    """Start a stock app once and take the times."""
    argv = [sys.executable, "-m", f"bench.peers.{name}"]
    if name == "stock":
        argv += [str(place.root / "scripts"), project.OPENED]
    with Terminal(argv, env=place.env("peers"), cwd=place.home) as terminal:

        def mark(figure: str, arrived_s: float) -> None:
            report.keep(f"peer_{name}_{figure}_ms", [(arrived_s - terminal.started_s) * 1000])

        if name == "hello":
            mark("useful", terminal.until("its word", _says_hello, _TIMEOUT_S))
        else:
            mark("useful", terminal.until("its tree", _has_neighbour, _TIMEOUT_S))
            mark("highlighted", terminal.until("highlighted code", _is_highlighted, _TIMEOUT_S))
        report.keep(f"peer_{name}_cpu_ms", [terminal.cpu_ms()])
    time.sleep(_SETTLE_S)


def _has_skeleton(screen: Screen) -> bool:
    return screen.has("Filter")


def _has_scripts(screen: Screen) -> bool:
    return _has_neighbour(screen) and screen.has(f"({project.macro_count(SCRIPTS)})")


def _has_neighbour(screen: Screen) -> bool:
    return screen.has(project.NEIGHBOUR)


def _is_highlighted(screen: Screen) -> bool:
    name, text = (screen.colour_of(word) for word in (project.PLAIN_NAME, project.QUOTED_TEXT))
    return name is not None and bool(text) and name != text


def _has_post_count(screen: Screen) -> bool:
    return screen.has(str(POSTS))


def _says_hello(screen: Screen) -> bool:
    return screen.has("Hello")


def _add_figures(report: Report) -> None:
    hello = ("hello", "peer_hello_useful_ms")
    tree = ("stock", "peer_stock_useful_ms")
    code = ("stock", "peer_stock_highlighted_ms")
    for size in ("80x24", "120x40"):
        for state in ("cold", "warm"):
            what, raw = f"{state} index, {size}", f"{state}_{size}"
            report.add(f"first picture, {what}", f"{raw}_skeleton_ms", goal=500, peer=hello)
            report.add(
                f"first useful screen, {what}", f"{raw}_useful_ms", limit=1000, goal=500, peer=tree
            )
            report.add(f"highlighted code, {what}", f"{raw}_highlighted_ms", goal=700, peer=code)
    report.add("all posts counted, cold index, 80x24", "cold_80x24_counted_ms")
    for state in ("cold", "warm"):
        cpu = ("stock", "peer_stock_cpu_ms")
        raw = f"{state}_80x24_highlighted_cpu_ms"
        report.add(f"CPU until highlighted, {state} index, 80x24", raw, peer=cpu)
    report.notes += [
        f"{SCRIPTS} scripts, {POSTS} posts. Peers: Textual's hello world; a Tree of the same "
        "scripts beside a TextArea with the same script.",
        "CPU: user and system time of the screen's process, without its kernels.",
    ]
