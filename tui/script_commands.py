"""What a person can do with scripts: open, save, check, rename, duplicate, delete, set as macro.

Owns these flows from key press to file, with their questions. It keeps no state of its own:
documents are the editor's, scripts the workspace's.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from engine.kernel.process import KernelError
from engine.workspace import Workspace
from store.files import ConflictError
from store.scripts import KINDS, MAX_EDIT_BYTES, Script, ScriptKind
from tui.actions import ACTIONS
from tui.editor.open_document import OpenDocument
from tui.follow_flow import FollowFlow
from tui.screens.questions import Answer, Field, FormScreen, QuestionScreen
from tui.templates import NEW_BODIES

if TYPE_CHECKING:
    from engine.child.protocol import Inspected
    from tui.editor.editor_pane import EditorPane
    from tui.main_screen import MainScreen

_KEYS = {action.id: action.key_shown for action in ACTIONS}


class ScriptCommands:
    """The flows. Their errors (FileError, KernelError) are shown by whoever starts them."""

    def __init__(self, screen: MainScreen, workspace: Workspace) -> None:
        self._screen = screen
        self._workspace = workspace
        self.follow = FollowFlow(screen, workspace, self)
        """What becomes of documents whose files change under them."""

    @property
    def _editor(self) -> EditorPane:
        return self._screen.editor

    async def open(self, path: str) -> OpenDocument | None:
        """Open a script, or bring it to the front."""
        document = self._editor.find(path)
        if document is not None:
            await self.refresh(document)
            self._editor.bring_to_front(document)
            return document
        script = await self._workspace.load_script(path)
        if script.stamp.size > MAX_EDIT_BYTES:
            self._screen.notify(
                f"{path} has {script.stamp.size / 1e6:.1f} MB; scripts up to "
                f"{MAX_EDIT_BYTES / 1e6:.0f} MB are edited here. It can still be run: "
                f"inkstand run {script.fields.slug}",
                severity="error",
            )
            return None
        document = OpenDocument(script, path)
        if not os.access(script.path, os.W_OK):
            document.read_only_reason = "you may not write the file"
            self._screen.notify(f"{path} is read-only: {document.read_only_reason}.")
        await self._editor.open(document)
        for problem in script.problems:
            self._screen.notify(f"{path}: {problem}", severity="warning", timeout=10)
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
        inspected = await self.inspect(document)
        if inspected is not None and inspected.problems and not document.may_save_broken:
            self._show_first_problem(
                document, inspected, f"Not saved. {_KEYS['save']} again saves all the same."
            )
            document.may_save_broken = True
            return False
        if document.is_deleted:  # without changes there would be nothing to write
            return await self.follow.settle(document)
        body = editor.body(document)
        try:
            script = await self._workspace.save_script(
                document.script, body=body, changes=document.changes
            )
        except ConflictError:
            return await self.follow.settle(document)
        editor.note_saved(document, script, body)
        await self._screen.refresh_scripts()
        self._screen.notify(f"Saved {document.path} (version {script.fields.version}).")
        return True

    async def check(self, document: OpenDocument) -> None:
        """Check the syntax and say what came of it."""
        inspected = await self.inspect(document)
        if inspected is None:
            return
        if inspected.problems:
            self._show_first_problem(document, inspected, "")
        else:
            self._screen.notify(f"{document.path}: no syntax errors.")

    async def toggle_macro(self, script: Script, document: OpenDocument | None) -> None:
        """Make the script a macro, or a utility again, in its file's header at once."""
        script = await self.refresh(document) if document is not None else script
        kind: ScriptKind = "utility" if script.fields.kind == "macro" else "macro"
        path = self._workspace.relative(script.path)
        entrypoint = "main"
        if kind == "macro":
            source = script.source
            if document is not None:  # the function may be typed and not yet saved
                source = document.source(self._editor.body(document))
            inspected = await self._workspace.check(source, path)
            functions = inspected.entrypoints[1:]
            entrypoint = "render" if "render" in functions or not functions else functions[0]
        saved = await self._change_header(
            script, document, {"kind": kind, "entrypoint": entrypoint}
        )
        slug = saved.fields.slug
        if kind == "utility":
            self._screen.notify(f"{slug} is a utility again: {_KEYS['run']} runs the whole file.")
        elif functions:
            self._screen.notify(f"[[{slug}]] in a post now calls {entrypoint} of {path}.")
        else:
            self._screen.notify(
                f"[[{slug}]] is a macro now; it needs a function: def render(context, post)",
                severity="warning",
            )

    async def toggle_enabled(self, script: Script, document: OpenDocument | None) -> None:
        """Enable or disable the script, in its file's header at once."""
        script = await self.refresh(document) if document is not None else script
        saved = await self._change_header(script, document, {"enabled": not script.fields.enabled})
        state = "enabled" if saved.fields.enabled else "disabled"
        self._screen.notify(f"{saved.fields.slug} is {state}.")

    async def new(self) -> None:
        """Ask for title and kind, make the script and open it."""
        values = await self._screen.app.push_screen_wait(
            FormScreen(
                "New script",
                [Field("title", "Title", "New Script"), Field("kind", "Kind", "utility", KINDS)],
                "Create",
            )
        )
        if values is None:
            return
        kind = next(kind for kind in KINDS if kind == values["kind"])
        script = await self._workspace.create_script(values["title"], kind, NEW_BODIES[kind])
        await self._screen.refresh_scripts()
        await self.open(self._workspace.relative(script.path))

    async def rename(self, script: Script, document: OpenDocument | None) -> None:
        """Ask for another title and slug."""
        script = await self.refresh(document) if document is not None else script
        values = await self._screen.app.push_screen_wait(
            FormScreen(
                "Rename",
                [
                    Field("title", "Title", script.fields.title),
                    Field("slug", "Slug (file and macro name)", script.fields.slug),
                ],
                "Rename",
            )
        )
        if values is None:
            return
        renamed = await self._workspace.rename_script(
            script, title=values["title"], slug=values["slug"]
        )
        if document is not None:
            document.path = self._workspace.relative(renamed.path)
            self._take_over(document, renamed, script.body, {})
        await self._screen.refresh_scripts()
        self._screen.notify(
            f"Renamed to {renamed.fields.slug}: {self._workspace.relative(renamed.path)}"
        )

    async def duplicate(self, script: Script) -> None:
        """Copy what is saved and open the copy."""
        copy = await self._workspace.duplicate_script(script)
        await self._screen.refresh_scripts()
        await self.open(self._workspace.relative(copy.path))

    async def delete(self, script: Script, document: OpenDocument | None) -> None:
        """Delete after asking; closes its tab."""
        script = await self.refresh(document) if document is not None else script
        path = self._workspace.relative(script.path)
        unsaved = " Its unsaved changes go with it." if document and document.is_dirty else ""
        answer = await self._screen.app.push_screen_wait(
            QuestionScreen(
                "Delete",
                f"Delete {path}?{unsaved}\n{_KEYS['undo_delete']} brings the saved text back.",
                [Answer("delete", "Delete", is_dangerous=True)],
            )
        )
        if answer != "delete":
            return
        await self._workspace.delete_script(script)
        if document is not None:
            await self._editor.close(document)
        await self._screen.refresh_scripts()
        self._screen.notify(f"Deleted {path}. {_KEYS['undo_delete']} brings it back.")

    async def undo_delete(self) -> None:
        """Bring the last script back that was deleted or replaced, and open it."""
        script = await self._workspace.undo_delete()
        if script is None:
            self._screen.notify(
                "Nothing has been deleted or replaced since the project was opened."
            )
            return
        await self._screen.refresh_scripts()
        await self.open(self._workspace.relative(script.path))

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

    async def _change_header(
        self, script: Script, document: OpenDocument | None, changes: dict[str, str | bool]
    ) -> Script:
        saved = await self._workspace.save_script(script, changes=changes)
        if document is not None:
            self._take_over(document, saved, script.body, changes)
            await self.inspect(document)
        await self._screen.refresh_scripts()
        return saved

    def _take_over(
        self,
        document: OpenDocument,
        saved: Script,
        written: str,
        changes: Mapping[str, str | bool],
    ) -> None:
        """Show what has been written beside the text; other header changes stay unsaved."""
        pending = {name: value for name, value in document.changes.items() if name not in changes}
        self._editor.note_saved(document, saved, written)
        document.changes.update(pending)
        self._editor.refresh_header(document)

    async def refresh(self, document: OpenDocument) -> Script:
        """Load a document without unsaved changes anew when its file has changed.

        Returns:
            The script as the document has it now.
        """
        await self.follow.look(document)
        return document.script

    async def inspect(self, document: OpenDocument) -> Inspected | None:
        """Parse the document's text; None, with a warning, when that is not possible."""
        source = document.source(self._editor.body(document))
        try:
            inspected = await self._workspace.check(source, document.path)
        except KernelError as error:
            self._screen.notify(
                f"{document.path} could not be checked: {error}", severity="warning"
            )
            return None
        self._editor.show_inspection(document, inspected)
        return inspected

    def _show_first_problem(self, document: OpenDocument, inspected: Inspected, hint: str) -> None:
        problem = inspected.problems[0]
        self._editor.go_to(document, problem.line, problem.column)
        self._screen.notify(
            f"{document.path}:{problem.line}:{problem.column}: {problem.message}\n{hint}".rstrip(),
            severity="error",
        )
