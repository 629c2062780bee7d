"""The output view: what is shown of what scripts print, and how one moves in it."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widgets import Input

from engine.kernel.spill import Spill
from tui.panel import line_buffer, output_view
from tui.panel.output_view import FRAME_S, PLACEHOLDER, OutputView


class Host(App[None]):
    """An output view and something else to focus."""

    CSS = "OutputView { height: 10; }"

    def __init__(self) -> None:
        super().__init__()
        self.view = OutputView(id="output")
        self.links: list[tuple[str, int, int]] = []

    def compose(self) -> ComposeResult:
        yield Input()
        yield self.view

    def on_output_view_link_activated(self, event: OutputView.LinkActivated) -> None:
        self.links.append((event.path, event.line, event.column))


def shown(view: OutputView) -> list[str]:
    return [view.render_line(y).text.rstrip() for y in range(view.size.height)]


def follows(view: OutputView) -> bool:
    return view.is_following


async def frame(pilot: Pilot[None]) -> None:
    """Wait until what was appended is drawn."""
    await pilot.pause(FRAME_S * 2)


def spilled_lines(path: str) -> int:
    return Path(path).read_text().count("\n")


def _number(view: OutputView, row: int) -> int:
    return view._lines.number_at(row)


def numbered(count: int, start: int = 0) -> str:
    return "".join(f"line {number}\n" for number in range(start, start + count))


async def test_empty_view_says_what_to_do() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        assert shown(app.view)[0].strip() == PLACEHOLDER
        app.view.append("x\n", "stdout")
        await frame(pilot)
        assert shown(app.view)[0].strip() == "x"
        app.view.clear()
        assert shown(app.view)[0].strip() == PLACEHOLDER
        await pilot.resize_terminal(30, 24)
        assert " ".join(line.strip() for line in shown(app.view)).strip() == PLACEHOLDER


async def test_streams_are_told_apart_without_colour() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        app.view.append("out\n", "stdout")
        app.view.append("err\n", "stderr")
        app.view.append("▶ run", "note")
        app.view.append("42", "result")
        app.view.append("Boom", "error")
        app.view.append_link("x.py:3", ("x.py", 3, 1))
        await frame(pilot)
        assert shown(app.view)[:6] == ["  out", "! err", "· ▶ run", "= 42", "x Boom", "> x.py:3"]
        styles = [app.view.render_line(y).crop(2)._segments[0].style for y in range(2)]
        assert styles[0] != styles[1]
        assert app.view.text == "out\nerr\n▶ run\n42\nBoom\nx.py:3\n"


async def test_the_first_append_draws_at_once_and_more_in_one_frame() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        view = app.view
        view.append("first\n", "stdout")
        assert view.virtual_size.height == 1
        for number in range(100):
            view.append(f"{number}\n", "stdout")
        assert view.virtual_size.height == 1
        await frame(pilot)
        assert view.virtual_size.height == 101
        assert shown(view)[-1].strip() == "99"


async def test_output_before_mounting_is_kept() -> None:
    app = Host()
    app.view.append(numbered(30), "stdout")
    async with app.run_test(size=(80, 24)):
        assert shown(app.view)[-1].strip() == "line 29"


async def test_pieces_of_a_line_are_joined_and_overwritten() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        for piece in ("10", "%\r", "20%", "\r100%"):
            app.view.append(piece, "stderr")
            await frame(pilot)
        assert shown(app.view)[0] == "! 100%"
        app.view.append("\x1b[3", "stderr")
        await frame(pilot)
        app.view.append("1mred\n", "stderr")
        await frame(pilot)
        assert shown(app.view)[0] == "! 100%red"


async def test_no_control_character_is_drawn() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        nasty = "a\x1b]52;c;aGk=\x07b\x1b[2J\x9b31m\x00\x7f\u202e\udc80\x1b_x\x1b\\\x1b[?1003hc"
        for stream in ("stdout", "stderr", "note", "result", "error"):
            app.view.append(nasty + "\n", stream)
        app.view.append_link(nasty, ("x", 1, 1))
        await frame(pilot)
        for line in shown(app.view)[:6]:
            assert line[2:] == "ab��c"
            assert all(unicodedata.category(character) != "Cc" for character in line)
        app.view.text.encode()


async def test_end_stays_in_view_until_someone_scrolls_up() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        view = app.view
        view.focus()
        view.append(numbered(100), "stdout")
        await frame(pilot)
        assert shown(view)[-1].strip() == "line 99"
        await pilot.press("pageup", "up")
        assert not follows(view)
        before = shown(view)
        view.append(numbered(50, 100), "stdout")
        await frame(pilot)
        after = shown(view)
        assert after[:-1] == before[:-1]
        assert after[-1].endswith("▼ new lines")
        await pilot.press("end")
        assert follows(view)
        assert shown(view)[-1].strip() == "line 149"
        view.append("more\n", "stdout")
        await frame(pilot)
        assert shown(view)[-1].strip() == "more"


async def test_end_stays_in_view_when_the_view_grows_while_lines_wait_to_be_drawn() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        view = app.view
        view.append(numbered(50), "stdout")
        await frame(pilot)
        view.append("drawn at once\n", "stdout")
        view.append("waits for its frame\n", "stdout")
        view.styles.height = 12
        await frame(pilot)
        assert view.is_following
        assert shown(view)[-1].strip() == "waits for its frame"


async def test_scrolling_by_wheel_stops_and_resumes_following() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        view = app.view
        view.append(numbered(100), "stdout")
        await frame(pilot)
        view.scroll_relative(y=-5, animate=False)
        assert not follows(view)
        view.scroll_end(animate=False, immediate=True)
        await pilot.pause()
        assert follows(view)


async def test_what_is_read_stays_while_earlier_lines_give_way() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        view = app.view
        view.focus()
        view._lines = line_buffer.LineBuffer(16 * 1024)
        view.append(numbered(1_500), "stdout")
        view.begin_run(16 * 1024, None)
        await frame(pilot)
        await pilot.press("pageup", "pageup", "pageup")
        before = shown(view)
        view.append(numbered(400, 1_500), "stdout")
        await frame(pilot)
        assert shown(view)[:-1] == before[:-1]
        await pilot.press("home")
        first, second = shown(view)[:2]
        assert re.fullmatch("  … ([1-9][0-9]*) earlier lines are not kept", first)
        assert second == f"  line {first.split()[1]}"
        assert view.virtual_size.height == view._lines.rows


async def test_a_line_between_head_and_tail_says_where_the_middle_is(tmp_path: Path) -> None:
    app = Host()
    async with app.run_test(size=(200, 24)) as pilot:
        view = app.view
        view.focus()
        spill = Spill(lambda: tmp_path, "run", reserve_bytes=0)
        view.begin_run(16 * 1024, spill)
        view.append(numbered(1_200), "stdout")
        await frame(pilot)
        await pilot.press("pageup", "home")
        before = shown(view)
        for start in range(1_200, 20_000, 100):
            view.append(numbered(100, start), "stdout")
            await spill.write()
        await frame(pilot)
        assert shown(view)[:-1] == before[:-1], "the head stays, and so does who reads in it"
        view.append("over", "note")
        view.end_run()
        await spill.close()
        await frame(pilot)
        place = next(
            row for row in range(view._lines.rows) if view._lines.line(_number(view, row)).is_notice
        )
        view.action_cursor(place + 5)
        words = next(line for line in shown(view) if "…" in line)
        match = re.fullmatch(r"  … ([\d,]+) lines \([\d.]+ KiB\) in between are in (.*)", words)
        assert match
        assert match[2] == str(tmp_path / "run.txt")
        assert int(match[1].replace(",", "")) == spilled_lines(match[2])
        await pilot.press("end")
        assert shown(view)[-1] == "· over"


async def test_a_reader_in_the_tail_is_carried_along_when_it_falls(tmp_path: Path) -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        view = app.view
        view.focus()
        view.begin_run(16 * 1024, None)
        view.append(numbered(1_200), "stdout")
        await frame(pilot)
        await pilot.press("pageup", "pageup")
        for start in range(1_200, 20_000, 100):
            view.append(numbered(100, start), "stdout")
            view.refresh()
            await pilot.pause()
        await frame(pilot)
        top = shown(view)[0]
        assert top.startswith("  line ")
        assert int(top.split()[1]) > 15_000
        await pilot.press("up", "up", "enter", "end")
        assert shown(view)[-1] == "  line 19999"


async def test_cursor_is_seen_only_with_focus() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        view = app.view
        view.append(numbered(3), "stdout")
        await frame(pilot)
        plain = view.render_line(1)
        view.focus()
        await pilot.press("up")
        assert view.render_line(1) != plain
        assert view.render_line(1).text == plain.text
        app.query_one(Input).focus()
        await pilot.pause()
        assert view.render_line(1) == plain


async def test_enter_and_click_follow_links() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        view = app.view
        view.append("text\n", "stdout")
        view.append_link("  at x.py:3", ("x.py", 3, 1))
        view.append_link("  at y.py:4", ("y.py", 4, 2))
        view.append("end\n", "stdout")
        await frame(pilot)
        view.focus()
        await pilot.press("enter")
        assert app.links == []
        await pilot.press("up", "enter")
        assert app.links == [("y.py", 4, 2)]
        await pilot.click(view, offset=(5, 1))
        assert app.links == [("y.py", 4, 2), ("x.py", 3, 1)]
        await pilot.click(view, offset=(5, 0))
        assert len(app.links) == 2


async def test_long_lines_scroll_sideways_and_are_cut() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        view = app.view
        view.focus()
        view.append("0123456789" * 20 + "\n" + "y" * 5_000, "stderr")
        await frame(pilot)
        first = shown(view)[0]
        await pilot.press("right")
        assert shown(view)[0][:12] == "! " + first[10:20]
        await pilot.press("left", "left")
        assert shown(view)[0] == first
        for _ in range(600):
            view.action_side(1)
        assert shown(view)[1].endswith("y… (1,000 more characters)")


async def test_colours_go_on_over_lines_that_are_not_in_view() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        app.view.append("\x1b[31mred\n" + numbered(100), "stdout")
        await frame(pilot)
        segment = next(segment for segment in app.view.render_line(5).crop(2) if segment.text)
        assert segment.style is not None
        assert segment.style.color is not None
        assert segment.style.color.number == 1


async def test_copy_takes_everything_as_plain_text() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        app.view.append("\x1b[31m" + numbered(20), "stdout")
        app.view.focus()
        await pilot.press("c")
        assert app.clipboard == numbered(20)


async def test_of_much_the_end_is_copied_and_that_is_said() -> None:
    app = Host()
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        app.view.append(numbered(200_000), "stdout")
        app.view.focus()
        await pilot.press("c")
        copied = app.clipboard
        assert output_view.MAX_COPIED - 20 < len(copied) <= output_view.MAX_COPIED
        assert numbered(200_000).endswith("\n" + copied)
        (notification,) = app._notifications
        assert f"the last {len(copied):,} characters" in notification.message


async def test_hidden_view_shows_the_end_when_it_appears() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        app.view.display = False
        await pilot.pause()
        app.view.append(numbered(100), "stdout")
        await frame(pilot)
        app.view.display = True
        await pilot.pause()
        assert shown(app.view)[-1].strip() == "line 99"


def test_every_binding_has_an_id() -> None:
    ids = [getattr(binding, "id", None) for binding in OutputView.BINDINGS]
    assert all(name and name.startswith("output.") for name in ids)
    assert len(set(ids)) == len(ids)
    assert output_view.FRAME_S == 1 / 20
