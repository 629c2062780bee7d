"""The index: facts about scripts, posts and media in SQLite, which can be thrown away at any time.

Nothing that is not in a file may be kept here, and peewee must not leak out.
"""

import contextlib
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeVar

import peewee

from store.index_tables import (
    COLUMNS,
    SCHEMA_VERSION,
    Entry,
    column_names,
    from_row,
    make_tables,
    to_row,
    upsert_sql,
)
from store.media import MediaFacts
from store.one_line import clean
from store.posts import PostFacts
from store.script_text import KINDS, ScriptKind
from store.slugs import effective_slugs

__all__ = [
    "Counts",
    "Entry",
    "EntryKind",
    "Index",
    "IndexClosed",
    "IndexWasReset",
    "Problem",
    "ScriptRow",
]

EntryKind = Literal["scripts", "posts", "media"]
ENTRY_KINDS: tuple[EntryKind, ...] = ("scripts", "posts", "media")

_T = TypeVar("_T")
_BUSY_TIMEOUT_S = 5
_BROKEN = (peewee.DatabaseError, sqlite3.DatabaseError)
_UNWRITABLE = (peewee.OperationalError, sqlite3.OperationalError)
"""A full disk, a lock that stays: nothing that a new file would help against."""


@dataclass(frozen=True, slots=True)
class ScriptRow:
    """A script as lists show it."""

    path: str
    """From the project folder, with slashes."""
    id: str
    slug: str
    """Its own among all scripts: the second file that asks for `x` is `x_2`."""
    title: str
    kind: ScriptKind
    entrypoint: str
    enabled: bool
    version: int
    updated_at: str
    problem: str
    """What is wrong with it, in words; "" when it is fine."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many entries there are. Translations count as part of what they translate."""

    scripts: int
    posts: int
    media: int


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a file."""

    path: str
    """From the project folder, with slashes."""
    kind: EntryKind
    reason: str


class IndexClosed(Exception):
    """The index was used after `close`."""


class IndexWasReset(Exception):
    """The index had to be replaced by an empty one; everything has to be read again."""


class Index:
    """Facts about one project's files. Any thread may call it; calls wait for each other."""

    notice: str
    """Why it is in memory or was made anew, in words; "" when it is neither."""
    is_fresh: bool
    """Whether it is empty because it is new: a rebuild has everything to read."""

    def __init__(self, path: Path | None) -> None:
        """Open it; see `open`."""
        self.notice = ""
        self.is_fresh = True
        self._path = path
        self._lock = threading.RLock()
        self._database: Any = None
        self._tables: dict[str, Any] = {}
        if path is None:
            self._attach(None)
        else:
            self._open_or_replace(path)

    @classmethod
    def open(cls, path: Path | None) -> "Index":
        """Open an index, or make one.

        One that is corrupt or of another version is dropped. One that cannot be written lives in
        memory. Neither is an error: `notice` says it.

        Args:
            path: Its file; None for one in memory. Missing folders are made.

        Returns:
            The index; the caller closes it.
        """
        return cls(path)

    def close(self) -> None:
        """Close it. Closing twice is fine."""
        with self._lock:
            if self._database is not None:
                self._database.close()
                self._database = None

    def scripts(self) -> list[ScriptRow]:
        """List all scripts: by kind (macro, utility, transform), the last changed first."""
        facts = self._facts("scripts")
        slugs = effective_slugs((path, script.slug) for path, script, _ in facts)
        owners: dict[str, str] = {}
        rows = []
        for path, script, problem in facts:  # in the order of the paths
            problems = [problem] if problem else []
            slug, holder = slugs[path]
            if holder:
                problems.append(f"{holder} has the slug {script.slug} too; this one is {slug}")
            if script.id and owners.setdefault(script.id, path) != path:
                problems.append(f"{owners[script.id]} has the same id")
            rows.append(
                ScriptRow(
                    path=path,
                    id=script.id,
                    slug=slug,
                    title=script.title,
                    kind=script.kind,
                    entrypoint=script.entrypoint,
                    enabled=script.enabled,
                    version=script.version,
                    updated_at=script.updated_at,
                    problem=clean("; ".join(problems)),
                )
            )
        rows.sort(key=lambda row: row.updated_at, reverse=True)
        rows.sort(key=lambda row: KINDS.index(row.kind))
        return rows

    def posts(self) -> list[tuple[str, PostFacts]]:
        """List all readable posts and translations with their paths, in the order of the paths."""
        return [(path, facts) for path, facts, _ in self._facts("posts", usable=True)]

    def media(self) -> list[tuple[str, MediaFacts]]:
        """List all usable sidecars with their paths, in the order of the paths."""
        return [(path, facts) for path, facts, _ in self._facts("media", usable=True)]

    def counts(self) -> Counts:
        """Count the entries."""

        def count(tables: dict[str, Any]) -> dict[str, int]:
            numbers = {"scripts": tables["scripts"].select().count()}
            for kind in ("posts", "media"):
                table = tables[kind]
                own = table.is_readable & (table.translation_for == "")
                numbers[kind] = table.select().where(own).count()
            return numbers

        return Counts(**self._ask(count, {"scripts": 0, "posts": 0, "media": 0}))

    def problems(self) -> list[Problem]:
        """List what is wrong with files: scripts, posts, media, each in the order of the paths."""
        found = [
            Problem(row.path, "scripts", row.problem)
            for row in sorted(self.scripts(), key=lambda row: row.path)
            if row.problem
        ]
        for kind in ENTRY_KINDS[1:]:
            nothing: list[Problem] = []
            own = self._ask(partial(_own_problems, kind), nothing)
            found += sorted(own, key=lambda problem: problem.path)
        return found

    def unreadable(self, kinds: Collection[EntryKind] = ENTRY_KINDS) -> list[Problem]:
        """List the files of some kinds that cannot be read at all."""

        def query(tables: dict[str, Any]) -> list[Problem]:
            found = []
            for kind in kinds:
                table = tables[kind]
                rows = table.select(table.path, table.problem).where(~table.is_readable)
                found += [
                    Problem(path, kind, reason)
                    for path, reason in rows.order_by(table.path).tuples()
                ]
            return found

        return self._ask(query, [])

    def known(self, kind: EntryKind) -> dict[str, tuple[int, int]]:
        """Tell which files it knows.

        Args:
            kind: scripts, posts or media.

        Returns:
            By path: mtime_ns and size of the file when it was read.
        """

        def query(tables: dict[str, Any]) -> dict[str, tuple[int, int]]:
            table = tables[kind]
            rows = table.select(table.path, table.mtime_ns, table.size_on_disk).tuples()
            return {path: (mtime_ns, size) for path, mtime_ns, size in rows}

        return self._ask(query, {})

    def apply(self, kind: EntryKind, upserts: Sequence[Entry], removed: Collection[str]) -> None:
        """Take in the difference, all of it or (on failure) nothing.

        Args:
            kind: scripts, posts or media.
            upserts: Files that are new or changed.
            removed: Paths that are gone.

        Raises:
            IndexWasReset: It could not be written and was replaced; rebuild everything.
            IndexClosed: It was closed.
        """
        rows = [to_row(kind, entry) for entry in upserts]
        gone = list(removed)
        with self._lock:
            database = self._open_database()
            table = self._tables[kind]
            try:
                with database.atomic():
                    for at in range(0, len(gone), 500):
                        table.delete().where(table.path.in_(gone[at : at + 500])).execute()
                    database.connection().executemany(upsert_sql(table, kind), rows)
            except _BROKEN as error:
                self._replace(error)
                raise IndexWasReset(self.notice) from error
            self.is_fresh = False

    def _facts(self, kind: EntryKind, *, usable: bool = False) -> list[tuple[str, Any, str]]:
        def query(tables: dict[str, Any]) -> list[tuple[str, Any, str]]:
            table = tables[kind]
            names = column_names(kind)
            columns = [getattr(table, name) for name in names]
            rows = table.select(*columns).order_by(table.path)
            if usable:
                rows = rows.where(table.is_readable)
            first = len(names) - len(COLUMNS[kind])
            at = names.index("problem")
            return [(row[0], from_row(kind, row[first:]), row[at]) for row in rows.tuples()]

        return self._ask(query, [])

    def _ask(self, query: Callable[[dict[str, Any]], _T], nothing: _T) -> _T:
        """Run a query. When the database breaks under it, the answer is that of an empty index."""
        with self._lock:
            self._open_database()
            try:
                return query(self._tables)
            except _BROKEN as error:
                self._replace(error)
                return nothing

    def _open_database(self) -> Any:
        if self._database is None:
            raise IndexClosed("the index is closed")
        return self._database

    def _open_or_replace(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._attach(path)
        except peewee.OperationalError as error:
            self._attach(None)
            self.notice = f"The index lives in memory: {error}."
        except OSError as error:
            self._attach(None)
            self.notice = f"The index lives in memory: {(error.strerror or '').lower()}."
        except peewee.DatabaseError as error:
            self._drop_and_attach(path, str(error))
        except _OtherVersion as error:
            self._drop_and_attach(path, str(error))

    def _replace(self, error: Exception) -> None:
        """Go on with an empty index: on disk when the file was corrupt, else in memory."""
        # On a full disk SQLite has rolled back by itself; peewee's own attempt then hides why.
        while isinstance(error.__context__, _BROKEN):
            error = error.__context__
        with contextlib.suppress(peewee.PeeweeException):
            self._database.close()
        if self._path is not None and not isinstance(error, _UNWRITABLE):
            self._drop_and_attach(self._path, str(error))
        else:
            self._attach(None)
            self.notice = f"The index lives in memory: {error}."

    def _drop_and_attach(self, path: Path, reason: str) -> None:
        try:
            for suffix in ("", "-wal", "-shm"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
            self._attach(path)
        except (OSError, peewee.DatabaseError, _OtherVersion):
            self._attach(None)
            self.notice = f"The index lives in memory: its file is unusable ({reason})."
        else:
            self.notice = f"The index was made anew: {reason}."

    def _attach(self, path: Path | None) -> None:
        """Connect, check what is there and make the tables of a new database."""
        database: Any = peewee.SqliteDatabase(
            ":memory:" if path is None else str(path),
            timeout=_BUSY_TIMEOUT_S,
            thread_safe=False,  # one connection for all threads; our lock keeps them apart
            check_same_thread=False,
            autoconnect=False,
        )
        database.connect()
        try:
            tables = make_tables(database)
            version = _scalar(database, "PRAGMA user_version")
            is_fresh = version == 0 and _scalar(database, "SELECT count(*) FROM sqlite_master") == 0
            if not is_fresh and version != SCHEMA_VERSION:
                raise _OtherVersion("it is of another version")
            if not is_fresh and _scalar(database, "PRAGMA quick_check(1)") != "ok":
                raise peewee.DatabaseError("its file is damaged")
            database.execute_sql("PRAGMA journal_mode = WAL")
            database.execute_sql("PRAGMA synchronous = NORMAL")
            if is_fresh:
                with database.atomic():
                    database.create_tables(list(tables.values()))
                    database.execute_sql(f"PRAGMA user_version = {SCHEMA_VERSION}")
        except BaseException:
            database.close()
            raise
        self._database, self._tables, self.is_fresh = database, tables, is_fresh


class _OtherVersion(Exception):
    """The file was made by another version of Inkstand."""


def _scalar(database: Any, sql: str) -> object:
    return database.execute_sql(sql).fetchone()[0]


def _own_problems(kind: EntryKind, tables: dict[str, Any]) -> list[Problem]:
    """List the problems of posts or media: their own, and ids that two files share."""
    table = tables[kind]
    rows = table.select(table.path, table.problem).where(table.problem != "").tuples()
    problems = [Problem(path, kind, reason) for path, reason in rows]
    own = table.is_readable & (table.translation_for == "") & (table.id != "")
    pairs = list(table.select(table.id, table.path).where(own).order_by(table.path).tuples())
    return problems + list(_shared_ids(pairs, kind))


def _shared_ids(pairs: list[tuple[str, str]], kind: EntryKind) -> Iterator[Problem]:
    repeated = {key for key, number in Counter(key for key, _ in pairs).items() if number > 1}
    owners: dict[str, str] = {}
    for key, path in pairs:
        if key in repeated and owners.setdefault(key, path) != path:
            yield Problem(path, kind, clean(f"{owners[key]} has the same id"))
