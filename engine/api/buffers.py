"""Memory that scripts and Inkstand share without a copy: arrays with a name."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Annotated, NoReturn

import anyio
import anyio.to_thread
from msgspec import Meta

from engine.api.registry import ApiError, reads, writes
from engine.api.session import Session
from engine.api.shapes import Buffer as BufferRow
from engine.api.shapes import Data, Media, media_row
from engine.kernel.buffers import MAX_DIMENSIONS, Buffer, BufferRefused

Names = Annotated[list[str], Meta(max_length=200)]
Shape = Annotated[list[int], Meta(max_length=4 * MAX_DIMENSIONS)]


@writes
async def create(
    session: Session,
    name: str,
    shape: Shape,
    dtype: str = "uint8",
    *,
    replace: bool = False,
) -> Data:
    """Make a buffer. A script gets the array itself.

    Args:
        name: Letters, digits, dots, hyphens and underscores, up to 64.
        shape: How many items it has in each direction.
        dtype: What they are: a numpy name such as `uint8` or `float64`.
        replace: Whether a buffer of that name goes; else it is a FileExistsError.

    Raises:
        BufferError: The run or the project has too many.

    Example:
        pixels = app.buffers.create("sky", (4, 6, 3), "uint8")
        memoryview(pixels).cast("B")[:] = bytes(range(72))
        app.output.image(pixels)
    """
    try:
        made = session.workspace.runs.buffers.create(
            name, shape, dtype, session.run_id, is_replacing=replace
        )
    except BufferRefused as error:
        _raise("create", error)
    try:
        return _handed_over(session, made, "create", is_writable=True)
    except ApiError:
        session.workspace.runs.buffers.delete(name)
        raise


@reads
async def open_(session: Session, name: str, *, writable: bool = False) -> Data:
    """Open a buffer that this or another script has made. A script gets the array itself.

    Args:
        name: The buffer's.
        writable: Whether it may be changed; that takes the right to write.

    Raises:
        LookupError: There is none.

    Example:
        app.buffers.create("steps", 3, "int64")[1] = 7
        print(list(app.buffers.open("steps")))
    """
    if writable and "write" not in session.may:
        raise ApiError(
            f"buffers.open(): writable=True needs the right to change the project, which "
            f"{session.who} do not have. Without it they can read the buffer",
            "PermissionError",
        )
    return _handed_over(session, _found(session, name, "open"), "open", is_writable=writable)


@reads
async def list_(session: Session) -> list[BufferRow]:
    """List the buffers there are; they go when the project is closed.

    Example:
        for one in app.buffers.list():
            print(one.name, one.shape, one.dtype, one.size)
    """
    return [_row(one) for one in session.workspace.runs.buffers]


@writes
async def delete(session: Session, name: str) -> bool:
    """Delete a buffer. A script that has it open keeps it until its run ends.

    Args:
        name: The buffer's.

    Raises:
        LookupError: There is none.

    Example:
        app.buffers.create("scratch", 1000, "float32")
        app.buffers.delete("scratch")
    """
    try:
        session.workspace.runs.buffers.delete(name)
    except BufferRefused as error:
        _raise("delete", error)
    return True


@writes
async def save_as_media(
    session: Session,
    name: str,
    file_name: str,
    *,
    title: str = "",
    alt: str = "",
    caption: str = "",
    author: str = "",
    tags: Names = [],  # noqa: B006 - never changed; the stub shows it
) -> Media:
    """Save a buffer as a picture among the media: a PNG with its sidecar.

    Args:
        name: The buffer's: `uint8` of (rows, columns), (rows, columns, 3) or (rows, columns, 4).
        file_name: The picture's original name; it ends in .png.
        title: What people read.
        alt: What it shows, for who cannot see it.
        caption: What stands below it.
        author: Who made it.
        tags: Its tags.

    Raises:
        LookupError: There is no such buffer.

    Example:
        app.buffers.create("dot", (2, 2), "uint8")[0, 0] = 255
        saved = app.buffers.save_as_media("dot", "dot.png", alt="a dot")
        assert (saved.mime_type, saved.width) == ("image/png", 2)
    """
    from engine.png import MAX_PICTURE_BYTES, write_png

    found = _found(session, name, "save_as_media")
    picture = PurePosixPath(file_name.replace("\\", "/")).name
    if not picture.lower().endswith(".png") or len(picture.encode()) > 200:
        raise ApiError(
            f"buffers.save_as_media(): file_name: {file_name[:80]!r} does not end in .png"
        )
    check_picture(found, "buffers.save_as_media")
    if found.size > MAX_PICTURE_BYTES:
        raise ApiError(
            f"buffers.save_as_media(): the buffer {name!r} has {found.size:,} bytes, and a picture "
            f"is made of at most {MAX_PICTURE_BYTES:,}; save a smaller one"
        )
    async with anyio.TemporaryDirectory(prefix="inkstand-media-") as folder:
        source = Path(folder) / picture
        with found.view() as view:
            await anyio.to_thread.run_sync(write_png, source, view)
        medium = await session.workspace.media.import_file(
            source, title=title, alt=alt, caption=caption, author=author, tags=tags
        )
    path = medium.path.relative_to(session.workspace.project.root).as_posix()
    return media_row(path, medium.facts)


def found_picture(session: Session, name: str, function: str) -> Buffer:
    """Return a buffer that is a picture, for a function that shows one.

    Raises:
        ApiError: There is none, or it is no picture.
    """
    try:
        found = session.workspace.runs.buffers.get(name)
    except BufferRefused as error:
        raise ApiError(f"{function}(): {error}", error.kind) from error
    check_picture(found, function)
    return found


def check_picture(buffer: Buffer, function: str) -> None:
    """Refuse what is no picture of bytes.

    Raises:
        ApiError: It is none.
    """
    shape = buffer.shape
    is_picture = len(shape) == 2 or (len(shape) == 3 and shape[2] in (3, 4))
    if buffer.dtype != "uint8" or not is_picture:
        raise ApiError(
            f"{function}(): the buffer {buffer.name!r} is {buffer.dtype} of the shape {shape}; a "
            "picture is uint8 of (rows, columns), (rows, columns, 3) or (rows, columns, 4)"
        )


def _found(session: Session, name: str, function: str) -> Buffer:
    try:
        return session.workspace.runs.buffers.get(name)
    except BufferRefused as error:
        _raise(function, error)


def _handed_over(session: Session, buffer: Buffer, function: str, *, is_writable: bool) -> Data:
    if session.give is None:
        raise ApiError(f"buffers.{function}(): only a script can have the array", "RuntimeError")
    try:
        serial = session.workspace.runs.buffers.give(
            buffer, session.run_id, session.give, is_writable=is_writable
        )
    except BufferRefused as error:
        _raise(function, error)
    return {**_row(buffer), "writable": is_writable, "serial": serial}


def _row(buffer: Buffer) -> BufferRow:
    return {
        "name": buffer.name,
        "shape": list(buffer.shape),
        "dtype": buffer.dtype,
        "size": buffer.size,
    }


def _raise(function: str, error: BufferRefused) -> NoReturn:
    raise ApiError(f"buffers.{function}(): {error}", error.kind) from error
