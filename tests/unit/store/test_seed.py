"""Default scripts: seeded once, brought up to date where untouched, never where a person wrote."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from store import default_manifest, default_updates, files, resources, seed
from store.default_updates import keep_mine, outdated_defaults, update_defaults
from store.files import FileError
from store.project import Project, open_project
from store.scripts import read_script, save_script
from tests.unit.store.conftest import PROJECT_ID, put, script_text

NOW = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)


class Shipped:
    """An installation's default scripts, of which new versions can be released."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.release(gallery="first = 1\n", hello="print('hello')\n")

    def release(self, **bodies: str) -> None:
        """Change default scripts as a new version of Inkstand does."""
        for name, body in bodies.items():
            text = script_text(name, body=body, projectId='""', version="1")
            (self.folder / f"{name}.py").write_text(text)
        assert default_manifest.update() == sorted(bodies)


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shipped:
    folder = tmp_path / "shipped"
    monkeypatch.setattr(resources, "default_scripts", lambda: folder)
    return Shipped(folder)


@pytest.fixture
def seeded(project: Project, shipped: Shipped) -> Project:
    assert len(seed.seed_default_scripts(project)) == 2
    return project


def body(project: Project, name: str) -> str:
    return read_script(project.scripts_dir / f"{name}.py").body


def edit(project: Project, name: str, body: str) -> None:
    save_script(read_script(project.scripts_dir / f"{name}.py"), body=body)


def names(project: Project) -> list[str]:
    return [one.name for one in outdated_defaults(project)]


# Bringing up to date ------------------------------------------------------------------------------


def test_an_untouched_copy_is_replaced_and_keeps_its_header(
    seeded: Project, shipped: Shipped
) -> None:
    path = seeded.scripts_dir / "gallery.py"
    save_script(read_script(path), changes={"title": "My pictures", "enabled": False})
    before = read_script(path).fields
    shipped.release(gallery="second = 2\n")
    done = update_defaults(seeded, NOW)
    assert (done.updated, done.problems) == (("gallery",), ())
    after = read_script(path)
    assert after.body == "second = 2\n"
    moment = "2026-12-01T08:00:00.000Z"
    assert after.fields == replace(before, version=before.version + 1, updated_at=moment)
    assert (after.fields.title, after.fields.project_id) == ("My pictures", PROJECT_ID)
    assert body(seeded, "hello") == "print('hello')\n"


def test_a_copy_that_missed_several_versions_gets_the_newest(
    seeded: Project, shipped: Shipped
) -> None:
    shipped.release(gallery="second = 2\n")
    shipped.release(gallery="third = 3\n")
    assert update_defaults(seeded).updated == ("gallery",)
    assert body(seeded, "gallery") == "third = 3\n"
    assert update_defaults(seeded).updated == ()


def test_a_version_that_was_taken_back_goes_from_projects_too(
    seeded: Project, shipped: Shipped
) -> None:
    shipped.release(gallery="a mistake\n")
    update_defaults(seeded)
    shipped.release(gallery="first = 1\n")
    assert update_defaults(seeded).updated == ("gallery",)
    assert body(seeded, "gallery") == "first = 1\n"


def test_a_copy_that_the_person_changed_is_never_touched(seeded: Project, shipped: Shipped) -> None:
    edit(seeded, "gallery", "first = 1  # mine\n")
    before = (seeded.scripts_dir / "gallery.py").read_bytes()
    shipped.release(gallery="second = 2\n")
    assert update_defaults(seeded).updated == ()
    assert (seeded.scripts_dir / "gallery.py").read_bytes() == before


def test_a_deleted_default_does_not_come_back(seeded: Project, shipped: Shipped) -> None:
    (seeded.scripts_dir / "gallery.py").unlink()
    shipped.release(gallery="second = 2\n")
    assert seed.tend_default_scripts(seeded) == []
    assert [path.name for path in seeded.scripts_dir.iterdir()] == ["hello.py"]
    (seeded.scripts_dir / "hello.py").unlink()
    assert seed.tend_default_scripts(seeded) == []
    assert list(seeded.scripts_dir.iterdir()) == []
    assert outdated_defaults(seeded) == []


def test_making_the_folder_a_project_again_brings_deleted_ones_back(
    seeded: Project, shipped: Shipped
) -> None:
    for path in seeded.scripts_dir.iterdir():
        path.unlink()
    seed.init_with_scripts(seeded.root)
    assert sorted(path.name for path in seeded.scripts_dir.iterdir()) == ["gallery.py", "hello.py"]


def test_another_project_in_the_same_folder_gets_the_default_ones(
    seeded: Project, shipped: Shipped
) -> None:
    for path in seeded.scripts_dir.iterdir():
        path.unlink()
    (seeded.root / "meta" / "project.json").write_text(json.dumps({"id": "another"}))
    assert len(seed.seed_default_scripts(open_project(seeded.root))) == 2


def test_a_renamed_copy_is_the_persons_own(seeded: Project, shipped: Shipped) -> None:
    (seeded.scripts_dir / "gallery.py").rename(seeded.scripts_dir / "pictures.py")
    shipped.release(gallery="second = 2\n")
    assert update_defaults(seeded).updated == ()
    assert body(seeded, "pictures") == "first = 1\n"


def test_a_copy_without_header_stays_without(seeded: Project, shipped: Shipped) -> None:
    path = put(seeded, "scripts/gallery.py", "first = 1\n")
    shipped.release(gallery="second = 2\n")
    assert update_defaults(seeded).updated == ("gallery",)
    assert path.read_text() == "second = 2\n"


def test_a_file_without_write_permission_is_kept_and_listed(
    seeded: Project, shipped: Shipped, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped.release(gallery="second = 2\n")
    monkeypatch.setattr(os, "access", lambda *_args: False)  # root may write everything
    done = update_defaults(seeded)
    assert (done.updated, done.problems) == ((), ())
    assert body(seeded, "gallery") == "first = 1\n"
    assert names(seeded) == ["gallery"]


def test_a_read_only_project_is_left_alone(seeded: Project, shipped: Shipped) -> None:
    edit(seeded, "hello", "print('mine')\n")
    shipped.release(gallery="second = 2\n", hello="print('newer')\n")
    read_only = replace(seeded, is_writable=False)
    assert seed.tend_default_scripts(read_only) == []
    assert outdated_defaults(read_only) == []
    assert body(seeded, "gallery") == "first = 1\n"


def test_what_could_not_be_written_is_told_and_tried_again(
    seeded: Project, shipped: Shipped, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped.release(gallery="second = 2\n", hello="print('newer')\n")
    real_write = files.write

    def write(path: Path, data: bytes, *, expected: files.Stamp | None) -> files.Stamp:
        if path.name == "gallery.py":
            raise FileError(path, "no space left on device", action="write")
        return real_write(path, data, expected=expected)

    with monkeypatch.context() as patch:
        patch.setattr(files, "write", write)
        (words,) = seed.tend_default_scripts(seeded)
    assert "Newer default scripts replaced unchanged ones: hello; not all" in words
    assert "gallery.py: no space left on device" in words
    assert body(seeded, "gallery") == "first = 1\n"
    assert seed.tend_default_scripts(seeded) == [
        "Newer default scripts replaced unchanged ones: gallery"
    ]
    assert seed.tend_default_scripts(seeded) == []


def test_a_broken_manifest_is_a_notice(seeded: Project, shipped: Shipped) -> None:
    for junk in ("{", "[]", '{"gallery": []}', '{"gallery": [1]}', "[" * 100_000):
        (shipped.folder / "manifest.json").write_text(junk)
        (words,) = seed.tend_default_scripts(seeded)
        assert "manifest.json" in words
        assert "Install Inkstand again." in words
    (shipped.folder / "manifest.json").unlink()
    assert seed.tend_default_scripts(seeded) == []


def test_nothing_is_read_while_the_manifest_is_the_one_seen_last(
    seeded: Project, shipped: Shipped, monkeypatch: pytest.MonkeyPatch
) -> None:
    update_defaults(seeded)
    opened: list[str] = []
    real_open = os.open

    def open_(path: str | Path, *args: int, **kwargs: int) -> int:
        opened.append(Path(path).name)
        return real_open(path, *args, **kwargs)

    monkeypatch.setattr(os, "open", open_)
    monkeypatch.setattr(Path, "read_bytes", lambda path: pytest.fail(f"{path} was read"))
    update_defaults(seeded)
    assert opened == ["defaults.json"]


def test_a_manifest_that_only_got_another_date_is_read_once(
    seeded: Project, shipped: Shipped, monkeypatch: pytest.MonkeyPatch
) -> None:
    update_defaults(seeded)
    os.utime(shipped.folder / "manifest.json", (1, 1))
    with monkeypatch.context() as patch:
        patch.setattr(default_updates, "default_bodies", lambda: pytest.fail("bodies were read"))
        update_defaults(seeded)
        patch.setattr(default_updates, "read_manifest", lambda: pytest.fail("it was read twice"))
        update_defaults(seeded)


def test_a_state_folder_that_cannot_be_written_only_means_looking_again(
    seeded: Project, shipped: Shipped, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shipped.release(gallery="second = 2\n")
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    assert update_defaults(seeded).updated == ("gallery",)
    assert update_defaults(seeded).updated == ()


@pytest.mark.parametrize("junk", ["{", "[]", '{"project": 1}', '{"facts": 3, "settled": [1]}'])
def test_a_broken_record_counts_as_none(seeded: Project, shipped: Shipped, junk: str) -> None:
    shipped.release(gallery="second = 2\n")
    (seeded.state_dir / "defaults.json").write_text(junk)
    assert update_defaults(seeded).updated == ("gallery",)
    assert json.loads((seeded.state_dir / "defaults.json").read_text())["project"] == PROJECT_ID


# What the person changed --------------------------------------------------------------------------


def test_a_changed_copy_is_listed_when_its_default_is_newer(
    seeded: Project, shipped: Shipped
) -> None:
    edit(seeded, "gallery", "mine = 1\n")
    edit(seeded, "hello", "print('mine')\n")
    assert outdated_defaults(seeded) == []
    shipped.release(gallery="second = 2\n")
    update_defaults(seeded)
    (one,) = outdated_defaults(seeded)
    assert (one.name, one.path) == ("gallery", seeded.scripts_dir / "gallery.py")
    assert (one.theirs, one.ours) == ("mine = 1\n", "second = 2\n")


def test_a_copy_changed_after_it_was_brought_up_to_date_is_not_listed(
    seeded: Project, shipped: Shipped
) -> None:
    shipped.release(gallery="second = 2\n")
    update_defaults(seeded)
    edit(seeded, "gallery", "second = 2  # and mine\n")
    assert names(seeded) == []
    shipped.release(gallery="third = 3\n")
    assert names(seeded) == ["gallery"]


def test_what_was_declined_stays_away_until_the_default_changes(
    seeded: Project, shipped: Shipped
) -> None:
    edit(seeded, "gallery", "mine = 1\n")
    shipped.release(gallery="second = 2\n")
    update_defaults(seeded)
    keep_mine(seeded, "gallery")
    assert names(seeded) == []
    shipped.release(hello="print('newer')\n")
    update_defaults(seeded)
    assert names(seeded) == []
    shipped.release(gallery="third = 3\n")
    assert names(seeded) == ["gallery"]


def test_a_declined_default_does_not_come_by_itself_when_the_change_is_undone(
    seeded: Project, shipped: Shipped
) -> None:
    edit(seeded, "gallery", "mine = 1\n")
    shipped.release(gallery="second = 2\n")
    keep_mine(seeded, "gallery")
    edit(seeded, "gallery", "first = 1\n")
    assert update_defaults(seeded).updated == ()
    assert body(seeded, "gallery") == "first = 1\n"


def test_taking_the_newer_one_by_hand_settles_it(seeded: Project, shipped: Shipped) -> None:
    edit(seeded, "gallery", "mine = 1\n")
    shipped.release(gallery="second = 2\n")
    (one,) = outdated_defaults(seeded)
    edit(seeded, "gallery", one.ours)
    assert names(seeded) == []
    keep_mine(seeded, "gallery")
    edit(seeded, "gallery", "second = 2  # and mine\n")
    assert names(seeded) == []


def test_a_copy_of_unknown_beginning_is_listed_until_declined(
    project: Project, shipped: Shipped
) -> None:
    put(project, "scripts/gallery.py", script_text("gallery", body="mine = 1\n"))
    update_defaults(project)
    assert names(project) == [], "there has been one version only: it began as that"
    (project.state_dir / "defaults.json").unlink()
    shipped.release(gallery="second = 2\n")
    update_defaults(project)
    assert names(project) == ["gallery"]
    keep_mine(project, "gallery")
    assert names(project) == []


def test_another_script_of_the_same_name_is_no_copy(project: Project, shipped: Shipped) -> None:
    put(project, "scripts/gallery.py", script_text("gallery", body="own = 1\n", id='"own-id"'))
    put(project, "scripts/hello.py", b"\xff not text")
    shipped.release(gallery="second = 2\n", hello="print('newer')\n")
    assert update_defaults(project).updated == ()
    assert names(project) == []


def test_only_defaults_can_be_declined(seeded: Project) -> None:
    with pytest.raises(ValueError, match="no default script 'nothing'"):
        keep_mine(seeded, "nothing")


# The manifest -------------------------------------------------------------------------------------


def test_histories_grow_at_the_end_and_forget_nothing(shipped: Shipped) -> None:
    first = default_manifest.read_manifest().histories
    assert default_manifest.update() == []
    shipped.release(gallery="second = 2\n")
    (shipped.folder / "hello.py").unlink()
    assert default_manifest.update() == []
    second = default_manifest.read_manifest().histories
    assert second["hello"] == first["hello"]
    assert second["gallery"][:-1] == first["gallery"]
    assert second["gallery"][-1] == default_manifest.body_digest("second = 2\n")


def test_a_changed_header_is_no_new_version(shipped: Shipped) -> None:
    text = (shipped.folder / "hello.py").read_text().replace('title: "Hello"', 'title: "Hi"')
    (shipped.folder / "hello.py").write_text(text)
    assert default_manifest.update() == []


def test_the_command_tells_what_changed(
    shipped: Shipped, capsys: pytest.CaptureFixture[str]
) -> None:
    assert default_manifest.main() == 0
    assert capsys.readouterr().out == "manifest: nothing changed\n"
    (shipped.folder / "new.py").write_text(script_text("new"))
    assert default_manifest.main() == 0
    assert capsys.readouterr().out == "manifest: new\n"
    (shipped.folder / "manifest.json").write_text("{")
    assert default_manifest.main() == 1
    assert "could not read" in capsys.readouterr().err
