"""Aligns the lines of two texts, in a time that grows with their length and not with its square.

Owns which line stands beside which. How that is drawn, and what the texts are, must never enter.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal, TypeAlias

Sign: TypeAlias = Literal[" ", "-", "+", "~"]
"""The same in both, only left, only right, different."""

MAX_EQUAL_PAIRS = 200_000
"""How many pairs of equal lines `SequenceMatcher` may look at, in all: 0.1 s. Its work grows with
them, and 2,000 empty lines on both sides are 4 million."""

_Block: TypeAlias = tuple[bool, int, int, int, int]
"""Whether equal, then the ranges as `SequenceMatcher` gives them."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the left text beside one of the right."""

    left: int | None
    """Index of the left line; None where there is none."""
    right: int | None
    sign: Sign


@dataclass(frozen=True, slots=True)
class Alignment:
    """Two texts side by side."""

    rows: tuple[Row, ...]
    differences: tuple[tuple[int, int], ...]
    """First row, and the one behind the last, of every stretch of rows that are not equal."""


def align(left: Sequence[str], right: Sequence[str]) -> Alignment:
    """Align two texts.

    Args:
        left: Lines.
        right: Lines.

    Returns:
        Rows in which every line of both occurs once, in its order.
    """
    rows: list[Row] = []
    differences: list[tuple[int, int]] = []
    is_within = False
    for is_equal, i, i_end, j, j_end in _blocks(left, right):
        start = len(rows)
        if is_equal:
            rows += (Row(i + n, j + n, " ") for n in range(i_end - i))
            is_within = is_within and i == i_end
            continue
        common = min(i_end - i, j_end - j)
        rows += (Row(i + n, j + n, "~") for n in range(common))
        rows += (Row(n, None, "-") for n in range(i + common, i_end))
        rows += (Row(None, n, "+") for n in range(j + common, j_end))
        if len(rows) == start:
            continue
        if is_within:
            differences[-1] = (differences[-1][0], len(rows))
        else:
            differences.append((start, len(rows)))
        is_within = True
    return Alignment(tuple(rows), tuple(differences))


def unified(alignment: Alignment) -> Alignment:
    """Put the lines of every difference below each other, the left ones first.

    Args:
        alignment: As `align` makes it.

    Returns:
        The same with rows that are equal or hold one line; no row has the sign "~".
    """
    rows: list[Row] = []
    differences: list[tuple[int, int]] = []
    at = 0
    for start, end in alignment.differences:
        rows += alignment.rows[at:start]
        begin = len(rows)
        changed = alignment.rows[start:end]
        rows += (Row(row.left, None, "-") for row in changed if row.left is not None)
        rows += (Row(None, row.right, "+") for row in changed if row.right is not None)
        differences.append((begin, len(rows)))
        at = end
    rows += alignment.rows[at:]
    return Alignment(tuple(rows), tuple(differences))


def _blocks(left: Sequence[str], right: Sequence[str]) -> Iterator[_Block]:
    head, left_end, right_end = _without_common_ends(left, right)
    yield True, 0, head, 0, head
    budget = MAX_EQUAL_PAIRS
    i, j = head, head
    for anchor_i, anchor_j in [*_anchors(left, right, head, left_end, right_end), (None, None)]:
        i_end = left_end if anchor_i is None else anchor_i
        j_end = right_end if anchor_j is None else anchor_j
        ours, theirs = left[i:i_end], right[j:j_end]
        pairs = _equal_pairs(ours, theirs)
        if pairs <= budget:
            budget -= pairs
            found = _matched(ours, theirs)
        else:
            found = _swept(ours, theirs)
        for is_equal, a, a_end, b, b_end in found:
            yield is_equal, i + a, i + a_end, j + b, j + b_end
        if anchor_i is not None and anchor_j is not None:
            yield True, anchor_i, anchor_i + 1, anchor_j, anchor_j + 1
        i, j = i_end + 1, j_end + 1
    yield True, left_end, len(left), right_end, len(right)


def _without_common_ends(left: Sequence[str], right: Sequence[str]) -> tuple[int, int, int]:
    shorter = min(len(left), len(right))
    head = 0
    while head < shorter and left[head] == right[head]:
        head += 1
    tail = 0
    while tail < shorter - head and left[-1 - tail] == right[-1 - tail]:
        tail += 1
    return head, len(left) - tail, len(right) - tail


def _anchors(
    left: Sequence[str], right: Sequence[str], start: int, left_end: int, right_end: int
) -> list[tuple[int, int]]:
    """Find lines that occur once on each side: the longest run of them that is in order on both."""
    left_counts = Counter(left[start:left_end])
    right_counts = Counter(right[start:right_end])
    places = {right[j]: j for j in range(start, right_end) if right_counts[right[j]] == 1}
    pairs = [
        (i, places[left[i]])
        for i in range(start, left_end)
        if left_counts[left[i]] == 1 and left[i] in places
    ]
    # The longest increasing sequence, by piles: what ends lowest lies on top.
    tops: list[int] = []
    piles: list[int] = []
    before: list[int] = []
    for number, (_, j) in enumerate(pairs):
        pile = bisect_left(tops, j)
        before.append(piles[pile - 1] if pile else -1)
        if pile == len(tops):
            tops.append(j)
            piles.append(number)
        else:
            tops[pile] = j
            piles[pile] = number
    chosen: list[tuple[int, int]] = []
    number = piles[-1] if piles else -1
    while number >= 0:
        chosen.append(pairs[number])
        number = before[number]
    return chosen[::-1]


def _equal_pairs(left: Sequence[str], right: Sequence[str]) -> int:
    counts = Counter(right)
    return sum(counts[line] for line in left)


def _matched(left: Sequence[str], right: Sequence[str]) -> Iterator[_Block]:
    if left or right:
        for tag, *ranges in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
            i, i_end, j, j_end = ranges
            yield tag == "equal", i, i_end, j, j_end


def _swept(left: Sequence[str], right: Sequence[str]) -> Iterator[_Block]:
    """Align in one sweep: a line that does not come any more on the other side stands alone."""
    left_rest, right_rest = Counter(left), Counter(right)
    i = j = 0
    while i < len(left) and j < len(right):
        one, other = left[i], right[j]
        takes_left = one == other or not right_rest[one] or bool(left_rest[other])
        takes_right = one == other or not left_rest[other] or bool(right_rest[one])
        yield one == other, i, i + takes_left, j, j + takes_right
        if takes_left:
            left_rest[one] -= 1
            i += 1
        if takes_right:
            right_rest[other] -= 1
            j += 1
    yield False, i, len(left), j, len(right)
