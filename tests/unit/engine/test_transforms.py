"""Links on their way through real transforms in real kernels."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Collection
from pathlib import Path

import pytest

from engine.transforms import MAX_PRINTED_BYTES, LinkReport, decoded_post
from engine.workspace import Workspace, open_workspace
from store.link_post import LinkError
from tests.unit.engine.conftest import put, with_header

URL = "https://www.example.org/articles/ink"
SEEDS = Path(__file__).parents[3] / "default_scripts"


def transform(root: Path, slug: str, body: str, *, day: int = 1, entrypoint: str = "main") -> None:
    """Put a transform there that was changed on that day."""
    text = with_header(slug, body, kind="transform").decode()
    text = text.replace("2026-03-02T", f"2026-03-{day:02}T")
    put(root, slug, text.replace('entrypoint: "main"', f'entrypoint: "{entrypoint}"'))


def setting(root: Path, **values: object) -> None:
    path = root / "meta" / "project.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def posts(root: Path) -> list[str]:
    return [path.name for path in root.glob("posts/**/*.md")]


async def add(root: Path, url: str = URL, title: str = "Ink") -> LinkReport:
    async with open_workspace(root) as workspace:
        return await workspace.transforms.add_link(url, title)


def appending(word: str) -> str:
    return f"def transform(post, context):\n    post['title'] += '{word}'\n    return post\n"


async def test_without_transforms_the_link_is_the_draft(root: Path) -> None:
    setting(root, blogmarkCategory="aside")
    put(root, "off", with_header("off", "1/0", kind="transform").replace(b": true", b": false"))
    async with open_workspace(root) as workspace:
        report = await workspace.transforms.add_link(f"{URL}#part", "An [ink]")
        post = await workspace.posts.get("an-ink")
        assert workspace.relative(post.path) == report.path
    assert post.body.strip() == rf"[An \[ink\]]({URL})"
    assert (post.facts.title, post.facts.status) == ("An [ink]", "draft")
    assert (tuple(post.facts.tags), tuple(post.facts.categories)) == ((), ("aside",))
    assert (report.applied_script_ids, report.errors, report.toasts) == ([], [], [])


async def test_transforms_run_by_time_of_change_then_slug(root: Path) -> None:
    transform(root, "a", appending("4"), day=9)
    transform(root, "z", appending("1"), day=3)
    transform(root, "c", appending("3"), day=5)
    transform(root, "b", appending("2"), day=5)
    report = await add(root)
    assert report.post.title == "Ink1234"
    assert report.applied_script_ids == ["id-z", "id-b", "id-c", "id-a"]


async def test_times_are_compared_not_their_texts(root: Path) -> None:
    transform(root, "late", appending("2"), day=5)
    transform(root, "early", appending("1"), day=5)
    path = root / "scripts" / "early.py"
    # Half past one in the morning of the sixth, in Kiritimati: noon of the fifth.
    path.write_text(
        path.read_text().replace("2026-03-05T20:30:14.453Z", "2026-03-06T01:30:14.453+14:00")
    )
    assert (await add(root)).post.title == "Ink12"


ACCEPTED = {
    "returned": "def transform(post, context):\n    return {**post, 'title': 'New'}\n",
    "wrapped": "def transform(post, context):\n    return {'post': {**post, 'title': 'New'}}\n",
    "mutated": "def transform(post, context):\n    post['title'] = 'New'\n",
    "one argument": "def transform(post):\n    post['title'] = 'New'\n",
    "asynchronous": "async def transform(post):\n    return {**post, 'title': 'New'}\n",
    "context": (
        "def transform(post, context):\n"
        f"    assert context == {{'source': 'blogmark', 'url': '{URL}'}}\n"
        "    assert list(post) == ['title', 'content', 'tags', 'categories']\n"
        "    post['title'] = ' New\\n'\n"
    ),
    "reads": (
        "import app\n\ndef transform(post, context):\n"
        "    post['title'] = 'New' if app.project.get().name == 'Blog' else ''\n"
    ),
    "more keys": "def transform(post):\n    return {**post, 'title': 'New', 'rating': 5}\n",
    "tuples": "def transform(post):\n    return {**post, 'title': 'New', 'tags': ()}\n",
}


@pytest.mark.parametrize("body", ACCEPTED.values(), ids=ACCEPTED)
async def test_what_a_transform_gives_counts(root: Path, body: str) -> None:
    transform(root, "t", body)
    report = await add(root)
    assert (report.errors, report.post.title) == ([], "New")


async def test_the_named_entrypoint_is_called(root: Path) -> None:
    transform(root, "t", "def shorten(post):\n    post['title'] = 'New'\n", entrypoint="shorten")
    transform(root, "u", appending("!"), entrypoint="not a name")
    assert (await add(root)).post.title == "New!"


BAD = {
    "number": ("return 7", "is no post: Expected `object`"),
    "text": ("return 'post'", "is no post: Expected `object`"),
    "list": ("return [post]", "is no post: Expected `object`"),
    "title gone": ("del post['title']", "missing required field `title`"),
    "title none": ("post['title'] = None", r"Expected `str`, got `null` - at `\$.title`"),
    "title empty": ("post['title'] = '  '", "its title is empty"),
    "title long": ("post['title'] = 'x' * 1001", "Expected `str` of length <= 1000"),
    "content empty": ("post['content'] = '\\n'", "its content is empty"),
    "content long": ("post['content'] = 'x' * 1_000_001", "of length <= 1000000"),
    "tags text": ("post['tags'] = 'a, b'", "Expected `array`"),
    "tags number": ("post['tags'] = [1]", "Expected `str`"),
    "tags empty": ("post['tags'] = ['a', ' ']", "one of its tags is empty"),
    "tags many": ("post['tags'] = ['a'] * 101", "of length <= 100"),
    "categories none": ("post['categories'] = None", "Expected `array`"),
    "categories empty": ("post['categories'] = ['']", "one of its categories is empty"),
    "wrapped none": ("return {'post': None}", "Expected `object`, got `null`"),
    "set": ("post['tags'] = {'a'}", "is no plain data: Object of type set"),
    "nan": ("post['rating'] = float('nan')", "is no plain data"),
    "circle": ("post['me'] = post", "is no plain data: Circular reference"),
    "deep": ("x = []\n    for _ in range(100000): x = [x]\n    return x", "is no plain data"),
    "half character": ("post['title'] = '\\ud800'", "is no post: JSON is malformed"),
    "large": ("post['x'] = 'x' * 3_000_000", "is too large: 3,000,"),
    "leaves": ("import sys; sys.exit()", "left before its end"),
    "leaves badly": ("import sys; sys.exit('no')", "SystemExit"),
    "raises": ("raise ValueError('not\\n\\x1b[2Jthis')", r"ValueError: not \[2Jthis"),
    "kills": ("import os; os.kill(os.getpid(), 9)", "killed|crashed|PermissionError"),
    "closes": ("import os; os.close(1); os._exit(0)", "left with exit code 0"),
    "writes": ("import app; app.posts.create('x')", "PermissionError: app.posts.create"),
    "asks": ("input()", "EOFError"),
}


@pytest.mark.parametrize(("line", "words"), BAD.values(), ids=BAD)
async def test_one_that_gives_no_post_is_told_and_left_out(
    root: Path, line: str, words: str
) -> None:
    transform(root, "before", appending("1"), day=1)
    transform(root, "bad", f"def transform(post, context):\n    {line}\n", day=2)
    transform(root, "after", appending("2"), day=3)
    report = await add(root)
    assert report.post.title == "Ink12"
    assert report.post.content == f"[Ink]({URL})"
    assert report.applied_script_ids == ["id-before", "id-after"]
    (error,) = report.errors
    assert (error.script_id, error.script_slug, error.path) == ("id-bad", "bad", "scripts/bad.py")
    assert re.search(words, error.message), error.message
    assert "\x1b" not in error.message + error.details
    assert posts(root) == ["ink12.md"]


async def test_an_exception_is_told_with_its_place(root: Path) -> None:
    transform(root, "bad", "def transform(post):\n    return 1 / 0\n")
    (error,) = (await add(root)).errors
    text = (root / "scripts" / "bad.py").read_text()
    assert text.splitlines()[error.line - 1] == "    return 1 / 0"
    assert error.column > 0
    assert error.message == "ZeroDivisionError: division by zero"
    assert 'File "scripts/bad.py"' in error.details


async def test_without_the_function_or_the_file_it_is_told(root: Path) -> None:
    transform(root, "none", "print('only a file')\n", day=1)
    transform(root, "broken", "def transform(:\n", day=2)
    report = await add(root)
    assert [error.script_slug for error in report.errors] == ["none", "broken"]
    assert "no top-level function 'transform'" in report.errors[0].message
    assert "SyntaxError" in report.errors[1].message
    assert report.errors[1].line == 15
    assert report.path


async def test_one_that_loops_is_stopped_at_its_limit(root: Path) -> None:
    setting(root, limits={"transform": {"timeoutS": 0.3}})
    transform(root, "loops", "def transform(post):\n    while True: pass\n", day=1)
    transform(root, "after", appending("!"), day=2)
    report = await add(root)
    assert report.post.title == "Ink!"
    (error,) = report.errors
    assert "ran longer than 0.3 s" in error.message


async def test_one_that_floods_costs_only_itself(root: Path) -> None:
    setting(root, limits={"transform": {"timeoutS": 0.5}})
    transform(root, "floods", "def transform(post):\n    while True: print('x' * 999)\n", day=1)
    transform(root, "says", "def transform(post):\n    print('\\x1b[2Jhello')\n", day=2)
    report = await add(root)
    assert report.applied_script_ids == ["id-says"]
    assert 0 < len(report.printed["floods"]) <= MAX_PRINTED_BYTES
    assert report.printed["says"] == "hello\n"


async def test_toasts_are_bounded(root: Path) -> None:
    for number in range(6):
        body = (
            "def transform(post):\n"
            "    toast(' \\n')\n"
            f"    for i in range(30): toast('{number}' + str(i) + '\\x1b' + 'x' * 400)\n"
        )
        transform(root, f"t{number}", body, day=number + 1)
    report = await add(root)
    assert report.errors == []
    assert [toast.script_slug for toast in report.toasts] == [
        f"t{n}" for n in range(4) for _ in "12345"
    ]
    assert all(len(toast.message) <= 300 and "\x1b" not in toast.message for toast in report.toasts)
    assert [toast.message[:2] for toast in report.toasts[:5]] == ["00", "01", "02", "03", "04"]


async def test_toasts_by_the_api_count_as_well(root: Path) -> None:
    body = (
        "import app\n\ndef transform(post):\n"
        "    for i in range(20): app.ui.toast(str(i), severity='warning')\n"
    )
    transform(root, "t", body)
    report = await add(root)
    assert [(toast.message, toast.severity) for toast in report.toasts] == [
        (str(number), "warning") for number in range(5)
    ]


async def test_a_toast_is_heard_when_the_script_is_run_by_itself(root: Path) -> None:
    transform(root, "t", "def transform(post):\n    toast('hello')\n", entrypoint="transform")
    put(root, "u", with_header("u", "toast('hello')\n"))
    async with open_workspace(root) as workspace:
        run = await workspace.runs.start(await workspace.find_script("t"))
        assert (await run.wait()).outcome == "ok"
        run = await workspace.runs.start(await workspace.find_script("u"))
        finished = await run.wait()
        assert finished.error is not None
        assert finished.error.type == "NameError"


async def test_the_bundled_transform_shortens_a_real_title(root: Path) -> None:
    shutil.copy(SEEDS / "shorten_title.py", root / "scripts")
    report = await add(root, title="A [short] history of ink | Example - Pens, paper and more")
    assert report.errors == []
    assert report.post.title == "A [short] history of ink"
    assert report.post.content == rf"[A \[short\] history of ink]({URL})"
    assert report.post.tags == ("example.org",)
    assert report.path.endswith("/a-short-history-of-ink.md")


async def test_a_cancelled_one_makes_no_post(root: Path) -> None:
    transform(root, "waits", "import time\n\ndef transform(post):\n    time.sleep(60)\n", day=1)
    transform(root, "after", appending("!"), day=2)
    async with open_workspace(root) as workspace:

        def cancel() -> None:
            if any(task.name == "Run waits" for task in workspace.tasks.running):
                for task in workspace.tasks.running:
                    if task.name == "New post from link":
                        task.cancel()

        workspace.tasks.listen(cancel)
        report = await workspace.transforms.add_link(URL)
        (task,) = [one for one in workspace.tasks if one.name == "New post from link"]
    assert report.was_cancelled
    assert (report.path, report.applied_script_ids, report.errors) == ("", [], [])
    assert (task.state, task.message) == ("cancelled", "no post was made")
    assert posts(root) == []


async def test_cancelling_comes_too_late_once_the_draft_is_written(root: Path) -> None:
    async with open_workspace(root) as workspace:

        def cancel() -> None:
            if posts(root):
                for task in workspace.tasks:
                    task.cancel()

        workspace.tasks.listen(cancel)
        transforms, catalog = workspace.transforms, workspace.catalog
        await catalog.see_content()
        taking_in = catalog.files_changed

        async def files_changed(paths: Collection[str]) -> None:
            cancel()
            await taking_in(paths)

        catalog.files_changed = files_changed  # type: ignore[method-assign]
        report = await transforms.add_link(URL)
        (task,) = [one for one in workspace.tasks if one.name == "New post from link"]
    assert posts(root) == [report.path.rpartition("/")[2]]
    assert not report.was_cancelled
    assert task.state == "completed"


async def test_without_the_sandbox_only_what_was_agreed_to_runs(root: Path) -> None:
    transform(root, "known", appending("1"), day=1)
    async with open_workspace(root) as workspace:
        await workspace.agreement.unconfirmed()
        await workspace.agreement.agree()
        transform(root, "new", appending("2"), day=2)
        report = await workspace.transforms.add_link(URL, "Ink")
    assert report.post.title == "Ink1"
    assert [(error.script_slug, error.line) for error in report.errors] == [("new", 0)]
    assert "since you agreed" in report.errors[0].message


async def test_it_is_a_task_that_says_what_became_of_it(root: Path) -> None:
    transform(root, "bad", "def transform(post):\n    return 1\n")
    async with open_workspace(root) as workspace:
        report = await workspace.transforms.add_link(URL)
        (task,) = [one for one in workspace.tasks if one.name == "New post from link"]
    assert (task.state, task.message) == ("completed", f"{report.path}; without bad")


async def test_a_bad_address_is_refused_before_anything_runs(kernelless: Workspace) -> None:
    with pytest.raises(LinkError):
        await kernelless.transforms.add_link("ftp://example.org")
    assert list(kernelless.tasks) == []


@pytest.mark.parametrize(
    ("result", "words"),
    [
        ("", "left before its end"),
        ("{", "truncated"),
        ("[" * 100_000, "Expected `object`"),
        ('{"a":' + "[" * 100_000, "recursion"),
        ('"\\ud800"', "truncated"),
        ('{"post": 1e999}', "Number out of range"),
        ('{"post": {"post": {"title": "a"}}}', "missing required field `title`"),
    ],
    ids=["nothing", "cut", "array", "deep", "half", "huge", "twice"],
)
def test_forged_answers_are_no_posts(result: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        decoded_post(result)
