"""The metadata diff on the screen: every state, both directions, by keys alone."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList, Static

from engine.watching import Watching
from store import default_updates
from store.default_updates import OutdatedDefault
from store.diff import comparing, syncing
from store.index import Index
from store.project import open_project
from store.rebuild import rebuild
from store.scripts import read_script
from tests.ui.conftest import Driver, OpenApp, settled
from tui.app import InkstandApp
from tui.screens.difference_list import Line
from tui.screens.difference_rows import line_of
from tui.screens.metadata_diff import MetadataDiffScreen
from tui.screens.metadata_diff_menu import ProposalScreen
from tui.screens.questions import QuestionScreen

Compare = Callable[..., bool]
SMALL, LARGE = (80, 24), (120, 40)


class Diff:
    """The metadata diff of a running app."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver

    @property
    def screen(self) -> MetadataDiffScreen:
        screen = self.driver.app.screen_stack[2]
        assert isinstance(screen, MetadataDiffScreen)
        return screen

    @property
    def lines(self) -> list[tuple[str, str, str]]:
        lines = map(line_of, self.screen._rows)
        return [(line.first, line.second, line.third) for line in lines]

    def text(self, name: str) -> str:
        return str(self.screen.query_one(f"#diff-{name}", Static).render())

    async def settle(self) -> None:
        """Wait until scan, sync and text diff have ended."""
        workers = self.driver.app.workers
        await self.driver.until(lambda: not any(one.group in ("diff", "detail") for one in workers))

    async def press(self, *keys: str) -> None:
        await self.driver.press(*keys)
        await self.settle()

    async def on_question(self, screen: type) -> None:
        await self.driver.until(lambda: isinstance(self.driver.app.screen, screen))


async def scanned(driver: Driver) -> Diff:
    await driver.press("f10")
    await driver.until(lambda: isinstance(driver.app.screen, MetadataDiffScreen))
    diff = Diff(driver)
    await diff.press("s")
    return diff


@pytest.fixture(autouse=True)
def _nobody_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    """What differs is what the watching of files has missed."""
    monkeypatch.setattr(Watching, "start", lambda *_: None)


@pytest.fixture
def open_diff(open_app: OpenApp) -> OpenApp:
    @asynccontextmanager
    async def open_diff(
        change: Callable[[], None] | None = None, *, size: tuple[int, int] = SMALL
    ) -> AsyncIterator[Diff]:
        """Open the app, let index and files differ, open the diff and scan."""
        async with open_app(size=size) as driver:
            if change is not None:
                change()
            yield await scanned(driver)

    return open_diff


def change_row(root: Path, sql: str) -> None:
    with closing(sqlite3.connect(open_project(root).index_path)) as database, database:
        assert database.execute(sql).rowcount > 0


def posts(root: Path) -> list[Path]:
    return sorted(path for path in (root / "posts").rglob("*.md"))


def differ(root: Path) -> None:
    """Make posts differ in title, tags and text, a script in a flag; two sorts of orphans."""
    first, second, third, *_ = (path.relative_to(root).as_posix() for path in posts(root))
    change_row(
        root,
        f"UPDATE posts SET title = 'Ink, as it was', tags = '[\"ink\", \"old\"]' "
        f"WHERE path = '{first}'",
    )
    change_row(root, f"UPDATE posts SET title = 'Paper' WHERE path = '{second}'")
    place = root / third
    head, _, body = place.read_text().rpartition("---\n")
    place.write_text(f"{head}---\nA new first line.\n{body}")
    change_row(root, "UPDATE scripts SET enabled = 0 WHERE slug = 'youtube'")
    (root / "media" / "lone.png").write_bytes(b"123")
    (root / "posts" / "new.md").write_text("---\nid: n\ntitle: New\nslug: new\n---\nText\n")


async def test_before_a_scan_it_says_what_to_press(open_app: OpenApp) -> None:
    async with open_app(size=SMALL) as driver:
        await driver.press("f10")
        await driver.until(lambda: isinstance(driver.app.screen, MetadataDiffScreen))
        diff = Diff(driver)
        await driver.until(lambda: "Press S or F5 to scan" in diff.text("nothing"))
        assert not diff.screen.lines.display
        await diff.press("f5")
        assert "in sync" in diff.text("nothing")
        await driver.press("escape")
        assert driver.app.screen is driver.screen


async def test_nothing_differs(open_diff: OpenApp, demo: Path) -> None:
    async with open_diff() as diff:
        total = diff.screen._found.diff.total
        assert diff.text("nothing") == f"All {total} in sync."
        assert diff.text("stats").startswith(
            f"{len(posts(demo)) - 1} posts · "
        )  # and a translation
        assert "nothing differs" in diff.text("state")


async def test_differences_stand_side_by_side(open_diff: OpenApp, demo: Path) -> None:
    async with open_diff(lambda: differ(demo)) as diff:
        paths = [path.relative_to(demo).as_posix() for path in posts(demo)[:3]]
        assert "Posts 3" in diff.text("tabs")
        assert "Scripts 1" in diff.text("tabs")
        assert "Orphans 2" in diff.text("tabs")
        assert diff.text("fields").split() == ["All", "3", "Title", "2", "Tags", "1", "Text", "1"]
        lines = diff.lines
        assert [line[0] for line in lines] == [
            paths[0],
            "Title",
            "Tags",
            paths[1],
            "Title",
            paths[2],
            "Text",
        ]
        assert lines[1][1] == "Ink, as it was"
        assert lines[2][1] == "ink, old"
        await diff.press("down")
        assert "Index: Ink, as it was" in diff.text("text")
        await diff.press("end")
        assert "+ A new first line." in diff.text("text")
        assert "- index  + file" in diff.text("text")


async def test_a_field_can_be_looked_at_alone(open_diff: OpenApp, demo: Path) -> None:
    async with open_diff(lambda: differ(demo)) as diff:
        await diff.press("n")
        assert [line[0] for line in diff.lines if line[2]] == ["Title", "Title"]
        assert len(diff.lines) == 4
        await diff.press("n", "n")
        assert diff.lines[1][0] == "Text"
        await diff.press("n")
        assert len(diff.lines) == 7
        await diff.press("p")
        assert diff.lines[1][0] == "Text"


async def test_a_field_goes_from_the_index_into_the_file(open_diff: OpenApp, demo: Path) -> None:
    async with open_diff(lambda: differ(demo)) as diff:
        place = posts(demo)[0]
        before = place.read_text().splitlines()
        await diff.driver.press("down", "f")
        await diff.on_question(QuestionScreen)
        await diff.press("enter")
        after = place.read_text().splitlines()
        assert [line for line in after if line not in before] == ["title: Ink, as it was"]
        assert "Synced 1 of 1." in diff.driver.toasts
        assert diff.text("fields").split()[:2] == ["All", "3"]
        assert "Tags" in [line[0] for line in diff.lines[:2]]
        await diff.press("f")  # the last one that differs: nothing to ask
        assert diff.text("fields").split()[:2] == ["All", "2"]
        assert "  - old" in place.read_text().splitlines()


async def test_a_part_of_an_item_is_written_only_after_a_question(
    open_diff: OpenApp, demo: Path
) -> None:
    async with open_diff(lambda: differ(demo)) as diff:
        place = posts(demo)[0]
        before = place.read_bytes()
        await diff.driver.press("down", "f")
        await diff.on_question(QuestionScreen)
        await diff.press("escape")
        assert place.read_bytes() == before
        await diff.driver.press("f")
        await diff.on_question(QuestionScreen)
        await diff.press("right", "enter")
        assert "title: Ink, as it was" in place.read_text()
        assert "  - old" in place.read_text()


async def test_a_file_goes_into_the_index(open_diff: OpenApp, demo: Path) -> None:
    async with open_diff(lambda: differ(demo)) as diff:
        before = posts(demo)[0].read_bytes()
        await diff.press("down", "i")
        assert posts(demo)[0].read_bytes() == before
        assert "Posts 2" in diff.text("tabs")
        assert diff.lines[0][0] == posts(demo)[1].relative_to(demo).as_posix()


async def test_the_heading_means_the_whole_item(open_diff: OpenApp, demo: Path) -> None:
    async with open_diff(lambda: differ(demo)) as diff:
        await diff.press("f")
        text = posts(demo)[0].read_text()
        assert "title: Ink, as it was" in text
        assert "  - old" in text
        assert "Posts 2" in diff.text("tabs")


async def test_many_files_are_written_only_after_a_question(open_diff: OpenApp, demo: Path) -> None:
    async with open_diff(lambda: differ(demo)) as diff:
        before = [path.read_bytes() for path in posts(demo)]
        await diff.driver.press("down", "m")
        await diff.on_question(ProposalScreen)
        options = diff.driver.app.screen.query_one(OptionList)
        words = [str(options.get_option_at_index(n).prompt) for n in range(options.option_count)]
        assert words[2:] == [
            "File -> index: Title in all 2",
            "Index -> file: Title in all 2",
            "File -> index: all 3 of Posts",
            "Index -> file: all 3 of Posts",
            "File -> index: everything, orphans too",
            "Index -> file: everything, orphans too",
        ]
        await diff.driver.press("down", "down", "down", "enter")
        await diff.on_question(QuestionScreen)
        await diff.press("escape")
        assert [path.read_bytes() for path in posts(demo)] == before
        await diff.driver.press("m")
        await diff.on_question(ProposalScreen)
        await diff.driver.press("down", "down", "down", "enter")
        await diff.on_question(QuestionScreen)
        await diff.press("enter")
        assert "Synced 2 of 2." in diff.driver.toasts
        assert "title: 'Paper'" in posts(demo)[1].read_text()
        assert "Posts 2" in diff.text("tabs")


async def test_everything_goes_into_the_index(open_diff: OpenApp, demo: Path) -> None:
    async with open_diff(lambda: differ(demo)) as diff:
        await diff.driver.press("m")
        await diff.on_question(ProposalScreen)
        await diff.driver.press("end", "up", "enter")
        await diff.settle()
        assert "Posts 0" in diff.text("tabs")
        assert "Scripts 0" in diff.text("tabs")
        assert "Orphans 1" in diff.text("tabs")  # the picture without a sidecar


async def test_a_conflict_is_told_and_the_file_stays(open_diff: OpenApp, demo: Path) -> None:
    async with open_diff(lambda: differ(demo)) as diff:
        place = posts(demo)[0]
        place.write_text(place.read_text() + "mine\n")
        before = place.read_bytes()
        await diff.press("f")
        assert "the file changed after the scan. Scan again." in diff.driver.toasts
        assert place.read_bytes() == before
        assert "Text" in [line[0] for line in diff.lines[:4]]


async def test_orphans_and_what_can_be_done(open_diff: OpenApp, demo: Path) -> None:
    async with open_diff(lambda: differ(demo)) as diff:
        await diff.press("left", "left", "left")
        assert diff.lines == [
            ("media/lone.png", "file without sidecar", ""),
            ("posts/new.md", "file without row", ""),
        ]
        assert "F makes the smallest sidecar" in diff.text("text")
        await diff.press("i")
        assert "Make a sidecar for it" in diff.driver.toasts
        await diff.press("f")
        assert 'originalName: "lone.png"' in (demo / "media/lone.png.meta").read_text()
        assert [line[0] for line in diff.lines] == ["posts/new.md"]
        await diff.press("f")
        assert "no file is deleted here" in diff.driver.toasts
        await diff.press("i")
        assert diff.lines == []
        assert (demo / "posts/new.md").exists()


async def test_unreadable_files_are_told_with_their_place(open_diff: OpenApp, demo: Path) -> None:
    def damage() -> None:
        posts(demo)[0].write_text("---\nid: [\n---\n")

    async with open_diff(damage) as diff:
        assert diff.screen._tab == "unreadable"
        ((path, reason, _),) = diff.lines
        assert path == posts(demo)[0].relative_to(demo).as_posix()
        assert "line 3" in reason
        assert "Repair the file" in diff.text("text")
        await diff.press("f")
        assert "Neither side can be written" in diff.driver.toasts


async def test_what_is_unreadable_at_the_start_is_listed_by_the_key_that_the_message_names(
    open_app: OpenApp, demo: Path
) -> None:
    broken = posts(demo)[:2]
    for path in broken:
        path.write_text("---\nid: [\n---\n")
    async with open_app() as driver:
        await driver.until(lambda: "and 1 more. F10 lists them." in driver.toasts)
        diff = await scanned(driver)
        await diff.settle()
        assert diff.screen._tab == "unreadable"
        shown = {first for first, _, _ in diff.lines}
        assert shown == {path.relative_to(demo).as_posix() for path in broken}


async def test_a_default_script_can_be_taken_or_kept(
    open_diff: OpenApp, demo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[str] = []

    def outdated(_project: object) -> list[OutdatedDefault]:
        places = [demo / "scripts" / f"{name}.py" for name in ("gallery", "vimeo")]
        return [
            OutdatedDefault(one.stem, one, read_script(one).body, f"# newer {one.stem}\n")
            for one in places
            if one.stem not in kept
        ]

    monkeypatch.setattr(default_updates, "outdated_defaults", outdated)
    monkeypatch.setattr(default_updates, "keep_mine", lambda _, name: kept.append(name))
    monkeypatch.setattr("store.diff.defaults.keep_mine", lambda _, name: kept.append(name))
    mine = (demo / "scripts/gallery.py").read_bytes()
    async with open_diff() as diff:
        assert diff.screen._tab == "defaults"
        assert [line[0] for line in diff.lines] == ["gallery.py", "vimeo.py"]
        assert "+ # newer gallery" in diff.text("text")
        await diff.press("down", "k")
        assert kept == ["vimeo"]
        assert [line[0] for line in diff.lines] == ["gallery.py"]
        await diff.press("t")
        assert read_script(demo / "scripts/gallery.py").body == "# newer gallery\n"
        assert diff.lines == []
    (copy,) = (open_project(demo).state_dir / "trash").glob("gallery-*.py")
    assert copy.read_bytes() == mine


@pytest.mark.parametrize("is_on_the_main_screen", [False, True])
async def test_a_default_script_that_was_taken_over_comes_back_by_alt_u(
    open_diff: OpenApp,
    demo: Path,
    monkeypatch: pytest.MonkeyPatch,
    is_on_the_main_screen: bool,
) -> None:
    path = demo / "scripts/gallery.py"

    def outdated(_project: object) -> list[OutdatedDefault]:
        body = read_script(path).body
        newer = "# newer gallery\n"
        return [] if body == newer else [OutdatedDefault("gallery", path, body, newer)]

    monkeypatch.setattr(default_updates, "outdated_defaults", outdated)
    mine = path.read_bytes()
    async with open_diff() as diff:
        assert "Alt+U Undo" in diff.text("keys")
        await diff.press("t")
        assert "The newer gallery.py is in place. Alt+U brings yours back." in diff.driver.toasts
        assert path.read_bytes() != mine
        if is_on_the_main_screen:
            await diff.driver.press("escape", "alt+u")
            await diff.driver.until(lambda: diff.driver.path == "scripts/gallery.py")
            await diff.driver.settle()
            assert path.read_bytes() == mine
            return
        await diff.press("alt+u")
        assert path.read_bytes() == mine
        assert "Your scripts/gallery.py is back." in diff.driver.toasts
        assert [line[0] for line in diff.lines] == ["gallery.py"]
        await diff.press("alt+u")
        assert "Nothing has been replaced or deleted" in diff.driver.toasts


async def test_a_scan_shows_how_far_it_is_and_can_be_cancelled(
    open_app: OpenApp, demo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "_PAUSE_EVERY", 1)
    seen: list[str] = []
    async with open_app(size=SMALL) as driver:
        await driver.press("f10")
        await driver.until(lambda: isinstance(driver.app.screen, MetadataDiffScreen))
        diff = Diff(driver)
        real_tell = diff.screen._tell

        def tell(fraction: float | None, words: str) -> None:
            real_tell(fraction, words)
            seen.append(diff.text("state"))
            assert "C Cancel" in diff.text("keys")
            assert "being compared" in diff.text("nothing")
            assert "Press S" not in diff.text("nothing")
            if len(seen) == 3:
                diff.screen.action_cancel()

        monkeypatch.setattr(diff.screen, "_tell", tell)
        await diff.press("s")
        assert len(seen) == 3
        assert "░" in seen[1]
        assert "scripts: 1 of" in seen[1]
        assert "cancelled" in diff.text("state")
        assert "in sync" not in diff.text("nothing")


async def test_a_sync_can_be_cancelled(
    open_diff: OpenApp, demo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(syncing, "TELL_EVERY", 1)
    async with open_diff(lambda: differ(demo)) as diff:
        real_tell = diff.screen._tell

        def tell(fraction: float | None, words: str) -> None:
            real_tell(fraction, words)
            if words.startswith("Synced"):
                diff.screen.action_cancel()

        monkeypatch.setattr(diff.screen, "_tell", tell)
        await diff.driver.press("m")
        await diff.on_question(ProposalScreen)
        await diff.driver.press("down", "down", "down", "enter")
        await diff.on_question(QuestionScreen)
        await diff.press("enter")
        assert ", cancelled." in diff.driver.toasts


async def test_the_main_screen_shows_what_was_changed(open_diff: OpenApp, demo: Path) -> None:
    async with open_diff(lambda: differ(demo)) as diff:
        await diff.press("right", "right")
        assert [line[0] for line in diff.lines] == ["scripts/youtube.py", "Enabled"]
        await diff.press("down", "f")
        await diff.driver.press("escape")
        await diff.driver.settle()
        rows = {row.slug: row for row in diff.driver.screen.script_rows}
        assert not rows["youtube"].enabled
        assert "enabled: false" in (demo / "scripts/youtube.py").read_text()


async def test_ten_thousand_lines_scroll_at_once(open_diff: OpenApp, demo: Path) -> None:
    async with open_diff(lambda: differ(demo)) as diff:
        diff.screen._rows = [diff.screen._rows[1]] * 20_000
        asked: list[int] = []

        def line_at(place: int) -> Line:
            asked.append(place)
            return line_of(diff.screen._rows[place])

        diff.screen.lines.show(20_000, line_at)
        await diff.press("end")
        assert diff.screen.lines.cursor == 19_999
        assert diff.screen.lines.scroll_offset.y > 19_900
        await diff.press("pageup", "up", "home")
        assert diff.screen.lines.scroll_offset.y == 0
        assert len(set(asked)) < 200  # only what came into view was made


# Pictures -----------------------------------------------------------------------------------------


def picture_of(
    app: InkstandApp, root: Path, keys: tuple[str, ...], *, is_last: bool = True
) -> Callable[[Pilot[int]], Any]:
    async def run_before(pilot: Pilot[int]) -> None:
        driver = await settled(app, pilot, script=False)
        project = open_project(root)
        index = Index.open(project.index_path)
        rebuild(project, index)
        index.close()
        differ(root)
        diff = await scanned(driver)
        await diff.press(*keys)
        state = diff.screen.query_one("#diff-state", Static)
        state.update(diff.text("state").rpartition(" in ")[0] + " in 0.05 s.")
        app.clear_notifications()
        await pilot.pause()
        if is_last:
            await app.close_project()
            await pilot.pause()

    return run_before


def test_picture_of_differences(demo: Path, snap_compare: Compare) -> None:
    app = InkstandApp(demo)
    assert snap_compare(app, terminal_size=SMALL, run_before=picture_of(app, demo, ("down",)))


def test_picture_of_the_menu(demo: Path, snap_compare: Compare) -> None:
    app = InkstandApp(demo)

    async def open_menu(pilot: Pilot[int]) -> None:
        await picture_of(app, demo, ("down",), is_last=False)(pilot)
        await pilot.press("m")
        await Diff(Driver(app, pilot)).on_question(ProposalScreen)
        await pilot.pause()
        await app.close_project()
        await pilot.pause()

    assert snap_compare(app, terminal_size=SMALL, run_before=open_menu)


def test_picture_of_a_text_diff(demo: Path, snap_compare: Compare) -> None:
    app = InkstandApp(demo)
    assert snap_compare(app, terminal_size=LARGE, run_before=picture_of(app, demo, ("end",)))
