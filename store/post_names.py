"""Finds posts in the index by parts of their titles and slugs, as lists to choose from want them.

Searching their texts is `search`; files must never enter.
"""

from dataclasses import dataclass

from store.index import Index
from store.index_tables import Tables
from store.slugs import post_slug


@dataclass(frozen=True, slots=True)
class NamedPost:
    """A post, or a translation, to choose."""

    path: str
    """From the project folder, with slashes."""
    title: str
    slug: str
    status: str
    """"" in translations that do not say it, as in files that cannot be read."""
    language: str
    is_translation: bool


def posts_named(index: Index, query: str, *, limit: int = 50) -> list[NamedPost]:
    """Find posts and translations by words of their titles and slugs.

    Args:
        index: The index.
        query: Words; each has to be part of title or slug. Letter case does not matter. A post that
            cannot be read is found by its path.
        limit: How many at most.

    Returns:
        The newest first; nothing for a query without words.
    """
    conditions, values = list[str](), list[str]()
    for word in query.split():
        # Other alphabets' letter case is nothing to LIKE; their slugs have none.
        slug = post_slug(word) if any(letter.isalnum() for letter in word) else word
        conditions.append(
            r"(title LIKE ? ESCAPE '\' OR slug LIKE ? ESCAPE '\' OR slug LIKE ? ESCAPE '\' "
            r"OR (NOT is_readable AND path LIKE ? ESCAPE '\'))"
        )
        values += [_part(word), _part(word), _part(slug), _part(word)]
    if not conditions:
        return []

    def ask(tables: Tables) -> list[NamedPost]:
        sql = (
            "SELECT path, title, slug, status, language, translation_for != '' FROM posts "
            f"WHERE {' AND '.join(conditions)} ORDER BY created_at DESC, path DESC LIMIT ?"
        )
        return [
            NamedPost(path, title, slug, status, language, bool(is_translation))
            for path, title, slug, status, language, is_translation in tables.connection.execute(
                sql, (*values, limit)
            )
        ]

    return index.ask(ask, [])


def _part(word: str) -> str:
    for special in "\\%_":
        word = word.replace(special, f"\\{special}")
    return f"%{word}%"
