"""Temporary files that a kill has left go after an hour, and nothing else ever does."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from store import leftovers, scan
from store.project import Project
from tests.unit.store.conftest import put

NAME = ".inkstand-0123456789abcdef.tmp"


def put_old(project: Project, relative: str, *, age_s: float = 2 * leftovers.MIN_AGE_S) -> Path:
    path = put(project, relative, "half a te")
    moment = time.time() - age_s
    os.utime(path, (moment, moment))
    return path


@pytest.mark.parametrize("folder", ["scripts", "posts/2026/03", "media/2026", "meta"])
def test_an_old_one_goes_from_every_folder(project: Project, folder: str) -> None:
    path = put_old(project, f"{folder}/{NAME}")
    assert leftovers.sweep(project) == [path]
    assert not path.exists()
    assert leftovers.sweep(project) == []


def test_one_of_the_state_folder_goes_too(project: Project) -> None:
    project.state_dir.mkdir(parents=True)
    path = put_old(project, os.path.relpath(project.state_dir / NAME, project.root))
    assert leftovers.sweep(project) == [project.state_dir / NAME]
    assert not path.exists()


def test_a_young_one_stays_for_it_may_be_in_use(project: Project) -> None:
    path = put_old(project, f"scripts/{NAME}", age_s=leftovers.MIN_AGE_S - 60)
    assert leftovers.sweep(project) == []
    assert path.exists()
    assert scan.walk(project.root, "scripts", (".tmp", ".py")).found == []


@pytest.mark.parametrize(
    "name",
    [
        ".inkstand-notes.tmp",
        ".inkstand-0123456789abcdef.tmp.bak",
        ".inkstand-0123456789ABCDEF.tmp",
        "x.inkstand-0123456789abcdef.tmp",
        ".other-0123456789abcdef.tmp",
        "a.py",
    ],
)
def test_what_only_looks_like_one_stays(project: Project, name: str) -> None:
    path = put_old(project, f"scripts/{name}")
    assert leftovers.sweep(project) == []
    assert path.exists()


def test_other_places_and_kinds_stay(project: Project, tmp_path: Path) -> None:
    html = put_old(project, f"html/{NAME}")
    top = put_old(project, NAME)
    (project.scripts_dir / NAME).mkdir()
    (project.posts_dir / NAME).symlink_to(html)
    elsewhere = put_old(project, f"../elsewhere/{NAME}")
    (project.media_dir / "linked").symlink_to(tmp_path / "elsewhere")
    assert leftovers.sweep(project) == []
    assert html.exists()
    assert top.exists()
    assert elsewhere.exists()
    assert (project.posts_dir / NAME).is_symlink()


def test_one_that_cannot_be_deleted_is_passed_over(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, other = put_old(project, f"meta/{NAME}"), put_old(project, f"scripts/{NAME}")
    real_unlink = Path.unlink

    def unlink(path: Path, missing_ok: bool = False) -> None:
        if path == stuck:
            raise PermissionError(13, "Permission denied")
        real_unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", unlink)
    assert leftovers.sweep(project) == [other]
    assert stuck.exists()


def test_a_cancelled_sweep_ends_at_the_next_folder(project: Project) -> None:
    put_old(project, f"posts/{NAME}")
    first = put_old(project, f"scripts/{NAME}")
    answers = iter([False, True])
    assert leftovers.sweep(project, is_cancelled=lambda: next(answers)) == [first]
