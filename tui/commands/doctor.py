"""`inkstand doctor`: what this machine, terminal and project can do for Inkstand, and what to mend.

Measures and asks; changes nothing.
"""

from __future__ import annotations

import argparse
import json
import locale
import os
import platform
import shutil
import sys
import time
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from engine.kernel.process import KernelError
from engine.kernel.spawn import spawn
from store.project import ProjectError, find_root, open_project


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    topic: str
    is_well: bool
    """Whether Inkstand does all it can here; False with `is_essential` means it does not work."""
    words: str
    is_essential: bool = False


async def doctor(options: argparse.Namespace) -> int:
    """Print the findings.

    Args:
        options: `project` (a folder; None looks here and above) and `json`.

    Returns:
        0, or 1 when something essential does not work.
    """
    findings = [
        Finding(
            "inkstand",
            True,
            f"{version('inkstand')}, Python {platform.python_version()}, "
            f"Textual {version('textual')}, {platform.platform()}",
        ),
        await _interpreter(),
        Finding(
            "sandbox",
            False,
            "none yet: scripts run in processes of their own with a clean environment, but with "
            "your rights to files and network. Run only scripts you trust",
        ),
        _git(),
        _terminal(),
        _encoding(),
        _project(options.project),
    ]
    failed = any(one.is_essential and not one.is_well for one in findings)
    if options.json:
        print(json.dumps({"findings": [asdict(one) for one in findings]}, indent=2))
    else:
        for one in findings:
            print(f"{'ok' if one.is_well else '--'}  {one.topic:<12} {one.words}")
    return 1 if failed else 0


async def _interpreter() -> Finding:
    started = time.perf_counter()
    try:
        kernel = await spawn(is_sandboxed=True)
    except KernelError as error:
        return Finding("interpreter", False, str(error), is_essential=True)
    took_ms = (time.perf_counter() - started) * 1000
    await kernel.end()
    kernel.close()
    return Finding("interpreter", True, f"{sys.executable} is ready in {took_ms:.0f} ms", True)


def _git() -> Finding:
    path = shutil.which("git")
    if path is None:
        return Finding("git", False, "not found: the Git Log tab stays empty. Install git")
    return Finding("git", True, path)


def _terminal() -> Finding:
    if not sys.stdout.isatty():
        return Finding("terminal", False, "none here: only the commands work, not the screen")
    term = os.environ.get("TERM", "")
    size = shutil.get_terminal_size()
    if term in ("", "dumb"):
        return Finding("terminal", False, f"TERM={term!r} cannot move its cursor: no screen")
    if size.columns < 80 or size.lines < 24:
        return Finding("terminal", False, f"{term}, {size.columns}x{size.lines}; 80x24 is better")
    return Finding("terminal", True, f"{term}, {size.columns}x{size.lines}")


def _encoding() -> Finding:
    name = locale.getpreferredencoding(do_setlocale=False)
    if name.lower().replace("-", "") != "utf8":
        return Finding(
            "encoding", False, f"{name}: lines and marks may look wrong. Set LANG=C.UTF-8"
        )
    return Finding("encoding", True, name)


def _project(directory: Path | None) -> Finding:
    try:
        project = open_project(find_root(directory))
    except ProjectError as error:
        return Finding("project", False, str(error))
    words = f"{project.name} in {project.root}"
    if not project.is_writable:
        return Finding("project", False, f"{words}: read-only, nothing can be saved")
    if project.warnings:
        return Finding("project", False, f"{words}: {'; '.join(project.warnings)}")
    return Finding("project", True, words)
