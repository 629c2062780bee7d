"""The SQLite file behind the index: opened, checked, and replaced when anything is wrong with it.

What the rows mean must never enter. With `index_tables` the only module that knows peewee.
"""

import contextlib
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import peewee

from store.index_tables import SCHEMA_VERSION, Tables

_T = TypeVar("_T")
_BUSY_TIMEOUT_S = 30
"""Another Inkstand's transaction: a part of its rebuild."""

_CACHE_KIB = 32 * 1024
"""FTS5 merges what it has written; with SQLite's own 2 MB it reads all of that again."""

_CHECKED = "-checked"
"""Behind the file's name: a note of the state in which it was closed in order."""

_BROKEN = (peewee.DatabaseError, sqlite3.DatabaseError)
_UNWRITABLE = (peewee.OperationalError, sqlite3.OperationalError)
"""A full disk, a lock that stays: nothing that a new file would help against."""


class IndexClosed(Exception):
    """The index was used after `close`."""


class IndexWasReset(Exception):
    """The index had to be replaced by an empty one; everything has to be read again."""


class IndexDatabase:
    """One connection for all threads; whoever asks waits for whoever asked before."""

    notice: str
    """Why it is in memory or was made anew, in words; "" when it is neither."""
    is_fresh: bool
    """Whether it is empty because it is new: a rebuild has everything to read."""
    memory_reason: str
    """Why it is in memory although it should be in a file, in words; "" when it is not."""

    def __init__(self, path: Path | None) -> None:
        """Open it; see `Index.open`."""
        self.notice = self.memory_reason = ""
        self.is_fresh = True
        self._path = path
        self._lock = threading.RLock()
        self._tables: Tables | None = None
        self._is_on_disk = False
        if path is None:
            self._attach(None)
        else:
            self._open_or_replace(path)

    def close(self) -> None:
        """Close it. Closing twice is fine."""
        with self._lock:
            if self._tables is not None:
                self._tables.database.close()
                self._tables = None
                self._note_checked()

    def ask(self, query: Callable[[Tables], _T], nothing: _T) -> _T:
        """Run a query. When the database breaks under it, the answer is that of an empty index.

        Args:
            query: What to ask; it must not keep the tables.
            nothing: That answer.

        Raises:
            IndexClosed: It was closed.
        """
        with self._lock:
            tables = self._open_tables()
            try:
                return query(tables)
            except _BROKEN as error:
                self._replace(error)
                return nothing

    def change(self, statements: Callable[[Tables], None]) -> None:
        """Change rows in one transaction, all of it or (on failure) nothing.

        Args:
            statements: What to carry out.

        Raises:
            IndexWasReset: It could not be written and was replaced; rebuild everything.
            IndexClosed: It was closed.
        """
        with self._lock:
            tables = self._open_tables()
            try:
                with tables.database.atomic():
                    statements(tables)
            except _BROKEN as error:
                self._replace(error)
                raise IndexWasReset(self.notice) from error
            self.is_fresh = False

    def _open_tables(self) -> Tables:
        if self._tables is None:
            raise IndexClosed("the index is closed")
        return self._tables

    def _open_or_replace(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._attach(path)
        except peewee.OperationalError as error:
            self._go_on_in_memory(str(error))
        except OSError as error:
            self._go_on_in_memory((error.strerror or str(error)).lower())
        except peewee.DatabaseError as error:
            self._drop_and_attach(path, str(error))
        except _OtherVersion as error:
            self._drop_and_attach(path, str(error))

    def _replace(self, error: Exception) -> None:
        """Go on with an empty index: on disk when the file was corrupt, else in memory."""
        # On a full disk SQLite has rolled back by itself; peewee's own attempt then hides why.
        while isinstance(error.__context__, _BROKEN):
            error = error.__context__
        if self._tables is not None:
            with contextlib.suppress(peewee.PeeweeException):
                self._tables.database.close()
        if self._path is not None and not isinstance(error, _UNWRITABLE):
            self._drop_and_attach(self._path, str(error))
        else:
            self._go_on_in_memory(str(error))

    def _go_on_in_memory(self, reason: str) -> None:
        self._attach(None)
        self.memory_reason = reason
        self.notice = (
            f"The index lives in memory: {reason} ({self._path}). It works, but goes when "
            "Inkstand ends; check that folder's permissions and space."
        )

    def _drop_and_attach(self, path: Path, reason: str) -> None:
        try:
            for suffix in ("", "-wal", "-shm", _CHECKED):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
            self._attach(path)
        except (OSError, peewee.DatabaseError, _OtherVersion):
            self._go_on_in_memory(f"its file is unusable, {reason}")
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
            tables = Tables(database)
            version = _scalar(database, "PRAGMA user_version")
            is_fresh = version == 0 and _scalar(database, "SELECT count(*) FROM sqlite_master") == 0
            if not is_fresh and version != SCHEMA_VERSION:
                raise _OtherVersion("it is of another version")
            is_checked = path is not None and _facts_of(path) == _checked_facts(path)
            if not (is_fresh or is_checked) and _scalar(database, "PRAGMA quick_check(1)") != "ok":
                raise peewee.DatabaseError("its file is damaged")
            database.execute_sql("PRAGMA journal_mode = WAL")
            # Waiting for the disk is a third of a rebuild's writing. Killed, the file is whole all
            # the same; after a loss of power it is checked, being not closed in order.
            database.execute_sql("PRAGMA synchronous = OFF")
            database.execute_sql(f"PRAGMA cache_size = -{_CACHE_KIB}")
            if is_fresh:
                with database.atomic():
                    tables.create()
                    database.execute_sql(f"PRAGMA user_version = {SCHEMA_VERSION}")
        except BaseException:
            database.close()
            raise
        self._tables, self.is_fresh, self._is_on_disk = tables, is_fresh, path is not None

    def _note_checked(self) -> None:
        """Remember that the file is whole as it is now: checking 65 MB takes 80 ms of each start.

        Another Inkstand's writes, a crash and damage all change the file's size or time.
        """
        if self._path is not None and self._is_on_disk:
            with contextlib.suppress(OSError):
                note = self._path.with_name(self._path.name + _CHECKED)
                note.write_text(_facts_of(self._path), encoding="ascii")


class _OtherVersion(Exception):
    """The file was made by another version of Inkstand."""


def _facts_of(path: Path) -> str:
    facts = path.stat()
    return f"{facts.st_ino} {facts.st_size} {facts.st_mtime_ns}"


def _checked_facts(path: Path) -> str:
    try:
        return path.with_name(path.name + _CHECKED).read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""


def _scalar(database: Any, sql: str) -> object:
    return database.execute_sql(sql).fetchone()[0]
