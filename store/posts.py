"""Reads what the front matter of a post says: the facts that lists and the index need.

Writing posts, and rendering them, must never enter.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from store import files, frontmatter
from store.files import FileError, Stamp

SUFFIXES = (".md", ".markdown", ".mdx")
"""The endings of posts; new ones get the first."""

_TRANSLATION = re.compile(r"(?P<slug>.+)\.(?P<language>[a-z]{2,3}(-[A-Za-z]{2,4})?)")


@dataclass(frozen=True, slots=True)
class PostFacts:
    """What a post says about itself; "" for what it does not say."""

    id: str
    """A uuid; "" in translations that have none of their own."""
    title: str
    slug: str
    status: str
    """draft, published or archived."""
    language: str
    translation_for: str
    """The id of the post that this file translates; "" for the post itself."""
    tags: tuple[str, ...]
    categories: tuple[str, ...]
    created_at: str
    updated_at: str
    published_at: str
    excerpt: str
    author: str
    do_not_translate: bool = False
    """Whether it is meant to stay in its own language."""
    template_slug: str = ""
    """The template that its page is made with, if not the usual one."""


@dataclass(frozen=True, slots=True)
class Post:
    """A post or a translation as it stands in its file."""

    path: Path
    facts: PostFacts
    text: str
    """The whole file, front matter included."""
    body: str
    """What stands below the front matter."""
    stamp: Stamp
    """Of the file that was read; a write expects it."""


def read_post(path: Path) -> Post:
    """Read a post or a translation (`<slug>.<lang>.md`).

    Args:
        path: The file.

    Returns:
        The post.

    Raises:
        FileError: It cannot be read, or its front matter is missing or broken; with line and column
            where there is one.
    """
    return parse_post(path, *files.read(path))


def parse_post(path: Path, data: bytes, stamp: Stamp) -> Post:
    """Make a post of what its file holds; see `read_post`."""
    try:
        text = data.decode("utf-8")
        parsed = frontmatter.parse(text)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileError(path, f"not UTF-8 in line {line}", "Save the file as UTF-8.") from error
    except frontmatter.FrontMatterError as error:
        raise FileError(path, str(error), "Repair the front matter.") from error
    if not parsed.metadata:
        raise FileError(path, "it has no front matter", "Begin it with --- lines and an id.")
    return Post(path, _facts(path, parsed.metadata), text, parsed.body, stamp)


def _facts(path: Path, metadata: Mapping[str, object]) -> PostFacts:
    translation_for = _text(metadata.get("translationFor"))
    post_id = _text(metadata.get("id"))
    slug, language = path.stem, ""
    if (named := _TRANSLATION.fullmatch(path.stem)) and (translation_for or not post_id):
        slug, language = named["slug"], named["language"]
        if not translation_for:
            raise FileError(
                path, "translationFor is missing", "Name the id of the post that it translates."
            )
    if not post_id and not translation_for:
        raise FileError(path, "the front matter has no id", "Give the post an id.")
    slug = _text(metadata.get("slug")) or slug
    return PostFacts(
        id=post_id,
        title=_text(metadata.get("title")) or slug,
        slug=slug,
        # A translation without status has the one of its post.
        status=_text(metadata.get("status")) or ("" if translation_for else "draft"),
        language=_text(metadata.get("language")) or language,
        translation_for=translation_for,
        tags=_texts(metadata.get("tags")),
        categories=_texts(metadata.get("categories")),
        created_at=_text(metadata.get("createdAt")),
        updated_at=_text(metadata.get("updatedAt")),
        published_at=_text(metadata.get("publishedAt")),
        excerpt=_text(metadata.get("excerpt")),
        author=_text(metadata.get("author")),
        do_not_translate=_text(metadata.get("doNotTranslate")) == "true",
        template_slug=_text(metadata.get("templateSlug")),
    )


def _text(value: object) -> str:
    """Take a single value as text; lists and mappings say nothing here."""
    if isinstance(value, bool):
        return str(value).lower()
    return value.strip() if isinstance(value, str) else ""


def _texts(value: object) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    return tuple(text for item in values if (text := _text(item)))
