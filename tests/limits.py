"""Machines that refuse: folders that cannot be written, and disks that are full."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def without_override() -> list[str]:
    """Return a command prefix under which permissions hold, also for root.

    Root may write everywhere; what it starts here may not.
    """
    if os.geteuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("root writes everywhere and there is no setpriv to give that up")
    return [setpriv, "--bounding-set=-dac_override,-dac_read_search,-fowner", "--"]


@contextmanager
def unwritable(folder: Path) -> Iterator[None]:
    """Take the right to write into a folder, but not into those below it, away for a while."""
    mode = folder.stat().st_mode
    folder.chmod(0o555)
    try:
        yield
    finally:
        folder.chmod(mode)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Make a folder and all below it read-only for a while."""
    if os.geteuid() != 0:
        places = [folder, *(place for place in folder.rglob("*"))]
        modes = [(place, place.stat().st_mode) for place in places]
        for place, mode in modes:
            place.chmod(mode & ~0o222)
        try:
            yield
        finally:
            for place, mode in modes:
                place.chmod(mode)
        return
    _mount("--bind", str(folder), str(folder))
    try:
        _mount("-o", "remount,bind,ro", str(folder))
        yield
    finally:
        _unmount(folder)


@contextmanager
def small_disk(folder: Path, size_kib: int) -> Iterator[None]:
    """Put a disk of that size over an empty folder for a while."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a disk that is small enough to fill")
    _mount("-t", "tmpfs", "-o", f"size={size_kib}k", "none", str(folder))
    try:
        yield
    finally:
        _unmount(folder)


def _mount(*arguments: str) -> None:
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"mounting is not allowed here: {done.stderr.strip()}")


def _unmount(folder: Path) -> None:
    # Lazily: a file that is still open must not keep the mount, and the test's folder with it.
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
