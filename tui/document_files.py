"""How documents of one kind are read, written and checked, behind one interface for all flows.

Owns what differs between kinds on the way to a file. Questions to the person, and drawing, must
never enter.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Protocol

import anyio.to_thread

from store.files import Stamp
from store.scripts import Script, parse_script
from tui.editor.document import without_surrogates
from tui.editor.open_document import OpenDocument, Source
from tui.editor.script_document import ScriptDocument

if TYPE_CHECKING:
    from engine.child.protocol import Problem
    from engine.workspace import Workspace
    from store.recovery import Snapshot

POSTS = "posts/"
"""Where posts lie; every other document is a script."""


class DocumentFiles(Protocol):
    """The files of one kind of document; sources and documents are those that it made."""

    noun: str
    """What people call one."""
    folder: str
    """Where they lie, with a slash behind."""

    async def load(self, path: str) -> Source:
        """Read a file; raises FileError."""

    def opened(self, source: Source, path: str, *, is_deleted: bool = False) -> OpenDocument:
        """Make a document of what was read."""

    def oddities(self, source: Source) -> Sequence[str]:
        """Tell in words what is odd about a file that was just opened."""

    async def inspect(self, document: OpenDocument, body: str) -> Sequence[Problem]:
        """Tell what is wrong with a text, in its order; raises KernelError."""

    async def save(self, document: OpenDocument, body: str) -> Source:
        """Write what changed; raises FileError, ConflictError when the file is another."""

    async def overwrite(self, document: OpenDocument, body: str) -> Source:
        """Write over whatever is there; raises FileError."""

    async def keep_beside(self, document: OpenDocument, body: str, word: str) -> str:
        """Put a text into a new file and return its path; raises FileError."""

    def lost(self, snapshot: Snapshot, body: str) -> Source:
        """Make a source of what is left of one whose file is gone."""

    async def candidates(self, source: Source) -> set[str]:
        """Return the paths where the index may know it by now."""

    def is_same(self, source: Source, other: Source) -> bool:
        """Tell whether two files with other texts are one document that was moved."""

    def words(self, document: OpenDocument) -> str:
        """Tell of a document that was just saved what its path does not."""

    def all_well(self) -> str:
        """Tell that a check found nothing."""

    def too_large(self, source: Source) -> str:
        """Tell what can be done with a file that the editor does not take."""


class ScriptFiles:
    """Scripts: their header is patched, a kernel checks them."""

    noun = "script"
    folder = "scripts/"

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    async def load(self, path: str) -> Script:
        """Read a script."""
        return await self._workspace.load_script(path)

    def opened(self, source: Source, path: str, *, is_deleted: bool = False) -> ScriptDocument:
        """Make a document of a script."""
        return ScriptDocument(_script(source), path, is_deleted=is_deleted)

    def oddities(self, source: Source) -> Sequence[str]:
        """Tell what is odd about its header."""
        return _script(source).problems

    async def inspect(self, document: OpenDocument, body: str) -> Sequence[Problem]:
        """Parse the text; its entrypoints are the document's then."""
        assert isinstance(document, ScriptDocument)
        inspected = await self._workspace.check(document.whole(body), document.path)
        if not inspected.problems:
            # A source that does not parse tells nothing about its functions.
            document.entrypoints = inspected.entrypoints
        return inspected.problems

    async def save(self, document: OpenDocument, body: str) -> Script:
        """Write body and header fields."""
        return await self._workspace.save_script(
            _script(document.source), body=body, changes=document.changes
        )

    async def overwrite(self, document: OpenDocument, body: str) -> Script:
        """Write them over whatever is there."""
        return await self._workspace.overwrite_script(
            _script(document.source), body=body, changes=document.changes
        )

    async def keep_beside(self, document: OpenDocument, body: str, word: str) -> str:
        """Make another script of the text."""
        assert isinstance(document, ScriptDocument)
        fields = document.script.fields
        script = await self._workspace.create_script(
            f"{document.changes.get('title', fields.title)} ({word})",
            document.kind,
            body,
            slug=f"{document.changes.get('slug', fields.slug)}_{word}",
            entrypoint=document.entrypoint,
            # A second transform would change everything twice.
            enabled=document.is_enabled and document.kind != "transform",
        )
        return self._workspace.relative(script.path)

    def lost(self, snapshot: Snapshot, body: str) -> Script:
        """Make a script of what is left."""
        path = self._workspace.project.root / snapshot.path
        data = without_surrogates(snapshot.header + body).encode()
        return parse_script(path, data, Stamp(0, 0, snapshot.base))

    async def candidates(self, source: Source) -> set[str]:
        """Return the paths of all scripts."""
        return {row.path for row in await self._workspace.catalog.scripts()}

    def is_same(self, source: Source, other: Source) -> bool:
        """Tell it by the id: Inkstand changes the header with the name."""
        own = _script(source).fields.id
        return bool(own) and _script(other).fields.id == own

    def words(self, document: OpenDocument) -> str:
        """Tell the version."""
        return f" (version {_script(document.source).fields.version})"

    def all_well(self) -> str:
        """Tell that it parses."""
        return "no syntax errors"

    def too_large(self, source: Source) -> str:
        """Tell that it still runs."""
        return f"It can still be run: inkstand run {_script(source).fields.slug}"


class FilesByKind:
    """Chooses by path; what only posts need is loaded with the first one."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._scripts = ScriptFiles(workspace)
        self._posts: DocumentFiles | None = None

    def of(self, path: str) -> DocumentFiles:
        """Return what reads and writes the document of a path."""
        if not path.startswith(POSTS):
            return self._scripts
        if self._posts is None:
            from tui.post_files import PostFiles  # yaml: 30 ms that the start need not pay

            self._posts = PostFiles(self._workspace)
        return self._posts

    async def ready(self, path: str) -> DocumentFiles:
        """Do as `of`, and load what it takes off the event loop."""
        return await anyio.to_thread.run_sync(partial(self.of, path))


def _script(source: Source) -> Script:
    assert isinstance(source, Script)
    return source
