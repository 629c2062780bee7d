"""Snapshots of unsaved text: written whole, found when their writer is gone, never lost."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from store.files import FileError
from store.recovery import FOREIGN_S, Recovery, Snapshot, Writer

SNAPSHOT = Snapshot(
    path="scripts/hello.py",
    base="0" * 64,
    header="# ---\n",
    body="print('ä')\r\n\x0c\ttail",
    changes={"kind": "macro", "enabled": False},
    cursor=(1, 3),
    taken_at=datetime(2026, 11, 24, 10, 0, tzinfo=UTC),
)


def ended() -> Writer:
    """A process of this machine that was there and is gone."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return replace(Writer.here(), pid=process.pid, started="1")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "recovery"


@pytest.fixture
def dead(folder: Path) -> Recovery:
    """What an Inkstand that is gone has written to."""
    return Recovery(folder, writer=ended())


def test_what_a_dead_writer_left_is_found_as_it_was(folder: Path, dead: Recovery) -> None:
    dead.write(SNAPSHOT)
    found = Recovery(folder).find()
    assert [left.snapshot for left in found.left] == [SNAPSHOT]
    assert found.problems == ()


@pytest.mark.parametrize("body", ["", "\r", "a\x00b\x85c\u2028d", "half \ud800", "\ufeff😀"])
def test_any_text_comes_back_exactly(folder: Path, dead: Recovery, body: str) -> None:
    dead.write(replace(SNAPSHOT, body=body))
    assert Recovery(folder).find().left[0].snapshot.body == body


def test_what_a_living_writer_keeps_is_not_offered(folder: Path) -> None:
    Recovery(folder).write(SNAPSHOT)
    assert Recovery(folder).find().left == ()
    with subprocess.Popen(["sleep", "60"]) as process:
        started = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[19]
        other = replace(Writer.here(), pid=process.pid, started=started)
        Recovery(folder, writer=other).write(SNAPSHOT)
        assert Recovery(folder).find().left == ()
        process.kill()
        process.wait()
        assert len(Recovery(folder).find().left) == 1


def test_a_process_id_that_is_used_again_is_another_process(folder: Path) -> None:
    here = Writer.here()
    Recovery(folder, writer=replace(here, started="1")).write(SNAPSHOT)
    Recovery(folder, writer=replace(here, boot="before")).write(replace(SNAPSHOT, path="other.py"))
    assert len(Recovery(folder).find().left) == 2


def test_what_another_machine_keeps_is_offered_after_a_day(folder: Path) -> None:
    Recovery(folder, writer=replace(Writer.here(), host="elsewhere")).write(SNAPSHOT)
    assert Recovery(folder).find().left == ()
    (file,) = folder.iterdir()
    a_day_ago = file.stat().st_mtime - FOREIGN_S - 1
    os.utime(file, (a_day_ago, a_day_ago))
    assert len(Recovery(folder).find().left) == 1


def test_nobody_else_may_read_them(folder: Path, dead: Recovery) -> None:
    folder.mkdir(parents=True, mode=0o755)
    dead.write(SNAPSHOT)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [file.stat().st_mode & 0o777 for file in folder.iterdir()] == [0o600]


def test_writing_again_replaces_and_paths_are_kept_apart(folder: Path, dead: Recovery) -> None:
    dead.write(SNAPSHOT)
    newer = replace(SNAPSHOT, body="newer", taken_at=datetime(2026, 11, 24, 11, tzinfo=UTC))
    dead.write(newer)
    other = replace(SNAPSHOT, path="scripts/other.py")
    dead.write(other)
    assert [left.snapshot for left in Recovery(folder).find().left] == [other, newer]


def test_two_writers_do_not_touch_each_others(folder: Path, dead: Recovery) -> None:
    dead.write(SNAPSHOT)
    own = Recovery(folder)
    own.write(replace(SNAPSHOT, body="mine"))
    own.remove(SNAPSHOT.path)
    (left,) = own.find().left
    assert left.snapshot == SNAPSHOT
    own.remove_left(left)
    assert own.find().left == ()
    assert list(folder.iterdir()) == []


def test_removing_what_is_not_there_is_no_error(folder: Path) -> None:
    Recovery(folder).remove("scripts/hello.py")
    assert Recovery(folder).find().left == ()


def stored(**changes: object) -> str:
    raw: dict[str, object] = {
        "format": 1,
        "writer": {"host": "h", "boot": "b", "pid": 1, "started": "1"},
        "snapshot": {
            "path": "scripts/a.py",
            "base": "",
            "header": "",
            "body": "text",
            "taken_at": "2026-11-24T10:00:00Z",
        },
    }
    snapshot = raw["snapshot"]
    assert isinstance(snapshot, dict)
    return json.dumps(raw | {"snapshot": snapshot | changes})


@pytest.mark.parametrize(
    "content",
    [
        "",
        '{"format": 1',
        "\xff",
        "[]",
        "{}",
        '{"format": 1}',
        "[" * 100_000,
        stored(path="/etc/passwd"),
        stored(path="../other.py"),
        stored(path=""),
        stored(body=7),
        stored(changes={"kind": "virus"}),
        stored(changes={"version": "7"}),
        stored(changes={"enabled": "no"}),
        stored(taken_at="2026-11-24T10:00:00"),
        stored(taken_at="yesterday"),
    ],
    ids=lambda content: content[-40:],
)
def test_what_cannot_be_read_is_kept_and_told_once(folder: Path, content: str) -> None:
    folder.mkdir(parents=True)
    (folder / "odd.json").write_text(content, encoding="latin-1")
    recovery = Recovery(folder)
    found = recovery.find()
    assert found.left == ()
    aside = folder / "unreadable" / "odd.json"
    assert str(aside) in found.problems[0]
    assert aside.read_text(encoding="latin-1") == content
    assert recovery.find().problems == ()


def test_what_another_version_wrote_stays_for_it(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "new.json").write_text('{"format": 2, "text": "..."}')
    for _ in range(2):
        (problem,) = Recovery(folder).find().problems
        assert "format 2" in problem
        assert (folder / "new.json").exists()


def test_one_that_may_not_be_read_is_told_and_stays(folder: Path) -> None:
    (folder / "odd.json").mkdir(parents=True)
    (problem,) = Recovery(folder).find().problems
    assert "is a directory" in problem
    assert (folder / "odd.json").exists()


def test_a_full_disk_is_told_and_leaves_the_one_before(
    folder: Path, dead: Recovery, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead.write(SNAPSHOT)

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(FileError, match=r"unsaved text of scripts/hello\.py: no space left"):
            dead.write(replace(SNAPSHOT, body="newer"))
    assert [left.snapshot for left in Recovery(folder).find().left] == [SNAPSHOT]
    assert len(list(folder.iterdir())) == 1, "no temporary file remains"
    dead.write(replace(SNAPSHOT, body="newer"))
    assert Recovery(folder).find().left[0].snapshot.body == "newer"


def test_what_an_interrupted_write_left_goes_after_a_while(folder: Path) -> None:
    folder.mkdir(parents=True)
    old, new = folder / "old.tmp", folder / "new.tmp"
    old.touch()
    new.touch()
    os.utime(old, (0, 0))
    assert Recovery(folder).find().left == ()
    assert (old.exists(), new.exists()) == (False, True)


def test_a_reader_never_sees_half_a_snapshot(folder: Path, dead: Recovery) -> None:
    bodies = ["a" * 100_000, "b" * 200_000]
    dead.write(replace(SNAPSHOT, body=bodies[0]))
    is_over = threading.Event()

    def write() -> None:
        for number in range(60):
            dead.write(replace(SNAPSHOT, body=bodies[number % 2]))
        is_over.set()

    thread = threading.Thread(target=write)
    thread.start()
    reader = Recovery(folder)
    while not is_over.is_set():
        (left,) = reader.find().left
        assert left.snapshot.body in bodies
    thread.join()


def test_killing_the_writer_leaves_a_whole_snapshot(folder: Path) -> None:
    program = (
        "import sys\nfrom pathlib import Path\nfrom store.recovery import Recovery, Snapshot\n"
        "recovery = Recovery(Path(sys.argv[1]))\nn = 0\n"
        "while True:\n    n += 1\n"
        "    recovery.write(Snapshot('a.py', '', '', f'{n}\\n' * 20000))\n"
        "    print(n, flush=True)\n"
    )
    for _ in range(3):
        process = subprocess.Popen(
            [sys.executable, "-c", program, str(folder)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[3],
        )
        assert process.stdout is not None
        with process, process.stdout:
            lines = [process.stdout.readline() for _ in range(5)]
            process.kill()
            last = int(([line for line in process.stdout if line.endswith("\n")] or lines)[-1])
        recovery = Recovery(folder)
        found = recovery.find()
        assert found.problems == ()
        (left,) = found.left
        number = int(left.snapshot.body.partition("\n")[0])
        assert number >= last, "what was said to be kept is kept"
        assert left.snapshot.body == f"{number}\n" * 20000
        recovery.remove_left(left)
