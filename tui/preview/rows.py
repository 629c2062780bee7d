"""What the preview pane shows, as rows: what went wrong and where, then the page or its html.

Owns the words. Drawing them, and running anything, must never enter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import chop_cells
from rich.style import Style
from rich.text import Text

from engine.render.markdown import to_html
from store.one_line import clean
from tui.actions import ACTIONS
from tui.preview.blocks import Run
from tui.preview.drawing import MIN_WIDTH, draw_html
from tui.preview.fitting import fit
from tui.preview.pages import page_lines
from tui.preview.wrapping import wrapped

if TYPE_CHECKING:
    from engine.render.expand import MacroFailure
    from engine.render.previews import MacroPreview, PostPreview

MAX_TOLD = 50
"""Of failures, warnings and problems each."""
_MAX_OUTPUT_LINES = 20
_MAX_HTML_ROWS = 20_000
_BETWEEN_TAGS = re.compile(r"(?<=>)(?=<[a-zA-Z!])")

_PANE_KEY = next(action.key_shown for action in ACTIONS if action.id == "next_pane")
_FAULT = Style(color="red", bold=True)
_WARNING = Style(color="yellow")
_NOTE = Style(dim=True)
_TAGS = Style(color="cyan")
_PLACE = Style(underline=True)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row leads."""

    path: str
    """From the project folder."""
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the pane."""

    text: Text
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A result, in both forms."""

    told: Sequence[Row] = ()
    """What went wrong; above either form."""
    page: Sequence[Row] = ()
    html: Sequence[Row] = ()


def macro_shown(preview: MacroPreview, width: int) -> Shown:
    """Draw what a macro gave.

    Args:
        preview: The result.
        width: Cells of a row.
    """
    told: list[Row] = []
    if preview.failure is not None:
        told += _failure_rows(preview.failure, width, with_post=False)
    for words in preview.warnings[:MAX_TOLD]:
        told += _wrapped(f"! {words}", width, _WARNING)
    told += _output_rows(preview.output, width)
    html = preview.html or ""
    page = [Row(line) for line in draw_html(to_html(html), width)]
    if preview.html is not None and not html.strip():
        page = [Row(Text("It gave no html.", _NOTE))]
    return Shown(told, page, list(_html_rows(html, width)))


def post_shown(preview: PostPreview, width: int) -> Shown:
    """Draw a post as its readers would see it; see `macro_shown`."""
    told: list[Row] = []
    for failure in preview.failures[:MAX_TOLD]:
        told += _failure_rows(failure, width, with_post=True)
    for warning in preview.warnings[:MAX_TOLD]:
        place = Place(warning.path, warning.line, warning.column)
        told += _wrapped(f"! [[{warning.macro}]]: {warning.words}", width, _WARNING, place)
    for problem in list(preview.problems)[:MAX_TOLD]:
        place = Place(preview.page.path, problem.line, problem.column)
        told += _wrapped(f"! {problem.line}: {problem.words}", width, _WARNING, place)
    told += _output_rows(preview.output, width)
    html = to_html(preview.text)
    page = [Row(line) for line in page_lines(preview, width)]
    return Shown(told, page, list(_html_rows(html, width)))


def said(words: str, width: int, *, is_fault: bool) -> Shown:
    """Show words in the place of a result."""
    return Shown(list(_wrapped(words, width, _FAULT if is_fault else _NOTE)))


def _failure_rows(failure: MacroFailure, width: int, *, with_post: bool) -> Iterator[Row]:
    words = f"{failure.error}: {failure.words}" if failure.words else failure.error
    name = f"[[{failure.macro}]] " if with_post else ""
    yield from _wrapped(f"✘ {name}{words}", width, _FAULT)
    if failure.script_path and failure.script_line:
        place = Place(failure.script_path, failure.script_line, failure.script_column or 1)
        yield _place_row(place)
    if with_post:
        yield _place_row(Place(failure.path, failure.line, failure.column))


def _place_row(place: Place) -> Row:
    text = Text("  → ")
    text.append(f"{clean(place.path)}:{place.line}:{place.column}", _PLACE)
    text.append(f"  ({_PANE_KEY}, Enter)", _NOTE)
    return Row(text, place)


def _output_rows(output: str, width: int) -> Iterator[Row]:
    lines = output.splitlines()
    for line in lines[:_MAX_OUTPUT_LINES]:
        yield from _wrapped(f"· {line}", width, _NOTE)
    if len(lines) > _MAX_OUTPUT_LINES:
        yield Row(Text(f"· … and {len(lines) - _MAX_OUTPUT_LINES} more lines printed", _NOTE))


def _wrapped(words: str, width: int, style: Style, place: Place | None = None) -> Iterator[Row]:
    for line in wrapped([Run(clean(words))], max(width, MIN_WIDTH)):
        yield Row(Text("".join(run.text for run in line), style), place)


def _html_rows(html: str, width: int) -> Iterator[Row]:
    """Write html with a row for each element that begins, tags set off."""
    width = max(width, MIN_WIDTH)
    count = 0
    for line in html.splitlines():
        for part in _BETWEEN_TAGS.split(line):
            for piece in chop_cells(fit(part.expandtabs(4)), width):
                text = Text(piece)
                text.highlight_regex(r"</?[a-zA-Z][^\s>]*|/?>", _TAGS)
                yield Row(text)
                count += 1
                if count >= _MAX_HTML_ROWS:
                    yield Row(Text("… the rest is too long to be shown", _NOTE))
                    return
