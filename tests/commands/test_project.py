"""`inkstand init`, `list`, `rebuild` and `check` as a person at a shell sees them."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from store.project import init_project, open_project
from tests.commands.conftest import Start, add_script
from tests.limits import read_only, small_disk, unwritable, without_override
from tests.processes import DEADLINE_S, alive, descendants, run_inkstand, wait_until

POST = "---\nid: {0}\ntitle: {0}\nslug: {0}\nstatus: published\n---\nBody\n"
MACRO = '"""\n---\nslug: "{0}"\ntitle: "The {0}"\nkind: "macro"\n{1}---\n"""\nx = 1\n'


def contents(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }


# init ---------------------------------------------------------------------------------------------


def test_init_makes_a_project_that_opens(tmp_path: Path) -> None:
    done = run_inkstand("init", "blog", "--name", "My blog", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "inkstand open blog" in done.stdout
    project = open_project(tmp_path / "blog")
    assert (project.name, project.warnings) == ("My blog", ())
    assert sorted(path.name for path in project.root.iterdir()) == [
        "media",
        "meta",
        "posts",
        "scripts",
    ]
    assert run_inkstand("list", cwd=tmp_path / "blog").returncode == 0


def test_init_fills_the_demo(tmp_path: Path) -> None:
    done = run_inkstand("init", "demo", "--demo", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    done = run_inkstand("rebuild", "--json", cwd=tmp_path / "demo")
    assert done.returncode == 0
    report = json.loads(done.stdout)
    assert report["unreadable"] == []
    assert all(count["seen"] for count in report["counts"].values()), report["counts"]


def test_init_keeps_every_file_of_a_folder(tmp_path: Path) -> None:
    root = tmp_path / "blog"
    before = {
        "meta/project.json": b'{"name": "Mine", "id": "abc"}',
        "meta/tags.json": b"broken",
        "scripts/hello.py": b"print('mine')\r\n",
        "posts/2026/01/x.md": b"\xff\xfe",
        "README": b"",
    }
    for path, data in before.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    done = run_inkstand("init", "blog", "--demo", cwd=tmp_path)
    assert done.returncode == 0
    assert "kept as they were" in done.stdout
    after = contents(root)
    assert {path: after[path] for path in before} == before
    assert contents(root) == after
    again = run_inkstand("init", "blog", "--demo", cwd=tmp_path)
    assert "0 files made" in again.stdout
    assert contents(root) == after


def test_init_where_nothing_may_be_written(tmp_path: Path) -> None:
    place = tmp_path / "locked"
    place.mkdir()
    with unwritable(place):
        done = run_inkstand("init", "blog", cwd=place, wrapper=without_override())
    assert (done.returncode, done.stdout) == (2, "")
    assert "could not make" in done.stderr
    assert "permission denied" in done.stderr
    assert "Traceback" not in done.stderr


def test_init_on_a_file(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine")
    done = run_inkstand("init", "notes", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "notes is a file" in done.stderr
    assert (tmp_path / "notes").read_text() == "mine"


def test_init_on_a_full_disk_leaves_no_half_file(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    with small_disk(disk, 32):
        done = run_inkstand("init", "blog", "--demo", cwd=disk)
        left = contents(disk)
    assert done.returncode == 2
    assert "no space left on device" in done.stderr
    assert "Traceback" not in done.stderr
    assert not [path for path in left if "/.inkstand-" in path]


# list ---------------------------------------------------------------------------------------------


def test_list_shows_the_scripts_by_kind(project: Path) -> None:
    add_script(project, "shout", MACRO.format("shout", "enabled: false\n"))
    add_script(project, "loud", MACRO.format("loud", ""))
    done = run_inkstand("list", cwd=project)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "Macros (2)"
    assert sorted(lines[1:3]) == ["  loud   The loud", "  shout  The shout  (disabled)"]
    assert lines[3:] == ["Utilities (1)", "  hello  hello", "Transforms (0)"]


def test_list_as_json(project: Path) -> None:
    add_script(project, "shout", MACRO.format("shout", "enabled: false\nversion: 7\n"))
    done = run_inkstand("list", "--json", cwd=project)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == [
        {
            "slug": "shout",
            "title": "The shout",
            "kind": "macro",
            "entrypoint": "render",
            "enabled": False,
            "version": 7,
            "path": "scripts/shout.py",
            "problem": "",
        },
        {
            "slug": "hello",
            "title": "hello",
            "kind": "utility",
            "entrypoint": "main",
            "enabled": True,
            "version": 1,
            "path": "scripts/hello.py",
            "problem": "",
        },
    ]


def test_list_shows_what_other_programs_did_meanwhile(project: Path) -> None:
    assert "late" not in run_inkstand("list", cwd=project).stdout
    path = add_script(project, "late", "x = 1\n")
    assert "late" in run_inkstand("list", cwd=project).stdout
    path.unlink()
    assert "late" not in run_inkstand("list", cwd=project).stdout


def test_list_tells_slugs_and_ids_that_are_taken(project: Path) -> None:
    add_script(project, "a", '"""\n---\nid: "same"\nslug: "one"\n---\n"""\n')
    add_script(project, "b", '"""\n---\nid: "same"\nslug: "one"\n---\n"""\n')
    rows = {
        row["path"]: row for row in json.loads(run_inkstand("list", "--json", cwd=project).stdout)
    }
    assert (rows["scripts/a.py"]["slug"], rows["scripts/a.py"]["problem"]) == ("one", "")
    assert rows["scripts/b.py"]["slug"] == "one_2"
    assert "scripts/a.py has the slug one too" in rows["scripts/b.py"]["problem"]
    assert "scripts/a.py has the same id" in rows["scripts/b.py"]["problem"]
    done = run_inkstand("run", "one_2", "--entrypoint", "main", cwd=project)
    assert done.returncode == 0


# rebuild ------------------------------------------------------------------------------------------


def rebuild(project: Path, *arguments: str) -> tuple[int, dict[str, dict[str, int]]]:
    done = run_inkstand("rebuild", *arguments, "--json", cwd=project)
    return done.returncode, json.loads(done.stdout)["counts"]


def test_rebuild_reads_what_changed_and_all_of_it_when_asked(project: Path) -> None:
    for name in "ab":
        (project / "posts" / f"{name}.md").write_text(POST.format(name))
    code, counts = rebuild(project)
    assert code == 0
    assert counts == {
        "scripts": {"seen": 1, "parsed": 1, "removed": 0},
        "posts": {"seen": 2, "parsed": 2, "removed": 0},
        "media": {"seen": 0, "parsed": 0, "removed": 0},
    }
    _, counts = rebuild(project)
    assert [count["parsed"] for count in counts.values()] == [0, 0, 0]
    (project / "posts" / "a.md").unlink()
    (project / "posts" / "b.md").write_text(POST.format("longer"))
    _, counts = rebuild(project, "posts")
    assert counts == {"posts": {"seen": 1, "parsed": 1, "removed": 1}}
    _, counts = rebuild(project, "--full")
    assert [count["parsed"] for count in counts.values()] == [1, 1, 0]


def test_rebuild_lists_what_it_could_not_read_and_goes_on(project: Path) -> None:
    (project / "posts" / "bad.md").write_bytes(b"---\ntitle: \xff\n---\n")
    (project / "posts" / "good.md").write_text(POST.format("good"))
    (project / "media" / "x.png.meta").write_text("---\nid: x\n---")
    add_script(project, "latin", b"# \xe9\n")
    done = run_inkstand("rebuild", cwd=project)
    assert done.returncode == 1
    assert "3 unreadable" in done.stdout
    assert "1 post (2 read, 0 gone)" in done.stdout
    assert "posts/bad.md: not UTF-8 in line 2" in done.stderr
    assert "media/x.png.meta: " in done.stderr
    assert "originalName and mimeType missing" in done.stderr
    assert "scripts/latin.py: not UTF-8 at line 1, column 3" in done.stderr
    # What is known from before is told again, without being read again.
    done = run_inkstand("rebuild", "--json", cwd=project)
    assert done.returncode == 1
    unreadable = json.loads(done.stdout)["unreadable"]
    assert [one["path"] for one in unreadable] == [
        "scripts/latin.py",
        "posts/bad.md",
        "media/x.png.meta",
    ]
    assert [one["kind"] for one in unreadable] == ["scripts", "posts", "media"]


def test_rebuild_tells_odd_files_too_which_are_no_failure(project: Path) -> None:
    add_script(project, "a", MACRO.format("same", ""))
    add_script(project, "b", MACRO.format("same", 'version: "none"\n'))
    done = run_inkstand("rebuild", cwd=project)
    assert done.returncode == 0
    assert "scripts/b.py: version is 'none'" in done.stderr
    assert "scripts/a.py has the slug same too" in done.stderr
    done = run_inkstand("rebuild", "--json", cwd=project)
    assert [one["path"] for one in json.loads(done.stdout)["problems"]] == ["scripts/b.py"]
    assert run_inkstand("rebuild", "posts", cwd=project).stderr == ""


def test_a_damaged_index_is_made_anew(project: Path) -> None:
    rebuild(project)
    index = open_project(project).index_path
    index.write_bytes(b"not a database at all" * 100)
    done = run_inkstand("list", cwd=project)
    assert done.returncode == 0
    assert "hello" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_state_folder_that_cannot_be_made_is_no_reason_to_stop(
    project: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    done = run_inkstand("list", cwd=project, env={"XDG_STATE_HOME": str(tmp_path / "file")})
    assert done.returncode == 0
    assert "hello" in done.stdout
    assert "Traceback" not in done.stderr


# check --------------------------------------------------------------------------------------------


def test_check_passes_all_scripts(project: Path) -> None:
    add_script(project, "other", "x = 1\n")
    done = run_inkstand("check", cwd=project)
    assert (done.returncode, done.stdout) == (0, "2 scripts checked, 0 with errors.\n")
    done = run_inkstand("check", "--json", cwd=project)
    assert (done.returncode, json.loads(done.stdout)) == (0, [])


def test_check_names_file_line_and_column_of_each_error(project: Path) -> None:
    add_script(project, "broken", "x = 1\n  y = 2\n")
    add_script(project, "latin", b"x = '\xe9'\n")
    add_script(project, "nul", "x = 1\ny = '\0'\n")
    add_script(project, "outside", "return 1\n")
    done = run_inkstand("check", cwd=project)
    assert done.returncode == 1
    assert "scripts/broken.py:2:" in done.stdout
    assert "null bytes" in done.stdout
    assert "scripts/latin.py:1:6: not utf-8" in done.stdout
    assert "scripts/outside.py:1:1: 'return' outside function" in done.stdout
    assert done.stdout.splitlines()[-1] == "5 scripts checked, 4 with errors."


def test_check_of_a_script_by_slug(project: Path) -> None:
    add_script(project, "broken", "x = (\n")
    assert run_inkstand("check", "hello", cwd=project).returncode == 0
    done = run_inkstand("check", "broken", "hello", "--json", cwd=project)
    assert done.returncode == 1
    (problem,) = json.loads(done.stdout)
    assert (problem["path"], problem["line"], problem["column"]) == ("scripts/broken.py", 1, 5)
    assert "never closed" in problem["message"]


def test_check_counts_lines_with_the_header(project: Path) -> None:
    add_script(project, "shout", MACRO.format("shout", "") + "y = (\n")
    done = run_inkstand("check", "shout", cwd=project)
    assert done.stdout.startswith("scripts/shout.py:9:5: ")


def test_check_of_an_unknown_slug(project: Path) -> None:
    done = run_inkstand("check", "helo", cwd=project)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Did you mean hello?" in done.stderr


def test_ctrl_c_ends_a_long_check_without_a_traceback(project: Path, start: Start) -> None:
    add_script(project, "long", "x = [1, 2, 3]\n" * 300_000)
    process = start("check", "long")
    wait_until(lambda: descendants(process.pid), "a kernel is at it")
    started = descendants(process.pid)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=DEADLINE_S)
    assert (process.returncode, output, errors) == (130, "", "")
    wait_until(lambda: not alive(started), "no kernel is left")


# Everywhere ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["list", "rebuild", "check", "run hello"])
def test_a_command_without_a_project(tmp_path: Path, command: str) -> None:
    done = run_inkstand(*command.split(), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"inkstand: {tmp_path} is not an Inkstand project: no meta/project.json here or above. "
        "Make one: inkstand init DIR\n"
    )


@pytest.mark.parametrize("command", ["list", "rebuild", "check", "run hello"])
def test_a_broken_project_file_is_told_and_passed_over(project: Path, command: str) -> None:
    (project / "meta" / "project.json").write_text('{"name": "Blog",\n  oops}')
    done = run_inkstand(*command.split(), cwd=project)
    assert done.returncode == 0
    assert "meta/project.json:2:3: " in done.stderr
    assert "using defaults" in done.stderr


@pytest.mark.parametrize("command", ["list", "rebuild", "check", "run hello"])
def test_a_project_that_cannot_be_written_can_be_read_and_run(project: Path, command: str) -> None:
    before = contents(project)
    with read_only(project):
        done = run_inkstand(*command.split(), cwd=project)
    assert (done.returncode, done.stderr) == (0, "")
    assert contents(project) == before


def test_a_read_only_project_without_scripts_says_why_there_are_none(tmp_path: Path) -> None:
    root = tmp_path / "blog"
    init_project(root)
    with read_only(root):
        done = run_inkstand("list", cwd=root)
    assert done.returncode == 0
    assert "the default scripts could not be put there" in done.stderr
    assert "read-only" in done.stderr
    assert list((root / "scripts").iterdir()) == []
