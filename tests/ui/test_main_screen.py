"""What a person does on the main screen, with real files and real kernels."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from textual.widgets import Button, Input, Select

from tests.ui.conftest import OpenApp
from tui.screens.help import HelpScreen
from tui.screens.questions import FormScreen, QuestionScreen


async def test_the_tree_lists_the_scripts_by_kind(open_app: OpenApp) -> None:
    async with open_app() as app:
        tree = app.screen.sidebar.script_tree
        branches = {
            str(node.label): [leaf.data.slug for leaf in node.children]
            for node in tree.root.children
        }
        assert [label.split()[0] for label in branches] == ["Macros", "Utilities", "Transforms"]
        assert "youtube" in next(iter(branches.values()))


async def test_enter_opens_the_script_and_the_cursor_is_in_it(open_app: OpenApp) -> None:
    async with open_app() as app:
        app.screen.sidebar.reveal("scripts/hello.py")
        await app.pilot.pause()
        await app.press("enter")
        await app.settle()
        assert app.path == "scripts/hello.py"
        assert app.code.has_focus
        assert app.code.line_number_start == 15


async def test_typing_filters_the_tree_and_escape_shows_all(open_app: OpenApp) -> None:
    async with open_app() as app:
        await app.press("alt+s")
        await app.type("tube")
        tree = app.screen.sidebar.script_tree
        slugs = [leaf.data.slug for node in tree.root.children for leaf in node.children]
        assert slugs == ["youtube"]
        await app.press("enter", "enter")
        await app.settle()
        assert app.path == "scripts/youtube.py"
        await app.press("alt+s")
        await app.type("x")
        await app.press("escape")
        assert sum(len(node.children) for node in tree.root.children) == len(app.screen.script_rows)


async def test_run_shows_the_output_of_the_unsaved_text(open_app: OpenApp, demo: Path) -> None:
    async with open_app("hello") as app:
        before = (demo / "scripts/hello.py").read_bytes()
        await app.press("ctrl+end")
        await app.type("\nprint('unsaved', 6 * 7)")
        await app.press("f2", "f5")
        await app.until(lambda: "finished" in app.output)
        assert "unsaved 42" in app.output
        assert app.screen.panel.front == "output"
        assert (demo / "scripts/hello.py").read_bytes() == before


async def test_the_focus_stays_in_the_text_while_a_script_runs(open_app: OpenApp) -> None:
    async with open_app("hello") as app:
        await app.press("f5")
        assert app.code.has_focus
        await app.until(lambda: "finished" in app.output)
        assert app.code.has_focus


async def test_stop_interrupts_and_the_buttons_follow(open_app: OpenApp) -> None:
    async with open_app("hello") as app:
        app.code.text = "print('going')\nwhile True: pass\n"
        stop = app.screen.query_one("#button-stop", Button)
        assert stop.disabled
        await app.press("f5")
        await app.until(lambda: "going" in app.output)
        assert not stop.disabled
        await app.press("f5")
        assert "still running" in app.toasts
        await app.press("shift+f5")
        await app.until(lambda: "stopped in" in app.output)
        await app.until(lambda: bool(stop.disabled))


async def test_an_error_is_shown_and_enter_jumps_to_its_line(open_app: OpenApp) -> None:
    async with open_app("hello") as app:
        app.code.text = "def f(x):\n    return 1 / x\n\nf(0)\n"
        await app.press("f5")
        await app.until(lambda: "failed" in app.output)
        assert "ZeroDivisionError: division by zero" in app.output
        assert "scripts/hello.py:16:12" in app.output
        await app.press("f4", "end", "enter")
        await app.settle()
        assert app.code.has_focus
        assert app.code.cursor_location == (1, 11)


async def test_saving_writes_the_file_once_and_raises_the_version(
    open_app: OpenApp, demo: Path
) -> None:
    async with open_app("hello") as app:
        await app.press("ctrl+end")
        await app.type("\nprint('new')")
        assert app.screen.editor.active.is_dirty
        await app.press("ctrl+s")
        await app.settle()
        text = (demo / "scripts/hello.py").read_text()
        assert text.endswith("print('new')")
        assert "version: 2\n" in text
        assert not app.screen.editor.active.is_dirty
        await app.press("ctrl+s")
        await app.settle()
        assert (demo / "scripts/hello.py").read_text() == text
        assert "no changes" in app.toasts


async def test_a_syntax_error_is_shown_at_its_line_and_saved_on_the_second_press(
    open_app: OpenApp, demo: Path
) -> None:
    async with open_app("hello") as app:
        before = (demo / "scripts/hello.py").read_bytes()
        app.code.text = "x = 1\ny = (\n"
        await app.pilot.pause()
        await app.press("ctrl+s")
        await app.settle()
        assert (demo / "scripts/hello.py").read_bytes() == before
        assert "scripts/hello.py:16:5" in app.toasts
        assert app.code.cursor_location == (1, 4)
        assert [marker.line for marker in app.code.markers] == [1]
        await app.press("ctrl+s")
        await app.settle()
        assert (demo / "scripts/hello.py").read_text().endswith("y = (\n")


async def test_check_says_that_all_is_well_and_finds_entrypoints(open_app: OpenApp) -> None:
    async with open_app("hello") as app:
        app.code.text = "def one(): pass\ndef _two(): pass\n"
        await app.pilot.pause()
        await app.press("f8")
        await app.settle()
        assert "no syntax errors" in app.toasts
        assert app.screen.editor.active.entrypoints == ["main", "one"]


async def test_set_as_macro_is_kept_in_the_header_at_once(open_app: OpenApp, demo: Path) -> None:
    async with open_app("word_table") as app:
        await app.type("# unsaved\n")
        await app.press("alt+m")
        await app.settle()
        text = (demo / "scripts/word_table.py").read_text()
        assert 'kind: "macro"' in text
        assert 'entrypoint: "report"' in text
        assert "# unsaved" not in text
        assert app.code.text.startswith("# unsaved")
        assert "[[word_table]]" in app.toasts
        await app.press("alt+m")
        await app.settle()
        assert 'kind: "utility"' in (demo / "scripts/word_table.py").read_text()


async def test_header_fields_are_saved_with_the_script(open_app: OpenApp, demo: Path) -> None:
    async with open_app("word_table") as app:
        app.screen.query_one("#entrypoint", Select).value = "main"
        await app.pilot.pause()
        assert app.screen.editor.active.is_dirty
        await app.press("ctrl+s")
        await app.settle()
        text = (demo / "scripts/word_table.py").read_text()
        assert 'entrypoint: "main"' in text
        assert "version: 2" in text


async def test_a_new_script_is_made_opened_and_runs(open_app: OpenApp, demo: Path) -> None:
    async with open_app() as app:
        await app.press("ctrl+n")
        await app.until(lambda: isinstance(app.app.screen, FormScreen))
        app.app.screen.query_one("#title", Input).value = "Über Uns"
        await app.press("enter")
        await app.settle()
        assert (demo / "scripts/uber_uns.py").exists()
        assert app.path == "scripts/uber_uns.py"
        await app.press("f5")
        await app.until(lambda: "Hello from a new script" in app.output)


async def test_rename_moves_the_file_and_keeps_what_is_unsaved(
    open_app: OpenApp, demo: Path
) -> None:
    async with open_app("hello") as app:
        await app.type("# mine\n")
        await app.press("alt+r")
        await app.until(lambda: isinstance(app.app.screen, FormScreen))
        app.app.screen.query_one("#slug", Input).value = "greeting"
        await app.press("enter")
        await app.settle()
        assert not (demo / "scripts/hello.py").exists()
        assert 'slug: "greeting"' in (demo / "scripts/greeting.py").read_text()
        assert app.code.text.startswith("# mine")
        assert app.screen.editor.active.is_dirty
        await app.press("ctrl+s")
        await app.settle()
        assert "# mine" in (demo / "scripts/greeting.py").read_text()


async def test_duplicate_opens_the_copy(open_app: OpenApp, demo: Path) -> None:
    async with open_app("hello") as app:
        await app.press("alt+d")
        await app.settle()
        path = app.path
        assert path != "scripts/hello.py"
        assert (demo / path).exists()
        assert len(list(app.screen.editor.documents)) == 2


async def test_delete_asks_and_can_be_undone(open_app: OpenApp, demo: Path) -> None:
    file = demo / "scripts/hello.py"
    async with open_app("hello") as app:
        before = file.read_bytes()
        await app.press("alt+x")
        await app.until(lambda: isinstance(app.app.screen, QuestionScreen))
        await app.press("escape")
        await app.settle()
        assert file.exists()
        await app.press("alt+x")
        await app.until(lambda: isinstance(app.app.screen, QuestionScreen))
        await app.press("enter")
        await app.settle()
        assert not file.exists()
        assert app.path is None
        await app.press("alt+u")
        await app.settle()
        assert file.read_bytes() == before
        assert app.path == "scripts/hello.py"


async def test_a_disk_that_refuses_leaves_file_and_text(
    open_app: OpenApp, demo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = demo / "scripts/hello.py"
    async with open_app("hello") as app:
        before = file.read_bytes()
        await app.type("# mine\n")

        def no_space(fd: int) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", no_space)
            await app.press("ctrl+s")
            await app.settle()
        assert file.read_bytes() == before
        assert app.screen.editor.active.is_dirty
        assert "no space left on device" in app.toasts


async def test_a_script_that_cannot_be_read_is_told_and_the_rest_works(
    open_app: OpenApp, demo: Path
) -> None:
    (demo / "scripts/latin.py").write_bytes(b"x = 'caf\xe9'\n")
    (demo / "scripts/huge.py").write_bytes(b"# filler\n" * 700_000)
    async with open_app() as app:
        await app.open("latin")
        assert app.path is None
        assert "UTF-8" in app.toasts
        await app.open("huge")
        assert app.path is None
        assert "inkstand run huge" in app.toasts
        await app.open("hello")
        assert app.path == "scripts/hello.py"


async def test_crlf_and_odd_bytes_survive_editing(open_app: OpenApp, demo: Path) -> None:
    file = demo / "scripts/dos.py"
    file.write_bytes(b"a = 1\r\nb = '\x0c\xe2\x80\xa8'\r\n")
    async with open_app() as app:
        await app.open("dos")
        await app.press("ctrl+home")
        await app.type("# x\n")
        await app.press("ctrl+s")
        await app.settle()
        assert file.read_bytes() == b"# x\r\na = 1\r\nb = '\x0c\xe2\x80\xa8'\r\n"


async def test_quitting_asks_when_something_is_unsaved(open_app: OpenApp, demo: Path) -> None:
    before = (demo / "scripts/hello.py").read_bytes()
    async with open_app("hello") as app:
        await app.type("# mine\n")
        await app.press("ctrl+q")
        await app.until(lambda: isinstance(app.app.screen, QuestionScreen))
        await app.press("escape")
        await app.settle()
        assert app.app.is_running
        await app.press("ctrl+q")
        await app.until(lambda: isinstance(app.app.screen, QuestionScreen))
        await app.press("right", "enter")
        await app.until(lambda: not app.app.is_running)
    assert (demo / "scripts/hello.py").read_bytes() == before


async def test_save_all_on_quitting(open_app: OpenApp, demo: Path) -> None:
    async with open_app("hello") as app:
        await app.type("# mine\n")
        await app.press("ctrl+q")
        await app.until(lambda: isinstance(app.app.screen, QuestionScreen))
        await app.press("enter")
        await app.until(lambda: not app.app.is_running)
    assert "# mine" in (demo / "scripts/hello.py").read_text()


async def test_panes_go_round_and_panel_keys_go_back(open_app: OpenApp) -> None:
    async with open_app("hello") as app:
        screen = app.screen
        await app.press("f6")
        assert screen.panel.has_focus_within
        await app.press("f6")
        assert screen.sidebar.has_focus_within
        await app.press("shift+f6", "shift+f6")
        assert app.code.has_focus
        await app.press("f2")
        assert screen.panel.front == "tasks"
        assert screen.panel.tasks.has_focus
        await app.press("f2")
        assert app.code.has_focus
        await app.press("f7")
        assert not screen.panel.display
        await app.press("f4")
        assert screen.panel.display


async def test_tabs_keep_their_documents_and_closing_asks(open_app: OpenApp) -> None:
    async with open_app("hello") as app:
        await app.open("youtube")
        await app.press("ctrl+pageup")
        assert app.path == "scripts/hello.py"
        await app.type("# x")
        await app.press("ctrl+pagedown")
        assert app.path == "scripts/youtube.py"
        await app.press("ctrl+w")
        await app.settle()
        assert app.path == "scripts/hello.py"
        await app.press("ctrl+w")
        await app.until(lambda: isinstance(app.app.screen, QuestionScreen))
        await app.press("right", "enter")
        await app.settle()
        assert app.path is None


async def test_git_log_says_why_it_is_empty(open_app: OpenApp) -> None:
    async with open_app() as app:
        await app.press("f3")
        await app.settle()
        prompt = str(app.screen.panel.git_log.get_option_at_index(0).prompt)
        assert "repository" in prompt


async def test_rebuild_is_a_task_and_finds_new_files(open_app: OpenApp, demo: Path) -> None:
    async with open_app() as app:
        (demo / "scripts/late.py").write_text("print('late')\n")
        await app.press("alt+i")
        await app.settle()
        assert "late" in [row.slug for row in app.screen.script_rows]
        assert "Rebuild" in str(app.screen.panel.tasks.get_option_at_index(0).prompt)


async def test_help_and_palette_open_and_close(open_app: OpenApp) -> None:
    async with open_app() as app:
        await app.press("f1")
        assert isinstance(app.app.screen, HelpScreen)
        await app.press("escape")
        await app.press("ctrl+p")
        await app.type("youtube")
        await app.until(lambda: len(app.app.screen_stack) == 3)
        await app.pilot.pause(0.3)
        await app.press("enter")
        await app.settle()
        await app.until(lambda: app.path is not None)
        assert app.path == "scripts/youtube.py"


async def test_no_palette_over_a_question(open_app: OpenApp) -> None:
    async with open_app() as app:
        await app.press("f1", "ctrl+p")
        assert isinstance(app.app.screen, HelpScreen)
        await app.press("escape", "ctrl+n", "ctrl+p")
        assert isinstance(app.app.screen, FormScreen)
        await app.press("escape")


async def test_a_tiny_terminal_says_so_and_recovers(open_app: OpenApp) -> None:
    async with open_app("hello", size=(80, 24)) as app:
        await app.pilot.resize_terminal(20, 5)
        await app.pilot.pause()
        assert app.screen.has_class("-too-small")
        await app.pilot.resize_terminal(80, 24)
        await app.pilot.pause()
        assert not app.screen.has_class("-too-small")
        assert app.code.region.height > 5
