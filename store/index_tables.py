"""The index's tables: one per kind of entry, a column per fact; words to search; links.

Queries, and when rows change, must never enter.
"""

import sqlite3
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, cast, get_args, get_origin

import msgspec
import peewee

from store.facts import MediaFacts, PostFacts
from store.script_text import ScriptFields

EntryKind = Literal["scripts", "posts", "media"]
ENTRY_KINDS: tuple[EntryKind, ...] = ("scripts", "posts", "media")

Facts = ScriptFields | PostFacts | MediaFacts

FACTS: dict[str, type[Facts]] = {"scripts": ScriptFields, "posts": PostFacts, "media": MediaFacts}
"""The kinds of entries and what is known about each."""

_EXTRA = ("path", "mtime_ns", "size_on_disk", "problem", "is_readable")
_LAYOUT = 6
"""Rises when rows mean something else although the columns are the same."""


def _sort(annotation: object) -> str:
    if get_origin(annotation) is tuple:
        return "list"
    if annotation in (int, bool):
        return str(getattr(annotation, "__name__", ""))
    if annotation is str or all(isinstance(word, str) for word in get_args(annotation)):
        return "str"
    raise TypeError(f"no column for {annotation!r}")


COLUMNS = {
    kind: tuple((field.name, _sort(field.type)) for field in fields(facts))
    for kind, facts in FACTS.items()
}
"""By kind: names and sorts (str, int, bool, list) of the columns that hold its facts."""

SCHEMA_VERSION = zlib.crc32(repr((_LAYOUT, COLUMNS)).encode()) & 0x7FFFFFFF
"""For PRAGMA user_version; made from the columns, so that no change of them can be forgotten."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file as the index is to know it."""

    path: str
    """From the project folder, with slashes."""
    mtime_ns: int
    size: int
    facts: Facts | None
    """None when it could not be read and nothing at all is known."""
    problem: str = ""
    """What is wrong with it, in words."""
    is_readable: bool = True
    body: str = ""
    """The text below the front matter or header; "" for media."""
    links: tuple[str, ...] = ()
    """Where a post points, see `store.links`."""


class Tables:
    """The tables of one index: an entry's facts, its words for searching, and what it links to."""

    def __init__(self, database: peewee.Database) -> None:
        """Make the model classes; every index has classes of its own."""
        self.database = database
        self.entries: dict[str, Any] = {kind: _make_model(database, kind) for kind in FACTS}
        """peewee models by kind."""

    @property
    def connection(self) -> sqlite3.Connection:
        """The open connection, for statements that peewee would make slow."""
        connection: Any = self.database.connection()  # type: ignore[no-untyped-call]
        assert isinstance(connection, sqlite3.Connection)
        return connection

    def create(self) -> None:
        """Make the tables in an empty database."""
        self.database.create_tables(list(self.entries.values()))
        for statement in _MORE_TABLES:
            self.connection.execute(statement)


_MORE_TABLES = (
    # What is searched. The number is the entry's own; FTS5 keeps the words and the text itself.
    *(
        f"CREATE VIRTUAL TABLE {kind}_text USING fts5("
        "title, words, body, tokenize = 'unicode61 remove_diacritics 2')"
        for kind in FACTS
    ),
    # Where posts point: slugs and media files as they are written, whether or not they exist.
    "CREATE TABLE links (source INTEGER NOT NULL, target TEXT NOT NULL)",
    "CREATE INDEX posts_by_slug ON posts (lower(slug))",
    "CREATE INDEX posts_by_id ON posts (id)",
    "CREATE INDEX posts_translated ON posts (translation_for)",
    "CREATE INDEX posts_by_time ON posts (created_at, path)",
    "CREATE INDEX links_source ON links (source)",
    "CREATE INDEX links_target ON links (target)",
    # The kinds that have been read to the end once.
    "CREATE TABLE complete (kind TEXT PRIMARY KEY)",
)


def _make_model(database: peewee.Database, kind: str) -> Any:
    fields_of = {"int": peewee.IntegerField, "bool": peewee.BooleanField}
    meta = type("Meta", (), {"database": database, "table_name": kind})
    body: dict[str, object] = {
        "__module__": __name__,
        "Meta": meta,
        "number": peewee.AutoField(),
        "path": peewee.TextField(unique=True),
        "mtime_ns": peewee.IntegerField(),
        "size_on_disk": peewee.IntegerField(),
        "problem": peewee.TextField(),
        "is_readable": peewee.BooleanField(),
    }
    for name, sort in COLUMNS[kind]:
        body[name] = fields_of.get(sort, peewee.TextField)()
    return type(kind.title(), (peewee.Model,), body)


def column_names(kind: str) -> list[str]:
    """Give the columns of a kind, in the order of `to_row`."""
    return [*_EXTRA, *(name for name, _ in COLUMNS[kind])]


def upsert(table: Any, kind: str) -> tuple[str, str]:
    """Write what stands before and behind the rows (see `to_row`) that are taken in."""
    fields_by_name = table._meta.fields
    names = [fields_by_name[name].column_name for name in column_names(kind)]
    columns = ", ".join(f'"{name}"' for name in names)
    # Not REPLACE, which would give the entry another number.
    sets = ", ".join(f'"{name}" = excluded."{name}"' for name in names if name != "path")
    return (
        f'INSERT INTO "{table._meta.table_name}" ({columns})',
        f"ON CONFLICT (path) DO UPDATE SET {sets}",
    )


def insert_rows(
    connection: sqlite3.Connection, head: str, rows: Sequence[Sequence[object]], tail: str = ""
) -> None:
    """Insert rows by one statement, which runs without the interpreter's lock.

    peewee's own `insert_many` spends 90 us on each row (wrapping every value); and with
    `executemany` a thread waits for that lock before each row, 5 ms where another thread computes.

    Args:
        connection: Where.
        head: The statement as far as the values.
        rows: The values, as many in each.
        tail: What follows the values.
    """
    # SQLite's JSON ends a text at the character 0.
    plain = [row for row in rows if not any(isinstance(one, str) and "\0" in one for one in row)]
    if plain:
        values = ", ".join(f"json_extract(value, '$[{at}]')" for at in range(len(plain[0])))
        # `WHERE true`, or SQLite takes ON CONFLICT for a join's.
        statement = f"{head} SELECT {values} FROM json_each(?) WHERE true {tail}"
        connection.execute(statement, (as_json(plain),))
    if len(plain) < len(rows):
        odd = [row for row in rows if row not in plain]
        marks = ", ".join("?" * len(odd[0]))
        connection.executemany(f"{head} VALUES ({marks}) {tail}", odd)


def as_json(rows: Sequence[object]) -> str:
    """Write values for a statement that reads them with `json_each`."""
    return msgspec.json.encode(rows).decode()


def words_of(entry: Entry) -> tuple[str, str, str]:
    """Tell what an entry is found by.

    Args:
        entry: The entry.

    Returns:
        Its title, its other short texts (slug, tags, captions), its long text.
    """
    facts = entry.facts
    if isinstance(facts, PostFacts):
        words = (facts.slug, facts.excerpt, *facts.tags, *facts.categories)
        return facts.title, "\n".join(words), entry.body
    if isinstance(facts, MediaFacts):
        words = (facts.original_name, facts.alt, facts.caption, *facts.tags)
        return facts.title, "\n".join(words), entry.body
    if isinstance(facts, ScriptFields):
        return facts.title, facts.slug, entry.body
    return "", "", entry.body


def to_row(kind: str, entry: Entry) -> tuple[object, ...]:
    """Write an entry as a row."""
    row: list[object] = [entry.path, entry.mtime_ns, entry.size, entry.problem, entry.is_readable]
    for name, sort in COLUMNS[kind]:
        if entry.facts is None:
            row.append("[]" if sort == "list" else "" if sort == "str" else 0)
            continue
        value = getattr(entry.facts, name)
        row.append(as_json(value) if sort == "list" else value)
    return tuple(row)


def from_row(kind: str, values: tuple[object, ...]) -> Any:
    """Read facts back from their columns.

    Args:
        kind: scripts, posts or media.
        values: The values of `COLUMNS[kind]`, in their order.

    Returns:
        The kind's facts.
    """
    ready: list[Any] = [
        tuple(msgspec.json.decode(cast(str, value))) if sort == "list" else value
        for value, (_, sort) in zip(values, COLUMNS[kind], strict=True)
    ]
    return FACTS[kind](*ready)
