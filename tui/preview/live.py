"""Live preview: runs the text in front again and again while it is typed, and shows what comes.

Owns when it is run, with which post and call, and what is done about the person's wishes. No key
ever waits for it: it begins when typing pauses, and a newer text takes the place of an older run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import anyio.to_thread

from engine.kernel.process import KernelError
from engine.render.previews import MacroPreview, PostPreview
from engine.render.uses import Use, uses_of
from store.files import FileError
from tui.actions import ACTIONS
from tui.editor.script_document import ScriptDocument
from tui.flows import begin
from tui.preview.pane import PreviewPane
from tui.preview.rows import Shown, macro_shown, post_shown, said
from tui.preview.sample import UsesScreen, ask_sample
from tui.preview.view import PreviewView

if TYPE_CHECKING:
    from textual.timer import Timer

    from engine.workspace import Workspace
    from tui.editor.open_document import OpenDocument
    from tui.flows import Flows
    from tui.main_screen import MainScreen

PAUSE_S = 0.1
"""Of typing, after which the text is run."""
_LOW = 30
"""Rows of the screen; below it the panel makes room."""
_POSTS = "posts/"
_KEY = next(action.key_shown for action in ACTIONS if action.id == "preview")


@dataclass(frozen=True, slots=True)
class Sample:
    """What a macro is shown with; None: what the engine chooses."""

    post: str | None = None
    """Its path."""
    call: str | None = None
    """The call's text."""


_Key: TypeAlias = tuple[str, bytes, Sample]
PreviewEvent: TypeAlias = PreviewView.Wished | PreviewView.PlaceChosen | PreviewPane.Resized


class LivePreview:
    """The live preview of the main screen."""

    def __init__(self, screen: MainScreen, workspace: Workspace, flows: Flows) -> None:
        self._screen = screen
        self._workspace = workspace
        self._flows = flows
        self._pane = PreviewPane()
        self._pause: Timer | None = None
        self._samples: dict[str, Sample] = {}
        """By path of the script, while it is open."""
        self._uses: dict[str, Sequence[Use]] = {}
        self._shown_key: _Key | None = None
        self._result: MacroPreview | PostPreview | None = None
        self._hid_panel = False

    @property
    def is_open(self) -> bool:
        """Whether it can be seen."""
        return self._pane.is_mounted and self._pane.display

    @property
    def pane(self) -> PreviewPane:
        """Where it is shown."""
        return self._pane

    # What the main screen tells -----------------------------------------------------------------

    async def toggle(self) -> None:
        """Show the document in front, or hide the pane."""
        screen = self._screen
        document = screen.editor.active
        if self.is_open:
            self._close()
        elif document is None:
            screen.notify("Nothing is open. A post or a macro can be shown as readers see it.")
        elif (words := _not_shown(document)) is not None:
            screen.notify(words)
        else:
            if not self._pane.is_mounted:
                await screen.editor.mount(self._pane)
            if screen.panel.display and screen.size.height < _LOW:
                self._hid_panel = True
                screen.panel.display = False
            self._pane.open_in(screen.editor)
            self._shown_key = None
            self.follow(document)

    def edited(self) -> None:
        """Run what is typed, once nothing is typed for a moment."""
        if not self.is_open:
            return
        if self._pause is not None:
            self._pause.stop()
        self._pause = self._screen.set_timer(PAUSE_S, self._run_front)

    def follow(self, document: OpenDocument | None) -> None:
        """Show another document, now that it is in front."""
        self._samples = {
            path: sample for path, sample in self._samples.items() if self._screen.editor.find(path)
        }
        if not self.is_open:
            return
        if document is None:
            self._close()
            return
        if isinstance(document, ScriptDocument) and document.kind == "macro":
            flow = partial(self._flows.told, self._count_uses, document)
            begin(self._screen, "preview-uses", flow, is_exclusive=True)
        self._run_front()

    def answer(self, event: PreviewEvent) -> None:
        """Do what the person, or the pane, wants."""
        if isinstance(event, PreviewPane.Resized):
            if self.is_open:  # the screen may be as wide as it was no more
                self._pane.open_in(self._screen.editor)
                flow = partial(self._flows.told, self._draw)
                begin(self._screen, "preview-draw", flow, is_exclusive=True)
        elif isinstance(event, PreviewView.PlaceChosen):
            place = event.place
            self._screen.jump(place.path, place.line, place.column)
        elif event.wish == "form":
            self._pane.switch_form()
        else:
            self._flows.start(self._choose_sample if event.wish == "sample" else self._list_uses)

    # Running ------------------------------------------------------------------------------------

    def _run_front(self) -> None:
        document = self._screen.editor.active
        if document is None or not self.is_open:
            return
        flow = partial(self._flows.told, self._run, document)
        begin(self._screen, "preview", flow, is_exclusive=True)

    async def _run(self, document: OpenDocument) -> None:
        sample = self._samples.get(document.path, Sample())
        source = document.whole(self._screen.editor.body(document))
        key = (document.path, source, sample)
        if key == self._shown_key:
            return
        words = _not_shown(document)
        if words is not None:
            self._shown_key, self._result = key, None
            self._pane.show_subject(document.path)
            self._pane.show(said(words, self._pane.row_width, is_fault=False))
            return
        if self._shown_key is None or self._shown_key[0] != document.path:
            self._pane.show_subject(document.path, facts="…")
            self._pane.show(Shown())
        try:
            if isinstance(document, ScriptDocument):
                self._result = await self._workspace.previews.macro(
                    document.script, source, post=sample.post, call=sample.call
                )
            else:
                text = source.decode(errors="replace")
                self._result = await self._workspace.previews.post(document.path, text=text)
        except (FileError, KernelError, ValueError) as error:
            self._result = None
            self._pane.show(said(f"✘ {error}", self._pane.row_width, is_fault=True))
            self._shown_key = key
            return
        self._shown_key = key
        await self._draw()

    async def _draw(self) -> None:
        """Draw the last result; in a thread, since a page may be long."""
        result, width = self._result, self._pane.row_width
        if result is None:
            return
        if isinstance(result, PostPreview):
            shown = await anyio.to_thread.run_sync(post_shown, result, width)
        else:
            shown = await anyio.to_thread.run_sync(macro_shown, result, width)
        if result is self._result:
            self._tell_subject()
            self._pane.show(shown)

    def _tell_subject(self) -> None:
        result = self._result
        if result is None or self._shown_key is None:
            return
        if isinstance(result, PostPreview):
            facts = [f"{round(result.duration_s * 1000)} ms"]
            for count, noun in (
                (len(result.failures), "failed"),
                (len(result.warnings) + len(result.problems), "to look at"),
            ):
                if count:
                    facts.insert(0, f"{count} {noun}")
            self._pane.show_subject(result.page.path, facts=" · ".join(facts))
            return
        uses = self._uses.get(self._shown_key[0])
        facts = [] if uses is None else [f"used in {_posts(len(uses))}"]
        facts += [result.syntax, f"{result.duration_ms:.0f} ms"]
        self._pane.show_subject(result.call, result.post_path or "no post", " · ".join(facts))

    def _close(self) -> None:
        screen = self._screen
        had_focus = self._pane.has_focus_within
        self._pane.close_in(screen.editor)
        screen.workers.cancel_group(screen, "preview")
        if self._hid_panel:
            self._hid_panel = False
            screen.panel.display = True
        document = screen.editor.active
        if had_focus and document is not None:
            screen.editor.code(document).focus()

    # Samples and uses ---------------------------------------------------------------------------

    async def _count_uses(self, document: ScriptDocument) -> None:
        self._uses[document.path] = await uses_of(self._workspace, document.name)
        if self._shown_key is not None and self._shown_key[0] == document.path:
            self._tell_subject()

    def _macro_in_front(self) -> ScriptDocument | None:
        document = self._screen.editor.active
        if isinstance(document, ScriptDocument) and document.kind == "macro":
            return document
        self._screen.notify("Only a macro is shown with a post and a call.")
        return None

    async def _choose_sample(self) -> None:
        document = self._macro_in_front()
        if document is None:
            return
        uses = await uses_of(self._workspace, document.name)
        self._uses[document.path] = uses
        now = self._samples.get(document.path, Sample())
        chosen = await ask_sample(
            self._screen, self._workspace, document.name, uses, now.post, now.call
        )
        if chosen is not None:
            self._samples[document.path] = Sample(*chosen)
            self._run_front()

    async def _list_uses(self) -> None:
        document = self._macro_in_front()
        if document is None:
            return
        uses = await uses_of(self._workspace, document.name)
        self._uses[document.path] = uses
        self._tell_subject()
        if not uses:
            self._screen.notify(f"No post calls [[{document.name}]].")
            return
        use = await self._screen.app.push_screen_wait(UsesScreen(document.name, uses))
        if use is not None:
            self._screen.jump(use.path, use.line, use.column)


def _not_shown(document: OpenDocument) -> str | None:
    """Tell why a document has no preview; None when it has one."""
    if not isinstance(document, ScriptDocument):
        return None
    if document.kind == "macro":
        return None
    return (
        f"{document.name} is a {document.kind}; macros and posts can be previewed. "
        f"Alt+M makes it a macro, {_KEY} hides this."
    )


def _posts(count: int) -> str:
    return "1 post" if count == 1 else f"{count:,} posts"


async def toggle_preview(screen: MainScreen, workspace: Workspace | None, flows: Flows) -> None:
    """Show or hide the preview of the document in front.

    Args:
        screen: The main screen.
        workspace: The open project; None while it is still being opened.
        flows: The main screen's.
    """
    if workspace is None:
        screen.notify("The project is still being opened.")
        return
    if screen.preview is None:
        screen.preview = LivePreview(screen, workspace, flows)
    await screen.preview.toggle()
