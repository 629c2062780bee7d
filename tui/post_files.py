"""Posts as documents: read and written as they are typed, checked for front matter and macros.

Owns what is asked of the engine for them. Questions to the person, and drawing, must never enter.
Only what opens a post may import it: it loads yaml.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import anyio.to_thread

from engine.child.protocol import Problem
from engine.kernel.process import KernelError
from engine.render.macros import MacroTable
from engine.render.post_analysis import PostAnalysis, analyse
from store.post_source import PostSource, lost_source
from tui.document_files import POSTS
from tui.editor.completion import Macros
from tui.editor.document import without_surrogates
from tui.editor.open_document import OpenDocument, Source
from tui.editor.post_document import PostDocument
from tui.editor.post_marks import Marks, marks_of

if TYPE_CHECKING:
    from engine.watching import FilesChanged
    from engine.workspace import Workspace
    from store.recovery import Snapshot


class PostFiles:
    """Posts and translations, front matter and all."""

    noun = "post"
    folder = POSTS

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._texts = workspace.posts.texts
        self._macros: Macros | None = None
        """Those there are; None when that has to be asked again."""
        self._table_trouble = ""
        workspace.watching.listen(self._changed)

    def _changed(self, event: FilesChanged) -> None:
        if event.touches_folder("scripts"):
            self._macros = None

    async def load(self, path: str) -> PostSource:
        """Read a post's file."""
        return await self._texts.read(path)

    def opened(self, source: Source, path: str, *, is_deleted: bool = False) -> PostDocument:
        """Make a document of a post."""
        return PostDocument(_post(source), path, is_deleted=is_deleted)

    def oddities(self, source: Source) -> Sequence[str]:
        """Tell why its front matter cannot be read."""
        trouble = _post(source).trouble
        if trouble is None:
            return ()
        return (f"line {trouble.line}, column {trouble.column}: {trouble.reason}",)

    async def inspect(self, document: OpenDocument, body: str) -> Sequence[Problem]:
        """Look at front matter and macros."""
        assert isinstance(document, PostDocument)
        look, path = document.begin_look(), document.post.path
        macros = document.macros = await self._known_macros()
        expands_in_code = self._workspace.project.settings.get("expandMacrosInCode") is True

        def look_at_it() -> tuple[PostAnalysis, Marks]:
            analysis = analyse(path, body, macros.table, expands_in_code=expands_in_code)
            return analysis, marks_of(analysis)

        document.take_analysis(look, *await anyio.to_thread.run_sync(look_at_it))
        return document.problems

    async def save(self, document: OpenDocument, body: str) -> PostSource:
        """Write the text as it was typed."""
        return await self._texts.save(_post(document.source), body)

    async def overwrite(self, document: OpenDocument, body: str) -> PostSource:
        """Write it over whatever is there."""
        return await self._texts.overwrite(_post(document.source), body)

    async def keep_beside(self, document: OpenDocument, body: str, word: str) -> str:
        """Make a draft of the text."""
        made = await self._texts.create_beside(_post(document.source), body, word)
        return self._texts.relative(made)

    def lost(self, snapshot: Snapshot, body: str) -> PostSource:
        """Make a source of what is left."""
        path = self._workspace.project.root / snapshot.path
        return lost_source(path, snapshot.header, without_surrogates(body), snapshot.base)

    async def candidates(self, source: Source) -> set[str]:
        """Return where the index knows the same post, or the same translation."""
        return await self._texts.paths_of(_post(source))

    def is_same(self, source: Source, other: Source) -> bool:
        """Tell it by what does not change when a post is renamed."""
        own, others = _post(source).facts, _post(other).facts
        if own is None or others is None:
            return False
        mine = (own.id, own.translation_for, own.language)
        return any(mine[:2]) and mine == (others.id, others.translation_for, others.language)

    def words(self, document: OpenDocument) -> str:
        """Tell what is wrong with its macros."""
        count = len(document.problems)
        return f"; {count} {'problem' if count == 1 else 'problems'}" if count else ""

    def all_well(self) -> str:
        """Tell that nothing was found, and what could not be looked at."""
        if self._table_trouble:
            return f"nothing found; what macros take could not be read: {self._table_trouble}"
        return "front matter and macros are in order"

    def too_large(self, source: Source) -> str:
        """There is nothing else here that takes it."""
        return "Another editor may."

    async def _known_macros(self) -> Macros:
        if self._macros is not None:
            return self._macros
        self._table_trouble = ""
        try:
            ready = await self._workspace.macros.ready()
        except KernelError as error:
            # Without an interpreter the macros' names are known, and what they take is not.
            self._table_trouble = str(error)
            rows = await self._workspace.catalog.scripts()
            macros = Macros(MacroTable.from_rows(rows), {row.path: row.title for row in rows})
        else:
            titles = {path: one.script.fields.title for path, one in ready.by_path.items()}
            macros = Macros(ready.table, titles)
        self._macros = macros
        return macros


def _post(source: Source) -> PostSource:
    assert isinstance(source, PostSource)
    return source
