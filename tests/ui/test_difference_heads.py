"""The metadata diff in a small terminal: no blank lines, nothing cut, words that are true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from textual.widgets import Static

from engine.watching import Watching
from tests.ui.conftest import OpenApp
from tests.ui.test_metadata_diff import SMALL, differ, scanned
from tui.screens.difference_panes import DifferenceHeads
from tui.screens.difference_rows import NOTHING, TABS


@pytest.fixture(autouse=True)
def _nobody_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Watching, "start", lambda *_: None)


async def test_no_line_above_the_differences_is_blank(open_app: OpenApp, demo: Path) -> None:
    async with open_app(size=SMALL) as driver:
        await driver.press("f10")
        screen = driver.app.screen
        shown = [line for line in screen.query_one(DifferenceHeads).query(Static) if line.display]
        assert [line.id for line in shown] == ["diff-stats", "diff-tabs"]
        await driver.press("escape")
        differ(demo)
        diff = await scanned(driver)
        for _ in TABS:
            for line in diff.screen.query_one(DifferenceHeads).query(Static):
                assert not line.display or str(line.render()).strip()
            await diff.press("right")


async def test_a_tab_without_lines_says_so_in_its_own_words(open_app: OpenApp, demo: Path) -> None:
    async with open_app(size=SMALL) as driver:
        differ(demo)
        diff = await scanned(driver)
        said = []
        for tab in TABS:
            if not diff.lines:
                words = diff.text("nothing")
                assert words.startswith(NOTHING[tab])
                said.append(words)
            await diff.press("right")
        assert len(said) == 3
        assert any("Every file could be read." in words for words in said)


async def test_numbers_that_do_not_fit_are_left_out_and_not_cut(
    open_app: OpenApp, demo: Path
) -> None:
    async with open_app(size=(40, 24)) as driver:
        diff = await scanned(driver)
        assert re.fullmatch(r"13 posts · 8 media · \d+ scripts", diff.text("stats"))
        await driver.pilot.resize_terminal(80, 24)
        await driver.until(lambda: "2 translations" in diff.text("stats"))
        assert diff.text("stats").startswith("13 posts · 12 published · 1 draft · ")
