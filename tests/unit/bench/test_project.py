"""The projects that the benches make."""

from __future__ import annotations

import ast
import contextlib
import io
import time
from pathlib import Path

import pytest

from bench import project
from store.index import Index
from store.project import open_project
from store.rebuild import rebuild


def test_a_made_project_is_valid_and_has_what_was_asked_for(tmp_path: Path) -> None:
    project.make_project(tmp_path / "p", scripts=12, posts=230)
    opened = open_project(tmp_path / "p")
    assert not opened.warnings
    index = Index.open(None)
    try:
        report = rebuild(opened, index)
        rows = index.scripts()
        counts = index.counts()
        problems = index.problems()
    finally:
        index.close()
    assert not report.unreadable
    assert (counts.scripts, counts.posts, len(problems)) == (14, 230, 0)
    macros = [row.slug for row in rows if row.kind == "macro"]
    assert macros[:2] == [project.OPENED, project.NEIGHBOUR]
    assert len(macros) == project.macro_count(12) == 4
    assert {project.EMPTY, project.PRINTER} <= {row.slug for row in rows}


def test_every_script_is_python_and_the_same_every_time(tmp_path: Path) -> None:
    for name in ("one", "two"):
        project.make_project(tmp_path / name, scripts=3, posts=1)
    for script in (tmp_path / "one" / "scripts").iterdir():
        ast.parse(script.read_text(encoding="utf-8"))
        assert script.read_bytes() == (tmp_path / "two" / "scripts" / script.name).read_bytes()


def test_the_printer_prints_one_of_the_expected_tokens(tmp_path: Path) -> None:
    project.make_project(tmp_path, scripts=0, posts=0)
    source = (tmp_path / "scripts" / f"{project.PRINTER}.py").read_text(encoding="utf-8")
    printed = io.StringIO()
    before_s = time.time()
    with contextlib.redirect_stdout(printed):
        exec(source, {})
    assert printed.getvalue().strip() in project.printed_tokens(before_s, time.time())


@pytest.mark.parametrize("later_s", [0.25, 0.5, 3.0, 9.75])
def test_two_tokens_of_one_screen_share_no_cell(later_s: float) -> None:
    (first,) = project.printed_tokens(1_000_000, 1_000_000)
    (second,) = project.printed_tokens(1_000_000 + later_s, 1_000_000 + later_s)
    assert all(one != other for one, other in zip(first, second, strict=True))


def test_no_token_between_two_moments_is_missing() -> None:
    assert len(project.printed_tokens(100.0, 100.1)) == 1
    assert len(project.printed_tokens(100.2, 100.3)) == 2
    assert len(set(project.printed_tokens(100.0, 101.0))) == 5
