"""Works out the text of a post after a change: front matter line by line, and the body.

Files, and what a change has to keep true between posts, must never enter.
"""

import re
from collections.abc import Mapping, Sequence

from store import frontmatter
from store.frontmatter import FrontMatterError, NewValue, Parts

ORDER = (
    "id",
    "translationFor",
    "title",
    "slug",
    "status",
    "createdAt",
    "updatedAt",
    "tags",
    "categories",
    "excerpt",
    "author",
    "language",
    "doNotTranslate",
    "templateSlug",
    "publishedAt",
)
"""The keys of a post in the order they are written."""

TRANSLATION_ORDER = (
    "id",
    "translationFor",
    "language",
    "title",
    "excerpt",
    "status",
    "createdAt",
    "updatedAt",
    "publishedAt",
)
"""The keys of a translation in the order they are written."""

OPTIONAL = frozenset(
    {"excerpt", "author", "language", "doNotTranslate", "templateSlug", "publishedAt"}
)
"""Keys that the origin never writes empty: an empty value takes them away."""

_KEY_LINE = re.compile(r"[^\s#-]|-[^\s]")
"""How a line begins that a key of the outermost level may stand in."""
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


def changed_text(text: str, fields: Mapping[str, NewValue], body: str | None) -> str:
    """Change keys of a post's front matter, its body or both. Everything else stays byte for byte.

    A value that reads like the old one changes nothing. New keys go where the origin writes them.

    Args:
        text: The whole file.
        fields: New values by key of the front matter (camelCase). None takes a key away, and so
            does an empty value of a key in OPTIONAL.
        body: The text below the front matter, written as it is; None keeps the old one.

    Returns:
        The file's new text.

    Raises:
        FrontMatterError: There is no front matter, it is broken, or it is written in a way in which
            these keys cannot be changed by themselves.
    """
    parts = frontmatter.split(text)
    if parts is None:
        raise FrontMatterError("there is no front matter")
    old = frontmatter.parse(text).metadata
    wanted: dict[str, NewValue] = {}
    for key, given in fields.items():
        if key in old if given is None else not _reads_like(old.get(key), given):
            wanted[key] = given if given or key not in OPTIONAL else None
    block = parts.block
    if wanted:
        order = TRANSLATION_ORDER if "translationFor" in old else ORDER
        eol = "\r\n" if parts.before.endswith("\r\n") else "\n"
        new = [key for key in order if key not in old and wanted.get(key) is not None]
        block = frontmatter.patch_block(_with_places(block, new, order, eol), wanted)
    return parts.before + block + _after(parts, body)


def new_text(fields: Mapping[str, NewValue], body: str) -> str:
    """Write a post that is not there yet, as the origin writes it.

    Args:
        fields: Values by key, in any order; empty ones of OPTIONAL are left out.
        body: The text below the front matter.

    Returns:
        The whole file; it ends with a newline.

    Raises:
        FrontMatterError: A value holds half a character.
    """
    order = TRANSLATION_ORDER if "translationFor" in fields else ORDER
    ranked = sorted(fields, key=lambda key: order.index(key) if key in order else len(order))
    filled = {key: fields[key] for key in ranked if fields[key] or key not in OPTIONAL}
    block = frontmatter.patch_block("", filled)
    body = body.removeprefix("\ufeff").replace("\r\n", "\n")
    return f"---\n{block}---\n{body}" + ("\n" if body and not body.endswith("\n") else "")


def _reads_like(old: object, new: str | int | Sequence[str]) -> bool:
    """Say whether readers of posts make the same of an old value and a new one."""
    if isinstance(new, bool):
        return (_text(old) == "true") == new
    if isinstance(new, str | int):
        return _text(old) == str(new).strip()
    items = old if isinstance(old, list) else [old]
    return [text for item in items if (text := _text(item))] == _items(new)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value.strip() if isinstance(value, str) else ""


def _items(values: Sequence[str]) -> list[str]:
    return [text for value in values if (text := value.strip())]


def _with_places(block: str, keys: Sequence[str], order: Sequence[str], eol: str) -> str:
    """Put lines `key:` without value where the origin has these keys; a patch then fills them."""
    if not keys:
        return block
    lines = _LINE.findall(block)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += eol
    placed = list(lines)
    for key in keys:  # in their order, so that each finds the ones before it
        placed.insert(_place(placed, order[: order.index(key)]), f"{key}:{eol}")
    # A value may go on in lines that look like keys: then new keys come at the end.
    try:
        is_as_meant = _read(placed) == {**_read(lines), **dict.fromkeys(keys)}
    except FrontMatterError:
        return block
    return "".join(placed) if is_as_meant else block


def _read(lines: Sequence[str]) -> Mapping[str, object]:
    return frontmatter.parse(f"---\n{''.join(lines)}---\n").metadata


def _place(lines: Sequence[str], earlier: Sequence[str]) -> int:
    """Find the line behind the nearest key that comes before; the end when there is none."""
    for key in reversed(earlier):
        begins = re.compile(rf"""(["']?){re.escape(key)}\1[ \t]*:(?:\s|$)""")
        starts = [number for number, line in enumerate(lines) if begins.match(line)]
        if starts:
            at = starts[-1] + 1
            while at < len(lines) and not _KEY_LINE.match(lines[at]):
                at += 1
            while at > starts[-1] + 1 and _is_between(lines[at - 1]):
                at -= 1
            return at
    return len(lines)


def _is_between(line: str) -> bool:
    """Say whether a line is blank or a comment at column 0: it belongs to what follows."""
    return not line.strip() or line.startswith("#")


def _after(parts: Parts, body: str | None) -> str:
    if body is None or body == parts.body:
        return parts.after
    fence = parts.after[: len(parts.after) - len(parts.body)]
    if body and not fence.endswith("\n"):
        fence += "\r\n" if parts.before.endswith("\r\n") else "\n"
    return fence + body
