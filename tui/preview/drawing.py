"""Draws blocks as lines of a terminal: 16 colours, and none are enough; from 20 columns on.

Owns how each kind of block looks. Where the blocks come from, and widgets, must never enter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import groupby

from rich.cells import cell_len, chop_cells
from rich.style import Style
from rich.text import Text

from tui.preview.blocks import Block, Cloud, Code, Frames, Mark, Pictures, Rule, Run, Table, Words
from tui.preview.reader import read_blocks
from tui.preview.tables import table_lines
from tui.preview.wrapping import Line, wrapped

MIN_WIDTH = 20
MAX_LINES = 20_000
"""What comes behind is left out, and told."""
_LEAST_ROOM = 12
"""Cells that text has beside whatever it stands in."""
_LEAST_PICTURE_CELLS = 24
_CODE_INDENT = "    "
_LINKABLE = re.compile(r"https?://[!-~]{1,1000}")

_STYLES = {
    Mark.BOLD: Style(bold=True),
    Mark.ITALIC: Style(italic=True),
    Mark.CODE: Style(color="cyan"),
    Mark.STRIKE: Style(strike=True),
    Mark.LINK: Style(underline=True),
    Mark.QUIET: Style(dim=True),
    Mark.FAULT: Style(color="red", bold=True),
}
_LINES = Style(dim=True)
_UNDER_HEADINGS = {1: "═", 2: "─"}


def draw_html(html: str, width: int, *, has_links: bool = False) -> list[Text]:
    """Draw html.

    Args:
        html: Any text.
        width: Cells of a line; what is below `MIN_WIDTH` counts as that.
        has_links: Whether web addresses may be made links of the terminal (OSC 8).

    Returns:
        Its lines, none of them longer, without control characters.
    """
    return draw_blocks(read_blocks(html), width, has_links=has_links)


def draw_blocks(blocks: Iterable[Block], width: int, *, has_links: bool = False) -> list[Text]:
    """Draw blocks; see `draw_html`."""
    width = max(width, MIN_WIDTH)
    lines: list[Text] = []
    begun: set[int] = set()  # ids of the frames whose marker has been drawn
    before: Frames = ()
    for block in blocks:
        frames = _fitting(block.frames, width)
        if lines and block.has_gap:
            lines.append(Text(_common_quotes(before, frames).rstrip(), _LINES))
        room = width - sum(len(frame.marker) for frame in frames)
        for line in _lines_of(block, room):
            text = Text()
            for frame in frames:
                if frame.is_quote:
                    text.append(frame.marker, _LINES)
                elif id(frame) in begun:
                    text.append(" " * len(frame.marker))
                else:
                    begun.add(id(frame))
                    text.append(frame.marker)
            for (marks, href), runs in groupby(line, lambda run: (run.marks, run.href)):
                style = _style(marks, href if has_links else "")
                text.append("".join(run.text for run in runs), style)
            text.rstrip()
            lines.append(text)
            if len(lines) >= MAX_LINES:
                lines.append(Text("… the rest is too long to be shown", Style(italic=True)))
                return lines
        before = frames
    return lines


def _lines_of(block: Block, width: int) -> Sequence[Line]:
    match block:
        case Words():
            return _words(block, width)
        case Code():
            room = width - len(_CODE_INDENT)
            return [
                [Run(_CODE_INDENT), Run(piece, Mark.CODE)]
                for line in block.lines
                for piece in _cut(line, room)
            ]
        case Rule():
            return [[Run("─" * width, Mark.QUIET)]]
        case Pictures():
            return _pictures(block, width)
        case Cloud():
            return wrapped(_cloud(block), width)
        case Table():
            return table_lines(block, width)
    return []


def _words(block: Words, width: int) -> list[Line]:
    if not block.level:
        return wrapped(block.runs, width)
    lines = wrapped((Run(run.text, run.marks | Mark.BOLD, run.href) for run in block.runs), width)
    under = _UNDER_HEADINGS.get(block.level)
    if under is not None:
        longest = max(sum(cell_len(run.text) for run in line) for line in lines)
        lines.append([Run(under * longest, Mark.QUIET)])
    return lines


def _cloud(block: Cloud) -> Iterable[Run]:
    """Write the heavier words bold and the lighter ones dim; the number says it without styles."""
    for word in block.words:
        mark = Mark.BOLD if word.weight >= 0.5 else Mark.NONE if word.weight >= 0.2 else Mark.QUIET
        # No line ends inside a word of two, or before its number.
        text = word.text.replace(" ", "\xa0")
        yield Run(text, mark)
        if word.count:
            yield Run(f"\xa0\N{MULTIPLICATION SIGN}{word.count}", Mark.QUIET)
        yield Run("  ")


def _pictures(block: Pictures, width: int) -> list[Line]:
    fitting = (width + 2) // (_LEAST_PICTURE_CELLS + 2)
    columns = max(1, min(block.columns, len(block.pictures), fitting))
    room = (width - 2 * (columns - 1)) // columns
    lines: list[Line] = []
    for start in range(0, len(block.pictures), columns):
        row = [
            wrapped([Run(one.title, Mark.NONE, one.url)], room - 2)
            for one in block.pictures[start : start + columns]
        ]
        for at in range(max(map(len, row))):
            line: Line = []
            for cell in row:
                runs = cell[at] if at < len(cell) else []
                used = sum(cell_len(run.text) for run in runs)
                line += [Run("▣ " if at == 0 else "  "), *runs, Run(" " * (room - 2 - used + 2))]
            lines.append(line)
    return lines


def _cut(line: str, width: int) -> list[str]:
    return chop_cells(line, max(width, 2)) or [""]


def _fitting(frames: Frames, width: int) -> Frames:
    """Leave out the outermost frames where there is no room for all of them."""
    while frames and width - sum(len(frame.marker) for frame in frames) < _LEAST_ROOM:
        frames = frames[1:]
    return frames


def _common_quotes(before: Frames, frames: Frames) -> str:
    """Return what stands before an empty line between two blocks."""
    text = ""
    for one, other in zip(before, frames, strict=False):
        if one is not other:
            break
        text += one.marker if one.is_quote else " " * len(one.marker)
    return text


def _style(marks: Mark, href: str) -> Style:
    style = _style_of(marks)
    return style + Style(link=href) if _LINKABLE.fullmatch(href) else style


@cache
def _style_of(marks: Mark) -> Style:
    return Style.combine([Style(), *(value for mark, value in _STYLES.items() if mark in marks)])
