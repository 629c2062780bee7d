"""Writing into files what the index says: only that, and only over what was compared."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.diff.comparing import compare
from store.diff.differences import ItemDifference, Orphan
from store.diff.media_files import make_sidecar
from store.diff.syncing import Choice, SyncReport, write_files
from store.files import ConflictError, FileError
from store.index import ENTRY_KINDS, Index
from store.media import read_sidecar
from store.project import Project, open_project
from store.rebuild import rebuild, take_in
from tests.unit.store.conftest import put
from tests.unit.store.diffing import (
    A_PICTURE,
    A_POST,
    A_SCRIPT,
    A_SIDECAR,
    A_TRANSLATION,
    POST,
    delete_row,
    delete_text,
    edit,
    fill,
    only_item,
    only_orphan,
    set_row,
    set_text,
)

ORIGIN = Path(__file__).parents[2] / "data" / "origin_project"


@pytest.fixture
def index(project: Project) -> Iterator[Index]:
    opened = Index.open(project.index_path)
    fill(project, opened)
    yield opened
    opened.close()


def changed_lines(project: Project, path: str, before: str) -> tuple[list[str], list[str]]:
    """Give the lines that went and the lines that came."""
    old, new = before.split("\n"), (project.root / path).read_bytes().decode().split("\n")
    return [line for line in old if line not in new], [line for line in new if line not in old]


def write(project: Project, index: Index, *items: ItemDifference | Orphan) -> SyncReport:
    return write_files(project, index, [Choice(item) for item in items])


@pytest.mark.parametrize(
    ("kind", "path", "columns", "went", "came"),
    [
        ("posts", A_POST, {"title": "Old: one"}, ["title: a"], ["title: 'Old: one'"]),
        ("posts", A_POST, {"tags": '["two", "three"]'}, ["  - one"], ["  - three"]),
        ("posts", A_POST, {"excerpt": "Short"}, [], ["excerpt: Short"]),
        (
            "posts",
            A_POST,
            {"updated_at": "2020-01-01T00:00:00.000Z"},
            ["updatedAt: '2026-03-01T10:05:00.000Z'"],
            ["updatedAt: '2020-01-01T00:00:00.000Z'"],
        ),
        ("posts", A_POST, {"do_not_translate": 1}, [], ["doNotTranslate: true"]),
        ("posts", A_POST, {"template_slug": "wide"}, [], ["templateSlug: wide"]),
        ("posts", A_TRANSLATION, {"title": "Das A"}, ["title: Ein A"], ["title: Das A"]),
        ("media", A_SIDECAR, {"alt": 'A "b"'}, [], ['alt: "A \\"b\\""']),
        ("media", A_SIDECAR, {"title": ""}, ['title: "a"'], []),
        ("media", A_SIDECAR, {"tags": "[]"}, ['tags: ["one", "two"]'], ["tags: []"]),
        ("scripts", A_SCRIPT, {"title": "Old"}, ['title: "A"'], ['title: "Old"']),
        ("scripts", A_SCRIPT, {"enabled": 0}, ["enabled: true"], ["enabled: false"]),
        ("scripts", A_SCRIPT, {"version": 9}, ["version: 3"], ["version: 9"]),
    ],
)
def test_only_the_lines_that_differ_change(
    project: Project,
    index: Index,
    kind: str,
    path: str,
    columns: dict[str, object],
    went: list[str],
    came: list[str],
) -> None:
    before = (project.root / path).read_bytes().decode()
    set_row(project, kind, path, **columns)
    report = write(project, index, only_item(project, index))
    assert (report.synced, report.failed) == ((path,), ())
    assert changed_lines(project, path, before) == (went, came)
    assert compare(project, index).is_same


@pytest.mark.parametrize(
    ("kind", "path"), [("posts", A_POST), ("posts", A_TRANSLATION), ("scripts", A_SCRIPT)]
)
@pytest.mark.parametrize("body", ["", "new\n", "no newline at the end", "---\nrule\r\n"])
def test_the_body_of_the_index_comes_back_byte_for_byte(
    project: Project, index: Index, kind: str, path: str, body: str
) -> None:
    before = (project.root / path).read_bytes()
    set_text(project, kind, path, body)
    item = only_item(project, index)
    assert not write(project, index, item).failed
    after = (project.root / path).read_bytes()
    head = before.decode().split("\n")[: item.first_body_line - 1]
    assert after.decode() == "\n".join([*head, body])
    assert compare(project, index).is_same


def test_one_field_leaves_the_others_as_they_are(project: Project, index: Index) -> None:
    set_row(project, "posts", A_POST, title="Old", author="Ann", updated_at="2020")
    set_text(project, "posts", A_POST, "Old text\n")
    before = (project.root / A_POST).read_text()
    item = only_item(project, index)
    report = write_files(project, index, [Choice(item, "author")])
    assert report.summary == "Synced 1 of 1"
    assert changed_lines(project, A_POST, before) == ([], ["author: Ann"])
    left = only_item(project, index)
    assert [one.field for one in left.fields] == ["title", "updated_at", "body"]
    write_files(project, index, [Choice(left, "body")])
    assert [one.field for one in only_item(project, index).fields] == ["title", "updated_at"]


def test_a_script_without_header_gets_one_only_for_a_field(project: Project, index: Index) -> None:
    put(project, "scripts/bare.py", "#!/usr/bin/python3\nprint(1)\n")
    rebuild(project, index)
    set_text(project, "scripts", "scripts/bare.py", "print(2)\n")
    write(project, index, only_item(project, index))
    assert (project.root / "scripts/bare.py").read_text() == "print(2)\n"
    set_row(project, "scripts", "scripts/bare.py", title="Bare", version=7)
    assert not write(project, index, only_item(project, index)).failed
    text = (project.root / "scripts/bare.py").read_text()
    assert 'title: "Bare"' in text
    assert "version: 7" in text
    assert text.endswith('---\n"""\nprint(2)\n')


@pytest.mark.parametrize(
    ("kind", "path", "columns", "reason"),
    [
        ("scripts", A_SCRIPT, {"kind": "odd"}, "cannot say it like the index: Kind"),
        ("media", A_SIDECAR, {"title": "two\nlines"}, "title holds a line break"),
        ("media", A_SIDECAR, {"id": ""}, "id cannot be taken away"),
        ("posts", A_POST, {"id": ""}, "the front matter has no id"),
        ("posts", A_TRANSLATION, {"language": ""}, "cannot say it like the index: Language"),
    ],
)
def test_what_cannot_be_written_is_refused_and_the_file_stays(
    project: Project,
    index: Index,
    kind: str,
    path: str,
    columns: dict[str, object],
    reason: str,
) -> None:
    before = (project.root / path).read_bytes()
    set_row(project, kind, path, **columns)
    report = write(project, index, only_item(project, index))
    assert report.synced == ()
    assert report.failed[0].path == path
    assert reason in report.failed[0].reason
    assert (project.root / path).read_bytes() == before


def test_front_matter_that_cannot_be_changed_is_refused(project: Project, index: Index) -> None:
    put(project, A_POST, "---\n{id: id-a, title: a, slug: a, status: draft}\n---\nBody\n")
    rebuild(project, index)
    set_row(project, "posts", A_POST, title="Old")
    before = (project.root / A_POST).read_bytes()
    (failure,) = write(project, index, only_item(project, index)).failed
    assert "braces" in failure.reason
    assert (project.root / A_POST).read_bytes() == before


def test_a_file_that_changed_after_the_scan_stays(project: Project, index: Index) -> None:
    set_row(project, "posts", A_POST, title="Old")
    set_row(project, "posts", "posts/2026/03/b.md", title="Old")
    items = compare(project, index).items
    edit(project, A_POST, "Second", "Mine")
    before = (project.root / A_POST).read_bytes()
    report = write(project, index, *items)
    assert report.synced == ("posts/2026/03/b.md",)
    assert [(one.path, one.reason) for one in report.failed] == [
        (A_POST, "the file changed after the scan. Scan again.")
    ]
    assert report.summary == "Synced 1 of 2, 1 failed"
    assert (project.root / A_POST).read_bytes() == before


def test_a_file_that_went_after_the_scan_stays_away(project: Project, index: Index) -> None:
    set_row(project, "posts", A_POST, title="Old")
    item = only_item(project, index)
    (project.root / A_POST).unlink()
    (failure,) = write(project, index, item).failed
    assert "no such file" in failure.reason
    assert not (project.root / A_POST).exists()


def test_an_index_text_that_was_never_shown_is_not_written(project: Project, index: Index) -> None:
    set_text(project, "posts", A_POST, "shown\n")
    item = only_item(project, index)
    set_text(project, "posts", A_POST, "never shown\n")
    before = (project.root / A_POST).read_bytes()
    (failure,) = write(project, index, item).failed
    assert "the index changed after the scan" in failure.reason
    assert (project.root / A_POST).read_bytes() == before


def test_a_file_that_may_not_be_written_stops_nothing_else(
    project: Project, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "ab":
        set_row(project, "posts", f"posts/2026/03/{name}.md", title="Old")
    real_access = os.access

    def access(path: object, mode: int) -> bool:  # root may write everything
        return not str(path).endswith("/a.md") and real_access(str(path), mode)

    monkeypatch.setattr(os, "access", access)
    report = write(project, index, *compare(project, index).items)
    assert report.synced == ("posts/2026/03/b.md",)
    assert "permission denied" in report.failed[0].reason


# Orphans ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [A_POST, "posts/2026/03/d.md", A_TRANSLATION, A_SCRIPT, A_SIDECAR])
def test_a_file_that_is_gone_is_written_again(project: Project, index: Index, path: str) -> None:
    before = (project.root / path).read_text()
    (project.root / path).unlink()
    orphan = next(one for one in compare(project, index).orphans if one.state == "no_file")
    assert orphan.path == path
    report = write(project, index, orphan)
    assert (report.synced, report.failed) == ((path,), ())
    assert compare(project, index).is_same
    # The index keeps neither comments, nor keys that are not ours, nor how lists are written.
    for lost, kept in (
        ("# by hand\n", ""),
        ("mood: calm\n", ""),
        ("categories: [article]", "categories:\n  - article"),
    ):
        before = before.replace(lost, kept)
    assert (project.root / path).read_text() == before


def test_every_file_of_the_origin_can_be_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    project = open_project(shutil.copytree(ORIGIN, tmp_path / "origin"))
    index = Index.open(project.index_path)
    rebuild(project, index)
    first = compare(project, index)
    assert first.items == ()
    assert {one.state for one in first.orphans} <= {"no_binary", "no_sidecar"}
    paths = [entry.path for kind in ENTRY_KINDS for entry in index.entries(kind)]
    facts = {entry.path: entry.facts for kind in ENTRY_KINDS for entry in index.entries(kind)}
    assert len(paths) > 10
    for path in paths:
        (project.root / path).unlink()
    lost = [one for one in compare(project, index).orphans if one.state == "no_file"]
    assert sorted(one.path for one in lost) == sorted(paths)
    report = write(project, index, *lost)
    assert report.failed == ()
    again = compare(project, index)
    # A script that said nothing about its project says it now.
    assert {(item.kind, one.field) for item in again.items for one in item.fields} <= {
        ("scripts", "project_id")
    }
    assert not [one for one in again.orphans if one.state == "no_file"]
    rebuild(project, index, full=True)
    posts_and_media = [path for path in paths if not path.startswith("scripts/")]
    now = {entry.path: entry.facts for kind in ENTRY_KINDS for entry in index.entries(kind)}
    assert {path: now[path] for path in posts_and_media} == {
        path: facts[path] for path in posts_and_media
    }
    index.close()


def test_a_file_that_came_back_meanwhile_stays(project: Project, index: Index) -> None:
    (project.root / A_POST).unlink()
    orphan = only_orphan(project, index)
    put(project, A_POST, "mine")
    (failure,) = write(project, index, orphan).failed
    assert "it exists already" in failure.reason
    assert (project.root / A_POST).read_text() == "mine"


def test_what_the_index_does_not_know_is_not_made_up(project: Project, index: Index) -> None:
    (project.root / A_POST).unlink()
    delete_text(project, "posts", A_POST)
    (failure,) = write(project, index, only_orphan(project, index)).failed
    assert "does not know enough" in failure.reason
    put(project, A_POST, POST.format("a"))
    rebuild(project, index, full=True)
    put(project, A_SCRIPT, b"\xff")
    rebuild(project, index)
    (project.root / A_SCRIPT).unlink()
    (failure,) = write(project, index, only_orphan(project, index)).failed
    assert "does not know enough" in failure.reason
    assert not (project.root / A_SCRIPT).exists()


def test_a_row_that_leads_out_of_the_project_writes_nothing(project: Project, index: Index) -> None:
    set_row(project, "posts", A_POST, path="posts/../../out.md")
    orphans = [one for one in compare(project, index).orphans if one.state == "no_file"]
    (failure,) = write(project, index, *orphans).failed
    assert "does not know enough" in failure.reason
    assert not (project.root.parent / "out.md").exists()


def test_no_file_is_deleted_because_the_index_does_not_know_it(
    project: Project, index: Index
) -> None:
    delete_row(project, "posts", A_POST)
    (failure,) = write(project, index, only_orphan(project, index)).failed
    assert "no file is deleted here" in failure.reason
    assert (project.root / A_POST).read_text() == POST.format("a")


def test_media_that_lost_each_other_are_told_what_to_do(project: Project, index: Index) -> None:
    (project.root / A_PICTURE).unlink()
    put(project, "media/lone.jpg", b"x")
    report = write(project, index, *compare(project, index).orphans)
    assert report.synced == ()
    assert [one.reason for one in report.failed] == [
        "sidecar without its file. Put the file back beside it, or delete the sidecar.",
        "file without sidecar. Make a sidecar for it, or delete it.",
    ]


def test_a_sidecar_is_made_for_a_file_that_has_none(project: Project, index: Index) -> None:
    put(project, 'media/2026/04/a "b" c.JPG', b"12345")
    os.utime(project.root / 'media/2026/04/a "b" c.JPG', ns=(10**18, 10**18))
    orphan = only_orphan(project, index)
    path = make_sidecar(project, orphan.path)
    assert path == 'media/2026/04/a "b" c.JPG.meta'
    facts = read_sidecar((project.root / path).read_text())
    assert (facts.original_name, facts.mime_type, facts.size) == ('a "b" c.JPG', "image/jpeg", 5)
    assert facts.created_at == facts.updated_at == "2001-09-09T01:46:40.000Z"
    assert len(facts.id) == 36
    take_in(project, index, [path])
    assert compare(project, index).is_same
    with pytest.raises(ConflictError):
        make_sidecar(project, orphan.path)
    with pytest.raises(FileError, match="Scan again"):
        make_sidecar(project, "media/gone.png")


# Many ---------------------------------------------------------------------------------------------


def test_progress_comes_every_ten_items_and_at_the_end(project: Project, index: Index) -> None:
    for number in range(25):
        put(project, f"posts/n{number:02}.md", POST.format(f"n{number}"))
    rebuild(project, index)
    for number in range(25):
        set_row(project, "posts", f"posts/n{number:02}.md", title="Old")
    choices = [Choice(item) for item in compare(project, index).items]
    told: list[tuple[int, int]] = []
    report = write_files(
        project, index, choices, on_progress=lambda done, total: told.append((done, total))
    )
    assert told == [(10, 25), (20, 25), (25, 25)]
    assert report.summary == "Synced 25 of 25"


def test_it_can_be_cancelled_between_two_items(project: Project, index: Index) -> None:
    for name in "abd":
        set_row(project, "posts", f"posts/2026/03/{name}.md", title="Old")
    asked: list[int] = []

    def is_cancelled() -> bool:
        asked.append(1)
        return len(asked) == 3

    choices = [Choice(item) for item in compare(project, index).items]
    report = write_files(project, index, choices, is_cancelled=is_cancelled)
    assert report.was_cancelled
    assert report.summary == "Synced 2 of 3, cancelled"
    assert [item.path for item in compare(project, index).items] == ["posts/2026/03/d.md"]
