"""The metadata diff finds what index and files tell differently, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from store.diff.comparing import DiffProgress, compare
from store.diff.differences import FieldGroup, Stats, grouped
from store.index import Index
from store.project import Project
from store.rebuild import rebuild
from tests.unit.store.conftest import put, script_text
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
    told,
)


@pytest.fixture
def index(project: Project) -> Iterator[Index]:
    opened = Index.open(project.index_path)
    fill(project, opened)
    yield opened
    opened.close()


def test_what_was_just_read_does_not_differ(project: Project, index: Index) -> None:
    diff = compare(project, index)
    assert (diff.items, diff.orphans, diff.unreadable) == ((), (), ())
    assert diff.is_same
    assert diff.stats == Stats(posts=3, published=2, drafts=1, translations=1, media=2, scripts=2)
    assert diff.total == 8
    assert not diff.index_is_empty
    assert diff.duration_s > 0


@pytest.mark.parametrize(
    ("kind", "path", "columns", "expected"),
    [
        ("posts", A_POST, {"title": "Old"}, ("Title", "Old", "a")),
        ("posts", A_POST, {"tags": '["one", "three"]'}, ("Tags", ("one", "three"), ("one", "two"))),
        ("posts", A_POST, {"categories": "[]"}, ("Categories", (), ("article",))),
        ("posts", A_POST, {"published_at": "2026"}, ("Published", "2026", "")),
        ("posts", "posts/2026/03/d.md", {"status": "published"}, ("Status", "published", "draft")),
        ("posts", A_TRANSLATION, {"excerpt": "Old"}, ("Excerpt", "Old", "")),
        (
            "posts",
            A_TRANSLATION,
            {"translation_for": "x"},
            ("Translation Source", "x", "id-a"),
        ),
        ("media", A_SIDECAR, {"alt": "Old"}, ("Alt Text", "Old", "")),
        ("media", A_SIDECAR, {"width": 7}, ("Width", 7, 0)),
        ("media", A_SIDECAR, {"linked_post_ids": '["p"]'}, ("Linked Posts", ("p",), ())),
        ("scripts", A_SCRIPT, {"kind": "utility"}, ("Kind", "utility", "macro")),
        ("scripts", A_SCRIPT, {"enabled": 0}, ("Enabled", False, True)),
        ("scripts", A_SCRIPT, {"version": 9}, ("Version", 9, 3)),
        ("scripts", A_SCRIPT, {"entrypoint": "main"}, ("Entrypoint", "main", "render")),
    ],
)
def test_a_changed_row_is_found(
    project: Project,
    index: Index,
    kind: str,
    path: str,
    columns: dict[str, object],
    expected: tuple[object, ...],
) -> None:
    set_row(project, kind, path, **columns)
    diff = compare(project, index)
    assert told(diff) == [(path, *expected)]
    assert (diff.orphans, diff.unreadable, diff.is_same) == ((), (), False)


@pytest.mark.parametrize("path", [A_POST, A_SCRIPT])
def test_a_changed_body_is_found_and_only_its_length_is_kept(
    project: Project, index: Index, path: str
) -> None:
    place = project.root / path
    place.write_bytes(place.read_bytes() + b"# one more\n")
    item = only_item(project, index)
    assert [(one.label, one.index_value, one.file_value) for one in item.fields] == [
        ("Text", "2 lines", "3 lines")
    ]
    lines = place.read_text().splitlines()
    assert lines[item.first_body_line - 1] in ("First line of a", "def render(context, post):")
    assert len(item.index_body_digest) == 64


def test_a_change_behind_size_and_time_is_found(project: Project, index: Index) -> None:
    place = project.root / A_POST
    before = place.stat()
    edit(project, A_POST, "Second", "Zecond")
    os.utime(place, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert rebuild(project, index).counts["posts"].parsed == 0
    assert [one.field for one in only_item(project, index).fields] == ["body"]


def test_a_text_that_the_index_lost_is_found(project: Project, index: Index) -> None:
    delete_text(project, "posts", A_POST)
    assert told(compare(project, index)) == [(A_POST, "Text", "0 lines", "2 lines")]


@pytest.mark.parametrize(("kind", "path"), [("posts", A_POST), ("media", A_SIDECAR)])
def test_the_order_of_tags_is_no_difference(
    project: Project, index: Index, kind: str, path: str
) -> None:
    set_row(project, kind, path, tags='["two", "one"]')
    assert compare(project, index).is_same
    set_row(project, kind, path, tags='["two", "one", "one"]')
    assert not compare(project, index).is_same


def test_what_a_translation_takes_over_is_no_difference(project: Project, index: Index) -> None:
    set_row(
        project,
        "posts",
        A_TRANSLATION,
        status="published",
        created_at="2026",
        tags='["one"]',
        author="Ann",
    )
    assert compare(project, index).is_same
    edit(project, A_TRANSLATION, "language: de", "language: de\nstatus: draft")
    assert told(compare(project, index)) == [(A_TRANSLATION, "Status", "published", "draft")]


def test_the_time_of_a_file_is_no_difference(project: Project, index: Index) -> None:
    put(project, "scripts/bare.py", "print(1)\n")
    rebuild(project, index)
    for path in (A_POST, A_SCRIPT, A_SIDECAR, "scripts/bare.py"):
        os.utime(project.root / path, ns=(1, 1))
    assert compare(project, index).is_same
    set_row(project, "scripts", A_SCRIPT, created_at="2020")
    assert told(compare(project, index)) == [
        (A_SCRIPT, "Created", "2020", "2026-02-23T19:54:58.000Z")
    ]


def test_a_file_that_the_index_does_not_know(project: Project, index: Index) -> None:
    for kind, path, title in (
        ("posts", "posts/new.mdx", "new"),
        ("scripts", "scripts/sub/new.py", "New"),
        ("media", "media/new.png.meta", "new.png"),
    ):
        text = {
            "posts": POST.format("new"),
            "scripts": script_text("new"),
            "media": '---\nid: n\noriginalName: "new.png"\nmimeType: image/png\n---',
        }[kind]
        put(project, path, text)
        put(project, "media/new.png", b"")
        put(project, "media/new.png.meta", text) if kind == "media" else None
        orphans = [one for one in compare(project, index).orphans if one.state == "no_row"]
        assert [(one.kind, one.path, one.title) for one in orphans] == [(kind, path, title)]
        assert "index" in orphans[0].advice
        rebuild(project, index)


@pytest.mark.parametrize(
    ("kind", "path", "title"),
    [
        ("posts", A_POST, "a"),
        ("posts", A_TRANSLATION, "Ein A [de]"),
        ("scripts", A_SCRIPT, "A"),
        ("media", A_SIDECAR, "a"),
    ],
)
def test_a_row_that_is_gone_and_a_file_that_is_gone(
    project: Project, index: Index, kind: str, path: str, title: str
) -> None:
    delete_row(project, kind, path)
    orphan = only_orphan(project, index)
    assert (orphan.kind, orphan.path, orphan.title, orphan.state) == (kind, path, title, "no_row")
    rebuild(project, index, full=True)
    (project.root / path).unlink()
    orphans = compare(project, index).orphans
    assert (kind, path, title, "no_file") in [
        (one.kind, one.path, one.title, one.state) for one in orphans
    ]


def test_media_and_sidecars_that_lost_each_other(project: Project, index: Index) -> None:
    put(project, "media/2026/03/a.png.de.meta", "---\ntranslationFor: id-a\nlanguage: de\n---")
    rebuild(project, index)
    assert compare(project, index).is_same
    (project.root / A_PICTURE).unlink()
    put(project, "media/2026/03/lone.JPG", b"x")
    put(project, "media/2026/03/.inkstand-1.tmp", b"x")
    orphans = compare(project, index).orphans
    assert [(one.path, one.state) for one in orphans] == [
        ("media/2026/03/a.png.de.meta", "no_binary"),
        ("media/2026/03/a.png.meta", "no_binary"),
        ("media/2026/03/lone.JPG", "no_sidecar"),
    ]
    assert compare(project, index, ["posts", "scripts"]).is_same


def test_a_translated_sidecar_alone_is_no_sidecar(project: Project, index: Index) -> None:
    (project.root / A_SIDECAR).rename(project.root / "media/2026/03/a.png.de.meta")
    put(
        project,
        "media/2026/03/a.png.de.meta",
        "---\ntranslationFor: id-a\nlanguage: de\ntitle: T\n---",
    )
    rebuild(project, index)
    orphan = only_orphan(project, index)
    assert (orphan.path, orphan.state) == (A_PICTURE, "no_sidecar")


@pytest.mark.parametrize(
    ("path", "text", "reason"),
    [
        (A_POST, b"---\nid: [\n---\n", "line 3"),
        (A_POST, b"no front matter", "it has no front matter"),
        (A_SCRIPT, b"x = '\xff'", "not UTF-8 at line 1, column 6"),
        (A_SIDECAR, b"---\nid: x\n---", "originalName and mimeType missing"),
    ],
)
def test_a_damaged_file_is_told_with_its_place(
    project: Project, index: Index, path: str, text: bytes, reason: str
) -> None:
    put(project, path, text)
    diff = compare(project, index)
    assert (diff.items, diff.orphans) == ((), ())
    (problem,) = diff.unreadable
    assert problem.path == path
    assert reason in problem.reason
    assert not diff.is_same


def test_a_file_that_was_damaged_when_the_index_looked(project: Project, index: Index) -> None:
    put(project, A_POST, b"---\nid: [\n---\n")
    rebuild(project, index)
    put(project, A_POST, POST.format("a"))
    orphan = only_orphan(project, index)
    assert (orphan.path, orphan.state, orphan.title) == (A_POST, "no_row", "a")


def test_a_folder_that_cannot_be_listed_hides_no_rows(
    project: Project, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_scandir = os.scandir

    def scandir(place: str) -> object:  # root may list everything
        if place.endswith(("/posts/2026", "/media/2026")):
            raise PermissionError(13, "Permission denied")
        return real_scandir(place)

    monkeypatch.setattr(os, "scandir", scandir)
    diff = compare(project, index)
    assert (diff.items, diff.orphans) == ((), ())
    assert [(one.path, one.reason) for one in diff.unreadable] == [
        ("media/2026", "permission denied"),
        ("posts/2026", "permission denied"),
    ]


def test_an_empty_index_says_so(project: Project) -> None:
    put(project, A_POST, POST.format("a"))
    fresh = Index.open(project.index_path)
    diff = compare(project, fresh)
    fresh.close()
    assert diff.index_is_empty
    assert [one.state for one in diff.orphans] == ["no_row"]


def test_fields_are_grouped_the_most_frequent_first(project: Project, index: Index) -> None:
    for name in "ab":
        set_row(project, "posts", f"posts/2026/03/{name}.md", excerpt="Old", author="Ann")
    set_row(project, "posts", "posts/2026/03/d.md", author="Ann", title="Old")
    set_text(project, "scripts", A_SCRIPT, "x = 1\n")
    diff = compare(project, index)
    assert grouped(diff.of_kind("posts")) == [
        FieldGroup("author", "Author", 3),
        FieldGroup("excerpt", "Excerpt", 2),
        FieldGroup("title", "Title", 1),
    ]
    assert grouped(diff.of_kind("scripts")) == [FieldGroup("body", "Text", 1)]
    assert grouped(diff.of_kind("media")) == []


def test_the_diff_writes_nothing(project: Project, index: Index) -> None:
    set_row(project, "posts", A_POST, title="Old")
    edit(project, A_SCRIPT, "'x'", "'y'")
    before = {
        path: (path.read_bytes(), path.stat().st_mtime_ns)
        for path in project.root.rglob("*")
        if path.is_file()
    }
    rows = [(one.path, one.facts) for one in index.entries("posts")]
    compare(project, index)
    assert rows == [(one.path, one.facts) for one in index.entries("posts")]
    assert before == {
        path: (path.read_bytes(), path.stat().st_mtime_ns)
        for path in project.root.rglob("*")
        if path.is_file()
    }


def test_progress_is_told_and_it_can_be_cancelled(project: Project, index: Index) -> None:
    for number in range(120):
        put(project, f"posts/n{number:03}.md", POST.format(f"n{number}"))
    rebuild(project, index)
    set_row(project, "posts", A_POST, title="Old")
    seen: list[DiffProgress] = []
    diff = compare(project, index, ["posts"], on_progress=seen.append)
    assert [(one.done, one.total) for one in seen] == [(0, 124), (50, 124), (100, 124), (124, 124)]
    assert not diff.was_cancelled
    seen.clear()
    diff = compare(project, index, on_progress=seen.append, is_cancelled=lambda: len(seen) == 5)
    assert diff.was_cancelled
    assert not diff.is_same
    assert [one.path for one in diff.items] == [A_POST]
    assert {one.kind for one in seen} == {"scripts", "posts"}
