"""Owns the text being edited: every byte of a file survives loading, editing and undo.

Nothing about drawing may enter but how a control character is made visible.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.document._document import Document, EditResult, Location, Newline
from textual.document._syntax_aware_document import SyntaxAwareDocument
from textual.document._wrapped_document import WrappedDocument
from textual.geometry import Size, clamp

if TYPE_CHECKING:
    from tree_sitter import Node

_BARE_NEWLINE = re.compile(r"(?<!\r)\n")
_ANY_NEWLINE = re.compile(r"\r\n|\r|\n")
_SURROGATE = re.compile("[\ud800-\udfff]")

# C0 except tab, DEL, C1, line and paragraph separators, bidirectional embeddings, overrides and
# isolates (they make code read otherwise than it runs), surrogates (no encoding has them).
_UNSAFE = re.compile(
    "[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def _picture(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else "\ufffd"


def displayed(line: str) -> str:
    """Make a line safe to draw, character by character, so that columns stay the same.

    Args:
        line: One line of a document.

    Returns:
        The line with control characters as pictures (U+2400 and on) or U+FFFD; tabs stay.
    """
    return line if line.isprintable() else _UNSAFE.sub(_picture, line)


def without_surrogates(text: str) -> str:
    """Replace what no encoding can write by U+FFFD."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def newline_of(text: str) -> Newline:
    r"""Find the separator whose split and join give back exactly the same text.

    Args:
        text: A whole file.

    Returns:
        "\r\n" if there is a "\n" and each has a "\r" before it, else "\n".
    """
    return "\r\n" if "\n" in text and _BARE_NEWLINE.search(text) is None else "\n"


class ExactDocument(Document):
    r"""A document that splits on one separator only, so that its text is the file's, byte for byte.

    Textual's own takes form feeds, NEL and U+2028 for line breaks and makes mixed endings one.
    Here a "\r" that is not part of the separator is a character of its line.
    """

    def __init__(self, text: str) -> None:
        """Split the text.

        Args:
            text: The whole file.
        """
        # Not super().__init__: it would split the text a second time, and wrongly.
        self._newline = newline_of(text)
        self._lines = text.split(self._newline)

    def prefer_newline(self, newline: Newline) -> None:
        """Say how lines are to end in a text that has one line only, and so does not tell."""
        if len(self._lines) == 1:
            self._newline = newline

    def normalised(self, text: str) -> str:
        """Give text from outside (typed, pasted) this document's line ends.

        Args:
            text: What is to be inserted.

        Returns:
            The text with one kind of line end and without surrogates, which no file can hold.
        """
        if "\n" in text or "\r" in text:
            text = _ANY_NEWLINE.sub(self._newline, text)
        return without_surrogates(text)

    def clamped(self, location: Location) -> Location:
        """Move a location into the document.

        Args:
            location: Row and column, perhaps beyond the end (deleting the last line says so).

        Returns:
            The nearest location that exists.
        """
        row, column = location
        if row >= len(self._lines):
            return self.end
        row = max(row, 0)
        return row, clamp(column, 0, len(self._lines[row]))

    def _splittable(self, text: str) -> str:
        # In a "\r\n" document no line may hold a bare "\n": rows of the syntax tree end there.
        return _BARE_NEWLINE.sub("\r\n", text) if self._newline == "\r\n" else text

    def replace_range(self, start: Location, end: Location, text: str) -> EditResult:
        """Replace a range; a lone carriage return in the text stays what it is.

        Args:
            start: Where the range starts.
            end: Where it ends.
            text: What takes its place, see `normalised`.

        Returns:
            The end of the new text and the text that was there.
        """
        top, bottom = sorted((self.clamped(start), self.clamped(end)))
        replaced = self.get_text_range(top, bottom)
        lines = self._lines
        inserted = self._splittable(text).split(self._newline)
        before, after = lines[top[0]][: top[1]], lines[bottom[0]][bottom[1] :]
        inserted[0] = before + inserted[0]
        end_location = (top[0] + len(inserted) - 1, len(inserted[-1]))
        inserted[-1] += after
        lines[top[0] : bottom[0] + 1] = inserted
        return EditResult(end_location, replaced)

    def get_text_range(self, start: Location, end: Location) -> str:
        """Get the text of a range.

        Args:
            start: Where it starts.
            end: Where it ends.

        Returns:
            The text with the document's own line ends.
        """
        top, bottom = sorted((self.clamped(start), self.clamped(end)))
        if top[0] == bottom[0]:
            return self._lines[top[0]][top[1] : bottom[1]]
        middle = self._lines[top[0] : bottom[0] + 1]
        middle[0], middle[-1] = middle[0][top[1] :], middle[-1][: bottom[1]]
        return self._newline.join(middle)

    def get_size(self, tab_width: int) -> Size:
        """Measure the document as it is drawn.

        Args:
            tab_width: Cells between tab stops.

        Returns:
            Cells of the widest line, and the number of lines.
        """
        # Printable ASCII, which is nearly everything, needs no table of widths.
        width = max(
            len(line)
            if line.isascii() and line.isprintable()
            else cell_len(displayed(line).expandtabs(tab_width))
            for line in self._lines
        )
        return Size(width, len(self._lines))


class SourceDocument(SyntaxAwareDocument, ExactDocument):
    """An exact document with a syntax tree that follows its edits."""

    def replace_range(self, start: Location, end: Location, text: str) -> EditResult:
        """Replace a range and parse anew what it touched.

        Args:
            start: Where the range starts.
            end: Where it ends.
            text: What takes its place, see `normalised`.

        Returns:
            The end of the new text and the text that was there.
        """
        # The parent takes byte lengths from its arguments: they must be what will be stored.
        return super().replace_range(self.clamped(start), self.clamped(end), self._splittable(text))

    @property
    def root(self) -> Node:
        """The root of the syntax tree; a later edit makes another."""
        return self._syntax_tree.root_node

    def _read_callable(self, byte_offset: int, point: tuple[int, int]) -> bytes:
        # Textual's own appends a line end to the last line too, which the file does not have.
        row, column = point
        if row >= len(self._lines):
            return b""
        line = self._lines[row]
        if row < len(self._lines) - 1:
            line += self._newline
        return line.encode()[column:]


class UnwrappedLines(WrappedDocument):
    """Maps locations to cells without soft wrap, measuring lines as they are drawn."""

    def get_sections(self, line_index: int) -> list[str]:
        """Give the one section of a line.

        Args:
            line_index: Row in the document.

        Returns:
            The line as drawn: a control character has no cell of its own, its picture has.
        """
        return [displayed(self.document[line_index])]

    @property
    def height(self) -> int:
        """Rows on the screen; the parent counts them anew for every line drawn."""
        return self.document.line_count
