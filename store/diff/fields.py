"""Which facts are compared, how, and what they are called by people and in files.

Reading files and the index must never enter.
"""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

from store.diff.differences import FieldDifference, FieldValue

_LABELS = {
    "alt": "Alt Text",
    "created_at": "Created",
    "updated_at": "Updated",
    "published_at": "Published",
    "translation_for": "Translation Source",
    "template_slug": "Template",
    "do_not_translate": "Do Not Translate",
    "mime_type": "MIME Type",
    "linked_post_ids": "Linked Posts",
    "body": "Text",
}
_UNORDERED = frozenset({"tags", "categories"})
_OWN_OF_TRANSLATIONS = frozenset(
    {"translation_for", "language", "title", "excerpt", "alt", "caption"}
)
"""What a translation says itself; all else is its original's when it does not say it."""


def label_of(field: str) -> str:
    """Give a field's name for people: `alt` is "Alt Text"."""
    return _LABELS.get(field) or field.replace("_", " ").title()


def file_key(field: str) -> str:
    """Give the key of a field in front matter, header and sidecar: `created_at` is `createdAt`."""
    first, *rest = field.split("_")
    return first + "".join(map(str.title, rest))


def differing(
    known: Any, found: Any, *, is_compared: Callable[[str], bool] | None = None
) -> list[FieldDifference]:
    """Compare two facts of one file.

    Args:
        known: What the index says.
        found: What the file says; of the same class.
        is_compared: Says of a field that differs whether that counts.

    Returns:
        The fields that differ, in the order of the facts. Tags and categories differ only when
        other words are in them; what a translation takes over from its original never does.
    """
    if known == found:
        return []
    is_translation = bool(getattr(found, "translation_for", ""))
    differences = []
    for name in (field.name for field in fields(found)):
        old, new = getattr(known, name), getattr(found, name)
        if is_same(name, old, new):
            continue
        if is_translation and not new and name not in _OWN_OF_TRANSLATIONS:
            continue
        if is_compared is None or is_compared(name):
            differences.append(FieldDifference(name, label_of(name), old, new))
    return differences


def is_same(field: str, one: FieldValue, other: FieldValue) -> bool:
    """Tell whether two values of a field say the same."""
    if field in _UNORDERED and isinstance(one, tuple) and isinstance(other, tuple):
        return sorted(one) == sorted(other)
    return one == other


def in_words(value: FieldValue) -> str:
    """Write a value for people; what is not there is "-"."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(value) or "-"
    return str(value) or "-"
