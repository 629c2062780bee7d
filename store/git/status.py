"""Asks git how a folder stands: its branch, its upstream, and which files differ from the commit.

What a commit holds, and changing anything, must never enter.
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
from store.git.words import Trouble, fit, shown_path, trouble_of

ChangeStatus: TypeAlias = Literal[
    "untracked", "modified", "deleted", "renamed", "staged", "conflict"
]


@dataclass(frozen=True, slots=True)
class GitChange:
    """A file that differs from the last commit."""

    path: str
    """Relative to the project's folder, with slashes; bytes that are not UTF-8 are escaped as
    Python does it in file names."""
    status: ChangeStatus
    previous_path: str = ""
    """Of a renamed file."""
    obstacle: str = ""
    """Why it cannot be committed here, in words; empty when it can."""

    @property
    def shown(self) -> str:
        """The path, fit to be shown."""
        return shown_path(self.path)


@dataclass(frozen=True, slots=True)
class GitState:
    """How the project's folder stands."""

    branch: str = ""
    """The branch; the short hash of a detached head."""
    is_detached: bool = False
    has_commits: bool = True
    upstream: str = ""
    """Empty when the branch has none."""
    is_upstream_gone: bool = False
    """Whether it is named but not there: not fetched yet, or deleted."""
    ahead: int = 0
    behind: int = 0
    changes: tuple[GitChange, ...] = ()
    """Those below the project's folder."""
    trouble: Trouble | None = None
    """Why nothing of this is known."""


async def branch(root: Path) -> str | None:
    """Name the branch that is checked out.

    Args:
        root: The project folder.

    Returns:
        The branch, the short hash of a detached head, None outside of a repository.
    """
    head = await anyio.to_thread.run_sync(read_head, root)
    if head is None:
        return None
    if head.startswith("ref: refs/heads/") and head != "ref: refs/heads/.invalid":
        return fit(head.removeprefix("ref: refs/heads/"))
    if re.fullmatch(r"[0-9a-f]{40,64}", head):
        return head[:7]
    # The head of a repository with reftables stands elsewhere; only git finds it.
    answer = await read(root, "symbolic-ref", "--quiet", "--short", "HEAD")
    return answer.text.strip() or None


async def state(root: Path) -> GitState:
    """Tell the branch, how far it is from its upstream, and the changes in the folder.

    Args:
        root: The project folder.
    """
    answer = await read(root, "rev-parse", "--is-inside-work-tree", "--show-prefix")
    if answer.code != 0:
        return GitState(trouble=trouble_of(answer))
    prefix = answer.output.partition(b"\n")[2].removesuffix(b"\n")
    answer = await read(
        root,
        "status",
        "--porcelain=v2",
        "-z",
        "--branch",
        "--ahead-behind",
        "--find-renames",
        "--untracked-files=all",
        # Else git would look into them by their own settings.
        "--ignore-submodules=dirty",
        "--",
        HERE,
        is_reading_files=True,
    )
    if answer.code != 0:
        return GitState(trouble=trouble_of(answer))
    return await anyio.to_thread.run_sync(_parse, root, prefix, answer)


def _parse(root: Path, prefix: bytes, answer: Answer) -> GitState:
    facts: dict[str, str] = {}
    changes: dict[str, GitChange] = {}
    records = iter(answer.output.split(b"\0"))
    for record in records:
        if record.startswith(b"# "):
            name, _, value = record[2:].decode("utf-8", "replace").partition(" ")
            facts[name] = fit(value)
        elif record:
            for change in _change(root, prefix, record, records):
                # A file taken out of git and kept is told twice: as deleted and as untracked.
                changes.setdefault(change.path, change)
    oid, head = facts.get("branch.oid", ""), facts.get("branch.head", "")
    ahead, behind = _distance(facts.get("branch.ab", ""))
    return GitState(
        branch=oid[:7] if head == "(detached)" else head,
        is_detached=head == "(detached)",
        has_commits=oid != "(initial)",
        upstream=facts.get("branch.upstream", ""),
        is_upstream_gone="branch.upstream" in facts and "branch.ab" not in facts,
        ahead=ahead,
        behind=behind,
        changes=tuple(changes.values()),
    )


def _distance(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"\+(\d+) -(\d+)", text)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _change(
    root: Path, prefix: bytes, record: bytes, records: Iterator[bytes]
) -> Iterator[GitChange]:
    def path_of(name: bytes) -> str:
        return name.removeprefix(prefix).decode("utf-8", "surrogateescape")

    kind = record[:1]
    if kind == b"?":
        path = path_of(record[2:])
        obstacle = "a repository of its own" if path.endswith("/") else ""
        yield GitChange(path, "untracked", obstacle=obstacle)
    elif kind == b"u":
        path = path_of(record.split(b" ", 10)[10])
        yield GitChange(path, "conflict", obstacle="a conflict is to be solved first")
    elif kind == b"2":
        parts = record.split(b" ", 9)
        yield GitChange(path_of(parts[9]), "renamed", path_of(next(records, b"")))
    elif kind == b"1":
        parts = record.split(b" ", 8)
        yield _ordinary(root, path_of(parts[8]), parts[1].decode())


def _ordinary(root: Path, path: str, codes: str) -> GitChange:
    staged, in_folder = codes[:1], codes[1:]
    if staged == "D" and (root / path).exists():
        # Committing the path would take the file in again.
        return GitChange(
            path, "deleted", obstacle="taken out of git, kept as a file: git commit does it"
        )
    if "D" in codes:
        return GitChange(path, "deleted")
    return GitChange(path, "staged" if in_folder == "." else "modified")


def read_head(root: Path) -> str | None:
    """Read .git/HEAD of the nearest repository, also where .git is a file (worktree, submodule)."""
    for folder in (root, *root.parents):
        place = folder / ".git"
        try:
            if place.is_file():
                target = place.read_text(encoding="utf-8").strip()
                if not target.startswith("gitdir: "):
                    return None
                place = folder / target.removeprefix("gitdir: ")
            if place.is_dir():
                return (place / "HEAD").read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return None
    return None
