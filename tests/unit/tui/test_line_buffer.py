"""The lines of output that are kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.color import Color

from engine.kernel.spill import Spill
from tui.panel.ansi import advance, sanitise
from tui.panel.line_buffer import LineBuffer, Stream
from tui.panel.pipe import MAX_LINE_CHARACTERS
from tui.panel.sgr import PLAIN, Sgr

RED = Sgr(foreground=Color.from_ansi(1))

STREAMS: tuple[Stream, ...] = ("stdout", "stderr", "note")
pieces = st.lists(
    st.tuples(
        st.sampled_from(STREAMS), st.sampled_from(["a", "bc", "\n", "d\n", "\x1b[31m", "\r"])
    ),
    max_size=30,
)


def numbers(buffer: LineBuffer) -> list[int]:
    return [buffer.number_at(row) for row in range(buffer.rows)]


def looks(buffer: LineBuffer) -> list[Sgr]:
    return [buffer.line(number).look for number in numbers(buffer)]


def streams(buffer: LineBuffer) -> list[str]:
    return [buffer.line(number).stream for number in numbers(buffer)]


def as_it_should_be(written: list[tuple[Stream, str]]) -> list[tuple[Stream, str, Sgr]]:
    """Return stream, text and look of each line, told the simple way."""
    lines: list[tuple[Stream, str, Sgr]] = []
    unfinished: dict[Stream, int] = {}
    look: dict[Stream, Sgr] = {}
    for stream, text in written:
        if stream == "note":
            unfinished.clear()
            lines += [(stream, line, PLAIN) for line in text.removesuffix("\n").split("\n")]
            continue
        for part in text.splitlines(keepends=True):
            content = part.removesuffix("\n")
            if stream in unfinished:
                _, before, start = lines[unfinished[stream]]
                lines[unfinished[stream]] = stream, before + content, start
            else:
                unfinished[stream] = len(lines)
                lines.append((stream, content, look.get(stream, PLAIN)))
            look[stream] = advance(content, look.get(stream, PLAIN))
            if part.endswith("\n"):
                del unfinished[stream]
    return lines


@given(pieces)
@settings(max_examples=500)
def test_streams_make_the_lines_that_they_should(written: list[tuple[Stream, str]]) -> None:
    # "\r" would end a line for `splitlines` of the model.
    written = [(stream, text.replace("\r", "\t")) for stream, text in written]
    buffer = LineBuffer()
    for stream, text in written:
        buffer.append(text, stream)
    expected = as_it_should_be(written)
    assert list(zip(streams(buffer), looks(buffer), strict=True)) == [
        (stream, look) for stream, _, look in expected
    ]
    assert buffer.text == "".join(f"{sanitise(text)}\n" for _, text, _ in expected)
    for number, (_, text, _) in zip(numbers(buffer), expected, strict=True):
        assert buffer.line(number).text == text.removesuffix("\n")


@given(st.lists(st.text(alphabet="ab\n\r\x1b[31m0", max_size=8)))
def test_chunks_make_the_same_lines_however_they_are_cut(chunks: list[str]) -> None:
    buffer, whole = LineBuffer(), LineBuffer()
    for chunk in chunks:
        buffer.append(chunk, "stdout")
    text = "".join(chunks)
    whole.append(text, "stdout")
    assert buffer.text == whole.text
    assert looks(buffer) == looks(whole)
    for one in (buffer, whole):
        one.finish_streams()
    assert buffer.text == whole.text


def test_streams_go_on_in_their_own_lines() -> None:
    buffer = LineBuffer()
    buffer.append("Progress: ", "stdout")
    buffer.append("warning\n", "stderr")
    buffer.append("done\n", "stdout")
    assert buffer.text == "Progress: done\nwarning\n"
    assert streams(buffer) == ["stdout", "stderr"]


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


def test_colours_go_on_by_stream_until_the_run_ends() -> None:
    buffer = LineBuffer()
    buffer.append("\x1b[31mred\nstill\n", "stdout")
    buffer.append("plain\n", "stderr")
    buffer.append("red\n", "stdout")
    buffer.append("note", "note")
    buffer.append("over\x1b[0m\nplain", "stdout")
    assert looks(buffer) == [PLAIN, RED, PLAIN, RED, PLAIN, RED, PLAIN]
    buffer.append("\x1b[31m\n", "stdout")
    buffer.begin_run(10_000, None)
    buffer.append("next\n", "stdout")
    assert looks(buffer)[-1] == PLAIN


def test_what_is_split_between_two_pieces_is_put_together() -> None:
    buffer = LineBuffer()
    buffer.write("é\x1b[31m".encode()[:1], "stdout")
    buffer.write("é\x1b[31m".encode()[1:5], "stdout")
    buffer.append("note", "note")
    buffer.write(b"1mred\n", "stdout")
    assert buffer.text == "é\nnote\nred\n"
    buffer.write(b"end \xc3", "stderr")
    buffer.finish_streams()
    assert buffer.text.endswith("end \ufffd\n")


def filled(buffer: LineBuffer, count: int, start: int = 0) -> None:
    for number in range(start, start + count):
        buffer.append(f"line {number}\n", "stdout")


def gaps(buffer: LineBuffer) -> list[str]:
    lines = [buffer.line(number) for number in numbers(buffer)]
    return [line.text for line in lines if line.is_notice]


def test_head_and_tail_of_a_run_are_kept() -> None:
    buffer = LineBuffer()
    buffer.begin_run(16 * 1024, None)
    buffer.append("\x1b[31m", "stdout")
    filled(buffer, 10_000)
    lines = buffer.text.splitlines()
    (gap,) = gaps(buffer)
    place = lines.index(gap)
    assert lines[:place] == [f"line {number}" for number in range(place)]
    rest = len(lines) - place - 1
    assert lines[place + 1 :] == [f"line {number}" for number in range(10_000 - rest, 10_000)]
    size = sum(len(line) + 1 for line in lines)
    assert 12 * 1024 < size <= 16 * 1024 + len(gap)
    assert gap.startswith(f"… {10_000 - place - rest:,} lines (")
    assert gap.endswith(" KiB) in between are not kept")
    assert looks(buffer)[-1] == RED, "colours go on over what is not kept"


@pytest.mark.parametrize("size", [3, 1_000, 65_536])
async def test_the_middle_is_in_the_file_and_nothing_is_lost(tmp_path: Path, size: int) -> None:
    buffer = LineBuffer()
    spill = Spill(lambda: tmp_path, "run", reserve_bytes=0)
    buffer.begin_run(16 * 1024, spill)
    text = "".join(f"line {number}\n" for number in range(10_000))
    for place in range(0, len(text), size):
        buffer.append(text[place : place + size], "stdout")
    await spill.close()
    buffer.end_run()
    (gap,) = gaps(buffer)
    assert gap.endswith(f" in between are in {tmp_path}/run.txt")
    kept, file = buffer.text, (tmp_path / "run.txt").read_text()
    head, tail = kept.split(gap + "\n")
    assert head + file + tail == text


async def test_the_file_has_what_a_cut_line_lacks(tmp_path: Path) -> None:
    buffer = LineBuffer()
    spill = Spill(lambda: tmp_path, "run", reserve_bytes=0)
    buffer.begin_run(16 * 1024, spill)
    for _ in range(1_000):
        buffer.append("世" * 100, "stdout")
    buffer.append("\nend\n", "stdout")
    await spill.close()
    first, gap, *_, last = buffer.text.splitlines()
    assert first == "世" * MAX_LINE_CHARACTERS + "… (84,000 more characters)"
    assert gap.startswith("… 2")
    assert "lines" not in gap
    assert last == "end"
    file = (tmp_path / "run.txt").read_text()
    assert set(file) == {"世"}, "no character is cut apart"
    assert len(file) > 90_000


async def test_one_stream_may_fill_everything_while_the_other_waits_in_its_line(
    tmp_path: Path,
) -> None:
    buffer = LineBuffer()
    buffer.begin_run(16 * 1024, Spill(lambda: tmp_path, "run"))
    buffer.append("Progress: ", "stdout")
    for number in range(10_000):
        buffer.append(f"warning {number}\n", "stderr")
    buffer.append("done\n", "stdout")
    buffer.append("unfinished", "stdout")
    for number in range(10_000):
        buffer.append(f"warning {number}\n", "stderr")
    buffer.append("goes on below\n", "stdout")
    lines = buffer.text.splitlines()
    assert lines[0] == "Progress: done"
    assert lines[-1] == "goes on below"
    assert "unfinished" not in lines


def test_changing_streams_at_every_byte_costs_no_more() -> None:
    buffer = LineBuffer()
    buffer.begin_run(16 * 1024, None)
    for _ in range(10_000):
        buffer.append("o", "stdout")
        buffer.append("e", "stderr")
    buffer.append("\n", "stdout")
    buffer.append("\n", "stderr")
    assert buffer.rows == 3
    kept = sum(len(block.data) for block in buffer._section.kept.tail)
    assert kept < 1024
    assert buffer.text.splitlines()[0] == "o" * 10_000


def test_earlier_runs_give_way_to_the_last_one() -> None:
    buffer = LineBuffer(16 * 1024)
    for run in range(3):
        buffer.begin_run(16 * 1024, None)
        buffer.append(f"run {run}", "note")
        filled(buffer, 1_000)
        buffer.end_run()
    lines = buffer.text.splitlines()
    assert len(buffer.text) <= 16 * 1024
    assert "run 0" not in lines
    assert "run 2" in lines
    top = buffer.line(buffer.number_at(0))
    assert top.is_notice
    assert top.text == f"… {3_003 - len(lines):,} earlier lines are not kept"
    assert [buffer.row_of(number) for number in numbers(buffer)] == list(range(buffer.rows))


def test_a_line_that_has_gone_is_where_the_next_one_is() -> None:
    buffer = LineBuffer()
    buffer.begin_run(16 * 1024, None)
    filled(buffer, 1_200)
    place = numbers(buffer)[-1]
    filled(buffer, 10_000, 1_200)
    row = buffer.row_of(place)
    assert buffer.line(buffer.number_at(row - 1)).is_notice
    assert not buffer.line(buffer.number_at(row)).is_notice


def test_clearing_in_the_middle_of_a_run_begins_anew() -> None:
    buffer = LineBuffer()
    buffer.begin_run(16 * 1024, None)
    filled(buffer, 10_000)
    buffer.append("half ", "stdout")
    buffer.clear()
    assert (buffer.rows, buffer.text, buffer.end) == (0, "", 0)
    buffer.append("a line\n", "stdout")
    assert buffer.text == "a line\n"
    filled(buffer, 10_000)
    assert len(gaps(buffer)) == 1
    assert len(buffer.text) <= 16 * 1024 + 100


@given(pieces, st.integers(0, 60))
def test_the_last_text_is_the_end_of_all(written: list[tuple[Stream, str]], limit: int) -> None:
    buffer = LineBuffer()
    for stream, text in written:
        buffer.append(text, stream)
    text, is_all = buffer.last_text(limit)
    assert buffer.text.endswith(text)
    assert is_all is (text == buffer.text)
    assert len(text) <= limit
    lines = buffer.text.splitlines(keepends=True)
    if not is_all:
        assert len("".join(lines[-text.count("\n") - 1 :])) > limit, "no line more would fit"


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
    assert buffer.line(0).missing == 1_000_000 - MAX_LINE_CHARACTERS


def test_a_long_line_within_a_piece_is_cut_too() -> None:
    buffer = LineBuffer()
    buffer.append("x" * 20_000 + "\nnext\n", "stdout")
    assert buffer.line(0).missing == 4_000
    assert buffer.line(1).text == "next"
    buffer.append("y" * 200_000, "result")
    assert buffer.line(2).missing == 200_000 - MAX_LINE_CHARACTERS


def test_a_progress_bar_stays_small_and_right() -> None:
    buffer = LineBuffer()
    for step in range(10_001):
        buffer.append(f"\r\x1b[32m{step / 100:6.2f}%\x1b[0m {'█' * (step // 500)}", "stderr")
    assert len(buffer.line(0).text) <= MAX_LINE_CHARACTERS
    assert buffer.text == f"100.00% {'█' * 20}\n"
    assert buffer.line(0).missing == 0
    buffer.append("\nnext\n", "stderr")
    assert buffer.text == f"100.00% {'█' * 20}\nnext\n"


def test_changed_lines_are_told_once() -> None:
    buffer = LineBuffer()
    buffer.append("a", "stdout")
    assert buffer.take_changed() == set()
    buffer.append("b", "stdout")
    assert buffer.take_changed() == {0}
    assert buffer.take_changed() == set()
