"""Reads one file of a project into what the index is to know about it.

When files are read, and how rows are kept, must never enter.
"""

import os
import stat
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from store import media, posts, scan, scripts
from store.files import FileError
from store.index import EntryKind
from store.index_tables import Entry, Facts
from store.links import links_in
from store.one_line import clean
from store.project import Project
from store.script_text import ScriptFields, iso_of_mtime

SUFFIXES: Mapping[EntryKind, tuple[str, ...]] = {
    "scripts": (".py",),
    "posts": posts.SUFFIXES,
    "media": media.SUFFIXES,
}
"""The endings of the files that are entries, by kind; the kind is the folder's name, too."""


def kind_of(path: str) -> EntryKind | None:
    """Tell which kind of entry a path would be, from the project folder and with slashes.

    Returns:
        The kind; None for what a scan would not look at.
    """
    folder, *rest = path.split("/")
    if not rest or any(scan.is_skipped(part) for part in rest):
        return None
    for kind, suffixes in SUFFIXES.items():
        if folder == kind and path.lower().endswith(suffixes):
            return kind
    return None


def find(root: Path, path: str) -> scan.Found | None:
    """Look at one file as a scan would; None when there is none.

    Args:
        root: The project folder.
        path: From it, with slashes.
    """
    try:
        facts = (root / path).stat()
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(facts.st_mode):
        return None
    return scan.Found(path, facts.st_mtime_ns, facts.st_size)


def read_entry(project: Project, kind: EntryKind, file: scan.Found) -> Entry | None:
    """Read one file; what is wrong with it is part of the answer.

    Args:
        project: The project.
        kind: What it is.
        file: As a scan found it.

    Returns:
        What the index is to know; None when the file is gone since the scan.
    """
    path = Path(os.path.join(project.root, file.relative))  # noqa: PTH118 - a third of `/`'s time
    facts: Facts | None = None
    problem, is_readable, body = "", True, ""
    links: tuple[str, ...] = ()
    try:
        if kind == "scripts":
            script = scripts.read_script(path)
            facts, problem, body = script.fields, "; ".join(script.problems), script.body
        elif kind == "posts":
            post = posts.read_post(path)
            facts, body = post.facts, post.body
            site = project.settings.get("publicUrl")
            links = links_in(body, site if isinstance(site, str) else "")
        else:
            facts = media.read_media_facts(path)
    except FileError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            return None
        problem, is_readable = error.reason, False
        if kind == "scripts":  # a script is listed whatever state its file is in
            facts = _unread_script(file)
    return Entry(
        file.relative,
        file.mtime_ns,
        file.size,
        facts,
        clean(problem),
        is_readable,
        body,
        links,
    )


def _unread_script(file: scan.Found) -> ScriptFields:
    name = PurePosixPath(file.relative).stem
    changed_at = iso_of_mtime(file.mtime_ns)
    return ScriptFields(
        id="",
        project_id="",
        slug=scripts.slugify(name),
        title=clean(name),
        kind="utility",
        entrypoint="main",
        enabled=False,
        version=1,
        created_at=changed_at,
        updated_at=changed_at,
    )
