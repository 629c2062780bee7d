"""Projects and processes for the tests of the command line."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from store.project import init_project
from tests.processes import INKSTAND, end

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one script, so that no default scripts are put there."""
    root = tmp_path / "blog"
    init_project(root, name="Blog")
    add_script(root, "hello", 'print("hello")\n')
    return root


def add_script(root: Path, slug: str, text: str | bytes) -> Path:
    """Put a script there as another program would."""
    path = root / "scripts" / f"{slug}.py"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.fixture
def start(project: Path) -> Iterator[Start]:
    """Start the command and go on; what still runs at the end of the test is ended."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [str(INKSTAND), *arguments],
            cwd=project,
            env=os.environ,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        end(process)
