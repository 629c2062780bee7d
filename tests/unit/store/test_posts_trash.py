"""Deleted posts come back with their translations, byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from store import files
from store.files import ConflictError, FileError
from store.post_trash import DeletedPost, delete_post, restore_post
from store.posts import Post, read_post, translations_of
from store.project import Project
from tests.unit.store.conftest import put
from tests.unit.store.test_posts_changes import FRENCH, PUBLISHED, everything, group, text_of


def names(project: Project) -> list[str]:
    return sorted(path.name for path in (project.posts_dir / "2026" / "03").iterdir())


def trash(project: Project) -> list[Path]:
    folder = project.state_dir / "trash"
    return sorted(folder.iterdir()) if folder.is_dir() else []


@pytest.mark.parametrize("text", [PUBLISHED, "\ufeff" + PUBLISHED.replace("\n", "\r\n")])
def test_a_post_goes_with_its_translations_and_comes_back(project: Project, text: str) -> None:
    post = group(project, text)
    before = everything(project)
    deleted = delete_post(project, post)
    assert names(project) == ["other.md"]
    assert (deleted.slug, deleted.title, len(trash(project))) == ("hello", "Hello", 3)
    assert restore_post(deleted) == read_post(post.path)
    assert everything(project) == before
    assert trash(project) == []


def test_a_translation_goes_alone(project: Project) -> None:
    post = group(project)
    before = everything(project)
    deleted = delete_post(project, translations_of(post)[0])
    assert names(project) == ["hello.fr.md", "hello.md", "other.md"]
    assert restore_post(deleted, taken={"hello"}).facts.language == "de"
    assert everything(project) == before


def test_a_translation_does_not_come_back_over_another_one(project: Project) -> None:
    deleted = delete_post(project, translations_of(group(project))[0])
    put(project, "posts/2026/03/hello.de.md", "---\ntranslationFor: 0b7f\n---\nNew\n")
    before = everything(project)
    with pytest.raises(ConflictError, match="exists already"):
        restore_post(deleted)
    assert everything(project) == before
    assert len(trash(project)) == 1


def test_a_post_whose_slug_is_taken_comes_back_beside(project: Project) -> None:
    post = group(project)
    deleted = delete_post(project, post)
    put(project, "posts/2026/03/hello.md", "---\nid: new\n---\n")
    put(project, "posts/2026/03/hello-2.fr.md", "---\ntranslationFor: new\n---\n")
    restored = restore_post(deleted, taken={"hello", "hello-3"})
    assert (restored.path.name, restored.facts.slug) == ("hello-4.md", "hello-4")
    assert restored.text == PUBLISHED.replace("slug: hello", "slug: hello-4")
    assert text_of(project, "hello-4.fr.md") == FRENCH.replace("slug: hello", "slug: hello-4")
    assert [other.facts.language for other in translations_of(restored)] == ["de", "fr"]
    assert trash(project) == []


def test_a_post_that_is_there_again_does_not_come_back_twice(project: Project) -> None:
    deleted = delete_post(project, group(project))
    put(project, "posts/2026/03/hello.md", PUBLISHED + " from git")
    before = everything(project)
    with pytest.raises(ConflictError, match="the post is there again"):
        restore_post(deleted, taken={"hello"})
    assert everything(project) == before


def test_a_post_that_changed_meanwhile_is_not_deleted(project: Project) -> None:
    post = group(project)
    post.path.write_text(PUBLISHED + "!")
    before = everything(project)
    with pytest.raises(ConflictError, match="another program changed it"):
        delete_post(project, post)
    assert everything(project) == before
    assert trash(project) == []


def test_a_deletion_that_fails_half_way_is_undone(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = group(project)
    before = everything(project)
    real = Path.unlink

    def failing(path: Path, missing_ok: bool = False) -> None:
        if path.name == "hello.fr.md":
            raise PermissionError(1, "Operation not permitted")
        real(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", failing)
    with pytest.raises(FileError, match=r"could not delete .*hello\.fr\.md"):
        delete_post(project, post)
    assert everything(project) == before
    assert trash(project) == []


def test_what_cannot_be_copied_is_not_deleted(project: Project) -> None:
    post = group(project)
    before = everything(project)
    project.state_dir.mkdir(parents=True)
    (project.state_dir / "trash").write_text("in the way")
    with pytest.raises(FileError, match=r"could not keep a copy in .*Nothing was deleted"):
        delete_post(project, post)
    assert everything(project) == before


def test_a_restore_that_fails_half_way_is_undone(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def restored(deleted: DeletedPost) -> Post:
        return restore_post(deleted)

    deleted = delete_post(project, group(project))
    before = everything(project)
    trash(project)[0].rename(trash(project)[0].with_suffix(".gone"))
    with pytest.raises(FileError, match="not there"):
        restored(deleted)
    assert everything(project) == before
    for path in trash(project):
        if path.suffix == ".gone":
            path.rename(path.with_suffix(".md"))
    real = files.write

    def failing(path: Path, data: bytes, *, expected: files.Stamp | None) -> files.Stamp:
        if path.name == "hello.fr.md":
            raise FileError(path, "no space left on device", action="write")
        return real(path, data, expected=expected)

    with monkeypatch.context() as patch:
        patch.setattr(files, "write", failing)
        with pytest.raises(FileError, match="no space left"):
            restored(deleted)
    assert everything(project) == before
    assert restored(deleted).facts.slug == "hello"
