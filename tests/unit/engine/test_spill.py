"""The file that takes what of a run's output has no room in memory."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from engine.kernel.spill import MAX_FILES, WRITE_BYTES, Spill, shown, size
from tests.limits import small_disk


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_the_file_is_made_when_it_is_needed_and_for_nobody_else(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "output"
    spill = Spill(lambda: folder, "0123456789ab")
    await spill.write()
    assert not folder.exists()
    spill.add(b"some\n")
    await spill.write()
    spill.add(b"more\n")
    await spill.close()
    assert spill.path == folder / "0123456789ab.txt"
    assert spill.path.read_bytes() == b"some\nmore\n"
    assert (mode(folder), mode(spill.path)) == (0o700, 0o600)
    assert (spill.written_bytes, spill.reason) == (10, "")
    assert spill.words("… 10 bytes", 10) == f"… 10 bytes are in {spill.path}"


async def test_a_folder_that_was_open_to_others_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "output"
    folder.mkdir(mode=0o755)
    spill = Spill(lambda: folder, "run")
    spill.add(b"x")
    await spill.close()
    assert mode(folder) == 0o700


async def test_a_write_is_due_when_it_is_worth_its_while() -> None:
    spill = Spill(lambda: Path("/nowhere"), "run")
    spill.add(b"x" * (WRITE_BYTES - 1))
    assert not spill.is_due
    spill.add(b"x")
    assert spill.is_due


async def test_beyond_its_limit_it_is_only_counted(tmp_path: Path) -> None:
    spill = Spill(lambda: tmp_path, "run", max_bytes=2_000, reserve_bytes=0)
    for _ in range(10):
        spill.add(b"x" * 900)
        await spill.write()
    await spill.close()
    assert (tmp_path / "run.txt").stat().st_size == spill.written_bytes == 1_800
    path = tmp_path / "run.txt"
    assert spill.words("… 10 lines", 9_000) == (
        f"… 10 lines: the first 1.8 KiB are in {path}, the rest is not kept: 2.0 KiB is the limit"
    )


async def test_a_full_disk_ends_it_in_words_and_gives_back_what_it_took_last(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "disk"
    folder.mkdir()
    with small_disk(folder, 256):
        spill = Spill(lambda: folder, "run", reserve_bytes=0)
        for _ in range(10):
            spill.add(b"x" * 100_000)
            await spill.write()
        await spill.close()
        assert spill.reason == "no space left on device"
        assert spill.written_bytes == (folder / "run.txt").stat().st_size == 200_000
        assert spill.words("… all", 1_000_000) == (
            f"… all: the first 195.3 KiB are in {folder}/run.txt, "
            "the rest is not kept: no space left on device"
        )


async def test_some_of_the_disk_stays_free_for_what_people_save(tmp_path: Path) -> None:
    disk = os.statvfs(tmp_path)
    spill = Spill(lambda: tmp_path, "run", reserve_bytes=disk.f_blocks * disk.f_frsize * 2)
    spill.add(b"x")
    await spill.close()
    assert "of disk are left" in spill.reason
    assert names_in(tmp_path) == set(), "no empty file either"
    assert spill.words("… all", 1) == f"… all are not kept: {spill.reason}"


@pytest.mark.parametrize("blocked", ["state", "state/output"])
async def test_a_folder_that_cannot_be_made_ends_it_in_words(tmp_path: Path, blocked: str) -> None:
    place = tmp_path / blocked
    place.parent.mkdir(exist_ok=True)
    place.write_text("no folder")
    spill = Spill(lambda: tmp_path / "state" / "output", "run")
    for _ in range(3):
        spill.add(b"x")
        await spill.write()
    await spill.close()
    assert spill.path is None
    assert spill.reason.startswith(str(tmp_path / "state"))
    assert os.strerror(errno.ENOTDIR).lower() in spill.reason or "exists" in spill.reason
    assert not spill._pieces, "nothing waits for a file that will never be"


async def test_a_link_that_lies_in_wait_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("precious")
    folder = tmp_path / "output"
    folder.mkdir()
    (folder / "run.txt").symlink_to(target)
    spill = Spill(lambda: folder, "run")
    spill.add(b"x")
    await spill.close()
    assert spill.reason
    assert target.read_text() == "precious"


async def filled(folder: Path, run_id: str, mtime: int | None = None) -> Spill:
    spill = Spill(lambda: folder, run_id, reserve_bytes=0)
    spill.add(b"x")
    await spill.write()
    if mtime is not None:
        os.utime(folder / f"{run_id}.txt", (mtime, mtime))
    return spill


async def test_the_newest_files_stay_and_other_files_do_too(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("not ours")
    (tmp_path / "folder.txt").mkdir()
    for number in range(MAX_FILES + 3):
        await (await filled(tmp_path, f"run{number}", 1_000 + number)).close()
    names = names_in(tmp_path) - {"notes.md", "folder.txt"}
    assert names == {f"run{number}.txt" for number in range(3, MAX_FILES + 3)}
    assert (tmp_path / "folder.txt").is_dir()


async def test_a_file_that_is_written_to_stays_however_old(tmp_path: Path) -> None:
    old = await filled(tmp_path, "old", 1)
    for number in range(MAX_FILES):
        await (await filled(tmp_path, f"run{number}", 1_000 + number)).close()
    assert (tmp_path / "old.txt").exists()
    await old.close()
    await (await filled(tmp_path, "last")).close()
    assert not (tmp_path / "old.txt").exists()


def test_places_and_sizes_are_said_briefly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    assert shown(Path("/home/ada/x/run.txt")) == "~/x/run.txt"
    assert shown(Path("/var/x")) == "/var/x"
    assert [size(count) for count in (0, 1_023, 1_024, 103_284_736, 1024**3, 5 * 1024**3)] == [
        "0 bytes",
        "1,023 bytes",
        "1.0 KiB",
        "98.5 MiB",
        "1.0 GiB",
        "5.0 GiB",
    ]
