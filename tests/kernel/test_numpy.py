"""numpy where it is installed: imported before the lockdown, and as random as it should be.

It lies beside the environment (see the Makefile), because kernels preload what is in it.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from engine.kernel import sandbox
from engine.kernel.buffers import Buffers
from engine.kernel.limits import MIB, Limits
from engine.kernel.pool import Pool
from engine.kernel.sources import Forks
from tests.holding import held
from tests.kernel.conftest import RunScript, runner
from tests.kernel.test_buffers import in_kernel

FOLDER = Path(sys.prefix) / "numpy"


@pytest.fixture(autouse=True)
def _numpy_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    if not (FOLDER / "numpy").is_dir():
        pytest.skip(f"numpy is not in {FOLDER}: `make test` puts it there")
    folders = [*sandbox.import_folders(), str(FOLDER)]
    monkeypatch.syspath_prepend(str(FOLDER))
    monkeypatch.setattr("engine.kernel.spawn.import_folders", lambda: folders)
    monkeypatch.setattr(sandbox, "_package_folders", lambda: iter(folders))
    sandbox.policy.cache_clear()


@pytest.fixture(autouse=True)
def _forgotten_afterwards() -> object:
    yield
    sandbox.policy.cache_clear()


@pytest_asyncio.fixture(params=["spare", "fork"])
async def run_with_numpy(request: pytest.FixtureRequest) -> AsyncIterator[RunScript]:
    source = Forks() if request.param == "fork" else None
    async with held(Pool(1, source=source)) as pool:
        yield runner(pool)


async def test_it_is_there_before_the_script(run_with_numpy: RunScript) -> None:
    seen = await run_with_numpy("import sys; print('numpy' in sys.modules)")
    assert seen.out == "True\n"


async def test_it_works_locked_down(run_with_numpy: RunScript) -> None:
    seen = await run_with_numpy(
        "import numpy as np\n"
        "a = np.arange(40_000.0).reshape(200, 200) + np.eye(200)\n"
        "print(np.allclose(a @ np.linalg.inv(a), np.eye(200), atol=1e-3))\n"
        "print(round(abs(np.fft.ifft(np.fft.fft(a[0])) - a[0]).max(), 6))\n"
        "print(np.random.default_rng(1).integers(0, 10, 3).tolist())\n"
    )
    assert seen.finished.outcome == "ok", seen.finished
    assert seen.out.splitlines()[0] == "True"


async def test_two_runs_do_not_share_their_random_numbers(run_with_numpy: RunScript) -> None:
    source = "import numpy; print(numpy.random.random())"
    assert (await run_with_numpy(source)).out != (await run_with_numpy(source)).out


async def test_too_large_an_array_is_the_memory_limit(run_with_numpy: RunScript) -> None:
    seen = await run_with_numpy(
        "import numpy; numpy.ones(100_000_000)", limits=Limits(memory_bytes=512 * MIB)
    )
    assert seen.finished.outcome == "raised"
    assert seen.finished.limit == "memory", seen.finished


@pytest.mark.parametrize("kind", ["spare", "fork"])
async def test_a_buffer_is_an_array_of_its(kind: str) -> None:
    source = (
        "import app, numpy as np\n"
        "a = app.buffers.open('x', writable=True)\n"
        "print(type(a).__name__, a.dtype, a.shape, a.flags.writeable, a.flags.owndata)\n"
        "a[:, 1:] = np.arange(4, dtype=np.float32).reshape(2, 2)\n"
        "print(a.tolist(), app.buffers.open('x').flags.writeable)\n"
    )
    buffers = Buffers()
    made = buffers.create("x", [2, 3], "float32", "run", is_replacing=False)
    async with held(Pool(1, source=Forks() if kind == "fork" else None)) as pool:
        finished, printed = await in_kernel(pool, buffers, source)
    assert printed.splitlines() == [
        "ndarray float32 (2, 3) True False",
        "[[0.0, 0.0, 1.0], [0.0, 2.0, 3.0]] False",
    ], finished
    with made.view() as view:
        rows: object = view.tolist()
        assert rows == [[0, 0, 1], [0, 2, 3]]
    buffers.close()
