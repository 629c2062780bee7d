"""Pages, macros and kernels for tests that expand."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from pathlib import Path

import pytest_asyncio

from engine.kernel.pool import Pool
from engine.kernel.sources import Forks
from engine.render.context import Page
from engine.render.executor import LocalKernels
from engine.render.item_session import item_functions
from engine.render.renderer import ExpandedPage, expanding
from engine.workspace import Workspace
from store.facts import PostFacts
from store.scripts import Script, read_script
from tests.holding import held
from tests.unit.engine.conftest import put, with_header


@pytest_asyncio.fixture
async def forks() -> AsyncIterator[Pool]:
    """Where kernels of batches come from."""
    async with held(Pool(1, source=Forks())) as pool:
        yield pool


def macro(workspace: Workspace, slug: str, body: str, **fields: str) -> Script:
    """Write a macro whose entrypoint is `render`; fields replace those of its header."""
    text = with_header(slug, body, kind="macro").decode()
    text = text.replace('entrypoint: "main"', 'entrypoint: "render"')
    for key, value in fields.items():
        start = text.index(f"\n{key}: ") + 1
        text = f"{text[:start]}{key}: {value}{text[text.index(chr(10), start) :]}"
    return read_script(put(workspace.project.root, slug, text))


def post(root: Path, slug: str, body: str, *, head: str = "", at: str = "2026-03-01") -> Path:
    """Write a post as another program would; its body begins in line 7, or below `head`."""
    path = root / "posts" / f"{slug}.md"
    path.write_text(
        f"---\nid: id-{slug}\ntitle: {slug.title()}\nslug: {slug}\nstatus: published\n"
        f"createdAt: '{at}T10:00:00.000Z'\n{head}---\n{body}",
        newline="",
    )
    return path


def page(body: str, number: int = 0, *, first_line: int = 1) -> Page:
    """Make a page without a file."""
    facts = PostFacts(
        id=f"id-{number}",
        title=f"Title {number}",
        slug=f"slug-{number}",
        status="published",
        language="",
        translation_for="",
        tags=(),
        categories=(),
        created_at="",
        updated_at="",
        published_at="",
        excerpt="",
        author="",
    )
    return Page(facts, body, f"posts/{number}.md", first_line)


async def expanded(
    workspace: Workspace, forks: Pool, pages: Iterable[Page], *, jobs: int = 1
) -> list[ExpandedPage]:
    """Expand pages with all macros of the project, and return them."""
    macros = await workspace.macros.ready()
    functions = item_functions(workspace, "macro")
    async with (
        LocalKernels(forks, jobs=jobs, functions=functions) as executor,
        expanding(workspace, pages, macros, executor, is_preview=False) as expansion,
    ):
        return [one async for one in expansion]


def texts(pages: Iterable[ExpandedPage]) -> list[str]:
    """Return what became of pages."""
    return [one.expanded.text for one in pages]


def with_settings(workspace: Workspace, **settings: object) -> None:
    """Set something in the open project, as somebody does in its settings."""
    project = workspace.project
    workspace.project = replace(project, settings={**project.settings, **settings})
