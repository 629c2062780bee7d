"""A kernel is locked down as it says it is: looked at from outside, while it waits and runs."""

from __future__ import annotations

import os
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest

from engine.child.protocol import Ready
from engine.kernel import sandbox
from engine.kernel.limits import MIB, Limits
from engine.kernel.pool import Pool
from engine.kernel.process import Kernel, KernelError, SandboxError
from engine.kernel.sources import Forks, Source, Spares
from engine.kernel.spawn import ENVIRONMENT
from tests.kernel.conftest import runner
from tests.kernel.launching import Kernels, run_in_host, with_limits, without_capabilities
from tests.kernel.preloading import preloading
from tests.kernel.test_forks import start

LAYERS = ("landlock", "seccomp", "no_new_privs", "privileges", "limits", "lifetime")
CAP_DAC_READ_SEARCH = 1 << 2

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may look there")


def status_of(pid: int | str) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def limits_of(pid: int) -> dict[str, tuple[str, str]]:
    lines = Path(f"/proc/{pid}/limits").read_text().splitlines()[1:]
    return {line[:26].strip(): (line[26:47].strip(), line[47:68].strip()) for line in lines}


def process_file(pid: int, name: str) -> Path:
    return Path(f"/proc/{pid}/{name}")


def fds_of(pid: int) -> dict[int, str]:
    folder = Path(f"/proc/{pid}/fd")
    return {int(path.name): str(path.readlink()) for path in folder.iterdir()}


def words_of(ready: Ready, name: str) -> str:
    (layer,) = (one for one in ready.layers if one.name == name)
    return layer.words


@pytest.fixture(params=["spare", "fork"])
def source(request: pytest.FixtureRequest) -> Source:
    return Forks() if request.param == "fork" else Spares()


@asynccontextmanager
async def waiting(source: Source) -> AsyncIterator[Kernel]:
    """A kernel that is ready and has got no script yet."""
    try:
        kernel = await source.start()
        try:
            yield kernel
        finally:
            await kernel.end()
            kernel.close()
    finally:
        await source.close()


@asynccontextmanager
async def running(source: Source, limits: Limits) -> AsyncIterator[int]:
    """A kernel with a script inside; yields its pid."""
    script = "import os, time\nprint(os.getpid())\ntime.sleep(60)"
    async with Pool(0, source=source) as pool, anyio.create_task_group() as group:
        run = await start(group, pool, script, limits)
        yield int(run.out)
        run.run.stop()
        await run.end()


# What it says -------------------------------------------------------------------------------------


async def test_every_layer_is_named_and_enforced(source: Source) -> None:
    async with waiting(source) as kernel:
        ready = kernel.ready
        assert kernel.is_sandboxed
        assert tuple(layer.name for layer in ready.layers) == LAYERS
        assert [layer.name for layer in ready.layers if not layer.is_enforced] == []
        assert all(layer.words for layer in ready.layers)
        assert f"uid {ready.user_id}" in words_of(ready, "privileges")
        assert 0 < ready.lockdown_s < 5


async def test_an_open_kernel_says_that_nothing_holds() -> None:
    async with waiting(Spares(is_sandboxed=False)) as kernel:
        assert (kernel.is_sandboxed, kernel.ready.layers) == (False, [])
        status = status_of(kernel.ready.pid)
        assert status["NoNewPrivs"] == status_of("self")["NoNewPrivs"]
        assert status["Seccomp"] == status_of("self")["Seccomp"]


# What is so ---------------------------------------------------------------------------------------


def filters_of(pid: int | str) -> int:
    return int(status_of(pid).get("Seccomp_filters", "0"))


def assert_locked(status: dict[str, str], ready: Ready | None) -> None:
    assert (status["NoNewPrivs"], status["Seccomp"], status["Threads"]) == ("1", "2", "1")
    assert status["Umask"] == "0077"
    for name in ("CapInh", "CapAmb"):
        assert int(status[name], 16) == 0
    kept = int(status["CapEff"], 16)
    assert int(status["CapPrm"], 16) == kept
    if ready is not None:
        may_read = "may read the interpreter" in words_of(ready, "privileges")
        assert kept == (CAP_DAC_READ_SEARCH if may_read else 0)
        assert status["Uid"].split() == [str(ready.user_id)] * 4
    assert kept in (0, CAP_DAC_READ_SEARCH)


async def test_from_outside_a_waiting_kernel_is_locked(source: Source) -> None:
    async with waiting(source) as kernel:
        status = status_of(kernel.ready.pid)
        assert_locked(status, kernel.ready)
        assert filters_of(kernel.ready.pid) == filters_of("self") + 1


async def test_from_outside_a_running_kernel_is_sealed(source: Source) -> None:
    async with running(source, Limits(wall_s=60)) as pid:
        assert_locked(status_of(pid), None)
        assert filters_of(pid) == filters_of("self") + 2


@needs_root
async def test_a_kernel_of_root_is_a_user_that_nobody_else_is(source: Source) -> None:
    async with waiting(source) as one, waiting(Spares()) as other:
        status = status_of(one.ready.pid)
        user = str(sandbox._FIRST_USER_ID + one.ready.pid)
        assert status["Uid"].split() == status["Gid"].split() == [user] * 4
        assert status["Groups"] == ""
        assert one.ready.user_id != other.ready.user_id


async def test_its_limits_are_those_of_its_run(source: Source) -> None:
    limits = Limits(wall_s=60, cpu_s=6.5, memory_bytes=700 * MIB, threads=5)
    async with running(source, limits) as pid:
        found = limits_of(pid)
        for name in (
            "Max file size",
            "Max core file size",
            "Max locked memory",
            "Max msgqueue size",
        ):
            assert found[name] == ("0", "0")
        assert found["Max open files"] == ("64", "64")
        assert found["Max cpu time"] == ("7", "8")
        assert found["Max address space"][0] == str(700 * MIB)
        assert found["Max stack size"] == (str(8 * MIB),) * 2
        if os.geteuid() == 0:
            assert found["Max processes"][0] == "6"


async def test_before_it_has_a_run_the_default_limit_on_memory_holds(source: Source) -> None:
    async with waiting(source) as kernel:
        assert limits_of(kernel.ready.pid)["Max address space"][0] == str(Limits().memory_bytes)


@needs_root
async def test_it_has_its_pipes_a_socket_and_nothing_else(source: Source) -> None:
    inherited = os.open(os.devnull, os.O_RDONLY)
    os.set_inheritable(inherited, True)
    try:
        async with waiting(source) as kernel:
            places = fds_of(kernel.ready.pid)
            assert sorted(places) == [0, 1, 2, 3, 4, 5]
            assert places.pop(5).startswith("socket:")
            assert places.pop(0) == os.devnull
            assert {place.partition(":")[0] for place in places.values()} == {"pipe"}
            assert len(set(places.values())) == 4
    finally:
        os.close(inherited)


@needs_root
async def test_a_file_that_a_library_leaves_open_is_closed(
    source: Source, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("for the library only")
    with preloading(monkeypatch, tmp_path, f"import os\nos.open({str(secret)!r}, os.O_RDWR)\n"):
        async with waiting(source) as kernel:
            assert sorted(fds_of(kernel.ready.pid)) == [0, 1, 2, 3, 4, 5]


@needs_root
async def test_it_sees_nothing_of_the_hosts_surroundings(
    source: Source, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SECRET_API_KEY", "swordfish")
    monkeypatch.chdir(tmp_path)
    async with waiting(source) as kernel:
        process = Path(f"/proc/{kernel.ready.pid}")
        assert str((process / "cwd").readlink()) == "/"
        assert str((process / "root").readlink()) == "/"
        lines = (process / "environ").read_text().split("\0")
        assert sorted(filter(None, lines)) == sorted(f"{k}={v}" for k, v in ENVIRONMENT.items())


async def test_it_comes_last_and_goes_first(source: Source) -> None:
    async with waiting(source) as kernel:
        pid = kernel.ready.pid
        assert os.getpriority(os.PRIO_PROCESS, pid) == min(os.nice(0) + 5, 19)
        assert process_file(pid, "oom_score_adj").read_text() == "1000\n"
        assert os.getsid(pid) == os.getpgid(pid) == pid


async def test_nobody_else_may_look_into_it(source: Source) -> None:
    # What is not dumpable belongs to root in /proc, whoever runs it.
    async with waiting(source) as kernel:
        facts = process_file(kernel.ready.pid, "mem").stat()
        assert (facts.st_uid, stat.S_IMODE(facts.st_mode)) == (0, 0o600)


# Where it cannot be so ----------------------------------------------------------------------------


@pytest.mark.parametrize("kernels", ["spare", "fork"])
@pytest.mark.parametrize("missing", ["kill", "setuid", "setgid"])
def test_a_root_that_cannot_become_somebody_else_says_so(kernels: Kernels, missing: str) -> None:
    script = (
        "import os, threading\n"
        "stop = threading.Event()\n"
        "for _ in range(40): threading.Thread(target=stop.wait).start()\n"
        "stop.set()\n"
        "print(os.getuid())\n"
        "try: os.listdir('/root')\n"
        "except PermissionError: print('refused')\n"
    )
    told = run_in_host(script, kernels=kernels, wrapper=without_capabilities(missing))
    assert (told["outcome"], told["stdout"], told["user_id"]) == ("ok", "0\nrefused\n", 0)
    is_enforced, words = told["layers"].pop("privileges")
    assert not is_enforced
    assert words == "uid 0, no capability; stays root, so the limit on threads does not bind"
    assert all(is_enforced for is_enforced, _ in told["layers"].values())


@pytest.mark.parametrize("kernels", ["spare", "fork"])
def test_a_root_without_any_capability_locks_down_all_the_same(kernels: Kernels) -> None:
    told = run_in_host(
        "import os\nprint(os.getuid())", kernels=kernels, wrapper=without_capabilities("all")
    )
    assert (told["outcome"], told["stdout"]) == ("ok", "0\n")
    assert told["layers"]["privileges"][0] is False


async def test_a_library_that_starts_a_thread_makes_a_spare_refuse(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    library = (
        "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n"
    )
    with preloading(monkeypatch, tmp_path, library):
        with pytest.raises(SandboxError) as refused:
            async with waiting(Spares()):
                pass
        assert refused.value.layer == "threads"
        assert "2 threads run after the imports" in str(refused.value)
        assert "preloaded library starts threads" in str(refused.value)
        async with Pool(1) as pool:
            seen = await runner(pool)("print('ran')")
        assert (seen.finished.outcome, seen.out) == ("not_started", "")
        assert "2 threads run" in seen.finished.reason


async def test_a_thread_that_a_library_starts_stays_behind_in_the_zygote(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # A fork has the thread that forked it, and no other.
    library = (
        "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n"
    )
    with preloading(monkeypatch, tmp_path, library):
        async with waiting(Forks()) as kernel:
            assert status_of(kernel.ready.pid)["Threads"] == "1"


async def test_a_library_that_fails_is_told_in_its_words(
    source: Source, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with (
        preloading(monkeypatch, tmp_path, "raise OSError('no such device here')\n"),
        pytest.raises(KernelError, match="no such device here"),
    ):
        async with waiting(source):
            pass


@pytest.mark.parametrize("kernels", ["spare", "fork"])
def test_niceness_and_limits_of_the_host_are_the_least(kernels: Kernels) -> None:
    told = run_in_host(
        "import resource as r\nprint(r.getrlimit(r.RLIMIT_NOFILE), r.getrlimit(r.RLIMIT_STACK))",
        kernels=kernels,
        wrapper=with_limits("--nofile=40:40", "--stack=2097152:4194304"),
    )
    assert told["stdout"] == "(40, 40) (4194304, 4194304)\n"
