"""Buffers in scripts: arrays that two scripts and the host share, who may do what, pictures."""

from __future__ import annotations

import json
import os
import struct
import zlib
from pathlib import Path

import anyio
import anyio.to_thread
import msgspec
import pytest

from engine.api.functions import registry
from engine.api.session import Session
from engine.child.protocol import Call, Refusal, Returned
from engine.kernel.buffers import MAX_RUN_BYTES
from engine.png import write_png
from engine.workspace import Workspace, open_workspace
from tests.api.conftest import run
from tests.api.test_image import DRAWN
from tests.holding import until

MAKES = """
import app
pixels = app.buffers.create("picture", (2, 2, 3))
memoryview(pixels).cast("B")[:] = bytes([255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255])
"""


async def test_one_script_makes_what_another_sees(workspace: Workspace) -> None:
    assert (await run(workspace, MAKES)).error == ""
    source = """
import app
pixels = app.buffers.open("picture")
print(pixels.shape, pixels.readonly, pixels[0, 0, 0], pixels[1, 1, 2])
print(app.buffers.list())
try:
    pixels[0, 0, 0] = 1
except TypeError as error:
    print(error)
"""
    for kind in ("utility", "macro", "transform"):
        seen = await run(workspace, source, kind=kind)
        assert seen.printed.splitlines() == [
            "(2, 2, 3) True 255 255",
            "[Record(name='picture', shape=[2, 2, 3], dtype='uint8', size=12)]",
            "cannot modify read-only memory",
        ]


async def test_a_picture_is_shown_as_an_array_and_by_its_name(workspace: Workspace) -> None:
    shows = "app.output.image(pixels)\napp.output.image('picture')\n"
    seen = await run(workspace, MAKES + shows)
    assert (seen.error, seen.printed) == ("", f"{DRAWN}\n{DRAWN}\n")
    seen = await run(workspace, "import app\napp.output.image('picture')\n", kind="macro")
    assert seen.printed == f"{DRAWN}\n"


async def test_it_is_saved_as_a_picture(workspace: Workspace) -> None:
    saves = "print(app.buffers.save_as_media('picture', 'four.png', alt='four points').path)"
    seen = await run(workspace, MAKES + saves)
    assert seen.error == ""
    path = workspace.project.root / seen.printed.strip()
    assert pixels_of(path) == bytes(
        [0, 255, 0, 0, 0, 255, 0, 0, 0, 0, 255, 255, 255, 255]  # a zero before each row
    )
    (saved,) = [one for one in await workspace.catalog.media() if one[1].alt == "four points"]
    assert path == workspace.project.root / saved[0].removesuffix(".meta")
    assert list(workspace.runs.shown_changes(seen.run)) == ["created"]
    assert await workspace.runs.take_back(seen.run) == []
    assert not path.exists()


async def test_a_dry_run_makes_a_buffer_and_saves_nothing(workspace: Workspace) -> None:
    before = len(await workspace.catalog.media())
    saves = "print(app.buffers.save_as_media('picture', 'four.png').width)"
    seen = await run(workspace, MAKES + saves, is_dry=True)
    assert (seen.error, seen.printed) == ("", "2\n")
    assert len(await workspace.catalog.media()) == before
    assert list(workspace.runs.shown_changes(seen.run)) == ["created"]


async def test_a_picture_being_written_can_be_left(tmp_path: Path) -> None:
    view = memoryview(os.urandom(48 << 20)).cast("B", (4096, 4096, 3))
    async with anyio.create_task_group() as group:
        group.start_soon(anyio.to_thread.run_sync, write_png, tmp_path / "x.png", view)
        await until((tmp_path / "x.png").exists)
        group.cancel_scope.cancel()
    assert not (tmp_path / "x.png").read_bytes().endswith(b"IEND\xaeB`\x82")


def pixels_of(path: Path) -> bytes:
    """The rows of a PNG, all its checksums looked at."""
    data, body = path.read_bytes(), b""
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    at = 8
    while at < len(data):
        (size,) = struct.unpack_from(">I", data, at)
        chunk = data[at + 4 : at + 8 + size]
        assert struct.unpack_from(">I", data, at + 8 + size) == (zlib.crc32(chunk),)
        body += chunk[4:] if chunk.startswith(b"IDAT") else b""
        at += 12 + size
    return zlib.decompress(body)


@pytest.mark.parametrize("shape", [(3, 5), (700, 900, 3), (2, 3, 4), (1, 1)])
async def test_every_shape_of_picture_is_written_whole(
    tmp_path: Path, shape: tuple[int, ...]
) -> None:
    rows, row_bytes = shape[0], shape[1] * (*shape, 1)[2]
    data = bytes(at * 7 % 251 for at in range(rows * row_bytes))
    view = memoryview(data).cast("B", shape)
    path = tmp_path / "x.png"
    await anyio.to_thread.run_sync(write_png, path, view)
    lines = [data[at : at + row_bytes] for at in range(0, len(data), row_bytes)]
    assert pixels_of(path) == b"".join(b"\0" + line for line in lines)
    header = path.read_bytes()[16:29]
    colour = {1: 0, 3: 2, 4: 6}[(*shape, 1)[2]]
    assert struct.unpack(">IIBBBBB", header) == (shape[1], rows, 8, colour, 0, 0, 0)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("create('a b', 3)", "ValueError: buffers.create(): name: 'a b' is none"),
        ("create(5, 3)", "TypeError: buffers.create(): name "),
        ("create('x', 'wide')", "TypeError: buffers.create(): shape"),
        ("create('x', 2.5)", "TypeError: buffers.create(): shape"),
        ("create('x', ())", "ValueError: buffers.create(): shape: it has 0 numbers"),
        ("create('x', (2, -1))", "ValueError: buffers.create(): shape: (2, -1) has a number below"),
        ("create('x', 10 ** 30)", "ValueError: buffers.create(): shape: "),
        ("create('x', 2, 'float16')", "ValueError: buffers.create(): dtype: 'float16' is none of"),
        ("create('x', 2, '>f4')", "ValueError: buffers.create(): dtype: '>f4' is none of"),
        ("create('x', 2, complex)", "ValueError: buffers.create(): dtype: 'complex' is none of"),
        ("create('x', 2, 5)", "TypeError: buffers.create(): dtype "),
        ("create('picture', 2)", "FileExistsError: buffers.create(): there is a buffer 'picture'"),
        ("open('pictures')", "LookupError: buffers.open(): there is no buffer 'pictures'. Did you"),
        ("delete('none')", "LookupError: buffers.delete(): there is no buffer 'none'"),
        ("save_as_media('none', 'x.png')", "LookupError: buffers.save_as_media(): there is no"),
        ("save_as_media('picture', 'x.gif')", "ValueError: buffers.save_as_media(): file_name: "),
        (
            "save_as_media('line', 'x.png')",
            "ValueError: buffers.save_as_media(): the buffer 'line'",
        ),
    ],
)
async def test_a_wrong_call_says_what_is_wrong(workspace: Workspace, call: str, error: str) -> None:
    seen = await run(workspace, f"{MAKES}app.buffers.create('line', 3)\napp.buffers.{call}\n")
    assert seen.error.startswith(error)


async def test_the_sample_draws_its_picture_and_keeps_it(workspace: Workspace) -> None:
    script = await workspace.find_script("mandelbrot")
    seen = await run(workspace, script.source.decode(), entrypoint="draw", args=["set.png"])
    assert seen.error == ""
    assert seen.printed.count("\n") == 26, "78 columns of a picture of three to two, two to a line"
    result = json.loads(seen.finished.result)
    (drawn,) = workspace.runs.buffers
    assert drawn.shape == (result["height"], result["width"], 3)
    with drawn.view() as view:
        middle, corner = result["height"] // 2, result["width"] // 2 + result["width"] // 8
        assert [view[middle, corner, at] for at in range(3)] == [0, 0, 0], "inside"
        assert view[0, 0, 2] > 80, "far outside"
        rows = view.tobytes()
    row_bytes = result["width"] * 3
    lines = [rows[at : at + row_bytes] for at in range(0, len(rows), row_bytes)]
    path = workspace.project.root / result["saved"]
    assert pixels_of(path) == b"".join(b"\0" + line for line in lines)
    again = await run(workspace, script.source.decode(), entrypoint="draw", kind="utility")
    assert again.error == ""


async def test_a_name_of_no_picture_is_told(workspace: Workspace) -> None:
    source = "import app\napp.buffers.create('line', 3, float)\napp.output.image('line')\n"
    seen = await run(workspace, source)
    assert seen.error.startswith(
        "ValueError: output.image(): the buffer 'line' is float64 of the shape (3,); a picture is "
    )


async def test_kinds_of_items_have_many_names(workspace: Workspace) -> None:
    source = """
import app
for number, kind in enumerate((int, float, bool, "int", "uint16", "float32")):
    print(app.buffers.create(f"x{number}", [2], kind).format, end=" ")
"""
    assert (await run(workspace, source)).printed == "q d ? q H f "


@pytest.mark.parametrize(
    "call",
    [
        "create('x', 2)",
        "delete('picture')",
        "open('picture', writable=True)",
        "save_as_media('picture', 'x.png')",
    ],
)
async def test_a_macro_reads_and_no_more(workspace: Workspace, call: str) -> None:
    await run(workspace, MAKES)
    seen = await run(workspace, f"import app\napp.buffers.{call}\n", kind="macro")
    assert seen.error.startswith("PermissionError: ")
    assert "change the project, which macros do not have" in seen.error
    assert [one.name for one in workspace.runs.buffers] == ["picture"]


async def test_who_reads_only_holds_nothing_to_write_by(workspace: Workspace) -> None:
    await run(workspace, MAKES)
    # Past `app`, with the mark that the host looks at forged.
    source = """
import mmap
from engine.child import buffers, calls
answer = calls.call("buffers.open", "picture")
fd = buffers.Inlet()._take(answer["serial"])
for protection in (mmap.PROT_READ, mmap.PROT_READ | mmap.PROT_WRITE):
    try:
        print(mmap.mmap(fd, answer["size"], mmap.MAP_SHARED, protection)[0])
    except OSError as error:
        print(error.strerror)
"""
    seen = await run(workspace, source, kind="macro")
    assert seen.printed == "255\nPermission denied\n"


async def test_a_run_may_make_so_much(workspace: Workspace) -> None:
    source = f"""
import app
app.buffers.create("x", {MAX_RUN_BYTES})
app.buffers.delete("x")
app.buffers.create("y", 1)
"""
    seen = await run(workspace, source)
    assert seen.error.startswith("BufferError: buffers.create(): 1 bytes are too many: a run may")
    # What it held is free now that it has ended.
    assert (await run(workspace, "import app\napp.buffers.create('y', 1)\n")).error == ""


async def test_a_deleted_one_stays_with_who_has_it(workspace: Workspace) -> None:
    source = MAKES + "app.buffers.delete('picture')\nprint(pixels[0, 0, 0], app.buffers.list())\n"
    assert (await run(workspace, source)).printed == "255 []\n"


async def test_they_end_with_the_project(blog: Path) -> None:
    async with open_workspace(blog) as workspace:
        await run(workspace, MAKES)
        (made,) = workspace.runs.buffers
        view = made.view()
    assert list(workspace.runs.buffers) == []
    assert view[0, 0, 0] == 255, "who still looks is not hurt"
    async with open_workspace(blog) as workspace:
        assert list(workspace.runs.buffers) == []


async def test_without_a_script_there_is_no_array(workspace: Workspace) -> None:
    def call(function: str, *arguments: object) -> Call:
        encode = msgspec.msgpack.encode
        packed = msgspec.Raw(encode(arguments)), msgspec.Raw(encode({}))
        return Call(1, function, *packed)

    session = Session(workspace, frozenset({"read", "write"}), "utilities")
    for function, arguments in (("create", ("x", [2])), ("open", ("picture",))):
        await run(workspace, MAKES.replace("3))", "3), replace=True)"))
        refusal = await session.answer(registry(), call(f"buffers.{function}", *arguments))
        assert isinstance(refusal, Refusal)
        assert refusal.message == f"buffers.{function}(): only a script can have the array"
    assert [one.name for one in workspace.runs.buffers] == ["picture"]
    assert await session.answer(registry(), call("output.image", "picture")) == Returned(1, DRAWN)
