"""Watching a project: what real tools do to its files is told, whatever way they do it."""

from __future__ import annotations

import errno
import os
import queue
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from store.watch import (
    LONGEST_S,
    MAX_PATHS,
    QUIET_S,
    Changes,
    Watcher,
    due,
    mount_types,
    remote_type,
)
from store.watch_tree import WatchTree
from store.watched import is_watched

WITHIN_S = 20


class Watched:
    """A project that is watched, and what has been told about it so far."""

    def __init__(self, root: Path, *, interval_s: float = 2) -> None:
        self.root = root
        self.told: list[Changes] = []
        self.watcher = Watcher(root, interval_s=interval_s)
        self._batches: queue.Queue[Changes] = queue.Queue()
        self.watcher.start()
        self._thread = threading.Thread(target=self._collect)
        self._thread.start()

    def _collect(self) -> None:
        while (changes := self.watcher.wait()) is not None:
            self._batches.put(changes)

    def until(self, *paths: str, everything: bool = False) -> None:
        """Wait until all of these were told."""
        missing, end = set(paths), time.monotonic() + WITHIN_S
        while missing or everything:
            changes = self._batches.get(timeout=max(end - time.monotonic(), 0.01))
            self.told.append(changes)
            missing -= changes.paths
            everything = everything and not changes.is_everything

    def until_all_is_told(self) -> None:
        """Wait until everything from before this call was told."""
        last = self.root / "scripts/zz_last.py"
        last.write_text("last\n")
        self.until("scripts/zz_last.py")

    @property
    def paths(self) -> set[str]:
        return {path for changes in self.told for path in changes.paths} - {"scripts/zz_last.py"}

    @property
    def notices(self) -> str:
        return "\n".join(changes.notice for changes in self.told)

    def close(self) -> None:
        self.watcher.close()
        self._thread.join(WITHIN_S)
        assert not self._thread.is_alive()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    for folder in ("scripts", "posts/2026/01", "meta"):
        (root / folder).mkdir(parents=True)
    (root / "meta/project.json").write_text("{}\n")
    (root / "scripts/a.py").write_text("x = 1\n")
    (root / "posts/2026/01/p.md").write_text("---\ntitle: P\n---\n")
    return root


@pytest.fixture
def watched(root: Path) -> Iterator[Watched]:
    watched = Watched(root)
    yield watched
    watched.close()


def call(root: Path, *command: str) -> None:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    subprocess.run(command, cwd=root, check=True, capture_output=True, timeout=WITHIN_S)


# What programs do ---------------------------------------------------------------------------------


def test_a_file_written_in_place_is_told(watched: Watched) -> None:
    (watched.root / "scripts/a.py").write_text("x = 2\n")
    watched.until("scripts/a.py")
    assert not watched.told[-1].is_everything


def test_sed_in_place_is_one_change_of_the_file_and_of_nothing_else(watched: Watched) -> None:
    call(watched.root, "sed", "-i", "s/x/y/", "scripts/a.py")
    watched.until_all_is_told()
    assert watched.paths == {"scripts/a.py"}


@pytest.mark.parametrize("way", ["backupcopy=no", "backupcopy=yes", "nowritebackup"])
def test_vim_saves_in_its_ways_and_only_the_file_is_told(watched: Watched, way: str) -> None:
    call(
        watched.root,
        *("vim", "-Nu", "NONE", "-es", "-c", f"set {way}", "-c", "%s/x/y/", "-c", "wq"),
        "scripts/a.py",
    )
    assert (watched.root / "scripts/a.py").read_text() == "y = 1\n"
    watched.until_all_is_told()
    assert watched.paths == {"scripts/a.py"}


def test_a_save_by_rename_tells_the_name_that_counts(watched: Watched) -> None:
    """What PyCharm, gedit and our own writer do."""
    new = watched.root / "scripts/.a.py.tmp123"
    new.write_text("x = 2\n")
    new.replace(watched.root / "scripts/a.py")
    watched.until_all_is_told()
    assert watched.paths == {"scripts/a.py"}


def test_a_checkout_tells_what_came_went_and_changed(root: Path) -> None:
    def git(*arguments: str) -> None:
        call(root, "git", "-c", "user.name=N", "-c", "user.email=e@x", *arguments)

    git("init", "-q", "-b", "main")
    git("add", ".")
    git("commit", "-qm", "one")
    git("checkout", "-qb", "other")
    (root / "scripts/a.py").write_text("x = 2\n")
    (root / "scripts/b.py").write_text("b\n")
    (root / "posts/2026/02").mkdir()
    (root / "posts/2026/01/p.md").rename(root / "posts/2026/02/q.md")
    git("add", ".")
    git("commit", "-qm", "two")
    watched = Watched(root)
    try:
        git("checkout", "-q", "main")
        watched.until("scripts/a.py", "scripts/b.py", "posts/2026/01/p.md", "posts/2026/02/q.md")
        git("checkout", "-q", "other")
        watched.until("scripts/a.py", "scripts/b.py", "posts/2026/01/p.md", "posts/2026/02/q.md")
        assert not any(".git" in path for path in watched.paths)
    finally:
        watched.close()


def test_rsync_tells_the_files_it_brings(watched: Watched, tmp_path: Path) -> None:
    (tmp_path / "from").mkdir()
    (tmp_path / "from/a.py").write_text("x = 3\n")
    (tmp_path / "from/c.py").write_text("c\n")
    call(watched.root, "rsync", "-a", f"{tmp_path}/from/", "scripts/")
    watched.until("scripts/a.py", "scripts/c.py")


def test_a_copy_that_keeps_the_old_times_is_told(watched: Watched, tmp_path: Path) -> None:
    old = tmp_path / "a.py"
    old.write_text("x = 9\n")
    os.utime(old, (1, 1))
    call(watched.root, "cp", "-p", str(old), "scripts/a.py")
    watched.until("scripts/a.py")


def test_moving_tells_both_names_at_once(watched: Watched) -> None:
    call(watched.root, "mv", "scripts/a.py", "scripts/b.py")
    watched.until("scripts/a.py", "scripts/b.py")
    assert watched.told[-1].paths == {"scripts/a.py", "scripts/b.py"}


def test_a_file_moved_away_is_told(watched: Watched) -> None:
    call(watched.root, "mv", "scripts/a.py", "..")
    watched.until("scripts/a.py")


def test_a_file_that_becomes_readable_is_told(watched: Watched) -> None:
    call(watched.root, "chmod", "600", "scripts/a.py")
    watched.until("scripts/a.py")


def test_a_file_that_is_kept_open_is_told_while_it_grows(watched: Watched) -> None:
    with (watched.root / "scripts/a.py").open("a") as file:
        file.write("more\n")
        file.flush()
        watched.until("scripts/a.py")


# Folders ------------------------------------------------------------------------------------------


def test_folders_that_come_later_are_watched_with_all_that_is_in_them(watched: Watched) -> None:
    (watched.root / "media/2026/11").mkdir(parents=True)
    (watched.root / "media/2026/11/one.jpg").write_bytes(b"\xff\xd8")
    watched.until("media/2026/11/one.jpg")
    (watched.root / "media/2026/11/one.jpg.meta").write_text("---\n---")
    watched.until("media/2026/11/one.jpg.meta")


def test_a_folder_moved_in_tells_the_files_below_it(watched: Watched, tmp_path: Path) -> None:
    (tmp_path / "2025/12").mkdir(parents=True)
    (tmp_path / "2025/12/old.md").write_text("old\n")
    (tmp_path / "2025").rename(watched.root / "posts/2025")
    watched.until("posts/2025/12/old.md")
    (watched.root / "posts/2025/12/old.md").write_text("new\n")
    watched.until("posts/2025/12/old.md")


def test_a_folder_moved_within_is_everything_and_goes_by_its_new_name(watched: Watched) -> None:
    (watched.root / "posts/2026").rename(watched.root / "posts/2027")
    watched.until(everything=True)
    (watched.root / "posts/2027/01/p.md").write_text("changed\n")
    watched.until("posts/2027/01/p.md")
    assert "posts/2026/01/p.md" not in watched.paths


def test_a_folder_moved_away_is_everything_and_is_watched_no_more(
    watched: Watched, tmp_path: Path
) -> None:
    (watched.root / "posts/2026").rename(tmp_path / "elsewhere")
    watched.until(everything=True)
    (tmp_path / "elsewhere/01/p.md").write_text("not ours any more\n")
    watched.until_all_is_told()
    assert watched.paths == set()


def test_a_deleted_folder_tells_its_files_and_may_come_again(watched: Watched) -> None:
    shutil.rmtree(watched.root / "posts")
    watched.until("posts/2026/01/p.md")
    (watched.root / "posts").mkdir()
    (watched.root / "posts/new.md").write_text("new\n")
    watched.until("posts/new.md")


def test_linked_folders_are_watched_as_scans_see_them(root: Path, tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (root / "scripts/real").mkdir()
    (root / "scripts/a_link").symlink_to("real")  # scans call its files by the real name
    (root / "scripts/loop").symlink_to("..")
    (root / "posts/shared").symlink_to(tmp_path / "shared")
    watched = Watched(root)
    try:
        (root / "scripts/real/r.py").write_text("r\n")
        (tmp_path / "shared/s.md").write_text("s\n")
        watched.until("scripts/real/r.py", "posts/shared/s.md")
        (root / "posts/shared").unlink()
        watched.until(everything=True)
        (tmp_path / "shared/s.md").write_text("not ours any more\n")
        watched.until_all_is_told()
        assert watched.paths == {"scripts/real/r.py", "posts/shared/s.md"}
    finally:
        watched.close()


def test_what_a_linked_file_points_at_is_watched(watched: Watched, tmp_path: Path) -> None:
    target = tmp_path / "dotfiles/tool.py"
    target.parent.mkdir()
    target.write_text("1\n")
    (watched.root / "scripts/tool.py").symlink_to(target)
    watched.until("scripts/tool.py")
    watched.told.clear()
    call(tmp_path, "sed", "-i", "s/1/2/", str(target))
    watched.until("scripts/tool.py")


# What is passed by --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "scripts/.hidden.py",
        "scripts/.inkstand-0011.tmp",
        "scripts/.a.py.swp",
        "scripts/__pycache__/a.cpython-311.pyc",
        "scripts/a.py~",
        "scripts/4913",
        "scripts/notes.txt",
        "posts/.obsidian/p.md",
        "media/4913",
        "media/one.jpg~",
        "media/one.jpg.SWP",
        "media/#one.jpg#",
        "html/index.html",
        "scripts",
        "",
    ],
)
def test_names_that_are_passed_by(path: str) -> None:
    assert not is_watched(path)


@pytest.mark.parametrize(
    "path",
    ["scripts/a/b.PY", "posts/2026/p.mdx", "media/x.jpg", "media/x.jpg.meta", "meta/menu.opml"],
)
def test_names_that_count(path: str) -> None:
    assert is_watched(path)


def test_reading_and_passed_names_are_not_told(watched: Watched) -> None:
    (watched.root / "scripts/a.py").read_text()
    list((watched.root / "scripts").iterdir())
    (watched.root / "scripts/a.py~").write_text("backup\n")
    (watched.root / "scripts/__pycache__").mkdir()
    (watched.root / "scripts/__pycache__/a.pyc").write_bytes(b"c")
    (watched.root / "html").mkdir()
    (watched.root / "html/index.html").write_text("<p>\n")
    watched.until_all_is_told()
    assert watched.paths == set()
    assert not any(changes.is_everything for changes in watched.told)


def test_names_that_are_no_text_are_for_a_scan(watched: Watched) -> None:
    (Path(os.fsdecode(os.fsencode(watched.root) + b"/scripts/\xff.py"))).write_text("x\n")
    watched.until(everything=True)


# Batches ------------------------------------------------------------------------------------------


def test_a_batch_is_due_after_a_pause_but_never_late() -> None:
    assert due(10.0, 10.0) == 10.0 + QUIET_S
    assert due(10.0, 10.2) == 10.2 + QUIET_S
    assert due(10.0, 10.39) == 10.0 + LONGEST_S


def test_a_storm_is_told_completely_in_few_batches(watched: Watched) -> None:
    files = {f"scripts/s{number}.py" for number in range(400)}
    for path in files:
        (watched.root / path).write_text("s\n")
    watched.until_all_is_told()
    assert watched.paths == files
    assert len(watched.told) < 40


def test_more_files_than_are_told_one_by_one_are_everything(root: Path) -> None:
    watcher = Watcher(root)
    for number in range(MAX_PATHS + 1):
        watcher.changed(f"scripts/s{number}.py")
    changes = watcher.wait()
    watcher.close()
    assert changes is not None
    assert changes.is_everything
    assert len(changes.paths) == MAX_PATHS


def test_lost_events_are_everything_and_the_watches_are_made_anew(root: Path) -> None:
    """The queue overflows while nobody reads it: the reader is held up by the lock of the tree."""
    limit = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    if limit > 50_000:
        pytest.skip(f"it takes {limit} events")
    told: queue.Queue[str] = queue.Queue()

    class Report:
        def changed(self, path: str) -> None:
            told.put(path)

        def everything(self) -> None:
            told.put("*")

        def failed(self, error: Exception) -> None:
            told.put(f"! {error}")

    tree = WatchTree(root, Report())
    try:
        with tree._lock:
            one, other = root / "scripts/one.py", root / "scripts/other.py"
            one.write_text("1\n")
            for _ in range(limit // 4 + 2048):  # each rename is two events
                one.rename(other)
                other.rename(one)
            (root / "scripts/late").mkdir()
        while told.get(timeout=WITHIN_S) != "*":
            pass
        (root / "scripts/late/l.py").write_text("l\n")
        while told.get(timeout=WITHIN_S) != "scripts/late/l.py":
            pass
    finally:
        tree.close()


# Where inotify is of no use -----------------------------------------------------------------------


def _change_all(root: Path, until: Callable[..., None]) -> None:
    (root / "scripts/a.py").write_text("x = 22\n")
    (root / "scripts/new.py").write_text("new\n")
    (root / "posts/2026/01/p.md").unlink()
    until("scripts/a.py", "scripts/new.py", "posts/2026/01/p.md")


def test_polling_tells_the_same_and_says_why(root: Path) -> None:
    watched = Watched(root, interval_s=0.02)
    try:
        watched.watcher.failed(OSError(errno.ENOSPC, "inotify watch limit reached"))
        watched.until(everything=True)
        assert "every 2 s only" in watched.notices
        assert "fs.inotify.max_user_watches" in watched.notices
        _change_all(root, watched.until)
        watched.watcher.failed(OSError(errno.ENOSPC, "again"))  # is no second poller
        names = [thread.name for thread in threading.enumerate()]
        assert names.count("inkstand-poll") == 1
        assert "inkstand-watch" not in names  # the watches are free for others
    finally:
        watched.close()


def test_what_polling_cannot_look_at_is_not_gone(root: Path) -> None:
    watched = Watched(root, interval_s=0.02)
    try:
        watched.watcher.failed(OSError(errno.ENOSPC, ""))
        watched.until(everything=True)
        post = root / "posts/2026/01/p.md"
        post.with_name("new").symlink_to("p.md")
        post.with_name("new").replace(post)  # points at itself
        watched.until(everything=True)
        assert watched.paths == set()
    finally:
        watched.close()


def test_a_project_folder_that_goes_away_is_told_and_no_fault(root: Path) -> None:
    watched = Watched(root, interval_s=0.02)
    try:
        shutil.rmtree(root)
        watched.until("scripts/a.py", everything=True)
        assert "folder is gone" in watched.notices
        (root / "scripts").mkdir(parents=True)
        (root / "scripts/again.py").write_text("again\n")
        watched.until("scripts/again.py")
    finally:
        watched.close()


_WITH_LIMITS = """
import sys, threading
from pathlib import Path
limit, count, root = sys.argv[1], sys.argv[2], Path(sys.argv[3])
Path("/proc/sys/user", limit).write_text(count)
from store.watch import Watcher
watcher = Watcher(root, interval_s=0.02)
watcher.start()
print(watcher.wait().notice, flush=True)
(root / "scripts/a.py").write_text("x = 33")
while "scripts/a.py" not in watcher.wait().paths:
    pass
watcher.close()
print(threading.active_count())
"""


@pytest.mark.parametrize(
    ("limit", "count", "words"),
    [
        ("max_inotify_watches", "3", "fs.inotify.max_user_watches"),
        ("max_inotify_instances", "0", "fs.inotify.max_user_instances"),
    ],
)
def test_at_the_systems_real_limits_it_polls(
    root: Path, limit: str, count: str, words: str
) -> None:
    if shutil.which("unshare") is None:
        pytest.skip("unshare is not installed")
    done = subprocess.run(
        ["unshare", "-Ur", sys.executable, "-c", _WITH_LIMITS, limit, count, str(root)],
        capture_output=True,
        text=True,
        timeout=WITHIN_S * 2,
        cwd=Path(__file__).parents[3],
    )
    if "unshare" in done.stderr or "/proc/sys/user" in done.stderr:
        pytest.skip(f"no limits of one's own here: {done.stderr.splitlines()[-1]}")
    assert done.returncode == 0, done.stderr
    notice, threads = done.stdout.strip().rsplit("\n", 1)
    assert words in notice
    assert threads == "1"
    assert done.stderr == ""


_MOUNTS = """\
22 1 0:21 / / rw,relatime - ext4 /dev/root rw
30 22 0:30 / /home rw - nfs4 server:/home rw,vers=4.2
31 30 0:31 / /home/with\\040space rw shared:1 - tmpfs tmpfs rw
32 22 0:32 / /mnt/far rw - fuse.sshfs user@host:/ rw
"""


def test_mounts_are_read_with_their_odd_names() -> None:
    assert mount_types(_MOUNTS) == {
        "/": "ext4",
        "/home": "nfs4",
        "/home/with space": "tmpfs",
        "/mnt/far": "fuse.sshfs",
    }


def test_this_projects_file_system_is_local(root: Path) -> None:
    kinds = set(mount_types(Path("/proc/self/mountinfo").read_text()).values())
    assert remote_type(root) == "" or remote_type(root) in kinds


# The end ------------------------------------------------------------------------------------------


def _descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208


@pytest.mark.parametrize("is_polling", [False, True])
def test_closing_leaves_no_thread_and_no_descriptor(root: Path, is_polling: bool) -> None:
    threads, descriptors = threading.active_count(), _descriptors()
    for _ in range(3):
        watched = Watched(root, interval_s=0.02)
        if is_polling:
            watched.watcher.failed(OSError(errno.EMFILE, "inotify instance limit reached"))
        (root / "scripts/a.py").write_text("x\n")
        watched.until("scripts/a.py", everything=is_polling)
        (root / "scripts/sub").mkdir(exist_ok=True)  # closed while it takes this in, perhaps
        watched.close()
        assert watched.watcher.wait() is None
    assert threading.active_count() == threads
    assert _descriptors() == descriptors


def test_closing_what_was_never_started_is_fine(root: Path) -> None:
    watcher = Watcher(root)
    watcher.close()
    assert watcher.wait() is None
