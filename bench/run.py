"""`inkstand bench run`: from key or command to the script's first line.

Two views of one thing: on the screen, and `inkstand run` as a whole process. The third, the engine
alone, is `inkstand bench kernel`.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from bench import project
from bench.errors import told_in
from bench.machine import machine_facts
from bench.processes import Budget, environment, inkstand_command, spend
from bench.report import Report
from bench.screen import Screen
from bench.terminal import Terminal

SCRIPTS, POSTS = 1_000, 100
KEY_ROUNDS, COMMAND_ROUNDS = 40, 20
_BUDGET_S = 100
_TIMEOUT_S = 10
_PAUSE_S = 0.3
"""Between a run's end and the next key: no person is faster, and the pool fills up."""
_F5 = b"\x1b[15~"


def measure() -> Report:
    """Measure; what did not work is in the report's problems."""
    report = Report("run", machine_facts())
    budget = Budget(_BUDGET_S)
    with tempfile.TemporaryDirectory(prefix="inkstand-bench-") as name:
        folder = Path(name).resolve()
        root, home = folder / "project", folder / "home"
        home.mkdir()
        project.make_project(root, scripts=SCRIPTS, posts=POSTS)
        env = environment(home, folder / "state")
        for part in (_time_command, _time_key):
            with told_in(report.problems):
                part(report, root, env, budget)
    _add_figures(report)
    return report


def _time_command(report: Report, root: Path, env: dict[str, str], budget: Budget) -> None:
    """Whole processes, in turn with their peers."""
    python = sys.executable
    commands = {
        "command_empty": [inkstand_command(), "run", "--project", str(root), project.EMPTY],
        "peer_python": [python, "-c", "print(1)"],
        "peer_anyio": [python, "-c", "import anyio"],
    }
    for argv in commands.values():
        spend(argv, env=env, cwd=root)  # unmeasured: bytecode is written
    for number in range(COMMAND_ROUNDS):
        if not budget.allows(_TIMEOUT_S):
            report.notes.append(f"only {number} of {COMMAND_ROUNDS} rounds of commands fitted in")
            return
        for name, argv in commands.items():
            spent = spend(argv, env=env, cwd=root)
            report.keep(f"{name}_ms", [spent.wall_ms])
            report.keep(f"{name}_cpu_ms", [spent.cpu_ms])


def _time_key(report: Report, root: Path, env: dict[str, str], budget: Budget) -> None:
    """Press the run key again and again, and wait for what the script prints."""
    argv = [inkstand_command(), "open", str(root), "--script", project.PRINTER]
    with Terminal(argv, env=env, cwd=root) as terminal:
        terminal.until("the opened script", _has_opened, 2 * _TIMEOUT_S)
        terminal.until("the number of posts", _has_post_count, 2 * _TIMEOUT_S)
        terminal.watch(1.0)
        _press_once(terminal)  # unmeasured: the output comes to the front, imports are made
        for number in range(KEY_ROUNDS):
            if not budget.allows(_TIMEOUT_S):
                report.notes.append(f"only {number} of {KEY_ROUNDS} presses of the key fitted in")
                return
            before = terminal.bytes_read
            report.keep("key_ms", [_press_once(terminal) * 1000])
            report.keep("key_bytes", [terminal.bytes_read - before])


def _press_once(terminal: Terminal) -> float:
    """Press the run key; return the seconds until the printed line is on the screen."""
    pressed_at_s = time.time()

    def has_printed(screen: Screen) -> bool:
        return _row_of_token(screen, pressed_at_s) is not None

    def has_finished(screen: Screen) -> bool:
        row = _row_of_token(screen, pressed_at_s)
        return row is not None and any("finished" in line for line in screen.lines[row:])

    pressed_s = terminal.press(_F5)
    printed_s = terminal.until("what the script prints", has_printed, _TIMEOUT_S)
    terminal.until("the end of the run", has_finished, _TIMEOUT_S)
    terminal.watch(_PAUSE_S)
    return printed_s - pressed_s


def _row_of_token(screen: Screen, since_s: float) -> int | None:
    tokens = project.printed_tokens(since_s, time.time())
    return next(
        (
            row
            for row, line in enumerate(screen.lines)
            if any(token in line for token in tokens) and '"' not in line
        ),
        None,
    )


def _has_opened(screen: Screen) -> bool:
    return screen.has("characters")


def _has_post_count(screen: Screen) -> bool:
    return screen.has(f"{POSTS} posts")


def _add_figures(report: Report) -> None:
    python, with_anyio = ("python", "peer_python_ms"), ("import anyio", "peer_anyio_ms")
    report.add("run key -> first line on the screen", "key_ms", peer=python)
    report.add("run key -> first line on the screen", "key_ms", 95, goal=50, peer=python)
    report.add("inkstand run empty", "command_empty_ms", 0, limit=250, peer=with_anyio)
    report.add("inkstand run empty", "command_empty_ms", limit=250, peer=with_anyio)
    report.add("inkstand run empty", "command_empty_ms", 95, limit=250, peer=with_anyio)
    report.add(
        "inkstand run empty, CPU", "command_empty_cpu_ms", peer=("python", "peer_python_cpu_ms")
    )
    report.notes += [
        "Peers: python -c 'print(1)' and python -c 'import anyio' as whole processes, median.",
        "CPU: user and system time of the process and those it waited for.",
        "The engine alone, stops and runs a second: inkstand bench kernel.",
    ]
