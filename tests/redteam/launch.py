"""Starting our own servers as another user, in mounts of their own.

Owns how root's tests become an unprivileged user although the interpreter may lie in root's home.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from tests.redteam.attempt import Who

ROOT = Path(__file__).parents[2]
_FIRST_UID = 61_000
_OTHERS_X = 0o001


class CannotBecome(Exception):
    """This machine does not let the tests run as that user; says why in words."""


def command(who: Who, module: str, *arguments: str) -> list[str]:
    """Return how to run one of our modules as that user.

    Raises:
        CannotBecome: It cannot be done here.
    """
    python = [sys.executable, "-m", module, *arguments]
    if os.geteuid() != 0:
        if who == "root":
            raise CannotBecome("only root can try what root could do")
        return python
    if who == "root":
        # Mounts of its own: what an attack mounts without the lockdown goes with the host.
        return [*(_mounting() if _can_mount() else ()), *python]
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise CannotBecome("there is no setpriv to become an unprivileged user with")
    uid = str(unused_uid())
    become = [
        *(setpriv, f"--reuid={uid}", f"--regid={uid}", "--clear-groups"),
        *("--bounding-set=-all", "--inh-caps=-all", "--"),
    ]
    needed = {Path(sys.base_prefix), Path(sys.prefix), Path(sys.executable).resolve(), ROOT}
    hidden = {closed for path in needed if (closed := _closed_above(path))}
    if hidden and not _can_mount():
        raise CannotBecome(f"an unprivileged user cannot read below {min(hidden)}")
    return [*_opening(hidden, needed), *become, *python] if hidden else [*become, *python]


@cache
def unused_uid() -> int:
    """Return the id of a user who runs nothing; another one for each of pytest's workers."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    uid = _FIRST_UID + 100 * int(worker)
    used = {path.stat().st_uid for path in Path("/proc").glob("[0-9]*") if path.exists()}
    while uid in used:
        uid += 1
    return uid


def _mounting() -> tuple[str, ...]:
    return ("unshare", "--mount", "--propagation", "private", "--")


@cache
def _can_mount() -> bool:
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*_mounting(), "true"], capture_output=True, check=False).returncode == 0


def _closed_above(path: Path) -> Path | None:
    """Return the topmost folder above that others may not enter."""
    for folder in reversed(path.parents):
        if not folder.stat().st_mode & _OTHERS_X:
            return folder
    return None


def _opening(hidden: set[Path], needed: set[Path]) -> list[str]:
    """Return a prefix under which an empty, open folder stands in for each hidden one.

    In it is what is needed and nothing else.
    """
    stash = Path("/mnt")
    # A file that is needed may lie in a folder that is; one mount for both.
    below = [
        path
        for path in sorted(needed)
        if any(path.is_relative_to(closed) for closed in hidden)
        and not any(path != other and path.is_relative_to(other) for other in needed)
    ]
    lines = ["set -e", _line("mount", "-t", "tmpfs", "-o", "mode=755", "none", stash)]
    for number, path in enumerate(below):
        lines += [
            _line("mkdir", stash / str(number)),
            _line("mount", "--bind", path, stash / str(number)),
        ]
    lines += [_line("mount", "-t", "tmpfs", "-o", "mode=755", "none", closed) for closed in hidden]
    for number, path in enumerate(below):
        lines += [
            _line("mkdir", "-p", path),
            _line("mount", "--bind", stash / str(number), path),
        ]
    lines += [_line("umount", "--lazy", stash), 'exec "$@"']
    return [*_mounting(), "sh", "-c", "\n".join(lines), "sh"]


def _line(*words: str | Path) -> str:
    return shlex.join(map(str, words))
