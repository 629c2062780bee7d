"""A project as the origin application writes it: all works on it, and no byte of it changes."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path

import pytest

from store.project import open_project
from tests.holding import until
from tests.processes import run_inkstand
from tui.app import InkstandApp
from tui.main_screen import MainScreen

DATA = Path(__file__).parents[1] / "data" / "origin_project"
SCRIPTS = {"weather_box", "off_duty", "shorten", "count_lines", "by_hand", "windows"}
SOME_TIME_S = 1_772_359_200
"""When its files were last written: 1 March 2026."""

Facts = dict[str, tuple[int, int, str]]


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    root = shutil.copytree(DATA, tmp_path / "notes")
    # Last the folders, each behind what lies in it: writing into one would move its time.
    for place in sorted(root.rglob("*"), reverse=True):
        os.utime(place, (SOME_TIME_S, SOME_TIME_S))
    os.utime(root, (SOME_TIME_S, SOME_TIME_S))
    return root


def facts(root: Path) -> Facts:
    """Return mode, time and digest of every file and folder.

    A folder's time moves when a file in it comes or goes, be it for a moment.
    """
    found: Facts = {}
    for place in (root, *root.rglob("*")):
        status = place.stat()
        data = place.read_bytes() if place.is_file() else b""
        found[place.relative_to(root).as_posix()] = (
            status.st_mode,
            status.st_mtime_ns,
            hashlib.sha256(data).hexdigest(),
        )
    return found


def test_the_fixture_is_what_it_says() -> None:
    assert b"\r\n" in (DATA / "posts/2026/03/line-ends.md").read_bytes()
    assert b"\r\n" in (DATA / "scripts/windows.py").read_bytes()
    for path in DATA.glob("scripts/*.py"):
        assert not path.read_bytes().endswith(b"\n"), f"{path}: the origin adds no last newline"
    for path in DATA.rglob("*.meta"):
        assert path.read_bytes().endswith(b"\n---")


def test_every_command_leaves_it_byte_for_byte(origin: Path) -> None:
    before = facts(origin)
    listed = run_inkstand("list", "--json", cwd=origin)
    assert (listed.returncode, listed.stderr) == (0, "")
    rows = {row["slug"]: row for row in json.loads(listed.stdout)}
    assert set(rows) == SCRIPTS
    assert [row["problem"] for row in rows.values()] == [""] * len(rows)
    assert rows["off_duty"]["enabled"] is False
    assert rows["off_duty"]["title"] == 'A title with "quotes" and \\'
    assert rows["off_duty"]["version"] == 12
    assert rows["shorten"]["kind"] == "transform"
    assert rows["count_lines"]["path"] == "scripts/tools/count_lines.py"
    assert rows["by_hand"]["kind"] == "utility"

    rebuilt = run_inkstand("rebuild", "--full", "--json", cwd=origin)
    assert (rebuilt.returncode, rebuilt.stderr) == (0, "")
    report = json.loads(rebuilt.stdout)
    assert report["unreadable"] == []
    seen = {kind: count["seen"] for kind, count in report["counts"].items()}
    assert seen == {"scripts": 6, "posts": 5, "media": 3}

    checked = run_inkstand("check", cwd=origin)
    assert (checked.returncode, checked.stdout) == (0, "6 scripts checked, 0 with errors.\n")
    assert run_inkstand("doctor", cwd=origin).returncode == 0

    wanted = {
        "weather_box": "<p>Sun over Bern</p>",
        "off_duty": "",
        "shorten": "A short history of fountain pens",
        "count_lines": "lines counted: 3",
        "by_hand": "by hand",
        "windows": "one\ntwo",
    }
    for slug, output in wanted.items():
        done = run_inkstand("run", slug, cwd=origin)
        assert (done.returncode, done.stderr) == (0, ""), slug
        assert output in done.stdout
    again = run_inkstand("init", origin)
    assert again.returncode == 0
    changed = {path for path, fact in facts(origin).items() if before.get(path) != fact}
    assert changed <= {"."}, "a second init makes nothing anew"


async def test_the_screen_leaves_it_byte_for_byte(origin: Path) -> None:
    before = facts(origin)
    app = InkstandApp(origin, first_script="weather_box")
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: isinstance(app.screen, MainScreen))
        screen = app.screen
        assert isinstance(screen, MainScreen)
        await until(lambda: screen.editor.active is not None and "4 posts" in screen.status.counts)
        assert {row.slug for row in screen.script_rows} == SCRIPTS
        for row in screen.script_rows:
            screen.open_path(row.path)
        await until(lambda: len(list(screen.editor.documents)) == len(SCRIPTS))
        documents = list(screen.editor.documents)
        assert [one.path for one in documents if one.problems or one.is_dirty] == []
        for document in documents:
            screen.editor.bring_to_front(document)
            await pilot.pause()
            await pilot.press("f8", "ctrl+s", "f5")
            await until(lambda: screen.panel.output.text.rstrip().count("finished in") >= 1)
            await until(lambda: not _busy(screen))
            await pilot.press("alt+l")
        # Typing and taking it back is no change either.
        screen.editor.bring_to_front(documents[0])
        await pilot.press("x", "enter", "ctrl+z", "ctrl+z")
        await until(lambda: not documents[0].is_dirty)
        await pilot.press("ctrl+s", "f3", "alt+i", "ctrl+q")
        await until(lambda: not app.is_running)
    assert app.return_code == 0
    assert facts(origin) == before


def _busy(screen: MainScreen) -> bool:
    return any(worker.group in ("flows", "runs") for worker in screen.workers)


def test_what_is_saved_differs_only_in_what_was_changed(origin: Path) -> None:
    from store.scripts import read_script, save_script

    for path in sorted((origin / "scripts").rglob("*.py")):
        before = path.read_bytes()
        script = read_script(path)
        saved = save_script(script, changes={"title": "Another title"})
        after = path.read_bytes()
        if script.form == "none":
            assert after.endswith(before.partition(b"\n")[2]), "the text stays below the header"
            continue
        old, new = before.split(b"\n"), after.split(b"\n")
        assert len(old) == len(new)
        changed = [line.split(b":")[0] for one, line in zip(old, new, strict=True) if one != line]
        assert changed == [b"title", b"version", b"updatedAt"], path.name
        assert saved.fields.version == script.fields.version + 1


def test_its_index_lies_elsewhere(origin: Path, state_home: Path) -> None:
    assert open_project(origin).index_path.is_relative_to(state_home)
