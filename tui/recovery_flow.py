"""Keeps unsaved text safe while it is typed, and offers what an earlier Inkstand could not save.

Owns when a snapshot is taken and what becomes of one that was found. How they are stored is
`store.recovery`'s; what is unsaved the editor's.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

import anyio
import anyio.to_thread
from textual.css.query import NoMatches
from textual.document._edit import Edit

from store.files import FileError, Stamp
from store.one_line import clean
from store.scripts import Script, parse_script
from tui.actions import ACTIONS
from tui.editor.document import newline_of, without_surrogates
from tui.editor.open_document import OpenDocument
from tui.screens.questions import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.timer import Timer

    from engine.workspace import Workspace
    from store.recovery import Left, Recovery, Snapshot
    from store.scripts import ScriptFields
    from tui.editor.code_area import CodeArea
    from tui.editor.editor_pane import EditorPane
    from tui.flows import Flows
    from tui.main_screen import MainScreen
    from tui.script_commands import ScriptCommands

DELAY_S = 1.0
"""From an edit to its snapshot. No document is written more often, and no edit waits longer."""
RETRY_S = 5.0
"""Until it is tried again after a failure."""
_KEYS = {action.id: action.key_shown for action in ACTIONS}
_ANSWERS = (
    Answer("recover", "Recover"),
    Answer("both", "Keep both"),
    Answer("discard", "Discard", is_dangerous=True),
)

_Kept: TypeAlias = tuple[str, str, dict[str, str | bool]]
"""What a snapshot on disk holds, as far as a change of it asks for a new one."""


class RecoveryFlow:
    """Snapshots of the open documents, and the questions about those of dead processes."""

    def __init__(
        self, screen: MainScreen, workspace: Workspace, commands: ScriptCommands, flows: Flows
    ) -> None:
        self._screen = screen
        self._workspace = workspace
        self._commands = commands
        self._flows = flows
        self._kept: dict[str, _Kept] = {}
        self._timer: Timer | None = None
        self._one_at_a_time = anyio.Lock()
        self._has_told_failure = False
        self._is_over = False

    @property
    def _editor(self) -> EditorPane:
        return self._screen.editor

    @property
    def _recovery(self) -> Recovery:
        return self._workspace.recovery

    # Keeping -----------------------------------------------------------------------------------

    def edited(self) -> None:
        """Take in that something may have changed: a snapshot follows, or goes at once."""
        unsaved = {document.path for document in self._editor.documents if document.is_dirty}
        if self._kept.keys() - unsaved and not self._one_at_a_time.locked():
            self._flows.beside(self.keep)
        elif unsaved or self._kept:
            self._keep_in(DELAY_S)

    async def keep(self) -> None:
        """Bring the snapshots in line with what is unsaved now."""
        async with self._one_at_a_time:
            if self._is_over:
                return
            unsaved = list(self._unsaved())
            try:
                for snapshot in unsaved:
                    if self._is_new(snapshot):
                        await anyio.to_thread.run_sync(self._recovery.write, snapshot)
                        self._kept[snapshot.path] = _kept(snapshot)
                for path in self._kept.keys() - {snapshot.path for snapshot in unsaved}:
                    await anyio.to_thread.run_sync(self._recovery.remove, path)
                    del self._kept[path]
            except FileError as error:
                if not self._has_told_failure:
                    self._screen.notify(str(error), severity="error", timeout=20)
                self._has_told_failure = True
                self._keep_in(RETRY_S)
            else:
                self._has_told_failure = False

    def keep_now(self) -> str:
        """Keep what is unsaved before returning, for there may be no later.

        Returns:
            What came of it, in words; nothing when nothing was unsaved.
        """
        told = []
        for snapshot in [] if self._is_over else self._unsaved():
            try:
                if self._is_new(snapshot):
                    self._recovery.write(snapshot)
                    self._kept[snapshot.path] = _kept(snapshot)
                path = clean(snapshot.path)
                told.append(f"The unsaved text of {path} is kept and offered the next time.")
            except FileError as error:
                told.append(str(error))
        return "\n".join(told)

    async def forget(self) -> None:
        """Keep nothing from now on: the person has saved all, or wants to lose it."""
        self._is_over = True
        async with self._one_at_a_time:
            for path in self._kept:
                # What stays is offered once more, and can be discarded then.
                with contextlib.suppress(FileError):
                    await anyio.to_thread.run_sync(self._recovery.remove, path)

    def _keep_in(self, delay_s: float) -> None:
        if self._timer is None:
            self._timer = self._screen.set_timer(delay_s, self._time_is_up)

    def _time_is_up(self) -> None:
        self._timer = None
        if self._one_at_a_time.locked():  # a slow disk: those who wait must not pile up
            self._keep_in(DELAY_S)
        else:
            self._flows.beside(self.keep)

    def _unsaved(self) -> Iterator[Snapshot]:
        from store.recovery import Snapshot

        for document in list(self._editor.documents):
            try:
                self._editor.note_text(document)
            except NoMatches:  # it is just being opened, and has no text yet
                continue
            if document.is_dirty:
                yield Snapshot(
                    path=document.path,
                    base=document.script.stamp.digest,
                    header=document.script.header,
                    body=self._editor.body(document),
                    changes=dict(document.changes),
                    cursor=self._editor.code(document).cursor_location,
                )

    def _is_new(self, snapshot: Snapshot) -> bool:
        return self._kept.get(snapshot.path) != _kept(snapshot)

    # Offering ----------------------------------------------------------------------------------

    async def offer(self, *, is_asked_for: bool = False) -> None:
        """Ask about every text that a process left when it ended.

        Args:
            is_asked_for: Whether the person wants to know that there is none.
        """
        # The reader of snapshots is loaded there too: the first picture need not wait for it.
        found = await anyio.to_thread.run_sync(lambda: self._recovery.find())
        for problem in found.problems:
            self._screen.notify(problem, severity="warning", timeout=20)
        for left in found.left:
            await self._settle(left)
        if is_asked_for and not found.left and not found.problems:
            self._screen.notify("There is no unsaved text of an earlier session.")

    async def _settle(self, left: Left) -> None:
        from tui.screens.compare import CompareScreen, Side  # the start need not pay for it

        snapshot = left.snapshot
        script, trouble = await self._load(snapshot)
        if script is not None and _is_saved(snapshot, script):
            await anyio.to_thread.run_sync(self._recovery.remove_left, left)
            return
        # A file that is there but cannot be read cannot be opened either.
        can_be_opened = script is not None or not trouble
        document = self._editor.find(snapshot.path)
        header = snapshot.header if script is None else script.header
        answer = await self._screen.app.push_screen_wait(
            CompareScreen(
                "Unsaved text",
                "\n".join(_words(snapshot, script, trouble, document)),
                Side(f"The file now: {snapshot.path}", "" if script is None else script.text),
                Side(f"Unsaved text of {_time(snapshot)}", header + snapshot.body),
                _ANSWERS if can_be_opened else _ANSWERS[1:],
            )
        )
        if answer == "recover":
            is_settled = await self._recover(snapshot, script)
        elif answer == "both":
            is_settled = await self._keep_both(snapshot, script)
        else:
            is_settled = answer == "discard"
        if is_settled:
            await anyio.to_thread.run_sync(self._recovery.remove_left, left)

    async def _load(self, snapshot: Snapshot) -> tuple[Script | None, str]:
        """Read the file of a snapshot; None with an empty text: there is none any more."""
        try:
            return await self._workspace.load_script(snapshot.path), ""
        except FileError as error:
            is_gone = isinstance(error.__cause__, FileNotFoundError | NotADirectoryError)
            return None, "" if is_gone else error.reason

    async def _recover(self, snapshot: Snapshot, script: Script | None) -> bool:
        editor = self._editor
        document = editor.find(snapshot.path)
        if script is None and document is None:
            lost = self._lost_script(snapshot, body="")
            document = OpenDocument(lost, snapshot.path, is_deleted=True)
            await editor.open(document)
        elif script is not None:
            document = await self._commands.open(snapshot.path)
        if document is None:  # too large; the person has been told
            return False
        editor.bring_to_front(document)
        _put(editor.code(document), snapshot.body)
        for name, value in snapshot.changes.items():
            document.change(name, value)
        editor.note_text(document)
        editor.refresh_header(document)
        editor.code(document).go_to(*snapshot.cursor)
        # Under this process's name, before the other one goes.
        await self.keep()
        self._screen.notify(
            f"Recovered {snapshot.path}. It is not saved yet: {_KEYS['save']} saves it, "
            "undo goes back to the file's text."
        )
        return not self._has_told_failure

    async def _keep_both(self, snapshot: Snapshot, script: Script | None) -> bool:
        fields = _fields(snapshot, script or self._lost_script(snapshot, body=snapshot.body))
        beside = await self._workspace.create_script(
            f"{fields.title} (recovered)",
            fields.kind,
            without_surrogates(snapshot.body),
            slug=f"{fields.slug}_recovered",
            entrypoint=fields.entrypoint,
            # Two of the same would transform everything twice.
            enabled=fields.enabled and fields.kind != "transform",
        )
        await self._screen.refresh_scripts()
        path = self._workspace.relative(beside.path)
        await self._commands.open(path)
        self._screen.notify(f"The unsaved text is {path} now.")
        return True

    def _lost_script(self, snapshot: Snapshot, *, body: str) -> Script:
        """Make a script of what is left of one whose file is gone."""
        path = self._workspace.project.root / snapshot.path
        data = without_surrogates(snapshot.header + body).encode()
        return parse_script(path, data, Stamp(0, 0, snapshot.base))


def _kept(snapshot: Snapshot) -> _Kept:
    return snapshot.base, snapshot.body, dict(snapshot.changes)


def _is_saved(snapshot: Snapshot, script: Script) -> bool:
    is_same_text = snapshot.header + snapshot.body == script.text or snapshot.body == script.body
    return is_same_text and not _changes(snapshot, script)


def _changes(snapshot: Snapshot, script: Script | None) -> dict[str, str | bool]:
    if script is None:
        return dict(snapshot.changes)
    saved = script.fields
    return {name: to for name, to in snapshot.changes.items() if getattr(saved, name) != to}


def _fields(snapshot: Snapshot, script: Script) -> ScriptFields:
    return replace(script.fields, **snapshot.changes)  # type: ignore[arg-type]


def _words(
    snapshot: Snapshot, script: Script | None, trouble: str, document: OpenDocument | None
) -> Iterator[str]:
    yield f"Inkstand ended before this text was saved ({_time(snapshot)})."
    if trouble:
        yield f"The file cannot be opened any more: {trouble}."
    elif script is None:
        yield "The file has been deleted or moved since."
    elif script.stamp.digest != snapshot.base:
        yield "The file has been changed since."
    if document is not None and document.has_changes:
        yield "It is open with other unsaved changes. Recover replaces them; undo brings them back."
    changes = _changes(snapshot, script)
    if changes:
        told = (
            f"{name} {('no', 'yes')[value] if isinstance(value, bool) else clean(value)}"
            for name, value in changes.items()
        )
        yield f"Unsaved in its header: {', '.join(told)}."


def _time(snapshot: Snapshot) -> str:
    taken = snapshot.taken_at.astimezone()
    return f"{taken.day} {taken:%b %Y, %H:%M}"


def _put(code: CodeArea, body: str) -> None:
    """Replace the whole text in one step that undo takes back."""
    document = code.document
    is_one_kind = "\n" not in body or newline_of(body) == document.newline
    if is_one_kind or document.line_count == 1:
        code.follow_text(body)
    else:  # the file has other line ends by now: the text takes them, so that undo is possible
        code.history.checkpoint()
        code.edit(Edit(body, (0, 0), document.end, maintain_selection_offset=False))
        code.history.checkpoint()
