"""Pages on their whole way, in real kernels: their order, their pace, and what goes wrong."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import replace

import anyio
import anyio.lowlevel
import pytest

from engine.kernel.limits import DEFAULTS
from engine.kernel.pool import Pool
from engine.render.context import Page
from engine.render.executor import LocalKernels
from engine.render.renderer import expanding
from engine.workspace import Workspace
from tests.holding import until
from tests.unit.engine.render.conftest import expanded, macro, page, post, texts, with_settings

ECHO = "def render(context):\n    return f\"<{context['params']['n']}>\"\n"
SLOW = "import time\ndef render(context):\n    time.sleep(60)\n    return 'late'\n"


async def test_pages_keep_their_order_with_and_without_calls(
    kernelless: Workspace, forks: Pool
) -> None:
    macro(kernelless, "echo", ECHO)
    bodies = [
        "".join(f"[[echo n={number}.{call}]]" for call in range(number % 4)) + f"|{number}"
        for number in range(4_000)
    ]
    made = await expanded(kernelless, forks, map(page, bodies), jobs=2)
    wanted = [
        "".join(f"<{float(f'{number}.{call}')}>" for call in range(number % 4)) + f"|{number}"
        for number in range(4_000)
    ]
    assert texts(made) == wanted


async def test_no_pages_are_no_pages(kernelless: Workspace, forks: Pool) -> None:
    assert await expanded(kernelless, forks, []) == []


@pytest.mark.parametrize("body", ["[[echo n=1]]", "no call", "[[nobody]]"])
async def test_pages_are_not_taken_ahead_of_whoever_wants_them(
    kernelless: Workspace, forks: Pool, body: str
) -> None:
    macro(kernelless, "echo", ECHO)
    taken = 0

    def pages() -> Iterator[Page]:
        nonlocal taken
        for taken in itertools.count(1):
            yield page(body, taken)

    macros = await kernelless.macros.ready()
    async with (
        LocalKernels(forks, jobs=1) as executor,
        expanding(kernelless, pages(), macros, executor, is_preview=False) as expansion,
        aclosing(aiter(expansion)) as made,
    ):
        for _ in range(10):
            await anext(made)
        before = -1
        while before != taken:  # until nothing more is taken, which it must come to
            before = taken
            await anyio.sleep(0.2)
        assert taken < 20_000


async def test_pages_without_calls_do_not_pile_up_behind_a_call_that_takes_long(
    kernelless: Workspace, forks: Pool
) -> None:
    wait = "import time\ndef render(context):\n    time.sleep(0.5)\n    return 'at last'\n"
    macro(kernelless, "slow", wait)
    taken = 0

    def pages() -> Iterator[Page]:
        nonlocal taken
        yield page("[[slow]]")
        for taken in range(100_000):
            yield page("x" * 1_000, taken)

    macros = await kernelless.macros.ready()
    async with (
        LocalKernels(forks, jobs=1) as executor,
        expanding(kernelless, pages(), macros, executor, is_preview=False) as expansion,
        aclosing(aiter(expansion)) as made,
    ):
        first = await anext(made)
        assert first.expanded.text == "at last"
        assert taken < 20_000


async def test_leaving_early_ends_what_runs_at_once(kernelless: Workspace, forks: Pool) -> None:
    macro(kernelless, "slow", SLOW)
    macro(kernelless, "echo", ECHO)
    # A chunk's outcomes come together, and the first one is of eight calls.
    bodies = [*["[[echo n=1]]"] * 8, *["[[slow]]"] * 100]
    macros = await kernelless.macros.ready()
    with anyio.fail_after(30):
        async with (
            LocalKernels(forks, jobs=1) as executor,
            expanding(
                kernelless, map(page, bodies), macros, executor, is_preview=False
            ) as expansion,
            aclosing(aiter(expansion)) as made,
        ):
            assert (await anext(made)).expanded.text == "<1>"


async def test_being_cancelled_ends_what_runs_at_once(kernelless: Workspace, forks: Pool) -> None:
    macro(kernelless, "slow", SLOW)
    with anyio.fail_after(30), anyio.CancelScope() as scope:
        async with anyio.create_task_group() as group:
            group.start_soon(expanded, kernelless, forks, [page("[[slow]]")] * 100)
            await anyio.lowlevel.checkpoint()
            scope.cancel()
    assert scope.cancelled_caught


async def test_whoever_stops_iterating_may_go_on_in_the_block(
    kernelless: Workspace, forks: Pool
) -> None:
    macro(kernelless, "echo", ECHO)
    macros = await kernelless.macros.ready()
    pages = (page("[[echo n=1]]", number) for number in itertools.count())
    gone_on = False
    async with (
        LocalKernels(forks, jobs=1) as executor,
        expanding(kernelless, pages, macros, executor, is_preview=False) as expansion,
    ):
        async with aclosing(aiter(expansion)) as made:
            await anext(made)
            assert _is_running()
        await until(lambda: not _is_running())  # which must not take the block with it
        gone_on = True
    assert gone_on


def _is_running() -> bool:
    return any("Expansion.run" in task.get_name() for task in asyncio.all_tasks())


async def test_a_block_that_never_iterates_is_left_without_a_word(
    kernelless: Workspace, forks: Pool
) -> None:
    macros = await kernelless.macros.ready()
    async with (
        LocalKernels(forks, jobs=1) as executor,
        expanding(kernelless, [page("x")], macros, executor, is_preview=False),
    ):
        pass


async def test_an_error_in_the_iterator_comes_after_the_pages_before_it(
    kernelless: Workspace, forks: Pool
) -> None:
    macro(kernelless, "echo", ECHO)

    def pages() -> Iterator[Page]:
        for number in range(100):
            yield page(f"[[echo n={number}]]", number)
        raise OSError("the disk is gone")

    macros = await kernelless.macros.ready()
    made = []

    async def take() -> None:
        async with (
            LocalKernels(forks, jobs=1) as executor,
            expanding(kernelless, pages(), macros, executor, is_preview=False) as expansion,
        ):
            async for one in expansion:
                made.append(one)

    with pytest.raises(OSError, match="the disk is gone"):
        await take()
    assert texts(made) == [f"<{number}>" for number in range(100)]


async def test_an_error_of_the_block_leaves_it_as_it_is(kernelless: Workspace, forks: Pool) -> None:
    macros = await kernelless.macros.ready()
    with pytest.raises(ValueError, match="mine"):
        async with (
            LocalKernels(forks, jobs=1) as executor,
            expanding(kernelless, [page("x")], macros, executor, is_preview=False),
        ):
            raise ValueError("mine")


async def test_declared_parameters_are_given_by_name_and_in_their_types(
    workspace: Workspace, forks: Pool
) -> None:
    macro(
        workspace,
        "many",
        "def render(context, post, *, count: int = 3, size: float = 1, class_: str = '',"
        " loud: bool = False):\n"
        "    return repr((count, size, class_, loud, context['params'], post['slug']))\n",
    )
    (made,) = await expanded(
        workspace, forks, [page("[[many count='7' size=2 class=007 loud=yes]]")]
    )
    params = {"count": "7", "size": 2, "class": "007", "loud": "yes"}
    assert made.expanded.text == repr((7, 2.0, "007", True, params, "slug-0"))


async def test_refused_calls_never_reach_a_kernel(workspace: Workspace, forks: Pool) -> None:
    macro(
        workspace,
        "many",
        "print('executed')\ndef render(context, *, count: int):\n    return str(count)\n",
    )
    macros = await workspace.macros.ready()
    bodies = ["[[many count=three]]", "[[many]]", "[[many count=1 rows=2]]"]
    async with (
        LocalKernels(forks, jobs=1) as executor,
        expanding(workspace, map(page, bodies), macros, executor, is_preview=False) as expansion,
    ):
        made = [one async for one in expansion]
    assert texts(made) == ["<!-- macro many failed: TypeError -->"] * 3
    words = [one.expanded.failures[0].words for one in made]
    assert words[0].startswith("many: count takes a whole number, 'three' is none")
    assert words[1].startswith("many: count is missing")
    assert words[2].startswith("many has no parameter 'rows'")
    assert expansion.batch is not None
    assert (expansion.batch.asked, expansion.batch.output) == (0, [])


async def test_refused_calls_stand_between_others_in_their_places(
    workspace: Workspace, forks: Pool
) -> None:
    macro(workspace, "many", "def render(context, *, n: int):\n    return f'<{n}>'\n")
    body = "[[many n=1]] [[many n=x]] [[nobody]] [[many n=2]]"
    made = await expanded(workspace, forks, [page(body)] * 3)
    wanted = "<1> <!-- macro many failed: TypeError --> [[nobody]] <2>"
    assert texts(made) == [wanted] * 3
    (problem,) = made[0].problems
    assert (problem.code, problem.line, problem.column) == ("unknown_macro", 1, 29)


async def test_a_syntax_error_fails_all_calls_of_its_macro_with_its_place(
    kernelless: Workspace, forks: Pool
) -> None:
    bad = macro(kernelless, "bad", "def render(context):\n    return (1\n")
    macro(kernelless, "echo", ECHO)
    line = bad.source.decode().count("\n", 0, bad.source.index(b"return")) + 1
    made = await expanded(
        kernelless, forks, [page("[[bad]]\n[[echo n=1]] [[bad x=1]]", first_line=7)]
    )
    failed = "<!-- macro bad failed: SyntaxError -->"
    assert texts(made) == [f"{failed}\n<1> {failed}"]
    assert [str(one) for one in made[0].expanded.failures] == [
        "posts/0.md:7:1: [[bad]] failed: SyntaxError: '(' was never closed "
        f"(scripts/bad.py:{line}:12)",
        "posts/0.md:8:14: [[bad]] failed: SyntaxError: '(' was never closed "
        f"(scripts/bad.py:{line}:12)",
    ]


async def test_an_unreadable_script_fails_its_calls_alone(
    kernelless: Workspace, forks: Pool
) -> None:
    bad = macro(kernelless, "bad", ECHO)
    macro(kernelless, "echo", ECHO)
    await kernelless.catalog.scripts()
    bad.path.write_bytes(b"# \xff\n" + bad.source)
    (made,) = await expanded(kernelless, forks, [page("[[bad n=1]] [[echo n=1]]")])
    assert made.expanded.text == "<!-- macro bad failed: OSError --> <1>"
    assert "UTF-8" in made.expanded.failures[0].words


async def test_disabled_and_unknown_macros_stay_text_and_are_told(
    kernelless: Workspace, forks: Pool
) -> None:
    macro(kernelless, "gallery", ECHO, enabled="false")
    body = "One\n[[gallery columns=2]] [[galery]] [[youtube junk]]"
    (made,) = await expanded(kernelless, forks, [page(body, first_line=5)])
    assert made.expanded.text.startswith("One\n[[gallery columns=2]] [[galery]] ")
    told = [(one.code, one.line) for one in made.problems]
    assert told == [("disabled_macro", 6), ("unknown_macro", 6), ("junk_word", 6)]


async def test_html_of_a_macro_is_not_searched_for_calls(
    kernelless: Workspace, forks: Pool
) -> None:
    macro(kernelless, "loop", "def render(context):\n    return '[[loop]] [[echo n=1]]'\n")
    macro(kernelless, "echo", ECHO)
    made = await expanded(kernelless, forks, [page("a [[loop]] b")])
    assert texts(made) == ["a [[loop]] [[echo n=1]] b"]


@pytest.mark.parametrize("in_code", [False, True])
async def test_code_keeps_its_calls_unless_the_project_says_otherwise(
    kernelless: Workspace, forks: Pool, in_code: bool
) -> None:
    macro(kernelless, "echo", ECHO)
    with_settings(kernelless, expandMacrosInCode=in_code)
    body = "`[[echo n=1]]`\n\n```\n[[echo n=2]]\n```\n[[echo n=3]]\n"
    made = await expanded(kernelless, forks, [page(body)])
    wanted = "`<1>`\n\n```\n<2>\n```\n<3>\n" if in_code else body.replace("[[echo n=3]]", "<3>")
    assert texts(made) == [wanted]


async def test_macros_of_a_batch_may_read_by_the_api_and_not_write(
    kernelless: Workspace, forks: Pool
) -> None:
    post(kernelless.project.root, "trip", "Hello\n")
    macro(
        kernelless,
        "title",
        "import app\ndef render(context):\n    return app.posts.get('trip').title\n",
    )
    macro(
        kernelless,
        "write",
        "import app\ndef render(context):\n    app.posts.create('Mine')\n    return 'made'\n",
    )
    (made,) = await expanded(kernelless, forks, [page("[[title]] [[write]]")])
    assert made.expanded.text == "Trip <!-- macro write failed: PermissionError -->"
    assert "macros" in made.expanded.failures[0].words
    assert [one.name for one in (kernelless.project.root / "posts").iterdir()] == ["trip.md"]


async def test_a_macro_that_takes_too_long_fails_alone(kernelless: Workspace, forks: Pool) -> None:
    macro(kernelless, "slow", SLOW)
    macro(kernelless, "echo", ECHO)
    macros = await kernelless.macros.ready()
    limits = replace(DEFAULTS["macro"], wall_s=0.5)
    async with (
        LocalKernels(forks, jobs=1, limits=limits) as executor,
        expanding(
            kernelless, [page("[[slow]] [[echo n=1]]")], macros, executor, is_preview=False
        ) as expansion,
    ):
        (made,) = [one async for one in expansion]
    assert made.expanded.text == "<!-- macro slow failed: TimeoutError --> <1>"


async def test_texts_keep_their_line_ends_and_byte_order_marks(
    kernelless: Workspace, forks: Pool
) -> None:
    macro(kernelless, "echo", ECHO)
    body = "\ufeffOne\r\n[[echo n=1]]\r\n\r\nlast without an end [[echo n=2]]"
    made = await expanded(kernelless, forks, [page(body)])
    assert texts(made) == [body.replace("[[echo n=1]]", "<1>").replace("[[echo n=2]]", "<2>")]


async def test_two_translations_of_one_post_have_their_own_languages(
    kernelless: Workspace, forks: Pool
) -> None:
    macro(
        kernelless,
        "where",
        "import json\ndef render(context, post):\n"
        "    env = context['env']\n"
        "    return json.dumps([env['mainLanguage'], env['languagePrefix'], post['slug'], "
        "post['title'], post['tags']])\n",
    )
    root = kernelless.project.root
    post(root, "trip", "[[where]]", head="tags: [ink]\n")
    for language, title in (("fr", "Voyage"), ("de", "Reise")):
        text = f"---\ntranslationFor: id-trip\nlanguage: {language}\ntitle: {title}\n---\n[[where]]"
        (root / f"posts/trip.{language}.md").write_text(text)
    original = (await kernelless.posts.get("trip")).facts
    pages = [
        Page.of(await kernelless.posts.read(f"posts/{name}.md"), name, original)
        for name in ("trip.fr", "trip.de")
    ]
    made = await expanded(kernelless, forks, pages)
    assert [json.loads(text) for text in texts(made)] == [
        ["fr", "/fr", "trip", "Voyage", ["ink"]],
        ["de", "/de", "trip", "Reise", ["ink"]],
    ]


async def test_many_calls_may_be_rendered_at_once(kernelless: Workspace, forks: Pool) -> None:
    macro(
        kernelless,
        "many",
        "sizes = []\n"
        "def render(context):\n    return 'alone'\n"
        "def render_many(contexts, posts):\n"
        "    sizes.append(len(contexts))\n"
        "    return [f\"{post['slug']}:{one['params']['n']}\" for one, post in "
        "zip(contexts, posts)]\n",
    )
    macro(kernelless, "echo", ECHO)
    pages = [page(f"[[many n={n}]] [[echo n={n}]] [[many n=-{n}]]", n) for n in range(1, 300)]
    made = await expanded(kernelless, forks, pages, jobs=2)
    assert texts(made) == [f"slug-{n}:{n} <{n}> slug-{n}:-{n}" for n in range(1, 300)]


async def test_the_same_bytes_with_one_kernel_and_with_four_cold_and_warm(
    kernelless: Workspace, forks: Pool
) -> None:
    macro(
        kernelless,
        "dice",
        "import random\ndef render(context, post):\n"
        "    words = {f'{n}' for n in range(20)}\n"
        '    return f"{random.random()} {random.sample(range(99), 3)} {list(words)[:3]}"\n',
    )
    macro(kernelless, "echo", ECHO)
    pages = [page(f"[[dice n={n}]] [[echo n={n}]] [[bad]] [[dice]]", n) for n in range(200)]
    one = texts(await expanded(kernelless, forks, pages))
    four = texts(await expanded(kernelless, forks, pages, jobs=4))
    again = texts(await expanded(kernelless, forks, pages * 2))
    assert one == four
    assert one * 2 == again
    assert len(set(one)) == 200
