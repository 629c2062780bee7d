"""The lines of an expansion's troubles: what each says in short, in full, and where it leads.

Owns their order and words. Drawing them in a list must never enter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.one_line import clean

if TYPE_CHECKING:
    from engine.render.checking import PostProblem
    from engine.render.expand import MacroFailure, MacroWarning
    from engine.render.expansion_report import ExpansionReport


@dataclass(frozen=True, slots=True)
class Place:
    """Where a key leads."""

    path: str
    """From the project folder, with slashes."""
    line: int
    """From 1, as the column."""
    column: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that a person may want to look at; its words hold nothing to obey."""

    grade: str
    """error or warning; empty for a line that only tells how many more there are."""
    where: str
    what: str
    full: str
    post: Place | None
    script: Place | None = None


def troubles(report: ExpansionReport) -> list[Trouble]:
    """List what went wrong: failed calls, errors in texts, unreadable posts, then warnings."""
    return [*_rows(report)]


def _rows(report: ExpansionReport) -> Iterator[Trouble]:
    yield from map(_of_failure, report.failures.first)
    yield from _more(report.failures.more, "failed calls")
    problems = [_of_problem(one) for one in report.problems.first]
    yield from (one for one in problems if one.grade == "error")
    yield from _more(report.problems.more, "problems in texts")
    yield from map(_of_problem, report.unreadable.first)
    yield from _more(report.unreadable.more, "unreadable posts")
    yield from (one for one in problems if one.grade == "warning")
    yield from map(_of_warning, report.warnings.first)
    yield from _more(report.warnings.more, "warnings")


def _more(count: int, noun: str) -> Iterator[Trouble]:
    if count:
        words = f"and {count:,} more {noun}"
        yield Trouble(
            "", "", words, f"{words}; inkstand expand SLUG tells those of one post.", None
        )


def _of_failure(failure: MacroFailure) -> Trouble:
    words = f"{failure.error}: {failure.words}" if failure.words else failure.error
    script = None
    if failure.script_path:
        line, column = max(failure.script_line, 1), max(failure.script_column, 1)
        script = Place(failure.script_path, line, column)
    return Trouble(
        "error",
        clean(f"{failure.path}:{failure.line}"),
        clean(f"[[{failure.macro}]] {words}"),
        clean(str(failure)),
        Place(failure.path, failure.line, failure.column),
        script,
    )


def _of_problem(problem: PostProblem) -> Trouble:
    where = f"{problem.path}:{problem.line}" if problem.line else problem.path
    return Trouble(
        "error" if problem.is_error else "warning",
        clean(where),
        clean(problem.words),
        clean(f"{where}: {problem.words}"),
        Place(problem.path, max(problem.line, 1), max(problem.column, 1)),
    )


def _of_warning(warning: MacroWarning) -> Trouble:
    return Trouble(
        "warning",
        clean(f"{warning.path}:{warning.line}"),
        clean(f"[[{warning.macro}]] {warning.words}"),
        clean(str(warning)),
        Place(warning.path, warning.line, warning.column),
    )
