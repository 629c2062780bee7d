"""meta/project.json, changed value by value under the eyes of other programs."""

from __future__ import annotations

import json

import pytest

from store.files import ConflictError, FileError
from store.json_text import REMOVE
from store.project import Project
from store.project_settings import change_project_settings, read_project_settings, with_settings
from tests.unit.store.conftest import put

ODD = (
    "\ufeff{\r\n"
    '\t"name" : "Bl\\u006fg",\r\n'
    '\t"picoTheme":"jade", "later": {"x": [1,2 ,3]},\r\n'
    '\t"maxPostsPerPage": 5e1\r\n'
    "}"
)


def test_a_change_touches_its_value_and_nothing_else(project: Project) -> None:
    path = put(project, "meta/project.json", ODD)
    file = read_project_settings(project)
    assert (file.problem, file.values["name"], file.values["maxPostsPerPage"]) == ("", "Blog", 50)
    file = change_project_settings(file, {("maxPostsPerPage",): 20})
    assert path.read_bytes().decode() == ODD.replace("5e1", "20")
    assert file.values["maxPostsPerPage"] == 20
    file = change_project_settings(file, {("limits", "macro", "cpuS"): 3})
    file = change_project_settings(file, {("limits",): REMOVE})
    assert path.read_bytes().decode() == ODD.replace("5e1", "20")
    assert read_project_settings(project) == file


def test_what_is_there_already_is_not_written_again(project: Project) -> None:
    path = put(project, "meta/project.json", ODD)
    before = path.stat()
    file = read_project_settings(project)
    assert change_project_settings(file, {("name",): "Blog", ("nothing",): REMOVE}) is file
    after = path.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("theirs", ['{"name": "Theirs"}', None])
def test_what_another_program_wrote_is_not_overwritten(
    project: Project, theirs: str | None
) -> None:
    path = project.meta_dir / "project.json"
    file = read_project_settings(project)
    if theirs is None:
        path.unlink()
    else:
        path.write_text(theirs)
    with pytest.raises(ConflictError):
        change_project_settings(file, {("name",): "Mine"})
    assert (path.read_text() if path.exists() else None) == theirs


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b'{"name": "Blog",}', "meta/project.json:1:17: "),
        (b"", "meta/project.json:1:1: Expecting value; using defaults."),
        (b"[]", "meta/project.json:1:1: should be an object {...}; using defaults."),
        (b'{\n "\xc3\xa4": "\xff"}', "meta/project.json:2:8: not UTF-8; using defaults."),
        (b'{\n"a": ' + b"9" * 9_000 + b"}", "meta/project.json:1:1: a number has too many digits"),
    ],
)
def test_a_broken_file_is_told_with_its_place_and_stays(
    project: Project, data: bytes, problem: str
) -> None:
    path = put(project, "meta/project.json", data)
    file = read_project_settings(project)
    assert (file.values, file.problem[: len(problem)]) == ({}, problem)
    if b"999" not in data:  # that one can be changed, if not read
        with pytest.raises(FileError, match="could not change"):
            change_project_settings(file, {("name",): "Mine"})
    assert path.read_bytes() == data


def test_of_a_key_that_stands_there_twice_the_last_counts_but_none_is_changed(
    project: Project,
) -> None:
    path = put(project, "meta/project.json", '{"name": "A",\n "name": "B"}')
    file = read_project_settings(project)
    assert file.values == {"name": "B"}
    assert file.problem == 'meta/project.json:2:2: "name" stands there twice; the last counts.'
    with pytest.raises(FileError, match=r"Put meta/project\.json:2:2 right first"):
        change_project_settings(file, {("name",): "Mine"})
    assert path.read_text() == '{"name": "A",\n "name": "B"}'


def test_a_file_that_is_gone_is_not_made_anew(project: Project) -> None:
    path = project.meta_dir / "project.json"
    path.unlink()
    file = read_project_settings(project)
    assert "project.json" in file.problem
    with pytest.raises(FileError, match="Bring it back first"):
        change_project_settings(file, {("name",): "Mine"})
    assert not path.exists()


def test_the_place_of_a_key_is_told(project: Project) -> None:
    put(project, "meta/project.json", ODD)
    file = read_project_settings(project)
    assert file.place(("name",)) == "meta/project.json:2:2"
    assert file.place(("later", "x")) == "meta/project.json:3:32"


@pytest.mark.parametrize("name", ["", "  ", 5, None])
def test_a_project_without_a_name_is_called_after_its_folder(
    project: Project, name: object
) -> None:
    assert with_settings(project, {"name": name}).name == "blog"
    assert with_settings(project, {"name": "New\nname"}).name == "New name"
    assert json.loads(read_project_settings(project).text)["name"] == "Blog"
