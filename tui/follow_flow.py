"""What the screen does when files change under it: lists follow, clean documents too, others ask.

Owns the questions between a document and its file, while typing and when saving. How changes are
noticed, and how texts are drawn, must never enter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from engine.watching import FilesChanged
from store.files import FileError
from store.scripts import MAX_EDIT_BYTES
from tui.actions import ACTIONS
from tui.screens.questions import Answer, QuestionScreen

if TYPE_CHECKING:
    from engine.workspace import Workspace
    from tui.document_commands import DocumentCommands
    from tui.document_files import DocumentFiles
    from tui.editor.editor_pane import EditorPane
    from tui.editor.open_document import OpenDocument, Source
    from tui.flows import Flows
    from tui.main_screen import MainScreen

_KEYS = {action.id: action.key_shown for action in ACTIONS}
_ANSWERS = (
    Answer("mine", "Keep mine"),
    Answer("theirs", "Load theirs", is_dangerous=True),
    Answer("both", "Both"),
)
_LATER = Answer("later", "Later")
_MAX_LOOKED_THROUGH = 50
"""New files that are read to find the one that an open file was renamed to."""


class FollowFlow:
    """Brings the screen in line with the files. One for each open project."""

    def __init__(
        self, screen: MainScreen, workspace: Workspace, commands: DocumentCommands
    ) -> None:
        self._screen = screen
        self._workspace = workspace
        self._commands = commands
        self._flows: Flows | None = None
        self._waiting: FilesChanged | None = None
        """What the documents have not followed yet; a question may hold it up."""
        self._paths_before: frozenset[str] = frozenset()
        """The scripts that were there before that."""
        self._is_refreshing = self._is_stale = False
        self._told: dict[str, str] = {}
        """By path, why a file cannot be shown, as the person has been told."""

    @property
    def _editor(self) -> EditorPane:
        return self._screen.editor

    def _files(self, document: OpenDocument) -> DocumentFiles:
        return self._commands.files.of(document.path)

    def begin(self, flows: Flows) -> None:
        """Follow what the workspace tells from now on."""
        self._flows = flows
        self._workspace.watching.listen(self._changed, self._notice)

    async def look(self, document: OpenDocument) -> None:
        """Let a document follow its file, but ask nothing: a conflict comes up when saving."""
        await self._look(document, None)

    async def settle(self, document: OpenDocument) -> bool:
        """Ask what is to become of a document whose file is not the one it was read from.

        Returns:
            Whether the file holds what the editor shows now.

        Raises:
            FileError: Text or file could not be written or read.
        """
        try:
            on_disk = await self._files(document).load(document.path)
        except FileError as error:
            if not _is_missing(error):
                raise
            return await self._write_again(document)
        document.is_deleted = False
        self._editor.note_text(document)
        self._editor.refresh_header(document)
        if on_disk.stamp.digest == document.source.stamp.digest:  # it is what it was, again
            return not document.has_changes or await self._commands.save(document)
        if self._is_the_same(document, on_disk):
            await self._load(document, on_disk)
            return True
        return await self._ask(document, on_disk, is_saving=True)

    # What the watching tells -------------------------------------------------------------------

    def _notice(self, notice: str) -> None:
        self._screen.notify(notice, severity="warning", timeout=20)

    def _changed(self, event: FilesChanged) -> None:
        if self._flows is None or not self._screen.is_mounted:
            return
        if self._waiting is None:
            self._paths_before = frozenset(row.path for row in self._screen.script_rows)
        if event.touches_folder("scripts", "posts", "media"):
            self._is_stale = True
            if not self._is_refreshing:
                self._is_refreshing = True
                self._flows.beside(self._refresh)
        if event.touches_folder("scripts"):
            for document in self._editor.documents:
                if document.language == "markdown":  # its macros may be others now
                    self._flows.beside(self._commands.inspect, document)
        if "meta/project.json" in event.paths:
            self._flows.beside(self._take_settings)
        if any(event.touches(document.path) for document in self._editor.documents):
            is_first = self._waiting is None
            self._waiting = event if self._waiting is None else self._waiting | event
            if is_first:
                # In turn: a save that is under way knows its own file when it has ended.
                self._flows.start(self._follow)

    async def _take_settings(self) -> None:
        """Let limits, rights and the name be what the file says now."""
        from tui.screens.preferences import PreferencesScreen  # the start need not pay for it

        if any(isinstance(one, PreferencesScreen) for one in self._screen.app.screen_stack):
            return  # it compares by itself, and tells what it finds
        await self._workspace.settings.load()
        self._screen.status.project = self._workspace.project.name

    async def _refresh(self) -> None:
        try:
            while self._is_stale:
                self._is_stale = False
                await self._screen.refresh_scripts()
                self._screen.status.branch = await self._workspace.history.branch() or ""
        finally:
            self._is_refreshing = False

    async def _follow(self) -> None:
        event, self._waiting = self._waiting, None
        if event is not None:
            for document in list(self._editor.documents):
                if event.touches(document.path):
                    await self._look(document, event)

    # Documents ---------------------------------------------------------------------------------

    async def _look(self, document: OpenDocument, event: FilesChanged | None) -> None:
        path = document.path
        try:
            on_disk = await self._files(document).load(path)
        except FileError as error:
            if not _is_missing(error):
                self._tell(path, f"{error} The editor shows what it was before.")
            elif not await self._follow_rename(document, event):
                self._note_deleted(document)
            return
        # From here to what becomes of it nothing is awaited: nobody can type in between.
        if document.path != path or not self._editor.holds(document):
            return
        was_deleted, document.is_deleted = document.is_deleted, False
        self._editor.note_text(document)
        if on_disk.stamp.digest == document.source.stamp.digest:
            document.asked_about = ""
            self._told.pop(path, None)
            if was_deleted:
                self._editor.refresh_header(document)
        elif on_disk.stamp.size > MAX_EDIT_BYTES:
            self._tell(
                path,
                f"{path} has {on_disk.stamp.size / 1e6:.1f} MB now, which is too much for the "
                "editor. It shows what the file was before.",
            )
        elif not document.has_changes or self._is_the_same(document, on_disk):
            await self._load(document, on_disk)
        elif event is not None and document.asked_about != on_disk.stamp.digest:
            await self._ask(document, on_disk, is_saving=False)

    def _is_the_same(self, document: OpenDocument, on_disk: Source) -> bool:
        return not document.changes and self._editor.body(document) == on_disk.body

    async def _load(self, document: OpenDocument, on_disk: Source) -> None:
        self._told.pop(document.path, None)
        if not self._editor.reload(document, on_disk):
            self._screen.notify(
                f"{document.path} has other line ends now; what was undone before stays so."
            )
        await self._commands.inspect(document)

    def _note_deleted(self, document: OpenDocument) -> None:
        if document.is_deleted or not self._editor.holds(document):
            return
        document.is_deleted = True
        self._editor.refresh_header(document)
        self._screen.notify(
            f"{document.path} was deleted on disk. Its text is still here; "
            f"{_KEYS['save']} writes it again.",
            severity="warning",
            timeout=10,
        )

    async def _follow_rename(self, document: OpenDocument, event: FilesChanged | None) -> bool:
        """Find the new path of a file that is gone, and let the document go there."""
        found = await self._renamed(document, event) if event is not None else None
        if found is None or not self._editor.holds(document):
            return False
        old, document.path = document.path, self._workspace.relative(found.path)
        self._editor.note_text(document)
        document.follow_move(found)
        document.is_deleted = False
        self._editor.refresh_header(document)
        self._screen.notify(f"{old} is {document.path} now; the tab has followed.")
        await self._look(document, event)  # renaming may have changed the header
        return True

    async def _renamed(self, document: OpenDocument, event: FilesChanged) -> Source | None:
        files, source = self._files(document), document.source
        paths = {path for path in event.paths if path.startswith(files.folder)}
        if event.is_everything:
            paths = await files.candidates(source)
        paths -= self._paths_before | {document.path for document in self._editor.documents}
        found = None
        for path in sorted(paths)[:_MAX_LOOKED_THROUGH]:
            try:
                candidate = await files.load(path)
            except FileError:
                continue  # gone again, or not one of these
            if candidate.stamp.digest == source.stamp.digest:
                return candidate
            # Renaming may change what the file says with its name.
            if files.is_same(source, candidate):
                found = candidate
        return found

    def _tell(self, path: str, words: str) -> None:
        if self._told.get(path) != words:
            self._told[path] = words
            self._screen.notify(words, severity="warning", timeout=10)

    # Questions ---------------------------------------------------------------------------------

    async def _ask(self, document: OpenDocument, on_disk: Source, *, is_saving: bool) -> bool:
        from tui.screens.compare import CompareScreen, Side  # the start need not pay for it

        document.asked_about = on_disk.stamp.digest
        mine = self._editor.body(document)
        # While somebody types, what a stray Enter chooses must change nothing.
        answers = _ANSWERS if is_saving else (_LATER, *_ANSWERS)
        answer = await self._screen.app.push_screen_wait(
            CompareScreen(
                "Changed on disk",
                f"Another program changed {document.path}, and you have unsaved changes. Keep "
                f"mine: {'writes' if is_saving else 'the next save writes'} your text over the "
                f"file. Both: your text becomes a {self._files(document).noun} of its own, and the "
                "file is loaded.",
                Side("Mine, in the editor", mine, document.source.first_body_line),
                Side("Theirs, on disk", on_disk.body, on_disk.first_body_line),
                answers,
                cancel=_LATER.label if is_saving else "",
            )
        )
        if answer == "mine":
            document.kept_over(on_disk)
            self._editor.note_text(document)
            self._editor.refresh_header(document)
            if is_saving:
                return await self._commands.save(document)
            self._screen.notify(f"{_KEYS['save']} writes your text over {document.path}.")
        elif answer in ("theirs", "both"):
            if answer == "both":
                await self._keep_beside(document, mine)
            # Anew: it may have changed again while the question stood.
            await self._load(document, await self._files(document).load(document.path))
            return True
        return False

    async def _keep_beside(self, document: OpenDocument, mine: str) -> None:
        path = await self._files(document).keep_beside(document, mine, "mine")
        await self._screen.refresh_scripts()
        self._screen.notify(f"Your text is in {path}.")

    async def _write_again(self, document: OpenDocument) -> bool:
        answer = await self._screen.app.push_screen_wait(
            QuestionScreen(
                "Deleted on disk",
                f"{document.path} has been deleted or moved by somebody else.",
                [Answer("write", "Write it again")],
            )
        )
        if answer is None:
            return False
        if await anyio.Path(document.source.path).exists():  # meanwhile somebody else has
            return await self.settle(document)
        body = self._editor.body(document)
        source = await self._files(document).overwrite(document, body)
        self._editor.note_saved(document, source, body)
        await self._screen.refresh_scripts()
        self._screen.notify(f"Wrote {document.path} again.")
        return True


def _is_missing(error: FileError) -> bool:
    return isinstance(error.__cause__, FileNotFoundError | NotADirectoryError)
