"""What a person can do with any open document: open, save, check, close, quit.

Owns these flows from key press to file, with their questions. What a kind of document needs on the
way is `document_files`'; it keeps no state of its own.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from engine.kernel.process import KernelError
from store.files import ConflictError
from store.scripts import MAX_EDIT_BYTES
from tui.actions import ACTIONS
from tui.document_files import FilesByKind
from tui.follow_flow import FollowFlow
from tui.screens.questions import Answer, QuestionScreen

if TYPE_CHECKING:
    from engine.child.protocol import Problem
    from engine.workspace import Workspace
    from tui.editor.editor_pane import EditorPane
    from tui.editor.open_document import OpenDocument
    from tui.main_screen import MainScreen

_KEYS = {action.id: action.key_shown for action in ACTIONS}


class DocumentCommands:
    """The flows. Their errors (FileError, KernelError) are shown by whoever starts them."""

    def __init__(self, screen: MainScreen, workspace: Workspace) -> None:
        self._screen = screen
        self._workspace = workspace
        self.files = FilesByKind(workspace)
        """How documents are read and written, by their path."""
        self.follow = FollowFlow(screen, workspace, self)
        """What becomes of documents whose files change under them."""

    @property
    def _editor(self) -> EditorPane:
        return self._screen.editor

    async def open(self, path: str) -> OpenDocument | None:
        """Open a document, or bring it to the front."""
        document = self._editor.find(path)
        if document is not None:
            await self.refresh(document)
            self._editor.bring_to_front(document)
            return document
        files = await self.files.ready(path)
        source = await files.load(path)
        if source.stamp.size > MAX_EDIT_BYTES:
            self._screen.notify(
                f"{path} has {source.stamp.size / 1e6:.1f} MB; {files.noun}s up to "
                f"{MAX_EDIT_BYTES / 1e6:.0f} MB are edited here. {files.too_large(source)}",
                severity="error",
            )
            return None
        document = files.opened(source, path)
        if not os.access(source.path, os.W_OK):
            document.read_only_reason = "you may not write the file"
            self._screen.notify(f"{path} is read-only: {document.read_only_reason}.")
        await self._editor.open(document)
        for oddity in files.oddities(source):
            self._screen.notify(f"{path}: {oddity}", severity="warning", timeout=10)
        await self.inspect(document)
        return document

    async def save(self, document: OpenDocument) -> bool:
        """Check and save.

        Returns:
            Whether the file holds the text now.
        """
        editor = self._editor
        editor.note_text(document)
        if not document.is_dirty:
            self._screen.notify(f"{document.path} has no changes.")
            return True
        is_inspected = await self.inspect(document)
        problem = document.stops_saving if is_inspected else None
        if problem is not None and not document.may_save_broken:
            self._show(document, problem, f"Not saved. {_KEYS['save']} again saves all the same.")
            document.may_save_broken = True
            return False
        if document.is_deleted:  # without changes there would be nothing to write
            return await self.follow.settle(document)
        files = self.files.of(document.path)
        body = editor.body(document)
        try:
            source = await files.save(document, body)
        except ConflictError:
            return await self.follow.settle(document)
        editor.note_saved(document, source, body)
        await self._screen.refresh_scripts()
        self._screen.notify(f"Saved {document.path}{files.words(document)}.")
        return True

    async def check(self, document: OpenDocument) -> None:
        """Check the text and say what came of it."""
        if not await self.inspect(document):
            return
        if document.problems:
            more = len(document.problems) - 1
            self._show(document, document.problems[0], f"And {more} more." if more else "")
        else:
            self._screen.notify(f"{document.path}: {self.files.of(document.path).all_well()}.")

    async def close(self, document: OpenDocument) -> None:
        """Close a tab, asking when something is not saved."""
        self._editor.note_text(document)
        if document.is_dirty:
            answer = await self._screen.app.push_screen_wait(
                QuestionScreen(
                    "Close",
                    f"{document.path} has unsaved changes.",
                    [Answer("save", "Save"), Answer("discard", "Discard", is_dangerous=True)],
                )
            )
            if answer is None or (answer == "save" and not await self.save(document)):
                return
        await self._editor.close(document)

    async def may_quit(self) -> bool:
        """Ask about unsaved documents; tell whether the app may be left."""
        for document in self._editor.documents:
            self._editor.note_text(document)
        dirty = [document for document in self._editor.documents if document.is_dirty]
        if not dirty:
            return await self._may_end_tasks()
        names = ", ".join(document.path for document in dirty)
        answer = await self._screen.app.push_screen_wait(
            QuestionScreen(
                "Quit",
                f"Not saved: {names}",
                [Answer("save", "Save all"), Answer("discard", "Discard", is_dangerous=True)],
            )
        )
        if answer == "save" and not all([await self.save(document) for document in dirty]):
            return False
        return answer is not None and await self._may_end_tasks()

    async def _may_end_tasks(self) -> bool:
        """Ask about what still runs and would be lost; looking at files again costs nothing."""
        names = [
            task.name
            for task in self._workspace.tasks.running
            if not task.name.startswith(("Rebuild", "Compare"))
        ]
        if not names:
            return True
        answer = await self._screen.app.push_screen_wait(
            QuestionScreen(
                "Quit",
                f"Still running: {', '.join(names)}",
                [Answer("leave", "End and quit", is_dangerous=True)],
            )
        )
        return answer == "leave"

    async def refresh(self, document: OpenDocument) -> None:
        """Load a document without unsaved changes anew when its file has changed."""
        await self.follow.look(document)

    async def inspect(self, document: OpenDocument) -> bool:
        """Find what is wrong with the document's text, and show it where it stands.

        Returns:
            Whether that was possible; else the person has been told, or it is closed.
        """
        if not self._editor.holds(document):
            return False
        files = self.files.of(document.path)
        try:
            document.problems = list(await files.inspect(document, self._editor.body(document)))
        except KernelError as error:
            self._screen.notify(
                f"{document.path} could not be checked: {error}", severity="warning"
            )
            return False
        if not self._editor.holds(document):  # closed meanwhile
            return False
        self._editor.show_problems(document)
        return True

    def _show(self, document: OpenDocument, problem: Problem, hint: str) -> None:
        self._editor.go_to(document, problem.line, problem.column)
        self._screen.notify(
            f"{document.path}:{problem.line}:{problem.column}: {problem.message}\n{hint}".rstrip(),
            severity="warning" if document.stops_saving is None else "error",
        )
