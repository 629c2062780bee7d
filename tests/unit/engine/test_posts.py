"""Posts of an open project: what is written is what the index tells right after."""

from __future__ import annotations

import json
from pathlib import Path

import anyio
import pytest

from engine.workspace import Workspace
from store.files import ConflictError, FileError
from store.posts import PostNotFound


def write(workspace: Workspace, path: str, text: str) -> Path:
    """Write a file as another program would."""
    place = workspace.project.root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)
    return place


async def indexed(workspace: Workspace) -> dict[str, str]:
    """Give what the index knows: by path the title, and the status where there is one."""
    posts = await workspace.catalog.posts()
    return {
        path.rpartition("/")[2]: " ".join(filter(None, (facts.title, facts.status)))
        for path, facts in posts
    }


async def test_a_post_through_its_life(kernelless: Workspace) -> None:
    posts = kernelless.posts
    post = await posts.create("Hello", body="Body", tags=["one"])
    assert await indexed(kernelless) == {"hello.md": "Hello draft"}
    german = await posts.create_translation(post, "de", title="Hallo", body="Text")
    post = await posts.update(post, {"title": "Good day"}, body="More\n")
    assert await indexed(kernelless) == {"good-day.md": "Good day draft", "good-day.de.md": "Hallo"}
    post = await posts.publish(post)
    assert (await indexed(kernelless))["good-day.md"] == "Good day published"
    post = await posts.archive(post)
    assert (await indexed(kernelless))["good-day.md"] == "Good day archived"
    post = await posts.unarchive(post)
    post = await posts.unpublish(post)
    assert (await indexed(kernelless))["good-day.md"] == "Good day draft"
    post = await posts.rename(post, "third")
    german = (await posts.translations(post))[0]
    german = await posts.update(german, {"title": "Tag"})
    assert await indexed(kernelless) == {"third.md": "Good day draft", "third.de.md": "Tag"}
    assert await posts.get("third") == await posts.get(post.facts.id) == post
    assert await posts.read(kernelless.relative(german.path)) == german
    deleted = await posts.delete(post)
    assert (deleted.slug, await indexed(kernelless)) == ("third", {})
    restored = await posts.undo_delete()
    assert restored is not None
    assert (restored.path, restored.text) == (post.path, post.text)
    assert await indexed(kernelless) == {"third.md": "Good day draft", "third.de.md": "Tag"}
    assert await posts.undo_delete() is None
    await posts.delete(german)
    assert await indexed(kernelless) == {"third.md": "Good day draft"}


async def test_slugs_are_the_only_ones_in_the_whole_project(kernelless: Workspace) -> None:
    posts = kernelless.posts
    for number, slug in enumerate(("hello", "hello-2", "hello-world", "Given")):
        write(kernelless, f"posts/2020/0{number + 1}/{slug}.md", f"---\nid: {slug}\n---\n")
    first = await posts.create("Hello")
    assert (await posts.create("x", slug="given")).facts.slug == "given-2"
    other = await posts.create("Other")
    assert first.facts.slug == "hello-3"
    assert (await posts.update(first, {"title": "HELLO"})).path == first.path
    with pytest.raises(ConflictError, match="another post has the slug 'hello-2'"):
        await posts.rename(other, "hello-2")
    with pytest.raises(ConflictError, match="another post has the slug 'hello'"):
        await posts.update(other, {"slug": "Hello"})


async def test_a_deleted_post_comes_back_beside_the_one_that_took_its_place(
    kernelless: Workspace,
) -> None:
    posts = kernelless.posts
    old = await posts.create("Hello")
    await posts.delete(old)
    write(kernelless, "posts/2020/01/hello.md", "---\nid: new\n---\n")
    await kernelless.catalog.rebuild()
    back = await posts.undo_delete()
    assert back is not None
    assert (back.facts.slug, back.facts.id) == ("hello-2", old.facts.id)
    assert await indexed(kernelless) == {"hello.md": "hello draft", "hello-2.md": "Hello draft"}


async def test_what_cannot_come_back_does_not_stand_in_the_way(kernelless: Workspace) -> None:
    posts = kernelless.posts
    first, second = await posts.create("First"), await posts.create("Second")
    await posts.delete(first)
    await posts.delete(second)
    write(kernelless, kernelless.relative(second.path), second.text)
    with pytest.raises(ConflictError, match="the post is there again"):
        await posts.undo_delete()
    restored = await posts.undo_delete()
    assert restored is not None
    assert restored.facts.title == "First"
    second.path.unlink()
    restored = await posts.undo_delete()
    assert restored is not None
    assert restored.facts.title == "Second"


async def test_a_change_that_fails_leaves_files_and_index(kernelless: Workspace) -> None:
    posts = kernelless.posts
    post = await posts.create("Hello")
    write(kernelless, kernelless.relative(post.path), post.text.replace("Hello", "Theirs"))
    with pytest.raises(ConflictError, match="another program changed it"):
        await posts.update(post, {"title": "Mine"})
    assert await indexed(kernelless) == {"hello.md": "Theirs draft"}  # it was looked at
    with pytest.raises(ConflictError):
        await posts.delete(post)
    assert await posts.undo_delete() is None
    with pytest.raises(ValueError, match="a title cannot be empty"):
        await posts.update(post, {"title": ""})


async def test_files_that_moved_or_came_by_themselves_are_found(kernelless: Workspace) -> None:
    posts = kernelless.posts
    post = await posts.create("Hello")
    moved = post.path.with_name("elsewhere.md")
    post.path.rename(moved)
    assert (await posts.get("hello")).path == moved
    assert list(await indexed(kernelless)) == ["elsewhere.md"]
    write(kernelless, "posts/new.md", "---\nid: n\n---\n")
    assert (await posts.get("new")).facts.id == "n"
    assert sorted(await indexed(kernelless)) == ["elsewhere.md", "new.md"]
    with pytest.raises(PostNotFound, match=r"slug 'neww'\. Did you mean new\?"):
        await posts.get("neww")
    moved.write_text("---\nbroken")
    with pytest.raises(FileError, match="never ends"):
        await posts.get("hello")


async def test_author_and_language_are_the_ones_the_project_has_now(kernelless: Workspace) -> None:
    settings = {"name": "Blog", "defaultAuthor": "Ada", "mainLanguage": "de"}
    write(kernelless, "meta/project.json", json.dumps(settings))
    post = await kernelless.posts.create("Hello")
    assert post.facts.author == "Ada"
    with pytest.raises(ValueError, match="is written in 'de' itself"):
        await kernelless.posts.create_translation(post, "de", title="Hallo", body="")


async def test_a_broken_translation_does_not_stop_an_edit(kernelless: Workspace) -> None:
    post = await kernelless.posts.create("Hello")
    write(kernelless, kernelless.relative(post.path.with_name("hello.de.md")), "---\nx\n")
    broken = post.path.with_name("hello.fr.md")
    write(kernelless, kernelless.relative(broken), f"---\ntranslationFor: {post.facts.id}\n")
    changed = await kernelless.posts.update(post, {"author": "Ann"})
    assert (await kernelless.posts.get("hello")) == changed
    with pytest.raises(FileError, match=r"hello\.fr\.md: .*never ends"):
        await kernelless.posts.publish(changed)


async def test_a_closed_project_answers_no_more(kernelless: Workspace) -> None:
    post = await kernelless.posts.create("Hello")
    await kernelless.catalog.close()
    with pytest.raises(anyio.ClosedResourceError):
        await kernelless.posts.get("hello")
    with pytest.raises(anyio.ClosedResourceError):
        await kernelless.posts.update(post, {"title": "x"})
    assert post.path.exists()


async def test_media_let_go_of_a_deleted_post_and_take_it_back(kernelless: Workspace) -> None:
    post = await kernelless.posts.create("Hello")
    other = "0b7f4c3e-0000-4000-8000-00000000000b"
    text = (
        '---\nid: m1\noriginalName: "a.png"\nmimeType: image/png\nsize: 1\n'
        "createdAt: 2026-03-01T10:00:00.000Z\nupdatedAt: 2026-03-01T10:00:00.000Z\ntags: []\n"
        f'linkedPostIds: ["{other}", "{post.facts.id}"]\n---'
    )
    sidecar = write(kernelless, "media/2026/03/a.png.meta", text)
    await kernelless.catalog.rebuild()
    await kernelless.posts.delete(post)
    assert f'linkedPostIds: ["{other}"]\n---' in sidecar.read_text()
    found = await kernelless.catalog.find_media("m1")
    assert found is not None
    assert found[1].linked_post_ids == (other,)
    await kernelless.posts.undo_delete()
    assert f'linkedPostIds: ["{other}", "{post.facts.id}"]\n---' in sidecar.read_text()
