"""Running without the sandbox from the command line: asked for, agreed to, never by itself."""

from __future__ import annotations

import json
import os
import pty
from pathlib import Path

import pytest

from tests.commands.conftest import add_script
from tests.processes import INKSTAND, run_inkstand, wait_until

WRITES = "from pathlib import Path\nPath({path!r}).write_text('x')\nprint('written')\n"


@pytest.fixture
def victim(project: Path, tmp_path: Path) -> Path:
    """A file that the project's script `writes` makes when it can."""
    path = tmp_path / "made-by-the-script"
    add_script(project, "writes", WRITES.format(path=str(path)))
    return path


def want_no_sandbox(project: Path) -> None:
    path = project / "meta" / "project.json"
    settings = json.loads(path.read_text())
    path.write_text(json.dumps({**settings, "unsandboxed": True}))


def test_in_the_sandbox_it_writes_nothing_and_hears_why(project: Path, victim: Path) -> None:
    done = run_inkstand("run", "writes", cwd=project)
    assert done.returncode == 1
    assert "PermissionError" in done.stderr
    assert "the sandbox keeps scripts from files" in done.stderr
    assert not victim.exists()


def test_without_a_word_of_the_person_nothing_runs(project: Path, victim: Path) -> None:
    done = run_inkstand("run", "writes", "--unsandboxed", cwd=project)
    assert done.returncode == 1
    assert "--yes" in done.stderr
    assert "all your rights" in done.stderr
    assert "scripts/hello.py, scripts/writes.py" in done.stderr
    assert not victim.exists()


def test_what_was_agreed_to_once_runs_until_a_script_changes(project: Path, victim: Path) -> None:
    done = run_inkstand("run", "writes", "--unsandboxed", "--yes", cwd=project)
    assert (done.returncode, done.stdout) == (0, "written\n")
    assert "UNSANDBOXED" in done.stderr
    victim.unlink()
    assert run_inkstand("run", "writes", "--unsandboxed", cwd=project).returncode == 0
    victim.unlink()
    add_script(project, "late", "print('new')\n")
    done = run_inkstand("run", "writes", "--unsandboxed", cwd=project)
    assert done.returncode == 1
    assert "New or changed since you last agreed: scripts/late.py." in done.stderr
    assert not victim.exists()


def test_agreeing_does_not_switch_the_sandbox_off_for_good(project: Path, victim: Path) -> None:
    run_inkstand("run", "writes", "--unsandboxed", "--yes", cwd=project)
    victim.unlink()
    assert run_inkstand("run", "writes", cwd=project).returncode == 1
    assert not victim.exists()


def test_a_projects_setting_alone_opens_nothing(project: Path, victim: Path) -> None:
    want_no_sandbox(project)
    done = run_inkstand("run", "writes", cwd=project)
    assert done.returncode == 1
    assert "nobody has agreed" in done.stderr
    assert not victim.exists()
    assert run_inkstand("run", "hello", cwd=project).stdout == "hello\n"


def test_a_projects_setting_is_followed_once_agreed_to(project: Path, victim: Path) -> None:
    want_no_sandbox(project)
    assert run_inkstand("run", "writes", "--yes", cwd=project).returncode == 0
    victim.unlink()
    assert run_inkstand("run", "writes", cwd=project).returncode == 0
    assert victim.exists()


@pytest.mark.parametrize(("answer", "is_run"), [("y\n", True), ("n\n", False), ("\n", False)])
def test_in_a_terminal_the_person_is_asked(
    project: Path, victim: Path, answer: str, is_run: bool
) -> None:
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(project)
        os.execv(INKSTAND, [str(INKSTAND), "run", "writes", "--unsandboxed"])
    shown = b""
    try:
        while b"[y/N]" not in shown:
            shown += os.read(terminal, 4096)
        os.write(terminal, answer.encode())
        _, status = os.waitpid(pid, 0)
    finally:
        os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == (0 if is_run else 1)
    assert victim.exists() == is_run
    assert b"scripts/writes.py" in shown


def test_what_an_open_script_started_ends_with_it(project: Path, tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    add_script(
        project,
        "starts",
        "import subprocess\n"
        "child = subprocess.Popen(['sleep', '600'], start_new_session=True)\n"
        f"open({str(pid_file)!r}, 'w').write(str(child.pid))\n",
    )
    assert run_inkstand("run", "starts", "--unsandboxed", "--yes", cwd=project).returncode == 0
    pid = int(pid_file.read_text())
    wait_until(lambda: not Path(f"/proc/{pid}").exists(), "the end of what it started")
