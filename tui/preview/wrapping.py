"""Breaks runs of text into lines of a width, by cells: wide characters take two.

What the runs mean must never enter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from rich.cells import cell_len, chop_cells

from tui.preview.blocks import Run

Line: TypeAlias = list[Run]

_PIECE = re.compile(r"\n| +|[^ \n]+")


def wrapped(runs: Iterable[Run], width: int) -> list[Line]:
    """Break runs into lines.

    Args:
        runs: A `\\n` in them begins a new line.
        width: Cells of a line; at least 2, which a wide character takes.

    Returns:
        At least one line; none ends with a blank.
    """
    width = max(width, 2)
    lines: list[Line] = [[]]
    room = width
    blank: Run | None = None  # is written when a word follows it in its line
    for word in _words(runs):
        text = word[0].text
        if text == "\n":
            lines.append([])
            room, blank = width, None
            continue
        if text[0] == " ":
            blank = word[0] if room < width else None
            continue
        needed = sum(cell_len(run.text) for run in word)
        if blank is not None and len(blank.text) + needed <= room:
            lines[-1].append(blank)
            room -= len(blank.text)
        elif room < width:
            lines.append([])
            room = width
        blank = None
        for piece in _chopped(word, width) if needed > width else word:
            cells = cell_len(piece.text)
            if cells > room:
                lines.append([])
                room = width
            lines[-1].append(piece)
            room -= cells
    return lines


def cells_of(line: Iterable[Run]) -> int:
    """Return how many cells a line takes."""
    return sum(cell_len(run.text) for run in line)


def _words(runs: Iterable[Run]) -> Iterator[Sequence[Run]]:
    """Join what stands together without a blank; blanks and line ends come by themselves."""
    word: list[Run] = []
    for run in runs:
        for match in _PIECE.finditer(run.text):
            piece = Run(match[0], run.marks, run.href)
            if piece.text[0] not in " \n":
                word.append(piece)
                continue
            if word:
                yield word
                word = []
            yield [piece]
    if word:
        yield word


def _chopped(word: Iterable[Run], width: int) -> Iterator[Run]:
    """Cut what is longer than a line."""
    for run in word:
        for text in chop_cells(run.text, width) if cell_len(run.text) > width else [run.text]:
            yield Run(text, run.marks, run.href)
