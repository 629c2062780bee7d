"""Deleting media with all that belongs to them, and bringing them back."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from store import files
from store.files import ConflictError, FileError
from store.media import Media, read_media
from store.media_trash import delete_media, restore_media, translations_of
from store.project import Project
from tests.unit.store.conftest import put
from tests.unit.store.test_media_changes import everything, old_media

TRANSLATION = "---\ntranslationFor: m1\nlanguage: de\n---"
THUMBNAIL = "thumbnails/m1/m1-small.webp"


@pytest.fixture
def media(project: Project) -> Media:
    """A picture with two translations, a thumbnail and a neighbour whose name begins alike."""
    media = old_media(project)
    for language in ("de", "pt-BR"):
        put(project, f"media/2026/03/m1.png.{language}.meta", TRANSLATION)
    put(project, THUMBNAIL, b"small")
    put(project, "media/2026/03/m1.png.bak.tar.meta", "theirs")
    put(project, "media/2026/03/m1.png.de", "theirs")
    return media


def test_a_deleted_medium_comes_back_with_all_that_belongs_to_it(
    project: Project, media: Media
) -> None:
    before = everything(project.root)
    deleted = delete_media(project, media)
    gone = set(before) - set(everything(project.root))
    folder = "media/2026/03/m1.png"
    assert gone == {folder, *(f"{folder}{end}.meta" for end in ("", ".de", ".pt-BR")), THUMBNAIL}
    trash = project.state_dir / "trash"
    assert {copy.parent for _, copy in deleted.copies} == {trash}
    assert restore_media(deleted) == read_media(media.path)
    assert everything(project.root) == before
    assert list(trash.iterdir()) == []


def test_of_a_translation_only_its_sidecar_goes(project: Project, media: Media) -> None:
    before = everything(project.root)
    german = read_media(translations_of(media)[0])
    deleted = delete_media(project, german)
    assert set(before) - set(everything(project.root)) == {"media/2026/03/m1.png.de.meta"}
    assert restore_media(deleted).facts.language == "de"
    assert everything(project.root) == before


def test_a_sidecar_without_its_file_can_be_deleted(project: Project, media: Media) -> None:
    media.binary.unlink()
    deleted = delete_media(project, media)
    assert not media.path.exists()
    assert restore_media(deleted).facts == media.facts


def test_a_medium_that_changed_is_not_deleted(project: Project, media: Media) -> None:
    media.path.write_text(media.text + "\n")
    before = everything(project.root)
    with pytest.raises(ConflictError):
        delete_media(project, media)
    assert everything(project.root) == before
    assert list((project.state_dir / "trash").iterdir()) == []


def test_a_medium_that_cannot_be_kept_is_not_deleted(project: Project, media: Media) -> None:
    before = everything(project.root)
    project.state_dir.mkdir(parents=True)
    (project.state_dir / "trash").touch()
    with pytest.raises(FileError, match=r"could not keep a copy in .* Nothing was deleted\."):
        delete_media(project, media)
    assert everything(project.root) == before


def test_a_failure_half_way_deletes_nothing(
    project: Project, media: Media, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything(project.root)
    real = Path.unlink

    def unlink(path: Path, missing_ok: bool = False) -> None:
        if path.name == "m1.png.pt-BR.meta" and path.parent.name == "03":
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        real(path, missing_ok)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", unlink)
        with pytest.raises(FileError, match="input/output error"):
            delete_media(project, media)
    assert everything(project.root) == before
    assert list((project.state_dir / "trash").iterdir()) == []


def test_what_took_its_place_is_not_overwritten(project: Project, media: Media) -> None:
    deleted = delete_media(project, media)
    put(project, "media/2026/03/m1.png.meta", "theirs")
    before = everything(project.root)
    with pytest.raises(ConflictError, match="it exists already"):
        restore_media(deleted)
    assert everything(project.root) == before
    files.remove(media.path, expected=files.read(media.path)[1])
    assert restore_media(deleted).facts == media.facts


def test_only_translations_of_the_medium_go_with_it(project: Project) -> None:
    text = "---\nid: {}\noriginalName: a\nmimeType: a/b\ntags: []\n---"
    folder = "media/2026/03/a.tar"
    put(project, folder, b"tar")
    put(project, f"{folder}.gz", b"gz")
    put(project, f"{folder}.gz.meta", text.format("other"))
    put(project, f"{folder}.bz", b"bz")
    put(project, f"{folder}.bz.meta", "broken")
    put(project, f"{folder}.de.meta", "broken, and of no other file")
    put(project, f"{folder}.fr.meta", TRANSLATION.replace("m1", "other"))
    medium = read_media(put(project, f"{folder}.meta", text.format("own")))
    before = everything(project.root)
    deleted = delete_media(project, medium)
    gone = set(before) - set(everything(project.root))
    assert gone == {folder, f"{folder}.meta", f"{folder}.de.meta"}
    restore_media(deleted)
    assert everything(project.root) == before


def test_an_id_does_not_lead_out_of_the_thumbnails(project: Project, media: Media) -> None:
    text = media.text.replace("id: m1", "id: ../media/2026/03/m1")
    odd = read_media(put(project, "media/2026/03/odd.png.meta", text))
    delete_media(project, odd)
    assert media.path.exists()
    assert (project.root / THUMBNAIL).exists()
