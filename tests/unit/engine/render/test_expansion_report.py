"""The report of an expansion: what is kept of many pages, and how it is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from engine.render.calls import Span
from engine.render.context import Page
from engine.render.counters import Counters
from engine.render.expand import Expanded, MacroFailure, MacroWarning
from engine.render.expansion_report import MAX_KEPT, ExpansionReport, Tally
from engine.render.macros import MacroProblem
from engine.render.pace import Pace
from engine.render.renderer import ExpandedPage
from store.facts import PostFacts

FACTS = PostFacts("id", "T", "t", "published", "", "", (), (), "", "", "", "", "")
FAILURE = MacroFailure("bad", "posts/a.md", 5, 1, "KeyError", "'id'", "scripts/bad.py", 3, 9)
WARNING = MacroWarning("odd", "posts/a.md", 6, 1, "odd")


def problem(code: Literal["unknown_macro", "disabled_macro"]) -> MacroProblem:
    return MacroProblem(code, f"about {code}", False, Span(0, 1), 7, 3, 7, 9)


def page(
    text: str = "text",
    *,
    path: str = "posts/a.md",
    failures: int = 0,
    warnings: int = 0,
    problems: tuple[MacroProblem, ...] = (),
) -> ExpandedPage:
    expanded = Expanded(text, (FAILURE,) * failures, (WARNING,) * warnings)
    return ExpandedPage(Page(FACTS, "", path), expanded, problems)


def report_of(tally: Tally, *, was_cancelled: bool = False) -> ExpansionReport:
    return tally.report(Counters(), Pace(), script_paths={}, output="", was_cancelled=was_cancelled)


def told(*pages: ExpandedPage) -> ExpansionReport:
    tally = Tally(len(pages))
    for one in pages:
        tally.add(one)
    return report_of(tally)


def test_of_many_failures_the_first_are_kept_and_all_are_counted() -> None:
    report = told(*(page(failures=300, warnings=2) for _ in range(10)))
    assert (len(report.failures.first), report.failures.count) == (MAX_KEPT, 3_000)
    assert report.failures.more == 2_000
    assert (len(report.warnings.first), report.warnings.more) == (20, 0)


def test_an_unknown_macro_is_an_error_and_a_disabled_one_is_not() -> None:
    report = told(page(problems=(problem("unknown_macro"), problem("disabled_macro"))))
    assert [(one.code, one.is_error) for one in report.problems.first] == [
        ("unknown_macro", True),
        ("disabled_macro", False),
    ]
    assert (report.errors, report.is_well) == (1, False)
    assert told(page(problems=(problem("disabled_macro"),))).is_well


def test_what_makes_a_report_a_bad_one() -> None:
    assert told(page()).is_well
    assert told(page(warnings=3)).is_well
    assert not told(page(failures=1)).is_well
    tally = Tally(0)
    tally.cannot_read("posts/b.md", "it is gone")
    report = report_of(tally)
    assert not report.is_well
    assert [(one.path, one.words) for one in report.unreadable.first] == [
        ("posts/b.md", "it is gone")
    ]


def test_the_summary_counts_what_is_wrong() -> None:
    report = replace(
        told(page(failures=2, warnings=1, problems=(problem("unknown_macro"),))),
        calls=1_200,
        duration_s=2.0,
    )
    assert report.summary == (
        "Expanded 1 post, 1,200 calls in 2.00 s (600 a second), "
        "2 failed, 1 error in a text, 1 warning"
    )
    tally = Tally(1_500)
    tally.add(page())
    assert report_of(tally, was_cancelled=True).summary.startswith("Cancelled: 1 of 1,500 posts, ")
    assert "a second" not in told().summary


def test_the_digest_knows_every_byte_and_whose_it_is() -> None:
    digests = {
        told(page("ab")).digest,
        told(page("a"), page("b")).digest,
        told(page("ab", path="posts/b.md")).digest,
    }
    assert len(digests) == 3
    assert told(page("ab")).digest in digests


def test_as_data_says_how_many_there_are() -> None:
    data = told(page(failures=MAX_KEPT + 5)).as_data()
    failures = data["failures"]
    assert isinstance(failures, list)
    assert (data["failed"], len(failures)) == (MAX_KEPT + 5, MAX_KEPT)
    assert failures[0] == FAILURE.as_data()
