"""What holds for every text, and that no text takes more than its length deserves."""

from __future__ import annotations

import gc
import itertools
import time
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.render.grammar import MAX_PROBLEMS, Parsed, Value, parse, typed, written_call

PIECES = (
    *("[[", "]]", "[", "]", "a", "b_1", "=", '"', "'", "\\", " ", "\n", "\n\n", "`", "``", "```"),
    *(
        "~~~",
        "> ",
        "- ",
        "1. ",
        "    ",
        "\t",
        "\r\n",
        "é",
        "-7",
        "1e5",
        "x=",
        'x="',
        "[[a ",
        "[[b]]",
    ),
)
TEXTS = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=60).map("".join),
    st.text(max_size=200),
    # What a file may hold once its bytes are decoded, halves of surrogate pairs included.
    st.binary(max_size=200).map(lambda data: data.decode("utf-8", "surrogateescape")),
)
WORDS = st.from_regex(r"\w{1,12}", fullmatch=True)
VALUES: st.SearchStrategy[Value] = st.one_of(
    st.text(max_size=30),
    st.lists(st.sampled_from(PIECES), max_size=12).map("".join),
    st.integers(-(1 << 63), (1 << 64) - 1),
    st.floats(allow_nan=False, allow_infinity=False),
)


def check_spans(parsed: Parsed) -> None:
    text, position = parsed.text, 0
    for call in parsed.calls:
        assert position <= call.start < call.end <= len(text)
        position = call.end
        assert text[call.start : call.start + 2] == "[["
        assert text[call.end - 2 : call.end] == "]]"
        assert text[slice(*call.name_span)] == call.written_name
        inner = call.name_span.end
        for argument in call.arguments:
            key, value = argument.key_span, argument.value_span
            assert inner <= key.start < key.end == value.start - 1
            assert value.start < value.end <= call.end - 2
            inner = value.end
            assert text[slice(*key)] == argument.key
            assert argument.is_quoted == (text[value.start] in "\"'")
            if not argument.is_quoted:
                assert text[slice(*value)] == argument.written
                assert argument.value == typed(argument.written)
        assert call.params == {argument.key: argument.value for argument in call.arguments}
        line, column = (
            text[: call.start].count("\n") + 1,
            call.start - text.rfind("\n", 0, call.start),
        )
        assert (call.line, call.column) == (line, column)
    assert len(parsed.problems) <= MAX_PROBLEMS
    for problem in parsed.problems:
        assert 0 <= problem.span.start < problem.span.end <= len(text)
        assert problem.words


@settings(max_examples=400)
@given(TEXTS, st.booleans())
@example('[[a x="\\', False)
@example("```", True)
def test_any_text_is_read_and_its_spans_lie_where_they_say(text: str, expands: bool) -> None:
    check_spans(parse(text, expands_in_code=expands))


@given(TEXTS)
def test_the_text_between_calls_is_untouched(text: str) -> None:
    parsed = parse(text)
    assert parsed.replaced(lambda call: text[call.start : call.end]) == text
    parts = [call.end for call in parsed.calls], [call.start for call in parsed.calls]
    between = [
        text[end:start] for end, start in zip([0, *parts[0]], [*parts[1], len(text)], strict=True)
    ]
    assert parsed.replaced(lambda call: "") == "".join(between)


@given(TEXTS)
def test_every_call_found_in_code_is_found_where_code_counts_too(text: str) -> None:
    """Unless one begins inside what is code to the one and none to the other."""
    outside = {(call.start, call.end) for call in parse(text).calls}
    everywhere = parse(text, expands_in_code=True).calls
    for start, end in outside:
        assert any(
            (call.start, call.end) == (start, end) or (call.start < end and start < call.end)
            for call in everywhere
        )


@given(WORDS, st.dictionaries(WORDS, VALUES, max_size=5))
def test_a_written_call_is_read_back(name: str, params: dict[str, Value]) -> None:
    parsed = parse(written_call(name, params), expands_in_code=True)
    (call,) = parsed.calls
    assert (call.written_name, call.params, parsed.problems) == (name, params, ())
    assert [type(value) for value in call.params.values()] == [*map(type, params.values())]
    assert (call.start, call.end) == (0, len(parsed.text))


@given(st.lists(st.tuples(WORDS, st.dictionaries(WORDS, VALUES, max_size=3)), max_size=5))
def test_pieces_that_are_whole_are_read_the_same_side_by_side(
    pieces: list[tuple[str, dict[str, Value]]],
) -> None:
    text = " and ".join(itertools.starmap(written_call, pieces))
    read = [(call.written_name, call.params) for call in parse(text, expands_in_code=True).calls]
    assert read == pieces


# Time ---------------------------------------------------------------------------------------------

NASTY: dict[str, Callable[[int], str]] = {
    "brackets": lambda size: "[" * size,
    "starts": lambda size: "[[" * (size // 2),
    "names": lambda size: "[[a " * (size // 4),
    "quotes": lambda size: '[[a x="' * (size // 7),
    "quotes that end": lambda size: '[[a x="' * (size // 7) + '" ]]',
    "both quotes": lambda size: "[[a x='\" " * (size // 9) + "]]",
    "escapes": lambda size: "[[a x=\\" * (size // 7) + "]]",
    "escapes in quotes": lambda size: '[[a x="\\' * (size // 8) + "]]",
    "calls that merge": lambda size: '[[a x="' + '[[a b" x="' * (size // 10) + "]]",
    "words": lambda size: "[[a " + "b " * (size // 2) + "] ]]",
    "one long word": lambda size: "[[a " + "b" * size + "] ]]",
    "white space": lambda size: "[[a" + " " * size + "] ]]",
    "backslashes": lambda size: "\\" * size + "[[a]]",
    "backticks": lambda size: "`" * size + " [[a]]",
    "code spans": lambda size: "`a" * (size // 2) + " [[a]]",
    "unequal backticks": lambda size: "``a`b" * (size // 5) + " [[a]]",
    "growing backticks": lambda size: (
        " ".join("`" * length for length in range(1, int((2 * size) ** 0.5))) + " [[a]]"
    ),
    "growing fences": lambda size: (
        "\n".join("`" * length for length in range(3, int((2 * size) ** 0.5))) + "\n[[a]]"
    ),
    "fences": lambda size: "\n```\n" * (size // 5) + "[[a]]",
    "fences in lists": lambda size: "\n- ```\n" * (size // 7) + "[[a]]",
    "fences that are none": lambda size: "```a`\n" * (size // 6) + "[[a]]",
    "open fences": lambda size: "> ```\n\n" * (size // 7) + "[[a]]",
    "containers": lambda size: "> " * (size // 2) + "[[a]]",
    "containers line by line": lambda size: "` [[a\n> - 1. " * (size // 12) + "]]",
    "digits": lambda size: "[[a x=" + "9" * size + "]]",
}


def fastest_s(text: str) -> float:
    """The processor time of the best of three."""
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        parse(text)
        best = min(best, time.process_time() - start)
    return best


@pytest.mark.parametrize("make", NASTY.values(), ids=NASTY.keys())
def test_ten_times_the_text_takes_no_more_than_some_ten_times(make: Callable[[int], str]) -> None:
    """A square would take a hundred times; thirty is what noise may make of ten."""
    gc.disable()
    try:
        small, large = fastest_s(make(20_000)), fastest_s(make(200_000))
    finally:
        gc.enable()
    assert large < 30 * small + 0.05
