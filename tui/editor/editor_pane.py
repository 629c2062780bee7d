"""The open documents in tabs: header row above, text below.

Owns the open documents and which is in front. Files and kernels are reached by `DocumentCommands`,
not here.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import ContentSwitcher, Static, Tab, Tabs, TextArea

from tui.actions import ACTIONS
from tui.editor.code_area import CodeArea, Marker
from tui.editor.header_row import HeaderRow
from tui.editor.open_document import OpenDocument

if TYPE_CHECKING:
    from tui.editor.open_document import Source
    from tui.editor.post_area import PostArea

_KEYS = {action.id: action.key_shown for action in ACTIONS}
_EMPTY = (
    "No script is open.\n\n"
    "Choose one on the left and press Enter,\n"
    f"{_KEYS['new']} makes a new one, {_KEYS['palette']} finds any command,\n"
    f"{_KEYS['help']} lists every key."
)


class EditorPane(Vertical):
    """Tabs, header row and the text in front."""

    DEFAULT_CSS = """
    EditorPane {
        width: 1fr; height: 1fr;
        #document-tabs { height: 1; background: $panel; display: none; }
        #document-tabs Underline { display: none; }
        #document-tabs Tab { height: 1; padding: 0 1; }
        #document-tabs Tab.-active { background: $surface; color: $text; text-style: bold; }
        HeaderRow { display: none; }
        ContentSwitcher { height: 1fr; }
        /* A row of ten is too dear for a bar that says where in a line one is. */
        CodeArea { scrollbar-size: 0 1; }
        #no-document { padding: 1 2; color: $text-muted; height: 1fr; }
    }
    """

    @dataclass
    class ActiveChanged(Message):
        """Another document is in front, or none."""

        document: OpenDocument | None

    @dataclass
    class UnsavedChanged(Message):
        """Which documents have unsaved changes is not what it was."""

        paths: frozenset[str]

    class Edited(Message):
        """What is unsaved may be another text than it was."""

        def can_replace(self, message: Message) -> bool:
            """Of several that wait one is enough."""
            return isinstance(message, EditorPane.Edited)

    @dataclass
    class Paused(Message):
        """A document's text has changed, and nothing is typed any more."""

        document: OpenDocument

    @dataclass
    class CursorMoved(Message):
        """The cursor stands at another place; both count from 1, the line is the file's."""

        line: int
        column: int

    def __init__(self) -> None:
        super().__init__(id="editor-pane")
        self._documents: dict[str, OpenDocument] = {}
        self._numbers = itertools.count(1)
        self._unsaved: frozenset[str] = frozenset()

    def compose(self) -> ComposeResult:
        """Lay out the empty pane."""
        yield Tabs(id="document-tabs")
        yield HeaderRow()
        with ContentSwitcher(initial="no-document", id="texts"):
            yield Static(_EMPTY, id="no-document")

    @property
    def documents(self) -> Iterable[OpenDocument]:
        """The open documents in the order they were opened."""
        return self._documents.values()

    @property
    def active(self) -> OpenDocument | None:
        """The document in front."""
        return self._documents.get(self.query_one("#document-tabs", Tabs).active)

    @property
    def header(self) -> HeaderRow:
        """The header row."""
        return self.query_one(HeaderRow)

    def find(self, path: str) -> OpenDocument | None:
        """Return the open document of a path."""
        return next((one for one in self.documents if one.path == path), None)

    def holds(self, document: OpenDocument) -> bool:
        """Tell whether a document is still open."""
        return any(one is document for one in self.documents)

    def code(self, document: OpenDocument) -> CodeArea:
        """Return the text widget of a document."""
        return self.query_one(f"#text-{self._tab_id(document)}", CodeArea)

    def body(self, document: OpenDocument) -> str:
        """Return the document's text without the header, exactly as it would be written."""
        return self.code(document).text

    async def open(self, document: OpenDocument) -> None:
        """Open a document in a new tab and bring it to the front."""
        tab_id = f"document-{next(self._numbers)}"
        self._documents[tab_id] = document
        source = document.source
        code = _area_type(document)(
            source.body,
            line_number_start=source.first_body_line,
            # A body of one line does not tell; its header does.
            newline="\r\n" if "\r\n" in source.header else "\n",
            read_only=bool(document.read_only_reason),
            id=f"text-{tab_id}",
        )
        tabs = self.query_one("#document-tabs", Tabs)
        with self.app.batch_update():  # drawn once, not after each of these steps
            await self.header.fill()
            await self.query_one("#texts", ContentSwitcher).mount(code)
            self._show_bars(True)
            await tabs.add_tab(Tab(Content(document.name), id=tab_id))
            self.bring_to_front(document)

    def bring_to_front(self, document: OpenDocument) -> None:
        """Show an open document and put the cursor into it."""
        self.query_one("#document-tabs", Tabs).active = self._tab_id(document)
        self._show_front(document)
        self.code(document).focus()

    async def close(self, document: OpenDocument) -> None:
        """Close a document; what is not saved is gone."""
        tab_id = self._tab_id(document)
        del self._documents[tab_id]
        code = self.query_one(f"#text-{tab_id}", CodeArea)
        if not self._documents:
            self._show_bars(False)
            self.query_one("#texts", ContentSwitcher).current = "no-document"
        await self.query_one("#document-tabs", Tabs).remove_tab(tab_id)
        await code.remove()
        self._tell_unsaved()
        if self.active is None:
            self.post_message(self.ActiveChanged(None))

    def step(self, direction: int) -> None:
        """Bring the next (1) or previous (-1) document to the front."""
        documents = list(self._documents.values())
        active = self.active
        if active is not None and len(documents) > 1:
            place = (documents.index(active) + direction) % len(documents)
            self.bring_to_front(documents[place])

    def refresh_header(self, document: OpenDocument) -> None:
        """Show what changed about a document."""
        tab = self.query_one(f"#{self._tab_id(document)}", Tab)
        mark = "*" if document.is_dirty else ""
        gone = " (deleted on disk)" if document.is_deleted else ""
        tab.label = Content(f"{mark}{document.name}{gone}")
        if document is self.active:
            self.header.show(document)
        self._tell_unsaved()

    def show_problems(self, document: OpenDocument) -> None:
        """Show what is wrong with a document's text, and what else is known of it by now."""
        first = document.source.first_body_line
        code = self.code(document)
        code.set_markers(
            [
                Marker(max(problem.line - first, 0), problem.column - 1, problem.message)
                for problem in document.problems
            ]
        )
        code.take(document)
        self.refresh_header(document)

    def go_to(self, document: OpenDocument, line: int, column: int) -> None:
        """Put the cursor somewhere.

        Args:
            document: Which one.
            line: The file's line, from 1; a line of the header is the text's first.
            column: From 1, in characters.
        """
        self.bring_to_front(document)
        self.code(document).go_to(max(line - document.source.first_body_line, 0), column - 1)

    def reload(self, document: OpenDocument, source: Source) -> bool:
        """Replace the text by what is on disk; the place in it stays.

        Args:
            document: Which one.
            source: As it is in its file now.

        Returns:
            Whether undo brings the old text back.
        """
        document.saved(source, document.path)
        code = self.code(document)
        is_undoable = code.follow_text(source.body)
        code.line_number_start = source.first_body_line
        self.refresh_header(document)
        return is_undoable

    def note_text(self, document: OpenDocument) -> None:
        """Compare text and file now: what was typed just before may not have been told yet."""
        document.is_body_changed = self.code(document).text != document.source.body

    def note_saved(self, document: OpenDocument, source: Source, written: str) -> None:
        """Take over what has been written; what was typed meanwhile stays unsaved.

        Args:
            document: Which one.
            source: As it is in its file now.
            written: The body that was handed to the writer. The file's own may be shorter: a
                first line with `#!` or a header that has just been typed belong to the header.
        """
        document.saved(source, document.path)
        code = self.code(document)
        moved = written.removesuffix(source.body) if written.endswith(source.body) else ""
        if moved and code.text.startswith(moved):
            rows = moved.split(code.document.newline)
            code.delete((0, 0), (len(rows) - 1, len(rows[-1])), maintain_selection_offset=True)
        code.line_number_start = source.first_body_line
        self.note_text(document)
        self.refresh_header(document)

    def _show_bars(self, is_shown: bool) -> None:
        # Not by a class: that would match all styles of the pane anew, for 30 ms.
        self.query_one("#document-tabs", Tabs).display = is_shown
        self.header.display = is_shown

    def _tab_id(self, document: OpenDocument) -> str:
        return next(tab_id for tab_id, one in self._documents.items() if one is document)

    def _show_front(self, document: OpenDocument) -> None:
        self.query_one("#texts", ContentSwitcher).current = f"text-{self._tab_id(document)}"
        self.header.show(document)
        self.post_message(self.ActiveChanged(document))
        self._tell_cursor(self.code(document))

    def _tell_unsaved(self) -> None:
        self.post_message(self.Edited())
        unsaved = frozenset(one.path for one in self.documents if one.is_dirty)
        if unsaved != self._unsaved:
            self._unsaved = unsaved
            self.post_message(self.UnsavedChanged(unsaved))

    def _tell_cursor(self, code: CodeArea) -> None:
        row, column = code.cursor_location
        self.post_message(self.CursorMoved(row + code.line_number_start, column + 1))

    @on(Tabs.TabActivated, "#document-tabs")
    def _tab_activated(self, event: Tabs.TabActivated) -> None:
        event.stop()
        document = self._documents.get(event.tab.id or "")
        if document is not None:
            self._show_front(document)

    @on(TextArea.Changed)
    def _text_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        document = self._documents.get((event.text_area.id or "").removeprefix("text-"))
        if document is None:
            return
        was_dirty = document.is_dirty
        self.note_text(document)
        document.may_save_broken = False
        self.post_message(self.Edited())
        if document.is_dirty != was_dirty:
            self.refresh_header(document)

    def on_post_area_paused(self, event: PostArea.Paused) -> None:
        """Tell it of the document; by name, for the class is loaded with the first post."""
        event.stop()
        document = self._documents.get((event.area.id or "").removeprefix("text-"))
        if document is not None:
            self.post_message(self.Paused(document))

    @on(TextArea.SelectionChanged)
    def _cursor_moved(self, event: TextArea.SelectionChanged) -> None:
        event.stop()
        active = self.active
        if active is not None and event.text_area is self.code(active):
            self._tell_cursor(self.code(active))

    @on(HeaderRow.FieldChanged)
    def _field_changed(self, event: HeaderRow.FieldChanged) -> None:
        event.stop()
        event.document.change(event.name, event.value)
        self.refresh_header(event.document)


def _area_type(document: OpenDocument) -> type[CodeArea]:
    if document.language == "python":
        return CodeArea
    from tui.editor.post_area import PostArea  # the start need not pay for it

    return PostArea
