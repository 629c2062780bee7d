"""Scripts written for the plan's host run unmodified: `bds_api` and `js`."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

from engine.api.coverage import CONTRACT
from engine.child.bds_methods import LEFT_OUT, LEFT_OUT_NAMESPACES, METHODS
from engine.child.bds_shapes import camel
from engine.workspace import Workspace
from tests.api.conftest import Person, run
from tests.processes import run_inkstand

NEWEST = """
import app
for post in app.posts.list(limit=10):
    print(post.created_at, post.slug, post.title, post.status, post.tags)
"""

NEWEST_FOR_BDS = """
from bds_api import bds

async def newest():
    page = await bds.posts.get_all({"limit": 10})
    for post in page["items"]:
        print(post["createdAt"], post["slug"], post["title"], post["status"], post["tags"])
"""

NEWEST_FOR_JS = """
import js
for post in js.posts.getAll({"limit": 10})["items"]:
    print(post["createdAt"], post["slug"], post["title"], post["status"], post["tags"])
"""

HEADER = '"""\n---\nslug: "{slug}"\nkind: "utility"\nentrypoint: "{entrypoint}"\n---\n"""\n'


async def test_the_newest_posts_are_the_same_for_all(workspace: Workspace) -> None:
    ours = await run(workspace, NEWEST)
    assert ours.printed.count("\n") == 10
    theirs = await run(workspace, NEWEST_FOR_BDS, entrypoint="newest")
    assert (theirs.error, theirs.printed) == ("", ours.printed)
    plain = await run(workspace, NEWEST_FOR_JS)
    assert (plain.error, plain.printed) == ("", ours.printed)


def test_the_command_prints_the_same_newest_posts_for_all(blog: Path) -> None:
    printed = {}
    for slug, entrypoint, source in (
        ("ours", "main", NEWEST),
        ("theirs", "newest", NEWEST_FOR_BDS),
        ("plain", "main", NEWEST_FOR_JS),
    ):
        script = HEADER.format(slug=slug, entrypoint=entrypoint) + source
        (blog / "scripts" / f"{slug}.py").write_text(script)
        done = run_inkstand("run", slug, "--project", blog)
        assert (done.returncode, done.stderr) == (0, "")
        printed[slug] = done.stdout
    lines = printed["ours"].splitlines()
    assert len(lines) == 10
    assert lines == sorted(lines, reverse=True)
    assert printed["theirs"] == printed["plain"] == printed["ours"]


NAMESPACES = ("posts", "media", "scripts", "tags", "meta", "tasks", "app", "projects", "sync")


class Awaiting(ast.NodeTransformer):
    """Writes `await` before every call of a method."""

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        name = node.func.value if isinstance(node.func, ast.Attribute) else None
        is_method = isinstance(name, ast.Name) and name.id in NAMESPACES
        return ast.Await(node) if is_method else node


def for_bds(call: str) -> str:
    """Write a script for `bds_api` that prints what a call gives."""
    awaited = ast.unparse(Awaiting().visit(ast.parse(call, mode="eval")))
    names = ", ".join(f"bds.{name}" for name in NAMESPACES)
    return f"""
from bds_api import bds

async def main_():
    {", ".join(NAMESPACES)} = {names}
    print({awaited}, end="")
"""


def for_js(call: str) -> str:
    """Write the same for `js`."""

    def camel_call(found: re.Match[str]) -> str:
        name = found[2] if found[2].endswith("_") else camel(found[2])
        return f"{found[1]}.{name}("

    named = re.sub(rf"\b({'|'.join(NAMESPACES)})\.(\w+)\(", camel_call, call)
    return f"from js import *\nprint({named}, end='')\n"


POST_KEYS = [
    *("author", "availableLanguages", "categories", "content", "createdAt", "doNotTranslate"),
    *("excerpt", "id", "language", "projectId", "publishedAt", "slug", "status", "tags"),
    *("templateSlug", "title", "updatedAt"),
]
SLUGS = "[one['slug'] for one in {}]"
HELLO = "posts.get('hello')['id']"
FIRST = "media.get_all()[0]['id']"


CALLS = [
    ("posts.get('nothing-like-it')", "None"),
    ("posts.get_by_slug('hello')['content']", "Hello from the harbour.\n"),
    ("posts.get_by_slug('hello')['availableLanguages']", "['en']"),
    ("posts.get_by_slug('hello')['excerpt']", "None"),
    ("sorted(posts.get_by_slug('hello'))", str(POST_KEYS)),
    ("sorted(posts.get_all({'limit': 1})['items'][0])", str(POST_KEYS)),
    ("len(posts.get_all({'limit': 2})['items'])", "2"),
    ("posts.get_all({'limit': 2})['hasMore']", "True"),
    ("posts.get_all({'limit': 600})['hasMore']", "False"),
    (
        "[one for one in posts.get_all()['items'] if one != posts.get(one['id'])]",
        "[]",
    ),
    (
        "posts.get_all()['items'][3:5] == posts.get_all({'limit': 2, 'offset': 3})['items']",
        "True",
    ),
    ("{one['status'] for one in posts.get_by_status('draft')}", "{'draft'}"),
    (SLUGS.format("posts.filter({'tags': ['GREETING']})"), "['hello']"),
    ("posts.filter({'tags': ['greeting', 'none']})", "[]"),
    ("posts.filter({'year': 1990})", "[]"),
    (SLUGS.format("posts.filter({'from': '2026-03-01', 'to': '2026-03-01'})"), "['hello']"),
    ("posts.filter({'missingTranslationLanguage': 'en', 'language': 'en'})", "[]"),
    ("posts.filter({'tags': ['greeting']})[0]['content']", "Hello from the harbour.\n"),
    (SLUGS.format("posts.search('harbour')"), "['hello']"),
    ("posts.is_slug_available('hello')", "False"),
    (f"posts.is_slug_available('hello', {HELLO})", "True"),
    ("posts.is_slug_available('hello', None)", "False"),
    ("posts.generate_unique_slug('Hello')", "hello-2"),
    (f"posts.generate_unique_slug('Hello', {HELLO})", "hello"),
    ("posts.has_published_version('hello')", "True"),
    ("posts.has_published_version('nothing')", "False"),
    ("posts.get_translation('hello', 'de')", "None"),
    ("posts.get_translations('nothing')", "[]"),
    ("posts.publish_translation('hello', 'de')", "None"),
    ("posts.get_linked_by('hello')", "[]"),
    ("posts.rebuild_from_files()", "None"),
    ("posts.rebuild_links()", "None"),
    ("posts.get_dashboard_stats()['totalPosts'] > 5", "True"),
    ("posts.get_by_year_month()[0]['year']", "2026"),
    ("'greeting' in posts.get_tags()", "True"),
    ("posts.get_tags_with_counts()[0]['count'] > 0", "True"),
    ("posts.get_categories_with_counts()[0]['category']", "article"),
    ("posts.create({'title': 'Made', 'content': 'x'})['status']", "draft"),
    ("posts.update('hello', {'excerpt': 'short'})['excerpt']", "short"),
    ("posts.update('hello', {'doNotTranslate': True})['doNotTranslate']", "True"),
    ("posts.update('nothing', {'excerpt': 'short'})", "None"),
    ("posts.publish('hello')['status']", "published"),
    ("posts.discard('nothing')", "None"),
    ("posts.delete('hello')", "True"),
    ("posts.delete('nothing')", "False"),
    ("media.get_all()[0]['filename'][-4:] in ('.png', '.svg')", "True"),
    (f"media.get_url({FIRST})[:7]", "/media/"),
    ("media.get_url('none')", "None"),
    (f"media.get_file_path({FIRST}).startswith(app.get_data_paths()['media'])", "True"),
    (f"media.import_({FIRST} and 'meta/tags.json', {{'title': 'T'}})['title']", "T"),
    (f"media.replace_file({FIRST}, media.get_url({FIRST})[1:])['id'] == {FIRST}", "True"),
    ("media.replace_file('none', 'meta/tags.json')", "None"),
    (f"media.update({FIRST}, {{'alt': 'A quay'}})['alt']", "A quay"),
    ("media.update('none', {})", "None"),
    (f"media.delete({FIRST})", "True"),
    ("media.filter({'year': 1990})", "[]"),
    ("media.filter({'tags': media.get_tags()[:1]}) != []", "True"),
    ("media.get_tags_with_counts()[0]['tag'] == media.get_tags()[0]", "True"),
    ("media.get_by_year_month()[0]['year'] > 2000", "True"),
    ("media.get_translation('none', 'de')", "None"),
    ("media.search('nothinglikeit')", "[]"),
    ("media.reindex_text()", "None"),
    ("scripts.get_all()[0]['filePath'][:8]", "scripts/"),
    ("sorted(scripts.get('hello'))[:4]", "['content', 'createdAt', 'enabled', 'entrypoint']"),
    ("scripts.get(scripts.get('hello')['id'])['slug']", "hello"),
    ("scripts.get('nothing')", "None"),
    (
        "scripts.create({'title': 'X', 'kind': 'macro', 'content': '', 'slug': 'y'})['slug']",
        "y",
    ),
    ("scripts.update('hello', {'enabled': False})['enabled']", "False"),
    ("scripts.delete('nothing')", "False"),
    ("tags.get_with_counts()[0]['count'] > 0", "True"),
    ("tags.get('greeting')['name']", "greeting"),
    ("tags.get_by_name('nothing')", "None"),
    ("tags.create({'name': 'New', 'color': '#123'})['color']", "#123"),
    ("tags.update('greeting', {'color': '#123'})['color']", "#123"),
    ("tags.update('nothing', {'color': '#123'})", "None"),
    ("tags.delete('greeting')", "{'success': True, 'postsUpdated': 1}"),
    ("tags.rename('greeting', 'welcome')['newName']", "welcome"),
    ("tags.merge(['greeting'], 'ink')['tagsDeleted']", "1"),
    (f"tags.get_posts_with_tag('greeting') == [{HELLO}]", "True"),
    ("'greeting' in tags.sync_from_posts()['added']", "True"),
    ("meta.add_tag('sepia') and 'sepia' in meta.get_tags()", "True"),
    ("meta.add_tag('sepia') and meta.remove_tag('sepia')", "True"),
    ("meta.remove_tag('nothing')", "False"),
    ("meta.add_category('sketch') and meta.remove_category('sketch')", "True"),
    ("meta.get_project_metadata()['mainLanguage']", "en"),
    ("meta.update_project_metadata({'defaultAuthor': 'Mara'})['defaultAuthor']", "Mara"),
    ("meta.set_project_metadata({'description': None})['description']", "None"),
    ("sorted(meta.sync_on_startup())", "['categories', 'projectMetadata', 'tags']"),
    ("meta.set_publishing_preferences({'sshHost': 'h', 'sshMode': 'scp'})['sshHost']", "h"),
    ("meta.clear_publishing_preferences() or meta.get_publishing_preferences()", "None"),
    ("projects.get_active()['isActive']", "True"),
    ("projects.get('another')", "None"),
    ("projects.update('another', {})", "None"),
    ("[one['id'] for one in projects.get_all()] == [projects.get_active()['id']]", "True"),
    ("tasks.get_running()[0]['status']", "running"),
    ("tasks.get_all()[0]['endTime']", "None"),
    ("tasks.cancel('0')", "False"),
    ("tasks.clear_completed()", "None"),
    ("sorted(app.get_data_paths())", "['database', 'media', 'posts']"),
    ("app.get_system_language() != ''", "True"),
    ("app.open_folder('/tmp/x')", "/tmp/x\nTrue"),
    ("app.get_default_project_path('another')", "None"),
    ("app.read_project_metadata('/etc')", "None"),
    ("app.copy_to_clipboard('text')", "True"),
    ("sync.check_availability()['gitFound']", "True"),
    ("sync.get_repo_state()['isRepo']", "True"),
    ("sync.get_repo_state()['hasRemote']", "False"),
    (
        "sync.get_status()['counts']['untracked'] == sync.get_status()['counts']['total']",
        "True",
    ),
    ("sync.get_remote_state()['hasUpstream']", "False"),
    ("sync.get_history(3)", "[]"),
    ("sync.commit_all('All')['success'] and sync.get_history()[0]['subject']", "All"),
]

READS = CALLS[::3]
"""Enough of them: both ways lead to the same methods."""


@pytest.mark.parametrize(("call", "printed"), CALLS)
async def test_a_method(workspace: Workspace, call: str, printed: str) -> None:
    seen = await run(workspace, for_js(call), person=Person())
    assert (seen.error, seen.printed) == ("", printed)


@pytest.mark.parametrize(("call", "printed"), READS)
async def test_a_method_that_is_awaited(workspace: Workspace, call: str, printed: str) -> None:
    seen = await run(workspace, for_bds(call), entrypoint="main_", person=Person())
    assert (seen.error, seen.printed) == ("", printed)


@pytest.fixture
def committed(blog: Path) -> Path:
    """The blog with all of it in git."""
    for command in (["add", "-A"], ["commit", "-q", "-m", "All"]):
        subprocess.run(["git", *command], cwd=blog, check=True)
    return blog


async def test_a_post_goes_back_to_what_git_has(committed: Path, workspace: Workspace) -> None:
    before = (committed / "posts/2026/03/hello.md").read_bytes()
    source = """
import js
js.posts.update("hello", {"title": "Other", "content": "Other"})
print(js.posts.discard("hello")["title"], js.posts.get("hello")["content"], end="")
"""
    seen = await run(workspace, source)
    assert (seen.error, seen.printed) == ("", "Hello Hello from the harbour.\n")
    assert (committed / "posts/2026/03/hello.md").read_bytes() == before


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("posts.get(5)", "posts.get requires string arg id"),
        ("posts.get('')", "posts.get requires string arg id"),
        ("posts.get()", "posts.get requires string arg id"),
        ("posts.get('a', 'b')", "posts.get takes 1 arguments, and 2 were given"),
        ("posts.get('a', id='b')", "posts.get got arg id twice"),
        ("posts.get(slug='b')", "posts.get has no arg slug"),
        ("posts.update('hello', ['x'])", "posts.update requires object arg data"),
        ("posts.search(None)", "posts.search requires string arg query"),
        ("posts.isSlugAvailable('x', 3)", "requires string-or-null arg exclude_post_id"),
        ("tags.merge('a', 'b')", "tags.merge requires array arg source_tag_ids"),
        ("sync.getHistory('5')", "sync.get_history requires number arg limit"),
        ("posts.nothing('x')", "Unsupported Python API method: posts.nothing"),
        ("posts.create({'title': ' '})", "posts.create: posts.create(): "),
        ("posts.create({'title': 5})", "posts.create: posts.create(): title"),
        ("scripts.create({'title': 'x'})", "scripts.create: data.kind should be a string"),
        ("posts.filter({'status': 'gone'})", "posts.filter: posts.page(): status"),
        ("posts.discard('hello')", "None"),
        (
            "app.selectFolder()",
            "app.select_folder is left out here: it means nothing in a terminal",
        ),
        ("chat.analyzePost('x')", "chat.analyze_post is left out here: the assistant"),
        ("sync.push()", "sync.push is left out here: "),
        ("media.getThumbnail('x', 'small')", "media.get_thumbnail is left out here: no thumb"),
        (
            "media.import_('/etc/passwd')",
            "media.import: media.import_file(): '/etc/passwd' lies out",
        ),
        ("media.import_('.git/config')", "media.import: media.import_file(): '.git/config' is hid"),
        ("meta.removeTag('greeting')", "meta.remove_tag: 'greeting' is carried; tags.delete takes"),
        ("meta.updateProjectMetadata({'picoTheme': 'x'})", "picoTheme cannot be changed from here"),
        ("meta.updateProjectMetadata({'mainLanguage': 'english'})", "language should be "),
    ],
)
async def test_a_wrong_call_says_what_is_wrong(workspace: Workspace, call: str, error: str) -> None:
    source = f"""
from js import *
from bds_api import BdsApiError
try:
    print({call})
except BdsApiError as error:
    print(error)
"""
    seen = await run(workspace, source)
    assert seen.error == ""
    assert error in seen.printed


async def test_awaited_calls_fail_alike(workspace: Workspace) -> None:
    source = """
from bds_api import bds, BdsApiError

async def main_():
    for call in (bds.app.trigger_menu_action, bds.chat.analyze_post, bds.posts.nothing):
        try:
            await call("x")
        except BdsApiError as error:
            print(str(error)[:40])
"""
    seen = await run(workspace, source, entrypoint="main_")
    assert (seen.error, seen.printed) == (
        "",
        "app.trigger_menu_action is left out here\n"
        "chat.analyze_post is left out here: the \n"
        "Unsupported Python API method: posts.not\n",
    )


async def test_a_macro_may_only_read_through_the_hosts_names(workspace: Workspace) -> None:
    source = """
from js import *
print(posts.get("hello")["title"])
posts.delete("hello")
"""
    seen = await run(workspace, source, kind="macro")
    assert seen.printed == "Hello\n"
    assert "posts.delete: app.posts.delete() needs the right to change the project" in seen.error


def test_every_method_of_the_contract_is_there_or_left_out_with_a_reason() -> None:
    reasons = {
        name
        for name in CONTRACT
        if name in LEFT_OUT or name.partition(".")[0] in LEFT_OUT_NAMESPACES
    }
    assert set(METHODS) | reasons == set(CONTRACT)
    assert set(METHODS) & reasons == set()
    assert set(LEFT_OUT) <= set(CONTRACT)
    assert {name for name, ours in CONTRACT.items() if ours} == set(METHODS)
