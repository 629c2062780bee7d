"""Keeps the index in line with the files while the project is open, and tells what changed.

Owns the task that does so. Files are neither read nor written here; who listens may do that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import anyio
import anyio.to_thread
from anyio.abc import TaskGroup

from engine.catalog import Catalog
from store.files import FileError
from store.project import Project

if TYPE_CHECKING:
    from store.index import Index
    from store.watch import Changes, Watcher


@dataclass(frozen=True, slots=True)
class FilesChanged:
    """Files of the project changed, came or went, by whose hand ever; the index knows of it.

    Of everything it is told twice: when the index knows the scripts, and when it knows the rest.
    """

    paths: frozenset[str]
    """From the project folder, with slashes."""
    is_everything: bool = False
    """Any other file may have changed, too."""

    def touches(self, path: str) -> bool:
        """Tell whether that file may have changed."""
        return self.is_everything or path in self.paths

    def touches_folder(self, *folders: str) -> bool:
        """Tell whether a file below one of the project's folders may have changed."""
        below = tuple(f"{folder}/" for folder in folders)
        return self.is_everything or any(path.startswith(below) for path in self.paths)

    def __or__(self, other: FilesChanged) -> FilesChanged:
        """Return both as one."""
        return FilesChanged(self.paths | other.paths, self.is_everything or other.is_everything)


ChangeListener: TypeAlias = Callable[[FilesChanged], None]
NoticeListener: TypeAlias = Callable[[str], None]


class Watching:
    """The watching of an open project. Does nothing until it is started."""

    def __init__(self, project: Project, catalog: Catalog) -> None:
        self._project = project
        self._catalog = catalog
        self._change_listeners: list[ChangeListener] = []
        self._notice_listeners: list[NoticeListener] = []
        self._notices: list[str] = []
        """Told before anybody listened."""
        self._last_problem = ""
        """So that it is told once, not with each change."""
        self._broken: dict[str, str] = {}
        """By path, why files cannot be read that broke while the project was open."""
        self._is_started = False
        self._is_watching = anyio.Event()

    def listen(self, changed: ChangeListener, notice: NoticeListener | None = None) -> None:
        """Have changes and notices told from now on, on the event loop.

        Args:
            changed: Called with each batch of changes, after the index has taken it in.
            notice: Called with what the person should know, in words.
        """
        self._change_listeners.append(changed)
        if notice is None:
            return
        self._notice_listeners.append(notice)
        for one in self._notices:
            notice(one)
        self._notices.clear()

    def start(self, group: TaskGroup) -> None:
        """Begin, until the group is cancelled or the project closed."""
        self._is_started = True
        group.start_soon(self._run)

    async def has_started(self) -> None:
        """Wait until no change is missed any more. Look at the files after that, not before."""
        if self._is_started:
            await self._is_watching.wait()

    async def _run(self) -> None:
        try:
            watcher = await anyio.to_thread.run_sync(_made, self._project)
            try:
                await self._follow(watcher)
            finally:
                with anyio.CancelScope(shield=True):
                    await anyio.to_thread.run_sync(watcher.close)
        except anyio.ClosedResourceError:
            return  # the project has been closed over it
        finally:
            self._is_watching.set()

    async def _follow(self, watcher: Watcher) -> None:
        await anyio.to_thread.run_sync(watcher.start)
        self._is_watching.set()
        while True:
            # Abandoned when cancelled: `close` ends the waiting right after.
            changes = await anyio.to_thread.run_sync(watcher.wait, abandon_on_cancel=True)
            if changes is None:
                return
            if changes.notice:
                self._tell(changes.notice)
            if changes.paths or changes.is_everything:
                await self._take_in(changes)

    async def _take_in(self, changes: Changes) -> None:
        event = FilesChanged(changes.paths, changes.is_everything)
        problem = ""
        try:
            if changes.is_everything:
                # What is open is waited for; a look at 10,000 posts takes longer.
                await self._catalog.scripts_changed()
                self._tell_changed(event)
                await self._catalog.rebuild(("posts", "media"))
            else:
                await self._catalog.files_changed(changes.paths)
            await self._tell_broken(event)
        except anyio.ClosedResourceError:
            raise
        except FileError as error:
            problem = str(error)
        except Exception as error:  # ours, and no reason to close the project over unsaved text
            problem = f"A fault in Inkstand: {type(error).__name__}: {error}. Rebuild the index."
        if problem and problem != self._last_problem:
            self._tell(problem)
        # The files themselves can be followed all the same.
        self._last_problem = problem
        self._tell_changed(event)

    async def _tell_broken(self, event: FilesChanged) -> None:
        """Tell once which of the changed files cannot be read, and when they can be again."""
        before = list(self._broken)

        def look(index: Index) -> tuple[dict[str, str], list[str]]:
            reasons = {one.path: one.reason for one in index.unreadable()}
            root = self._project.root
            return reasons, [one for one in before if one not in reasons and (root / one).is_file()]

        reasons, healed = await self._catalog.question(look)
        for path in before:
            if path not in reasons:  # it has healed, or is gone
                self._broken.pop(path, None)
        if healed:
            self._tell(f"{_first_of(healed)} can be read again.")
        if event.is_everything:  # a rebuild tells by itself what it could not read
            return
        broken = [path for path in sorted(event.paths) if reasons.get(path)]
        new = [path for path in broken if self._broken.get(path) != reasons[path]]
        self._broken.update({path: reasons[path] for path in broken})
        if new:
            more = f" And {len(new) - 1} more; F10 lists them." if len(new) > 1 else ""
            self._tell(f"{new[0]} cannot be read any more: {reasons[new[0]]}.{more}")

    def _tell_changed(self, event: FilesChanged) -> None:
        for changed in self._change_listeners:
            changed(event)

    def _tell(self, notice: str) -> None:
        if not self._notice_listeners:
            self._notices.append(notice)
        for tell in self._notice_listeners:
            tell(notice)


def _first_of(paths: Sequence[str]) -> str:
    return paths[0] if len(paths) == 1 else f"{paths[0]} and {len(paths) - 1} more"


def _made(project: Project) -> Watcher:
    # In a thread, because importing watchdog takes 40 ms that a run does not need at all.
    from store.watch import Watcher

    return Watcher(project.root)
