"""Real programs in a pseudo-terminal, and whole processes; never how long they take."""

from __future__ import annotations

import os
import select
import sys
from pathlib import Path

import pytest

from bench.errors import BenchError
from bench.processes import Budget, environment, spend
from bench.terminal import Terminal

ECHO = """
import os, sys, tty
tty.setraw(0)
print(*os.get_terminal_size(), os.getsid(0) == os.getpid(), end=" ready", flush=True)
sys.stdout.write("\\x1b[6n\\x1b[c")
while True:
    key = os.read(0, 16)
    sys.stdout.write("\\x1b[3;1Hgot \\x1b[1m" + key.hex())
    sys.stdout.flush()
"""


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return environment(tmp_path, tmp_path / "state")


def test_a_program_sees_a_terminal_and_its_keys(tmp_path: Path, env: dict[str, str]) -> None:
    argv = [sys.executable, "-c", ECHO]
    with Terminal(argv, env=env, cwd=tmp_path, width=70, height=9) as terminal:
        ready_s = terminal.until("ready", lambda screen: screen.has("70 9 True ready"), 10)
        assert ready_s > terminal.started_s
        pressed_s = terminal.press(b"\x1b[15~")
        echoed_s = terminal.until("echo", lambda screen: screen.has("got 1b5b31357e"), 10)
        assert echoed_s > pressed_s
        assert terminal.bytes_read > 20
        assert terminal.cpu_ms() >= 0


def test_leaving_ends_the_program_and_its_children(tmp_path: Path, env: dict[str, str]) -> None:
    source = (
        "import os, time; child = os.fork(); print(f'<{child}>', flush=True) if child else None; "
        "time.sleep(60)"
    )
    with Terminal([sys.executable, "-c", source], env=env, cwd=tmp_path) as terminal:
        terminal.until("its child", lambda screen: screen.has(">"), 10)
        child = int(terminal.screen.lines[0].partition("<")[2].partition(">")[0])
        pidfd = os.pidfd_open(child)
    try:
        assert select.select([pidfd], [], [], 10)[0], "the child still runs"
    finally:
        os.close(pidfd)


def test_what_does_not_come_is_told_with_the_screen(tmp_path: Path, env: dict[str, str]) -> None:
    argv = [sys.executable, "-c", "import time; print('here', flush=True); time.sleep(60)"]
    with (
        Terminal(argv, env=env, cwd=tmp_path) as terminal,
        pytest.raises(BenchError, match=r"(?s)the marker did not come within 1 s.*\| here"),
    ):
        terminal.until("the marker", lambda screen: screen.has("MARKER"), 1)


def test_a_program_that_ends_early_is_told(tmp_path: Path, env: dict[str, str]) -> None:
    with (
        Terminal([sys.executable, "-c", "print('bye')"], env=env, cwd=tmp_path) as terminal,
        pytest.raises(BenchError, match=r"(?s)ended before the marker came.*\| bye"),
    ):
        terminal.until("the marker", lambda screen: screen.has("MARKER"), 10)


def test_a_program_that_is_not_there_is_told(tmp_path: Path, env: dict[str, str]) -> None:
    with (
        Terminal([str(tmp_path / "nothing")], env=env, cwd=tmp_path) as terminal,
        pytest.raises(BenchError, match="ended before the marker came"),
    ):
        terminal.until("the marker", lambda screen: screen.has("MARKER"), 10)


def test_a_process_is_weighed_whole(tmp_path: Path, env: dict[str, str]) -> None:
    spent = spend([sys.executable, "-c", "sum(range(10**6))"], env=env, cwd=tmp_path)
    assert spent.wall_ms > 0
    assert spent.cpu_ms > 0


def test_a_process_that_fails_is_told(tmp_path: Path, env: dict[str, str]) -> None:
    source = "import sys; sys.exit('no such thing')"
    with pytest.raises(BenchError, match=r"exit code 1\. no such thing"):
        spend([sys.executable, "-c", source], env=env, cwd=tmp_path)


def test_a_process_that_hangs_is_ended_and_told(tmp_path: Path, env: dict[str, str]) -> None:
    source = "import time; time.sleep(60)"
    with pytest.raises(BenchError, match=r"did not end within 0\.2 s"):
        spend([sys.executable, "-c", source], env=env, cwd=tmp_path, timeout_s=0.2)


def test_the_environment_holds_nothing_of_the_persons_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PYTHONDONTWRITEBYTECODE", "NO_COLOR", "COLORTERM", "SSH_CONNECTION", "HOME"):
        monkeypatch.setenv(name, "1")
    env = environment(tmp_path, tmp_path / "state")
    assert set(env) == {"HOME", "LANG", "PATH", "TERM", "XDG_STATE_HOME"}
    assert env["HOME"] == str(tmp_path)
    assert env["PATH"] == os.environ["PATH"]


def test_a_budget_runs_out() -> None:
    now = 100.0
    budget = Budget(10, clock=lambda: now)
    assert budget.allows(10)
    now = 105.0
    assert budget.allows(5)
    assert not budget.allows(5.1)
