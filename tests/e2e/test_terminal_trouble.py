"""What a terminal can do to an app: odd bytes, polite kills, hang-ups."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from store.project import init_project
from tests.e2e.terminal import CTRL_Q, Terminal
from tests.processes import alive, descendants, wait_until

pytestmark = pytest.mark.e2e


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "blog"
    init_project(root, name="Blog")
    (root / "scripts" / "work.py").write_text("x = 1\n")
    return root


@pytest.mark.parametrize(
    "data",
    [b"\xff\xfe", b"\xc3", b"\x1b[97;1:3u", b"\x1b[999;999;999~", b"\x1b[<0;1", b"\x1b[200~\xff"],
    ids=["not UTF-8", "half a character", "key release", "unknown", "half a click", "bad paste"],
)
def test_odd_bytes_do_not_end_the_app(project: Path, data: bytes) -> None:
    with Terminal("open", ".", "--script", "work", cwd=project) as terminal:
        terminal.wait_for("Ln 1, Col 1")
        terminal.send(data)
        terminal.send(b"\x1b[201~")  # ends a paste, if one was begun
        terminal.send("typed")
        terminal.wait_for("typed")
        assert terminal.process.poll() is None


def test_a_polite_kill_puts_the_terminal_right(project: Path) -> None:
    with Terminal("open", ".", "--script", "work", cwd=project) as terminal:
        terminal.wait_for("Ln 1, Col 1")
        family = descendants(terminal.process.pid)
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.wait_exit() == 143
        assert b"\x1b[?1049l" in terminal.raw
        wait_until(lambda: not alive(family), "no kernel is left")


def test_a_hang_up_ends_the_app_and_its_kernels(project: Path) -> None:
    with Terminal("open", ".", "--script", "work", cwd=project) as terminal:
        terminal.wait_for("Ln 1, Col 1")
        family = descendants(terminal.process.pid)
        assert family
        terminal.hang_up()
        assert terminal.process.wait(timeout=10) in (129, -signal.SIGHUP)
        wait_until(lambda: not alive(family), "no kernel is left")


def test_quitting_works_after_all_of_it(project: Path) -> None:
    with Terminal("open", ".", "--script", "work", cwd=project) as terminal:
        terminal.wait_for("Ln 1, Col 1")
        terminal.send(b"\xff\x1b[97;1:3u\xfe")
        terminal.send(CTRL_Q)
        assert terminal.wait_exit() == 0
