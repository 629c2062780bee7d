"""Watches a project's files and tells what changed, in batches: nothing for as long as it goes on.

Owns the batches and the choice between inotify and polling. What a change means, and reading a
file, must never enter.
"""

import errno
import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from store.watch_poll import INTERVAL_S, PollingThread
from store.watch_tree import WatchTree
from store.watched import FOLDERS

QUIET_S = 0.1
"""A batch is told when nothing has come for so long: an editor saves by several steps."""

LONGEST_S = 0.4
"""After its first change a batch is told in any case."""

MAX_PATHS = 500
"""Files in a batch; of more it is quicker to look at all of them."""

_SEEN_LATE = f"changes by other programs are looked for every {INTERVAL_S:.0f} s only"

_REMOTE_TYPES = frozenset(
    {"9p", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "drvfs", "gfs2", "glusterfs", "gpfs"}
    | {"lustre", "ncpfs", "nfs", "nfs4", "ocfs2", "orangefs", "prl_fs", "smb3", "smbfs"}
    | {"vboxsf", "virtiofs", "vmhgfs"}
)
"""File systems whose files somebody else may change without our kernel's knowledge; FUSE aside."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What has changed since the last batch."""

    paths: frozenset[str]
    """Files that changed, came or went; from the project folder, with slashes."""
    is_everything: bool
    """Any other file may have changed, too."""
    notice: str
    """What the person should know about the watching, in words; mostly empty."""


class Watcher:
    """The watching of one project. `start`, then `wait` in a thread again and again, `close`."""

    def __init__(self, root: Path, *, interval_s: float = INTERVAL_S) -> None:
        """Prepare to watch.

        Args:
            root: The project folder.
            interval_s: Between two looks where polling is all that is left.
        """
        self._root = root
        self._interval_s = interval_s
        self._changed = threading.Condition()
        self._paths: set[str] = set()
        self._is_everything = False
        self._notice = ""
        self._first = self._last = 0.0
        self._has_begun = False
        """Whether a batch is being gathered."""
        self._is_closed = False
        self._tree: WatchTree | None = None
        self._polling: PollingThread | None = None

    def start(self) -> None:
        """Begin; every change after this is told. Takes as long as looking into all folders."""
        try:
            self._tree = WatchTree(self._root, self)
        except OSError as error:
            self.failed(error)
        remote = remote_type(self._root)
        if remote:
            self._say(
                f"The project is on a network file system ({remote}), which is silent about what "
                f"other machines do: their {_SEEN_LATE.removesuffix(' only')}."
            )
            self._poll()

    def wait(self) -> Changes | None:
        """Wait for the next batch, in a thread that has nothing else to do.

        Returns:
            The batch; None once the watcher is closed.
        """
        with self._changed:
            while not self._is_closed:
                if not self._has_begun:
                    self._changed.wait()
                    continue
                left = due(self._first, self._last) - time.monotonic()
                if left <= 0:
                    return self._take()
                self._changed.wait(left)
            return None

    def close(self) -> None:
        """End the watching; no thread and no descriptor is left then."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        if self._tree is not None:
            self._tree.close()
        if self._polling is not None:
            self._polling.stop()
            self._polling.join()

    # Called by the threads that notice -----------------------------------------------------------

    def changed(self, path: str) -> None:
        """Take a file into the batch."""
        with self._changed:
            if len(self._paths) < MAX_PATHS:
                self._paths.add(path)
            else:
                self._is_everything = True
            self._note()

    def everything(self) -> None:
        """Make the batch one about all files."""
        with self._changed:
            self._is_everything = True
            self._note()

    def failed(self, error: Exception) -> None:
        """Poll from now on, and say why; if it was the polling that failed, say that."""
        if self._polling is not None and threading.current_thread() is self._polling:
            self._say(
                f"Changes by other programs are not noticed any more ({_words(error)}). "
                "Open the project again."
            )
            return
        self._say(_why_polling(error))
        if self._tree is not None:
            self._tree.close()
        self._poll()

    def _poll(self) -> None:
        with self._changed:
            if self._polling is not None or self._is_closed:
                return
            self._polling = PollingThread(self._root, self, self._interval_s)
            self._polling.start()
        self.everything()  # it compares with what it finds now; what came before is not known

    def _say(self, notice: str) -> None:
        with self._changed:
            self._notice = f"{self._notice}\n{notice}".strip()
            self._note()

    def _note(self) -> None:
        self._last = time.monotonic()
        if not self._has_begun:
            self._has_begun = True
            self._first = self._last
            self._changed.notify_all()

    def _take(self) -> Changes:
        changes = Changes(frozenset(self._paths), self._is_everything, self._notice)
        self._paths.clear()
        self._is_everything = self._has_begun = False
        self._notice = ""
        return changes


def due(first: float, last: float) -> float:
    """Tell when a batch is to be told.

    Args:
        first: When its first change came, in seconds.
        last: When its last change came.
    """
    return min(last + QUIET_S, first + LONGEST_S)


def remote_type(root: Path) -> str:
    """Name the network file system that a part of the project lies on.

    Args:
        root: The project folder.

    Returns:
        Its type as the system calls it; empty when all is local, or nobody knows.
    """
    try:
        mounts = Path("/proc/self/mountinfo").read_text("utf-8", "surrogateescape")
    except OSError:
        return ""
    types = mount_types(mounts)
    for place in (root, *(root / folder for folder in FOLDERS)):
        real = os.path.realpath(place)
        while real not in types and real != "/":
            real = os.path.dirname(real)  # noqa: PTH120 - a string, as those it is compared with
        kind = types.get(real, "")
        if kind in _REMOTE_TYPES or kind.startswith("fuse."):
            return kind
    return ""


def mount_types(mountinfo: str) -> dict[str, str]:
    """Read what `/proc/self/mountinfo` says.

    Args:
        mountinfo: Its text.

    Returns:
        The type of file system by mount point; of several on one point the last, which is seen.
    """
    types: dict[str, str] = {}
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        parts = before.split(" ")
        if len(parts) > 4 and after:
            point = parts[4]
            for escaped in ("\\040", "\\011", "\\012", "\\134"):
                point = point.replace(escaped, chr(int(escaped[1:], 8)))
            types[point] = after.split(" ")[0]
    return types


def _why_polling(error: Exception) -> str:
    late = f"{_SEEN_LATE[0].upper()}{_SEEN_LATE[1:]}"
    code = error.errno if isinstance(error, OSError) else None
    if code == errno.ENOSPC:
        return (
            f"{late}: this machine lets you watch no more folders. Ask for a higher limit: "
            "sudo sysctl fs.inotify.max_user_watches=524288"
        )
    if code == errno.EMFILE:
        return (
            f"{late}: you have no inotify instance (or open file) left. Close other editors, or "
            "ask for a higher limit: sudo sysctl fs.inotify.max_user_instances=512"
        )
    return f"{late}: the folders cannot be watched ({_words(error)})."


def _words(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror[0].lower() + error.strerror[1:]
    return f"{type(error).__name__}: {error}"
