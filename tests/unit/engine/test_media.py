"""Media of an open workspace: every write is in the index at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.workspace import Workspace
from store.files import ConflictError, FileError
from tests.unit.store.test_media_size import GIF, png


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    path.write_bytes(png(4, 3))
    return path


@pytest.fixture
def larger(tmp_path: Path) -> Path:
    path = tmp_path / "larger.png"
    path.write_bytes(png(9, 9))
    return path


async def titles(workspace: Workspace) -> dict[str, str]:
    return {
        Path(path).name.removeprefix(facts.id or facts.translation_for): facts.title
        for path, facts in await workspace.catalog.media()
    }


async def test_a_medium_lives_in_files_and_index(
    kernelless: Workspace, picture: Path, larger: Path
) -> None:
    media = kernelless.media
    medium = await media.import_file(picture, title="One", tags=["a", "b: c"], language="en")
    assert await titles(kernelless) == {".png.meta": "One"}
    medium = await media.update(medium, {"title": "Two"})
    assert await media.update(medium, {"title": "Two"}) is medium
    assert await media.load(kernelless.relative(medium.path)) == medium
    german = await media.create_translation(medium, "de", title="Zwei", alt="Grau")
    assert await titles(kernelless) == {".png.meta": "Two", ".png.de.meta": "Zwei"}
    german = await media.update(german, {"title": ""})
    assert await media.translations(medium) == [german]
    assert await titles(kernelless) == {".png.meta": "Two", ".png.de.meta": ""}
    medium = await media.replace_file(medium, larger)
    ((_, facts),) = [
        pair for pair in await kernelless.catalog.media() if not pair[1].translation_for
    ]
    assert (facts.width, facts.height, facts.tags) == (9, 9, ("a", "b: c"))


async def test_a_deleted_medium_comes_back(kernelless: Workspace, picture: Path) -> None:
    media = kernelless.media
    medium = await media.import_file(picture, title="One")
    german = await media.create_translation(medium, "de", title="Eins")
    await media.delete(german)
    assert await titles(kernelless) == {".png.meta": "One"}
    await media.delete(medium)
    assert await titles(kernelless) == {}
    assert not medium.binary.exists()
    assert await media.undo_delete() == await media.load(kernelless.relative(medium.path))
    assert medium.binary.read_bytes() == png(4, 3)
    assert await media.undo_delete() == await media.load(kernelless.relative(german.path))
    assert await titles(kernelless) == {".png.meta": "One", ".png.de.meta": "Eins"}
    assert await media.undo_delete() is None


async def test_an_unusable_translation_hides_no_other(kernelless: Workspace, picture: Path) -> None:
    medium = await kernelless.media.import_file(picture)
    french = await kernelless.media.create_translation(medium, "fr")
    medium.path.with_name(f"{medium.binary.name}.de.meta").write_text("broken")
    assert await kernelless.media.translations(medium) == [french]


async def test_failures_leave_files_and_index_as_they_were(
    kernelless: Workspace, picture: Path, tmp_path: Path
) -> None:
    media = kernelless.media
    medium = await media.import_file(picture, title="One")
    other = tmp_path / "other.gif"
    other.write_bytes(GIF)
    with pytest.raises(FileError, match="image/gif"):
        await media.replace_file(medium, other)
    with pytest.raises(FileError, match="no such file"):
        await media.import_file(tmp_path / "none.png")
    with pytest.raises(ValueError, match="written like"):
        await media.create_translation(medium, "../x")
    medium.path.write_text(medium.text.replace("One", "Theirs"))
    with pytest.raises(ConflictError):
        await media.update(medium, {"title": "Mine"})
    with pytest.raises(ConflictError):
        await media.delete(medium)
    assert await titles(kernelless) == {".png.meta": "One"}
    assert medium.binary.exists()
    assert await media.undo_delete() is None
