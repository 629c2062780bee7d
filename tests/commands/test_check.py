"""`inkstand check` of posts as a person at a shell sees it; scripts are in test_project.py."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands.conftest import add_script
from tests.processes import run_inkstand

MACRO = '"""\n---\nslug: "{0}"\nkind: "macro"\nentrypoint: "render"\nenabled: {1}\n---\n"""\n{2}\n'
GALLERY = (
    "raise SystemExit('nothing is run')\n"
    "def render(context, *, columns: int = 3, caption: str = ''): ..."
)


def add_post(root: Path, slug: str, body: str, *, head: str = "", newline: str = "\n") -> Path:
    path = root / "posts" / "2026" / "03" / f"{slug}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = f"---\n{head or f'id: id-{slug}{newline}slug: {slug}'}\n---\n{body}".replace(
        "\n", newline
    )
    path.write_bytes(text.encode())
    return path


@pytest.fixture
def blog(project: Path) -> Path:
    add_script(project, "gallery", MACRO.format("gallery", "true", GALLERY))
    add_script(project, "off", MACRO.format("off", "false", "def render(context): ..."))
    add_post(project, "right", "Hello [[gallery columns=2]] and `[[galery]]`\n")
    return project


def test_right_posts_pass(blog: Path) -> None:
    done = run_inkstand("check", "--posts", cwd=blog)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "1 posts checked, 0 with errors, 0 with warnings only.\n"
    done = run_inkstand("check", "--posts", "--json", cwd=blog)
    assert (done.returncode, json.loads(done.stdout)) == (0, [])


def test_problems_come_with_the_line_of_the_file(blog: Path) -> None:
    add_post(blog, "wrong", 'One\n[[gallery columns=three]]\n\n[[gallery caption="x]]\n')
    done = run_inkstand("check", "--posts", cwd=blog)
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "posts/2026/03/wrong.md:6:19: gallery: columns takes a whole number, 'three' is none; "
        "e.g. [[gallery columns=3]]",
        'posts/2026/03/wrong.md:8:19: gallery: the quote " is never closed; the macro stays text.',
        "2 posts checked, 1 with errors, 0 with warnings only.",
    ]


def test_lines_are_those_of_a_file_with_crlf_and_a_byte_order_mark(blog: Path) -> None:
    path = add_post(blog, "crlf", "One\ntwo [[gallery rows=1]]", newline="\r\n")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    done = run_inkstand("check", "crlf", cwd=blog)
    assert done.stdout.startswith("posts/2026/03/crlf.md:6:15: gallery has no parameter 'rows'")


def test_unknown_and_disabled_macros_are_warnings(blog: Path) -> None:
    add_post(blog, "odd", "[[galery]] [[off]] [[gallery junk]]")
    done = run_inkstand("check", "--posts", cwd=blog)
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "posts/2026/03/odd.md:5:3: there is no macro galery; did you mean gallery?",
        "posts/2026/03/odd.md:5:14: the macro off is disabled (scripts/off.py); it stays text",
        "posts/2026/03/odd.md:5:30: gallery: the word 'junk' is ignored; write key=value",
        "2 posts checked, 0 with errors, 1 with warnings only.",
    ]


def test_problems_as_json(blog: Path) -> None:
    add_post(blog, "wrong", "[[gallery columns='x']]")
    done = run_inkstand("check", "wrong", "--json", cwd=blog)
    assert done.returncode == 1
    (problem,) = json.loads(done.stdout)
    assert problem.pop("message").startswith("gallery: columns takes a whole number")
    assert problem == {
        "path": "posts/2026/03/wrong.md",
        "line": 5,
        "column": 19,
        "end_line": 5,
        "end_column": 22,
        "severity": "error",
        "code": "wrong_value",
    }


def test_macros_that_a_project_has_no_copy_of_are_known(blog: Path) -> None:
    (blog / "scripts/tag_cloud.py").unlink(missing_ok=True)
    add_post(blog, "cloud", "[[tag_cloud]] [[photo_album]] [[tag_clout]]")
    done = run_inkstand("check", "--posts", cwd=blog)
    assert done.returncode == 0
    assert done.stdout.splitlines()[0] == (
        "posts/2026/03/cloud.md:5:33: there is no macro tag_clout; did you mean tag_cloud?"
    )


def test_a_post_without_front_matter_is_told(blog: Path) -> None:
    (blog / "posts/bare.md").write_text("Hello [[gallery]]\n")
    done = run_inkstand("check", "--posts", cwd=blog)
    assert done.returncode == 1
    assert "posts/bare.md:0:0: it has no front matter" in done.stdout.splitlines()


def test_one_post_by_slug_or_path_with_its_translations(blog: Path) -> None:
    add_post(blog, "wrong", "[[a x='1]]")
    add_post(blog, "wrong.de", "[[b x='1]]", head="translationFor: id-wrong\nlanguage: de")
    add_post(blog, "other", "[[c x='1]]")
    for arguments in (["wrong"], ["--posts", "wrong"]):
        done = run_inkstand("check", *arguments, cwd=blog)
        assert done.returncode == 1
        assert done.stdout.splitlines()[-1].startswith("2 posts checked, 2 with errors")
    for cwd, path in ((blog, "posts/2026/03/other.md"), (blog / "posts/2026", "03/other.md")):
        done = run_inkstand("check", path, cwd=cwd)
        assert done.stdout.splitlines()[-1].startswith("1 posts checked, 1 with errors")


def test_scripts_and_posts_together(blog: Path) -> None:
    done = run_inkstand("check", "hello", "right", cwd=blog)
    assert (done.returncode, done.stdout.splitlines()) == (
        0,
        [
            "1 scripts checked, 0 with errors.",
            "1 posts checked, 0 with errors, 0 with warnings only.",
        ],
    )


def test_a_script_wins_over_a_post_of_its_slug(blog: Path) -> None:
    add_post(blog, "hello", "[[a x='1]]")
    assert run_inkstand("check", "hello", cwd=blog).stdout == "1 scripts checked, 0 with errors.\n"
    assert run_inkstand("check", "--posts", "hello", cwd=blog).returncode == 1


def test_macros_in_code_count_where_the_project_expands_them(blog: Path) -> None:
    path = blog / "meta" / "project.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "expandMacrosInCode": True}))
    assert "there is no macro galery" in run_inkstand("check", "--posts", cwd=blog).stdout


def test_a_post_that_cannot_be_read_is_an_error(blog: Path) -> None:
    add_post(blog, "endless", "").write_text("---\nid: x\n[[gallery]]\n")
    done = run_inkstand("check", "--posts", cwd=blog)
    assert done.returncode == 1
    assert "posts/2026/03/endless.md:0:0: " in done.stdout
    assert "the front matter never ends" in done.stdout


@pytest.mark.parametrize("name", ["wrog", "posts/2026/03/none.md", "../../etc/passwd.md"])
def test_what_is_no_post(blog: Path, name: str) -> None:
    done = run_inkstand("check", "--posts", name, cwd=blog)
    assert (done.returncode, done.stdout) == (2, "")
    assert "no post" in done.stderr
