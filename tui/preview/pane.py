"""The pane beside the text, or below it: what is shown with what, and the view.

Owns its place among the others, and which of the two forms is in front. Making previews must never
enter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Static, Tab, Tabs

from store.one_line import clean
from tui.preview.rows import Shown
from tui.preview.view import PreviewView

if TYPE_CHECKING:
    from tui.editor.editor_pane import EditorPane

_BESIDE = 100
"""Columns of the screen from which on it stands at the right."""
_HINTS = "s sample  u posts  h html  n next error  Enter jumps"
"""Shown while the keys of the view hold."""
_PAGE, _HTML = "preview-page", "preview-html"


class PreviewPane(Vertical):
    """What a macro gives, or a post as its readers would see it, while it is being written."""

    DEFAULT_CSS = """
    PreviewPane {
        height: 1fr; background: $surface; border-top: solid $panel-lighten-2;
        &.-beside { border-top: none; border-left: solid $panel-lighten-2; }
        #preview-subject, #preview-bar { height: 1; background: $panel; }
        #preview-subject { padding: 0 1; text-style: bold; }
        #preview-facts { width: 1fr; height: 1; padding: 0 1; }
        Static { text-wrap: nowrap; text-overflow: ellipsis; }
        Tabs { width: 17; height: 1; }
        Tabs Underline { display: none; }
        Tabs Tab { height: 1; padding: 0 1; }
        Tabs Tab.-active { background: $surface; color: $text; text-style: bold; }
    }
    """

    class Resized(Message):
        """Its rows are to be drawn for another width."""

    def __init__(self) -> None:
        super().__init__(id="preview-pane")
        self._shown = Shown()
        self._width = 0
        self._facts = ""

    def compose(self) -> ComposeResult:
        """Lay out the two lines and the view."""
        yield Static(id="preview-subject")
        with Horizontal(id="preview-bar"):
            yield Tabs(Tab("Rendered", id=_PAGE), Tab("HTML", id=_HTML), id="preview-tabs")
            yield Static(id="preview-facts")
        yield PreviewView()

    @property
    def view(self) -> PreviewView:
        """The rows."""
        return self.query_one(PreviewView)

    @property
    def row_width(self) -> int:
        """Cells of a row."""
        return max(self.view.scrollable_content_region.width, 0)

    def show(self, shown: Shown) -> None:
        """Show a result."""
        self._shown = shown
        self._show_form()

    def show_subject(self, call: str, path: str = "", facts: str = "") -> None:
        """Say what is shown.

        Args:
            call: A macro's, or another subject.
            path: The post that the call stands in.
            facts: What else is known, the most important first.
        """
        subject = _subject(clean(call), clean(path), self.size.width - 2)
        self.query_one("#preview-subject", Static).update(Text(subject))
        self._facts = clean(facts)
        self._show_facts()

    def switch_form(self) -> None:
        """Show html instead of what readers see, or the other way round."""
        tabs = self.query_one("#preview-tabs", Tabs)
        tabs.active = _PAGE if tabs.active == _HTML else _HTML

    def open_in(self, editor: EditorPane) -> None:
        """Take the place that there is in the editor: beside the text, or below it."""
        is_beside = self.screen.size.width >= _BESIDE
        self.set_class(is_beside, "-beside")
        above = (editor.query_one("#document-tabs"), editor.header)
        if is_beside:
            styles = editor.styles
            styles.layout = "grid"
            styles.grid_size_columns = 2
            styles.grid_rows = "1 2 1fr"
            styles.grid_columns = "1fr 1fr"
        else:
            editor.styles.layout = "vertical"
        for widget in above:
            widget.styles.column_span = 2 if is_beside else 1
        self.display = True

    def close_in(self, editor: EditorPane) -> None:
        """Leave the editor to the text."""
        self.display = False
        editor.styles.layout = "vertical"

    def on_resize(self, event: events.Resize) -> None:
        """Have the rows drawn anew where they are as wide as they were no more."""
        width = self.row_width
        if width != self._width:
            self._width = width
            self.post_message(self.Resized())

    def on_descendant_focus(self) -> None:
        """Tell the keys."""
        self._show_facts()

    def on_descendant_blur(self) -> None:
        """Tell the facts again."""
        self._show_facts()

    @on(Tabs.TabActivated)
    def _form_chosen(self, event: Tabs.TabActivated) -> None:
        event.stop()
        self._show_form()

    def _show_facts(self) -> None:
        told = _HINTS if self.view.has_focus else self._facts
        self.query_one("#preview-facts", Static).update(Text(told))

    def _show_form(self) -> None:
        is_html = self.query_one("#preview-tabs", Tabs).active == _HTML
        form = self._shown.html if is_html else self._shown.page
        self.view.show([*self._shown.told, *form])


def _subject(call: str, path: str, width: int) -> str:
    """Write a call and its post; without room the call is cut and the post's folder left out."""
    where = f" in {path}" if path else ""
    if len(call) + len(where) > width and path:
        where = f" in {path.rpartition('/')[2]}"
    room = max(width - len(where), 12)
    return f"{call if len(call) <= room else f'{call[: room - 1]}…'}{where}"
