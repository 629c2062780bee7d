"""What a macro or transform is given when it is run by itself, from the editor or the command line.

Owns the sample arguments. They have the form of a real call, with data of the open project where it
has some, so that a run shows what a page would.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio.to_thread

from engine.catalog import Catalog
from store import headers
from store.project import Project
from store.scripts import Script

if TYPE_CHECKING:
    from engine.render.calls import MacroCall
    from engine.render.context import Page
    from store.search import PostRow

MAX_POSTS_LOOKED_AT = 200
"""How many of the newest posts are searched for one that calls the macro."""

_LINK = "https://www.example.org/articles/fountain-pens"


def transform_arguments() -> tuple[Any, ...]:
    """Return a post as a shared link makes it, and where it came from."""
    post = {
        "title": "A short history of fountain pens - Articles | Example Site",
        "content": f"[A short history of fountain pens]({_LINK})",
        "tags": [],
        "categories": ["article"],
    }
    return post, {"source": "blogmark", "url": _LINK}


async def macro_arguments(
    project: Project, catalog: Catalog, script: Script, source: bytes | None = None
) -> tuple[Any, ...]:
    """Return the first call of the macro in the newest post that calls it, or one without any.

    Where no post calls it, the newest post is given, and no parameters.

    Args:
        project: Whose language and files to use.
        catalog: What is known of its posts and media.
        script: The macro.
        source: The whole file's text when it differs from what is saved.

    Raises:
        ClosedResourceError: The project is closed.
    """
    from engine.render.context import Contexts, ResolvedCall
    from engine.render.wanted import wanted_data

    slug = script.fields.slug
    page, written = await sample_page(project, catalog, slug)
    body = script.body
    if source is not None:
        text = source.decode(errors="replace")
        body = text[len(headers.parse(text).text) :]
    hook, params = (slug, {}) if written is None else (written.name, written.params)
    call = ResolvedCall(hook, script.fields.id, params, wanted_data(body).names)
    contexts = Contexts(project, catalog, is_preview=True)
    (made,) = await contexts.contexts_for(page, [call])
    return made.context(), made.post


async def sample_page(
    project: Project, catalog: Catalog, slug: str
) -> tuple[Page | None, MacroCall | None]:
    """Choose a post to show a macro in: the newest that calls it, else the newest.

    Returns:
        The post, None where there is none, and its first call of the macro.

    Raises:
        ClosedResourceError: The project is closed.
    """
    await catalog.see_content()
    rows = await _newest_posts(catalog)
    return await anyio.to_thread.run_sync(_choose_page, project, slug, rows)


async def _newest_posts(catalog: Catalog) -> list[PostRow]:
    """List posts, published ones first, of each the newest."""
    from store.search import PostFilter

    ask = partial(catalog.posts_where, limit=MAX_POSTS_LOOKED_AT)
    published = await ask(PostFilter(status="published"))
    if len(published) == MAX_POSTS_LOOKED_AT:
        return published
    others = [row for row in await ask(PostFilter()) if row.facts.status != "published"]
    return [*published, *others][:MAX_POSTS_LOOKED_AT]


def _choose_page(
    project: Project, slug: str, rows: list[PostRow]
) -> tuple[Page | None, MacroCall | None]:
    """Choose a post, with its first call of the macro if there is one."""
    from engine.render.context import Page
    from store import files
    from store.posts import read_post  # yaml: 30 ms that only macros pay

    may_call = _may_call(slug)
    expands_in_code = project.settings.get("expandMacrosInCode") is True
    newest: Page | None = None
    for row in rows:
        path = project.root / row.path
        try:
            if newest is not None and not may_call(files.read(path)[0].decode(errors="replace")):
                continue
            page = Page.of(read_post(path), row.path)
        except files.FileError:
            continue  # gone or broken since the index was made: another will do
        if call := first_call(page.body, slug, expands_in_code=expands_in_code):
            return page, call
        newest = newest or page
    return newest, None


def first_call(body: str, slug: str, *, expands_in_code: bool) -> MacroCall | None:
    """Return the first call of a macro in a text, by its own name or by an alias."""
    from engine.render.grammar import parse

    if not _may_call(slug)(body):
        return None
    wanted = slug.lower()
    calls = parse(body, expands_in_code=expands_in_code).calls
    return next((call for call in calls if wanted in (call.name, call.canonical)), None)


def _may_call(slug: str) -> Callable[[str], object]:
    """Return what tells at once that a text does not call a macro: most do not."""
    from engine.render.calls import ALIASES

    names = [slug, *(alias for alias, name in ALIASES.items() if name == slug.lower())]
    return re.compile(rf"\[\[(?:{'|'.join(map(re.escape, names))})\b", re.IGNORECASE).search
