"""Calls from scripts: arguments checked, rights, results, what was written, what was asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.workspace import Workspace
from store.search import PostFilter
from tests.api.conftest import Person, run

TYPE, VALUE, LOOKUP = "TypeError", "ValueError", "LookupError"


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("app.posts.get()", f"{TYPE}: posts.get() needs 'name'"),
        ("app.posts.get('a', 'b')", f"{TYPE}: posts.get() takes one argument, and 2 were given"),
        ("app.posts.get(name='hello', x=1)", f"{TYPE}: posts.get() has no parameter 'x'"),
        ("app.posts.get('hello', name='b')", f"{TYPE}: posts.get() got 'name' twice"),
        ("app.posts.get(5)", f"{TYPE}: posts.get(): name should be text (str), not 5 (int)"),
        (
            "app.posts.list(limit=0)",
            f"{VALUE}: posts.list(): limit should be a whole number (int) from 1 to 1000, not 0",
        ),
        (
            "app.posts.list(status='gone')",
            f"{VALUE}: posts.list(): status should be 'draft', 'published', 'archived' or None, "
            "not 'gone'",
        ),
        ("app.posts.list('draft')", f"{TYPE}: posts.list() takes no arguments, and 1 were given"),
        (
            "app.posts.create('x', tags=['a', 1])",
            f"{TYPE}: posts.create(): tags[1] should be text (str), not 1 (int)",
        ),
        ("app.posts.create(' ')", f"{VALUE}: posts.create(): "),
        ("app.posts.update('hello', language='english')", f"{VALUE}: posts.update(): "),
        ("app.posts.get('helo')", f"{LOOKUP}: no post has the slug 'helo'. Did you mean hello?"),
        ("app.media.get('x')", f"{LOOKUP}: no media file has the id 'x'"),
        ("app.scripts.get('helo')", f"{LOOKUP}: no script has the slug 'helo'. Did you mean hello"),
        (
            "app.posts.iter(fields=['x']).__next__()",
            f"{VALUE}: posts.iter(): there is no field 'x'",
        ),
        ("app.posts.serch('x')", "AttributeError: app.posts has no function 'serch'"),
        ("app.posts.get(object())", "TypeError: Encoding objects of type object is unsupported"),
    ],
)
async def test_a_wrong_call_says_what_is_wrong(workspace: Workspace, call: str, error: str) -> None:
    seen = await run(workspace, f"import app\n{call}\n")
    assert seen.error.startswith(error)


@pytest.mark.parametrize(
    ("file_name", "error"),
    [
        (
            "mine/photo.jpg",
            "could not use mine/photo.jpg: its name says image/jpeg, but its content is none. "
            "Look what it holds, or give it another name.",
        ),
        (
            "x.meta",
            "could not read x.meta: it is a sidecar, not a medium. Name the file beside it.",
        ),
        ("nul\\0.png", "could not take in nul .png: embedded null byte. Choose another name."),
    ],
)
async def test_a_medium_that_cannot_be_made_is_called_as_the_script_calls_it(
    workspace: Workspace, file_name: str, error: str
) -> None:
    seen = await run(workspace, f"import app\napp.media.create('{file_name}', b'no image')\n")
    assert seen.error == f"OSError: {error}"


async def test_an_unknown_function_names_close_ones(workspace: Workspace) -> None:
    source = "from app import posts\ntype(posts.get)('posts.serach')('x')\n"
    seen = await run(workspace, source)
    assert seen.error.startswith(
        "AttributeError: app has no function 'posts.serach'. Did you mean "
    )
    assert "posts.search" in seen.error


async def test_errors_are_exceptions_that_can_be_caught(workspace: Workspace) -> None:
    source = """
import app
try:
    app.posts.get("nothing-like-it")
except LookupError as error:
    print("caught", error)
print(app.posts.get("hello").title)
"""
    seen = await run(workspace, source)
    assert seen.printed.startswith("caught no post has the slug 'nothing-like-it'")
    assert seen.printed.endswith("Hello\n")


async def test_results_are_mappings_with_attributes(workspace: Workspace) -> None:
    source = """
import app, json
post = app.posts.get("hello")
print(post.title, post["title"], isinstance(post, dict), post.tags, json.dumps(post)[:6])
print(repr(app.tags.list()[0])[:12], type(app.tags.list()[0]).__name__)
try:
    post.nothing
except AttributeError as error:
    print(str(error)[:25])
"""
    seen = await run(workspace, source)
    assert seen.printed == (
        "Hello Hello True ['greeting'] {\"id\":\nRecord(name= Record\nno 'nothing'; there is id\n"
    )


@pytest.mark.parametrize("kind", ["macro", "transform"])
async def test_what_runs_by_itself_only_looks(workspace: Workspace, kind: str) -> None:
    source = "import app\nprint(app.posts.count())\napp.posts.create('x')\n"
    seen = await run(workspace, source, kind=kind)  # type: ignore[arg-type]
    assert int(seen.printed) > 10
    assert seen.error == (
        f"PermissionError: app.posts.create() needs the right to change the project, which {kind}s "
        'do not have. It is given by "permissions" in meta/project.json: add "write"'
    )


async def test_the_project_gives_and_takes_rights(workspace: Workspace) -> None:
    path = workspace.project.root / "meta" / "project.json"
    settings = json.loads(path.read_text())
    settings["permissions"] = {"macro": ["read", "write"], "utility": [], "transform": "all"}
    path.write_text(json.dumps(settings))
    await workspace.settings.load()
    seen = await run(workspace, "import app\napp.posts.create('x')\n", kind="macro")
    assert seen.finished.outcome == "ok"
    seen = await run(workspace, "import app\napp.posts.count()\n")
    assert "needs the right to read the project, which utilities" in seen.error
    seen = await run(workspace, "import app\napp.posts.create('x')\n", kind="transform")
    assert seen.error.startswith("PermissionError")


WRITES = """
import app
made = app.posts.create("A new one", body="text")
app.posts.update("hello", title="Other")
app.scripts.delete("word_table")
app.posts.update("hello", title="Another")
"""


def contents(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for part in ("posts", "scripts", "media", "meta")
        for path in (root / part).rglob("*")
        if path.is_file()
    }


async def test_what_a_run_wrote_is_listed_and_taken_back(workspace: Workspace) -> None:
    root = workspace.project.root
    before = contents(root)
    seen = await run(workspace, WRITES)
    assert seen.error == ""
    shown = workspace.runs.shown_changes(seen.run)
    (created,) = shown["created"]
    assert created.endswith("/a-new-one.md")
    assert shown["deleted"] == ["scripts/word_table.py"]
    assert "posts/2026/03/hello.md" in shown["changed"] + shown.get("created", [])
    assert contents(root) != before
    assert await workspace.runs.take_back(seen.run) == []
    assert contents(root) == before
    rows = await workspace.catalog.posts_where(PostFilter())
    assert "Another" not in [row.facts.title for row in rows]
    assert await workspace.runs.take_back(seen.run) == []


async def test_what_somebody_changed_since_stays(workspace: Workspace) -> None:
    seen = await run(workspace, 'import app\napp.posts.update("hello", excerpt="short")\n')
    path = workspace.project.root / "posts/2026/03/hello.md"
    path.write_text(path.read_text() + "mine\n")
    ((failed, reason),) = await workspace.runs.take_back(seen.run)
    assert failed == path
    assert "changed it" in reason
    assert path.read_text().endswith("mine\n")


async def test_a_dry_run_lists_and_writes_nothing(workspace: Workspace) -> None:
    before = contents(workspace.project.root)
    source = """
import app
app.posts.update("hello", excerpt="x")
app.posts.create("New")
app.scripts.delete("vimeo")
"""
    seen = await run(workspace, source, is_dry=True)
    assert seen.error == ""
    shown = workspace.runs.shown_changes(seen.run)
    assert shown["changed"] == ["posts/2026/03/hello.md"]
    assert len(shown["created"]) == 1
    assert contents(workspace.project.root) == before
    assert await workspace.runs.take_back(seen.run) == []


async def test_a_dry_run_commits_nothing(workspace: Workspace) -> None:
    seen = await run(workspace, 'import app\napp.git.commit("All")\n', is_dry=True)
    assert seen.error == "RuntimeError: git.commit(): a dry run commits nothing"
    assert (await workspace.history.log()).entries == ()


async def test_a_fault_of_ours_is_the_scripts_error_and_no_more(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(name: str) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(workspace.posts, "get", broken)
    seen = await run(workspace, 'import app\napp.posts.get("hello")\n')
    words = "RuntimeError: a fault in Inkstand, in posts.get(): ZeroDivisionError: a bug (test_c"
    assert seen.error.startswith(words)


async def test_input_asks_the_person(workspace: Workspace) -> None:
    person = Person(["Mara", None])
    source = 'print("hello", input("Name? "))\ninput()\n'
    seen = await run(workspace, source, person=person)
    assert seen.printed == "Name? hello Mara\n"
    assert seen.error == "EOFError: there is nobody to answer"
    assert person.said == ["Name? ", ""]
    seen = await run(workspace, source)
    assert seen.error == "EOFError: input() has nobody to ask here: the run is one of many"


async def test_toasts_are_bounded(workspace: Workspace) -> None:
    person = Person()
    source = 'import app\nfor n in range(30):\n    app.ui.toast(f"{n}\\x1b[2J" + "x" * 400)\n'
    seen = await run(workspace, source, person=person)
    assert seen.error == "RuntimeError: more than 20 toasts in one run"
    assert len(person.said) == 20
    assert person.said[0].startswith("information: 0 [2Jxxx")
    assert len(person.said[0]) == len("information: ") + 300


async def test_progress_is_the_tasks(workspace: Workspace) -> None:
    told: list[float | None] = []
    workspace.tasks.listen(lambda: told.append(next(iter(workspace.tasks)).progress))
    source = "import app\napp.ui.progress(1, 4, 'first')\napp.ui.progress(9, 4)\n"
    seen = await run(workspace, source)
    assert seen.error == ""
    assert told[-1] == 1.0


async def test_arguments_are_there(workspace: Workspace) -> None:
    seen = await run(workspace, "import app\nprint(app.args)\n", args=["--tag", "x y", ""])
    assert seen.printed == "['--tag', 'x y', '']\n"


async def test_a_table_is_printed_in_its_place(workspace: Workspace) -> None:
    source = """
import app
print("before")
app.output.table([{"slug": "a", "posts": 3}, {"slug": "bb", "posts": 12}], title="Tags")
app.output.table([["x\\x1b[2J", True, None, 1.5]])
print("after")
"""
    seen = await run(workspace, source)
    assert seen.printed == (
        "before\nTags\nslug  posts\n----  -----\na         3\nbb       12\n"
        "x [2J  yes    1.5\nafter\n"
    )
