r"""Owns what a line of a script's output means: its text, its colours, and what "\r" overwrites.

Output is untrusted. Nothing that a terminal would obey may leave this module: colours come out as
styles, every other control as nothing at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from rich.cells import cell_len, get_character_cell_size
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

TAB_WIDTH = 8

# Controls as the state machine of a VT500 sees them: ESC, CAN and SUB end whatever was going on.
# What is unfinished at the end of the line matches too, and so vanishes.
_TOKEN = re.compile(
    "(?:\x1b\\[|\x9b)(?P<parameters>[0-?]*)(?P<odd>[ -?]*)(?P<final>[@-~]?)"  # CSI
    "|(?:\x1b\\]|\x9d)[^\x07\x18\x1a\x1b\x9c]*(?:\x07|\x1b\\\\|[\x18\x1a\x9c])?"  # OSC
    "|(?:\x1b[PX^_]|[\x90\x98\x9e\x9f])[^\x18\x1a\x1b\x9c]*(?:\x1b\\\\|[\x18\x1a\x9c])?"  # DCS, APC
    "|\x1b[ -/]*[0-~]?"
    "|(?P<move>[\t\r\b])"
    "|(?P<unwritable>[\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff])"
    "|[\x00-\x1f\x7f-\x9f]"
)
_SGR_PARAMETERS = re.compile("[0-9;:]*")
_NEEDS_GRID = re.compile("[\t\r\b]|(?:\x1b\\[|\x9b)[0-2]?K")

_JOINER = re.compile("[\u200d\ufe0f]")  # change the width of what stands before them

_FLAGS = {1: "bold", 2: "dim", 3: "italic", 4: "underline", 7: "reverse", 9: "strike"}
_UNSET = {22: {1, 2}, 23: {3}, 24: {4}, 27: {7}, 29: {9}}
_NO_FLAGS: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Sgr:
    """How characters look that follow; it goes on from one line to the next."""

    foreground: Color | None = None
    background: Color | None = None
    flags: frozenset[int] = _NO_FLAGS
    """Numbers as in the escape sequence: 1 bold, 2 dim, 3 italic, 4 underline, 7 reverse, 9 strike.
    Blinking and hidden text are left out: they cost bytes and hide what a script says."""


PLAIN = Sgr()
"""The look of a line that nothing has coloured."""


class Run(NamedTuple):
    """Characters that look alike."""

    text: str
    look: Sgr


@lru_cache(maxsize=512)
def style_of(look: Sgr) -> Style:
    """Translate a look for drawing."""
    flags = {_FLAGS[flag]: True for flag in look.flags}
    return Style(color=look.foreground, bgcolor=look.background, **flags)  # type: ignore[arg-type]


def _sequence_of(look: Sgr) -> str:
    codes = ["0", *(str(flag) for flag in sorted(look.flags))]
    if look.foreground is not None:
        codes += look.foreground.get_ansi_codes(foreground=True)
    if look.background is not None:
        codes += look.background.get_ansi_codes(foreground=False)
    return f"\x1b[{';'.join(codes)}m"


@lru_cache(maxsize=1024)
def _applied(look: Sgr, parameters: str) -> Sgr:
    # A colour's arguments follow by colons, or as parameters of their own by semicolons.
    groups = [group.split(":") for group in parameters.split(";")]
    position = 0
    while position < len(groups):
        group = groups[position]
        position += 1
        code = _number(group[0])
        if code in (38, 48, 58):
            if len(group) > 1:
                # 38:2:r:g:b is widespread, though the standard has a colour space before the red.
                arguments = group[1:]
                if arguments[0] == "2" and len(arguments) > 4:
                    del arguments[1]
                colour = _colour(arguments)
            else:
                kind = groups[position][0] if position < len(groups) else ""
                length = {"5": 2, "2": 4}.get(kind, 1)
                colour = _colour([part[0] for part in groups[position : position + length]])
                position += length
            if code == 38 and colour is not None:
                look = replace(look, foreground=colour)
            elif code == 48 and colour is not None:
                look = replace(look, background=colour)
        else:
            look = _with_code(look, 24 if group[:2] == ["4", "0"] else code)
    return look


def _with_code(look: Sgr, code: int) -> Sgr:
    if code == 0:
        return PLAIN
    if code in _FLAGS or code == 21:
        return replace(look, flags=look.flags | {4 if code == 21 else code})
    if code in _UNSET:
        return replace(look, flags=look.flags - _UNSET[code])
    if 30 <= code <= 37 or 90 <= code <= 97:
        return replace(look, foreground=Color.from_ansi(code - 30 if code < 40 else code - 82))
    if 40 <= code <= 47 or 100 <= code <= 107:
        return replace(look, background=Color.from_ansi(code - 40 if code < 50 else code - 92))
    if code == 39:
        return replace(look, foreground=None)
    return replace(look, background=None) if code == 49 else look


def _colour(arguments: list[str]) -> Color | None:
    numbers = [_number(argument) for argument in arguments]
    if any(not 0 <= number <= 255 for number in numbers):
        return None
    match numbers:
        case [5, index, *_]:
            return Color.from_ansi(index)
        case [2, red, green, blue, *_]:
            return Color.from_rgb(red, green, blue)
    return None


def _number(digits: str) -> int:
    # Longer ones mean nothing, and int() refuses them beyond 4,300 digits.
    return (int(digits) if digits else 0) if len(digits) <= 4 else -1


def _look_after(look: Sgr, token: re.Match[str]) -> Sgr:
    if token["final"] == "m" and not token["odd"]:
        parameters = token["parameters"]
        if _SGR_PARAMETERS.fullmatch(parameters):  # "\x1b[>4m" sets a mode of the keyboard
            return _applied(look, parameters)
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
    lines = text.split("\n")
    return "\n".join("".join(run.text for run in parse(line)[0]) for line in lines)


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
    frames = text.split("\r")
    if _TOKEN.search("".join(frames)) is None and _JOINER.search(text) is None:
        # Nothing but text and returns: a frame that later ones cover leaves no trace.
        kept: list[str] = []
        width = -1
        for frame in reversed(frames):
            if (columns := cell_len(frame)) > width:
                kept.append(frame)
                width = columns
        return "\r" + "\r".join(reversed(kept))
    # A sequence at the very end may be unfinished: what comes next may complete it.
    *_, last = _TOKEN.finditer(text)
    end = last.start() if last.end() == len(text) and not last["move"] else len(text)
    grid = _Grid(look)
    grid.feed(text[:end])
    before = _written(grid.runs(grid.column)) if grid.column else ""
    return _written(grid.runs()) + "\r" + before + _sequence_of(grid.look) + text[end:]


def _written(runs: Iterable[Run]) -> str:
    return "".join(_sequence_of(run.look) + run.text for run in runs)


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
