"""Macro calls in texts: what is one, what its parameters are, and what is told of broken ones."""

from __future__ import annotations

import math
from typing import Any

import pytest

from engine.render import grammar
from engine.render.grammar import Place, Span, parse, typed, written_call, written_value


def calls(text: str) -> list[tuple[str, dict[str, Any]]]:
    return [(call.name, call.params) for call in parse(text).calls]


def codes(text: str) -> list[str]:
    return [problem.code for problem in parse(text).problems]


def marked(text: str) -> list[str]:
    """The parts of the text that the problems are about."""
    return [text[slice(*problem.span)] for problem in parse(text).problems]


# The origin's grammar -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected", "problems"),
    [
        ("[[name ]]", [], ["space_before_end"]),
        ("[[name\n]]", [], ["space_before_end"]),
        ("[[name  ]]", [("name", {})], []),
        ("[[ name]]", [], []),
        ("[[a-b x=1]]", [], []),
        ('[[a x="]"]]', [("a", {"x": "]"})], []),
        ('[[a x="it\'s ok"]]', [("a", {"x": "it's ok"})], []),
        ('[[a x="un y=2]]', [], ["unclosed_quote"]),
        ("[[a x=\"1' z=3]]", [], ["mismatched_quote"]),
        ("[[a x=1 x=2 junk]]", [("a", {"x": 2})], ["duplicate_key", "junk_word"]),
        ("[[a x=]]", [("a", {})], ["junk_word"]),
        ('[[a x=""]]', [("a", {"x": ""})], []),
        ("[[a\n  x=1\n  y='2'\n]]", [("a", {"x": 1, "y": "2"})], []),
        ("[[[a]]]", [("a", {})], []),
    ],
)
def test_the_behaviour_table(
    text: str, expected: list[tuple[str, dict[str, Any]]], problems: list[str]
) -> None:
    assert (calls(text), codes(text)) == (expected, problems)


@pytest.mark.parametrize(
    ("text", "params"),
    [
        ('[[t a="1" b="two"]]', {"a": "1", "b": "two"}),
        ("[[t a='1' b='two']]", {"a": "1", "b": "two"}),
        ("[[t a='1' b=\"two\"]]", {"a": "1", "b": "two"}),
        ('[[t a="with some spaces"]]', {"a": "with some spaces"}),
        ('[[t u="https://example.org/?a=1&b=2"]]', {"u": "https://example.org/?a=1&b=2"}),
        ("[[t]]", {}),
        ("[[t a= b=1]]", {"b": 1}),
        ('[[t name="Alice" count="5"]]', {"name": "Alice", "count": "5"}),
        ("[[t a=it's]]", {"a": "it's"}),
        ('[[t a=5"]]', {"a": '5"'}),
        ("[[t a==1]]", {"a": "=1"}),
        ("[[t a=1,b=2]]", {"a": "1,b=2"}),
        ('[[t a="1"b="2"]]', {"a": "1", "b": "2"}),
        ("[[t A=1 a=2]]", {"A": 1, "a": 2}),
        ('[[t a="two\nlines"]]', {"a": "two\nlines"}),
        ('[[t a="`code`"]]', {"a": "`code`"}),
        ("[[t\ta=1\r\nb=2 ]]", {"a": 1, "b": 2}),
        ("[[t a=[x]]", {"a": "[x"}),
    ],
)
def test_parameters(text: str, params: dict[str, Any]) -> None:
    assert calls(text) == [("t", params)]


def test_offsets_of_a_call() -> None:
    (call,) = parse("Hello [[test]] world").calls
    assert (call.start, call.end) == (6, 14)


def test_several_calls_in_one_text() -> None:
    assert [name for name, _ in calls("[[a]] and [[b x=1]][[c]]\n[[a]]")] == ["a", "b", "c", "a"]


def test_a_name_is_found_whatever_its_case() -> None:
    (call,) = parse("[[YouTube id=x]]").calls
    assert (call.name, call.written_name) == ("youtube", "YouTube")


def test_an_alias_keeps_its_name_and_tells_what_it_stands_for() -> None:
    album, own = parse("[[Photo_Album]] [[gallery]]").calls
    assert (album.name, album.canonical) == ("photo_album", "photo_archive")
    assert own.canonical == "gallery"


def test_a_text_without_macros_comes_back_identical() -> None:
    text = "No [macro](here), [ [nor]] there."
    parsed = parse(text)
    assert (parsed.calls, parsed.problems) == ((), ())
    assert parsed.replaced(lambda call: "x") == text


def test_what_replaces_a_call_is_not_read_again() -> None:
    assert parse("a [[b]] c [[d]]").replaced(lambda call: f"[[x{call.name}]]") == (
        "a [[xb]] c [[xd]]"
    )


# Quotes and escapes -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (r'"say \"hi\""', 'say "hi"'),
        (r"'it\'s'", "it's"),
        (r'"it\'s"', r"it\'s"),  # only its own quote
        (r'"C:\new"', r"C:\new"),
        (r'"C:\\"', "C:\\"),
        (r'"\\\""', r"\""),
        ('"]] [[b]]"', "]] [[b]]"),
        (r"a\"b", r"a\"b"),  # no escapes without quotes
    ],
)
def test_escapes(written: str, value: str) -> None:
    (call,) = parse(f"[[a x={written}]]").calls
    assert call.params == {"x": value}


def test_a_broken_call_does_not_take_the_next_ones_along() -> None:
    text = '[[a x="un]] and [[b y="1"]] then [[c z=\'2"]] [[d]]'
    assert [name for name, _ in calls(text)] == ["b", "d"]
    assert codes(text) == ["unclosed_quote", "mismatched_quote"]


def test_a_macro_that_is_never_closed_does_not_swallow_the_text() -> None:
    text = '[[gallery columns=3\n\nA text.\n\n[[youtube id="x"]]'
    assert calls(text) == [("youtube", {"id": "x"})]
    assert (codes(text), marked(text)) == (["unclosed_macro"], ["[[gallery"])


def test_text_behind_a_quote_means_that_it_is_the_wrong_one() -> None:
    text = '[[a x="say "hi" to"]]'
    assert calls(text) == []
    assert (codes(text), parse(text).problems[0].span) == (["mismatched_quote"], Span(11, 12))


def test_a_bracket_in_the_middle_is_told_only_where_a_macro_was_meant() -> None:
    assert codes("[[a x=[1] y=2]]") == ["stray_bracket"]
    assert codes("[[my label](https://example.org)] [[label](x)") == []


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("[[a x=1 x=2]]", "x"),
        ("[[a one]]", "one"),
        ("[[a x=]]", "x="),
        ('[[a data-x="1 2" y=1]]', 'data-x="1 2"'),
        ('[[a "x y"]]', '"x'),
        ('[[a x="un]]', '"'),
        ("[[a x=\"1' ]]", "\"1'"),
        ("[[a ", "[[a"),
        ("[[a ]]", "[[a ]]"),
    ],
)
def test_a_problem_marks_what_it_is_about(text: str, part: str) -> None:
    assert marked(text)[0] == part
    assert parse(text).problems[0].words


def test_problems_that_leave_the_text_as_it_is_are_errors() -> None:
    errors = {one.code: one.is_error for one in parse('[[a x x=1 x=2]] [[b y="1').problems}
    assert errors == {"junk_word": False, "duplicate_key": False, "unclosed_quote": True}


# Types --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("0", 0),
        ("-0", 0),
        ("42", 42),
        ("-7", -7),
        ("3.0", 3.0),
        ("-0.5", -0.5),
        ("1e3", 1000.0),
        ("1E-2", 0.01),
        ("2.5e+1", 25.0),
        ("18446744073709551615", 2**64 - 1),
        ("-9223372036854775808", -(2**63)),
    ],
)
def test_unquoted_numbers(written: str, value: int | float) -> None:
    (call,) = parse(f"[[a x={written}]]").calls
    assert call.params["x"] == value
    assert type(call.params["x"]) is type(value)
    assert call.arguments[0].written == written


@pytest.mark.parametrize(
    "written",
    ["007", "1_000", "nan", "inf", "+5", "1.", ".5", "-", "1e", "0x10", "٣", "-007", "1.2.3"],
)
def test_what_is_no_number_stays_text(written: str) -> None:
    assert calls(f"[[a x={written}]]") == [("a", {"x": written})]
    assert codes(f"[[a x={written}]]") == []


@pytest.mark.parametrize("written", ["true", "null", "4abc", "post.title", "--1", "1e5.0", "00"])
def test_what_is_not_wholly_numeric_stays_text(written: str) -> None:
    assert calls(f"[[a x={written}]]") == [("a", {"x": written})]
    assert codes(f"[[a x={written}]]") == []


@pytest.mark.parametrize("written", ["1", "1.5", "-3", "true"])
def test_a_quoted_value_is_always_text(written: str) -> None:
    assert calls(f"[[a x=\"{written}\" y='{written}']]") == [("a", {"x": written, "y": written})]


@pytest.mark.parametrize("written", ["18446744073709551616", "1e999", "-1e999", "9" * 5_000])
def test_a_number_that_no_kernel_takes_stays_text_and_is_told(written: str) -> None:
    assert calls(f"[[a x={written}]]") == [("a", {"x": written})]
    assert codes(f"[[a x={written}]]") == ["number_too_large"]


def test_typed_is_the_rule_for_the_screen_too() -> None:
    assert (typed("3"), typed("3.5"), typed("three"), typed("")) == (3, 3.5, "three", "")


# Places -------------------------------------------------------------------------------------------


def test_spans_of_an_argument() -> None:
    text = "é [[Map zoom=3 title='a b']]"
    (call,) = parse(text).calls
    zoom, title = call.arguments
    parts = [call.name_span, zoom.key_span, zoom.value_span, title.key_span, title.value_span]
    assert [text[slice(*part)] for part in parts] == ["Map", "zoom", "3", "title", "'a b'"]
    assert call.argument("title") == title
    assert call.argument("none") is None


def test_the_argument_that_counts_is_the_last_of_its_key() -> None:
    (call,) = parse("[[a x=1 x=2]]").calls
    last = call.argument("x")
    assert last is not None
    assert (last.value, len(call.arguments)) == (2, 2)


def test_lines_and_columns_count_from_one() -> None:
    parsed = parse("[[a]]\n\näö [[b\n x=1]]")
    assert [(call.line, call.column) for call in parsed.calls] == [(1, 1), (3, 4)]
    assert parsed.place(len(parsed.text)) == Place(4, 7)


# Writing calls ------------------------------------------------------------------------------------


def test_a_call_is_written_as_it_is_read() -> None:
    written = written_call("map", {"zoom": 3, "x": 1.5, "title": 'say "hi" \\'})
    assert written == r'[[map zoom=3 x=1.5 title="say \"hi\" \\"]]'


@pytest.mark.parametrize("value", [math.inf, math.nan, 2**64, True])
def test_a_value_that_no_post_can_hold_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="written as a number"):
        written_value(value)


@pytest.mark.parametrize(("name", "params"), [("a-b", {}), ("", {}), ("a", {"x y": 1})])
def test_a_name_that_no_call_can_have_is_refused(name: str, params: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="cannot be a name"):
        written_call(name, params)


# Too much -----------------------------------------------------------------------------------------


def test_problems_are_told_up_to_a_bound() -> None:
    parsed = parse("[[a b]]" * 2_000)
    assert (len(parsed.calls), len(parsed.problems)) == (2_000, grammar.MAX_PROBLEMS)


def test_broken_calls_beyond_all_reason_end_the_search_and_say_so() -> None:
    text = "[[a x=" * 20_000 + "]] [[b]]"
    parsed = parse(text)
    assert parsed.calls == ()
    assert parsed.problems[-1].code == "too_tangled"
    assert len(parsed.problems) == grammar.MAX_PROBLEMS


def test_calls_behind_some_hundred_broken_ones_are_found() -> None:
    text = '[[a x="1" ' * 300 + "\n\n[[b]]"
    assert [name for name, _ in calls(text)] == ["b"]
