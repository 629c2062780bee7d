"""Makes new posts and translations, as the origin writes them.

Changing them is `post_changes`; the index must never enter.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path

from store import files
from store.files import ConflictError
from store.frontmatter import NewValue
from store.post_fields import FieldValue, by_key, checked_language, stored_value
from store.post_text import new_text
from store.posts import SUFFIXES, Post, parse_post, translations_of
from store.project import Project
from store.script_changes import encoded, new_id
from store.script_text import iso
from store.slugs import post_slug, unique_slug


def create_post(
    project: Project,
    *,
    title: str,
    body: str = "",
    slug: str | None = None,
    tags: Sequence[str] = (),
    categories: Sequence[str] = (),
    excerpt: str = "",
    author: str = "",
    language: str = "",
    status: str = "draft",
    taken: Collection[str] = (),
    now: datetime | None = None,
) -> Post:
    """Make a post in posts/YYYY/MM, in the form that the origin writes.

    Args:
        project: Where.
        title: What people read.
        body: The Markdown. Its line ends become newlines, and it ends with one.
        slug: Its name in addresses; made from the title when None. It gets a number when it is
            taken.
        tags: Its tags; of those that differ in case only the first stays.
        categories: Its categories, likewise.
        excerpt: What lists show of it; "" for none.
        author: Who wrote it; the project's `defaultAuthor` when "".
        language: As `de` or `pt-BR`; "" for the project's.
        status: draft, published or archived.
        taken: Slugs of other posts.
        now: The time of making; the clock's when None. The folder is its month in UTC.

    Returns:
        The new post.

    Raises:
        FileError: It could not be written.
        ValueError: A value that the field cannot have.
    """
    moment = (now or datetime.now(UTC)).astimezone(UTC)
    default_author = project.settings.get("defaultAuthor")
    given: dict[str, FieldValue] = {
        "title": title,
        "status": status,
        "tags": tags,
        "categories": categories,
        "excerpt": excerpt,
        "author": author or (default_author if isinstance(default_author, str) else ""),
        "language": language,
    }
    fields: dict[str, NewValue] = {name: stored_value(name, value) for name, value in given.items()}
    wanted = post_slug(title) if slug is None else str(stored_value("slug", slug))
    if status == "published":
        fields["published_at"] = iso(moment)
    keys = by_key(fields) | {"id": new_id(), "createdAt": iso(moment), "updatedAt": iso(moment)}
    folder = project.posts_dir / f"{moment:%Y}" / f"{moment:%m}"
    used = set(taken)
    while True:
        free = unique_slug(wanted, used, "-")
        path = folder / f"{free}{SUFFIXES[0]}"
        data = encoded(path, new_text(keys | {"slug": free}, body))
        try:
            return parse_post(path, data, files.write(path, data, expected=None))
        except ConflictError:  # a file that no `taken` knew of
            used.add(free)


def create_translation(
    post: Post,
    language: str,
    title: str,
    body: str,
    excerpt: str = "",
    *,
    main_language: str = "",
) -> Post:
    """Write a post's text in another language, in the form that the origin writes.

    Args:
        post: The post itself.
        language: As `de` or `pt-BR`.
        title: Its title in that language.
        body: Its Markdown. Its line ends become newlines, and it ends with one.
        excerpt: What lists show of it; "" for none.
        main_language: The project's language, which a post has that names none.

    Returns:
        The translation.

    Raises:
        ConflictError: There is one already.
        FileError: It could not be written.
        ValueError: `post` is a translation or is not to be translated, `language` is none or the
            post's own, or `title` is empty; with words for a person.
    """
    facts = post.facts
    language = checked_language(language.strip())
    if facts.translation_for:
        raise ValueError(f"{post.path.name} is a translation itself; translate its post")
    if facts.do_not_translate:
        raise ValueError(f"{facts.slug!r} is marked doNotTranslate; take the mark away first")
    own = facts.language or main_language
    if language.casefold() == own.casefold():
        raise ValueError(f"{facts.slug!r} is written in {own!r} itself")
    for other in translations_of(post):
        if other.facts.language.casefold() == language.casefold():
            raise _exists(other.path)
    fields: dict[str, NewValue] = {
        "translationFor": facts.id,
        "language": language,
        "title": stored_value("title", title),
        "excerpt": stored_value("excerpt", excerpt),
    }
    path = post.path.with_name(f"{post.path.stem}.{language}{post.path.suffix}")
    data = encoded(path, new_text(fields, body))
    try:
        return parse_post(path, data, files.write(path, data, expected=None))
    except ConflictError as error:
        raise _exists(path) from error


def _exists(path: Path) -> ConflictError:
    return ConflictError(
        path, "there is a translation into this language already", "Change that.", action="write"
    )
