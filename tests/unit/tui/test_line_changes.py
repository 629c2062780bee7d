"""Where lines differ, and where places go."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui.editor.line_changes import change_between

LINES = st.lists(st.sampled_from(["", "a", "b", "cc"]), min_size=1, max_size=12)


@given(LINES, LINES)
def test_the_range_makes_one_text_the_other(old: list[str], new: list[str]) -> None:
    change = change_between(old, new)
    if change is None:
        assert old == new
        return
    assert change.old
    assert change.new
    end = change.first + len(change.old)
    assert tuple(old[change.first : end]) == change.old
    assert [*old[: change.first], *change.new, *old[end:]] == new
    for row, line in enumerate(old):
        moved_row, column = change.moved((row, len(line)))
        assert 0 <= moved_row < len(new)
        assert column <= max(len(line), len(new[moved_row]))


def test_places_go_with_their_lines() -> None:
    old = ["a", "b", "c", "d", "e"]
    change = change_between(old, ["new", "a", "c", "changed", "e", "f"])
    assert change is not None
    assert change.moved((0, 1)) == (1, 1)
    assert change.moved((2, 1)) == (2, 1)
    assert change.moved((3, 1)) == (3, 1)
    assert change.moved((4, 0)) == (4, 0)


def test_what_is_gone_leaves_its_place() -> None:
    change = change_between(["a", "gone", "gone too", "z"], ["a", "z"])
    assert change is not None
    assert change.moved((1, 4))[0] in (0, 1)
    assert change.moved((3, 1)) == (1, 1)


def test_large_texts_are_not_compared_line_by_line() -> None:
    old, new = ["x"] * 2000, ["y"] * 3000
    change = change_between(old, new)
    assert change is not None
    assert change.parts == (("replace", 0, 2000, 0, 3000),)
    assert change.moved((1500, 1)) == (1500, 1)
