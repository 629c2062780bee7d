"""Taking a newer default script: the person's text is kept first, and asked about once."""

from __future__ import annotations

from pathlib import Path

import pytest

from store import default_manifest, files, resources, seed
from store.default_updates import keep_mine, outdated_defaults
from store.diff.defaults import give_back, take_newer
from store.files import ConflictError, FileError, Stamp
from store.project import Project
from store.scripts import read_script, save_script
from tests.unit.store.conftest import script_text


@pytest.fixture
def changed(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project whose copy of a default script was changed before a newer one came out."""
    folder = tmp_path / "shipped"
    folder.mkdir()
    monkeypatch.setattr(resources, "default_scripts", lambda: folder)

    def release(body: str) -> None:
        text = script_text("gallery", body=body, projectId='""', version="1")
        (folder / "gallery.py").write_text(text)
        default_manifest.update()

    release("first = 1\n")
    seed.seed_default_scripts(project)
    save_script(read_script(project.scripts_dir / "gallery.py"), body="mine = 1\n")
    release("second = 2\n")
    return project


def test_the_newer_one_is_taken_and_the_old_text_is_kept(changed: Project) -> None:
    path = changed.scripts_dir / "gallery.py"
    before = path.read_bytes()
    (default,) = outdated_defaults(changed)
    assert (default.theirs, default.ours) == ("mine = 1\n", "second = 2\n")
    saved = take_newer(changed, default).script
    assert read_script(path) == saved
    assert saved.body == "second = 2\n"
    assert saved.fields.title == "Gallery"
    (kept,) = (changed.state_dir / "trash").iterdir()
    assert kept.read_bytes() == before
    assert outdated_defaults(changed) == []


def test_what_was_replaced_comes_back_and_the_newer_one_is_offered_again(
    changed: Project,
) -> None:
    path = changed.scripts_dir / "gallery.py"
    before = path.read_bytes()
    (default,) = outdated_defaults(changed)
    taken = take_newer(changed, default)
    assert give_back(changed, taken) == read_script(path)
    assert path.read_bytes() == before
    assert list((changed.state_dir / "trash").iterdir()) == []
    assert outdated_defaults(changed) == [default]


def test_what_was_replaced_comes_beside_a_newer_one_that_was_changed_since(
    changed: Project,
) -> None:
    path = changed.scripts_dir / "gallery.py"
    before = path.read_bytes()
    taken = take_newer(changed, outdated_defaults(changed)[0])
    save_script(taken.script, body="second = 3\n")
    assert give_back(changed, taken).path == path.with_name("gallery_2.py")
    assert read_script(path).body == "second = 3\n"
    assert path.with_name("gallery_2.py").read_bytes() == before
    assert outdated_defaults(changed) == []


def test_what_was_replaced_comes_back_when_the_newer_one_was_deleted(changed: Project) -> None:
    path = changed.scripts_dir / "gallery.py"
    before = path.read_bytes()
    taken = take_newer(changed, outdated_defaults(changed)[0])
    path.unlink()
    assert give_back(changed, taken).path == path
    assert path.read_bytes() == before


def test_a_copy_that_changed_after_it_was_listed_stays(changed: Project) -> None:
    (default,) = outdated_defaults(changed)
    path = changed.scripts_dir / "gallery.py"
    save_script(read_script(path), body="mine = 2\n")
    with pytest.raises(ConflictError, match="changed after the scan"):
        take_newer(changed, default)
    assert read_script(path).body == "mine = 2\n"


def test_without_a_kept_copy_nothing_is_replaced(
    changed: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    (default,) = outdated_defaults(changed)
    real_write = files.write

    def write(path: Path, data: bytes, *, expected: Stamp | None) -> Stamp:
        if "trash" in path.parts:
            raise FileError(path, "no space left on device", action="write")
        return real_write(path, data, expected=expected)

    monkeypatch.setattr(files, "write", write)
    with pytest.raises(FileError, match="The script stays as it is"):
        take_newer(changed, default)
    assert read_script(default.path).body == "mine = 1\n"
    assert outdated_defaults(changed) == [default]


def test_what_is_kept_is_not_asked_about_again(changed: Project) -> None:
    keep_mine(changed, "gallery")
    assert outdated_defaults(changed) == []
