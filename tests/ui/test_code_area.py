"""The code area: what keys do to the document, and what reaches the terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.document._history import EditHistory
from textual.widgets import Input, TextArea

from tui.editor import code_area as module
from tui.editor.code_area import CodeArea, Marker
from tui.editor.document import SourceDocument


class Host(App[None]):
    """Nothing but a code area and something else to focus."""

    def __init__(self, text: str = "", read_only: bool = False) -> None:
        super().__init__()
        self.area = CodeArea(text, read_only=read_only, id="area")

    def compose(self) -> ComposeResult:
        yield self.area
        yield Input(id="other")

    def on_mount(self) -> None:
        self.area.focus()


def drawn(area: CodeArea) -> list[str]:
    return [area.render_line(y).text.rstrip() for y in range(area.size.height)]


async def test_typing_keeps_every_odd_byte() -> None:
    text = "a\x00\f\r\nb\x1c\u2028c\nd\x85\r\ne"
    app = Host(text)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("x")
        assert app.area.text == "x" + text
        await pilot.press("ctrl+z")
        assert app.area.text == text


async def test_undo_brings_lone_carriage_returns_back() -> None:
    text = "a\r\nb\nc\rd\n"
    app = Host(text)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+a", "delete")
        assert app.area.text == ""
        await pilot.press("ctrl+z")
        assert app.area.text == text
        await pilot.press("ctrl+y", "ctrl+z")
        assert app.area.text == text


async def test_pasted_text_takes_the_line_ends_of_the_document() -> None:
    app = Host("a\r\nb\r\n")
    async with app.run_test(size=(80, 24)) as pilot:
        app.post_message(events.Paste("1\n2\r3\ud800"))
        await pilot.pause()
        assert app.area.text == "1\r\n2\r\n3\ufffda\r\nb\r\n"
        await pilot.press("enter")
        assert app.area.text == "1\r\n2\r\n3\ufffd\r\na\r\nb\r\n"
        assert app.area.selection.end == (3, 0)


async def test_an_undecodable_file_can_be_copied_and_cut() -> None:
    app = Host("x\udc80\ny")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+a", "ctrl+c")
        assert app.clipboard == "x\ufffd\ny"
        await pilot.press("ctrl+x")
        assert app.area.text == ""
        await pilot.press("ctrl+z")
        assert app.area.text == "x\udc80\ny"


async def test_cutting_the_last_line_and_undoing() -> None:
    app = Host("a\nb")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("down", "ctrl+x")
        assert app.area.text == "a\n"
        await pilot.press("ctrl+z")
        assert app.area.text == "a\nb"


async def test_undo_reaches_beyond_fifty_steps() -> None:
    app = Host("start")
    async with app.run_test(size=(80, 24)) as pilot:
        for _ in range(120):
            app.area.insert("ab", (0, 0))
        for _ in range(120):
            app.area.undo()
        assert app.area.text == "start"
        await pilot.pause()


@pytest.mark.parametrize(
    ("before", "typed", "after"),
    [
        ("if x:", "\n", "if x:\n    "),
        ("    while x:  # why: so", "\n", "    while x:  # why: so\n        "),
        ("    x = 1  # odd:", "\n", "    x = 1  # odd:\n    "),
        ("x = '# not:'", "\n", "x = '# not:'\n"),
        ("\tif x:", "\n", "\tif x:\n\t\t"),
        ("", "\n", "\n"),
    ],
)
async def test_enter_indents(before: str, typed: str, after: str) -> None:
    app = Host(before)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("end", "enter")
        assert app.area.text == after
        await pilot.press("ctrl+z")
        assert app.area.text == before


async def test_enter_replaces_the_selection_in_one_step() -> None:
    app = Host("    abc def")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("end", "shift+left", "shift+left", "shift+left", "enter")
        assert app.area.text == "    abc \n    "
        await pilot.press("ctrl+z")
        assert app.area.text == "    abc def"


async def test_tab_goes_to_the_next_tab_stop() -> None:
    app = Host("ab")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("end", "tab")
        assert app.area.text == "ab  "
        await pilot.press("tab")
        assert app.area.text == "ab      "
        assert app.focused is app.area


async def test_tab_with_a_selection_indents_its_lines_as_one_step() -> None:
    text = "one\r\r\n\r\n  two\r\nthree"
    app = Host(text)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("right", "shift+down", "shift+down", "shift+down", "tab")
        indented = "    one\r\r\n\r\n      two\r\n    three"
        assert app.area.text == indented
        assert app.area.selected_text == indented[5:-4]
        await pilot.press("ctrl+z")
        assert app.area.text == text
        await pilot.press("ctrl+y")
        assert app.area.text == indented
        await pilot.press("shift+tab")
        assert app.area.text == "one\r\r\n\r\n    two\r\nthree"
        await pilot.press("ctrl+z", "ctrl+z")
        assert app.area.text == text


async def test_a_selection_ending_at_a_line_start_leaves_that_line() -> None:
    app = Host("a\nb\nc")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("shift+down", "shift+down", "tab")
        assert app.area.text == "    a\n    b\nc"


async def test_shift_tab_dedents_the_line_of_the_cursor() -> None:
    app = Host("      a\n\tb\nc")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("end", "shift+tab")
        assert app.area.text == "    a\n\tb\nc"
        assert app.area.selection.end == (0, 5)
        await pilot.press("down", "shift+tab", "down", "shift+tab")
        assert app.area.text == "    a\nb\nc"


async def test_escape_stays_and_the_app_hears_of_it() -> None:
    heard: list[str] = []

    class Listening(Host):
        BINDINGS = [Binding("escape,f5,ctrl+w,ctrl+s,alt+d,f6", "hear", "Hear")]

        def action_hear(self) -> None:
            heard.append("key")

    app = Listening("x")
    async with app.run_test(size=(80, 24)) as pilot:
        for key in ("escape", "f5", "ctrl+w", "ctrl+s", "alt+d", "f6"):
            await pilot.press(key)
        assert len(heard) == 6
        assert app.focused is app.area
        assert app.area.text == "x"


async def test_read_only_changes_nothing_and_lets_tab_pass() -> None:
    app = Host("if x:\n    y", read_only=True)
    async with app.run_test(size=(80, 24)) as pilot:
        app.area.insert("# by program\n", (0, 0))
        text = app.area.text
        for key in [
            "a",
            "enter",
            "backspace",
            "delete",
            "ctrl+x",
            "ctrl+v",
            "ctrl+k",
            "ctrl+u",
            "ctrl+z",
            "ctrl+y",
        ]:
            await pilot.press(key)
        await pilot.press("ctrl+u", "ctrl+z", "ctrl+y", "alt+backspace", "ctrl+delete")
        assert app.area.text == text
        await pilot.press("down", "right")
        assert app.area.selection.end == (2, 1)
        await pilot.press("tab")
        assert app.focused is app.query_one("#other")


def bound_keys() -> Iterator[Binding]:
    for binding in CodeArea.BINDINGS:
        assert isinstance(binding, Binding)
        yield binding


def test_every_binding_has_an_id_and_leaves_the_app_its_keys() -> None:
    ids = [binding.id for binding in bound_keys()]
    assert all(name and name.startswith("editor.") for name in ids)
    assert len(set(ids)) == len(ids)
    keys = {key for binding in bound_keys() for key in binding.key.split(",")}
    taken = {"escape", "ctrl+pageup", "ctrl+pagedown", *(f"ctrl+{key}" for key in "spqwnfge")}
    taken |= {f"{shift}f{number}" for number in range(1, 13) for shift in ("", "shift+")}
    taken |= {f"alt+{key}" for key in "bcdefghijklmnopqrstuvwxyz"}
    assert not keys & taken
    # Nothing comes from the parents, whose bindings cannot be named in a keymap.
    assert set(CodeArea()._bindings.key_to_bindings) == keys


def test_every_action_exists() -> None:
    for binding in bound_keys():
        assert hasattr(CodeArea, f"action_{binding.action.split('(')[0]}")


async def test_control_characters_are_drawn_as_pictures() -> None:
    app = Host("a\x1b]0;t\x07\x9b\u202eb\x7f\n\tc")
    async with app.run_test(size=(80, 24)):
        lines = drawn(app.area)
        assert lines[0].split(maxsplit=1)[1] == "a␛]0;t␇��b␡"
        assert lines[1] == "2      c"
        for line in lines:
            assert all(unicodedata.category(character) != "Cc" for character in line)


async def test_the_cursor_is_where_the_pictures_say() -> None:
    app = Host("\x1b\x00b\ncde")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("right", "right", "down")
        assert app.area.selection.end == (1, 2)


async def test_highlights_and_colours_follow_edits() -> None:
    app = Host("x = 1\n")
    async with app.run_test(size=(80, 24)) as pilot:
        area = app.area
        style = area._theme.syntax_styles["keyword"]
        for key in ("i", "f"):
            await pilot.press(key)
        await pilot.press("space")
        assert any(span.style == style for span in area.get_line(0).spans)
        area.load_text('"""doc\nreturn é\n""" + FOO')
        string = area._theme.syntax_styles["string"]
        assert [(s.start, s.end) for s in area.get_line(1).spans if s.style == string] == [(0, 8)]


async def test_theme_follows_the_app() -> None:
    app = Host("x = 1\n")
    async with app.run_test(size=(80, 24)) as pilot:
        dark = app.area._theme.syntax_styles["keyword"]
        app.theme = "textual-light"
        await pilot.pause()
        assert app.area._theme.syntax_styles["keyword"] != dark
        app.theme = "ansi-dark"
        await pilot.pause()
        comment = app.area._theme.syntax_styles["comment"].color
        assert comment is not None
        assert comment.is_system_defined
        assert not app.area._theme.cursor_line_style


async def test_markers_show_in_the_gutter_only() -> None:
    app = Host("a\nb\nc\n")
    async with app.run_test(size=(80, 24)):
        area = app.area
        before = area.render_line(1)
        area.set_markers([Marker(1, 0, "first"), Marker(1, 1, "second"), Marker(99, 0, "beyond")])
        assert [marker.message for marker in area.markers] == ["first", "beyond"]
        after = area.render_line(1)
        width = area.gutter_width
        assert after.text == before.text
        assert after.crop(0, width) != before.crop(0, width)
        assert after.crop(width) == before.crop(width)
        area.clear_markers()
        assert area.render_line(1) == before


async def test_go_to_centres_without_animation() -> None:
    app = Host("\n".join(f"line {number}" for number in range(500)))
    async with app.run_test(size=(80, 24)) as pilot:
        app.area.go_to(250, 3)
        await pilot.pause()
        assert app.area.selection.end == (250, 3)
        assert abs(app.area.scroll_offset.y + app.area.size.height // 2 - 250) <= 1
        app.area.go_to(10_000, 3)
        assert app.area.selection.end == (499, 8)
        app.area.load_text("short")
        app.area.go_to(0, 99)
        await pilot.pause()
        assert app.area.selection.end == (0, 5)


async def test_line_numbers_start_where_told() -> None:
    app = Host("a\nb")
    async with app.run_test(size=(80, 24)) as pilot:
        app.area.line_number_start = 41
        await pilot.pause()
        assert [line.split() for line in drawn(app.area)[:2]] == [["41", "a"], ["42", "b"]]


async def test_document_keys_and_page_selection() -> None:
    app = Host("\n".join(str(number) for number in range(100)))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+end")
        assert app.area.selection.end == (99, 2)
        await pilot.press("ctrl+home", "shift+pagedown")
        assert app.area.selection.start == (0, 0)
        assert app.area.selection.end[0] > 10


def test_large_or_unencodable_documents_open_without_a_parser(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MAX_HIGHLIGHT_BYTES", 10)
    assert isinstance(CodeArea("x = 1").document, SourceDocument)
    assert not isinstance(CodeArea("x = '💩💩'").document, SourceDocument)
    assert not isinstance(CodeArea("x\udc80").document, SourceDocument)
    assert CodeArea("x\udc80").text == "x\udc80"


def test_creation_parses_once(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []

    class Counting(SourceDocument):
        def __init__(self, text: str, language: object) -> None:
            parsed.append(text)
            super().__init__(text, language)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "SourceDocument", Counting)
    area = CodeArea("x = 1\n")
    assert parsed == ["x = 1\n"]
    assert area._highlight_query is None


def test_nothing_blinks_wraps_or_searches_brackets() -> None:
    area = CodeArea("(" * 10)
    assert not area.cursor_blink
    assert not area.soft_wrap
    assert area.find_matching_bracket("(", (0, 0)) is None
    assert isinstance(area, TextArea)
    assert isinstance(area.history, EditHistory)
