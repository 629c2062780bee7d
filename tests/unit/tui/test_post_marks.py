"""The parts of a post by name, and where they are after edits."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from engine.render.macros import MacroScript, MacroTable
from engine.render.post_analysis import analyse
from tui.editor.post_marks import PostText, marks_of

TABLE = MacroTable([MacroScript("gallery", "scripts/gallery.py", "render")])
TEXT = """---
id: a
title: One
---
# Heading
Text [[gallery columns=3 caption="two
lines"]] and [[galery]].
```
# no heading
```
## Another
"""


def document(text: str) -> PostText:
    made = PostText(text)
    made.name_parts(marks_of(analyse(Path("a.md"), text, TABLE, expands_in_code=False)))
    return made


def named(made: PostText) -> list[tuple[int, str, str]]:
    return [
        (row, line[span.start : span.end], span.name)
        for row, line in enumerate(made.lines)
        for span in made.spans(row)
    ]


def test_the_parts_of_a_post_have_names() -> None:
    for newline in ("\n", "\r\n"):
        assert named(document(TEXT.replace("\n", newline))) == [
            (0, "---", "front"),
            (1, "id: a", "front"),
            (2, "title: One", "front"),
            (3, "---", "front"),
            (4, "# Heading", "heading"),
            (5, '[[gallery columns=3 caption="two', "macro"),
            (5, "gallery", "macro.name"),
            (5, "columns", "macro.key"),
            (5, "3", "number"),
            (5, "caption", "macro.key"),
            (5, '"two', "string"),
            (6, 'lines"]]', "macro"),
            (6, 'lines"', "string"),
            (6, "[[galery]]", "macro"),
            (6, "galery", "macro.name"),
            (6, "galery", "broken"),
            (10, "## Another", "heading"),
        ]


def test_front_matter_that_never_ends_has_no_body() -> None:
    made = document("---\nid: a\n[[gallery]]")
    assert {name for _, _, name in named(made)} == {"front"}


def test_a_text_without_front_matter_is_all_body() -> None:
    assert named(document("[[gallery]]"))[0] == (0, "[[gallery]]", "macro")


def test_names_move_with_what_is_typed_before_them() -> None:
    made = document(TEXT)
    made.replace_range((5, 0), (5, 0), "More ")
    assert (5, "gallery", "macro.name") in named(made)
    made.replace_range((5, 14), (5, 14), "XY")
    assert (5, "gaXYllery", "macro.name") in named(made), "typed within a name"
    made.replace_range((4, 9), (4, 9), "!")
    assert (4, "# Heading!", "heading") in named(made)
    made.replace_range((4, 0), (4, 0), "one\ntwo\n")
    assert (12, "## Another", "heading") in named(made)
    made.replace_range((3, 3), (6, 0), "")
    assert (9, "## Another", "heading") in named(made)


@given(st.data())
def test_names_stay_within_the_text_and_lines_untouched_keep_theirs(data: st.DataObject) -> None:
    made = document(TEXT)
    for _ in range(data.draw(st.integers(1, 6))):
        rows = len(made.lines) - 1
        start, end = sorted(
            data.draw(st.tuples(st.integers(0, rows), st.integers(0, 40))) for _ in range(2)
        )
        before = [made.spans(row) for row in range(rows + 1)]
        (top, _), (bottom, _) = made.clamped(start), made.clamped(end)
        made.replace_range(start, end, data.draw(st.sampled_from(["", "x", "\n", "[[a\nb]]"])))
        after = [made.spans(row) for row in range(len(made.lines))]
        assert after[:top] == before[:top]
        below = rows - bottom
        assert after[len(after) - below :] == before[len(before) - below :]
        assert all(0 <= span.start < span.end for spans in after for span in spans)
    assert max(made._marks, default=0) < len(made.lines)
