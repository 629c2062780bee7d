"""The index of an open project, what macros see of it, and slugs that others have."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import partial

import anyio
import pytest

from engine.samples import macro_arguments
from engine.workspace import Workspace
from store.files import ConflictError, FileError
from tests.unit.engine.conftest import put, with_header

POST = "---\nid: {0}\ntitle: {0}\nslug: {0}\nstatus: published\ncreatedAt: '{1}'\n---\nBody\n"


async def test_a_macro_passes_over_posts_that_broke_since_they_were_indexed(
    kernelless: Workspace,
) -> None:
    root = kernelless.project.root
    put(root, "shout", with_header("shout", "x = 1\n", kind="macro"))
    for slug, date in (("new", "2026-03-02"), ("old", "2026-03-01")):
        (root / "posts" / f"{slug}.md").write_text(POST.format(slug, date))
    await kernelless.catalog.rebuild()
    (root / "posts" / "new.md").write_text("---\ntitle: [broken\n---\n[[shout]]\n")
    script = await kernelless.load_script("scripts/shout.py")
    _, post = await macro_arguments(kernelless.project, kernelless.catalog, script)
    assert post["title"] == "old"
    (root / "posts" / "old.md").write_text("---\nnever ends\n")
    assert (await macro_arguments(kernelless.project, kernelless.catalog, script))[1] is None


async def test_content_is_looked_at_once_also_where_there_is_none(kernelless: Workspace) -> None:
    for _ in range(3):
        await kernelless.catalog.see_content()
    assert len(list(kernelless.tasks)) == 1


async def test_content_is_not_looked_at_again_after_a_rebuild(kernelless: Workspace) -> None:
    await kernelless.catalog.rebuild(("scripts",))
    await kernelless.catalog.rebuild(("posts", "media"))
    await kernelless.catalog.see_content()
    assert len(list(kernelless.tasks)) == 2


async def test_a_change_told_while_the_project_closes_finds_it_closed(
    kernelless: Workspace,
) -> None:
    catalog = kernelless.catalog
    await catalog.scripts()
    is_told = False

    async def tell() -> None:
        nonlocal is_told
        with pytest.raises(anyio.ClosedResourceError):
            await catalog.scripts_changed()
        is_told = True

    async with anyio.create_task_group() as group, catalog._rebuilding:
        group.start_soon(tell)
        await anyio.wait_all_tasks_blocked()
        group.start_soon(catalog.close)
        await anyio.wait_all_tasks_blocked()
    assert is_told


async def test_an_index_closed_under_a_rebuild_is_a_closed_project(kernelless: Workspace) -> None:
    await kernelless.catalog.scripts()
    index = kernelless.catalog._index
    assert index is not None
    index.close()
    with pytest.raises(anyio.ClosedResourceError):
        await kernelless.catalog.rebuild()
    with pytest.raises(anyio.ClosedResourceError):
        await kernelless.catalog.scripts_changed()
    assert [task.state for task in kernelless.tasks].count("cancelled") == 1


async def test_a_rename_does_not_take_the_slug_of_another_script(kernelless: Workspace) -> None:
    root = kernelless.project.root
    other = put(root, "other", with_header("wanted", "x = 1\n"))
    before = other.read_bytes()
    script = await kernelless.load_script("scripts/work.py")
    with pytest.raises(ConflictError, match="another script has the slug 'wanted'"):
        await kernelless.rename_script(script, title="Work", slug="wanted")
    assert script.path.exists()
    assert other.read_bytes() == before


async def test_an_overwrite_is_taken_into_the_index(kernelless: Workspace) -> None:
    path = put(kernelless.project.root, "old", with_header("old", "x = 1\n"))
    script = await kernelless.load_script("scripts/old.py")
    path.write_bytes(b"\xff")
    written = await kernelless.overwrite_script(script, body="x = 2\n", changes={"title": "Mine"})
    assert written.fields.version == 4
    rows = {row.slug: row for row in await kernelless.catalog.scripts()}
    assert (rows["old"].title, rows["old"].problem) == ("Mine", "")


@pytest.mark.parametrize("is_written_first", [False, True])
async def test_an_index_that_is_overwritten_while_open_is_told_and_a_rebuild_heals_it(
    kernelless: Workspace, is_written_first: bool
) -> None:
    root, catalog = kernelless.project.root, kernelless.catalog
    (root / "posts" / "a.md").write_text(POST.format("a", "2026-03-01"))
    await catalog.rebuild()
    place = kernelless.project.index_path
    for suffix in ("", "-wal", "-shm"):
        with place.with_name(place.name + suffix).open("r+b") as file:
            size = file.seek(0, 2)
            file.seek(0)
            file.write(b"garbage " * (size // 8))
    (root / "posts" / "b.md").write_text(POST.format("b", "2026-03-02"))
    change = partial(catalog.files_changed, ["posts/b.md"])
    use = change if is_written_first else catalog.counts
    with pytest.raises(FileError, match=r"damaged.*Alt\+I"):
        await use()
    await catalog.counts()  # it is told once
    await catalog.rebuild(is_full=True)
    assert (await catalog.counts()).posts == 2
    await catalog.check_lasting()
    await catalog.close()
    with closing(sqlite3.connect(place)) as database:
        assert database.execute("SELECT count(*) FROM posts").fetchone() == (2,)
