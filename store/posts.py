"""Reads posts and what their front matter says, and finds them without the index.

Writing posts, and rendering them, must never enter.
"""

import os
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from store import files, frontmatter, scan
from store.facts import PostFacts
from store.files import EntryNotFound, FileError, Stamp
from store.one_line import clean
from store.project import Project

SUFFIXES = (".md", ".markdown", ".mdx")
"""The endings of posts; new ones get the first."""

_TRANSLATION = re.compile(r"(?P<slug>.+)\.(?P<language>[a-z]{2,3}(-[A-Za-z]{2,4})?)")


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

    @property
    def source(self) -> bytes:
        """The bytes of the file."""
        return self.text.encode()


class PostNotFound(EntryNotFound):
    """No post has the slug; the hint names those that come close."""

    def __init__(self, folder: Path, slug: str, close: Collection[str]) -> None:
        """Say what was looked for and what it may have meant."""
        hint = f"Did you mean {' or '.join(close)}?" if close else ""
        super().__init__(folder, f"no post has the slug {slug!r}", hint)

    def __str__(self) -> str:
        return clean(f"{self.reason}. {self.hint}" if self.hint else f"{self.reason}.")


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


def find_post(project: Project, slug: str) -> Post:
    """Find a post by its slug, letter case aside.

    Args:
        project: The project.
        slug: The slug; of several posts that have it the one whose file is called so.

    Returns:
        The post itself, not a translation.

    Raises:
        PostNotFound: None has it; the hint names close ones.
        FileError: The file of that name is there but cannot be read.
    """
    paths = [file.relative for file in scan.walk(project.root, "posts", SUFFIXES).found]
    wanted = slug.casefold()
    for path in paths:
        if _stem(path).casefold() == wanted:
            post = read_post(project.root / path)
            if not post.facts.translation_for and post.facts.slug.casefold() == wanted:
                return post
    # Parsing ten thousand takes more than a second: only those that hold the word are parsed.
    for post in _posts_with(slug, (project.root / path for path in paths)):
        if not post.facts.translation_for and post.facts.slug.casefold() == wanted:
            return post
    import difflib  # here: only a mistyped name pays for it

    names = sorted({stem for path in paths if not _TRANSLATION.fullmatch(stem := _stem(path))})
    close = difflib.get_close_matches(slug, names, n=3)
    raise PostNotFound(project.posts_dir, slug, close)


def translations_of(post: Post) -> list[Post]:
    """Read the translations of a post: the files in its folder that name its id.

    Args:
        post: The post; a translation has none.

    Returns:
        They, by language.

    Raises:
        FileError: One that is called like a translation of this post cannot be read.
    """
    if post.facts.translation_for:
        return []
    try:
        names = sorted(os.listdir(post.path.parent))  # noqa: PTH208 - names are all it takes
    except OSError:
        return []
    found = []
    for name in names:
        path = post.path.parent / name
        if scan.is_skipped(name) or not name.lower().endswith(SUFFIXES) or path == post.path:
            continue
        named = _TRANSLATION.fullmatch(path.stem)
        try:
            data, stamp = files.read(path)
            if post.facts.id.encode() not in data:
                continue
            other = parse_post(path, data, stamp)
        except FileError as error:
            is_gone = isinstance(error.__cause__, FileNotFoundError)
            if named and named["slug"] == post.path.stem and not is_gone:
                raise
            continue
        if other.facts.translation_for == post.facts.id:
            found.append(other)
    return sorted(found, key=lambda translation: translation.facts.language)


def _posts_with(word: str, paths: Iterator[Path]) -> Iterator[Post]:
    """Read those posts that hold a word; those that cannot be read have no slug."""
    searched = re.compile(re.escape(word.encode()), re.IGNORECASE)
    for path in paths:
        try:
            data, stamp = files.read(path)
            if searched.search(data):
                yield parse_post(path, data, stamp)
        except FileError:
            continue


def _stem(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[0]


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
    if isinstance(value, str):
        return value.strip()
    return str(value).lower() if isinstance(value, bool) else ""


def _texts(value: object) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    return tuple(text for item in values if (text := _text(item)))
