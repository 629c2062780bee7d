"""Files that change together: all of them, or none."""

from __future__ import annotations

from pathlib import Path

import pytest

from store import files
from store.file_group import FileGroup


def make(folder: Path) -> dict[str, tuple[bytes, files.Stamp]]:
    for name in ("a", "b", "c"):
        (folder / name).write_text(name)
    return {name: files.read(folder / name) for name in ("a", "b", "c")}


def steps(group: FileGroup, folder: Path) -> None:
    known = make(folder)
    group.create(folder / "new" / "d", b"d")
    stamp = group.move(folder / "a", folder / "a2", expected=known["a"][1])
    group.replace(folder / "a2", b"changed", old=b"a", expected=stamp)
    group.replace(folder / "b", b"changed", old=b"b", expected=known["b"][1])
    group.remove(folder / "c", old=b"c", expected=known["c"][1])


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_what_succeeds_stays(tmp_path: Path) -> None:
    with FileGroup() as group:
        steps(group, tmp_path)
    assert contents(tmp_path) == {"a2": "changed", "b": "changed", "d": "d"}


def fail(folder: Path, error: BaseException, theirs: str = "") -> None:
    """Do all steps, let another program change a file perhaps, and fail then."""
    with FileGroup() as group:
        steps(group, folder)
        if theirs:
            (folder / "b").write_text(theirs)
        raise error


@pytest.mark.parametrize("error", [files.FileError(Path("x"), "full"), KeyboardInterrupt()])
def test_any_error_takes_every_step_back(tmp_path: Path, error: BaseException) -> None:
    with pytest.raises(type(error)):
        fail(tmp_path, error)
    assert contents(tmp_path) == {"a": "a", "b": "b", "c": "c"}


def test_what_another_program_changed_stays_and_is_named(tmp_path: Path) -> None:
    full = files.FileError(Path("x"), "full", action="write")
    with pytest.raises(files.FileError, match=r"x: full; and .*b could not be put back") as caught:
        fail(tmp_path, full, theirs="theirs")
    assert caught.value.__cause__ is full
    assert contents(tmp_path) == {"a": "a", "b": "theirs", "c": "c"}


def test_an_error_of_another_kind_names_it_in_a_note(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt) as caught:
        fail(tmp_path, KeyboardInterrupt(), theirs="theirs")
    assert "b could not be put back" in caught.value.__notes__[0]
