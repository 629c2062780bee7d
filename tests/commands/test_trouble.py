"""What is around a command: outputs, folders, encodings that are not as they should be."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from store.project import init_project
from tests.commands.conftest import add_script
from tests.processes import INKSTAND, run_inkstand


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "blog"
    init_project(root, name="Blog")
    add_script(root, "hello", 'print("hello")\n')
    return root


def shell(project: Path, line: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", line.replace("inkstand", f'"{INKSTAND}"')],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("command", ["run hello", "list", "rebuild", "check", "run hello --json"])
def test_an_output_that_is_full_is_told_in_words(project: Path, command: str) -> None:
    done = shell(project, f"inkstand {command} >/dev/full")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "no space left" in done.stderr.lower()


@pytest.mark.parametrize("command", ["run hello", "run hello --json"])
def test_a_closed_stdout_is_no_traceback(project: Path, command: str) -> None:
    done = shell(project, f"inkstand {command} >&-")
    assert "Traceback" not in done.stderr
    assert done.returncode == 0


@pytest.mark.parametrize("command", ["run hello", "list", "open", "doctor"])
def test_a_current_folder_that_is_gone_is_told_in_words(tmp_path: Path, command: str) -> None:
    (tmp_path / "gone").mkdir()
    done = shell(tmp_path / "gone", f"rmdir ../gone; inkstand {command}")
    assert "Traceback" not in done.stderr


def test_titles_beyond_the_outputs_encoding_are_no_traceback(project: Path) -> None:
    add_script(project, "snow", '"""\n---\ntitle: "Snow \u2603"\n---\n"""\n')
    done = run_inkstand("list", cwd=project, env={"PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (0, "")


def test_check_gives_the_place_of_what_cannot_be_decoded(project: Path) -> None:
    add_script(project, "latin", b"x = 1\ny = '\xe9'\n")
    add_script(project, "nul", "x = 1\ny = '\0'\n")
    done = run_inkstand("check", cwd=project)
    assert "scripts/latin.py:2:6: " in done.stdout
    assert "scripts/nul.py:2:6: " in done.stdout
