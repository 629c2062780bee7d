"""Owns the keys of the code area; what they do is written there.

Keys that belong to the app must not enter: F-keys, Escape, Alt with a letter (but Alt+A), Ctrl with
S, P, Q, W, N, F, G, E or PageUp and PageDown.
"""

from textual.binding import Binding


def _bind(keys: str, action: str, description: str, name: str) -> Binding:
    return Binding(keys, action, description, show=False, id=f"editor.{name}")


EDITING_KEYS = (
    _bind("up", "cursor_up", "Up", "up"),
    _bind("down", "cursor_down", "Down", "down"),
    _bind("left", "cursor_left", "Left", "left"),
    _bind("right", "cursor_right", "Right", "right"),
    _bind("ctrl+left", "cursor_word_left", "Word left", "word_left"),
    _bind("ctrl+right", "cursor_word_right", "Word right", "word_right"),
    _bind("home", "cursor_line_start", "Start of line", "line_start"),
    _bind("end", "cursor_line_end", "End of line", "line_end"),
    _bind("pageup", "cursor_page_up", "Page up", "page_up"),
    _bind("pagedown", "cursor_page_down", "Page down", "page_down"),
    _bind("ctrl+home", "cursor_document_start", "Start of script", "document_start"),
    _bind("ctrl+end", "cursor_document_end", "End of script", "document_end"),
    _bind("shift+up", "cursor_up(True)", "Select up", "select_up"),
    _bind("shift+down", "cursor_down(True)", "Select down", "select_down"),
    _bind("shift+left", "cursor_left(True)", "Select left", "select_left"),
    _bind("shift+right", "cursor_right(True)", "Select right", "select_right"),
    _bind("ctrl+shift+left", "cursor_word_left(True)", "Select word left", "select_word_left"),
    _bind("ctrl+shift+right", "cursor_word_right(True)", "Select word right", "select_word_right"),
    _bind("shift+home", "cursor_line_start(True)", "Select to line start", "select_line_start"),
    _bind("shift+end", "cursor_line_end(True)", "Select to line end", "select_line_end"),
    _bind("shift+pageup", "cursor_page_up(True)", "Select page up", "select_page_up"),
    _bind("shift+pagedown", "cursor_page_down(True)", "Select page down", "select_page_down"),
    _bind("ctrl+shift+home", "cursor_document_start(True)", "Select to start", "select_to_start"),
    _bind("ctrl+shift+end", "cursor_document_end(True)", "Select to end", "select_to_end"),
    _bind("ctrl+a,alt+a", "select_all", "Select all", "select_all"),
    _bind("enter", "new_line", "New line", "new_line"),
    _bind("tab", "indent", "Indent", "indent"),
    _bind("shift+tab", "dedent", "Dedent", "dedent"),
    _bind("backspace", "delete_left", "Delete left", "delete_left"),
    _bind("delete", "delete_right", "Delete right", "delete_right"),
    _bind(
        "alt+backspace,ctrl+backspace",
        "delete_word_left",
        "Delete word left",
        "delete_word_left",
    ),
    _bind("alt+delete,ctrl+delete", "delete_word_right", "Delete word right", "delete_word_right"),
    _bind("ctrl+u", "delete_to_start_of_line", "Delete to line start", "delete_line_start"),
    _bind(
        "ctrl+k",
        "delete_to_end_of_line_or_delete_line",
        "Delete to line end",
        "delete_line_end",
    ),
    _bind("ctrl+x", "cut", "Cut", "cut"),
    _bind("ctrl+c", "copy", "Copy", "copy"),
    _bind("ctrl+v", "paste", "Paste", "paste"),
    _bind("ctrl+z", "undo", "Undo", "undo"),
    _bind("ctrl+y", "redo", "Redo", "redo"),
)

ACTION_OF_KEY = {key: binding.action for binding in EDITING_KEYS for key in binding.key.split(",")}
"""Each key by its own name."""
