"""Posts and macros as they are being written: what a reader would see, and what goes wrong.

Owns which post and which call a macro is shown with. How a preview is drawn must never enter.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import anyio.to_thread

from engine.child.chunks import ItemFailed, Rendered
from engine.render.batch import rendering
from engine.render.calls import MacroCall
from engine.render.context import Contexts, Page
from engine.render.executor import LocalKernels
from engine.render.expand import MacroError, MacroFailure, MacroWarning, failure_of
from engine.render.grammar import parse
from engine.render.item_session import item_functions
from engine.render.library import Draft
from engine.render.macros import MacroProblem
from engine.render.packing import BatchItem
from engine.render.parameters import ParameterSpec, call_syntax, check
from engine.render.renderer import expanding
from engine.samples import first_call, sample_page
from store.files import Stamp

if TYPE_CHECKING:
    from pathlib import Path

    from engine.child.protocol import ScriptError
    from engine.kernel.kernels import Kernels
    from engine.workspace import Workspace
    from store.facts import PostFacts
    from store.posts import Post
    from store.scripts import Script


@dataclass(frozen=True, slots=True)
class PostPreview:
    """A post, its macros expanded."""

    page: Page
    text: str
    """The body: Markdown, with the html of macros in the places of their calls."""
    failures: tuple[MacroFailure, ...]
    warnings: tuple[MacroWarning, ...]
    problems: Sequence[MacroProblem]
    """What looks like a macro and stays text. Lines count in the file."""
    output: str
    """What macros printed."""
    duration_s: float


@dataclass(frozen=True, slots=True)
class MacroPreview:
    """One call of a macro, and what it gave."""

    call: str
    """The call's text."""
    post_path: str
    """The post that it was made in; "" when the project has none."""
    syntax: str
    """How the macro can be called, such as `[[gallery columns=3]]`."""
    html: str | None
    """None when it failed."""
    failure: MacroFailure | None
    error: ScriptError | None
    """With its traceback, where the script was reached."""
    warnings: Sequence[str]
    output: str
    """What it printed."""
    duration_ms: float
    """The time inside the macro."""


class Previews:
    """The previews of one open project. Whoever is cancelled here wants nothing more of it."""

    def __init__(self, workspace: Workspace, kernels: Kernels) -> None:
        self._workspace = workspace
        self._kernels = kernels

    async def post(self, name: str, *, text: str | None = None) -> PostPreview:
        """Expand a post's macros.

        Args:
            name: Its slug, id, or path from the project folder (a translation's is a path).
            text: The whole file as it stands in the editor; None for what is saved.

        Raises:
            PostNotFound: There is no such post.
            FileError: It cannot be read, or its front matter is broken.
            KernelError: No interpreter can be had.
        """
        started = time.monotonic()
        page = await self._page(name, text)
        code_too = self._workspace.project.settings.get("expandMacrosInCode") is True
        parsed = await anyio.to_thread.run_sync(partial(parse, page.body, expands_in_code=code_too))
        macros = await self._workspace.macros.ready({call.name for call in parsed.calls})
        async with (
            self._executor() as executor,
            expanding(self._workspace, [page], macros, executor, is_preview=True) as expansion,
        ):
            (made,) = [one async for one in expansion]
            output = "" if expansion.batch is None else expansion.batch.printed
        return PostPreview(
            page,
            made.expanded.text,
            made.expanded.failures,
            made.expanded.warnings,
            made.problems,
            output,
            time.monotonic() - started,
        )

    async def macro(
        self, script: Script, source: bytes, *, post: str | None = None, call: str | None = None
    ) -> MacroPreview:
        """Call a macro once, as it stands in the editor.

        Args:
            script: The macro as it was read.
            source: The whole file's text as it is now.
            post: The slug, id or path of the post to call it in; None for the newest that calls it.
            call: The call's text, e.g. `[[gallery columns=2]]`; None for the post's first call of
                it, or one without parameters.

        Raises:
            PostNotFound: There is no such post.
            FileError: The post cannot be read.
            KernelError: No interpreter can be had, or could read what the macro declares.
            ValueError: `call` holds no call of this macro; the words say what is wrong.
        """
        workspace = self._workspace
        ready = await workspace.macros.ready((), Draft(script, source))
        path = workspace.relative(script.path)
        macro = ready.by_path[path]
        slug = ready.sources[macro.number].name
        page, wanted, shown = await self._sample(slug, post, call)
        preview = MacroPreview(
            shown.text,
            "" if page is None else page.path,
            call_syntax(slug, macro.spec),
            html=None,
            failure=None,
            error=None,
            warnings=(),
            output="",
            duration_ms=0.0,
        )
        arguments, problems = check(wanted, macro.spec) if macro.spec.is_declared else ({}, ())
        if macro.refusal is not None or problems:
            words = "; ".join(problem.words for problem in problems)
            refusal = macro.refusal or MacroError("TypeError", words)
            return replace(preview, failure=shown.failure(wanted, refusal))
        (context,) = await Contexts(
            workspace.project, workspace.catalog, is_preview=True
        ).contexts_for(page, [macro.resolved(wanted)])
        item = BatchItem(macro.number, context.own, context.post, arguments, context.shared)
        async with (
            self._executor() as executor,
            rendering([item], ready.sources, executor) as batch,
        ):
            (outcome,) = [one async for one in batch]
        preview = replace(
            preview, output=batch.printed, duration_ms=outcome.duration_ns / 1_000_000
        )
        if isinstance(outcome, Rendered):
            return replace(preview, html=outcome.html, warnings=tuple(outcome.warnings))
        return replace(preview, failure=shown.failure(wanted, outcome), error=outcome.error)

    async def spec(self, script: Script, source: bytes) -> ParameterSpec:
        """Return what a macro declares, as it stands in the editor.

        Raises:
            KernelError: No interpreter could read it.
        """
        ready = await self._workspace.macros.ready((), Draft(script, source))
        return ready.by_path[self._workspace.relative(script.path)].spec

    @asynccontextmanager
    async def _executor(self) -> AsyncIterator[LocalKernels]:
        pool = self._kernels.for_batches
        limits = self._workspace.limits["preview"]
        functions = item_functions(self._workspace, "preview")
        async with LocalKernels(pool, jobs=1, limits=limits, functions=functions) as executor:
            yield executor

    async def _page(self, name: str, text: str | None) -> Page:
        posts = self._workspace.posts
        if text is not None:
            post = await anyio.to_thread.run_sync(_with_text, await self._path_of(name), text)
        else:
            post = await (posts.read(name) if "/" in name else posts.get(name))
        path = self._workspace.relative(post.path)
        return Page.of(post, path, await self._original(post))

    async def _original(self, post: Post) -> PostFacts | None:
        if not post.facts.translation_for:
            return None
        await self._workspace.catalog.see_content()
        row = await self._workspace.catalog.find_post(post.facts.translation_for)
        return None if row is None else row.facts

    async def _path_of(self, name: str) -> Path:
        """Return a post's file, whatever is wrong with what is saved in it."""
        if "/" in name:
            return self._workspace.project.root / name
        await self._workspace.catalog.see_content()
        row = await self._workspace.catalog.find_post(name)
        if row is not None:
            return self._workspace.project.root / row.path
        return (await self._workspace.posts.get(name)).path

    async def _sample(
        self, slug: str, post: str | None, call: str | None
    ) -> tuple[Page | None, MacroCall, _Shown]:
        """Choose the post and the call that a macro is shown with.

        Raises:
            ValueError: `call` holds no call of it.
        """
        project = self._workspace.project
        found: MacroCall | None = None
        if post is None:
            page, found = await sample_page(project, self._workspace.catalog, slug)
        else:
            page = await self._page(post, None)
            if call is None:
                in_code = project.settings.get("expandMacrosInCode") is True
                look = partial(first_call, page.body, slug, expands_in_code=in_code)
                found = await anyio.to_thread.run_sync(look)
        if call is None and found is not None and page is not None:
            text = page.body[found.start : found.end]
            return page, found, _Shown(text, page.path, page.first_line)
        wanted, text = _call_of(slug, f"[[{slug}]]" if call is None else call)
        return page, wanted, _Shown(text)


@dataclass(frozen=True, slots=True)
class _Shown:
    """The text of a call, and where it stands."""

    text: str
    path: str = ""
    """"" when it stands in no post."""
    first_line: int = 1

    def failure(self, call: MacroCall, result: ItemFailed | MacroError) -> MacroFailure:
        return failure_of(call, result, path=self.path, first_line=self.first_line)


def _call_of(slug: str, text: str) -> tuple[MacroCall, str]:
    """Return the call that a text holds, with what is written of it.

    Raises:
        ValueError: It holds none of that macro.
    """
    parsed = parse(text)
    if not parsed.calls:
        words = parsed.problems[0].words if parsed.problems else "it has the form [[name key=1]]"
        raise ValueError(f"{text!r} is no call of a macro: {words}")
    call = parsed.calls[0]
    if slug.lower() not in (call.name, call.canonical):
        raise ValueError(f"{text!r} calls another macro than {slug}")
    return call, text[call.start : call.end]


def _with_text(path: Path, text: str) -> Post:
    from store.posts import parse_post
    from store.script_changes import encoded

    return parse_post(path, encoded(path, text), Stamp(0, 0, ""))
