"""`inkstand search` as a person at a shell uses it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.processes import run_inkstand


@pytest.fixture
def blog(project: Path) -> Path:
    folder = project / "posts" / "2026" / "03"
    folder.mkdir(parents=True)
    for slug, words, status in (
        ("tide", "The harbour at low tide.", "published"),
        ("fog", "Fog over the harbour.\n\x1b[31mred", "draft"),
    ):
        (folder / f"{slug}.md").write_text(
            f"---\nid: id-{slug}\ntitle: The {slug}\nslug: {slug}\nstatus: {status}\n"
            f"createdAt: '2026-03-01T10:00:00.000Z'\ntags: [sea, {slug}]\n---\n{words}\n"
        )
    return project


def test_words_find_posts(blog: Path) -> None:
    done = run_inkstand("search", "harbour", "low", cwd=blog)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "posts/2026/03/tide.md: The tide\n    The harbour at low tide.\n"
    done = run_inkstand("search", "fog", cwd=blog)
    assert "\x1b" not in done.stdout


def test_what_changed_a_moment_ago_is_found(blog: Path) -> None:
    assert run_inkstand("search", "walrus", cwd=blog).returncode == 1
    path = blog / "posts" / "2026" / "03" / "tide.md"
    path.write_text(path.read_text() + "A walrus.\n")
    done = run_inkstand("search", "walrus", "--json", cwd=blog)
    assert done.returncode == 0
    (hit,) = json.loads(done.stdout)
    assert (hit["kind"], hit["path"], hit["title"]) == (
        "posts",
        "posts/2026/03/tide.md",
        "The tide",
    )


@pytest.mark.parametrize(
    ("options", "slugs"),
    [
        (["--tag", "SEA"], ["tide", "fog"]),
        (["--tag", "sea", "--tag", "fog"], ["fog"]),
        (["--status", "draft"], ["fog"]),
        (["--year", "2026", "--month", "3"], ["tide", "fog"]),
        (["--year", "2025"], []),
        ([], ["tide", "fog"]),
        (["--limit", "1"], ["tide"]),
    ],
)
def test_without_words_posts_are_listed(blog: Path, options: list[str], slugs: list[str]) -> None:
    done = run_inkstand("search", *options, "--json", cwd=blog)
    assert [row["slug"] for row in json.loads(done.stdout)] == slugs
    assert done.returncode == (0 if slugs else 1)


def test_words_and_filters_together(blog: Path) -> None:
    done = run_inkstand("search", "harbour", "--status", "draft", cwd=blog)
    assert done.stdout.startswith("posts/2026/03/fog.md: The fog\n")
    assert "tide" not in done.stdout


def test_scripts_are_found_by_their_text(blog: Path) -> None:
    done = run_inkstand("search", "print", "--kind", "scripts", cwd=blog)
    assert done.stdout.startswith("scripts/hello.py: hello\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--tag", "nosuch"], "for --tag nosuch."),
        (["walrus"], 'for "walrus".'),
        (["walrus", "--year", "2025"], 'for "walrus", --year 2025.'),
        (
            ["--kind", "scripts", "walrus", "two words"],
            'for "walrus", "two words", --kind scripts.',
        ),
    ],
)
def test_a_search_that_finds_nothing_says_so(blog: Path, arguments: list[str], words: str) -> None:
    done = run_inkstand("search", *arguments, cwd=blog)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"inkstand: nothing was found {words} ")
    assert done.stderr.count("\n") == 1
    done = run_inkstand("search", *arguments, "--json", cwd=blog)
    assert (done.returncode, done.stdout, done.stderr) == (1, "[]\n", "")


def test_a_project_without_posts_is_told_without_advice(project: Path) -> None:
    done = run_inkstand("search", cwd=project)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "inkstand: nothing was found.\n"
