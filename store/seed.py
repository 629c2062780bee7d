"""Puts the default scripts into a project: one that has none, or a new demo.

What the scripts do must never enter: they are data.
"""

import contextlib
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path

from store import files, headers, resources
from store.default_manifest import read_manifest
from store.default_state import read_state
from store.default_updates import note_settled, update_defaults
from store.project import InitReport, Project, init_project, open_project
from store.script_text import iso
from store.scripts import scan_scripts


def init_with_scripts(root: Path, *, demo: bool = False, name: str | None = None) -> InitReport:
    """Make a folder a project with something to run in it. What is there already stays.

    Args:
        root: The folder; it is made if it is missing.
        demo: Also copy the demo; its own scripts come beside the default ones.
        name: The project's name; the folder's name when None.

    Returns:
        What was made and what was kept.

    Raises:
        ProjectError: `root` is a file, or this installation holds no demo.
        FileError: Something could not be written.
    """
    report = init_project(root, demo=demo, name=name)
    project = open_project(report.root)
    # Asked for in so many words, those that were deleted come back too.
    seeded = _add_default_scripts(project, None, ()) if demo or not scan_scripts(project) else []
    return InitReport(report.root, (*report.created, *seeded), report.kept)


def seed_default_scripts(project: Project, now: datetime | None = None) -> list[Path]:
    """Copy the default scripts into a project without scripts, except those that it had before.

    Args:
        project: The project.
        now: The time that headers without one get; the clock's when None.

    Returns:
        The new files; none when the project has scripts, or the person deleted them all.

    Raises:
        FileError: The project cannot be written. It is left without any of them, so that the next
            start tries again.
    """
    if scan_scripts(project):
        return []
    if not project.is_writable:
        raise files.FileError(
            project.scripts_dir,
            "the project is read-only",
            "Copy the project somewhere you may write to get the default scripts.",
            action="write",
        )
    return _add_default_scripts(project, now, read_state(project).settled)


def tend_default_scripts(project: Project, *, is_updating: bool = True) -> list[str]:
    """Put the default scripts into a project without any, or bring untouched ones up to date.

    Args:
        project: The project that is being opened.
        is_updating: Whether to do the latter.

    Returns:
        What was done, or could not be, in words for the person.
    """
    try:
        if seeded := seed_default_scripts(project):
            return [f"{len(seeded)} default scripts were put into scripts/"]
    except files.FileError as error:
        return [f"the default scripts could not be put there: {error}"]
    if not is_updating:
        return []
    try:
        done = update_defaults(project)
    except files.FileError as error:
        return [f"the default scripts could not be brought up to date: {error}"]
    words = []
    if done.updated:
        words.append(f"Newer default scripts replaced unchanged ones: {', '.join(done.updated)}")
    if done.problems:
        words.append(f"not all default scripts could be brought up to date: {done.problems[0]}")
    return ["; ".join(words)] if words else []


def _add_default_scripts(
    project: Project, now: datetime | None, had_before: Collection[str]
) -> list[Path]:
    moment = iso(now or datetime.now(UTC))
    written: list[tuple[Path, files.Stamp]] = []
    try:
        for entry in resources.default_script_files():
            text = _made_own(entry.read_bytes().decode(), project, moment)
            target = project.scripts_dir / entry.name
            if target.stem in had_before or target.exists():
                continue
            written.append((target, files.write(target, text.encode(), expected=None)))
    except files.FileError:
        for target, stamp in written:
            with contextlib.suppress(files.FileError):
                files.remove(target, expected=stamp)
        raise
    # Not remembered, they would come back if the person deleted them all; nothing worse.
    with contextlib.suppress(files.FileError):
        note_settled(project, [target.stem for target, _ in written], read_manifest())
    return [target for target, _ in written]


def _made_own(text: str, project: Project, moment: str) -> str:
    header = headers.parse(text)
    if header.form == "none":
        return text
    changes: Mapping[str, headers.Value] = {
        "projectId": project.id,
        **{key: moment for key in ("createdAt", "updatedAt") if not header.values.get(key)},
    }
    return headers.patch(header, changes) + text[len(header.text) :]
