"""`inkstand search`: finds posts, media and scripts by words, and posts by what they say."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING

from engine.catalog import ALL_KINDS, EntryKind
from engine.kernel.pool import Pool
from engine.workspace import Workspace, open_workspace
from store.project import find_root
from store.search import PostFilter
from tui.commands.exit_codes import EXIT_FAILED, EXIT_OK
from tui.commands.printing import print_json, say, tell_notices

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.search import Hit, PostRow


async def search(options: argparse.Namespace) -> int:
    """Print what was found; exit code 1 when that is nothing, as grep does."""
    query = " ".join(options.words)
    wanted = PostFilter(
        status=options.status or "",
        tags=tuple(options.tag),
        categories=tuple(options.category),
        language=options.language or "",
        year=options.year or 0,
        month=options.month or 0,
    )
    is_filtered = wanted != PostFilter()
    kinds: Sequence[EntryKind] = ("posts",) if is_filtered else ALL_KINDS
    if options.kind:
        kinds = (options.kind,)
    async with open_workspace(find_root(options.project), pool=Pool(0)) as workspace:
        # What changed meanwhile is found too: nothing else keeps the index up to date here.
        await workspace.catalog.rebuild(kinds)
        tell_notices(workspace)
        if not query:
            return _tell_posts(await _listed(workspace, wanted, options.limit), options.json)
        hits = await workspace.catalog.search(
            query, kinds, limit=options.limit, wanted=wanted if is_filtered else None
        )
    if options.json:
        print_json([_as_data(hit) for hit in hits])
    for hit in hits if not options.json else ():
        say(f"{hit.path}: {hit.title}")
        if hit.snippet:
            say(f"    {_plain(hit.snippet)}")
    return EXIT_OK if hits else EXIT_FAILED


async def _listed(workspace: Workspace, wanted: PostFilter, limit: int) -> list[PostRow]:
    return await workspace.catalog.posts_where(wanted, limit=limit)


def _tell_posts(rows: Sequence[PostRow], is_json: bool) -> int:
    if is_json:
        print_json(
            [
                {"path": row.path, "languages": list(row.languages), **asdict(row.facts)}
                for row in rows
            ]
        )
    for row in rows if not is_json else ():
        say(f"{row.path}: {row.facts.title} ({row.facts.status}, {row.facts.created_at[:10]})")
    return EXIT_OK if rows else EXIT_FAILED


def _as_data(hit: Hit) -> dict[str, object]:
    return {
        "kind": hit.kind,
        "path": hit.path,
        "title": hit.title,
        "snippet": _plain(hit.snippet),
        "score": round(hit.score, 4),
    }


def _plain(snippet: str) -> str:
    return snippet.replace("\x02", "").replace("\x03", "")
