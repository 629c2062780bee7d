"""Chunks of a batch: what is shared stands in them once, and they are of a size that fits."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from engine.child.chunks import Rendered
from engine.child.msgspec_core import decode, encode
from engine.kernel.chunk import Chunk, ChunkResult, SharedPart, sizes_behind
from engine.render.batch import BatchItem, MacroCode
from engine.render.packing import ItemTooLarge, Packer

PLAIN = b"def render(context):\n    return ''\n"
MANY = PLAIN + b"def render_many(contexts):\n    return []\n"


def packed(macros: list[MacroCode], items: list[BatchItem]) -> Chunk:
    packer = Packer(macros)
    for item in items:
        packer.add(item)
    chunk = packer.taken()
    assert chunk is not None
    return chunk


def test_a_post_stands_once_and_so_does_what_contexts_share() -> None:
    post, other = {"id": 1}, {"id": 2}
    env = SharedPart("env", encode({"env": {}}))
    data = SharedPart("data", encode({"data": {}}))
    one, both = (env,), (env, data)
    items = [
        BatchItem("m", {}, post, {}, one),
        BatchItem("m", {}, post, {}, both),
        BatchItem("m", {}, other, {"size": 3}, one),
        BatchItem("m", {}),
    ]
    chunk = packed([MacroCode("m", PLAIN, "m.py")], items)
    assert [decode(one) for one in chunk.posts] == [post, other]
    assert [part.id for part in chunk.parts] == ["env", "data"]
    assert chunk.shares == ((0,), (0, 1))
    heads = [decode(one)[:3] for one in chunk.items]
    assert heads == [[0, 0, 0], [0, 0, 1], [0, 1, 0], [0, -1, -1]]
    assert decode(chunk.items[2])[4] == {"size": 3}
    assert chunk.sizes == ()


def test_what_is_rendered_together_stands_together() -> None:
    macros = [MacroCode("plain", PLAIN, "p.py"), MacroCode("many", MANY, "m.py")]
    items = [BatchItem(name, {"n": n}) for n, name in enumerate(["plain", "many"] * 3)]
    chunk = packed(macros, items)
    assert chunk.indexes == (0, 1, 3, 5, 2, 4)
    assert chunk.sizes == (1, 3, 1, 1)
    assert chunk.calls == (0, 1, 1, 1, 0, 0)


def test_what_is_left_of_a_chunk() -> None:
    macros = [MacroCode("plain", PLAIN, "p.py"), MacroCode("many", MANY, "m.py")]
    items = [BatchItem(name, {"n": n}) for n, name in enumerate(["plain", "many"] * 3)]
    left = packed(macros, items).without_first(2)
    assert left.indexes == (3, 5, 2, 4)
    assert left.sizes == (1, 1, 1, 1), "a torn group falls apart"
    assert sizes_behind([2, 3], 2) == [3]
    assert sizes_behind([], 2) == []


def test_chunks_and_results_pickle() -> None:
    chunk = packed([MacroCode("m", PLAIN, "m.py")], [BatchItem("m", {"n": 1}, {"id": 1})])
    assert pickle.loads(pickle.dumps(chunk)) == chunk
    result = ChunkResult([Rendered("<p>", 5, ["w"], encode({"a": 1}))])
    again = pickle.loads(pickle.dumps(result))
    assert again == result
    assert again.outcomes[0].data == {"a": 1}


def test_a_chunk_is_full_by_its_bytes() -> None:
    packer = Packer([MacroCode("m", PLAIN, "m.py")])
    assert packer.add(BatchItem(0, {"x": "x" * 200_000}))


def test_a_large_post_goes_with_its_calls_and_not_with_each() -> None:
    packer = Packer([MacroCode("m", PLAIN, "m.py")])
    post, other = {"content": "x" * 500_000}, {"content": "y" * 500_000}
    assert [packer.add(BatchItem(0, {}, post)) for _ in range(3)] == [False] * 3
    assert packer.add(BatchItem(0, {}, other))
    chunk = packer.taken()
    assert chunk is not None
    assert (len(chunk.items), len(chunk.posts)) == (4, 2)


def test_chunks_adapt_to_how_long_calls_take() -> None:
    def size_after(took_ns: int, given_bytes: int) -> int:
        packer = Packer([MacroCode("m", PLAIN, "m.py")])
        for _ in range(5):
            packer.learn(ChunkResult([Rendered("")] * 8, given_bytes=given_bytes), took_ns * 8)
        packer.taken()
        count = 1
        while not packer.add(BatchItem(0, {})):
            count += 1
        return count

    assert size_after(1_000, 100) == 256
    assert size_after(1_000_000_000, 100) == 1
    assert 3 <= size_after(1_000_000, 100) <= 10
    assert size_after(1_000, 8 * 1024 * 1024) == 1


@pytest.mark.parametrize(
    ("context", "error"),
    [
        ({"x": object()}, TypeError),
        ({"x": 1 << 70}, OverflowError),
        ({"x": "x" * (17 << 20)}, ItemTooLarge),
    ],
)
def test_what_cannot_be_packed_is_refused(context: dict[str, Any], error: type[Exception]) -> None:
    packer = Packer([MacroCode("m", PLAIN, "m.py")])
    with pytest.raises(error):
        packer.add(BatchItem(0, context))
    assert packer.taken() is None


@pytest.mark.parametrize("macro", ["x", -1, 1])
def test_unknown_macros_are_refused(macro: str | int) -> None:
    with pytest.raises(LookupError):
        Packer([MacroCode("m", PLAIN, "m.py")]).add(BatchItem(macro, {}))
