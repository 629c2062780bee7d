"""`inkstand diff` as a person at a shell sees it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from store.project import open_project
from tests.commands.conftest import add_script
from tests.processes import run_inkstand

POST = "---\nid: {0}\ntitle: {0}\nslug: {0}\nstatus: published\n---\nFirst\nSecond of {0}\n"
SIDECAR = '---\nid: {0}\noriginalName: "{0}.png"\nmimeType: image/png\ntags: []\n---'


@pytest.fixture
def indexed(project: Path) -> Path:
    """A project whose index knows two posts, a picture and a script."""
    for name in "ab":
        (project / "posts" / f"{name}.md").write_text(POST.format(name))
    (project / "media" / "a.png").write_bytes(b"x")
    (project / "media" / "a.png.meta").write_text(SIDECAR.format("a"))
    assert run_inkstand("rebuild", cwd=project).returncode == 0
    return project


def change_row(project: Path, sql: str) -> None:
    with closing(sqlite3.connect(open_project(project).index_path)) as database, database:
        assert database.execute(sql).rowcount == 1


def test_nothing_differs(indexed: Path) -> None:
    done = run_inkstand("diff", cwd=indexed)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("4 files compared, nothing differs in ")


def test_differences_are_listed_with_both_values_and_the_text(indexed: Path) -> None:
    change_row(indexed, "UPDATE posts SET title = 'Old', tags = '[\"x\", \"y\"]' WHERE slug = 'a'")
    (indexed / "posts" / "b.md").write_text(POST.format("b").replace("First", "\x1b[31mChanged  "))
    (indexed / "media" / "a.png").unlink()
    (indexed / "posts" / "new.md").write_text(POST.format("new"))
    (indexed / "scripts" / "hello.py").write_bytes(b"\xff")
    done = run_inkstand("diff", "--project", indexed)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines[:-1] == [
        "posts/a.md: Title: Old -> a",
        "posts/a.md: Tags: x, y -> -",
        "posts/b.md: Text: 2 lines -> 2 lines",
        "--- posts/b.md (index)",
        "+++ posts/b.md (file)",
        "@@ -7,2 +7,2 @@",
        "-First",
        "+\\x1b[31mChanged··",
        " Second of b",
        "media/a.png.meta: sidecar without its file. "
        "Put the file back beside it, or delete the sidecar.",
        "posts/new.md: file without row. Read it into the index.",
    ]
    assert lines[-1].startswith("4 files compared, 2 differ, 2 orphans, 1 unreadable in ")
    assert done.stderr.startswith("scripts/hello.py: not UTF-8 at line 1, column 1")


def test_one_kind_only(indexed: Path) -> None:
    change_row(indexed, "UPDATE posts SET title = 'Old' WHERE slug = 'a'")
    assert run_inkstand("diff", "scripts", cwd=indexed).returncode == 0
    assert run_inkstand("diff", "media", cwd=indexed).returncode == 0
    done = run_inkstand("diff", "posts", cwd=indexed)
    assert (done.returncode, done.stdout.splitlines()[0]) == (1, "posts/a.md: Title: Old -> a")


def test_an_index_that_was_deleted_is_told_in_one_line(indexed: Path) -> None:
    path = open_project(indexed).index_path
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    for _ in range(2):  # the first look has made the file, and it is still empty
        done = run_inkstand("diff", cwd=indexed)
        assert (done.returncode, done.stderr) == (1, "")
        assert done.stdout == "the index is empty: run inkstand rebuild\n"
    done = run_inkstand("diff", "--sync", "file", cwd=indexed)
    assert (done.returncode, done.stdout) == (1, "the index is empty: run inkstand rebuild\n")
    assert run_inkstand("diff", "--sync", "index", cwd=indexed).returncode == 0
    assert run_inkstand("diff", cwd=indexed).returncode == 0


def test_the_files_go_into_the_index(indexed: Path) -> None:
    change_row(indexed, "UPDATE posts SET title = 'Old' WHERE slug = 'a'")
    add_script(indexed, "late", "x = 1\n")
    before = (indexed / "posts" / "a.md").read_bytes()
    done = run_inkstand("diff", "--sync", "index", cwd=indexed)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "Synced 2 of 2."
    assert (indexed / "posts" / "a.md").read_bytes() == before
    assert run_inkstand("diff", cwd=indexed).returncode == 0


def test_the_index_goes_into_the_files(indexed: Path) -> None:
    change_row(indexed, "UPDATE posts SET title = 'Old' WHERE slug = 'a'")
    change_row(indexed, "UPDATE media SET alt = 'A dot'")
    (indexed / "posts" / "b.md").unlink()
    done = run_inkstand("diff", "--sync", "file", cwd=indexed)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "Synced 3 of 3."
    assert (indexed / "posts" / "a.md").read_text() == POST.format("a").replace(
        "title: a", "title: Old"
    )
    assert 'alt: "A dot"' in (indexed / "media" / "a.png.meta").read_text()
    assert (indexed / "posts" / "b.md").read_text().endswith("---\nFirst\nSecond of b\n")
    assert run_inkstand("diff", cwd=indexed).returncode == 0


def test_what_cannot_be_synced_is_told_and_the_rest_is_done(indexed: Path) -> None:
    change_row(indexed, "UPDATE posts SET title = 'Old' WHERE slug = 'a'")
    new = indexed / "posts" / "new.md"
    new.write_text(POST.format("new"))
    done = run_inkstand("diff", "--sync", "file", cwd=indexed)
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "Synced 1 of 2, 1 failed."
    assert done.stderr == (
        "  posts/new.md: the index knows nothing about it, and no file is deleted here. "
        "Read it into the index instead.\n"
    )
    assert new.read_text() == POST.format("new")


def test_a_file_that_cannot_be_read_is_not_in_line(indexed: Path) -> None:
    change_row(indexed, "UPDATE posts SET title = 'Old' WHERE slug = 'a'")
    (indexed / "posts" / "b.md").write_text("---\nid: [\n---\n")
    done = run_inkstand("diff", "--sync", "index", cwd=indexed)
    assert done.returncode == 1
    assert "line 3" in done.stderr
    assert done.stdout.splitlines()[-1] == "Synced 1 of 1."


def test_json_is_one_object(indexed: Path) -> None:
    change_row(indexed, "UPDATE posts SET title = 'Old' WHERE slug = 'a'")
    (indexed / "posts" / "b.md").write_text(POST.format("b").replace("First", "Changed"))
    (indexed / "media" / "lone.png").write_bytes(b"")
    (indexed / "scripts" / "hello.py").write_bytes(b"\xff")
    done = run_inkstand("diff", "--json", cwd=indexed)
    assert (done.returncode, done.stderr) == (1, "")
    data = json.loads(done.stdout)
    assert data.pop("duration_s") > 0
    body_diff = data["differences"][1].pop("body_diff")
    assert "\n-First\n+Changed\n" in body_diff
    assert data == {
        "stats": {
            "posts": 2,
            "published": 2,
            "drafts": 0,
            "translations": 0,
            "media": 1,
            "scripts": 0,
        },
        "differences": [
            {
                "kind": "posts",
                "path": "posts/a.md",
                "title": "a",
                "fields": [{"field": "title", "label": "Title", "index": "Old", "file": "a"}],
                "body_diff": "",
            },
            {
                "kind": "posts",
                "path": "posts/b.md",
                "title": "b",
                "fields": [
                    {"field": "body", "label": "Text", "index": "2 lines", "file": "2 lines"}
                ],
            },
        ],
        "orphans": [
            {
                "kind": "media",
                "path": "media/lone.png",
                "title": "lone.png",
                "state": "no_sidecar",
                "advice": "Make a sidecar for it, or delete it.",
            }
        ],
        "unreadable": [
            {
                "kind": "scripts",
                "path": "scripts/hello.py",
                "reason": data["unreadable"][0]["reason"],
            }
        ],
        "index_is_empty": False,
        "sync": None,
    }
    done = run_inkstand("diff", "posts", "--json", "--sync", "index", cwd=indexed)
    assert done.returncode == 0
    assert json.loads(done.stdout)["sync"] == {
        "synced": ["posts/a.md", "posts/b.md"],
        "failed": [],
        "total": 2,
    }


@pytest.mark.parametrize("arguments", [["templates"], ["--sync", "both"], ["posts", "media"]])
def test_wrong_arguments(indexed: Path, arguments: list[str]) -> None:
    assert run_inkstand("diff", *arguments, cwd=indexed).returncode == 2


def test_no_project(tmp_path: Path) -> None:
    done = run_inkstand("diff", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "is not an Inkstand project" in done.stderr


def test_the_help_says_which_side_a_sync_writes(project: Path) -> None:
    done = run_inkstand("diff", "--help", cwd=project, env={"COLUMNS": "500"})
    assert "index: the index is written and then says what the files say" in done.stdout
    assert "file: your files are written and then say what the index says" in done.stdout


@pytest.mark.parametrize("options", [[], ["--json"], ["--sync", "index"], ["--sync", "file"]])
def test_an_index_that_cannot_be_opened_is_told_with_its_place(
    indexed: Path, tmp_path: Path, options: list[str]
) -> None:
    (tmp_path / "file").touch()
    done = run_inkstand(
        "diff", *options, cwd=indexed, env={"XDG_STATE_HOME": str(tmp_path / "file")}
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"inkstand: could not open the index {tmp_path}/file/inkstand/")
    assert "/index.db: not a directory. Check the folder's permissions" in done.stderr
    assert done.stderr.endswith("XDG_STATE_HOME.\n")
