"""The open project: joins store and engine, for the screen, the command line and tests alike.

Owns the project's index, its kernels, its runs and its tasks while it is open. Nothing here draws,
and nobody above calls the rooms below in its stead.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread
from anyio.abc import TaskGroup

from engine.agreement import Agreement
from engine.catalog import Catalog
from engine.child.protocol import Inspected
from engine.comparison import Comparison
from engine.entries.media import Media
from engine.entries.posts import Posts
from engine.entries.tags import Tags
from engine.history import History
from engine.housekeeping import sweep_later
from engine.kernel.kernels import Kernels
from engine.kernel.limits import Limits, RunKind
from engine.kernel.pool import Pool
from engine.packages import has_requirements, packages_of
from engine.run_settings import limits_of, place_of
from engine.runs import Runs
from engine.tasks import Tasks
from engine.watching import Watching
from store import files, scripts, seed
from store.one_line import clean
from store.project import Project, open_project
from store.scripts import Script, ScriptKind

if TYPE_CHECKING:
    from engine.child.protocol import ScriptError
    from engine.environment import Environment
    from engine.render.library import Library
    from engine.render.previews import Previews
    from engine.render.survey import Survey
    from engine.settings.values import Settings
    from engine.transforms import Transforms
    from store.recovery import Recovery

_MAX_NAME_CHARS = 80
"""Of a name that a message quotes from a file."""


@dataclass(frozen=True, slots=True)
class DeletedScript:
    """A deleted script that can still be brought back."""

    slug: str
    original: Path
    trash: Path


class Workspace:
    """An open project. Made by `open_workspace`."""

    def __init__(self, project: Project, kernels: Kernels, group: TaskGroup) -> None:
        self.project = project
        self.tasks = Tasks()
        self.notices: list[str] = list(project.warnings)
        """What went wrong or was put right while opening, in words, for the person."""
        self._kernels = kernels
        self._group = group
        self.agreement = Agreement(project, kernels)
        """Whether scripts run without the sandbox."""
        self.limits = self._limits()
        """What runs may use, by kind."""
        self.catalog = Catalog(project, self.tasks, self.notices)
        """The index of its files."""
        self.history = History(project, self.tasks)
        """What git knows about it."""
        self.watching = Watching(project, self.catalog)
        """What other programs do to its files."""
        self.runs = Runs(self, kernels, group)
        """Its scripts at work."""
        self._undoable: list[Callable[[], Script]] = []
        """What brings deleted or replaced scripts back, the last one last."""
        self.comparison = Comparison(project, self.catalog, self.tasks, self._undoable.append)
        """Index against files, and bringing either in line."""
        self.media = Media(project, self.catalog)
        """Importing, changing and deleting media."""
        self.posts = Posts(project, self.catalog)
        """Reading, changing, publishing and deleting posts."""
        self.tags = Tags(project, self.catalog, self.tasks)
        """Its tags and categories."""

    def _limits(self) -> Mapping[RunKind, Limits]:
        limits, problems = limits_of(self.project.settings)
        if problems:
            text = files.read(self.project.root / "meta" / "project.json")[0].decode("utf-8-sig")
            for problem in problems:
                line, column = place_of(text, problem.keys)
                name = clean(problem.keys[-1])[:_MAX_NAME_CHARS]
                self.notices.append(
                    f"meta/project.json:{line}:{column}: {name} {problem.words}; using the default."
                )
        return limits

    @cached_property
    def settings(self) -> Settings:
        """What the project and the person have set; it is read by its `load`."""
        from engine.settings.values import Settings  # which a run does not need

        return Settings(self.project, self._take_settings)

    @cached_property
    def recovery(self) -> Recovery:
        """Unsaved text that outlives the process."""
        from store.recovery import Recovery  # which a run does not need

        return Recovery(self.project.state_dir / "recovery")

    @cached_property
    def transforms(self) -> Transforms:
        """Making a post of a link."""
        from engine.transforms import Transforms  # which a run does not need

        return Transforms(self)

    @cached_property
    def environment(self) -> Environment:
        """The packages of its scripts."""
        from engine.environment import Environment  # which few runs need

        return Environment(self.project, self._kernels, self.tasks)

    @cached_property
    def macros(self) -> Library:
        """The macros that its posts can call."""
        from engine.render.library import Library  # which a run does not need

        return Library(self)

    @cached_property
    def previews(self) -> Previews:
        """Posts and macros as they are being written."""
        from engine.render.previews import Previews  # which a run does not need

        return Previews(self, self._kernels)

    @cached_property
    def survey(self) -> Survey:
        """All posts' macros in one go."""
        from engine.render.survey import Survey  # which a run does not need

        return Survey(self, self._kernels, self._group)

    @property
    def has_requirements(self) -> bool:
        """Whether it lists packages for its scripts, which costs one look."""
        return has_requirements(self.project)

    async def explain(self, error: ScriptError) -> str:
        """Tell what to do about what a script has raised; empty when that is not known."""
        if error.type != "ModuleNotFoundError" or not self.has_requirements:
            return ""
        return await self.environment.hint(error)

    def _take_settings(self, settings: Mapping[str, Any]) -> None:
        from store.project_settings import with_settings  # which a run does not need either

        self.project = with_settings(self.project, settings)
        self.limits, _ = limits_of(settings)

    async def sandbox_problem(self) -> str:
        """Return why no script can be run here, in words; empty when all is well."""
        return await self._kernels.problem()

    # Scripts -----------------------------------------------------------------------------------

    async def load_script(self, path: str) -> Script:
        """Read a script.

        Args:
            path: Relative to the project's folder.

        Raises:
            FileError: It cannot be read or is not UTF-8.
        """
        return await anyio.to_thread.run_sync(scripts.read_script, self.project.root / path)

    async def read_source(self, path: str) -> bytes:
        """Read a script's bytes, whatever they are.

        Raises:
            FileError: It cannot be read.
        """
        return (await anyio.to_thread.run_sync(files.read, self.project.root / path))[0]

    async def find_script(self, slug: str) -> Script:
        """Return the script of that slug, without the index.

        Raises:
            FileError: There is none; the hint names similar ones.
        """
        return await anyio.to_thread.run_sync(scripts.find_script, self.project, slug)

    async def save_script(
        self,
        script: Script,
        *,
        body: str | None = None,
        changes: Mapping[str, str | bool] | None = None,
    ) -> Script:
        """Write what changed; nothing is written when nothing did.

        Args:
            script: As it was read.
            body: The new text below the header; None keeps it.
            changes: New header fields by name.

        Raises:
            ConflictError: The file is not the one that `script` was read from.
            FileError: It could not be written; the old file is intact.
        """
        saved = await anyio.to_thread.run_sync(
            partial(scripts.save_script, script, body=body, changes=changes)
        )
        if saved is not script:
            await self._wrote(saved, script)
        return saved

    async def overwrite_script(
        self, script: Script, *, body: str, changes: Mapping[str, str | bool]
    ) -> Script:
        """Write a script over whatever its file holds by now, or make the file again.

        Args:
            script: As it was read once; its own header is written.
            body: The text below the header.
            changes: New header fields by name.

        Raises:
            ConflictError: The file changed in this very moment.
            FileError: It could not be written; the old file is intact.
        """
        written = await anyio.to_thread.run_sync(
            partial(scripts.overwrite_script, script, body=body, changes=changes)
        )
        await self._wrote(written, script)
        return written

    async def create_script(self, title: str, kind: ScriptKind, body: str, **fields: Any) -> Script:
        """Make a script with a slug of its own.

        Args:
            title: As `kind`, `body` and `fields` (slug, entrypoint, enabled) one of the arguments
                of `scripts.create_script`.

        Raises:
            FileError: It could not be written.
        """
        taken = {row.slug for row in await self.catalog.scripts()}
        script = await anyio.to_thread.run_sync(
            partial(
                scripts.create_script,
                self.project,
                title=title,
                kind=kind,
                body=body,
                taken=taken,
                **fields,
            )
        )
        await self._wrote(script)
        return script

    async def duplicate_script(self, script: Script) -> Script:
        """Make a copy under a slug of its own.

        Raises:
            FileError: It could not be written.
        """
        taken = {row.slug for row in await self.catalog.scripts()}
        copy = await anyio.to_thread.run_sync(
            partial(scripts.duplicate_script, self.project, script, taken=taken)
        )
        await self._wrote(copy, script)
        return copy

    async def rename_script(self, script: Script, *, title: str, slug: str) -> Script:
        """Give it another title and slug; another slug is another file name and macro name.

        Raises:
            ConflictError: The file changed, or another has that name or slug.
            FileError: It could not be written.
        """
        own_path = self.relative(script.path)
        taken = {row.slug for row in await self.catalog.scripts() if row.path != own_path}
        renamed = await anyio.to_thread.run_sync(
            partial(scripts.rename_script, script, title=title, slug=slug, taken=taken)
        )
        await self._wrote(renamed, script)
        return renamed

    async def delete_script(self, script: Script) -> DeletedScript:
        """Delete it; a copy stays in the state directory for `undo_delete`.

        Raises:
            FileError: It could not be removed or the copy not be written.
        """
        trash = await anyio.to_thread.run_sync(scripts.delete_script, self.project, script)
        self._undoable.append(partial(scripts.restore_script, self.project, trash, script.path))
        await self.catalog.scripts_changed()
        return DeletedScript(script.fields.slug, script.path, trash)

    async def undo_delete(self) -> Script | None:
        """Bring the last script back that was deleted or replaced; None when there is none.

        When its place has been taken, or what replaced it was changed since, it comes beside it, as
        `name_2.py`.

        Raises:
            FileError: It could not be written.
        """
        if not self._undoable:
            return None
        bring_back = self._undoable[-1]
        script = await anyio.to_thread.run_sync(bring_back)
        self._undoable.remove(bring_back)
        await self.catalog.scripts_changed()
        return script

    async def _wrote(self, script: Script, before: Script | None = None) -> None:
        await self.agreement.wrote(self.relative(script.path), script, before)
        await self.catalog.scripts_changed()

    async def exists(self, script: Script) -> bool:
        """Tell whether its file is still there."""
        return await anyio.Path(script.path).exists()

    async def check(self, source: bytes, path: str) -> Inspected:
        """Tell a source's entrypoints and syntax problems, without running it.

        Raises:
            KernelError: No interpreter could do it.
        """
        return await self._kernels.inspect(source, path)

    def relative(self, path: Path) -> str:
        """Return how a file of the project is called everywhere: relative, with slashes."""
        return path.relative_to(self.project.root).as_posix()


@asynccontextmanager
async def open_workspace(
    root: Path, *, pool: Pool | None = None, is_watching: bool = False
) -> AsyncIterator[Workspace]:
    """Open the project in `root` until the block is left; then its runs end and its kernels go.

    Default scripts are put into a project that has none. Unchanged older ones are replaced where
    somebody looks at it, not by a command that only runs something.

    Args:
        root: The project's folder.
        pool: Where its kernels come from, open; None for warm ones of its own.
        is_watching: Whether to follow what other programs do to its files.

    Raises:
        ProjectError: It is not a project.
    """
    project = open_project(root)
    async with AsyncExitStack() as stack:
        kernels = await stack.enter_async_context(Kernels(pool, partial(packages_of, project)))
        group = await stack.enter_async_context(anyio.create_task_group())
        workspace = Workspace(project, kernels, group)
        tend = partial(seed.tend_default_scripts, project, is_updating=is_watching)
        workspace.notices += await anyio.to_thread.run_sync(tend)
        group.start_soon(sweep_later, project)
        if is_watching:
            workspace.watching.start(group)
        try:
            yield workspace
        finally:
            group.cancel_scope.cancel()
            workspace.comparison.cancel()
            workspace.tags.cancel()
            with anyio.CancelScope(shield=True):
                await workspace.catalog.close()
