"""The text of posts: nothing changes but the lines of the keys that were asked for."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from store import frontmatter
from store.facts import PostFacts
from store.files import Stamp
from store.frontmatter import FrontMatterError, NewValue
from store.post_text import ORDER, TRANSLATION_ORDER, changed_text, new_text
from store.posts import Post, parse_post

NAMES = {
    "title": "title",
    "slug": "slug",
    "status": "status",
    "tags": "tags",
    "categories": "categories",
    "excerpt": "excerpt",
    "author": "author",
    "language": "language",
    "doNotTranslate": "do_not_translate",
    "templateSlug": "template_slug",
    "createdAt": "created_at",
    "updatedAt": "updated_at",
    "publishedAt": "published_at",
}
"""The keys that mean something, by the fact that they are read into."""
LISTS = frozenset({"tags", "categories"})
NASTY = [
    *("a: b", "# no comment", "a #b", "- item", "-", "---", "--- x", "...", "? key", "!tag", "&a"),
    *("*a", "%x", "@x", "`x`", "{a: 1}", "[a]", "]", "|", ">", "'", '"', "it's", 'say "x"', "\\n"),
    *("1", "007", "1e3", "0x1f", "0o7", "1_000", ".5", "nan", "~", "null", "true", "No", "off"),
    *("2026-03-01", "2026-03-01T10:00:00.000Z", "12:30", "=", "<<", "🖋️ ink", "ä ß", "عربي", "a\tb"),
]
TEXTS = st.sampled_from(NASTY) | st.text(
    st.characters(blacklist_categories=["Cs", "Cc"]) | st.sampled_from("'\"#:-[]{},&*!|>%@`\\ "),
    max_size=12,
)
LINES = TEXTS | st.lists(TEXTS, min_size=2, max_size=3).map("\n".join)
"""Texts that may have several lines."""
ITEMS = st.lists(TEXTS, max_size=4)
MOMENTS = st.sampled_from(["2026-03-01T10:00:00.000Z", "2025-12-31T23:59:59.999Z"])
CHANGES: st.SearchStrategy[dict[str, NewValue]] = st.fixed_dictionaries(
    {},
    optional={
        "title": TEXTS.filter(str.strip),
        "slug": TEXTS.filter(str.strip),
        "status": st.sampled_from(["draft", "published", "archived"]),
        "tags": ITEMS,
        "categories": ITEMS,
        "excerpt": LINES,
        "author": TEXTS,
        "language": st.sampled_from(["", "de", "no", "pt-BR"]),
        "doNotTranslate": st.booleans(),
        "templateSlug": TEXTS,
        "updatedAt": MOMENTS,
        "publishedAt": MOMENTS,
    },
)


@dataclass(frozen=True)
class Sample:
    """A post as some program or person might have written it."""

    chunks: tuple[tuple[str, str], ...]
    """Its text in pieces, each with the key that it belongs to; "" for none."""

    @property
    def text(self) -> str:
        return "".join(text for _, text in self.chunks)


def single_quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def double_quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + escaped.replace("\n", "\\n").replace("\t", "\\t") + '"'


@st.composite
def scalars(draw: st.DrawFn, values: st.SearchStrategy[str]) -> str:
    """Write a text in one of the ways YAML has; what reads differently is its own text then."""
    value = draw(values)
    style = draw(st.sampled_from(["plain", "single", "double"]))
    if style == "double" or not value.isprintable():
        return double_quoted(value)
    if style == "single":
        return single_quoted(value)
    is_plain = value.strip(string.ascii_letters + " ") == "" and value.strip() == value != ""
    return value if is_plain else single_quoted(value)


@st.composite
def entries(draw: st.DrawFn, key: str) -> str:
    """Write a key with a value."""
    name = draw(st.sampled_from([key, key, key, f"'{key}'", f'"{key}"']))
    remark = draw(st.sampled_from(["", "", "  # why"]))
    if key in LISTS:
        items = draw(st.lists(scalars(TEXTS), max_size=3))
        form = draw(st.sampled_from(["block", "flush", "flow", "lines"]))
        if not items or form == "flow":
            return f"{name}: [{', '.join(item for item in items if item)}]{remark}\n"
        if form == "lines":
            return f"{name}: [\n" + "".join(f"  {item},\n" for item in items) + "  ]\n"
        indent = "  " if form == "block" else ""
        return f"{name}:{remark}\n" + "".join(f"{indent}- {item}{remark}\n" for item in items)
    if key == "doNotTranslate":
        return f"{name}: {draw(st.sampled_from(['true', 'false', 'True', '']))}{remark}\n"
    if key.endswith("At"):
        return f"{name}: {draw(scalars(MOMENTS))}{remark}\n"
    if key == "excerpt" and draw(st.booleans()):
        mark = draw(st.sampled_from(["|", ">", "|-", ">-", "|+"]))
        return f"{name}: {mark}\n  First # line\n\n  tags: no\n"
    if key == "author" and draw(st.booleans()):
        return f"{name}: 'Ann\n  of  Green\n\n  Gables'\n"
    return f"{name}: {draw(scalars(TEXTS))}{remark}\n"


@st.composite
def samples(draw: st.DrawFn) -> Sample:
    """Write a whole post: any order and choice of keys, remarks, other keys, line ends."""
    keys = draw(st.lists(st.sampled_from(list(NAMES)), unique=True))
    keys = draw(st.permutations(["id", *keys, *draw(st.sampled_from([[], ["x"], ["x", "y"]]))]))
    chunks = [("", draw(st.sampled_from(["---\n", "---\n", "---  \n", "\ufeff---\n"])))]
    for key in keys:
        chunks.append(
            ("", draw(st.sampled_from(["", "", "", "\n", "# a remark\n", "\n# two\n\n"])))
        )
        if key in NAMES:
            chunks.append((key, draw(entries(key))))
        elif key == "id":
            chunks.append((key, "id: 0b7f\n"))
        else:
            more = [" {a: [1, 2],\n  b: x}", "\n  a: 1 # b\n  c:\n    - d", " 007", " !!str 1"]
            chunks.append((key, f"{key}:{draw(st.sampled_from([*more, f' &{key} 1']))}\n"))
    body = draw(st.text(st.characters(blacklist_categories=["Cs"])) | LINES)
    chunks.append(("", draw(st.sampled_from(["---\n", "---\n", "--- \n", "---"]))))
    if chunks[-1][1].endswith("\n"):
        chunks.append(("body", draw(st.sampled_from([body, f"{body}\n", "---\nx\n", ""]))))
    if draw(st.booleans()):
        chunks = [(key, text.replace("\r\n", "\n").replace("\n", "\r\n")) for key, text in chunks]
    return Sample(tuple(chunks))


def read(text: str) -> Post:
    return parse_post(Path("/a/post.md"), text.encode(), Stamp(0, 0, ""))


def as_read(key: str, value: NewValue) -> object:
    """Give what the fact of a key is once a value was written."""
    if value is None or isinstance(value, bool | int):
        return bool(value)
    if isinstance(value, str):
        return value.strip()
    return tuple(item.strip() for item in value if item.strip())


def facts_of(facts: PostFacts, keys: Sequence[str]) -> dict[str, object]:
    return {key: getattr(facts, NAMES[key]) for key in keys}


def is_within(wanted: Sequence[str], lines: Iterator[str]) -> bool:
    """Say whether all wanted lines come in this order, whatever else comes between."""
    return all(line in lines for line in wanted)


@given(samples())
def test_changing_nothing_is_the_identity(sample: Sample) -> None:
    text = sample.text
    post = read(text)
    assert changed_text(text, {}, None) == text
    same: dict[str, NewValue] = {key: getattr(post.facts, name) for key, name in NAMES.items()}
    for key in ("title", "slug", "status"):  # what a post does not say, its name says
        said = frontmatter.parse(text).metadata.get(key)
        if not isinstance(said, bool) and not (isinstance(said, str) and said.strip()):
            same[key] = ""
    assert changed_text(text, same, post.body) == text


@given(samples(), CHANGES, st.none() | LINES)
@example(Sample((("", "---\n"), ("id", "id: 1\n"), ("", "---"))), {"title": "x"}, "body")
def test_only_the_lines_of_what_changes_change(
    sample: Sample, changes: Mapping[str, NewValue], body: str | None
) -> None:
    text = sample.text
    before = read(text)
    new = changed_text(text, changes, body)
    after = read(new)
    found = facts_of(after.facts, list(changes))
    assert found == {key: as_read(key, value) for key, value in changes.items()}
    others = [key for key in NAMES if key not in changes]
    fallback = {"title"} if "slug" in changes else set()  # a post without title is called by slug
    kept = [key for key in others if key not in fallback]
    assert facts_of(after.facts, kept) == facts_of(before.facts, kept)
    assert after.body == (before.body if body is None else body)
    old, now = (frontmatter.parse(each).metadata for each in (text, new))
    assert {k: v for k, v in now.items() if k not in changes} == {
        k: v for k, v in old.items() if k not in changes
    }
    untouched = "".join(
        piece for key, piece in sample.chunks if key not in changes and key != "body"
    )
    assert is_within(untouched.splitlines(True)[:-1], iter(new.splitlines(True)))
    head = new[: len(new) - len(after.body)]
    assert head.count("\n") == head.count("\r\n" if "\r\n" in sample.chunks[0][1] else "\n")
    assert changed_text(new, changes, body) == new


@pytest.mark.parametrize("eol", ["\n", "\r\n"])
def test_new_keys_go_where_the_origin_has_them(eol: str) -> None:
    text = (
        "---\nid: 1\ntitle: A\nslug: a\nstatus: draft\n# when\ncreatedAt: x\n\n# all tags\n"
        "tags:\n  - one\ncategories: []\nown: 1\npublishedAt: y\n---\nBody"
    ).replace("\n", eol)
    fields: dict[str, NewValue] = {
        "templateSlug": "wide",
        "language": "de",
        "excerpt": "E",
        "doNotTranslate": True,
        "updatedAt": "2026-03-01T10:05:00.000Z",
        "mine": ["x"],
    }
    assert changed_text(text, fields, None) == (
        "---\nid: 1\ntitle: A\nslug: a\nstatus: draft\n# when\ncreatedAt: x\n"
        "updatedAt: '2026-03-01T10:05:00.000Z'\n\n# all tags\n"
        "tags:\n  - one\ncategories: []\nexcerpt: E\nlanguage: de\ndoNotTranslate: true\n"
        "templateSlug: wide\nown: 1\npublishedAt: y\nmine:\n  - x\n---\nBody"
    ).replace("\n", eol)


def test_a_new_key_never_lands_inside_a_value() -> None:
    text = "---\nid: 1\ntitle: 'one\nexcerpt: no\n\nx'\n---\n"
    assert changed_text(text, {"author": "Ann"}, None) == text[:-4] + "author: Ann\n---\n"


@pytest.mark.parametrize(
    ("old", "fields", "new"),
    [
        ("tags: one\n", {"tags": ["one"]}, "tags: one\n"),
        ("", {"tags": [], "excerpt": "", "doNotTranslate": False, "author": None}, ""),
        ("excerpt: ''\nauthor:\n", {"excerpt": "", "author": ""}, "excerpt: ''\nauthor:\n"),
        ("excerpt: ''\nauthor:\n", {"excerpt": None, "author": None}, ""),
        ("excerpt: a\ndoNotTranslate: true\n", {"excerpt": "", "doNotTranslate": False}, ""),
        ("doNotTranslate: 'true'\n", {"doNotTranslate": True}, "doNotTranslate: 'true'\n"),
        ("tags:\n- a\n", {"tags": []}, "tags: []\n"),
        ("title: ' a '\n", {"title": "a"}, "title: ' a '\n"),
        ("n: 1\n", {"n": 1}, "n: 1\n"),
    ],
)
def test_what_reads_alike_stays(old: str, fields: Mapping[str, NewValue], new: str) -> None:
    text = f"---\nid: 1\n{old}---\n"
    assert changed_text(text, fields, None) == f"---\nid: 1\n{new}---\n"


def test_a_body_below_front_matter_that_ends_the_file() -> None:
    assert changed_text("---\nid: 1\n---", {}, "Body") == "---\nid: 1\n---\nBody"
    assert changed_text("---\r\nid: 1\r\n---", {}, "Body") == "---\r\nid: 1\r\n---\r\nBody"
    assert changed_text("---\nid: 1\n---", {}, "") == "---\nid: 1\n---"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Just text", "no front matter"),
        ("---\nid: 1\n", "never ends"),
        ("---\n{a: 1}\n---\n", "brac"),
    ],
)
def test_what_cannot_be_changed_is_refused(text: str, words: str) -> None:
    with pytest.raises(FrontMatterError, match=words):
        changed_text(text, {"title": "x"}, None)


def test_a_new_post_is_written_as_the_origin_writes_it() -> None:
    fields: dict[str, NewValue] = {
        "publishedAt": "2026-03-01T10:05:00.000Z",
        "doNotTranslate": False,
        "author": "",
        "excerpt": "Short: it's",
        "categories": [],
        "tags": ["one", "2026"],
        "createdAt": "2026-03-01T10:00:00.000Z",
        "title": "Hello",
        "id": "0b7f4c1e-58a1-4a52-8f5e-0d3a1c9e7b21",
        "slug": "hello",
    }
    assert new_text(fields, "\ufeffBody\r\ntext") == (
        "---\nid: 0b7f4c1e-58a1-4a52-8f5e-0d3a1c9e7b21\ntitle: Hello\nslug: hello\n"
        "createdAt: '2026-03-01T10:00:00.000Z'\ntags:\n  - one\n  - '2026'\ncategories: []\n"
        "excerpt: 'Short: it''s'\npublishedAt: '2026-03-01T10:05:00.000Z'\n---\nBody\ntext\n"
    )
    assert new_text({"id": "1"}, "") == "---\nid: '1'\n---\n"


@given(CHANGES, LINES)
def test_a_new_post_reads_as_it_was_asked(changes: dict[str, NewValue], body: str) -> None:
    text = new_text({"id": "1", **changes}, body)
    post = read(text)
    found = facts_of(post.facts, list(changes))
    assert found == {key: as_read(key, value) for key, value in changes.items()}
    assert text.endswith("\n")
    assert changed_text(text, changes, None) == text


def test_every_fact_has_a_key_with_a_place() -> None:
    own = {"id", "translationFor"}
    assert set(ORDER) == set(NAMES) | own
    assert set(NAMES.values()) == set(PostFacts.__slots__) - {"id", "translation_for"}
    assert set(TRANSLATION_ORDER) <= set(ORDER)
