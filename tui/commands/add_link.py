"""`inkstand add-link`: a link becomes a draft, by way of the project's transforms."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from engine.workspace import open_workspace
from store.link_post import LinkError, clean_link
from store.project import find_root
from tui.commands.exit_codes import EXIT_FAILED, EXIT_OK, EXIT_USAGE
from tui.commands.printing import complain, print_json, say, tell_notices
from tui.commands.unsandboxed import settle

if TYPE_CHECKING:
    from engine.transforms import LinkReport, TransformError


async def add_link(options: argparse.Namespace) -> int:
    """Make the post and tell where it is.

    Args:
        options: `project` (a folder or None), `url`, `title` (a text or None) and `json`.

    Returns:
        The command's exit code: 1 when a transform failed; the post is made all the same.
    """
    title = options.title or ""
    try:
        clean_link(options.url, title)  # before anything is started
    except LinkError as error:
        complain(error)
        return EXIT_USAGE
    async with open_workspace(find_root(options.project)) as workspace:
        tell_notices(workspace)
        await settle(workspace, is_wanted=False, is_agreed=False)
        report = await workspace.transforms.add_link(options.url, title)
    if options.json:
        print_json(_as_data(report))
    else:
        _tell(report)
    return EXIT_FAILED if report.errors else EXIT_OK


def _tell(report: LinkReport) -> None:
    for slug, text in report.printed.items():
        for line in text.splitlines():
            complain(f"{slug}: {line}")
    for toast in report.toasts:
        mark = "" if toast.severity == "information" else f"{toast.severity}: "
        complain(f"{toast.script_slug}: {mark}{toast.message}")
    for error in report.errors:
        at = f" at {_place(error)}" if error.line else ""
        complain(f"{error.script_slug}: {error.message}{at}; the post is made without it")
    say(report.path)


def _place(error: TransformError) -> str:
    return f"{error.path}:{error.line}:{error.column}"


def _as_data(report: LinkReport) -> dict[str, object]:
    """Give the result under the names that the origin's pipeline has for it."""
    post = report.post
    return {
        "path": report.path,
        "post": {
            "title": post.title,
            "content": post.content,
            "tags": list(post.tags),
            "categories": list(post.categories),
        },
        "appliedScriptIds": report.applied_script_ids,
        "errors": [
            {
                "scriptId": error.script_id,
                "scriptSlug": error.script_slug,
                "message": error.message,
                "path": error.path,
                "line": error.line or None,
                "column": error.column or None,
                "traceback": error.details,
            }
            for error in report.errors
        ],
        "toasts": [
            {
                "scriptSlug": toast.script_slug,
                "message": toast.message,
                "severity": toast.severity,
            }
            for toast in report.toasts
        ],
        "output": report.printed,
    }
