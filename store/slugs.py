"""Makes slugs of scripts and of posts and keeps them apart.

A script's slug is a word, as the macro grammar has it; a post's is part of an address. Files and
the index must never enter.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable

MAX_SLUG = 80
"""Characters of a slug that is made from a title: file systems end at 255 bytes."""

# NFKD takes accents off; these letters have none to take.
_LETTERS = str.maketrans(
    {
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ł": "l",
        "\u0131": "i",
    }
)


def slugify(text: str) -> str:
    """Make a slug from a title: `Über Fotos!` becomes `uber_fotos`.

    Args:
        text: Any text.

    Returns:
        Lower case ASCII letters, digits and `_`; "script" when nothing is left.
    """
    return _ascii(text, "_") or "script"


def post_slug(text: str) -> str:
    """Make a post's slug from a title: `Über Fotos!` becomes `uber-fotos`.

    Args:
        text: Any text.

    Returns:
        Lower case ASCII letters, digits and `-`; "post" when nothing is left.
    """
    return _ascii(text, "-") or "post"


def unique_slug(slug: str, taken: Collection[str], joint: str = "_") -> str:
    """Find a free slug: the wanted one, else with `_2`, `_3` and so on.

    Args:
        slug: The wanted slug.
        taken: Slugs in use; letter case does not count, as macros are found without it.
        joint: What stands before the number; `-` in a post's slug.

    Returns:
        A slug that is not in `taken`.
    """
    used = {other.casefold() for other in taken}
    candidate, number = slug, 1
    while candidate.casefold() in used:
        number += 1
        candidate = f"{slug}{joint}{number}"
    return candidate


def effective_slugs(scripts: Iterable[tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """Give every script a slug of its own.

    Args:
        scripts: Pairs of path (with slashes) and the slug its header asks for.

    Returns:
        By path: the slug it gets, and the path of the script that holds the slug it asked for
        ("" when it holds it itself). The file that is named like the slug wins, then path order.
    """
    ordered = sorted(scripts, key=lambda script: (_stem(script[0]) != script[1], script[0]))
    holders: dict[str, str] = {}
    result: dict[str, tuple[str, str]] = {}
    waiting = []
    for path, slug in ordered:  # first all who get what they asked for
        if slug.casefold() in holders:
            waiting.append((path, slug))
        else:
            holders[slug.casefold()] = path
            result[path] = (slug, "")
    for path, slug in waiting:
        free = unique_slug(slug, holders)
        result[path] = (free, holders[slug.casefold()])
        holders[free.casefold()] = path
    return result


def _stem(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".py")


def _ascii(text: str, joint: str) -> str:
    spread = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS))
    bare = "".join(letter for letter in spread if not unicodedata.combining(letter))
    joined = re.sub(r"[^a-z0-9]+", joint, bare.lower())
    return joined.strip(joint)[:MAX_SLUG].rstrip(joint)
