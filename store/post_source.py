"""A post as an editor has it: the whole text of its file, whatever is wrong with it.

Owns writing such a text as it was typed. Changing a post's fields is `post_changes`; the index must
never enter.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from store import files, frontmatter
from store.facts import PostFacts
from store.files import ConflictError, FileError, Stamp
from store.frontmatter import FrontMatterError, NewValue
from store.post_text import changed_text, new_text
from store.posts import SUFFIXES, parse_post
from store.script_changes import encoded, new_id
from store.script_text import iso
from store.slugs import post_slug, unique_slug

_MARK = "\ufeff"
_NO_STAMP = Stamp(0, 0, "")


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a post's front matter cannot be read."""

    line: int
    """In the file, from 1, as the column."""
    column: int
    reason: str


@dataclass(frozen=True, slots=True)
class PostSource:
    """A post or translation as it stands in its file, also one that cannot be read as such."""

    path: Path
    """The file, absolute."""
    header: str
    """What is not shown as text: the byte order mark of a file that begins with one; else ""."""
    body: str
    """The rest of the file, front matter included."""
    facts: PostFacts | None
    """What it says about itself; None when that cannot be read."""
    trouble: Trouble | None
    """Why it cannot; None when it can."""
    stamp: Stamp

    @property
    def text(self) -> str:
        """The whole file."""
        return self.header + self.body

    @property
    def first_body_line(self) -> int:
        """The line of the file in which `body` starts: the first."""
        return 1


def read_source(path: Path) -> PostSource:
    """Read a post's text.

    Args:
        path: The file.

    Returns:
        The text, and what can be told of its front matter.

    Raises:
        FileError: It cannot be read or is not UTF-8.
    """
    path = path.absolute()
    return parse_source(path, *files.read(path))


def parse_source(path: Path, data: bytes, stamp: Stamp) -> PostSource:
    """Make a source of a file's bytes; see `read_source`."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileError(path, f"not UTF-8 in line {line}", "Save the file as UTF-8.") from error
    facts, trouble = look_at(path, text)
    header = _MARK if text.startswith(_MARK) else ""
    return PostSource(path, header, text[len(header) :], facts, trouble, stamp)


def look_at(path: Path, text: str) -> tuple[PostFacts | None, Trouble | None]:
    """Tell what a post's text says about itself, or why that cannot be read.

    Args:
        path: Its file; it need not be there.
        text: The whole file.
    """
    try:
        return parse_post(path, encoded(path, text), _NO_STAMP).facts, None
    except FileError as error:
        if isinstance(error.__cause__, FrontMatterError):
            place = error.__cause__
            return None, Trouble(place.line, place.column, place.reason)
        return None, Trouble(1, 1, f"{error.reason}. {error.hint}".strip())


def save_source(source: PostSource, body: str) -> PostSource:
    """Write a post's text exactly as it is given; nothing is written when it is what is there.

    Args:
        source: The post as it was read.
        body: Its new text, front matter included.

    Returns:
        The post as it is now in its file.

    Raises:
        ConflictError: The file is not what was read.
        FileError: It could not be written; the file is as it was.
    """
    if body == source.body:
        return source
    return _written(source, body, source.stamp)


def overwrite_source(source: PostSource, body: str) -> PostSource:
    """Write a post's text over whatever its file holds by now, or make the file again.

    Raises:
        ConflictError: The file changed in this very moment.
        FileError: It could not be written; the file is as it was.
    """
    expected: Stamp | None = None
    try:
        expected = files.read(source.path)[1]
    except FileError as error:
        if not isinstance(error.__cause__, FileNotFoundError):
            raise
    return _written(source, body, expected)


def kept_over(source: PostSource, on_disk: PostSource) -> PostSource:
    """Return a source that the next save writes over what is on disk, exactly as that is now."""
    return replace(source, body=on_disk.body, stamp=on_disk.stamp)


def lost_source(path: Path, header: str, body: str, digest: str) -> PostSource:
    """Make a source of what is left of a post whose file is gone."""
    facts, trouble = look_at(path, header + body)
    return PostSource(path, header, body, facts, trouble, Stamp(0, 0, digest))


def slug_beside(source: PostSource, word: str) -> str:
    """Return the slug that a copy of a post would like to have."""
    slug = source.path.stem if source.facts is None else source.facts.slug
    return f"{post_slug(slug)}-{word}"


def create_beside(
    source: PostSource, body: str, word: str, *, taken: Collection[str] = (), moment: str = ""
) -> PostSource:
    """Put a text that a post might have had beside it, as a draft with an id of its own.

    Everything else of its front matter stays as it is. One that cannot be read becomes part of the
    draft's text, so that nothing is lost.

    Args:
        source: The post.
        body: The text, front matter included.
        word: What its title and slug say about it, such as `mine`.
        taken: Slugs of other posts.
        moment: The time of making, as front matter has it; the clock's when "".

    Returns:
        The draft.

    Raises:
        FileError: It could not be written.
    """
    moment = moment or iso(datetime.now(UTC))
    facts, _ = look_at(source.path, body)
    known = facts or source.facts
    title = f"{source.path.stem if known is None else known.title} ({word})"
    used, wanted = set(taken), slug_beside(source, word)
    while True:
        slug = unique_slug(wanted, used, "-")
        path = source.path.with_name(f"{slug}{SUFFIXES[0]}")
        fields: dict[str, NewValue] = {
            "id": new_id(),
            "title": title,
            "slug": slug,
            "status": "draft",
        }
        data = encoded(path, _copied(body, fields, moment))
        try:
            return parse_source(path, data, files.write(path, data, expected=None))
        except ConflictError:  # a file that no `taken` knew of
            used.add(slug)


def _copied(body: str, fields: dict[str, NewValue], moment: str) -> str:
    try:
        # Two translations into one language would be no project any more.
        wanted = {**fields, "translationFor": None, "publishedAt": None}
        old = frontmatter.parse(body).metadata
        times: dict[str, NewValue] = {
            key: moment for key in ("createdAt", "updatedAt") if not old.get(key)
        }
        return changed_text(body, wanted | times, None)
    except FrontMatterError:
        return new_text({**fields, "createdAt": moment, "updatedAt": moment}, body)


def _written(source: PostSource, body: str, expected: Stamp | None) -> PostSource:
    data = encoded(source.path, source.header + body)
    return parse_source(source.path, data, files.write(source.path, data, expected=expected))
