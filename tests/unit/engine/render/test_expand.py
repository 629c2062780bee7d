"""Results of macros in the places of their calls, and what is told of those that failed."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.child.chunks import ItemFailed, Rendered
from engine.child.protocol import ScriptError, TraceFrame
from engine.render.expand import (
    MAX_WORDS_CHARS,
    CallResult,
    Expanded,
    MacroError,
    expand,
    failure_comment,
)
from engine.render.grammar import parse


def expanded(text: str, *results: CallResult) -> Expanded:
    return expand(parse(text), results, path="posts/2026/03/trip.md", first_line=9)


def test_html_stands_where_the_call_was_and_the_text_around_it_is_intact() -> None:
    made = expanded("Before [[youtube id=x]] *after*\r\n", Rendered("<iframe></iframe>"))
    assert made == Expanded("Before <iframe></iframe> *after*\r\n")


def test_several_calls_have_their_own_results() -> None:
    made = expanded("[[a]][[b]] [[[a]]]", Rendered("1"), Rendered(""), Rendered("3"))
    assert made.text == "1 [3]"


def test_a_name_that_no_macro_has_stays_as_it_is_written() -> None:
    text = "See [[My_Custom  count=5\n name='A']] and [[python_report]]"
    assert expanded(text, None, None) == Expanded(text)


@pytest.mark.parametrize("text", ["", "No macro", "[[name ]] [[ name]] [[a-b x=1]]", "`[[a]]`"])
def test_what_is_no_call_is_untouched(text: str) -> None:
    assert expanded(text) == Expanded(text)


def test_html_is_not_searched_for_calls() -> None:
    assert expanded("[[a]] [[b]]", Rendered("[[b]] \\1 {0}"), Rendered("2")).text == (
        "[[b]] \\1 {0} 2"
    )


def test_an_alias_is_named_as_it_is_written() -> None:
    made = expanded("[[Photo_Album]]", MacroError("ValueError"))
    assert made.text == "<!-- macro photo_album failed: ValueError -->"
    assert made.failures[0].macro == "Photo_Album"


def test_a_failing_call_leaves_a_comment_and_is_told_with_its_places() -> None:
    error = ScriptError(
        "json.JSONDecodeError",
        "no\nluck",
        [
            TraceFrame("scripts/gallery.py", 40, 5, 40, 9, "render", "    load()"),
            TraceFrame("scripts/gallery.py", 12, 9, 12, 20, "load", "        json.loads(x)"),
            TraceFrame("/usr/lib/json.py", 355, 1, 355, 2, "decode", ""),
        ],
    )
    text = "Ein Ä\n\n  Before [[gallery columns=2]] After"
    made = expanded(text, ItemFailed("raised", error))
    assert made.text == (
        "Ein Ä\n\n  Before <!-- macro gallery failed: json.JSONDecodeError --> After"
    )
    (failure,) = made.failures
    assert str(failure) == (
        "posts/2026/03/trip.md:11:10: [[gallery]] failed: json.JSONDecodeError: no luck "
        "(scripts/gallery.py:12:9)"
    )
    assert json.loads(json.dumps(failure.as_data())) == {
        "macro": "gallery",
        "file": "posts/2026/03/trip.md",
        "line": 11,
        "column": 10,
        "error": "json.JSONDecodeError",
        "message": "no luck",
        "script": "scripts/gallery.py",
        "scriptLine": 12,
        "scriptColumn": 9,
    }


def test_a_script_that_ran_too_long_is_no_keyboard_interrupt() -> None:
    error = ScriptError("KeyboardInterrupt", "", [TraceFrame("scripts/a.py", 7, 0, 7, 0, "f", "")])
    words = "it ran longer than 10 s"
    made = expanded("[[a]]", ItemFailed("timeout", error, words, 1, "wall"))
    assert made.text == "<!-- macro a failed: TimeoutError -->"
    assert str(made.failures[0]).endswith(
        "failed: TimeoutError: it ran longer than 10 s (scripts/a.py:7:1)"
    )


def test_where_an_interpreter_died_is_told_as_far_as_it_is_known() -> None:
    error = ScriptError("InterpreterDied", "gone", [TraceFrame("scripts/a.py", 0, 0, 0, 0, "", "")])
    (failure,) = expanded("[[a]]", ItemFailed("died", error)).failures
    assert str(failure).endswith("failed: InterpreterDied: gone (scripts/a.py)")
    (failure,) = expanded("[[a]]", ItemFailed("died", ScriptError("X", "y", []))).failures
    assert failure.script_path == ""


def test_a_call_that_no_script_was_reached_for_names_none() -> None:
    (failure,) = expanded("[[a]]", MacroError("TimeoutError")).failures
    assert str(failure) == "posts/2026/03/trip.md:9:1: [[a]] failed: TimeoutError"
    assert failure.as_data()["script"] is None
    (failure,) = expanded("[[a]]", MacroError("KilledError", "by hand", "scripts/a.py")).failures
    assert str(failure).endswith("failed: KilledError: by hand (scripts/a.py)")


def test_failures_and_warnings_come_in_the_order_of_the_text() -> None:
    made = expanded(
        "[[a]]\n[[b]] [[c]]\n[[d]]",
        MacroError("A"),
        Rendered("", 1, ["first", "sec\x1bond"]),
        MacroError("C"),
        Rendered("d", 1, ["third"]),
    )
    assert [failure.error for failure in made.failures] == ["A", "C"]
    assert [str(warning) for warning in made.warnings] == [
        "posts/2026/03/trip.md:10:1: [[b]]: first",
        "posts/2026/03/trip.md:10:1: [[b]]: sec ond",
        "posts/2026/03/trip.md:11:1: [[d]]: third",
    ]
    assert made.warnings[2].as_data() == {
        "macro": "d",
        "file": "posts/2026/03/trip.md",
        "line": 11,
        "column": 1,
        "message": "third",
    }


def test_a_long_message_is_cut() -> None:
    (failure,) = expanded("[[a]]", MacroError("E", "x" * 10_000)).failures
    assert len(failure.words) == MAX_WORDS_CHARS
    assert failure.words.endswith("x…")


def test_every_call_needs_its_result() -> None:
    with pytest.raises(ValueError, match="shorter"):
        expanded("[[a]] [[b]]", None)


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        ("ValueError", "ValueError"),
        ("a--><script>alert(1)</script>", "a_script_alert_1_script"),
        ("--", "Error"),
        ("", "Error"),
        ("Ünfug.Fehler", "Ünfug.Fehler"),
        ("X" * 200, "X" * 80),
    ],
)
def test_an_error_class_cannot_leave_its_comment(error: str, shown: str) -> None:
    assert failure_comment("a", error) == f"<!-- macro a failed: {shown} -->"


@given(st.text(), st.text())
def test_a_comment_is_one_whatever_names_there_are(macro: str, error: str) -> None:
    comment = failure_comment(macro, error)
    assert re.fullmatch(r"<!-- macro [\w.]* failed: [\w.]+ -->", comment)


@given(st.lists(st.sampled_from(["[[a]]", "[[b x=1]]", "text", "\n", "[", "]", "Ä", "`"])))
def test_calls_that_nobody_answers_change_nothing(pieces: list[str]) -> None:
    parsed = parse("".join(pieces))
    assert expand(parsed, [None] * len(parsed.calls)).text == parsed.text
