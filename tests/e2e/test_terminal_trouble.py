"""What a terminal can do to an app: odd bytes, polite kills, hang-ups."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from store.project import init_project
from tests.e2e.terminal import CTRL_HOME, CTRL_Q, CTRL_S, DOWN, ESCAPE, F1, Terminal, alt
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


@pytest.mark.parametrize(
    "keys",
    [alt("l") + DOWN, alt("l") * 2, alt("Q") + alt("9") + alt("/") + DOWN, ESCAPE + alt("l")],
    ids=["and an arrow", "twice", "keys without a meaning", "after Esc"],
)
def test_alt_with_a_key_never_types_it(project: Path, keys: str) -> None:
    with Terminal("open", ".", "--script", "work", cwd=project) as terminal:
        terminal.wait_for("Ln 1, Col 1")
        # The letters before and behind show that the order is kept, and where it arrived.
        terminal.send("a" + keys + "b")
        terminal.send(CTRL_S)
        script = project / "scripts" / "work.py"
        wait_until(lambda: "b" in script.read_text(), "it is saved")
        written = script.read_text().partition("x = 1")
        assert "".join(written).replace("\n", "") in ("abx = 1", "ax = 1b")


def test_alt_backspace_deletes_a_word(project: Path) -> None:
    with Terminal("open", ".", "--script", "work", cwd=project) as terminal:
        terminal.wait_for("Ln 1, Col 1")
        for key in ("\x7f", "\x08"):
            terminal.send(f"{key}unwanted")
            terminal.wait_for("unwanted")
            terminal.send(alt(key))
            terminal.wait_gone("unwanted")
        terminal.wait_for("x = 1", "Ln 1, Col 1")  # and its tab is still open


CODE = "".join(f"def f{n}():\n    if {n}:\n        return (['ä', {n}])\n\n" for n in range(430))


@pytest.mark.parametrize("line_end", ["\r", "\r\n"])
@pytest.mark.parametrize("marks", [("", ""), ("\x1b[200~", "\x1b[201~")], ids=["raw", "marked"])
def test_a_long_paste_arrives_as_it_is(
    project: Path, marks: tuple[str, str], line_end: str
) -> None:
    begin, end = marks
    script = project / "scripts" / "work.py"
    assert len(CODE) > 20_000
    with Terminal("open", ".", "--script", "work", cwd=project) as terminal:
        terminal.wait_for("Ln 1, Col 1")
        terminal.send(begin + CODE.replace("\n", line_end) + end)
        terminal.wait_for(f"Ln {CODE.count(chr(10)) + 1}, Col 1")
        terminal.send(CTRL_S)
        wait_until(lambda: script.read_text() != "x = 1\n", "it is saved")
        assert script.read_text() == CODE + "x = 1\n"


def test_keys_typed_fast_are_keys(project: Path) -> None:
    with Terminal("open", ".", "--script", "work", cwd=project) as terminal:
        terminal.wait_for("Ln 1, Col 1")
        terminal.send(f"if 1:\rpass{CTRL_HOME}# {F1}")
        terminal.send(ESCAPE)
        terminal.wait_for("# if 1:", "    passx = 1")  # Enter has indented
