"""Owns which characters of a post have which syntax name, and where they are after an edit.

Reading a text is the grammar's, and happens elsewhere; between two readings the names move with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from textual.document._document import EditResult, Location

from tui.editor.document import ExactDocument
from tui.editor.highlight import Span

if TYPE_CHECKING:
    from engine.render.post_analysis import PostAnalysis

Marks: TypeAlias = dict[int, list[Span]]
"""By row, in the order to apply them: a later one covers an earlier one."""

_TO_LINE_END = 1 << 30
"""Columns: what is typed at the end of a heading belongs to it."""
_HEADING = re.compile(r" {0,3}#{1,6}(?:[ \t]|$)")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")


def marks_of(analysis: PostAnalysis) -> Marks:
    """Name the parts of a text.

    Args:
        analysis: What was found in it.

    Returns:
        Front matter, headings, macro calls with their keys and values, and what is broken.
    """
    marks: Marks = {}
    above = analysis.first_body_line - 1
    for row in range(above):
        marks[row] = [Span(0, _TO_LINE_END, "front")]
    body = analysis.text[analysis.body_start :]
    if "#" in body:
        _name_headings(body, above, marks)

    def name(start: int, end: int, what: str) -> None:
        (top, left), (bottom, right) = analysis.parsed.place(start), analysis.parsed.place(end)
        for line in range(top, bottom + 1):
            first = left - 1 if line == top else 0
            last = right - 1 if line == bottom else _TO_LINE_END
            if first < last:
                marks.setdefault(line - 1 + above, []).append(Span(first, last, what))

    for call in analysis.parsed.calls:
        name(call.start, call.end, "macro")
        name(*call.name_span, "macro.name")
        for argument in call.arguments:
            name(*argument.key_span, "macro.key")
            is_text = argument.is_quoted or isinstance(argument.value, str)
            name(*argument.value_span, "string" if is_text else "number")
    for problem in analysis.problems:
        name(*problem.span, "broken")
    return marks


def _name_headings(body: str, above: int, marks: Marks) -> None:
    fence = ""
    for number, line in enumerate(body.split("\n")):
        found = _FENCE.match(line)
        if found and not fence:
            fence = found[1]
        elif found and found[1].startswith(fence) and not line[found.end() :].strip():
            fence = ""
        elif not fence and _HEADING.match(line):
            marks[number + above] = [Span(0, _TO_LINE_END, "heading")]


class PostText(ExactDocument):
    """An exact document whose parts have names that move with its edits."""

    def __init__(self, text: str) -> None:
        """Take a text of which nothing is known yet."""
        super().__init__(text)
        self._marks: Marks = {}

    def name_parts(self, marks: Mapping[int, list[Span]]) -> None:
        """Let these be the names, of the text as it is now."""
        self._marks = dict(marks)

    def spans(self, row: int) -> list[Span]:
        """Return the names of a row's parts, in the order to apply them."""
        return self._marks.get(row, [])

    def forget(self) -> None:
        """Keep what is known: an edit has moved it already."""

    def replace_range(self, start: Location, end: Location, text: str) -> EditResult:
        """Replace a range; names behind it move along, those of an edited line as well as they can.

        Args:
            start: Where the range starts.
            end: Where it ends.
            text: What takes its place.

        Returns:
            The end of the new text and the text that was there.
        """
        (top, left), (bottom, right) = sorted((self.clamped(start), self.clamped(end)))
        result = super().replace_range(start, end, text)
        last, column = result.end_location
        if top == bottom == last:
            if top in self._marks:
                self._marks[top] = _shifted(self._marks[top], left, right, column - right)
            return result
        moved = {row: spans for row, spans in self._marks.items() if row < top}
        moved |= {row + last - bottom: spans for row, spans in self._marks.items() if row > bottom}
        moved[top] = [
            Span(one.start, min(one.end, left), one.name)
            for one in self._marks.get(top, ())
            if one.start < left
        ]
        self._marks = moved
        return result


def _shifted(spans: list[Span], left: int, right: int, by: int) -> list[Span]:
    """Move the spans of a line in which the characters from `left` to `right` were replaced."""
    moved = []
    for start, end, name in spans:
        if start >= right:
            start, end = start + by, end + by
        elif end > left:
            end = max(end + by, start)
        if start < end:
            moved.append(Span(start, end, name))
    return moved
