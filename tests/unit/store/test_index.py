"""The index: unique slugs, disposable whatever happens to its file, usable from any thread."""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from store.index import Entry, Index, IndexClosed, IndexWasReset, Problem
from store.script_text import ScriptFields, ScriptKind


def entry(
    name: str, slug: str = "", *, kind: ScriptKind = "macro", at: str = "2026", problem: str = ""
) -> Entry:
    fields = ScriptFields(
        id=f"id-{name}",
        project_id="p",
        slug=slug or name,
        title=name.title(),
        kind=kind,
        entrypoint="render",
        enabled=True,
        version=2,
        created_at="2026",
        updated_at=at,
    )
    return Entry(f"scripts/{name}.py", 1, 2, fields, problem)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "index.db"


@pytest.fixture(params=["file", "memory"])
def index(request: pytest.FixtureRequest, path: Path) -> Iterator[Index]:
    opened = Index.open(path if request.param == "file" else None)
    yield opened
    opened.close()


def sql(index: Index, statement: str) -> Any:
    """Change the index behind its back."""
    return index.ask(lambda tables: tables.connection.execute(statement).fetchone(), None)


def filled(path: Path) -> None:
    index = Index.open(path)
    index.apply("scripts", [entry(f"s{number}") for number in range(300)], [])
    index.close()


def test_what_goes_in_comes_out(index: Index) -> None:
    states = [index.is_fresh]
    assert index.notice == ""
    index.apply("scripts", [entry("a"), entry("b", problem="odd")], [])
    assert [*states, index.is_fresh] == [True, False]
    (a, _) = sorted(index.scripts(), key=lambda row: row.path)
    assert (a.path, a.id, a.slug, a.title, a.kind) == ("scripts/a.py", "id-a", "a", "A", "macro")
    assert (a.entrypoint, a.enabled, a.version, a.updated_at) == ("render", True, 2, "2026")
    assert a.enabled is True
    assert index.known("scripts") == {"scripts/a.py": (1, 2), "scripts/b.py": (1, 2)}
    assert index.counts().scripts == 2
    assert index.problems() == [Problem("scripts/b.py", "scripts", "odd")]
    index.apply("scripts", [], ["scripts/b.py"])
    assert [row.path for row in index.scripts()] == ["scripts/a.py"]


def test_scripts_come_by_kind_and_the_last_changed_first(index: Index) -> None:
    index.apply(
        "scripts",
        [
            entry("t", kind="transform", at="2030"),
            entry("u", kind="utility", at="2029"),
            entry("m1", at="2020"),
            entry("m2", at="2021"),
        ],
        [],
    )
    assert [row.title for row in index.scripts()] == ["M2", "M1", "U", "T"]


def test_slugs_and_ids_are_unique_and_the_second_file_says_so(index: Index) -> None:
    twin = entry("z", "x")
    assert isinstance(twin.facts, ScriptFields)
    index.apply("scripts", [entry("x"), entry("a", "x"), twin], [])
    rows = {row.path: row for row in index.scripts()}
    assert rows["scripts/x.py"].slug == "x"
    assert rows["scripts/x.py"].problem == ""
    assert rows["scripts/a.py"].slug == "x_2"
    assert rows["scripts/z.py"].slug == "x_3"
    assert rows["scripts/z.py"].problem == "scripts/x.py has the slug x too; this one is x_3"
    copy = Entry("scripts/zz.py", 1, 2, twin.facts)
    index.apply("scripts", [copy], ["scripts/a.py"])
    row = next(row for row in index.scripts() if row.path == copy.path)
    assert row.problem.endswith("this one is x_3; scripts/z.py has the same id")
    assert len(index.problems()) == 2


def test_it_is_kept(path: Path) -> None:
    filled(path)
    index = Index.open(path)
    assert not index.is_fresh
    assert index.counts().scripts == 300
    index.close()
    index.close()


@pytest.mark.parametrize("damage", ["garbage", "truncated", "middle", "version", "foreign"])
def test_a_damaged_index_is_made_anew(path: Path, damage: str) -> None:
    filled(path)
    data = path.read_bytes()
    if damage == "garbage":
        path.write_bytes(b"not a database, but long enough to look like one" * 100)
    elif damage == "truncated":
        path.write_bytes(data[: len(data) // 2])
    elif damage == "middle":
        path.write_bytes(data[:8192] + b"\xa5" * 8192 + data[16384:])
    else:
        connection = sqlite3.connect(path)
        if damage == "version":
            connection.execute("PRAGMA user_version = 1")
        else:
            path.unlink()
            connection.close()
            connection = sqlite3.connect(path)
            connection.execute("CREATE TABLE other (x)")
        connection.commit()
        connection.close()
    index = Index.open(path)
    assert index.is_fresh
    assert index.notice.startswith("The index was made anew: ")
    assert index.scripts() == []
    index.apply("scripts", [entry("a")], [])
    index.close()
    again = Index.open(path)
    assert again.notice == ""
    assert again.counts().scripts == 1
    again.close()


def test_an_index_that_cannot_be_written_lives_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder.db").mkdir()
    for path in (tmp_path / "file" / "index.db", tmp_path / "folder.db"):
        index = Index.open(path)
        assert index.notice.startswith("The index lives in memory: ")
        index.apply("scripts", [entry("a")], [])
        assert index.counts().scripts == 1
        index.close()


def test_a_write_that_fails_leaves_an_empty_index_in_memory(path: Path) -> None:
    filled(path)
    index = Index.open(path)
    other = sqlite3.connect(path)
    sql(index, "PRAGMA busy_timeout = 10")
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(IndexWasReset):
        index.apply("scripts", [entry("a")], [])
    other.rollback()
    other.close()
    assert index.is_fresh
    assert "memory: database is locked" in index.notice
    assert index.scripts() == []
    index.close()


def test_an_apply_on_a_full_disk_changes_nothing_there(path: Path) -> None:
    filled(path)
    index = Index.open(path)
    (pages,) = sql(index, "PRAGMA page_count")
    sql(index, f"PRAGMA max_page_count = {pages + 1}")
    many = [entry(f"new{number}") for number in range(2000)]
    with pytest.raises(IndexWasReset, match="full"):
        index.apply("scripts", many, ["scripts/s1.py"])
    assert index.memory_reason == "database or disk is full"
    assert index.notice.startswith(f"The index lives in memory: database or disk is full ({path})")
    assert index.scripts() == []
    index.close()
    again = Index.open(path)
    assert sorted(again.known("scripts")) == sorted(f"scripts/s{n}.py" for n in range(300))
    again.close()


def test_a_database_that_breaks_while_in_use_answers_as_an_empty_one(path: Path) -> None:
    filled(path)
    index = Index.open(path)
    sql(index, "DROP TABLE scripts")
    assert index.scripts() == []
    assert index.notice
    assert index.is_fresh
    index.apply("scripts", [entry("a")], [])
    assert index.counts().scripts == 1
    index.close()


def test_a_closed_index_says_so(index: Index) -> None:
    index.close()
    for use in (index.scripts, index.counts, lambda: index.apply("scripts", [], [])):
        with pytest.raises(IndexClosed):
            use()


def test_threads_take_turns(index: Index) -> None:
    errors: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for turn in range(20):
                index.apply("scripts", [entry(f"t{number}_{turn}")], [])
                index.scripts()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert index.counts().scripts == 80


def test_two_indexes_do_not_share_anything(path: Path) -> None:
    one, two = Index.open(path), Index.open(None)
    one.apply("scripts", [entry("a")], [])
    assert two.scripts() == []
    assert len(one.scripts()) == 1
    one.close()
    two.close()
