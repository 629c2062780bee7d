"""Tags of an open workspace: counted, and changed in many posts as a task that can be cancelled."""

from __future__ import annotations

import json
from pathlib import Path

import anyio
import pytest

from engine.entries.tags import TagUse
from engine.tasks import Task
from engine.workspace import Workspace
from store.tags import TagError


@pytest.fixture(autouse=True)
def _every_progress_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.tasks.TELL_EVERY_S", 0.0)


POST = """---
id: p{0}
title: Post {0}
slug: post-{0}
status: published
updatedAt: '2026-03-01T10:00:00.000Z'
tags:
  - {1}
  - paper
categories:
  - {2}
---
Body
"""
SIDECAR = '---\nid: m\noriginalName: "a"\nmimeType: image/png\ntags: ["Über"]\n---'


def put_posts(root: Path, number: int, tag: str = "Ink", category: str = "article") -> None:
    for one in range(number):
        (root / "posts" / f"p{one:03}.md").write_text(POST.format(one, tag, category))


def tags_of(root: Path) -> list[str]:
    """Give the first tag of every post, as its file has it."""
    texts = [path.read_text() for path in sorted(root.glob("posts/p[0-9]*.md"))]
    return [text.split("\n  - ")[1].splitlines()[0] for text in texts]


async def used(workspace: Workspace) -> dict[str, int]:
    return {tag.name: tag.posts for tag in (await workspace.tags.listing()).tags}


def task_named(workspace: Workspace, start: str) -> Task:
    return next(task for task in workspace.tasks if task.name.startswith(start))


async def test_tags_are_listed_with_their_use(kernelless: Workspace) -> None:
    root = kernelless.project.root
    put_posts(root, 3)
    (root / "posts" / "p001.md").write_text(POST.format(1, "ink", "article"))
    (root / "posts" / "p000.de.md").write_text("---\ntranslationFor: p0\ntags: [paper]\n---\n")
    (root / "media" / "a.png.meta").write_text(SIDECAR)
    (root / "meta" / "tags.json").write_text('[{"name": "ink", "color": "#abc"}, {"name": "oil"}]')
    listing = await kernelless.tags.listing()
    assert listing.problem == ""
    assert listing.tags == (
        TagUse("ink", "#abc", "", 3, 0, True),
        TagUse("oil", "", "", 0, 0, True),
        TagUse("paper", "", "", 3, 0, False),
        TagUse("Über", "", "", 0, 1, False),
    )
    (root / "meta" / "tags.json").write_text("[")
    listing = await kernelless.tags.listing()
    assert [tag.name for tag in listing.tags] == ["Ink", "paper", "Über"]
    assert "line 1, column 2" in listing.problem


async def test_a_tag_is_made_and_changed(kernelless: Workspace) -> None:
    await kernelless.tags.create("New", color="#abc")
    with pytest.raises(TagError, match="There is a tag 'new' already"):
        await kernelless.tags.create("NEW")
    await kernelless.tags.update("new", color="", post_template_slug="wide")
    text = (kernelless.project.meta_dir / "tags.json").read_text()
    assert json.loads(text) == [{"name": "new", "postTemplateSlug": "wide"}]


async def test_a_rename_is_a_task_and_in_the_index_at_once(kernelless: Workspace) -> None:
    root = kernelless.project.root
    put_posts(root, 25)
    await kernelless.catalog.see_content()
    (root / "posts" / "p100.md").write_text(POST.format(100, "INK", "x"))  # unknown to the index
    (root / "media" / "a.png.meta").write_text(SIDECAR)
    told: list[str] = []
    kernelless.tasks.listen(lambda: told.append(task_named(kernelless, "Re").message))
    report = await kernelless.tags.rename("ink", "Dark Ink")
    assert (report.posts_updated, report.media_updated, report.failures) == (26, 0, ())
    assert tags_of(root) == ["dark ink"] * 26
    assert await used(kernelless) == {"dark ink": 26, "paper": 26, "Über": 0}
    task = task_named(kernelless, "Rename tag ink")
    assert (task.state, task.progress) == ("completed", 1.0)
    assert task.message.startswith("26 posts changed in ")
    assert {"0 of 26 files", "20 of 26 files", "26 of 26 files"} <= set(told)


async def test_case_does_not_hide_a_tag_that_is_not_ascii(kernelless: Workspace) -> None:
    root = kernelless.project.root
    put_posts(root, 1, tag="ÜBER")
    (root / "media" / "a.png.meta").write_text(SIDECAR)
    report = await kernelless.tags.merge(["über"], "paper")
    assert (report.posts_updated, report.media_updated) == (1, 1)
    assert [tag.name for tag in (await kernelless.tags.listing()).tags] == ["paper"]


async def test_a_cancelled_merge_is_finished_by_the_next(kernelless: Workspace) -> None:
    root = kernelless.project.root
    put_posts(root, 60)
    (root / "meta" / "tags.json").write_text('[{"name": "ink"}]')
    is_cancelled = False

    def cancel_half_way() -> None:
        nonlocal is_cancelled
        task = next(iter(kernelless.tasks))
        if task.message == "30 of 60 files" and not is_cancelled:
            is_cancelled = True
            task.cancel()

    kernelless.tasks.listen(cancel_half_way)
    report = await kernelless.tags.merge(["ink"], "paper")
    assert report.was_cancelled
    done = report.posts_updated
    assert 30 <= done < 60
    assert tags_of(root) == ["paper"] * done + ["Ink"] * (60 - done)
    assert await used(kernelless) == {"ink": 60 - done, "paper": 60}
    task = task_named(kernelless, "Merge tags")
    assert task.state == "cancelled"
    assert task.message.endswith("do it again for the rest")
    again = await kernelless.tags.merge(["ink"], "paper")
    assert again.posts_updated == 60 - done
    assert again.is_complete
    assert await used(kernelless) == {"paper": 60}


async def test_a_change_ends_with_who_asked_for_it(kernelless: Workspace) -> None:
    put_posts(kernelless.project.root, 300)
    await kernelless.catalog.see_content()
    with anyio.CancelScope() as scope:

        def cancel() -> None:
            if next(iter(kernelless.tasks)).message == "20 of 300 files":
                scope.cancel()

        kernelless.tasks.listen(cancel)
        await kernelless.tags.delete("ink")
    assert scope.cancelled_caught
    assert task_named(kernelless, "Delete tag").state == "cancelled"
    left = [tag for tag in tags_of(kernelless.project.root) if tag == "Ink"]
    assert 0 < len(left) < 280
    assert (await kernelless.tags.delete("ink")).posts_updated == len(left)


async def test_a_file_that_cannot_be_changed_makes_the_task_fail(kernelless: Workspace) -> None:
    root = kernelless.project.root
    put_posts(root, 2)
    (root / "posts" / "braces.md").write_text("---\n{id: x, title: x, tags: [ink]}\n---\n")
    report = await kernelless.tags.delete("INK")
    assert [path for path, _ in report.failures] == ["posts/braces.md"]
    assert tags_of(root) == ["paper"] * 2
    task = task_named(kernelless, "Delete tag")
    assert task.state == "failed"
    assert "posts/braces.md" in task.message


async def test_what_cannot_be_renamed_is_said_and_ends_the_task(kernelless: Workspace) -> None:
    await kernelless.tags.create("a")
    await kernelless.tags.create("b")
    with pytest.raises(TagError, match="merge 'a' into it"):
        await kernelless.tags.rename("a", "b")
    task = task_named(kernelless, "Rename tag")
    assert (task.state, task.message) == (
        "failed",
        "There is a tag 'b' already; merge 'a' into it.",
    )
    assert kernelless.tasks.running == []


async def test_changes_wait_for_each_other(kernelless: Workspace) -> None:
    root = kernelless.project.root
    put_posts(root, 5)
    most = 0

    def count() -> None:
        nonlocal most
        running = [task for task in kernelless.tasks.running if "tag" in task.name]
        most = max(most, len(running))

    kernelless.tasks.listen(count)
    async with anyio.create_task_group() as group:
        group.start_soon(kernelless.tags.rename, "ink", "one")
        group.start_soon(kernelless.tags.rename, "paper", "two")
    assert most == 1
    assert await used(kernelless) == {"one": 5, "two": 5}


async def test_a_cancelled_look_at_the_files_changes_none(kernelless: Workspace) -> None:
    root = kernelless.project.root
    put_posts(root, 120)

    def cancel() -> None:
        task = next(iter(kernelless.tasks))
        if task.name.startswith("Rebuild") and task.state == "running":
            task.cancel()

    kernelless.tasks.listen(cancel)
    report = await kernelless.tags.delete("ink")
    assert report.was_cancelled
    assert tags_of(root) == ["Ink"] * 120


async def test_categories_with_their_use(kernelless: Workspace) -> None:
    put_posts(kernelless.project.root, 2, category="Notes")
    tags = kernelless.tags
    listing = await tags.categories()
    assert [(one.category.name, one.posts) for one in listing.categories] == [
        ("article", 0),
        ("aside", 0),
        ("page", 0),
        ("picture", 0),
    ]
    assert listing.unlisted == ("Notes",)
    await tags.add_category("notes")
    await tags.change_category("notes", {"show_title": False})
    listing = await tags.categories()
    notes = next(one for one in listing.categories if one.category.name == "notes")
    assert (notes.posts, notes.category.show_title, listing.unlisted) == (2, False, ())
    await tags.remove_category("notes")
    assert (await tags.categories()).unlisted == ("Notes",)
    with pytest.raises(TagError, match="cannot be removed"):
        await tags.remove_category("page")
