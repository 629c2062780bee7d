"""Which script answers a macro, and all that is told of a text's macros."""

from __future__ import annotations

from typing import Any

import pytest

from engine.child.signatures import Parameter
from engine.render.grammar import MAX_PROBLEMS, parse
from engine.render.macros import MacroProblem, MacroScript, MacroTable, problems_of
from engine.render.parameters import ParameterSpec
from store.index import ScriptRow
from store.scripts import ScriptKind

COLUMNS = ParameterSpec((Parameter("columns", "int", False, 3),), False, True)


def script(slug: str, *, path: str = "", **fields: Any) -> MacroScript:
    return MacroScript(slug, path or f"scripts/{slug}.py", "render", **fields)


def table() -> MacroTable:
    return MacroTable(
        [
            script("gallery", spec=COLUMNS),
            script("photo_archive"),
            script("Weather_Box"),
            script("old_box", is_enabled=False),
        ]
    )


def answer(table: MacroTable, text: str) -> str:
    (call,) = parse(text).calls
    found = table.answers(call)
    return found.path if found else ""


def found(text: str) -> list[MacroProblem]:
    return problems_of(parse(text), table())


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("[[gallery]]", "scripts/gallery.py"),
        ("[[GALLERY]]", "scripts/gallery.py"),
        ("[[weather_box]]", "scripts/Weather_Box.py"),
        ("[[photo_album]]", "scripts/photo_archive.py"),
        ("[[Photo_Album year=2025]]", "scripts/photo_archive.py"),
        ("[[old_box]]", ""),
        ("[[galery]]", ""),
    ],
)
def test_names_are_found_whatever_their_case_and_by_alias(text: str, path: str) -> None:
    assert answer(table(), text) == path


def test_a_script_with_the_name_of_an_alias_is_what_its_project_means() -> None:
    scripts = [script("photo_archive"), script("photo_album")]
    assert answer(MacroTable(scripts), "[[photo_album]]") == "scripts/photo_album.py"
    scripts[1] = script("photo_album", is_enabled=False)
    assert answer(MacroTable(scripts), "[[photo_album]]") == "scripts/photo_archive.py"


def test_the_projects_script_wins_over_the_one_that_comes_along() -> None:
    ours = script("gallery", is_default=True, path="default_scripts/gallery.py")
    theirs = script("Gallery", path="scripts/mine.py")
    for scripts in ([ours, theirs], [theirs, ours]):
        assert answer(MacroTable(scripts), "[[gallery]]") == "scripts/mine.py"
    off = script("gallery", is_enabled=False)
    assert answer(MacroTable([off, ours]), "[[gallery]]") == "default_scripts/gallery.py"


def test_only_macros_of_an_index_answer() -> None:
    def row(slug: str, kind: ScriptKind, enabled: bool = True) -> ScriptRow:
        path = f"scripts/{slug}.py"
        return ScriptRow(path, "", slug, slug, kind, "render", enabled, 1, "", "")

    rows = [row("a", "macro"), row("b", "utility"), row("c", "transform"), row("d", "macro", False)]
    made = MacroTable.from_rows(rows, {"scripts/a.py": COLUMNS})
    assert [one.slug for one in made] == ["a", "d"]
    assert [bool(answer(made, f"[[{slug}]]")) for slug in "abcd"] == [True, False, False, False]
    a = made.named("A")
    assert a is not None
    assert a.spec == COLUMNS


def test_problems_of_grammar_and_table_come_in_the_order_of_the_text() -> None:
    text = '[[galery]] [[a x="1]]\n[[gallery columns=x rows=2 junk]] [[old_box]]'
    assert [(one.code, one.is_error, one.line, one.column) for one in found(text)] == [
        ("unknown_macro", False, 1, 3),
        ("unclosed_quote", True, 1, 18),
        ("wrong_value", True, 2, 19),
        ("unknown_parameter", True, 2, 21),
        ("junk_word", False, 2, 28),
        ("disabled_macro", False, 2, 37),
    ]


def test_a_problem_tells_where_it_ends() -> None:
    (problem,) = found("é [[gallery columns='x\ny']]")
    assert (problem.line, problem.column) == (1, 21)
    assert (problem.end_line, problem.end_column) == (2, 3)


def test_an_unknown_macro_is_told_with_what_it_may_mean() -> None:
    assert [one.words for one in found("[[Galery]] [[nothing_like_it]]")] == [
        "there is no macro Galery; did you mean gallery?",
        "there is no macro nothing_like_it",
    ]


def test_a_disabled_macro_is_not_suggested_but_told() -> None:
    assert [one.words for one in found("[[old_bx]] [[old_box]]")] == [
        "there is no macro old_bx",
        "the macro old_box is disabled (scripts/old_box.py); it stays text",
    ]


def test_a_right_text_has_no_problems() -> None:
    assert found("[[gallery columns=2]] `[[galery]]` [[photo_album]]") == []


def test_problems_are_told_up_to_a_bound() -> None:
    assert len(found("[[galery]] " * 5_000)) == MAX_PROBLEMS


def test_of_very_many_unknown_names_only_some_are_looked_for() -> None:
    table = MacroTable([MacroScript("gallery", "scripts/gallery.py", "render")])
    assert table.close_names("galery") == ["gallery"]
    for number in range(1_000):
        table.close_names(f"galery{number}")
    assert table.close_names("galery") == ["gallery"]
    assert table.close_names("gallry") == []
