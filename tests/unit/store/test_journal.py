"""What is written in a context is noted with what was there before; a dry run writes nothing."""

from pathlib import Path

import pytest

from store import files
from store.files import ConflictError, FileError
from store.journal import Change, Journal, current, recording
from store.undo import undo


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "old.txt"
    path.write_bytes(b"one")
    return path


def test_nothing_is_noted_outside(old: Path) -> None:
    assert current() is None
    files.write(old, b"two", expected=files.read(old)[1])


@pytest.mark.parametrize("is_dry", [False, True])
def test_each_kind_of_step(old: Path, is_dry: bool) -> None:
    journal = Journal(is_dry=is_dry)
    new, moved = old.with_name("new.txt"), old.with_name("sub") / "moved.txt"
    with recording(journal):
        files.write(new, b"fresh", expected=None)
        files.move(old, moved, expected=files.read(old)[1])
    assert journal.changes == (
        Change(new, None, b"fresh"),
        Change(old, b"one", None),
        Change(moved, None, b"one"),
    )
    assert [change.action for change in journal.changes] == ["created", "deleted", "created"]
    assert (new.exists(), old.exists(), moved.exists()) == (
        (False, True, False) if is_dry else (True, False, True)
    )


@pytest.mark.parametrize("is_dry", [False, True])
def test_a_removal(old: Path, is_dry: bool) -> None:
    journal = Journal(is_dry=is_dry)
    with recording(journal):
        files.remove(old, expected=files.read(old)[1])
    assert journal.changes == (Change(old, b"one", None),)
    assert old.exists() == is_dry


def test_several_steps_on_one_file_are_one_change(old: Path) -> None:
    journal = Journal()
    with recording(journal):
        stamp = files.write(old, b"two", expected=files.read(old)[1])
        stamp = files.write(old, b"three", expected=stamp)
        assert list(journal.changes) == [Change(old, b"one", b"three")]
        files.write(old, b"one", expected=stamp)
        assert len(journal.changes) == 0
        new = old.with_name("new.txt")
        files.remove(new, expected=files.write(new, b"x", expected=None))
    assert len(journal.changes) == 0


@pytest.mark.parametrize("is_dry", [False, True])
def test_a_conflict_is_noted_by_nobody(old: Path, is_dry: bool) -> None:
    stamp = files.read(old)[1]
    old.write_bytes(b"other")
    journal = Journal(is_dry=is_dry)
    with recording(journal):
        with pytest.raises(ConflictError):
            files.write(old, b"two", expected=stamp)
        with pytest.raises(ConflictError):
            files.write(old, b"two", expected=None)
        with pytest.raises(ConflictError):
            files.remove(old, expected=stamp)
        with pytest.raises(ConflictError):
            files.move(old, old.with_name("x"), expected=stamp)
        with pytest.raises(ConflictError):
            files.move(old, old, expected=files.read(old)[1])
    assert len(journal.changes) == 0
    assert old.read_bytes() == b"other"


def test_changes_are_undone(old: Path) -> None:
    gone = old.with_name("gone.txt")
    gone.write_bytes(b"dear")
    journal = Journal()
    with recording(journal):
        files.write(old.with_name("new.txt"), b"x", expected=None)
        files.write(old, b"two", expected=files.read(old)[1])
        files.remove(gone, expected=files.read(gone)[1])
    assert undo(journal.changes) == []
    assert (old.read_bytes(), gone.read_bytes()) == (b"one", b"dear")
    assert sorted(path.name for path in old.parent.iterdir()) == ["gone.txt", "old.txt"]


def test_what_somebody_changed_since_stays(old: Path) -> None:
    new, gone = old.with_name("new.txt"), old.with_name("gone.txt")
    gone.write_bytes(b"dear")
    journal = Journal()
    with recording(journal):
        files.write(new, b"x", expected=None)
        files.write(old, b"two", expected=files.read(old)[1])
        files.remove(gone, expected=files.read(gone)[1])
    new.write_bytes(b"theirs")
    old.write_bytes(b"theirs")
    gone.write_bytes(b"theirs")
    failures = undo(journal.changes)
    assert {path.name for path, _ in failures} == {"new.txt", "old.txt", "gone.txt"}
    assert all("changed it" in reason or "exists" in reason for _, reason in failures)
    assert {path.read_bytes() for path in (new, old, gone)} == {b"theirs"}


def test_a_dry_run_reads_what_it_has_written(old: Path) -> None:
    journal = Journal(is_dry=True)
    moved = old.with_name("moved.txt")
    with recording(journal):
        stamp = files.move(old, moved, expected=files.read(old)[1])
        with pytest.raises(FileError, match="not there"):
            files.read(old)
        with pytest.raises(ConflictError):
            files.write(old, b"x", expected=stamp)
        files.write(moved, b"two", expected=stamp)
        assert files.read(moved)[0] == b"two"
        files.write(old, b"again", expected=None)
        files.remove(moved, expected=files.read(moved)[1])
    assert journal.changes == (Change(old, b"one", b"again"),)
    assert old.read_bytes() == b"one"
    assert not moved.exists()
