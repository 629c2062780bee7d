"""Which of a long output is kept, and where the rest of it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.kernel.output import MIN_KEPT_BYTES, HeadTail, KeptStream, next_cut
from engine.kernel.spill import Spill
from engine.kernel.terminal_text import TerminalFilter

KEPT = 16 * 1024


@given(st.lists(st.binary(min_size=1, max_size=KEPT // 8), max_size=60))
def test_head_and_tail_are_bounded_and_nothing_gets_lost(pieces: list[bytes]) -> None:
    kept: HeadTail[bytes] = HeadTail(KEPT)
    middle: list[bytes] = []
    for piece in pieces:
        middle += kept.add(piece)
        assert kept.size + kept.piece_bytes <= KEPT
        assert kept.size == sum(map(len, (*kept.head, *kept.tail)))
    assert [*kept.head, *middle, *kept.tail] == pieces
    if middle:
        assert kept.is_head_full
        assert kept.size > KEPT // 2


def test_less_than_is_useful_cannot_be_kept() -> None:
    assert HeadTail(0).kept_bytes == MIN_KEPT_BYTES


texts = st.lists(
    st.sampled_from(["a", "line\n", "世", "🎉", "\x1b[31m", "\x1b[38;5;200m", "x" * 300]),
    max_size=80,
).map("".join)


@given(texts, st.integers(4_000, 8_000), st.integers(1, 5_000))
def test_it_is_cut_at_line_ends_and_never_inside_a_character_or_sequence(
    text: str, limit: int, size: int
) -> None:
    pieces = [b""]
    terminal = TerminalFilter()
    encoded = text.encode()
    for place in range(0, len(encoded), size):
        data, start = terminal.feed(encoded[place : place + size]), 0
        while start < len(data):
            last = pieces[-1]
            is_at_line_end = not last or last.endswith(b"\n")
            end = next_cut(data, start, len(last), limit, is_at_line_end=is_at_line_end)
            assert 0 <= end - start <= limit - len(last)
            if end == start:
                assert last, "an empty piece takes something"
                pieces.append(b"")
            pieces[-1] += data[start:end]
            start = end
    assert b"".join(pieces) == encoded
    for piece in pieces:
        assert TerminalFilter().feed(piece) == piece, "characters and sequences are whole"
    for piece in pieces[:-1]:
        unfinished = len(piece) - piece.rfind(b"\n") - 1
        assert unfinished == 0 or unfinished > limit // 8 - 250, "only long lines are cut"


async def test_what_is_kept_and_what_is_spilled_are_all(tmp_path: Path) -> None:
    spill = Spill(lambda: tmp_path, "run", reserve_bytes=0)
    kept = KeptStream(KEPT, spill)
    lines = [f"line {number}\n".encode() for number in range(10_000)]
    for line in lines:
        kept.add(line)
    kept.finish()
    await spill.close()
    head, said, tail = kept.read().partition("… ".encode())
    words, _, tail = tail.partition(b"\n")
    assert said
    assert words.decode().endswith(f" in between are in {tmp_path}/run.txt")
    middle = (tmp_path / "run.txt").read_bytes()
    assert head + middle + tail == b"".join(lines)
    assert kept.dropped_bytes == len(middle)


async def test_short_output_is_kept_as_it_is(tmp_path: Path) -> None:
    spill = Spill(lambda: tmp_path / "none", "run")
    kept = KeptStream(KEPT, spill)
    kept.add(b"no line end\x1b]0;t\x07")
    kept.finish()
    await spill.close()
    assert kept.read() == b"no line end"
    assert kept.dropped_bytes == 0
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("is_raw", [True, False])
async def test_the_file_is_fit_for_a_terminal_whatever_is_kept(
    tmp_path: Path, is_raw: bool
) -> None:
    spill = Spill(lambda: tmp_path, "run", reserve_bytes=0)
    kept = KeptStream(KEPT, spill, is_raw=is_raw)
    for _ in range(10_000):
        kept.add(b"a\x1b]0;own")
        kept.add(b"ed\x07b\x9b\n")
    kept.finish()
    await spill.close()
    assert set((tmp_path / "run.txt").read_bytes().splitlines()) == {b"ab"}
    assert (b"owned" in kept.read()) is is_raw


async def test_a_line_that_is_longer_than_all_that_is_kept(tmp_path: Path) -> None:
    spill = Spill(lambda: tmp_path, "run", reserve_bytes=0)
    kept = KeptStream(KEPT, spill)
    for _ in range(100):
        kept.add("世".encode() * 500)
    await spill.close()
    text = kept.read().decode()
    assert text.startswith("世世")
    assert "世\n… " in text
    assert set(text.partition("run.txt\n")[2]) == {"世"}
    assert set((tmp_path / "run.txt").read_text()) == {"世"}
