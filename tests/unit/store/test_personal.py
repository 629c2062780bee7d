"""The person's own settings: made when first needed, for their eyes only."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from store.files import ConflictError, FileError
from store.json_text import REMOVE
from store.personal import change_personal, personal_path, read_personal


@pytest.fixture(autouse=True)
def config_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config"


def test_reading_makes_nothing(config_home: Path) -> None:
    file = read_personal()
    assert (file.path, file.values, file.problem) == (personal_path(), {}, "")
    assert personal_path() == config_home / "inkstand" / "settings.json"
    assert not config_home.exists()


def test_the_first_change_makes_a_file_that_only_its_owner_can_read() -> None:
    before = os.umask(0o002)
    try:
        file = change_personal(read_personal(), {("theme",): "ink"})
    finally:
        os.umask(before)
    assert file.path.read_text() == '{\n  "theme": "ink"\n}\n'
    assert file.path.stat().st_mode & 0o777 == 0o600
    file = change_personal(file, {("editor", "indentWidth"): 2, ("theme",): REMOVE})
    assert file.path.read_text() == '{\n  "editor": {\n    "indentWidth": 2\n  }\n}\n'
    assert file.path.stat().st_mode & 0o777 == 0o600
    assert read_personal() == file


def test_a_mode_that_the_person_chose_stays() -> None:
    path = personal_path()
    path.parent.mkdir(parents=True)
    path.write_text("{}")
    path.chmod(0o640)
    change_personal(read_personal(), {("theme",): "ink"})
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_file_that_appeared_meanwhile_is_not_overwritten() -> None:
    file = read_personal()
    personal_path().parent.mkdir(parents=True)
    personal_path().write_text('{"theme": "ansi-dark"}')
    with pytest.raises(ConflictError):
        change_personal(file, {("theme",): "ink"})
    assert read_personal().values == {"theme": "ansi-dark"}


def test_a_broken_file_is_told_with_its_place_and_stays() -> None:
    personal_path().parent.mkdir(parents=True)
    personal_path().write_text('{\n  "theme": ink\n}')
    file = read_personal()
    assert file.values == {}
    assert file.problem.endswith("settings.json:2:12: Expecting value; using defaults.")
    with pytest.raises(FileError, match=r"settings\.json:2:12 right first"):
        change_personal(file, {("theme",): "ink"})
    assert personal_path().read_text() == '{\n  "theme": ink\n}'


def test_a_folder_that_cannot_be_made_is_told(config_home: Path) -> None:
    config_home.write_text("a file in the way")
    file = read_personal()
    assert "settings.json" in file.problem
    with pytest.raises(FileError, match="could not write"):
        change_personal(file, {("theme",): "ink"})


def test_below_the_home_folder_the_name_is_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert read_personal().name == "~/config/inkstand/settings.json"
