"""The preview beside the text: macros live while they are typed, posts as readers see them."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Select, Static

from tests.ui.conftest import Driver, OpenApp, settled
from tui.app import InkstandApp
from tui.preview.live import LivePreview
from tui.preview.sample import UsesScreen
from tui.screens.questions import FormScreen
from tui.theme import SIXTEEN_COLOURS

Compare = Callable[..., bool]
SMALL, LARGE = (80, 24), (120, 40)
GRAIN = "posts/2026/03/paper-has-a-grain.md"
HEADER = """'''
---
slug: broken
title: Broken
kind: macro
entrypoint: render
enabled: true
---
'''
"""


def live(app: Driver) -> LivePreview:
    preview = app.screen.preview
    assert preview is not None
    return preview


def text(app: Driver) -> str:
    return live(app).pane.view.text


def said(app: Driver, name: str) -> str:
    return str(app.screen.query_one(f"#preview-{name}", Static).content)


def is_open(app: Driver) -> bool:
    return app.screen.preview is not None and app.screen.preview.is_open


async def show(app: Driver) -> None:
    await app.press("alt+p")
    await app.until(lambda: is_open(app) and bool(text(app)))


def number(root: Path, body: str) -> None:
    (root / "scripts" / "broken.py").write_text(HEADER.replace("'''", '"""') + body)


# Macros -------------------------------------------------------------------------------------------


async def test_a_macro_is_shown_with_the_newest_post_that_calls_it(open_app: OpenApp) -> None:
    async with open_app("gallery", size=LARGE) as app:
        await show(app)
        assert text(app).startswith("▣ Three closed curves, one fine nib")
        assert text(app).endswith("is not only for children")
        subject = said(app, "subject")
        assert re.fullmatch(r"\[\[gallery column.*… in dot-grid-or-lines\.md", subject)
        await app.until(lambda: said(app, "facts").startswith("used in 8 posts · [[gallery]]"))
        assert app.code.has_focus


async def test_what_is_typed_is_shown_without_saving(open_app: OpenApp, demo: Path) -> None:
    async with open_app("gallery", size=LARGE) as app:
        before = (demo / "scripts" / "gallery.py").read_bytes()
        await show(app)
        app.code.load_text("def render(context, post):\n    return '<h1>first</h1>'\n")
        await app.until(lambda: text(app) == "first\n═════")
        app.code.move_cursor((1, len("    return '<h1>first")))
        await app.type("ly")
        await app.until(lambda: text(app) == "firstly\n═══════")
        assert (demo / "scripts" / "gallery.py").read_bytes() == before


async def test_a_newer_text_takes_the_place_of_a_run_that_does_not_end(open_app: OpenApp) -> None:
    async with open_app("gallery", size=LARGE) as app:
        await show(app)
        app.code.load_text("def render(context, post):\n    while True: pass\n")
        await app.until(lambda: any(w.group == "preview" and w.is_running for w in app.app.workers))
        app.code.load_text("def render(context, post):\n    return 'done'\n")
        await app.until(lambda: text(app) == "done")
        assert not any(w.group == "preview" and w.is_running for w in app.app.workers)


async def test_an_error_leads_to_its_line(open_app: OpenApp) -> None:
    async with open_app("gallery", size=LARGE) as app:
        await show(app)
        app.code.load_text("# one\ndef render(context, post):\n    return post['nothing']\n")
        await app.until(lambda: "KeyError" in text(app))
        first = app.code.line_number_start
        assert f"→ scripts/gallery.py:{first + 2}:12" in text(app)
        await app.press("f6")
        assert live(app).pane.view.has_focus
        await app.press("enter")
        await app.until(lambda: app.code.has_focus)
        assert app.code.cursor_location == (2, 11)


async def test_a_syntax_error_is_told_and_gone_once_mended(open_app: OpenApp) -> None:
    async with open_app("gallery", size=LARGE) as app:
        await show(app)
        app.code.load_text("def render(context, post:\n    return 'x'\n")
        await app.until(lambda: "SyntaxError" in text(app))
        app.code.load_text("def render(context, post):\n    return 'x'\n")
        await app.until(lambda: text(app) == "x")


async def test_what_a_macro_prints_and_warns_of_is_told(open_app: OpenApp) -> None:
    async with open_app("gallery", size=LARGE) as app:
        await show(app)
        app.code.load_text(
            "def render(context, post):\n    print('hm')\n"
            "    return {'html': '', 'warnings': ['odd \\x1b[1m']}\n"
        )
        await app.until(lambda: "It gave no html." in text(app))
        assert text(app).splitlines() == [
            "! odd  [1m",
            "· hm",
            "It gave no html.",
        ]


async def test_the_html_can_be_seen(open_app: OpenApp) -> None:
    async with open_app("youtube", size=LARGE) as app:
        await show(app)
        assert text(app).startswith("▶ YouTube video: Big Buck Bunny")
        await app.press("f6")
        await app.press("h")
        await app.until(lambda: text(app).startswith('<div class="macro-youtube">'))
        await app.press("h")
        await app.until(lambda: text(app).startswith("▶"))


async def test_post_and_call_can_be_chosen_and_are_kept(open_app: OpenApp) -> None:
    wanted = "[[gallery column… in paper-has-a-grain.md"  # as much as there is room for
    async with open_app("gallery", size=LARGE) as app:
        await show(app)
        await app.press("f6")
        await app.press("s")
        await app.until(lambda: isinstance(app.app.screen, FormScreen))
        form = app.app.screen
        form.query_one("#post", Select).value = GRAIN
        form.query_one("#call", Input).value = "[[gallery columns=9]]"
        form.query_one("#call", Input).focus()
        await app.press("enter")
        await app.until(lambda: said(app, "subject") == wanted)
        assert "between 1 and 6, not 9" in text(app)
        await app.open("youtube")
        await app.until(lambda: "youtube" in said(app, "subject"))
        await app.press("ctrl+pageup")
        await app.until(lambda: said(app, "subject") == wanted)


async def test_a_call_that_is_none_is_told(open_app: OpenApp) -> None:
    async with open_app("gallery", size=LARGE) as app:
        await show(app)
        await app.press("f6")
        await app.press("s")
        await app.until(lambda: isinstance(app.app.screen, FormScreen))
        app.app.screen.query_one("#call", Input).value = "gallery"
        app.app.screen.query_one("#call", Input).focus()
        await app.press("enter")
        await app.until(lambda: text(app).startswith("✘"))
        assert "no call" in text(app)


async def test_posts_that_call_it_are_listed_and_opened(open_app: OpenApp) -> None:
    async with open_app("photo_archive", size=LARGE) as app:
        await show(app)
        await app.press("f6")
        await app.press("u")
        await app.until(lambda: isinstance(app.app.screen, UsesScreen))
        (row,) = app.app.screen.query_one(OptionList).options
        assert str(row.prompt) == (
            "posts/2026/10/the-picture-shelf.md:17  [[photo_archive]] and 1 more"
        )
        await app.press("enter")
        await app.until(lambda: app.path == "posts/2026/10/the-picture-shelf.md")
        await app.until(lambda: app.code.cursor_location[0] == 16)


# Posts --------------------------------------------------------------------------------------------


async def test_a_post_is_shown_as_its_readers_see_it(open_app: OpenApp) -> None:
    async with open_app(size=LARGE) as app:
        app.screen.open_path(GRAIN)
        await app.settle()
        await show(app)
        assert text(app).startswith("Paper has a grain\n═════════════════\n2026-03-10 · Mara")
        assert "▣ Printed endpaper" in text(app)
        assert said(app, "subject") == GRAIN
        app.code.move_cursor(app.code.document.end)
        await app.type("[[nope]]")
        await app.until(lambda: "there is no macro nope" in text(app))
        assert said(app, "facts").startswith("1 to look at")


async def test_failures_of_a_post_lead_to_script_and_post(open_app: OpenApp, demo: Path) -> None:
    number(demo, "def render(context, post):\n    return 1 / 0\n")
    async with open_app(size=LARGE) as app:
        app.screen.open_path(GRAIN)
        await app.settle()
        await show(app)
        app.code.move_cursor(app.code.document.end)
        line = app.code.cursor_location[0] + 1
        await app.type("[[broken]]")
        await app.until(lambda: "ZeroDivisionError" in text(app))
        places = re.findall(r"→ (\S+):(\d+):", text(app))
        assert places == [("scripts/broken.py", "11"), (GRAIN, str(line))]
        await app.press("f6")
        await app.press("n")
        await app.press("enter")
        await app.until(lambda: app.code.has_focus)
        assert app.path == GRAIN
        await app.press("f6")
        await app.press("n")
        await app.press("enter")
        await app.until(lambda: app.path == "scripts/broken.py")


async def test_broken_front_matter_is_told(open_app: OpenApp) -> None:
    async with open_app(size=LARGE) as app:
        app.screen.open_path(GRAIN)
        await app.settle()
        await show(app)
        app.code.replace("title: [", (2, 0), (2, 5))
        await app.until(lambda: text(app).startswith("✘"))


# The pane -----------------------------------------------------------------------------------------


async def test_the_pane_stands_beside_the_text_or_below_it(open_app: OpenApp) -> None:
    async with open_app("gallery", size=LARGE) as app:
        await show(app)
        pane, code = live(app).pane.region, app.code.region
        assert pane.x >= code.right
        assert pane.y <= code.y
        await app.pilot.resize_terminal(*SMALL)
        await app.until(lambda: live(app).pane.region.y >= app.code.region.bottom)
        assert live(app).pane.region.width == app.screen.editor.region.width


async def test_in_a_low_terminal_the_panel_makes_room_for_it(open_app: OpenApp) -> None:
    async with open_app("gallery", size=SMALL) as app:
        assert app.screen.panel.display
        await show(app)
        assert not app.screen.panel.display
        assert app.code.region.height >= 5
        assert live(app).pane.view.region.height >= 5
        await app.press("alt+p")
        await app.until(lambda: not is_open(app))
        assert app.screen.panel.display
        assert app.code.has_focus
        assert app.code.region.width == app.screen.editor.region.width


async def test_a_utility_has_no_preview(open_app: OpenApp) -> None:
    async with open_app("hello", size=LARGE) as app:
        await app.press("alt+p")
        await app.settle()
        assert "hello is a utility" in app.toasts
        assert not is_open(app)
        await app.open("gallery")
        await show(app)
        await app.press("ctrl+pageup")
        await app.until(lambda: "hello is a utility" in text(app))


async def test_it_goes_with_the_last_document(open_app: OpenApp) -> None:
    async with open_app("gallery", size=LARGE) as app:
        await show(app)
        await app.press("ctrl+w")
        await app.until(lambda: not is_open(app))
        await app.press("alt+p")
        await app.settle()
        assert "Nothing is open" in app.toasts


# Pictures -----------------------------------------------------------------------------------------


def after(
    app: InkstandApp, do: Callable[[Driver], Awaitable[Any]]
) -> Callable[[Pilot[int]], Awaitable[None]]:
    async def run_before(pilot: Pilot[int]) -> None:
        driver = await settled(app, pilot, script=False)
        await do(driver)
        app.clear_notifications()
        # Milliseconds differ from run to run.
        facts = driver.screen.query_one("#preview-facts", Static)
        facts.update(re.sub(r"\d+ ms", "33 ms", str(facts.content)))
        await pilot.pause()
        await app.close_project()
        await pilot.pause()

    return run_before


async def show_macro(driver: Driver) -> None:
    await driver.until(lambda: driver.screen.editor.active is not None)
    await show(driver)
    await driver.until(lambda: "used in" in said(driver, "facts"))


async def show_post(driver: Driver) -> None:
    driver.screen.open_path(GRAIN)
    await driver.settle()
    await show(driver)


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
def test_picture_of_a_macro(demo: Path, snap_compare: Compare, size: tuple[int, int]) -> None:
    app = InkstandApp(demo, first_script="gallery")
    assert snap_compare(app, terminal_size=size, run_before=after(app, show_macro))


def test_picture_of_a_post(demo: Path, snap_compare: Compare) -> None:
    app = InkstandApp(demo)
    assert snap_compare(app, terminal_size=LARGE, run_before=after(app, show_post))


def test_picture_of_an_error_in_16_colours(
    demo: Path, snap_compare: Compare, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = InkstandApp(demo, first_script="gallery")

    async def fail(driver: Driver) -> None:
        driver.app.theme = SIXTEEN_COLOURS
        await show_macro(driver)
        driver.code.load_text("def render(context, post):\n    return post['nothing']\n")
        await driver.until(lambda: "KeyError" in text(driver))
        await driver.press("f6")

    assert snap_compare(app, terminal_size=SMALL, run_before=after(app, fail))
