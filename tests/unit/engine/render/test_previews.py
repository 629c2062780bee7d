"""Posts and macros as they stand in the editor: what is shown, and what is told."""

from __future__ import annotations

import json
from dataclasses import replace

import anyio
import pytest

from engine.render.previews import MacroPreview, PostPreview
from engine.workspace import Workspace
from store.files import FileError
from store.posts import PostNotFound
from store.scripts import Script
from tests.unit.engine.render.conftest import macro, post, with_settings

HEAD = "---\nid: id-trip\ntitle: Trip\nslug: trip\nstatus: published\n---\n"
ECHO = "def render(context):\n    return f\"<{context['params'].get('n')}>\"\n"
SEEN = (
    "import json\n"
    "def render(context, post):\n"
    "    env = context['env']\n"
    "    return json.dumps([env['mainLanguage'], env['languagePrefix'], post['slug'], "
    "post['title'], post['tags'], env['isPreview']])\n"
)


async def shown(workspace: Workspace, text: str) -> PostPreview:
    """Show a post as it stands in the editor; nothing is saved."""
    return await workspace.previews.post("posts/trip.md", text=text)


async def tried(workspace: Workspace, script: Script, **given: str) -> MacroPreview:
    return await workspace.previews.macro(script, script.source, **given)


async def test_a_post_is_found_by_slug_id_and_path(workspace: Workspace) -> None:
    macro(workspace, "echo", ECHO)
    post(workspace.project.root, "trip", "a [[echo n=1]] b")
    for name in ("trip", "id-trip", "posts/trip.md"):
        made = await workspace.previews.post(name)
        assert (made.text, made.page.path) == ("a <1> b", "posts/trip.md")
    with pytest.raises(PostNotFound):
        await workspace.previews.post("trap")


async def test_unsaved_text_of_a_post_is_what_is_shown(workspace: Workspace) -> None:
    macro(workspace, "echo", ECHO)
    path = post(workspace.project.root, "trip", "saved")
    before = path.read_bytes()
    made = await workspace.previews.post("trip", text=f"{HEAD}typed [[echo n=2]]")
    assert made.text == "typed <2>"
    assert path.read_bytes() == before


async def test_unsaved_text_is_shown_whatever_is_wrong_with_what_is_saved(
    workspace: Workspace,
) -> None:
    path = post(workspace.project.root, "trip", "saved")
    await workspace.catalog.rebuild()
    path.write_text("---\ntitle: [broken\n---\n")
    for name in ("trip", "posts/trip.md"):
        assert (await workspace.previews.post(name, text=f"{HEAD}mended")).text == "mended"
    path.unlink()
    assert (await shown(workspace, f"{HEAD}never saved")).text == "never saved"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("---\nid: x\ntitle: [open\n---\nbody", "line 4, column 1"),
        ("---\nid: x\ntitle: x\nbody", "line 1, column 1"),
        ("no front matter", "no front matter"),
    ],
)
async def test_broken_front_matter_is_told_with_its_line(
    workspace: Workspace, text: str, words: str
) -> None:
    with pytest.raises(FileError, match=words):
        await shown(workspace, text)
    (workspace.project.root / "posts/trip.md").write_text(text)
    with pytest.raises(FileError, match=words):
        await workspace.previews.post("posts/trip.md")


async def test_half_a_character_is_told_with_its_place(workspace: Workspace) -> None:
    with pytest.raises(FileError, match="line 7, column 3 holds half a character"):
        await shown(workspace, f"{HEAD}ab\ud800")


@pytest.mark.parametrize("mark", ["", "\ufeff"])
async def test_line_ends_and_marks_stay_and_lines_are_the_files(
    workspace: Workspace, mark: str
) -> None:
    macro(workspace, "bad", "def render(context):\n    return 1 / 0\n")
    macro(workspace, "echo", ECHO)
    head = mark + HEAD.replace("\n", "\r\n")
    body = "One\r\n[[echo n=1]]\r\n  [[bad]] [[nobody]]\r\nend"
    path = workspace.project.root / "posts/trip.md"
    path.write_bytes((head + body).encode())
    for made in (await workspace.previews.post("trip"), await shown(workspace, head + body)):
        failed = "<!-- macro bad failed: ZeroDivisionError -->"
        assert made.text == f"One\r\n<1>\r\n  {failed} [[nobody]]\r\nend"
        (failure,) = made.failures
        assert (failure.path, failure.line, failure.column) == ("posts/trip.md", 9, 3)
        (problem,) = made.problems
        assert (problem.code, problem.line, problem.column) == ("unknown_macro", 9, 13)


async def test_a_translation_has_its_language_and_the_facts_of_its_original(
    workspace: Workspace,
) -> None:
    macro(workspace, "seen", SEEN)
    post(workspace.project.root, "trip", "[[seen]]", head="tags: [ink]\n")
    text = "---\ntranslationFor: id-trip\nlanguage: fr\ntitle: Voyage\n---\n[[seen]]"
    (workspace.project.root / "posts/trip.fr.md").write_text(text)
    wanted = ["fr", "/fr", "trip", "Voyage", ["ink"], True]
    made = await workspace.previews.post("posts/trip.fr.md")
    assert json.loads(made.text) == wanted
    made = await workspace.previews.post("posts/trip.fr.md", text=text.replace("Voyage", "Trajet"))
    assert json.loads(made.text) == [*wanted[:3], "Trajet", *wanted[4:]]
    assert json.loads((await workspace.previews.post("trip")).text)[:2] == ["en", ""]


async def test_a_folder_of_another_program_shows_its_bundled_macros(workspace: Workspace) -> None:
    made = await shown(workspace, f"{HEAD}[[vimeo id=123]]")
    assert "player.vimeo.com/video/123" in made.text


async def test_code_is_left_unless_the_project_says_otherwise(workspace: Workspace) -> None:
    script = macro(workspace, "echo", ECHO)
    text = f"{HEAD}`[[echo n=1]]`"
    assert (await shown(workspace, text)).text == "`[[echo n=1]]`"
    with_settings(workspace, expandMacrosInCode=True)
    assert (await shown(workspace, text)).text == "`<1>`"
    post(workspace.project.root, "trip", "`[[echo n=5]]`")
    assert (await tried(workspace, script)).html == "<5>"


async def test_what_macros_print_and_warn_of_is_told(workspace: Workspace) -> None:
    script = macro(
        workspace,
        "loud",
        "import sys\n"
        "def render(context):\n"
        "    print('heard', file=sys.stderr)\n"
        "    print('twice é')\n"
        "    return {'html': 'x', 'warnings': ['odd\\nthing']}\n",
    )
    made = await shown(workspace, f"{HEAD}[[loud]]")
    assert sorted(made.output.splitlines()) == ["heard", "twice é"]
    assert [str(one) for one in made.warnings] == ["posts/trip.md:7:1: [[loud]]: odd thing"]
    one = await tried(workspace, script)
    assert sorted(one.output.splitlines()) == ["heard", "twice é"]
    assert list(one.warnings) == ["odd\nthing"]


async def test_a_preview_reads_by_the_api_and_writes_nothing(workspace: Workspace) -> None:
    post(workspace.project.root, "trip", "x")
    read = macro(
        workspace,
        "read",
        "import app\ndef render(context):\n    return app.posts.get('trip').title\n",
    )
    write = macro(
        workspace,
        "write",
        "import app\ndef render(context):\n    app.posts.create('Mine')\n    return 'made'\n",
    )
    assert (await tried(workspace, read)).html == "Trip"
    made = await tried(workspace, write)
    assert made.failure is not None
    assert made.failure.error == "PermissionError"
    assert "previews" in made.failure.words
    assert len(list((workspace.project.root / "posts").iterdir())) == 1


async def test_a_macro_is_called_as_it_stands_in_the_editor(workspace: Workspace) -> None:
    script = macro(workspace, "echo", ECHO, enabled="false")
    made = await workspace.previews.macro(script, b"def render(context):\n    return 'typed'\n")
    assert (made.html, made.failure, made.call, made.post_path) == ("typed", None, "[[echo]]", "")
    assert script.path.read_bytes() == script.source


async def test_a_macro_is_shown_in_the_newest_post_that_calls_it(workspace: Workspace) -> None:
    script = macro(workspace, "echo", ECHO)
    root = workspace.project.root
    post(root, "old", "[[echo n=1]]", at="2026-01-01")
    post(root, "new", "x [[Echo n=2]] [[echo n=3]]", at="2026-02-01")
    post(root, "newest", "[[echoes]] [[other]]", at="2026-03-01")
    made = await tried(workspace, script)
    assert (made.post_path, made.call, made.html) == ("posts/new.md", "[[Echo n=2]]", "<2>")
    made = await tried(workspace, script, post="old")
    assert (made.post_path, made.call, made.html) == ("posts/old.md", "[[echo n=1]]", "<1>")
    made = await tried(workspace, script, post="newest")
    assert (made.post_path, made.call, made.html) == ("posts/newest.md", "[[echo]]", "<None>")
    made = await tried(workspace, script, post="old", call="see [[echo n=9]] there")
    assert (made.post_path, made.call, made.html) == ("posts/old.md", "[[echo n=9]]", "<9>")


async def test_a_macro_is_shown_with_a_call_by_its_alias(workspace: Workspace) -> None:
    script = macro(
        workspace, "photo_archive", "def render(context):\n    return context['env']['hook']\n"
    )
    post(workspace.project.root, "trip", "[[photo_album year=2025]]")
    made = await tried(workspace, script)
    assert (made.call, made.html) == ("[[photo_album year=2025]]", "photo_album")
    assert (await tried(workspace, script, call="[[photo_album]]")).html == "photo_album"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("echo", "no call of a macro: it has the form"),
        ("[[echo n='1]]", "never closed"),
        ("[[gallery]]", "calls another macro than echo"),
    ],
)
async def test_a_text_that_does_not_call_it_is_refused(
    workspace: Workspace, call: str, words: str
) -> None:
    script = macro(workspace, "echo", ECHO)
    with pytest.raises(ValueError, match=words):
        await tried(workspace, script, call=call)


async def test_a_failure_stands_where_its_call_stands(workspace: Workspace) -> None:
    script = macro(workspace, "bad", "def render(context):\n    return 1 / 0\n")
    post(workspace.project.root, "trip", "One\n\n  [[bad n=1]]\n")
    line = script.source.decode().split("\n").index("    return 1 / 0") + 1
    made = await tried(workspace, script)
    assert made.html is None
    assert str(made.failure) == (
        "posts/trip.md:10:3: [[bad]] failed: ZeroDivisionError: division by zero "
        f"(scripts/bad.py:{line}:12)"
    )
    assert made.error is not None
    assert made.error.frames[-1].line == line
    made = await tried(workspace, script, call="[[bad n=2]]")
    assert str(made.failure).startswith("[[bad]] failed: ZeroDivisionError")


async def test_a_syntax_error_of_a_draft_is_told_with_its_place(workspace: Workspace) -> None:
    script = macro(workspace, "bad", ECHO)
    made = await workspace.previews.macro(script, b"def render(context, *, n=1):\n    return (\n")
    assert made.failure is not None
    assert (made.failure.error, made.failure.script_path) == ("SyntaxError", "scripts/bad.py")
    assert (made.failure.script_line, made.failure.script_column) == (2, 12)


async def test_declared_parameters_are_checked_and_shown(workspace: Workspace) -> None:
    script = macro(workspace, "many", "def render(context, *, n: int):\n    return repr(n)\n")
    made = await tried(workspace, script, call="[[many n='7']]")
    assert (made.html, made.syntax) == ("7", "[[many n=1]]")
    made = await tried(workspace, script, call="[[many n=x]]")
    assert made.failure is not None
    assert made.failure.error == "TypeError"
    assert made.error is None  # the script was not reached
    spec = await workspace.previews.spec(script, script.source.replace(b"n: int", b"k: float"))
    assert [one.name for one in spec.parameters] == ["k"]


async def test_a_preview_that_takes_too_long_fails_and_the_next_one_works(
    workspace: Workspace,
) -> None:
    script = macro(workspace, "slow", "def render(context):\n    while True:\n        pass\n")
    limits = workspace.limits
    workspace.limits = {**limits, "preview": replace(limits["preview"], wall_s=0.5)}
    made = await tried(workspace, script)
    assert made.failure is not None
    assert made.failure.error == "TimeoutError"
    again = await workspace.previews.macro(script, ECHO.encode())
    assert again.html == "<None>"


async def test_a_cancelled_preview_is_left_at_once(workspace: Workspace) -> None:
    script = macro(workspace, "slow", "import time\ndef render(context):\n    time.sleep(60)\n")
    with anyio.fail_after(30), anyio.move_on_after(0.5) as scope:
        await tried(workspace, script)
    assert scope.cancelled_caught
    assert (await workspace.previews.macro(script, ECHO.encode())).html == "<None>"


async def test_nothing_of_one_preview_is_left_in_the_next(workspace: Workspace) -> None:
    script = macro(
        workspace,
        "count",
        "import sys\ndef render(context):\n"
        "    sys.seen = getattr(sys, 'seen', 0) + 1\n    return str(sys.seen)\n",
    )
    assert [(await tried(workspace, script)).html for _ in range(3)] == ["1"] * 3
