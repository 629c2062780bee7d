"""What killed processes left is swept up while the project is open, and nobody waits for it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from engine import housekeeping
from engine.kernel.pool import Pool
from engine.workspace import open_workspace
from store import leftovers
from tests.holding import until

NAME = ".inkstand-0123456789abcdef.tmp"


@pytest.fixture
def leftover(root: Path) -> Path:
    path = root / "scripts" / NAME
    path.write_text("half a te")
    hours_ago = time.time() - 2 * leftovers.MIN_AGE_S
    os.utime(path, (hours_ago, hours_ago))
    return path


def is_there(path: Path) -> bool:
    return path.exists()


async def test_leftovers_go_some_time_after_the_project_was_opened(
    root: Path, leftover: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "DELAY_S", 0)
    async with Pool(0) as pool, open_workspace(root, pool=pool):
        await until(lambda: not leftover.exists())


async def test_a_project_that_is_closed_soon_is_not_swept(root: Path, leftover: Path) -> None:
    started = time.monotonic()
    async with Pool(0) as pool, open_workspace(root, pool=pool):
        await anyio.wait_all_tasks_blocked()
    assert time.monotonic() - started < housekeeping.DELAY_S
    assert is_there(leftover)


async def test_closing_ends_a_sweep(
    root: Path, leftover: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "DELAY_S", 0)
    began = threading.Event()

    def endless(start: Path) -> Iterator[tuple[str, list[str], list[str]]]:
        began.set()
        while True:
            yield str(start), [], []

    monkeypatch.setattr(os, "walk", endless)
    async with Pool(0) as pool, open_workspace(root, pool=pool):
        await until(began.is_set)
    assert is_there(leftover)
