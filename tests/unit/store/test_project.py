"""Projects: found, opened whatever state they are in, made without overwriting."""

import json
import os
from pathlib import Path

import pytest

from store import resources, seed
from store.files import FileError
from store.project import Project, ProjectError, find_root, init_project, open_project
from store.scripts import read_script, scan_scripts
from tests.unit.store.conftest import PROJECT_ID, put, script_text


def test_a_project_is_found_from_inside(project: Project) -> None:
    place = project.root / "posts" / "2026" / "not-there-yet.md"
    assert find_root(place) == find_root(project.root) == project.root


def test_no_project_is_said_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(ProjectError) as caught:
        find_root(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path} is not an Inkstand project: no meta/project.json here or above. "
        "Make one: inkstand init DIR"
    )
    with pytest.raises(ProjectError, match="holds no meta/project"):
        open_project(tmp_path)


def test_an_open_project(project: Project, tmp_path: Path) -> None:
    assert (project.name, project.id, project.warnings) == ("Blog", PROJECT_ID, ())
    assert project.settings["name"] == "Blog"
    assert project.is_writable
    assert project.scripts_dir == project.root / "scripts"
    assert project.posts_dir == project.root / "posts"
    assert project.media_dir == project.root / "media"
    assert project.meta_dir == project.root / "meta"
    assert project.state_dir.parent == tmp_path / "state" / "inkstand" / "projects"
    assert project.state_dir.name.startswith("blog-")
    assert project.index_path == project.state_dir / "index.db"
    assert not project.state_dir.exists()


def test_a_link_to_a_project_is_the_same_project(project: Project, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(project.root)
    assert open_project(tmp_path / "link") == project


@pytest.mark.parametrize(
    ("content", "warning"),
    [
        (b'{\n  "name": "x",\n?}', "meta/project.json:3:1: "),
        (b"", "meta/project.json:1:1: "),
        (b"[1]", "should be an object"),
        (b'{"name": "\xff"}', "meta/project.json:1: not UTF-8"),
        (b"[" * 100_000, "using defaults"),
    ],
)
def test_a_broken_project_file_is_a_warning(project: Project, content: bytes, warning: str) -> None:
    put(project, "meta/project.json", content)
    opened = open_project(project.root)
    assert len(opened.warnings) == 1
    assert warning in opened.warnings[0]
    assert opened.name == "blog"
    assert opened.settings == {}


def test_the_id_comes_from_the_scripts_or_the_place(project: Project) -> None:
    put(project, "meta/project.json", '\ufeff{"name": "  "}')
    by_place = open_project(project.root)
    assert by_place.name == "blog"
    assert by_place.id == open_project(project.root).id != PROJECT_ID
    put(project, "scripts/a.py", "x = 1")
    put(project, "scripts/b.py", script_text("b"))
    assert open_project(project.root).id == PROJECT_ID


def test_an_id_or_a_name_that_is_no_text_is_told_with_what_is_used_instead(
    project: Project,
) -> None:
    put(project, "meta/project.json", '{\n  "id": 7,\n  "name": ["a", "b"]\n}')
    opened = open_project(project.root)
    assert opened.name == "blog"
    assert opened.warnings == (
        "meta/project.json:2:3: id should be a text in quotes, not 7; "
        f"using one made from the folder's path, {opened.id}.",
        "meta/project.json:3:3: name should be a text in quotes, not a list [...]; "
        "using the folder's name, blog.",
    )
    put(project, "scripts/b.py", script_text("b"))
    put(project, "meta/project.json", '{"name": null,  "id": 1' + "0" * 99 + "}")
    by_script = open_project(project.root).warnings
    assert by_script[0].endswith(
        f"not 1{'0' * 39}...; using the project's id in scripts/b.py, {PROJECT_ID}."
    )
    assert by_script[1].startswith(
        "meta/project.json:1:2: name should be a text in quotes, not null;"
    )


def test_a_read_only_project(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_args: False)  # root may write everything
    opened = open_project(project.root)
    assert not opened.is_writable
    with pytest.raises(FileError, match="read-only"):
        seed.seed_default_scripts(opened)


def test_init_makes_a_project(tmp_path: Path) -> None:
    report = init_project(tmp_path / "new" / "blog")
    root = tmp_path / "new" / "blog"
    assert report.root == root
    assert report.kept == ()
    assert {path.relative_to(root).as_posix() for path in report.created} == {
        "posts",
        "media",
        "scripts",
        "meta/project.json",
        "meta/categories.json",
        "meta/category-meta.json",
        "meta/tags.json",
    }
    settings = json.loads((root / "meta" / "project.json").read_text())
    assert (settings["name"], settings["mainLanguage"], settings["maxPostsPerPage"]) == (
        "blog",
        "en",
        50,
    )
    assert open_project(root).id == settings["id"]
    categories = json.loads((root / "meta" / "categories.json").read_text())
    assert categories == ["article", "aside", "page", "picture"]


def test_init_overwrites_nothing(project: Project) -> None:
    before = (project.root / "meta" / "project.json").read_bytes()
    report = init_project(project.root, name="Other")
    assert (project.root / "meta" / "project.json").read_bytes() == before
    assert report.kept == (project.root / "meta" / "project.json",)
    assert init_project(project.root).created == ()


def test_init_needs_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ProjectError, match="is a file"):
        init_project(tmp_path / "file")
    with pytest.raises(FileError, match="could not make"):
        init_project(tmp_path / "file" / "below")


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "default_scripts"
    for name in ("meta", "posts", "scripts", "__pycache__"):
        (folder / "demo" / name).mkdir(parents=True)
    (folder / "demo" / "meta" / "project.json").write_text('{"id": "demo-id", "name": "Demo"}')
    (folder / "demo" / "posts" / "a.md").write_text("---\nid: 1\n---\n")
    (folder / "demo" / "scripts" / "own.py").write_text("x = 1")
    (folder / "demo" / "__pycache__" / "x.pyc").touch()
    (folder / "__init__.py").write_text('"""Data."""\n')
    (folder / "one.py").write_text(script_text("one", projectId='""'))
    (folder / "two.py").write_text(script_text("two", projectId="''", createdAt='""'))
    monkeypatch.setattr(resources, "default_scripts", lambda: folder)
    return folder


def test_the_demo_is_copied_and_what_is_there_is_kept(tmp_path: Path, shipped: Path) -> None:
    root = tmp_path / "blog"
    (root / "posts").mkdir(parents=True)
    (root / "posts" / "a.md").write_text("mine")
    report = init_project(root, demo=True)
    assert (root / "posts" / "a.md").read_text() == "mine"
    assert report.kept == (root / "posts" / "a.md",)
    assert (root / "scripts" / "own.py").read_text() == "x = 1"
    assert not (root / "__pycache__").exists()
    assert open_project(root).id == "demo-id"


def test_an_installation_without_demo_says_so(tmp_path: Path, shipped: Path) -> None:
    shipped.joinpath("demo").rename(shipped / "gone")
    with pytest.raises(ProjectError, match="no demo"):
        init_project(tmp_path / "blog", demo=True)


def test_a_project_without_scripts_gets_the_default_ones(project: Project, shipped: Path) -> None:
    paths = seed.seed_default_scripts(project)
    assert [path.name for path in paths] == ["one.py", "two.py"]
    assert scan_scripts(project) == paths
    one, two = map(read_script, paths)
    assert one.text == script_text("one")
    assert two.fields.project_id == PROJECT_ID
    assert two.fields.created_at > "2026"
    assert seed.seed_default_scripts(project) == []


def test_a_failing_seed_leaves_no_half_set(
    project: Project, shipped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shipped / "two.py").write_text(script_text("two"))
    real_fsync = os.fsync
    calls = []

    def fsync(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) > 2:  # the first file and its folder
            raise OSError(28, "No space left on device")
        real_fsync(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(FileError, match="no space left"):
        seed.seed_default_scripts(project)
    assert list(project.scripts_dir.iterdir()) == []
