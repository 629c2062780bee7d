"""`inkstand env`: synced from an index without a network, imported by `inkstand run`, cancelled."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from store import environments
from store.project import open_project
from tests.commands.conftest import Start, add_script
from tests.processes import Identity, alive, descendants, run_inkstand, wait_until
from tests.wheels import make_sdist, make_wheel, offline


@pytest.fixture(autouse=True)
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    index = tmp_path / "index"
    for name, value in offline(index).items():
        monkeypatch.setenv(name, value) if value else monkeypatch.delenv(name, raising=False)
    make_wheel(index, "harbour", "1.0", {"harbour.py": "WORD = 'ahoy'\n"})
    return index


def want(project: Path, *lines: str) -> None:
    (project / "scripts" / "requirements.txt").write_text("".join(f"{one}\n" for one in lines))


def folders(project: Path) -> set[str]:
    place = environments.folder_of(open_project(project))
    return {path.name for path in place.iterdir() if path.is_dir()}


def test_synced_imported_and_removed(project: Path) -> None:
    add_script(project, "greet", "import harbour\nprint(harbour.WORD)\n")
    done = run_inkstand("env", cwd=project)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "no packages: there is nothing in scripts/requirements.txt.\n"
    want(project, "harbour")
    done = run_inkstand("env", cwd=project)
    assert done.returncode == 1
    assert "Install them: inkstand env sync" in done.stdout
    done = run_inkstand("run", "greet", cwd=project)
    assert done.returncode == 1
    assert "harbour is listed in scripts/requirements.txt:1 and not installed yet" in done.stderr

    done = run_inkstand("env", "sync", "--json", cwd=project)
    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads(done.stdout)
    assert (report["outcome"], report["installed"]) == ("synced", {"harbour": "1.0"})
    assert run_inkstand("run", "greet", cwd=project).stdout == "ahoy\n"
    assert run_inkstand("run", "greet", "--project", project, cwd=Path("/")).stdout == "ahoy\n"
    done = run_inkstand("env", "sync", cwd=project)
    assert "nothing to do" in done.stdout
    status = json.loads(run_inkstand("env", "--json", cwd=project).stdout)
    assert (status["state"], status["folder"]) == ("current", report["folder"])
    assert report["folder"] in run_inkstand("doctor", cwd=project).stdout

    done = run_inkstand("env", "remove", cwd=project)
    assert done.stdout.endswith("  - harbour 1.0\n")
    assert run_inkstand("run", "greet", cwd=project).returncode == 1
    assert not Path(report["folder"]).exists()


def test_what_cannot_be_done_is_told_in_one_line(project: Path) -> None:
    want(project, "harbour", "-e .")
    done = run_inkstand("env", "sync", cwd=project)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("inkstand: scripts/requirements.txt:2: '-e .' is an option")
    assert done.stderr.count("\n") == 1


def test_a_project_without_requirements_pays_nothing(project: Path) -> None:
    command = (
        "import sys; from tui.cli import main; main(['run', 'hello'])\n"
        "print([name for name in sys.modules if 'environment' in name or 'requirements' in name])"
    )
    done = subprocess.run(
        [sys.executable, "-c", command], cwd=project, capture_output=True, text=True, check=True
    )
    assert done.stdout == "hello\n[]\n"


class Stuck:
    """A sync that has come to a package whose build does not end."""

    def __init__(self, project: Path, index: Path, start: Start) -> None:
        begun = index / "begun"
        code = f"import signal; pathlib.Path({str(begun)!r}).touch(); signal.pause()"
        make_sdist(index, "slow", "1.0", code)
        want(project, "harbour")
        assert run_inkstand("env", "sync", cwd=project).returncode == 0
        self.before = folders(project)
        want(project, "slow")
        self.process = start("env", "sync", "--allow-source-builds")
        wait_until(begun.exists, "the package is being built")
        self.installers: set[Identity] = descendants(self.process.pid)
        assert self.installers


@pytest.fixture
def stuck(project: Path, index: Path, start: Start) -> Stuck:
    return Stuck(project, index, start)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_cancelled_it_leaves_the_old_and_no_process(
    project: Path, stuck: Stuck, number: signal.Signals
) -> None:
    stuck.process.send_signal(number)
    _, said = stuck.process.communicate()
    assert stuck.process.returncode == 130
    assert said == "inkstand: cancelled; the packages are as they were\n"
    wait_until(lambda: not alive(stuck.installers), "the installer is gone")
    assert folders(project) == stuck.before


def test_killed_it_leaves_the_old_one_and_the_next_clears_up(project: Path, stuck: Stuck) -> None:
    add_script(project, "greet", "import harbour\nprint(harbour.WORD)\n")
    stuck.process.kill()
    stuck.process.wait()
    assert run_inkstand("run", "greet", cwd=project).stdout == "ahoy\n"
    assert len(folders(project)) == 2
    assert alive(stuck.installers)
    done = run_inkstand("env", "sync", cwd=project)
    assert done.returncode == 1, "its installer goes on"
    assert "being changed just now" in done.stderr
    for pid, _ in alive(stuck.installers):
        subprocess.run(["kill", "-9", str(pid)], check=False)
    wait_until(lambda: not alive(stuck.installers), "the installer is gone")
    want(project, "harbour")
    assert "nothing to do" in run_inkstand("env", "sync", cwd=project).stdout
    assert folders(project) == stuck.before
