"""Scans and syncs of an open project: as tasks, with progress, cancelled at once."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from typing import Any

import anyio
import pytest

from engine.workspace import Workspace
from store import files
from store.diff import comparing
from store.diff.differences import MetadataDiff
from store.diff.syncing import Choice
from store.files import FileError
from tests.unit.engine.conftest import put, with_header

POST = "---\nid: {0}\ntitle: {0}\nslug: {0}\nstatus: published\n---\nBody of {0}\n"


def write_posts(workspace: Workspace, count: int) -> None:
    for number in range(count):
        name = f"p{number:03}"
        (workspace.project.posts_dir / f"{name}.md").write_text(POST.format(name))


def change_rows(workspace: Workspace, sql: str) -> None:
    with closing(sqlite3.connect(workspace.project.index_path)) as database, database:
        database.execute(sql)


async def test_a_scan_does_not_rebuild(kernelless: Workspace) -> None:
    write_posts(kernelless, 2)
    first = await kernelless.comparison.scan()
    assert first.index_is_empty
    assert {one.path for one in first.orphans} == {
        "posts/p000.md",
        "posts/p001.md",
        "scripts/work.py",
    }
    again = await kernelless.comparison.scan()
    assert [one.path for one in again.orphans] == [one.path for one in first.orphans]
    assert [task.name for task in kernelless.tasks] == ["Compare scripts, posts, media"] * 2


async def test_a_scan_is_a_task_with_progress(kernelless: Workspace) -> None:
    write_posts(kernelless, 70)
    await kernelless.catalog.rebuild()
    change_rows(kernelless, "UPDATE posts SET title = 'Old' WHERE slug = 'p001'")
    told: list[tuple[float | None, str]] = []
    diff = await kernelless.comparison.scan(
        ("posts",), tell=lambda fraction, words: told.append((fraction, words))
    )
    assert [item.path for item in diff.items] == ["posts/p001.md"]
    assert told == [
        (0.0, "posts: 0 of 70"),
        (50 / 70, "posts: 50 of 70"),
        (1.0, "posts: 70 of 70"),
    ]
    task = next(iter(kernelless.tasks))
    assert (task.state, task.progress) == ("completed", 1.0)
    assert task.message.startswith("70 files compared, 1 differs in ")


async def test_a_scan_can_be_cancelled_by_its_task(kernelless: Workspace) -> None:
    write_posts(kernelless, 120)
    await kernelless.catalog.rebuild()
    diff = await kernelless.comparison.scan(tell=lambda *_: kernelless.tasks.running[0].cancel())
    assert diff.was_cancelled
    assert next(iter(kernelless.tasks)).state == "cancelled"
    assert not (await kernelless.comparison.scan()).was_cancelled


async def test_a_scan_ends_when_nobody_waits_for_it(
    kernelless: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_begun, ended = anyio.Event(), threading.Event()

    real_compare = comparing.compare

    def compare(*arguments: Any, is_cancelled: Callable[[], bool], **options: Any) -> MetadataDiff:
        anyio.from_thread.run_sync(has_begun.set)
        while not is_cancelled():
            ended.wait(0.001)
        ended.set()
        return real_compare(*arguments, is_cancelled=is_cancelled, **options)

    monkeypatch.setattr(comparing, "compare", compare)
    with anyio.fail_after(20):
        async with anyio.create_task_group() as group:
            group.start_soon(kernelless.comparison.scan)
            await has_begun.wait()
            group.cancel_scope.cancel()
    assert ended.is_set()
    assert not kernelless.tasks.running


async def test_files_go_into_the_index(kernelless: Workspace) -> None:
    write_posts(kernelless, 25)
    await kernelless.catalog.rebuild()
    root = kernelless.project.root
    change_rows(kernelless, "UPDATE posts SET title = 'Old', author = 'Ann'")
    (root / "posts" / "new.md").write_text(POST.format("new"))
    (root / "posts" / "p024.md").unlink()
    diff = await kernelless.comparison.scan()
    assert len(diff.items) == 24
    told: list[str] = []
    report = await kernelless.comparison.sync_to_index(
        [*map(Choice, diff.items), *map(Choice, diff.orphans)],
        tell=lambda _, words: told.append(words),
    )
    assert told == ["Synced 10 of 26", "Synced 20 of 26", "Synced 26 of 26"]
    assert (report.summary, report.failed) == ("Synced 26 of 26", ())
    assert (await kernelless.comparison.scan()).is_same
    assert {facts.title for _, facts in await kernelless.catalog.posts()} == {
        *(f"p{number:03}" for number in range(24)),
        "new",
    }


async def test_only_the_chosen_files_are_read(kernelless: Workspace) -> None:
    write_posts(kernelless, 3)
    await kernelless.catalog.rebuild()
    change_rows(kernelless, "UPDATE posts SET title = 'Old'")
    diff = await kernelless.comparison.scan()
    await kernelless.comparison.sync_to_index([Choice(diff.items[1], "title")])
    assert [facts.title for _, facts in await kernelless.catalog.posts()] == ["Old", "p001", "Old"]


async def test_what_cannot_go_into_the_index_is_told(kernelless: Workspace) -> None:
    write_posts(kernelless, 2)
    await kernelless.catalog.rebuild()
    change_rows(kernelless, "UPDATE posts SET title = 'Old'")
    (kernelless.project.media_dir / "lone.png").write_bytes(b"")
    diff = await kernelless.comparison.scan()
    (kernelless.project.posts_dir / "p000.md").write_text("---\nid: [\n---\n")
    report = await kernelless.comparison.sync_to_index(
        [*map(Choice, diff.orphans), *map(Choice, diff.items)]
    )
    assert report.synced == ("posts/p001.md",)
    assert [one.path for one in report.failed] == ["media/lone.png", "posts/p000.md"]
    assert "Make a sidecar" in report.failed[0].reason
    assert "line 3" in report.failed[1].reason
    assert next(iter(kernelless.tasks)).state == "failed"


async def test_the_index_goes_into_files_and_knows_them_afterwards(kernelless: Workspace) -> None:
    root = kernelless.project.root
    put(root, "work", with_header("work", "x = 1\n"))
    write_posts(kernelless, 12)
    await kernelless.catalog.rebuild()
    change_rows(kernelless, "UPDATE posts SET title = 'Old' WHERE slug != 'p003'")
    change_rows(kernelless, "UPDATE scripts SET title = 'Old'")
    diff = await kernelless.comparison.scan()
    told: list[str] = []
    report = await kernelless.comparison.sync_to_files(
        [Choice(one) for one in diff.items], tell=lambda _, words: told.append(words)
    )
    assert told == ["Synced 10 of 12", "Synced 12 of 12"]
    assert report.summary == "Synced 12 of 12"
    assert 'title: "Old"' in (root / "scripts" / "work.py").read_text()
    assert "version: 3" in (root / "scripts" / "work.py").read_text()
    assert (root / "posts" / "p003.md").read_text() == POST.format("p003")
    assert (await kernelless.comparison.scan()).is_same
    rebuilt = await kernelless.catalog.rebuild()
    assert [count.parsed for count in rebuilt.counts.values()] == [0, 0, 0]


async def test_a_field_that_is_written_leaves_the_others_of_its_row(kernelless: Workspace) -> None:
    write_posts(kernelless, 2)
    await kernelless.catalog.rebuild()
    change_rows(kernelless, "UPDATE posts SET title = 'Old', excerpt = 'Short' WHERE slug = 'p000'")
    change_rows(kernelless, "UPDATE posts SET title = 'Old' WHERE slug = 'p001'")
    items = (await kernelless.comparison.scan()).items
    await kernelless.comparison.sync_to_files([Choice(item, "title") for item in items])
    assert [
        (one.path, [field.field for field in one.fields])
        for one in (await kernelless.comparison.scan()).items
    ] == [("posts/p000.md", ["excerpt"])]
    rebuilt = await kernelless.catalog.rebuild()
    assert rebuilt.counts["posts"].parsed == 1


async def test_a_conflict_fails_in_words_and_the_rest_goes_on(kernelless: Workspace) -> None:
    write_posts(kernelless, 2)
    await kernelless.catalog.rebuild()
    change_rows(kernelless, "UPDATE posts SET title = 'Old'")
    diff = await kernelless.comparison.scan()
    mine = kernelless.project.posts_dir / "p000.md"
    mine.write_text(POST.format("mine"))
    report = await kernelless.comparison.sync_to_files([Choice(one) for one in diff.items])
    assert report.summary == "Synced 1 of 2, 1 failed"
    assert report.failed[0].reason == "the file changed after the scan. Scan again."
    assert mine.read_text() == POST.format("mine")
    task = next(iter(kernelless.tasks))
    assert (task.state, task.message) == ("failed", report.summary)


async def test_a_sync_can_be_cancelled(kernelless: Workspace) -> None:
    write_posts(kernelless, 25)
    await kernelless.catalog.rebuild()
    change_rows(kernelless, "UPDATE posts SET title = 'Old'")
    choices = [Choice(one) for one in (await kernelless.comparison.scan()).items]
    comparison = kernelless.comparison
    report = await comparison.sync_to_files(choices, tell=lambda *_: comparison.cancel())
    assert report.summary == "Synced 11 of 25, cancelled"
    report = await comparison.sync_to_index(choices[11:], tell=lambda *_: comparison.cancel())
    assert report.summary == "Synced 10 of 14, cancelled"
    assert len((await comparison.scan()).items) == 4


async def test_texts_are_compared_as_they_are_now(kernelless: Workspace) -> None:
    write_posts(kernelless, 1)
    await kernelless.catalog.rebuild()
    place = kernelless.project.posts_dir / "p000.md"
    place.write_text(POST.format("p000") + "one\n")
    (item,) = (await kernelless.comparison.scan()).items
    place.write_text(POST.format("p000") + "two\n")
    (hunk,) = await kernelless.comparison.hunks(item)
    assert [(line.mark, line.file_line, line.text) for line in hunk.lines] == [
        (" ", 7, "Body of p000"),
        ("+", 8, "two"),
    ]
    place.unlink()
    with pytest.raises(FileError):
        await kernelless.comparison.hunks(item)


async def test_a_sidecar_that_is_made_is_in_the_index(kernelless: Workspace) -> None:
    (kernelless.project.media_dir / "lone.png").write_bytes(b"123")
    await kernelless.catalog.rebuild()
    (orphan,) = (await kernelless.comparison.scan()).orphans
    assert await kernelless.comparison.make_sidecar(orphan) == "media/lone.png.meta"
    assert [path for path, _ in await kernelless.catalog.media()] == ["media/lone.png.meta"]
    assert (await kernelless.comparison.scan()).is_same


async def test_a_closed_project_answers_no_scan(kernelless: Workspace) -> None:
    await kernelless.catalog.close()
    with pytest.raises(anyio.ClosedResourceError):
        await kernelless.comparison.scan()
    assert next(iter(kernelless.tasks)).state == "cancelled"


async def test_a_fault_ends_its_task(
    kernelless: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_path: object) -> object:
        raise RuntimeError("a bug")

    monkeypatch.setattr(files, "read", broken)
    with pytest.raises(RuntimeError, match="a bug"):
        await kernelless.comparison.scan()
    task = next(iter(kernelless.tasks))
    assert (task.state, task.message) == ("failed", "RuntimeError")
