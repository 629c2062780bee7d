"""Files that change under an open Inkstand: the screen follows, and nothing is lost unasked."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import anyio
from textual.pilot import Pilot
from textual.widgets import Tabs

from store.scripts import read_script
from tests.ui.conftest import Driver, OpenApp, settled
from tests.ui.test_code_area import Host
from tui.app import InkstandApp
from tui.editor.script_document import ScriptDocument
from tui.screens.compare import CompareScreen
from tui.screens.compare_view import CompareView
from tui.screens.questions import QuestionScreen

HELLO = "scripts/hello.py"


def front(app: Driver) -> ScriptDocument:
    document = app.screen.editor.active
    assert isinstance(document, ScriptDocument)
    return document


def tab(app: Driver) -> str:
    active = app.screen.query_one("#document-tabs", Tabs).active_tab
    assert active is not None
    return str(active.label)


async def asked(app: Driver) -> CompareScreen:
    """Wait for the question about a file and return it."""
    await app.until(lambda: isinstance(app.app.screen, CompareScreen))
    screen = app.app.screen
    assert isinstance(screen, CompareScreen)
    return screen


def append(file: Path, text: str) -> None:
    with file.open("a") as opened:
        opened.write(text)


# The text area ------------------------------------------------------------------------------------


async def test_a_text_followed_keeps_place_selection_and_undo() -> None:
    lines = [f"line {number}" for number in range(200)]
    app = Host("\n".join(lines))
    async with app.run_test(size=(80, 24)) as pilot:
        area = app.area
        area.go_to(100, 3)
        await pilot.pause()
        await pilot.press("x", "shift+right", "shift+right")
        typed = area.text
        top = area.scroll_offset.y
        new = ["above"] * 5 + typed.split("\n")
        new[-1] = "the last line is another"
        assert area.follow_text("\n".join(new))
        await pilot.pause()
        assert area.text == "\n".join(new)
        assert area.selection.start == (105, 4)
        assert area.selection.end == (105, 6)
        assert area.scroll_offset.y == top + 5
        await pilot.press("ctrl+z")
        assert area.text == typed
        await pilot.press("ctrl+z")
        assert area.text == "\n".join(lines)
        await pilot.press("ctrl+y", "ctrl+y")
        assert area.text == "\n".join(new)


async def test_other_line_ends_cannot_be_undone_and_say_so() -> None:
    app = Host("a\nb\n")
    async with app.run_test(size=(80, 24)):
        assert not app.area.follow_text("a\r\nb\r\nc\r\n")
        assert app.area.text == "a\r\nb\r\nc\r\n"
        assert app.area.follow_text("a\r\nc\r\n")
        assert app.area.text == "a\r\nc\r\n"


# Lists and clean documents ------------------------------------------------------------------------


async def test_the_sidebar_follows(open_app: OpenApp, demo: Path) -> None:
    async with open_app() as app:
        (demo / "scripts/late.py").write_text("print('late')\n")
        await app.until(lambda: "late" in {row.slug for row in app.screen.script_rows})
        (demo / "scripts/late.py").unlink()
        await app.until(lambda: "late" not in {row.slug for row in app.screen.script_rows})


async def test_a_clean_document_is_loaded_and_undo_brings_the_old_text_back(
    open_app: OpenApp, demo: Path
) -> None:
    file = demo / HELLO
    async with open_app("hello") as app:
        before = app.code.text
        app.code.go_to(3, 2)
        text = file.read_text().replace('kind: "utility"', 'kind: "macro"')
        file.write_text(text + "\ndef shout(context):\n    pass\n")
        await app.until(lambda: "def shout" in app.code.text)
        await app.settle()
        assert app.code.cursor_location == (3, 2)
        assert front(app).kind == "macro"
        assert "shout" in front(app).entrypoints
        assert not front(app).is_dirty
        await app.press("ctrl+z")
        assert app.code.text == before
        assert front(app).is_dirty


async def test_settings_changed_by_somebody_else_hold_at_once(
    open_app: OpenApp, demo: Path
) -> None:
    path = demo / "meta" / "project.json"
    async with open_app() as app:
        settings = json.loads(path.read_text())
        settings |= {"name": "Other name", "limits": {"utility": {"timeoutS": 7}}}
        path.write_text(json.dumps(settings))
        await app.until(lambda: app.screen.status.project == "Other name")
        workspace = app.screen._workspace
        assert workspace is not None
        assert workspace.limits["utility"].wall_s == 7


async def test_sed_changes_what_is_shown(open_app: OpenApp, demo: Path) -> None:
    async with open_app("hello") as app:
        await anyio.run_process(["sed", "-i", "s/newcomer/sailor/", HELLO], cwd=demo)
        await app.until(lambda: "sailor" in app.code.text)
        assert not front(app).is_dirty


async def test_own_saves_ask_nothing(open_app: OpenApp, demo: Path) -> None:
    async with open_app("hello") as app:
        for number in range(3):
            await app.type(f"# {number}\n")
            await app.press("ctrl+s")
            await app.settle()
        append(demo / "scripts/other.py", "print(1)\n")  # behind it all events have been told
        await app.until(lambda: "other" in {row.slug for row in app.screen.script_rows})
        await app.settle()
        assert app.app.screen is app.screen
        assert read_script(demo / HELLO).fields.version == 4


async def test_a_file_that_is_no_text_any_more_is_told_once(open_app: OpenApp, demo: Path) -> None:
    async with open_app("hello") as app:
        before = app.code.text
        (demo / HELLO).write_bytes(b"caf\xe9\n")
        await app.until(lambda: "The editor shows what it was before" in app.toasts)
        assert app.code.text == before
        (demo / HELLO).write_text("print('well again')\n")
        await app.until(lambda: app.code.text == "print('well again')\n")


# Files that go and move ---------------------------------------------------------------------------


async def test_a_deleted_file_leaves_its_text_which_can_be_written_again(
    open_app: OpenApp, demo: Path
) -> None:
    file = demo / HELLO
    async with open_app("hello") as app:
        before = file.read_bytes()
        file.unlink()
        await app.until(lambda: "deleted on disk" in tab(app))
        assert front(app).is_dirty
        file.write_bytes(before)
        await app.until(lambda: "deleted on disk" not in tab(app))
        assert not front(app).is_dirty
        file.unlink()
        await app.until(lambda: front(app).is_deleted)
        await app.settle()
        await app.press("ctrl+s")
        await app.until(lambda: isinstance(app.app.screen, QuestionScreen))
        await app.press("enter")
        await app.settle()
        assert read_script(file).body == app.code.text
        assert not front(app).is_dirty
        assert "deleted" not in tab(app)


async def test_a_renamed_file_takes_its_tab_along(open_app: OpenApp, demo: Path) -> None:
    async with open_app("hello") as app:
        await app.type("# mine\n")
        (demo / "scripts/sub").mkdir()
        (demo / HELLO).rename(demo / "scripts/sub/moved.py")
        await app.until(lambda: app.path == "scripts/sub/moved.py")
        await app.settle()
        assert front(app).is_dirty
        await app.press("ctrl+s")
        await app.settle()
        assert "# mine" in (demo / "scripts/sub/moved.py").read_text()
        assert not (demo / HELLO).exists()


# Conflicts ----------------------------------------------------------------------------------------


async def test_a_document_with_changes_asks_once_and_a_stray_enter_changes_nothing(
    open_app: OpenApp, demo: Path
) -> None:
    file = demo / HELLO
    async with open_app("hello") as app:
        await app.type("# mine\n")
        mine = app.code.text
        append(file, "# theirs\n")
        theirs = file.read_bytes()
        screen = await asked(app)
        first = front(app).script.first_body_line
        assert first > 1
        view = screen.query_one(CompareView)
        assert view._first_lines == (first, first), "the file's own numbers, its header included"
        await app.press("enter")
        await app.settle()
        assert app.code.text == mine
        assert file.read_bytes() == theirs
        file.touch()  # the same change is not asked about twice
        append(demo / "scripts/other.py", "print(1)\n")
        await app.until(lambda: "other" in {row.slug for row in app.screen.script_rows})
        await app.settle()
        assert app.app.screen is app.screen
        await app.press("ctrl+s")  # but saving asks again, and writes nothing before
        await asked(app)
        assert file.read_bytes() == theirs
        await app.press("escape")
        await app.settle()
        assert file.read_bytes() == theirs
        assert front(app).is_dirty
        await app.press("ctrl+s")
        await asked(app)
        await app.press("right", "enter")
        await app.settle()
        assert app.code.text.endswith("# theirs\n")
        assert not front(app).is_dirty
        await app.press("ctrl+z")
        assert app.code.text == mine


async def test_keeping_mine_writes_it_at_the_next_save_over_that_version_only(
    open_app: OpenApp, demo: Path
) -> None:
    file = demo / HELLO
    async with open_app("hello") as app:
        await app.type("# mine\n")
        file.write_text(file.read_text().replace("version: 1", "version: 5") + "# theirs\n")
        await asked(app)
        await app.press("right", "enter")
        await app.settle()
        assert file.read_text().endswith("# theirs\n")
        assert front(app).is_dirty
        append(file, "# and theirs again\n")  # has not been seen, so it is asked about
        screen = await asked(app)
        assert "# and theirs again" in screen._sides[1].text
        await app.press("right", "enter")
        await app.settle()
        await app.press("ctrl+s")
        await app.settle()
        saved = read_script(file)
        assert saved.body == app.code.text
        assert "# mine" in saved.body
        assert "theirs" not in saved.body
        assert saved.fields.version == 6
        assert not front(app).is_dirty


async def test_saving_can_keep_mine_at_once(open_app: OpenApp, demo: Path) -> None:
    file = demo / HELLO
    async with open_app("hello") as app:
        await app.type("# mine\n")
        append(file, "# theirs\n")
        await asked(app)
        await app.press("enter")
        await app.settle()
        await app.press("ctrl+s")
        await asked(app)
        await app.press("enter")
        await app.settle()
        assert "# mine" in file.read_text()
        assert "# theirs" not in file.read_text()


async def test_both_puts_mine_into_a_script_of_its_own(open_app: OpenApp, demo: Path) -> None:
    file = demo / HELLO
    async with open_app("hello") as app:
        await app.type("# mine\n")
        mine = app.code.text
        append(file, "# theirs\n")
        theirs = file.read_bytes()
        await asked(app)
        await app.press("left", "enter")  # the last one
        await app.settle()
        assert file.read_bytes() == theirs
        assert app.code.text.endswith("# theirs\n")
        assert not front(app).is_dirty
        beside = read_script(demo / "scripts/hello_mine.py")
        assert beside.body == mine
        assert beside.fields.slug == "hello_mine"
        assert "hello_mine" in {row.slug for row in app.screen.script_rows}


async def test_the_same_text_from_elsewhere_is_no_conflict(open_app: OpenApp, demo: Path) -> None:
    file = demo / HELLO
    async with open_app("hello") as app:
        await app.press("ctrl+end")
        await app.type("# same\n")
        file.write_text(read_script(file).header + app.code.text)
        await app.until(lambda: not front(app).is_dirty)
        await app.settle()
        assert app.app.screen is app.screen


async def test_two_inkstands_see_each_others_saves(open_app: OpenApp, demo: Path) -> None:
    async with open_app("hello") as one, open_app("hello") as other:
        await one.type("# from one\n")
        await one.press("ctrl+s")
        await one.settle()
        await other.until(lambda: "# from one" in other.code.text)
        await other.settle()
        await other.type("# from two\n")
        await other.press("ctrl+s")
        await other.settle()
        await one.until(lambda: "# from two" in one.code.text)
        assert not front(one).is_dirty
        assert not front(other).is_dirty
        await other.app.leave()


# Pictures -----------------------------------------------------------------------------------------


def test_picture_of_a_conflict(demo: Path, snap_compare: Callable[..., bool]) -> None:
    app = InkstandApp(demo, first_script="hello")

    async def conflict(pilot: Pilot[int]) -> None:
        driver = await settled(app, pilot)
        await driver.type("# mine\n")
        append(demo / HELLO, "# theirs\n")
        await asked(driver)
        await pilot.pause()
        await app.close_project()
        await pilot.pause()

    assert snap_compare(app, terminal_size=(80, 24), run_before=conflict)


def test_picture_of_a_deleted_file(demo: Path, snap_compare: Callable[..., bool]) -> None:
    app = InkstandApp(demo, first_script="hello")

    async def deleted(pilot: Pilot[int]) -> None:
        driver = await settled(app, pilot)
        (demo / HELLO).unlink()
        await driver.until(lambda: "deleted on disk" in tab(driver))
        await driver.until(lambda: "hello" not in {row.slug for row in driver.screen.script_rows})
        await driver.settle()
        app.clear_notifications()
        await app.close_project()
        await pilot.pause()

    assert snap_compare(app, terminal_size=(80, 24), run_before=deleted)
