"""What a person can do with git: look at commits, commit, ask where a line comes from.

Owns these flows with their questions, and the message that was typed and not committed yet. What
git answers is `engine.history`'s; drawing it is the Git Log tab's and the screens'.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.actions import ACTIONS
from tui.panel.git_log_view import GitLogView
from tui.screens.questions import Answer, QuestionScreen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.timer import Timer

    from engine.watching import FilesChanged
    from engine.workspace import Workspace
    from store.git import GitActionResult, GitChange, Walk
    from tui.editor.open_document import OpenDocument
    from tui.flows import Flows
    from tui.main_screen import MainScreen
    from tui.screens.commit import CommitForm

# store.git and the screens are imported where they are needed: the first picture does not wait.

_KEYS = {action.id: action.key_shown for action in ACTIONS}
_PAGE = 100
_MAX_SEARCHED = 5000
"""How many commits are read to find the one that blame named."""
_QUIET_S = 0.5
"""How long changed files wait for git: a run that writes many is asked about a few times only."""
_BREATH = 2
"""How many times as long as it last took git has a rest, while files go on changing."""


class GitFlow:
    """The flows of git on the open project."""

    def __init__(self, screen: MainScreen, workspace: Workspace, flows: Flows) -> None:
        self._screen = screen
        self._history = workspace.history
        self._flows = flows
        self._form: CommitForm | None = None
        """What was typed and left out the last time."""
        self._rest: Walk | None = None
        self._is_reading = False
        self._is_stale = False
        self._is_behind = False
        """Whether files changed, since git was last asked, while nobody saw the tab."""
        self._is_asking = False
        self._sought = ""
        """The commit that the cursor is to go to."""
        self._timer: Timer | None = None
        self._took_s = 0.0
        workspace.watching.listen(self._files_changed)
        if screen.panel.front == "git_log":  # it was opened before the project
            self._refresh_soon()

    @property
    def _view(self) -> GitLogView:
        return self._screen.panel.git_log

    def answer(self, event: GitLogView.Asked) -> None:
        """Do what the Git Log tab asks for."""
        if event.wish == "refresh":
            if not self._is_reading or self._is_behind:
                self._refresh_soon()
        elif event.wish == "page":
            self._flows.beside(self._next_page)
        elif event.wish == "show":
            self._flows.beside(self._show, event.commit)
        elif event.wish == "commit":
            self.commit()
        elif event.wish == "init":
            self._flows.start(self._init)

    # The history -------------------------------------------------------------------------------

    def _refresh_soon(self) -> None:
        self._is_stale = True
        if not self._is_reading:
            self._is_reading = True
            self._flows.beside(self._refresh)

    def _files_changed(self, _: FilesChanged) -> None:
        if not self._screen.is_mounted or not self._view.is_on_screen:
            self._is_behind = True  # read when it is next shown
        elif self._timer is None:
            delay_s = max(_QUIET_S, _BREATH * self._took_s)
            self._timer = self._screen.set_timer(delay_s, self._time_is_up)

    def _time_is_up(self) -> None:
        self._timer = None
        if self._view.is_on_screen:
            self._refresh_soon()
        else:
            self._is_behind = True

    async def _refresh(self) -> None:
        try:
            while self._is_stale:
                self._is_stale = self._is_behind = False
                started = time.monotonic()
                log, state = await self._history.overview(limit=max(self._view.count, _PAGE))
                self._rest = log.rest
                self._took_s = time.monotonic() - started
                self._view.show(log, state)
                self._screen.status.branch = "" if state.trouble else state.branch
            if self._sought:
                await self._seek()
        finally:
            self._is_reading = False

    async def _next_page(self) -> bool:
        """Show more commits; tell whether there were any."""
        rest, self._rest = self._rest, None
        if rest is None:
            return False
        log = await self._history.log(rest)
        if self._rest is None:  # else it was read anew meanwhile
            self._rest = log.rest
            self._view.append(log)
        return bool(log.entries)

    async def _seek(self) -> None:
        """Put the cursor on the commit that is sought, however far down it is."""
        commit, self._sought = self._sought, ""
        while not self._view.go_to(commit):
            if self._view.count >= _MAX_SEARCHED or not await self._next_page():
                self._screen.notify(
                    f"{commit[:7]} is not among the {self._view.count} commits listed here."
                )
                return

    async def _show(self, commit: str) -> None:
        from store.git import GitError
        from tui.screens.commit_view import CommitViewScreen

        try:
            found = await self._history.show(commit)
        except GitError as error:
            self._screen.notify(str(error), severity="error", timeout=10)
            return
        # Not in front: Enter was pressed twice, or a question has come.
        if self._screen.app.screen is self._screen:
            self._screen.app.push_screen(CommitViewScreen(self._history, found))

    # Blame -------------------------------------------------------------------------------------

    async def blame(self, document: OpenDocument) -> None:
        """Tell which commit the line under the cursor comes from."""
        from store.git import GitError

        code = self._screen.editor.code(document)
        line = code.cursor_location[0] + code.line_number_start
        source = document.whole(self._screen.editor.body(document))
        place = f"{document.path}:{line}"
        try:
            found = await self._history.line_origin(document.path, line, source)
        except GitError as error:
            self._screen.notify(str(error), severity="warning", timeout=10)
            return
        if not found.is_committed:
            self._screen.notify(f"{place}: not committed yet.")
            return
        self._sought = found.hash
        self._screen.notify(
            f"{place}: {found.short_hash} {found.date[:10]} {found.author}\n{found.summary}\n"
            f"{_KEYS['show_git_log']} goes to the commit.",
            timeout=10,
        )

    # Committing --------------------------------------------------------------------------------

    def commit(self) -> None:
        """Ask which files to commit and with which words, then have it done."""
        if not self._is_asking:  # else the key was pressed twice
            self._is_asking = True
            self._flows.start(self._commit)

    async def _commit(self) -> None:
        try:
            await self._ask_and_commit()
        finally:
            self._is_asking = False

    async def _ask_and_commit(self) -> None:
        if self._history.is_committing:
            self._screen.notify(
                f"A commit is still going on; {_KEYS['show_tasks']} lists it, Enter cancels it."
            )
            return
        state = await self._history.state()
        if state.trouble is not None:
            key = _KEYS["show_git_log"]
            hint = f" {key} and then i makes one." if state.trouble.kind == "no-repository" else ""
            self._screen.notify(f"{state.trouble}{hint}", severity="warning", timeout=10)
            return
        if not state.changes:
            self._screen.notify(
                "Nothing to commit: every file of the project is as in the last commit."
                + self._unsaved()
            )
            return
        problem = await self._history.identity_problem()
        if problem is not None:
            self._tell_failure(problem)
            return
        from tui.screens.commit import CommitForm, CommitScreen

        form = self._form = await self._screen.app.push_screen_wait(
            CommitScreen(
                state.changes,
                self._form or CommitForm(),
                branch=f"{'detached ' if state.is_detached else ''}{state.branch}",
                warning=self._unsaved().strip(),
            )
        )
        if form.is_wanted:
            chosen = [one for one in state.changes if one.path not in form.left_out]
            # Beside the others: a hook takes its time, and saving must not wait for it.
            self._flows.beside(self._carry_out, form, chosen)

    def _unsaved(self) -> str:
        editor = self._screen.editor
        for document in editor.documents:
            editor.note_text(document)
        names = ", ".join(one.path for one in editor.documents if one.is_dirty)
        return f" Not saved, and so not part of a commit: {names}." if names else ""

    async def _carry_out(self, form: CommitForm, chosen: Sequence[GitChange]) -> None:
        result = await self._history.commit(chosen, form.message)
        output = self._screen.panel.output
        if result.output.strip():
            output.append(f"▶ git commit · {time.strftime('%H:%M:%S')}\n", "note")
            text = result.output if result.output.endswith("\n") else f"{result.output}\n"
            output.append(text, "stdout" if result.success else "stderr")
        if result.success:
            if self._form is form:  # else the next message is being typed
                self._form = replace(form, subject="", body="")
            count = f"{len(chosen)} {'file' if len(chosen) == 1 else 'files'}"
            self._screen.notify(f"Committed {count} as {result.short_hash}: {form.subject.strip()}")
        else:
            if result.output.strip():
                self._screen.panel.bring_to_front("output")
            self._tell_failure(result)
        self._refresh_soon()

    def _tell_failure(self, result: GitActionResult) -> None:
        more = ("The Output tab holds all that was said.",) if result.output.strip() else ()
        self._screen.notify(
            "\n".join((result.error, *result.guidance, *more)), severity="error", timeout=20
        )

    async def _init(self) -> None:
        """Make a repository, after asking."""
        state = await self._history.state()
        if state.trouble is None or state.trouble.kind != "no-repository":
            self._screen.notify(
                "This project is in a git repository already."
                if state.trouble is None
                else str(state.trouble)
            )
            return
        answer = await self._screen.app.push_screen_wait(
            QuestionScreen(
                "Make a repository",
                "Make a git repository in this project's folder (git init)? Nothing is committed "
                "yet. A .gitignore would leave out the generated site and the thumbnails.",
                [Answer("plain", "Make it"), Answer("ignore", "With a .gitignore")],
            )
        )
        if answer is None:
            return
        result = await self._history.init(with_ignore=answer == "ignore")
        if result.success:
            self._screen.notify(
                "\n".join(("The repository is made; c in its tab commits.", *result.guidance))
            )
        else:
            self._tell_failure(result)
        self._refresh_soon()
