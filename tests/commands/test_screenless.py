"""What the command does where there is no screen to open, and the words it has for everything."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.processes import DEADLINE_S, INKSTAND, run_inkstand


def in_a_terminal(*arguments: str, cwd: Path, term: str) -> tuple[int, str]:
    """Run the command in a pseudo-terminal to its end."""
    ours, theirs = pty.openpty()
    try:
        process = subprocess.Popen(
            [str(INKSTAND), *arguments],
            cwd=cwd,
            env={**os.environ, "TERM": term},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
    finally:
        os.close(theirs)
    seen = b""
    try:
        while True:
            seen += os.read(ours, 65536)
    except OSError:  # EIO: the other side is closed
        pass
    finally:
        os.close(ours)
    return process.wait(DEADLINE_S), seen.decode().replace("\r\n", "\n")


def test_without_a_terminal_the_screen_is_refused_in_words(project: Path) -> None:
    for arguments in [(), ("open",), ("open", str(project))]:
        done = run_inkstand(*arguments, cwd=project)
        assert (done.returncode, done.stdout) == (2, "")
        assert "needs a terminal" in done.stderr
        assert "inkstand run, list, rebuild, check, doctor" in done.stderr


def test_open_names_a_folder_that_is_no_project(tmp_path: Path) -> None:
    done = run_inkstand("open", "nowhere", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "nowhere is not an Inkstand project" in done.stderr


def test_demo_without_a_terminal_runs_the_sample(tmp_path: Path) -> None:
    done = run_inkstand("demo", "here", cwd=tmp_path)
    assert done.returncode == 0
    assert "Made the demo project in" in done.stdout
    assert "Hello" in done.stdout
    assert "inkstand demo here" in done.stdout.splitlines()[-1]
    assert (tmp_path / "here" / "meta" / "project.json").is_file()
    again = run_inkstand("demo", "here", cwd=tmp_path)
    assert again.returncode == 0
    assert "Made" not in again.stdout


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_terminal_that_cannot_move_its_cursor_is_refused_in_words(
    project: Path, term: str
) -> None:
    code, seen = in_a_terminal(cwd=project, term=term)
    assert code == 2
    assert "cannot" in seen
    assert "TERM" in seen
    assert "\x1b" not in seen


def test_version() -> None:
    done = run_inkstand("--version")
    assert (done.returncode, done.stdout) == (0, f"inkstand {version('inkstand')}\n")


def test_help_names_every_command() -> None:
    done = run_inkstand("--help")
    assert done.returncode == 0
    for name in ("open", "demo", "init", "run", "list", "rebuild", "check", "doctor", "bench"):
        assert f"\n    {name} " in done.stdout
        own = run_inkstand(name, "--help")
        assert own.returncode == 0
        assert own.stdout.startswith(f"usage: inkstand {name}")


@pytest.mark.parametrize("arguments", [["nonsense"], ["run"], ["init"], ["rebuild", "dreams"]])
def test_wrong_arguments_are_usage_errors(arguments: list[str]) -> None:
    done = run_inkstand(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("usage: inkstand")


def test_doctor_tells_what_this_machine_can_do(project: Path) -> None:
    done = run_inkstand("doctor", cwd=project)
    assert (done.returncode, done.stderr) == (0, "")
    topics = ("inkstand", "interpreter", "limits", "numpy", "user", "git", "terminal", "project")
    for topic in topics:
        assert f"  {topic} " in done.stdout
    for layer in ("landlock", "seccomp", "no_new_privs", "privileges", "limits", "lifetime"):
        assert f"ok  sandbox: {layer} " in done.stdout


def test_doctor_as_json(project: Path) -> None:
    done = run_inkstand("doctor", "--json", cwd=project)
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    sandbox = document["sandbox"]
    assert all(layer["is_enforced"] for layer in sandbox["layers"])
    assert {"name": "open files", "value": "64", "binds": True, "words": ""} in sandbox["bounds"]
    assert sandbox["problem"] == ""
    findings = {one["topic"]: one for one in document["findings"]}
    assert findings["interpreter"]["is_well"]
    assert findings["interpreter"]["is_essential"]
    assert findings["sandbox: checked"]["is_well"]
    assert str(project) in findings["project"]["words"]
    assert not findings["terminal"]["is_well"]


def test_doctor_without_project_and_git(tmp_path: Path) -> None:
    done = run_inkstand("doctor", "--json", cwd=tmp_path, env={"PATH": str(tmp_path)})
    assert done.returncode == 0
    findings = {one["topic"]: one for one in json.loads(done.stdout)["findings"]}
    assert not findings["project"]["is_well"]
    assert not findings["git"]["is_well"]
    assert "Install git" in findings["git"]["words"]


@pytest.mark.parametrize("command", ["list", "rebuild", "check", "doctor"])
def test_a_reader_that_has_gone_away_is_no_traceback(project: Path, command: str) -> None:
    process = subprocess.Popen(
        [str(INKSTAND), command], cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    with process.stderr as errors:
        assert errors.read() == b""
    assert process.wait(DEADLINE_S) == 141


def test_looking_at_a_project_loads_no_screen(project: Path) -> None:
    code = (
        "import sys\n"
        "from tui.cli import main\n"
        "codes = [main(['list']), main(['rebuild']), main(['check'])]\n"
        "print(codes, sorted({'textual', 'rich'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [INKSTAND.parent / "python", "-c", code],
        cwd=project,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[0, 0, 0] []"
