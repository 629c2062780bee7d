"""What stands in files does not steer the terminal that shows it."""

import json
from pathlib import Path

import pytest

from store import files, scripts
from store.files import FileError
from store.index import Index
from store.one_line import clean
from store.project import Project, ProjectError, open_project
from store.rebuild import rebuild
from tests.unit.store.conftest import put, script_text

EVIL = "a\x1b]0;owned\x07b\x9b31mc\u202ed"
SHOWN = "a ]0;owned b 31mc d"


def test_texts_become_one_harmless_line() -> None:
    assert clean(EVIL) == SHOWN
    assert clean(" a\r\nb\u2028c\ud800\u2066 ") == "a b c"
    assert clean("Über \u200f👩\u200d🚀") == "Über \u200f👩\u200d🚀"


def test_fields_are_fit_to_be_shown(project: Project) -> None:
    keys = ("id", "title", "entrypoint", "createdAt", "updatedAt")
    text = script_text(EVIL, **dict.fromkeys(keys, f'"{EVIL}"'))
    fields = scripts.read_script(put(project, "scripts/a.py", text)).fields
    assert {fields.id, fields.slug, fields.title, fields.entrypoint} == {SHOWN}
    assert {fields.created_at, fields.updated_at} == {SHOWN}


def test_a_save_leaves_odd_characters_in_the_file_alone(project: Project) -> None:
    path = put(project, "scripts/a.py", script_text("a", title=f'"{EVIL}"'))
    script = scripts.read_script(path)
    assert scripts.save_script(script, changes={"title": script.fields.title}) is script
    scripts.save_script(script, body="x = 2\n")
    assert f'title: "{EVIL}"\n'.encode() in path.read_bytes()


def test_the_name_of_a_project_is_fit_to_be_shown(project: Project) -> None:
    put(project, "meta/project.json", json.dumps({"name": EVIL}))
    assert open_project(project.root).name == SHOWN


def test_errors_are_fit_to_be_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileError) as caught:
        files.read(tmp_path / EVIL)
    assert str(caught.value).startswith(f"could not read {SHOWN}: ")
    assert str(ProjectError(EVIL)) == f"{SHOWN}."


def test_problems_are_fit_to_be_shown(project: Project) -> None:
    put(project, f"scripts/{EVIL}.py", script_text("a"))
    put(project, "scripts/b.py", script_text("a"))
    put(project, "scripts/junk.py", f'"""\n---\n{EVIL}\n---\n"""\n')
    put(project, "posts/a.md", f"---\nid: [{EVIL}\n---\n")
    index = Index.open(None)
    rebuild(project, index)
    reasons = [problem.reason for problem in index.problems()]
    index.close()
    assert len(reasons) == 3
    assert [reason for reason in reasons if clean(reason) != reason] == []
