"""The tags and categories of an open project: what they are, how often used, and changing them.

A change in many posts is a task, one at a time. How files are written is the store's; nothing here
draws.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

import anyio
import anyio.from_thread
import anyio.to_thread

from engine.catalog import Catalog
from engine.tasks import Tasks, TaskState
from engine.turns import ending_with_the_asker, turn
from store.project import Project

if TYPE_CHECKING:
    from store.categories import Category, Setting
    from store.index import Index
    from store.tag_changes import IsCancelled, OnProgress, TagProgress, TagReport
    from store.tags import Tag


class _Change(Protocol):
    """One of `store.tag_changes`, all but the files it should look at."""

    def __call__(
        self, *, paths: Sequence[str], on_progress: OnProgress, is_cancelled: IsCancelled
    ) -> TagReport: ...


@dataclass(frozen=True, slots=True)
class TagUse:
    """A tag and how often it is used."""

    name: str
    color: str
    """`#rgb` or `#rrggbb`; "" for none."""
    post_template_slug: str
    posts: int
    """Posts that carry it; their translations do not count."""
    media: int
    is_listed: bool
    """Whether meta/tags.json has it; else only posts or media do."""


@dataclass(frozen=True, slots=True)
class TagListing:
    """All tags by name."""

    tags: tuple[TagUse, ...]
    problem: str
    """Why meta/tags.json cannot be read, in words and with the place; "" when it can."""


@dataclass(frozen=True, slots=True)
class CategoryUse:
    """A category and by how many posts it is used."""

    category: Category
    posts: int


@dataclass(frozen=True, slots=True)
class CategoryListing:
    """All categories by name."""

    categories: tuple[CategoryUse, ...]
    unlisted: tuple[str, ...]
    """Names that posts carry and meta/categories.json does not have."""
    problems: tuple[str, ...]
    """What is wrong with the files, in words and with the place."""


class Tags:
    """What can be done with tags and categories. The imports stand inside: a run needs none."""

    def __init__(self, project: Project, catalog: Catalog, tasks: Tasks) -> None:
        self._project = project
        self._catalog = catalog
        self._tasks = tasks
        self._one_at_a_time = anyio.Lock()
        self._is_cancelled = threading.Event()

    def cancel(self) -> None:
        """Stop the change that is under way; harmless when none is."""
        self._is_cancelled.set()

    async def listing(self) -> TagListing:
        """Return all tags, those of meta/tags.json and those that only posts or media carry.

        Raises:
            FileError: The index cannot be written.
            ClosedResourceError: The project is closed.
        """
        from store.tags import read_tags

        await self._catalog.see_content()
        posts, media = await self._catalog.question(_tag_uses)
        listed = await anyio.to_thread.run_sync(read_tags, self._project)
        by_name = {tag.name.casefold(): tag for tag in listed.tags}
        uses = []
        for folded in sorted({*by_name, *posts, *media}):
            tag = by_name.get(folded)
            spelled, _ = posts.get(folded) or media.get(folded) or ("", 0)
            uses.append(
                TagUse(
                    name=tag.name if tag else spelled,
                    color=tag.color if tag else "",
                    post_template_slug=tag.post_template_slug if tag else "",
                    posts=posts[folded][1] if folded in posts else 0,
                    media=media[folded][1] if folded in media else 0,
                    is_listed=tag is not None,
                )
            )
        return TagListing(tuple(uses), listed.problem)

    async def create(self, name: str, *, color: str = "", post_template_slug: str = "") -> Tag:
        """List a new tag.

        Raises:
            TagError: There is one of that name, or the colour is none.
            FileError: meta/tags.json is broken or could not be written; it is as it was.
        """
        from store.tags import create_tag

        return await anyio.to_thread.run_sync(
            partial(
                create_tag,
                self._project,
                name,
                color=color,
                post_template_slug=post_template_slug,
            )
        )

    async def update(
        self, name: str, *, color: str | None = None, post_template_slug: str | None = None
    ) -> Tag:
        """Change a tag's colour or template; "" takes it away, None keeps it.

        Raises:
            TagError: The colour is none.
            FileError: meta/tags.json is broken or could not be written; it is as it was.
        """
        from store.tags import update_tag

        return await anyio.to_thread.run_sync(
            partial(
                update_tag,
                self._project,
                name,
                color=color,
                post_template_slug=post_template_slug,
            )
        )

    async def rename(self, old: str, new: str) -> TagReport:
        """Give a tag another name wherever it is carried, as a task.

        Returns:
            What was done; repeating a call that was not complete does the rest.

        Raises:
            TagError: Another tag has the new name, or it is none.
            FileError: meta/tags.json is broken, nothing was written; or the index cannot be.
            ClosedResourceError: The project is closed.
        """
        from store import tag_changes

        change = partial(tag_changes.rename, self._project, old, new)
        return await self._change(f"Rename tag {old}", [old], change)

    async def merge(self, sources: Sequence[str], target: str) -> TagReport:
        """Put one tag in the place of others wherever they are carried, as a task.

        Returns:
            What was done; repeating a call that was not complete does the rest.

        Raises:
            TagError: `target` is no name, or there is nothing to merge.
            FileError: meta/tags.json is broken, nothing was written; or the index cannot be.
            ClosedResourceError: The project is closed.
        """
        from store import tag_changes

        change = partial(tag_changes.merge, self._project, sources, target)
        return await self._change(f"Merge tags into {target}", sources, change)

    async def delete(self, tag: str) -> TagReport:
        """Take a tag away wherever it is carried, as a task.

        Returns:
            What was done; repeating a call that was not complete does the rest.

        Raises:
            TagError: `tag` is no name.
            FileError: meta/tags.json is broken, nothing was written; or the index cannot be.
            ClosedResourceError: The project is closed.
        """
        from store import tag_changes

        change = partial(tag_changes.delete, self._project, tag)
        return await self._change(f"Delete tag {tag}", [tag], change)

    # Categories --------------------------------------------------------------------------------

    async def categories(self) -> CategoryListing:
        """Return all categories and how they are shown.

        Raises:
            FileError: The index cannot be written.
            ClosedResourceError: The project is closed.
        """
        from store.categories import read_categories

        await self._catalog.see_content()
        posts = await self._catalog.question(_category_uses)
        found = await anyio.to_thread.run_sync(read_categories, self._project)
        listed = {category.name.casefold() for category in found.categories}
        return CategoryListing(
            categories=tuple(
                CategoryUse(category, posts.get(category.name.casefold(), ("", 0))[1])
                for category in found.categories
            ),
            unlisted=tuple(posts[folded][0] for folded in sorted(posts.keys() - listed)),
            problems=found.problems,
        )

    async def add_category(self, name: str) -> Category:
        """List a new category.

        Raises:
            TagError: There is one of that name.
            FileError: meta/categories.json is broken or could not be written; it is as it was.
        """
        from store.categories import add_category

        return await anyio.to_thread.run_sync(add_category, self._project, name)

    async def change_category(self, name: str, changes: Mapping[Setting, str | bool]) -> Category:
        """Change how a category is shown.

        Raises:
            TagError: There is none of that name.
            FileError: A file is broken or could not be written; it is as it was.
            ValueError: Another setting, or a value that it cannot have.
        """
        from store.categories import change_category

        return await anyio.to_thread.run_sync(change_category, self._project, name, changes)

    async def remove_category(self, name: str) -> None:
        """Take a category out of the project's lists; posts keep theirs.

        Raises:
            TagError: It is protected, or there is none of that name.
            FileError: A file is broken or could not be written.
        """
        from store.categories import remove_category

        await anyio.to_thread.run_sync(remove_category, self._project, name)

    # The task ----------------------------------------------------------------------------------

    async def _change(self, name: str, carried: Sequence[str], change: _Change) -> TagReport:
        from store.tag_changes import TagReport
        from store.tags import TagError

        async with self._one_at_a_time:
            # What was written since the index was last looked at carries tags, too.
            rebuilt = await self._catalog.rebuild(("posts", "media"))
            if rebuilt.was_cancelled:
                return TagReport.of_nothing()
            async with turn(self._tasks, name, self._is_cancelled, TagError) as task:
                paths = await self._catalog.question(partial(_paths_with, carried))

                def tell(progress: TagProgress) -> None:
                    fraction = progress.done / progress.total if progress.total else None
                    words = f"{progress.done} of {progress.total} files"
                    anyio.from_thread.run_sync(self._tasks.update, task, fraction, words)

                report = await self._in_thread(
                    partial(
                        change,
                        paths=paths,
                        on_progress=tell,
                        is_cancelled=self._is_cancelled.is_set,
                    )
                )
                await self._catalog.files_changed(report.changed)
                state: TaskState = "failed" if report.failures else "completed"
                self._tasks.finish(
                    task, "cancelled" if report.was_cancelled else state, report.summary
                )
                return report

    async def _in_thread(self, work: Callable[[], TagReport]) -> TagReport:
        """Do something in a thread; when the asker is cancelled, the thread is told to end."""
        run = partial(anyio.to_thread.run_sync, work)
        return await ending_with_the_asker(run, self._is_cancelled)


def _tag_uses(index: Index) -> tuple[dict[str, tuple[str, int]], dict[str, tuple[str, int]]]:
    """Count posts and media by tag, whatever its case; with one way it is written."""
    from store import post_counts

    posts = _folded_counts((use.name, use.posts) for use in post_counts.usage(index, "tags"))
    own = (facts for _, facts in index.media() if not facts.translation_for)
    media = _folded_counts((tag, 1) for facts in own for tag in facts.tags)
    return posts, media


def _category_uses(index: Index) -> dict[str, tuple[str, int]]:
    from store import post_counts

    return _folded_counts((use.name, use.posts) for use in post_counts.usage(index, "categories"))


def _folded_counts(uses: Iterator[tuple[str, int]]) -> dict[str, tuple[str, int]]:
    counts: dict[str, tuple[str, int]] = {}
    for name, number in uses:
        spelled, before = counts.get(name.casefold(), (name, 0))
        counts[name.casefold()] = (spelled, before + number)
    return counts


def _paths_with(carried: Sequence[str], index: Index) -> list[str]:
    """List the files that carry one of some tags; SQLite's own `lower` knows only ASCII."""
    wanted = {tag.strip().casefold() for tag in carried}

    def carries(tags: Sequence[str]) -> bool:
        return any(tag.strip().casefold() in wanted for tag in tags)

    posts = [path for path, facts in index.posts() if carries(facts.tags)]
    return posts + [path for path, facts in index.media() if carries(facts.tags)]
