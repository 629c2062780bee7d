"""Owns the lines of output that are kept: numbering, joining, bounding. Drawing must not enter.

Of a run the head and the tail are kept, by the rule of `engine.kernel.output`; what falls between
goes to the run's file, and a line says so. Earlier runs give way to it, oldest lines first.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Literal, NamedTuple

from engine.kernel.output import KEPT_BYTES, HeadTail, next_cut
from engine.kernel.spill import Spill
from engine.kernel.terminal_text import filtered
from tui.panel.ansi import more, sanitise
from tui.panel.line_block import STDERR, STDOUT, LineBlock, Rows
from tui.panel.line_layout import Dropped, Gap, Layout
from tui.panel.pipe import MAX_LINE_CHARACTERS, Pipe, shortened
from tui.panel.sgr import PLAIN, Sgr

Stream = Literal["stdout", "stderr", "note", "result", "error"]
Target = tuple[str, int, int]
"""Path, line and column that a line points at."""

_STREAMS: tuple[Stream, ...] = ("stdout", "stderr", "note", "result", "error")
_READ_BLOCKS = 8
"""How many blocks are remembered as lines: those in view and their neighbours."""


class Line(NamedTuple):
    """One line that is kept."""

    text: str
    """As it was written, colours and all."""
    stream: Stream
    look: Sgr
    """How it starts."""
    missing: int
    """How many more characters it had."""
    target: Target | None
    """What it points at."""
    is_notice: bool = False
    """Whether it stands for lines that are not here."""


class _Section:
    """What belongs together: a run, or what stands between runs."""

    def __init__(self, kept_bytes: int, spill: Spill | None) -> None:
        self.kept: HeadTail[LineBlock] = HeadTail(kept_bytes)
        self.spill = spill
        self.gap: Gap | None = None


class LineBuffer:
    """Lines, numbered from 0 since the last `clear`; rows count those that are kept."""

    def __init__(self, kept_bytes: int = KEPT_BYTES) -> None:
        """Make an empty buffer.

        Args:
            kept_bytes: How much is kept of all together; a run may have a limit of its own.
        """
        self._kept_bytes = kept_bytes
        self._section = _Section(kept_bytes, None)
        self._pipes = [Pipe() for _ in _STREAMS]
        self.clear()

    def clear(self) -> None:
        """Forget all lines, and that there were any. A run that goes on begins anew."""
        self._earlier: deque[LineBlock | Gap] = deque()
        self._earlier_bytes = 0
        self._dropped = Dropped(-1)
        self.end = 0
        """Number that the next line will have."""
        self._cut_lines: dict[int, tuple[str, int]] = {}
        self._targets: dict[int, Target] = {}
        self._changed: set[int] = set()
        self._read: dict[LineBlock, tuple[int, Rows | None]] = {}
        for pipe in self._pipes:
            pipe.open = None
        self._begin(self._section.kept.kept_bytes, self._section.spill)

    # --- what is written

    def begin_run(self, kept_bytes: int, spill: Spill | None) -> None:
        """Begin what has limits, and a file, of its own.

        Args:
            kept_bytes: How much of it is kept.
            spill: Takes what falls between; whoever calls has it written. None: it is not kept.
        """
        self._end_section()
        for kind in (STDOUT, STDERR):
            self._pipes[kind] = Pipe()
        self._begin(kept_bytes, spill)

    def end_run(self) -> None:
        """End that: nothing more will go into its file."""
        self._end_section()
        self._begin(self._kept_bytes, None)

    def finish_streams(self) -> None:
        """Stdout and stderr have ended: what was held back, half a character, is written."""
        for kind in (STDOUT, STDERR):
            self._put(self._pipes[kind].filter.finish(), kind)

    def write(self, data: bytes, stream: Literal["stdout", "stderr"]) -> None:
        """Add output as it comes.

        Args:
            data: Any piece; it goes on where the last one of the stream stopped.
            stream: Where it comes from.
        """
        kind = _STREAMS.index(stream)
        self._put(self._pipes[kind].filter.feed(data), kind)

    def append(self, text: str, stream: Stream) -> None:
        r"""Add text.

        Args:
            text: Of stdout and stderr any piece; of the others whole lines, whose last need not end
                in "\n".
            stream: Where it comes from.
        """
        if stream in ("stdout", "stderr"):
            self.write(_with_whole_characters(text).encode(), stream)
        elif text:
            # What a script has left unfinished stays so: its next line is below.
            for pipe in self._pipes:
                self._close(pipe)
            lines = filtered(_with_whole_characters(text)).removesuffix("\n") + "\n"
            self._put(lines.encode(), _STREAMS.index(stream))

    def append_link(self, text: str, target: Target) -> None:
        """Add a line that points somewhere.

        Args:
            text: One line.
            target: What it points at.
        """
        self.append(text, "note")
        self._targets[self.end - 1] = target

    def _begin(self, kept_bytes: int, spill: Spill | None) -> None:
        self._section = _Section(kept_bytes, spill)
        self._open = LineBlock(self.end, self._looks)
        self._layout: Layout | None = None

    def _end_section(self) -> None:
        for pipe in self._pipes:
            self._close(pipe)
        ended = self._section
        self._earlier += ended.kept.head
        if ended.gap is not None:
            self._earlier.append(ended.gap)
            self._changed.add(ended.gap.first)  # its file has a name now, if not before
        self._earlier += ended.kept.tail
        # Not by way of `kept`: nothing may fall out of it once its file is closed.
        if self._open.data:
            self._open.complete()
            self._earlier.append(self._open)
        self._earlier_bytes += ended.kept.size + len(self._open)

    @property
    def _looks(self) -> tuple[Sgr, Sgr]:
        return self._pipes[STDOUT].look, self._pipes[STDERR].look

    def _put(self, data: bytes, kind: int) -> None:
        start = 0
        limit = self._section.kept.piece_bytes
        while start < len(data):
            block = self._open
            is_at_line_end = block.data.endswith(b"\n")
            end = next_cut(data, start, len(block), limit, is_at_line_end=is_at_line_end)
            if end == start:
                self._complete()
            else:
                self._add(data[start:end], self._pipes[kind], kind)
                start = end
        self._give_way()
        self._layout = None

    def _add(self, piece: bytes, pipe: Pipe, kind: int) -> None:
        before = self._open.lines
        self._open.add(piece, kind, continues=pipe.open is not None)
        self.end += self._open.lines - before
        last = piece.rfind(b"\n") + 1
        if pipe.open is not None:
            self._changed.add(pipe.open)
            first = piece.find(b"\n")
            pipe.go_on(piece if first < 0 else piece[:first])
            if last:
                self._close(pipe)
        if kind <= STDERR:
            pipe.colour(piece[:last])
        if pipe.open is None and last < len(piece):
            pipe.begin(self.end - 1, piece[last:])
        if kind <= STDERR:
            pipe.colour(piece[last:])

    def _close(self, pipe: Pipe) -> None:
        if pipe.open is not None and pipe.is_cut:
            self._cut_lines[pipe.open] = pipe.text, pipe.missing
        pipe.open = None

    # --- what goes again

    def _complete(self) -> None:
        """Begin another block."""
        section = self._section
        self._open.complete()
        for pipe in self._pipes:
            pipe.is_cut = True
        for block in section.kept.add(self._open):
            assert section.gap is not None
            section.gap.hide(block)
            self._changed.add(section.gap.first)
            self._forget(block)
        if section.gap is None and section.kept.is_head_full:
            section.gap = Gap(self.end, section.spill)
            self.end += 1
        self._open = LineBlock(self.end, self._looks)
        self._layout = None

    def _give_way(self) -> None:
        limit = max(self._kept_bytes, self._section.kept.kept_bytes)
        now = self._section.kept.size + len(self._open)
        while self._earlier and self._earlier_bytes + now > limit:
            block = self._earlier.popleft()
            if isinstance(block, LineBlock):
                self._dropped.hide(block)
                self._earlier_bytes -= len(block)
                self._forget(block)
                self._changed.add(self._dropped.first)

    def _forget(self, block: LineBlock) -> None:
        gone = range(block.first, block.first + block.lines)
        for pipe in self._pipes:
            if pipe.open is not None and pipe.open in gone:
                pipe.open = None
        self._cut_lines = {n: line for n, line in self._cut_lines.items() if n not in gone}
        self._targets = {n: target for n, target in self._targets.items() if n not in gone}
        self._read.pop(block, None)

    # --- what is read

    @property
    def rows(self) -> int:
        """How many lines there are to see."""
        return self._laid_out().rows

    def number_at(self, row: int) -> int:
        """Return the number of the line in a row.

        Args:
            row: From 0 to before `rows`.
        """
        return self._laid_out().number_at(row)

    def row_of(self, number: int) -> int:
        """Return the row of a line; of one that has gone, the row of the next that has not."""
        return self._laid_out().row_of(number)

    def line(self, number: int) -> Line:
        """Get a line.

        Args:
            number: One that is kept, see `number_at`.
        """
        block = self._laid_out().stretch_of(number)
        if isinstance(block, Gap):
            return Line(block.words, "note", PLAIN, 0, None, is_notice=True)
        kinds, texts, looks = self._rows(block)
        index = number - block.first
        kind, look = kinds[index], looks[index]
        text, missing = self._whole(number, kind, texts[index], look)
        return Line(text, _STREAMS[kind], look, missing, self._targets.get(number))

    def _whole(self, number: int, kind: int, text: str, look: Sgr) -> tuple[str, int]:
        if number == self._pipes[kind].open:
            return self._pipes[kind].text, self._pipes[kind].missing
        cut = self._cut_lines.get(number)
        return cut if cut is not None else shortened(text, look)

    def _rows(self, block: LineBlock) -> Rows:
        length, rows = self._read.pop(block, (0, None))
        if rows is None or length != len(block.data):
            rows = block.rows()
        self._read[block] = len(block.data), rows
        if len(self._read) > _READ_BLOCKS:
            del self._read[next(iter(self._read))]
        return rows

    def _laid_out(self) -> Layout:
        if self._layout is None:
            self._layout = Layout(self._stretches())
        return self._layout

    def _stretches(self) -> Iterator[LineBlock | Gap]:
        yield self._dropped
        yield from self._earlier
        yield from self._section.kept.head
        if self._section.gap is not None:
            yield self._section.gap
        yield from self._section.kept.tail
        yield self._open

    @property
    def has_changed(self) -> bool:
        """Whether lines were added to since the last `take_changed`."""
        return bool(self._changed)

    def take_changed(self) -> set[int]:
        """Give the numbers of lines that were added to since the last call."""
        changed, self._changed = self._changed, set()
        return changed

    @property
    def text(self) -> str:
        """The plain text of all lines kept, each with its end."""
        return "".join(map(self._plain, self._laid_out().stretches))

    def last_text(self, max_characters: int) -> tuple[str, bool]:
        """Return the plain text of the last lines.

        Args:
            max_characters: How long it may be; a line that does not fit is left out.

        Returns:
            The text, and whether it is all there is.
        """
        parts: list[str] = []
        length = 0
        for stretch in reversed(self._laid_out().stretches):
            parts.append(self._plain(stretch))
            length += len(parts[-1])
            if length > max_characters:
                text = "".join(reversed(parts))
                start = text.find("\n", length - max_characters - 1) + 1
                return text[start:], False
        return "".join(reversed(parts)), True

    def _plain(self, stretch: LineBlock | Gap) -> str:
        if isinstance(stretch, Gap):
            return "" if stretch is self._dropped else f"{stretch.words}\n"
        unfinished = [pipe.open for pipe in self._pipes if pipe.open is not None]
        numbers = range(stretch.first, stretch.first + stretch.lines)
        is_whole = not any(number in numbers for number in (*unfinished, *self._cut_lines))
        if stretch.is_simple and is_whole:
            text = stretch.data.decode("utf-8", "replace")
            if len(max(text.split("\n"), key=len)) <= MAX_LINE_CHARACTERS:
                return sanitise(text)
        return "".join(map(self._plain_line, numbers, *stretch.rows()))

    def _plain_line(self, number: int, kind: int, text: str, look: Sgr) -> str:
        text, missing = self._whole(number, kind, text, look)
        return sanitise(text) + (more(missing) if missing else "") + "\n"


def _with_whole_characters(text: str) -> str:
    # Half characters have no bytes.
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
