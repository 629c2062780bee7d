r"""Owns what a line of a script's output means: its text, its colours, and what "\r" overwrites.

Output is untrusted. Nothing that a terminal would obey may leave this module: colours come out as
styles, every other control as nothing at all, also of a text that no filter has seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from rich.cells import cell_len, get_character_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from engine.kernel.terminal_text import (
    CSI_FINAL,
    CSI_ODD,
    CSI_PARAMETERS,
    CSI_START,
    NOT_CSI,
    OVERRIDES,
)
from tui.panel.sgr import PLAIN, Sgr, applied, sequence_of, style_of

TAB_WIDTH = 8

# What is unfinished at the end of the line matches too, and so vanishes.
_TOKEN = re.compile(
    f"(?:{CSI_START})(?P<parameters>{CSI_PARAMETERS})(?P<odd>{CSI_ODD})(?P<final>{CSI_FINAL}|)"
    f"|{NOT_CSI}"
    r"|(?P<move>[\t\r\b])"
    f"|(?P<unwritable>[\u2028\u2029{OVERRIDES}\ud800-\udfff])"
    r"|[\x00-\x1f\x7f-\x9f]"
)
_SGR = re.compile("\x1b\\[([0-9;:]*)m")
_C1 = re.compile("[\x80-\x9f]")
_SGR_PARAMETERS = re.compile("[0-9;:]*")
_NEEDS_GRID = re.compile("[\t\r\b]|(?:\x1b\\[|\x9b)[0-2]?K")

_RETURNS = re.compile("\r+(?=\n|\\Z)")

_JOINER = re.compile("[\u200d\ufe0f]")  # change the width of what stands before them


class Run(NamedTuple):
    """Characters that look alike."""

    text: str
    look: Sgr


def _look_after(look: Sgr, token: re.Match[str]) -> Sgr:
    if token["final"] == "m" and not token["odd"]:
        parameters = token["parameters"]
        if _SGR_PARAMETERS.fullmatch(parameters):  # "\x1b[>4m" sets a mode of the keyboard
            return applied(look, parameters)
    return look


def advance(text: str, look: Sgr) -> Sgr:
    """Find out how the line after this one starts, without drawing this one.

    Args:
        text: One line, as the script wrote it.
        look: How it starts.

    Returns:
        How it ends.
    """
    last = text.rfind("\x1b")
    if "\x9b" not in text:
        if last < 0:
            return look
        # Nearly every coloured line ends so, and no control reaches over an ESC.
        if text.startswith(("[0m", "[m"), last + 1):
            return PLAIN
    if _C1.search(text) is None:
        colours = _SGR.findall(text)
        if len(colours) == text.count("\x1b"):  # four times as fast as reading every control
            for parameters in colours:
                look = applied(look, parameters)
            return look
    for token in _TOKEN.finditer(text):
        look = _look_after(look, token)
    return look


def parse(text: str, look: Sgr = PLAIN) -> tuple[list[Run], Sgr]:
    """Read one line.

    Args:
        text: The line as the script wrote it, without its line end.
        look: How it starts.

    Returns:
        What is to be seen, and how the next line starts.
    """
    text = text.rstrip("\r")  # of a "\r\n", or of a progress bar that has not gone on yet
    if _TOKEN.search(text) is None:
        return ([Run(text, look)] if text else []), look
    if _NEEDS_GRID.search(text) is not None:
        grid = _Grid(look)
        grid.feed(text)
        return grid.runs(), grid.look
    runs: list[Run] = []
    position = 0
    for token in _TOKEN.finditer(text):
        _append(runs, text[position : token.start()], look)
        if token["unwritable"]:
            _append(runs, "\ufffd", look)
        position = token.end()
        look = _look_after(look, token)
    _append(runs, text[position:], look)
    return runs, look


def _append(runs: list[Run], text: str, look: Sgr) -> None:
    if not text:
        return
    if runs and runs[-1].look == look:
        text = runs.pop().text + text
    runs.append(Run(text, look))


def sanitise(text: str) -> str:
    r"""Give the plain text that a terminal would show.

    Args:
        text: Output of a script, of any number of lines.

    Returns:
        The same lines without any control character but "\n".
    """
    # Nearly all output is text, colours, tabs and line ends, and a megabyte is copied at once.
    bare, colours = _SGR.subn("", text)
    # What a colour ends must not go on behind it: no other sequence may be there.
    if colours == text.count("\x1b") and (text.isascii() or _C1.search(text) is None):
        text = bare
    if "\r" in text:
        text = _RETURNS.sub("", text)
    seen = text.replace("\n", "")
    if seen.isprintable():
        return text
    if seen.isascii() and seen.replace("\t", "").isprintable():
        return text.expandtabs(TAB_WIDTH)
    return "\n".join(map(_plain, text.split("\n")))


def _plain(line: str) -> str:
    line = line.rstrip("\r")
    if line.isprintable():
        return line
    if _NEEDS_GRID.search(line) is None:
        return _TOKEN.sub(_replacement, line)
    return "".join(run.text for run in parse(line)[0])


def _replacement(token: re.Match[str]) -> str:
    return "\ufffd" if token["unwritable"] else ""


def parse_line(
    text: str, base_style: Style, look: Sgr = PLAIN, *, limit: int | None = None, missing: int = 0
) -> Strip:
    """Draw one line.

    Args:
        text: The line as the script wrote it.
        base_style: What the look of its characters is put upon.
        look: How it starts.
        limit: How many characters are shown at most.
        missing: How many more characters the line had than are in `text`.

    Returns:
        The line for a widget.
    """
    runs, _ = parse(text, look)
    if limit is not None:
        runs, cut = _cut(runs, limit)
        missing += cut
    segments = [Segment(run.text, base_style + style_of(run.look)) for run in runs]
    if missing:
        segments.append(Segment(more(missing), base_style + Style(dim=True)))
    return Strip(segments)


def more(missing: int) -> str:
    """Say that a line went on."""
    return f"… ({missing:,} more characters)"


def _cut(runs: Iterable[Run], limit: int) -> tuple[list[Run], int]:
    kept: list[Run] = []
    cut = 0
    for text, look in runs:
        cut += max(0, len(text) - limit)
        _append(kept, text[:limit], look)
        limit = max(0, limit - len(text))
    return kept, cut


def flatten(text: str, look: Sgr) -> str:
    """Shorten a line that was overwritten again and again.

    Args:
        text: The line so far.
        look: How it starts.

    Returns:
        A line that shows the same and goes on the same, whatever is added.
    """
    # A sequence at the very end may be unfinished: what comes next may complete it.
    end = len(text)
    last = _TOKEN.match(text, text.rfind("\x1b")) if "\x1b" in text else None
    if last is not None and last.end() == end:
        end = last.start()
    bare = _SGR.sub("", text[:end])
    if _TOKEN.search(bare.replace("\r", "")) is None and _JOINER.search(bare) is None:
        frames = _uncovered(text[:end].split("\r"), bare.split("\r"), look)
        return "\r" + "\r".join(frames) + text[end:]
    for token in _TOKEN.finditer(text[:end]):
        if token.end() == end and not token["move"]:
            end = token.start()
    grid = _Grid(look)
    grid.feed(text[:end])
    before = _written(grid.runs(grid.column)) if grid.column else ""
    return _written(grid.runs()) + "\r" + before + sequence_of(grid.look) + text[end:]


def _uncovered(frames: list[str], bare: list[str], look: Sgr) -> list[str]:
    # Nothing but text, colours and returns: a frame that later ones cover leaves no trace.
    kept: list[int] = []
    width = -1
    for index in range(len(frames) - 1, -1, -1):
        if (columns := cell_len(bare[index])) > width:
            kept.append(index)
            width = columns
    written: list[str] = []
    for index, frame in enumerate(frames):
        if kept and index == kept[-1]:
            kept.pop()
            written.append(frame if look == PLAIN and not index else sequence_of(look) + frame)
        look = advance(frame, look)
    return written


def _written(runs: Iterable[Run]) -> str:
    return "".join(sequence_of(run.look) + run.text for run in runs)


class _Grid:
    """One line of a terminal, by columns, always as long as the cursor's column at least.

    A wide character has "" in its second column.
    """

    def __init__(self, look: Sgr) -> None:
        self.cells: list[str] = []
        self.looks: list[Sgr] = []
        self.column = 0
        self.look = look

    def feed(self, text: str) -> None:
        position = 0
        for token in _TOKEN.finditer(text):
            self._write(text[position : token.start()])
            position = token.end()
            if token["move"]:
                self._move(token["move"])
            elif token["unwritable"]:
                self._write("\ufffd")
            elif token["final"] == "K" and not token["odd"]:
                self._erase(token["parameters"])
            else:
                self.look = _look_after(self.look, token)
        self._write(text[position:])

    def runs(self, columns: int | None = None) -> list[Run]:
        runs: list[Run] = []
        for cell, look in zip(self.cells[:columns], self.looks[:columns], strict=True):
            _append(runs, cell, look)
        return runs

    def _write(self, text: str) -> None:
        if text.isascii():
            self._put(list(text))
            return
        for character in text:
            width = get_character_cell_size(character)
            if width:
                self._put([character, *[""] * (width - 1)])
            elif self.column:
                base = self.column - 1
                base -= self.cells[base] == "" and base > 0
                if len(self.cells[base]) < 8:  # accents, joiners; not a tower of them
                    self.cells[base] += character

    def _put(self, cells: list[str]) -> None:
        end = self.column + len(cells)
        self._extend(end)
        self._split(self.column)
        self._split(end)
        self.cells[self.column : end] = cells
        self.looks[self.column : end] = [self.look] * len(cells)
        self.column = end

    def _extend(self, columns: int) -> None:
        missing = columns - len(self.cells)
        if missing > 0:
            self.cells += [" "] * missing
            self.looks += [PLAIN] * missing

    def _split(self, column: int) -> None:
        # What begins or ends inside a wide character leaves a blank of its other half.
        if 0 < column < len(self.cells) and self.cells[column] == "":
            self.cells[column - 1] = self.cells[column] = " "

    def _move(self, control: str) -> None:
        if control == "\r":
            self.column = 0
        elif control == "\b":
            self.column = max(0, self.column - 1)
        else:
            self.column += TAB_WIDTH - self.column % TAB_WIDTH
            self._extend(self.column)

    def _erase(self, parameter: str) -> None:
        # Progress bars clear what a longer one left.
        if parameter in ("", "0"):
            self._split(self.column)
            del self.cells[self.column :], self.looks[self.column :]
        elif parameter == "1":
            end = min(self.column + 1, len(self.cells))
            self._split(end)
            self.cells[:end] = [" "] * end
            self.looks[:end] = [PLAIN] * end
        elif parameter == "2":
            self.cells = [" "] * self.column
            self.looks = [PLAIN] * self.column
