"""Macros in code are none: code spans, fenced code, and what only looks like it."""

from __future__ import annotations

import pytest

from engine.render.grammar import parse


def names(text: str, *, expands_in_code: bool = False) -> str:
    return "".join(call.name for call in parse(text, expands_in_code=expands_in_code).calls)


@pytest.mark.parametrize(
    "text",
    [
        "`[[a]]` [[b]]",
        "`` ` [[a]] `` [[b]]",
        "```[[a]]``` [[b]]",
        "`x\n[[a]]` [[b]]",
        "x ``[[a]] ` ``` [[a]]`` [[b]]",
        r"`\` [[b]] \``[[a]]`",
        r"\\`[[a]]` [[b]]",
        "[[b]] `[[a]]`",
    ],
)
def test_code_spans(text: str) -> None:
    assert set(names(text)) == {"b"}
    assert "a" in names(text, expands_in_code=True)


@pytest.mark.parametrize(
    "text",
    [
        r"\`[[b]]`",  # an escaped backtick opens nothing
        "``[[b]]`",  # as many as at the start must close it
        "` x\n\n[[b]] `",  # no code span goes on in the next paragraph
        "` x\r\n\r\n[[b]] `",
        "- ` x\n- [[b]] `",  # or in the next item
        "1. ` x\n2. [[b]] `",
        "` x\n# [[b]] `",
        "` x\n```\n` [[a]]\n```\n[[b]]",  # or inside a fence
        "`[[b]]",
    ],
)
def test_backticks_that_make_no_code_span(text: str) -> None:
    assert names(text) == "b"


def test_a_macro_that_starts_before_a_backtick_is_one() -> None:
    assert names('[[b x="`"]] ` [[b]]') == "bb"
    assert names("[[b x=`y`]] `[[a]]`") == "b"


@pytest.mark.parametrize(
    "text",
    [
        "```\n[[a]]\n```\n[[b]]",
        "~~~\n[[a]]\n~~~\n[[b]]",
        "[[b]]\n```python title=x\n[[a]]\n```",
        "~~~ with ` and ~\n[[a]]\n~~~~~ \n[[b]]",
        "````\n[[a]]\n```\n[[a]]\n````\n[[b]]",
        "```\n[[a]]\n~~~\n[[a]]\n```\n[[b]]",
        "```\n[[a]]\n``` no end\n[[a]]\n```\n[[b]]",
        "[[b]]\n```\n[[a]]\n\n[[a]]",  # never closed
        "   ```\n[[a]]\n  ```\n[[b]]",
        "```\r\n[[a]]\r\n```\r\n[[b]]",
        "```\n[[a]]\n    ```\n[[a]]\n```\n[[b]]",  # indented too far to close it
        "```\n[[a]]\n> ```\n[[a]]\n```\n[[b]]",
        "```\n```\n[[b]]\n```\n[[a]]\n```",
        "```\n[[a]]\n```\n```\n[[a]]\n```\n[[b]]",
    ],
)
def test_fenced_code(text: str) -> None:
    assert names(text) == "b"
    assert "a" in names(text, expands_in_code=True)


@pytest.mark.parametrize(
    "text",
    [
        "- ```\n  [[a]]\n  ```\n- [[b]]",
        "- ```\n  [[a]]\n\n[[b]]",  # ends with the item
        "1. x\n\n    ```\n    [[a]]\n    ```\n[[b]]",
        "1. x\n\n    ~~~\n    [[a]]\n\n[[b]]",
        "10) ~~~\n    [[a]]\n    ~~~\n[[b]]",
        "\t```\n\t[[a]]\n\t```\n[[b]]",
        "> ```\n> [[a]]\n> ```\n> [[b]]",
        "> ```\n> [[a]]\n\n[[b]]",  # ends with the quotation
        "> - ```\n>   [[a]]\n>   ```\n[[b]]",
        "- ```\n[[b]]",
    ],
)
def test_fenced_code_in_lists_and_quotations(text: str) -> None:
    assert names(text) == "b"


def test_backticks_with_text_behind_them_open_no_fence() -> None:
    assert names("```x` [[b]]\n[[b]]") == "bb"
    assert names("```x```\n[[b]]") == "b"


def test_indented_code_is_not_told_from_text() -> None:
    assert names("Text\n\n    [[b]]\n") == "b"


def test_a_broken_call_does_not_hide_that_code_follows() -> None:
    text = '[[x y="un]]\n\n```\n[[a z="1"]]\n```\n\n[[b]]'
    assert names(text) == "b"


def test_problems_in_code_are_none() -> None:
    assert parse('`[[a x="un]]` and\n\n~~~\n[[a').problems == ()
