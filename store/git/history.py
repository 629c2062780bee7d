"""Asks git for the commits of a folder, a page at a time.

Owns which commits are shown and what is told of each. What a commit holds must never enter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias

from store.git.command import read
from store.git.words import Trouble, trouble_of
from store.one_line import clean

SyncStatus: TypeAlias = Literal["both", "local-only", "remote-only"]

PAGE = 100
"""How many commits are read at a time."""

HERE = ":(literal)."
"""The folder that git is asked in, whatever characters its name holds."""

_LOG = ("log", "-z", "--no-color", "--no-show-signature", "--no-ext-diff", "--no-notes")
_FORMAT = "--format=%H%x00%h%x00%aI%x00%an%x00%s"
_FIELDS = 5


@dataclass(frozen=True, slots=True)
class GitEntry:
    """One commit."""

    hash: str
    short_hash: str
    date: str
    """When it was written, ISO 8601 with its offset."""
    author: str
    subject: str
    sync: SyncStatus = "both"
    """Whether it is here only, in the upstream only, or in both; "both" also where there is no
    remote to compare with."""


@dataclass(frozen=True, slots=True)
class Walk:
    """How a history goes on: the same commits, whatever is committed meanwhile."""

    tips: tuple[str, ...]
    pathspecs: tuple[str, ...]
    local_only: frozenset[str]
    remote_only: frozenset[str]
    read: int = 0
    """How many commits have been read."""


@dataclass(frozen=True, slots=True)
class GitLog:
    """A page of the history, newest first."""

    entries: tuple[GitEntry, ...]
    problem: str
    """Why there is none, in words; "" when all is well."""
    trouble: Trouble | None = None
    """The same, with what to do about it."""
    rest: Walk | None = None
    """To go on with; None when this is the end."""


async def log(root: Path, limit: int = PAGE, *, rest: Walk | None = None) -> GitLog:
    """List commits of the repository that a folder lies in: those that touch the folder.

    Commits of the upstream that are not here yet are among them.

    Args:
        root: The project folder.
        limit: How many commits at most.
        rest: Of the page before; None for the first page.

    Returns:
        The commits, or why there are none.
    """
    walk = rest or await _begin(root)
    if isinstance(walk, Trouble):
        return GitLog((), walk.words, walk)
    answer = await read(
        root,
        *_LOG,
        _FORMAT,
        f"--max-count={limit + 1}",
        f"--skip={walk.read}",
        *walk.tips,
        "--",
        *walk.pathspecs,
    )
    if answer.code != 0:
        trouble = trouble_of(answer)
        return GitLog((), trouble.words, trouble)
    parts = answer.text.split("\0")
    entries = [
        _entry(walk, parts[at : at + _FIELDS]) for at in range(0, len(parts) - _FIELDS + 1, _FIELDS)
    ]
    if not entries and rest is None:
        trouble = Trouble("no-commits", "No commit touches this folder yet.")
        return GitLog((), trouble.words, trouble)
    more = replace(walk, read=walk.read + limit) if len(entries) > limit else None
    return GitLog(tuple(entries[:limit]), "", rest=more)


def _entry(walk: Walk, fields: Sequence[str]) -> GitEntry:
    commit, short, date, author, subject = map(clean, fields)
    return GitEntry(commit, short, date, author, subject, _sync(walk, commit))


def _sync(walk: Walk, commit: str) -> SyncStatus:
    if commit in walk.local_only:
        return "local-only"
    return "remote-only" if commit in walk.remote_only else "both"


async def _begin(root: Path) -> Walk | Trouble:
    answer = await read(root, "rev-parse", "--show-prefix", "HEAD^{commit}")
    if answer.code != 0:
        return trouble_of(answer)
    # The folder's name may hold a line end; a hash does not.
    prefix, _, head = answer.text.rstrip("\n").rpartition("\n")
    # Without a path git also lists commits that change no file.
    pathspecs = (HERE,) if prefix else ()
    upstream = (
        await read(root, "rev-parse", "--verify", "--quiet", "@{upstream}^{commit}")
    ).text.strip()
    tips = (head, upstream) if upstream else (head,)
    if upstream:
        answer = await read(root, "rev-list", "--left-right", f"{head}...{upstream}")
    elif (await read(root, "for-each-ref", "--count=1", "refs/remotes")).output:
        # A branch that has not been pushed: what no remote has.
        answer = await read(root, "rev-list", head, "--not", "--remotes")
    else:
        return Walk(tips, pathspecs, frozenset(), frozenset())
    if answer.code != 0:
        return trouble_of(answer)
    lines = answer.text.split()
    return Walk(
        tips,
        pathspecs,
        frozenset(line.lstrip("<") for line in lines if not line.startswith(">")),
        frozenset(line[1:] for line in lines if line.startswith(">")),
    )
