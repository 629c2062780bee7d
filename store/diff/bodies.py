"""Compares two texts line by line, with the numbers that the lines have in the file.

Where the texts come from, and colours, must never enter.
"""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

CONTEXT = 3
"""Lines that stay the same and are shown around each change."""
MAX_MATCHED_LINES = 4_000
"""Beyond this, what lies between the first and the last changed line counts as one change: matching
takes time that grows with the square."""

_NO_END = "\\ No newline at the end"

Mark = Literal[" ", "-", "+", "\\"]


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of a text diff."""

    mark: Mark
    """As in unified diffs: in both, only in the index, only in the file, a remark."""
    index_line: int | None
    file_line: int | None
    """Numbers count from the start of the file, front matter or header included."""
    text: str
    """Without its newline; a carriage return stays."""


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines that changed close together, and some around them."""

    lines: tuple[DiffLine, ...]

    @property
    def heading(self) -> str:
        """The `@@` line of a unified diff."""
        index_numbers = [line.index_line for line in self.lines if line.index_line is not None]
        file_numbers = [line.file_line for line in self.lines if line.file_line is not None]
        return f"@@ -{_range(index_numbers)} +{_range(file_numbers)} @@"


def hunks(index_text: str, file_text: str, first_line: int = 1) -> list[Hunk]:
    """Compare two texts.

    Args:
        index_text: The old text.
        file_text: The new text.
        first_line: The number of the first line of both.

    Returns:
        What differs; nothing when the texts are the same.
    """
    if index_text == file_text:
        return []
    old, new = _lines(index_text), _lines(file_text)
    matcher = _Opcodes(old, new)
    return [_hunk(group, old, new, first_line) for group in matcher.grouped()]


def unified(path: str, found: Sequence[Hunk]) -> list[str]:
    """Write hunks as a unified diff.

    Args:
        path: What the file is called.
        found: Its hunks.

    Returns:
        Lines without newline.
    """
    lines = [f"--- {path} (index)", f"+++ {path} (file)"]
    for hunk in found:
        lines.append(hunk.heading)
        lines += [
            line.text if line.mark == "\\" else f"{line.mark}{line.text}" for line in hunk.lines
        ]
    return lines


class _Opcodes:
    """What to do to get from one list of lines to another."""

    def __init__(self, old: list[str], new: list[str]) -> None:
        self._codes = _opcodes(old, new)

    def grouped(self) -> list[list[tuple[str, int, int, int, int]]]:
        """Cut the long stretches of equal lines out, as unified diffs do."""
        groups: list[list[tuple[str, int, int, int, int]]] = [[]]
        last = len(self._codes) - 1
        for number, (tag, a, b, c, d) in enumerate(self._codes):
            if tag == "equal":
                is_long = b - a > 2 * CONTEXT
                if number == 0:
                    a, c = max(a, b - CONTEXT), max(c, d - CONTEXT)
                elif number == last:
                    b, d = min(b, a + CONTEXT), min(d, c + CONTEXT)
                elif is_long:
                    groups[-1].append((tag, a, a + CONTEXT, c, c + CONTEXT))
                    groups.append([])
                    a, c = b - CONTEXT, d - CONTEXT
            groups[-1].append((tag, a, b, c, d))
        return groups


def _opcodes(old: list[str], new: list[str]) -> list[tuple[str, int, int, int, int]]:
    """Match the lines; the same ones at both ends are set aside first, which is most of them."""
    start = 0
    shortest = min(len(old), len(new))
    while start < shortest and old[start] == new[start]:
        start += 1
    end = 0
    while end < shortest - start and old[-1 - end] == new[-1 - end]:
        end += 1
    old_end, new_end = len(old) - end, len(new) - end
    codes: list[tuple[str, int, int, int, int]] = []
    if start:
        codes.append(("equal", 0, start, 0, start))
    if max(old_end, new_end) - start > MAX_MATCHED_LINES:
        codes.append(("replace", start, old_end, start, new_end))
    else:
        matcher = difflib.SequenceMatcher(None, old[start:old_end], new[start:new_end], False)
        codes += [
            (tag, a + start, b + start, c + start, d + start)
            for tag, a, b, c, d in matcher.get_opcodes()
        ]
    if end:
        codes.append(("equal", old_end, len(old), new_end, len(new)))
    return codes


def _hunk(
    group: list[tuple[str, int, int, int, int]], old: list[str], new: list[str], first: int
) -> Hunk:
    lines: list[DiffLine] = []
    for tag, a, b, c, d in group:
        if tag == "equal":
            for place in range(b - a):
                numbers = (first + a + place, first + c + place)
                lines += _line(" ", *numbers, old[a + place])
            continue
        for place in range(a, b):
            lines += _line("-", first + place, None, old[place])
        for place in range(c, d):
            lines += _line("+", None, first + place, new[place])
    return Hunk(tuple(lines))


def _line(mark: Mark, index_line: int | None, file_line: int | None, text: str) -> list[DiffLine]:
    line = DiffLine(mark, index_line, file_line, text.removesuffix("\n"))
    return [line] if text.endswith("\n") else [line, DiffLine("\\", None, None, _NO_END)]


def _lines(text: str) -> list[str]:
    """Cut into lines with their ends; only a newline ends one, as in an editor's line numbers."""
    lines = text.split("\n")
    last = lines.pop()
    return [f"{line}\n" for line in lines] + ([last] if last else [])


def _range(numbers: list[int]) -> str:
    if not numbers:
        return "0,0"
    return str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]},{len(numbers)}"
