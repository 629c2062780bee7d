"""The Preferences as a person uses them, with the keyboard alone and real files."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from rich.text import Text
from textual.pilot import Pilot
from textual.widgets import Button, Checkbox, Input, OptionList, Select, Static

from engine.settings.registry import SETTINGS, of_section
from tests.ui.conftest import Driver, OpenApp, settled
from tui.app import InkstandApp
from tui.main_screen import MainScreen
from tui.screens.data_pane import DataPane
from tui.screens.preferences import PreferencesScreen
from tui.screens.setting_field import SettingField
from tui.theme import INK, SIXTEEN_COLOURS

SMALL, LARGE = (80, 24), (120, 40)
SECTIONS = ("project", "editor", "limits", "sandbox", "data")


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config" / "inkstand" / "settings.json"


def preferences(driver: Driver) -> PreferencesScreen:
    screen = driver.app.screen
    assert isinstance(screen, PreferencesScreen)
    return screen


def is_back(driver: Driver) -> bool:
    return isinstance(driver.app.screen, MainScreen)


async def open_section(driver: Driver, section: str) -> PreferencesScreen:
    """Open a section by keys, from the main screen or from the Preferences."""
    if not isinstance(driver.app.screen, PreferencesScreen):
        await driver.press("f12")
        await driver.settle()
    screen = preferences(driver)
    sections = screen.query_one("#sections", OptionList)
    sections.focus()
    await driver.press("home", *["down"] * SECTIONS.index(section))
    await driver.until(lambda: bool(screen.query(f"#section-{section}")))
    await driver.settle()
    return screen


def field(screen: PreferencesScreen, id: str) -> SettingField:
    return next(one for one in screen.query(SettingField) if one.setting.id == id)


async def fill(driver: Driver, id: str, text: str) -> SettingField:
    """Type a text into a field in place of what it holds."""
    one = field(preferences(driver), id)
    one.control.focus()
    keys = ({" ": "space"}.get(character, character) for character in text)
    await driver.press("end", "ctrl+u", *keys)
    return one


def told(screen: PreferencesScreen) -> str:
    return str(screen.query_one("#told", Static).render())


def complaint(one: SettingField) -> str:
    words = one.query_one(".complaint", Static)
    return str(words.render()) if words.display else ""


def text_of(one: SettingField) -> str:
    control = one.control
    assert isinstance(control, Input)
    return control.value


def project_file(root: Path) -> Path:
    return root / "meta" / "project.json"


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True)
    path.write_text(text)


def own_settings(config: Path) -> object:
    assert config.stat().st_mode & 0o777 == 0o600
    return json.loads(config.read_text())


# Looking ------------------------------------------------------------------------------------------


async def test_f12_shows_every_setting_and_escape_goes_back(open_app: OpenApp) -> None:
    async with open_app(size=SMALL) as app:
        for section in SECTIONS:
            screen = await open_section(app, section)
        shown = [one.setting for one in screen.query(SettingField)]
        assert sorted(one.id for one in shown) == sorted(one.id for one in SETTINGS)
        for one in screen.query(SettingField):
            words = str(one.query_one(".help", Static).render())
            assert words.startswith(one.setting.help)
        await app.press("escape")
        assert is_back(app)
        await app.press("f12")
        await app.settle()
        await app.press("f12")
        assert is_back(app)


async def test_tab_and_arrows_reach_every_field_and_show_it(open_app: OpenApp) -> None:
    async with open_app(size=SMALL) as app:
        screen = await open_section(app, "limits")
        await app.press("enter")
        reached = []
        for one in of_section("limits"):
            holder = next(f for f in screen.query(SettingField) if f.has_focus_within)
            reached.append(holder.setting)
            region = holder.control.region
            assert screen.query_one("#section-limits").region.contains_region(region)
            await app.press("down" if one.path[1] == "macro" else "tab")
        assert reached == list(of_section("limits"))
        assert screen.query_one("#sections").has_focus, "round and round"


async def test_each_field_says_what_its_default_is(open_app: OpenApp) -> None:
    async with open_app() as app:
        screen = await open_section(app, "limits")
        words = {
            one.setting.id: str(one.query_one(".help", Static).render())
            for one in screen.query(SettingField)
        }
        assert words["project.limits.macro.timeoutS"].endswith("Default: 10.")
        assert words["project.limits.utility.timeoutS"].endswith("Default: none.")
        await open_section(app, "sandbox")
        unsandboxed = field(screen, "project.unsandboxed")
        assert str(unsandboxed.query_one(".help", Static).render()).endswith(
            "Default: off. Takes effect at the next start."
        )


async def test_what_the_file_holds_wrongly_is_told_with_its_place(
    open_app: OpenApp, demo: Path
) -> None:
    path = project_file(demo)
    path.write_text(path.read_text().replace('"maxPostsPerPage": 50', '"maxPostsPerPage": "many"'))
    async with open_app() as app:
        screen = await open_section(app, "project")
        warnings = str(screen.query_one(".warnings.-project", Static).render())
        assert re.search(r"meta/project\.json:\d+:3: maxPostsPerPage should be a whole", warnings)
        one = field(screen, "project.maxPostsPerPage")
        assert text_of(one) == "50"
        assert "meta/project.json:" in complaint(one)
        await fill(app, "project.maxPostsPerPage", "20")
        await app.press("enter")
        await app.settle()
        assert complaint(one) == ""
        assert not screen.query_one(".warnings.-project").display


# Changing -----------------------------------------------------------------------------------------


async def test_enter_writes_the_one_value_and_says_so(open_app: OpenApp, demo: Path) -> None:
    before = project_file(demo).read_text()
    async with open_app() as app:
        screen = await open_section(app, "project")
        await fill(app, "project.maxPostsPerPage", "20")
        await app.press("enter")
        await app.settle()
        after = project_file(demo).read_text()
        assert after == before.replace('"maxPostsPerPage": 50', '"maxPostsPerPage": 20')
        assert told(screen) == "Posts per page is 20 (meta/project.json)."


async def test_leaving_a_field_writes_it_once(open_app: OpenApp, demo: Path) -> None:
    async with open_app() as app:
        screen = await open_section(app, "project")
        await fill(app, "project.name", "Pen & Paper")
        stamp = project_file(demo).stat()
        await app.press("tab")
        await app.settle()
        written = project_file(demo).stat()
        assert written.st_ino != stamp.st_ino
        assert json.loads(project_file(demo).read_text())["name"] == "Pen & Paper"
        assert app.screen.status.project == "Pen & Paper"
        assert "Pen & Paper" in str(screen.query_one("#preferences-title", Static).render())
        await app.press("shift+tab", "enter", "tab", "tab")
        await app.settle()
        assert project_file(demo).stat().st_ino == written.st_ino


async def test_what_does_not_fit_is_refused_at_the_field(open_app: OpenApp, demo: Path) -> None:
    before = project_file(demo).read_bytes()
    async with open_app() as app:
        screen = await open_section(app, "project")
        one = await fill(app, "project.maxPostsPerPage", "501")
        await app.press("enter")
        await app.settle()
        words = "Posts per page should be a whole number from 1 to 500. It is not written."
        assert complaint(one) == words
        await app.press("tab")
        await app.settle()
        assert complaint(one) == words
        assert text_of(one) == "501"
        await fill(app, "project.maxPostsPerPage", "50")
        assert complaint(one) == ""
        await app.press("enter")
        await app.settle()
        assert project_file(demo).read_bytes() == before
        assert told(screen) == ""


async def test_escape_writes_what_fits_and_keeps_what_does_not_for_a_moment(
    open_app: OpenApp, demo: Path
) -> None:
    async with open_app() as app:
        await open_section(app, "project")
        await fill(app, "project.defaultAuthor", "Ada")
        await app.press("escape")
        await app.settle()
        assert is_back(app)
        assert json.loads(project_file(demo).read_text())["defaultAuthor"] == "Ada"
        assert "Author is Ada" in app.toasts
        before = project_file(demo).read_bytes()
        screen = await open_section(app, "project")
        one = await fill(app, "project.publicUrl", "nowhere")
        await app.press("escape")
        assert preferences(app) is screen
        assert "web address" in complaint(one)
        await app.press("escape")
        await app.settle()
        assert is_back(app)
        assert project_file(demo).read_bytes() == before


async def test_an_empty_field_brings_the_default_back(open_app: OpenApp, demo: Path) -> None:
    async with open_app() as app:
        screen = await open_section(app, "project")
        one = await fill(app, "project.maxPostsPerPage", "")
        await app.press("enter")
        await app.settle()
        assert "maxPostsPerPage" not in json.loads(project_file(demo).read_text())
        assert text_of(one) == "50"
        assert told(screen).startswith("Posts per page is back to its default, 50")


async def test_u_takes_changes_back_but_is_a_letter_in_a_field(
    open_app: OpenApp, demo: Path
) -> None:
    before = project_file(demo).read_text()
    async with open_app() as app:
        screen = await open_section(app, "project")
        one = await fill(app, "project.description", "about ink, u see")
        await app.press("enter")
        await app.settle()
        toggle = field(screen, "project.expandMacrosInCode")
        toggle.control.focus()
        await app.press("space")
        await app.settle()
        values = json.loads(project_file(demo).read_text())
        assert (values["description"], values["expandMacrosInCode"]) == ("about ink, u see", True)
        await app.press("u")
        await app.settle()
        assert isinstance(toggle.control, Checkbox)
        assert toggle.control.value is False
        assert told(screen).startswith("Undone: Macros in code is off again")
        await app.press("ctrl+z")
        await app.settle()
        assert project_file(demo).read_text() == before
        assert text_of(one) == json.loads(before)["description"]
        await app.press("u")
        await app.settle()
        assert told(screen) == "Nothing to undo."


async def test_a_conflict_reads_again_and_says_so(open_app: OpenApp, demo: Path) -> None:
    async with open_app() as app:
        screen = await open_section(app, "project")
        theirs = '{"name": "Theirs", "maxPostsPerPage": 7}'
        project_file(demo).write_text(theirs)
        await fill(app, "project.defaultAuthor", "Ada")
        await app.press("enter")
        await app.settle()
        assert project_file(demo).read_text() == theirs
        assert "another program changed it meanwhile. It has been read again" in told(screen)
        assert text_of(field(screen, "project.maxPostsPerPage")) == "7"
        assert text_of(field(screen, "project.defaultAuthor")) == ""
        assert app.screen.status.project == "Theirs"
        await fill(app, "project.defaultAuthor", "Ada")
        await app.press("enter")
        await app.settle()
        assert json.loads(project_file(demo).read_text()) == {
            "name": "Theirs",
            "maxPostsPerPage": 7,
            "defaultAuthor": "Ada",
        }


async def test_a_file_that_cannot_be_written_is_told_at_the_field(
    open_app: OpenApp, demo: Path
) -> None:
    async with open_app() as app:
        await open_section(app, "project")
        project_file(demo).unlink()
        project_file(demo).mkdir()
        one = await fill(app, "project.name", "Mine")
        await app.press("enter")
        await app.settle()
        assert "is a directory" in complaint(one)
        assert text_of(one) == "Mine"


async def test_a_limit_holds_for_the_next_run(open_app: OpenApp) -> None:
    async with open_app("hello") as app:
        await open_section(app, "limits")
        await fill(app, "project.limits.utility.timeoutS", "0.5")
        await app.press("enter", "escape")
        await app.settle()
        app.code.text = "while True: pass\n"
        await app.press("f5")
        await app.until(lambda: "0.5 s" in app.output)


# Editor -------------------------------------------------------------------------------------------


async def test_indentation_and_line_numbers_are_those_of_every_script(
    open_app: OpenApp, config: Path
) -> None:
    async with open_app("hello") as app:
        assert (app.code.indent_width, app.code.show_line_numbers) == (4, True)
        screen = await open_section(app, "editor")
        await fill(app, "personal.editor.indentWidth", "2")
        await app.press("tab", "space")
        await app.settle()
        assert own_settings(config) == {"editor": {"indentWidth": 2, "lineNumbers": False}}
        assert "yours in every project" in str(
            screen.query_one("#section-editor .heading").render()
        )
        await app.press("escape")
        assert (app.code.indent_width, app.code.show_line_numbers) == (2, False)
        app.code.text = ""
        app.code.focus()
        await app.type("if x:\n")
        await app.type("y")
        assert app.code.text == "if x:\n  y"
        await app.press("home", "shift+end", "tab")
        assert app.code.text == "if x:\n    y"
        await app.press("shift+tab", "shift+tab")
        assert app.code.text == "if x:\ny"
    async with open_app("hello") as app:
        assert (app.code.indent_width, app.code.show_line_numbers) == (2, False)


async def test_the_theme_changes_at_once_and_stays(open_app: OpenApp, config: Path) -> None:
    async with open_app() as app:
        assert app.app.theme == INK.name
        screen = await open_section(app, "editor")
        theme = field(screen, "personal.theme").control
        assert isinstance(theme, Select)
        theme.focus()
        await app.press("enter", "end", "enter")
        await app.settle()
        assert app.app.theme == SIXTEEN_COLOURS
        assert own_settings(config) == {"theme": SIXTEEN_COLOURS}
        await app.press("u")
        await app.settle()
        assert (app.app.theme, theme.value) == (INK.name, "auto")
        await app.press("enter", "end", "enter")
        await app.settle()
    async with open_app() as app:
        assert app.app.theme == SIXTEEN_COLOURS


async def test_a_broken_file_of_ones_own_is_told_at_the_start(
    open_app: OpenApp, config: Path
) -> None:
    put(config, '{"theme": ink}')
    async with open_app() as app:
        assert "settings.json:1:11: " in app.toasts
        assert app.app.theme == INK.name


# Sandbox and data ---------------------------------------------------------------------------------


async def test_the_agreement_can_be_taken_back(open_app: OpenApp) -> None:
    async with open_app(unsandboxed=True) as app:
        await app.until(lambda: bool(app.app.screen.query("#open")))
        app.app.screen.query_one("#open", Button).press()
        await app.settle()
        assert app.screen.status.sandbox == "UNSANDBOXED"
        screen = await open_section(app, "sandbox")
        state = screen.query_one("#sandbox-state", Static)
        assert "UNSANDBOXED" in str(state.render())
        await app.press("enter", "enter")
        await app.settle()
        assert "You have agreed to nothing else" in str(state.render())
        assert screen.query_one("#withdraw", Button).disabled
        assert app.screen.status.sandbox == "sandboxed"


async def test_a_rebuild_shows_counts_and_what_cannot_be_read(
    open_app: OpenApp, demo: Path
) -> None:
    async with open_app(size=SMALL) as app:
        screen = await open_section(app, "data")
        (demo / "posts" / "2026" / "01" / "broken.md").write_text("---\ntitle: [\n---\n")
        pane = screen.query_one(DataPane)
        for id, counts in {
            "rebuild-posts": "13 posts, 1 translation (",
            "rebuild-media": "8 media, 1 translation (",
            "rebuild-scripts": "scripts (",
            "rebuild-all": " gone), ",
        }.items():
            pane.query_one(f"#{id}", Button).focus()
            await app.press("enter")
            await app.settle()
            report = str(pane.query_one("#progress", Static).render())
            assert counts in report
            assert ("broken.md: " in report) is (id in ("rebuild-posts", "rebuild-all"))
        assert str(demo) in str(pane.query_one("#folder", Static).render()).replace("\n", "")
        assert "broken.md" in str(pane.query_one("#problems", Static).render())
        assert re.search(r"\d+ posts, ", str(pane.query_one("#entries", Static).render()))
        pane.query_one("#copy-folder", Button).focus()
        await app.press("enter")
        assert app.app.clipboard == str(demo)
        assert told(screen).startswith("Copied")


async def test_a_rebuild_shows_how_far_it_is(open_app: OpenApp) -> None:
    async with open_app() as app:
        screen = await open_section(app, "data")
        pane = screen.query_one(DataPane)
        workspace = app.screen._workspace
        task = workspace.tasks.add("Rebuild posts", lambda: None)
        workspace.tasks.update(task, 0.5, "posts: 7")
        pane._show_progress()
        words = str(pane.query_one("#progress", Static).render())
        assert words == f"Rebuild posts: {'█' * 10}{'░' * 10} 50% posts: 7"
        workspace.tasks.finish(task, "completed")


# Pictures -----------------------------------------------------------------------------------------


def after(
    app: InkstandApp, do: Callable[[Driver], Awaitable[Any]]
) -> Callable[[Pilot[int]], Awaitable[None]]:
    async def run_before(pilot: Pilot[int]) -> None:
        driver = await settled(app, pilot, script=False)
        await do(driver)
        await app.close_project()
        await pilot.pause()

    return run_before


Compare = Callable[..., bool]


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
def test_the_preferences_are_open(demo: Path, snap_compare: Compare, size: tuple[int, int]) -> None:
    app = InkstandApp(demo)

    async def change(driver: Driver) -> None:
        await open_section(driver, "project")
        await fill(driver, "project.mainLanguage", "de")
        await driver.press("enter")
        await driver.settle()
        await fill(driver, "project.name", "Ink")

    assert snap_compare(app, terminal_size=size, run_before=after(app, change))


def test_everything_has_been_rebuilt(
    demo: Path, snap_compare: Compare, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = InkstandApp(demo)
    (demo / "posts" / "2026" / "01" / "broken.md").write_text("---\ntitle: [\n---\n")

    async def rebuild(driver: Driver) -> None:
        screen = await open_section(driver, "data")
        await driver.press("tab", "tab", "tab", "tab", "enter")
        await driver.settle()
        # What differs from run to run: times, sizes, folders.
        pane = screen.query_one(DataPane)
        report = pane.query_one("#progress", Static)
        report.update(re.sub(r"in [0-9.]+ s", "in 0.04 s", str(report.render())))
        for id, name in (("folder", "Project folder: "), ("index", "Index (96 KiB): ")):
            words = Text.assemble((name, "bold"), "/home/mara/ink-and-paper")
            pane.query_one(f"#{id}", Static).update(words)
        await driver.pilot.pause()

    assert snap_compare(app, terminal_size=SMALL, run_before=after(app, rebuild))


def test_the_limits_in_16_colours(
    demo: Path, snap_compare: Compare, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "linux")
    monkeypatch.delenv("COLORTERM", raising=False)
    app = InkstandApp(demo)

    async def refuse(driver: Driver) -> None:
        await open_section(driver, "limits")
        await fill(driver, "project.limits.macro.cpuS", "soon")
        await driver.press("enter")
        await driver.settle()

    assert snap_compare(app, terminal_size=SMALL, run_before=after(app, refuse))
