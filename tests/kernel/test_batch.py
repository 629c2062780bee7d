"""Batches in real kernels: in order, exact, and no item's fault is another's."""

from __future__ import annotations

import itertools
import os
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import anyio
import pytest
import pytest_asyncio

from engine.child.msgspec_core import decode, encode
from engine.child.protocol import Call, Refusal, Returned
from engine.kernel import lane as lane_module
from engine.kernel.chunk import SharedPart
from engine.kernel.item_calls import ItemFunctions, refuse_item_calls
from engine.kernel.limits import MIB, Limits
from engine.kernel.pool import Pool
from engine.kernel.process import Kernel, KernelError
from engine.kernel.sources import Forks
from engine.render.batch import (
    Batch,
    BatchItem,
    ItemFailed,
    MacroCode,
    Outcome,
    Rendered,
    rendering,
)
from engine.render.counters import Counters
from engine.render.executor import LocalKernels
from tests.holding import held, until
from tests.processes import alive, descendants

LIMITS = Limits(wall_s=30, memory_bytes=400 * MIB)
PLAIN = "def render(context, post):\n    return f\"<p>{context['n']}</p>\"\n"
SPOILT = (
    "def render(context):\n    n = context['n']\n"
    "    if n == {at}:\n        {does}\n    return str(n)\n"
)
"""Does something at one item."""


@dataclass
class Seen:
    """What a batch gave."""

    outcomes: list[Outcome]
    batch: Batch
    counters: Counters = field(default_factory=Counters)

    @property
    def html(self) -> list[str | None]:
        return [one.html if isinstance(one, Rendered) else None for one in self.outcomes]

    @property
    def failures(self) -> dict[int, ItemFailed]:
        return {at: one for at, one in enumerate(self.outcomes) if isinstance(one, ItemFailed)}

    @property
    def only_failure(self) -> ItemFailed:
        assert len(self.failures) == 1, self.failures
        return next(iter(self.failures.values()))


@pytest_asyncio.fixture
async def forks() -> AsyncIterator[Pool]:
    async with held(Pool(1, source=Forks())) as pool:
        yield pool


def code(source: str, name: str = "m", entrypoint: str = "render") -> MacroCode:
    return MacroCode(name, source.encode(), f"scripts/{name}.py", entrypoint)


def numbered(count: int, macro: str | int = 0, **more: Any) -> list[BatchItem]:
    return [BatchItem(macro, {"n": n, **more}) for n in range(count)]


async def render(
    pool: Pool,
    macros: str | Sequence[MacroCode],
    items: Iterable[BatchItem] | AsyncIterator[BatchItem],
    *,
    jobs: int = 1,
    limits: Limits = LIMITS,
    functions: ItemFunctions = refuse_item_calls,
) -> Seen:
    if isinstance(macros, str):
        macros = [code(macros)]
    counters = Counters()
    with anyio.fail_after(60):
        async with (
            LocalKernels(pool, jobs=jobs, limits=limits, functions=functions) as executor,
            rendering(items, macros, executor, counters=counters) as batch,
        ):
            outcomes = [outcome async for outcome in batch]
    return Seen(outcomes, batch, counters)


def spoilt(at: int, does: str, before: str = "") -> str:
    return before + SPOILT.format(at=at, does=does.replace("\n", "\n        "))


# What comes back.


@pytest.mark.parametrize("jobs", [1, 3])
async def test_outcomes_come_in_the_order_of_the_items(forks: Pool, jobs: int) -> None:
    seen = await render(forks, PLAIN, numbered(2000), jobs=jobs)
    assert seen.html == [f"<p>{n}</p>" for n in range(2000)]
    assert (seen.batch.asked, seen.batch.done) == (2000, 2000)
    assert all(one.duration_ns > 0 for one in seen.outcomes)


async def test_an_empty_batch_gives_nothing(forks: Pool) -> None:
    assert (await render(forks, PLAIN, [])).outcomes == []


async def test_items_may_come_from_an_asynchronous_iterator(forks: Pool) -> None:
    async def items() -> AsyncIterator[BatchItem]:
        for item in numbered(100):
            await anyio.lowlevel.checkpoint()
            yield item

    assert (await render(forks, PLAIN, items())).html == [f"<p>{n}</p>" for n in range(100)]


async def test_a_dict_may_carry_data_and_warnings(forks: Pool) -> None:
    source = (
        "def render(context):\n"
        "    return {'html': '<b>', 'data': {'a': [1, None, 'ä']}, 'warnings': ['careful']}\n"
    )
    (outcome,) = (await render(forks, source, numbered(1))).outcomes
    assert isinstance(outcome, Rendered)
    assert (outcome.html, outcome.data) == ("<b>", {"a": [1, None, "ä"]})
    assert outcome.warnings == ["careful"]


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("def render(context, post):\n    return post['t'] + context['k']", "Tk"),
        ("def render(context):\n    return context['k']", "k"),
        ("def render():\n    return 'none'", "none"),
        ("async def render(context, post):\n    return post['t'] + context['k']", "Tk"),
        (
            "import asyncio\nasync def render(context):\n"
            "    await asyncio.sleep(0)\n    return context['k']",
            "k",
        ),
        ("def render(context, post, *, size, kind='x'):\n    return f'{size}{kind}'", "3x"),
        ("def render(context, *, size):\n    return f'{context[\"k\"]}{size}'", "k3"),
        (
            "class Render:\n    def __call__(self, context):\n        return 'c'\n"
            "render = Render()\ndef f(*a, size): return 'f'\nrender = f",
            "f",
        ),
    ],
)
async def test_macros_are_called_with_what_they_take(forks: Pool, source: str, html: str) -> None:
    named = {"size": 3} if "size" in source else {}
    seen = await render(forks, source, [BatchItem("m", {"k": "k"}, {"t": "T"}, named)])
    assert seen.html == [html], seen.outcomes


@pytest.mark.parametrize(
    ("returned", "words"),
    [
        ("None", "render returned None; a macro returns its html: a str, or a dict"),
        ("7", "render returned a value of type int"),
        ("['x']", "a value of type list"),
        ("{'text': 1}", "a dict without the key 'html'; its keys: 'text'"),
        ("{'html': None}", "the html that render returned is None, no str"),
        ("{'html': '', 'data': 7}", "the data that render returned are a value of type int"),
        ("{'html': '', 'data': {'f': lambda: 0}}", "are not plain"),
        ("{'html': '', 'data': {'n': 1 << 90}}", "are not plain"),
        ("{'html': '', 'warnings': 'w'}", "the warnings that render returned are no list of str"),
        ("'\\ud800'", "halves of surrogate pairs"),
    ],
)
async def test_what_is_no_html_is_told_and_fails_alone(
    forks: Pool, returned: str, words: str
) -> None:
    seen = await render(forks, spoilt(1, f"return {returned}"), numbered(3))
    assert seen.html == ["0", None, "2"]
    failure = seen.only_failure
    assert failure.kind == "bad_return"
    assert words in failure.error.message
    assert failure.place == "scripts/m.py:1"


@pytest.mark.parametrize(
    "returned", ["'x' * 3_000_000", "{'html': '', 'data': {'x': 'x' * 100_000}}"]
)
async def test_huge_returns_fail_alone(forks: Pool, returned: str) -> None:
    seen = await render(forks, spoilt(1, f"return {returned}"), numbered(3))
    assert seen.html == ["0", None, "2"]
    assert (seen.only_failure.kind, seen.only_failure.limit) == ("limit", "frames")
    assert "at most" in seen.only_failure.error.message


async def test_large_returns_come_through_in_bounded_memory(forks: Pool) -> None:
    source = "def render(context):\n    return str(context['n']) + 'x' * 1_500_000"
    held_most = 0
    async with (
        LocalKernels(forks, jobs=2) as executor,
        rendering(numbered(60), [code(source)], executor) as batch,
    ):
        at = 0
        async for outcome in batch:
            assert isinstance(outcome, Rendered)
            assert outcome.html == str(at) + "x" * 1_500_000
            at += 1
            held_most = max(held_most, batch._held_bytes)
    assert at == 60
    assert held_most < 64 * MIB


# One failure is one item's.


async def test_an_exception_fails_its_item_with_its_place(forks: Pool) -> None:
    seen = await render(forks, spoilt(5, "raise ValueError('five')"), numbered(10))
    assert seen.html == [None if n == 5 else str(n) for n in range(10)]
    failure = seen.only_failure
    assert (failure.kind, failure.error.type, failure.error.message) == (
        "raised",
        "ValueError",
        "five",
    )
    assert failure.place == "scripts/m.py:4"
    assert failure.error.frames[-1].source.strip() == "raise ValueError('five')"


@pytest.mark.parametrize(
    "does",
    ["import sys\nsys.exit(3)", "raise KeyboardInterrupt", "raise RecursionError", "1 / 0"],
)
async def test_whatever_is_raised_stays_with_its_item(forks: Pool, does: str) -> None:
    seen = await render(forks, spoilt(1, does), numbered(4))
    assert seen.html == ["0", None, "2", "3"]
    assert seen.only_failure.kind == "raised"


DEATHS = {
    "exit": "import os\nos._exit(7)",
    "abort": "import os\nos.abort()",
    "segfault": "import ctypes\nctypes.string_at(0)",
    "closed": "import os\nos.close(4)",
}


@pytest.mark.parametrize("how", DEATHS)
@pytest.mark.parametrize("at", [0, 3, 59])
async def test_a_kernel_that_dies_costs_the_item_that_killed_it(
    forks: Pool, how: str, at: int
) -> None:
    seen = await render(forks, spoilt(at, DEATHS[how]), numbered(60))
    assert seen.html == [None if n == at else str(n) for n in range(60)]
    failure = seen.only_failure
    assert failure.kind == ("raised" if how == "closed" and failure.error.type else "died") or (
        failure.kind == "died"
    )
    assert failure.place.startswith("scripts/m.py")
    assert failure.words or failure.error.message


async def test_many_killers_cost_themselves(forks: Pool) -> None:
    source = (
        "import os\ndef render(context):\n    if context['n'] % 7 == 3:\n        os._exit(1)\n"
        "    return str(context['n'])"
    )
    seen = await render(forks, source, numbered(70), jobs=2)
    assert set(seen.failures) == {n for n in range(70) if n % 7 == 3}
    assert {one.kind for one in seen.failures.values()} == {"died"}
    assert "exit code 1" in seen.failures[3].words


async def test_a_stall_is_interrupted_and_its_kernel_goes_on(forks: Pool) -> None:
    source = spoilt(4, "while True:\n    pass", "import os\npids = os.getpid()\n").replace(
        "return str(n)", "return f'{n} {pids}'"
    )
    seen = await render(forks, source, numbered(8), limits=replace(LIMITS, wall_s=0.3))
    assert list(seen.failures) == [4]
    failure = seen.only_failure
    assert (failure.kind, failure.limit) == ("timeout", "wall")
    assert failure.words == "it ran longer than 0.3 s"
    assert failure.place in ("scripts/m.py:6", "scripts/m.py:7")
    pids = {html.split()[1] for html in seen.html if html is not None}
    assert len(pids) == 1


@pytest.mark.parametrize(
    "does",
    [
        "import time\nwhile True:\n    try:\n        time.sleep(9)\n    except BaseException: pass",
        "import itertools\nsum(itertools.repeat(0))",
    ],
)
async def test_a_stall_that_no_interrupt_ends_is_killed_and_costs_its_item(
    forks: Pool, does: str
) -> None:
    seen = await render(forks, spoilt(4, does), numbered(8), limits=replace(LIMITS, wall_s=0.3))
    assert seen.html == [None if n == 4 else str(n) for n in range(8)]
    failure = seen.only_failure
    assert (failure.kind, failure.limit) == ("timeout", "wall")
    assert "did not react" in failure.words


async def test_a_stall_hidden_behind_an_answer_still_counts(forks: Pool) -> None:
    does = "try:\n    while True: pass\nexcept BaseException:\n    return 'late'"
    seen = await render(forks, spoilt(1, does), numbered(3), limits=replace(LIMITS, wall_s=0.3))
    assert seen.html == ["0", None, "2"]
    assert seen.only_failure.kind == "timeout"


async def test_a_memory_eater_fails_alone(forks: Pool) -> None:
    seen = await render(forks, spoilt(3, "x = bytearray(1 << 30)"), numbered(6))
    assert seen.html == ["0", "1", "2", None, "4", "5"]
    failure = seen.only_failure
    assert (failure.kind, failure.limit) == ("limit", "memory")
    assert "400 MiB" in failure.words


async def test_what_others_have_left_in_memory_fails_nobody(forks: Pool) -> None:
    source = (
        "kept = []\ndef render(context):\n    kept.append(bytearray(60 << 20))\n"
        "    return str(context['n'])"
    )
    assert (await render(forks, source, numbered(12))).html == [str(n) for n in range(12)]


# Scripts that do not come up.


@pytest.mark.parametrize(
    ("source", "kind", "error", "words"),
    [
        ("def render(context)\n    pass", "raised", "SyntaxError", "expected ':'"),
        ("raise OSError('no')", "raised", "OSError", "no"),
        ("x = 1", "raised", "EntrypointError", "no top-level function 'render'"),
        ("import os; os._exit(1)", "died", "InterpreterDied", "exit code 1"),
    ],
)
async def test_a_script_that_does_not_load_fails_all_of_its_items_and_no_others(
    forks: Pool, source: str, kind: str, error: str, words: str
) -> None:
    items = [BatchItem(n % 2, {"n": n}) for n in range(20)]
    seen = await render(forks, [code(PLAIN, "good"), code(source, "bad")], items)
    assert seen.html == [f"<p>{n}</p>" if n % 2 == 0 else None for n in range(20)]
    for failure in seen.failures.values():
        assert (failure.kind, failure.error.type) == (kind, error)
        assert words in failure.error.message
        assert failure.place.startswith("scripts/bad.py") or kind == "raised"


async def test_a_script_that_stalls_when_it_loads_is_waited_for_once(forks: Pool) -> None:
    items = [BatchItem(n % 2, {"n": n}) for n in range(40)]
    macros = [code(PLAIN, "good"), code("while True:\n    pass", "bad")]
    seen = await render(forks, macros, items, limits=replace(LIMITS, wall_s=0.3))
    assert seen.html == [f"<p>{n}</p>" if n % 2 == 0 else None for n in range(40)]
    assert {one.words for one in seen.failures.values()} == {"its script ran longer than 0.3 s"}


async def test_what_cannot_be_handed_over_fails_alone(forks: Pool) -> None:
    items = numbered(6)
    items[2] = BatchItem(0, {"n": 1 << 80})
    items[4] = BatchItem(0, {"n": object()})
    seen = await render(forks, PLAIN, items)
    assert [html is None for html in seen.html] == [False, False, True, False, True, False]
    assert "cannot be handed over" in seen.failures[2].words


async def test_an_unknown_macro_is_an_error_of_the_caller(forks: Pool) -> None:
    with pytest.raises(ValueError, match="no macro 'other'"):
        await render(forks, PLAIN, [BatchItem("other", {})])


async def test_what_the_iterator_of_items_raises_is_the_callers(forks: Pool) -> None:
    def items() -> Iterable[BatchItem]:
        yield from numbered(20)
        raise LookupError("no more")

    with pytest.raises(LookupError, match="no more"):
        await render(forks, PLAIN, items())


async def test_no_kernel_is_told_and_nothing_hangs(
    forks: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def take() -> Kernel:
        raise KernelError("none to be had")

    monkeypatch.setattr(forks, "take", take)
    with pytest.raises(KernelError, match="none to be had"):
        await render(forks, PLAIN, numbered(2000), jobs=2)


# Nothing leaks.


async def test_what_an_item_changes_no_other_sees(forks: Pool) -> None:
    source = (
        "def render(context, post):\n"
        "    told = f\"{context['params']} {post['tags']} {context['env']['words']}\"\n"
        "    context['params']['list'].append(1); post['tags'].append(1)\n"
        "    context['env']['words']['x'] = 1\n"
        "    return told\n"
    )
    post: dict[str, Any] = {"tags": []}
    shared = (SharedPart("env", encode({"env": {"words": {"a": "b"}}})),)
    own: dict[str, Any] = {"params": {"list": []}}
    seen = await render(forks, source, [BatchItem(0, own, post, {}, shared) for _ in range(30)])
    assert set(seen.html) == {"{'list': []} [] {'a': 'b'}"}, seen.outcomes[0]


async def test_shared_parts_are_merged_and_own_values_win(forks: Pool) -> None:
    source = (
        "def render(context):\n    return f\"{context['env']} {len(context['data']['all'])}\"\n"
    )
    env = SharedPart("e", encode({"env": {"a": 1, "b": 2}}))
    data = SharedPart("d", encode({"data": {"all": ["x" * 40] * 1000}}))
    both = (env, data)
    items = [BatchItem(0, {"env": {"b": n}}, shared=both) for n in range(20)]
    seen = await render(forks, source, items)
    assert seen.html == [f"{{'a': 1, 'b': {n}}} 1000" for n in range(20)]


async def test_more_shared_parts_than_a_kernel_keeps(forks: Pool) -> None:
    source = "def render(context):\n    return str(context['env']['n'])\n"
    parts = [(SharedPart(str(n), encode({"env": {"n": n}})),) for n in range(150)]
    items = [BatchItem(0, {}, shared=parts[n % 150]) for n in range(450)]
    seen = await render(forks, source, items)
    assert seen.html == [str(n % 150) for n in range(450)]


async def test_each_script_has_a_namespace_of_its_own(forks: Pool) -> None:
    first = "word = 'first'\ndef render(context):\n    return word"
    second = "word = 'second'\ndef render(context):\n    return word"
    macros = [code(first, "a"), code(second, "b")]
    seen = await render(forks, macros, [BatchItem(name, {}) for name in "abab"])
    assert seen.html == ["first", "second", "first", "second"]


async def test_the_same_bytes_with_one_kernel_and_four_warm_and_cold(forks: Pool) -> None:
    source = (
        "import random\n"
        "def render(context):\n"
        "    words = {f'{context[\"n\"]}-{i}' for i in range(20)}\n"
        "    return f'{list(words)} {random.random()} {random.gauss(0, 1)} {hash(\"x\")}'\n"
    )
    one = await render(forks, source, numbered(200))
    four = await render(forks, source, numbered(200), jobs=4)
    async with Pool(1, source=Forks()) as others:
        cold = await render(others, source, reversed(numbered(200)))
    assert None not in one.html
    assert one.html == four.html == list(reversed(cold.html))
    assert len(set(one.html)) == 200


async def test_scripts_are_executed_once_in_a_kernel(forks: Pool) -> None:
    source = (
        "import itertools\ncount = itertools.count()\n"
        "def render(context):\n    return str(next(count))"
    )
    async with LocalKernels(forks, jobs=1) as executor:
        for first in (0, 50):
            macros = [code(source)]
            async with rendering(numbered(50), macros, executor) as batch:
                outcomes = [one async for one in batch]
            got = [one.html for one in outcomes if isinstance(one, Rendered)]
            assert got == [str(n) for n in range(first, first + 50)]


# Many at a time.

MANY = (
    "calls = []\n"
    "def render(context):\n    return f\"one {context['n']}\"\n"
    "def render_many(contexts):\n"
    "    DOES\n"
    "    return [f\"many {one['n']}\" for one in contexts]\n"
)


async def test_render_many_is_used_where_it_is_there(forks: Pool) -> None:
    items = [BatchItem(n % 2, {"n": n}) for n in range(100)]
    macros = [code(MANY.replace("DOES", "pass"), "many"), code(PLAIN, "plain")]
    seen = await render(forks, macros, items, jobs=2)
    assert seen.html == [f"<p>{n}</p>" if n % 2 else f"many {n}" for n in range(100)]


@pytest.mark.parametrize(
    "does",
    [
        "raise ValueError",
        "return []",
        "return None",
        "import sys; sys.exit()",
        "import os; os._exit(1)",
        "while True: pass",
    ],
)
async def test_render_many_that_fails_falls_back_to_single_calls(forks: Pool, does: str) -> None:
    limits = replace(LIMITS, wall_s=0.4)
    seen = await render(forks, MANY.replace("DOES", does), numbered(5), limits=limits)
    assert seen.html == [f"one {n}" for n in range(5)]


async def test_a_killer_among_many_is_found(forks: Pool) -> None:
    source = (
        "import os\n"
        "def render(context):\n"
        "    if context['n'] == 6: os._exit(1)\n"
        "    return str(context['n'])\n"
        "def render_many(contexts):\n"
        "    return [render(one) for one in contexts]\n"
    )
    seen = await render(forks, source, numbered(20))
    assert seen.html == [None if n == 6 else str(n) for n in range(20)]
    assert seen.only_failure.kind == "died"


async def test_a_bad_value_among_many_fails_alone(forks: Pool) -> None:
    source = (
        "def render(context):\n    return None if context['n'] == 2 else 'one'\n"
        "async def render_many(contexts, posts, named):\n"
        "    return [None if c['n'] == 2 else f\"{p['t']}{n['x']}\"\n"
        "            for c, p, n in zip(contexts, posts, named)]\n"
    )
    items = [BatchItem(0, {"n": n}, {"t": "T"}, {"x": n}) for n in range(4)]
    seen = await render(forks, source.replace("(context)", "(context, *, x)"), items)
    assert seen.html == ["T0", "T1", None, "T3"]
    assert "returned None" in seen.only_failure.error.message


# The API.


async def test_macros_call_the_api_and_the_host_knows_for_which_item(forks: Pool) -> None:
    asked: list[tuple[int, ...]] = []

    async def answer(call: Call, indexes: Sequence[int]) -> Returned | Refusal:
        (slug,) = decode(call.arguments)
        if slug == "s7":
            return Refusal(call.call_id, "LookupError", "no post s7")
        asked.append((int(slug[1:]), *indexes))
        return Returned(call.call_id, {"title": slug.upper()})

    source = (
        "import app\ndef render(context):\n    return app.posts.get(f\"s{context['n']}\").title\n"
    )
    seen = await render(forks, source, numbered(60), jobs=2, functions=answer)
    assert seen.html == [None if n == 7 else f"S{n}" for n in range(60)]
    assert seen.only_failure.error.type == "LookupError"
    assert sorted(asked) == [(n, n) for n in range(60) if n != 7]


async def test_a_call_that_nobody_answers_costs_its_item(forks: Pool) -> None:
    async def answer(call: Call, indexes: Sequence[int]) -> Returned | Refusal:
        if list(indexes) == [2]:
            await anyio.sleep_forever()
        return Returned(call.call_id, "given")

    source = "import app\ndef render(context):\n    return app.posts.get('x')\n"
    limits = replace(LIMITS, wall_s=0.3)
    seen = await render(forks, source, numbered(5), functions=answer, limits=limits)
    assert seen.html == ["given", "given", None, "given", "given"]
    assert seen.only_failure.kind == "timeout"


# Lies.

FORGE = (
    "import os, struct, sys\n"
    "chunks = sys.modules['engine.child.chunks']\n"
    "def send(body):\n    os.write(4, struct.pack('>I', len(body)) + body)\n"
    "def ended(position, html):\n"
    "    send(chunks.encoder.encode(chunks.Ended(position, chunks.Rendered(html))))\n"
)


@pytest.mark.parametrize(
    "does",
    [
        "ended(77, 'forged')",
        "ended(-1, 'forged')",
        "[ended(i, 'forged') for i in range(300)]",
        "send(b'garbage')",
        "send(b'')",
        "os.write(4, b'\\xff' * 64)",
        "send(chunks.encoder.encode(chunks.Done(1, 1)))",
        "send(chunks.encoder.encode({'type': 'ended', 'position': 0}))",
        "send(chunks.encoder.encode({'type': 'loaded', 'macro': 99, 'line': -5}))",
        "send(chunks.encoder.encode({'type': 'alone', 'position': 99}))",
        "send(chunks.encoder.encode({'type': 'refused', 'layer': 'x', 'words': 'y'}))",
        "send(b'\\x91' * 100000)",
    ],
)
async def test_a_lie_fails_its_item_only(forks: Pool, does: str) -> None:
    seen = await render(forks, spoilt(11, does, FORGE), numbered(30))
    assert {n: html for n, html in enumerate(seen.html) if n != 11} == {
        n: str(n) for n in range(30) if n != 11
    }
    (failure,) = [seen.outcomes[11]]
    assert isinstance(failure, ItemFailed)
    assert failure.kind == "died"


async def test_a_lie_about_itself_is_nobody_elses_loss(forks: Pool) -> None:
    seen = await render(forks, spoilt(11, "ended(n % 8, 'forged')", FORGE), numbered(30))
    for n, html in enumerate(seen.html):
        assert html == str(n) or n == 11


async def test_a_flood_is_cut_off(forks: Pool) -> None:
    does = "while True: send(chunks.encoder.encode(chunks.Loading(0)))"
    limits = replace(LIMITS, wall_s=1)
    seen = await render(forks, spoilt(2, does, FORGE), numbered(4), limits=limits)
    assert seen.html == ["0", "1", None, "3"]


# What is printed, counted, bounded.


async def test_what_macros_print_is_kept_beside_the_results(forks: Pool) -> None:
    source = (
        "import sys\ndef render(context):\n    print('out', context['n'])\n"
        "    print('err', context['n'], file=sys.stderr)\n    return str(context['n'])"
    )
    seen = await render(forks, source, numbered(20))
    assert seen.html == [str(n) for n in range(20)]
    out = b"".join(data for stream, data in seen.batch.output if stream == "stdout").decode()
    err = b"".join(data for stream, data in seen.batch.output if stream == "stderr").decode()
    assert out.splitlines() == [f"out {n}" for n in range(20)]
    assert err.splitlines() == [f"err {n}" for n in range(20)]
    assert seen.batch.dropped_bytes == 0


async def test_what_is_printed_is_bounded_and_what_is_missing_told(forks: Pool) -> None:
    source = "def render(context):\n    print('x' * 100_000)\n    return ''"
    seen = await render(forks, source, numbered(50))
    kept = sum(len(data) for _, data in seen.batch.output)
    assert kept <= 256 * 1024
    assert kept + seen.batch.dropped_bytes == 50 * 100_001


async def test_counters_count_by_macro(forks: Pool) -> None:
    macros = [code(PLAIN, "good"), code("def render(context):\n    raise ValueError", "bad")]
    items = [BatchItem("bad" if n % 4 == 0 else "good", {"n": n}) for n in range(100)]
    seen = await render(forks, macros, items)
    figures = {one.name: one for one in seen.counters.figures()}
    assert (figures["good"].calls, figures["good"].errors) == (75, 0)
    assert (figures["bad"].calls, figures["bad"].errors) == (25, 25)
    assert (figures["good"].cache_hits, figures["bad"].cache_hits) == (74, 24)
    seen.counters.reset()
    assert seen.counters.as_json() == []


async def test_items_are_taken_only_as_fast_as_outcomes_are(forks: Pool) -> None:
    taken = itertools.count()

    def items() -> Iterable[BatchItem]:
        while True:
            yield BatchItem(0, {"n": next(taken)})

    async with (
        LocalKernels(forks, jobs=1) as executor,
        rendering(items(), [code(PLAIN)], executor) as batch,
    ):
        outcomes = aiter(batch)
        for _ in range(1000):
            await anext(outcomes)
        await outcomes.aclose()
        assert batch.asked < 12_000
    assert next(taken) < 12_000


# The end.


@pytest.mark.parametrize("does", ["while True: pass", "import time; time.sleep(60)"])
async def test_leaving_ends_everything_at_once(forks: Pool, does: str) -> None:
    source = f"def render(context):\n    if context['n'] == 60:\n        {does}\n    return 'x'"
    before = set(descendants(os.getpid()))
    with anyio.fail_after(10):
        async with LocalKernels(forks, jobs=2) as executor:
            async with rendering(numbered(100), [code(source)], executor) as batch:
                outcomes = aiter(batch)
                for _ in range(5):
                    await anext(outcomes)
                await outcomes.aclose()
            # The same kernels, or others, go on with the next batch.
            async with rendering(numbered(5), [code(source)], executor) as batch:
                assert len([one async for one in batch]) == 5
            kernels = set(descendants(os.getpid())) - before
    assert kernels

    def are_gone() -> bool:
        stay = {_zygote_pid(forks)} | _idle_pids(forks)
        return all(pid in stay for pid, _ in alive(kernels))

    await until(are_gone)


def _zygote_pid(pool: Pool) -> int:
    source = pool._source
    assert isinstance(source, Forks)
    assert source._zygote is not None
    return source._zygote._child.pid


def _idle_pids(pool: Pool) -> set[int]:
    return {kernel.ready.pid for kernel in pool._idle}


async def test_kernels_are_replaced_when_they_are_old(
    forks: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lane_module, "LIFE_S", 0.0)
    source = "import os\ndef render(context):\n    return str(os.getpid())"
    seen = await render(forks, source, numbered(100))
    assert None not in seen.html
    assert len(set(seen.html)) > 1


async def test_batches_run_without_the_sandbox_too(tmp_path: Path) -> None:
    async with Pool(1, is_sandboxed=False) as pool:
        source = spoilt(2, f"open({str(tmp_path / 'x')!r}, 'w').close()")
        assert (await render(pool, source, numbered(4))).html == ["0", "1", "2", "3"]
    assert (tmp_path / "x").exists()
