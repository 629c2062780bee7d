"""What a terminal would show after the bytes it was sent: cells with their colours.

Only what full-screen programs send to fill a screen is understood. It answers nothing; time must
never enter.
"""

from __future__ import annotations

import codecs
import re
import unicodedata

_MAX_UNFINISHED = 65_536
"""A sequence that is longer than this without an end is none."""

_CSI = re.compile(r"\x1b\[([<-?]?)([0-9:;]*)[ -/]*([@-~])")
_OTHER = re.compile(
    r"\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)"  # strings: titles, clipboards, queries
    r"|\x1b[ -/]+[0-~]"  # character sets
    r"|\x1b[0-OQ-WYZ\\`-~]"  # single functions; not [ ] P X ^ _, which begin the above
)
_PLAIN = re.compile(r"[^\x00-\x1f\x7f]+")


class Screen:
    """A grid of cells, fed with the bytes of a terminal."""

    def __init__(self, width: int, height: int) -> None:
        """Make an empty screen of so many columns and rows."""
        self.width = width
        self.height = height
        self._cells = [[" "] * width for _ in range(height)]
        self._colours = [[""] * width for _ in range(height)]
        self._row = self._column = 0
        self._colour = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._unfinished = ""

    @property
    def lines(self) -> list[str]:
        """The rows as text, blanks at their ends included."""
        return ["".join(row) for row in self._cells]

    def has(self, text: str) -> bool:
        """Tell whether the text stands in one of the rows."""
        return any(text in line for line in self.lines)

    def colour_of(self, text: str) -> str | None:
        """Return the foreground of the first such text's last cell.

        The last, because the first may lie under the cursor.

        Args:
            text: What to look for, of one-cell characters.

        Returns:
            The colour's SGR parameters, "" for the terminal's own; None when it is not there.
        """
        for row, cells in enumerate(self._cells):
            # Cell by cell: the second half of a wide character is an empty cell.
            for column in range(self.width - len(text) + 1):
                if "".join(cells[column : column + len(text)]) == text:
                    return self._colours[row][column + len(text) - 1]
        return None

    def feed(self, data: bytes) -> None:
        """Take in what the program wrote, in pieces of any size."""
        text = self._unfinished + self._decoder.decode(data)
        self._unfinished = ""
        place = 0
        while place < len(text):
            if text[place] == "\x1b":
                found = _CSI.match(text, place)
                if found is not None:
                    if not found[1]:
                        self._control(found[3], found[2])
                    place = found.end()
                elif (other := _OTHER.match(text, place)) is not None:
                    place = other.end()
                elif len(text) - place < _MAX_UNFINISHED:
                    self._unfinished = text[place:]
                    return
                else:
                    place += 1
            elif (plain := _PLAIN.match(text, place)) is not None:
                self._write(plain[0])
                place = plain.end()
            else:
                self._move(text[place])
                place += 1

    def _move(self, control: str) -> None:
        if control == "\r":
            self._column = 0
        elif control == "\b":
            self._column = max(min(self._column, self.width - 1) - 1, 0)
        elif control in "\n\v\f":
            if self._row == self.height - 1:
                self._cells = [*self._cells[1:], [" "] * self.width]
                self._colours = [*self._colours[1:], [""] * self.width]
            else:
                self._row += 1

    def _write(self, text: str) -> None:
        """Put the text at the cursor; what is beyond the right edge is dropped, not wrapped."""
        cells = list(text) if text.isascii() else _cells_of(text)
        cells = cells[: self.width - self._column]
        end = self._column + len(cells)
        self._cells[self._row][self._column : end] = cells
        self._colours[self._row][self._column : end] = [self._colour] * len(cells)
        self._column = end

    def _control(self, function: str, parameters: str) -> None:
        if function == "m":
            self._colour = _foreground(parameters, self._colour)
            return
        numbers = [int(part) if part.isdigit() else 0 for part in parameters.split(";")]
        first = numbers[0]
        row, column = self._row, min(self._column, self.width - 1)
        if function in "Hf":
            row, column = first - 1, (numbers[1] if len(numbers) > 1 else 1) - 1
        elif function == "d":
            row = first - 1
        elif function == "G":
            column = first - 1
        elif function in "ABCD":
            step = max(first, 1)
            row += {"A": -step, "B": step}.get(function, 0)
            column += {"C": step, "D": -step}.get(function, 0)
        elif function in "JK":
            self._erase(function, first, row, column)
            return
        else:
            return
        self._row = min(max(row, 0), self.height - 1)
        self._column = min(max(column, 0), self.width - 1)

    def _erase(self, function: str, what: int, row: int, column: int) -> None:
        if function == "J":
            below, above = range(row + 1, self.height), range(row)
            for whole in {0: below, 1: above}.get(what, range(self.height)):
                self._blank(whole, 0, self.width)
        if function == "K" or what in (0, 1):
            left, right = {0: (column, self.width), 1: (0, column + 1)}.get(what, (0, self.width))
            self._blank(row, left, right)

    def _blank(self, row: int, left: int, right: int) -> None:
        self._cells[row][left:right] = [" "] * (right - left)
        self._colours[row][left:right] = [""] * (right - left)


def _cells_of(text: str) -> list[str]:
    cells: list[str] = []
    for character in text:
        if unicodedata.combining(character):
            if cells:
                cells[-1] += character
        elif unicodedata.east_asian_width(character) in "WF":
            cells += [character, ""]
        else:
            cells.append(character)
    return cells


def _foreground(parameters: str, before: str) -> str:
    """Return the foreground that an SGR sequence leaves on."""
    colour = before
    codes = parameters.replace(":", ";").split(";")
    place = 0
    while place < len(codes):
        code = codes[place]
        if code in ("38", "48"):
            length = {"5": 3, "2": 5}.get(codes[place + 1] if place + 1 < len(codes) else "", 1)
            if code == "38":
                colour = ";".join(codes[place : place + length])
            place += length
            continue
        if code in ("", "0", "39"):
            colour = ""
        elif code.isdigit() and (30 <= int(code) <= 37 or 90 <= int(code) <= 97):
            colour = code
        place += 1
    return colour
