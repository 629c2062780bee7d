"""Owns typing, moving and marking in one post; files, tabs and previews must not enter."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType

from tui.editor.code_area import CodeArea
from tui.editor.document import ExactDocument

if TYPE_CHECKING:
    from tui.editor.highlight import Highlighter


class PostArea(CodeArea):
    """A text area for Markdown with front matter and macros."""

    BINDINGS: ClassVar[list[BindingType]] = []

    def _made_document(self, text: str) -> tuple[ExactDocument, Highlighter | None]:
        return ExactDocument(text), None

    def _takes_colours(self, text: str) -> bool:
        return False

    def action_new_line(self) -> None:
        """Start a line as deep as this one."""
        if self.read_only:
            return
        start, end = sorted(self.selection)
        before = self.document[start[0]][: start[1]]
        depth = before[: len(before) - len(before.lstrip(" \t"))]
        self._replace_via_keyboard("\n" + depth, start, end)
