"""A new post from a link on the screen: asked for, made, and what failed leads to its place."""

from __future__ import annotations

from pathlib import Path

from textual.widgets import Input, Static

from tests.ui.conftest import Driver, OpenApp
from tui.link_flow import LinkForm

BROKEN = '''"""
---
id: "id-broken"
slug: "broken"
title: "Broken"
kind: "transform"
entrypoint: "transform"
enabled: true
version: 1
updatedAt: "2020-01-01T10:00:00.000Z"
---
"""


def transform(post, context):
    print("about to fail")
    toast("a word [bold]before")
    return 1 / 0
'''


async def ask(app: Driver, url: str, title: str = "") -> None:
    app.app.clear_notifications()
    await app.press("alt+n")
    await app.until(lambda: isinstance(app.app.screen, LinkForm))
    form = app.app.screen
    form.query_one("#url", Input).value = url
    form.query_one("#title", Input).value = title
    await app.press("enter")


def posts(root: Path) -> set[Path]:
    return set((root / "posts").rglob("*.md"))


async def test_a_link_becomes_a_draft(open_app: OpenApp, demo: Path) -> None:
    before = posts(demo)
    async with open_app() as app:
        await ask(app, "ftp://example.org/", "A film - Example")
        assert isinstance(app.app.screen, LinkForm)
        complaint = app.app.screen.query_one("#complaint", Static)
        assert "http:// or https://" in str(complaint.render())
        app.app.screen.query_one("#url", Input).value = "https://vimeo.com/1"
        await app.press("enter")
        await app.settle()
        (made,) = posts(demo) - before
        assert f"The draft is {made.relative_to(demo)}" in app.toasts
        assert made.name == "a-film.md"
        assert "categories" in made.read_text()
        workspace = app.screen._workspace
        assert workspace is not None
        (task,) = [one for one in workspace.tasks if one.name == "New post from link"]
        assert task.state == "completed"


async def test_a_failing_transform_is_told_with_a_way_to_its_place(
    open_app: OpenApp, demo: Path
) -> None:
    (demo / "scripts" / "broken.py").write_text(BROKEN)
    before = posts(demo)
    async with open_app(size=(80, 24)) as app:
        await ask(app, "https://example.org/ink")
        await app.settle()
        assert len(posts(demo) - before) == 1
        assert "broken: ZeroDivisionError: division by zero" in app.toasts
        assert "a word [bold]before" in app.toasts
        assert "The draft is posts/" in app.toasts
        assert "about to fail" in app.output
        assert "→ scripts/broken.py:18:12" in app.output
        app.screen.panel.output.focus()
        await app.press("enter")
        await app.until(lambda: app.path == "scripts/broken.py")
        await app.settle()
        await app.until(lambda: app.code.cursor_location[0] > 0)
        row = app.code.cursor_location[0]
        assert app.code.document.get_line(row) == "    return 1 / 0"


async def test_going_back_makes_nothing(open_app: OpenApp, demo: Path) -> None:
    before = posts(demo)
    async with open_app() as app:
        await app.press("alt+n")
        await app.until(lambda: isinstance(app.app.screen, LinkForm))
        await app.press("enter")
        complaint = app.app.screen.query_one("#complaint", Static)
        assert "Address is needed" in str(complaint.render())
        await app.press("escape")
        await app.settle()
        assert posts(demo) == before
        assert app.toasts == ""
