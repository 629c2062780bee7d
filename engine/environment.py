"""The packages of the open project's scripts: whether they are there, synced, taken away.

Owns the switch from one environment to the next. How one is built is `environment_build`'s, where
it lies is `store.environments`'. Nothing that is installed is ever imported or run here.
"""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal, TypeAlias

import anyio
import anyio.to_thread

from engine.child.protocol import ScriptError
from engine.environment_build import CONSTRAINTS, REQUIREMENTS, Builder, BuildFailed, Wanted
from engine.kernel.kernels import Kernels
from engine.kernel.process import KernelError
from engine.kernel.sandbox import PRELOADED
from engine.tasks import Task, Tasks
from store import environments, files
from store.environments import EnvironmentBusy, Record
from store.project import Project
from store.requirements import (
    FILE,
    Requirement,
    RequirementsError,
    as_file,
    normal,
    read_requirements,
)

TASK_NAME = "Sync packages"
HOW = "inkstand env sync"

EnvironmentState: TypeAlias = Literal["none", "missing", "stale", "current", "unused", "unreadable"]
SyncOutcome: TypeAlias = Literal["synced", "unchanged", "removed", "cancelled"]

_LOADED = ("msgspec", *PRELOADED)
"""Packages that kernels have loaded before any script; another version would not be used."""


class EnvironmentFailed(KernelError):
    """Nothing was synced or removed; `str()` says why and what to do."""

    def __init__(self, words: str, output: str = "") -> None:
        """Keep the sentence, and all that a tool said."""
        super().__init__(words)
        self.output = output


@dataclass(frozen=True, slots=True)
class EnvironmentStatus:
    """What there is, against what is listed."""

    state: EnvironmentState
    words: str
    """What is so, in one sentence."""
    advice: str = ""
    """What to do about it; empty when all is well."""
    listed: Sequence[str] = ()
    packages: Mapping[str, str] = field(default_factory=dict)
    """What is installed: versions by name."""
    folder: Path | None = None
    """Where scripts import from; None where nothing is used."""
    tool: str = ""
    built_at: str = ""

    @property
    def is_well(self) -> bool:
        """Whether there is nothing to do."""
        return not self.advice


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a sync did."""

    outcome: SyncOutcome
    installed: Mapping[str, str] = field(default_factory=dict)
    """New packages, with their versions."""
    changed: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Packages that were there in another version: old and new."""
    removed: Mapping[str, str] = field(default_factory=dict)
    took_s: float = 0.0
    tool: str = ""
    folder: Path | None = None

    @property
    def summary(self) -> str:
        """It in one line."""
        if self.outcome == "cancelled":
            return "cancelled; the packages are as they were"
        if self.outcome == "unchanged":
            return f"nothing to do: the packages are those of {FILE}"
        if self.outcome == "removed" and not self.removed:
            return f"nothing to do: {FILE} lists no package"
        counts = (("installed", self.installed), ("changed", self.changed))
        told = [
            f"{len(them)} {word}" for word, them in (*counts, ("removed", self.removed)) if them
        ]
        by = f" by {self.tool}" if self.tool else ""
        return f"{', '.join(told) or 'the same versions again'}{by} in {self.took_s:.1f} s"


class Environment:
    """The environment of the open project."""

    def __init__(self, project: Project, kernels: Kernels, tasks: Tasks) -> None:
        self._project = project
        self._kernels = kernels
        self._tasks = tasks

    async def status(self) -> EnvironmentStatus:
        """Compare what is listed with what is installed."""
        return await anyio.to_thread.run_sync(status_of, self._project)

    async def sync(
        self, *, is_source_allowed: bool = False, is_upgrade: bool = False
    ) -> SyncReport:
        """Bring the packages in line with the requirements, as a task.

        What there was stays in use until the new is whole; then warm kernels are replaced.

        Args:
            is_source_allowed: Whether packages without a wheel are built from source: their code
                then runs outside of the sandbox.
            is_upgrade: Whether to look for newer versions although nothing has changed.

        Raises:
            EnvironmentFailed: It could not be done; nothing has changed.
            FileError: The state folder could not be written; likewise.
            TaskCancelled: A person cancelled it before it began.
        """
        report = SyncReport("cancelled")
        with anyio.CancelScope() as scope:
            async with self._tasks.queued(TASK_NAME, scope.cancel) as task:
                try:
                    report = await self._sync(task, is_source_allowed, is_upgrade)
                except EnvironmentFailed as error:
                    words = str(error)
                    self._tasks.finish(task, "failed", words, error=error.output or words)
                    raise
                self._tasks.finish(task, "completed", report.summary)
        return report

    async def remove(self) -> SyncReport:
        """Take the environment away. Scripts that run keep what they have imported.

        Raises:
            EnvironmentFailed: Another process is building.
            FileError: It could not be removed.
        """
        started = time.monotonic()
        async with self._building():
            before = await anyio.to_thread.run_sync(environments.read_record, self._project)
            self._kernels.use_packages("")
            await anyio.to_thread.run_sync(environments.forget, self._project)
        removed = {} if before is None else before.packages
        return SyncReport("removed", removed=removed, took_s=time.monotonic() - started)

    async def sweep(self) -> None:
        """Delete what killed processes have left, unless one is building just now."""
        if await anyio.Path(environments.folder_of(self._project)).exists():
            try:
                async with self._building():
                    await anyio.to_thread.run_sync(environments.sweep, self._project)
            except EnvironmentFailed:
                return  # whoever builds does it, too

    async def hint(self, error: ScriptError) -> str:
        """Tell what to do about an import that failed because nobody has synced; else nothing."""
        match = re.match(r"No module named '([A-Za-z_]\w*)", error.message)
        if error.type != "ModuleNotFoundError" or match is None:
            return ""
        return await anyio.to_thread.run_sync(_hint, self._project, match[1])

    async def _sync(self, task: Task, is_source_allowed: bool, is_upgrade: bool) -> SyncReport:
        started = time.monotonic()
        self._tasks.update(task, None, f"reading {FILE}")
        requirements = await anyio.to_thread.run_sync(_listed, self._project)
        if not requirements:
            return await self.remove()
        pins = await anyio.to_thread.run_sync(_pins)
        async with self._building() as lock:
            before = await anyio.to_thread.run_sync(environments.read_record, self._project)
            await anyio.to_thread.run_sync(environments.sweep, self._project)
            texts = [one.text for one in requirements]
            if before is not None and not is_upgrade and not _changes(self._project, before, texts):
                # It may have been built by another process meanwhile.
                await self._use()
                return SyncReport("unchanged", took_s=time.monotonic() - started)
            wanted = Wanted(requirements, pins, is_source_allowed)
            folder = await anyio.to_thread.run_sync(_prepare, self._project, wanted)
            try:
                builder = Builder(folder, wanted, lock, partial(self._tasks.update, task, None))
                try:
                    await builder.build()
                except BuildFailed as error:
                    raise EnvironmentFailed(
                        f"{error} Nothing has changed.", error.output
                    ) from error
                record = Record(
                    folder=folder.name,
                    requirements=texts,
                    interpreter=environments.interpreter(),
                    packages=await anyio.to_thread.run_sync(environments.installed_in, folder),
                    tool=builder.tool,
                    built_at=datetime.now(UTC).isoformat(timespec="seconds"),
                    took_s=round(time.monotonic() - started, 3),
                    is_source_allowed=is_source_allowed,
                )
                # From here on it is the project's, whoever cancels.
                with anyio.CancelScope(shield=True):
                    write = environments.write_record
                    await anyio.to_thread.run_sync(write, self._project, record)
                    await self._use()
            finally:
                kept = () if before is None else (before.folder,)
                with anyio.CancelScope(shield=True):
                    sweep = partial(environments.sweep, self._project, kept=kept)
                    await anyio.to_thread.run_sync(sweep)
        old = {} if before is None else before.packages
        return _report(old, record, environments.site_packages(folder))

    async def _use(self) -> None:
        find = environments.packages_of
        self._kernels.use_packages(await anyio.to_thread.run_sync(find, self._project))

    @asynccontextmanager
    async def _building(self) -> AsyncIterator[int]:
        try:
            with environments.building(self._project) as lock:
                yield lock
        except EnvironmentBusy as error:
            raise EnvironmentFailed(
                "the packages of this project are being changed just now, by another Inkstand or "
                "by an installer that one has left. Wait until it is done. Nothing has changed."
            ) from error


def status_of(project: Project) -> EnvironmentStatus:
    """Compare what a project lists with what is installed. It reads files only."""
    record = environments.read_record(project)
    packages: Mapping[str, str] = {} if record is None else record.packages
    try:
        listed = [one.text for one in read_requirements(project)]
    except RequirementsError as error:
        return EnvironmentStatus("unreadable", str(error), "Mend it.", packages=packages)
    if not listed:
        if record is None:
            return EnvironmentStatus("none", f"no packages: there is nothing in {FILE}")
        return EnvironmentStatus(
            "unused",
            f"{FILE} lists nothing any more, and {_count(len(packages))} are installed",
            "Take them away: inkstand env remove",
            packages=packages,
        )
    if record is None:
        words = f"{FILE} lists {_count(len(listed))}, and none is installed"
        return EnvironmentStatus("missing", words, f"Install them: {HOW}", listed)
    used = environments.packages_of(project)
    differs = _changes(project, record, listed)
    return EnvironmentStatus(
        "stale" if differs else "current",
        differs or f"{_count(len(packages))}, as {FILE} lists them",
        f"Bring them in line: {HOW}" if differs else "",
        listed,
        packages,
        Path(used) if used else None,
        record.tool,
        record.built_at,
    )


def _count(number: int) -> str:
    return f"{number} package{'' if number == 1 else 's'}"


def _changes(project: Project, record: Record, listed: Sequence[str]) -> str:
    """Tell in words why an environment is not what is wanted; empty when it is."""
    if record.interpreter != environments.interpreter():
        return (
            f"the packages are for {record.interpreter}, and this is {environments.interpreter()}: "
            "scripts do not see them"
        )
    if not environments.site_packages(environments.folder_of(project) / record.folder).is_dir():
        return "the packages have been deleted from the state folder"
    for pin in _pins():
        name, _, wanted = pin.partition("==")
        if record.packages.get(name, wanted) != wanted:
            return f"{name} {record.packages[name]} is installed, and kernels have {wanted}"
    new = [text for text in listed if text not in record.requirements]
    gone = [text for text in record.requirements if text not in listed]
    told = [f"not installed: {', '.join(new)}"] if new else []
    told += [f"no longer listed: {', '.join(gone)}"] if gone else []
    return f"{FILE} has changed; {'; '.join(told)}" if told else ""


def _pins() -> list[str]:
    found = []
    for name in _LOADED:
        try:
            found.append(f"{name}=={version(name)}")
        except PackageNotFoundError:
            continue
    return found


def _listed(project: Project) -> Sequence[Requirement]:
    try:
        return read_requirements(project)
    except RequirementsError as error:
        raise EnvironmentFailed(f"{error} Nothing has changed.") from error


def _prepare(project: Project, wanted: Wanted) -> Path:
    folder = environments.new_folder(project)
    files.write(folder / REQUIREMENTS, as_file(wanted.requirements).encode(), expected=None)
    files.write(folder / CONSTRAINTS, "\n".join([*wanted.pins, ""]).encode(), expected=None)
    return folder


def _report(old: Mapping[str, str], record: Record, folder: Path) -> SyncReport:
    new = record.packages
    return SyncReport(
        "synced",
        installed={name: it for name, it in new.items() if name not in old},
        changed={
            name: (old[name], it) for name, it in new.items() if name in old and old[name] != it
        },
        removed={name: it for name, it in old.items() if name not in new},
        took_s=record.took_s,
        tool=record.tool,
        folder=folder,
    )


def _hint(project: Project, module: str) -> str:
    try:
        listed = read_requirements(project)
    except RequirementsError as error:
        return str(error)
    record = environments.read_record(project)
    there = {} if record is None or not environments.packages_of(project) else record.packages
    missing = [one for one in listed if one.name not in there]
    for one in missing:
        if one.name == normal(module):
            return f"{module} is listed in {FILE}:{one.line} and not installed yet: {HOW}"
    if missing:
        return f"{missing[0].name} and what else {FILE} lists may bring it, once installed: {HOW}"
    return ""
