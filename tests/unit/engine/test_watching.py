"""A watched project: the index follows the files, whoever writes them, and listeners hear of it."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from engine.kernel.pool import Pool
from engine.watching import FilesChanged
from engine.workspace import Workspace, open_workspace
from tests.holding import until
from tests.unit.engine.conftest import put, with_header


class Following:
    """A workspace, and what its watching has told."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.events: list[FilesChanged] = []
        self.notices: list[str] = []
        workspace.watching.listen(self.events.append, self.notices.append)

    async def until(self, condition: Callable[[], bool]) -> None:
        await until(condition)

    async def until_told(self, *paths: str) -> None:
        await until(lambda: set(paths) <= {path for one in self.events for path in one.paths})

    async def slugs(self) -> set[str]:
        return {row.slug for row in await self.workspace.catalog.scripts()}


@asynccontextmanager
async def following(root: Path) -> AsyncIterator[Following]:
    async with Pool(0) as pool, open_workspace(root, pool=pool, is_watching=True) as workspace:
        following = Following(workspace)
        await workspace.watching.has_started()
        await workspace.catalog.rebuild()
        yield following


async def test_the_index_knows_before_anybody_is_told(root: Path) -> None:
    async with following(root) as here:
        put(root, "work", with_header("work", "print(2)\n"))
        put(root, "fresh", with_header("fresh", "print(3)\n"))
        await here.until_told("scripts/work.py", "scripts/fresh.py")
        assert {"work", "fresh"} <= await here.slugs()
        (root / "scripts/fresh.py").unlink()
        here.events.clear()
        await here.until_told("scripts/fresh.py")
        assert "fresh" not in await here.slugs()


async def test_posts_and_media_follow(root: Path) -> None:
    async with following(root) as here:
        (root / "posts/2026/11").mkdir(parents=True)
        (root / "posts/2026/11/p.md").write_text("---\nid: p\ntitle: P\nslug: p\n---\nText\n")
        await here.until_told("posts/2026/11/p.md")
        assert (await here.workspace.catalog.counts()).posts == 1


async def test_a_moved_folder_is_everything_and_the_index_follows(root: Path) -> None:
    (root / "scripts/old").mkdir()
    (root / "scripts/old/deep.py").write_bytes(with_header("deep", "print(1)\n"))
    async with following(root) as here:
        (root / "scripts/old").rename(root / "scripts/new")
        await here.until(lambda: any(event.is_everything for event in here.events))
        rows = await here.workspace.catalog.scripts()
        assert "scripts/new/deep.py" in {row.path for row in rows}
        assert "scripts/old/deep.py" not in {row.path for row in rows}


async def test_own_writes_come_back_and_change_nothing(root: Path) -> None:
    async with following(root) as here:
        script = await here.workspace.load_script("scripts/work.py")
        saved = await here.workspace.save_script(script, body="print('mine')\n")
        rows = await here.workspace.catalog.scripts()
        await here.until_told("scripts/work.py")
        assert await here.workspace.catalog.scripts() == rows
        assert await here.workspace.load_script("scripts/work.py") == saved
        assert here.notices == []


async def test_two_workspaces_see_each_others_saves(root: Path) -> None:
    async with following(root) as one, following(root) as other:
        made = await one.workspace.create_script("From one", "utility", "print(1)\n")
        await other.until_told("scripts/from_one.py")
        assert "from_one" in await other.slugs()
        seen = await other.workspace.load_script("scripts/from_one.py")
        assert seen == made
        one.events.clear()
        await other.workspace.rename_script(seen, title="From two", slug="from_two")
        await one.until_told("scripts/from_one.py", "scripts/from_two.py")
        assert {"from_two"} == {slug for slug in await one.slugs() if slug.startswith("from")}


async def test_a_file_that_cannot_be_read_does_not_end_the_watching(root: Path) -> None:
    async with following(root) as here:
        put(root, "latin", b"print('\xe9')\n")
        (root / "posts/bad.md").write_text("---\ntitle: [\n---\n")
        await here.until_told("scripts/latin.py", "posts/bad.md")
        problems = await here.workspace.catalog.problems()
        assert {"scripts/latin.py", "posts/bad.md"} <= {problem.path for problem in problems}
        put(root, "after", "print(1)\n")
        await here.until_told("scripts/after.py")
        assert "after" in await here.slugs()


async def test_polling_is_told_as_a_notice_and_follows_as_well(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.watch.WatchTree", _no_watches)
    monkeypatch.setattr("store.watch.INTERVAL_S", 0.02)
    monkeypatch.setattr("store.watch.Watcher.__init__.__kwdefaults__", {"interval_s": 0.02})
    async with following(root) as here:
        await here.until(lambda: bool(here.notices))
        assert "fs.inotify.max_user_watches" in here.notices[0]
        put(root, "fresh", "print(1)\n")
        await here.until_told("scripts/fresh.py")
        assert "fresh" in await here.slugs()


def _no_watches(*arguments: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


async def test_an_index_that_cannot_be_written_is_told_once_and_files_are_followed(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk under the state directory, say; the project's own is another."""
    async with following(root) as here:
        index = here.workspace.project.index_path
        from store.files import FileError

        async def full(paths: object) -> None:
            raise FileError(index, "the index cannot be written", action="write")

        monkeypatch.setattr(here.workspace.catalog, "files_changed", full)
        put(root, "one", "print(1)\n")
        await here.until_told("scripts/one.py")
        put(root, "two", "print(2)\n")
        await here.until_told("scripts/two.py")
        assert len(here.notices) == 1
        assert "the index cannot be written" in here.notices[0]


async def test_a_fault_of_ours_is_told_and_does_not_close_the_project(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with following(root) as here:

        async def broken(paths: object) -> None:
            raise KeyError("path")

        with monkeypatch.context() as patch:
            patch.setattr(here.workspace.catalog, "files_changed", broken)
            put(root, "one", "print(1)\n")
            await here.until_told("scripts/one.py")
        assert "A fault in Inkstand" in here.notices[0]
        put(root, "two", "print(2)\n")
        await here.until_told("scripts/two.py")
        assert "two" in await here.slugs()


async def test_nothing_is_watched_unless_asked_for(root: Path) -> None:
    async with Pool(0) as pool, open_workspace(root, pool=pool) as workspace:
        await workspace.watching.has_started()  # does not wait for what never comes
        assert "inkstand-watch" not in {thread.name for thread in threading.enumerate()}


async def test_a_closed_project_leaves_nothing_behind(root: Path) -> None:
    descriptors = _descriptors()
    for _ in range(3):
        async with following(root):
            put(root, "late", "print(1)\n")  # perhaps it is just being taken in
            assert "inkstand-watch" in {thread.name for thread in threading.enumerate()}
        assert "inkstand-watch" not in {thread.name for thread in threading.enumerate()}
    assert _descriptors() == descriptors


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_what_an_event_touches() -> None:
    event = FilesChanged(frozenset({"scripts/a.py"}))
    assert event.touches("scripts/a.py")
    assert not event.touches("scripts/b.py")
    assert event.touches_folder("posts", "scripts")
    assert not event.touches_folder("posts")
    everything = event | FilesChanged(frozenset({"posts/p.md"}), True)
    assert everything.touches("scripts/b.py")
    assert everything.touches_folder("media")
    assert everything.paths == {"scripts/a.py", "posts/p.md"}


async def test_a_file_that_breaks_is_told_once_and_again_when_it_has_healed(root: Path) -> None:
    path = root / "posts/p.md"
    whole = "---\nid: p\ntitle: P\nslug: p\n---\nText\n"
    path.write_text(whole)
    async with following(root) as here:

        async def write(text: str) -> None:
            here.events.clear()
            path.write_text(text)
            await here.until_told("posts/p.md")

        await write("---\ntitle: [\n---\n")
        (notice,) = here.notices
        assert notice.startswith("posts/p.md cannot be read any more: ")
        (problem,) = await here.workspace.catalog.problems()
        assert problem.reason in notice
        await write("---\ntitle: [\n---\nmore\n")
        assert here.notices == [notice]
        await write(whole)
        assert here.notices == [notice, "posts/p.md can be read again."]
        await write("---\ntitle: [\n---\n")
        assert here.notices[2:] == [notice]
        here.events.clear()
        path.unlink()
        await here.until_told("posts/p.md")
        assert len(here.notices) == 3, "what is gone can not be read again"
