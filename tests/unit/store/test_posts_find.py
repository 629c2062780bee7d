"""Posts are found by slug and translations by the post they name, without the index."""

from __future__ import annotations

import pytest

from store.files import FileError
from store.posts import PostNotFound, find_post, read_post, translations_of
from store.project import Project
from tests.unit.store.conftest import put


def post(post_id: str, slug: str) -> str:
    return f"---\nid: {post_id}\nslug: {slug}\n---\n"


def test_a_post_is_found_by_its_slug(project: Project) -> None:
    put(project, "posts/2026/03/hello.md", post("1", "hello"))
    put(project, "posts/2026/03/hello.de.md", "---\ntranslationFor: 1\nslug: hallo\n---\n")
    put(project, "posts/2026/02/renamed.mdx", post("2", "moved-away"))
    put(project, "posts/2025/02/moved.md", post("3", "renamed"))
    put(project, "posts/2025/02/broken.md", "---\nslug: hello-you\n")
    put(project, "posts/2025/02/no-slug.md", "---\nid: 5\n---\n")
    for slug, post_id in (
        *(("hello", "1"), ("HELLO", "1"), ("moved-away", "2"), ("renamed", "3"), ("no-slug", "5")),
    ):
        assert find_post(project, slug).facts.id == post_id
    for slug in ("hallo", "moved", "hello-you", ""):
        with pytest.raises(PostNotFound, match="no post has the slug"):
            find_post(project, slug)
    with pytest.raises(PostNotFound) as caught:
        find_post(project, "helo")
    assert str(caught.value) == "no post has the slug 'helo'. Did you mean hello?"
    with pytest.raises(FileError, match="never ends"):
        find_post(project, "broken")


def test_translations_are_those_that_name_the_post(project: Project) -> None:
    own = read_post(put(project, "posts/a/x.md", post("1", "x")))
    put(project, "posts/a/x.it.mdx", "---\ntranslationFor: 1\n---\n")
    put(project, "posts/a/odd.md", "---\ntranslationFor: 1\nlanguage: de\n---\n")
    put(project, "posts/a/x.fr.md", "---\ntranslationFor: 12\n---\n")
    put(project, "posts/a/.x.es.md", "---\ntranslationFor: 1\n---\n")
    put(project, "posts/a/y.md", "---\nnever ends, see 1\n")
    put(project, "posts/b/x.nl.md", "---\ntranslationFor: 1\n---\n")
    found = translations_of(own)
    assert [(one.path.name, one.facts.language) for one in found] == [
        ("odd.md", "de"),
        ("x.it.mdx", "it"),
    ]
    assert translations_of(found[0]) == []
    put(project, "posts/a/x.nl.md", "---\ntranslationFor: 1\n")
    with pytest.raises(FileError, match=r"x\.nl\.md: .*never ends"):
        translations_of(own)
