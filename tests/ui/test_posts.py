"""Posts in the editor: opened, edited, saved and recovered as scripts are."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Button, OptionList, Static, Tabs

from store.post_source import read_source
from store.posts import read_post
from store.recovery import Recovery, Snapshot
from store.scripts import read_script
from tests.ui.conftest import Driver, OpenApp, settled
from tests.ui.test_recovery import folder, kept
from tests.unit.store.test_recovery import ended
from tui.app import InkstandApp
from tui.editor.choice_list import ChoiceList
from tui.editor.post_area import PostArea
from tui.editor.post_document import PostDocument
from tui.editor.post_marks import PostText
from tui.screens.compare import CompareScreen
from tui.screens.palette import Palette

GRAIN = "posts/2026/03/paper-has-a-grain.md"
WASH_DE = "posts/2026/03/ink-wash-in-four-steps.de.md"


def front(app: Driver) -> PostDocument:
    document = app.screen.editor.active
    assert isinstance(document, PostDocument)
    return document


def tab(app: Driver) -> str:
    active = app.screen.query_one("#document-tabs", Tabs).active_tab
    assert active is not None
    return str(active.label)


def said(app: Driver, name: str) -> str:
    return str(app.screen.query_one(f"#{name}", Static).content)


async def open_post(app: Driver, path: str = GRAIN) -> None:
    app.screen.open_path(path)
    await app.settle()


async def asked(app: Driver) -> None:
    await app.until(lambda: isinstance(app.app.screen, CompareScreen))


# Opening ------------------------------------------------------------------------------------------


async def test_a_post_opens_as_one_text_with_the_lines_of_its_file(
    open_app: OpenApp, demo: Path
) -> None:
    async with open_app() as app:
        await open_post(app)
        assert app.code.text == (demo / GRAIN).read_text()
        assert app.code.line_number_start == 1
        assert tab(app) == "paper-has-a-grain"
        assert "Paper has a grain" in said(app, "identity")
        assert said(app, "standing").startswith("published")
        buttons = {one.id for one in app.screen.editor.header.query(Button) if one.display}
        assert buttons == {"button-save", "button-check"}
        assert not app.screen.query_one("#fields").display
        await app.open("hello")
        assert app.screen.query_one("#fields").display
        assert app.screen.query_one("#button-run", Button).display


async def test_a_translation_says_so(open_app: OpenApp) -> None:
    async with open_app() as app:
        await open_post(app, WASH_DE)
        assert tab(app) == "ink-wash-in-four-steps.de"
        assert "de  translation" in said(app, "standing")


@pytest.mark.parametrize("words", ["grain paper", "paper-has"])
async def test_the_palette_finds_posts_by_title_and_slug(open_app: OpenApp, words: str) -> None:
    async with open_app() as app:
        await app.press("ctrl+p")
        await app.until(lambda: isinstance(app.app.screen, Palette))
        await app.type(words)
        command_list = app.app.screen.query_one(OptionList)
        await app.until(
            lambda: any("paper-has-a-grain" in str(one.prompt) for one in command_list.options)
        )
        await app.press("enter")
        await app.until(lambda: app.path is not None)
        await app.settle()
        assert app.path == GRAIN


@pytest.mark.parametrize("name", ["paper-has-a-grain", GRAIN, "ink-wash-in-four-steps.de"])
async def test_a_post_can_be_the_first(demo: Path, name: str) -> None:
    app = InkstandApp(demo, first_post=name)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        driver = Driver(app, pilot)
        await driver.until(lambda: len(app.screen_stack) > 1)
        await driver.until(lambda: driver.screen.editor.active is not None)
        await driver.settle()
        assert driver.path == (WASH_DE if name.endswith(".de") else GRAIN)
        await app.leave()


async def test_a_message_about_a_post_can_be_followed(open_app: OpenApp) -> None:
    async with open_app() as app:
        app.screen.jump(GRAIN, 20, 3)
        await app.settle()
        assert app.path == GRAIN
        assert app.code.cursor_location == (19, 2)


async def test_a_script_can_open_a_post(open_app: OpenApp) -> None:
    async with open_app("hello") as app:
        app.code.text = f"import app\nprint(app.ui.open_document({GRAIN!r}, line=4, column=2))\n"
        await app.press("f5")
        await app.until(lambda: app.path == GRAIN)
        assert app.code.cursor_location == (3, 1)
        await app.until(lambda: "True" in app.output)


async def test_what_is_for_scripts_says_so_on_a_post(open_app: OpenApp) -> None:
    async with open_app() as app:
        await open_post(app)
        for key in ("ctrl+f5", "alt+m", "alt+r", "alt+x", "alt+d"):
            app.app.clear_notifications()
            await app.press(key)
            await app.settle()
            assert "post" in app.toasts, key
        assert app.app.screen is app.screen
        await app.press("f5")
        await app.until(lambda: app.screen.preview is not None)


# Saving -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data,
        lambda data: data.replace(b"\n", b"\r\n"),
        lambda data: b"\xef\xbb\xbf" + data,
        lambda data: data.rstrip(b"\n"),
        lambda data: data.replace(b"title: ", b"title:    ").replace(b"tags:", b"# kept\ntags:"),
    ],
    ids=["plain", "crlf", "mark", "no last newline", "odd front matter"],
)
async def test_only_what_was_typed_changes(open_app: OpenApp, demo: Path, change: object) -> None:
    file = demo / GRAIN
    before = change(file.read_bytes())  # type: ignore[operator]
    file.write_bytes(before)
    async with open_app() as app:
        await open_post(app)
        app.code.move_cursor(app.code.document.end)
        await app.type("ink")
        assert tab(app).startswith("*")
        await app.press("ctrl+s")
        await app.settle()
        assert file.read_bytes() == before + b"ink"
        assert not front(app).is_dirty
        assert f"Saved {GRAIN}" in app.toasts
        await app.press("ctrl+z")
        await app.press("ctrl+s")
        await app.settle()
        assert file.read_bytes() == before


async def test_the_index_and_the_header_follow_a_save(open_app: OpenApp, demo: Path) -> None:
    async with open_app() as app:
        await open_post(app)
        row = front(app).post.body.split("\n").index("title: Paper has a grain")
        app.code.move_cursor((row, len("title: Paper")))
        await app.type("s")
        await app.press("ctrl+s")
        await app.settle()
        assert "Papers has a grain" in said(app, "identity")
        found = await app.screen.posts_named("papers")
        assert [one.path for one in found] == [GRAIN]


async def test_broken_front_matter_is_saved_only_when_asked_twice(
    open_app: OpenApp, demo: Path
) -> None:
    file = demo / GRAIN
    before = file.read_bytes()
    async with open_app() as app:
        await open_post(app)
        app.code.move_cursor((1, 0))
        await app.type("a: [")
        await app.press("ctrl+s")
        await app.settle()
        assert file.read_bytes() == before
        assert f"{GRAIN}:3:6: front matter" in app.toasts
        assert "again saves all the same" in app.toasts
        assert app.code.markers
        await app.press("ctrl+s")
        await app.settle()
        assert file.read_bytes() == before.replace(b"id:", b"a: [id:", 1)
        assert not front(app).is_dirty
        await app.press("ctrl+z")
        await app.press("ctrl+s")
        await app.settle()
        assert file.read_bytes() == before
        assert not app.code.markers


async def test_a_post_that_is_broken_already_can_be_mended(open_app: OpenApp, demo: Path) -> None:
    file = demo / "posts/2026/03/broken.md"
    file.write_text("---\nid: b\ntitle: [\n---\ntext\n")
    async with open_app() as app:
        found = await app.screen.posts_named("broken")
        await open_post(app, found[0].path)
        assert "front matter cannot be read" in said(app, "standing")
        assert "line 4" in app.toasts
        app.code.move_cursor((2, len("title: [")))
        await app.press("backspace")
        await app.type("Mended")
        await app.press("ctrl+s")
        await app.settle()
        assert read_post(file).facts.title == "Mended"
        assert "Mended" in said(app, "identity")


async def test_macros_are_checked_and_do_not_keep_from_saving(
    open_app: OpenApp, demo: Path
) -> None:
    async with open_app() as app:
        await open_post(app)
        await app.press("f8")
        await app.settle()
        assert "in order" in app.toasts
        row = app.code.text.split("\n").index("[[gallery columns=3]]")
        app.code.move_cursor((row, len("[[gall")))
        await app.type("x")
        app.code.move_cursor(app.code.document.end)
        await app.press("f8")
        await app.settle()
        assert f"{GRAIN}:{row + 1}:3: there is no macro gallxery" in app.toasts
        assert app.code.cursor_location == (row, 2)
        assert [marker.line for marker in app.code.markers] == [row]
        assert f"{row + 1}:3" in said(app, "standing")
        await app.press("ctrl+s")
        await app.settle()
        assert "gallxery" in (demo / GRAIN).read_text()
        assert "1 problem" in app.toasts


async def test_what_cannot_be_edited_says_why(
    open_app: OpenApp, demo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = demo / "posts/2026/03"
    (folder / "latin.md").write_bytes(b"---\nid: l\n---\n\xff\n")
    (folder / "large.md").write_text("---\nid: x\n---\n" + "a" * 1_100_000)
    monkeypatch.setattr(os, "access", lambda *_: False)
    async with open_app() as app:
        await open_post(app, "posts/2026/03/latin.md")
        assert "not UTF-8 in line 4" in app.toasts
        await open_post(app, "posts/2026/03/large.md")
        assert "posts up to 1 MB are edited here" in app.toasts
        assert app.path is None
        await open_post(app)
        assert app.code.read_only
        assert "read-only" in said(app, "identity")
        before = app.code.text
        await app.type("x\n")
        await app.press("ctrl+z", "tab", "ctrl+x")
        assert app.code.text == before


# Colours ------------------------------------------------------------------------------------------


def named(app: Driver, row: int) -> set[tuple[str, str]]:
    document = app.code.document
    assert isinstance(document, PostText)
    line = document.lines[row]
    return {(line[one.start : one.end], one.name) for one in document.spans(row)}


async def test_macros_are_coloured_while_they_are_typed(open_app: OpenApp) -> None:
    async with open_app() as app:
        await open_post(app)
        row = app.code.text.split("\n").index("[[gallery columns=3]]")
        assert named(app, 0) == {("---", "front")}
        assert ("gallery", "macro.name") in named(app, row)
        style = app.code._theme.syntax_styles["macro.name"]
        line = app.code.get_line(row)
        assert any(line.plain[span.start : span.end] == "gallery" for span in line.spans)
        assert style in {span.style for span in line.spans}
        app.code.move_cursor((row, len("[[gallery columns=3]]")))
        await app.type(" [[galery]]")
        await app.until(lambda: ("galery", "broken") in named(app, row))
        await app.until(lambda: bool(app.code.markers))
        assert "there is no macro galery; did you mean gallery?" in said(app, "standing")
        assert app.app.clear_notifications() is None
        await app.press("ctrl+z")
        await app.until(lambda: not app.code.markers)
        assert not app.toasts, "nobody asked"


async def test_a_macro_that_comes_or_goes_changes_what_is_broken(
    open_app: OpenApp, demo: Path
) -> None:
    async with open_app() as app:
        await open_post(app)
        assert not app.code.markers
        (demo / "scripts/gallery.py").unlink()
        script = (demo / "scripts/youtube.py").read_text().replace("youtube", "gallery")
        await app.until(lambda: not front(app).problems)
        (demo / "scripts/gallery.py").write_text(script.replace("enabled: true", "enabled: false"))
        await app.until(lambda: bool(app.code.markers))
        assert "disabled" in front(app).problems[0].message


# Completing ---------------------------------------------------------------------------------------

CARD = """
def render(context, *, columns: int = 3, size: Literal["small", "large"] = "small", caption: str):
    return ""
"""


async def open_with_card(app: Driver, demo: Path) -> int:
    """Open the post with the cursor in an empty line, and return its row."""
    script = read_script(demo / "scripts/season_card.py")
    header = script.header.replace("season_card", "card").replace("enabled: false", "enabled: true")
    (demo / "scripts/card.py").write_text(f"{header}from typing import Literal\n{CARD}")
    await app.until(lambda: "card" in {row.slug for row in app.screen.script_rows})
    await open_post(app)
    row = app.code.text.split("\n").index("[[gallery columns=3]]") - 1
    app.code.move_cursor((row, 0))
    return row


def offered(app: Driver) -> list[str]:
    assert isinstance(app.code, PostArea)
    return [] if app.code.offered is None else [one.label for one in app.code.offered.choices]


async def test_a_macro_is_completed_from_its_brackets_on(open_app: OpenApp, demo: Path) -> None:
    async with open_app() as app:
        row = await open_with_card(app, demo)
        await app.type("[")
        assert offered(app) == []
        await app.type("[")
        assert offered(app)[:2] == ["card", "gallery"]
        listed = app.screen.query_one(ChoiceList)
        assert listed.display
        assert listed.region.height == 6
        assert listed.region.y == app.code.cursor_screen_offset.y + 1
        await app.press("down", "down", "up", "up")
        await app.type("ca")
        await app.press("tab")
        assert app.code.document[row] == "[[card"
        assert offered(app)[:3] == ["columns=", "size=", "caption="]
        await app.press("down", "enter")
        assert app.code.document[row] == "[[card size="
        assert offered(app) == ["small", "large"]
        await app.press("down", "enter")
        assert app.code.document[row] == "[[card size=large"
        assert offered(app) == []
        assert not listed.display
        await app.press("space", "alt+w")
        assert offered(app) == ["columns=", "caption="]
        await app.press("escape")
        assert offered(app) == []
        await app.press("ctrl+z", "ctrl+z")
        assert app.code.document[row] == "[[card size="


async def test_a_closed_list_takes_no_key(open_app: OpenApp, demo: Path) -> None:
    async with open_app() as app:
        row = await open_with_card(app, demo)
        await app.type("[[ga")
        await app.press("escape", "down", "up", "enter")
        assert app.code.document.lines[row : row + 3] == ["[[ga", "", "[[gallery columns=3]]"]
        await app.press("alt+w")
        assert "Nothing to complete here" in app.toasts
        app.code.move_cursor((row, 2))
        await app.press("ctrl+@")
        assert "card" in offered(app)
        await app.press("left", "left")
        assert offered(app) == []
        app.code.move_cursor((row, 2))
        await app.press("alt+w", "f6")
        assert offered(app) == []


async def test_the_keys_of_one_packet_complete(open_app: OpenApp, demo: Path) -> None:
    async with open_app() as app:
        row = await open_with_card(app, demo)
        bracket = ("left_square_bracket", "[")
        for key, character in (bracket, bracket, ("g", "g"), ("tab", "\t")):
            app.code.post_message(events.Key(key, character))
        await app.pilot.pause()
        assert app.code.document[row] == "[[gallery]]"


# Pictures -----------------------------------------------------------------------------------------


def after(app: InkstandApp, *keys: str) -> Callable[[Pilot[int]], Awaitable[None]]:
    """Return what types keys above the gallery of the post, and waits until all is known of it."""

    async def run_before(pilot: Pilot[int]) -> None:
        driver = await settled(app, pilot)
        row = driver.code.text.split("\n").index("[[gallery columns=3]]") - 1
        driver.code.move_cursor((row, 0))
        await driver.press(*keys)
        document = front(driver)
        await driver.until(
            lambda: document.analysis is not None and document.analysis.text == driver.code.text
        )
        await driver.settle()
        app.clear_notifications()
        await app.close_project()
        await pilot.pause()

    return run_before


def test_a_broken_macro_is_marked(demo: Path, snap_compare: Callable[..., bool]) -> None:
    app = InkstandApp(demo, first_post="paper-has-a-grain")
    keys = [
        {"[": "left_square_bracket", "]": "right_square_bracket"}.get(c, c) for c in "[[galery]]"
    ]
    assert snap_compare(app, terminal_size=(120, 40), run_before=after(app, *keys))


def test_choices_are_shown(demo: Path, snap_compare: Callable[..., bool]) -> None:
    app = InkstandApp(demo, first_post="paper-has-a-grain")
    keys = ["left_square_bracket", "left_square_bracket", "down"]
    assert snap_compare(app, terminal_size=(80, 24), run_before=after(app, *keys))


# Following ----------------------------------------------------------------------------------------


async def test_a_clean_post_follows_its_file(open_app: OpenApp, demo: Path) -> None:
    async with open_app() as app:
        await open_post(app)
        before = app.code.text
        app.code.go_to(19, 2)
        text = before.replace("title: Paper has a grain", "title: Other")
        (demo / GRAIN).write_text("\n".join([text, "More"]))
        await app.until(lambda: app.code.text.endswith("More"))
        await app.settle()
        assert app.code.cursor_location == (19, 2)
        assert "Other" in said(app, "identity")
        await app.press("ctrl+z")
        assert app.code.text == before


@pytest.mark.parametrize("answer", ["mine", "theirs", "both"])
async def test_a_changed_post_asks(open_app: OpenApp, demo: Path, answer: str) -> None:
    file = demo / GRAIN
    async with open_app() as app:
        await open_post(app)
        original = app.code.text
        app.code.move_cursor(app.code.document.end)
        await app.type("mine")
        theirs = original + "theirs\n"
        file.write_text(theirs)
        await asked(app)
        await app.pilot.click(f"#{answer}")
        await app.settle()
        if answer == "mine":
            assert file.read_text() == theirs
            await app.press("ctrl+s")
            await app.settle()
            assert file.read_text() == original + "mine"
            return
        assert app.code.text == theirs
        assert not front(app).is_dirty
        beside = demo / "posts/2026/03/paper-has-a-grain-mine.md"
        assert beside.exists() == (answer == "both")
        if answer == "both":
            post = read_post(beside)
            assert post.body.endswith("mine")
            assert post.facts.title == "Paper has a grain (mine)"
            assert post.facts.id != read_post(file).facts.id
            assert str(beside.relative_to(demo)) in app.toasts


async def test_a_post_that_is_gone_can_be_written_again(open_app: OpenApp, demo: Path) -> None:
    async with open_app() as app:
        await open_post(app)
        text = app.code.text
        (demo / GRAIN).unlink()
        await app.until(lambda: front(app).is_deleted)
        assert "deleted on disk" in tab(app)
        await app.press("ctrl+s")
        await app.until(lambda: app.app.screen is not app.screen)
        await app.press("enter")
        await app.settle()
        assert (demo / GRAIN).read_text() == text


async def test_a_tab_follows_a_renamed_post(open_app: OpenApp, demo: Path) -> None:
    async with open_app() as app:
        await open_post(app)
        await app.type("x")
        workspace = app.screen._workspace
        assert workspace is not None
        await workspace.posts.rename(await workspace.posts.read(GRAIN), "grain")
        await app.until(lambda: app.path == "posts/2026/03/grain.md")
        await app.until(lambda: isinstance(app.app.screen, CompareScreen))
        await app.pilot.click("#theirs")
        await app.settle()
        assert tab(app) == "grain"


# Recovery -----------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def opened(demo: Path) -> AsyncIterator[Driver]:
    app = InkstandApp(demo)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        driver = Driver(app, pilot)
        await asked(driver)
        yield driver
        if app.is_running:
            await app.leave()


@pytest.mark.parametrize("answer", ["recover", "both", "discard"])
async def test_unsaved_text_of_a_killed_inkstand_is_offered(demo: Path, answer: str) -> None:
    source = read_source(demo / GRAIN)
    snapshot = Snapshot(GRAIN, source.stamp.digest, source.header, source.body + "lost", {}, (3, 1))
    Recovery(folder(demo), writer=ended()).write(snapshot)
    async with opened(demo) as app:
        await app.pilot.click(f"#{answer}")
        await app.settle()
        assert (demo / GRAIN).read_text() == source.text
        if answer == "recover":
            assert app.path == GRAIN
            assert app.code.text == source.body + "lost"
            assert front(app).is_dirty
            assert len(kept(demo)) == 1
            await app.press("ctrl+s")
            await app.settle()
            assert (demo / GRAIN).read_text() == source.text + "lost"
        elif answer == "both":
            assert app.path == "posts/2026/03/paper-has-a-grain-recovered.md"
            assert app.code.text.endswith("lost")
        await app.until(lambda: not kept(demo))


async def test_a_gone_post_is_recovered(demo: Path) -> None:
    text = (demo / GRAIN).read_text()
    (demo / GRAIN).unlink()
    Recovery(folder(demo), writer=ended()).write(Snapshot(GRAIN, "d" * 64, "", text + "lost"))
    async with opened(demo) as app:
        await app.pilot.click("#recover")
        await app.settle()
        assert app.code.text == text + "lost"
        await app.press("ctrl+s")
        await app.until(lambda: app.app.screen is not app.screen)
        await app.press("enter")
        await app.settle()
        assert (demo / GRAIN).read_text() == text + "lost"
