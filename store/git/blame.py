"""Asks git which commit a line of a file comes from.

Showing it must never enter.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from store.git.command import read
from store.git.words import GitError, Trouble, shown_path, trouble_of
from store.one_line import clean


@dataclass(frozen=True, slots=True)
class GitBlame:
    """Where a line comes from."""

    line: int
    """From 1, in the text that was handed in."""
    hash: str = ""
    """Of the commit; empty when the line is not committed yet."""
    author: str = ""
    date: str = ""
    """When it was written, ISO 8601 with its offset."""
    summary: str = ""

    @property
    def is_committed(self) -> bool:
        """Whether a commit has the line."""
        return bool(self.hash)

    @property
    def short_hash(self) -> str:
        """The hash as people read it."""
        return self.hash[:7]


async def line_origin(root: Path, path: str, line: int, contents: bytes) -> GitBlame:
    """Tell which commit a line comes from.

    Args:
        root: The project folder.
        path: The file, relative to it.
        line: From 1.
        contents: The file's text as it is now, saved or not.

    Raises:
        GitError: Git did not tell.
    """
    last = contents.count(b"\n") + (not contents.endswith(b"\n"))
    if not contents or line > last:
        return GitBlame(line)  # the empty line behind the last line end
    answer = await read(
        root,
        "blame",
        "--porcelain",
        "--no-textconv",
        "--contents=-",
        f"-L{line},{line}",
        "--",
        path,
        stdin=contents,
        is_reading_files=True,
    )
    if answer.code != 0:
        if "no such path" in answer.errors or "no such ref: HEAD" in answer.errors:
            return GitBlame(line)  # the whole file is new
        trouble = trouble_of(answer)
        if "object name list" in answer.errors:
            trouble = Trouble(
                "failed",
                f"{trouble.words[:-1]}: the list of commits that blame skips is not there.",
                "The setting blame.ignoreRevsFile names it.",
            )
        elif trouble.kind == "failed":
            trouble = Trouble("failed", f"{shown_path(path)}:{line}: {trouble.words}")
        raise GitError(trouble)
    return _parse(line, answer.text)


def _parse(line: int, text: str) -> GitBlame:
    lines = text.split("\n")
    commit = lines[0].split(" ")[0]
    if not commit.strip("0"):
        return GitBlame(line)
    facts = dict(one.split(" ", 1) for one in lines[1:] if " " in one and not one.startswith("\t"))
    return GitBlame(
        line,
        commit,
        clean(facts.get("author", "")),
        _date(facts.get("author-time", "0"), facts.get("author-tz", "+0000")),
        clean(facts.get("summary", "")),
    )


def _date(seconds: str, offset: str) -> str:
    try:
        minutes = int(offset[:1] + "1") * (int(offset[1:3]) * 60 + int(offset[3:5]))
        zone = timezone(timedelta(minutes=minutes))
        return datetime.fromtimestamp(int(seconds), zone).isoformat()
    except (ValueError, OverflowError):  # a commit may claim any time
        return datetime.fromtimestamp(0, UTC).isoformat()
