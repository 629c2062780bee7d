"""The Preferences: sections on the left, the settings of one of them on the right.

Lays out and routes. What settings there are says the registry; writing them is the engine's.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Button, ContentSwitcher, Input, OptionList, Static
from textual.widgets.option_list import Option

from engine.settings.registry import SECTION_TITLES, Home, Section, Setting, of_section
from store.files import ConflictError, FileError
from store.json_text import REMOVE
from store.one_line import clean
from tui.actions import show_key
from tui.appearance import appearance
from tui.editor.code_area import CodeArea
from tui.flows import Flows
from tui.screens.data_pane import DataPane
from tui.screens.setting_field import NOTHING, SettingField

if TYPE_CHECKING:
    from engine.settings.values import Settings
    from engine.workspace import Workspace
    from tui.app import InkstandApp
    from tui.main_screen import MainScreen

_NARROW = 64
_DATA = "data"


def open_preferences(main: MainScreen, workspace: Workspace) -> None:
    """Open the Preferences over the main screen, once the files are read."""

    async def read_and_open() -> None:
        await workspace.settings.load()
        if not isinstance(main.app.screen, PreferencesScreen):  # F12 twice
            main.app.push_screen(PreferencesScreen(main, workspace))

    Flows(main).beside(read_and_open)


class _Fields(VerticalScroll, can_focus=False, inherit_bindings=False):
    """What is on the right. The arrows go from field to field, and it scrolls along."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "app.focus_previous", "Previous field", show=False, id="preferences.up"),
        Binding("down", "app.focus_next", "Next field", show=False, id="preferences.down"),
        Binding("pageup", "page_up", "Page up", show=False, id="preferences.page_up"),
        Binding("pagedown", "page_down", "Page down", show=False, id="preferences.page_down"),
    ]


class PreferencesScreen(Screen[None]):
    """All settings of project and person, the sandbox, and the data."""

    DEFAULT_CSS = """
    PreferencesScreen {
        background: $surface;
        #preferences-title { height: 1; background: $primary-background; padding: 0 1; }
        #preferences-body { height: 1fr; }
        #sections {
            width: 13; height: 1fr; border: none; padding: 0; background: $panel;
            & > .option-list--option { padding: 0 1; }
            & > .option-list--option-highlighted { text-style: bold underline; }
        }
        #section { width: 1fr; height: 1fr; }
        _Fields { height: 1fr; padding: 0 1; scrollbar-size-vertical: 1; }
        .heading { height: auto; color: $text-muted; margin-bottom: 1; }
        .warnings { height: auto; color: $text-warning; margin-bottom: 1; display: none; }
        .group { height: 1; text-style: bold underline; margin-bottom: 1; }
        #told { height: auto; max-height: 3; padding: 0 1; }
        #told.-error { color: $text-error; }
        #preferences-keys {
            height: 1; background: $footer-background; color: $footer-foreground;
        }
        #withdraw { margin: 0 0 1 0; }
        #sandbox-state { height: auto; margin-bottom: 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f12,ctrl+q", "back", "Back", id="preferences.back"),
        Binding("u,ctrl+z", "undo", "Undo", id="preferences.undo"),
    ]

    def __init__(self, main: MainScreen, workspace: Workspace) -> None:
        """Show the settings of an open project; they are loaded."""
        super().__init__()
        self._main = main
        self._workspace = workspace
        self._flows = Flows(main)
        self._fields: dict[str, SettingField] = {}
        self._is_rebuilt = False
        self._is_left = False
        """Whether it goes, or is gone: what is written still is, but there is nothing to show."""

    @property
    def _settings(self) -> Settings:
        return self._workspace.settings

    # Layout ------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """Lay out the frame; a section comes when it is looked at."""
        yield Static(id="preferences-title", markup=False)
        with Horizontal(id="preferences-body"):
            options = [Option(title, id=id) for id, title in SECTION_TITLES.items()]
            yield OptionList(*options, Option("Data", id=_DATA), id="sections", compact=True)
            yield ContentSwitcher(id="section")
        yield Static(id="told", markup=False)
        yield Static(_keys(), id="preferences-keys")

    def on_mount(self) -> None:
        """Begin in the list of sections."""
        self.app.clear_notifications()
        self._show_title()
        sections = self.query_one("#sections", OptionList)
        sections.highlighted = 0
        sections.focus()

    def on_resize(self, event: events.Resize) -> None:
        """Put labels above their values where there is no room beside them."""
        self.set_class(event.size.width < _NARROW, "-narrow")

    def _show_title(self) -> None:
        name = clean(self._workspace.project.name)
        title = Text.assemble(("Preferences", "bold"), f"  {name}", no_wrap=True)
        self.query_one("#preferences-title", Static).update(title)

    @on(OptionList.OptionHighlighted, "#sections")
    async def _section_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        id = event.option_id or ""
        switcher = self.query_one("#section", ContentSwitcher)
        if not switcher.query(f"#section-{id}"):
            await switcher.mount(_Fields(*self._contents(id), id=f"section-{id}"))
            if id == _DATA:
                self._flows.beside(self.query_one(DataPane).read_facts)
            elif id == "sandbox":
                self._flows.beside(self._show_sandbox)
            else:
                self._show_warnings()
        switcher.current = f"section-{id}"

    @on(OptionList.OptionSelected, "#sections")
    def _section_chosen(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.focus_next()

    def _contents(self, id: str) -> Sequence[Widget]:
        if id == _DATA:
            return [DataPane(self._workspace)]
        section = cast(Section, id)
        settings = of_section(section)
        home = settings[0].home
        whose = "goes where the project goes" if home == "project" else "yours in every project"
        kept = f"Kept in {self._settings.file_name(home)}; {whose}."
        found: list[Widget] = [
            Static(kept, classes="heading", markup=False),
            Static(classes=f"warnings -{home}", markup=False),
        ]
        if section == "sandbox":
            found += [
                Static(id="sandbox-state", markup=False),
                Button("Take the agreement back", id="withdraw", compact=True),
            ]
        group = ""
        for setting in settings:
            if setting.group != group:
                group = setting.group
                found.append(Static(group, classes="group", markup=False))
            field = self._fields[setting.id] = SettingField(self._settings.reading(setting))
            found.append(field)
        return found

    def _show_warnings(self) -> None:
        homes: tuple[Home, ...] = ("project", "personal")
        for home in homes:
            problems = self._settings.problems(home)
            for warnings in self.query(f".warnings.-{home}").results(Static):
                warnings.update("\n".join(problems))
                warnings.display = bool(problems)

    # Changing ----------------------------------------------------------------------------------

    @on(SettingField.Changed)
    def _changed(self, event: SettingField.Changed) -> None:
        event.stop()
        self._flows.start(self._write, event.field, event.value)

    async def _write(self, field: SettingField, value: object) -> None:
        setting = field.setting
        try:
            change = await self._settings.change(setting, value)
        except ConflictError as error:
            self._show_all()
            self._tell(str(error), is_error=True)
        except FileError as error:
            if not self._is_left:
                field.refuse(str(error))
            self._tell(str(error), is_error=True)
        else:
            self._show(setting)
            if change is not None:
                now = "back to its default, " if value is REMOVE else ""
                self._tell(f"{_named(setting)} is {now}{self._words(setting)} ({change.file}).")

    def action_undo(self) -> None:
        """Take the last change back."""
        self._flows.start(self._undo)

    async def _undo(self) -> None:
        try:
            change = await self._settings.undo()
        except FileError as error:
            self._show_all()
            self._tell(str(error), is_error=True)
            return
        if change is None:
            self._tell("Nothing to undo.")
        else:
            self._show(change.setting)
            words = self._words(change.setting)
            self._tell(f"Undone: {_named(change.setting)} is {words} again ({change.file}).")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave `u` to a field where it is a letter."""
        return action != "undo" or not isinstance(self.focused, Input)

    def _words(self, setting: Setting) -> str:
        return setting.kind.show(self._settings.reading(setting).value) or "empty"

    def _show(self, setting: Setting) -> None:
        reading = self._settings.reading(setting)
        self._take_effect()
        if self._is_left:
            return
        if (field := self._fields.get(setting.id)) is not None:
            field.show(reading)
        self._show_warnings()

    def _show_all(self) -> None:
        self._take_effect()
        if self._is_left:
            return
        for field in self._fields.values():
            field.show(self._settings.reading(field.setting))
        self._show_warnings()

    def _take_effect(self) -> None:
        """Let what is on the screen follow the settings."""
        self._main.status.project = self._workspace.project.name
        readings = {one.id: self._settings.reading(one) for one in of_section("editor")}
        app = cast("InkstandApp", self._main.app)
        wanted = appearance(readings, os.environ)
        if wanted != app.appearance:
            app.appearance = wanted
            app.theme = wanted.theme
            for code in self._main.query(CodeArea):
                code.take_appearance(wanted)
        if not self._is_left:
            self._show_title()

    def _tell(self, words: str, *, is_error: bool = False) -> None:
        if self._is_left:
            self._main.notify(words, severity="error" if is_error else "information")
            return
        told = self.query_one("#told", Static)
        told.update(clean(words))
        told.set_class(is_error, "-error")

    # Sandbox and data --------------------------------------------------------------------------

    async def _show_sandbox(self) -> None:
        agreement = self._workspace.agreement
        is_noted = await agreement.is_noted()
        if self._is_left:
            return
        if not agreement.is_sandboxed:
            words = "UNSANDBOXED: scripts run with all your rights, as you have agreed."
        elif is_noted:
            words = (
                "Scripts run in the sandbox. You have agreed before to run some of them without "
                "it; that counts when the project, or --unsandboxed, asks for no sandbox."
            )
        else:
            words = "Scripts run in the sandbox. You have agreed to nothing else."
        self.query_one("#sandbox-state", Static).update(words)
        self.query_one("#withdraw", Button).disabled = agreement.is_sandboxed and not is_noted
        self._show_warnings()

    @on(Button.Pressed, "#withdraw")
    def _withdraw_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self._flows.start(self._withdraw)

    async def _withdraw(self) -> None:
        try:
            await self._workspace.agreement.withdraw()
        except FileError as error:
            self._tell(str(error), is_error=True)
        else:
            self._tell("Taken back. What is started from now on runs in the sandbox.")
        self._main.status.sandbox = "sandboxed"
        if not self._is_left:
            self.focus_next()  # the button is of no use any more
            await self._show_sandbox()

    @on(DataPane.RebuildRequested)
    def _rebuild_requested(self, event: DataPane.RebuildRequested) -> None:
        event.stop()
        self._is_rebuilt = True
        self._flows.beside(self.query_one(DataPane).rebuild, event.kinds)

    @on(DataPane.Copied)
    def _copied(self, event: DataPane.Copied) -> None:
        event.stop()
        self._tell(f"Copied, if your terminal lets us: {event.what}")

    # Leaving -----------------------------------------------------------------------------------

    def action_back(self) -> None:
        """Go back; what was typed is written first, and what does not fit is told once."""
        field = next((one for one in self._fields.values() if one.has_focus_within), None)
        if field is not None:
            was_refused = field.is_refused
            value = field.take()
            if value is not NOTHING:
                self._is_left = True
                self._flows.start(self._write, field, value)
            elif field.is_refused and not was_refused:
                self._tell("Esc again leaves without it.", is_error=True)
                return
        self._is_left = True
        if self._is_rebuilt:
            self._flows.beside(self._main.refresh_scripts)
        self.dismiss()


def _named(setting: Setting) -> str:
    return f"{setting.group}: {setting.label}" if setting.group else setting.label


def _keys() -> Text:
    pairs = [
        ("escape", "Back"),
        ("tab", "Next"),
        ("enter", "Write"),
        ("u", "Undo (not while typing)"),
    ]
    line = Text(no_wrap=True)
    for key, label in pairs:
        line.append(show_key(key) if len(key) > 1 else key, "bold")
        line.append(f" {label}  ")
    return line
