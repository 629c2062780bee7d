"""Markdown to html, for previews and pages alike: GitHub's dialect, with html in it as it is.

Owns which dialect. Macros, templates and how html is shown must never enter.
"""

from comrak import ExtensionOptions, RenderOptions, render_markdown

_EXTENSIONS = ExtensionOptions()
_EXTENSIONS.table = True
_EXTENSIONS.strikethrough = True
_EXTENSIONS.autolink = True
_EXTENSIONS.tasklist = True
_RENDERING = RenderOptions()
# What macros give is html, and whoever writes posts owns the site: nothing is taken out.
_RENDERING.unsafe_ = True


def to_html(text: str) -> str:
    """Render Markdown.

    Args:
        text: Without front matter; any text, half characters too (they become `?`).

    Returns:
        Html, with a line end behind each block. Html in the text passes through.
    """
    return render_markdown(
        # Else a file whose bytes are no UTF-8 would raise.
        text if text.isascii() else text.encode(errors="replace").decode(),
        extension_options=_EXTENSIONS,
        render_options=_RENDERING,
    )
