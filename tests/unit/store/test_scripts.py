"""Scripts: read exactly, saved with the least change, found by slug."""

import errno
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import pytest

from store import files, scripts
from store.files import ConflictError, FileError
from store.project import Project
from tests.unit.store.conftest import PROJECT_ID, put, script_text

NOW = datetime(2026, 5, 1, 12, 0, 0, 123456, UTC)
STAMP = "2026-05-01T12:00:00.123Z"


def test_a_script_is_its_header_and_its_body(project: Project) -> None:
    text = script_text("a", body="def render(context, post):\n\treturn 'ü'")
    script = scripts.read_script(put(project, "scripts/a.py", text))
    assert script.text == text
    assert script.source == text.encode()
    assert script.body == "def render(context, post):\n\treturn 'ü'"
    assert script.first_body_line == 15
    assert text.split("\n")[script.first_body_line - 1].startswith("def render")
    assert script.form == "docstring"
    assert script.problems == ()
    assert script.fields == scripts.ScriptFields(
        id="id-a",
        project_id=PROJECT_ID,
        slug="a",
        title="A",
        kind="macro",
        entrypoint="render",
        enabled=True,
        version=3,
        created_at="2026-02-23T19:54:58.000Z",
        updated_at="2026-03-02T20:30:14.453Z",
    )


def test_a_file_without_header_is_a_utility_that_runs_from_top_to_end(project: Project) -> None:
    script = scripts.read_script(put(project, "scripts/My Spin.py", "while True: pass"))
    assert (script.header, script.body) == ("", "while True: pass")
    assert script.first_body_line == 1
    assert script.fields.slug == script.fields.title == "my_spin"
    assert (script.fields.kind, script.fields.entrypoint) == ("utility", "main")
    assert (script.fields.enabled, script.fields.version) == (True, 1)
    assert script.fields.updated_at.endswith("Z")
    assert script.problems == ()


def test_missing_keys_have_the_defaults_of_the_origin(project: Project) -> None:
    path = put(project, "scripts/x.py", '"""\n---\nmood: 1\n---\n"""\n')
    fields = scripts.read_script(path).fields
    assert (fields.kind, fields.entrypoint, fields.enabled, fields.version) == (
        "utility",
        "render",
        True,
        1,
    )
    assert (fields.slug, fields.title, fields.id) == ("x", "x", "")


def test_oddities_are_problems_with_defaults(project: Project) -> None:
    text = script_text("my-a", enabled="maybe", version="-2", body="x = 1\ny\0 = 2\n")
    script = scripts.read_script(put(project, "scripts/a.py", text))
    assert script.fields.version == 1
    assert script.fields.enabled is True
    assert [problem.split(";")[0] for problem in script.problems] == [
        "line 16, column 2: a NUL byte",
        "the slug 'my-a' cannot be a macro's name: use letters, digits and _",
        "enabled is 'maybe', neither true nor false",
        "version is -2, not a number from 1",
    ]
    unknown = scripts.read_script(put(project, "scripts/b.py", script_text("b", kind="demon")))
    assert unknown.fields.kind == "utility"
    assert unknown.problems == ("unknown kind 'demon'; it counts as a utility",)


def test_a_broken_header_counts_as_none(project: Project) -> None:
    text = '"""\n---\nslug: "z"\ndef f(): pass\n'
    script = scripts.read_script(put(project, "scripts/a.py", text))
    assert (script.header, script.body, script.form) == ("", text, "none")
    assert script.fields.slug == "a"
    assert "line 4 is not" in script.problems[0]
    with pytest.raises(FileError, match="Repair the header first"):
        scripts.save_script(script, changes={"title": "New"})
    assert scripts.save_script(script, body=text + "# more\n").body == text + "# more\n"


def test_bytes_that_are_no_text_are_named_with_their_place(project: Project) -> None:
    path = put(project, "scripts/a.py", "x = 1\nü = '".encode() + b"\xff'\n")
    with pytest.raises(FileError, match=r"line 2, column 6: byte 0xff at offset 12"):
        scripts.read_script(path)


def test_a_save_that_changes_nothing_writes_nothing(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = scripts.read_script(put(project, "scripts/a.py", script_text("a")))
    monkeypatch.setattr(files, "write", None)
    same = scripts.save_script(
        script,
        body=script.body,
        changes={"title": "A", "enabled": True, "kind": "macro", "entrypoint": " render "},
    )
    assert same is script


def test_a_save_raises_the_version_and_touches_nothing_else(project: Project) -> None:
    text = script_text("a").replace("slug", "mood: 'x'  \nslug")
    path = put(project, "scripts/a.py", text)
    script = scripts.read_script(path)
    saved = scripts.save_script(script, body="y = 2", now=NOW)
    expected = (
        text.replace("version: 3", "version: 4")
        .replace("2026-03-02T20:30:14.453Z", STAMP)
        .replace("x = 1\n", "y = 2")
    )
    assert path.read_text() == expected == saved.text
    assert (saved.fields.version, saved.fields.updated_at) == (4, STAMP)
    assert saved == scripts.read_script(path)


def test_fields_are_saved_in_the_header(project: Project) -> None:
    script = scripts.read_script(put(project, "scripts/a.py", script_text("a")))
    saved = scripts.save_script(
        script, changes={"title": "New\ntitle", "kind": "utility", "enabled": False}, now=NOW
    )
    assert saved.fields.title == "New title"
    assert (saved.fields.kind, saved.fields.enabled) == ("utility", False)
    assert saved.fields.version == 4
    assert saved.path == script.path
    assert saved.body == script.body


@pytest.mark.parametrize(
    "changes", [{"id": "x"}, {"kind": "demon"}, {"enabled": "true"}, {"title": True}]
)
def test_impossible_changes_are_refused(project: Project, changes: dict[str, str | bool]) -> None:
    script = scripts.read_script(put(project, "scripts/a.py", script_text("a")))
    with pytest.raises(ValueError, match=r"kind|field|cannot be"):
        scripts.save_script(script, changes=changes)


def test_a_save_never_overwrites_what_another_program_wrote(project: Project) -> None:
    path = put(project, "scripts/a.py", script_text("a"))
    script = scripts.read_script(path)
    path.write_text("theirs")
    with pytest.raises(ConflictError):
        scripts.save_script(script, body="mine")
    assert path.read_text() == "theirs"


def test_without_header_a_new_body_stays_without(project: Project) -> None:
    path = put(project, "scripts/a.py", "x = 1\r\n")
    saved = scripts.save_script(scripts.read_script(path), body="y = 2\r\n", now=NOW)
    assert path.read_bytes() == b"y = 2\r\n"
    assert saved.form == "none"


def test_without_header_a_new_field_brings_one(project: Project) -> None:
    path = put(project, "scripts/a.py", "\ufeff#!/usr/bin/env python\r\nx = 1\r\n")
    saved = scripts.save_script(scripts.read_script(path), changes={"title": "T"}, now=NOW)
    data = path.read_bytes()
    assert data.startswith(b'\xef\xbb\xbf#!/usr/bin/env python\r\n"""\r\n---\r\nid: "')
    assert data.endswith(b'---\r\n"""\r\nx = 1\r\n')
    assert saved.body == "x = 1\r\n"
    assert saved.fields.project_id == PROJECT_ID
    assert (saved.fields.title, saved.fields.slug, saved.fields.entrypoint) == ("T", "a", "main")
    compile(data, "a.py", "exec")


def test_an_added_header_does_not_break_future_imports(project: Project) -> None:
    body = '"""Mine."""\nfrom __future__ import annotations\n'
    script = scripts.read_script(put(project, "scripts/a.py", body))
    saved = scripts.save_script(script, changes={"title": "T"})
    assert saved.form == "comment"
    compile(saved.source, "a.py", "exec")


def test_a_body_does_not_run_into_a_header_without_newline(project: Project) -> None:
    text = script_text("a", body="").removesuffix("\n")
    saved = scripts.save_script(
        scripts.read_script(put(project, "scripts/a.py", text)), body="x = 1\n"
    )
    assert saved.body == "x = 1\n"
    compile(saved.source, "a.py", "exec")


def test_half_a_character_is_refused(project: Project) -> None:
    path = put(project, "scripts/a.py", "x = 1\n")
    with pytest.raises(FileError, match="line 2, column 3"):
        scripts.save_script(scripts.read_script(path), body="x\nyy\ud800")
    assert path.read_text() == "x = 1\n"


def test_a_new_script_has_the_header_of_the_origin(project: Project) -> None:
    script = scripts.create_script(
        project, title="Über Fotos", kind="macro", body="def render():\n    pass", now=NOW
    )
    assert script.path == project.scripts_dir / "uber_fotos.py"
    assert script.text == (
        f'"""\n---\nid: "{script.fields.id}"\nprojectId: "{PROJECT_ID}"\nslug: "uber_fotos"\n'
        'title: "Über Fotos"\nkind: "macro"\nentrypoint: "render"\nenabled: true\nversion: 1\n'
        f'createdAt: "{STAMP}"\nupdatedAt: "{STAMP}"\n---\n"""\ndef render():\n    pass'
    )
    assert script == scripts.read_script(script.path)


def test_new_scripts_get_free_slugs_and_the_entrypoint_of_their_kind(project: Project) -> None:
    put(project, "scripts/a.py", "")
    made = [
        scripts.create_script(project, title="A", kind=kind, body="", taken={"A_2"})
        for kind in scripts.KINDS
    ]
    assert [script.path.name for script in made] == ["a_3.py", "a_4.py", "a_5.py"]
    assert [script.fields.slug for script in made] == ["a_3", "a_4", "a_5"]
    assert [script.fields.entrypoint for script in made] == ["render", "main", "transform"]
    named = scripts.create_script(
        project, title="Z", kind="utility", body="", slug="../My b", entrypoint="go", enabled=False
    )
    assert named.path.name == "my_b.py"
    assert (named.fields.entrypoint, named.fields.enabled) == ("go", False)


def test_a_new_title_moves_nothing(project: Project) -> None:
    script = scripts.read_script(put(project, "scripts/a.py", script_text("a")))
    renamed = scripts.rename_script(script, title="Other", slug=None)
    assert renamed.path == script.path
    assert (renamed.fields.title, renamed.fields.slug) == ("Other", "a")


def test_a_new_slug_renames_the_file_and_the_header(project: Project) -> None:
    path = put(project, "scripts/sub/a.py", script_text("a"))
    path.chmod(0o755)
    renamed = scripts.rename_script(scripts.read_script(path), slug="New Name", now=NOW)
    assert renamed.path == project.scripts_dir / "sub" / "new_name.py"
    assert not path.exists()
    assert renamed.path.stat().st_mode & 0o777 == 0o755
    assert (renamed.fields.slug, renamed.fields.title) == ("new_name", "A")
    assert renamed.fields.version == 4
    assert renamed == scripts.read_script(renamed.path)


def test_without_header_a_new_slug_is_a_new_file_name(project: Project) -> None:
    path = put(project, "scripts/a.py", "x = 1")
    renamed = scripts.rename_script(scripts.read_script(path), slug="b")
    assert (renamed.path.name, renamed.text, renamed.fields.slug) == ("b.py", "x = 1", "b")


def test_a_taken_slug_is_refused(project: Project) -> None:
    script = scripts.read_script(put(project, "scripts/a.py", script_text("a")))
    put(project, "scripts/b.py", "theirs")
    for slug in ("b", "c"):
        with pytest.raises(ConflictError):
            scripts.rename_script(script, slug=slug, taken=["C"])
    assert scripts.read_script(script.path) == script
    assert (project.scripts_dir / "b.py").read_text() == "theirs"


def test_a_rename_that_fails_half_way_is_undone(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = scripts.read_script(put(project, "scripts/a.py", script_text("a")))

    def full(_descriptor: int) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FileError, match="no space left"):
        scripts.rename_script(script, slug="b")
    monkeypatch.undo()
    assert [path.name for path in project.scripts_dir.iterdir()] == ["a.py"]
    assert scripts.read_script(script.path) == script


def test_a_duplicate_is_a_script_of_its_own(project: Project) -> None:
    script = scripts.read_script(put(project, "scripts/a.py", script_text("a")))
    copy = scripts.duplicate_script(project, script, taken={"a"}, now=NOW)
    assert copy.path.name == "a_2.py"
    assert (copy.fields.title, copy.fields.slug, copy.fields.version) == ("A copy", "a_2", 1)
    assert copy.fields.id != script.fields.id
    assert copy.body == script.body
    assert copy.fields.kind == "macro"


def test_a_scan_finds_scripts_and_nothing_else(project: Project, tmp_path: Path) -> None:
    for name in ("b.py", "a.py", "sub/c.PY", ".hidden.py", ".inkstand-1.py", "note.txt"):
        put(project, f"scripts/{name}", "")
    put(project, "scripts/__pycache__/a.py", "")
    put(project, "scripts/.git/a.py", "")
    (project.scripts_dir / "sub" / "loop").symlink_to("..")
    (project.scripts_dir / "dangling.py").symlink_to("nowhere")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "d.py").touch()
    (project.scripts_dir / "linked").symlink_to(tmp_path / "outside")
    os.mkfifo(project.scripts_dir / "pipe.py")
    found = [path.relative_to(project.scripts_dir) for path in scripts.scan_scripts(project)]
    assert [str(path) for path in found] == ["a.py", "b.py", "linked/d.py", "sub/c.PY"]


def test_a_script_is_found_by_its_slug(project: Project) -> None:
    put(project, "scripts/a.py", script_text("a"))
    put(project, "scripts/other.py", script_text("b"))
    put(project, "scripts/b.py", script_text("z"))
    put(project, "scripts/zz.py", script_text("a"))
    put(project, "scripts/bad.py", b"\xff")
    assert scripts.find_script(project, "a").path.name == "a.py"
    assert scripts.find_script(project, "b").path.name == "other.py"
    assert scripts.find_script(project, "Z").path.name == "b.py"
    assert scripts.find_script(project, "a_2").path.name == "zz.py"
    with pytest.raises(FileError, match="not UTF-8"):
        scripts.find_script(project, "bad")


@pytest.mark.parametrize("slug", ["galery", "../a", "a\0b", "", "x" * 300])
def test_a_missing_script_is_named_with_close_ones(project: Project, slug: str) -> None:
    put(project, "scripts/gallery.py", script_text("gallery"))
    with pytest.raises(scripts.ScriptNotFound, match="no script has the slug") as caught:
        scripts.find_script(project, slug)
    if slug == "galery":
        assert caught.value.hint == "Did you mean gallery?"


def test_a_time_that_no_calendar_holds_is_no_obstacle(project: Project) -> None:
    stamp = files.Stamp(10**24, 5, "")
    script = scripts.parse_script(project.scripts_dir / "a.py", b"x = 1", stamp)
    assert script.fields.updated_at == "1970-01-01T00:00:00.000Z"
