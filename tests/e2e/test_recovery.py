"""What is typed outlives the process: a kill, a broken line, a polite end."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from store.project import open_project
from tests.e2e.terminal import CTRL_Q, CTRL_S, ENTER, Terminal, alt, open_script
from tests.processes import alive, descendants, wait_until

pytestmark = pytest.mark.e2e

RIGHT = "\x1b[C"
BODY = 'print("at work")\n'


def kept(project: Path) -> list[str]:
    """The texts that are kept."""
    files = (open_project(project).state_dir / "recovery").glob("*.json")
    return [json.loads(file.read_text())["snapshot"]["body"] for file in files]


def type_into(terminal: Terminal, text: str) -> None:
    open_script(terminal, "work")
    terminal.send(text)
    terminal.wait_for(text.strip(), "*work")


def recover(project: Path, body: str) -> None:
    """Open the project again: the text is offered, recovered and saved."""
    with Terminal("open", ".", cwd=project, columns=120, rows=40) as terminal:
        terminal.wait_for("Unsaved text", "The file now: scripts/work.py", "Recover", "Later")
        terminal.send(ENTER)
        terminal.wait_for("*work", "Recovered scripts/work.py")
        assert (project / "scripts" / "work.py").read_text() == BODY
        terminal.send(CTRL_S)
        terminal.wait_for("Saved scripts/work.py")
        wait_until(lambda: not kept(project), "what is saved is not kept any more")
        terminal.send(CTRL_Q)
        assert terminal.wait_exit() == 0
    assert (project / "scripts" / "work.py").read_text() == body


def test_a_kill_loses_nothing_that_is_two_seconds_old(project: Path) -> None:
    with Terminal("open", ".", "--script", "work", cwd=project) as terminal:
        type_into(terminal, "# mine ")
        wait_until(lambda: kept(project) == ["# mine " + BODY], "it is kept", deadline_s=5)
        terminal.process.send_signal(signal.SIGKILL)
        terminal.wait_exit()
    recover(project, "# mine " + BODY)


def test_a_broken_line_loses_nothing(project: Path) -> None:
    with Terminal("open", ".", "--script", "work", cwd=project) as terminal:
        type_into(terminal, "# mine ")
        family = descendants(terminal.process.pid)
        terminal.hang_up()
        assert terminal.process.wait(timeout=10) in (129, -signal.SIGHUP)
        wait_until(lambda: not alive(family), "no kernel is left")
    assert kept(project) == ["# mine " + BODY]
    recover(project, "# mine " + BODY)


def test_a_polite_kill_loses_nothing_and_leaves_the_terminal_right(project: Path) -> None:
    with Terminal("open", ".", "--script", "work", cwd=project) as terminal:
        type_into(terminal, "# mine ")
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.wait_exit() == 143
        end = terminal.raw.rpartition(b"\x1b[?1049l")[2]
        assert b"\x1b[?25h" in terminal.raw
        assert b"The unsaved text of scripts/work.py is kept" in end
    recover(project, "# mine " + BODY)


def test_what_is_discarded_is_not_offered(project: Path) -> None:
    with Terminal("open", ".", "--script", "work", cwd=project) as terminal:
        type_into(terminal, "# mine ")
        wait_until(lambda: bool(kept(project)), "it is kept", deadline_s=5)
        terminal.send(CTRL_Q)
        terminal.wait_for("Not saved: scripts/work.py")
        terminal.send(RIGHT + ENTER)
        assert terminal.wait_exit() == 0
    assert kept(project) == []


def test_a_second_inkstand_is_not_offered_what_the_first_one_holds(project: Path) -> None:
    with Terminal("open", ".", "--script", "work", cwd=project) as terminal:
        type_into(terminal, "# mine ")
        wait_until(lambda: bool(kept(project)), "it is kept", deadline_s=5)
        with Terminal("open", ".", "--script", "work", cwd=project) as other:
            open_script(other, "work")
            other.send(alt("z"))
            other.wait_for("There is no unsaved text")
            other.send(CTRL_Q)
            assert other.wait_exit() == 0
        assert kept(project) == ["# mine " + BODY]
