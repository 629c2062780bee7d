"""Asks git about the history of a project's folder; it never changes a repository.

Showing the history must never enter.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

import anyio
import anyio.to_thread

_TIMEOUT_S = 10.0
# A repository's own settings can start programs; these keep git to reading.
_SAFE = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.pager=cat")
_LOG = ("log", "-z", "--no-color", "--no-show-signature", "--no-ext-diff", "--no-notes")
_FORMAT = "--format=%H%x00%h%x00%aI%x00%an%x00%s"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class GitEntry:
    """One commit."""

    hash: str
    short_hash: str
    date: str
    """When it was written, ISO 8601 with its offset."""
    author: str
    subject: str


@dataclass(frozen=True, slots=True)
class GitLog:
    """The history, newest first."""

    entries: tuple[GitEntry, ...]
    problem: str
    """Why there is none, in words; "" when all is well."""


async def branch(root: Path) -> str | None:
    """Name the branch that is checked out.

    Args:
        root: The project folder.

    Returns:
        The branch, the short hash of a detached head, None outside of a repository.
    """
    head = await anyio.to_thread.run_sync(_read_head, root)
    if head is None:
        return None
    if head.startswith("ref: refs/heads/") and head != "ref: refs/heads/.invalid":
        return _CONTROL.sub("", head.removeprefix("ref: refs/heads/"))
    if re.fullmatch(r"[0-9a-f]{40,64}", head):
        return head[:7]
    # The head of a repository with reftables stands elsewhere; only git finds it.
    _, output, _ = await _git(root, "symbolic-ref", "--quiet", "--short", "HEAD")
    return output.strip() or None


async def log(root: Path, limit: int = 200) -> GitLog:
    """List the commits of the repository that a folder lies in.

    Args:
        root: The project folder.
        limit: How many commits at most.

    Returns:
        The commits, or why there are none.
    """
    code, output, errors = await _git(root, *_LOG, _FORMAT, f"--max-count={limit}")
    if code != 0:
        return GitLog((), _problem(errors))
    parts = output.split("\0")
    entries = tuple(
        GitEntry(*(_CONTROL.sub(" ", part) for part in parts[at : at + 5]))
        for at in range(0, len(parts) - 4, 5)
    )
    return GitLog(entries, "")


async def _git(root: Path, *arguments: str) -> tuple[int, str, str]:
    # Variables of a git that called us (a hook, say) would point it at another repository.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "LC_ALL": "C.UTF-8",
        "LANGUAGE": "C",
    }
    try:
        with anyio.fail_after(_TIMEOUT_S):
            done = await anyio.run_process(
                ["git", "--no-pager", "-C", str(root), *_SAFE, *arguments],
                check=False,
                env=environment,
            )
    except TimeoutError:
        return -1, "", f"git did not answer within {_TIMEOUT_S:g} s"
    except FileNotFoundError:
        return -1, "", "git is not installed"
    except OSError as error:
        return -1, "", f"git cannot be started: {(error.strerror or '').lower()}"
    return (
        done.returncode,
        done.stdout.decode("utf-8", "replace"),
        done.stderr.decode("utf-8", "replace"),
    )


def _problem(errors: str) -> str:
    if "not a git repository" in errors:
        return "This folder is not in a git repository."
    if "does not have any commits yet" in errors:
        return "There are no commits yet."
    if "dubious ownership" in errors:
        return "The repository belongs to another user; git does not read it (safe.directory)."
    lines = [_CONTROL.sub(" ", line).strip() for line in errors.splitlines() if line.strip()]
    words = lines[-1].removeprefix("fatal: ") if lines else "git failed without a word"
    return f"{words[:1].upper()}{words[1:]}."


def _read_head(root: Path) -> str | None:
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
