"""A project's own packages in kernels: for scripts, for nothing before them, changed at once."""

from __future__ import annotations

import sysconfig
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest
import pytest_asyncio

from engine.kernel.events import RunOutput, RunRequest
from engine.kernel.kernels import Kernels
from engine.kernel.limits import NO_TIME_LIMIT
from engine.kernel.pool import Pool
from engine.kernel.run import Run
from engine.kernel.sources import Forks, Source, Spares
from engine.kernel.zygote import Zygote
from tests.holding import held, until
from tests.kernel.conftest import runner

_SOURCES = ("spare", "fork", "open")


@pytest.fixture
def packages(tmp_path: Path) -> str:
    """A folder as an installer leaves it."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    (folder / "greet.py").write_text("WORD = 'ahoy'\n")
    return str(folder)


def source_of(kind: str, packages: str) -> Source:
    return (
        Forks(packages)
        if kind == "fork"
        else Spares(is_sandboxed=kind != "open", packages=packages)
    )


@pytest_asyncio.fixture(params=_SOURCES)
async def its_pool(request: pytest.FixtureRequest, packages: str) -> AsyncIterator[Pool]:
    async with held(Pool(1, source=source_of(request.param, packages))) as pool:
        yield pool


async def test_a_script_imports_them(its_pool: Pool) -> None:
    seen = await runner(its_pool)("import greet; print(greet.WORD)")
    assert (seen.out, seen.err) == ("ahoy\n", "")


async def test_one_made_of_machine_code(its_pool: Pool, packages: str) -> None:
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    library = Path(sysconfig.get_config_var("DESTSHARED")) / f"_bisect{suffix}"
    if not library.exists():
        pytest.skip("this interpreter has its extensions built in")
    (Path(packages) / "native").mkdir()
    (Path(packages) / "native" / library.name).write_bytes(library.read_bytes())
    seen = await runner(its_pool)(
        "from native import _bisect; print(_bisect.bisect_right([1, 3], 2), _bisect.__file__)"
    )
    assert seen.out == f"1 {packages}/native/{library.name}\n", seen.finished


async def test_nothing_of_them_runs_before_the_script(its_pool: Pool, packages: str) -> None:
    """Neither by a name that is ours or is looked for by ours, nor by a `.pth` file."""
    wanted = (
        *("msgspec", "engine", "app", "typing_extensions", "numpy", "sitecustomize"),
        *("usercustomize", "json", "typing", "decimal"),
    )
    evil = "import builtins; builtins.HIJACKED = __name__\n"
    for name in wanted:
        (Path(packages) / f"{name}.py").write_text(evil)
    (Path(packages) / "evil.pth").write_text("import builtins; builtins.HIJACKED = 'pth'\n")
    its_pool.use_packages("")
    its_pool.use_packages(packages)  # kernels that have started with all of this in place
    seen = await runner(its_pool)(
        "import builtins, json, typing, decimal, app\n"
        "print(hasattr(builtins, 'HIJACKED'), json.dumps(1))\n"
        "import typing_extensions\n"
        "print(builtins.HIJACKED)\n"
    )
    assert seen.out == "False 1\ntyping_extensions\n", seen.err


async def test_their_versions_count_and_not_those_that_inkstand_has(
    its_pool: Pool, packages: str
) -> None:
    (Path(packages) / "anyio.py").write_text("__version__ = 'the project says'\n")
    seen = await runner(its_pool)("import anyio; print(anyio.__version__)")
    assert seen.out == "the project says\n", seen.err


@pytest.mark.parametrize("kind", ["spare", "fork"])
async def test_beside_them_nothing_can_be_read(kind: str, packages: str) -> None:
    beside = Path(packages).parent / "secret.txt"
    beside.write_text("secret")
    async with Pool(1, source=source_of(kind, packages)) as pool:
        seen = await runner(pool)(
            "import greet, os\n"
            "print(open(greet.__file__).read().strip())\n"
            f"for path in ({str(beside)!r}, {str(beside.parent)!r}):\n"
            "    try:\n        os.open(path, os.O_RDONLY)\n"
            "    except PermissionError: print('refused')\n"
            "try: open(greet.__file__, 'a')\n"
            "except PermissionError: print('refused')\n"
        )
    assert seen.out == "WORD = 'ahoy'\nrefused\nrefused\nrefused\n", seen.err


@pytest.mark.parametrize("kind", _SOURCES)
async def test_warm_kernels_give_way_to_those_with_others(
    kind: str, packages: str, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "greet.py").write_text("WORD = 'moin'\n")
    async with Pool(1, source=source_of(kind, packages)) as pool:
        await until(lambda: pool.idle_count == 1)
        pool.use_packages(str(other))
        assert pool.idle_count == 0
        seen = await runner(pool)("import greet; print(greet.WORD)")
        assert seen.out == "moin\n", seen.err
        pool.use_packages("")
        seen = await runner(pool)("import greet")
    assert seen.finished.error is not None
    assert seen.finished.error.type == "ModuleNotFoundError"


@pytest.mark.parametrize("kind", _SOURCES)
async def test_one_that_starts_meanwhile_has_the_new_ones(kind: str, packages: str) -> None:
    async with Pool(1, source=source_of(kind, "")) as pool:
        await anyio.lowlevel.checkpoint()
        pool.use_packages(packages)
        seen = await runner(pool)("import greet; print(greet.WORD)")
    assert seen.out == "ahoy\n", seen.err


async def test_what_runs_keeps_its_zygote_and_that_goes_afterwards(
    packages: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[str] = []

    async def close(zygote: Zygote) -> None:
        closed.append(zygote.packages)
        await its_close(zygote)

    its_close = Zygote.close
    monkeypatch.setattr(Zygote, "close", close)
    source = (
        "print('in', flush=True); import app; app.ui.read_line('?'); import greet; print('out')"
    )
    async with Pool(0, source=Forks(packages)) as pool, anyio.create_task_group() as group:
        goes_on = anyio.Event()

        async def answer(call: object) -> object:
            await goes_on.wait()
            from engine.child.protocol import Returned

            return Returned(getattr(call, "call_id"), None)  # noqa: B009 - any message has one

        request = RunRequest(source.encode(), "scripts/x.py", "main", (), NO_TIME_LIMIT)
        run = Run(request, answer)  # type: ignore[arg-type]
        group.start_soon(run.execute, pool)
        printed = b""
        async for event in run.events():
            if isinstance(event, RunOutput):
                printed += event.data
                if printed == b"in\n":
                    pool.use_packages("")
                    seen = await runner(pool)("print('others')")
                    assert (seen.out, closed) == ("others\n", [])
                    goes_on.set()
        assert printed == b"in\nout\n"
        await runner(pool)("")
        assert closed == [packages]


async def test_kernels_follow_what_another_process_has_built(packages: str) -> None:
    built = [""]
    async with Kernels(find_packages=lambda: built[0]) as kernels:
        before = await runner(kernels.pool_for("utility"))("import greet")
        built[0] = packages
        after = await runner(kernels.pool_for("utility"))("import greet; print(greet.WORD)")
    assert before.finished.outcome == "raised"
    assert after.out == "ahoy\n", after.err
