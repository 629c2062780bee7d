"""Reads html into blocks: what a browser would set apart, and what macros are known to give.

Owns what tags, and classes of the default macros, mean in a terminal. How blocks are drawn must
never enter. Whatever comes in: no recursion, bounded depth, one pass.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from tui.preview.blocks import (
    Block,
    Cell,
    Code,
    Frame,
    Mark,
    Picture,
    Pictures,
    Rule,
    Run,
    Table,
    Words,
)
from tui.preview.elements import (
    BLOCKS,
    ENDS_ALIKE,
    MARKS,
    VOID,
    Align,
    Element,
    alignment_of,
    number_of,
)
from tui.preview.embeds import cloud_of, embedded
from tui.preview.fitting import address, collapsed, fit
from tui.preview.tokens import attributes_of, tokens

MAX_CHARS = 500_000
"""A screen full is 2,000; hostile ones of this size take 1 s, tables of many rows 4 s."""
MAX_BLOCKS = 10_000
"""A page has no more; what comes behind is left out, and told."""
MAX_DEPTH = 100

_LABEL_LEVEL = 5
"""Of the heading that a month of a photo archive gets."""
_HEADING = re.compile(r"h([1-6])")
_FAILED = re.compile(r"\s*macro (\S+) failed: (.+?)\s*")
_COLUMNS = re.compile(r"gallery-cols-([1-9])")


def read_blocks(html: str) -> list[Block]:
    """Read html.

    Args:
        html: Any text.

    Returns:
        What it shows, at most `MAX_BLOCKS`, and a last one that says so if there was more.
    """
    reader = _Reader()
    for token in tokens(html[:MAX_CHARS]):
        if token.kind == "text":
            reader.text(token.value)
        elif token.kind == "open":
            reader.open(token.value, attributes_of(token.attributes))
        elif token.kind == "close":
            reader.close(token.value)
        else:
            reader.comment(token.value)
        if len(reader.blocks) > MAX_BLOCKS:
            break
    return reader.finish(is_cut=len(html) > MAX_CHARS)


class _Reader:
    """The state of one reading."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._open = [Element("")]
        self._ignored = 0
        """Open elements beyond `MAX_DEPTH`."""
        self._runs: list[Run] = []
        self._pictures: list[Picture] = []
        self._rows: list[list[Cell]] | None = None
        """Of the table that is read."""
        self._align: Align = "left"
        self._is_in_cell = False

    @property
    def _here(self) -> Element:
        return self._open[-1]

    # What comes ---------------------------------------------------------------------------------

    def text(self, text: str) -> None:
        """Take in text."""
        here = self._here
        if here.is_pre:
            self._runs.append(Run(text))
            return
        text = collapsed(text)
        if text[:1] == " " and self._is_at_space():
            text = text[1:]
        if text:
            self._runs.append(Run(text.replace("\xa0", " "), here.marks, here.href))

    def open(self, name: str, attributes: dict[str, str]) -> None:
        """Take in a start tag."""
        if name in VOID or name == "iframe":
            self._void(name, attributes)
            return
        self._end_alike(name)
        if name in BLOCKS:
            self._flush()
        if len(self._open) >= MAX_DEPTH:
            self._ignored += 1
            return
        element = self._inside(name, attributes)
        self._open.append(element)
        if "data-tag-cloud-words" in attributes:
            words = cloud_of(attributes["data-tag-cloud-words"], fit)
            if words is not None:
                self._emit(replace(words, frames=element.frames))
        if name in ("video", "audio") and attributes.get("src"):
            self._embed(name, attributes)

    def close(self, name: str) -> None:
        """Take in an end tag."""
        if self._ignored:
            self._ignored -= 1
            if name in BLOCKS:
                self._flush()
            return
        is_block = name in BLOCKS
        for at in range(len(self._open) - 1, 0, -1):
            if self._open[at].name == name:
                self._pop_to(at)
                return
            if not is_block and self._open[at].name in BLOCKS:
                return  # <b><p></b>: the paragraph goes on

    def comment(self, text: str) -> None:
        """Take in a comment: those of failed macros are shown."""
        failed = _FAILED.fullmatch(text)
        if failed is not None:
            words = fit(f"✘ [[{failed[1]}]] failed: {failed[2]}")
            self._runs.append(Run(words, Mark.FAULT))

    def finish(self, *, is_cut: bool) -> list[Block]:
        """Close all that is open."""
        self._ignored = 0
        self._pop_to(1)
        self._flush()
        self._flush_pictures()
        if is_cut or len(self.blocks) > MAX_BLOCKS:
            del self.blocks[MAX_BLOCKS:]
            self.blocks.append(Words(runs=[Run("… the rest is too long to be shown", Mark.ITALIC)]))
        return self.blocks

    # Elements -----------------------------------------------------------------------------------

    def _inside(self, name: str, attributes: dict[str, str]) -> Element:
        """Return what holds inside a new element."""
        parent = self._here
        element = replace(
            parent,
            name=name,
            marks=parent.marks | MARKS.get(name, Mark.NONE),
            is_pre=parent.is_pre or name == "pre",
            number=0,
            text_start=len(self._runs),
        )
        classes = attributes.get("class", "")
        if (heading := _HEADING.fullmatch(name)) is not None:
            element.level = int(heading[1])
        elif name == "a":
            element.href = attributes.get("href", "")
            element.title = attributes.get("data-title", "")
            if element.href:
                element.marks |= Mark.LINK
        elif name == "blockquote":
            element.frames = (*parent.frames, Frame("│ ", is_quote=True))
        elif name in ("ul", "ol"):
            element.number = number_of(attributes.get("start"), 1) if name == "ol" else 0
            if not parent.frames or parent.frames[-1].is_quote:
                element.has_gap = True  # the first item; the others stand close
        elif name == "li":
            element.frames = (*parent.frames, Frame(self._marker(parent)))
            element.has_gap = parent.has_gap
            parent.has_gap = False
        elif name == "figcaption":
            element.has_gap = False
        elif name == "dd":
            element.frames = (*parent.frames, Frame("  "))
            element.has_gap = False
        elif name == "p":
            element.has_gap = True
        if classes:
            self._note_classes(element, classes, attributes)
        if name == "table":
            self._flush_pictures()
            if self._rows is None:
                self._rows = []
        elif name == "tr" and self._rows is not None:
            self._rows.append([])
        elif name in ("td", "th") and self._rows is not None and not self._is_in_cell:
            self._is_in_cell = True
            self._align = alignment_of(attributes)
        return element

    def _note_classes(self, element: Element, classes: str, attributes: dict[str, str]) -> None:
        """See what the classes of the default macros mean."""
        if element.name in BLOCKS and "gallery" in classes and "caption" not in classes:
            asked = _COLUMNS.search(classes)
            element.columns = int(asked[1]) if asked is not None else self._here.columns or 3
        for one in classes.split():
            if one.endswith("-month-label"):
                element.level = _LABEL_LEVEL
            elif one.endswith("-empty"):
                element.columns = 0
                element.marks |= Mark.ITALIC

    def _marker(self, parent: Element) -> str:
        for one in reversed(self._open):
            if one.name == "ol":
                one.number += 1
                return f"{one.number - 1}. "
            if one.name == "ul":
                break
        return "• "

    def _end_alike(self, name: str) -> None:
        """Close what a start tag ends without saying so: `<li>` the item before it."""
        if self._ignored or name not in ENDS_ALIKE:
            return
        ended, bounds = ENDS_ALIKE[name]
        for at in range(len(self._open) - 1, 0, -1):
            if self._open[at].name in ended:
                self._pop_to(at)
                return
            if self._open[at].name in bounds:
                return

    def _pop_to(self, at: int) -> None:
        while len(self._open) > at:
            self._leave(self._here)

    def _leave(self, element: Element) -> None:
        """Close the innermost element."""
        if element.name == "a":
            self._tell_address(element)
        if element.name in ("td", "th") and self._is_in_cell and self._rows is not None:
            if not self._rows:
                self._rows.append([])
            self._rows[-1].append(Cell(self._taken(), self._align, element.name == "th"))
            self._is_in_cell = False
        elif element.name in BLOCKS:
            self._flush()
        self._open.pop()
        if element.columns and not self._here.columns:
            self._flush_pictures()
        if element.name == "table" and not any(one.name == "table" for one in self._open):
            rows, self._rows = self._rows, None
            self._is_in_cell = False
            if rows and any(rows):
                self._emit(Table(rows=rows, frames=self._here.frames))

    def _tell_address(self, element: Element) -> None:
        """Write the address behind a link, unless the link says it."""
        runs = self._runs[element.text_start :]
        text = "".join(run.text for run in runs).strip()
        shown = address(element.href)
        if text and shown and text not in (shown, re.sub(r"^(https?://|mailto:)", "", shown)):
            self._runs.append(Run(f" ({shown})", self._open[-2].marks | Mark.QUIET))

    def _void(self, name: str, attributes: dict[str, str]) -> None:
        here = self._here
        if name == "br":
            self._runs.append(Run("\n"))
        elif name == "hr":
            self._flush()
            self._emit(Rule(frames=here.frames))
        elif name == "img":
            self._image(attributes)
        elif name in ("iframe", "embed"):
            self._embed(name, attributes)
        elif name == "input" and attributes.get("type") == "checkbox":
            self._runs.append(Run("[x]" if "checked" in attributes else "[ ]"))

    def _image(self, attributes: dict[str, str]) -> None:
        here = self._here
        alt = collapsed(attributes.get("alt", "")).strip()
        url = attributes.get("src", "")
        if here.columns and not self._is_in_cell:
            title = collapsed(here.title).strip() or alt or address(url)
            self._pictures.append(Picture(title, here.href or url))
            return
        self._runs.append(Run(f"[image: {alt}]" if alt else "[image]", here.marks, here.href))
        if url and url != here.href:
            self._runs.append(Run(f" {address(url)}", Mark.QUIET))

    def _embed(self, name: str, attributes: dict[str, str]) -> None:
        what, url = embedded(name, attributes)
        if self._is_in_cell:
            self._runs.append(Run(f"▶ {fit(what)} {address(url)}"))
            return
        self._flush()
        runs = [Run("▶ "), Run(fit(what), Mark.BOLD), Run(f"  {address(url)}", Mark.QUIET)]
        self._emit(Words(runs=runs, frames=self._here.frames))

    # Blocks -------------------------------------------------------------------------------------

    def _is_at_space(self) -> bool:
        return not self._runs or self._runs[-1].text[-1:] in (" ", "\n")

    def _taken(self) -> Sequence[Run]:
        runs, self._runs = self._runs, []
        for one in self._open:
            one.text_start = 0
        return runs

    def _flush(self) -> None:
        """Let what was read so far be a block of its own."""
        if self._is_in_cell:
            if not self._is_at_space():
                self._runs.append(Run(" "))
            return
        if not self._runs:
            return
        here = self._here
        runs = self._taken()
        if here.is_pre:
            text = "".join(run.text for run in runs).strip("\n")
            lines = [fit(line.expandtabs(4)).rstrip() for line in re.split(r"\r\n|\r|\n", text)]
            self._emit(Code(lines=lines, frames=here.frames))
        elif any(not run.text.isspace() for run in runs):
            self._emit(Words(runs=runs, level=here.level, frames=here.frames, has_gap=here.has_gap))
            here.has_gap = self._has_gap_behind(here)

    def _has_gap_behind(self, here: Element) -> bool:
        """Tell whether the next text right in this element stands off: not in a list's item."""
        return not here.frames or here.frames[-1].is_quote

    def _emit(self, block: Block) -> None:
        self._flush_pictures()
        self.blocks.append(block)

    def _flush_pictures(self) -> None:
        if self._pictures:
            pictures, self._pictures = self._pictures, []
            columns = max((one.columns for one in self._open), default=0) or 3
            last = self.blocks[-1] if self.blocks else None
            self.blocks.append(
                Pictures(
                    pictures=pictures,
                    columns=columns,
                    frames=self._here.frames,
                    has_gap=not (isinstance(last, Words) and last.level == _LABEL_LEVEL),
                )
            )
