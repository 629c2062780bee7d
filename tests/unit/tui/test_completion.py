"""What can stand at a place in a macro call."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.child.signatures import Parameter
from engine.render.macros import MacroScript, MacroTable
from engine.render.parameters import ParameterSpec
from tui.editor.completion import Completion, Macros, completion_at

SPEC = ParameterSpec(
    (
        Parameter("columns", "int", False, 3, [], "How many beside each other."),
        Parameter("size", "choices", False, "small", ["small", "very large"]),
        Parameter("caption", "str", True),
        Parameter("shown", "bool", False, True),
        Parameter("class_", "str", False, ""),
    ),
    is_open=False,
    is_declared=True,
)
MACROS = Macros(
    MacroTable(
        [
            MacroScript("gallery", "scripts/gallery.py", "render", spec=SPEC),
            MacroScript("photo_archive", "scripts/photo_archive.py", "render"),
            MacroScript("big_gallery", "scripts/big_gallery.py", "render"),
            MacroScript("gone", "scripts/gone.py", "render", is_enabled=False),
        ]
    ),
    {"scripts/photo_archive.py": "Archive of photos"},
)


def at(text: str) -> Completion | None:
    before, _, after = text.partition("|")
    return completion_at(before, after, MACROS)


def labels(text: str) -> list[str]:
    found = at(text)
    return [] if found is None else [one.label for one in found.choices]


def accepted(text: str, label: str) -> str:
    """Accept a choice and mark where the cursor is."""
    before, _, after = text.partition("|")
    found = at(text)
    assert found is not None
    choice = next(one for one in found.choices if one.label == label)
    return f"{before[: len(before) - found.typed]}{choice.text}|{after}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a [[|", ["big_gallery", "gallery", "photo_archive"]),
        ("a [[GAL|", ["gallery", "big_gallery"]),
        ("a [[gon|", []),
        ("a [[gallery |", ["columns=", "size=", "caption=", "shown=", "class="]),
        ("[[gallery|]]", ["columns=", "size=", "caption=", "shown=", "class=", "big_gallery"]),
        ("[[gallery c|", ["columns=", "caption=", "class="]),
        ('[[gallery columns=3 size="small" |]]', ["caption=", "shown=", "class="]),
        ("[[gallery | caption='x' shown=true]]", ["columns=", "size=", "class="]),
        ("[[gallery\n  columns=3\n  s|", ["size=", "shown="]),
        ("[[gallery size=|", ["small", "very large"]),
        ('[[gallery size="v|', ["very large"]),
        ("[[gallery shown=|", ["true", "false"]),
        ("[[gallery columns=|", ["3"]),
        ('[[gallery caption="a|', []),
        ('[[gallery caption="a b|', []),
        ("[[photo_archive |", []),
        ("[[nothing |", []),
        ("[[gallery]] |", []),
        ("[|", []),
        ("nothing|", []),
        ("[[gal lery]] [[photo|", ["photo_archive"]),
    ],
)
def test_what_is_offered(text: str, expected: list[str]) -> None:
    assert labels(text) == expected


@pytest.mark.parametrize(
    ("text", "label", "expected"),
    [
        ("[[pho|", "photo_archive", "[[photo_archive]]|"),
        ("[[pho|]]", "photo_archive", "[[photo_archive|]]"),
        ("[[pho| [[gallery]]", "photo_archive", "[[photo_archive]]| [[gallery]]"),
        ("[[gal|", "gallery", "[[gallery|"),
        ("[[gallery|", "columns=", "[[gallery columns=|"),
        ("[[gallery cap|", "caption=", '[[gallery caption="|'),
        ("[[gallery size=s|", "small", "[[gallery size=small|"),
        ("[[gallery size=|", "very large", '[[gallery size="very large"|'),
        ("[[gallery size='ve|", "very large", "[[gallery size='very large'|"),
        ("[[gallery size='ve|'", "very large", "[[gallery size='very large|'"),
    ],
)
def test_what_a_choice_writes(text: str, label: str, expected: str) -> None:
    assert accepted(text, label) == expected


def test_choices_are_told() -> None:
    found = at("[[gallery |")
    assert found is not None
    hints = {one.label: one.hint for one in found.choices}
    assert hints["columns="] == "a whole number, default 3: How many beside each other."
    assert hints["caption="] == "text, required"
    assert hints["size="] == "one of small, very large, default small"
    names = at("[[pho|")
    assert names is not None
    assert names.choices[0].hint == "Archive of photos  [[photo_archive]]"


@given(st.text("[]gallery= \"'\\\n3|", max_size=60))
def test_any_text_can_be_looked_at(text: str) -> None:
    found = at(text)
    assert found is None or (found.choices and found.typed <= len(text.partition("|")[0]))
