"""Changes rows of the index, many at a time, within a transaction of its caller's."""

from collections.abc import Collection, Sequence

from store.index_tables import (
    Entry,
    EntryKind,
    Tables,
    as_json,
    insert_rows,
    to_row,
    upsert,
    words_of,
)


def take_out(tables: Tables, kind: EntryKind, paths: Sequence[str]) -> None:
    """Take out the entries of some files, with their words and links."""
    numbers = (as_json(list(_numbers(tables, kind, paths).values())),)
    columns = {f"{kind}_text": "rowid", kind: "number"}
    if kind == "posts":
        columns["links"] = "source"
    for table, column in columns.items():
        tables.connection.execute(
            f"DELETE FROM {table} WHERE {column} IN (SELECT value FROM json_each(?))", numbers
        )


def take_in(tables: Tables, kind: EntryKind, entries: Sequence[Entry]) -> None:
    """Take in what is known of some files: facts, words and links."""
    connection = tables.connection
    rows = [to_row(kind, entry) for entry in entries]
    head, tail = upsert(tables.entries[kind], kind)
    insert_rows(connection, head, rows, tail)
    numbers = _numbers(tables, kind, [entry.path for entry in entries])
    # Taking words in again that are there already costs three times what comparing them does.
    known = _words(tables, kind, numbers.values())
    words = [(numbers[entry.path], *words_of(entry)) for entry in entries]
    insert_rows(
        connection,
        f"INSERT OR REPLACE INTO {kind}_text (rowid, title, words, body)",
        [row for row in words if known.get(row[0]) != row],
    )
    if kind == "posts":
        connection.execute(
            "DELETE FROM links WHERE source IN (SELECT value FROM json_each(?))",
            (as_json(list(numbers.values())),),
        )
        links = [(numbers[entry.path], target) for entry in entries for target in entry.links]
        insert_rows(connection, "INSERT INTO links (source, target)", links)


def _words(
    tables: Tables, kind: EntryKind, numbers: Collection[int]
) -> dict[int, tuple[int, str, str, str]]:
    sql = (
        f"SELECT rowid, title, words, body FROM {kind}_text "
        "WHERE rowid IN (SELECT value FROM json_each(?))"
    )
    rows = tables.connection.execute(sql, (as_json(list(numbers)),))
    return {row[0]: row for row in rows}


def _numbers(tables: Tables, kind: EntryKind, paths: Sequence[str]) -> dict[str, int]:
    sql = f"SELECT path, number FROM {kind} WHERE path IN (SELECT value FROM json_each(?))"
    return dict(tables.connection.execute(sql, (as_json(list(paths)),)).fetchall())
