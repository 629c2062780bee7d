"""What a new script begins with, by kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from store.scripts import ScriptKind

NEW_BODIES: Mapping[ScriptKind, str] = {
    "utility": 'print("Hello from a new script")\n',
    "macro": (
        "from html import escape\n"
        "\n"
        "\n"
        "def render(context, post):\n"
        '    text = str(context["params"].get("text", "Hello"))\n'
        '    return {"html": f"<p>{escape(text)}</p>"}\n'
    ),
    "transform": (
        "def transform(post, context):\n"
        '    post["title"] = post["title"].strip()\n'
        "    return post\n"
    ),
}
