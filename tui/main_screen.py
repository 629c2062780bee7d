"""The main screen: lays out sidebar, editor, panel and status bar, and routes between them.

What an action does is carried out by the pane it belongs to, or by `ScriptCommands`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar, cast

import anyio
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.notifications import SeverityLevel
from textual.screen import Screen
from textual.widgets import Static

from engine.catalog import ALL_KINDS
from store.one_line import clean
from tui.actions import ACTIONS, bindings
from tui.editor.editor_pane import EditorPane
from tui.editor.header_row import HeaderRow
from tui.editor.script_document import ScriptDocument
from tui.flows import Flows, begin
from tui.git_flow import GitFlow
from tui.key_bar import KeyBar
from tui.layout import fit, focus_pane, show_panel
from tui.panel.console import Console
from tui.panel.git_log_view import GitLogView
from tui.panel.output_view import OutputView
from tui.panel.panel import Panel
from tui.rebuild_flow import rebuild
from tui.recovery_flow import RecoveryFlow
from tui.run_flow import RunFlow
from tui.sandbox_flow import SandboxFlow
from tui.screens.palette import ActionProvider, PostProvider, RebuildProvider, ScriptProvider
from tui.script_commands import ScriptCommands
from tui.sidebar.script_tree import Sidebar
from tui.status_bar import StatusBar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.catalog import EntryKind
    from engine.workspace import Workspace
    from store.index import ScriptRow
    from store.post_names import NamedPost
    from store.scripts import Script
    from tui.app import InkstandApp
    from tui.editor.open_document import OpenDocument
    from tui.preview.live import LivePreview, PreviewEvent

_KEYS = {action.id: action.key_shown for action in ACTIONS}


class MainScreen(Screen[None]):
    """Everything of an open project."""

    DEFAULT_CSS = """
    MainScreen {
        layers: base cover;
        #work { height: 1fr; }
        #too-small { layer: cover; display: none; width: 100%; height: 100%; background: $surface; }
    }
    MainScreen.-narrow Sidebar { display: none; }
    MainScreen.-too-small {
        #too-small { display: block; }
        #work, Panel, StatusBar, KeyBar { display: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings()]
    COMMANDS = {ActionProvider, PostProvider, RebuildProvider, ScriptProvider}

    def __init__(
        self,
        first_script: str | None = None,
        *,
        first_post: str | None = None,
        is_unsandboxed_wanted: bool = False,
    ) -> None:
        """Lay out the screen.

        Args:
            first_script: The slug of a script to open at once.
            first_post: The slug, id or path of a post to open at once.
            is_unsandboxed_wanted: Whether to ask about running without the sandbox.
        """
        super().__init__()
        self._first_script, self._first_post = first_script, first_post
        self._is_unsandboxed_wanted = is_unsandboxed_wanted
        self._sandbox: SandboxFlow | None = None
        self._runs: RunFlow | None = None
        self._git: GitFlow | None = None
        self.recovery: RecoveryFlow | None = None
        self.preview: LivePreview | None = None
        self._workspace: Workspace | None = None
        self._commands: ScriptCommands | None = None
        self._flows = Flows(self)
        self._first_is_open = anyio.Event()
        self.script_rows: Sequence[ScriptRow] = ()
        """The project's scripts as the sidebar shows them."""

    def compose(self) -> ComposeResult:
        """Lay out the panes."""
        with Horizontal(id="work"):
            yield Sidebar()
            yield EditorPane()
        yield Panel()
        yield StatusBar()
        yield KeyBar()
        yield Static(id="too-small")

    def on_mount(self) -> None:
        """Begin in the tree; nothing can be run yet."""
        self._run_console = Console(self.panel.output)
        self.editor.header.show_running(False)
        self.sidebar.script_tree.focus()

    # The panes ---------------------------------------------------------------------------------

    @property
    def sidebar(self) -> Sidebar:
        """The tree of scripts."""
        return self.query_one(Sidebar)

    @property
    def editor(self) -> EditorPane:
        """The open scripts."""
        return self.query_one(EditorPane)

    @property
    def panel(self) -> Panel:
        """Tasks, git log, output."""
        return self.query_one(Panel)

    @property
    def status(self) -> StatusBar:
        """The status bar."""
        return self.query_one(StatusBar)

    # The project -------------------------------------------------------------------------------

    async def show_project(self, workspace: Workspace) -> None:
        """Show an open project: its scripts first, then what takes longer."""
        self._workspace = workspace
        self._commands = ScriptCommands(self, workspace)
        self._sandbox = SandboxFlow(self, workspace)
        self._runs = RunFlow(self, workspace, self._run_console, self._sandbox)
        self._git = GitFlow(self, workspace, self._flows)
        self.recovery = RecoveryFlow(self, workspace, self._commands, self._flows)
        workspace.tasks.listen(self._tasks_changed)
        self.status.project = workspace.project.name
        await self.refresh_scripts()
        self._commands.follow.begin(self._flows)
        if self._first_script is not None or self._first_post is not None:
            self._flows.start(self._open_first, workspace)
        for notice in workspace.notices:
            self.notify(notice, severity="warning", timeout=10)
        self._flows.start(self._sandbox.settle, is_wanted=self._is_unsandboxed_wanted)
        self._flows.start(self.recovery.offer)
        self._flows.beside(self._catch_up, workspace)
        if workspace.has_requirements:
            from tui.env_flow import tell_at_opening  # which most projects need not pay

            self._flows.beside(tell_at_opening, self, workspace)

    async def _open_first(self, workspace: Workspace) -> None:
        commands = self._commands
        assert commands is not None
        try:
            if self._first_script is not None:
                script = await workspace.find_script(self._first_script)
                await commands.open(workspace.relative(script.path))
            if self._first_post is not None:
                await commands.open(await workspace.posts.texts.find(self._first_post))
        finally:
            self._first_is_open.set()

    async def _catch_up(self, workspace: Workspace) -> None:
        """Bring in what changed while nobody looked."""
        if self._first_script is not None or self._first_post is not None:
            # Looking through ten thousand files beside it would put off what the person asked for.
            await self._first_is_open.wait()
        await workspace.watching.has_started()
        self.status.branch = await workspace.history.branch() or ""
        await workspace.catalog.rebuild()
        await self.refresh_scripts()
        problems = await workspace.catalog.problems()
        if problems:
            first = problems[0]
            more = f" and {len(problems) - 1} more" if len(problems) > 1 else ""
            self.notify(
                f"{first.path}: {first.reason}{more}. F10 lists them.",
                title="Files with problems",
                severity="warning",
                timeout=10,
            )

    async def refresh_scripts(self) -> None:
        """Show the scripts and counts as the index has them now."""
        if self._workspace is None:
            return
        rows = await self._workspace.catalog.scripts()
        if rows != self.script_rows or not rows:
            self.script_rows = rows
            self.sidebar.show(rows)
        counts = await self._workspace.catalog.counts()
        self.status.show_counts(counts.posts, counts.media)

    async def posts_named(self, query: str) -> Sequence[NamedPost]:
        """Find posts by words of their titles and slugs."""
        if self._workspace is None:
            return ()
        return await self._workspace.posts.texts.named(query)

    def open_path(self, path: str) -> None:
        """Open a script or post by its path in the project."""
        if self._commands is not None:
            self._flows.start(self._commands.open, path)

    def _tasks_changed(self) -> None:
        if self._workspace is None or not self.is_mounted:
            return
        self.status.show_running(
            [
                f"{task.name}: {task.message}"
                if task.message in ("stopping", "killing")
                else task.name
                for task in self._workspace.tasks.running
            ]
        )
        self.panel.tasks.show(self._workspace.tasks)

    # What actions mean ------------------------------------------------------------------------

    def _with_document(self) -> tuple[ScriptCommands, OpenDocument] | None:
        document = self.editor.active
        if self._commands is None:
            self.notify("The project is still being opened.")
        elif document is None:
            self.notify("No script is open. Choose one on the left and press Enter.")
        else:
            return self._commands, document
        return None

    def _with_script(self) -> tuple[ScriptCommands, ScriptDocument] | None:
        active = self._with_document()
        if active is None or isinstance(active[1], ScriptDocument):
            return cast("tuple[ScriptCommands, ScriptDocument] | None", active)
        self.notify(f"{active[1].path} is a post; this is for scripts.")
        return None

    async def _target(self) -> tuple[Script, ScriptDocument | None] | None:
        """Return the script an action means: under the tree's cursor, or else the one in front."""
        in_sidebar = self.sidebar.has_focus_within
        row = self.sidebar.highlighted if in_sidebar else None
        if in_sidebar and row is None:
            self.notify("Put the cursor on a script first.")
            return None
        if row is not None and self._workspace is not None:
            document = self.editor.find(row.path)
            if not isinstance(document, ScriptDocument):
                return await self._workspace.load_script(row.path), None
            return document.script, document
        active = self._with_script()
        return (active[1].script, active[1]) if active is not None else None

    # Actions: scripts --------------------------------------------------------------------------

    def action_run(self) -> None:
        """Run the text in the editor; a post is shown as a reader would see it."""
        if self.editor.active is None or isinstance(self.editor.active, ScriptDocument):
            self._begin_run(with_arguments=False)
        else:
            self.action_preview()

    def action_preview(self) -> None:
        """Show or hide how the document in front would look."""
        from tui.preview.live import toggle_preview  # the start need not pay for it

        self._flows.beside(toggle_preview, self, self._workspace, self._flows)

    def action_run_with(self) -> None:
        """Ask for arguments and run."""
        self._begin_run(with_arguments=True)

    def _begin_run(self, *, with_arguments: bool) -> None:
        if self._run_console.is_busy:
            self.notify(f"A script is still running; {_KEYS['stop']} stops it.", severity="warning")
        elif (active := self._with_script()) is not None and self._runs is not None:
            self._run_console.begin()
            self.app.clear_notifications()
            told, runs = self._flows.told, self._runs
            flow = partial(told, self._run, *active, runs, with_arguments=with_arguments)
            begin(self, "runs", flow)

    async def _run(
        self,
        commands: ScriptCommands,
        document: ScriptDocument,
        runs: RunFlow,
        *,
        with_arguments: bool,
    ) -> None:
        try:
            args = await runs.ask_arguments(document) if with_arguments else ()
            if args is None:
                return
            self.panel.bring_to_front("output")
            await commands.refresh(document)
            await runs.run(document, args)
        finally:
            self._run_console.end()

    def action_take_back(self) -> None:
        """Undo what the last run wrote."""
        if self._runs is not None:
            self._flows.start(self._runs.take_back)

    def action_stop(self) -> None:
        """Interrupt the run; the second time kill it."""
        if self._run_console.is_busy:
            self._run_console.stop()
        else:
            self.notify("Nothing is running.")

    def action_save(self) -> None:
        """Check and save the document in front."""
        if (active := self._with_document()) is not None:
            self._flows.start(active[0].save, active[1])

    def action_check(self) -> None:
        """Check the document in front."""
        if (active := self._with_document()) is not None:
            self._flows.start(active[0].check, active[1])

    def action_close_tab(self) -> None:
        """Close the document in front."""
        if self.editor.active is not None and (active := self._with_document()) is not None:
            self._flows.start(active[0].close, active[1])

    def action_toggle_macro(self) -> None:
        """Set as macro, or as utility again."""
        self._flows.start(self._on_target, "toggle_macro")

    def action_toggle_enabled(self) -> None:
        """Enable or disable."""
        self._flows.start(self._on_target, "toggle_enabled")

    def action_rename(self) -> None:
        """Ask for another name."""
        self._flows.start(self._on_target, "rename")

    def action_delete(self) -> None:
        """Ask and delete."""
        self._flows.start(self._on_target, "delete")

    async def _on_target(self, command: str) -> None:
        target = await self._target()
        if target is not None and self._commands is not None:
            await getattr(self._commands, command)(*target)

    def action_duplicate(self) -> None:
        """Make a copy."""
        self._flows.start(self._duplicate)

    async def _duplicate(self) -> None:
        target = await self._target()
        if target is not None and self._commands is not None:
            await self._commands.duplicate(target[0])

    def action_new(self) -> None:
        """Make a new script."""
        if self._commands is not None:
            self._flows.start(self._commands.new)

    def action_add_link(self) -> None:
        """Make a post of a link."""
        from tui.link_flow import add_link  # the start need not pay for it

        add_link(self, self._workspace, self._flows)

    def action_undo_delete(self) -> None:
        """Bring the last deleted script back."""
        if self._commands is not None:
            self._flows.start(self._commands.undo_delete)

    def action_recover(self) -> None:
        """Ask about unsaved text of an earlier session."""
        if self.recovery is not None:
            self._flows.start(self.recovery.offer, is_asked_for=True)

    def action_rebuild(self) -> None:
        """Read every file again."""
        self.rebuild(ALL_KINDS, is_full=True)

    def rebuild(self, kinds: Sequence[EntryKind], *, is_full: bool) -> None:
        """Bring the index in line with the files of some kinds."""
        if self._workspace is not None:
            self._flows.beside(rebuild, self, self._workspace, kinds, is_full=is_full)

    def action_sync_packages(self) -> None:
        """Install what the project lists for its scripts."""
        from tui.env_flow import sync_packages  # the start need not pay for it

        sync_packages(self, self._workspace, self._flows)

    def action_commit(self) -> None:
        """Commit changed files."""
        if self._git is not None:
            self._git.commit()

    def action_blame(self) -> None:
        """Tell which commit the line comes from."""
        if (active := self._with_document()) is not None and self._git is not None:
            self._flows.beside(self._git.blame, active[1])

    def action_preferences(self) -> None:
        """Show what can be set."""
        if self._workspace is not None:
            from tui.screens.preferences import open_preferences  # the start need not pay for it

            open_preferences(self, self._workspace)

    def action_metadata_diff(self) -> None:
        """Compare the index with the files."""
        from tui.screens.metadata_diff import open_metadata_diff

        open_metadata_diff(self, self._workspace, self._flows)

    def action_expand_all(self) -> None:
        """Expand the macros of all posts; the second time, cancel it."""
        from tui.expand_flow import expand_all  # the start need not pay for it

        expand_all(self, self._workspace, self._flows)

    # Actions: moving around --------------------------------------------------------------------

    def action_filter(self) -> None:
        """Type a filter."""
        self.sidebar.display = True
        self.sidebar.focus_filter()

    def action_next_pane(self) -> None:
        """Focus the next pane."""
        focus_pane(self, 1)

    def action_previous_pane(self) -> None:
        """Focus the previous pane."""
        focus_pane(self, -1)

    def action_next_tab(self) -> None:
        """Bring the next document to the front."""
        self.editor.step(1)

    def action_previous_tab(self) -> None:
        """Bring the previous document to the front."""
        self.editor.step(-1)

    def action_show_tasks(self) -> None:
        """Show the tasks."""
        show_panel(self, "tasks")

    def action_show_git_log(self) -> None:
        """Show the commits; they are read anew when they come into view."""
        show_panel(self, "git_log")

    def action_show_output(self) -> None:
        """Show the output."""
        show_panel(self, "output")

    def action_toggle_sidebar(self) -> None:
        """Hide or show the scripts."""
        self.sidebar.display = not self.sidebar.display

    def action_toggle_panel(self) -> None:
        """Hide or show the panel."""
        self.panel.display = not self.panel.display

    def action_clear_output(self) -> None:
        """Empty the output."""
        self.panel.output.clear()

    # Actions: the app --------------------------------------------------------------------------

    def key_escape(self) -> None:
        """Take the messages away; they may lie over what one wants to read."""
        self.app.clear_notifications()

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """Show a message; what it quotes may hold anything, so nothing of it is obeyed."""
        message = "\n".join(map(clean, message.split("\n")))
        super().notify(message, title=title, severity=severity, timeout=timeout, markup=markup)

    def action_help(self) -> None:
        """List the keys."""
        from tui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen())

    def action_palette(self) -> None:
        """Find a command."""
        self.app.action_command_palette()

    def action_quit(self) -> None:
        """Leave, asking about what is not saved."""
        self._flows.start(self._quit)

    async def _quit(self) -> None:
        if self._commands is None or await self._commands.may_quit():
            if self.recovery is not None:
                await self.recovery.forget()
            await cast("InkstandApp", self.app).leave()

    # Messages ----------------------------------------------------------------------------------

    @on(Sidebar.ScriptChosen)
    def _script_chosen(self, event: Sidebar.ScriptChosen) -> None:
        self.open_path(event.row.path)

    @on(EditorPane.ActiveChanged)
    def _active_changed(self, event: EditorPane.ActiveChanged) -> None:
        if event.document is None:
            self.status.cursor = ""
            self.sidebar.script_tree.focus()
        else:
            self.sidebar.reveal(event.document.path)
        if self.preview is not None:
            self.preview.follow(event.document)

    @on(EditorPane.UnsavedChanged)
    def _unsaved_changed(self, event: EditorPane.UnsavedChanged) -> None:
        self.sidebar.mark_unsaved(event.paths)

    @on(EditorPane.Edited)
    def _edited(self) -> None:
        if self.recovery is not None:
            self.recovery.edited()
        if self.preview is not None:
            self.preview.edited()

    @on(EditorPane.Paused)
    def _paused(self, event: EditorPane.Paused) -> None:
        if self._commands is not None:
            self._flows.beside(self._commands.inspect, event.document)

    @on(EditorPane.CursorMoved)
    def _cursor_moved(self, event: EditorPane.CursorMoved) -> None:
        self.status.cursor = f"Ln {event.line}, Col {event.column}"

    @on(HeaderRow.ActionPressed)
    async def _header_action(self, event: HeaderRow.ActionPressed) -> None:
        await self.run_action(event.action)

    def _preview_asked(self, event: PreviewEvent) -> None:
        if self.preview is not None:
            self.preview.answer(event)

    # By name: their classes are loaded with the first preview.
    on_preview_view_wished = on_preview_view_place_chosen = _preview_asked
    on_preview_pane_resized = _preview_asked

    @on(GitLogView.Asked)
    def _git_asked(self, event: GitLogView.Asked) -> None:
        if self._git is not None:
            self._git.answer(event)

    @on(OutputView.LinkActivated)
    def _link_activated(self, event: OutputView.LinkActivated) -> None:
        self.jump(event.path, event.line, event.column)

    def jump(self, path: str, line: int, column: int) -> None:
        """Open a script or post with the cursor at a place."""
        self._flows.start(self._jump, path, line, column)

    async def _jump(self, path: str, line: int, column: int) -> None:
        document = await self._commands.open(path) if self._commands is not None else None
        if document is not None:
            self.editor.go_to(document, line, column)

    def on_resize(self, event: events.Resize) -> None:
        """Fit the layout to the terminal."""
        fit(self, event.size)
