"""An open workspace on a real project, with real kernels."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from engine.kernel.pool import Pool
from engine.workspace import Workspace, open_workspace
from tests.holding import held

PROJECT_ID = "6a1f0c3e-0000-4000-8000-000000000001"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with one script."""
    root = tmp_path / "blog"
    for part in ("meta", "posts", "media", "scripts"):
        (root / part).mkdir(parents=True)
    (root / "meta" / "project.json").write_text(json.dumps({"id": PROJECT_ID, "name": "Blog"}))
    put(root, "work", 'print("at work")\n')
    return root


@pytest_asyncio.fixture
async def workspace(root: Path) -> AsyncIterator[Workspace]:
    async with held(open_workspace(root)) as workspace:
        yield workspace


@pytest_asyncio.fixture
async def kernelless(root: Path) -> AsyncIterator[Workspace]:
    """For what runs nothing: its kernels would be started in vain."""
    async with held(Pool(0)) as pool, held(open_workspace(root, pool=pool)) as workspace:
        yield workspace


def put(root: Path, slug: str, text: str | bytes) -> Path:
    """Write a script as another program would."""
    path = root / "scripts" / f"{slug}.py"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def with_header(slug: str, body: str, *, kind: str = "utility", eol: str = "\n") -> bytes:
    """Write a script's text as the origin does."""
    header = (
        f'"""\n---\nid: "id-{slug}"\nprojectId: "{PROJECT_ID}"\nslug: "{slug}"\n'
        f'title: "{slug.title()}"\nkind: "{kind}"\nentrypoint: "main"\nenabled: true\n'
        'version: 3\ncreatedAt: "2026-02-23T19:54:58.000Z"\n'
        'updatedAt: "2026-03-02T20:30:14.453Z"\n---\n"""\n'
    )
    return (header + body).replace("\n", eol).encode()
