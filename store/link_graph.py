"""Tells which posts link to what, from the index.

How a text is read for links is `links`'s.
"""

from store.index import Index
from store.index_tables import COLUMNS, Tables
from store.links import media_target, post_target
from store.search import LANGUAGES, OWN, PostRow, find_post, post_row


def linked_by(index: Index, slug: str) -> list[PostRow]:
    """List the posts whose text (or a translation's) links to a post."""
    return _sources_of(index, post_target(slug))


def posts_with_media(index: Index, path: str) -> list[PostRow]:
    """List the posts whose text shows or links a media file, named from the project folder."""
    return _sources_of(index, media_target(path))


def links_of(index: Index, path: str) -> tuple[list[PostRow], list[str]]:
    """Tell where a post's text points.

    Args:
        index: The index.
        path: The post's file, from the project folder.

    Returns:
        The posts it links to, and the targets (`post:slug`) that no post has.
    """

    def query(tables: Tables) -> list[str]:
        sql = (
            "SELECT l.target FROM links l JOIN posts p ON p.number = l.source "
            "WHERE p.path = ? AND l.target LIKE 'post:%' ORDER BY l.target"
        )
        return [target for (target,) in tables.connection.execute(sql, (path,))]

    nothing: list[str] = []
    found: list[PostRow] = []
    missing: list[str] = []
    for target in index.ask(query, nothing):
        row = find_post(index, target.removeprefix("post:"))
        if row is None:
            missing.append(target)
        elif row not in found:
            found.append(row)
    return found, missing


def _sources_of(index: Index, target: str) -> list[PostRow]:
    def query(tables: Tables) -> list[PostRow]:
        names = [f'p."{name}"' for name, _ in COLUMNS["posts"]]
        # What links is the post, also when only a translation of it does.
        sql = (
            f"SELECT DISTINCT p.path, {LANGUAGES}, {', '.join(names)} FROM links l "
            "JOIN posts s ON s.number = l.source "
            f"JOIN posts p ON {OWN} AND (p.number = s.number "
            "OR (s.translation_for != '' AND p.id = s.translation_for)) "
            "WHERE l.target = ? ORDER BY p.created_at DESC, p.path DESC"
        )
        return [post_row(row) for row in tables.connection.execute(sql, (target,))]

    return index.ask(query, [])
