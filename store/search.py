"""Finds entries in the index: by words, by what they say about themselves, by who links to whom.

Nothing is read from files and nothing is changed here.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from store.facts import MediaFacts, PostFacts
from store.index import ENTRY_KINDS, EntryKind, Index
from store.index_tables import COLUMNS, Tables, from_row

MAX_HITS = 500
"""What one search gives at most: nobody reads on."""

_WORD = re.compile(r'"([^"]*)"|(\S+)')
_TITLE_WEIGHT, _WORDS_WEIGHT, _BODY_WEIGHT = 10.0, 5.0, 1.0
_SNIPPET_WORDS = 16


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry that a search found."""

    kind: EntryKind
    path: str
    title: str
    snippet: str
    """Some words around what was found, in one line; what matches stands between \x02 and \x03."""
    score: float
    """The greater, the better; to compare within one kind."""


@dataclass(frozen=True, slots=True)
class PostFilter:
    """Which posts are wanted; what is empty does not matter. Letter case never does."""

    status: str = ""
    tags: tuple[str, ...] = ()
    """All of them."""
    categories: tuple[str, ...] = ()
    """All of them."""
    language: str = ""
    """The post's own, or one that it is translated to."""
    missing_translation: str = ""
    """A language that it neither is in nor translated to."""
    year: int = 0
    """Of its creation."""
    month: int = 0
    """1 to 12, with a year."""
    since: str = ""
    """Created at or after: a date or time as front matter has it."""
    until: str = ""
    """Created before the end of this day, or before this time."""


@dataclass(frozen=True, slots=True)
class PostRow:
    """A post as lists show it."""

    path: str
    facts: PostFacts
    languages: tuple[str, ...]
    """Those it is translated to."""


def search(
    index: Index,
    query: str,
    kinds: Sequence[EntryKind] = ENTRY_KINDS,
    *,
    limit: int = 50,
    wanted: PostFilter | None = None,
) -> list[Hit]:
    """Find entries by words.

    Args:
        index: The index.
        query: Words that all have to be there, "several in quotes" next to each other; accents and
            letter case do not matter. The last word may be a beginning.
        kinds: Where to look.
        limit: How many hits per kind at most.
        wanted: Which posts; translations are left out then. Nothing to other kinds.

    Returns:
        The best first, by kind in the order of `kinds`. Nothing for a query without words.
    """
    expression = _expression(query)
    if not expression:
        return []

    def ask(kind: EntryKind) -> Callable[[Tables], list[Hit]]:
        conditions, values = _conditions(wanted) if wanted and kind == "posts" else ([], [])

        def run(tables: Tables) -> list[Hit]:
            sql = (
                f"SELECT p.path, t.title, snippet({kind}_text, 2, '\x02', '\x03', '…', "
                f"{_SNIPPET_WORDS}), t.rank FROM {kind}_text t JOIN {kind} p ON p.number = t.rowid "
                f"WHERE {kind}_text MATCH ? AND t.rank MATCH "
                f"'bm25({_TITLE_WEIGHT}, {_WORDS_WEIGHT}, {_BODY_WEIGHT})' "
                f"{''.join(f'AND {condition} ' for condition in conditions)}"
                "ORDER BY t.rank LIMIT ?"
            )
            rows = tables.connection.execute(sql, (expression, *values, min(limit, MAX_HITS)))
            return [
                Hit(kind, path, title, " ".join(snippet.split()), -rank)
                for path, title, snippet, rank in rows
            ]

        return run

    nothing: list[Hit] = []
    return [hit for kind in kinds for hit in index.ask(ask(kind), nothing)]


def posts_where(
    index: Index, wanted: PostFilter, *, limit: int = -1, offset: int = 0
) -> list[PostRow]:
    """List posts, the newest first.

    Args:
        index: The index.
        wanted: Which ones.
        limit: How many at most; all when negative.
        offset: How many to leave out first.

    Returns:
        The posts; translations are part of what they translate.
    """
    conditions, values = _conditions(wanted)

    def query(tables: Tables) -> list[PostRow]:
        names = [f'p."{name}"' for name, _ in COLUMNS["posts"]]
        sql = (
            f"SELECT p.path, {LANGUAGES}, {', '.join(names)} FROM posts p INDEXED BY posts_by_time "
            f"WHERE {' AND '.join(conditions)} "
            "ORDER BY p.created_at DESC, p.path DESC LIMIT ? OFFSET ?"
        )
        rows = tables.connection.execute(sql, (*values, limit, offset))
        return [post_row(row) for row in rows]

    return index.ask(query, [])


def page_of_posts(
    index: Index, wanted: PostFilter, fields: Sequence[str], *, cursor: str, limit: int
) -> tuple[list[list[Any]], str]:
    """Give some fields of some posts, the newest first, and where the next ones begin.

    Args:
        index: The index.
        wanted: Which posts.
        fields: Names of facts, `path`, `languages`, `body`.
        cursor: "" for the first posts, else what the page before has given.
        limit: How many at most.

    Returns:
        The values of each post, and the next cursor; "" at the end.

    Raises:
        ValueError: There is no such field.
    """
    sorts = dict(COLUMNS["posts"]) | {"path": "str", "languages": "list", "body": "text"}
    for name in fields:
        if name not in sorts:
            raise ValueError(f"posts have no field {name!r}")
    columns = {"languages": LANGUAGES, "body": "t.body"}
    chosen = ", ".join(columns.get(name, f'p."{name}"') for name in fields)
    # CROSS: else SQLite goes through all texts first.
    join = "CROSS JOIN posts_text t ON t.rowid = p.number " if "body" in fields else ""
    conditions, values = _conditions(wanted)
    if cursor:
        created_at, _, path = cursor.partition(" ")
        conditions.append("(p.created_at, p.path) < (?, ?)")
        values += [created_at, path]
    lists = [at for at, name in enumerate(fields) if sorts[name] == "list"]
    flags = [at for at, name in enumerate(fields) if sorts[name] == "bool"]

    def query(tables: Tables) -> tuple[list[list[Any]], str]:
        sql = (
            # By itself SQLite takes the index of translations, and sorts all posts for each page.
            f"SELECT {chosen}, p.created_at, p.path FROM posts p INDEXED BY posts_by_time {join}"
            f"WHERE {' AND '.join(conditions)} ORDER BY p.created_at DESC, p.path DESC LIMIT ?"
        )
        rows = tables.connection.execute(sql, (*values, limit)).fetchall()
        following = f"{rows[-1][-2]} {rows[-1][-1]}" if len(rows) == limit else ""
        found = [list(row[:-2]) for row in rows]
        for row in found:
            for at in lists:
                row[at] = msgspec.json.decode(row[at])  # ten times faster than json
            for at in flags:
                row[at] = bool(row[at])
        return found, following

    nothing: tuple[list[list[Any]], str] = ([], "")
    return index.ask(query, nothing)


def count_posts(index: Index, wanted: PostFilter) -> int:
    """Count the posts that `posts_where` would list."""
    conditions, values = _conditions(wanted)

    def query(tables: Tables) -> int:
        sql = f"SELECT count(*) FROM posts p WHERE {' AND '.join(conditions)}"
        (number,) = tables.connection.execute(sql, values).fetchone()
        return int(number)

    return index.ask(query, 0)


def find_post(index: Index, name: str) -> PostRow | None:
    """Find a post by its id, or by its slug; of several with one slug the first path."""

    def query(tables: Tables) -> PostRow | None:
        names = [f'p."{column}"' for column, _ in COLUMNS["posts"]]
        chosen = f"SELECT p.path, {LANGUAGES}, {', '.join(names)} FROM posts p"
        # One after the other, each by its index: else SQLite goes through all posts.
        for by, condition in (
            ("posts_by_id", "p.id = ?"),
            ("posts_by_slug", "lower(p.slug) = lower(?)"),
        ):
            sql = f"{chosen} INDEXED BY {by} WHERE {condition} AND {OWN} ORDER BY p.path LIMIT 1"
            found = tables.connection.execute(sql, (name,)).fetchone()
            if found is not None:
                return post_row(found)
        return None

    return index.ask(query, None)


def facts_of(index: Index, paths: Sequence[str]) -> dict[str, PostFacts]:
    """Give what some files say, by path; posts and translations alike."""

    def query(tables: Tables) -> dict[str, PostFacts]:
        names = [f'"{column}"' for column, _ in COLUMNS["posts"]]
        sql = (
            f"SELECT path, {', '.join(names)} FROM posts "
            "WHERE is_readable AND path IN (SELECT value FROM json_each(?))"
        )
        rows = tables.connection.execute(sql, (json.dumps(list(paths)),))
        return {path: from_row("posts", tuple(values)) for path, *values in rows}

    return index.ask(query, {})


def translations_of(index: Index, post_id: str) -> list[tuple[str, PostFacts]]:
    """List the translations of a post with their paths, by language."""

    def query(tables: Tables) -> list[tuple[str, PostFacts]]:
        names = [f'"{column}"' for column, _ in COLUMNS["posts"]]
        sql = (
            f"SELECT path, {', '.join(names)} FROM posts "
            "WHERE is_readable AND translation_for = ? ORDER BY language, path"
        )
        rows = tables.connection.execute(sql, (post_id,))
        return [(path, from_row("posts", tuple(values))) for path, *values in rows]

    return index.ask(query, [])


def find_media(index: Index, media_id: str) -> tuple[str, MediaFacts] | None:
    """Find a media file's sidecar by its id; with its path."""

    def query(tables: Tables) -> tuple[str, MediaFacts] | None:
        names = [f'"{column}"' for column, _ in COLUMNS["media"]]
        sql = (
            f"SELECT path, {', '.join(names)} FROM media "
            "WHERE is_readable AND translation_for = '' AND id = ? ORDER BY path LIMIT 1"
        )
        row = tables.connection.execute(sql, (media_id,)).fetchone()
        return None if row is None else (row[0], from_row("media", tuple(row[1:])))

    return index.ask(query, None)


OWN = "p.is_readable AND p.translation_for = ''"
"""SQL: a post itself, not a translation, and readable."""

LANGUAGES = (
    "(SELECT json_group_array(o.language) FROM posts o "
    "WHERE o.translation_for = p.id AND o.is_readable AND p.id != '')"
)
"""SQL: what a post is translated to."""


def _conditions(wanted: PostFilter) -> tuple[list[str], list[object]]:
    conditions, values = [OWN], list[object]()

    def add(condition: str, *new: object) -> None:
        conditions.append(condition)
        values.extend(new)

    if wanted.status:
        add("p.status = ?", wanted.status.lower())
    for column, names in (("tags", wanted.tags), ("categories", wanted.categories)):
        for name in names:
            each = f"SELECT 1 FROM json_each(p.{column}) j WHERE lower(j.value) = lower(?)"
            add(f"EXISTS ({each})", name)
    translated = (
        "EXISTS (SELECT 1 FROM posts o WHERE o.translation_for = p.id AND o.is_readable "
        "AND p.id != '' AND lower(o.language) = lower(?))"
    )
    if wanted.language:
        add(f"(lower(p.language) = lower(?) OR {translated})", wanted.language, wanted.language)
    if wanted.missing_translation:
        language = wanted.missing_translation
        add(f"lower(p.language) != lower(?) AND NOT {translated}", language, language)
    if wanted.year:
        month = f"-{wanted.month:02}" if wanted.month else ""
        start = f"{wanted.year:04}{month}-"
        add("substr(p.created_at, 1, ?) = ?", len(start), start)
    if wanted.since:
        add("p.created_at >= ?", wanted.since)
    if wanted.until:
        # A day means all of it: `2026-03-01T...` sorts behind the date alone.
        end = wanted.until if "T" in wanted.until else f"{wanted.until}T\U0010ffff"
        add("p.created_at < ?", end)
    return conditions, values


def post_row(row: tuple[Any, ...]) -> PostRow:
    """Read a row of path, LANGUAGES and the facts' columns."""
    path, languages, *values = row
    return PostRow(path, from_row("posts", tuple(values)), tuple(sorted(json.loads(languages))))


def _expression(query: str) -> str:
    """Write what a person typed as an FTS5 expression in which nothing but words means anything."""
    parts: list[str] = []
    is_open = bool(query) and not query[-1].isspace() and query[-1] != '"'
    for phrase, word in _WORD.findall(query.replace("\x00", " ")):
        text = (phrase or word).replace('"', "").strip()
        if any(letter.isalnum() for letter in text):
            parts.append(f'"{text}"')
    if parts and is_open:
        parts[-1] += "*"
    return " ".join(parts)
