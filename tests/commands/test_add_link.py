"""`inkstand add-link` as a person at a shell, or a bookmarklet's program, uses it."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from tests.commands.conftest import Start, add_script
from tests.processes import DEADLINE_S, descendants, run_inkstand, wait_until

URL = "https://example.org/ink"
TRANSFORM = '''"""
---
id: "id-{slug}"
slug: "{slug}"
title: "{slug}"
kind: "transform"
entrypoint: "transform"
enabled: true
version: 1
updatedAt: "2026-03-0{day}T10:00:00.000Z"
---
"""
def transform(post, context):
    {line}
'''


def transform(root: Path, slug: str, line: str, day: int = 1) -> None:
    add_script(root, slug, TRANSFORM.format(slug=slug, line=line, day=day))


def only_post(root: Path) -> Path:
    (path,) = (root / "posts").glob("*/*/*.md")
    return path


def test_a_link_becomes_a_draft_and_its_path_is_printed(project: Path) -> None:
    done = run_inkstand("add-link", f"{URL}#top", "--title", "On [ink]", cwd=project)
    assert (done.returncode, done.stderr) == (0, "")
    path = only_post(project)
    assert done.stdout == f"{path.relative_to(project)}\n"
    assert path.name == "on-ink.md"
    text = path.read_text()
    assert "status: draft\n" in text
    assert text.endswith(f"---\n[On \\[ink\\]]({URL})\n")


def test_in_the_demo_project_its_own_transforms_work(demo: Path) -> None:
    title = "A short film - Example - Watch films"
    done = run_inkstand(
        "add-link", "https://vimeo.com/1", "--title", title, "--json", "--project", demo
    )
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert told["post"] == {
        "title": "A short film",
        "content": "[A short film](https://vimeo.com/1)",
        "tags": ["vimeo.com", "film"],
        "categories": ["aside"],
    }
    assert len(told["appliedScriptIds"]) == 2
    assert (told["errors"], told["toasts"]) == ([], [])
    assert (demo / told["path"]).is_file()


def test_what_transforms_say_goes_to_stderr(project: Path) -> None:
    transform(project, "says", "print('seen', 1); toast('a \\x1b[2Jtoast')")
    done = run_inkstand("add-link", URL, cwd=project)
    assert (done.returncode, done.stdout.count("\n")) == (0, 1)
    assert done.stderr == "inkstand: says: seen 1\ninkstand: says: a  [2Jtoast\n"


def test_a_failing_transform_is_told_and_the_post_made_all_the_same(project: Path) -> None:
    transform(project, "bad", "raise ValueError('no')", 1)
    transform(project, "good", "post['title'] = 'Good'", 2)
    done = run_inkstand("add-link", URL, cwd=project)
    assert done.returncode == 1
    assert done.stderr == (
        "inkstand: bad: ValueError: no at scripts/bad.py:14:5; the post is made without it\n"
    )
    assert only_post(project).name == "good.md"
    done = run_inkstand("add-link", URL, "--json", cwd=project)
    assert (done.returncode, done.stderr) == (1, "")
    told = json.loads(done.stdout)
    assert told["appliedScriptIds"] == ["id-good"]
    (error,) = told["errors"]
    assert error["scriptId"] == "id-bad"
    assert (error["scriptSlug"], error["message"]) == ("bad", "ValueError: no")
    assert (error["path"], error["line"], error["column"]) == ("scripts/bad.py", 14, 5)
    assert told["path"].endswith("/good-2.md")


@pytest.mark.parametrize("url", ["example.org", "javascript:alert(1)", "https://", ""])
def test_what_is_no_web_address_is_wrong_usage(project: Path, url: str) -> None:
    done = run_inkstand("add-link", url, cwd=project)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("inkstand: ")
    assert list((project / "posts").glob("**/*.md")) == []


def test_an_interrupted_one_makes_no_post(project: Path, start: Start) -> None:
    transform(project, "waits", "import time; time.sleep(60)")
    process = start("add-link", URL)
    wait_until(lambda: bool(descendants(process.pid)), "it has a kernel")
    process.send_signal(signal.SIGINT)
    assert process.wait(DEADLINE_S) == 130
    assert list((project / "posts").glob("**/*.md")) == []


def test_without_a_project_it_is_wrong_usage(tmp_path: Path) -> None:
    done = run_inkstand("add-link", URL, cwd=tmp_path)
    assert done.returncode == 2
    assert "is not an Inkstand project" in done.stderr
