"""Carries out one of the writer's operations again and again, killed at every step; tells the rest.

Run as `python -m tests.unit.store.files_child FOLDER OPERATION VARIANT`. Each attempt is a process
of its own that kills itself with SIGKILL around one call of the system. On stdout comes a JSON list
of attempts, each with the step it was killed at and the files that it left.
"""

from __future__ import annotations

import errno
import functools
import json
import os
import shutil
import signal
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from store import files
from store.renaming import rename_exclusively

OLD = b"old content\n"
NEW = b"new content, longer\n"
MODE = 0o640
OWNER = (1234, 1235)
CHUNK = 8
"""Bytes that one `write` takes, so that a file takes several."""

WRITER = sys.modules[files.discard_leftover.__module__]
"""The module that carries out the steps; `files` is what others call."""

STEPS = (
    *("open", "write", "fchown", "fchmod", "fsync", "close", "mkdir"),
    *("fstat", "stat", "lstat", "readlink", "access", "replace", "link", "unlink"),
)
"""The calls of `os` that an operation makes."""

Operation = Callable[[Path], object]
Act = Callable[[Callable[..., Any], tuple[Any, ...], dict[str, Any]], Any]


def replace(folder: Path) -> object:
    path = folder / "a.py"
    return files.write(path, NEW, expected=files.read(path)[1])


def replace_link(folder: Path) -> object:
    path = folder / "link.py"
    return files.write(path, NEW, expected=files.read(path)[1])


def create(folder: Path) -> object:
    return files.write(folder / "sub" / "new.py", NEW, expected=None)


def remove(folder: Path) -> object:
    path = folder / "a.py"
    files.remove(path, expected=files.read(path)[1])
    return None


def move(folder: Path) -> object:
    path = folder / "a.py"
    return files.move(path, folder / "sub" / "b.py", expected=files.read(path)[1])


OPERATIONS: dict[str, Operation] = {
    "replace": replace,
    "replace_link": replace_link,
    "create": create,
    "remove": remove,
    "move": move,
}


def prepare(folder: Path) -> None:
    """Put the old files into an empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    path = folder / "a.py"
    path.write_bytes(OLD)
    if os.geteuid() == 0:
        os.chown(path, *OWNER)
    path.chmod(MODE)
    (folder / "link.py").symlink_to("a.py")


def listing(folder: Path) -> dict[str, list[Any]]:
    """Tell kind, content, mode and owner of each file, by its path."""
    found: dict[str, list[Any]] = {}
    for path in sorted(folder.rglob("*")):
        facts = path.lstat()
        if stat.S_ISLNK(facts.st_mode):
            found[path.relative_to(folder).as_posix()] = ["link", str(path.readlink())]
        elif stat.S_ISREG(facts.st_mode):
            content = path.read_bytes().decode("latin-1")
            owner = (facts.st_uid, facts.st_gid)
            mode = stat.S_IMODE(facts.st_mode)
            found[path.relative_to(folder).as_posix()] = ["file", content, mode, *owner]
    return found


def refuse(code: int, source: Path | None = None) -> Callable[..., None]:
    """Return a call that is refused; given `source`, only for that file."""

    def call(one: Path, target: Path, **_options: bool) -> None:
        if source is None or one == source:
            raise OSError(code, os.strerror(code))
        rename_exclusively(one, target)

    return call


def be_other_system(
    variant: str, folder: Path, set_: Callable[[object, str, object], None]
) -> None:
    """Take away what a variant of the system does not have."""
    if variant == "other_disk":
        set_(WRITER, "rename_exclusively", refuse(errno.EXDEV, folder / "a.py"))
    elif variant != "plain":
        set_(WRITER, "rename_exclusively", refuse(errno.EINVAL))
    if variant == "no_links":
        set_(os, "link", refuse(errno.EPERM))


def watch(act: Act, set_: Callable[[object, str, object], None]) -> None:
    """Let `act` carry out every call of the system; it gets the real function and its arguments."""
    real_write = os.write

    @functools.wraps(real_write)
    def write(descriptor: int, data: bytes) -> int:
        return real_write(descriptor, data[:CHUNK])

    for name in STEPS:
        real = write if name == "write" else getattr(os, name)
        set_(os, name, _watched(real, act))
    set_(WRITER, "rename_exclusively", _watched(vars(WRITER)["rename_exclusively"], act))


def _watched(real: Callable[..., Any], act: Act) -> Callable[..., Any]:
    @functools.wraps(real)
    def call(*arguments: Any, **options: Any) -> Any:
        return act(real, arguments, options)

    return call


class Killer:
    """Kills this process around the step of a number."""

    def __init__(self, number: int, when: str, told: int) -> None:
        self._left, self._when, self._told, self._kill = number, when, told, os.kill
        self._write = os.write

    def __call__(
        self, real: Callable[..., Any], arguments: tuple[Any, ...], options: dict[str, Any]
    ) -> Any:
        self._left -= 1
        if self._left:
            return real(*arguments, **options)
        self._write(self._told, real.__name__.encode())
        if self._when == "after":
            real(*arguments, **options)
        elif self._when == "half" and real.__name__ == "write":
            real(arguments[0], arguments[1][:3])
        self._kill(os.getpid(), signal.SIGKILL)
        return None


def attempt(folder: Path, operation: Operation, variant: str, number: int, when: str) -> list[Any]:
    """Carry the operation out in a process that is killed at the step of that number."""
    prepare(folder)
    hear, tell = os.pipe()
    pid = os.fork()
    if pid == 0:
        be_other_system(variant, folder, setattr)
        watch(Killer(number, when, tell), setattr)
        operation(folder)
        os._exit(0)
    os.close(tell)
    step = os.read(hear, 100).decode()
    os.close(hear)
    status = os.waitpid(pid, 0)[1]
    was_killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    if not was_killed and status != 0:
        raise SystemExit(f"the operation itself failed: {status}")
    return [step if was_killed else "", when, listing(folder)]


def main(arguments: list[str]) -> None:
    """Go through every step, before, after and in the middle, until the operation completes."""
    folder, operation, variant = Path(arguments[0]), OPERATIONS[arguments[1]], arguments[2]
    attempts = []
    for when in ("before", "half", "after"):
        number = 1
        while True:
            done = attempt(folder, operation, variant, number, when)
            attempts.append(done)
            if not done[0]:
                break
            number += 1
    json.dump(attempts, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
