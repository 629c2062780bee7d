"""Scripts that use the API, in real sandboxed kernels on a copy of the demo project."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio

from engine.api.session import Severity
from engine.kernel.events import RunFinished, RunOutput
from engine.kernel.run import Run
from engine.workspace import Workspace, open_workspace
from store.scripts import ScriptKind
from tests.holding import held

HELLO = """---
id: 0b7f4c3e-0000-4000-8000-00000000000a
title: Hello
slug: hello
status: published
createdAt: '2026-03-01T10:00:00.000Z'
updatedAt: '2026-03-01T10:05:00.000Z'
tags:
  - greeting
categories:
  - article
language: en
publishedAt: '2026-03-01T10:05:00.000Z'
---
Hello from the harbour.
"""


@dataclass
class Person:
    """A voice whose answers are known."""

    lines: list[str | None] = field(default_factory=lambda: ["Mara"])
    said: list[str] = field(default_factory=list)

    def toast(self, message: str, severity: Severity) -> None:
        self.said.append(f"{severity}: {message}")

    async def read_line(self, prompt: str) -> str | None:
        self.said.append(prompt)
        return self.lines.pop(0) if self.lines else None

    async def choose(self, question: str, options: Collection[str]) -> str | None:
        self.said.append(question)
        return next(iter(options))

    def copy(self, text: str) -> bool:
        self.said.append(f"copied: {text}")
        return True

    async def open_document(self, path: str, line: int, column: int) -> bool:
        self.said.append(f"{path}:{line}:{column}")
        return True


@dataclass(frozen=True)
class Seen:
    """What a run did."""

    run: Run
    finished: RunFinished
    printed: str

    @property
    def error(self) -> str:
        """The exception as one line; empty when there was none."""
        error = self.finished.error
        return "" if error is None else f"{error.type}: {error.message}"


@pytest.fixture
def blog(demo: Path) -> Path:
    """The demo with a post called hello, as a git repository."""
    path = demo / "posts" / "2026" / "03" / "hello.md"
    path.write_text(HELLO)
    for command in (
        ["init", "-q"],
        ["config", "user.name", "Mara"],
        ["config", "user.email", "m@x"],
    ):
        subprocess.run(["git", *command], cwd=demo, check=True)
    return demo


@pytest_asyncio.fixture
async def workspace(blog: Path) -> AsyncIterator[Workspace]:
    async with held(open_workspace(blog)) as workspace:
        yield workspace


async def run(
    workspace: Workspace,
    source: str,
    *,
    kind: ScriptKind = "utility",
    person: Person | None = None,
    args: Collection[str] = (),
    is_dry: bool = False,
    entrypoint: str = "main",
) -> Seen:
    """Run a script's text to its end."""
    started = await workspace.runs.start(
        await workspace.find_script("hello"),
        source=source.encode(),
        kind=kind,
        entrypoint=entrypoint,
        timeout_s=30,
        args=list(args),
        voice=person,
        is_dry=is_dry,
    )
    printed = b""
    async for event in started.events():
        if isinstance(event, RunOutput):
            printed += event.data
    assert started.finished is not None
    return Seen(started, started.finished, printed.decode())
