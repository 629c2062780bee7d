"""Rebuilding from the screen: one kind by the palette, and what cannot be read is told."""

from __future__ import annotations

from pathlib import Path

from tests.ui.conftest import OpenApp


async def test_files_that_cannot_be_read_are_listed(open_app: OpenApp, demo: Path) -> None:
    async with open_app() as app:
        for number in range(5):
            (demo / f"posts/bad{number}.md").write_text("no front matter")
        await app.press("alt+i")
        await app.settle()
        assert "posts/bad0.md: it has no front matter" in app.toasts
        assert "and 2 more, in the Output tab" in app.toasts
        assert app.output.count("it has no front matter") == 5


async def test_one_kind_is_rebuilt_from_the_palette(open_app: OpenApp) -> None:
    async with open_app() as app:
        app.app.clear_notifications()
        await app.press("ctrl+p")
        await app.type("rebuild media")
        await app.until(lambda: len(app.app.screen_stack) == 3)
        await app.pilot.pause(0.3)
        await app.press("enter")
        await app.settle()
        assert "Rebuilt: " in app.toasts
        assert "media" in app.toasts
        assert "posts" not in app.toasts


async def test_a_cancelled_rebuild_says_so(open_app: OpenApp) -> None:
    async with open_app() as app:
        app.app.clear_notifications()
        app.screen.rebuild(("posts",), is_full=True)
        workspace = app.screen._workspace
        assert workspace is not None
        workspace.tasks.listen(lambda: [task.cancel() for task in workspace.tasks.running])
        await app.settle()
        assert "cancelled" in app.toasts
