"""Asks the index for what macros show: the project's images, the media of posts, tags with counts.

Which macro wants which of it, and in what shape it is handed over, must never enter.
"""

import json
from collections.abc import Collection

from store.facts import MediaFacts
from store.index import Index
from store.index_tables import COLUMNS, Tables, from_row
from store.post_counts import Usage
from store.search import OWN

IMAGE_ENDINGS = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".svg", ".bmp", ".avif")
"""What counts as an image where the type says nothing of it."""

_OWN_MEDIA = "m.is_readable AND m.translation_for = ''"
_IMAGE = " OR ".join(
    ("m.mime_type LIKE 'image/%'", *(f"m.path LIKE '%{ending}.meta'" for ending in IMAGE_ENDINGS))
)
_FACTS = ", ".join(f'm."{name}"' for name, _ in COLUMNS["media"])


def images(index: Index) -> list[tuple[str, MediaFacts]]:
    """List the images of the project with the paths of their sidecars, the newest first."""

    def query(tables: Tables) -> list[tuple[str, MediaFacts]]:
        sql = (
            f"SELECT m.path, {_FACTS} FROM media m WHERE {_OWN_MEDIA} AND ({_IMAGE}) "
            "ORDER BY m.created_at DESC, m.path DESC"
        )
        rows = tables.connection.execute(sql)
        return [(path, from_row("media", tuple(values))) for path, *values in rows]

    return index.ask(query, [])


def media_of_posts(
    index: Index, posts: Collection[str] | None = None
) -> dict[str, list[tuple[str, MediaFacts]]]:
    """List the media that are linked to posts.

    Args:
        index: The index.
        posts: Ids of posts; all of them when None.

    Returns:
        By the post's id: paths of sidecars and what they say, the newest first.
    """
    condition = "" if posts is None else "AND j.value IN (SELECT value FROM json_each(?)) "
    values = () if posts is None else (json.dumps(list(posts)),)

    def query(tables: Tables) -> dict[str, list[tuple[str, MediaFacts]]]:
        sql = (
            f"SELECT DISTINCT j.value, m.number, m.path, {_FACTS} "
            "FROM media m, json_each(m.linked_post_ids) j "
            f"WHERE {_OWN_MEDIA} {condition}ORDER BY m.created_at DESC, m.path DESC"
        )
        found: dict[str, list[tuple[str, MediaFacts]]] = {}
        read: dict[int, tuple[str, MediaFacts]] = {}
        for post, number, path, *facts in tables.connection.execute(sql, values):
            if number not in read:
                read[number] = (path, from_row("media", tuple(facts)))
            found.setdefault(str(post), []).append(read[number])
        return found

    return index.ask(query, {})


def published_tags(index: Index) -> list[Usage]:
    """Count by how many published posts each tag is used; the most used first, then by name."""

    def query(tables: Tables) -> list[Usage]:
        sql = (
            "SELECT trim(j.value) AS name, count(DISTINCT p.number) AS posts "
            f"FROM posts p, json_each(p.tags) j WHERE {OWN} AND p.status = 'published' "
            "AND trim(j.value) != '' GROUP BY name ORDER BY posts DESC, name"
        )
        return [Usage(str(name), number) for name, number in tables.connection.execute(sql)]

    return index.ask(query, [])
