"""Importing media, changing their sidecars and files; failures leave all as it was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store import files, media_changes
from store.files import ConflictError, FileError, Stamp
from store.media import Media, read_media
from store.media_changes import create_translation, import_media, replace_file, update_media
from store.one_line import clean
from store.project import Project
from tests.unit.store.conftest import put
from tests.unit.store.test_media_size import GIF, JPEG, png

NOW = datetime(2026, 3, 1, 10, 5, tzinfo=UTC)
LATER = NOW + timedelta(days=40)
OLD = """---
id: m1
originalName: "a.png"
mimeType: image/png
size: 3
camera: Leica
createdAt: 2026-03-01T10:00:00.000Z
updatedAt: 2026-03-01T10:00:00.000Z
tags: ["One", two]
---"""


def source(tmp_path: Path, name: str = "Über uns.PNG", data: bytes | None = None) -> Path:
    path = tmp_path / name
    path.write_bytes(png(4, 3) if data is None else data)
    return path


def old_media(project: Project, text: str = OLD) -> Media:
    put(project, "media/2026/03/m1.png", png())
    return read_media(put(project, "media/2026/03/m1.png.meta", text))


def everything(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def fail_at(monkeypatch: pytest.MonkeyPatch, ending: str) -> None:
    """Let the disk be full when a file of that name is written."""
    real = files.write

    def failing(path: Path, data: bytes, *, expected: Stamp | None) -> Stamp:
        if path.name.endswith(ending):
            raise FileError(path, "no space left on device", action="write")
        return real(path, data, expected=expected)

    monkeypatch.setattr(files, "write", failing)


def test_an_imported_picture_lies_beside_its_sidecar(project: Project, tmp_path: Path) -> None:
    path = source(tmp_path)
    media = import_media(
        project,
        path,
        title='Say "hi"\nthere',
        alt="",
        caption="C:\\temp",
        author="Ann",
        tags=["b", " a ", "B", "", "a, [x]"],
        language="de",
        now=NOW,
    )
    assert media.binary.read_bytes() == path.read_bytes()
    assert media.path.parent == project.media_dir / "2026" / "03"
    assert media.binary.name == f"{media.facts.id}.png"
    assert media.path.read_text() == (
        f'---\nid: {media.facts.id}\noriginalName: "Über uns.PNG"\nmimeType: image/png\n'
        f"size: {path.stat().st_size}\nwidth: 4\nheight: 3\n"
        'title: "Say \\"hi\\" there"\ncaption: "C:\\\\temp"\nauthor: "Ann"\nlanguage: de\n'
        "createdAt: 2026-03-01T10:05:00.000Z\nupdatedAt: 2026-03-01T10:05:00.000Z\n"
        'tags: ["b", "a", "a, [x]"]\n---'
    )
    assert read_media(media.path) == media


def test_the_folder_is_the_month_that_the_sidecar_names(project: Project, tmp_path: Path) -> None:
    local = datetime(2026, 12, 31, 23, 30, tzinfo=timezone(timedelta(hours=-5)))
    media = import_media(project, source(tmp_path), now=local)
    assert media.facts.created_at == "2027-01-01T04:30:00.000Z"
    assert media.path.parent == project.media_dir / "2027" / "01"


@pytest.mark.parametrize(
    ("name", "data", "ending", "mime_type", "width"),
    [
        ("photo.jpeg", JPEG, ".jpeg", "image/jpeg", 640),
        ("photo.png", GIF, ".gif", "image/gif", 1),  # the content knows better
        ("photo", JPEG, ".jpg", "image/jpeg", 640),
        ("x.svg", b'<svg width="3" height="4"/>', ".svg", "image/svg+xml", 3),
        ("film.mp4", b"\0\0\0\x18ftyp", ".mp4", "video/mp4", 0),
        ("paper.PDF", b"%PDF-1.7", ".pdf", "application/pdf", 0),
        ("photo.heic", b"?", ".heic", "image/heic", 0),
        ("strange.a b", b"?", ".bin", "application/octet-stream", 0),
        ("nothing", b"", ".bin", "application/octet-stream", 0),
    ],
)
def test_the_type_comes_from_content_and_name(
    project: Project,
    tmp_path: Path,
    name: str,
    data: bytes,
    ending: str,
    mime_type: str,
    width: int,
) -> None:
    media = import_media(project, source(tmp_path, name, data))
    assert media.binary.read_bytes() == data
    facts = media.facts
    assert (media.binary.suffix, facts.mime_type, facts.width) == (ending, mime_type, width)
    assert (facts.original_name, facts.size) == (name, len(data))


def test_what_cannot_be_imported_says_why(project: Project, tmp_path: Path) -> None:
    huge = tmp_path / "huge.mp4"
    with huge.open("wb") as file:
        file.truncate(media_changes.MAX_BYTES + 1)  # a hole: it takes no space
    for path, words in (
        (huge, "it has 513 MB, more than the 512 that fit"),
        (tmp_path / "gone.png", "no such file"),
        (tmp_path, "is a directory"),
        (source(tmp_path, "a.png.meta"), "it is a sidecar"),
        (source(tmp_path, "page.jpg", b"<html>"), "its name says image/jpeg"),
    ):
        with pytest.raises(FileError, match=words):
            import_media(project, path)
    with pytest.raises(ValueError, match="written like `de`"):
        import_media(project, source(tmp_path), language="German")
    assert everything(project.media_dir) == {}


@pytest.mark.parametrize("ending", [".png", ".png.meta"])
def test_a_failed_import_leaves_neither_file(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    fail_at(monkeypatch, ending)
    with pytest.raises(FileError, match="no space left on device"):
        import_media(project, source(tmp_path))
    assert everything(project.media_dir) == {}


def test_an_update_touches_only_its_lines(project: Project) -> None:
    media = update_media(
        old_media(project),
        {"alt": "New\n", "tags": ["One", "three"], "linked_post_ids": ["p1"]},
        now=LATER,
    )
    assert media.path.read_text() == (
        OLD.replace("size: 3\n", 'size: 3\nalt: "New"\n')
        .replace("updatedAt: 2026-03-01T10:00", "updatedAt: 2026-04-10T10:05")
        .replace('["One", two]', '["One", "three"]\nlinkedPostIds: ["p1"]')
    )
    assert read_media(media.path) == media


def test_an_update_that_changes_nothing_writes_nothing(project: Project) -> None:
    media = old_media(project)
    before = media.path.stat()
    same = update_media(media, {"title": "", "tags": ("One", "two"), "author": ""})
    assert same is media
    assert update_media(media, {"tags": ["One", "two", "one"], "alt": " \n"}) is media
    assert update_media(media, {}) is media
    after = media.path.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_updates_of_what_changed_meanwhile_conflict(project: Project) -> None:
    media = old_media(project)
    media.path.write_text(OLD.replace("Leica", "Nikon"))
    with pytest.raises(ConflictError, match="another program changed it"):
        update_media(media, {"title": "x"})
    media.path.unlink()
    with pytest.raises(ConflictError, match="deleted or renamed"):
        update_media(media, {"title": "x"})


def test_fields_that_cannot_be_changed_are_refused(project: Project) -> None:
    media = old_media(project)
    translation = create_translation(media, "de")
    for one, changes, words in (
        (media, {"size": "5"}, "a sidecar has no field 'size'"),
        (media, {"title": ["x"]}, "title cannot be"),
        (media, {"tags": "x"}, "tags cannot be 'x'"),
        (media, {"language": "../x"}, "a language is written like"),
        (translation, {"tags": ["x"]}, "a translation has no field 'tags'"),
    ):
        with pytest.raises(ValueError, match=words):
            update_media(one, changes)
    with pytest.raises(FileError, match="originalName cannot be taken away"):
        update_media(media, {"original_name": ""})
    assert media.path.read_text() == OLD


def test_a_replaced_file_keeps_its_name(project: Project, tmp_path: Path) -> None:
    media = replace_file(old_media(project), source(tmp_path, "new.png", png(7, 8)), now=LATER)
    assert media.binary.read_bytes() == png(7, 8)
    assert media.path.read_text() == (
        OLD.replace('"a.png"', '"new.png"')
        .replace("size: 3\n", f"size: {len(png(7, 8))}\nwidth: 7\nheight: 8\n")
        .replace("updatedAt: 2026-03-01T10:00", "updatedAt: 2026-04-10T10:05")
    )
    before = everything(project.media_dir)
    assert replace_file(media, source(tmp_path, "other name.png", png(7, 8))) is media
    assert everything(project.media_dir) == before


def test_a_file_that_went_missing_can_be_put_back(project: Project, tmp_path: Path) -> None:
    media = old_media(project)
    media.binary.unlink()
    assert replace_file(media, source(tmp_path)).binary.read_bytes() == png(4, 3)


def test_a_file_of_another_type_replaces_nothing(project: Project, tmp_path: Path) -> None:
    media = old_media(project)
    before = everything(project.media_dir)
    with pytest.raises(FileError, match=r"image/gif, but the file it should replace ends in \.png"):
        replace_file(media, source(tmp_path, "a.gif", GIF))
    assert everything(project.media_dir) == before


@pytest.mark.parametrize("is_missing", [False, True])
def test_a_failed_replacement_leaves_both_files(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_missing: bool
) -> None:
    media = old_media(project)
    if is_missing:
        media.binary.unlink()
    before = everything(project.media_dir)
    fail_at(monkeypatch, ".meta")
    with pytest.raises(FileError, match="no space left on device"):
        replace_file(media, source(tmp_path))
    assert everything(project.media_dir) == before


def test_translations_are_sidecars_of_their_own(project: Project, tmp_path: Path) -> None:
    media = update_media(old_media(project), {"language": "en"})
    german = create_translation(media, "de", title="Über", caption='"Zitat"')
    assert german.path.name == "m1.png.de.meta"
    assert german.path.read_text() == (
        '---\ntranslationFor: m1\nlanguage: de\ntitle: "Über"\ncaption: "\\"Zitat\\""\n---'
    )
    assert german.binary == media.binary
    changed = update_media(german, {"alt": "Neu", "title": ""})
    assert changed.path.read_text() == (
        '---\ntranslationFor: m1\nlanguage: de\nalt: "Neu"\ncaption: "\\"Zitat\\""\n---'
    )
    with pytest.raises(ConflictError, match="it exists already"):
        create_translation(media, "de")
    with pytest.raises(ValueError, match="the medium's own texts are in 'en'"):
        create_translation(media, "en")
    with pytest.raises(ValueError, match="is a translation"):
        create_translation(german, "fr")
    with pytest.raises(ValueError, match="is a translation"):
        replace_file(german, source(tmp_path))


def test_a_translation_that_tells_its_time_gets_a_new_one(project: Project) -> None:
    old_media(project)
    text = "---\ntranslationFor: m1\nlanguage: de\nupdatedAt: 2026-03-01T10:00:00.000Z\n---\n"
    german = read_media(put(project, "media/2026/03/m1.png.de.meta", text))
    update_media(german, {"title": "T"}, now=LATER)
    assert german.path.read_text() == text.replace("de\n", 'de\ntitle: "T"\n').replace(
        "03-01T10:00", "04-10T10:05"
    )


@given(
    st.fixed_dictionaries(
        {}, optional={"title": st.text(), "caption": st.text(), "tags": st.lists(st.text())}
    )
)
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_asked_is_written_and_read_again(
    project: Project, changes: dict[str, str | list[str]]
) -> None:
    (project.media_dir / "2026").mkdir(exist_ok=True)
    media = update_media(old_media(project), changes)
    assert read_media(media.path) == media
    assert update_media(media, changes) is media
    for name in ("title", "caption"):
        asked = changes.get(name, "")
        assert isinstance(asked, str)
        assert getattr(media.facts, name) == clean(asked)
