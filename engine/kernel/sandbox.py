"""Which lockdown kernels get on this machine: the policy that is sent to each, made once.

The table of system calls is `syscalls`, its compiler `seccomp`; how a kernel applies all of it is
`engine.child.lockdown`.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import sysconfig
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from engine.child.msgspec_core import INSTALLED_IN
from engine.child.protocol import Filter, Policy
from engine.kernel.limits import Limits
from engine.kernel.process import SandboxError
from engine.kernel.seccomp import UnknownMachineError, compile_filter, compile_seal

PRELOADED = ("numpy",)
"""Imported before the lockdown where they are installed; see the extras in pyproject.toml."""

_SYSTEM_PLACES = (
    *("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/nix/store"),
    "/etc/ld.so.cache",
    # Which time it is here.
    *("/usr/share/zoneinfo", "/etc/localtime", "/etc/timezone"),
    # `mimetypes` reads it wherever it exists, and fails when it cannot.
    *("/etc/mime.types", "/usr/share/mime"),
)
"""Shared libraries and facts that the standard library looks up. Programs' data, nobody's."""

_FIRST_USER_ID = 1_900_000_000
"""Kernels of a host that is root get this plus their process id: above what systems, containers
and systemd hand out, and with room for every process id below 2^31."""

# From linux/capability.h: what it takes to become somebody else and still rule over the process.
_CAP_KILL, _CAP_SETGID, _CAP_SETUID = 5, 6, 7
_TO_CHANGE_USER = 1 << _CAP_KILL | 1 << _CAP_SETGID | 1 << _CAP_SETUID


@lru_cache(maxsize=4)
def policy(*, is_sandboxed: bool, packages: str = "") -> Policy:
    """Return what is sent to every kernel on this machine.

    Args:
        is_sandboxed: Whether it is locked down.
        packages: The project's own folder of packages, absolute, links resolved; empty for none.

    Raises:
        SandboxError: There is no lockdown for this system or processor.
    """
    preload = [name for name in PRELOADED if importlib.util.find_spec(name) is not None]
    if not is_sandboxed:
        return Policy(is_sandboxed=False, preload=preload, packages=packages)
    if sys.platform != "linux":
        raise SandboxError(
            "system", f"it is made of Linux's Landlock and seccomp; this is {sys.platform}"
        )
    if sys.maxsize < 1 << 32:
        raise SandboxError("system", "it is made for 64-bit interpreters, and this one has 32")
    machine = os.uname().machine
    try:
        filters = [
            Filter(compiled.program, list(compiled.pid_offsets))
            for compiled in (compile_filter(machine), compile_seal(machine))
        ]
    except UnknownMachineError as error:
        raise SandboxError("system", str(error)) from error
    return Policy(
        is_sandboxed=True,
        preload=preload,
        filter=filters[0],
        seal=filters[1],
        readable=[*dict.fromkeys(_readable()), *([packages] if packages else [])],
        first_user_id=_FIRST_USER_ID if _may_change_user() else None,
        memory_bytes=Limits().memory_bytes,
        packages=packages,
    )


def import_folders() -> list[str]:
    """Return where kernels import from, beside the standard library."""
    return list(dict.fromkeys([*_package_folders(), str(_own_folder())]))


def _own_folder() -> Path:
    return Path(__file__).resolve().parents[2]


def _package_folders() -> Iterator[str]:
    for name in ("purelib", "platlib"):
        yield sysconfig.get_path(name)
    yield INSTALLED_IN  # msgspec, which every kernel needs


def _readable() -> Iterator[str]:
    for name in ("stdlib", "platstdlib"):
        yield os.path.realpath(sysconfig.get_path(name))
    # The standard library's compiled part is where the interpreter was built for.
    yield os.path.realpath(sysconfig.get_config_var("DESTSHARED") or sysconfig.get_path("stdlib"))
    yield from _package_folders()
    yield from _SYSTEM_PLACES


def _may_change_user() -> bool:
    if os.geteuid() != 0:
        return False
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:  # no /proc: kernels refuse to run anything, and say so
        return False
    effective = next(
        (line for line in status.splitlines() if line.startswith("CapEff:")), "CapEff: 0"
    )
    return int(effective.split()[1], 16) & _TO_CHANGE_USER == _TO_CHANGE_USER
