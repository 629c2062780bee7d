"""The rebuild: reads what changed, and takes nothing away that it did not look at."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from store import posts, scan, scripts
from store.files import FileError
from store.index import Index
from store.project import Project
from store.rebuild import KindCounts, Progress, rebuild
from tests.unit.store.conftest import put, script_text

POST = "---\nid: {0}\ntitle: {0}\nslug: {0}\n---\nBody\n"
SIDECAR = "---\nid: {0}\noriginalName: {0}\nmimeType: image/png\n---"


@pytest.fixture
def index() -> Iterator[Index]:
    opened = Index.open(None)
    yield opened
    opened.close()


@pytest.fixture
def filled(project: Project) -> Project:
    for name in "abc":
        put(project, f"scripts/{name}.py", script_text(name))
        put(project, f"posts/2026/01/{name}.md", POST.format(name))
        put(project, f"media/2026/01/{name}.png.meta", SIDECAR.format(name))
        put(project, f"media/2026/01/{name}.png", b"\x89PNG")
    put(project, "posts/2026/01/a.de.md", "---\ntranslationFor: a\ntitle: A\n---\n")
    return project


def test_everything_is_read_once(filled: Project, index: Index) -> None:
    first = rebuild(filled, index)
    assert first.counts == {
        "scripts": KindCounts(3, 3, 0),
        "posts": KindCounts(4, 4, 0),
        "media": KindCounts(3, 3, 0),
    }
    counts = index.counts()
    assert (counts.scripts, counts.posts, counts.media, len(index.problems())) == (3, 3, 3, 0)
    second = rebuild(filled, index)
    assert [count.parsed for count in second.counts.values()] == [0, 0, 0]
    assert second.duration_s > 0
    assert [count.parsed for count in rebuild(filled, index, full=True).counts.values()] == [
        3,
        4,
        3,
    ]
    assert [path for path, _ in index.media()] == [f"media/2026/01/{x}.png.meta" for x in "abc"]
    assert index.posts()[1][1].title == "a"


def test_a_report_counts_translations_apart_as_the_status_bar_does(
    filled: Project, index: Index
) -> None:
    put(filled, "posts/2026/01/broken.md", "---\ntitle: [\n---\n")
    report = rebuild(filled, index)
    assert report.summary.startswith(
        "3 scripts (3 read, 0 gone), 3 posts, 1 translation (5 read, 0 gone), "
        "3 media (3 read, 0 gone), 1 unreadable in "
    )
    assert index.counts().posts == 3
    (filled.posts_dir / "2026/01/b.md").unlink()
    (filled.posts_dir / "2026/01/c.md").unlink()
    for language in ("fr", "it"):
        text = "---\ntranslationFor: a\ntitle: A\n---\n"
        put(filled, f"posts/2026/01/a.{language}.md", text)
    report = rebuild(filled, index, ["posts"])
    assert report.summary.startswith("1 post, 3 translations (2 read, 2 gone), 1 unreadable in ")


def test_changes_are_followed(filled: Project, index: Index) -> None:
    rebuild(filled, index)
    put(filled, "scripts/a.py", script_text("a", title='"Other"'))
    (filled.scripts_dir / "b.py").unlink()
    put(filled, "scripts/sub/d.py", "x = 1")
    put(filled, "scripts/.inkstand-1.tmp.py", "x = 1")
    report = rebuild(filled, index, ["scripts"])
    assert report.counts == {"scripts": KindCounts(3, 2, 1)}
    assert {row.path: row.title for row in index.scripts()} == {
        "scripts/a.py": "Other",
        "scripts/c.py": "C",
        "scripts/sub/d.py": "d",
    }


def test_what_cannot_be_read_is_said_and_remembered(filled: Project, index: Index) -> None:
    put(filled, "scripts/bad name.py", b"\xff")
    put(filled, "posts/bad.md", "no front matter")
    put(filled, "media/bad.meta", "---\nid: 1\n---")
    first = rebuild(filled, index)
    assert [(problem.path, problem.kind) for problem in first.unreadable] == [
        ("scripts/bad name.py", "scripts"),
        ("posts/bad.md", "posts"),
        ("media/bad.meta", "media"),
    ]
    assert rebuild(filled, index).unreadable == first.unreadable
    row = next(row for row in index.scripts() if row.problem)
    assert (row.slug, row.title, row.kind) == ("bad_name", "bad name", "utility")
    assert "not UTF-8" in row.problem
    counts = index.counts()
    assert (counts.scripts, counts.posts, counts.media, len(index.problems())) == (4, 3, 3, 3)
    put(filled, "posts/bad.md", POST.format("good"))
    assert len(rebuild(filled, index).unreadable) == 2


def test_two_posts_with_one_id_are_a_problem(filled: Project, index: Index) -> None:
    put(filled, "posts/copy.md", POST.format("a"))
    rebuild(filled, index)
    assert [(problem.path, problem.reason) for problem in index.problems()] == [
        ("posts/copy.md", "posts/2026/01/a.md has the same id")
    ]


def test_a_name_that_is_no_text_is_a_problem(filled: Project, index: Index) -> None:
    Path(os.fsdecode(os.fsencode(filled.scripts_dir) + b"/b\xff.py")).touch()
    report = rebuild(filled, index)
    assert [(problem.path, problem.reason) for problem in report.unreadable] == [
        ("scripts/b\\xff.py", "its name is not UTF-8")
    ]
    assert index.counts().scripts == 3


def test_a_folder_that_cannot_be_listed_keeps_its_rows(
    filled: Project, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    rebuild(filled, index)
    real_scandir = os.scandir

    def scandir(place: str) -> object:  # root may list everything
        if place.endswith("/posts/2026"):
            raise PermissionError(13, "Permission denied")
        return real_scandir(place)

    monkeypatch.setattr(os, "scandir", scandir)
    report = rebuild(filled, index)
    assert report.counts["posts"] == KindCounts(0, 0, 0)
    assert [(problem.path, problem.reason) for problem in report.unreadable] == [
        ("posts/2026", "permission denied")
    ]
    assert index.counts().posts == 3


def test_a_missing_folder_holds_nothing(project: Project, index: Index) -> None:
    project.posts_dir.rmdir()
    assert rebuild(project, index).counts["posts"] == KindCounts(0, 0, 0)


def test_a_file_that_vanishes_after_the_scan_is_no_problem(
    filled: Project, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    rebuild(filled, index)
    real_walk = scan.walk

    def walk(root: Path, folder: str, suffixes: tuple[str, ...]) -> scan.Walk:
        found = real_walk(root, folder, suffixes)
        (filled.scripts_dir / "a.py").unlink(missing_ok=True)
        return found

    monkeypatch.setattr(scan, "walk", walk)
    report = rebuild(filled, index, ["scripts"], full=True)
    assert report.counts["scripts"] == KindCounts(3, 2, 1)
    assert report.unreadable == ()


def test_it_can_be_cancelled_and_then_keeps_what_was_there(filled: Project, index: Index) -> None:
    rebuild(filled, index)
    for number in range(120):
        put(filled, f"posts/n{number}.md", POST.format(f"n{number}"))
    seen: list[Progress] = []
    report = rebuild(
        filled, index, on_progress=seen.append, is_cancelled=lambda: len(seen) == 3, full=True
    )
    assert report.was_cancelled
    assert list(report.counts) == ["scripts"]
    assert seen == [Progress("scripts", 0, 3), Progress("scripts", 3, 3), Progress("posts", 0, 124)]
    assert index.counts().posts == 3
    assert not rebuild(filled, index).was_cancelled
    assert index.counts().posts == 123


def test_a_failure_while_reading_leaves_the_old_rows(
    filled: Project, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    rebuild(filled, index)

    def broken(_path: Path) -> object:
        raise RuntimeError("a bug")

    monkeypatch.setattr(scripts, "read_script", broken)
    with pytest.raises(RuntimeError):
        rebuild(filled, index, full=True)
    assert index.counts().scripts == 3


def test_an_index_that_is_replaced_meanwhile_is_filled_again(filled: Project) -> None:
    index = Index.open(filled.index_path)
    rebuild(filled, index)
    put(filled, "posts/new.md", POST.format("new"))
    index.ask(lambda tables: tables.connection.execute("DROP TABLE posts_text"), None)
    rebuild(filled, index, ["posts"])
    counts = index.counts()
    assert (counts.scripts, counts.posts, counts.media) == (3, 4, 3)
    index.close()


def test_a_read_error_is_a_problem(
    filled: Project, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(path: Path) -> object:
        raise FileError(path, "permission denied")

    monkeypatch.setattr(posts, "read_post", denied)
    report = rebuild(filled, index, ["posts"])
    assert {problem.reason for problem in report.unreadable} == {"permission denied"}
    assert len(index.problems()) == 4
