"""Packages of scripts: real installers on an index of handmade wheels, real kernels that import."""

from __future__ import annotations

import hashlib
import os
import shutil
import sysconfig
from pathlib import Path

import anyio
import pytest

from engine import environment_build
from engine.environment import EnvironmentFailed
from engine.kernel.events import RunFinished, RunOutput
from engine.workspace import Workspace
from store import environments
from tests.holding import until
from tests.processes import alive, descendants
from tests.unit.engine.conftest import put
from tests.wheels import make_sdist, make_wheel, offline


@pytest.fixture(params=["pip", "uv"])
def tool(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    name = str(request.param)
    if name == "uv" and shutil.which("uv") is None:
        pytest.skip("uv is not installed here")
    if name == "pip":
        use_pip(monkeypatch)
    return name


def use_pip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment_build, "_uv", lambda: None)


@pytest.fixture(autouse=True)
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    index = tmp_path / "index"
    for name, value in offline(index).items():
        monkeypatch.setenv(name, value) if value else monkeypatch.delenv(name, raising=False)
    make_wheel(index, "harbour", "1.0", {"harbour/__init__.py": "WORD = 'ahoy'\n"})
    make_wheel(index, "harbour", "2.0", {"harbour/__init__.py": "WORD = 'moin'\n"}, "pier")
    make_wheel(index, "pier", "0.5", {"pier.py": "LENGTH = 7\n"})
    return index


def want(workspace: Workspace, *lines: str) -> None:
    text = "".join(f"{line}\n" for line in lines)
    (workspace.project.scripts_dir / "requirements.txt").write_text(text)


def digest_of(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


async def run(workspace: Workspace, source: str) -> tuple[str, RunFinished]:
    script = await workspace.find_script("work")
    run = await workspace.runs.start(script, source=source.encode())
    out = b""
    async for event in run.events():
        if isinstance(event, RunOutput):
            out += event.data
    assert run.finished is not None
    return out.decode(), run.finished


def folders(workspace: Workspace) -> set[str]:
    place = environments.folder_of(workspace.project)
    return {path.name for path in place.iterdir() if path.is_dir()} if place.exists() else set()


async def test_from_nothing_to_the_next_version_and_away(workspace: Workspace, tool: str) -> None:
    environment = workspace.environment
    assert (await environment.status()).state == "none"
    want(workspace, "harbour==1.0")
    status = await environment.status()
    assert (status.state, status.is_well) == ("missing", False)
    greet = "import harbour; print(harbour.WORD)"
    assert (await run(workspace, greet))[0] == ""

    report = await environment.sync()
    assert (report.outcome, report.tool) == ("synced", tool)
    assert (report.installed, report.changed, report.removed) == ({"harbour": "1.0"}, {}, {})
    assert (await environment.status()).state == "current"
    assert (await run(workspace, greet))[0] == "ahoy\n"
    # Compiled: kernels write no bytecode, and would compile it in each run.
    folder = (await environment.status()).folder
    assert folder is not None
    assert list(folder.glob("harbour/__pycache__/*.pyc"))

    assert (await environment.sync()).outcome == "unchanged"
    first = folders(workspace)

    want(workspace, "harbour")
    status = await environment.status()
    assert status.state == "stale"
    assert "not installed: harbour; no longer listed: harbour==1.0" in status.words
    assert (await run(workspace, greet))[0] == "ahoy\n", "until then the old one is used"
    report = await environment.sync()
    assert report.installed == {"pier": "0.5"}
    assert report.changed == {"harbour": ("1.0", "2.0")}
    assert (await run(workspace, greet))[0] == "moin\n"

    assert len(folders(workspace) - first) == 1
    await environment.sweep()
    assert len(folders(workspace)) == 1
    removed = (await environment.remove()).removed
    assert removed == {"harbour": "2.0", "pier": "0.5"}
    assert folders(workspace) == set()
    assert (await run(workspace, greet))[0] == ""
    assert (await environment.remove()).removed == {}


async def test_macros_and_open_kernels_see_them(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_pip(monkeypatch)
    header = '"""\n---\nslug: "{0}"\nkind: "macro"\nentrypoint: "render"\n---\n"""\n'
    put(workspace.project.root, "shout", header.format("shout") + "def render(context): pass\n")
    want(workspace, "pier")
    await workspace.environment.sync()
    script = await workspace.find_script("shout")
    source = b"import pier\ndef render(context): return str(pier.LENGTH)\n"
    for _ in range(3):  # a spare first, then forks
        ran = await workspace.runs.start(script, source=source, entrypoint="render")
        assert (await ran.wait()).result == "7"
    await workspace.agreement.agree()
    assert (await run(workspace, "import pier; print(pier.LENGTH)"))[0] == "7\n"


async def test_machine_code_is_installed_and_loaded_in_the_sandbox(
    workspace: Workspace, index: Path, tool: str
) -> None:
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    library = Path(sysconfig.get_config_var("DESTSHARED")) / f"_bisect{suffix}"
    if not library.exists():
        pytest.skip("this interpreter has its extensions built in")
    files: dict[str, str | bytes] = {"native/__init__.py": ""}
    files |= {f"native/{library.name}": library.read_bytes()}
    make_wheel(index, "native", "1", files)
    want(workspace, "native")
    await workspace.environment.sync()
    out, finished = await run(
        workspace, "from native import _bisect; print(_bisect.bisect_right([1, 3], 2))"
    )
    assert out == "1\n", finished


async def test_nothing_that_is_installed_ever_runs_outside_of_a_kernel(
    workspace: Workspace, index: Path, tmp_path: Path, tool: str
) -> None:
    proof = tmp_path / "proof"
    code = f"import pathlib; pathlib.Path({str(proof)!r}).touch()"
    files = dict.fromkeys(("sitecustomize.py", "usercustomize.py", "encodings.py", "pip.py"), code)
    make_wheel(index, "evil", "1", {**files, "evil.pth": code + "\n", "evil.py": ""})
    want(workspace, "evil", "harbour==1.0")
    await workspace.environment.sync()
    await workspace.environment.status()
    want(workspace, "evil")
    await workspace.environment.sync()
    assert (await run(workspace, "import evil; print('ran')"))[0] == "ran\n"
    assert not proof.exists()


async def test_source_is_built_only_when_the_person_allows_it(
    workspace: Workspace, index: Path, tmp_path: Path, tool: str
) -> None:
    proof = tmp_path / "proof"
    make_sdist(index, "raw", "1.0", f"pathlib.Path({str(proof)!r}).touch()")
    want(workspace, "harbour==1.0")
    await workspace.environment.sync()
    want(workspace, "harbour==1.0", "", "raw")
    with pytest.raises(EnvironmentFailed) as raised:
        await workspace.environment.sync()
    words = str(raised.value)
    assert words.startswith("scripts/requirements.txt:3: ")
    assert "--allow-source-builds" in words
    assert words.endswith("Nothing has changed.")
    assert not proof.exists()
    assert (await run(workspace, "import harbour; print(harbour.WORD)"))[0] == "ahoy\n"
    assert len(folders(workspace)) == 1, "what was begun is gone"
    (task,) = [task for task in workspace.tasks if task.state == "failed"]
    assert task.message == words
    assert "raw" in task.error

    await workspace.environment.sync(is_source_allowed=True)
    assert proof.exists()
    assert (await run(workspace, "import raw; print(raw.BUILT)"))[0] == "True\n"


async def test_no_wheel_brings_source_along_by_its_address(
    workspace: Workspace, index: Path, tmp_path: Path, tool: str
) -> None:
    proof, elsewhere = tmp_path / "proof", tmp_path / "elsewhere"
    make_sdist(elsewhere, "raw", "1.0", f"pathlib.Path({str(proof)!r}).touch()")
    make_wheel(index, "nice", "1.0", {"nice.py": ""}, f"raw @ file://{elsewhere}/raw-1.0.tar.gz")
    want(workspace, "nice")
    with pytest.raises(EnvironmentFailed, match="--allow-source-builds"):
        await workspace.environment.sync()
    assert not proof.exists()


async def test_no_such_package(workspace: Workspace, tool: str) -> None:
    want(workspace, "# ours", "no_such.Thing>=1")
    with pytest.raises(
        EnvironmentFailed, match=r"requirements\.txt:2: .*no such package"
    ) as raised:
        await workspace.environment.sync()
    assert "\n" not in str(raised.value)
    assert folders(workspace) == set()
    assert (await workspace.environment.status()).state == "missing"


async def test_what_is_not_what_was_pinned_is_refused(
    workspace: Workspace, index: Path, tool: str
) -> None:
    digest = digest_of(index / "pier-0.5-py3-none-any.whl")
    want(workspace, f"pier==0.5 --hash=sha256:{'0' * 64}")
    with pytest.raises(EnvironmentFailed, match=r"(?i)hash"):
        await workspace.environment.sync()
    assert folders(workspace) == set()
    want(workspace, "pier==0.5 \\", f"    --hash=sha256:{digest}")
    assert (await workspace.environment.sync()).installed == {"pier": "0.5"}


async def test_no_network(workspace: Workspace, tool: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PIP_NO_INDEX", "PIP_FIND_LINKS", "UV_NO_INDEX", "UV_FIND_LINKS", "UV_OFFLINE"):
        monkeypatch.delenv(name)
    for name in ("PIP_INDEX_URL", "UV_DEFAULT_INDEX"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    want(workspace, "harbour")
    with pytest.raises(EnvironmentFailed, match="cannot be reached: check the network"):
        await workspace.environment.sync()
    assert folders(workspace) == set()


async def test_a_version_that_kernels_have_loaded_otherwise(
    workspace: Workspace, index: Path, tool: str
) -> None:
    make_wheel(index, "msgspec", "0.1", {"msgspec/__init__.py": "raise SystemExit"})
    want(workspace, "msgspec==0.1")
    with pytest.raises(EnvironmentFailed, match=r"kernels have msgspec==\S+ loaded already"):
        await workspace.environment.sync()


async def test_a_bad_line_starts_no_installer(kernelless: Workspace) -> None:
    want(kernelless, "harbour", "--index-url https://example.org/")
    with pytest.raises(EnvironmentFailed, match=r"^scripts/requirements\.txt:2: .*an option"):
        await kernelless.environment.sync()
    assert folders(kernelless) == set()
    assert (await kernelless.environment.status()).state == "unreadable"


async def test_cancelled_in_its_midst_it_leaves_the_old_and_no_process(
    kernelless: Workspace, index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_pip(monkeypatch)
    begun, pid = tmp_path / "begun", tmp_path / "pid"
    make_sdist(
        index,
        "slow",
        "1.0",
        f"import os, signal\npathlib.Path({str(pid)!r}).write_text(str(os.getpid()))\n"
        f"os.rename({str(pid)!r}, {str(begun)!r})\nsignal.pause()",
    )
    want(kernelless, "pier")
    await kernelless.environment.sync()
    before = folders(kernelless)
    others = set(descendants(os.getpid()))  # of tests that share this process
    want(kernelless, "slow")
    outcomes: list[str] = []

    async def sync() -> None:
        report = await kernelless.environment.sync(is_source_allowed=True)
        outcomes.append(report.outcome)

    with anyio.fail_after(60):
        async with anyio.create_task_group() as group:
            group.start_soon(sync)
            while not begun.exists():  # noqa: ASYNC110 - another process makes it
                await anyio.sleep(0.02)
            with pytest.raises(EnvironmentFailed, match="being changed just now"):
                await kernelless.environment.remove()
            installers = set(descendants(os.getpid())) - others
            assert int(begun.read_text()) in {pid for pid, _ in installers}
            (task,) = kernelless.tasks.running
            task.cancel()
    assert outcomes == ["cancelled"]
    assert task.state == "cancelled"
    await until(lambda: not alive(installers))
    assert folders(kernelless) == before
    assert (await kernelless.environment.status()).packages == {"pier": "0.5"}


async def test_without_pip_of_our_own_one_is_made(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_pip(monkeypatch)
    monkeypatch.setattr(environment_build, "_own_pip", lambda: None)
    want(workspace, "pier")
    report = await workspace.environment.sync()
    assert report.installed == {"pier": "0.5"}
    assert (await run(workspace, "import pier; print(pier.LENGTH)"))[0] == "7\n"
    folder = environments.folder_of(workspace.project)
    assert not list(folder.glob("env-*/lib/*/site-packages/pip"))
    assert len(folders(workspace)) == 1, "what it was made with is gone"


async def test_what_was_built_for_another_python_is_not_used(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_pip(monkeypatch)
    want(workspace, "pier")
    await workspace.environment.sync()
    monkeypatch.setattr(environments, "interpreter", lambda: "cpython-399-x86_64-linux-gnu")
    status = await workspace.environment.status()
    assert (status.state, status.folder) == ("stale", None)
    assert "cpython-399" in status.words
    assert (await run(workspace, "import pier"))[1].outcome == "raised"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"folder": "../../x"}', '{"folder": 1}'])
async def test_a_broken_record_is_no_environment(kernelless: Workspace, text: str) -> None:
    want(kernelless, "pier")
    path = environments.folder_of(kernelless.project) / "environment.json"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    assert (await kernelless.environment.status()).state == "missing"


async def test_an_import_that_nobody_has_synced_gets_a_hint(workspace: Workspace) -> None:
    _, finished = await run(workspace, "import harbour")
    assert finished.error is not None
    assert finished.error.notes == []
    want(workspace, "pier", "Harbour==1.0")
    for module, words in (
        ("harbour", "harbour is listed in scripts/requirements.txt:2 and not installed yet"),
        ("harbour.deep", "harbour is listed in scripts/requirements.txt:2"),
        ("other", "pier and what else scripts/requirements.txt lists may bring it"),
    ):
        _, finished = await run(workspace, f"import {module}")
        assert finished.error is not None
        (note,) = finished.error.notes
        assert note.startswith(words)
        assert note.endswith("inkstand env sync")
    want(workspace, "-e .")
    _, finished = await run(workspace, "import other")
    assert finished.error is not None
    assert finished.error.notes[0].startswith("scripts/requirements.txt:1: ")
