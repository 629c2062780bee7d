"""Has git commit files, or make a repository, exactly as git itself would in a shell.

Owns the order of the steps and what is taken back when one fails. Choosing files and asking the
person must never enter.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import anyio
import anyio.to_thread

from store.files import FileError, write
from store.git.command import Answer, change, read
from store.git.status import GitChange
from store.git.words import first_words, last_words, trouble_of

ResultCode: TypeAlias = Literal[
    "", "auth-required", "conflict", "network", "action-failed", "offline"
]

COMMIT_TIMEOUT_S = 600.0
"""A hook may run a project's tests."""

MAX_MESSAGE_BYTES = 100_000
"""Of one argument, the system takes 128 KB."""

IGNORED = b"""\
# The site and the thumbnails are made anew from posts and media.
/html/
/thumbnails/
__pycache__/
"""
"""What a .gitignore of a project holds."""

_PATHS = ("--pathspec-from-file=-", "--pathspec-file-nul")
_IDENTITY = (
    'git config --global user.name "Your Name"',
    "git config --global user.email you@example.org",
)


@dataclass(frozen=True, slots=True)
class GitActionResult:
    """What came of an action."""

    success: bool
    code: ResultCode = ""
    """Empty for a success."""
    error: str = ""
    """What failed, as a sentence; of a hook that refuses, the lines that say why."""
    guidance: tuple[str, ...] = ()
    """What to do about it; commands stand alone."""
    short_hash: str = ""
    """Of the new commit."""
    output: str = ""
    """All that git and the hooks said."""


async def identity_problem(root: Path) -> GitActionResult | None:
    """Tell whether git knows who commits; a name guessed from the machine's is not enough.

    Returns:
        None when it does; else what to do.
    """
    for name in ("GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"):
        answer = await read(root, "-c", "user.useConfigOnly=true", "var", name)
        if answer.code != 0:
            if "git is not installed" in answer.errors or "did not answer" in answer.errors:
                return _failed(str(trouble_of(answer)))
            return GitActionResult(
                False, "action-failed", "Git does not know who you are.", guidance=_IDENTITY
            )
    return None


async def commit(
    root: Path,
    changes: Sequence[GitChange],
    message: str,
    *,
    timeout_s: float = COMMIT_TIMEOUT_S,
) -> GitActionResult:
    """Commit exactly these files; what else is staged stays staged.

    Hooks and signing are the person's own. When it fails or is cancelled, nothing is staged that
    was not before.

    Args:
        root: The project folder.
        changes: As `status.state` told them.
        message: The subject, and below an empty line whatever else there is to say.
        timeout_s: How long hooks and signing may take.
    """
    if not message.strip():
        return _failed("A commit needs a message.")
    if len(message.encode()) > MAX_MESSAGE_BYTES:
        return _failed(f"The message is longer than {MAX_MESSAGE_BYTES // 1000} KB.")
    chosen = [one for one in changes if not one.obstacle]
    if not chosen:
        return _failed("Nothing is selected to be committed.")
    new = _pathspecs([one.path for one in chosen if one.status == "untracked"])
    if new:
        # `commit --only` knows no new files; this makes them known without staging their text.
        answer = await change(root, "add", "--intent-to-add", *_PATHS, stdin=new)
        if answer.code != 0:
            return _explained(answer)
    is_done = False
    try:
        answer = await change(
            root,
            "commit",
            "--quiet",
            "--only",
            f"--message={message}",
            *_PATHS,
            stdin=_pathspecs([path for one in chosen for path in _paths(root, one)]),
            timeout_s=timeout_s,
        )
        is_done = answer.code == 0
    finally:
        if new and not is_done:
            with anyio.CancelScope(shield=True):
                await change(
                    root, "rm", "--cached", "--quiet", "--force", "--ignore-unmatch", *_PATHS,
                    stdin=new,
                )  # fmt: skip
    if not is_done:
        return _explained(answer)
    short = (await read(root, "rev-parse", "--short", "HEAD")).text.strip()
    return GitActionResult(True, short_hash=short, output=answer.text)


async def init(root: Path, *, with_ignore: bool = False) -> GitActionResult:
    """Make a repository in the folder.

    Args:
        root: The project folder.
        with_ignore: Whether to write a .gitignore for what is made anew from the rest; one that is
            there stays as it is.
    """
    answer = await change(root, "init", "--quiet")
    if answer.code != 0:
        return _explained(answer)
    if with_ignore:
        try:
            await anyio.to_thread.run_sync(_write_ignore, root)
        except FileError as error:
            return GitActionResult(True, guidance=(str(error),), output=answer.text)
    return GitActionResult(True, output=answer.text)


def _write_ignore(root: Path) -> None:
    path = root / ".gitignore"
    if not os.path.lexists(path):
        write(path, IGNORED, expected=None)


def _paths(root: Path, change: GitChange) -> list[str]:
    if change.previous_path and not os.path.lexists(root / change.previous_path):
        return [change.path, change.previous_path]
    return [change.path]  # what is at the former place now is another file


def _pathspecs(paths: Sequence[str]) -> bytes:
    return b"".join(b":(literal)%b\0" % path.encode("utf-8", "surrogateescape") for path in paths)


def _failed(error: str, *guidance: str, output: str = "") -> GitActionResult:
    return GitActionResult(False, "action-failed", error, guidance, output=output)


def _explained(answer: Answer) -> GitActionResult:
    """Say why a command failed that also wrote its complaints to its output."""
    said = answer.text or answer.errors
    if "cannot do a partial commit during" in said:
        return GitActionResult(
            False,
            "conflict",
            "A merge is not finished, and git commits that as a whole.",
            ("Finish it in a shell: git commit",),
            output=said,
        )
    if "unmerged files" in said or "conflict" in last_words(said).lower():
        return GitActionResult(
            False, "conflict", "Some files have conflicts; solve them first.", output=said
        )
    if "index.lock" in said:
        return _failed(
            "Another git is at work in this repository.",
            "Try again when it has ended. If none runs, its last words say which file to remove.",
            output=said,
        )
    if "failed to sign" in said or "Couldn't load public key" in said:
        return _failed(
            "The commit could not be signed.",
            "Unlock your key in another terminal, for instance: echo | gpg --clearsign",
            output=said,
        )
    if "tell me who you are" in said or "auto-detect" in said:
        return GitActionResult(
            False, "action-failed", "Git does not know who you are.", _IDENTITY, output=said
        )
    if "nothing to commit" in said or "nothing added to commit" in said or "no changes" in said:
        return _failed("Nothing to commit: these files are as in the last commit.", output=said)
    if "did not answer" in said:
        return _failed(
            f"{last_words(said)[:-1]}; a hook or the signing took too long or waits for an answer.",
            output=said,
        )
    if answer.code == -1:
        return _failed(last_words(said), output=said)
    if not said.strip():
        return _failed(
            f"The commit was refused without a word (exit code {answer.code}); a hook may do that."
        )
    return _failed(_refused(said), output=said)


def _refused(said: str) -> str:
    lines = first_words(said)
    if len(lines) < 2:
        return f"The commit was refused: {last_words(said)}"
    return "\n".join(("The commit was refused:", *lines))
