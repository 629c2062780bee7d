"""Owns typing, moving and marking in one post; files, tabs and previews must not enter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Offset
from textual.message import Message

from tui.editor.choice_list import ChoiceList
from tui.editor.code_area import CodeArea
from tui.editor.completion import Completion, Macros, completion_at
from tui.editor.post_document import PostDocument
from tui.editor.post_marks import PostText

if TYPE_CHECKING:
    from textual.timer import Timer
    from textual.widgets.text_area import Selection

    from tui.editor.document import ExactDocument
    from tui.editor.highlight import LineColours
    from tui.editor.open_document import OpenDocument

PAUSE_S = 0.1
"""How long nothing is typed before the text is looked at again."""
_ROWS_BEFORE = 10
"""Rows above the cursor in which the macro that it is in may begin."""


class PostArea(CodeArea):
    """A text area for Markdown with front matter and macros."""

    BINDINGS: ClassVar[list[BindingType]] = [
        # Ctrl+Space arrives as Ctrl+@ where it arrives at all.
        Binding("alt+w,ctrl+@", "complete", "Complete a macro", show=False, id="post.complete"),
    ]

    @dataclass
    class Paused(Message):
        """The text has changed, and nothing is typed any more."""

        area: PostArea

    _pause: Timer | None = None
    _macros: Macros | None = None
    _list: ChoiceList | None = None
    _completion: Completion | None = None
    """What is offered; None when nothing is."""
    _chosen = 0
    _has_opened_macro = False
    """The second bracket of a macro is being typed."""

    # --- what is known of the text

    def _made_document(self, text: str) -> tuple[ExactDocument, LineColours | None]:
        document = PostText(text)
        return document, document

    def _takes_colours(self, text: str) -> bool:
        return True

    def _build_highlight_map(self) -> None:
        super()._build_highlight_map()
        if not self.is_mounted:
            return
        if self._pause is not None:
            self._pause.stop()
        self._pause = self.set_timer(PAUSE_S, self._has_paused)
        if self._has_opened_macro:
            self._has_opened_macro = False
            self._offer()
        elif self._completion is not None:
            self._offer()

    def _has_paused(self) -> None:
        self._pause = None
        self.post_message(self.Paused(self))

    def take(self, document: OpenDocument) -> None:
        """Show what was found in the text, if it is this text still."""
        assert isinstance(document, PostDocument)
        self._macros = document.macros
        analysis, text = document.analysis, self.document
        assert isinstance(text, PostText)
        if analysis is not None and analysis.text == text.text:
            text.name_parts(document.marks)
            self._line_cache.clear()
            self.refresh()

    # --- keys

    async def _on_key(self, event: events.Key) -> None:
        # Before the handlers of the classes above, which take what is left.
        if self._completion is not None and self._choose(event.key):
            event.stop()
            event.prevent_default()
        elif event.key in ("alt+w", "ctrl+@"):
            event.stop()
            event.prevent_default()
            self.action_complete()
        elif event.character == "[" and not self.read_only:
            row, column = self.cursor_location
            self._has_opened_macro = self.document[row][:column].endswith("[")

    def action_new_line(self) -> None:
        """Start a line as deep as this one."""
        if self.read_only:
            return
        start, end = sorted(self.selection)
        before = self.document[start[0]][: start[1]]
        depth = before[: len(before) - len(before.lstrip(" \t"))]
        self._replace_via_keyboard("\n" + depth, start, end)

    # --- completing

    @property
    def offered(self) -> Completion | None:
        """What is offered at the cursor; None when nothing is."""
        return self._completion

    def action_complete(self) -> None:
        """Offer what can stand at the cursor."""
        if self.read_only:
            return
        self._offer()
        if self._completion is None:
            self.screen.notify(
                "Nothing to complete here: it works within [[ and ]], for macros of the project."
            )

    def _offer(self) -> None:
        completion = self._completion_here()
        if completion is None:
            self._close_list()
            return
        if self._completion is None or completion.choices != self._completion.choices:
            self._chosen = 0
        self._completion = completion
        if self._list is None:
            self._list = ChoiceList()
            self.screen.mount(self._list)
        self._show_list()
        if self._chosen == 0:
            # What was just typed may have scrolled the text: only now it is known where.
            self.call_after_refresh(self._show_list)

    def _completion_here(self) -> Completion | None:
        if self._macros is None or not self.selection.is_empty:
            return None
        row, column = self.cursor_location
        line = self.document[row]
        above = self.document.lines[max(row - _ROWS_BEFORE, 0) : row]
        return completion_at("\n".join([*above, line[:column]]), line[column:], self._macros)

    def _show_list(self) -> None:
        completion = self._completion
        if completion is None or self._list is None:
            return
        row, column = self.cursor_location
        typed = self.document[row][max(column - completion.typed, 0) : column]
        at = self.cursor_screen_offset - Offset(cell_len(typed), 0)
        self._list.show(completion.choices, self._chosen, at, self.screen.size)

    def _close_list(self) -> None:
        self._completion = None
        self._chosen = 0
        if self._list is not None:
            self._list.display = False

    def _choose(self, key: str) -> bool:
        """Let a key move among the choices; tell whether it was one of theirs."""
        assert self._completion is not None
        if key in ("up", "down"):
            step = 1 if key == "down" else -1
            self._chosen = (self._chosen + step) % len(self._completion.choices)
            self._show_list()
        elif key in ("tab", "enter"):
            self._accept(self._completion)
        elif key == "escape":
            self._close_list()
        else:
            return False
        return True

    def _accept(self, completion: Completion) -> None:
        choice = completion.choices[self._chosen]
        self._close_list()
        row, column = self.cursor_location
        self.history.checkpoint()
        self._replace_via_keyboard(choice.text, (row, column - completion.typed), (row, column))
        self.history.checkpoint()
        if choice.goes_on:
            self._offer()

    def _watch_selection(self, previous_selection: Selection, selection: Selection) -> None:
        super()._watch_selection(previous_selection, selection)
        if self._completion is not None and self.is_mounted:
            self._offer()

    def on_blur(self) -> None:
        """Offer nothing where nothing is typed."""
        self._close_list()

    def on_unmount(self) -> None:
        """Take the list along."""
        if self._list is not None and self._list.is_attached:
            self._list.remove()
