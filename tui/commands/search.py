"""`inkstand search`: finds posts, media and scripts by words, and posts by what they say."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING

from engine.catalog import ALL_KINDS, EntryKind
from engine.kernel.pool import Pool
from engine.workspace import open_workspace
from store.project import find_root
from store.search import PostFilter
from tui.commands.exit_codes import EXIT_FAILED, EXIT_OK
from tui.commands.printing import complain, print_json, say, tell_notices

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
            rows = await workspace.catalog.posts_where(wanted, limit=options.limit)
            return _tell_posts(rows, options)
        hits = await workspace.catalog.search(
            query, kinds, limit=options.limit, wanted=wanted if is_filtered else None
        )
    if options.json:
        print_json([_as_data(hit) for hit in hits])
    for hit in hits if not options.json else ():
        say(f"{hit.path}: {hit.title}")
        if hit.snippet:
            say(f"    {_plain(hit.snippet)}")
    return _code(hits, options)


def _tell_posts(rows: Sequence[PostRow], options: argparse.Namespace) -> int:
    if options.json:
        print_json(
            [
                {"path": row.path, "languages": list(row.languages), **asdict(row.facts)}
                for row in rows
            ]
        )
    for row in rows if not options.json else ():
        say(f"{row.path}: {row.facts.title} ({row.facts.status}, {row.facts.created_at[:10]})")
    return _code(rows, options)


def _code(found: Sequence[object], options: argparse.Namespace) -> int:
    """Tell a person, not a program, that nothing was found; nothing looks like a fault."""
    if found:
        return EXIT_OK
    if not options.json:
        wishes = _wishes(options)
        asked = f" for {', '.join(wishes)}" if wishes else ""
        hint = " Ask for less, or without words and options for all posts." if wishes else ""
        complain(f"nothing was found{asked}.{hint}")
    return EXIT_FAILED


def _wishes(options: argparse.Namespace) -> list[str]:
    """Repeat what was asked for, as it was typed."""
    wishes = [f'"{word}"' for word in options.words]
    for name in ("tag", "category"):
        wishes += [f"--{name} {value}" for value in getattr(options, name)]
    for name in ("kind", "status", "language", "year", "month"):
        value = getattr(options, name)
        wishes += [] if value is None else [f"--{name} {value}"]
    return wishes


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
