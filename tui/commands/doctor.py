"""`inkstand doctor`: what this machine, terminal and project can do for Inkstand, and what to mend.

Measures and asks; changes nothing.
"""

from __future__ import annotations

import argparse
import locale
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import msgspec

from engine.environment import status_of
from engine.kernel.examination import Examination, examine, user_namespaces
from engine.kernel.process import KernelError, SandboxError
from store.project import Project, ProjectError, find_root, open_project
from tui.commands.printing import print_json, say

_TOPIC_WIDTH = 22


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
    examination, problem = await _examine()
    findings = [
        Finding(
            "inkstand",
            True,
            f"{version('inkstand')}, Python {platform.python_version()}, "
            f"Textual {version('textual')}, {platform.platform()}",
        ),
        *_sandbox(examination, problem),
        Finding("user namespaces", True, user_namespaces()),
        Finding("user", True, f"uid {os.getuid()}"),
        _numpy(examination),
        _git(),
        _terminal(),
        _encoding(),
        *_project(options.project),
    ]
    failed = any(one.is_essential and not one.is_well for one in findings)
    if options.json:
        sandbox = None if examination is None else asdict(examination)
        if sandbox is not None and examination is not None:
            sandbox["layers"] = [msgspec.structs.asdict(layer) for layer in examination.layers]
        print_json({"findings": [asdict(one) for one in findings], "sandbox": sandbox})
    else:
        for one in findings:
            say(f"{'ok' if one.is_well else '--'}  {one.topic:<{_TOPIC_WIDTH}} {one.words}")
    return 1 if failed else 0


async def _examine() -> tuple[Examination | None, KernelError | None]:
    try:
        return await examine(), None
    except KernelError as error:
        return None, error


def _sandbox(examination: Examination | None, problem: KernelError | None) -> Iterator[Finding]:
    if examination is None:
        topic = f"sandbox: {problem.layer}" if isinstance(problem, SandboxError) else "interpreter"
        yield Finding(topic, False, str(problem), is_essential=True)
        return
    yield Finding("interpreter", True, f"Python {examination.python}, {sys.executable}", True)
    for layer in examination.layers:
        yield Finding(f"sandbox: {layer.name}", layer.is_enforced, layer.words)
    words = examination.problem or "seen from outside as well"
    yield Finding("sandbox: checked", not examination.problem, words, is_essential=True)
    loose = [bound for bound in examination.bounds if not bound.binds]
    bounds = ", ".join(f"{bound.name} {bound.value}" for bound in examination.bounds if bound.binds)
    yield Finding("limits", True, bounds)
    for bound in loose:
        yield Finding(f"limit: {bound.name}", False, f"does not bind: {bound.words or bound.value}")


def _numpy(examination: Examination | None) -> Finding:
    if examination is None or not examination.numpy:
        return Finding("numpy", True, "not installed; scripts do without: inkstand[numpy]")
    return Finding("numpy", True, f"{examination.numpy}, preloaded in every kernel")


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


def _project(directory: Path | None) -> Iterator[Finding]:
    try:
        project = open_project(find_root(directory))
    except ProjectError as error:
        yield Finding("project", False, str(error))
        return
    yield _project_itself(project)
    status = status_of(project)
    advice = f". {status.advice}" if status.advice else ""
    place = f", in {status.folder}" if status.folder is not None else ""
    yield Finding("packages of scripts", status.is_well, f"{status.words}{place}{advice}")


def _project_itself(project: Project) -> Finding:
    words = f"{project.name} in {project.root}"
    if not project.is_writable:
        return Finding("project", False, f"{words}: read-only, nothing can be saved")
    if project.warnings:
        return Finding("project", False, f"{words}: {'; '.join(project.warnings)}")
    return Finding("project", True, words)
