"""Victims among files: a folder with a secret, importable things, granted folders, locks."""

from __future__ import annotations

import contextlib
import dbm.dumb
import fcntl
import os
import secrets
import shutil
import signal
import sqlite3
import stat
import sysconfig
import tempfile
import zipfile
from pathlib import Path
from typing import Any

_FS_IOC_GETFLAGS = 0x80086601


def snapshot(root: Path) -> dict[str, Any]:
    """Return everything there is to know about a folder's entries, but for when they were read."""
    found: dict[str, Any] = {}
    for folder, folders, names in os.walk(root):
        for path in [Path(folder), *(Path(folder) / name for name in (*folders, *names))]:
            told = path.lstat()
            is_file = stat.S_ISREG(told.st_mode)
            found[str(path.relative_to(root))] = (
                *(oct(told.st_mode), told.st_uid, told.st_gid, told.st_nlink, told.st_size),
                *(told.st_mtime_ns, told.st_ctime_ns),
                path.read_bytes() if is_file else b"",
                str(path.readlink()) if stat.S_ISLNK(told.st_mode) else "",
                _attributes(path),
                _flags(path) if is_file else 0,
            )
    return found


def _attributes(path: Path) -> dict[str, bytes]:
    try:
        names = os.listxattr(path, follow_symlinks=False)
        return {name: os.getxattr(path, name, follow_symlinks=False) for name in names}
    except OSError:  # this file system has none
        return {}


def _flags(path: Path) -> int:
    with path.open("rb") as file:
        try:
            answer = fcntl.ioctl(file, _FS_IOC_GETFLAGS, bytes(8))
        except OSError:  # this file system has none
            return 0
    return int.from_bytes(answer, "little")


class Folder:
    """A folder with a secret file; its names, links and attributes hold the secret too."""

    def __init__(self, token: str) -> None:
        self._root = Path(tempfile.mkdtemp(prefix="redteam-"))
        self._folder = self._root / "keep"
        self._scratch = self._root / "scratch"
        self._path = self._folder / "secret.txt"
        for folder in (self._folder, self._scratch, self._folder / "empty"):
            folder.mkdir()
        self._path.write_text(f"{token}\n")
        self._path.chmod(0o600)
        (self._folder / f"{token}.name").touch()
        (self._folder / "link").symlink_to(f"nowhere-{token}")
        with contextlib.suppress(OSError):  # a feature: `machine.py` says whether there is one
            os.setxattr(self._path, "user.secret", token.encode())
        self._furnish(token)
        self._before = snapshot(self._root)

    def _furnish(self, token: str) -> None:
        """Put more in; for kinds that need more."""

    def facts(self) -> dict[str, Any]:
        return {
            "folder": str(self._folder),
            "path": str(self._path),
            "scratch": str(self._scratch),
        }

    def changes(self) -> list[str]:
        if not self._root.exists():
            return ["the folder is gone"]
        after = snapshot(self._root)
        return [
            f"{name}: {self._before.get(name)} -> {after.get(name)}"
            for name in sorted(self._before.keys() | after.keys())
            if self._before.get(name) != after.get(name)
        ]

    def close(self) -> None:
        shutil.rmtree(self._root, ignore_errors=True)


class Library(Folder):
    """A folder with things that Python can load: modules, databases, native code."""

    def _furnish(self, token: str) -> None:
        module = f"SECRET = {token!r}\nprint(SECRET)\n"
        (self._folder / "outside_module.py").write_text(module)
        with zipfile.ZipFile(self._folder / "outside.zip", "w") as archive:
            archive.writestr("outside_zipped.py", module)
        with contextlib.closing(sqlite3.connect(self._folder / "data.sqlite")) as database:
            database.execute("create table secrets as select ? as token", (token,))
            database.commit()
        with dbm.dumb.open(str(self._folder / "shelf"), "n") as shelf:
            # As `shelve` reads it: a pickled string.
            shelf["token"] = b"\x8c" + bytes([len(token)]) + token.encode() + b"."
        native = min((Path(sysconfig.get_path("stdlib")) / "lib-dynload").glob("*.so"))
        self._extension = native.name.partition(".")[0]
        shutil.copy(native, self._folder / "library.so")

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "extension": self._extension}


class Grants:
    """The folders that a kernel may read: nothing may come into being there."""

    def __init__(self, token: str) -> None:
        self._name = f"redteam-{secrets.token_hex(8)}"
        self._folders = [
            Path(sysconfig.get_path("purelib")),
            Path(sysconfig.get_path("stdlib")),
            Path(sysconfig.get_path("stdlib")) / "__pycache__",
        ]
        # A link below a granted folder that leads out of it, where the user can plant one.
        self._secret = Path(tempfile.mkdtemp(prefix="redteam-")) / "secret.txt"
        self._secret.write_text(token)
        self._link = self._folders[0] / f"{self._name}-link"
        with contextlib.suppress(OSError):
            self._link.symlink_to(self._secret)

    def facts(self) -> dict[str, Any]:
        return {
            "name": self._name,
            "path": str(self._secret),
            "link": str(self._link),
            "purelib": str(self._folders[0]),
            "stdlib": str(self._folders[1]),
        }

    def _found(self) -> list[Path]:
        return [path for folder in self._folders for path in folder.glob(f"{self._name}*")]

    def changes(self) -> list[str]:
        return [f"{path} was made" for path in self._found() if path != self._link]

    def close(self) -> None:
        for path in self._found():
            if path.is_dir() and not path.is_symlink():
                path.rmdir()
            else:
                path.unlink()
        shutil.rmtree(self._secret.parent)


class Locks(Folder):
    """Somebody who needs to lock a file of the standard library and to open one of their own."""

    def _furnish(self, token: str) -> None:
        names = sorted((Path(sysconfig.get_path("stdlib")) / "encodings").glob("*.py"))
        # Any of many, so that tests side by side do not lock each other out.
        self._granted = secrets.choice(names)
        self._mark = self._root.parent / f"{self._root.name}-seen"
        self._watcher = os.fork()
        if not self._watcher:
            self._watch()

    def _watch(self) -> None:
        """Try again and again, and leave a mark when it is refused."""
        granted = os.open(self._granted, os.O_RDONLY)
        end = signal.SIGALRM
        signal.signal(end, signal.SIG_DFL)
        signal.alarm(30)
        try:
            while True:
                fcntl.flock(granted, fcntl.LOCK_EX | fcntl.LOCK_NB)
                fcntl.flock(granted, fcntl.LOCK_UN)
                if os.access(self._granted, os.W_OK):
                    writable = os.open(self._granted, os.O_RDWR)
                    fcntl.lockf(writable, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    os.close(writable)
                os.close(os.open(self._path, os.O_WRONLY | os.O_NONBLOCK))
                signal.sigtimedwait([], 0.005)
        except OSError as error:
            self._mark.write_text(str(error))
        finally:
            os._exit(0)

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "granted": str(self._granted), "seen": str(self._mark)}

    def changes(self) -> list[str]:
        return [f"locked out: {self._mark.read_text()}"] if self._mark.exists() else []

    def close(self) -> None:
        os.kill(self._watcher, signal.SIGKILL)
        os.waitpid(self._watcher, 0)
        self._mark.unlink(missing_ok=True)
        super().close()
