"""A person at a terminal: the installed command, its real screen, real keys, real kernels."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from store.scripts import read_script
from tests.e2e.terminal import (
    CTRL_END,
    CTRL_Q,
    CTRL_S,
    ENTER,
    ESCAPE,
    F5,
    SHIFT_F5,
    Terminal,
    alt,
    open_script,
)
from tests.processes import alive, descendants, wait_until

pytestmark = pytest.mark.e2e

LEFT_ALTERNATE_SCREEN = b"\x1b[?1049l"
CURSOR_SHOWN = b"\x1b[?25h"


def quit_for_good(terminal: Terminal) -> None:
    terminal.send(CTRL_Q)
    assert terminal.wait_exit() == 0
    assert LEFT_ALTERNATE_SCREEN in terminal.raw
    assert terminal.raw.rindex(CURSOR_SHOWN) > 0


def test_the_first_minute(tmp_path: Path) -> None:
    with Terminal("demo", "demo", cwd=tmp_path) as terminal:
        terminal.wait_for("Macros (", "Utilities (", "hello", "Ln 15, Col 1")
        terminal.wait_for('name = "newcomer"')
        path = tmp_path / "demo" / "scripts" / "hello.py"
        before = read_script(path)
        last = before.text.count("\n") + 1
        terminal.send(CTRL_END)
        terminal.wait_for(f"Ln {last}, Col 1")
        terminal.send('print("hello from a terminal")' + ENTER)
        terminal.wait_for(f"Ln {last + 1}, Col 1", "*hello")
        terminal.send(F5)
        terminal.wait_until(
            lambda text: text.count("hello from a terminal") > 1, "the line in Output"
        )
        terminal.wait_for("finished in")
        assert read_script(path) == before, "running saves nothing"
        terminal.send(CTRL_S)
        version = before.fields.version + 1
        terminal.wait_for(f"(version {version})", f"v{version}")
        quit_for_good(terminal)
    after = read_script(path)
    assert after.body == before.body + 'print("hello from a terminal")\n'
    assert after.fields.version == version
    assert after.fields.id == before.fields.id


def test_an_endless_script_is_stopped_and_the_editor_goes_on(project: Path) -> None:
    with Terminal("open", ".", "--script", "work", cwd=project) as terminal:
        open_script(terminal, "work")
        terminal.send('print("spin" + "ning")' + ENTER)
        terminal.wait_for("Ln 2, Col 1")
        terminal.send("while True: pass" + ENTER)
        terminal.wait_for("Ln 3, Col 1")
        terminal.send(F5)
        terminal.wait_for("spinning")
        terminal.send("# typed meanwhile")
        terminal.wait_for("# typed meanwhile")
        terminal.send(SHIFT_F5)
        terminal.wait_for("stopped in")
        terminal.send(CTRL_Q)
        terminal.wait_for("Not saved: scripts/work.py")
        terminal.send("\x1b[C" + ENTER)  # Right, to Discard
        assert terminal.wait_exit() == 0
    assert (project / "scripts" / "work.py").read_text() == 'print("at work")\n'


def test_a_killed_app_leaves_no_kernel(project: Path) -> None:
    (project / "scripts" / "work.py").write_text('print("on" + "going")\nwhile True: pass\n')
    with Terminal("open", ".", "--script", "work", cwd=project) as terminal:
        open_script(terminal, "work")
        terminal.send(F5)
        terminal.wait_for("ongoing")
        family = descendants(terminal.process.pid)
        assert family
        terminal.process.send_signal(signal.SIGKILL)
        terminal.wait_exit()
        wait_until(lambda: not alive(family), "no kernel is left")


def test_leaving_while_a_script_runs_ends_it(project: Path) -> None:
    (project / "scripts" / "work.py").write_text('print("on" + "going")\nwhile True: pass\n')
    with Terminal("open", ".", "--script", "work", cwd=project) as terminal:
        open_script(terminal, "work")
        terminal.send(F5)
        terminal.wait_for("ongoing")
        family = descendants(terminal.process.pid)
        terminal.send(CTRL_Q)
        terminal.wait_for("Still running: Run work")
        terminal.send(ENTER)
        assert terminal.wait_exit() == 0
        wait_until(lambda: not alive(family), "no kernel is left")


def test_a_terminal_that_is_too_small_says_so_until_it_grows(project: Path) -> None:
    with Terminal("open", ".", cwd=project, columns=20, rows=5) as terminal:
        terminal.wait_for("too small")
        assert "Utilities" not in terminal.text
        terminal.resize(80, 24)
        terminal.wait_for("Utilities (1)", "work")
        assert "too small" not in terminal.text
        quit_for_good(terminal)


def test_leaving_with_unsaved_text_asks(project: Path) -> None:
    path = project / "scripts" / "work.py"
    with Terminal("open", ".", "--script", "work", cwd=project) as terminal:
        open_script(terminal, "work")
        terminal.send("# new" + ENTER)
        terminal.wait_for("*work")
        terminal.send(CTRL_Q)
        terminal.wait_for("Not saved: scripts/work.py", "Discard", "Cancel")
        terminal.send(ESCAPE)
        terminal.wait_gone("Not saved:")
        terminal.send("# more" + ENTER)
        terminal.wait_for("# more")
        terminal.send(CTRL_Q)
        terminal.wait_for("Not saved: scripts/work.py")
        terminal.send(ENTER)  # the first answer saves
        assert terminal.wait_exit() == 0
        assert LEFT_ALTERNATE_SCREEN in terminal.raw
    assert path.read_text() == '# new\n# more\nprint("at work")\n'


def test_save_right_behind_the_last_letter_saves_it(project: Path) -> None:
    path = project / "scripts" / "work.py"
    with Terminal("open", ".", "--script", "work", cwd=project) as terminal:
        open_script(terminal, "work")
        terminal.send("# x = 1 " + CTRL_S)  # in one packet
        terminal.wait_for("Saved scripts/work.py")
        assert path.read_text() == '# x = 1 print("at work")\n'
        quit_for_good(terminal)


def test_setting_as_macro_writes_the_header(project: Path) -> None:
    path = project / "scripts" / "work.py"
    body = "def render(context, post):\n    return '<p>x</p>'\n"
    path.write_text(body)
    with Terminal("open", ".", "--script", "work", cwd=project) as terminal:
        open_script(terminal, "work")
        terminal.send(alt("m"))
        terminal.wait_for("[[work]]", "Macros (1)")
        script = read_script(path)
        assert (script.fields.kind, script.fields.entrypoint) == ("macro", "render")
        assert script.body == body
        terminal.send(alt("m"))
        terminal.wait_for("utility again", "Utilities (1)")
        script = read_script(path)
        assert (script.fields.kind, script.fields.entrypoint) == ("utility", "main")
        assert script.body == body
        quit_for_good(terminal)
