"""The writer: a file is the old one or the new one, and nothing else is left behind."""

import errno
import os
import stat
from pathlib import Path
from typing import NoReturn

import pytest

from store import files
from store.files import ConflictError, FileError
from store.renaming import rename_exclusively
from tests.unit.store.files_child import WRITER

OLD = b"old content\n"
NEW = b"new content, longer\n"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "a.py"
    path.write_bytes(OLD)
    return path


def temp_files(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir() if files.is_temp_name(entry.name)]


@pytest.fixture
def no_single_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system that cannot rename without overwriting in one step."""
    monkeypatch.setattr(WRITER, "rename_exclusively", failing(errno.EINVAL))


def failing(code: int) -> object:
    def fail(*_args: object, **_kwargs: object) -> NoReturn:
        raise OSError(code, os.strerror(code))

    return fail


def test_read_gives_bytes_and_their_stamp(old: Path) -> None:
    data, stamp = files.read(old)
    assert data == OLD
    assert stamp.size == len(OLD)
    assert stamp.mtime_ns == old.stat().st_mtime_ns
    assert len(stamp.digest) == 64


def test_write_replaces_and_gives_the_stamp_of_the_new_file(old: Path) -> None:
    _, stamp = files.read(old)
    new = files.write(old, NEW, expected=stamp)
    assert old.read_bytes() == NEW
    assert files.read(old)[1] == new
    assert temp_files(old.parent) == []


def test_write_keeps_the_mode(old: Path) -> None:
    old.chmod(0o741)
    files.write(old, NEW, expected=files.read(old)[1])
    assert stat.S_IMODE(old.stat().st_mode) == 0o741


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file to somebody else")
def test_write_keeps_the_owner(old: Path) -> None:
    os.chown(old, 1234, 1235)
    files.write(old, NEW, expected=files.read(old)[1])
    assert (old.stat().st_uid, old.stat().st_gid) == (1234, 1235)


def test_write_goes_on_when_the_owner_cannot_be_kept(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fchown", failing(errno.EPERM))
    files.write(old, NEW, expected=files.read(old)[1])
    assert old.read_bytes() == NEW


def test_write_through_a_symbolic_link_keeps_the_link(old: Path) -> None:
    link = old.parent / "sub" / "link.py"
    link.parent.mkdir()
    link.symlink_to("../a.py")
    files.write(link, NEW, expected=files.read(link)[1])
    assert link.is_symlink()
    assert old.read_bytes() == NEW
    assert temp_files(link.parent) == []


@pytest.mark.parametrize("call", ["write", "fsync", "replace", "fchmod", "open"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EIO, errno.EROFS])
def test_a_failure_leaves_the_old_file_and_no_temporary_one(
    old: Path, monkeypatch: pytest.MonkeyPatch, call: str, code: int
) -> None:
    _, stamp = files.read(old)
    if call == "open":
        real_open = os.open

        def open_(path: Path, flags: int, mode: int = 0o777) -> int:
            if flags & os.O_CREAT:
                raise OSError(code, os.strerror(code))
            return real_open(path, flags, mode)

        monkeypatch.setattr(os, "open", open_)
    else:
        monkeypatch.setattr(os, call, failing(code))
    with pytest.raises(FileError) as caught:
        files.write(old, NEW, expected=stamp)
    monkeypatch.undo()
    assert old.read_bytes() == OLD
    assert temp_files(old.parent) == []
    words = os.strerror(code).lower()
    if code == errno.EROFS:
        words = "the file system is read-only"
    assert caught.value.reason == words
    assert str(caught.value).startswith(f"could not write {old}: {words}. ")


@pytest.mark.parametrize("call", ["write", "fsync", "open"])
def test_a_failing_creation_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    monkeypatch.setattr(os, call, failing(errno.ENOSPC))
    with pytest.raises(FileError, match="no space left on device"):
        files.write(tmp_path / "new.py", NEW, expected=None)
    monkeypatch.undo()
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_leaves_no_temporary_file(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_descriptor: int) -> None:
        raise KeyboardInterrupt

    _, stamp = files.read(old)
    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        files.write(old, NEW, expected=stamp)
    assert old.read_bytes() == OLD
    assert temp_files(old.parent) == []


def test_short_writes_are_continued(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real_write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: real_write(descriptor, data[:3]))
    files.write(old, NEW, expected=files.read(old)[1])
    assert old.read_bytes() == NEW


def test_a_folder_that_cannot_be_synced_is_no_failure(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_fsync = os.fsync

    def fsync(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")
        real_fsync(descriptor)

    _, stamp = files.read(old)
    monkeypatch.setattr(os, "fsync", fsync)
    files.write(old, NEW, expected=stamp)
    assert old.read_bytes() == NEW


def test_a_change_by_another_program_is_a_conflict(old: Path) -> None:
    _, stamp = files.read(old)
    facts = old.stat()
    old.write_bytes(b"OLD content\n")
    os.utime(old, ns=(facts.st_atime_ns, facts.st_mtime_ns))  # same size, same time
    with pytest.raises(ConflictError, match="another program changed it"):
        files.write(old, NEW, expected=stamp)
    assert old.read_bytes() == b"OLD content\n"


def test_a_touch_is_no_conflict(old: Path) -> None:
    _, stamp = files.read(old)
    os.utime(old, ns=(1, 1))
    files.write(old, NEW, expected=stamp)
    assert old.read_bytes() == NEW


def test_a_change_during_the_write_is_a_conflict(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_fsync = os.fsync
    _, stamp = files.read(old)

    def fsync(descriptor: int) -> None:
        real_fsync(descriptor)
        old.write_bytes(b"somebody else was faster")

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(ConflictError):
        files.write(old, NEW, expected=stamp)
    assert old.read_bytes() == b"somebody else was faster"
    assert temp_files(old.parent) == []


def test_a_deleted_file_is_a_conflict(old: Path) -> None:
    _, stamp = files.read(old)
    old.unlink()
    with pytest.raises(ConflictError, match="deleted or renamed"):
        files.write(old, NEW, expected=stamp)
    assert not old.exists()


def test_a_read_only_file_is_not_overwritten(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, stamp = files.read(old)
    monkeypatch.setattr(os, "access", lambda *_args: False)  # root may write everything
    with pytest.raises(FileError, match="permission denied"):
        files.write(old, NEW, expected=stamp)
    assert old.read_bytes() == OLD


def test_create_makes_folders_and_honours_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        path = tmp_path / "x" / "y" / "new.py"
        stamp = files.write(path, NEW, expected=None)
    finally:
        os.umask(before)
    assert files.read(path) == (NEW, stamp)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert path.stat().st_nlink == 1
    assert temp_files(path.parent) == []


def test_create_never_overwrites(old: Path) -> None:
    with pytest.raises(ConflictError, match="exists already"):
        files.write(old, NEW, expected=None)
    dangling = old.parent / "dangling.py"
    dangling.symlink_to("nowhere.py")
    with pytest.raises(ConflictError, match="exists already"):
        files.write(dangling, NEW, expected=None)
    assert old.read_bytes() == OLD


def test_create_loses_a_race_without_overwriting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "new.py"
    real_fsync = os.fsync

    def fsync(descriptor: int) -> None:
        real_fsync(descriptor)
        path.write_bytes(OLD)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(ConflictError):
        files.write(path, NEW, expected=None)
    assert path.read_bytes() == OLD
    assert temp_files(tmp_path) == []


@pytest.mark.usefixtures("no_single_step")
def test_create_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", failing(errno.EPERM))
    path = tmp_path / "new.py"
    files.write(path, NEW, expected=None)
    assert path.read_bytes() == NEW
    monkeypatch.setattr(os, "replace", failing(errno.EIO))
    with pytest.raises(FileError):
        files.write(tmp_path / "other.py", NEW, expected=None)
    assert [entry.name for entry in tmp_path.iterdir()] == ["new.py"]


def test_a_file_that_became_a_loop_of_links_is_an_error(old: Path) -> None:
    _, stamp = files.read(old)
    old.unlink()
    old.symlink_to(old.name)
    with pytest.raises(FileError, match="too many levels"):
        files.write(old, NEW, expected=stamp)


def test_remove_takes_the_link_and_not_its_target(old: Path) -> None:
    link = old.parent / "link.py"
    link.symlink_to("a.py")
    files.remove(link, expected=files.read(link)[1])
    assert not link.is_symlink()
    assert old.read_bytes() == OLD


def test_remove_checks_what_it_removes(old: Path) -> None:
    _, stamp = files.read(old)
    old.write_bytes(NEW)
    with pytest.raises(ConflictError, match="could not delete"):
        files.remove(old, expected=stamp)
    assert old.read_bytes() == NEW


def test_move_keeps_everything(old: Path) -> None:
    old.chmod(0o755)
    _, stamp = files.read(old)
    target = old.parent / "sub" / "b.py"
    assert files.move(old, target, expected=stamp) == stamp
    assert not old.exists()
    assert target.read_bytes() == OLD
    assert stat.S_IMODE(target.stat().st_mode) == 0o755


@pytest.mark.parametrize("rename_code", [0, errno.EINVAL, errno.EXDEV])
@pytest.mark.parametrize("link_code", [0, errno.EPERM])
def test_move_never_overwrites(
    old: Path, monkeypatch: pytest.MonkeyPatch, rename_code: int, link_code: int
) -> None:
    target = old.parent / "b.py"
    target.write_bytes(NEW)
    if rename_code:
        monkeypatch.setattr(WRITER, "rename_exclusively", failing(rename_code))
    if link_code:
        monkeypatch.setattr(os, "link", failing(link_code))
    with pytest.raises(ConflictError, match="exists already"):
        files.move(old, target, expected=files.read(old)[1])
    assert (old.read_bytes(), target.read_bytes()) == (OLD, NEW)


@pytest.mark.usefixtures("no_single_step")
def test_move_without_hard_links(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", failing(errno.EOPNOTSUPP))
    target = old.parent / "b.py"
    files.move(old, target, expected=files.read(old)[1])
    assert [entry.name for entry in old.parent.iterdir()] == ["b.py"]
    assert target.read_bytes() == OLD


def other_disk(source: Path) -> object:
    """Let only `source` lie on another disk; temporary files lie beside their target."""

    def rename(one: Path, target: Path) -> None:
        if one == source:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        rename_exclusively(one, target)

    return rename


def test_move_to_another_disk(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old.chmod(0o755)
    monkeypatch.setattr(WRITER, "rename_exclusively", other_disk(old))
    target = old.parent / "b.py"
    files.move(old, target, expected=files.read(old)[1])
    assert [entry.name for entry in old.parent.iterdir()] == ["b.py"]
    assert target.read_bytes() == OLD
    assert stat.S_IMODE(target.stat().st_mode) == 0o755


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file to somebody else")
def test_move_to_another_disk_keeps_the_owner(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.chown(old, 1234, 1235)
    monkeypatch.setattr(WRITER, "rename_exclusively", other_disk(old))
    target = old.parent / "b.py"
    files.move(old, target, expected=files.read(old)[1])
    assert (target.stat().st_uid, target.stat().st_gid) == (1234, 1235)


def test_a_change_during_a_move_to_another_disk_leaves_no_copy(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, stamp = files.read(old)
    rename = other_disk(old)

    def rename_and_change(source: Path, target: Path) -> None:
        rename(source, target)  # type: ignore[operator]
        old.write_bytes(NEW)

    monkeypatch.setattr(WRITER, "rename_exclusively", rename_and_change)
    with pytest.raises(ConflictError, match="another program changed it"):
        files.move(old, old.parent / "b.py", expected=stamp)
    assert [entry.name for entry in old.parent.iterdir()] == ["a.py"]
    assert old.read_bytes() == NEW


@pytest.mark.parametrize("code", [errno.EINVAL, errno.EXDEV])
def test_a_move_that_cannot_take_the_old_name_away_is_undone(
    old: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    _, stamp = files.read(old)
    real_unlink = Path.unlink

    def unlink(path: Path, missing_ok: bool = False) -> None:
        if path == old:
            raise OSError(errno.EACCES, "Permission denied")
        real_unlink(path, missing_ok)

    def rename(source: Path, target: Path) -> None:
        if source == old:
            raise OSError(code, os.strerror(code))
        rename_exclusively(source, target)

    monkeypatch.setattr(WRITER, "rename_exclusively", rename)
    monkeypatch.setattr(Path, "unlink", unlink)
    with pytest.raises(FileError, match="permission denied"):
        files.move(old, old.parent / "b.py", expected=stamp)
    assert [entry.name for entry in old.parent.iterdir()] == ["a.py"]


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    for name, words in {
        "pipe": "not a regular file",
        ".": "is a directory",
        "gone": "no such file or directory",
        "loop": "too many levels of symbolic links",
        "a\0b": "null",
    }.items():
        with pytest.raises(FileError, match=words):
            files.read(tmp_path / name)


def test_an_error_names_the_file_as_the_user_sees_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    error = FileError(tmp_path / "scripts" / "a.py", "no space left on device", action="write")
    assert str(error) == "could not write scripts/a.py: no space left on device."
