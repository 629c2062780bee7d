"""`inkstand expand` as a person at a shell sees it, with real kernels."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.commands.conftest import add_script
from tests.commands.test_check import MACRO, add_post
from tests.processes import DEADLINE_S, INKSTAND, run_inkstand

GOOD = "def render(context):\n    return '<b>' + str(context['params'].get('n', 0)) + '</b>'"
BODY = """One [[good n=1]]

[[failing]] and [[good n=2]]
[[looping]]
[[hungry]]
  [[unheard_of n=3]]
[[good n=4]]
"""


def limit(root: Path, **limits: float) -> None:
    """Set what macros may use."""
    path = root / "meta" / "project.json"
    settings = json.loads(path.read_text())
    settings["limits"] = {"macro": limits}
    path.write_text(json.dumps(settings))


@pytest.fixture
def blog(project: Path) -> Path:
    """A project whose macros fail in every way there is."""
    add_script(project, "good", MACRO.format("good", "true", GOOD))
    for slug, body in {
        "failing": "return {}['id']",
        "looping": "while True: pass",
        "hungry": "return 'x' * (1 << 30)",
    }.items():
        text = f"def render(context):\n    {body}"
        add_script(project, slug, MACRO.format(slug, "true", text))
    limit(project, timeoutS=0.5, memoryMiB=300)
    return project


def expanded(root: Path, *arguments: str) -> dict[str, Any]:
    done = run_inkstand("expand", "--json", *arguments, cwd=root)
    data: dict[str, Any] = json.loads(done.stdout)
    return data


def test_each_bad_macro_is_one_clear_error_and_the_others_are_rendered(blog: Path) -> None:
    add_post(blog, "bad", BODY)
    add_post(blog, "fine", "[[good n=5]]")
    done = run_inkstand("expand", cwd=blog)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    place = "posts/2026/03/bad.md"
    assert lines[0] == (
        f"{place}:7:1: [[failing]] failed: KeyError: 'id' (scripts/failing.py:10:12)"
    )
    assert re.fullmatch(
        rf"{place}:8:1: \[\[looping\]\] failed: TimeoutError: .+ \(scripts/looping\.py:10:\d+\)",
        lines[1],
    )
    assert re.fullmatch(
        rf"{place}:9:1: \[\[hungry\]\] failed: MemoryError.* \(scripts/hungry\.py:10:\d+\)",
        lines[2],
    )
    assert lines[3] == f"{place}:10:5: there is no macro unheard_of"
    assert lines[4].split() == (
        ["macro", "calls", "total", "p50", "p95", "p99", "max", "errors", "late", "hits"]
    )
    table = {line.split()[0]: line.split()[1:] for line in lines[5:-1]}
    assert {name: (row[0], row[6], row[7]) for name, row in table.items()} == {
        "good": ("4", "0", "0"),
        "failing": ("1", "1", "0"),
        "looping": ("1", "1", "1"),
        "hungry": ("1", "1", "0"),
    }
    assert re.fullmatch(
        r"Expanded 2 posts, 7 calls in [\d.]+ s \([\d,]+ a second\), 3 failed, 1 error in a text\.",
        lines[-1],
    )


def test_all_of_it_as_json(blog: Path) -> None:
    add_post(blog, "bad", BODY)
    data = expanded(blog)
    assert [(one["macro"], one["line"]) for one in data["failures"]] == [
        ("failing", 7),
        ("looping", 8),
        ("hungry", 9),
    ]
    assert [(one["code"], one["severity"]) for one in data["problems"]] == [
        ("unknown_macro", "error")
    ]
    assert (data["pages"], data["calls"], data["failed"], data["errors"]) == (1, 6, 3, 1)
    good = next(one for one in data["figures"] if one["name"] == "good")
    assert (good["calls"], good["errors"]) == (3, 0)
    assert 0 < good["p50_us"] <= good["p95_us"] <= good["p99_us"]
    assert data["pace"]


def test_a_project_without_trouble_passes(blog: Path) -> None:
    add_post(blog, "fine", "[[good]]")
    done = run_inkstand("expand", cwd=blog)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].startswith("Expanded 1 post, 1 call in ")


def test_a_project_without_posts_passes(blog: Path) -> None:
    done = run_inkstand("expand", cwd=blog)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Expanded 0 posts, 0 calls in ")


def test_drafts_archived_posts_and_translations(blog: Path) -> None:
    for status in ("draft", "published", "archived"):
        add_post(
            blog, status, "[[good]]", head=f"id: id-{status}\nslug: {status}\nstatus: {status}"
        )
        head = f"translationFor: id-{status}\nlanguage: de\ntitle: T"
        add_post(blog, f"{status}.de", "[[good]]", head=head)
    assert expanded(blog)["pages"] == 4
    assert expanded(blog, "--no-drafts")["pages"] == 2
    assert expanded(blog, "archived")["pages"] == 2
    assert expanded(blog, "posts/2026/03/archived.de.md", "draft")["pages"] == 3


def test_posts_that_cannot_be_read_are_told(blog: Path) -> None:
    add_post(blog, "fine", "[[good]]")
    (blog / "posts/broken.md").write_bytes(b"---\nid: x\n---\n\xff")
    done = run_inkstand("expand", cwd=blog)
    assert (done.returncode, done.stderr) == (1, "posts/broken.md: not UTF-8 in line 4\n")
    assert done.stdout.splitlines()[-1].endswith("1 unreadable post.")
    assert run_inkstand("expand", "fine", cwd=blog).returncode == 0


def test_nothing_is_written(blog: Path) -> None:
    add_post(blog, "bad", BODY)
    before = {path: path.stat().st_mtime_ns for path in blog.rglob("*") if path.is_file()}
    run_inkstand("expand", cwd=blog)
    after = {path: path.stat().st_mtime_ns for path in blog.rglob("*") if path.is_file()}
    assert after == before


def test_what_macros_print_goes_to_stderr_and_steers_nothing(blog: Path) -> None:
    text = "def render(context):\n    print('a\\x1b[2Jb')\n    return ''"
    add_script(blog, "loud", MACRO.format("loud", "true", text))
    add_post(blog, "fine", "[[loud]]")
    done = run_inkstand("expand", cwd=blog)
    assert done.returncode == 0
    assert done.stderr.startswith("a")
    assert "\x1b" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nobody"], "no post has the slug 'nobody'"),
        (["posts/none.md"], "no post of this project has that path"),
        (["--jobs", "0"], "'0' is not a number from 1 to 64"),
    ],
)
def test_wrong_usage_is_told(blog: Path, arguments: list[str], words: str) -> None:
    done = run_inkstand("expand", *arguments, cwd=blog)
    assert done.returncode == 2
    assert words in done.stderr


def test_ctrl_c_tells_what_was_done_until_then(blog: Path) -> None:
    waiting = "import time\ndef render(context):\n    time.sleep(600)"
    add_script(blog, "waiting", MACRO.format("waiting", "true", waiting))
    limit(blog, timeoutS=600)
    for number in range(200):
        add_post(blog, f"a{number:03}", "[[good]]")
    add_post(blog, "b", "[[waiting]]")
    terminal, end = pty.openpty()
    with subprocess.Popen(
        [INKSTAND, "expand", "--jobs", "1"],
        cwd=blog,
        stdout=subprocess.PIPE,
        stderr=end,
        stdin=subprocess.DEVNULL,
        text=True,
    ) as process:
        os.close(end)
        told = b""
        while not re.search(rb"\d+ of 201 posts", told):
            told += os.read(terminal, 4096)
        process.send_signal(signal.SIGINT)
        stdout, _ = process.communicate(timeout=DEADLINE_S)
    os.close(terminal)
    assert process.returncode == 130
    assert re.search(r"^Cancelled: \d+ of 201 posts, \d+ calls? in ", stdout, re.MULTILINE)


@pytest.mark.parametrize("jobs", ["1", "4"])
def test_the_bytes_do_not_depend_on_how_many_kernels_there_are(demo: Path, jobs: str) -> None:
    one = expanded(demo, "--jobs", "1")
    other = expanded(demo, "--jobs", jobs)
    assert one["calls"] == other["calls"] > 10
    assert one["failures"] == []
    assert (one["digest"], one["warnings"]) == (other["digest"], other["warnings"])
