"""The writer on machines that fail: at every step, by every error, and killed at any moment.

What each error says to a person, and the plain cases, are in `test_files`.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import signal
import stat
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from store import files, leftovers, scan
from store.files import ConflictError, FileError
from store.project import Project
from tests.limits import read_only, small_disk, unwritable, without_override
from tests.unit.store import files_child as child
from tests.unit.store.files_child import MODE, NEW, OLD, OPERATIONS, OWNER, WRITER

ROOT = Path(__file__).parents[3]

CASES = [
    ("replace", "plain"),
    ("replace_link", "plain"),
    ("create", "plain"),
    ("create", "no_rename"),
    ("create", "no_links"),
    ("remove", "plain"),
    ("move", "plain"),
    ("move", "no_rename"),
    ("move", "no_links"),
    ("move", "other_disk"),
]
"""An operation, and what the system it is carried out on does not have."""

CODES = ["ENOSPC", "EIO", "EACCES", "EDQUOT", "EROFS", "EPERM"]

by_case = pytest.mark.parametrize(("operation", "variant"), CASES)

Files = dict[str, list[Any]]


def before() -> Files:
    owner = OWNER if os.geteuid() == 0 else (os.geteuid(), os.getegid())
    old = OLD.decode()
    return {"a.py": ["file", old, MODE, *owner], "link.py": ["link", "a.py"]}


def after(operation: str) -> Files:
    """The files as they are when an operation has been carried out."""
    found = before()
    kind, _, *facts = found["a.py"]
    if operation.startswith("replace"):
        found["a.py"] = [kind, NEW.decode(), *facts]
    elif operation == "create":
        umask = os.umask(0)
        os.umask(umask)
        mode = 0o666 & ~umask
        found["sub/new.py"] = [kind, NEW.decode(), mode, os.geteuid(), os.getegid()]
    else:
        del found["a.py"]
        if operation == "move":
            found["sub/b.py"] = [kind, OLD.decode(), *facts]
    return found


def without_temp_files(found: Files) -> Files:
    return {name: one for name, one in found.items() if not files.is_temp_name(Path(name).name)}


class Saboteur:
    """Lets the call of a number fail, and counts the others."""

    def __init__(self, number: int = 0, code: int = 0) -> None:
        self.trace: list[str] = []
        self._number, self._code = number, code

    def __call__(
        self, real: Callable[..., Any], arguments: tuple[Any, ...], options: dict[str, Any]
    ) -> Any:
        self.trace.append(getattr(real, "__name__", ""))
        if len(self.trace) != self._number:
            return real(*arguments, **options)
        if real.__name__ == "access":
            return False
        if real.__name__ == "close":  # a descriptor is gone, whatever close says
            real(*arguments, **options)
        raise OSError(self._code, os.strerror(self._code))


def carry_out(
    folder: Path, operation: str, variant: str, saboteur: Saboteur
) -> tuple[Files, FileError | None]:
    """Carry an operation out in a fresh folder; return what it left and how it failed."""
    child.prepare(folder)
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    failure = None
    with pytest.MonkeyPatch.context() as patch:
        child.be_other_system(variant, folder, patch.setattr)
        child.watch(saboteur, patch.setattr)
        try:
            OPERATIONS[operation](folder)
        except FileError as error:
            failure = error
    assert len(list(Path("/proc/self/fd").iterdir())) == descriptors, "a file was left open"
    return child.listing(folder), failure


# Every step fails ---------------------------------------------------------------------------------


@by_case
def test_without_faults_it_does_what_it_says(tmp_path: Path, operation: str, variant: str) -> None:
    found, failure = carry_out(tmp_path / "x", operation, variant, Saboteur())
    assert failure is None
    assert found == after(operation)


@by_case
@pytest.mark.parametrize("code", CODES)
def test_a_fault_at_any_step_leaves_all_as_it_was_or_as_it_should_be(
    tmp_path: Path, operation: str, variant: str, code: str
) -> None:
    plain = Saboteur()
    carry_out(tmp_path / "x", operation, variant, plain)
    failures = 0
    for number, step in enumerate(plain.trace, 1):
        saboteur = Saboteur(number, getattr(errno, code))
        found, failure = carry_out(tmp_path / "x", operation, variant, saboteur)
        place = f"{code} at step {number}, {step}"
        expected = after(operation) if failure is None else before()
        if step == "unlink":  # what else could take a temporary file away?
            found = without_temp_files(found)
        if (step, code) == ("fchown", "EPERM"):  # who may not give files away keeps them
            for one in (*found.values(), *expected.values()):
                del one[3:]
        assert found == expected, place
        failures += failure is not None
    assert failures > len(plain.trace) / 3


@by_case
def test_text_is_on_disk_before_its_name_is(tmp_path: Path, operation: str, variant: str) -> None:
    synced: list[tuple[int, str]] = []

    class Spy(Saboteur):
        def __call__(
            self, real: Callable[..., Any], arguments: tuple[Any, ...], options: dict[str, Any]
        ) -> Any:
            result = super().__call__(real, arguments, options)
            if real.__name__ == "fsync":
                synced.append(
                    (len(self.trace), str(Path(f"/proc/self/fd/{arguments[0]}").readlink()))
                )
            return result

    folder = tmp_path / "x"
    spy = Spy()
    carry_out(folder, operation, variant, spy)
    places = {Path(path).name: number for number, path in synced}
    named = max(
        number
        for number, step in enumerate(spy.trace, 1)
        if step in ("rename_exclusively", "call", "replace", "link")
        or (operation == "remove" and step == "unlink")
    )
    texts = [number for number, path in synced if files.is_temp_name(Path(path).name)]
    if operation not in ("remove", "move") or variant == "other_disk":
        assert len(texts) == 1
        assert texts[0] < named
    parent = "sub" if operation in ("create", "move") else "x"
    assert places[parent] > named
    if operation == "move":
        assert places["x"] > named
    if parent == "sub":
        assert any(Path(path).name == "x" for number, path in synced if number < named), (
            "the new folder's own name"
        )


@pytest.mark.parametrize("written", [0, -1])
def test_a_system_that_writes_nothing_is_not_asked_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: int
) -> None:
    monkeypatch.setattr(os, "write", lambda _descriptor, _data: written)
    with pytest.raises(FileError, match="input/output error"):
        files.write(tmp_path / "new.py", NEW, expected=None)
    monkeypatch.undo()
    assert list(tmp_path.iterdir()) == []


# Killed -------------------------------------------------------------------------------------------


@by_case
def test_a_kill_at_any_step_leaves_the_old_or_the_new(
    project: Project, operation: str, variant: str
) -> None:
    folder = project.scripts_dir
    done = subprocess.run(
        [sys.executable, "-m", "tests.unit.store.files_child", str(folder), operation, variant],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    attempts = json.loads(done.stdout)
    assert sum(step == "" for step, _, _ in attempts) == 3, "each round came to its end"
    assert len(attempts) > 30
    old, new = before(), after(operation)
    allowed = [old, new]
    if operation == "move" and variant in ("no_rename", "other_disk"):
        allowed.append(old | new)  # both names, rather than none
    seen = []
    for step, when, found in attempts:
        place = f"killed {when} {step}"
        left = without_temp_files(found)
        if variant == "no_links":  # the name is held by an empty file for a moment
            left = {name: one for name, one in left.items() if one[1] != "" or name == "a.py"}
        assert left in allowed, place
        if step == "":
            assert found == new
        seen.append(left)
    assert old in seen
    assert new in seen


def test_what_a_kill_leaves_is_invisible_and_swept_up_later(project: Project) -> None:
    script = textwrap.dedent("""
        import os, signal, sys
        from pathlib import Path
        from store import files
        os.fsync = lambda descriptor: os.kill(os.getpid(), signal.SIGKILL)
        files.write(Path(sys.argv[1]), b"new", expected=None)
    """)
    path = project.scripts_dir / "new.py"
    done = subprocess.run([sys.executable, "-c", script, str(path)], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    (left,) = project.scripts_dir.iterdir()
    assert files.is_temp_name(left.name)
    assert scan.walk(project.root, "scripts", ("", ".py", ".tmp")).found == []
    assert leftovers.sweep(project) == []
    hours_ago = left.stat().st_mtime - 2 * leftovers.MIN_AGE_S
    os.utime(left, (hours_ago, hours_ago))
    assert leftovers.sweep(project) == [left]
    assert list(project.scripts_dir.iterdir()) == []


# Real machines ------------------------------------------------------------------------------------


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "scripts" / "a.py"
    path.parent.mkdir()
    path.write_bytes(OLD)
    return path


def test_a_full_disk_keeps_the_old_file(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    with small_disk(disk, 64):
        path = disk / "a.py"
        stamp = files.write(path, OLD * 100, expected=None)
        with pytest.raises(FileError, match=r"no space left on device\. Free some space"):
            files.write(path, b"x" * 100_000, expected=stamp)
        with pytest.raises(FileError, match="no space left on device"):
            files.write(disk / "new.py", b"x" * 100_000, expected=None)
        assert files.read(path) == (OLD * 100, stamp)
        assert [entry.name for entry in disk.iterdir()] == ["a.py"]
        assert files.write(path, NEW, expected=stamp).size == len(NEW)


def in_child(code: str, *arguments: Path, wrapper: list[str] | None = None) -> str:
    """Run Python code in a process of its own; `files` and `path` are there. Return its output."""
    start = (
        "import sys\nfrom pathlib import Path\nfrom store import files\npath = Path(sys.argv[1])\n"
    )
    done = subprocess.run(
        [*(wrapper or []), sys.executable, "-c", start + textwrap.dedent(code), *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


TRY_ALL = """
    def told(operation):
        try:
            operation()
        except files.FileError as error:
            return error.reason
        return "done"

    stamp = files.read(path)[1]
    print(told(lambda: files.write(path, b"new", expected=stamp)))
    print(told(lambda: files.write(path.with_name("new.py"), b"new", expected=None)))
    print(told(lambda: files.remove(path, expected=stamp)))
    print(told(lambda: files.move(path, path.with_name("b.py"), expected=stamp)))
"""


def test_a_limit_on_the_size_of_files_keeps_the_old_file(old: Path) -> None:
    told = in_child(
        """
        import resource
        stamp = files.read(path)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        for target, expected in (path, stamp), (path.with_name("new.py"), None):
            try:
                files.write(target, b"x" * 5000, expected=expected)
            except files.FileError as error:
                print(error)
        """,
        old,
    ).splitlines()
    assert len(told) == 2
    assert all("file too large. The system allows no file of that size here" in t for t in told)
    assert old.read_bytes() == OLD
    assert [entry.name for entry in old.parent.iterdir()] == ["a.py"]


def test_a_folder_without_write_permission(old: Path) -> None:
    with unwritable(old.parent):
        told = in_child(TRY_ALL, old, wrapper=without_override()).splitlines()
    assert told == ["permission denied"] * 4
    assert old.read_bytes() == OLD
    assert [entry.name for entry in old.parent.iterdir()] == ["a.py"]


def test_a_file_without_write_permission_is_not_overwritten(old: Path) -> None:
    old.chmod(0o444)
    told = in_child(TRY_ALL, old, wrapper=without_override()).splitlines()
    # Deleting and renaming need rights on the folder only, as for every other program.
    assert told == ["permission denied", "done", "done", "no such file or directory"] or told == [
        "permission denied",
        "done",
        "done",
        "it was deleted or renamed by another program",
    ]


def test_a_file_system_that_is_read_only(old: Path) -> None:
    with read_only(old.parent):
        told = in_child(TRY_ALL, old, wrapper=without_override()).splitlines()
    words = "the file system is read-only" if os.geteuid() == 0 else "permission denied"
    assert told == [words] * 4
    assert old.read_bytes() == OLD


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a file somebody else's")
def test_somebody_elses_file_that_we_may_write_loses_setuid_with_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(OLD)
    os.chown(path, 1234, 0)
    path.chmod(0o6775)
    in_child(
        'files.write(path, b"new", expected=files.read(path)[1])',
        path,
        wrapper=["setpriv", "--bounding-set=-chown", "--"],
    )
    facts = path.stat()
    assert path.read_bytes() == b"new"
    assert (facts.st_uid, facts.st_gid) == (0, 0)
    assert stat.S_IMODE(facts.st_mode) == 0o775


def test_a_file_that_may_not_be_changed_at_all(old: Path) -> None:
    get, set_, immutable = 0x80086601, 0x40086602, 0x10
    descriptor = os.open(old, os.O_RDONLY)
    try:
        flags = fcntl.ioctl(descriptor, get, b"\0" * 8)
        own = int.from_bytes(flags, "little")
        fcntl.ioctl(descriptor, set_, (own | immutable).to_bytes(8, "little"))
    except OSError as error:
        os.close(descriptor)
        pytest.skip(f"no such attribute here: {error}")
    try:
        stamp = files.read(old)[1]
        for operation in (
            lambda: files.write(old, NEW, expected=stamp),
            lambda: files.remove(old, expected=stamp),
            lambda: files.move(old, old.with_name("b.py"), expected=stamp),
        ):
            with pytest.raises(FileError, match=r"permission denied|operation not permitted"):
                operation()
        assert old.read_bytes() == OLD
        assert [entry.name for entry in old.parent.iterdir()] == ["a.py"]
    finally:
        fcntl.ioctl(descriptor, set_, flags)
        os.close(descriptor)


# Odd files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("chain", [1, 3])
def test_a_chain_of_links_stays_one(old: Path, chain: int) -> None:
    link = old
    for number in range(chain):
        link = old.parent / f"link{number}.py"
        link.symlink_to(old.name if number == 0 else f"link{number - 1}.py")
    files.write(link, NEW, expected=files.read(link)[1])
    assert old.read_bytes() == NEW
    assert not old.is_symlink()
    assert all((old.parent / f"link{number}.py").is_symlink() for number in range(chain))


def test_a_link_whose_file_was_deleted_is_a_conflict(old: Path) -> None:
    link = old.parent / "link.py"
    link.symlink_to("a.py")
    _, stamp = files.read(link)
    old.unlink()
    for operation in (
        lambda: files.write(link, NEW, expected=stamp),
        lambda: files.remove(link, expected=stamp),
        lambda: files.move(link, old.parent / "b.py", expected=stamp),
    ):
        with pytest.raises(ConflictError, match="deleted or renamed by another program"):
            operation()
    assert [entry.name for entry in old.parent.iterdir()] == ["link.py"]
    assert link.is_symlink()


def test_a_link_that_was_pointed_elsewhere_meanwhile_is_a_conflict(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link, other = old.parent / "link.py", old.parent / "other.py"
    link.symlink_to("a.py")
    other.write_bytes(OLD)
    _, stamp = files.read(link)
    real_realpath = os.path.realpath

    def realpath(path: Path, *, strict: bool) -> str:
        link.unlink()
        link.symlink_to("other.py")
        return real_realpath(path, strict=strict)

    monkeypatch.setattr(os.path, "realpath", realpath)
    with pytest.raises(ConflictError, match="another program changed it"):
        files.write(link, NEW, expected=stamp)
    assert (old.read_bytes(), other.read_bytes()) == (OLD, OLD)
    assert link.is_symlink()


def test_of_hard_links_the_other_name_keeps_the_old_text(old: Path) -> None:
    other = old.parent / "other.py"
    os.link(old, other)
    files.write(old, NEW, expected=files.read(old)[1])
    assert (old.read_bytes(), other.read_bytes()) == (NEW, OLD)
    assert (old.stat().st_nlink, other.stat().st_nlink) == (1, 1)


@pytest.mark.parametrize("operation", ["replace", "remove", "move"])
def test_a_file_that_was_replaced_after_it_was_compared_is_kept(
    old: Path, monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    """Right before the step that cannot be undone, and with the same length and time."""
    _, stamp = files.read(old)
    facts = old.stat()
    theirs = old.parent / "theirs"
    theirs.write_bytes(OLD.upper())
    os.utime(theirs, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    real_check = WRITER._check

    def check(path: Path, expected: files.Stamp, action: str) -> Any:
        result = real_check(path, expected, action)
        theirs.rename(old)
        return result

    monkeypatch.setattr(WRITER, "_check", check)
    carry_out: dict[str, Callable[[], object]] = {
        "replace": lambda: files.write(old, NEW, expected=stamp),
        "remove": lambda: files.remove(old, expected=stamp),
        "move": lambda: files.move(old, old.parent / "b.py", expected=stamp),
    }
    with pytest.raises(ConflictError, match="another program changed it"):
        carry_out[operation]()
    assert {entry.name: entry.read_bytes() for entry in old.parent.iterdir()} == {
        "a.py": OLD.upper()
    }


def test_what_appears_on_a_held_name_is_kept(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On file systems that can neither rename in one step nor link."""
    target = old.parent / "b.py"
    child.be_other_system("no_links", old.parent, monkeypatch.setattr)
    real_close = os.close

    def close(descriptor: int) -> None:
        real_close(descriptor)
        if target.exists():
            target.write_bytes(b"somebody else's")

    monkeypatch.setattr(os, "close", close)
    with pytest.raises(ConflictError, match="exists already"):
        files.move(old, target, expected=files.read(old)[1])
    assert old.read_bytes() == OLD
    assert target.read_bytes() == b"somebody else's"


@pytest.mark.parametrize("kind", ["directory", "fifo", "socket"])
def test_something_else_in_the_files_place_is_left_alone(old: Path, kind: str) -> None:
    _, stamp = files.read(old)
    old.unlink()
    if kind == "directory":
        old.mkdir()
    elif kind == "fifo":
        os.mkfifo(old)
    else:
        os.mknod(old, stat.S_IFSOCK | 0o600)
    for operation in (
        lambda: files.write(old, NEW, expected=stamp),
        lambda: files.write(old, NEW, expected=None),
        lambda: files.remove(old, expected=stamp),
        lambda: files.move(old, old.parent / "b.py", expected=stamp),
    ):
        with pytest.raises(FileError):
            operation()
    (left,) = old.parent.iterdir()
    assert left == old
    assert not old.is_file()


def test_a_directory_that_is_read_leaves_no_descriptor_open(tmp_path: Path) -> None:
    open_before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        with pytest.raises(FileError, match="is a directory"):
            files.read(tmp_path)
    assert len(list(Path("/proc/self/fd").iterdir())) == open_before


def test_the_longest_name_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / ("ü" * 126 + ".py")
    assert len(os.fsencode(path.name)) == 255
    stamp = files.write(path, OLD, expected=None)
    stamp = files.write(path, NEW, expected=stamp)
    stamp = files.move(path, path.with_name("x" * 252 + ".py"), expected=stamp)
    with pytest.raises(FileError, match=r"file name too long\. Choose a shorter name"):
        files.move(tmp_path / ("x" * 252 + ".py"), tmp_path / ("x" * 256), expected=stamp)
    assert [entry.name for entry in tmp_path.iterdir()] == ["x" * 252 + ".py"]


def test_a_name_with_a_nul_byte_is_refused(old: Path) -> None:
    _, stamp = files.read(old)
    with pytest.raises(FileError, match="null byte"):
        files.move(old, old.parent / "b\0c.py", expected=stamp)
    with pytest.raises(FileError, match="null byte"):
        files.write(old.parent / "b\0c.py", NEW, expected=None)
    assert [entry.name for entry in old.parent.iterdir()] == ["a.py"]


def test_too_many_open_files_is_an_error_like_others(old: Path) -> None:
    told = in_child(
        """
        import resource
        stamp = files.read(path)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
        try:
            files.write(path, b"new", expected=stamp)
        except files.FileError as error:
            print(error.reason)
        """,
        old,
    )
    assert told == "too many open files\n"
    assert old.read_bytes() == OLD
