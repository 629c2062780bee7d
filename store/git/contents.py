"""Asks git what a commit holds: its message, its files with their counts, and the diff of a file.

Drawing it must never enter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import anyio.to_thread

from store.git.command import Answer, read
from store.git.history import HERE
from store.git.words import GitError, Trouble, fit, shown_path, trouble_of
from store.one_line import clean

FileStatus: TypeAlias = Literal[
    "added", "modified", "deleted", "renamed", "copied", "type changed", "unknown"
]

MAX_DIFF_BYTES = 4 * 1024 * 1024
MAX_FILES = 2000
MAX_LINE_CHARS = 2000

_STATUS: dict[str, FileStatus] = {
    "A": "added",
    "M": "modified",
    "D": "deleted",
    "R": "renamed",
    "C": "copied",
    "T": "type changed",
}
_FORMAT = "--format=%H%x00%h%x00%aI%x00%an%x00%ae%x00%P%x00%B"
_DIFF_TREE = (
    "diff-tree", "-r", "-M", "--root", "--no-commit-id", "--no-color", "--no-ext-diff",
    "--no-textconv", "--submodule=short", "--full-index", "--src-prefix=a/", "--dst-prefix=b/",
)  # fmt: skip
_TAB_CELLS = 4


@dataclass(frozen=True, slots=True)
class GitFile:
    """A file that a commit changed."""

    path: str
    """Relative to the repository's folder; bytes that are not UTF-8 are escaped."""
    status: FileStatus
    added: int | None = None
    """Lines; None for a binary file, which has none."""
    removed: int | None = None
    previous_path: str = ""
    """Of a renamed or copied file."""

    @property
    def is_binary(self) -> bool:
        """Whether it has no lines that could be told apart."""
        return self.added is None

    @property
    def shown(self) -> str:
        """The path, fit to be shown; with the former one if it had another."""
        if self.previous_path:
            return f"{shown_path(self.previous_path)} -> {shown_path(self.path)}"
        return shown_path(self.path)


@dataclass(frozen=True, slots=True)
class GitCommit:
    """A commit with its files."""

    hash: str
    short_hash: str
    date: str
    author: str
    email: str
    message: tuple[str, ...]
    """The lines, fit to be shown; the first is the subject."""
    parents: tuple[str, ...]
    files: tuple[GitFile, ...]
    """Those below the project's folder; of a merge, what differs from its first parent."""
    files_left_out: int = 0
    """How many more there are."""


@dataclass(frozen=True, slots=True)
class GitDiff:
    """What a commit changed in a file."""

    lines: tuple[str, ...]
    """Fit to be shown, each with the mark that git puts in front: "+", "-", " ", "@"."""
    is_cut: bool = False
    """Whether it is longer than MAX_DIFF_BYTES, and the rest is missing."""


async def show(root: Path, commit: str) -> GitCommit:
    """Tell what a commit holds.

    Args:
        root: The project folder.
        commit: Its hash.

    Raises:
        GitError: Git did not tell.
    """
    if not re.fullmatch(r"[0-9a-f]{4,64}", commit):
        raise GitError(Trouble("failed", f"{clean(commit)} is no commit."))
    answer = await _ask(
        root, "log", "--max-count=1", "--no-color", "--no-show-signature", "--no-notes",
        "--no-ext-diff", "--encoding=UTF-8", _FORMAT, commit, "--",
    )  # fmt: skip
    full, short, date, author, email, parents, message = answer.text.rstrip("\n").split("\0", 6)
    first_parents = parents.split()[:1]
    answer = await _ask(
        root, *_DIFF_TREE, "-z", "--raw", "--numstat", *first_parents, full, "--", HERE
    )
    files = await anyio.to_thread.run_sync(lambda: list(_files(answer)))
    return GitCommit(
        full,
        clean(short),
        clean(date),
        clean(author),
        clean(email),
        tuple(fit(line.expandtabs(_TAB_CELLS)) for line in message.rstrip().split("\n")),
        tuple(parents.split()),
        tuple(files[:MAX_FILES]),
        max(len(files) - MAX_FILES, 0),
    )


async def diff(root: Path, commit: GitCommit, file: GitFile) -> GitDiff:
    """Tell what a commit changed in one of its files.

    Args:
        root: The project folder.
        commit: As `show` told it.
        file: One of its files.

    Raises:
        GitError: Git did not tell.
    """
    # Both names, or a renamed file looks like a new one.
    paths = [path for path in (file.path, file.previous_path) if path]
    answer = await _ask(
        root, *_DIFF_TREE, "--patch", *commit.parents[:1], commit.hash, "--",
        *(f":(top,literal){path}" for path in paths), max_bytes=MAX_DIFF_BYTES,
    )  # fmt: skip
    return await anyio.to_thread.run_sync(_diff, answer)


async def _ask(root: Path, *arguments: str, max_bytes: int | None = None) -> Answer:
    # A surrogate in an argument becomes the byte it stands for.
    answer = await (
        read(root, *arguments) if max_bytes is None else read(root, *arguments, max_bytes=max_bytes)
    )
    if answer.code != 0:
        raise GitError(trouble_of(answer))
    return answer


def _files(answer: Answer) -> Iterator[GitFile]:
    """Join the two lists that git tells, of statuses and of counts; both have the same order."""
    records = iter(answer.output.split(b"\0"))
    statuses: dict[bytes, FileStatus] = {}
    for record in records:
        if record.startswith(b":"):
            letter = record.rsplit(b" ", 1)[-1][:1].decode("ascii", "replace")
            path = next(records, b"")
            if letter in "RC":
                path = next(records, b"")
            statuses[path] = _STATUS.get(letter, "unknown")
        elif record:
            added, removed, path = record.split(b"\t", 2)
            before = b""
            if not path:
                before, path = next(records, b""), next(records, b"")
            yield GitFile(
                path.decode("utf-8", "surrogateescape"),
                statuses.get(path, "unknown"),
                None if added == b"-" else int(added),
                None if removed == b"-" else int(removed),
                before.decode("utf-8", "surrogateescape"),
            )


def _diff(answer: Answer) -> GitDiff:
    text = answer.text.removesuffix("\n")
    lines = text.split("\n")
    if answer.is_cut and len(lines) > 1:
        lines.pop()  # half a line
    # The names are told elsewhere; modes, and that a file is binary, are told here only.
    noise = ("diff --git ", "index ", "--- ", "+++ ")
    head = next((at for at, line in enumerate(lines) if line.startswith("@@")), len(lines))
    kept = [line for line in lines[:head] if line and not line.startswith(noise)] + lines[head:]
    return GitDiff(tuple(map(_diff_line, kept)), answer.is_cut)


def _diff_line(line: str) -> str:
    mark, text = line[:1], line[1:]
    if text.endswith("\r") and mark in ("+", "-"):
        text = f"{text[:-1]}^M"
    text = fit(text.removesuffix("\r")[: MAX_LINE_CHARS + 1].expandtabs(_TAB_CELLS))
    return mark + (text if len(text) <= MAX_LINE_CHARS else f"{text[:MAX_LINE_CHARS]}…")
