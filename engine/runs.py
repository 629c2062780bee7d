"""Runs of scripts in the open project: started, given the API, shown as tasks, taken back.

Owns what runs have changed, for as long as the project is open. Which kernel runs a script, and how
it ends, is `kernel`'s.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread
from anyio.abc import TaskGroup

from engine.child.protocol import Call, Refusal, Returned
from engine.kernel.events import RunRequest, RunStopping
from engine.kernel.kernels import Kernels
from engine.kernel.limits import RunKind
from engine.kernel.run import Run
from engine.samples import macro_arguments, transform_arguments
from engine.tasks import Task, TaskState
from store.scripts import Script, ScriptKind

if TYPE_CHECKING:
    from engine.api.session import Session, Voice
    from engine.kernel.buffers import Buffers
    from engine.workspace import Workspace
    from store.journal import Change

_KEPT_SESSIONS = 20
"""Runs whose changes can still be taken back, the last ones."""


class Runs:
    """The runs of an open project."""

    def __init__(self, workspace: Workspace, kernels: Kernels, group: TaskGroup) -> None:
        self._workspace = workspace
        self._kernels = kernels
        self._group = group
        self._sessions: dict[str, Session] = {}
        self._buffers: Buffers | None = None

    async def start(
        self,
        script: Script,
        *,
        source: bytes | None = None,
        kind: ScriptKind | None = None,
        entrypoint: str | None = None,
        timeout_s: float | None = None,
        args: Sequence[str] = (),
        arguments: Sequence[Any] | None = None,
        voice: Voice | None = None,
        is_dry: bool = False,
        returns_data: bool = False,
    ) -> Run:
        """Run a script. Iterate the run's events; it goes on whether or not somebody does.

        Args:
            script: Which one.
            source: The whole file's text when it differs from what is saved.
            kind: Likewise, for unsaved changes of the header.
            entrypoint: Likewise.
            timeout_s: A wall-clock limit instead of the kind's.
            args: What the person gave behind the script's name.
            arguments: What the entrypoint is called with; None for a sample.
            voice: Where its toasts and questions go; None for a run that nobody watches.
            is_dry: Whether its changes are only listed.
            returns_data: Whether the result is JSON, see `RunRequest`.

        Raises:
            NotAgreed: It would run without the sandbox, and the person has not seen it like this.
        """
        workspace = self._workspace
        kind = kind or script.fields.kind
        if arguments is None:
            arguments = await self._sample_arguments(script, kind, source)
        path = workspace.relative(script.path)
        workspace.agreement.check(path, script)
        limits = workspace.limits[kind]
        request = RunRequest(
            source=script.source if source is None else source,
            path=path,
            entrypoint=entrypoint or script.fields.entrypoint,
            arguments=tuple(arguments),
            limits=limits if timeout_s is None else replace(limits, wall_s=timeout_s),
            args=tuple(args),
            returns_data=returns_data,
            has_toast=kind == "transform",
        )
        task: Task

        async def answer(call: Call) -> Returned | Refusal:
            session = self._sessions.get(run.id)
            if session is None:  # the first call: until then a run pays nothing for the API
                session = self._open_session(run, kind, task, voice, is_dry)
            from engine.api.functions import registry

            return await session.answer(registry(), call)

        run = Run(
            request,
            answer,
            when_stopping=lambda step: self._show_step(task, step),
            explain=workspace.explain,
        )
        task = workspace.tasks.add(f"Run {script.fields.slug}", run.stop)
        self._group.start_soon(self._see_through, run, kind, task)
        return run

    @property
    def buffers(self) -> Buffers:
        """The memory that runs share; made when first asked for, gone with the project."""
        if self._buffers is None:
            from engine.kernel.buffers import Buffers  # which few runs need

            self._buffers = Buffers()
            self._group.start_soon(self._let_go_at_the_end, self._buffers)
        return self._buffers

    async def _let_go_at_the_end(self, buffers: Buffers) -> None:
        try:
            await anyio.sleep_forever()
        finally:
            buffers.close()

    def changes_of(self, run: Run) -> Sequence[Change]:
        """Return what a run has changed so far, or in a dry run would have."""
        session = self._sessions.get(run.id)
        return () if session is None else session.journal.changes

    async def take_back(self, run: Run) -> list[tuple[Path, str]]:
        """Undo what a run has changed; what somebody changed since stays.

        Returns:
            The files that stay as they are, each with the reason in words.
        """
        from store.undo import undo

        session = self._sessions.pop(run.id, None)
        if session is None or session.journal.is_dry:
            return []
        changes = session.journal.changes
        failures = await anyio.to_thread.run_sync(undo, changes)
        await self._workspace.catalog.files_changed(
            [self._workspace.relative(change.path) for change in changes if self._is_ours(change)]
        )
        return failures

    def shown_changes(self, run: Run) -> Mapping[str, list[str]]:
        """Return the files that a run has created, changed and deleted, by these words."""
        found: dict[str, list[str]] = {}
        for change in self.changes_of(run):
            if self._is_ours(change):
                path = self._workspace.relative(change.path)
                found.setdefault(change.action, []).append(path)
        return {action: sorted(paths) for action, paths in found.items()}

    def _is_ours(self, change: Change) -> bool:
        """Tell whether a change is one of the project's; copies for undo lie elsewhere."""
        return change.path.is_relative_to(self._workspace.project.root)

    def _open_session(
        self, run: Run, kind: RunKind, task: Task, voice: Voice | None, is_dry: bool
    ) -> Session:
        from engine.api.permissions import PLURALS, permissions_of
        from engine.api.session import Session, Silence
        from store.journal import Journal

        permissions, _ = permissions_of(self._workspace.project.settings)
        session = Session(
            self._workspace,
            permissions[kind],
            PLURALS[kind],
            voice=voice or Silence(),
            tell_progress=partial(self._workspace.tasks.update, task),
            journal=Journal(is_dry=is_dry),
            run_id=run.id,
            give=run.give,
        )
        self._sessions[run.id] = session
        for old in list(self._sessions)[:-_KEPT_SESSIONS]:
            del self._sessions[old]
        return session

    def _show_step(self, task: Task, step: RunStopping) -> None:
        word = "stopping" if step.step == "interrupt" else "killing"
        self._workspace.tasks.update(task, None, word)

    async def _sample_arguments(
        self, script: Script, kind: ScriptKind, source: bytes | None
    ) -> tuple[Any, ...]:
        if kind == "transform":
            return transform_arguments()
        if kind == "utility":
            return ()
        workspace = self._workspace
        return await macro_arguments(workspace.project, workspace.catalog, script, source)

    async def _see_through(self, run: Run, kind: RunKind, task: Task) -> None:
        try:
            await run.execute(self._kernels.pool_for(kind))
        finally:
            if self._buffers is not None:
                self._buffers.run_ended(run.id)
            self._finish_task(run, task)

    def _finish_task(self, run: Run, task: Task) -> None:
        tasks, finished = self._workspace.tasks, run.finished
        if finished is None:  # the workspace was closed over it
            tasks.finish(task, "cancelled", "the project was closed")
            return
        states: dict[str, TaskState] = {"ok": "completed", "stopped": "cancelled"}
        message = finished.reason
        if finished.outcome == "raised" and finished.error is not None:
            message = f"raised {finished.error.type}"
        tasks.finish(task, states.get(finished.outcome, "failed"), message)
