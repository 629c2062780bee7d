"""Which posts call a macro."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.render.uses import uses_of
from engine.workspace import open_workspace


async def used(root: Path, name: str) -> list[tuple[str, int, int, str]]:
    async with open_workspace(root) as workspace:
        return [
            (one.path.rpartition("/")[2], one.line, one.calls, one.first_call)
            for one in await uses_of(workspace, name)
        ]


async def test_posts_and_translations_that_call_it_are_found(demo: Path) -> None:
    found = await used(demo, "gallery")
    assert [name for name, *_ in found] == [
        "notes-on-marbling.md",
        "dot-grid-or-lines.md",
        "letterpress-in-a-kitchen.md",
        "sewing-a-first-notebook.md",
        "paper-has-a-grain.md",
        "ink-wash-in-four-steps.md",
        "ink-wash-in-four-steps.de.md",
        "a-first-fountain-pen.md",
    ]
    assert found[-1] == (
        "a-first-fountain-pen.md",
        20,
        1,
        '[[gallery columns=1 caption="The slit carries the ink, the hole lets the metal bend"]]',
    )


async def test_calls_by_the_other_name_count_and_code_does_not(demo: Path) -> None:
    assert await used(demo, "photo_archive") == [
        ("the-picture-shelf.md", 17, 2, "[[photo_archive]]")
    ]
    assert await used(demo, "nobody") == []


@pytest.mark.parametrize("written", ["[[größe]]", "[[GRÖSSE x=1]]", "[[Größe]]"])
async def test_letters_of_all_alphabets_count(demo: Path, written: str) -> None:
    path = demo / "posts" / "2026" / "01" / "x.md"
    path.write_text(f"no front matter\r\n\r\n{written}\r\n", encoding="utf-8")
    found = await used(demo, "größe")
    assert found == ([("x.md", 3, 1, written)] if written != "[[GRÖSSE x=1]]" else [])


async def test_a_post_that_cannot_be_read_is_left_out(demo: Path) -> None:
    (demo / "posts" / "2026" / "10" / "the-picture-shelf.md").write_bytes(b"\xff[[gallery]]\xff")
    found = await used(demo, "gallery")
    assert ("the-picture-shelf.md", 1, 1, "[[gallery]]") in found
    assert len(found) == 9
