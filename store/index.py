"""The index: facts about scripts, posts and media in SQLite, which can be thrown away at any time.

Nothing that is not in a file may be kept here, and peewee must not leak out. Searching is
`search`'s, the file and its troubles `index_database`'s.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from store.facts import MediaFacts, PostFacts
from store.index_changes import take_in, take_out
from store.index_database import IndexClosed, IndexDatabase, IndexWasReset
from store.index_tables import (
    ENTRY_KINDS,
    Entry,
    EntryKind,
    Facts,
    Tables,
    column_names,
    from_row,
)
from store.one_line import clean
from store.script_text import KINDS, ScriptKind
from store.slugs import effective_slugs

__all__ = [
    "ENTRY_KINDS",
    "Counts",
    "Entry",
    "EntryCounts",
    "EntryKind",
    "Index",
    "IndexClosed",
    "IndexWasReset",
    "IndexedEntry",
    "Problem",
    "ScriptRow",
]

_T = TypeVar("_T")
_PAGE = 500
"""Rows that are asked for or changed at once."""


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
class EntryCounts:
    """How many entries of one kind there are, and translations of them besides."""

    own: int
    translations: int

    def words(self, kind: str) -> str:
        """Say it: `13 posts, 1 translation`."""
        name = kind if self.own != 1 or kind == "media" else kind.removesuffix("s")
        if not self.translations:
            return f"{self.own} {name}"
        plural = "" if self.translations == 1 else "s"
        return f"{self.own} {name}, {self.translations} translation{plural}"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a file."""

    path: str
    """From the project folder, with slashes."""
    kind: EntryKind
    reason: str


@dataclass(frozen=True, slots=True)
class IndexedEntry:
    """A file as the index knows it."""

    path: str
    facts: Facts | None
    """None when nothing at all is known."""
    problem: str
    is_readable: bool


class Index:
    """Facts about one project's files. Any thread may call it; calls wait for each other."""

    def __init__(self, path: Path | None) -> None:
        """Open it; see `open`."""
        self._database = IndexDatabase(path)

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

    @property
    def notice(self) -> str:
        """Why it is in memory or was made anew, in words; "" when it is neither."""
        return self._database.notice

    @property
    def is_fresh(self) -> bool:
        """Whether it is empty because it is new: a rebuild has everything to read."""
        return self._database.is_fresh

    @property
    def memory_reason(self) -> str:
        """Why it is in memory although it should be in a file, in words; "" when it is not."""
        return self._database.memory_reason

    def close(self) -> None:
        """Close it. Closing twice is fine."""
        self._database.close()

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

        return Counts(**{kind: self.entry_counts(kind).own for kind in ENTRY_KINDS})

    def entry_counts(self, kind: EntryKind) -> EntryCounts:
        """Count the entries of one kind; of posts and media only those that can be read."""

        def count(tables: Tables) -> EntryCounts:
            table = tables.entries[kind]
            if kind == "scripts":
                return EntryCounts(table.select().count(), 0)
            readable = table.select().where(table.is_readable)
            own = readable.where(table.translation_for == "").count()
            return EntryCounts(own, readable.count() - own)

        return self.ask(count, EntryCounts(0, 0))

    def problems(self) -> list[Problem]:
        """List what is wrong with files: scripts, posts, media, each in the order of the paths."""
        found = [
            Problem(row.path, "scripts", row.problem)
            for row in sorted(self.scripts(), key=lambda row: row.path)
            if row.problem
        ]
        for kind in ENTRY_KINDS[1:]:
            nothing: list[Problem] = []
            own = self.ask(partial(_own_problems, kind), nothing)
            found += sorted(own, key=lambda problem: problem.path)
        return found

    def unreadable(self, kinds: Collection[EntryKind] = ENTRY_KINDS) -> list[Problem]:
        """List the files of some kinds that cannot be read at all."""

        def query(tables: Tables) -> list[Problem]:
            found = []
            for kind in kinds:
                table = tables.entries[kind]
                rows = table.select(table.path, table.problem).where(~table.is_readable)
                found += [
                    Problem(path, kind, reason)
                    for path, reason in rows.order_by(table.path).tuples()
                ]
            return found

        return self.ask(query, [])

    def known(self, kind: EntryKind) -> dict[str, tuple[int, int]]:
        """Tell which files it knows.

        Args:
            kind: scripts, posts or media.

        Returns:
            By path: mtime_ns and size of the file when it was read.
        """

        def query(tables: Tables) -> dict[str, tuple[int, int]]:
            sql = f"SELECT path, mtime_ns, size_on_disk FROM {kind}"
            rows = tables.connection.execute(sql)
            return {path: (mtime_ns, size) for path, mtime_ns, size in rows}

        return self.ask(query, {})

    def is_complete(self, kind: EntryKind) -> bool:
        """Tell whether all files of a kind have been read once, at some time."""

        def query(tables: Tables) -> bool:
            sql = "SELECT 1 FROM complete WHERE kind = ?"
            return tables.connection.execute(sql, (kind,)).fetchone() is not None

        return self.ask(query, False)

    def entries(self, kind: EntryKind) -> list[IndexedEntry]:
        """List everything that is known of a kind, in the order of the paths."""

        def query(tables: Tables) -> list[IndexedEntry]:
            table = tables.entries[kind]
            columns = [getattr(table, name) for name in column_names(kind)]
            rows = table.select(*columns).order_by(table.path).tuples()
            return [_entry_of(kind, row) for row in rows]

        return self.ask(query, [])

    def text(self, kind: EntryKind, path: str) -> str | None:
        """Give the text below a file's header as it was read; None for an unknown file."""
        return next(
            (body for found, body in self._texts_from(kind, path, 1) if found == path), None
        )

    def texts(self, kind: EntryKind) -> Iterator[tuple[str, str]]:
        """Give path and text of every file of a kind, in the order of the paths.

        They are read in parts, so that neither memory nor other questions wait for all of them.
        """
        rows = self._texts_from(kind, "", _PAGE)
        while rows:
            yield from rows
            rows = self._texts_from(kind, rows[-1][0] + "\x00", _PAGE)

    def _texts_from(self, kind: EntryKind, first: str, limit: int) -> list[tuple[str, str]]:
        def query(tables: Tables) -> list[tuple[str, str]]:
            sql = (
                # CROSS: else SQLite goes through all texts first.
                f"SELECT e.path, t.body FROM {kind} e CROSS JOIN {kind}_text t "
                "ON t.rowid = e.number WHERE e.path >= ? ORDER BY e.path LIMIT ?"
            )
            return tables.connection.execute(sql, (first, limit)).fetchall()

        nothing: list[tuple[str, str]] = []
        return self.ask(query, nothing)

    def apply(
        self,
        kind: EntryKind,
        upserts: Sequence[Entry],
        removed: Collection[str] = (),
        *,
        completes: bool = False,
    ) -> None:
        """Take in a difference, all of it or (on failure) nothing.

        Args:
            kind: scripts, posts or media.
            upserts: Files that are new or changed.
            removed: Paths that are gone.
            completes: Whether every file of the kind has been read now.

        Raises:
            IndexWasReset: It could not be written and was replaced; rebuild everything.
            IndexClosed: It was closed.
        """
        gone = list(removed)

        def statements(tables: Tables) -> None:
            for at in range(0, len(gone), _PAGE):
                take_out(tables, kind, gone[at : at + _PAGE])
            for at in range(0, len(upserts), _PAGE):
                take_in(tables, kind, upserts[at : at + _PAGE])
            if completes:
                tables.connection.execute("INSERT OR IGNORE INTO complete VALUES (?)", (kind,))

        self._database.change(statements)

    def ask(self, query: Callable[[Tables], _T], nothing: _T) -> _T:
        """Run a query; for `search`.

        Args:
            query: What to ask; it must not keep the tables.
            nothing: The answer of an empty index, given when the database breaks under the query.

        Raises:
            IndexClosed: It was closed.
        """
        return self._database.ask(query, nothing)

    def _facts(self, kind: EntryKind, *, usable: bool = False) -> list[tuple[str, Any, str]]:
        return [
            (one.path, one.facts, one.problem)
            for one in self.entries(kind)
            if one.facts is not None and (one.is_readable or not usable)
        ]


def _entry_of(kind: EntryKind, row: tuple[Any, ...]) -> IndexedEntry:
    path, _, _, problem, is_readable, *values = row
    facts = from_row(kind, tuple(values)) if is_readable or kind == "scripts" else None
    return IndexedEntry(path, facts, problem, bool(is_readable))


def _own_problems(kind: EntryKind, tables: Tables) -> list[Problem]:
    """List the problems of posts or media: their own, and ids that two files share."""
    table = tables.entries[kind]
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
