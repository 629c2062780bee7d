"""Running from the screen: the text in front, with or without arguments, its questions answered.

Owns what a run needs of a person: consent, arguments, answers, and taking back what it wrote. Its
output is the console's.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from engine.agreement import NotAgreed
from store.one_line import clean
from tui.actions import ACTIONS
from tui.screens.questions import Answer, Field, FormScreen, QuestionScreen

if TYPE_CHECKING:
    from engine.api.session import Severity
    from engine.kernel.run import Run
    from engine.workspace import Workspace
    from tui.editor.script_document import ScriptDocument
    from tui.main_screen import MainScreen
    from tui.panel.console import Console
    from tui.sandbox_flow import SandboxFlow

_KEYS = {action.id: action.key_shown for action in ACTIONS}
_SHOWN_CHANGES = 5
"""Files of each sort that are listed after a run."""


class RunFlow:
    """The runs of the main screen, one at a time."""

    def __init__(
        self, screen: MainScreen, workspace: Workspace, console: Console, sandbox: SandboxFlow
    ) -> None:
        self._screen = screen
        self._workspace = workspace
        self._console = console
        self._sandbox = sandbox
        self._args: dict[str, str] = {}
        """By path of the script: the arguments it was given last, as they were typed."""
        self._last: Run | None = None

    async def ask_arguments(self, document: ScriptDocument) -> Sequence[str] | None:
        """Ask for a script's arguments, beginning with those it had last; None for none."""
        typed = self._args.get(document.path, "")
        while True:
            values = await self._screen.app.push_screen_wait(
                FormScreen(
                    "Run with arguments",
                    [
                        Field(
                            "args",
                            "Arguments (as in a shell; app.args has them)",
                            typed,
                            may_be_empty=True,
                        )
                    ],
                    "Run",
                )
            )
            if values is None:
                return None
            typed = values["args"]
            try:
                args = shlex.split(typed)
            except ValueError as error:
                self._screen.notify(f"The arguments cannot be read: {error}.", severity="error")
                continue
            self._args[document.path] = typed
            return args

    async def run(self, document: ScriptDocument, args: Sequence[str] = ()) -> None:
        """Run the document's text and follow it to its end."""
        workspace, screen = self._workspace, self._screen
        try:
            run = await self._start(document, args)
            if run is None:
                return
            self._last = run
            # Later, because drawing the buttons takes longer than starting the script.
            screen.call_later(screen.editor.header.show_running, True)
            slug = document.script.fields.slug
            await self._console.follow(run, slug, state_dir=workspace.project.state_dir)
            screen.panel.hide_question()
            await self._tell_changes(run)
        finally:
            self._console.end()
            screen.call_later(screen.editor.header.show_running, False)

    async def take_back(self) -> None:
        """Undo what the last run changed, after asking."""
        run, screen = self._last, self._screen
        changes = {} if run is None else self._workspace.runs.shown_changes(run)
        if run is None or not changes or run.finished is None:
            screen.notify("The last run has changed no file.")
            return
        number = sum(map(len, changes.values()))
        answer = await screen.app.push_screen_wait(
            QuestionScreen(
                "Take back",
                "Undo what the last run wrote: "
                + ", ".join(f"{len(paths)} {action}" for action, paths in changes.items())
                + "? Created files go, the others come back as they were. What was changed since "
                "stays.",
                [Answer("undo", "Take back", is_dangerous=True)],
            )
        )
        if answer != "undo":
            return
        failures = await self._workspace.runs.take_back(run)
        await screen.refresh_scripts()
        for path, reason in failures:
            screen.panel.output.append(f"{clean(str(path))}: {clean(reason)}\n", "error")
        left = f"; {len(failures)} stay, see Output" if failures else ""
        back = number - len(failures)
        screen.notify(
            f"Took back {back} {'change' if back == 1 else 'changes'}{left}.",
            severity="warning" if failures else "information",
        )

    async def _start(self, document: ScriptDocument, args: Sequence[str]) -> Run | None:
        async def start() -> Run:
            return await self._workspace.runs.start(
                document.script,
                source=document.whole(self._screen.editor.body(document)),
                kind=document.kind,
                entrypoint=document.entrypoint,
                args=args,
                voice=ScreenPerson(self._screen),
            )

        try:
            return await start()
        except NotAgreed as error:
            return await start() if await self._sandbox.ask_again(str(error)) else None

    async def _tell_changes(self, run: Run) -> None:
        changes = self._workspace.runs.shown_changes(run)
        output = self._screen.panel.output
        for action, paths in changes.items():
            for path in paths[:_SHOWN_CHANGES]:
                output.append(f"  {action} {clean(path)}\n", "note")
            if len(paths) > _SHOWN_CHANGES:
                output.append(f"  {action} {len(paths) - _SHOWN_CHANGES} more files\n", "note")
        if changes:
            output.append(f"  {_KEYS['take_back']} takes the changes back\n", "note")
            await self._screen.refresh_scripts()


class ScreenPerson:
    """Whoever sits in front of the screen."""

    def __init__(self, screen: MainScreen) -> None:
        self._screen = screen

    def toast(self, message: str, severity: Severity) -> None:
        """Show a notification."""
        self._screen.notify(message, severity=severity)

    async def read_line(self, prompt: str) -> str | None:
        """Ask below the output, where the prompt is the last line."""
        return await self._screen.panel.ask_line(prompt)

    async def choose(self, question: str, options: Collection[str]) -> str | None:
        """Ask in front of everything."""
        listed = list(options)
        if len(listed) <= 4 and sum(map(len, listed)) <= 40:
            answers = [Answer(f"option-{at}", clean(one)) for at, one in enumerate(listed)]
            answer = await self._screen.app.push_screen_wait(
                QuestionScreen("The script asks", clean(question), answers)
            )
            return None if answer is None else listed[int(answer.removeprefix("option-"))]
        shown = {f"{at + 1}  {clean(one)}": one for at, one in enumerate(listed)}
        values = await self._screen.app.push_screen_wait(
            FormScreen(
                "The script asks",
                [Field("choice", clean(question), next(iter(shown)), tuple(shown))],
                "Choose",
            )
        )
        return None if values is None else shown[values["choice"]]

    def copy(self, text: str) -> bool:
        """Put it on the terminal's clipboard, and say so: what is pasted may be run."""
        self._screen.app.copy_to_clipboard(text)
        self._screen.notify(f"The script copied {len(text):,} characters to the clipboard.")
        return True

    async def open_document(self, path: str, line: int, column: int) -> bool:
        """Open it in the editor."""
        self._screen.jump(path, line, column)
        return True
