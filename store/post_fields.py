"""What the fields of a post can be set to, and under which keys they are written.

Files, and the text of a post, must never enter.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import TypeAlias

from store.facts import PostFacts
from store.frontmatter import NewValue
from store.one_line import clean
from store.slugs import post_slug

FieldValue: TypeAlias = str | bool | Sequence[str]
STATUSES = ("draft", "published", "archived")

KEYS: Mapping[str, str] = {
    "title": "title",
    "slug": "slug",
    "status": "status",
    "tags": "tags",
    "categories": "categories",
    "excerpt": "excerpt",
    "author": "author",
    "language": "language",
    "do_not_translate": "doNotTranslate",
    "template_slug": "templateSlug",
    "updated_at": "updatedAt",
    "published_at": "publishedAt",
}
"""The fields that may change, by name, with their keys in front matter."""

_GIVEN = frozenset(KEYS) - {"updated_at", "published_at"}
"""Those that a person sets; the others follow."""
_GIVEN_OF_TRANSLATION = frozenset({"title", "excerpt", "status"})
_LISTS = frozenset({"tags", "categories"})
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z]{2,4})?")


def changed_fields(facts: PostFacts, changes: Mapping[str, FieldValue]) -> dict[str, NewValue]:
    """Give the changes that change something, in the form they are stored in.

    Args:
        facts: What the post says.
        changes: New values by field name.

    Returns:
        Those that differ from what the post says, by field name.

    Raises:
        ValueError: Another field, or a value that the field cannot have.
    """
    given = _GIVEN_OF_TRANSLATION if facts.translation_for else _GIVEN
    wanted: dict[str, NewValue] = {}
    for name, value in changes.items():
        if name not in given:
            what = "translation" if facts.translation_for else "post"
            raise ValueError(f"a {what} has no field {name!r} that can be changed")
        old = getattr(facts, name)
        # A value in a form that nobody would give it today stays until somebody changes it.
        if value == old or (isinstance(old, tuple) and old == _as_tuple(value)):
            continue
        stored = stored_value(name, value)
        if stored != old:
            wanted[name] = stored
    return wanted


def stored_value(name: str, value: FieldValue) -> str | bool | tuple[str, ...]:
    """Bring a value into the form it is stored in.

    Line breaks and control characters become spaces, except line breaks in excerpts; lists lose
    what is empty or repeated.

    Args:
        name: The field.
        value: What it is to be.

    Returns:
        The value to write.

    Raises:
        ValueError: The field cannot be that; with words for a person.
    """
    if name in _LISTS:
        if isinstance(value, str | bool) or not all(isinstance(item, str) for item in value):
            raise ValueError(f"{name} must be a list of texts, not {value!r}")
        return _terms(value)
    if name == "do_not_translate":
        if not isinstance(value, bool):
            raise ValueError(f"{name} must be true or false, not {value!r}")
        return value
    if not isinstance(value, str):
        raise ValueError(f"{name} must be a text, not {value!r}")
    if name == "excerpt":
        return "\n".join(map(_clean_line, re.split(r"\r\n|\r|\n", value))).strip()
    text = clean(value)
    if name in ("title", "slug") and not text:
        raise ValueError(f"a {name} cannot be empty")
    if name == "status" and text not in STATUSES:
        raise ValueError(f"status must be one of {', '.join(STATUSES)}, not {value!r}")
    if name == "language" and text:
        return checked_language(text)
    return post_slug(text) if name == "slug" else text


def checked_language(language: str) -> str:
    """Return a language if it is written like one.

    Raises:
        ValueError: It is not.
    """
    if not _LANGUAGE.fullmatch(language):
        raise ValueError(f"a language is written like `de` or `pt-BR`, not {language!r}")
    return language


def was_published(facts: PostFacts) -> bool:
    """Say whether a post has ever been published: then its slug is part of addresses."""
    return bool(facts.published_at) or facts.status == "published"


def by_key(fields: Mapping[str, NewValue]) -> dict[str, NewValue]:
    """Name fields as front matter does."""
    return {KEYS[name]: value for name, value in fields.items()}


def _as_tuple(value: FieldValue) -> tuple[str, ...] | None:
    return None if isinstance(value, str | bool) else tuple(value)


def _clean_line(line: str) -> str:
    indent = len(line) - len(line.lstrip(" "))
    return line[:indent] + clean(line)


def _terms(terms: Collection[str]) -> tuple[str, ...]:
    first: dict[str, str] = {}
    for term in map(clean, terms):
        if term:
            first.setdefault(term.casefold(), term)
    return tuple(first.values())
