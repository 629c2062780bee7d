"""Notices changes by inotify: a watch on each folder that a scan would visit.

What the changes mean must never enter. It holds paths and watches, and reads no file.
"""

import errno
import itertools
import logging
import os
import threading
from dataclasses import dataclass, field
from pathlib import Path

from watchdog.observers.inotify_c import (
    CallbackId,
    InotifyConstants,
    InotifyEvent,
    InotifyFD,
    Mask,
    WatchDescriptor,
)

from store import scan
from store.watch_poll import Report
from store.watched import FOLDERS, is_watched

# Without IN_OPEN and IN_CLOSE_NOWRITE: our own reading would be told as a change.
_MASK = Mask(
    InotifyConstants.IN_ATTRIB
    | InotifyConstants.IN_CLOSE_WRITE
    | InotifyConstants.IN_CREATE
    | InotifyConstants.IN_DELETE
    | InotifyConstants.IN_MODIFY
    | InotifyConstants.IN_MOVE
    | InotifyConstants.IN_EXCL_UNLINK
    | InotifyConstants.IN_ONLYDIR
)


@dataclass(slots=True)
class _Place:
    """What is watched by one watch: a real folder."""

    folder: str | None = None
    """How scans call it, "" for the project folder; None when only links point into it."""
    links: dict[str, set[str]] = field(default_factory=dict)
    """For names in it: the paths of files in the project that are links to them."""
    callbacks: list[CallbackId] = field(default_factory=list)


class WatchTree:
    """The watches of a project, kept in line with its folders.

    Not watchdog's Observer: that holds back a file moved away for half a second (and all that comes
    behind it), is silent when events are lost or watches are not to be had, and calls a folder by
    the last of its names. Its reader thread below is used as it is, and calls the `on_` methods.
    """

    def __init__(self, root: Path, report: Report) -> None:
        """Start watching.

        Args:
            root: The project folder.
            report: Who is told.

        Raises:
            OSError: inotify is not to be had (EMFILE), or not for so many folders (ENOSPC).
        """
        if not (logger := logging.getLogger("watchdog")).handlers:
            logger.addHandler(logging.NullHandler())  # else it writes to stderr, over the screen
        self._root = os.fspath(root)
        self._report = report
        # The reader thread and the one that starts and closes.
        self._lock = threading.RLock()
        self._places: dict[WatchDescriptor, _Place] = {}
        self._by_folder: dict[str, WatchDescriptor] = {}
        self._callbacks = itertools.count(1)
        self._is_closed = False
        self._inotify = InotifyFD()
        self._inotify.name = "inkstand-watch"
        self._inotify.start()
        try:
            with self._lock:
                self._watch_all()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of everything; in any thread, the reader's own too."""
        with self._lock:
            self._is_closed = True
        self._inotify.stop()
        if threading.current_thread() is not self._inotify:
            self._inotify.join()

    # Called by watchdog's thread -----------------------------------------------------------------

    def on_event(self, event: InotifyEvent) -> None:
        """Take one event in."""
        with self._lock:
            if self._is_closed:
                return
            try:
                self._take(event)
            except Exception as error:  # in a thread that nobody looks at: it has to be told
                self._report.failed(error)

    def on_watch_deleted(self, wd: WatchDescriptor) -> None:
        """Forget a watch that the system has taken away: its folder is gone."""
        with self._lock:
            place = self._places.pop(wd, None)
            if place is None or place.folder is None:
                return
            self._by_folder.pop(place.folder, None)
            if place.folder == "" and not self._is_closed:
                self._report.failed(FileNotFoundError(errno.ENOENT, "the project's folder is gone"))

    def on_queue_overflow(self) -> None:
        """Begin anew: what was lost may be anything."""
        with self._lock:
            if self._is_closed:
                return
            try:
                self._begin_anew()
            except Exception as error:
                self._report.failed(error)

    # Everything below holds the lock -------------------------------------------------------------

    def _take(self, event: InotifyEvent) -> None:
        place = self._places.get(event.wd)
        if event.mask & InotifyConstants.IN_UNMOUNT:
            self._report.everything()
        if place is None or not event.name:  # a folder tells of itself to the one above, too
            return
        name = os.fsdecode(event.name)
        for linked in place.links.get(name, ()):
            self._report.changed(linked)
        if place.folder is None or scan.is_skipped(name):
            return
        path = f"{place.folder}/{name}" if place.folder else name
        if not place.folder and path not in FOLDERS:
            return
        is_new = event.is_create or event.is_moved_to
        if event.is_directory or path in self._by_folder or (is_new and self._is_folder(path)):
            self._take_folder(path, event, is_new=is_new)
        elif is_watched(path):
            if is_new and os.path.islink(f"{self._root}/{path}"):  # noqa: PTH114 - as everywhere here
                self._watch_target(path)
            self._tell(path)

    def _take_folder(self, path: str, event: InotifyEvent, *, is_new: bool) -> None:
        if event.is_moved_from or event.is_delete:
            self._forget(path)
            if not (event.is_delete and event.is_directory):  # that was empty by then
                self._report.everything()  # what was below it has gone without a word
        elif event.is_create and path in self._by_folder:
            return  # found by looking into the one above it
        elif is_new:
            self._forget(path)
            if not self._adopt(path, tells=True):
                self._begin_anew()  # known by another name: which one counts may have changed
        elif event.is_attrib:
            if path not in self._by_folder:
                self._adopt(path, tells=False)
            self._report.everything()  # it can be looked into now, or not any more

    def _tell(self, path: str) -> None:
        if path.isascii() or path == os.fsencode(path).decode("utf-8", "backslashreplace"):
            self._report.changed(path)
        else:  # a name that is no text; only a scan tells of it
            self._report.everything()

    def _begin_anew(self) -> None:
        for wd in list(self._places):
            self._remove(wd)
        self._by_folder.clear()
        self._watch_all()
        self._report.everything()

    def _watch_all(self) -> None:
        if not self._watch(""):
            raise FileNotFoundError(errno.ENOENT, "the project's folder cannot be looked into")
        for folder in FOLDERS:
            self._adopt(folder, tells=False)

    def _adopt(self, start: str, *, tells: bool) -> bool:
        """Watch a folder and those below it, in the order of scans; tell the files there.

        A folder is watched first and listed then: what comes in between is told twice, not never.

        Returns:
            Whether `start` is watched under this name now, or is not there at all.
        """
        real, linked = [start], list[str]()  # scans visit links last, too
        while real or linked:
            folder = real.pop() if real else linked.pop()
            if self._by_folder.get(folder) is None and not self._watch(folder):
                if folder == start and self._is_folder(start):
                    return False
                continue
            try:
                with os.scandir(f"{self._root}/{folder}") as entries:
                    for entry in entries:
                        if scan.is_skipped(entry.name):
                            continue
                        path = f"{folder}/{entry.name}"
                        if entry.is_dir():
                            (linked if entry.is_symlink() else real).append(path)
                        elif is_watched(path):
                            if entry.is_symlink():
                                self._watch_target(path)
                            if tells:
                                self._tell(path)
            except OSError:  # gone again, or not ours to look into: a scan tells of that
                self._report.everything()
        return True

    def _watch(self, folder: str) -> bool:
        """Watch one folder; False when it cannot be, or is watched under another name."""
        wd = self._add(f"{self._root}/{folder}" if folder else self._root)
        if wd is None:
            return False
        place = self._places[wd]
        if place.folder is not None:
            return False
        place.folder = folder
        self._by_folder[folder] = wd
        return True

    def _watch_target(self, path: str) -> None:
        """Watch the file that a link in the project points at."""
        target = os.path.realpath(f"{self._root}/{path}")
        parent, name = os.path.split(target)
        wd = self._add(parent)
        if wd is not None:
            self._places[wd].links.setdefault(name, set()).add(path)

    def _add(self, place: str) -> WatchDescriptor | None:
        callback = CallbackId(next(self._callbacks))
        try:
            wd = self._inotify.add_callback(os.fsencode(place), _MASK, self, callback)
        except (FileNotFoundError, NotADirectoryError, PermissionError):
            return None
        if wd == -1:  # watchdog's answer to a folder that we may not look into
            self._inotify.remove_callbacks([(wd, callback)])
            return None
        known = self._places.setdefault(wd, _Place())
        if known.callbacks:  # else every event would come twice
            self._inotify.remove_callbacks([(wd, callback)])
        else:
            known.callbacks.append(callback)
        return wd

    def _forget(self, folder: str) -> None:
        """Take the watches of a folder and all below it away."""
        for known in [one for one in self._by_folder if f"{one}/".startswith(f"{folder}/")]:
            wd = self._by_folder.pop(known)
            if self._places[wd].links:
                self._places[wd].folder = None
            else:
                self._remove(wd)

    def _remove(self, wd: WatchDescriptor) -> None:
        place = self._places.pop(wd)
        self._inotify.remove_callbacks([(wd, callback) for callback in place.callbacks])

    def _is_folder(self, path: str) -> bool:
        return os.path.isdir(f"{self._root}/{path}")  # noqa: PTH112 - as everywhere here
