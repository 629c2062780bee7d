"""The three ways a process of Inkstand's interpreters begins.

`spare` becomes a locked-down kernel; `guarded` a guard with an open kernel below it, for scripts
that the person runs without the sandbox; `zygote` a server that forks locked-down kernels.
"""

from __future__ import annotations

import _sitebuiltins
import builtins
import gc
import os
import sys
import time

from engine.child import lockdown, serve
from engine.child.landlock import Ruleset
from engine.child.protocol import PROTOCOL, Layer, Policy, Ready, Refused


def begin() -> None:
    """Become what the command line says: role, the host's pid, four fds (-1: not used)."""
    role, host = sys.argv[1], int(sys.argv[2])
    first, second, third, fourth = map(int, sys.argv[3:7])
    del sys.argv[1:]
    os.environ.pop("PYTHONHASHSEED", None)  # not for programs that an open script starts
    _restore_what_site_does()
    if role == "zygote":
        from engine.child import zygote

        zygote.run(first, host)
        return
    if role == "guarded":
        from engine.child import guard

        guard.split(fourth)
    lockdown.settle(first, second, third)
    control = serve.Control(lockdown.CONTROL_IN, lockdown.CONTROL_OUT)
    policy = control.receive()
    if isinstance(policy, Policy):  # else the host is gone
        serve.prepare(policy)
        become_kernel(control, policy, host)


def become_kernel(
    control: serve.Control, policy: Policy, parent: int, ruleset: Ruleset | None = None
) -> None:
    """Be a kernel from here to the end of the process.

    Args:
        control: Its pipes; nothing else but stdin, stdout and stderr is open.
        policy: How to lock down; everything is imported.
        parent: The process whose end ends this one.
        ruleset: Made for the policy before, where it was.
    """
    layers: list[Layer] = []
    started = time.perf_counter()
    if policy.is_sandboxed:
        try:
            layers = lockdown.lock_down(policy, parent, ruleset)
        except lockdown.LockdownError as error:
            control.send(Refused(error.layer, error.words))
            return
        except OSError as error:
            control.send(Refused("process", f"a step of the lockdown failed: {error}"))
            return
    took_s = time.perf_counter() - started
    if policy.packages:
        _add_packages(policy.packages)
    python = sys.version.split()[0]
    # What is here now stays: the collector, off since the start, need not look at it again.
    gc.freeze()
    gc.enable()
    control.send(Ready(PROTOCOL, python, os.getpid(), os.getuid(), layers, took_s))
    serve.serve(control, policy)


def _add_packages(folder: str) -> None:
    """Let scripts import what the project wants, now that nothing of it can do any harm.

    Behind the standard library, which nothing may hide, and before what Inkstand happens to have
    installed for itself: the versions that the project asks for are the ones that count.
    """
    names = [os.path.basename(place) for place in sys.path]
    at = (index for index, name in enumerate(names) if name in ("site-packages", "dist-packages"))
    sys.path.insert(next(at, len(names)), folder)


def _restore_what_site_does() -> None:
    """Give scripts `exit()` and `help()`, and leave no folder of ours for them to import from."""
    builtins.exit = builtins.quit = _sitebuiltins.Quitter("exit", "Ctrl-D (i.e. EOF)")
    builtins.help = _sitebuiltins._Helper()
    own = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    if os.path.basename(own) not in ("site-packages", "dist-packages"):
        sys.path.remove(own)
