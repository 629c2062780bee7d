"""Expanding all macros from the screen: begun, cancelled, looked through, and jumped from."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList, Static

from engine.child.chunks import ItemFailed, Outcome, Rendered
from engine.child.protocol import ScriptError, TraceFrame
from engine.render.calls import Span
from engine.render.context import Page
from engine.render.counters import Counters
from engine.render.expand import Expanded, MacroFailure, MacroWarning
from engine.render.expansion_report import ExpansionReport, Tally
from engine.render.macros import MacroProblem
from engine.render.pace import Pace
from engine.render.renderer import ExpandedPage
from engine.tasks import Task
from store.facts import PostFacts
from store.seed import init_with_scripts
from tests.ui.conftest import Driver, OpenApp, settled
from tui.app import InkstandApp
from tui.screens.expansion import ExpansionScreen
from tui.screens.expansion_rows import Place
from tui.theme import SIXTEEN_COLOURS

Compare = Callable[..., bool]
POST = "posts/2026/08/broken.md"
MACRO = '"""\n---\nslug: "{0}"\nkind: "macro"\nentrypoint: "render"\nenabled: true\n---\n"""\n{1}\n'


def add_macro(root: Path, slug: str, body: str) -> None:
    text = MACRO.format(slug, f"def render(context):\n    {body}")
    (root / f"scripts/{slug}.py").write_text(text)


def add_post(root: Path, body: str) -> None:
    path = root / POST
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"---\nid: id-broken\ntitle: Broken\nslug: broken\nstatus: draft\n---\n{body}")


def expansion(app: Driver) -> ExpansionScreen:
    screen = app.app.screen
    assert isinstance(screen, ExpansionScreen)
    return screen


def shown(app: Driver, part: str) -> str:
    return str(expansion(app).query_one(f"#expansion-{part}", Static).render())


def rows(app: Driver) -> list[str]:
    lines = expansion(app).query_one("#expansion-list", OptionList)
    return [str(option.prompt) for option in lines.options]


def task(app: Driver) -> Task:
    workspace = app.screen._workspace
    assert workspace is not None
    return next(task for task in workspace.tasks if task.name == "Expand all macros")


async def expand(app: Driver) -> None:
    await app.press("alt+t")
    await app.until(lambda: isinstance(app.app.screen, ExpansionScreen))


# With real kernels ------------------------------------------------------------------------------


async def test_what_fails_is_listed_and_leads_to_the_script(open_app: OpenApp, demo: Path) -> None:
    add_macro(demo, "bad", "return {}['ink']")
    add_post(demo, "One\n\n[[bad]] and [[zzz]]\n")
    async with open_app() as app:
        await expand(app)
        assert "1 failed, 1 error in a text" in shown(app, "summary")
        assert [row.split() for row in rows(app)] == [
            ["✘", f"{POST}:9", "[[bad]]", "KeyError:", "'ink'"],
            ["✘", f"{POST}:9", "there", "is", "no", "macro", "zzz"],
        ]
        assert shown(app, "detail") == (
            f"{POST}:9:1: [[bad]] failed: KeyError: 'ink' (scripts/bad.py:10:12)"
        )
        await app.press("s")
        await app.until(lambda: app.path == "scripts/bad.py")
        await app.settle()
        assert app.screen.status.cursor == "Ln 10, Col 12"


async def test_enter_leads_to_the_post_at_its_line(open_app: OpenApp, demo: Path) -> None:
    add_post(demo, "One\n\n[[gallery]] and [[zzz]]\n")
    async with open_app() as app:
        await expand(app)
        await app.press("enter")
        await app.until(lambda: app.path == POST)
        await app.settle()
        assert app.screen.status.cursor == "Ln 9, Col 19"


async def test_the_task_shows_it_again(open_app: OpenApp) -> None:
    async with open_app() as app:
        await expand(app)
        assert shown(app, "views").split() == ["Troubles", "0", "Macros", "6", "Plots"]
        await app.press("escape")
        assert app.app.screen is app.screen
        await app.press("enter")
        assert shown(app, "summary").startswith("Expanded 14 posts, 15 calls in ")


async def test_whoever_goes_on_elsewhere_is_not_called_away(open_app: OpenApp) -> None:
    async with open_app("hello") as app:
        app.screen.action_expand_all()
        app.code.focus()  # before anything of it can have happened
        await app.settle()
        assert app.app.screen is app.screen
        assert "Expanded 14 posts" in app.toasts


async def test_text_that_is_not_saved_is_told_to_be_left_out(open_app: OpenApp) -> None:
    async with open_app("gallery") as app:
        app.code.text += "\n# not saved\n"
        await expand(app)
        words = "1 open text is not saved: what the files hold was expanded."
        assert shown(app, "summary").endswith(words)


@pytest.mark.parametrize("key", ["alt+t", "delete"])
async def test_it_is_cancelled_by_its_key_and_from_the_tasks(
    open_app: OpenApp, demo: Path, key: str
) -> None:
    add_macro(demo, "endless", "while True: pass")
    add_post(demo, "[[endless]]")
    settings = json.loads((demo / "meta/project.json").read_text())
    settings["limits"] = {"macro": {"timeoutS": 600, "cpuS": 600}}
    (demo / "meta/project.json").write_text(json.dumps(settings))
    async with open_app() as app:
        await app.press("alt+t")
        await app.until(lambda: bool(task(app).progress))
        await app.press(key)
        await app.until(lambda: isinstance(app.app.screen, ExpansionScreen))
        assert task(app).state == "cancelled"
        assert shown(app, "summary").startswith("Cancelled: ")


async def test_a_macro_that_the_project_has_no_copy_of_cannot_be_opened(
    open_app: OpenApp, demo: Path
) -> None:
    (demo / "scripts/gallery.py").unlink()
    async with open_app() as app:
        await expand(app)
        while not rows(app)[expansion(app).lines.highlighted or 0].startswith("gallery"):
            await app.press("down")
        await app.press("s")
        assert "gallery.py comes with Inkstand" in app.toasts
        assert app.path is None


async def test_a_project_without_posts_says_so(open_app: OpenApp, tmp_path: Path) -> None:
    root = tmp_path / "empty"
    init_with_scripts(root)
    async with open_app(root=root) as app:
        await expand(app)
        assert shown(app, "nothing").startswith("There are no posts to expand.")
        await app.press("left")
        assert shown(app, "nothing") == "Nothing failed, and nothing is odd."
        await app.press("s", "o", "enter", "escape")
        assert app.app.screen is app.screen


# With a report of known figures -----------------------------------------------------------------


class Clock:
    """The time as a pace sees it."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def outcomes(count: int, us: float, *, failed: int = 0) -> list[Outcome]:
    times = [int(us * 1000 * (1 + (at % 100) ** 3 / 50_000)) for at in range(count)]
    error = ScriptError("KeyError", "'id'", [TraceFrame("scripts/bad.py", 1, 1, 1, 1, "f", "")])
    made: list[Outcome] = [Rendered("", ns, []) for ns in times[failed:]]
    return [*made, *(ItemFailed("raised", error, "", ns) for ns in times[:failed])]


def report() -> ExpansionReport:
    clock = Clock()
    pace, counters, tally = Pace(clock), Counters(), Tally(1_204)
    for name, count, us, failed in (
        ("gallery", 1_830, 190.0, 0),
        ("photo_archive", 96, 2_400.0, 0),
        ("youtube", 610, 21.0, 0),
        ("reading_time", 1_204, 64.0, 0),
        ("price_of_ink", 40, 900.0, 3),
    ):
        counters.record([name] * count, outcomes(count, us, failed=failed))
    for step in range(80):
        clock.now += 0.05
        pace.add(30 + step * 7 % 23 + (40 if 30 < step < 44 else 0))
    facts = PostFacts("id", "T", "t", "published", "", "", (), (), "", "", "", "", "")
    failures = [
        MacroFailure(
            *("price_of_ink", f"posts/2026/0{at}/bottled-ink.md", 10 + at, 3, "KeyError"),
            *("'id'", "scripts/price_of_ink.py", 17, 12),
        )
        for at in range(3)
    ]
    for at in range(1_204):
        page = Page(facts, "", f"posts/2026/0{at % 9}/a-post-{at}.md")
        problems: tuple[MacroProblem, ...] = ()
        if at == 4:
            span = Span(0, 1)
            words = "there is no macro galery; did you mean gallery?"
            problems = (MacroProblem("unknown_macro", words, False, span, 21, 3, 21, 9),)
        warnings = (MacroWarning("vimeo", page.path, 7, 1, "the id x should be numeric"),)
        tally.add(
            ExpandedPage(
                page,
                Expanded("", tuple(failures[at : at + 1]), warnings if at == 9 else ()),
                problems,
            )
        )
    tally.cannot_read("posts/2026/01/torn.md", "not UTF-8 in line 4")
    paths = {"gallery": "scripts/gallery.py", "price_of_ink": "scripts/price_of_ink.py"}
    return tally.report(counters, pace, script_paths=paths, output="", was_cancelled=False)


async def show(app: Driver, jumped: list[Place] | None = None) -> None:
    places = [] if jumped is None else jumped
    app.app.push_screen(ExpansionScreen(report(), places.append))
    await app.pilot.pause()


async def test_the_table_is_sorted_by_keys(open_app: OpenApp) -> None:
    async with open_app() as app:
        await show(app)
        await app.press("right")

        def first_column() -> list[str]:
            return [row.split()[0] for row in rows(app)]

        assert "▼total" in shown(app, "heading")
        assert first_column()[0] == "gallery"
        await app.press("o")
        assert "▼p50" in shown(app, "heading")
        assert first_column()[0] == "photo_archive"
        await app.press("r")
        assert "▲p50" in shown(app, "heading")
        assert first_column()[0] == "youtube"
        await app.press(*"oooooo", "o")
        assert "▲macro" in shown(app, "heading")
        assert first_column() == sorted(first_column())


async def test_errors_come_before_warnings_and_lead_where_they_are_about(
    open_app: OpenApp,
) -> None:
    async with open_app() as app:
        jumped: list[Place] = []
        await show(app, jumped)
        marks = [row.split()[0] for row in rows(app)]
        assert marks == ["✘"] * 5 + ["!"]
        await app.press("down", "down", "down", "s")
        assert "No script has to do with it." in app.toasts
        await app.press("enter")
        assert jumped == [Place("posts/2026/04/a-post-4.md", 21, 3)]
        assert app.app.screen is app.screen
        await show(app, jumped)
        await app.press("right", "s")
        assert jumped[1:] == [Place("scripts/gallery.py", 1, 1)]


async def test_plots_are_drawn_to_the_width(open_app: OpenApp) -> None:
    async with open_app(size=(80, 24)) as app:
        await show(app)
        await app.press("left")
        text = str(expansion(app).query_one("#expansion-plots Static", Static).render())
        assert "Calls per second" in text
        assert "price_of_ink" in text
        assert max(map(len, text.splitlines())) <= 77
        await app.pilot.resize_terminal(60, 24)
        await app.pilot.pause()
        text = str(expansion(app).query_one("#expansion-plots Static", Static).render())
        assert max(map(len, text.splitlines())) <= 57


@pytest.mark.parametrize("view", ["troubles", "macros", "plots"])
def test_picture(demo: Path, snap_compare: Compare, view: str) -> None:
    app = InkstandApp(demo)

    async def run_before(pilot: Pilot[int]) -> None:
        driver = await settled(app, pilot, script=False)
        app.theme = SIXTEEN_COLOURS
        await show(driver)
        await driver.press(*["right"] * ["troubles", "macros", "plots"].index(view))
        await app.close_project()
        await pilot.pause()

    assert snap_compare(app, terminal_size=(80, 24), run_before=run_before)
