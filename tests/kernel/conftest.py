"""Real kernels for tests: a pool that stays open for one test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import anyio
import pytest
import pytest_asyncio

from engine.kernel.events import RunEvent, RunFinished, RunOutput, RunRequest
from engine.kernel.limits import NO_TIME_LIMIT, Limits
from engine.kernel.pool import Pool
from engine.kernel.run import Run
from engine.kernel.sources import Forks
from tests.holding import held


@dataclass
class Seen:
    """What a run told."""

    finished: RunFinished
    events: list[RunEvent] = field(default_factory=list)

    def written(self, stream: str) -> str:
        return b"".join(
            event.data
            for event in self.events
            if isinstance(event, RunOutput) and event.stream == stream
        ).decode()

    @property
    def out(self) -> str:
        return self.written("stdout")

    @property
    def err(self) -> str:
        return self.written("stderr")


RunScript = Callable[..., Awaitable[Seen]]


@pytest_asyncio.fixture
async def pool() -> AsyncIterator[Pool]:
    async with held(Pool(1)) as pool:
        yield pool


@pytest_asyncio.fixture
async def forks() -> AsyncIterator[Pool]:
    """Kernels that a zygote forks."""
    async with held(Pool(1, source=Forks())) as pool:
        yield pool


@pytest_asyncio.fixture(params=["spare", "fork"])
async def either_pool(request: pytest.FixtureRequest) -> AsyncIterator[Pool]:
    """Locked-down kernels, of one kind and of the other."""
    async with held(Pool(1, source=Forks() if request.param == "fork" else None)) as pool:
        yield pool


@pytest_asyncio.fixture
async def open_pool() -> AsyncIterator[Pool]:
    """Kernels without the sandbox."""
    async with held(Pool(1, is_sandboxed=False)) as pool:
        yield pool


@pytest_asyncio.fixture
async def run_script(pool: Pool) -> RunScript:
    return runner(pool)


@pytest_asyncio.fixture
async def run_fork(forks: Pool) -> RunScript:
    return runner(forks)


@pytest_asyncio.fixture
async def run_either(either_pool: Pool) -> RunScript:
    """Runs scripts in spares and in forks: the test is run for both."""
    return runner(either_pool)


@pytest_asyncio.fixture
async def run_open(open_pool: Pool) -> RunScript:
    """Runs scripts without the sandbox."""
    return runner(open_pool)


def runner(pool: Pool) -> RunScript:
    async def run_script(
        source: str,
        entrypoint: str = "main",
        *,
        arguments: tuple[Any, ...] = (),
        timeout_s: float | None = 20,
        stop_when: str | None = None,
        limits: Limits = NO_TIME_LIMIT,
    ) -> Seen:
        """Run to the end; stop it when `stop_when` has been printed."""
        limits = replace(limits, wall_s=timeout_s)
        request = RunRequest(source.encode(), "scripts/x.py", entrypoint, arguments, limits)
        run = Run(request)
        events: list[RunEvent] = []
        printed = b""
        async with anyio.create_task_group() as group:
            group.start_soon(run.execute, pool)
            async for event in run.events():
                events.append(event)
                if isinstance(event, RunOutput):
                    printed += event.data
                if stop_when is not None and stop_when.encode() in printed:
                    run.stop()
                    stop_when = None
        assert run.finished is not None
        return Seen(run.finished, events)

    return run_script
