"""The open project: what it does to files, and that nothing bad on disk is more than a message."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path

import anyio
import pytest

from engine.kernel.events import RunFinished, RunOutput
from engine.workspace import Workspace, open_workspace
from store.files import ConflictError, FileError
from store.project import ProjectError, open_project
from store.scripts import MAX_EDIT_BYTES, Script
from tests.holding import held, until
from tests.limits import read_only, small_disk
from tests.unit.engine.conftest import PROJECT_ID, put, with_header


async def load(workspace: Workspace, slug: str) -> Script:
    return await workspace.load_script(f"scripts/{slug}.py")


async def output_of(workspace: Workspace, script: Script, **options: str) -> tuple[str, str]:
    """Run a script and return what it printed, and how it ended."""
    printed = b""
    outcome = ""
    run = await workspace.runs.start(script, timeout_s=20, **options)  # type: ignore[arg-type]
    async for event in run.events():
        if isinstance(event, RunOutput):
            printed += event.data
        elif isinstance(event, RunFinished):
            outcome = event.outcome
    return printed.decode(), outcome


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# Saving -------------------------------------------------------------------------------------------


async def test_a_save_raises_the_version_by_one_and_keeps_the_rest(kernelless: Workspace) -> None:
    path = put(kernelless.project.root, "old", with_header("old", "print(1)\n"))
    before = path.read_bytes().split(b"\n")
    saved = await kernelless.save_script(await load(kernelless, "old"), body="print(2)\n")
    assert saved.fields.version == 4
    after = path.read_bytes().split(b"\n")
    changed = [new for old, new in zip(before, after, strict=True) if old != new]
    assert [line.split(b":")[0] for line in changed] == [b"version", b"updatedAt", b"print(2)"]
    again = await kernelless.save_script(saved, body="print(3)\n", changes={"title": "T"})
    assert again.fields.version == 5
    assert (await load(kernelless, "old")) == again


async def test_a_save_of_what_is_there_writes_nothing(kernelless: Workspace) -> None:
    path = put(kernelless.project.root, "old", with_header("old", "print(1)\n"))
    before = path.stat()
    script = await load(kernelless, "old")
    saved = await kernelless.save_script(
        script, body=script.body, changes={"title": "Old", "kind": "utility", "enabled": True}
    )
    assert saved is script
    after = path.stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)


async def test_a_file_that_changed_meanwhile_is_not_overwritten(kernelless: Workspace) -> None:
    path = put(kernelless.project.root, "old", with_header("old", "print(1)\n"))
    script = await load(kernelless, "old")
    theirs = with_header("old", "print('theirs')\n")
    path.write_bytes(theirs)
    with pytest.raises(ConflictError):
        await kernelless.save_script(script, body="print('mine')\n")
    with pytest.raises(ConflictError):
        await kernelless.delete_script(script)
    with pytest.raises(ConflictError):
        await kernelless.rename_script(script, title="New", slug="new")
    assert path.read_bytes() == theirs
    assert names(path.parent) == ["old.py", "work.py"]
    path.unlink()
    with pytest.raises(ConflictError):
        await kernelless.save_script(script, body="print('mine')\n")
    assert not path.exists()


async def test_a_file_that_was_only_touched_is_no_conflict(kernelless: Workspace) -> None:
    path = put(kernelless.project.root, "old", with_header("old", "print(1)\n"))
    script = await load(kernelless, "old")
    os.utime(path, (1, 1))
    assert (await kernelless.save_script(script, body="print(2)\n")).fields.version == 4


async def test_line_ends_of_another_system_stay(kernelless: Workspace) -> None:
    path = put(kernelless.project.root, "win", with_header("win", "a = 1\nb = 2\n", eol="\r\n"))
    script = await load(kernelless, "win")
    assert script.body == "a = 1\r\nb = 2\r\n"
    await kernelless.save_script(script, body=script.body + "c = 3\r\n", changes={"kind": "macro"})
    data = path.read_bytes()
    assert data.count(b"\n") == data.count(b"\r\n") == 17
    assert b'kind: "macro"\r\n' in data
    assert b"version: 4\r\n" in data


async def test_a_script_without_header_gets_one_when_it_is_needed(kernelless: Workspace) -> None:
    path = kernelless.project.root / "scripts" / "work.py"
    script = await kernelless.save_script(await load(kernelless, "work"), body="x = 1\n")
    assert path.read_bytes() == b"x = 1\n"
    script = await kernelless.save_script(script, changes={"kind": "macro"})
    assert (script.fields.kind, script.fields.project_id) == ("macro", PROJECT_ID)
    assert script.fields.id
    assert path.read_text().startswith('"""\n---\nid: "')
    assert path.read_text().endswith('---\n"""\nx = 1\n')


# Making, renaming, copying, deleting --------------------------------------------------------------


async def test_a_new_script_gets_a_slug_of_its_own(kernelless: Workspace) -> None:
    first = await kernelless.create_script("New Script", "utility", "print(1)\n")
    second = await kernelless.create_script("New Script", "utility", "print(2)\n")
    assert [first.fields.slug, second.fields.slug] == ["new_script", "new_script_2"]
    assert first.fields.version == second.fields.version == 1
    assert first.fields.id != second.fields.id
    slugs = {row.slug for row in await kernelless.catalog.scripts()}
    assert slugs == {"new_script", "new_script_2", "work"}


async def test_a_rename_and_back_again(kernelless: Workspace) -> None:
    path = put(kernelless.project.root, "old", with_header("old", "print(1)\n"))
    script = await load(kernelless, "old")
    renamed = await kernelless.rename_script(script, title="Brand new", slug="brand_new")
    assert not path.exists()
    assert renamed.path.name == "brand_new.py"
    assert (renamed.fields.title, renamed.fields.slug) == ("Brand new", "brand_new")
    assert (renamed.fields.id, renamed.fields.version) == (script.fields.id, 4)
    assert renamed.body == script.body
    back = await kernelless.rename_script(renamed, title="Old", slug="old")
    assert back.path == path
    assert (back.fields.title, back.fields.slug, back.fields.version) == ("Old", "old", 5)
    assert {row.slug for row in await kernelless.catalog.scripts()} == {"old", "work"}


async def test_another_title_leaves_the_file_where_it_is(kernelless: Workspace) -> None:
    path = put(kernelless.project.root, "old", with_header("old", "print(1)\n"))
    script = await load(kernelless, "old")
    renamed = await kernelless.rename_script(script, title="Brand new", slug="old")
    assert (renamed.path, renamed.fields.slug) == (path, "old")


async def test_a_rename_onto_another_script_is_refused(kernelless: Workspace) -> None:
    path = put(kernelless.project.root, "old", with_header("old", "print(1)\n"))
    before = path.read_bytes()
    with pytest.raises(ConflictError):
        await kernelless.rename_script(await load(kernelless, "old"), title="Old", slug="work")
    assert path.read_bytes() == before
    assert (path.parent / "work.py").read_text() == 'print("at work")\n'


async def test_a_copy_is_a_script_of_its_own(kernelless: Workspace) -> None:
    put(kernelless.project.root, "old", with_header("old", "print(1)\n", kind="macro"))
    script = await load(kernelless, "old")
    copy = await kernelless.duplicate_script(script)
    assert (copy.fields.slug, copy.fields.title) == ("old_2", "Old copy")
    assert (copy.fields.kind, copy.fields.version) == ("macro", 1)
    assert copy.fields.id not in ("", script.fields.id)
    assert copy.body == script.body
    assert (await load(kernelless, "old")) == script


async def test_delete_and_undo_bring_back_every_byte(kernelless: Workspace) -> None:
    data = with_header("old", "print(1)\r\nno newline", eol="\n")
    path = put(kernelless.project.root, "old", data)
    assert await kernelless.undo_delete() is None
    await kernelless.delete_script(await load(kernelless, "old"))
    assert not path.exists()
    assert {row.slug for row in await kernelless.catalog.scripts()} == {"work"}
    script = await kernelless.undo_delete()
    assert script is not None
    assert path.read_bytes() == data
    assert script.fields.version == 3
    assert {row.slug for row in await kernelless.catalog.scripts()} == {"old", "work"}
    assert await kernelless.undo_delete() is None


async def test_deletes_are_undone_last_first(kernelless: Workspace) -> None:
    put(kernelless.project.root, "one", "1\n")
    for slug in ("one", "work"):
        await kernelless.delete_script(await load(kernelless, slug))
    first = await kernelless.undo_delete()
    second = await kernelless.undo_delete()
    assert first is not None
    assert second is not None
    assert [first.path.name, second.path.name] == ["work.py", "one.py"]


async def test_undo_brings_a_script_back_beside_what_took_its_place(kernelless: Workspace) -> None:
    await kernelless.delete_script(await load(kernelless, "work"))
    path = put(kernelless.project.root, "work", "theirs = 1\n")
    restored = await kernelless.undo_delete()
    assert restored is not None
    assert path.read_text() == "theirs = 1\n"
    assert restored.path == path.with_name("work_2.py")
    assert restored.path.read_text() == 'print("at work")\n'
    assert await kernelless.undo_delete() is None


# Odd files ----------------------------------------------------------------------------------------


async def test_a_broken_header_counts_as_none_and_is_told(workspace: Workspace) -> None:
    text = '"""\n---\nslug: "half"\nthis is no line of a header\n---\n"""\nprint("runs")\n'
    path = put(workspace.project.root, "half", text)
    script = await load(workspace, "half")
    assert script.form == "none"
    assert script.body == text
    assert "line 4" in script.problems[0]
    assert await output_of(workspace, script) == ("runs\n", "ok")
    await workspace.catalog.rebuild()
    (problem,) = await workspace.catalog.problems()
    assert (problem.path, problem.kind) == ("scripts/half.py", "scripts")
    with pytest.raises(FileError, match="Repair the header first"):
        await workspace.save_script(script, changes={"kind": "macro"})
    assert path.read_text() == text


async def test_a_script_that_is_not_utf8_is_listed_with_its_place(workspace: Workspace) -> None:
    put(workspace.project.root, "latin", b"x = 1\ny = '\xe9'\n")
    with pytest.raises(FileError, match=r"line 2, column 6.*0xe9.*offset 11"):
        await load(workspace, "latin")
    report = await workspace.catalog.rebuild()
    assert [one.path for one in report.unreadable] == ["scripts/latin.py"]
    rows = {row.path: row for row in await workspace.catalog.scripts()}
    assert "not UTF-8" in rows["scripts/latin.py"].problem
    with pytest.raises(FileError):
        await workspace.find_script("latin")


async def test_a_nul_byte_is_told_and_does_no_harm(workspace: Workspace) -> None:
    text = "x = 1\ny = '\0'\n"
    path = put(workspace.project.root, "nul", text)
    script = await load(workspace, "nul")
    assert "line 2, column 6: a NUL byte" in script.problems[0]
    inspected = await workspace.check(script.source, "scripts/nul.py")
    assert len(inspected.problems) == 1
    assert await output_of(workspace, script) == ("", "raised")
    await workspace.save_script(script, body=script.body + "z = 3\n")
    assert path.read_text() == text + "z = 3\n"


async def test_a_script_of_5_mb_runs_and_is_not_slow_to_list(workspace: Workspace) -> None:
    text = "# a long line of nothing\n" * 200_000 + 'print("still here")\n'
    assert len(text) > 5_000_000 > MAX_EDIT_BYTES
    put(workspace.project.root, "big", text)
    script = await load(workspace, "big")
    assert await output_of(workspace, script) == ("still here\n", "ok")
    inspected = await workspace.check(script.source, "scripts/big.py")
    assert inspected.problems == []
    await workspace.catalog.rebuild()
    assert "big" in {row.slug for row in await workspace.catalog.scripts()}


async def test_two_scripts_of_one_slug_and_id_both_stay(workspace: Workspace) -> None:
    put(workspace.project.root, "a", with_header("same", "print('a')\n"))
    put(workspace.project.root, "b", with_header("same", "print('b')\n"))
    await workspace.catalog.rebuild()
    rows = {row.path: row for row in await workspace.catalog.scripts()}
    assert (rows["scripts/a.py"].slug, rows["scripts/b.py"].slug) == ("same", "same_2")
    assert "scripts/a.py has the slug same too" in rows["scripts/b.py"].problem
    assert "same id" in rows["scripts/b.py"].problem
    for slug, printed in (("same", "a\n"), ("same_2", "b\n")):
        script = await workspace.find_script(slug)
        assert await output_of(workspace, script) == (printed, "ok")


async def test_a_syntax_error_is_told_at_the_files_line(workspace: Workspace) -> None:
    data = with_header("broken", "x = 1\ny = (\n")
    inspected = await workspace.check(data, "scripts/broken.py")
    (problem,) = inspected.problems
    assert (problem.line, problem.column) == (16, 5)
    assert inspected.entrypoints == ["main"]


# Odd projects -------------------------------------------------------------------------------------


async def test_a_folder_without_meta_is_no_project(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    with pytest.raises(ProjectError, match="inkstand init"):
        async with open_workspace(tmp_path):
            pass
    assert names(tmp_path) == ["scripts"]


@pytest.mark.parametrize(
    ("text", "place"),
    [('{"name": 1,\n?}', ":2:1"), ("[]", ":1:1"), ("", ":1:1"), ("\ufeff{}", ""), ("\x00", ":1:1")],
)
async def test_broken_settings_give_defaults_and_a_notice(
    root: Path, text: str, place: str
) -> None:
    file = root / "meta" / "project.json"
    file.write_text(text)
    async with held(open_workspace(root)) as workspace:
        assert workspace.project.name == "blog"
        assert [place in notice for notice in workspace.notices] == [True] * bool(place)
        assert await output_of(workspace, await load(workspace, "work")) == ("at work\n", "ok")
    assert file.read_text() == text


async def test_other_broken_json_in_meta_is_nobodys_business(root: Path) -> None:
    for name in ("categories.json", "tags.json", "category-meta.json"):
        (root / "meta" / name).write_text("{broken")
    async with held(open_workspace(root)) as workspace:
        report = await workspace.catalog.rebuild()
        assert report.unreadable == ()
        assert {row.slug for row in await workspace.catalog.scripts()} == {"work"}


async def test_a_read_only_project_can_be_looked_at_and_run(root: Path) -> None:
    path = root / "scripts" / "work.py"
    with read_only(root):
        async with held(open_workspace(root)) as workspace:
            assert not workspace.project.is_writable
            script = await load(workspace, "work")
            assert await output_of(workspace, script) == ("at work\n", "ok")
            assert {row.slug for row in await workspace.catalog.scripts()} == {"work"}
            with pytest.raises(FileError, match="could not write"):
                await workspace.save_script(script, body="mine = 1\n")
            with pytest.raises(FileError, match="could not write"):
                await workspace.create_script("New", "utility", "x = 1\n")
            with pytest.raises(FileError, match="could not delete"):
                await workspace.delete_script(script)
            with pytest.raises(FileError, match="could not move"):
                await workspace.rename_script(script, title="Work", slug="play")
            assert await workspace.undo_delete() is None
    assert path.read_text() == 'print("at work")\n'
    assert names(path.parent) == ["work.py"]


async def test_a_read_only_project_without_scripts_says_why(root: Path) -> None:
    (root / "scripts" / "work.py").unlink()
    with read_only(root):
        async with held(open_workspace(root)) as workspace:
            (notice,) = workspace.notices
            assert "read-only" in notice
            assert await workspace.catalog.scripts() == []


async def test_a_project_without_scripts_gets_the_default_ones(root: Path) -> None:
    (root / "scripts" / "work.py").unlink()
    async with held(open_workspace(root)) as workspace:
        assert "default scripts were put" in workspace.notices[0]
        rows = {row.slug: row.kind for row in await workspace.catalog.scripts()}
        assert rows["hello"] == "utility"
        assert rows["youtube"] == "macro"
        script = await workspace.find_script("youtube")
        assert script.fields.project_id == PROJECT_ID
    async with held(open_workspace(root)) as workspace:
        assert workspace.notices == []


async def test_a_full_disk_keeps_the_old_file(root: Path) -> None:
    folder = root / "scripts"
    (folder / "work.py").unlink()
    with small_disk(folder, 64):
        old = with_header("old", "x = 1\n")
        path = put(root, "old", old)
        async with held(open_workspace(root)) as workspace:
            script = await load(workspace, "old")
            with pytest.raises(FileError, match=r"no space left on device\. Free some space"):
                await workspace.save_script(script, body="#" * 200_000)
            assert path.read_bytes() == old
            with pytest.raises(FileError, match="no space left"):
                await workspace.create_script("New", "utility", "#" * 200_000)
            assert names(folder) == ["old.py"]
            saved = await workspace.save_script(script, body="x = 2\n")
            assert saved.fields.version == 4


# The machine --------------------------------------------------------------------------------------


async def test_without_git_the_log_says_so(
    kernelless: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    log = await kernelless.history.log()
    assert log.entries == ()
    assert log.problem == "Git is not installed."
    assert await kernelless.history.branch() is None


async def test_the_git_log_of_a_repository(kernelless: Workspace) -> None:
    root = kernelless.project.root
    log = await kernelless.history.log()
    assert log.problem == "This folder is not in a git repository."
    settings = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    for arguments in (["init", "-q", "-b", "trunk"], ["add", "."], ["commit", "-qm", "First"]):
        await anyio.run_process(["git", "-C", str(root), *settings, *arguments])
    log = await kernelless.history.log()
    assert [(entry.subject, entry.author) for entry in log.entries] == [("First", "A")]
    assert await kernelless.history.branch() == "trunk"


async def test_a_state_folder_that_cannot_be_written_means_an_index_in_memory(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    async with held(open_workspace(root)) as workspace:
        assert {row.slug for row in await workspace.catalog.scripts()} == {"work"}
        (notice,) = workspace.notices
        place = workspace.project.index_path
        assert notice.startswith(f"The index lives in memory: not a directory ({place}). ")
        script = await load(workspace, "work")
        saved = await workspace.save_script(script, body="x = 1\n")
        with pytest.raises(FileError, match="not a directory"):
            await workspace.delete_script(saved)
        assert saved.path.exists(), "what could not be copied is not deleted"


async def test_a_damaged_index_is_made_anew_and_told(root: Path) -> None:
    index = open_project(root).index_path
    index.parent.mkdir(parents=True)
    index.write_bytes(b"no database " * 1000)
    async with held(open_workspace(root)) as workspace:
        assert {row.slug for row in await workspace.catalog.scripts()} == {"work"}
        assert "made anew" in workspace.notices[0]


async def test_an_index_of_another_version_is_made_anew(root: Path) -> None:
    async with held(open_workspace(root)) as workspace:
        await workspace.catalog.rebuild()
    with sqlite3.connect(open_project(root).index_path) as database:
        database.execute("PRAGMA user_version = 999")
    database.close()
    async with held(open_workspace(root)) as workspace:
        assert {row.slug for row in await workspace.catalog.scripts()} == {"work"}
        assert "another version" in workspace.notices[0]


# Runs and tasks -----------------------------------------------------------------------------------


async def test_a_run_takes_the_text_it_is_given(workspace: Workspace) -> None:
    script = await load(workspace, "work")
    run = await workspace.runs.start(script, source=b"print('unsaved')\n")
    printed = b"".join([e.data async for e in run.events() if isinstance(e, RunOutput)])
    assert printed == b"unsaved\n"
    assert (await load(workspace, "work")) == script


async def test_a_run_is_a_task_that_can_be_cancelled(workspace: Workspace) -> None:
    put(workspace.project.root, "spin", "print('on')\nwhile True: pass\n")
    changes: list[int] = []
    workspace.tasks.listen(lambda: changes.append(len(workspace.tasks.running)))
    run = await workspace.runs.start(await load(workspace, "spin"))
    (task,) = workspace.tasks.running
    assert task.name == "Run spin"
    async for event in run.events():
        if isinstance(event, RunOutput):
            task.cancel()
        if isinstance(event, RunFinished):
            assert event.outcome == "stopped"
    await until(lambda: not workspace.tasks.running)
    assert task.state == "cancelled"
    assert changes[-1] == 0


async def test_the_outcome_of_a_run_is_the_tasks(workspace: Workspace) -> None:
    put(workspace.project.root, "fails", "raise KeyError('x')\n")
    for slug, state, message in (
        ("work", "completed", ""),
        ("fails", "failed", "raised KeyError"),
    ):
        await output_of(workspace, await load(workspace, slug))
        await until(lambda: not workspace.tasks.running)
        task = next(iter(workspace.tasks))
        assert (task.state, task.message) == (state, message)


async def test_runs_of_a_project_do_not_wait_for_each_other(workspace: Workspace) -> None:
    put(workspace.project.root, "spin", "print('on')\nwhile True: pass\n")
    spinning = await workspace.runs.start(await load(workspace, "spin"))
    script = await load(workspace, "work")
    assert await output_of(workspace, script) == ("at work\n", "ok")
    spinning.stop()
    assert (await spinning.wait()).outcome == "stopped"


async def test_closing_the_project_ends_its_runs(root: Path) -> None:
    put(root, "spin", "print('on')\nwhile True: pass\n")
    async with held(open_workspace(root)) as workspace:
        run = await workspace.runs.start(await load(workspace, "spin"))
        async for event in run.events():
            if isinstance(event, RunOutput):
                break
        tasks = workspace.tasks
    assert [task.state for task in tasks] == ["cancelled"]


async def test_a_macro_gets_the_newest_post_that_calls_it(workspace: Workspace) -> None:
    body = (
        "import json\n\n\ndef render(context, post):\n"
        "    print(json.dumps([context['env']['mainLanguage'], context['params'], post['title'],\n"
        "                      [one['url'] for one in context['data']['media']],\n"
        "                      context['data']['tags']]))\n"
    )
    root = workspace.project.root
    put(root, "shout", with_header("shout", body, kind="macro"))
    for slug, title, text in (("a", "Calls it", "[[Shout]]"), ("b", "Does not", "[[other]]")):
        (root / "posts" / f"{slug}.md").write_text(
            f"---\nid: {slug}\ntitle: {title}\nslug: {slug}\nstatus: published\n"
            f"createdAt: '2026-03-0{1 + (slug == 'b')}T10:00:00.000Z'\n"
            f"tags:\n  - ink\n---\n{text}\n"
        )
    (root / "media" / "x.png").write_bytes(b"\x89PNG")
    (root / "media" / "x.png.meta").write_text(
        '---\nid: x\noriginalName: "x.png"\nmimeType: image/png\n---'
    )
    printed, outcome = await output_of(
        workspace, await load(workspace, "shout"), entrypoint="render"
    )
    assert outcome == "ok"
    assert json.loads(printed) == [
        "en",
        {},
        "Calls it",
        ["/media/x.png"],
        [{"tag": "ink", "count": 2}],
    ]
