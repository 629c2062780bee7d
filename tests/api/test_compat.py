"""Scripts written for the plan's host run unmodified: `bds_api` and `js`."""

from __future__ import annotations

import pytest

from engine.workspace import Workspace
from tests.api.conftest import run

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


async def test_the_newest_posts_are_the_same_for_all(workspace: Workspace) -> None:
    ours = await run(workspace, NEWEST)
    assert ours.printed.count("\n") == 10
    theirs = await run(workspace, NEWEST_FOR_BDS, entrypoint="newest")
    assert (theirs.error, theirs.printed) == ("", ours.printed)
    plain = await run(workspace, NEWEST_FOR_JS)
    assert (plain.error, plain.printed) == ("", ours.printed)


@pytest.mark.parametrize(
    ("call", "printed"),
    [
        ("posts.get('nothing-like-it')", "None"),
        ("posts.get_by_slug('hello')['content']", "Hello from the harbour.\n"),
        ("posts.get_by_slug('hello')['availableLanguages']", "['en']"),
        ("posts.get_by_slug('hello')['excerpt']", "None"),
        (
            "sorted(posts.get_by_slug('hello'))[:3]",
            "['author', 'availableLanguages', 'categories']",
        ),
        ("len(posts.get_all({'limit': 2})['items'])", "2"),
        ("posts.get_all({'limit': 2})['hasMore']", "True"),
        ("[one['slug'] for one in posts.filter({'tags': ['GREETING']})]", "['hello']"),
        ("posts.filter({'year': 1990})", "[]"),
        ("[one['slug'] for one in posts.search('harbour')]", "['hello']"),
        ("posts.is_slug_available('hello')", "False"),
        ("posts.is_slug_available('hello', posts.get('hello')['id'])", "True"),
        ("posts.get_dashboard_stats()['totalPosts'] > 5", "True"),
        ("posts.get_by_year_month()[0]['year']", "2026"),
        ("posts.create({'title': 'Made', 'content': 'x'})['status']", "draft"),
        ("posts.update('hello', {'excerpt': 'short'})['excerpt']", "short"),
        ("posts.update('nothing', {'excerpt': 'short'})", "None"),
        ("posts.publish('hello')['status']", "published"),
        ("posts.delete('hello')", "True"),
        ("posts.delete('nothing')", "False"),
        ("media.get_all()[0]['filename'][-4:] in ('.png', '.svg')", "True"),
        ("scripts.get_all()[0]['filePath'][:8]", "scripts/"),
        ("scripts.get('hello')['slug']", "hello"),
        ("scripts.get('nothing')", "None"),
        ("tags.get_with_counts()[0]['count'] > 0", "True"),
        ("meta.get_project_metadata()['mainLanguage']", "en"),
        ("tasks.get_running()[0]['status']", "running"),
        ("sync.get_history(3)", "[]"),
    ],
)
async def test_a_method(workspace: Workspace, call: str, printed: str) -> None:
    source = f"from js import *\nprint({call}, end='')\n"
    for snake, camel in (
        *(("get_by_slug", "getBySlug"), ("get_all", "getAll"), ("get_running", "getRunning")),
        *(("is_slug_available", "isSlugAvailable"), ("get_history", "getHistory")),
        *(("get_dashboard_stats", "getDashboardStats"), ("get_by_year_month", "getByYearMonth")),
        *(("get_with_counts", "getWithCounts"), ("get_project_metadata", "getProjectMetadata")),
    ):
        source = source.replace(snake, camel)
    seen = await run(workspace, source)
    assert (seen.error, seen.printed) == ("", printed)


async def test_what_is_not_there_says_so(workspace: Workspace) -> None:
    source = """
from bds_api import bds, BdsApiError

async def main_():
    for call in (bds.app.select_folder, bds.chat.analyze_post, bds.posts.nothing):
        try:
            await call("x")
        except BdsApiError as error:
            print(error)
    try:
        await bds.posts.create({"title": " "})
    except BdsApiError as error:
        print(str(error)[:18])
"""
    seen = await run(workspace, source, entrypoint="main_")
    assert seen.error == ""
    assert seen.printed == (
        "bds.app.select_folder means nothing in a terminal; `inkstand api` lists what there is\n"
        "bds.chat.analyze_post is not supported; `inkstand api` lists what there is\n"
        "bds.posts.nothing is not supported; `inkstand api` lists what there is\n"
        "bds.posts.create: \n"
    )
