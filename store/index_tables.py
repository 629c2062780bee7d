"""The index's tables: one per kind of entry, a column per fact.

Queries, and when rows change, must never enter. The only module besides `index` that knows peewee.
"""

import json
import zlib
from dataclasses import dataclass, fields
from typing import Any, cast, get_args, get_origin

import peewee

from store.media import MediaFacts
from store.posts import PostFacts
from store.script_text import ScriptFields

Facts = ScriptFields | PostFacts | MediaFacts

FACTS: dict[str, type[Facts]] = {"scripts": ScriptFields, "posts": PostFacts, "media": MediaFacts}
"""The kinds of entries and what is known about each."""

_EXTRA = ("path", "mtime_ns", "size_on_disk", "problem", "is_readable")
_LAYOUT = 2
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


def make_tables(database: peewee.Database) -> dict[str, Any]:
    """Make the model classes of one index.

    Args:
        database: The open database; every index has classes of its own.

    Returns:
        peewee models by kind.
    """
    fields_of = {"int": peewee.IntegerField, "bool": peewee.BooleanField}
    tables: dict[str, Any] = {}
    for kind in FACTS:
        meta = type("Meta", (), {"database": database, "table_name": kind})
        body: dict[str, object] = {
            "__module__": __name__,
            "Meta": meta,
            "path": peewee.TextField(primary_key=True),
            "mtime_ns": peewee.IntegerField(),
            "size_on_disk": peewee.IntegerField(),
            "problem": peewee.TextField(),
            "is_readable": peewee.BooleanField(),
        }
        for name, sort in COLUMNS[kind]:
            body[name] = fields_of.get(sort, peewee.TextField)()
        tables[kind] = type(kind.title(), (peewee.Model,), body)
    return tables


def column_names(kind: str) -> list[str]:
    """Give the columns of a kind, in the order of `to_row`."""
    return [*_EXTRA, *(name for name, _ in COLUMNS[kind])]


def upsert_sql(table: Any, kind: str) -> str:
    """Write the statement that takes in one row of `to_row`.

    peewee's own `insert_many` spends 90 us on each row (wrapping every value), sqlite3's
    `executemany` 5 us: 0.9 s less for 10,000 posts.
    """
    fields_by_name = table._meta.fields
    names = [fields_by_name[name].column_name for name in column_names(kind)]
    columns = ", ".join(f'"{name}"' for name in names)
    marks = ", ".join("?" * len(names))
    return f'INSERT OR REPLACE INTO "{table._meta.table_name}" ({columns}) VALUES ({marks})'


def to_row(kind: str, entry: Entry) -> tuple[object, ...]:
    """Write an entry as a row."""
    row: list[object] = [entry.path, entry.mtime_ns, entry.size, entry.problem, entry.is_readable]
    for name, sort in COLUMNS[kind]:
        if entry.facts is None:
            row.append("[]" if sort == "list" else "" if sort == "str" else 0)
            continue
        value = getattr(entry.facts, name)
        row.append(json.dumps(value, ensure_ascii=False) if sort == "list" else value)
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
        tuple(json.loads(cast(str, value))) if sort == "list" else value
        for value, (_, sort) in zip(values, COLUMNS[kind], strict=True)
    ]
    return FACTS[kind](*ready)
