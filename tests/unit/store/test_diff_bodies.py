"""Text diffs: complete, with the file's own line numbers, and never slow."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from store.diff.bodies import DiffLine, hunks, unified

texts = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "\n", "d\r\n"]), max_size=40).map("".join)


def test_equal_texts_have_no_hunks() -> None:
    assert hunks("a\nb", "a\nb") == []


def test_numbers_are_those_of_the_file() -> None:
    (hunk,) = hunks("a\nold\nc\n", "a\nnew\nmore\nc\n", first_line=12)
    assert hunk.heading == "@@ -12,3 +12,4 @@"
    assert hunk.lines == (
        DiffLine(" ", 12, 12, "a"),
        DiffLine("-", 13, None, "old"),
        DiffLine("+", None, 13, "new"),
        DiffLine("+", None, 14, "more"),
        DiffLine(" ", 14, 15, "c"),
    )


def test_a_missing_newline_and_a_carriage_return_are_told() -> None:
    assert unified("x", hunks("a\n", "a")) == [
        "--- x (index)",
        "+++ x (file)",
        "@@ -1 +1 @@",
        "-a",
        "+a",
        "\\ No newline at the end",
    ]
    assert unified("x", hunks("a\n", "a\r\n"))[3:] == ["-a", "+a\r"]


def test_only_a_newline_ends_a_line() -> None:
    (hunk,) = hunks("a\x0cb\u2028c\n", "a\x0cb\u2028d\n")
    assert [line.text for line in hunk.lines] == ["a\x0cb\u2028c", "a\x0cb\u2028d"]


def test_changes_far_apart_are_hunks_of_their_own() -> None:
    old = [f"{number}\n" for number in range(60)]
    new = [*old[:10], "x\n", *old[11:50], *old[51:]]
    found = hunks("".join(old), "".join(new))
    assert [hunk.heading for hunk in found] == ["@@ -8,7 +8,7 @@", "@@ -48,7 +48,6 @@"]


@given(texts, texts)
def test_a_diff_leads_from_one_text_to_the_other(old: str, new: str) -> None:
    found = unified("x", hunks(old, new))[2:] if old != new else []
    assert _applied(old, found) == new


def _applied(old: str, diff: list[str]) -> str:
    """Apply a unified diff as patch(1) does."""
    lines = old.split("\n")[:-1]
    result: list[str] = []
    at = 0
    for line in diff:
        if line.startswith("@@"):
            start, _, count = line.split()[1].removeprefix("-").partition(",")
            first = max(int(start) - 1, 0) if count != "0" else int(start)
            result += lines[at:first]
            at = first
        elif line[0] == " ":
            assert lines[at] == line[1:]
            result.append(lines[at])
            at += 1
        elif line[0] == "-":
            assert lines[at] == line[1:]
            at += 1
        else:
            result.append(line[1:])
    result += lines[at:]
    return "".join(f"{line}\n" for line in result)


def test_long_texts_without_anything_in_common_take_no_time() -> None:
    old = "".join(f"{number % 7} {number // 3}\n" for number in range(30_000))
    new = "".join(f"{number % 5} {number // 2}\n" for number in range(30_000))
    began = time.process_time()
    (hunk,) = hunks(f"same\n{old}end\n", f"same\n{new}end\n")
    assert time.process_time() - began < 5
    assert len(hunk.lines) > 59_000
