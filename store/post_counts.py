"""Counts posts in the index: by tag, category, month and status."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from store.index import Index
from store.index_tables import Tables
from store.search import OWN

_Column: TypeAlias = Literal["tags", "categories"]


@dataclass(frozen=True, slots=True)
class Usage:
    """A tag, a category or a month, and by how many posts it is used."""

    name: str
    posts: int


def usage(index: Index, column: _Column) -> list[Usage]:
    """Count by how many posts each tag or category is used; by name."""

    def query(tables: Tables) -> list[Usage]:
        sql = (
            f"SELECT j.value, count(*) FROM posts p, json_each(p.{column}) j WHERE {OWN} "
            "GROUP BY j.value ORDER BY j.value COLLATE NOCASE"
        )
        return [Usage(str(name), number) for name, number in tables.connection.execute(sql)]

    return index.ask(query, [])


def months(index: Index) -> list[Usage]:
    """Count the posts of each month (`2026-03`), the newest first."""

    def query(tables: Tables) -> list[Usage]:
        sql = (
            "SELECT substr(p.created_at, 1, 7) AS month, count(*) FROM posts p "
            f"WHERE {OWN} AND p.created_at != '' GROUP BY month ORDER BY month DESC"
        )
        return [Usage(name, number) for name, number in tables.connection.execute(sql)]

    return index.ask(query, [])


def statuses(index: Index) -> dict[str, int]:
    """Count the posts by status."""

    def query(tables: Tables) -> dict[str, int]:
        sql = f"SELECT p.status, count(*) FROM posts p WHERE {OWN} GROUP BY p.status"
        return dict(tables.connection.execute(sql).fetchall())

    return index.ask(query, {})
