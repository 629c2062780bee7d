"""Unsaved text outlives the process: kept while it is typed, offered at the next start."""

from __future__ import annotations

import errno
import itertools
import json
import os
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from textual import events
from textual.widgets import Static

from store.project import open_project
from store.recovery import Recovery, Snapshot
from store.scripts import Script, read_script
from tests.holding import until
from tests.ui.conftest import Driver, OpenApp
from tests.unit.store.test_recovery import ended
from tui import recovery_flow
from tui.app import InkstandApp
from tui.editor.script_document import ScriptDocument
from tui.screens.compare import CompareScreen

HELLO = "scripts/hello.py"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery_flow, "DELAY_S", 0.05)
    monkeypatch.setattr(recovery_flow, "RETRY_S", 0.05)


def folder(root: Path) -> Path:
    return open_project(root).state_dir / "recovery"


def kept(root: Path) -> list[Path]:
    """The snapshots there are, whoever wrote them."""
    return sorted(folder(root).glob("*.json")) if folder(root).exists() else []


def kept_text(root: Path) -> str:
    """The text of the one snapshot there is."""
    (file,) = kept(root)
    return str(json.loads(file.read_text())["snapshot"]["body"])


def leave_behind(root: Path, **facts: object) -> Snapshot:
    """Leave what an Inkstand that was killed would have left of hello."""
    script = read_script(root / HELLO)
    made = Snapshot(
        path=HELLO,
        base=script.stamp.digest,
        header=script.header,
        body="# mine\n" + script.body,
        taken_at=datetime(2026, 11, 24, 10, 0, tzinfo=UTC),
    )
    snapshot = replace(made, **facts)  # type: ignore[arg-type]
    Recovery(folder(root), writer=ended()).write(snapshot)
    return snapshot


def question(app: Driver) -> str:
    assert isinstance(app.app.screen, CompareScreen)
    return str(app.app.screen.query_one("#question Static", Static).content)


def front(app: Driver) -> ScriptDocument:
    document = app.screen.editor.active
    assert isinstance(document, ScriptDocument)
    return document


async def asked(app: Driver) -> None:
    await app.until(lambda: isinstance(app.app.screen, CompareScreen))


@pytest.fixture
def open_asking(open_app: OpenApp, demo: Path) -> Callable[..., OpenAsking]:
    def open_asking(script: str | None = None) -> OpenAsking:
        return OpenAsking(demo, script)

    return open_asking


class OpenAsking:
    """The app with the question on the screen, which waits for its answer."""

    def __init__(self, root: Path, script: str | None) -> None:
        self._app = InkstandApp(root, first_script=script)
        self._test = self._app.run_test(size=(120, 40), notifications=True)

    async def __aenter__(self) -> Driver:
        self._driver = Driver(self._app, await self._test.__aenter__())
        await asked(self._driver)
        return self._driver

    async def __aexit__(self, *error: object) -> None:
        if self._app.is_running:
            await self._app.leave()
            await self._driver.until(lambda: not self._app.is_running)
        await self._test.__aexit__(*error)  # type: ignore[arg-type]


# Keeping ---------------------------------------------------------------------------------------


async def test_what_is_typed_is_kept_until_it_is_saved(open_app: OpenApp, demo: Path) -> None:
    async with open_app("hello") as app:
        await app.type("# mine ")
        await app.until(lambda: bool(kept(demo)))
        assert '"# mine ' in kept(demo)[0].read_text()
        assert Recovery(folder(demo)).find().left == (), "its writer is alive"
        await app.press("ctrl+s")
        await app.until(lambda: not kept(demo))


async def test_a_snapshot_follows_the_text(open_app: OpenApp, demo: Path) -> None:
    async with open_app("hello") as app:
        await app.type("# a")
        await app.until(lambda: bool(kept(demo)) and "# a" in kept(demo)[0].read_text())
        await app.type("bc")
        await app.until(lambda: "# abc" in kept(demo)[0].read_text())
        assert len(kept(demo)) == 1
        for _ in range(6):
            await app.press("ctrl+z")
        await app.until(lambda: not kept(demo))


async def test_many_keys_make_few_writes(
    open_app: OpenApp, demo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery_flow, "DELAY_S", 0.5)
    async with open_app("hello") as app:
        writes: list[float] = []
        write = Recovery.write

        def noted(recovery: Recovery, snapshot: Snapshot) -> None:
            writes.append(time.monotonic())
            write(recovery, snapshot)

        monkeypatch.setattr(Recovery, "write", noted)
        await app.type("# forty letters, typed without a pause")
        await app.until(lambda: bool(kept(demo)) and "a pause" in kept(demo)[0].read_text())
        assert all(later - sooner > 0.4 for sooner, later in itertools.pairwise(writes))
        count = len(writes)
        await app.press("left", "right", "f4", "f4")
        await app.screen.recovery.keep()
        assert len(writes) == count, "what has not changed is not written again"


async def test_header_fields_are_kept(open_app: OpenApp, demo: Path) -> None:
    async with open_app("hello") as app:
        await app.press("shift+f6", "space", "up", "enter")
        await app.until(lambda: bool(kept(demo)))
        assert '"changes": {"kind": "macro"}' in kept(demo)[0].read_text()


async def test_a_discarded_text_is_not_kept(open_app: OpenApp, demo: Path) -> None:
    async with open_app("hello") as app:
        await app.type("# mine")
        await app.until(lambda: bool(kept(demo)))
        await app.press("ctrl+w", "right", "enter")
        await app.until(lambda: app.screen.editor.active is None)
        await app.until(lambda: not kept(demo))


@pytest.mark.parametrize("answer", ["save", "discard"])
async def test_quitting_leaves_nothing(open_app: OpenApp, demo: Path, answer: str) -> None:
    async with open_app("hello") as app:
        await app.type("# mine")
        await app.until(lambda: bool(kept(demo)))
        await app.press("ctrl+q")
        await app.until(lambda: len(app.app.screen_stack) == 3)
        await app.press(*(["right"] if answer == "discard" else []), "enter")
        await app.until(lambda: not app.app.is_running)
    assert kept(demo) == []


async def test_a_renamed_document_is_kept_under_its_new_name(open_app: OpenApp, demo: Path) -> None:
    async with open_app("hello") as app:
        await app.type("# mine")
        await app.until(lambda: bool(kept(demo)))
        await app.press("alt+r", "tab", "end", "2", "enter")
        await app.settle()
        await app.until(
            lambda: len(kept(demo)) == 1 and "scripts/hello2.py" in kept(demo)[0].read_text()
        )


async def test_leaving_for_a_signal_keeps_what_was_just_typed(
    open_app: OpenApp, demo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery_flow, "DELAY_S", 60.0)
    async with open_app("hello") as app:
        await app.type("# mine ")
        await app.open("youtube")
        await app.type("# too ")
        assert kept(demo) == []
        started = time.perf_counter()
        told = app.screen.recovery.keep_now()
        took = time.perf_counter() - started
        assert told.count("is kept and offered") == 2
        assert len(kept(demo)) == 2
        assert took < 0.5, "a few milliseconds here"


async def test_a_document_that_is_just_being_opened_keeps_none_from_being_kept(
    open_app: OpenApp, demo: Path
) -> None:
    async with open_app("hello") as app:
        await app.type("# mine ")
        opening = ScriptDocument(read_script(demo / "scripts/youtube.py"), "scripts/youtube.py")
        documents = app.screen.editor._documents
        documents["opening"] = opening
        try:
            assert "scripts/hello.py is kept" in app.screen.recovery.keep_now()
        finally:
            del documents["opening"]


async def test_a_hang_up_waits_for_keys_that_have_come_and_draws_nothing(
    open_app: OpenApp, demo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery_flow, "DELAY_S", 60.0)
    gone: list[str] = []
    monkeypatch.setattr(os, "_exit", lambda code: gone.append(kept_text(demo)))
    async with open_app("hello") as app:
        for _ in range(100):
            app.app.post_message(events.Key("x", "x"))
        app.app._hung_up()
        with monkeypatch.context() as patch:
            patch.setattr(app.app, "_display", lambda *_: pytest.fail("nothing may be drawn"))
            await until(lambda: bool(gone))
        assert gone[0].startswith("x" * 100)


async def test_a_crash_keeps_what_was_just_typed_and_says_so(
    open_app: OpenApp,
    demo: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(recovery_flow, "DELAY_S", 60.0)

    def crash() -> None:
        raise RuntimeError("a fault")

    with pytest.raises(RuntimeError, match="a fault"):  # noqa: PT012 - it comes out of the app
        async with open_app("hello") as app:
            await app.type("# mine ")
            app.screen.call_later(crash)
            await app.until(lambda: not app.app.is_running)
    assert "# mine " in kept(demo)[0].read_text()
    assert "The unsaved text of scripts/hello.py is kept" in capfd.readouterr().err


async def test_a_full_disk_is_told_once_and_tried_again(
    open_app: OpenApp, demo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []

    def full(descriptor: int) -> None:
        tries.append(descriptor)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    async with open_app("hello") as app:
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", full)
            await app.type("# mine")
            await app.until(lambda: len(tries) > 3)
            assert app.toasts.count("could not keep the unsaved text of scripts/hello.py") == 1
            assert "no space left" in app.toasts
        await app.until(lambda: bool(kept(demo)))


# Offering --------------------------------------------------------------------------------------


async def test_recovering_opens_the_text_as_an_edit_that_can_be_undone(
    open_asking: Callable[..., OpenAsking], demo: Path
) -> None:
    snapshot = leave_behind(demo, cursor=(0, 3))
    before = (demo / HELLO).read_bytes()
    async with open_asking() as app:
        assert "24 Nov 2026" in question(app)
        await app.press("enter")
        await app.settle()
        assert app.path == HELLO
        assert app.code.text == snapshot.body
        assert app.code.cursor_location == (0, 3)
        assert front(app).is_dirty
        assert (demo / HELLO).read_bytes() == before
        assert len(kept(demo)) == 1, "it is this process's now"
        assert Recovery(folder(demo)).find().left == ()
        await app.press("ctrl+z")
        assert app.code.text == read_script(demo / HELLO).body
        await app.until(lambda: not kept(demo))
        await app.press("ctrl+y", "ctrl+s")
        await app.settle()
        assert read_script(demo / HELLO).body == snapshot.body


async def test_recovering_brings_header_fields_back(
    open_asking: Callable[..., OpenAsking], demo: Path
) -> None:
    leave_behind(demo, changes={"kind": "macro", "enabled": False})
    async with open_asking("hello") as app:
        assert "kind macro, enabled no" in question(app)
        await app.press("enter")
        await app.settle()
        document = front(app)
        assert (document.kind, document.is_enabled) == ("macro", False)
        await app.press("ctrl+s")
        await app.settle()
        assert read_script(demo / HELLO).fields.kind == "macro"


async def test_a_file_changed_since_is_told_and_can_be_recovered_over(
    open_asking: Callable[..., OpenAsking], demo: Path
) -> None:
    snapshot = leave_behind(demo)
    with (demo / HELLO).open("a") as file:
        file.write("# theirs\n")
    async with open_asking() as app:
        assert "has been changed since" in question(app)
        await app.press("enter")
        await app.settle()
        assert app.code.text == snapshot.body
        await app.press("ctrl+z")
        assert app.code.text.endswith("# theirs\n")


async def test_line_ends_changed_since_are_taken_over(
    open_asking: Callable[..., OpenAsking], demo: Path
) -> None:
    snapshot = leave_behind(demo)
    file = demo / HELLO
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    before = read_script(file).body
    async with open_asking("hello") as app:
        await app.press("enter")
        await app.settle()
        assert app.code.text == snapshot.body.replace("\n", "\r\n")
        await app.press("ctrl+z")
        assert app.code.text == before


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
async def test_a_file_that_is_gone_can_be_recovered_and_written_again(
    open_asking: Callable[..., OpenAsking], demo: Path, newline: str
) -> None:
    file = demo / HELLO
    file.write_bytes(file.read_bytes().replace(b"\n", newline.encode()))
    before = read_script(file)
    snapshot = leave_behind(demo, body=f"a = 1{newline}\r{newline}b = '\x0c'")
    file.unlink()
    async with open_asking() as app:
        assert "deleted or moved since" in question(app)
        await app.press("enter")
        await app.settle()
        assert app.code.text == snapshot.body
        await app.press("ctrl+s")
        await app.until(lambda: len(app.app.screen_stack) == 3)
        await app.press("enter")
        await app.settle()
    after: Script = read_script(file)
    assert after.body == snapshot.body
    assert after.fields.id == before.fields.id


async def test_keeping_both_makes_another_script(
    open_asking: Callable[..., OpenAsking], demo: Path
) -> None:
    snapshot = leave_behind(demo, changes={"kind": "transform", "entrypoint": "change"})
    before = (demo / HELLO).read_bytes()
    async with open_asking() as app:
        await app.press("right", "enter")
        await app.settle()
        assert app.path == "scripts/hello_recovered.py"
        assert "hello_recovered" in {row.slug for row in app.screen.script_rows}
    beside = read_script(demo / "scripts/hello_recovered.py")
    assert beside.body == snapshot.body
    assert (beside.fields.kind, beside.fields.entrypoint) == ("transform", "change")
    assert not beside.fields.enabled, "two of a transform would do everything twice"
    assert (demo / HELLO).read_bytes() == before
    assert kept(demo) == []


async def test_discarding_forgets_it(open_asking: Callable[..., OpenAsking], demo: Path) -> None:
    leave_behind(demo)
    async with open_asking() as app:
        await app.press("right", "right", "enter")
        await app.settle()
        assert app.path is None
    assert kept(demo) == []


async def test_later_asks_again_and_so_does_the_key(
    open_asking: Callable[..., OpenAsking], demo: Path
) -> None:
    leave_behind(demo)
    async with open_asking() as app:
        await app.press("escape")
        await app.settle()
        assert len(kept(demo)) == 1
        await app.press("alt+z")
        await asked(app)
        await app.press("left", "enter")
        await app.settle()
    async with open_asking() as app:
        await app.press("escape")
        await app.settle()


async def test_the_key_tells_that_there_is_none(open_app: OpenApp) -> None:
    async with open_app("hello") as app:
        await app.press("alt+z")
        await app.settle()
        assert "no unsaved text" in app.toasts


async def test_what_is_in_the_file_by_now_is_not_asked_about(open_app: OpenApp, demo: Path) -> None:
    leave_behind(demo, body=read_script(demo / HELLO).body)
    async with open_app("hello") as app:
        assert not isinstance(app.app.screen, CompareScreen)
        assert kept(demo) == []


async def test_several_documents_are_asked_about_one_after_the_other(
    open_asking: Callable[..., OpenAsking], demo: Path
) -> None:
    leave_behind(demo)
    leave_behind(demo, path="scripts/gone.py", header="", body="x = 1\n")
    async with open_asking() as app:
        first = question(app)
        await app.press("enter")
        await app.until(
            lambda: isinstance(app.app.screen, CompareScreen) and question(app) != first
        )
        await app.press("enter")
        await app.settle()
        assert {one.path for one in app.screen.editor.documents} == {HELLO, "scripts/gone.py"}
        assert all(one.is_dirty for one in app.screen.editor.documents)


async def test_recovering_over_other_unsaved_text_says_so(
    open_asking: Callable[..., OpenAsking], demo: Path
) -> None:
    snapshot = leave_behind(demo)
    async with open_asking("hello") as app:
        await app.press("escape")
        await app.settle()
        await app.type("# new ")
        typed = app.code.text
        await app.press("alt+z")
        await asked(app)
        assert "other unsaved changes" in question(app)
        await app.press("enter")
        await app.settle()
        assert app.code.text == snapshot.body
        await app.press("ctrl+z")
        assert app.code.text == typed


async def test_a_file_that_cannot_be_read_leaves_keep_both(
    open_asking: Callable[..., OpenAsking], demo: Path
) -> None:
    leave_behind(demo)
    (demo / HELLO).write_bytes(b"\xff\xfe")
    async with open_asking() as app:
        assert "not UTF-8" in question(app)
        assert not app.app.screen.query("#recover")
        await app.press("enter")
        await app.settle()
        assert app.path == "scripts/hello_recovered.py"


async def test_a_snapshot_that_cannot_be_read_is_told(open_app: OpenApp, demo: Path) -> None:
    folder(demo).mkdir(parents=True)
    (folder(demo) / "odd.json").write_text("{")
    async with open_app("hello") as app:
        assert "Unsaved text could not be read" in app.toasts
    assert (folder(demo) / "unreadable" / "odd.json").read_text() == "{"
