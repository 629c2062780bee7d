"""Says in words why git did not do what it was asked.

Owns the meaning of git's complaints, and how its texts are made fit to be shown. Asking git must
never enter.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from store.one_line import clean

if TYPE_CHECKING:
    from store.git.command import Answer

TroubleKind: TypeAlias = Literal["no-git", "no-repository", "no-commits", "dubious", "failed"]

_MAX_LINES = 5
_MAX_LINE_CHARS = 200
_MAX_LOOKED_AT = 100_000
"""Characters; a hook may say megabytes."""
_COLOUR = re.compile(r"\x1b\[[0-9;:]*m")
_WENT_WELL = re.compile(r"\.{3}.*(passed|skipped)$", re.IGNORECASE)
"""As the pre-commit program says it: `check yaml........Passed`."""
_OWNED = re.compile(r"dubious ownership in repository at '(.*)'")


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why git does not answer."""

    kind: TroubleKind
    words: str
    """What is the matter, as a sentence."""
    hint: str = ""
    """What to do about it, as a sentence."""

    def __str__(self) -> str:
        return f"{self.words} {self.hint}".strip()


class GitError(Exception):
    """A question that git did not answer; its text says why and what to do."""

    def __init__(self, trouble: Trouble) -> None:
        """Say why."""
        super().__init__(str(trouble))
        self.trouble = trouble


def trouble_of(answer: Answer) -> Trouble:
    """Say in words why a command failed.

    Args:
        answer: Of the command; its code is not 0.
    """
    errors = answer.errors
    if errors == "git is not installed":
        return Trouble(
            "no-git", "Git is not installed.", "Install it with the system's package manager."
        )
    if "not a git repository" in errors:
        return Trouble("no-repository", "This folder is not in a git repository.")
    if "does not have any commits yet" in errors or "unknown revision" in errors:
        return Trouble("no-commits", "There are no commits yet.")
    if "dubious ownership" in errors:
        found = _OWNED.search(errors)
        place = shlex.quote(clean(found[1])) if found else "FOLDER"
        return Trouble(
            "dubious",
            "The repository belongs to another user, so git does not read it.",
            f"If you trust it: git config --global --add safe.directory {place}",
        )
    return Trouble("failed", last_words(errors))


def last_words(errors: str) -> str:
    """Return the last line of a complaint, as a sentence."""
    said = _COLOUR.sub("", errors[-_MAX_LOOKED_AT:]).splitlines()
    lines = [line for line in map(clean, said) if line]
    words = lines[-1] if lines else "git failed without a word"
    words = words.removeprefix("fatal: ").removeprefix("error: ").rstrip(".")
    return f"{words[:1].upper()}{words[1:]}."


def first_words(said: str) -> list[str]:
    """Pick what a person needs first of what hooks said.

    Lines without a word, repeated ones and those of checks that went well are left out.

    Args:
        said: All of it.

    Returns:
        The first useful lines, fit to be shown, and last, how many more there are.
    """
    useful: dict[str, None] = {}
    for line in said[:_MAX_LOOKED_AT].splitlines():
        words = clean(_COLOUR.sub("", line))
        if any(map(str.isalnum, words)) and not _WENT_WELL.search(words):
            useful.setdefault(words)
    shown = [
        words if len(words) <= _MAX_LINE_CHARS else f"{words[:_MAX_LINE_CHARS]}..."
        for words in list(useful)[:_MAX_LINES]
    ]
    more = len(useful) - len(shown)
    if len(said) > _MAX_LOOKED_AT:
        return [*shown, "and many more lines"]
    return [*shown, f"and {more} more {'line' if more == 1 else 'lines'}"] if more else shown


def fit(text: str) -> str:
    """Make a line fit to be shown, with the blanks at its ends as they are."""
    return clean(f"|{text}|")[1:-1]


def shown_path(path: str) -> str:
    r"""Return a path fit to be shown on one line; a byte that is not UTF-8 as `\xff`."""
    return fit(path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace"))
