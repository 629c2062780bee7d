"""What came of expanding many pages: failures, warnings, problems and figures, as data.

Owns how much of it is kept, however many pages there are. Expanding them, and showing it to
anybody, must never enter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Generic, TypeVar

from engine.render.checking import PostProblem

if TYPE_CHECKING:
    from engine.render.counters import Counters, MacroFigures
    from engine.render.expand import MacroFailure, MacroWarning
    from engine.render.pace import Pace, PaceStep
    from engine.render.renderer import ExpandedPage

T = TypeVar("T")

MAX_KEPT = 1_000
"""Of failures, warnings, problems and unreadable posts each. Nobody reads on, and a macro that is
broken fails in every post."""


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """The first of what was found, and how many there are."""

    first: tuple[T, ...]
    """At most MAX_KEPT."""
    count: int
    """Of all."""

    @property
    def more(self) -> int:
        """How many are not among the first."""
        return self.count - len(self.first)


@dataclass(frozen=True, slots=True)
class ExpansionReport:
    """What came of expanding pages."""

    pages: int
    """That were expanded; the unreadable ones are among them."""
    pages_wanted: int
    calls: int
    """That reached a kernel."""
    failures: Found[MacroFailure]
    """In the order of the posts and of their texts, as all the others."""
    warnings: Found[MacroWarning]
    problems: Found[PostProblem]
    """What looks like a macro and stays text. A name that no macro has is an error here."""
    errors: int
    """How many of the problems are errors."""
    unreadable: Found[PostProblem]
    figures: Sequence[MacroFigures]
    """The most expensive macro first."""
    script_paths: Mapping[str, str]
    """Of the macros in `figures`, by name."""
    pace: tuple[PaceStep, ...]
    """How fast calls were made, over time."""
    duration_s: float
    output: str
    """What macros printed, the beginning of it."""
    digest: str
    """Of all expanded pages: where it is the same, every byte is."""
    was_cancelled: bool

    @property
    def is_well(self) -> bool:
        """Whether all pages are what their authors meant."""
        return not (self.failures.count or self.errors or self.unreadable.count)

    @property
    def summary(self) -> str:
        """Tell it in one line, without a full stop."""
        pages = f"{self.pages:,} of {self.pages_wanted:,}" if self.was_cancelled else self.pages
        noun = "post" if self.pages_wanted == 1 else "posts"
        parts = [f"{pages:,} {noun}" if isinstance(pages, int) else f"{pages} {noun}"]
        calls = "1 call" if self.calls == 1 else f"{self.calls:,} calls"
        parts.append(f"{calls} in {self.duration_s:.2f} s")
        if self.calls and self.duration_s:
            parts[-1] += f" ({self.calls / self.duration_s:,.0f} a second)"
        parts += self.trouble
        return ("Cancelled: " if self.was_cancelled else "Expanded ") + ", ".join(parts)

    @property
    def trouble(self) -> list[str]:
        """Count what is wrong, in words; empty when all is well."""
        counts = (
            (self.failures.count, "failed", "failed"),
            (self.errors, "error in a text", "errors in texts"),
            (self.problems.count - self.errors + self.warnings.count, "warning", "warnings"),
            (self.unreadable.count, "unreadable post", "unreadable posts"),
        )
        return [f"{count:,} {one if count == 1 else many}" for count, one, many in counts if count]

    def as_data(self) -> dict[str, object]:
        """Return it for JSON. Of long lists the first are there, with the number of all."""
        return {
            "pages": self.pages,
            "pages_wanted": self.pages_wanted,
            "calls": self.calls,
            "failed": self.failures.count,
            "warned": self.warnings.count,
            "errors": self.errors,
            "duration_s": round(self.duration_s, 4),
            "digest": self.digest,
            "was_cancelled": self.was_cancelled,
            "failures": [one.as_data() for one in self.failures.first],
            "warnings": [one.as_data() for one in self.warnings.first],
            "problems": [_problem_data(one) for one in self.problems.first],
            "problem_count": self.problems.count,
            "unreadable": [_problem_data(one) for one in self.unreadable.first],
            "unreadable_count": self.unreadable.count,
            "figures": [asdict(one) for one in self.figures],
            "pace": [asdict(one) for one in self.pace],
            "output": self.output,
        }


class Tally:
    """Takes in page after page, in bounded memory, and makes the report."""

    def __init__(self, pages_wanted: int) -> None:
        self.pages_wanted = pages_wanted
        self.pages = 0
        self.failed = 0
        self._errors = 0
        self._failures: _Kept[MacroFailure] = _Kept()
        self._warnings: _Kept[MacroWarning] = _Kept()
        self._problems: _Kept[PostProblem] = _Kept()
        self._unreadable: _Kept[PostProblem] = _Kept()
        self._digest = blake2b(digest_size=16)

    def cannot_read(self, path: str, reason: str) -> None:
        """Note a post that cannot be read."""
        self._unreadable.add([PostProblem(path, 0, 0, 0, 0, "unreadable", reason, True)])

    def add(self, made: ExpandedPage) -> None:
        """Take in a page; its text is not kept."""
        self.pages += 1
        self._digest.update(f"{made.page.path}\0{made.expanded.text}\0".encode())
        self._failures.add(made.expanded.failures)
        self.failed = self._failures.count
        self._warnings.add(made.expanded.warnings)
        for one in made.problems:
            is_error = one.is_error or one.code == "unknown_macro"
            self._errors += is_error
            self._problems.add(
                [
                    PostProblem(
                        made.page.path,
                        one.line,
                        one.column,
                        one.end_line,
                        one.end_column,
                        one.code,
                        one.words,
                        is_error,
                    )
                ]
            )

    def report(
        self,
        counters: Counters,
        pace: Pace,
        *,
        script_paths: Mapping[str, str],
        output: str,
        was_cancelled: bool,
    ) -> ExpansionReport:
        """Make the report of what has been taken in.

        Args:
            counters: What the macros have cost.
            pace: When they were called.
            script_paths: Of the macros, by name.
            output: What they printed.
            was_cancelled: Whether pages are missing.
        """
        figures = counters.figures()
        return ExpansionReport(
            pages=self.pages,
            pages_wanted=self.pages_wanted,
            calls=sum(one.calls for one in figures),
            failures=self._failures.found(),
            warnings=self._warnings.found(),
            problems=self._problems.found(),
            errors=self._errors,
            unreadable=self._unreadable.found(),
            figures=figures,
            script_paths={
                one.name: script_paths[one.name] for one in figures if one.name in script_paths
            },
            pace=pace.steps(),
            duration_s=pace.elapsed_s,
            output=output,
            digest=self._digest.hexdigest(),
            was_cancelled=was_cancelled,
        )


class _Kept(Generic[T]):
    """The first of many, and their number."""

    def __init__(self) -> None:
        self._first: list[T] = []
        self.count = 0

    def add(self, more: Sequence[T]) -> None:
        self.count += len(more)
        self._first += more[: MAX_KEPT - len(self._first)]

    def found(self) -> Found[T]:
        return Found(tuple(self._first), self.count)


def _problem_data(problem: PostProblem) -> dict[str, object]:
    return {
        "file": problem.path,
        "line": problem.line,
        "column": problem.column,
        "severity": "error" if problem.is_error else "warning",
        "code": problem.code,
        "message": problem.words,
    }
