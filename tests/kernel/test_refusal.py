"""Where scripts cannot be locked down nothing runs, and it is said what is missing."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.kernel import sandbox
from engine.kernel.pool import Pool
from engine.kernel.process import SandboxError
from engine.kernel.seccomp import UnknownMachineError
from store.project import init_project
from tests.kernel.conftest import runner
from tests.kernel.launching import Kernels, run_in_host, start_host, without_call
from tests.processes import run_inkstand

LANDLOCK_WORDS = ("Landlock does not work here", "5.13", "lsm=", "--unsandboxed")
SECCOMP_WORDS = ("seccomp does not work here", "CONFIG_SECCOMP_FILTER", "--unsandboxed")

REFUSALS = {
    "no Landlock in the kernel": ("landlock_create_ruleset", errno.ENOSYS, LANDLOCK_WORDS),
    "Landlock switched off": ("landlock_create_ruleset", errno.EOPNOTSUPP, LANDLOCK_WORDS),
    "Landlock forbidden": ("landlock_create_ruleset", errno.EPERM, LANDLOCK_WORDS),
    "no rules of Landlock": ("landlock_add_rule", errno.EINVAL, LANDLOCK_WORDS),
    "too many layers of Landlock": ("landlock_restrict_self", errno.E2BIG, LANDLOCK_WORDS),
    "no seccomp filters": ("seccomp", errno.EINVAL, SECCOMP_WORDS),
    "seccomp forbidden": ("seccomp", errno.EPERM, SECCOMP_WORDS),
}
"""The call that fails, how, and what the words must name."""

COMMANDS_TRY = ["no Landlock in the kernel", "Landlock switched off", "no seccomp filters"]


@pytest.fixture
def proof(tmp_path: Path) -> Path:
    """What the script writes where nothing keeps it from that."""
    return tmp_path / "proof"


@pytest.fixture
def script(proof: Path) -> str:
    return f"print('it ran')\nopen({str(proof)!r}, 'w').write('it ran')\n"


@pytest.fixture
def project(tmp_path: Path, script: str) -> Path:
    root = tmp_path / "blog"
    init_project(root, name="Blog")
    (root / "scripts" / "write.py").write_text(script)
    return root


def wrapper_of(case: str) -> tuple[list[str], tuple[str, ...]]:
    call, error, words = REFUSALS[case]
    return without_call(call, error), words


def assert_said(text: str, words: tuple[str, ...]) -> None:
    assert [word for word in words if word not in text] == []
    assert "Traceback" not in text


def assert_nothing_ran(proof: Path) -> None:
    assert not proof.exists()


# Hosts --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kernels", ["spare", "fork"])
@pytest.mark.parametrize("case", REFUSALS)
def test_a_run_is_refused_in_words(case: str, kernels: Kernels, script: str, proof: Path) -> None:
    wrapper, words = wrapper_of(case)
    told = run_in_host(script, kernels=kernels, wrapper=wrapper)
    assert (told["outcome"], told["stdout"], told["stderr"]) == ("not_started", "", "")
    assert_said(told["reason"], words)
    assert not proof.exists()


def test_there_the_same_script_runs_when_that_is_asked_for(script: str, proof: Path) -> None:
    wrapper, _ = wrapper_of("no Landlock in the kernel")
    told = run_in_host(script, kernels="open", wrapper=wrapper)
    assert (told["outcome"], told["stdout"]) == ("ok", "it ran\n")
    assert proof.read_text() == "it ran"


# Commands -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", COMMANDS_TRY)
def test_inkstand_run_says_why_nothing_runs(case: str, project: Path, proof: Path) -> None:
    wrapper, words = wrapper_of(case)
    done = run_inkstand("run", "write", cwd=project, wrapper=wrapper)
    assert (done.returncode, done.stdout) == (1, "")
    assert_said(done.stderr, words)
    assert "write: no script runs, because" in done.stderr
    assert not proof.exists()


@pytest.mark.parametrize("case", COMMANDS_TRY)
def test_inkstand_run_says_so_as_json(case: str, project: Path, proof: Path) -> None:
    wrapper, words = wrapper_of(case)
    done = run_inkstand("run", "write", "--json", cwd=project, wrapper=wrapper)
    told = json.loads(done.stdout)
    assert (done.returncode, told["exit_code"], told["outcome"]) == (1, 1, "not_started")
    assert (told["stdout"], told["stderr"], told["result"]) == ("", "", "")
    assert_said(told["reason"], words)
    assert not proof.exists()


@pytest.mark.parametrize("case", COMMANDS_TRY)
def test_inkstand_check_says_why_it_cannot(case: str, project: Path, proof: Path) -> None:
    wrapper, words = wrapper_of(case)
    done = run_inkstand("check", cwd=project, wrapper=wrapper)
    assert (done.returncode, done.stdout) == (1, "")
    assert_said(done.stderr, words)
    assert not proof.exists()


@pytest.mark.parametrize("case", COMMANDS_TRY)
def test_inkstand_doctor_names_what_is_missing(case: str, project: Path) -> None:
    wrapper, words = wrapper_of(case)
    done = run_inkstand("doctor", cwd=project, wrapper=wrapper)
    assert done.returncode == 1
    assert_said(done.stdout, words)
    assert_said(done.stderr, ())
    assert [line for line in done.stdout.splitlines() if line.startswith("--") and words[0] in line]


@pytest.mark.parametrize("name", ["list", "rebuild"])
def test_commands_that_run_nothing_work_all_the_same(name: str, project: Path) -> None:
    wrapper, _ = wrapper_of("no Landlock in the kernel")
    done = run_inkstand(name, cwd=project, wrapper=wrapper)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_setting_of_the_project_alone_runs_nothing(project: Path, proof: Path) -> None:
    settings = json.loads((project / "meta" / "project.json").read_text())
    (project / "meta" / "project.json").write_text(json.dumps({**settings, "unsandboxed": True}))
    wrapper, words = wrapper_of("no Landlock in the kernel")
    done = run_inkstand("run", "write", cwd=project, wrapper=wrapper)
    assert (done.returncode, done.stdout) == (1, "")
    assert_said(done.stderr, words)
    assert not proof.exists()


# Other systems and machines -----------------------------------------------------------------------


@pytest.fixture
def fresh_policy() -> Iterator[None]:
    """The policy is made once; here it is made anew, before and after."""
    sandbox.policy.cache_clear()
    yield
    sandbox.policy.cache_clear()


@pytest.mark.usefixtures("fresh_policy")
async def test_a_machine_without_a_list_of_calls_is_refused(
    monkeypatch: pytest.MonkeyPatch, script: str, proof: Path
) -> None:
    facts = os.uname()
    other = os.uname_result((*facts[:4], "riscv64"))
    monkeypatch.setattr(os, "uname", lambda: other)
    with pytest.raises(SandboxError, match="no list of system calls") as refused:
        sandbox.policy(is_sandboxed=True)
    assert refused.value.layer == "system"
    assert isinstance(refused.value.__cause__, UnknownMachineError)
    assert_said(str(refused.value), ("'riscv64'", "x86_64 and aarch64", "--unsandboxed"))
    async with Pool(1) as pool:
        seen = await runner(pool)(script)
    assert (seen.finished.outcome, seen.out, seen.err) == ("not_started", "", "")
    assert "'riscv64'" in seen.finished.reason
    assert_nothing_ran(proof)


@pytest.mark.usefixtures("fresh_policy")
@pytest.mark.parametrize("system", ["darwin", "freebsd14"])
def test_another_system_is_refused(monkeypatch: pytest.MonkeyPatch, system: str) -> None:
    monkeypatch.setattr(sys, "platform", system)
    with pytest.raises(SandboxError) as refused:
        sandbox.policy(is_sandboxed=True)
    assert refused.value.layer == "system"
    assert_said(str(refused.value), ("Linux", "Landlock and seccomp", system, "--unsandboxed"))


@pytest.mark.usefixtures("fresh_policy")
def test_an_interpreter_of_32_bits_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "maxsize", 2**31 - 1)
    with pytest.raises(SandboxError, match="64-bit interpreters, and this one has 32"):
        sandbox.policy(is_sandboxed=True)


# A system that is taken apart ---------------------------------------------------------------------


def behind(mounts: str) -> list[str]:
    """Return a command prefix under which some mounts differ."""
    unshare = shutil.which("unshare")
    if os.geteuid() != 0 or unshare is None:
        pytest.skip("only root can mount, with unshare")
    prefix = [unshare, "--mount", "--propagation", "private", "--", "sh", "-c"]
    prefix += [f'{mounts} && exec "$@"', "sh"]
    if subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode:
        pytest.skip("mounting is not allowed here")
    return prefix


@pytest.mark.parametrize("kernels", ["spare", "fork"])
def test_without_proc_nothing_is_certain_and_nothing_runs(
    kernels: Kernels, script: str, proof: Path
) -> None:
    wrapper = behind("mount -t tmpfs none /proc")
    told = run_in_host(script, kernels=kernels, wrapper=wrapper)
    assert (told["outcome"], told["stdout"]) == ("not_started", "")
    assert "/proc" in told["reason"]
    assert not proof.exists()


@pytest.mark.parametrize("kernels", ["spare", "fork"])
def test_with_a_proc_that_cannot_be_written_it_is_locked_or_refused(
    kernels: Kernels, script: str, proof: Path
) -> None:
    done = start_host(
        script, kernels=kernels, wrapper=behind("mount -o remount,bind,ro /proc /proc")
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["outcome"] in ("not_started", "raised")
    assert not proof.exists()
