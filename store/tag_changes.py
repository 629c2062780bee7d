"""Renames, merges and deletes tags in every post and sidecar that carries them.

Which files those may be comes in as a list; each is read and decided by its own content. What
tags.json holds is the business of `tags`.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from store import files, media, post_text, posts, sidecar_text, tags
from store.files import FileError
from store.frontmatter import FrontMatterError
from store.one_line import clean
from store.project import Project
from store.script_text import iso
from store.sidecar_text import SidecarError
from store.tags import TagError, tag_name

_TELL_EVERY = 10
"""Files between two reports of progress: each costs a way to the screen's thread."""


@dataclass(frozen=True, slots=True)
class TagProgress:
    """How far a change is."""

    done: int
    total: int
    """Files to look at."""


@dataclass(frozen=True, slots=True)
class TagReport:
    """What a change of tags did."""

    posts_updated: int
    """Posts and translations that were written."""
    media_updated: int
    changed: tuple[str, ...]
    """The paths that were written, as they were given."""
    failures: tuple[tuple[str, str], ...]
    """Path and reason of each file that stayed as it was although it carries a tag."""
    was_cancelled: bool
    """Whether files were left; tags.json is as it was then."""
    duration_s: float

    @classmethod
    def of_nothing(cls) -> "TagReport":
        """Report a change that was cancelled before it began."""
        return cls(0, 0, (), (), was_cancelled=True, duration_s=0.0)

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left; else the same call again does the rest."""
        return not self.was_cancelled and not self.failures

    @property
    def summary(self) -> str:
        """What was done, and what to do about the rest, in one line."""
        parts = [f"{_count(self.posts_updated, 'post')} changed"]
        if self.media_updated:
            parts.append(f"{_count(self.media_updated, 'sidecar')} changed")
        if self.failures:
            path, reason = self.failures[0]
            more = f" (and {len(self.failures) - 1} more)" if len(self.failures) > 1 else ""
            parts.append(f"not changed: {path}{more}: {reason}")
        if self.was_cancelled:
            parts.append("cancelled")
        rest = "" if self.is_complete else "; do it again for the rest"
        return clean(f"{', '.join(parts)} in {self.duration_s:.2f} s{rest}")


OnProgress = Callable[[TagProgress], None]
IsCancelled = Callable[[], bool]


def rename(
    project: Project,
    old: str,
    new: str,
    paths: Sequence[str],
    *,
    now: datetime | None = None,
    on_progress: OnProgress | None = None,
    is_cancelled: IsCancelled | None = None,
) -> TagReport:
    """Give a tag another name, in posts, sidecars and then tags.json.

    Letter case does not count when tags are looked for. A cancelled or partly failed call can be
    repeated and does the rest. It is meant for a thread of its own.

    Args:
        project: Where.
        old: The tag.
        new: Its new name; it is written in lower case.
        paths: Posts and sidecars that may carry it, from the project folder, with slashes.
        now: The time of the change; the clock's when None.
        on_progress: Called every few files, in this thread.
        is_cancelled: Asked before every file; True ends the change.

    Returns:
        What was done. One file that cannot be written does not end it.

    Raises:
        TagError: Another tag has the new name, or it is none.
        FileError: meta/tags.json is broken; nothing was written.
    """
    tag_name(old)
    new = tag_name(new)
    is_other_name = _folded(old) != _folded(new)
    if is_other_name and tags.is_listed(project, old) and tags.is_listed(project, new):
        raise TagError(f"There is a tag {new!r} already; merge {clean(old)!r} into it.")
    change = partial(_merged, sources=frozenset({_folded(old)}), target=new)

    def list_new(has_changed: bool) -> None:
        if has_changed or tags.is_listed(project, old):  # else there was no such tag
            tags.rename_listed(project, old, new)

    return _change(project, change, list_new, paths, now, on_progress, is_cancelled)


def merge(
    project: Project,
    sources: Sequence[str],
    target: str,
    paths: Sequence[str],
    *,
    now: datetime | None = None,
    on_progress: OnProgress | None = None,
    is_cancelled: IsCancelled | None = None,
) -> TagReport:
    """Put one tag in the place of others; see `rename`.

    Args:
        project: Where.
        sources: The tags that go.
        target: The tag that stays; it is listed in tags.json if it is not yet.
        paths: Posts and sidecars that may carry one of `sources`.
        now: The time of the change; the clock's when None.
        on_progress: Called every few files, in this thread.
        is_cancelled: Asked before every file; True ends the change.

    Returns:
        What was done. One file that cannot be written does not end it.

    Raises:
        TagError: `target` is no name, or there is nothing to merge.
        FileError: meta/tags.json is broken; nothing was written.
    """
    target = tag_name(target)
    going = frozenset(map(_folded, sources)) - {_folded(target), ""}
    if not going:
        raise TagError(f"Name the tags that {target!r} should take the place of.")

    def list_target(has_changed: bool) -> None:
        if has_changed or any(tags.is_listed(project, source) for source in going):
            tags.rename_listed(project, target, target)
        tags.unlist(project, going)

    change = partial(_merged, sources=going, target=target)
    return _change(project, change, list_target, paths, now, on_progress, is_cancelled)


def delete(
    project: Project,
    tag: str,
    paths: Sequence[str],
    *,
    now: datetime | None = None,
    on_progress: OnProgress | None = None,
    is_cancelled: IsCancelled | None = None,
) -> TagReport:
    """Take a tag away from posts, sidecars and then tags.json; see `rename`.

    Args:
        project: Where.
        tag: Which.
        paths: Posts and sidecars that may carry it.
        now: The time of the change; the clock's when None.
        on_progress: Called every few files, in this thread.
        is_cancelled: Asked before every file; True ends the change.

    Returns:
        What was done. One file that cannot be written does not end it.

    Raises:
        TagError: `tag` is no name.
        FileError: meta/tags.json is broken; nothing was written.
    """
    tag_name(tag)
    change = partial(_merged, sources=frozenset({_folded(tag)}), target="")

    def unlist(_has_changed: bool) -> None:
        tags.unlist(project, [tag])

    return _change(project, change, unlist, paths, now, on_progress, is_cancelled)


def _change(
    project: Project,
    change: Callable[[Iterable[str]], list[str]],
    change_listing: Callable[[bool], None],
    paths: Sequence[str],
    now: datetime | None,
    on_progress: OnProgress | None,
    is_cancelled: IsCancelled | None,
) -> TagReport:
    started = time.monotonic()
    tags.check_tags(project)
    moment = iso(now or datetime.now(UTC))
    changed: list[str] = []
    failures: list[tuple[str, str]] = []
    was_cancelled = False
    for number, path in enumerate(paths):
        if is_cancelled is not None and is_cancelled():
            was_cancelled = True
            break
        if on_progress is not None and number % _TELL_EVERY == 0:
            on_progress(TagProgress(number, len(paths)))
        try:
            if _rewrite(project.root / path, change, moment):
                changed.append(path)
        except (FileError, FrontMatterError, SidecarError) as error:
            if not isinstance(error.__cause__, FileNotFoundError):  # gone: it carries no tag
                reason = f"{error.reason}. {error.hint}" if isinstance(error, FileError) else error
                failures.append((path, clean(str(reason))))
        time.sleep(0)  # lets the screen's thread have the interpreter
    if not was_cancelled:
        # Also after a failure: the tag's colour goes where most of the posts are.
        try:
            change_listing(bool(changed))
        except FileError as error:
            failures.append(("meta/tags.json", error.reason))
        if on_progress is not None:
            on_progress(TagProgress(len(paths), len(paths)))
    media_updated = sum(path.endswith(media.SUFFIXES) for path in changed)
    return TagReport(
        posts_updated=len(changed) - media_updated,
        media_updated=media_updated,
        changed=tuple(changed),
        failures=tuple(failures),
        was_cancelled=was_cancelled,
        duration_s=time.monotonic() - started,
    )


def _rewrite(path: Path, change: Callable[[Iterable[str]], list[str]], moment: str) -> bool:
    """Change the tags of one file; False when it carries none of them."""
    entry = media.read_media(path) if path.name.endswith(media.SUFFIXES) else posts.read_post(path)
    wanted = change(entry.facts.tags)
    if tuple(wanted) == entry.facts.tags:
        return False
    changes: dict[str, str | Sequence[str]] = {"tags": wanted}
    # A translation has the times of what it translates, unless it tells its own.
    if not entry.facts.translation_for or entry.facts.updated_at:
        changes["updatedAt"] = moment
    if isinstance(entry, posts.Post):
        text = post_text.changed_text(entry.text, changes, None)
    else:
        text = sidecar_text.patch(entry.text, changes)
    files.write(path, text.encode(), expected=entry.stamp)
    return True


def _merged(carried: Iterable[str], sources: frozenset[str], target: str) -> list[str]:
    """Put `target` in the place of the first of `sources`; "" only takes them away."""
    carried = list(carried)
    if not any(_folded(tag) in sources for tag in carried):
        return carried
    wanted = []
    has_target = False
    for tag in carried:
        folded = _folded(tag)
        if folded in sources:
            tag, folded = target, _folded(target)
        if folded == _folded(target):
            if has_target or not target:
                continue
            has_target = True
        wanted.append(tag)
    return wanted


def _folded(tag: str) -> str:
    return clean(tag).casefold()


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
