"""Slugs are words, and no two scripts share one."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.slugs import effective_slugs, post_slug, slugify, unique_slug


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("My macro", "my_macro"),
        ("  Über—Straße! 2 ", "uber_strasse_2"),
        ("Naïve résumé", "naive_resume"),
        ("日本", "script"),
        ("a日b", "a_b"),
        ("", "script"),
        ("../../etc/passwd", "etc_passwd"),
        ("x" * 300, "x" * 80),
    ],
)
def test_slugify(text: str, slug: str) -> None:
    assert slugify(text) == slug


@given(st.text())
def test_a_slug_is_a_word_and_stays_one(text: str) -> None:
    slug = slugify(text)
    assert re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", slug)
    assert slugify(slug) == slug


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Hello, World!", "hello-world"),
        ("  Über—Straße! 2 ", "uber-strasse-2"),
        ("Łódź + Ærø", "lodz-aero"),
        ("snake_case -- x", "snake-case-x"),
        ("日本", "post"),
        ("../../etc/passwd", "etc-passwd"),
        ("x" * 300, "x" * 80),
    ],
)
def test_the_slug_of_a_post(text: str, slug: str) -> None:
    assert post_slug(text) == slug


@given(st.text())
def test_the_slug_of_a_post_stays_one(text: str) -> None:
    slug = post_slug(text)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug)
    assert post_slug(slug) == slug


def test_unique_slug() -> None:
    assert unique_slug("a", ["A", "a-2"], "-") == "a-3"
    assert unique_slug("a", []) == "a"
    assert unique_slug("a", ["A", "a_2"]) == "a_3"


def test_the_file_that_is_named_like_the_slug_keeps_it() -> None:
    slugs = effective_slugs([("scripts/0.py", "x"), ("scripts/x.py", "x"), ("scripts/y.py", "X")])
    assert slugs == {
        "scripts/x.py": ("x", ""),
        "scripts/0.py": ("x_2", "scripts/x.py"),
        "scripts/y.py": ("X_3", "scripts/x.py"),
    }


@given(st.lists(st.sampled_from(["a", "A", "a_2", "a_3", "b"])))
def test_effective_slugs_are_unique(slugs: list[str]) -> None:
    result = effective_slugs((f"scripts/{number}.py", slug) for number, slug in enumerate(slugs))
    assert len(result) == len(slugs)
    assert len({slug.casefold() for slug, _ in result.values()}) == len(slugs)
