"""Puts the default scripts into a project: one that has none, or a new demo.

What the scripts do must never enter: they are data.
"""

import contextlib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from store import files, headers, resources
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
    seeded = _add_default_scripts(project, None) if demo else seed_default_scripts(project)
    return InitReport(report.root, (*report.created, *seeded), report.kept)


def seed_default_scripts(project: Project, now: datetime | None = None) -> list[Path]:
    """Copy the default scripts into a project without scripts.

    Args:
        project: The project.
        now: The time that headers without one get; the clock's when None.

    Returns:
        The new files; none when the project has scripts.

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
    return _add_default_scripts(project, now)


def _add_default_scripts(project: Project, now: datetime | None) -> list[Path]:
    moment = iso(now or datetime.now(UTC))
    written: list[tuple[Path, files.Stamp]] = []
    try:
        for name, entry in resources.tree(resources.default_scripts()):
            if "/" in name or not name.endswith(".py") or name == "__init__.py":
                continue
            text = _made_own(entry.read_text(encoding="utf-8"), project, moment)
            target = project.scripts_dir / name
            if target.exists():
                continue
            written.append((target, files.write(target, text.encode(), expected=None)))
    except files.FileError:
        for target, stamp in written:
            with contextlib.suppress(files.FileError):
                files.remove(target, expected=stamp)
        raise
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
