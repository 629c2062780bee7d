"""A run in the Output tab: what is shown of it, what is kept of it, and where the rest is."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import anyio
import pytest_asyncio
from textual.app import App, ComposeResult

from engine.kernel.events import RunFinished, RunRequest
from engine.kernel.limits import NO_TIME_LIMIT
from engine.kernel.pool import Pool
from engine.kernel.run import Run
from tests.holding import held, until
from tui.panel.console import Console
from tui.panel.output_view import OutputView

KEPT = 64 * 1024
LONG = "for number in range(100_000): print('line', number)\nprint('\\x1b]0;owned\\x07end')\n"


class Host(App[None]):
    """An output view."""

    def __init__(self) -> None:
        super().__init__()
        self.view = OutputView()
        self.links: list[tuple[str, int, int]] = []

    def compose(self) -> ComposeResult:
        yield self.view

    def on_output_view_link_activated(self, event: OutputView.LinkActivated) -> None:
        self.links.append((event.path, event.line, event.column))


@pytest_asyncio.fixture
async def pool() -> AsyncIterator[Pool]:
    async with held(Pool(1)) as pool:
        yield pool


Follow = Callable[..., Awaitable[RunFinished | None]]


def follower(view: OutputView, pool: Pool, state_dir: Path | None) -> Follow:
    async def follow(source: str) -> RunFinished | None:
        limits = replace(NO_TIME_LIMIT, wall_s=60, output_bytes=KEPT)
        run = Run(RunRequest(source.encode(), "scripts/x.py", "main", limits=limits))
        async with anyio.create_task_group() as group:
            group.start_soon(run.execute, pool)
            return await Console(view).follow(run, "x", state_dir=state_dir)
        raise AssertionError

    return follow


def files(state_dir: Path) -> list[Path]:
    return sorted((state_dir / "output").glob("*"))


def notices(view: OutputView) -> list[str]:
    lines = (view._lines.line(view._lines.number_at(row)) for row in range(view._lines.rows))
    return [line.text for line in lines if line.is_notice]


async def test_the_middle_of_a_long_output_is_in_a_file(pool: Pool, tmp_path: Path) -> None:
    app = Host()
    async with app.run_test():
        follow = follower(app.view, pool, tmp_path)
        finished = await follow(LONG)
        assert finished is not None
        assert finished.outcome == "ok"
        (file,) = files(tmp_path)
        assert file.name == f"{finished.run_id}.txt"
        (notice,) = notices(app.view)
        assert re.fullmatch(rf"… [\d,]+ lines \([\d.]+ KiB\) in between are in {file}", notice)
        lines = app.view.text.splitlines()
        assert lines[0].startswith("▶ x · main · ")
        assert lines[-3] == "end"
        assert lines[-2] == f"… lines in the middle are in {file}"
        assert lines[-1].startswith("✔ finished in ")
        place = lines.index(notice)
        whole = lines[1:place] + file.read_text().splitlines() + lines[place + 1 : -3]
        assert whole == [f"line {number}" for number in range(100_000)]
        assert sum(map(len, lines)) < KEPT + len(notice)


async def test_a_short_output_has_no_file(pool: Pool, tmp_path: Path) -> None:
    app = Host()
    async with app.run_test():
        await follower(app.view, pool, tmp_path)("print('short')")
        assert files(tmp_path) == []
        assert notices(app.view) == []
        assert app.view.text.splitlines()[1] == "short"


async def test_without_a_place_for_it_the_middle_is_counted(pool: Pool) -> None:
    app = Host()
    async with app.run_test():
        finished = await follower(app.view, pool, None)(LONG)
        assert finished is not None
        assert finished.outcome == "ok"
        (notice,) = notices(app.view)
        assert notice.endswith(" in between are not kept")


async def test_a_file_that_cannot_be_made_is_told_and_the_run_goes_on(
    pool: Pool, tmp_path: Path
) -> None:
    app = Host()
    (tmp_path / "output").write_text("a file where a folder should be")
    async with app.run_test():
        finished = await follower(app.view, pool, tmp_path)(LONG)
        assert finished is not None
        assert finished.outcome == "ok"
        (notice,) = notices(app.view)
        assert notice.endswith(f" in between are not kept: {tmp_path}/output: file exists")
        assert app.view.text.splitlines()[-3] == "end"


async def test_each_run_has_its_own_head_and_tail(pool: Pool, tmp_path: Path) -> None:
    app = Host()
    async with app.run_test():
        follow = follower(app.view, pool, tmp_path)
        await follow("print('\\x1b[31mfirst')")
        await follow(LONG)
        await follow("print('last')")
        lines = app.view.text.splitlines()
        assert [line[:5] for line in lines if line.startswith("▶")] == ["▶ x ·"] * 3
        assert lines[1] == "first"
        assert lines[-2] == "last"
        last = app.view._lines.line(app.view._lines.number_at(app.view._lines.rows - 2))
        assert last.look.foreground is None, "a colour ends with its run"


async def test_enter_jumps_to_an_error_after_a_long_output(pool: Pool, tmp_path: Path) -> None:
    app = Host()
    async with app.run_test() as pilot:
        await follower(app.view, pool, tmp_path)(LONG + "1 / 0\n")
        app.view.focus()
        await until(lambda: app.view._cursor == app.view._lines.end - 1)
        await pilot.press("enter")
        assert app.links == [("scripts/x.py", 3, 1)]
