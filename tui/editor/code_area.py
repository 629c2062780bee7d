"""Owns typing, moving and marking in one script; files, tabs and runs must not enter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.text import Text
from textual._text_area_theme import TextAreaTheme
from textual.actions import SkipAction
from textual.binding import BindingType
from textual.document._document import Newline
from textual.document._document_navigator import DocumentNavigator
from textual.document._edit import Edit
from textual.strip import Strip
from textual.widgets import TextArea
from textual.widgets.text_area import EditResult, Location, Selection

from tui.appearance import Appearance
from tui.editor.document import (
    ExactDocument,
    SourceDocument,
    UnwrappedLines,
    displayed,
    newline_of,
    without_surrogates,
)
from tui.editor.edits import LinesEdit
from tui.editor.highlight import Highlighter, LineColours, python_language
from tui.editor.indentation import INDENT_WIDTH, dedent, indent, next_indentation
from tui.editor.keys import ACTION_OF_KEY, EDITING_KEYS
from tui.editor.line_changes import change_between
from tui.editor.theme import THEME_NAME, inkstand_theme

if TYPE_CHECKING:
    from textual import events

    from tui.editor.open_document import OpenDocument

MAX_HIGHLIGHT_BYTES = 1_000_000
"""Larger documents open without colours: parsing holds the interpreter for 15 ms per 60 KB."""

MAX_UNDO_STEPS = 1_000_000
"""Textual forgets all but 50; a step costs what was typed, so it is the text that bounds memory."""


@dataclass(frozen=True, slots=True)
class Marker:
    """Something to look at in a document."""

    line: int
    """Row, from 0."""
    column: int
    """Character in the row, from 0."""
    message: str
    """What is wrong there."""


class CodeArea(TextArea, inherit_bindings=False):
    """A text area for Python that loses no byte of the file.

    No character that a terminal would obey is drawn, and no key that the app needs is bound.
    """

    DEFAULT_CSS = """
    CodeArea {
        border: none;
        padding: 0;
        &:focus { border: none; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [*EDITING_KEYS]

    document: ExactDocument
    _highlighter: LineColours | None
    _markers: dict[int, Marker]

    def __init__(
        self,
        text: str = "",
        *,
        read_only: bool = False,
        line_number_start: int = 1,
        newline: Newline = "\n",
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
        disabled: bool = False,
    ) -> None:
        """Make an editor.

        Args:
            text: The document, as it is in its file.
            read_only: Whether keys may change it.
            line_number_start: The number of the first line.
            newline: How lines end where the text does not tell, because it has only one.
            name: Name of the widget.
            id: Its id in the DOM.
            classes: Its CSS classes.
            disabled: Whether it can be used at all.
        """
        self._newline = newline
        # Neither text nor language goes to the parent: it would parse the one and compile the query
        # of the other twice. `tab_behavior` "indent" would make Escape move the focus.
        super().__init__(
            soft_wrap=False,
            tab_behavior="focus",
            read_only=read_only,
            show_line_numbers=True,
            line_number_start=line_number_start,
            max_checkpoints=MAX_UNDO_STEPS,
            name=name,
            id=id,
            classes=classes,
            disabled=disabled,
        )
        self.set_reactive(TextArea.cursor_blink, False)
        self.set_reactive(TextArea.match_cursor_bracket, False)
        self.set_reactive(TextArea.indent_width, INDENT_WIDTH)
        self.set_reactive(TextArea.language, "python")
        self.register_theme(TextAreaTheme(THEME_NAME))  # the colours come with the app, on mount
        self.theme = THEME_NAME
        self._set_document(text, "python")

    def on_mount(self) -> None:
        """Take the app's colours, and what the person has set."""
        self._set_theme(THEME_NAME)
        wanted = getattr(self.app, "appearance", None)
        if isinstance(wanted, Appearance):
            self.take_appearance(wanted)

    def take_appearance(self, wanted: Appearance) -> None:
        """Look as the person wants it."""
        self.indent_width = wanted.indent_width
        self.show_line_numbers = wanted.shows_line_numbers

    # --- the document

    def _set_document(self, text: str, language: str | None) -> None:
        self._highlight_query = None  # the parent's highlighting stays off, see `get_line`
        # Without a language the parent asks, while it is being made: nothing is parsed for that.
        made = self._made_document(text) if language else (ExactDocument(text), None)
        self.document, self._highlighter = made
        self.document.prefer_newline(self._newline)
        self._markers = {}
        self.wrapped_document = UnwrappedLines(self.document, tab_width=self.indent_width)
        self.navigator = DocumentNavigator(self.wrapped_document)
        self._build_highlight_map()
        self.move_cursor((0, 0))
        self._rewrap_and_refresh_virtual_size()

    def _made_document(self, text: str) -> tuple[ExactDocument, LineColours | None]:
        if not self._takes_colours(text):
            return ExactDocument(text), None
        source = SourceDocument(text, python_language())
        return source, Highlighter(source)

    def _takes_colours(self, text: str) -> bool:
        return _can_be_highlighted(text)

    def _build_highlight_map(self) -> None:
        # The parent's map of the whole file takes 0.8 s at 20,000 lines; ours is made when drawn.
        self._line_cache.clear()
        if self._highlighter is not None:
            self._highlighter.forget()

    def edit(self, edit: Edit) -> EditResult:
        """Change the document; every change but undo and redo comes through here.

        Args:
            edit: What to replace by what.

        Returns:
            The end of the new text and the text that was there.
        """
        # Undo goes by the edit's own places: they must exist, or it removes the wrong text.
        edit.from_location = self.document.clamped(edit.from_location)
        edit.to_location = self.document.clamped(edit.to_location)
        if not isinstance(edit, LinesEdit):
            edit.text = self.document.normalised(edit.text)
        return super().edit(edit)

    def follow_text(self, text: str) -> bool:
        """Make the document another text in one step, as it changed outside; the view stays put.

        Args:
            text: The whole new text.

        Returns:
            Whether undo brings the old text back; not where all line ends changed.
        """
        if "\n" in text:
            self.document.prefer_newline(newline_of(text))
        is_same_kind = "\n" not in text or self.document.newline == newline_of(text)
        # With or without a syntax tree: which it is to be, its size says.
        if not is_same_kind or self._takes_colours(text) != (self._highlighter is not None):
            cursor = self.cursor_location
            self.load_text(text)
            self.go_to(*cursor)
            return False
        change = change_between(self.document.lines, text.split(self.document.newline))
        if change is None:
            return True
        left, top = self.scroll_offset
        top, _ = change.moved((top, 0))
        start, end = self.selection
        self.history.checkpoint()
        self.edit(
            LinesEdit(
                self.document.newline.join(change.new),
                (change.first, 0),
                (change.first + len(change.old) - 1, len(change.old[-1])),
                False,
                selection=Selection(change.moved(start), change.moved(end)),
            )
        )
        self.history.checkpoint()
        self.scroll_to(left, top, animate=False, force=True)
        return True

    def action_undo(self) -> None:
        """Take the last step back."""
        if not self.read_only:
            self.undo()

    def action_redo(self) -> None:
        """Do the step again that was taken back."""
        if not self.read_only:
            self.redo()

    def action_copy(self) -> None:
        """Copy what is selected."""
        if self.selection.is_empty:
            raise SkipAction
        # Textual encodes strictly; the surrogates of an undecodable file would end the program.
        self.app.copy_to_clipboard(without_surrogates(self.selected_text))

    def action_cut(self) -> None:
        """Cut what is selected, or the line of the cursor."""
        if self.read_only:
            return
        if self.selection.is_empty:
            result = self._delete_cursor_line()
        else:
            result = self._delete_via_keyboard(*self.selection)
        if result is not None:
            self.app.copy_to_clipboard(without_surrogates(result.replaced_text))

    # --- drawing

    def get_line(self, line_index: int) -> Text:
        """Give a line as it is drawn.

        Args:
            line_index: Row of the document.

        Returns:
            The line in its colours, with control characters as pictures.
        """
        line = Text(displayed(self.document[line_index]), end="", no_wrap=True)
        if self._highlighter is not None:
            style_of = self._theme.syntax_styles.get
            for start, end, name in self._highlighter.spans(line_index):
                if style := style_of(name):
                    line.stylize(style, start, end)
        return line

    def render_line(self, y: int) -> Strip:
        """Draw a line of the widget.

        Args:
            y: Row of the widget.

        Returns:
            The line, its number in the style of errors if it has a marker.
        """
        strip = super().render_line(y)
        if self.scroll_offset.y + y not in self._markers or not self.show_line_numbers:
            return strip
        style, width = self._theme.syntax_styles["error"], self.gutter_width
        gutter = [
            Segment(text, (under or style) + style) for text, under, _ in strip.crop(0, width)
        ]
        return Strip.join([Strip(gutter, width), strip.crop(width)])

    def _set_theme(self, theme: str) -> None:
        if theme == THEME_NAME and self.is_attached:
            app = self.app
            self.register_theme(
                inkstand_theme(
                    app.get_css_variables(),  # `theme_variables` is a refresh behind
                    is_dark=app.current_theme.dark,
                    has_16_colours=app.native_ansi_color or app.console.color_system == "standard",
                )
            )
            self._line_cache.clear()
        super()._set_theme(theme)

    def find_matching_bracket(self, bracket: str, search_from: Location) -> Location | None:
        """Find a bracket's partner, if that is switched on.

        Args:
            bracket: The character at the cursor.
            search_from: Where it stands.

        Returns:
            Where its partner stands.
        """
        # The parent searches to the end of the file even when it will not show what it finds.
        if not self.match_cursor_bracket:
            return None
        return super().find_matching_bracket(bracket, search_from)

    def get_column_width(self, row: int, column: int) -> int:
        """Measure the part of a line before a column.

        Args:
            row: Line of the document.
            column: Character in the line.

        Returns:
            Cells from the start of the line.
        """
        return cell_len(displayed(self.document[row][:column]).expandtabs(self.indent_width))

    # --- markers

    @property
    def markers(self) -> list[Marker]:
        """The markers shown, one for a line, in order."""
        return [self._markers[line] for line in sorted(self._markers)]

    def set_markers(self, errors: Sequence[Marker]) -> None:
        """Show these errors and no others.

        Args:
            errors: What is wrong; of several in one line the first is kept.
        """
        self._markers = {marker.line: marker for marker in reversed(errors)}
        self.refresh()

    def take(self, document: OpenDocument) -> None:
        """Show what else is known of the text; Python's colours come from its syntax tree."""

    def clear_markers(self) -> None:
        """Show no errors."""
        self.set_markers(())

    def go_to(self, line: int, column: int) -> None:
        """Put the cursor somewhere and show it in the middle.

        Args:
            line: Row, from 0; beyond the end it is the last.
            column: Character in the row, from 0.
        """
        self.move_cursor(self.document.clamped((line, column)), center=True)
        # A document that has just been opened has no size yet, and nothing to centre in.
        self.call_after_refresh(self.scroll_cursor_visible, center=True)

    # --- keys

    async def _on_key(self, event: events.Key) -> None:
        # The parent inserts letters right here, while a binding acts only when its key has gone up
        # to the app: letters in the same packet of a slow line would overtake Enter and Backspace.
        action = ACTION_OF_KEY.get(event.key)
        if action is not None and await self.app.run_action(action, self):
            event.stop()
            event.prevent_default()

    def action_new_line(self) -> None:
        """Start a line with the indentation that fits."""
        if self.read_only:
            return
        start, end = sorted(self.selection)
        before = self.document[start[0]][: start[1]]
        self._replace_via_keyboard("\n" + next_indentation(before, self.indent_width), start, end)

    def action_indent(self) -> None:
        """Indent the selected lines; without a selection, insert spaces to the next tab stop."""
        if self.read_only:
            raise SkipAction  # then Tab moves the focus
        if self.selection.is_empty:
            spaces = " " * self._find_columns_to_next_tab_stop()
            self._replace_via_keyboard(spaces, *self.selection)
        else:
            self._change_lines(indent)

    def action_dedent(self) -> None:
        """Dedent the selected lines, or the line of the cursor."""
        if self.read_only:
            raise SkipAction
        self._change_lines(dedent)

    def _change_lines(self, change: Callable[[Sequence[str], int], list[str]]) -> None:
        (top, _), (bottom, bottom_column) = sorted(self.selection)
        if bottom > top and bottom_column == 0:
            bottom -= 1  # the selection only touches that line
        old = self.document.lines[top : bottom + 1]
        new = change(old, self.indent_width)
        if new == old:
            return

        def moved(location: Location) -> Location:
            row, column = location
            if not top <= row <= bottom or column == 0:
                return location
            return row, max(0, column + len(new[row - top]) - len(old[row - top]))

        start, end = self.selection
        text = self.document.newline.join(new)
        selection = Selection(moved(start), moved(end))
        self.history.checkpoint()
        self.edit(LinesEdit(text, (top, 0), (bottom, len(old[-1])), False, selection=selection))
        self.history.checkpoint()

    def action_cursor_page_up(self, select: bool = False) -> None:
        """Move up by what is shown.

        Args:
            select: Whether to select on the way.
        """
        self._move_page(-1, select)

    def action_cursor_page_down(self, select: bool = False) -> None:
        """Move down by what is shown.

        Args:
            select: Whether to select on the way.
        """
        self._move_page(1, select)

    def _move_page(self, direction: int, select: bool) -> None:
        rows = direction * max(1, self.content_size.height - 1)
        target = self.navigator.get_location_at_y_offset(self.cursor_location, rows)
        self.scroll_relative(y=rows, animate=False)
        self.move_cursor(target, select=select)

    def action_cursor_document_start(self, select: bool = False) -> None:
        """Move to the first character.

        Args:
            select: Whether to select on the way.
        """
        self.move_cursor((0, 0), select=select)

    def action_cursor_document_end(self, select: bool = False) -> None:
        """Move behind the last character.

        Args:
            select: Whether to select on the way.
        """
        self.move_cursor(self.document.end, select=select)


def _can_be_highlighted(text: str) -> bool:
    if len(text) > MAX_HIGHLIGHT_BYTES:
        return False
    try:
        return len(text.encode()) <= MAX_HIGHLIGHT_BYTES
    except UnicodeEncodeError:  # surrogates, which the parser cannot be given
        return False
