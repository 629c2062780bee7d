"""Scripts that use the API from a shell: arguments, input, what they wrote, a dry run; the list."""

from __future__ import annotations

import ast
import json
from pathlib import Path

from tests.commands.conftest import add_script
from tests.processes import run_inkstand

ASKING = """
import app
print("hello", input("Name? "), app.args)
print("chose", app.ui.choose("Which?", ["red", "blue"]), app.ui.ask("More?", default="none"))
app.posts.create("Made here")
app.ui.toast("done")
"""


def test_a_script_asks_and_tells_what_it_wrote(project: Path) -> None:
    add_script(project, "asking", ASKING)
    done = run_inkstand(
        "run", "asking", "--timeout", "60", "--", "--tag", "x y", cwd=project, stdin="Mara\nbl\n\n"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "Name? hello Mara ['--tag', 'x y']\nMore? [none] chose blue none\n"
    (path,) = (project / "posts").rglob("*.md")
    assert done.stderr.endswith(f"done\ninkstand: asking: created {path.relative_to(project)}\n")
    assert "  1  red\n  2  blue\n" in done.stderr


def test_a_dry_run_writes_nothing(project: Path) -> None:
    add_script(project, "asking", ASKING)
    done = run_inkstand("run", "asking", "--dry-run", "--json", cwd=project, stdin="Mara\n1\n\n")
    report = json.loads(done.stdout)
    (path,) = report["changes"]["created"]
    assert path.endswith("/made-here.md")
    assert list((project / "posts").rglob("*.md")) == []


def test_without_input_a_script_meets_the_end(project: Path) -> None:
    add_script(project, "asking", ASKING)
    done = run_inkstand("run", "asking", cwd=project)
    assert done.returncode == 1
    assert "EOFError: there is nobody to answer" in done.stderr


def test_the_functions_are_listed(tmp_path: Path) -> None:
    done = run_inkstand("api", cwd=tmp_path)
    assert "app.posts.get(name: str)" in done.stdout
    functions = json.loads(run_inkstand("api", "--json", cwd=tmp_path).stdout)
    assert {"posts.get", "ui.toast"} <= {function["name"] for function in functions}


def test_the_stub_is_written_over_an_older_one(tmp_path: Path) -> None:
    for _ in range(2):
        done = run_inkstand("api", "--stub", tmp_path, cwd=tmp_path)
        assert done.returncode == 0
        ast.parse((tmp_path / "app.pyi").read_text())
        (tmp_path / "app.pyi").write_text("old")
