"""Overwriting what another program made of a script, and renaming in the way of others."""

import os
from pathlib import Path

import pytest

from store import files, scripts
from store.files import ConflictError, FileError
from store.project import Project
from tests.limits import read_only
from tests.unit.store.conftest import put, script_text


@pytest.mark.parametrize("theirs", [b"theirs = 1\n", b"\xff\xfe not text", None])
def test_a_script_is_written_over_what_another_program_left(
    project: Project, theirs: bytes | None
) -> None:
    path = put(project, "scripts/a.py", script_text("a", body="x = 1\n"))
    script = scripts.read_script(path)
    if theirs is None:
        path.unlink()
    else:
        path.write_bytes(theirs)
    written = scripts.overwrite_script(script, body="x = 2\n", changes={"title": "Mine"})
    assert scripts.read_script(path) == written
    assert (written.fields.title, written.fields.version) == ("Mine", 4)
    assert (written.fields.id, written.body) == ("id-a", "x = 2\n")


def test_a_refused_rename_names_both_files(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.root)
    script = scripts.read_script(put(project, "scripts/a.py", script_text("a")))
    put(project, "scripts/b.py", "theirs")
    with pytest.raises(ConflictError) as caught:
        scripts.rename_script(script, slug="b")
    assert str(caught.value) == (
        "could not rename scripts/a.py: scripts/b.py exists already. Choose another slug."
    )
    assert Path("scripts/b.py").read_text() == "theirs"


def test_a_new_title_does_not_rename_a_script_with_an_old_slug(project: Project) -> None:
    script = scripts.read_script(put(project, "scripts/a.py", script_text("Old-Slug")))
    renamed = scripts.rename_script(script, title="New", slug="Old-Slug")
    assert (renamed.path, renamed.fields.slug) == (script.path, "Old-Slug")


def test_a_read_only_file_system_is_called_one(tmp_path: Path) -> None:
    path = tmp_path / "disk" / "a.py"
    path.parent.mkdir()
    path.write_text("x")
    _, stamp = files.read(path)
    with read_only(path.parent):
        if os.geteuid() != 0:
            pytest.skip("only root can mount a file system read-only")
        with pytest.raises(FileError, match="the file system is read-only"):
            files.write(path, b"y", expected=stamp)
        with pytest.raises(FileError, match="the file system is read-only"):
            files.write(path.with_name("b.py"), b"y", expected=None)
    assert path.read_text() == "x"
