"""Where a project has packages of its own for its scripts, found by a look or two.

What such a project does not have must not cost anything here; installing is `environment`'s.
"""

from __future__ import annotations

from store.project import Project


def has_requirements(project: Project) -> bool:
    """Tell whether a project lists packages for its scripts."""
    # Not by `store.requirements`: its import, 2 ms, is for those who have some.
    try:
        return (project.scripts_dir / "requirements.txt").is_file()
    except OSError:  # a folder that we may not look into
        return False


def packages_of(project: Project) -> str:
    """Return where the project's scripts have packages of their own; empty for nowhere."""
    if not has_requirements(project):
        return ""
    from store.environments import packages_of  # which a project without them does not pay

    return packages_of(project)
