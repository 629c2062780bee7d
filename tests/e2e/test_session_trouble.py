"""What a session has to stand: fast keys, files deleted elsewhere, signals from outside."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.e2e.terminal import CTRL_Q, CTRL_S, ENTER, F5, Terminal, open_script
from tests.processes import wait_until

pytestmark = pytest.mark.e2e


def test_keys_that_arrive_at_once_act_in_their_order(project: Path) -> None:
    with Terminal("open", ".", "--script", "work", cwd=project) as terminal:
        open_script(terminal, "work")
        # As a slow line delivers them: a word, a correction, a new line, in one packet.
        terminal.send("a = 12\x7f" + ENTER + "b = 2\x1b[D\x1b[D#" + ENTER)
        terminal.wait_for("Ln 3, Col 1")
        lines = [line[24:].strip() for line in terminal.text.splitlines()[3:6]]
        assert lines == ["1  a = 1", "2  b =#", '3   2print("at work")']


def test_run_pressed_often_runs_once_at_a_time(project: Path) -> None:
    body = "import time\nprint('started')\ntime.sleep(0.5)\nprint('over')\n"
    (project / "scripts" / "work.py").write_text(body)
    with Terminal("open", ".", "--script", "work", cwd=project, rows=50) as terminal:
        open_script(terminal, "work")
        terminal.send(F5 * 3)
        terminal.wait_for("finished in")
        assert terminal.text.count("▶ work") == 1


def test_a_script_deleted_elsewhere_can_be_saved_again(project: Path) -> None:
    path = project / "scripts" / "work.py"
    with Terminal("open", ".", "--script", "work", cwd=project) as terminal:
        open_script(terminal, "work")
        terminal.send("# mine ")
        terminal.wait_for("# mine")
        path.unlink()
        terminal.send(CTRL_S)
        terminal.wait_for("Write it again")
        terminal.send(ENTER)
        wait_until(path.exists, "my text is in the file", deadline_s=5)
        assert path.read_text() == '# mine print("at work")\n'


def test_an_interrupt_from_outside_does_not_lose_text_silently(project: Path) -> None:
    with Terminal("open", ".", "--script", "work", cwd=project) as terminal:
        open_script(terminal, "work")
        terminal.send("# mine ")
        terminal.wait_for("*work")
        terminal.process.send_signal(signal.SIGINT)
        terminal.send(CTRL_Q)
        terminal.wait_for("Not saved: scripts/work.py", deadline_s=5)
