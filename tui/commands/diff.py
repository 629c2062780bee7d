"""`inkstand diff`: what index and files tell differently, and bringing either in line."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from engine.catalog import ALL_KINDS
from engine.kernel.pool import Pool
from engine.workspace import Workspace, open_workspace
from store.files import FileError
from store.project import find_root
from tui.commands.exit_codes import EXIT_FAILED, EXIT_OK
from tui.commands.printing import fit, print_json, say, tell_notices
from tui.diff_words import visible

if TYPE_CHECKING:
    from store.diff.differences import ItemDifference, MetadataDiff
    from store.diff.syncing import SyncReport

EMPTY_INDEX = "the index is empty: run inkstand rebuild"


async def diff(options: argparse.Namespace) -> int:
    """Compare index and files; nothing is rebuilt.

    Args:
        options: `project`, `kind`, `json` and `sync`: None, "file" or "index".

    Returns:
        The exit code: 1 when something differs, with `sync` when something still does.

    Raises:
        FileError: The index cannot be opened, so that there is nothing to compare with.
    """
    kinds = ALL_KINDS if options.kind == "all" else (options.kind,)
    async with open_workspace(find_root(options.project), pool=Pool(0)) as workspace:
        await workspace.catalog.check_lasting()
        tell_notices(workspace)
        found = await workspace.comparison.scan(kinds)
        bodies = {item.path: await _unified(workspace, item) for item in _with_body(found)}
        # An empty index has nothing to give: not a difference per file, but one line.
        is_in_vain = found.index_is_empty and options.sync != "index"
        report = None if is_in_vain else await _sync(workspace, found, options.sync)
    if options.json:
        print_json(_data(found, bodies, report))
    elif is_in_vain and not found.is_same:
        say(EMPTY_INDEX)
    else:
        _print(found, bodies)
        _print_report(report)
    if report is None:
        return EXIT_OK if found.is_same else EXIT_FAILED
    is_done = not (report.failed or report.was_cancelled or found.unreadable)
    return EXIT_OK if is_done else EXIT_FAILED


async def _sync(workspace: Workspace, found: MetadataDiff, target: str | None) -> SyncReport | None:
    from store.diff.syncing import Choice

    choices = [*map(Choice, found.items), *map(Choice, found.orphans)]
    if target is None or not choices:
        return None
    if target == "index":
        return await workspace.comparison.sync_to_index(choices)
    return await workspace.comparison.sync_to_files(choices)


def _with_body(found: MetadataDiff) -> list[ItemDifference]:
    from store.diff.differences import BODY

    return [item for item in found.items if item.field(BODY) is not None]


async def _unified(workspace: Workspace, item: ItemDifference) -> list[str]:
    from store.diff.bodies import unified

    try:
        return unified(item.path, await workspace.comparison.hunks(item))
    except FileError as error:  # meanwhile
        return [str(error)]


def _print(found: MetadataDiff, bodies: dict[str, list[str]]) -> None:
    from store.diff.fields import in_words

    for item in found.items:
        for one in item.fields:
            values = f"{in_words(one.index_value)} -> {in_words(one.file_value)}"
            say(f"{item.path}: {one.label}: {values}")
        for line in bodies.get(item.path, ()):
            print(visible(line))
    for orphan in found.orphans:
        say(f"{orphan.path}: {orphan.words}. {orphan.advice}")
    for problem in found.unreadable:
        print(fit(f"{problem.path}: {problem.reason}"), file=sys.stderr)
    say(f"{found.summary}.")


def _print_report(report: SyncReport | None) -> None:
    if report is None:
        return
    say(f"{report.summary}.")
    for failure in report.failed:
        print(fit(f"  {failure.path}: {failure.reason}"), file=sys.stderr)


def _data(
    found: MetadataDiff, bodies: dict[str, list[str]], report: SyncReport | None
) -> dict[str, object]:
    return {
        "stats": asdict(found.stats),
        "differences": [
            {
                "kind": item.kind,
                "path": item.path,
                "title": item.title,
                "fields": [
                    {
                        "field": one.field,
                        "label": one.label,
                        "index": one.index_value,
                        "file": one.file_value,
                    }
                    for one in item.fields
                ],
                "body_diff": "".join(f"{line}\n" for line in bodies.get(item.path, ())),
            }
            for item in found.items
        ],
        "orphans": [
            {
                "kind": orphan.kind,
                "path": orphan.path,
                "title": orphan.title,
                "state": orphan.state,
                "advice": orphan.advice,
            }
            for orphan in found.orphans
        ],
        "unreadable": [
            {"kind": one.kind, "path": one.path, "reason": one.reason} for one in found.unreadable
        ],
        "index_is_empty": found.index_is_empty,
        "sync": report
        and {
            "synced": list(report.synced),
            "failed": [{"path": one.path, "reason": one.reason} for one in report.failed],
            "total": report.total,
        },
        "duration_s": round(found.duration_s, 4),
    }
