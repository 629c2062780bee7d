"""What a screen has to stand: odd headers, files that change under it, hurried keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Select

from tests.ui.conftest import OpenApp

HEADER = (
    '"""\n---\nslug: "{slug}"\ntitle: "{title}"\nkind: "{kind}"\nentrypoint: "{entry}"\n---\n"""\n'
)


@pytest.mark.parametrize(
    "start",
    ["#!/usr/bin/env python3\n", "# -*- coding: utf-8 -*-\n", "\ufeff"],
    ids=["shebang", "coding line", "byte order mark"],
)
async def test_what_stands_above_a_new_header_is_not_written_twice(
    open_app: OpenApp, demo: Path, start: str
) -> None:
    file = demo / "scripts/bare.py"
    file.write_text(f"{start}print(1)\n", encoding="utf-8")
    async with open_app() as app:
        await app.open("bare")
        await app.press("alt+m")
        await app.settle()
        first = file.read_text(encoding="utf-8")
        assert first.count(start) == 1
        assert app.code.text == "print(1)\n"
        assert not app.screen.editor.active.is_dirty
        await app.press("ctrl+s")
        await app.settle()
        assert file.read_text(encoding="utf-8") == first


async def test_a_header_repaired_in_the_text_moves_out_of_it(open_app: OpenApp, demo: Path) -> None:
    file = demo / "scripts/broken.py"
    header = HEADER.format(slug="broken", title="B", kind="utility", entry="main")
    file.write_text(header.replace('title: "B"', "title B") + "print(1)\n")
    async with open_app() as app:
        await app.open("broken")
        assert app.code.text.startswith('"""')
        app.code.text = app.code.text.replace("title B", 'title: "B"')
        await app.pilot.pause()
        await app.press("ctrl+s")
        await app.settle()
        assert app.code.text == "print(1)\n"
        await app.type("# x\n")
        await app.press("ctrl+s")
        await app.settle()
        assert file.read_text().count("---") == 2
        assert file.read_text().endswith("# x\nprint(1)\n")


async def test_brackets_in_headers_and_names_are_only_text(open_app: OpenApp, demo: Path) -> None:
    odd = HEADER.format(slug="[/x]", title="[/y] [bold]", kind="wrong[/k]", entry="[/z]")
    (demo / "scripts" / "odd[1].py").write_text(odd + "print(1)\n")
    async with open_app() as app:
        row = next(row for row in app.screen.script_rows if row.path == "scripts/odd[1].py")
        app.screen.open_path(row.path)
        await app.settle()
        assert app.path == "scripts/odd[1].py"
        for keys in (("ctrl+s",), ("f8",), ("f5",), ("alt+r", "escape"), ("alt+x", "escape")):
            await app.press(*keys)
            await app.pilot.pause(0.05)
        await app.settle()
        await app.press("ctrl+p")
        await app.type("odd")
        await app.pilot.pause(0.3)
        await app.press("escape")
        assert app.app.is_running


async def test_a_macro_is_made_of_what_stands_on_the_screen(open_app: OpenApp, demo: Path) -> None:
    async with open_app("hello") as app:
        app.code.text = "def card(context):\n    return ''\n"
        await app.pilot.pause()
        await app.press("alt+m")
        await app.settle()
        assert 'entrypoint: "card"' in (demo / "scripts/hello.py").read_text()


async def test_a_clean_document_follows_its_file(open_app: OpenApp, demo: Path) -> None:
    file = demo / "scripts/hello.py"
    async with open_app("hello") as app:
        file.write_text(file.read_text().replace('"newcomer"', '"somebody else"'))
        await app.press("f5")
        await app.until(lambda: "finished" in app.output)
        assert "somebody else" in app.output
        assert "somebody else" in app.code.text
        file.write_text(file.read_text() + "# theirs\n")
        await app.press("alt+e")
        await app.settle()
        assert "enabled: false" in file.read_text()
        assert file.read_text().endswith("# theirs\n")


async def test_stop_right_behind_run_stops_it(open_app: OpenApp) -> None:
    async with open_app("hello") as app:
        app.code.text = "while True: pass\n"
        await app.pilot.press("f5", "shift+f5")
        await app.until(lambda: "stopped in" in app.output)


async def test_a_new_run_is_seen_by_who_had_scrolled_up(open_app: OpenApp) -> None:
    async with open_app("hello") as app:
        app.code.text = "for n in range(200): print(n)\n"
        await app.press("f5")
        await app.until(lambda: "finished" in app.output)
        await app.press("f4", "home")
        assert not app.screen.panel.output.is_following
        await app.press("f4", "f5")
        await app.until(lambda: app.output.count("finished") == 2)
        assert app.screen.panel.output.is_following


async def test_enter_behind_a_filter_opens_what_was_found(open_app: OpenApp) -> None:
    async with open_app("hello") as app:
        await app.press("alt+s")
        await app.type("vimeo")
        await app.pilot.pause()
        await app.press("enter", "enter")
        await app.settle()
        assert app.path == "scripts/vimeo.py"


async def test_in_the_sidebar_a_key_never_means_the_script_in_front(
    open_app: OpenApp, demo: Path
) -> None:
    before = (demo / "scripts/hello.py").read_bytes()
    async with open_app("hello") as app:
        await app.press("alt+s")
        await app.type("zzz")
        await app.press("alt+e")
        await app.settle()
        assert (demo / "scripts/hello.py").read_bytes() == before
        assert "Put the cursor on a script" in app.toasts


async def test_a_slug_that_is_not_there_is_told(open_app: OpenApp) -> None:
    async with open_app("helo") as app:
        assert app.path is None
        assert "hello" in app.toasts


async def test_a_script_made_just_before_is_opened_by_its_slug(
    open_app: OpenApp, demo: Path
) -> None:
    async with open_app():
        pass
    (demo / "scripts/fresh.py").write_text("print('fresh')\n")
    async with open_app("fresh") as app:
        assert app.path == "scripts/fresh.py"


async def test_the_header_fields_are_reached_from_the_text(open_app: OpenApp) -> None:
    async with open_app("hello") as app:
        await app.press("shift+f6")
        assert isinstance(app.app.focused, Select)
        await app.press("f6")
        assert app.code.has_focus


async def test_the_buttons_tell_their_keys_where_there_is_room(open_app: OpenApp) -> None:
    async with open_app("hello", size=(80, 24)) as app:
        button = app.screen.query_one("#button-run")
        assert button.size.width < len("Run F5") + 2
        await app.pilot.resize_terminal(120, 40)
        await app.until(lambda: button.size.width >= len("Run F5") + 2)


async def test_half_a_character_at_the_end_of_output_is_seen(open_app: OpenApp) -> None:
    async with open_app("hello") as app:
        app.code.text = "import os; os.write(1, b'abc' + bytes([0xe2, 0x82]))\n"
        await app.press("f5")
        await app.until(lambda: "finished" in app.output)
        assert "abc\ufffd" in app.output


async def test_a_fault_of_ours_does_not_end_the_app(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_app("hello") as app:
        await app.type("# mine\n")
        monkeypatch.setattr(app.screen._workspace, "check", None)
        await app.press("f8")
        await app.settle()
        assert "A fault in Inkstand" in app.toasts
        assert "TypeError" in app.output
        assert app.code.text.startswith("# mine")
