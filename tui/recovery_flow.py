"""Keeps unsaved text safe while it is typed, and offers what an earlier Inkstand could not save.

Owns when a snapshot is taken and what becomes of one that was found. How they are stored is
`store.recovery`'s; what is unsaved the editor's.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, TypeAlias

import anyio
import anyio.to_thread
from textual.css.query import NoMatches
from textual.document._edit import Edit

from store.files import FileError
from store.one_line import clean
from tui.actions import ACTIONS
from tui.editor.document import newline_of, without_surrogates
from tui.screens.questions import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from textual.timer import Timer

    from engine.workspace import Workspace
    from store.recovery import Left, Recovery, Snapshot
    from tui.document_commands import DocumentCommands
    from tui.document_files import DocumentFiles
    from tui.editor.code_area import CodeArea
    from tui.editor.editor_pane import EditorPane
    from tui.editor.open_document import OpenDocument, Source
    from tui.flows import Flows
    from tui.main_screen import MainScreen

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
        self, screen: MainScreen, workspace: Workspace, commands: DocumentCommands, flows: Flows
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
                    base=document.source.stamp.digest,
                    header=document.source.header,
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
        files = await self._commands.files.ready(snapshot.path)
        source, trouble = await self._load(files, snapshot)
        if source is not None and _is_saved(files, snapshot, source):
            await anyio.to_thread.run_sync(self._recovery.remove_left, left)
            return
        # A file that is there but cannot be read cannot be opened either.
        can_be_opened = source is not None or not trouble
        document = self._editor.find(snapshot.path)
        header = snapshot.header if source is None else source.header
        changes = dict(snapshot.changes) if source is None else _changes(files, snapshot, source)
        answer = await self._screen.app.push_screen_wait(
            CompareScreen(
                "Unsaved text",
                "\n".join(_words(snapshot, source, changes, trouble, document)),
                Side(f"The file now: {snapshot.path}", "" if source is None else source.text),
                Side(f"Unsaved text of {_time(snapshot)}", header + snapshot.body),
                _ANSWERS if can_be_opened else _ANSWERS[1:],
            )
        )
        if answer == "recover":
            is_settled = await self._recover(files, snapshot, source)
        elif answer == "both":
            is_settled = await self._keep_both(files, snapshot, source)
        else:
            is_settled = answer == "discard"
        if is_settled:
            await anyio.to_thread.run_sync(self._recovery.remove_left, left)

    async def _load(self, files: DocumentFiles, snapshot: Snapshot) -> tuple[Source | None, str]:
        """Read the file of a snapshot; None with an empty text: there is none any more."""
        try:
            return await files.load(snapshot.path), ""
        except FileError as error:
            is_gone = isinstance(error.__cause__, FileNotFoundError | NotADirectoryError)
            return None, "" if is_gone else error.reason

    async def _recover(
        self, files: DocumentFiles, snapshot: Snapshot, source: Source | None
    ) -> bool:
        editor = self._editor
        document = editor.find(snapshot.path)
        if source is None and document is None:
            document = files.opened(files.lost(snapshot, ""), snapshot.path, is_deleted=True)
            await editor.open(document)
        elif source is not None:
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

    async def _keep_both(
        self, files: DocumentFiles, snapshot: Snapshot, source: Source | None
    ) -> bool:
        left = _opened(files, snapshot, source or files.lost(snapshot, snapshot.body))
        path = await files.keep_beside(left, without_surrogates(snapshot.body), "recovered")
        await self._screen.refresh_scripts()
        await self._commands.open(path)
        self._screen.notify(f"The unsaved text is {path} now.")
        return True


def _kept(snapshot: Snapshot) -> _Kept:
    return snapshot.base, snapshot.body, dict(snapshot.changes)


def _is_saved(files: DocumentFiles, snapshot: Snapshot, source: Source) -> bool:
    is_same_text = snapshot.header + snapshot.body == source.text or snapshot.body == source.body
    return is_same_text and not _changes(files, snapshot, source)


def _changes(files: DocumentFiles, snapshot: Snapshot, source: Source) -> dict[str, str | bool]:
    return _opened(files, snapshot, source).changes


def _opened(files: DocumentFiles, snapshot: Snapshot, source: Source) -> OpenDocument:
    """Make a document that has the snapshot's changes beside its text."""
    document = files.opened(source, snapshot.path)
    for name, value in snapshot.changes.items():
        document.change(name, value)
    return document


def _words(
    snapshot: Snapshot,
    source: Source | None,
    changes: Mapping[str, str | bool],
    trouble: str,
    document: OpenDocument | None,
) -> Iterator[str]:
    yield f"Inkstand ended before this text was saved ({_time(snapshot)})."
    if trouble:
        yield f"The file cannot be opened any more: {trouble}."
    elif source is None:
        yield "The file has been deleted or moved since."
    elif source.stamp.digest != snapshot.base:
        yield "The file has been changed since."
    if document is not None and document.has_changes:
        yield "It is open with other unsaved changes. Recover replaces them; undo brings them back."
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
