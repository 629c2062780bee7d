"""Starting hosts as others: another user, fewer rights, lower limits, a system call less."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal, TypeAlias

import pytest

from engine.kernel.limits import Limits
from engine.kernel.syscall_numbers import numbers_of
from tests.processes import DEADLINE_S

ROOT = Path(__file__).parents[2]

Kernels: TypeAlias = Literal["spare", "fork", "open"]


def start_host(
    script: str,
    *,
    kernels: Kernels = "spare",
    limits: Limits = Limits(wall_s=20),  # noqa: B008 - it is frozen
    wrapper: Sequence[str] = (),
) -> subprocess.CompletedProcess[str]:
    """Run a script in a host of its own, whatever becomes of that."""
    order = {"script": script, "kernels": kernels, "limits": asdict(limits)}
    return subprocess.run(
        [*wrapper, sys.executable, "-m", "tests.kernel.lone_host"],
        cwd=ROOT,
        input=json.dumps(order),
        capture_output=True,
        text=True,
        timeout=DEADLINE_S * 2,
        check=False,
    )


def run_in_host(
    script: str,
    *,
    kernels: Kernels = "spare",
    limits: Limits = Limits(wall_s=20),  # noqa: B008 - it is frozen
    wrapper: Sequence[str] = (),
) -> dict[str, Any]:
    """Run a script in a host of its own, and return what that told."""
    done = start_host(script, kernels=kernels, limits=limits, wrapper=wrapper)
    assert (done.returncode, done.stderr) == (0, "")
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def as_somebody() -> list[str]:
    """Return a command prefix under which nobody is root.

    What root's tests start so can still read the interpreter, wherever that is.
    """
    if os.geteuid() != 0:
        return []
    user = str(1_800_000_000 + os.getpid())
    kept = "dac_read_search"
    return [
        *(_setpriv(), f"--reuid={user}", f"--regid={user}", "--clear-groups"),
        *(f"--bounding-set=-all,+{kept}", f"--inh-caps=-all,+{kept}", f"--ambient-caps=+{kept}"),
        "--",
    ]


def without_capabilities(*names: str) -> list[str]:
    """Return a command prefix under which root lacks some of its rights."""
    if os.geteuid() != 0:
        pytest.skip("only root has capabilities to give up")
    taken = ",".join(f"-{name}" for name in names)
    return [_setpriv(), f"--bounding-set={taken}", f"--inh-caps={taken}", "--"]


def with_limits(*limits: str) -> list[str]:
    """Return a command prefix under which some resource limits are lower.

    Args:
        limits: Options of `prlimit`, e.g. `--nofile=32:32`.
    """
    prlimit = shutil.which("prlimit")
    if prlimit is None:
        pytest.skip("there is no prlimit to lower limits with")
    return [prlimit, *limits, "--"]


def without_call(name: str, error: int) -> list[str]:
    """Return a command prefix under which the machine refuses a system call with an error."""
    number = numbers_of(os.uname().machine)[name]
    launcher = Path(__file__).with_name("missing_call.py")
    return [sys.executable, str(launcher), str(number), str(error)]


def _setpriv() -> str:
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("there is no setpriv to give rights up with")
    return setpriv
