"""Tells which parts of a Markdown text are code: code spans and fenced code.

What stands in the other parts must never enter. Blocks of code that are merely indented do not
count: without reading all of Markdown they cannot be told from what belongs to a list.
"""

from __future__ import annotations

import re
from bisect import bisect_right

_CONTAINER = r"[ \t]*+(?:(?:>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t]))[ \t]*+)*+"
"""What may stand before a block in lists and quotations."""

_FENCE_LINE = rf"{_CONTAINER}(?:```|~~~)"
# A code span does not go on behind a blank line, into a fence, the next item, or a heading.
_BLOCK = rf"(?:[ \t]*+(?:\r?\n|\Z|[-*+][ \t]|\d{{1,9}}[.)][ \t]|\#{{1,6}}[ \t])|{_FENCE_LINE})"

# Up to the next thing that needs a closer look: a macro, a fence, backticks that are not simply
# closed. A backslash keeps a backtick from opening; code spans of one piece are passed over here.
_PLAIN = re.compile(
    rf"""(?:
        [^`\[\\\n]++
      | \n(?!{_FENCE_LINE})
      | \\[\\`]?+
      | \[(?!\[\w)
      | (`++)(?:[^`\n]++|\n(?!{_BLOCK}))++\1(?!`)
    )*+""",
    re.VERBOSE,
)
_START = re.compile(r"\[\[\w")
_OPENING = re.compile(rf"({_CONTAINER})(`{{3,}}+(?=[^`\n]*+(?:\n|\Z))|~{{3,}}+)[^\n]*+")
_CLOSING = re.compile(r"^([ \t>]*+)(`{3,}+|~{3,}+)[ \t\r]*+$", re.MULTILINE)
_RUN = re.compile(r"`++")
_NEXT_BLOCK = re.compile(rf"\n(?={_BLOCK})")


class CodeRegions:
    """Finds what may be a macro outside the code of one text, from its start to its end."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._last = text.rfind("[[")
        self._block_end = -1
        self._runs: dict[int, list[int]] = {}
        """Where the runs of backticks of each length start, up to the end of the block."""

    def next_start(self, position: int) -> int:
        """Return the next `[[` with a letter, digit or _ behind it that is not in code.

        Args:
            position: Where to look from; not inside code, and never before an earlier one.

        Returns:
            Its offset, -1 when there is none.
        """
        text = self._text
        start = _START.search(text, position)
        if start is None:
            return -1
        # Looking for one character is ten times as fast as looking at each.
        marks = [
            at for mark in ("`", "~~~") if (at := text.find(mark, position, start.start())) >= 0
        ]
        if not marks:
            return start.start()
        line = text.rfind("\n", position, min(marks))
        if line >= 0:
            position = line
        elif position == 0 and (opening := _OPENING.match(text)):
            position = self._fence_end(opening)
        while position <= self._last:
            plain = _PLAIN.match(text, position)
            assert plain is not None  # it may be empty
            position = plain.end()
            if position > self._last:
                break
            if text[position] == "[":
                return position
            if text[position] == "\n":
                if opening := _OPENING.match(text, position + 1):
                    position = self._fence_end(opening)
                    continue
                position = text.index("`", position)  # a code span that looks like a fence
            position = self._span_end(position)
        return -1

    def _span_end(self, start: int) -> int:
        """Return where the code span ends that opens here, or the backticks, if it is none."""
        run = _RUN.match(self._text, start)
        assert run is not None
        if start >= self._block_end:
            block = _NEXT_BLOCK.search(self._text, start)
            self._block_end = block.start() if block else len(self._text)
            self._runs = {}
            for other in _RUN.finditer(self._text, start, self._block_end):
                self._runs.setdefault(other.end() - other.start(), []).append(other.start())
        length = run.end() - start
        starts = self._runs.get(length, ())
        closing = bisect_right(starts, start)
        return starts[closing] + length if closing < len(starts) else run.end()

    def _fence_end(self, opening: re.Match[str]) -> int:
        """Return the end of the last line of fenced code, without its line end."""
        text, container, marker = self._text, opening[1], opening[2]
        width = len(container.expandtabs(4))
        if not container.strip() and width < 4:
            for closing in _CLOSING.finditer(text, opening.end()):
                is_indented = ">" in closing[1] or _indentation(closing[1] + "x") > 3
                if not is_indented and _closes(closing, marker):
                    return closing.end()
            return len(text)
        # Fenced code in a list or a quotation ends with it, closed or not.
        is_quoted = ">" in container
        inside = width if container.strip() else width - 3
        end = opening.end()
        while end < len(text):
            start, end = end + 1, text.find("\n", end + 1)
            end = len(text) if end < 0 else end
            line = text[start : min(end, start + _MAX_WIDTH)]
            if is_quoted:
                is_over = not line.lstrip().startswith(">")
            else:
                is_over = bool(line.strip()) and _indentation(line) < inside
            if is_over:
                return start - 1
            closes = _CLOSING.match(text, start, end)
            if closes and _closes(closes, marker):
                return end
        return len(text)


_MAX_WIDTH = 1_000
"""Of what may stand before a line in a list; looking further would add up."""


def _closes(closing: re.Match[str], marker: str) -> bool:
    fence = closing[2]
    return fence[0] == marker[0] and len(fence) >= len(marker)


def _indentation(line: str) -> int:
    expanded = line.expandtabs(4)
    return len(expanded) - len(expanded.lstrip(" "))
