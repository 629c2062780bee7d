"""`inkstand preview`: posts as readers would see them, through real kernels."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from store.seed import init_with_scripts
from tests.commands.conftest import add_script
from tests.processes import run_inkstand

KEPT = Path(__file__).parents[1] / "data" / "previews"
"""How each post of the demo looks at 72 columns; made once by the command, and looked at."""

POSTS = sorted(
    (Path(__file__).parents[2] / "default_scripts/demo/posts").rglob("*.md"), key=lambda p: p.name
)

POST = """---
id: 5dc5179e-8568-4b8d-8a91-cedaa7784c9d
title: Tide
slug: tide
status: draft
createdAt: '2026-03-01T10:00:00.000Z'
tags: [sea]
---
"""

HEADER = '''"""
---
slug: {0}
title: {0}
kind: macro
entrypoint: render
enabled: true
---
"""
'''


def write_post(root: Path, body: str, slug: str = "tide") -> str:
    path = root / "posts" / "2026" / "03" / f"{slug}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(POST + body)
    return path.relative_to(root).as_posix()


@pytest.fixture(scope="module")
def demo_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("previews") / "demo"
    init_with_scripts(folder, demo=True)
    return folder


@pytest.mark.parametrize("post", POSTS, ids=lambda post: post.stem)
def test_posts_of_the_demo_look_as_they_were_kept(demo_once: Path, post: Path) -> None:
    path = f"posts/{'/'.join(post.parts[-3:])}"
    done = run_inkstand("preview", path, "--width", "72", cwd=demo_once)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (KEPT / f"{post.stem}.txt").read_text(encoding="utf-8")


def test_no_preview_is_kept_of_a_post_that_is_gone() -> None:
    assert {path.stem for path in KEPT.iterdir()} == {post.stem for post in POSTS}


def test_a_post_is_found_by_its_slug_and_from_anywhere(project: Path) -> None:
    write_post(project, "Low *tide* at [noon](/noon).\n")
    done = run_inkstand("preview", "tide", cwd=project)
    assert done.stdout == "Tide\n════\n2026-03-01 · sea · draft\n\nLow tide at noon (/noon).\n"
    assert (done.returncode, done.stderr) == (0, "")
    for name, folder in (
        ("tide.md", project / "posts/2026/03"),
        ("posts/2026/03/tide.md", project),
    ):
        assert run_inkstand("preview", name, cwd=folder).stdout == done.stdout
    again = run_inkstand("preview", "--project", project, "TIDE", cwd=project.parent)
    assert again.stdout == done.stdout


def test_a_failed_macro_is_told_with_both_places(project: Path) -> None:
    add_script(
        project,
        "moon",
        HEADER.format("moon")
        + 'def render(context, post):\n    return context["params"]["phase"]\n',
    )
    path = write_post(project, "Tonight:\n\n  [[moon]]\n\nand [[moon phase=full]]\n")
    done = run_inkstand("preview", "tide", cwd=project)
    assert done.returncode == 1
    place = f"{path}:11:3: [[moon]] failed: KeyError: 'phase' (scripts/moon.py:11:12)"
    assert done.stderr == f"{place}\n"
    assert "✘ [[moon]] failed: KeyError" in done.stdout
    assert "and full" in done.stdout
    done = run_inkstand("preview", "tide", "--json", cwd=project)
    assert done.returncode == 1
    told = json.loads(done.stdout)
    (failure,) = told["failures"]
    assert (failure["macro"], failure["line"], failure["scriptLine"]) == ("moon", 11, 11)
    assert "<p>and full</p>" in told["html"]
    assert (told["title"], told["tags"], told["status"]) == ("Tide", ["sea"], "draft")


def test_what_is_no_macro_stays_and_is_told(project: Path) -> None:
    path = write_post(project, "A [[nope]] and \x1b]0;title\x07.\n")
    done = run_inkstand("preview", "tide", cwd=project)
    assert done.returncode == 0
    assert "A [[nope]] and ]0;title ." in done.stdout
    assert done.stderr.startswith(f"{path}:9:5: there is no macro nope")


def test_what_macros_print_does_not_mix_with_the_page(project: Path) -> None:
    add_script(
        project,
        "loud",
        HEADER.format("loud")
        + 'def render(context, post):\n    print("noise")\n    return "<b>calm</b>"\n',
    )
    write_post(project, "[[loud]]\n")
    done = run_inkstand("preview", "tide", cwd=project)
    assert done.stdout.endswith("\n\ncalm\n")
    assert "noise" in done.stderr
    assert "noise" not in done.stdout


@pytest.mark.parametrize("width", ["19", "1001", "x", "-1", "٣٠"])
def test_a_width_that_makes_no_sense_is_refused(project: Path, width: str) -> None:
    done = run_inkstand("preview", "tide", f"--width={width}", cwd=project)
    assert done.returncode == 2
    assert "columns from 20 to 1000" in done.stderr


def test_an_unknown_post_is_told(project: Path) -> None:
    write_post(project, "x\n")
    done = run_inkstand("preview", "tides", cwd=project)
    assert done.returncode == 2
    assert "tide" in done.stderr
    done = run_inkstand("preview", "scripts/../posts/none.md", cwd=project)
    assert done.returncode == 2
    assert "no post of this project" in done.stderr
