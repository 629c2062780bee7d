"""What a person can do with scripts only: make, rename, duplicate, delete, set as macro.

Owns these flows from key press to file, with their questions; what can be done with any document is
`document_commands`'. It keeps no state of its own: documents are the editor's, scripts the
workspace's.
"""

from __future__ import annotations

from collections.abc import Mapping

from store.scripts import KINDS, Script, ScriptKind
from tui.actions import ACTIONS
from tui.document_commands import DocumentCommands
from tui.editor.script_document import ScriptDocument
from tui.screens.questions import Answer, Field, FormScreen, QuestionScreen
from tui.templates import NEW_BODIES

_KEYS = {action.id: action.key_shown for action in ACTIONS}


class ScriptCommands(DocumentCommands):
    """The flows. Their errors (FileError, KernelError) are shown by whoever starts them."""

    async def toggle_macro(self, script: Script, document: ScriptDocument | None) -> None:
        """Make the script a macro, or a utility again, in its file's header at once."""
        script = await self._fresh(script, document)
        kind: ScriptKind = "utility" if script.fields.kind == "macro" else "macro"
        path = self._workspace.relative(script.path)
        entrypoint = "main"
        if kind == "macro":
            source = script.source
            if document is not None:  # the function may be typed and not yet saved
                source = document.whole(self._editor.body(document))
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

    async def toggle_enabled(self, script: Script, document: ScriptDocument | None) -> None:
        """Enable or disable the script, in its file's header at once."""
        script = await self._fresh(script, document)
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

    async def rename(self, script: Script, document: ScriptDocument | None) -> None:
        """Ask for another title and slug."""
        script = await self._fresh(script, document)
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

    async def delete(self, script: Script, document: ScriptDocument | None) -> None:
        """Delete after asking; closes its tab."""
        script = await self._fresh(script, document)
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

    async def _change_header(
        self, script: Script, document: ScriptDocument | None, changes: dict[str, str | bool]
    ) -> Script:
        saved = await self._workspace.save_script(script, changes=changes)
        if document is not None:
            self._take_over(document, saved, script.body, changes)
            await self.inspect(document)
        await self._screen.refresh_scripts()
        return saved

    def _take_over(
        self,
        document: ScriptDocument,
        saved: Script,
        written: str,
        changes: Mapping[str, str | bool],
    ) -> None:
        """Show what has been written beside the text; other header changes stay unsaved."""
        pending = {name: value for name, value in document.changes.items() if name not in changes}
        self._editor.note_saved(document, saved, written)
        document.changes.update(pending)
        self._editor.refresh_header(document)

    async def _fresh(self, script: Script, document: ScriptDocument | None) -> Script:
        """Return the script as its document has it now, which may have followed its file."""
        if document is None:
            return script
        await self.refresh(document)
        return document.script
