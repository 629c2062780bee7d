"""Looks at a locked-down kernel from outside: the host must see what the kernel says of itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import anyio.to_thread

from engine.child.protocol import Layer
from engine.kernel.limits import DEFAULTS, MIB, memory_words
from engine.kernel.spawn import spawn


@dataclass(frozen=True, slots=True)
class Bound:
    """A limit, and whether it holds on this machine."""

    name: str
    value: str
    binds: bool
    words: str = ""
    """Why it does not; empty when it does."""


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found out."""

    python: str
    """The kernel's version of Python."""
    layers: Sequence[Layer]
    """What the kernel says, and what was seen of it from outside."""
    bounds: Sequence[Bound]
    user_id: int
    """Whose process the kernel is."""
    lockdown_ms: float
    numpy: str
    """Its version, preloaded; empty where it is not installed."""
    problem: str = ""
    """What does not agree with what the kernel says; empty when all is well."""


async def examine() -> Examination:
    """Start a kernel, look at it, and end it.

    Raises:
        SandboxError: Kernels cannot be locked down here.
        KernelError: None could be started.
    """
    kernel = await spawn(is_sandboxed=True)
    try:
        ready = kernel.ready
        status = await anyio.to_thread.run_sync(_status, ready.pid)
        limits = await anyio.to_thread.run_sync(_limits, ready.pid)
    finally:
        await kernel.end()
        kernel.close()
    return Examination(
        python=ready.python,
        layers=ready.layers,
        bounds=_bounds(limits, ready.user_id),
        user_id=ready.user_id,
        lockdown_ms=ready.lockdown_s * 1000,
        numpy=_numpy_version(),
        problem=_contradiction(status),
    )


def _status(pid: int) -> Mapping[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text(errors="replace").splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def _limits(pid: int) -> Mapping[str, str]:
    """Return the soft limits by the name that /proc has for them."""
    lines = Path(f"/proc/{pid}/limits").read_text(errors="replace").splitlines()[1:]
    return {line[:26].strip(): line[26:47].strip() for line in lines}


_CAP_DAC_READ_SEARCH = 1 << 2


def _contradiction(status: Mapping[str, str]) -> str:
    """Tell what the system says of the process that a locked-down one cannot have."""
    if status.get("NoNewPrivs") != "1":
        return "no_new_privs is not set"
    if status.get("Seccomp") != "2":
        return "no seccomp filter is installed"
    if status.get("Threads") != "1":
        return f"{status.get('Threads')} threads run"
    capabilities = int(status.get("CapPrm", "0"), 16) | int(status.get("CapEff", "0"), 16)
    if capabilities & ~_CAP_DAC_READ_SEARCH:
        return f"capabilities {capabilities:#x} are left"
    return ""


def _bounds(limits: Mapping[str, str], user_id: int) -> list[Bound]:
    macro = DEFAULTS["macro"]
    threads_words = (
        ""
        if user_id
        else "the kernel stays root, whom the system gives as many threads as it asks for"
    )
    return [
        Bound("wall time", f"{macro.wall_s:g} s (macro)", True),
        Bound("CPU time", f"{macro.cpu_s:g} s (macro)", True),
        Bound("memory", memory_words(macro.memory_bytes), True),
        Bound("threads", str(macro.threads), bool(user_id), threads_words),
        *(
            Bound(name, limits.get(key, ""), limits.get(key) == expected)
            for name, key, expected in (
                ("open files", "Max open files", "64"),
                ("file size", "Max file size", "0"),
                ("core file", "Max core file size", "0"),
                ("locked memory", "Max locked memory", "0"),
                ("message queues", "Max msgqueue size", "0"),
            )
        ),
        Bound("stack", "8 MiB", limits.get("Max stack size") == str(8 * MIB)),
        Bound("output kept", memory_words(macro.output_bytes), True),
    ]


def _numpy_version() -> str:
    from importlib import metadata

    try:
        return metadata.version("numpy")
    except metadata.PackageNotFoundError:
        return ""


def user_namespaces() -> str:
    """Tell in words whether unprivileged user namespaces are to be had; nothing here needs them."""
    switches = (
        ("/proc/sys/user/max_user_namespaces", "0"),
        ("/proc/sys/kernel/unprivileged_userns_clone", "0"),
        ("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1"),
    )
    for path, off in switches:
        try:
            if Path(path).read_text().strip() == off:
                return f"off ({Path(path).name} is {off}); not needed"
        except OSError:  # this kernel has no such switch
            continue
    return "on; not needed"
