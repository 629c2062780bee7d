"""Searching, filtering, links and tags in the index, filled from real files."""

from collections.abc import Iterator

import pytest

from store import link_graph, post_counts, search
from store.index import Index
from store.post_counts import Usage
from store.project import Project
from store.rebuild import rebuild, take_in
from store.search import PostFilter
from tests.unit.store.conftest import put, script_text


def post(slug: str, day: str, body: str = "", **more: str) -> str:
    lines = "".join(f"{key}: {value}\n" for key, value in more.items())
    return (
        f"---\nid: id-{slug}\ntitle: {slug.title()} title\nslug: {slug}\n"
        f"createdAt: '{day}T10:00:00.000Z'\n{lines}---\n{body}\n"
    )


@pytest.fixture
def blog(project: Project) -> Project:
    put(
        project,
        "posts/2025/12/old.md",
        post(
            "old",
            "2025-12-31",
            "A café by the harbour. [new](/posts/new) ![p](/media/2026/01/p.png)",
            status="published",
            tags="[Sea, coffee]",
            categories="[article]",
            language="en",
        ),
    )
    put(
        project,
        "posts/2026/01/new.md",
        post(
            "new",
            "2026-01-02",
            "Quiet harbours. [gone](/posts/nowhere) [self](/posts/new)",
            status="draft",
            tags="[sea]",
            categories="[page]",
            language="en",
        ),
    )
    put(
        project,
        "posts/2025/12/old.de.md",
        "---\ntranslationFor: id-old\nlanguage: de\ntitle: Alt\n---\nHafen [x](/posts/other)\n",
    )
    put(project, "posts/2026/01/other.md", post("other", "2026-01-31", tags="[]", language="fr"))
    put(
        project,
        "media/2026/01/p.png.meta",
        '---\nid: m1\noriginalName: "p.png"\nmimeType: image/png\n'
        'title: "Harbour at night"\nalt: "boats"\ntags: ["sea"]\n---',
    )
    put(project, "scripts/tides.py", script_text("tides", body="# when the harbour is full\n"))
    return project


@pytest.fixture
def index(blog: Project) -> Iterator[Index]:
    opened = Index.open(None)
    rebuild(blog, opened)
    yield opened
    opened.close()


def found(index: Index, query: str) -> list[str]:
    return [hit.path for hit in search.search(index, query)]


def test_words_are_found_in_every_kind(index: Index) -> None:
    assert found(index, "harbour") == [
        "scripts/tides.py",
        "posts/2026/01/new.md",
        "posts/2025/12/old.md",
        "media/2026/01/p.png.meta",
    ]
    assert found(index, "harbour ") == [
        "scripts/tides.py",
        "posts/2025/12/old.md",
        "media/2026/01/p.png.meta",
    ]
    (hit,) = search.search(index, "cafe", ["posts"])
    assert (hit.kind, hit.title) == ("posts", "Old title")
    assert "A \x02café\x03 by the harbour." in hit.snippet
    assert "\n" not in hit.snippet


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("quiet harbours", 1),
        ("harbours quiet", 1),
        ('"quiet harbours"', 1),
        ('"harbours quiet"', 0),
        ("HARB", 4),
        ("coffee", 1),
        ("Hafen", 1),
        ("boats", 1),
        ("", 0),
        ("  ", 0),
        ("- ( ) : * ^", 0),
        ('unclosed "harb', 0),
        ("AND", 0),
        ("NEAR(harbour night)", 0),
        ("body:harbour", 0),
        ("x' OR 1=1", 0),
        ("harbour\x00", 4),
    ],
)
def test_a_query(index: Index, query: str, number: int) -> None:
    assert len(found(index, query)) == number


def test_a_title_counts_more_than_a_body(blog: Project, index: Index) -> None:
    put(blog, "posts/t.md", post("harbour", "2020-01-01"))
    take_in(blog, index, ["posts/t.md"])
    assert search.search(index, "harbour", ["posts"])[0].path == "posts/t.md"
    assert len(search.search(index, "harbour", ["posts"], limit=1)) == 1


def slugs(index: Index, wanted: PostFilter) -> list[str]:
    rows = search.posts_where(index, wanted)
    assert search.count_posts(index, wanted) == len(rows)
    return [row.facts.slug for row in rows]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (PostFilter(), ["other", "new", "old"]),
        (PostFilter(status="Published"), ["old"]),
        (PostFilter(status="draft"), ["other", "new"]),
        (PostFilter(tags=("SEA",)), ["new", "old"]),
        (PostFilter(tags=("sea", "coffee")), ["old"]),
        (PostFilter(categories=("page",)), ["new"]),
        (PostFilter(language="de"), ["old"]),
        (PostFilter(language="EN"), ["new", "old"]),
        (PostFilter(missing_translation="de"), ["other", "new"]),
        (PostFilter(year=2026), ["other", "new"]),
        (PostFilter(year=2025, month=12), ["old"]),
        (PostFilter(year=2025, month=1), []),
        (PostFilter(since="2026-01-02"), ["other", "new"]),
        (PostFilter(until="2026-01-02"), ["new", "old"]),
        (PostFilter(until="2026-01-02T10:00:00.000Z"), ["old"]),
        (PostFilter(tags=("' OR 1=1 --",)), []),
    ],
)
def test_a_filter(index: Index, wanted: PostFilter, expected: list[str]) -> None:
    assert slugs(index, wanted) == expected


def test_pages_of_posts(index: Index) -> None:
    rows = search.posts_where(index, PostFilter(), limit=1, offset=1)
    assert [row.facts.slug for row in rows] == ["new"]


def test_one_post_by_id_or_slug_with_its_translations(index: Index) -> None:
    by_id, by_slug = search.find_post(index, "id-old"), search.find_post(index, "OLD")
    assert by_id == by_slug
    assert by_id is not None
    assert by_id.languages == ("de",)
    assert search.find_post(index, "nothing") is None
    ((path, facts),) = search.translations_of(index, "id-old")
    assert (path, facts.title) == ("posts/2025/12/old.de.md", "Alt")
    media = search.find_media(index, "m1")
    assert media is not None
    assert media[0] == "media/2026/01/p.png.meta"
    assert search.find_media(index, "m2") is None


def test_links_go_both_ways(index: Index) -> None:
    rows, missing = link_graph.links_of(index, "posts/2026/01/new.md")
    assert ([row.facts.slug for row in rows], missing) == (["new"], ["post:nowhere"])
    assert [row.facts.slug for row in link_graph.linked_by(index, "new")] == ["new", "old"]
    # A translation's link is its post's.
    assert [row.facts.slug for row in link_graph.linked_by(index, "OTHER")] == ["old"]
    used = link_graph.posts_with_media(index, "media/2026/01/p.png")
    assert [row.facts.slug for row in used] == ["old"]


def test_links_follow_the_text(blog: Project, index: Index) -> None:
    put(blog, "posts/2026/01/new.md", post("new", "2026-01-02", "[other](/posts/other)"))
    (blog.root / "posts/2025/12/old.md").unlink()
    take_in(blog, index, ["posts/2026/01/new.md", "posts/2025/12/old.md"])
    assert [row.facts.slug for row in link_graph.linked_by(index, "other")] == ["new"]
    assert link_graph.linked_by(index, "new") == []
    assert found(index, "cafe") == []
    assert found(index, "quiet") == []


def test_tags_months_and_statuses_are_counted(index: Index) -> None:
    assert post_counts.usage(index, "tags") == [
        Usage("coffee", 1),
        Usage("Sea", 1),
        Usage("sea", 1),
    ]
    assert post_counts.usage(index, "categories") == [Usage("article", 1), Usage("page", 1)]
    assert post_counts.months(index) == [Usage("2026-01", 2), Usage("2025-12", 1)]
    assert post_counts.statuses(index) == {"draft": 2, "published": 1}


def test_files_that_are_no_entries_do_no_harm(blog: Project, index: Index) -> None:
    before = index.known("posts"), index.known("media"), index.known("scripts")
    put(blog, "posts/.hidden.md", "x")
    put(blog, "posts/note.txt", "x")
    put(blog, "media/2026/01/p.png", b"x")
    put(blog, "meta/tags.json", "[]")
    paths = ["posts/.hidden.md", "posts/note.txt", "media/2026/01/p.png", "meta/tags.json"]
    take_in(blog, index, [*paths, "scripts/__pycache__/x.py", "elsewhere/x.py", "x.py", ""])
    assert (index.known("posts"), index.known("media"), index.known("scripts")) == before


def test_texts_are_kept_to_the_character(blog: Project, index: Index) -> None:
    odd = "a\x00b \\u0000 \u2028 \r\n\t\x1f \U0001f600 \\ \" ' end"
    put(blog, "scripts/odd.py", script_text("odd", body=odd))
    take_in(blog, index, ["scripts/odd.py"])
    assert index.text("scripts", "scripts/odd.py") == odd
    assert index.text("scripts", "scripts/none.py") is None
    assert dict(index.texts("scripts")) == {
        "scripts/odd.py": odd,
        "scripts/tides.py": "# when the harbour is full\n",
    }
    assert [path for path, _ in index.texts("posts")] == sorted(index.known("posts"))
    rebuild(blog, index, full=True)
    assert index.text("scripts", "scripts/odd.py") == odd


def test_an_entry_is_listed_with_its_state(blog: Project, index: Index) -> None:
    put(blog, "posts/bad.md", "no front matter")
    take_in(blog, index, ["posts/bad.md"])
    states = {one.path: (one.facts is not None, one.is_readable) for one in index.entries("posts")}
    assert states["posts/bad.md"] == (False, False)
    assert states["posts/2026/01/new.md"] == (True, True)
    assert index.is_complete("posts")
    assert not Index.open(None).is_complete("posts")


def test_posts_in_pages_by_field(index: Index) -> None:
    fields = ["slug", "tags", "body", "languages", "do_not_translate", "path"]
    rows, cursor = search.page_of_posts(index, PostFilter(), fields, cursor="", limit=2)
    assert [row[0] for row in rows] == ["other", "new"]
    assert rows[1][1:3] == [["sea"], "Quiet harbours. [gone](/posts/nowhere) [self](/posts/new)\n"]
    rows, cursor = search.page_of_posts(index, PostFilter(), fields, cursor=cursor, limit=2)
    assert [[row[0], *row[3:]] for row in rows] == [["old", ["de"], False, "posts/2025/12/old.md"]]
    assert cursor == ""
    with pytest.raises(ValueError, match="no field 'x'"):
        search.page_of_posts(index, PostFilter(), ["x"], cursor="", limit=2)
