"""Deleting scripts and bringing them back."""

import pytest

from store import scripts
from store.files import ConflictError, FileError
from store.project import Project
from tests.unit.store.conftest import put, script_text


def test_a_deleted_script_comes_back(project: Project) -> None:
    script = scripts.read_script(put(project, "scripts/sub/a.py", script_text("a")))
    trash = scripts.delete_script(project, script)
    assert not script.path.exists()
    assert trash.parent == project.state_dir / "trash"
    assert trash.read_bytes() == script.source
    restored = scripts.restore_script(project, trash, script.path)
    assert restored.text == script.text
    assert restored.path == script.path
    assert list(trash.parent.iterdir()) == []


def test_a_deleted_script_comes_back_beside_what_took_its_place(project: Project) -> None:
    text = script_text("a")
    script = scripts.read_script(put(project, "scripts/a.py", text))
    trash = scripts.delete_script(project, script)
    theirs = [put(project, f"scripts/{name}.py", "theirs") for name in ("a", "a_2")]
    restored = scripts.restore_script(project, trash, script.path)
    assert restored.path == project.scripts_dir / "a_3.py"
    assert restored.path.read_text() == text
    assert [path.read_text() for path in theirs] == ["theirs", "theirs"]
    assert not trash.exists()


def test_a_script_that_cannot_be_kept_is_not_deleted(project: Project) -> None:
    path = put(project, "scripts/a.py", "x = 1\n")
    project.state_dir.mkdir(parents=True)
    trash = project.state_dir / "trash"
    trash.touch()
    with pytest.raises(FileError) as caught:
        scripts.delete_script(project, scripts.read_script(path))
    message = str(caught.value)
    assert message.startswith(f"could not keep a copy in {trash}: ")
    assert message.endswith(". The script was not deleted.")
    assert path.read_text() == "x = 1\n"


def test_a_script_that_changed_is_not_deleted(project: Project) -> None:
    script = scripts.read_script(put(project, "scripts/a.py", script_text("a")))
    script.path.write_text("theirs")
    with pytest.raises(ConflictError):
        scripts.delete_script(project, script)
    assert script.path.read_text() == "theirs"
    assert list((project.state_dir / "trash").iterdir()) == []
