"""Changing values in JSON as people and programs write it, to the character."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.json_text import REMOVE, JsonTextError, KeyPath, load, patch, place_of

KEYS = st.sampled_from(["name", "limits", "macro", "a"]) | st.text(max_size=4)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(KEYS, VALUES, max_size=5)
PATHS = st.lists(KEYS, min_size=1, max_size=3).map(tuple)
CHANGES = st.dictionaries(PATHS, VALUES | st.just(REMOVE), max_size=3)
BLANKS = st.text(" \t\n\r", max_size=3)
INDENTS = st.sampled_from([0, 1, 2, 4, "\t"])


def wanted(before: dict[str, Any], changes: dict[KeyPath, Any]) -> dict[str, Any] | None:
    """Change the object itself; None where a path leads through something else."""
    after: dict[str, Any] = json.loads(json.dumps(before))
    for path in changes:
        here: Any = before
        for key in path[:-1]:
            here = here.get(key, {})
            if not isinstance(here, dict):
                return None
    for path, value in changes.items():
        here = after
        for key in path[:-1]:
            if key not in here and value is REMOVE:
                here = {}
                break
            here = here.setdefault(key, {})
            if not isinstance(here, dict):
                return None
        if value is REMOVE:
            here.pop(path[-1], None)
        else:
            here[path[-1]] = json.loads(json.dumps(value))
    return after


def oddly(draw: Any, value: Any) -> str:
    """Write a value with white space wherever JSON takes it, and escapes where it need not."""

    def blank() -> str:
        return str(draw(BLANKS))

    def scalar(one: object) -> str:
        return json.dumps(one, ensure_ascii=draw(st.booleans()))

    if isinstance(value, dict):
        parts = [
            f"{blank()}{scalar(key)}{blank()}:{blank()}{oddly(draw, one)}{blank()}"
            for key, one in value.items()
        ]
        return "{" + (",".join(parts) or blank()) + "}"
    if isinstance(value, list):
        return "[" + (",".join(blank() + oddly(draw, one) + blank() for one in value)) + "]"
    return scalar(value)


@st.composite
def odd_texts(draw: Any) -> tuple[dict[str, Any], str]:
    value = draw(OBJECTS)
    mark = draw(st.sampled_from(["", "\ufeff"]))
    return value, f"{mark}{draw(BLANKS)}{oddly(draw, value)}{draw(BLANKS)}"


def test_an_object_that_is_emptied_and_filled_keeps_its_indentation() -> None:
    changes: dict[KeyPath, Any] = {("name",): REMOVE, ("limits",): None}
    assert patch('{\n    "name": null\n}\n', changes) == '{\n    "limits": null\n}\n'


# Properties ---------------------------------------------------------------------------------------


@given(odd_texts())
def test_no_change_changes_nothing(odd: tuple[dict[str, Any], str]) -> None:
    value, text = odd
    assert patch(text, {}) == text
    assert patch(text, {(key,): one for key, one in value.items()}) == text
    assert load(text) == value


@given(odd_texts(), CHANGES)
def test_what_was_asked_for_is_there_and_nothing_else(
    odd: tuple[dict[str, Any], str], changes: dict[KeyPath, Any]
) -> None:
    before, text = odd
    after = wanted(before, changes)
    if after is None:
        with pytest.raises(JsonTextError):
            patch(text, changes)
    else:
        new = patch(text, changes)
        assert load(new) == after
        assert new.startswith("\ufeff") == text.startswith("\ufeff")


@given(OBJECTS, CHANGES, INDENTS)
def test_a_file_as_programs_write_it_stays_one(
    before: dict[str, Any], changes: dict[KeyPath, Any], indent: int | str
) -> None:
    def written(value: object, *, indent: int | str = indent) -> str:
        return json.dumps(value, indent=indent, ensure_ascii=False) + "\n"

    after = wanted(before, changes)
    if after is not None:
        # An empty object tells no indentation: then it is 2.
        text = written(before)
        assert patch(text, changes) == written(after, indent=indent if before else 2)


@given(OBJECTS.filter(bool), KEYS, SCALARS, INDENTS)
def test_a_change_touches_its_own_line_only(
    before: dict[str, Any], key: str, value: object, indent: int | str
) -> None:
    old = {name: None if name == key else one for name, one in before.items()}
    text = json.dumps(old, indent=indent, ensure_ascii=False)
    lines, new = text.split("\n"), patch(text, {(key,): value}).split("\n")
    if key in old:
        assert len(new) == len(lines)
        assert sum(one != other for one, other in zip(lines, new, strict=True)) <= 1
    else:  # the line above gets its comma
        assert new[: len(lines) - 2] == lines[:-2]
        assert new[len(lines) - 2] == lines[-2] + ","
        assert (len(new), new[-1]) == (len(lines) + 1, lines[-1])


@given(odd_texts(), PATHS, VALUES)
def test_adding_and_taking_away_gives_the_old_text(
    odd: tuple[dict[str, Any], str], path: KeyPath, value: object
) -> None:
    before, text = odd
    here: Any = before
    for key in path[:-1]:
        here = here.get(key) if isinstance(here, dict) else None
    if isinstance(here, dict) and here and path[-1] not in here:
        assert patch(patch(text, {path: value}), {path: REMOVE}) == text


@given(odd_texts(), KEYS, SCALARS)
def test_the_rest_of_an_oddly_written_file_stays_to_the_character(
    odd: tuple[dict[str, Any], str], key: str, value: object
) -> None:
    before, _ = odd
    mark = "the value in question"
    text = "\n\t {" + ",\r\n".join(
        f"{json.dumps(name)} :{json.dumps(mark if name == key else one)}"
        for name, one in {**before, key: mark}.items()
    )
    text += " }  "
    shown = json.dumps(value, ensure_ascii=False)
    assert patch(text, {(key,): value}) == text.replace(json.dumps(mark), shown)


# Forms --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "changes", "after"),
    [
        ("{}", {("a",): 1}, '{\n  "a": 1\n}'),
        ("{ }\r\n", {("a", "b"): 1}, '{\r\n  "a": {\r\n    "b": 1\r\n  }\r\n}\r\n'),
        ('{"a": 1}', {("b",): 2}, '{"a": 1, "b": 2}'),
        ('{"a":1}', {("b", "c"): [1, 2]}, '{"a":1,"b":{"c":[1,2]}}'),
        ('{ "a": 1 }', {("b",): 2}, '{ "a": 1, "b": 2 }'),
        ('{"a": 1,\n "b": 2}', {("c",): 3}, '{"a": 1,\n "b": 2,\n "c": 3}'),
        ('{ "a": 1\n, "b": 2\n}', {("c",): 3}, '{ "a": 1\n, "b": 2\n, "c": 3\n}'),
        (
            '{\n\t"a": {},\n\n\t"b": ["x"]\n}\n',
            {("a", "c"): 3, ("b",): ["x", "y"], ("d",): []},
            '{\n\t"a": {\n\t\t"c": 3\n\t},\n\n\t"b": ["x", "y"],\n\t"d": []\n}\n',
        ),
        ('{\n  "a": 1,\n  "b": 2\n}', {("a",): REMOVE}, '{\n  "b": 2\n}'),
        ('{\n  "a": 1,\n  "b": 2\n}', {("b",): REMOVE}, '{\n  "a": 1\n}'),
        ('{\n  "a": {"b": 1}\n}', {("a", "b"): REMOVE}, '{\n  "a": {}\n}'),
        ('{"a": 1}', {("b", "c"): REMOVE, ("d",): REMOVE}, '{"a": 1}'),
        ('{"a": 1}', {("b",): 2, ("a",): REMOVE}, '{"b": 2}'),
        ('{"n": "caf\\u00e9", "o": 5e1}', {("n",): "café", ("o",): 50}, None),
        ('{"a": true}', {("a",): 1}, '{"a": 1}'),
        ('{"a": 1}', {("a",): "Tëa 😀\n"}, '{"a": "Tëa 😀\\n"}'),
        ('{"a": 1}', {("a",): "\ud800"}, '{"a": "\\ud800"}'),
        ('{"big": ' + "9" * 9_000 + "}", {("a",): 1}, '{"big": ' + "9" * 9_000 + ', "a": 1}'),
    ],
    ids=range(18),
)
def test_what_is_written_follows_what_is_there(
    text: str, changes: dict[KeyPath, Any], after: str | None
) -> None:
    if after is None:  # what means the same stays as it is written; 5e1 is not how 50 is written
        assert patch(text, changes) == text.replace("5e1", "50")
    else:
        assert patch(text, changes) == after


# Refusals -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "path", "line", "column", "reason"),
    [
        ("", ("a",), 1, 1, "Expecting value"),
        ("\ufeff", ("a",), 1, 1, "Expecting value"),
        ('{\n  "a": 1,\n}', ("a",), 3, 1, "double quotes"),
        ('{\n  "a" 1}', ("a",), 2, 7, "':' delimiter"),
        ('{"a": 1} x', ("a",), 1, 10, "Extra data"),
        ('{"a": 1 // no\n}', ("a",), 1, 9, "',' delimiter"),
        ("\n [1]", ("a",), 2, 2, "should be an object"),
        ("5", ("a",), 1, 1, "should be an object"),
        ('{"a": 1,\n "b": {"c": 1, "c": 2}}', ("a",), 2, 16, '"c" stands there twice'),
        ('{"a": [{"c": 1, "\\u0063": 2}]}', ("a",), 1, 17, "twice"),
        ('{"x": 0,\n "a": [1]}', ("a", "b"), 2, 2, '"a" should be an object'),
        ('\ufeff{"a": null}', ("a", "b", "c"), 1, 2, '"a" should be an object'),
        ("[" * 100_000 + "]" * 100_000, ("a",), 1, 1, "nested too deeply"),
    ],
    ids=range(13),
)
@pytest.mark.parametrize("value", [1, REMOVE])
def test_what_cannot_be_changed_is_told_with_its_place(
    text: str, path: KeyPath, line: int, column: int, reason: str, value: object
) -> None:
    with pytest.raises(JsonTextError) as caught:
        patch(text, {path: value})
    assert (caught.value.line, caught.value.column) == (line, column)
    assert reason in str(caught.value)
    assert str(caught.value).startswith(f"{line}:{column}: ")


def test_a_place_is_that_of_the_file_whatever_else_is_changed() -> None:
    with pytest.raises(JsonTextError) as caught:
        patch('{\n  "a": {},\n  "b": 1\n}', {("a", "x", "y"): 1, ("b", "c"): 2})
    assert (caught.value.line, caught.value.column) == (3, 3)


def test_changes_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(JsonTextError):
        patch("{}", {("a",): 1, ("a", "b"): 2})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object()])
def test_what_json_has_no_words_for_is_a_fault_of_the_caller(value: object) -> None:
    with pytest.raises((ValueError, TypeError)) as caught:
        patch("{}", {("a",): value})
    assert not isinstance(caught.value, JsonTextError)
    with pytest.raises(ValueError, match="needs a key"):
        patch("{}", {(): 1})


def test_a_number_that_python_cannot_read_cannot_be_loaded() -> None:
    with pytest.raises(JsonTextError, match="too many digits"):
        load('{"a": ' + "9" * 9_000 + "}")


def test_the_place_of_a_key_is_found_after_a_change() -> None:
    text = patch('{\n  "a": 1\n}', {("limits", "macro", "threads"): 1})
    assert place_of(text, ["limits", "macro", "threads"]) == (5, 7)
