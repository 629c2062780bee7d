"""Owns which characters of a line have which syntax name; colours must not enter (see `theme`)."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import NamedTuple, Protocol

import tree_sitter_python
from tree_sitter import Language, Query, QueryCursor

from tui.editor.document import SourceDocument

BLOCK_LINES = 64
"""Lines highlighted at a time: asking for a whole file of 20,000 lines takes 0.8 s."""


class Span(NamedTuple):
    """A piece of one line."""

    start: int
    """First column, in characters."""
    end: int
    """Column after the last."""
    name: str
    """Name of the capture in python.scm."""


class LineColours(Protocol):
    """Names the parts of a document's lines."""

    def spans(self, row: int) -> list[Span]:
        """Return the pieces of a line in the order to apply them."""

    def forget(self) -> None:
        """Take in that the document has changed."""


@cache
def python_language() -> Language:
    """Load the grammar, once per process."""
    return Language(tree_sitter_python.language())


def query_source() -> str:
    """Read our highlight query."""
    return files("tui.editor").joinpath("python.scm").read_text(encoding="utf-8")


@cache
def highlight_query() -> Query:
    """Compile our highlight query, once per process: it takes 20 ms."""
    return Query(python_language(), query_source())


class Highlighter:
    """Highlights the lines asked for, in blocks, and remembers them until the next edit."""

    def __init__(self, document: SourceDocument) -> None:
        """Watch a document.

        Args:
            document: The document whose tree is queried.
        """
        self._document = document
        self._blocks: dict[int, dict[int, list[Span]]] = {}

    def forget(self) -> None:
        """Drop what is remembered; the document has changed."""
        self._blocks.clear()

    def spans(self, row: int) -> list[Span]:
        """Find the highlights of a line.

        Args:
            row: Line of the document, from 0.

        Returns:
            Pieces in the order to apply them: a later one covers an earlier one.
        """
        block = row // BLOCK_LINES
        if block not in self._blocks:
            self._blocks[block] = self._highlight(block * BLOCK_LINES)
        return self._blocks[block].get(row, [])

    def _highlight(self, first: int) -> dict[int, list[Span]]:
        cursor = QueryCursor(highlight_query())
        cursor.set_point_range((first, 0), (first + BLOCK_LINES, 0))
        found = [
            (node.start_byte, -node.end_byte, pattern, name, node)
            for pattern, captures in cursor.matches(self._document.root)
            for name, nodes in captures.items()
            for node in nodes
        ]
        found.sort(key=lambda item: item[:3])  # outer nodes first
        lines = self._document.lines
        rows: dict[int, list[Span]] = {}
        for _, _, _, name, node in found:
            (top, start), (bottom, end) = node.start_point, node.end_point
            for row in range(max(top, first), min(bottom + 1, first + BLOCK_LINES, len(lines))):
                line = lines[row]
                left = _column(line, start) if row == top else 0
                right = _column(line, end) if row == bottom else len(line)
                if left < right:
                    rows.setdefault(row, []).append(Span(left, right, name))
        return rows


def _column(line: str, byte: int) -> int:
    # tree-sitter counts bytes of UTF-8.
    return min(byte, len(line)) if line.isascii() else len(line.encode()[:byte].decode())
