"""A link becomes a post: made safe, handed from one transform to the next, written as a draft.

Owns the order of the transforms, what of their answers counts, and what is told of them. How a
script runs is `runs`' business, and what a post must look like the store's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import anyio
import anyio.to_thread
import msgspec
from msgspec import Meta, Raw

from engine.agreement import NotAgreed
from engine.api.session import Severity, Silence
from engine.child.protocol import WHOLE_FILE
from engine.kernel.events import RunFinished, RunOutput
from engine.kernel.terminal_text import filtered
from engine.kernel.traceback import format_error, place, summary
from store.files import FileError
from store.link_post import Link, LinkPost, checked_post, clean_link, draft_of
from store.one_line import clean
from store.project import open_project

if TYPE_CHECKING:
    from engine.kernel.run import Run
    from engine.tasks import Task
    from engine.workspace import Workspace
    from store.index import ScriptRow
    from store.scripts import Script

TASK_NAME = "New post from link"
DEFAULT_ENTRYPOINT = "transform"

MAX_TOASTS = 20
"""Of one link, over all scripts."""
MAX_TOASTS_OF_SCRIPT = 5
MAX_PRINTED_BYTES = 8 * 1024
"""What is kept of what one script prints: its beginning."""
MAX_MESSAGE_CHARS = 500

_Term = Annotated[str, Meta(max_length=200)]
_Terms = Annotated[list[_Term], Meta(max_length=100)]


class _Answer(msgspec.Struct):
    """A post as a script gives it. Other keys do no harm."""

    title: Annotated[str, Meta(max_length=1_000)]
    content: Annotated[str, Meta(max_length=1_000_000)]
    tags: _Terms
    categories: _Terms


class _Envelope(msgspec.Struct):
    """`{"post": {...}}`."""

    post: Raw = Raw()


@dataclass(frozen=True, slots=True)
class Toast:
    """A short message of a script."""

    script_slug: str
    message: str
    severity: Severity


@dataclass(frozen=True, slots=True)
class TransformError:
    """Why a transform's work does not count."""

    script_id: str
    script_slug: str
    message: str
    """In one line."""
    path: str
    """The script's file, from the project folder."""
    line: int = 0
    """Where it happened, from 1; 0 when that is not known. So is `column`."""
    column: int = 0
    details: str = ""
    """The traceback, filtered for terminals."""


@dataclass(slots=True)
class LinkReport:
    """What came of a link."""

    post: LinkPost
    """As the last transform has left it."""
    path: str = ""
    """The draft's file, from the project folder; "" when it was cancelled."""
    applied_script_ids: list[str] = field(default_factory=list)
    errors: list[TransformError] = field(default_factory=list)
    toasts: list[Toast] = field(default_factory=list)
    printed: dict[str, str] = field(default_factory=dict)
    """By slug, the beginning of what a script printed, filtered for terminals."""
    was_cancelled: bool = False


class Transforms:
    """The transforms of an open project."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    async def add_link(self, url: str, title: str = "") -> LinkReport:
        """Make a draft of a link, as a task.

        A transform that fails, or gives what is no post, is told and left out.

        Args:
            url: The address, of http or https.
            title: What is there; the host's name when there is nothing of it.

        Returns:
            The post, where it is, and what the transforms said.

        Raises:
            LinkError: The address is none that a post is made of.
            FileError: The post could not be written.
            TaskCancelled: A person cancelled it before it began.
            ClosedResourceError: The project is closed.
        """
        link = clean_link(url, title)
        pipeline = _Pipeline(self._workspace, link)
        async with self._workspace.tasks.queued(TASK_NAME, pipeline.cancel) as task:
            report = await pipeline.carry_out(task)
            if report.was_cancelled:
                self._workspace.tasks.finish(task, "cancelled", "no post was made")
            else:
                failed = ", ".join(error.script_slug for error in report.errors)
                words = f"{report.path}; without {failed}" if failed else report.path
                self._workspace.tasks.finish(task, "completed", words)
        return report


class _Pipeline:
    """One link on its way."""

    def __init__(self, workspace: Workspace, link: Link) -> None:
        self._workspace = workspace
        self._link = link
        self._report = LinkReport(draft_of(link))
        self._run: Run | None = None
        self._is_past_scripts = False

    def cancel(self) -> None:
        """Stop the script that runs; the second time kill it. No post is made.

        Harmless once the draft is being written.
        """
        if self._is_past_scripts:
            return
        self._report.was_cancelled = True
        if self._run is not None:
            self._run.stop()

    async def carry_out(self, task: Task) -> LinkReport:
        """Run the transforms and write the draft."""
        workspace, report = self._workspace, self._report
        settings = await anyio.to_thread.run_sync(open_project, workspace.project.root)
        category = settings.settings.get("blogmarkCategory")
        report.post = draft_of(self._link, clean(category) if isinstance(category, str) else "")
        rows = await self._transforms()
        for number, row in enumerate(rows):
            if report.was_cancelled:
                return report
            workspace.tasks.update(task, number / len(rows), row.slug)
            await self._apply(row)
        if report.was_cancelled:
            return report
        self._is_past_scripts = True
        made = await workspace.posts.create(
            report.post.title,
            body=report.post.content,
            tags=report.post.tags,
            categories=report.post.categories,
        )
        report.path = workspace.relative(made.path)
        return report

    async def _transforms(self) -> Sequence[ScriptRow]:
        catalog = self._workspace.catalog
        await catalog.scripts_changed()  # at a shell nobody else keeps the index up to date
        return sorted(
            (row for row in await catalog.scripts() if row.kind == "transform" and row.enabled),
            key=lambda row: (_moment(row.updated_at), row.slug, row.id),
        )

    async def _apply(self, row: ScriptRow) -> None:
        report = self._report
        try:
            script = await self._workspace.load_script(row.path)
            finished = await self._see_through(script, row)
        except (FileError, NotAgreed) as error:
            self._fail(row, str(error))
            return
        if report.was_cancelled:
            return
        if finished.outcome != "ok":
            self._fail_run(row, finished)
            return
        try:
            report.post = decoded_post(finished.result)
        except ValueError as error:
            self._fail(row, f"what it returns is no post: {error}")
            return
        report.applied_script_ids.append(row.id)

    async def _see_through(self, script: Script, row: ScriptRow) -> RunFinished:
        entrypoint = script.fields.entrypoint
        if entrypoint == WHOLE_FILE or not entrypoint.isidentifier():
            entrypoint = DEFAULT_ENTRYPOINT
        run = self._run = await self._workspace.runs.start(
            script,
            kind="transform",
            entrypoint=entrypoint,
            arguments=(
                _as_argument(self._report.post),
                {"source": "blogmark", "url": self._link.url},
            ),
            voice=_Listener(row.slug, self._report.toasts),
            returns_data=True,
        )
        if self._report.was_cancelled:
            run.stop()
        printed = bytearray()
        finished: RunFinished | None = None
        try:
            async with aclosing(run.events()) as events:
                async for event in events:
                    if isinstance(event, RunOutput):
                        printed += event.data[: MAX_PRINTED_BYTES - len(printed)]
                    elif isinstance(event, RunFinished):
                        finished = event
        finally:
            self._run = None
        if printed:
            self._report.printed[row.slug] = filtered(printed.decode(errors="replace"))
        if finished is None:
            raise anyio.ClosedResourceError
        return finished

    def _fail_run(self, row: ScriptRow, finished: RunFinished) -> None:
        error = finished.error
        message = finished.reason or finished.outcome
        if error is not None and finished.outcome == "raised":
            message = summary(error)
        where = place(error, row.path) if error is not None else None
        details = format_error(error) if error is not None else ""
        self._fail(row, message, where or (0, 0), filtered(details))

    def _fail(
        self, row: ScriptRow, message: str, where: tuple[int, int] = (0, 0), details: str = ""
    ) -> None:
        words = clean(message)[:MAX_MESSAGE_CHARS]
        self._report.errors.append(
            TransformError(row.id, row.slug, words, row.path, *where, details)
        )


class _Listener(Silence):
    """Hears the toasts of one script, the first few."""

    def __init__(self, slug: str, toasts: list[Toast]) -> None:
        self._slug = slug
        self._toasts = toasts
        self._left = MAX_TOASTS_OF_SCRIPT

    def toast(self, message: str, severity: Severity) -> None:
        """Keep it, if there is room."""
        if self._left and len(self._toasts) < MAX_TOASTS:
            self._left -= 1
            self._toasts.append(Toast(self._slug, message, severity))


def decoded_post(result: str) -> LinkPost:
    """Take a post from what a kernel gave, which is untrusted.

    Args:
        result: A post as JSON, or an object with one under the key `post`.

    Raises:
        ValueError: It is none; with words for a person.
    """
    if not result:
        raise ValueError("the script left before its end")
    try:
        wrapped = bytes(msgspec.json.decode(result, type=_Envelope).post)
        answer = msgspec.json.decode(wrapped or result, type=_Answer)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError(str(error)) from error
    return checked_post(answer.title, answer.content, answer.tags, answer.categories)


def _as_argument(post: LinkPost) -> Mapping[str, Any]:
    return {
        "title": post.title,
        "content": post.content,
        "tags": list(post.tags),
        "categories": list(post.categories),
    }


def _moment(text: str) -> float:
    """Return a time for sorting; what is none comes first."""
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return 0.0
