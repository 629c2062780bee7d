"""What may come in by a link: addresses and titles of all sorts, and the draft made of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.link_post import (
    MAX_TITLE_CHARS,
    MAX_URL_CHARS,
    LinkError,
    LinkPost,
    checked_post,
    clean_link,
    draft_of,
    escaped,
)


@pytest.mark.parametrize(
    ("given_url", "url"),
    [
        ("https://example.org/a?b=c", "https://example.org/a?b=c"),
        ("  https://example.org  ", "https://example.org"),
        ("HTTPS://Example.ORG/Path", "https://example.org/Path"),
        ("http://mara:secret@example.org/", "http://example.org/"),
        ("http://mara@example.org:8080/x", "http://example.org:8080/x"),
        ("https://example.org/a#part", "https://example.org/a"),
        ("https://example.org/a?#part", "https://example.org/a"),
        ("https://exa\nmple.org/\x00a\x1b[31m", "https://example.org/a%5B31m"),
        ("ht\ttps://example.org/a\u202eb\x9b", "https://example.org/ab"),
        ("https://example.org/\udcffa", "https://example.org/a"),
        ("https://example.org/a b\u00a0c", "https://example.org/a%20b%C2%A0c"),
        ("https://example.org/[[gallery]]", "https://example.org/%5B%5Bgallery%5D%5D"),
        ('https://example.org/"><b>', "https://example.org/%22%3E%3Cb%3E"),
        ("https://bücher.example/ä?ö", "https://bücher.example/ä?ö"),
        ("http://[2001:db8::1]:80/x", "http://[2001:db8::1]:80/x"),
        ("http://10.0.0.1/", "http://10.0.0.1/"),
    ],
)
def test_an_address_is_made_safe(given_url: str, url: str) -> None:
    assert clean_link(given_url).url == url


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "http:// or https://"),
        ("example.org/a", "http:// or https://"),
        ("javascript:alert(1)", "http:// or https://"),
        ("java\nscript:alert(1)", "http:// or https://"),
        ("file:///etc/passwd", "http:// or https://"),
        ("data:text/html,<b>", "http:// or https://"),
        ("https://", "names no host"),
        ("https:///path", "names no host"),
        ("https://mara:secret@/x", "names no host"),
        ("https://example.com\\@example.org/", "names no host"),
        ("https://example.org\\.example.com/", "names no host"),
        ("https://exa mple.org/", "names no host"),
        ("https://-/", "names no host"),
        ("https://a..b/", "names no host"),
        ("http://[fe80::1%25eth0]/", "names no host|is no address"),
        ("http://[::1/", "is no address"),
        ("https://example.org:port/", "is no address"),
        ("https://example.org:99999/", "is no address"),
        (f"https://example.org/{'a' * MAX_URL_CHARS}", "2,048"),
    ],
)
def test_what_is_no_address_of_the_web_is_refused_in_words(url: str, words: str) -> None:
    with pytest.raises(LinkError, match=words) as caught:
        clean_link(url)
    assert str(caught.value).endswith(".")
    assert len(str(caught.value)) < 300


def test_the_longest_address_is_taken_whole() -> None:
    url = "https://example.org/".ljust(MAX_URL_CHARS, "a")
    assert clean_link(url).url == url


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("A title", "A title"),
        ("  A\n\ttitle\r\n", "A title"),
        ("A\x00 \x1b[1mti\x9btle\u202e", "A [1mtitle"),
        ("", "example.org"),
        ("\x00\n \u2028", "example.org"),
        ("x" * 500, "x" * MAX_TITLE_CHARS),
        ("x" * 199 + " y", "x" * 199),
    ],
)
def test_a_title_is_one_line_or_else_the_host(title: str, shown: str) -> None:
    assert clean_link("https://mara:secret@example.org:80/a", title).title == shown


def test_a_draft_links_to_the_address() -> None:
    link = clean_link("https://example.org/ink_(song)?a=1&copy;=2", "The [best] *ink*")
    assert draft_of(link, "aside") == LinkPost(
        "The [best] *ink*",
        r"[The \[best\] \*ink\*](https://example.org/ink_%28song%29?a=1&amp;copy;=2)",
        (),
        ("aside",),
    )
    assert draft_of(link).categories == ()


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("plain & simple, 4 > 3", "plain & simple, 4 > 3"),
        ("<script>x</script>", "&lt;script>x&lt;/script>"),
        ("&lt; and &#60;", "&amp;lt; and &amp;#60;"),
        ("snake_case _word_", r"snake_case \_word\_"),
        ("`code` \\ [[youtube id=1]]", r"\`code\` \\ \[\[youtube id=1\]\]"),
    ],
)
def test_text_is_shown_as_it_is(text: str, markdown: str) -> None:
    assert escaped(text) == markdown


@given(st.text())
def test_no_text_opens_a_macro_or_ends_the_link(text: str) -> None:
    out = escaped(text)
    assert "[[" not in out
    bare = out.replace("\\\\", "").replace("\\[", "").replace("\\]", "")
    assert "[" not in bare
    assert "]" not in bare
    assert "<" not in out


@pytest.mark.parametrize(
    ("post", "words"),
    [
        ((" ", "x", [], []), "title is empty"),
        (("\x00", "x", [], []), "title is empty"),
        (("x", "\n ", [], []), "content is empty"),
        (("x", "x", ["a", " "], []), "tags is empty"),
        (("x", "x", [], [""]), "categories is empty"),
    ],
)
def test_a_post_with_an_empty_field_is_none(
    post: tuple[str, str, list[str], list[str]], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        checked_post(*post)


def test_a_post_keeps_its_content_and_loses_spaces_around_terms() -> None:
    assert checked_post(" a ", "    code\n", [" b "], ["c"]) == LinkPost(
        "a", "    code\n", ("b",), ("c",)
    )
