"""Owns the lines of output that are kept: splitting, joining, bounding. Drawing must not enter."""

from __future__ import annotations

from bisect import bisect_right
from typing import Literal, NamedTuple

from tui.panel.ansi import advance, flatten, more, sanitise
from tui.panel.sgr import PLAIN, Sgr

Stream = Literal["stdout", "stderr", "note", "result", "error"]
Target = tuple[str, int, int]
"""Path, line and column that a line points at."""

MAX_LINES = 50_000
MAX_CHARACTERS = 12_000_000
"""Of all lines together; beyond, fewer lines are kept. At most four bytes each."""
MAX_LINE_CHARACTERS = 16_000
"""Of one line, escape sequences included; the rest is only counted."""

_STREAMS: tuple[Stream, ...] = ("stdout", "stderr", "note", "result", "error")


class Line(NamedTuple):
    """One line that is kept."""

    text: str
    """As it was written, escape sequences and all."""
    stream: Stream
    look: Sgr
    """How it starts."""
    missing: int
    """How many more characters it had."""
    target: Target | None
    """What it points at."""


class _Pipe:
    """What goes on from chunk to chunk in stdout or stderr."""

    def __init__(self) -> None:
        self.open_line: int | None = None
        # Where lines start to look different, for only lines in view are parsed.
        self.numbers = [0]
        self.looks = [PLAIN]

    def look_at(self, number: int) -> Sgr:
        return self.looks[max(0, bisect_right(self.numbers, number) - 1)]

    def look_from(self, number: int, look: Sgr) -> None:
        if look != self.looks[-1]:
            self.numbers.append(number)
            self.looks.append(look)

    def forget(self, first: int) -> None:
        keep = max(0, bisect_right(self.numbers, first) - 1)
        del self.numbers[:keep], self.looks[:keep]


class LineBuffer:
    """A ring of lines, numbered from 0 since the last `clear`, of which the latest are kept."""

    def __init__(self, max_lines: int = MAX_LINES, max_characters: int = MAX_CHARACTERS) -> None:
        """Make an empty buffer.

        Args:
            max_lines: How many lines are kept.
            max_characters: How many characters they have at most, all together.
        """
        self._max_lines = max_lines
        self._max_characters = max_characters
        self.clear()

    def clear(self) -> None:
        """Forget all lines, and that there were any."""
        self._texts: list[str] = []
        self._kinds = bytearray()  # index into _STREAMS, beside each text
        self._base = 0  # number of the first text
        self._characters = 0
        self._pipes = {0: _Pipe(), 1: _Pipe()}
        self._missing: dict[int, int] = {}
        self._targets: dict[int, Target] = {}
        self._changed: set[int] = set()

    @property
    def first(self) -> int:
        """Number of the first line kept, and so of how many were dropped."""
        return max(self._base, self.end - self._max_lines)

    @property
    def end(self) -> int:
        """Number that the next line will have."""
        return self._base + len(self._texts)

    def line(self, number: int) -> Line:
        """Get a line.

        Args:
            number: From `first` to before `end`.
        """
        kind = self._kinds[number - self._base]
        pipe = self._pipes.get(kind)
        return Line(
            self._texts[number - self._base],
            _STREAMS[kind],
            PLAIN if pipe is None else pipe.look_at(number),
            self._missing.get(number, 0),
            self._targets.get(number),
        )

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
        """The plain text of all lines kept."""
        return "".join(f"{self._plain(number)}\n" for number in range(self.first, self.end))

    def _plain(self, number: int) -> str:
        text = sanitise(self._texts[number - self._base])
        missing = self._missing.get(number)
        return text + more(missing) if missing else text

    def append(self, text: str, stream: Stream) -> None:
        r"""Add output.

        Args:
            text: Of stdout and stderr any piece, each going on where it stopped; of the others
                whole lines, whose last need not end in "\n".
            stream: Where it comes from.
        """
        if not text:
            return
        kind = _STREAMS.index(stream)
        if kind in self._pipes:
            self._append_piece(text, kind)
        else:
            self._append_whole(text, kind)
        self._trim()

    def append_link(self, text: str, target: Target) -> None:
        """Add a line that points somewhere.

        Args:
            text: One line.
            target: What it points at.
        """
        self._append_whole(text, _STREAMS.index("note"))
        self._targets[self.end - 1] = target
        self._trim()

    def _append_whole(self, text: str, kind: int) -> None:
        # What a script has left unfinished stays so: its next line is below.
        for pipe in self._pipes.values():
            pipe.open_line = None
        self._extend(text.removesuffix("\n").split("\n"), kind, len(text))

    def _append_piece(self, text: str, kind: int) -> None:
        pipe = self._pipes[kind]
        head, *rest = text.split("\n")
        if pipe.open_line is not None and pipe.open_line >= self._base:
            self._continue(pipe, head)
        elif head or rest:
            self._extend([head], kind, len(head))
            pipe.open_line = self.end - 1
        if not rest:
            return
        assert pipe.open_line is not None
        last = rest.pop()
        look = pipe.look_at(pipe.open_line)
        look = advance(self._texts[pipe.open_line - self._base], look)
        pipe.look_from(pipe.open_line + 1, look)
        first = self.end
        if "\x1b" in text or "\x9b" in text:
            for number, line in enumerate(rest, first + 1):
                look = advance(line, look)
                pipe.look_from(number, look)
        self._extend(rest, kind, len(text))
        pipe.open_line = None
        if last:
            self._extend([last], kind, 0)
            pipe.open_line = self.end - 1

    def _continue(self, pipe: _Pipe, text: str) -> None:
        number = pipe.open_line
        assert number is not None
        if not text:
            return
        index = number - self._base
        self._texts[index] += text
        self._characters += len(text)
        self._changed.add(number)
        if len(self._texts[index]) > MAX_LINE_CHARACTERS:
            self._shorten(number)

    def _extend(self, lines: list[str], kind: int, characters: int) -> None:
        first = self.end
        self._texts += lines
        self._kinds += bytes((kind,)) * len(lines)
        self._characters += characters
        if any(len(line) > MAX_LINE_CHARACTERS for line in lines):
            for number, line in enumerate(lines, first):
                if len(line) > MAX_LINE_CHARACTERS:
                    self._shorten(number)

    def _shorten(self, number: int) -> None:
        text, _, look, missing, _ = self.line(number)
        if "\r" in text:
            text, missing = flatten(text, look), 0
        cut = len(text) - MAX_LINE_CHARACTERS
        self._texts[number - self._base] = text[:MAX_LINE_CHARACTERS]
        if cut > 0 or missing:
            self._missing[number] = missing + max(0, cut)
        else:
            self._missing.pop(number, None)

    def _trim(self) -> None:
        # A quarter more than is kept may lie about, so that moving the list costs next to nothing.
        excess = len(self._texts) - self._max_lines
        drop = excess if excess > self._max_lines // 4 else 0
        if self._characters > self._max_characters:
            sizes = [len(text) for text in self._texts]  # what was counted includes what was cut
            self._characters = sum(sizes)
            left = sum(sizes[drop:])
            while left > self._max_characters * 3 // 4 and drop < len(sizes) - 1:
                left -= sizes[drop]
                drop += 1
        if not drop:
            return
        self._characters -= sum(map(len, self._texts[:drop]))
        del self._texts[:drop], self._kinds[:drop]
        self._base += drop
        for pipe in self._pipes.values():
            pipe.forget(self._base)
        self._missing = {n: value for n, value in self._missing.items() if n >= self._base}
        self._targets = {n: value for n, value in self._targets.items() if n >= self._base}
