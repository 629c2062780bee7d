"""Takes html apart into tags, texts and comments: whatever it is, and in one pass.

What tags mean must never enter. Not `html.parser`: that of Python 3.11 takes quadratic time for
some broken html, 29 s for 64 KB of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Literal, NamedTuple, TypeAlias

TokenKind: TypeAlias = Literal["text", "open", "close", "comment"]

# All is possessive: no expression goes back, and each fails only where the text ends.
_TAG = re.compile(r"""<(/?+)([a-zA-Z][^\s/>]*+)((?:[^"'>]++|"[^"]*+"|'[^']*+')*+)>""")
_START = re.compile(r"<(?=[a-zA-Z!?]|/[a-zA-Z])")
_ATTRIBUTE = re.compile(r"""([^\s"'>/=]++)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++)))?+""")
_RAW_TEXT = {
    name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE)
    for name in ("script", "style", "title", "textarea", "template", "noscript", "svg", "math")
}
"""What is no text of the page up to its end tag; drawings have no words to show here."""


class Token(NamedTuple):
    """A piece of html."""

    kind: TokenKind
    value: str
    """A tag's name in lower case, a comment's inside, or text with its entities resolved."""
    attributes: str = ""
    """Of a tag, as they are written; see `attributes_of`."""


def tokens(html: str) -> Iterator[Token]:
    """Take html apart.

    Args:
        html: Any text. Where a tag is never finished, the rest is text.
    """
    place, end = 0, len(html)
    while place < end:
        found = _START.search(html, place)
        start = end if found is None else found.start()
        if start > place:
            yield Token("text", unescape(html[place:start]))
        if start == end:
            return
        if html[start + 1] in "!?":
            place = _behind_comment(html, start)
            if html.startswith("<!--", start):
                yield Token("comment", html[start + 4 : place].removesuffix("-->"))
            continue
        tag = _TAG.match(html, start)
        if tag is None:
            yield Token("text", unescape(html[start:]))
            return
        name = tag[2].lower()
        yield Token("close" if tag[1] else "open", name, tag[3])
        place = tag.end()
        raw = None if tag[1] or tag[3].endswith("/") else _RAW_TEXT.get(name)
        if raw is not None:
            ending = raw.search(html, place)
            place = end if ending is None else ending.start()


def attributes_of(written: str) -> dict[str, str]:
    """Return the attributes of a tag by their names in lower case; of two the first."""
    found: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(written):
        value = match[2] or match[3] or match[4] or ""
        found.setdefault(match[1].lower(), unescape(value))
    return found


def _behind_comment(html: str, start: int) -> int:
    mark = "-->" if html.startswith("<!--", start) else ">"
    ending = html.find(mark, start + 2)
    return len(html) if ending < 0 else ending + len(mark)
