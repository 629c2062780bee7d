"""The stub is what editors complete from: a type checker passes right scripts, and no others."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from engine.api import texts
from engine.api.functions import registry
from engine.api.stub import shapes

GOOD = """\
import app

def newest(count: int) -> list[str]:
    return [post.title for post in app.posts.list(limit=count, status="published")]

post = app.posts.get("x")
title: str = post.title
same: str = post["title"]
tags: list[str] = post.tags
state: str = post.status
names = [post[key] for key in ("id", "slug")]
row: app.PostRow = post
for one in app.posts.iter(fields=["slug", "body"]):
    print(one.slug.upper(), one.body.upper())
for medium in app.media.list(mime_type="image/"):
    area: int = medium.width * medium.height
for script in app.scripts.list(kind="macro"):
    print(script.slug, script.enabled)
colours: dict[str, str] = {tag.name: tag.color for tag in app.tags.list()}
for task in app.tasks.list():
    share: float = task.progress or 0.0
for commit in app.git.log(limit=3):
    print(commit.short_hash, commit.subject)
for change in app.git.status().changes:
    print(change.path)
app.output.table(app.posts.list(), columns=["slug", "title"])
print(newest(3), title, same, tags, state, names, row, colours)
"""

BAD = {
    "app.posts.get('x').titel": '"Post" has no attribute "titel"',
    "app.posts.list()[0].body": '"PostRow" has no attribute "body"',
    "app.media.list()[0].colour": '"Media" has no attribute "colour"',
    "app.git.log()[0].email": '"Commit" has no attribute "email"',
    "app.posts.get('x').tags + 1": 'No overload variant of "__add__" of "list"',
    "app.posts.get('x')['tags'].titel": 'has no attribute "titel"',
    "app.posts.get(5)": 'Argument 1 to "get" of "_Posts" has incompatible type "int"',
    "app.posts.list(status='gone')": 'Argument "status" to "list"',
    "app.posts.serch('x')": '"_Posts" has no attribute "serch"',
}


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What mypy says of the right script, the wrong lines and all examples."""
    folder = tmp_path_factory.mktemp("typed")
    examples = [
        f"def example_{at}() -> None:\n{textwrap.indent(one.example, '    ')}\n"
        for at, one in enumerate(registry())
        if one.namespace != "buffers"  # those speak of memory, whatever it is
    ]
    (folder / "app.pyi").write_text(texts.stub(registry()))
    (folder / "good.py").write_text(GOOD)
    (folder / "bad.py").write_text("\n".join(["import app", *BAD, ""]))
    (folder / "examples.py").write_text("\n".join(["import app", *examples]))
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", "cache", "--config-file", "",
         "app.pyi", "good.py", "bad.py", "examples.py"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout


def test_right_scripts_and_all_examples_pass(checked: str) -> None:
    others = [line for line in checked.splitlines() if not line.startswith("bad.py")]
    assert others == ["Found 9 errors in 1 file (checked 4 source files)"]


def test_each_wrong_line_is_found(checked: str) -> None:
    lines = [
        line for line in checked.splitlines() if line.startswith("bad.py") and "error:" in line
    ]
    assert len(lines) == len(BAD)
    for at, (line, words) in enumerate(zip(lines, BAD.values(), strict=True), 2):
        assert line.startswith(f"bad.py:{at}: ")
        assert words in line


def test_no_field_hides_behind_a_method_of_mappings() -> None:
    """An attribute is looked up on the mapping first: `post.items` would never be a field."""
    hidden = {
        f"{shape.__name__}.{name}"
        for shape in shapes(registry())
        for name in shape.__annotations__
        if hasattr(dict, name)
    }
    assert hidden == set()


def test_the_stub_in_the_repository_is_beside_the_default_scripts() -> None:
    stub = Path(texts.__file__).parents[2] / "default_scripts" / "app.pyi"
    assert "class Post(PostRow):" in stub.read_text()
