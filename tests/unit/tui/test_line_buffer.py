"""The lines of output that are kept."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.color import Color

from tui.panel.ansi import sanitise
from tui.panel.line_buffer import MAX_LINE_CHARACTERS, LineBuffer
from tui.panel.sgr import PLAIN, Sgr

RED = Sgr(foreground=Color.from_ansi(1))


@given(st.lists(st.text(alphabet="ab\n\r\x1b[31m0", max_size=8)))
def test_chunks_make_the_same_lines_however_they_are_cut(chunks: list[str]) -> None:
    buffer, whole = LineBuffer(), LineBuffer()
    for chunk in chunks:
        buffer.append(chunk, "stdout")
    text = "".join(chunks)
    whole.append(text, "stdout")
    assert buffer.text == whole.text
    assert buffer.text == sanitise(text) + ("" if text.endswith("\n") or not text else "\n")
    looks = [buffer.line(number).look for number in range(buffer.end)]
    assert looks == [whole.line(number).look for number in range(whole.end)]


def test_streams_go_on_in_their_own_lines() -> None:
    buffer = LineBuffer()
    buffer.append("Progress: ", "stdout")
    buffer.append("warning\n", "stderr")
    buffer.append("done\n", "stdout")
    assert buffer.text == "Progress: done\nwarning\n"
    assert [buffer.line(number).stream for number in range(2)] == ["stdout", "stderr"]


def test_whole_lines_end_what_is_unfinished() -> None:
    buffer = LineBuffer()
    buffer.append("no end", "stdout")
    buffer.append("finished", "note")
    buffer.append("next run\n", "stdout")
    buffer.append("a\nb", "error")
    buffer.append_link("  at x.py:3", ("x.py", 3, 1))
    buffer.append("last", "result")
    assert buffer.text == "no end\nfinished\nnext run\na\nb\n  at x.py:3\nlast\n"
    assert buffer.line(5).target == ("x.py", 3, 1)
    assert buffer.line(4).target is None


def test_colours_go_on_by_stream() -> None:
    buffer = LineBuffer()
    buffer.append("\x1b[31mred\nstill\n", "stdout")
    buffer.append("plain\n", "stderr")
    buffer.append("red\n", "stdout")
    buffer.append("note", "note")
    buffer.append("over\x1b[0m\nplain", "stdout")
    looks = [buffer.line(number).look for number in range(buffer.end)]
    assert looks == [PLAIN, RED, PLAIN, RED, PLAIN, RED, PLAIN]


def test_only_the_latest_lines_are_kept() -> None:
    buffer = LineBuffer(max_lines=100)
    buffer.append("\x1b[31mfirst\n", "stdout")
    for number in range(1_000):
        buffer.append(f"{number}\n", "stdout")
        assert buffer.end - buffer.first <= 100
    assert buffer.first == 901
    assert buffer.text == "".join(f"{number}\n" for number in range(900, 1_000))
    assert buffer.line(buffer.first).look == RED
    assert len(buffer._texts) <= 125
    buffer.clear()
    assert buffer.first == buffer.end == 0
    assert buffer.text == ""


def test_characters_are_bounded_too() -> None:
    buffer = LineBuffer(max_lines=1_000, max_characters=10_000)
    for _ in range(100):
        buffer.append("x" * 999 + "\n", "stdout")
        assert sum(map(len, buffer._texts)) <= 10_000
    assert 5 <= buffer.end - buffer.first <= 10
    assert buffer.end == 100


def test_a_line_without_end_stays_small() -> None:
    buffer = LineBuffer()
    for _ in range(1_000):
        buffer.append("x" * 1_000, "stdout")
    line = buffer.line(0)
    assert len(line.text) == MAX_LINE_CHARACTERS
    assert line.missing == 1_000_000 - MAX_LINE_CHARACTERS
    assert buffer.text.endswith("… (984,000 more characters)\n")
    buffer.append("\nnext\n", "stdout")
    assert buffer.line(1).text == "next"


def test_a_progress_bar_stays_small_and_right() -> None:
    buffer = LineBuffer()
    for step in range(10_001):
        buffer.append(f"\r\x1b[32m{step / 100:6.2f}%\x1b[0m {'█' * (step // 500)}", "stderr")
    assert len(buffer.line(0).text) <= MAX_LINE_CHARACTERS
    assert buffer.text == f"100.00% {'█' * 20}\n"
    assert buffer.line(0).missing == 0


def test_changed_lines_are_told_once() -> None:
    buffer = LineBuffer()
    buffer.append("a", "stdout")
    assert buffer.take_changed() == set()
    buffer.append("b", "stdout")
    assert buffer.take_changed() == {0}
    assert buffer.take_changed() == set()
