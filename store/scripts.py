"""The scripts of a project: reads, finds, saves, makes and renames them.

What a script's text means is `script_text`, deleting one `script_trash`; running one, and the
index, must never enter.
"""

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path

from store import files, headers, scan
from store.files import ConflictError, EntryNotFound, FileError
from store.project import Project
from store.script_changes import changed_text, encoded, new_id, wanted_changes
from store.script_text import (
    DEFAULT_ENTRYPOINTS,
    KINDS,
    MAX_EDIT_BYTES,
    Script,
    ScriptFields,
    ScriptKind,
    iso,
    new_script_text,
    parse_script,
)
from store.script_trash import delete_script, restore_script
from store.slugs import effective_slugs, slugify, unique_slug

__all__ = [
    "KINDS",
    "MAX_EDIT_BYTES",
    "Script",
    "ScriptFields",
    "ScriptKind",
    "ScriptNotFound",
    "create_script",
    "delete_script",
    "duplicate_script",
    "find_script",
    "new_script_text",
    "overwrite_script",
    "parse_script",
    "read_script",
    "rename_script",
    "restore_script",
    "save_script",
    "scan_scripts",
    "slugify",
    "unique_slug",
]


class ScriptNotFound(EntryNotFound):
    """No script has the slug; the hint names those that come close."""

    def __init__(self, folder: Path, slug: str, close: Collection[str]) -> None:
        """Say what was looked for and what it may have meant."""
        hint = f"Did you mean {' or '.join(close)}?" if close else ""
        super().__init__(folder / f"{slug}.py", f"no script has the slug {slug!r}", hint)

    def __str__(self) -> str:
        return headers.clean(f"{self.reason}. {self.hint}" if self.hint else f"{self.reason}.")


def read_script(path: Path) -> Script:
    """Read a script.

    Args:
        path: Its file.

    Returns:
        The script; oddities are in its problems.

    Raises:
        FileError: It cannot be read or is not UTF-8.
    """
    path = path.absolute()
    return parse_script(path, *files.read(path))


def save_script(
    script: Script,
    *,
    body: str | None = None,
    changes: Mapping[str, str | bool] | None = None,
    now: datetime | None = None,
) -> Script:
    """Write a new body, new fields or both.

    Saving what is there already writes nothing. Else `version` rises by one and `updated_at` moves;
    only a file without header, of which only the body changes, stays without.

    Args:
        script: The script as it was read.
        body: The new body; None keeps it.
        changes: New values by field name: title, slug, kind, entrypoint, enabled.
        now: The time of the change; the clock's when None.

    Returns:
        The script as it is now in the file.

    Raises:
        ConflictError: The file is not what was read.
        FileError: It could not be written; the file is as it was.
        ValueError: `changes` holds another field, or a value that the field cannot have.
    """
    new_body = script.body if body is None else body
    wanted = wanted_changes(script, changes or {})
    if new_body == script.body and not wanted:
        return script
    text = changed_text(script, new_body, wanted, iso(now or datetime.now(UTC)))
    data = encoded(script.path, text)
    return parse_script(script.path, data, files.write(script.path, data, expected=script.stamp))


def overwrite_script(script: Script, *, body: str, changes: Mapping[str, str | bool]) -> Script:
    """Write a script over whatever its file holds by now; what stands there is not looked at.

    Args:
        script: The script as it was read once; its own header is the one that is written.
        body: The body.
        changes: New values by field name, as for `save_script`.

    Returns:
        The script as it is now in the file, which is made again if it is gone.

    Raises:
        ConflictError: The file changed in this very moment.
        FileError: It could not be written; the file is as it was.
        ValueError: `changes` holds another field, or a value that the field cannot have.
    """
    text = changed_text(script, body, wanted_changes(script, changes), iso(datetime.now(UTC)))
    data = encoded(script.path, text)
    expected: files.Stamp | None = None
    try:
        expected = files.read(script.path)[1]
    except FileError as error:
        if not isinstance(error.__cause__, FileNotFoundError):
            raise
    return parse_script(script.path, data, files.write(script.path, data, expected=expected))


def create_script(
    project: Project,
    *,
    title: str,
    kind: ScriptKind,
    body: str,
    slug: str | None = None,
    entrypoint: str | None = None,
    enabled: bool = True,
    taken: Collection[str] = (),
    now: datetime | None = None,
) -> Script:
    """Make a script in scripts/, with a docstring header.

    Args:
        project: Where.
        title: What people read.
        kind: macro, utility or transform.
        body: The Python below the header.
        slug: Its name; made from the title when None. It gets a number when it is taken.
        entrypoint: The function to call; None for the kind's usual one.
        enabled: Whether it runs by itself (macros, transforms).
        taken: Slugs that are in use besides the file names in scripts/.
        now: The time of making; the clock's when None.

    Returns:
        The new script.

    Raises:
        FileError: It could not be written.
        ValueError: `kind` is none.
    """
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {kind!r}")
    moment = iso(now or datetime.now(UTC))
    used = set(taken)
    title = headers.clean(title)
    wanted = slugify(slug or title)
    while True:
        free = unique_slug(wanted, used)
        path = project.scripts_dir / f"{free}.py"
        fields = ScriptFields(
            id=new_id(),
            project_id=project.id,
            slug=free,
            title=title or free,
            kind=kind,
            entrypoint=headers.clean(entrypoint or "") or DEFAULT_ENTRYPOINTS[kind],
            enabled=enabled,
            version=1,
            created_at=moment,
            updated_at=moment,
        )
        data = encoded(path, new_script_text(fields, body))
        try:
            return parse_script(path, data, files.write(path, data, expected=None))
        except ConflictError:  # a file that no `taken` knew of
            used.add(free)


def rename_script(
    script: Script,
    *,
    title: str | None = None,
    slug: str | None = None,
    taken: Collection[str] = (),
    now: datetime | None = None,
) -> Script:
    """Give a script another title, another slug or both.

    A new slug renames the file and the header's slug with it. A new title touches neither.

    Args:
        script: The script as it was read.
        title: The new title; None keeps it.
        slug: The new slug; None keeps it. It is brought into a slug's form.
        taken: Slugs of the other scripts.
        now: The time of the change; the clock's when None.

    Returns:
        The script at its new path.

    Raises:
        ConflictError: The file is not what was read, or the slug is taken.
        FileError: It could not be renamed; all is as it was.
    """
    changes: dict[str, str | bool] = {} if title is None else {"title": title}
    new_slug = script.fields.slug if slug in (None, script.fields.slug) else slugify(slug or "")
    if new_slug == script.fields.slug:
        return save_script(script, changes=changes, now=now)
    target = script.path.with_name(f"{new_slug}.py")
    if new_slug.casefold() in {other.casefold() for other in taken}:
        raise _name_taken(script.path, f"another script has the slug {new_slug!r}")
    if script.form != "none" or changes:  # without a header the file's name is the slug
        changes["slug"] = new_slug
    if target == script.path:
        return save_script(script, changes=changes, now=now)
    # Moved first: when the second step fails, undoing it is one rename.
    try:
        stamp = files.move(script.path, target, expected=script.stamp)
    except ConflictError as error:
        if error.path != target:
            raise
        raise _name_taken(script.path, f"{files.shown(target)} exists already") from error
    moved = parse_script(target, script.source, stamp)
    try:
        return save_script(moved, changes=changes, now=now)
    except FileError:
        files.move(target, script.path, expected=stamp)
        raise


def duplicate_script(
    project: Project,
    script: Script,
    *,
    taken: Collection[str] = (),
    now: datetime | None = None,
) -> Script:
    """Make a copy with an id, a slug and a title of its own, version 1.

    Args:
        project: Where the copy goes: its scripts/ folder.
        script: What to copy.
        taken: Slugs that are in use.
        now: The time of making; the clock's when None.

    Returns:
        The copy.

    Raises:
        FileError: It could not be written.
    """
    fields = script.fields
    return create_script(
        project,
        title=f"{fields.title} copy",
        kind=fields.kind,
        body=script.body,
        slug=fields.slug,
        entrypoint=fields.entrypoint,
        enabled=fields.enabled,
        taken={*taken, fields.slug},
        now=now,
    )


def scan_scripts(project: Project) -> list[Path]:
    """List the files of all scripts, folders below scripts/ included.

    Args:
        project: The project.

    Returns:
        Absolute paths, in their order. Hidden and temporary files are left out.
    """
    found = scan.walk(project.root, "scripts", (".py",)).found
    return [project.root / file.relative for file in found]


def find_script(project: Project, slug: str) -> Script:
    """Find a script by its slug, letter case aside.

    Args:
        project: The project.
        slug: The slug; of several scripts that ask for one slug, `slug_2` is the second.

    Returns:
        The script.

    Raises:
        ScriptNotFound: None has it; the hint names close ones.
        FileError: scripts/<slug>.py is there but cannot be read.
    """
    own_path = project.scripts_dir / f"{slug}.py"
    if re.fullmatch(r"[\w-]{1,60}", slug) and own_path.is_file():
        script = read_script(own_path)
        if script.fields.slug == slug:
            return script
    by_path: dict[str, Script] = {}
    for path in scan_scripts(project):
        try:
            by_path[path.relative_to(project.root).as_posix()] = read_script(path)
        except FileError:  # a file that cannot be read has no slug; the index reports it
            continue
    slugs = effective_slugs((path, script.fields.slug) for path, script in by_path.items())
    for relative, (effective, _) in slugs.items():
        if effective.casefold() == slug.casefold():
            return by_path[relative]
    import difflib  # here: only a mistyped name pays for it

    names = sorted({effective for effective, _ in slugs.values()})
    close = difflib.get_close_matches(slugify(slug), names, n=3)
    raise ScriptNotFound(project.scripts_dir, slug, close)


def _name_taken(path: Path, reason: str) -> ConflictError:
    return ConflictError(path, reason, "Choose another slug.", action="rename")
