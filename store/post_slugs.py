"""Tells which slugs the posts of a project have, as the index knows them.

Making slugs is `slugs`; files must never enter.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from store.index import Index
    from store.index_tables import Tables


def taken_slugs(index: "Index", wanted: str, own_path: str = "") -> set[str]:
    """List the slugs that stand in the way of a wanted one.

    Args:
        index: The index.
        wanted: A slug, in a slug's form.
        own_path: The file of the post that is to have it, from the project folder; it does not
            stand in its own way.

    Returns:
        Those that are the wanted one, or begin like it with a number behind.
    """

    def query(tables: "Tables") -> set[str]:
        sql = (
            "SELECT slug FROM posts WHERE translation_for = '' AND path != ? "
            "AND (lower(slug) = ? OR lower(slug) GLOB ?)"
        )
        rows = tables.connection.execute(sql, (own_path, wanted, f"{wanted}-[0-9]*"))
        return {slug for (slug,) in rows}

    return index.ask(query, set())
