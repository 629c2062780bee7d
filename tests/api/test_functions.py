"""What single functions of the API do at their edges: settings, git, media, clipboard."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from engine.workspace import Workspace
from tests.api.conftest import Person, run

SETTINGS = Path("meta/project.json")
PUBLISHING = Path("meta/publishing.json")
POST = Path("posts/2026/03/hello.md")


@pytest.fixture
def committed(blog: Path) -> Path:
    """The blog with all of it in git."""
    for command in (["add", "-A"], ["commit", "-q", "-m", "All"]):
        subprocess.run(["git", *command], cwd=blog, check=True)
    return blog


async def test_settings_change_and_all_else_in_the_file_stays(
    workspace: Workspace, blog: Path
) -> None:
    before = json.loads((blog / SETTINGS).read_text())
    (blog / SETTINGS).write_text(json.dumps({**before, "picoTheme": "jade", "mine": [1, 2]}))
    source = """
import app
done = app.project.update(author="Mara", languages=["en", "de"], posts_per_page=20)
print(done.author, app.project.get().languages, app.project.get().posts_per_page)
print(app.posts.create("By whom").author)
"""
    seen = await run(workspace, source)
    assert (seen.error, seen.printed) == ("", "Mara ['en', 'de'] 20\nMara\n")
    after = json.loads((blog / SETTINGS).read_text())
    new = {"defaultAuthor": "Mara", "blogLanguages": ["en", "de"], "maxPostsPerPage": 20}
    assert after == {**before, "picoTheme": "jade", "mine": [1, 2], **new}
    assert workspace.runs.shown_changes(seen.run)["changed"] == ["meta/project.json"]


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("app.project.update(language='english')", "ValueError: project.update(): language should"),
        ("app.project.update(languages=['en', 'en'])", "ValueError: project.update(): languages"),
        ("app.project.update(posts_per_page=0)", "ValueError: project.update(): posts_per_page sh"),
        (
            "app.project.update(public_url='here')",
            "ValueError: project.update(): public_url should",
        ),
        ("app.project.update(author='a\\nb')", "ValueError: project.update(): author should"),
        ("app.project.update(unsandboxed=True)", "TypeError: project.update() has no parameter"),
        (
            "app.project.update_publishing(ssh_host='a\\nb')",
            "ValueError: project.update_publishing",
        ),
        ("app.project.update_publishing(ssh_mode='ftp')", "ValueError: project.update_publishing"),
        (
            "app.categories.update('nothing', title='x')",
            "ValueError: categories.update(): There is",
        ),
        ("app.tags.update('nothing', color='#123')", "LookupError: there is no tag 'nothing'"),
        ("app.tags.update('greeting', color='red')", "ValueError: tags.update(): "),
        ("app.posts.translation('hello', 'de')", "LookupError: 'hello' is not translated to 'de'"),
        (
            "app.posts.discard('hello')",
            "LookupError: posts.discard(): git's last commit has no pos",
        ),
        (
            "app.media.import_file('../x.png')",
            "PermissionError: media.import_file(): '../x.png' li",
        ),
        ("app.media.import_file('/etc/passwd')", "PermissionError: media.import_file(): '/etc/pa"),
        ("app.media.import_file('.git/config')", "PermissionError: media.import_file(): '.git/co"),
        ("app.media.import_file('out/passwd')", "PermissionError: media.import_file(): 'out/pass"),
        ("app.media.import_file('nothing.png')", "OSError: could not read "),
        ("app.media.import_file('x\\0.png')", "ValueError: media.import_file(): path: "),
        ("app.media.replace('none', 'x.png', b'')", "LookupError: no media file has the id 'none'"),
        ("app.ui.copy('x' * 100_001)", "ValueError: ui.copy(): text is longer than 100,000"),
    ],
)
async def test_a_wrong_call_changes_nothing(
    workspace: Workspace, blog: Path, call: str, error: str
) -> None:
    (blog / "out").symlink_to("/etc")
    before = (blog / SETTINGS).read_bytes()
    seen = await run(workspace, f"import app\n{call}\n")
    assert seen.error.startswith(error)
    assert workspace.runs.shown_changes(seen.run) == {}
    assert (blog / SETTINGS).read_bytes() == before


async def test_a_dry_run_tells_of_settings_and_changes_none(
    workspace: Workspace, blog: Path
) -> None:
    before = (blog / SETTINGS).read_bytes()
    source = """
import app
print(app.project.update(author="Mara").author, end=" ")
print(app.project.update_publishing(ssh_user="m").ssh_user)
"""
    seen = await run(workspace, source, is_dry=True)
    assert (seen.error, seen.printed) == ("", "Mara m\n")
    assert "meta/project.json" in workspace.runs.shown_changes(seen.run)["changed"]
    assert (blog / SETTINGS).read_bytes() == before
    assert workspace.project.settings.get("defaultAuthor") != "Mara"


async def test_publishing_preferences_keep_what_is_unknown(
    workspace: Workspace, blog: Path
) -> None:
    (blog / PUBLISHING).write_text('{\n  "sshHost": "old.example",\n  "port": 2222\n}\n')
    source = """
import app
app.project.update_publishing(ssh_host="new.example", ssh_mode="rsync")
print(dict(app.project.publishing()))
"""
    seen = await run(workspace, source)
    shown = {"ssh_host": "new.example", "ssh_user": "", "ssh_remote_path": "", "ssh_mode": "rsync"}
    assert (seen.error, seen.printed) == ("", f"{shown}\n")
    seen = await run(workspace, "import app\napp.project.clear_publishing()\n")
    assert json.loads((blog / PUBLISHING).read_text()) == {"port": 2222}


FILTERS = [
    {"tags": ["ink", "paper"]},
    {"categories": ["article"], "status": "published"},
    {"missing_translation": "de", "language": "en"},
    {"year": 2026, "month": 3},
    {"since": "2026-02-01", "until": "2026-03-01"},
    {"tag": "ink", "tags": ["paper"]},
]


async def test_lists_counts_and_pages_filter_alike(workspace: Workspace) -> None:
    source = f"""
import app
for wanted in {FILTERS!r}:
    listed = [post.id for post in app.posts.list(**wanted)]
    assert listed == [post.id for post in app.posts.iter(**wanted)], wanted
    assert len(listed) == app.posts.count(**wanted), wanted
    print(bool(listed), end=" ")
assert len(app.posts.list()) > len(app.posts.list(tags=["ink"])) > 0
"""
    seen = await run(workspace, source)
    assert seen.error == ""
    assert seen.printed.count("True") >= 4


async def test_a_discarded_change_can_be_taken_back(committed: Path, workspace: Workspace) -> None:
    (committed / POST).write_text((committed / POST).read_text() + "Mine.\n")
    changed = (committed / POST).read_bytes()
    source = 'import app\nprint(app.posts.discard("hello").body, app.posts.get("hello").body)\n'
    seen = await run(workspace, source, is_dry=True)
    assert (committed / POST).read_bytes() == changed
    seen = await run(workspace, source)
    assert (seen.error, seen.printed.count("Mine.")) == ("", 0)
    assert (committed / POST).read_bytes() != changed
    assert await workspace.runs.take_back(seen.run) == []
    assert (committed / POST).read_bytes() == changed


async def test_a_translation_has_its_posts_status(workspace: Workspace) -> None:
    source = """
import app
one = app.posts.create_translation("hello", "it", "Ciao", body="Ciao.")
print(one.status, one.translation_for == app.posts.get("hello").id)
print(app.posts.get("hello").languages, app.posts.translation("hello", "IT").body)
app.posts.delete_translation("hello", "it")
print(app.posts.translations("hello"), app.posts.get("hello").languages)
"""
    seen = await run(workspace, source)
    assert (seen.error, seen.printed) == ("", "published True\n['it'] Ciao.\n\n[] []\n")


async def test_slugs_that_are_free(workspace: Workspace) -> None:
    source = """
import app
for slug in ("hello", "HELLO", "über", "", "hello-2", "new"):
    print(app.posts.is_slug_free(slug), end=" ")
app.posts.create("Hello")
print(app.posts.free_slug("Hello"), app.posts.free_slug("Hello", exclude="hello"))
"""
    seen = await run(workspace, source)
    words = "False False False False True True hello-3 hello\n"
    assert (seen.error, seen.printed) == ("", words)


async def test_the_clipboard_takes_a_right_and_a_person(workspace: Workspace) -> None:
    source = 'import app\nprint(app.ui.copy("text"))\n'
    person = Person()
    seen = await run(workspace, source, person=person)
    assert (seen.printed, person.said) == ("True\n", ["copied: text"])
    assert (await run(workspace, source)).printed == "False\n"
    seen = await run(workspace, source, kind="macro", person=person)
    assert seen.error.startswith("PermissionError: app.ui.copy() needs the right to change")


async def test_git_tells_names_that_are_not_utf8(workspace: Workspace, blog: Path) -> None:
    (blog / "posts" / b"caf\xe9.txt".decode("utf-8", "surrogateescape")).write_text("x")
    source = 'import app\nprint([c.path for c in app.git.changes() if "caf" in c.path])\n'
    seen = await run(workspace, source)
    assert (seen.error, seen.printed) == ("", "['posts/caf\\\\xe9.txt']\n")


async def test_git_status_outside_of_a_repository(workspace: Workspace, blog: Path) -> None:
    (blog / ".git").rename(blog / ".gone")
    source = "import app\nstatus = app.git.status()\nprint(status.trouble_kind, status.changes)\n"
    seen = await run(workspace, source)
    assert (seen.error, seen.printed) == ("", "no-repository []\n")
