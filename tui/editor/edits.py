"""Owns edits that are more than text for a range; what they do to lines is `indentation`'s."""

from __future__ import annotations

from dataclasses import dataclass, field

from textual.document._edit import Edit
from textual.widgets import TextArea
from textual.widgets.text_area import EditResult, Selection


@dataclass
class LinesEdit(Edit):
    """A replacement of whole lines by others made of them; it says itself what is selected then."""

    selection: Selection = field(default_factory=Selection)
    """The selection afterwards, also when done again."""

    def do(self, text_area: TextArea, record_selection: bool = True) -> EditResult:
        """Replace the lines.

        Args:
            text_area: Where.
            record_selection: Whether undo is to bring back the selection of now.

        Returns:
            The end of the new lines and the text that was there.
        """
        result = super().do(text_area, record_selection)
        self._updated_selection = self.selection
        return result
