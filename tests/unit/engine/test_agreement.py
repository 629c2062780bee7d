"""Running without the sandbox: only what the person has agreed to, and only when they agreed."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from engine.agreement import NotAgreed
from engine.kernel.events import RunFinished
from engine.workspace import Workspace, open_workspace
from store.files import FileError
from store.project import open_project
from store.scripts import Script
from tests.limits import without_override
from tests.unit.engine.conftest import put, with_header

WORK, WRITE = "scripts/work.py", "scripts/write.py"


@pytest.fixture
def proof(tmp_path: Path) -> Path:
    """What a script writes where nothing keeps it from that."""
    return tmp_path / "proof"


@pytest.fixture
def root(root: Path, proof: Path) -> Path:
    put(root, "write", f"open({str(proof)!r}, 'a').write('ran')\n")
    return root


def said(proof: Path) -> str:
    return proof.read_text() if proof.exists() else ""


def record_of(root: Path) -> Path:
    return open_project(root).state_dir / "unsandboxed.json"


def bytes_below(root: Path) -> Mapping[str, bytes]:
    return {str(path): path.read_bytes() for path in root.rglob("*") if path.is_file()}


async def load(workspace: Workspace, path: str) -> Script:
    return await workspace.load_script(path)


async def run(workspace: Workspace, path: str) -> RunFinished:
    return await (await workspace.runs.start(await load(workspace, path), timeout_s=20)).wait()


@asynccontextmanager
async def agreed_before(root: Path) -> AsyncIterator[Workspace]:
    """The project opened again, after the person agreed in an earlier session."""
    async with open_workspace(root) as workspace:
        await workspace.agreement.agree()
    async with open_workspace(root) as workspace:
        yield workspace


# Opening the kernels ------------------------------------------------------------------------------


async def test_without_an_agreement_a_script_can_write_nothing(
    workspace: Workspace, proof: Path
) -> None:
    assert workspace.agreement.is_sandboxed
    finished = await run(workspace, WRITE)
    assert finished.outcome == "raised"
    assert finished.error is not None
    assert finished.error.type == "PermissionError"
    assert said(proof) == ""


async def test_agreeing_opens_the_kernels(workspace: Workspace, proof: Path) -> None:
    await workspace.agreement.agree()
    assert not workspace.agreement.is_sandboxed
    assert (await run(workspace, WRITE)).outcome == "ok"
    assert said(proof) == "ran"


async def test_an_agreement_opens_nothing_by_itself_the_next_time(root: Path, proof: Path) -> None:
    async with agreed_before(root) as workspace:
        assert workspace.agreement.is_sandboxed
        assert await workspace.agreement.unconfirmed() == []
        assert (await run(workspace, WRITE)).outcome == "raised"
    assert said(proof) == ""


@pytest.mark.parametrize("value", [True, False, "true", 1, None])
async def test_a_setting_asks_and_decides_nothing(root: Path, proof: Path, value: object) -> None:
    path = root / "meta" / "project.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "unsandboxed": value}))
    async with open_workspace(root) as workspace:
        assert workspace.agreement.is_asked_for is (value is True)
        assert workspace.agreement.is_sandboxed
        assert (await run(workspace, WRITE)).outcome == "raised"
    assert said(proof) == ""


async def test_one_project_that_is_agreed_to_opens_no_other(
    root: Path, tmp_path: Path, proof: Path
) -> None:
    other_root = shutil.copytree(root, tmp_path / "other")
    async with open_workspace(root) as workspace, open_workspace(other_root) as other:
        await workspace.agreement.agree()
        assert other.agreement.is_sandboxed
        assert (await run(other, WRITE)).outcome == "raised"
        assert await other.agreement.unconfirmed() == [WORK, WRITE]
    assert said(proof) == ""


# What is confirmed --------------------------------------------------------------------------------


async def test_at_first_every_script_is_unconfirmed(workspace: Workspace) -> None:
    assert await workspace.agreement.unconfirmed() == [WORK, WRITE]


async def test_after_an_agreement_nothing_is_unconfirmed(root: Path) -> None:
    async with open_workspace(root) as workspace:
        await workspace.agreement.agree()
        assert await workspace.agreement.unconfirmed() == []
    async with open_workspace(root) as workspace:
        assert await workspace.agreement.unconfirmed() == []


async def test_what_is_changed_or_new_is_unconfirmed_again(root: Path) -> None:
    async with agreed_before(root) as workspace:
        put(root, "work", "print('changed')\n")
        assert await workspace.agreement.unconfirmed() == [WORK]
        put(root, "new", "")
        assert await workspace.agreement.unconfirmed() == ["scripts/new.py", WORK]
        put(root, "work", 'print("at work")\n')
        assert await workspace.agreement.unconfirmed() == ["scripts/new.py"]


async def test_a_script_under_another_name_is_unconfirmed(root: Path) -> None:
    # Another script may be called by that name: which bytes run under which name is agreed to.
    async with agreed_before(root) as workspace:
        (root / WORK).rename(root / "scripts" / "moved.py")
        assert await workspace.agreement.unconfirmed() == ["scripts/moved.py"]


async def test_a_touch_changes_nothing(root: Path) -> None:
    async with agreed_before(root) as workspace:
        os.utime(root / WORK, (1, 1))
        assert await workspace.agreement.unconfirmed() == []


async def test_a_script_that_cannot_be_read_is_passed_over(root: Path) -> None:
    (root / "scripts" / "gone.py").symlink_to("nowhere")
    async with open_workspace(root) as workspace:
        await workspace.agreement.agree()
        assert await workspace.agreement.unconfirmed() == []


# Before each run ----------------------------------------------------------------------------------


async def test_a_script_that_was_changed_outside_does_not_run(
    workspace: Workspace, root: Path, proof: Path
) -> None:
    await workspace.agreement.agree()
    put(root, "work", (root / WRITE).read_bytes())
    script = await load(workspace, WORK)
    with pytest.raises(NotAgreed, match=r"^scripts/work\.py is new or was changed outside"):
        await workspace.runs.start(script)
    assert said(proof) == ""
    assert (await run(workspace, WRITE)).outcome == "ok", "the others do"


async def test_a_script_that_came_later_does_not_run(workspace: Workspace, root: Path) -> None:
    await workspace.agreement.agree()
    put(root, "new", "print(1)\n")
    script = await load(workspace, "scripts/new.py")
    with pytest.raises(NotAgreed, match=r"scripts/new\.py"):
        await workspace.runs.start(script)
    await workspace.agreement.agree()
    assert (await run(workspace, "scripts/new.py")).outcome == "ok"


async def test_in_the_sandbox_anything_may_run(workspace: Workspace, root: Path) -> None:
    put(root, "new", "print(1)\n")
    workspace.agreement.check("scripts/new.py", await load(workspace, "scripts/new.py"))
    assert (await run(workspace, "scripts/new.py")).outcome == "ok"


# Written here -------------------------------------------------------------------------------------


async def test_a_script_that_is_saved_here_stays_agreed(workspace: Workspace, proof: Path) -> None:
    await workspace.agreement.agree()
    saved = await workspace.save_script(
        await load(workspace, WORK), body=f"open({str(proof)!r}, 'a').write('saved')\n"
    )
    workspace.agreement.check(WORK, saved)
    assert (await run(workspace, WORK)).outcome == "ok"
    assert said(proof) == "saved"
    assert await workspace.agreement.unconfirmed() == []


async def test_scripts_that_are_made_here_are_agreed(workspace: Workspace) -> None:
    await workspace.agreement.agree()
    made = await workspace.create_script("Made here", "utility", "print(1)\n")
    copy = await workspace.duplicate_script(made)
    renamed = await workspace.rename_script(made, title="Renamed", slug="renamed")
    written = await workspace.overwrite_script(copy, body="print(2)\n", changes={})
    for script in (renamed, written):
        workspace.agreement.check(workspace.relative(script.path), script)
    assert await workspace.agreement.unconfirmed() == []


async def test_a_script_that_is_deleted_and_brought_back_is_agreed(workspace: Workspace) -> None:
    await workspace.agreement.agree()
    await workspace.delete_script(await load(workspace, WORK))
    assert await workspace.agreement.unconfirmed() == []
    script = await workspace.undo_delete()
    assert script is not None
    workspace.agreement.check(WORK, script)
    assert await workspace.agreement.unconfirmed() == []


async def test_what_is_written_here_is_remembered(root: Path) -> None:
    async with open_workspace(root) as workspace:
        await workspace.agreement.agree()
        await workspace.save_script(await load(workspace, WORK), body="print('saved')\n")
        await workspace.create_script("Made here", "utility", "")
    async with open_workspace(root) as workspace:
        assert await workspace.agreement.unconfirmed() == []


@pytest.mark.parametrize("step", ["save", "overwrite", "rename", "duplicate"])
async def test_a_script_that_was_not_agreed_to_does_not_come_to_be_by_a_change(
    workspace: Workspace, root: Path, step: str
) -> None:
    await workspace.agreement.agree()
    put(root, "strange", with_header("strange", "print('strange')\n"))
    script = await load(workspace, "scripts/strange.py")
    if step == "save":
        script = await workspace.save_script(script, changes={"title": "Harmless"})
    elif step == "overwrite":
        script = await workspace.overwrite_script(script, body=script.body + "\n", changes={})
    elif step == "rename":
        script = await workspace.rename_script(script, title="Harmless", slug="harmless")
    else:
        script = await workspace.duplicate_script(script)
    path = workspace.relative(script.path)
    with pytest.raises(NotAgreed):
        workspace.agreement.check(path, script)
    assert path in await workspace.agreement.unconfirmed()


async def test_what_is_written_in_the_sandbox_is_not_agreed_to_by_that(root: Path) -> None:
    async with agreed_before(root) as workspace:
        await workspace.save_script(await load(workspace, WORK), body="print('saved')\n")
        assert await workspace.agreement.unconfirmed() == [WORK]


# The record ---------------------------------------------------------------------------------------


async def test_the_record_lies_outside_of_the_project(
    root: Path, state_home: Path, proof: Path
) -> None:
    before = bytes_below(root)
    async with open_workspace(root) as workspace:
        await workspace.agreement.agree()
        await run(workspace, WRITE)
    assert bytes_below(root) == before
    record = record_of(root)
    assert record.is_file()
    assert record.is_relative_to(state_home)
    assert said(proof) == "ran"


async def test_without_an_agreement_there_is_no_record(workspace: Workspace) -> None:
    await workspace.agreement.unconfirmed()
    await run(workspace, WORK)
    await workspace.create_script("Made here", "utility", "")
    assert not record_of(workspace.project.root).exists()


BROKEN = {
    "empty": b"",
    "no JSON": b"{",
    "not UTF-8": b"\xff\xfe",
    "a list": b"[]",
    "nested too deeply": b"[" * 100_000,
    "scripts that are none": b'{"scripts": [1, 2]}',
    "digests that are none": b'{"scripts": {"scripts/work.py": 1, "scripts/write.py": null}}',
    "other digests": b'{"scripts": {"scripts/work.py": "0", "scripts/write.py": ""}}',
    "a huge number": b'{"scripts": ' + b"9" * 10_000 + b"}",
}


@pytest.mark.parametrize("case", BROKEN)
async def test_a_broken_record_counts_for_nothing_and_is_made_anew(root: Path, case: str) -> None:
    async with agreed_before(root) as workspace:
        record_of(root).write_bytes(BROKEN[case])
        assert await workspace.agreement.unconfirmed() == [WORK, WRITE]
        await workspace.agreement.agree()
        assert await workspace.agreement.unconfirmed() == []


async def test_a_record_that_cannot_be_read_counts_for_nothing(root: Path) -> None:
    async with agreed_before(root) as workspace:
        record_of(root).unlink()
        record_of(root).mkdir()
        assert await workspace.agreement.unconfirmed() == [WORK, WRITE]
        with pytest.raises(FileError):
            await workspace.agreement.agree()
        assert not workspace.agreement.is_sandboxed, "it was agreed to, only not noted"
        assert (await run(workspace, WORK)).outcome == "ok"
        assert await workspace.agreement.unconfirmed() == [WORK, WRITE]


@pytest.mark.skipif(bool(without_override()), reason="root reads whatever it likes")
async def test_a_record_without_rights_counts_for_nothing(root: Path) -> None:
    async with agreed_before(root) as workspace:
        record_of(root).chmod(0)
        assert await workspace.agreement.unconfirmed() == [WORK, WRITE]


async def test_a_record_of_another_project_counts_for_nothing(root: Path, tmp_path: Path) -> None:
    other_root = shutil.copytree(root, tmp_path / "other")
    put(other_root, "work", "print('other')\n")
    async with open_workspace(other_root) as other:
        await other.agreement.agree()
    async with open_workspace(root) as workspace:
        assert await workspace.agreement.unconfirmed() == [WORK, WRITE]
        record = record_of(root)
        record.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(record_of(other_root), record)
        # Even if somebody puts it there: only the very same bytes under the same name.
        assert await workspace.agreement.unconfirmed() == [WORK]


async def test_a_record_that_the_project_brings_along_counts_for_nothing(root: Path) -> None:
    async with open_workspace(root) as workspace:
        await workspace.agreement.agree()
    record = record_of(root)
    for place in ("unsandboxed.json", "meta/unsandboxed.json", "scripts/unsandboxed.json"):
        shutil.copy(record, root / place)
    record.unlink()
    async with open_workspace(root) as workspace:
        assert await workspace.agreement.unconfirmed() == [WORK, WRITE]


async def test_what_changes_while_the_person_is_asked_is_not_agreed_to(
    workspace: Workspace, root: Path, proof: Path
) -> None:
    shown = await workspace.agreement.unconfirmed()
    put(root, "late", (root / WRITE).read_bytes())
    assert "scripts/late.py" not in shown
    await workspace.agreement.agree()
    script = await load(workspace, "scripts/late.py")
    with pytest.raises(NotAgreed):
        await workspace.runs.start(script)
    assert said(proof) == ""
